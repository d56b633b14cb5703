//! How long extraction takes relative to a bare parse with `scraper`, on the same pages in the same run, one thread.
//!
//! `speed PAGES…` reads `.html` or `.html.gz` files, or folders of them, and prints megabytes a second and the ratio.

#![allow(clippy::print_stdout, reason = "a tool for the terminal")]

mod pages;

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

/// Rounds over all pages; the fastest counts, since other work on the machine only ever slows one.
const ROUNDS: usize = 5;

fn main() -> std::io::Result<()> {
    let pages = pages::files()?.iter().map(|f| pages::read(f)).collect::<std::io::Result<Vec<_>>>()?;
    let bytes: usize = pages.iter().map(String::len).sum();
    let ours = fastest(&pages, |page| {
        let mut document = sanad::html::extract(page, &sanad::Page::default()).unwrap_or_default();
        sanad::boilerplate::mark(&mut document, &[], sanad::record::TextMode::Complete);
        let kept = document.blocks.iter().filter(|b| b.fate.is_kept());
        black_box(kept.map(|b| b.text.as_str()).collect::<Vec<_>>().join("\n\n"));
    });
    let bare = fastest(&pages, |page| {
        black_box(scraper::Html::parse_document(page));
    });
    println!("{} pages, {bytes} bytes", pages.len());
    println!("scraper, bare parse: {:.1} MB/s", speed(bytes, bare));
    println!("sanad, extraction:   {:.1} MB/s", speed(bytes, ours));
    println!("sanad / scraper:     {:.2} x the time", ours.as_secs_f64() / bare.as_secs_f64());
    Ok(())
}

fn fastest(pages: &[String], work: impl Fn(&str)) -> Duration {
    let round = || {
        let start = Instant::now();
        for page in pages {
            work(page);
        }
        start.elapsed()
    };
    (0..ROUNDS).map(|_| round()).min().unwrap_or_default()
}

#[allow(clippy::cast_precision_loss, reason = "megabytes a second")]
fn speed(bytes: usize, took: Duration) -> f64 {
    bytes as f64 / 1e6 / took.as_secs_f64()
}
