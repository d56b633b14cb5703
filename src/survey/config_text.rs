//! Writes a proposal as configuration files that people read and edit.

use super::findings::Findings;
use sanad_document::SiteRules;
use std::fmt::Write as _;

/// Returns the content of `sources/<id>.toml`.
pub(super) fn source(found: &Findings) -> String {
    let mut out = String::new();
    let mut line = |text: String| writeln!(out, "{text}").unwrap_or_default(); // writing to a string cannot fail
    match &found.name {
        Some(name) => line(format!("name = {}", quoted(name))),
        None => line("# name = \"…\"  # the issuing body, for pages that don't name it".to_owned()),
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
        line("translations = true  # also fetch each page in other languages".to_owned());
    }
    if !discovery.follow.is_empty() {
        // The listing names all wanted pages, so their own links need not be followed.
        line(format!("depth = {}", discovery.depth));
    }
    if !found.further_sitemaps.is_empty() {
        line(format!(
            "# sitemaps = {}  # all pages that the site names, old ones included",
            list(&found.further_sitemaps)
        ));
    }
    line("\n[expect]\nmin_records = 1".to_owned());
    if !found.languages.is_empty() {
        let languages: Vec<String> = found.languages.iter().cloned().collect();
        line(format!("languages = {}", list(&languages)));
    }
    out
}

/// Returns the content of `sites/<host>.toml` for rules that hold on this number of pages.
pub(super) fn site(rules: &SiteRules, pages: usize) -> String {
    let mut out = format!("# Tested on {pages} pages of the site.\n");
    for (name, selectors, meaning) in
        [("content", &rules.content, "only what is inside is text"), ("date", &rules.date, "the date of publication")]
    {
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
