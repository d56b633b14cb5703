//! A run's numbers for Prometheus, as a file for the node exporter's textfile collector (exposition format 0.0.4).
//!
//! All are gauges that say how the last run went. The times of the last success outlive runs that fail: they are taken
//! over from the file that stood there before.

use super::Report;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

/// Times of the last success, by their names.
const SUCCESS: &str = "sanad_last_success_timestamp_seconds";
const SOURCE_SUCCESS: &str = "sanad_source_last_success_timestamp_seconds";

/// How a run went, as far as its report doesn't say.
#[derive(Debug, Clone, Default)]
pub struct Went {
    /// The program's exit code.
    pub exit_code: u8,
    /// The time of the run, in seconds since 1970.
    pub at: i64,
    /// From its beginning to its end.
    pub duration: Duration,
    /// Its stages in their order.
    pub stages: Vec<(&'static str, Duration)>,
}

/// The file's content. `report` is none for a run that could not be made, `before` what the file held.
#[must_use]
pub fn metrics(went: &Went, report: Option<&Report>, before: &str) -> String {
    let mut out = Text::default();
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

fn of_report(out: &mut Text, report: &Report) {
    out.family("sanad_captures", "Captures of the last run, by source and outcome.");
    for (source, numbers) in &report.sources {
        for (outcome, count) in &numbers.outcomes {
            out.sample("sanad_captures", &[("source", source), ("outcome", outcome)], &count.to_string());
        }
    }
    out.family("sanad_records", "Current records, by source.");
    for (source, numbers) in &report.sources {
        out.sample("sanad_records", &[("source", source)], &numbers.records.to_string());
    }
    out.family("sanad_broken_expectations", "Expectations that the last run broke, by source.");
    for (source, numbers) in &report.sources {
        out.sample("sanad_broken_expectations", &[("source", source)], &numbers.broken.len().to_string());
    }
    for (name, help, label, counts) in [
        ("sanad_changes", "Records that the last run added, changed or removed.", "change", &report.delta),
        ("sanad_fetches", "Fetches of the last run, by outcome.", "outcome", &report.fetches),
        ("sanad_quarantined", "Captures of the last run that gave no record, by code.", "code", &report.quarantined),
        ("sanad_skipped", "Captures that the last run passed over, by code.", "code", &report.skipped),
        ("sanad_removed_blocks", "Blocks that the last run left out, by rule.", "rule", &report.removed),
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

/// Labels and time of each source's last success.
fn successes(report: Option<&Report>, at: &str, before: &str) -> BTreeMap<String, String> {
    let lines = before.lines().filter_map(|line| line.strip_prefix(SOURCE_SUCCESS)?.rsplit_once(' '));
    let mut times: BTreeMap<String, String> =
        lines.filter(|(labels, _)| labels.starts_with('{')).map(|(l, t)| (l.to_owned(), t.to_owned())).collect();
    for (source, numbers) in report.into_iter().flat_map(|r| &r.sources) {
        let gave = ["emitted", "unchanged", "duplicate"].iter().any(|o| numbers.outcomes.contains_key(*o));
        if gave && numbers.broken.is_empty() {
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

#[derive(Default)]
struct Text(String);

impl Text {
    /// Writing to a string cannot fail.
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

    fn report(source: &str, outcome: &str) -> Report {
        let mut report = Report::default();
        report.count(source, outcome);
        report
    }

    #[test]
    fn the_last_success_outlives_a_failure() {
        let well = Went { at: 100, ..Went::default() };
        let mut both = report("a.tj", "emitted");
        both.count("b\"c.tj", "unchanged");
        let first = metrics(&well, Some(&both), "");
        let failed = Went { exit_code: 1, at: 200, ..Went::default() };
        let second = metrics(&failed, Some(&report("a.tj", "emitted")), &first);
        let third = metrics(&Went { exit_code: 2, at: 300, ..Went::default() }, None, &second);
        for text in [&second, &third] {
            assert_eq!(value_of(text, SUCCESS), Some("100"), "{text}");
            assert!(text.contains("success_timestamp_seconds{source=\"a.tj\"} 200\n"), "{text}");
            assert!(text.contains("success_timestamp_seconds{source=\"b\\\"c.tj\"} 100\n"), "{text}");
        }
        assert_eq!(value_of(&third, "sanad_run_exit_code"), Some("2"));
    }

    #[test]
    fn a_source_that_gives_nothing_has_no_success() {
        let text = metrics(&Went { at: 7, ..Went::default() }, Some(&report("a.tj", "quarantined")), "");
        assert!(!text.contains("source_last_success_timestamp_seconds{"), "{text}");
        assert!(text.contains("sanad_captures{source=\"a.tj\",outcome=\"quarantined\"} 1\n"), "{text}");
    }
}
