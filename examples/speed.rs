//! Measures the time of extraction against a bare parse with `scraper`, on the same pages in the same run, on one
//! thread.
//!
//! `speed PAGES…` reads `.html` or `.html.gz` files, or folders of them, and prints megabytes per second and the ratio.
//! The two take turns, round by round, so that other work on the machine slows both. On Linux, processor time counts.

#![allow(clippy::print_stdout, reason = "a tool for the terminal")]

mod pages;

use std::{
    hint::black_box,
    sync::LazyLock,
    time::{Duration, Instant},
};

/// Rounds over all pages. The fastest counts, because other work on the machine only ever slows a round down.
const ROUNDS: usize = 7;

fn main() -> std::io::Result<()> {
    let pages = pages::files()?.iter().map(|f| pages::read(f)).collect::<std::io::Result<Vec<_>>>()?;
    let bytes: usize = pages.iter().map(String::len).sum();
    let rounds: Vec<(Duration, Duration)> =
        (0..ROUNDS).map(|_| (timed(&pages, extract), timed(&pages, parse))).collect();
    let ours = rounds.iter().map(|(ours, _)| *ours).min().unwrap_or_default();
    let bare = rounds.iter().map(|(_, bare)| *bare).min().unwrap_or_default();
    let mut ratios: Vec<f64> = rounds.iter().map(|(ours, bare)| ours.as_secs_f64() / bare.as_secs_f64()).collect();
    ratios.sort_by(f64::total_cmp);
    println!("{} pages, {bytes} bytes", pages.len());
    println!("scraper, bare parse: {:.1} MB/s", speed(bytes, bare));
    println!("sanad, extraction:   {:.1} MB/s", speed(bytes, ours));
    let median = ratios.get(ROUNDS / 2).copied().unwrap_or_default();
    let best = ours.as_secs_f64() / bare.as_secs_f64();
    println!("sanad / scraper:     {median:.2} x the time (median of {ROUNDS} rounds), {best:.2} x (fastest of each)");
    Ok(())
}

fn extract(page: &str) {
    let mut document = sanad_html::extract(page, &sanad_document::Page::default()).unwrap_or_default();
    sanad_extract::boilerplate::mark(&mut document, &[], sanad_document::TextMode::Complete);
    let kept = document.blocks.iter().filter(|b| b.fate.is_kept());
    black_box(kept.map(|b| b.text.as_str()).collect::<Vec<_>>().join("\n\n"));
}

fn parse(page: &str) {
    black_box(scraper::Html::parse_document(page));
}

fn timed(pages: &[String], work: impl Fn(&str)) -> Duration {
    let start = clock();
    for page in pages {
        work(page);
    }
    clock().saturating_sub(start)
}

/// Processor time of this thread on Linux, wall-clock time elsewhere.
fn clock() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let statistics = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds =
        statistics.as_deref().and_then(|text| text.split(' ').next()).and_then(|first| first.parse().ok());
    nanoseconds.map_or_else(|| START.elapsed(), Duration::from_nanos)
}

#[allow(clippy::cast_precision_loss, reason = "a rate, rounded for printing")]
fn speed(bytes: usize, took: Duration) -> f64 {
    bytes as f64 / 1e6 / took.as_secs_f64()
}
