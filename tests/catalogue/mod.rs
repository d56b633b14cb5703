//! The catalogue: every code, rule and name that the program writes into records, events, ledgers and reports.
//!
//! [`provoked`] lists the codes that the modules below provoke with small inputs, [`ELSEWHERE`] those that other tests
//! provoke, and [`UNPROVOKED`] those that no input provokes, with the reason. A scan of the sources fails on a code in
//! none of them.

mod pages;
mod papers;
mod runs;
mod sources;
mod tls;

use std::collections::BTreeSet;

/// The names of one kind, which one test provokes.
pub(crate) struct Group {
    pub(crate) of: &'static str,
    pub(crate) names: &'static [&'static str],
}

/// All names that the modules below provoke.
fn provoked() -> impl Iterator<Item = &'static Group> {
    [pages::GROUPS, papers::GROUPS, runs::GROUPS, tls::GROUPS].into_iter().flatten()
}

/// Codes that other tests provoke, and the file that asserts them.
const ELSEWHERE: &[(&str, &str)] = &[
    ("backlink", "relations.rs"),
    ("event.detached", "log.rs"),
    ("fetch.connect", "fetch/faults.rs"),
    ("fetch.cut_off", "fetch/faults.rs"),
    ("fetch.dns", "fetch/faults.rs"),
    ("fetch.forbidden", "fetch/faults.rs"),
    ("fetch.host_down", "fetch/faults.rs"),
    ("fetch.large_header", "fetch/faults.rs"),
    ("fetch.protocol", "fetch/faults.rs"),
    ("fetch.redirects", "fetch/faults.rs"),
    ("fetch.robots", "fetch/faults.rs"),
    ("fetch.status", "fetch/faults.rs"),
    ("fetch.taken_down", "fetch/erased.rs"),
    ("fetch.timeout", "fetch/faults.rs"),
    ("fetch.too_large", "fetch/faults.rs"),
    ("list.cut_off", "fetch/lists.rs"),
    ("list.empty", "fetch/lists.rs"),
    ("list.limit", "fetch/lists.rs"),
    ("list.unreadable", "fetch/lists.rs"),
    ("structure", "relations.rs"),
    ("url_pattern", "relations.rs"),
];

/// Codes that nothing provokes, and why.
const UNPROVOKED: &[(&str, &str)] = &[
    ("body.byline", "no reader gives a block the role of a byline"),
    ("capture.truncated", "checked for when a record's status is set, and written by nothing"),
    ("extract.not_built_in", "the program is always built with both readers"),
    ("html.too_long", "from 2 GB on; no body over 64 MB comes so far"),
    ("internal", "a promise that the program makes to itself would have to be broken"),
    #[cfg(not(feature = "postgres"))]
    ("store", "this build has no database"),
    ("worker.panicked", "a parser would have to panic outside the guard of its own"),
];

/// The names of a group, for the test that provokes them.
#[track_caller]
fn names(groups: &[Group], of: &str) -> BTreeSet<String> {
    let group = groups.iter().find(|group| group.of == of).unwrap_or_else(|| panic!("no group {of}"));
    group.names.iter().map(|name| (*name).to_owned()).collect()
}

/// Asserts that exactly the names of a group were provoked.
#[track_caller]
fn expect_all(groups: &[Group], of: &str, provoked: impl IntoIterator<Item = impl Into<String>>) {
    let provoked: BTreeSet<String> = provoked.into_iter().map(Into::into).collect();
    assert_eq!(provoked, names(groups, of), "{of}");
}

/// Errors that no input provokes still have their codes.
#[test]
fn codes_that_nothing_provokes_are_those_of_their_errors() {
    use sanad::error::{Error, WorkerFault};
    let built = sanad_extract::Error::NotBuiltIn { format: sanad_document::Format::Pdf };
    let long = sanad_extract::Error::Html(sanad_html::Error::TooLong { limit: 1 });
    assert_eq!(built.code(), "extract.not_built_in");
    assert_eq!(long.code(), "html.too_long");
    assert_eq!(Error::Internal { what: String::new() }.code(), "internal");
    assert_eq!(Error::Worker(WorkerFault::Panicked { cause: String::new() }).code(), "worker.panicked");
}
