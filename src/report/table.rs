//! The closing table of a run, for people.

use super::{KnownFailure, Report};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Columns of the table: the outcomes of a capture, from the best to the worst.
const OUTCOMES: &[&str] = &["emitted", "unchanged", "duplicate", "held", "quarantined", "skipped"];

/// How many known failures are listed.
const LISTED_KNOWN: usize = 10;

/// The report as a table with a row for each source, followed by the counts behind it.
#[must_use]
pub fn table(report: &Report) -> String {
    let mut out = String::new();
    let width = report.sources.keys().map(|s| s.chars().count()).max().unwrap_or(0).max("source".len());
    let mut line = |cells: &[String]| {
        for (i, cell) in cells.iter().enumerate() {
            // Writing to a string cannot fail.
            let written = if i == 0 { write!(out, "{cell:<width$}") } else { write!(out, "  {cell:>11}") };
            written.unwrap_or_default();
        }
        out.push('\n');
    };
    let mut head = vec!["source".to_owned()];
    head.extend(OUTCOMES.iter().map(|o| (*o).to_owned()));
    head.push("records".to_owned());
    line(&head);
    for (source, numbers) in &report.sources {
        line(&row(source, &numbers.outcomes, numbers.records));
    }
    line(&row("all", &report.outcomes, report.sources.values().map(|s| s.records).sum()));
    writeln!(out, "\n{}", records(report)).unwrap_or_default();
    for (name, counts) in [
        ("records by language", listed(&report.languages)),
        ("changes to records, by cause", listed_causes(&report.causes)),
        ("blocks left out, by rule", listed(&report.removed)),
        ("records with warnings, by code", listed(&report.warnings)),
        ("captures quarantined, by code", listed(&report.quarantined)),
        ("captures skipped, by code", listed(&report.skipped)),
        ("fetches", listed(&report.fetches)),
        ("bytes on disk", listed(&report.disk)),
    ] {
        if !counts.is_empty() {
            writeln!(out, "\n{name}: {counts}").unwrap_or_default();
        }
    }
    if !report.failures.is_empty() {
        out.push_str("\nfailures:\n");
    }
    for failure in &report.failures {
        writeln!(out, "! {failure}").unwrap_or_default();
    }
    if !report.known.is_empty() {
        out.push_str("\nknown failures, reported by an earlier run:\n");
    }
    for KnownFailure { message, since } in report.known.iter().take(LISTED_KNOWN) {
        writeln!(out, "  {message}, since run {since}").unwrap_or_default();
    }
    if report.known.len() > LISTED_KNOWN {
        let more = report.known.len() - LISTED_KNOWN;
        writeln!(out, "  … and {more} more, see `known` in report.json").unwrap_or_default();
    }
    out
}

fn row(name: &str, outcomes: &BTreeMap<String, u64>, records: u64) -> Vec<String> {
    let mut row = vec![name.to_owned()];
    row.extend(OUTCOMES.iter().map(|o| outcomes.get(*o).map_or_else(|| "·".to_owned(), u64::to_string)));
    row.push(records.to_string());
    row
}

/// How many records there are now, and how many of them are near-duplicates: a duplicate is a record like any other.
fn records(report: &Report) -> String {
    let captures = if report.captures == 1 { "1 capture".to_owned() } else { format!("{} captures", report.captures) };
    let captures = match report.concluded.values().sum::<u64>() {
        0 => format!("{captures} read, nothing new"),
        new if new == report.captures => format!("{captures} read, all new"),
        new => format!("{captures} read, {new} with a new outcome"),
    };
    let records: u64 = report.sources.values().map(|s| s.records).sum();
    let duplicates: u64 = report.sources.values().map(|s| s.duplicates).sum();
    let records = match records {
        0 => return format!("{captures}; no records now"),
        1 => "1 record".to_owned(),
        n => format!("{n} records"),
    };
    match duplicates {
        0 => format!("{captures}; {records} now, none of them a near-duplicate"),
        1 => format!("{captures}; {records} now, 1 of them a near-duplicate (its `duplicate_of` names the original)"),
        n => format!(
            "{captures}; {records} now, {n} of them near-duplicates (records too; `duplicate_of` names the original)"
        ),
    }
}

/// Names with their counts, the largest first.
fn listed(counts: &BTreeMap<String, u64>) -> String {
    let listed: Vec<String> = by_size(counts).into_iter().map(|(name, count)| format!("{name} {count}")).collect();
    listed.join(", ")
}

/// The counts of changes, whose keys are `change: cause`, as `change count (cause)`.
fn listed_causes(causes: &BTreeMap<String, u64>) -> String {
    let in_words = |(key, count): (&String, &u64)| match key.split_once(": ") {
        Some((change, cause)) => format!("{change} {count} ({cause})"),
        None => format!("{key} {count}"),
    };
    by_size(causes).into_iter().map(in_words).collect::<Vec<_>>().join(", ")
}

fn by_size(counts: &BTreeMap<String, u64>) -> Vec<(&String, &u64)> {
    let mut sorted: Vec<_> = counts.iter().collect();
    sorted.sort_by(|(a, x), (b, y)| y.cmp(x).then_with(|| a.cmp(b)));
    sorted
}
