//! Measures the log: appends many events, proves and verifies them, and prints speeds and memory.
//!
//! `cargo run --release --example log_speed [EVENTS]`

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    reason = "a measurement, not the program"
)]

use sanad::audit::verify::{Question, verify};
use sanad::log::event::{CaptureRead, Ended, Event, RunCompleted, RunStarted};
use sanad_document::digest::sha256;
use sanad_tlog::note::Signer;
use sanad_tlog::{Reader, Writer};
use std::collections::BTreeMap;
use std::io::Write;
use std::time::Instant;

/// The events of one run with this number of captures, in the order in which a run writes them.
fn events(captures: u64) -> impl Iterator<Item = Event> {
    let digest = |n: u64| sha256(&n.to_le_bytes());
    let started = RunStarted {
        run: "r".to_owned(),
        index: 0,
        at: "2026-11-21T17:00:00Z".to_owned(),
        engine: "sanad/0.1.0".to_owned(),
        config: digest(0),
        offline: true,
        rehearsal: false,
        text: "complete".to_owned(),
        sources: Vec::new(),
        inputs: Vec::new(),
        unchanged: None,
    };
    let read = move |n| {
        Event::CaptureRead(CaptureRead {
            url: format!("https://mfa.tj/en/main/view/{n}/some-press-release-of-the-day"),
            file: "gone.warc.gz".to_owned(),
            offset: n * 20_000,
            record_id: format!("urn:uuid:{n:032x}"),
            digest: digest(n),
            date: "2026-11-21T17:00:00Z".to_owned(),
            status: Some(200),
        })
    };
    let ended = move |n| {
        Event::Quarantined(Ended {
            capture: n + 1,
            digest: digest(n),
            source: "mfa.tj".to_owned(),
            id: format!("mfa.tj/{n:032x}"),
            version: digest(n + 1),
            record_digest: digest(n + 2),
            code: "kind.scan".to_owned(),
            stage: "mark".to_owned(),
            message: "page images without a text layer".to_owned(),
            ..Ended::default()
        })
    };
    let completed = RunCompleted {
        run: "r".to_owned(),
        at: "2026-11-21T17:00:00Z".to_owned(),
        captures,
        outcomes: BTreeMap::from([("quarantined".to_owned(), captures)]),
        written: BTreeMap::new(),
        deleted: Vec::new(),
        inputs: BTreeMap::new(),
        ..RunCompleted::default()
    };
    std::iter::once(Event::RunStarted(started))
        .chain((0..captures).map(read))
        .chain((0..captures).map(ended))
        .chain(std::iter::once(Event::RunCompleted(completed)))
}

/// Peak memory of this process in megabytes; 0 except on Linux.
fn peak_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmHWM")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|n| n.parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// Processor time of this process in seconds; 0 except on Linux.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<f64>().ok());
    // Linux counts in hundredths of a second.
    ticks.sum::<f64>() / 100.0
}

fn main() {
    let count: u64 = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let folder = tempfile::tempdir().unwrap();
    let (raw, out) = (folder.path().join("raw"), folder.path().join("out"));
    std::fs::create_dir_all(out.join("runs/r")).unwrap();
    std::fs::create_dir_all(&raw).unwrap();
    let mut lines = std::io::BufWriter::new(std::fs::File::create(out.join("runs/r/events.jsonl")).unwrap());
    let mut writer = Writer::open(&out.join("log"), Signer::of("speed", &[1; 32])).unwrap();
    let (mut bytes, mut spent) = (0, std::time::Duration::ZERO);
    for (n, event) in (1_u64..).zip(events(count / 2 - 1)) {
        let entry = event.entry().unwrap();
        bytes += entry.len() as u64;
        let began = Instant::now();
        writer.append(entry.as_bytes()).unwrap();
        spent += began.elapsed();
        writeln!(lines, "{entry}").unwrap();
        if n % (count / 4) == 0 {
            println!("{n} events: {:.0} per second, {} MB of memory", n as f64 / spent.as_secs_f64(), peak_megabytes());
        }
    }
    let began = Instant::now();
    writer.sign().unwrap();
    spent += began.elapsed();
    lines.flush().unwrap();
    let size = writer.size();
    println!(
        "append: {:.0} events per second ({size} events, {} bytes each)",
        size as f64 / spent.as_secs_f64(),
        bytes / size
    );
    let reader = Reader::new(&out.join("log"));
    let mut times: Vec<_> = (0..1_000_u64)
        .map(|n| {
            let began = Instant::now();
            let proof = reader.prove(n * 7_919 % size).unwrap();
            assert!(!proof.path.is_empty());
            began.elapsed()
        })
        .collect();
    times.sort();
    println!("prove: {:?} median, {:?} slowest of 1000", times[500], times[999]);
    let jobs = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    for jobs in [1, jobs] {
        let (began, before) = (Instant::now(), processor_seconds());
        let verdict = verify(&Question { raw: &raw, out: &out, against: None, key: None, jobs }).unwrap();
        let took = began.elapsed().as_secs_f64();
        // It reads every entry twice: in the log, and as a line of events.jsonl.
        let read = bytes as f64 * 2.0 / 1e6;
        let per_second = read / (processor_seconds() - before);
        println!(
            "verify, {jobs} threads: {:.0} MB/s, {per_second:.0} MB per second of processor time, {:?}, {} MB of memory",
            read / took,
            verdict.outcome(),
            peak_megabytes()
        );
        for finding in verdict.findings.iter().take(3) {
            println!("{finding:?}");
        }
    }
}
