//! A proposal as the files that people read and change.

use super::Findings;
use sanad_document::SiteRules;
use std::fmt::Write as _;

/// `sources/<id>.toml`.
pub(super) fn source(found: &Findings) -> String {
    let mut out = String::new();
    let mut line = |text: String| writeln!(out, "{text}").unwrap_or_default(); // writing to a string cannot fail
    match &found.name {
        Some(name) => line(format!("name = {}", quoted(name))),
        None => line("# name = \"…\"  # the issuing body, for records whose page doesn't name it".to_owned()),
    }
    if let Some(country) = &found.country {
        line(format!("country = {}", quoted(country)));
    }
    line(format!("hosts = [{}]", quoted(&found.host)));
    if !found.start.is_empty() {
        line(format!("start = {}", list(&found.start)));
    }
    if !found.allow_private.is_empty() {
        line(format!("allow_private = {}", list(&found.allow_private)));
    }
    let discovery = &found.discovery;
    let lists = [("listings", &discovery.listings), ("feeds", &discovery.feeds), ("follow", &discovery.follow)];
    let has_more = discovery.translations || lists.iter().any(|(_, l)| !l.is_empty());
    if has_more || !found.further_sitemaps.is_empty() {
        line("\n[discover]".to_owned());
    }
    for (name, items) in lists.iter().filter(|(_, items)| !items.is_empty()) {
        line(format!("{name} = {}", list(items)));
    }
    if discovery.translations {
        line("translations = true  # the pages' versions in other languages too".to_owned());
    }
    if !discovery.follow.is_empty() {
        // A listing names its pages; what these link to is named there too.
        line(format!("depth = {}", discovery.depth));
    }
    if !found.further_sitemaps.is_empty() {
        line(format!("# sitemaps = {}  # all that the site names, old pages included", list(&found.further_sitemaps)));
    }
    line("\n[expect]\nmin_records = 1".to_owned());
    if !found.languages.is_empty() {
        let languages: Vec<String> = found.languages.iter().cloned().collect();
        line(format!("languages = {}", list(&languages)));
    }
    out
}

/// `sites/<host>.toml`.
pub(super) fn site(rules: &SiteRules, pages: usize) -> String {
    let mut out = format!("# Held on {pages} of {pages} pages that were looked at.\n");
    for (name, selectors, meaning) in [
        ("content", &rules.content, "only what stands under it is text"),
        ("date", &rules.date, "the date of publication"),
    ] {
        if !selectors.is_empty() {
            writeln!(out, "{name} = {}  # {meaning}", list(selectors)).unwrap_or_default();
        }
    }
    out
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

fn list(items: &[String]) -> String {
    format!("[{}]", items.iter().map(|item| quoted(item)).collect::<Vec<_>>().join(", "))
}
