//! The last lines of `sanad run`: where the results and the signing key are, how long it took, and what to do next.
//!
//! Apart from the duration they depend only on the options and the results, so two runs can be compared.

use super::options::Folders;
use crate::log::LOG;
use crate::report::Report;
use sanad_tlog::Reader;
use sanad_tlog::key::{Keys, VARIABLE};
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

/// The closing lines, without a line break at the end. Paths are written as the command line names them.
pub(super) fn closing_lines(report: &Report, folders: &Folders, keys: &Keys, duration: Duration) -> String {
    let out = &folders.out;
    let options = other_folders(folders);
    [
        format!("run          {}, took {}", report.run, in_words(duration)),
        format!("results      {}", out.join("records").display()),
        format!("details      {}", out.join("runs").join(&report.run).display()),
        format!("signing key  {}", place_of_key(keys, out)),
        format!("next         sanad verify{options}      checks everything against the signed log"),
        format!("             sanad explain{options} ID  shows where a record comes from (`id` in the results)"),
    ]
    .join("\n")
}

/// The options that lead another command to the same folders; empty for the default ones.
fn other_folders(folders: &Folders) -> String {
    let all =
        [("config", &folders.config, "config"), ("raw", &folders.raw, "raw"), ("out", &folders.out, "normalized")];
    let mut options = String::new();
    for (option, folder, default) in all {
        if folder.as_path() != Path::new(default) {
            // Writing to a string cannot fail.
            write!(options, " --{option} {}", quoted(folder)).unwrap_or_default();
        }
    }
    options
}

/// A path as a shell takes it: in quotes if it has spaces.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    if text.contains(char::is_whitespace) { format!("'{text}'") } else { text }
}

fn place_of_key(keys: &Keys, out: &Path) -> String {
    let log = Reader::new(&out.join(LOG)).keys().ok().and_then(|keys| keys.into_iter().next());
    match log.and_then(|log| keys.file(&log)) {
        Some(path) => format!("{} (keep a copy: without it the log can't be continued)", path.display()),
        None if keys.given.is_some() => format!("in {VARIABLE}"),
        // The run has signed with it, so it is known.
        None => "unknown".to_owned(),
    }
}

fn in_words(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, _) => format!("{:.1} s", duration.as_secs_f64()),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_two_units_at_most() {
        let words = |seconds| in_words(Duration::from_millis(seconds));
        assert_eq!(words(840), "0.8 s");
        assert_eq!(words(59_900), "59.9 s");
        assert_eq!(words(125_000), "2 min 5 s");
        assert_eq!(words(3_725_000), "1 h 2 min");
    }

    #[test]
    fn the_commands_to_run_next_name_folders_that_are_not_the_default_ones() {
        let folders = |out: &str| Folders { config: "config".into(), raw: "raw".into(), out: out.into() };
        assert_eq!(other_folders(&folders("normalized")), "");
        assert_eq!(other_folders(&folders("/tmp/out")), " --out /tmp/out");
        assert_eq!(other_folders(&folders("my results")), " --out 'my results'");
    }

    #[test]
    fn a_key_given_in_the_environment_is_not_printed() {
        let keys = Keys { given: Some("PRIVATE+KEY+name+1+secret".to_owned()), home: None };
        assert_eq!(place_of_key(&keys, Path::new("normalized")), "in SANAD_KEY");
    }
}
