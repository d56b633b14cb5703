//! A run's metrics for Prometheus: a file for the node exporter's textfile collector (exposition format 0.0.4).
//!
//! All metrics are gauges about the last run. The times of the last success survive runs that fail: they are carried
//! over from the previous file.

use super::outcome::ReportedOutcome;
use super::run_report::{Report, SourceReport};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

/// Metrics with the time of the last success, of all and of each source.
const SUCCESS: &str = "sanad_last_success_timestamp_seconds";
const SOURCE_SUCCESS: &str = "sanad_source_last_success_timestamp_seconds";

/// What the metrics say about a run beside its report.
#[derive(Debug, Clone, Default)]
pub struct Went {
    /// The program's exit code.
    pub exit_code: u8,
    /// The time of the run, in seconds since the Unix epoch.
    pub at: i64,
    /// The duration of the run.
    pub duration: Duration,
    /// The duration of each stage, in order.
    pub stages: Vec<(&'static str, Duration)>,
}

/// Renders the file. `report` is none if the run could not be done; `before` is the previous content of the file.
#[must_use]
pub fn metrics(went: &Went, report: Option<&Report>, before: &str) -> String {
    let mut out = Exposition::default();
    let at = went.at.to_string();
    out.family("sanad_build_info", "Version of the program.");
    out.sample("sanad_build_info", &[("version", env!("CARGO_PKG_VERSION"))], "1");
    out.one("sanad_run_exit_code", "Exit code of the last run: 0 well, 1 with failures, 2 not done.", &went.exit_code);
    out.one("sanad_run_timestamp_seconds", "Time of the last run.", &at);
    out.one("sanad_run_duration_seconds", "Duration of the last run.", &seconds(went.duration));
    out.family("sanad_stage_duration_seconds", "Duration of a stage of the last run.");
    for (stage, duration) in &went.stages {
        out.sample("sanad_stage_duration_seconds", &[("stage", &stage.replace(' ', "_"))], &seconds(*duration));
    }
    let last = if went.exit_code == 0 { Some(at.as_str()) } else { value_of(before, SUCCESS) };
    out.family(SUCCESS, "Time of the last run that ended with exit code 0.");
    if let Some(last) = last {
        out.sample(SUCCESS, &[], last);
    }
    out.family(SOURCE_SUCCESS, "Time of the last run that gave records of the source, its expectations met.");
    for (labels, time) in successes(report, &at, before) {
        writeln!(out.0, "{SOURCE_SUCCESS}{labels} {time}").unwrap_or_default();
    }
    if let Some(report) = report {
        of_report(&mut out, report);
    }
    out.0
}

/// A metric with one sample for each source: name, help, value.
type SourceMetric = (&'static str, &'static str, fn(&SourceReport) -> u64);

fn of_report(out: &mut Exposition, report: &Report) {
    out.family("sanad_captures", "Captures of the last run, by source and outcome.");
    for (source, numbers) in &report.sources {
        for (outcome, count) in &numbers.outcomes {
            out.sample("sanad_captures", &[("source", source), ("outcome", outcome)], &count.to_string());
        }
    }
    let of_sources: [SourceMetric; 4] = [
        ("sanad_records", "Current records, by source.", |s| s.records),
        ("sanad_duplicate_records", "Those that are near-duplicates of another.", |s| s.duplicates),
        ("sanad_missing_records", "Those whose page the newest visits did not find.", |s| s.missing),
        ("sanad_broken_expectations", "Expectations that the last run broke.", |s| s.broken.len() as u64),
    ];
    for (name, help, value) in of_sources {
        out.family(name, help);
        for (source, numbers) in &report.sources {
            out.sample(name, &[("source", source)], &value(numbers).to_string());
        }
    }
    for (name, help, label, counts) in [
        ("sanad_changes", "Records that the last run added, changed or removed.", "change", &report.delta),
        ("sanad_fetches", "Fetches of the last run, by outcome.", "outcome", &report.fetches),
        ("sanad_quarantined", "Captures of the last run that gave no record, by code.", "code", &report.quarantined),
        ("sanad_skipped", "Captures that the last run passed over, by code.", "code", &report.skipped),
        ("sanad_removed_blocks", "Blocks that the last run left out, by rule.", "rule", &report.removed),
        ("sanad_warnings", "Records of the last run with a warning, by code.", "code", &report.warnings),
        ("sanad_disk_bytes", "Bytes on disk.", "of", &report.disk),
        ("sanad_languages", "Records of the last run, by language.", "language", &report.languages),
    ] {
        out.family(name, help);
        for (key, count) in counts {
            out.sample(name, &[(label, key)], &count.to_string());
        }
    }
    out.one("sanad_failures", "What made the last run end with exit code 1.", &report.failures.len());
    out.one("sanad_log_entries", "Entries of the log.", &report.log.end);
}

/// Returns the time of each source's last success, by the sample's labels.
fn successes(report: Option<&Report>, at: &str, before: &str) -> BTreeMap<String, String> {
    let lines = before.lines().filter_map(|line| line.strip_prefix(SOURCE_SUCCESS)?.rsplit_once(' '));
    let mut times: BTreeMap<String, String> =
        lines.filter(|(labels, _)| labels.starts_with('{')).map(|(l, t)| (l.to_owned(), t.to_owned())).collect();
    for (source, numbers) in report.into_iter().flat_map(|r| &r.sources) {
        let mut with_record = ReportedOutcome::ALL.into_iter().filter(|o| o.has_record());
        if with_record.any(|o| numbers.outcomes.contains_key(o.as_str())) && numbers.broken.is_empty() {
            times.insert(labels(&[("source", source)]), at.to_owned());
        }
    }
    times
}

fn value_of<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
}

