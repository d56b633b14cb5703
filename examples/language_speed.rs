//! Measures the speed of language identification against whatlang, on the same texts in the same run, and the speed of
//! decoding clean UTF-8. Everything runs on one thread.
//!
//! `language_speed TEXTS.jsonl…` reads lines of `{"text", "lang"}`. It prints texts per second and the ratio, for each
//! script (the part of `lang` after the underscore) and for all texts.

#![allow(clippy::print_stdout, reason = "a tool for the terminal")]

use serde_json::Value;
use std::borrow::Cow;
use std::{
    collections::BTreeMap,
    hint::black_box,
    time::{Duration, Instant},
};

/// Rounds over all texts, in which the two take turns. The median of the rounds' ratios counts.
const ROUNDS: usize = 7;

fn main() -> std::io::Result<()> {
    let mut scripts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in std::env::args().skip(1) {
        for line in std::fs::read_to_string(path)?.lines() {
            let row: Value = serde_json::from_str(line)?;
            let field = |name: &str| row.get(name).and_then(Value::as_str);
            let (Some(text), Some(lang)) = (field("text"), field("lang")) else {
                continue;
            };
            let script = lang.split_once('_').map_or("none", |(_, script)| script);
            scripts.entry(script.to_owned()).or_default().push(text.to_owned());
        }
    }
    black_box(sanad_language::identify("санад")); // loads the tables before the clock starts
    println!("{:6} {:>7} {:>12} {:>12} {:>8}", "script", "texts", "whatlang/s", "sanad/s", "ratio");
    for (script, texts) in &scripts {
        compare(script, texts);
    }
    let all: Vec<String> = scripts.into_values().flatten().collect();
    compare("all", &all);
    decoding(&all);
    Ok(())
}

/// Prints one line: the median ratio, and both speeds in that round.
fn compare(name: &str, texts: &[String]) {
    let mut rounds: Vec<(f64, Duration, Duration)> = (0..ROUNDS)
        .map(|_| {
            let theirs = timed(|| texts.iter().filter(|t| black_box(whatlang::detect(t)).is_some()).count());
            let ours =
                timed(|| texts.iter().filter(|t| black_box(sanad_language::identify(t)).script.is_some()).count());
            (theirs.as_secs_f64() / ours.as_secs_f64(), theirs, ours)
        })
        .collect();
    rounds.sort_by(|a, b| a.0.total_cmp(&b.0));
    if let Some((ratio, theirs, ours)) = rounds.get(ROUNDS / 2) {
        let (theirs, ours) = (rate(texts.len(), *theirs), rate(texts.len(), *ours));
        println!("{name:6} {:>7} {theirs:>12.0} {ours:>12.0} {ratio:>7.2}x", texts.len());
    }
}

/// Prints how fast one page in UTF-8 is decoded that consists of all texts without mojibake.
fn decoding(texts: &[String]) {
    fn decode(bytes: &[u8]) -> Cow<'_, str> {
        sanad_decode::text_of(bytes, None, &mut Vec::new()).0
    }
    let clean: Vec<&str> = texts.iter().map(String::as_str).filter(|t| decode(t.as_bytes()) == *t).collect();
    let bytes = clean.join("\n").into_bytes();
    let took = (0..ROUNDS).map(|_| timed(|| black_box(decode(&bytes)).len())).min();
    println!("decoding UTF-8: {:.0} MB/s", rate(bytes.len(), took.unwrap_or_default()) / 1e6);
}

fn timed(work: impl FnOnce() -> usize) -> Duration {
    let start = Instant::now();
    black_box(work());
    start.elapsed()
}

#[allow(clippy::cast_precision_loss, reason = "a rate, rounded for printing")]
fn rate(count: usize, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}
