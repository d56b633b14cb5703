//! The closing table that a run prints.

use super::outcome::ReportedOutcome;
use super::run_report::Report;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Renders the report as a few lines of text.
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
    head.extend(ReportedOutcome::ALL.map(|o| o.as_str().to_owned()));
    head.push("records".to_owned());
    line(&head);
    for (source, numbers) in &report.sources {
        line(&row(source, &numbers.outcomes, numbers.records));
    }
    line(&row("all", &report.outcomes, report.sources.values().map(|s| s.records).sum()));
    for (name, counts) in [
        ("languages", &report.languages),
        ("left out", &report.removed),
        ("quarantined", &report.quarantined),
        ("skipped", &report.skipped),
        ("changes", &report.causes),
        ("bytes", &report.disk),
        ("fetches", &report.fetches),
    ] {
        if !counts.is_empty() {
            let shown: Vec<String> = by_size(counts).into_iter().map(|(k, n)| format!("{k} {n}")).collect();
            writeln!(out, "\n{name}: {}", shown.join(", ")).unwrap_or_default();
        }
    }
    for failure in &report.failures {
        writeln!(out, "! {failure}").unwrap_or_default();
    }
    writeln!(out, "\nrun {}", report.run).unwrap_or_default();
    out
}

fn row(name: &str, outcomes: &BTreeMap<String, u64>, records: u64) -> Vec<String> {
    let mut row = vec![name.to_owned()];
    row.extend(ReportedOutcome::ALL.map(|o| outcomes.get(o.as_str()).map_or_else(|| "·".to_owned(), u64::to_string)));
    row.push(records.to_string());
    row
}

fn by_size(counts: &BTreeMap<String, u64>) -> Vec<(&String, &u64)> {
    let mut sorted: Vec<_> = counts.iter().collect();
    sorted.sort_by(|(a, x), (b, y)| y.cmp(x).then_with(|| a.cmp(b)));
    sorted
}