fn seconds(duration: Duration) -> String {
    format!("{:.3}", duration.as_secs_f64())
}

fn labels(labels: &[(&str, &str)]) -> String {
    if labels.is_empty() {
        return String::new();
    }
    let escaped = |v: &str| v.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
    format!("{{{}}}", labels.join(","))
}

/// Metrics in Prometheus' text format.
#[derive(Default)]
struct Exposition(String);

impl Exposition {
    // Writing to a string cannot fail.
    fn family(&mut self, name: &str, help: &str) {
        writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} gauge").unwrap_or_default();
    }

    fn sample(&mut self, name: &str, of: &[(&str, &str)], value: &str) {
        writeln!(self.0, "{name}{} {value}", labels(of)).unwrap_or_default();
    }

    fn one(&mut self, name: &str, help: &str, value: &impl ToString) {
        self.family(name, help);
        self.sample(name, &[], &value.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(source: &str, outcome: ReportedOutcome) -> Report {
        let mut report = Report::default();
        report.count(source, outcome);
        report
    }

    #[test]
    fn the_time_of_the_last_success_survives_a_failure() {
        let well = Went { at: 100, ..Went::default() };
        let mut both = report("a.tj", ReportedOutcome::Emitted);
        both.count("b\"c.tj", ReportedOutcome::Unchanged);
        let first = metrics(&well, Some(&both), "");
        let failed = Went { exit_code: 1, at: 200, ..Went::default() };
        let second = metrics(&failed, Some(&report("a.tj", ReportedOutcome::Emitted)), &first);
        let third = metrics(&Went { exit_code: 2, at: 300, ..Went::default() }, None, &second);
        for text in [&second, &third] {
            assert_eq!(value_of(text, SUCCESS), Some("100"), "{text}");
            assert!(text.contains("success_timestamp_seconds{source=\"a.tj\"} 200\n"), "{text}");
            assert!(text.contains("success_timestamp_seconds{source=\"b\\\"c.tj\"} 100\n"), "{text}");
        }
        assert_eq!(value_of(&third, "sanad_run_exit_code"), Some("2"));
    }

    #[test]
    fn a_source_without_records_has_no_success() {
        let text = metrics(&Went { at: 7, ..Went::default() }, Some(&report("a.tj", ReportedOutcome::Quarantined)), "");
        assert!(!text.contains("source_last_success_timestamp_seconds{"), "{text}");
        assert!(text.contains("sanad_captures{source=\"a.tj\",outcome=\"quarantined\"} 1\n"), "{text}");
    }
}
