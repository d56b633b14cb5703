//! Who wrote a document, and who issued it.

use super::evidence::Evidence;
use super::title_key::title_key;
use sanad_document::Role;
use sanad_document::text::chars;
use sanad_language::lexicon::{fold, words};

/// `meta` names that state authors. The first one with a usable value wins.
const AUTHOR_METAS: [&str; 9] = [
    "author",
    "article:author",
    "dc.creator",
    "dcterms.creator",
    "citation_author",
    "parsely-author",
    "sailthru.author",
    "byl",
    "pdf:author",
];

/// `meta` names that state the issuing body or the site's name.
const ISSUER_METAS: [&str; 6] =
    ["og:site_name", "dc.publisher", "dcterms.publisher", "citation_publisher", "publisher", "application-name"];

/// Author values that name nobody.
const NOBODY: [&str; 8] = ["admin", "administrator", "super user", "user", "root", "webmaster", "unknown", "редактор"];

/// The longest name of a person or body, in code points.
const MAX_NAME: usize = 120;

/// The most authors of one document.
const MAX_AUTHORS: usize = 50;

/// Returns the authors: from JSON-LD, else `meta`, else the by-line.
pub(super) fn authors(evidence: &Evidence<'_>) -> Vec<String> {
    let mut names: Vec<String> = evidence.facts.authors.iter().filter_map(|n| name(n)).collect();
    if names.is_empty() {
        let by_meta = AUTHOR_METAS.iter().map(|m| evidence.metas(m).filter_map(name).collect::<Vec<_>>());
        names = by_meta.into_iter().find(|found| !found.is_empty()).unwrap_or_default();
    }
    if names.is_empty() {
        let lines = evidence.document.blocks.iter().filter(|b| b.role == Some(Role::Byline));
        names = lines.filter_map(|b| name_in_byline(&b.text)).take(1).collect();
    }
    let mut seen: Vec<String> = Vec::new();
    names.retain(|n| {
        let key = title_key(n);
        let is_new = !seen.contains(&key);
        seen.push(key);
        is_new
    });
    names.truncate(MAX_AUTHORS);
    names
}

/// Folds the white space of a name. Returns `None` for an address, an account or a program.
fn name(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let name = words.join(" ");
    let low = fold(&name);
    let is_odd = low.contains("://") || low.contains('@') || !low.contains(chars::is_letter) || low.starts_with("www.");
    let is_name = !is_odd && !NOBODY.contains(&low.as_str()) && name.chars().count() <= MAX_NAME;
    is_name.then_some(name)
}

/// Returns the name after "By" or «Автор:».
fn name_in_byline(text: &str) -> Option<String> {
    let part = text.split(['|', '•', '·', '\n']).next()?.trim();
    let low = fold(part);
    let by = words().languages.values().flat_map(|l| l.by.iter());
    let prefix = by.filter(|b| low.starts_with(&format!("{b} "))).map(String::len).max();
    let rest = match prefix {
        Some(length) => part.get(length..)?,
        None => part.split_once(':')?.1,
    };
    name(rest.trim())
}

/// Returns the issuing body: JSON-LD's publisher, else the site's name, else what is beside the title in `<title>`.
pub(super) fn issuer(evidence: &Evidence<'_>, title: Option<&str>) -> Option<String> {
    let facts = [&evidence.facts.publisher, &evidence.facts.site];
    let by_facts = facts.into_iter().flatten().filter_map(|n| name(n));
    let by_meta = ISSUER_METAS.iter().filter_map(|m| evidence.meta(m)).filter_map(name);
    by_facts.chain(by_meta).next().or_else(|| issuer_beside_title(evidence, title?))
}

/// Returns the name beside the title in `<title>`: "… | Ministry of Foreign Affairs".
fn issuer_beside_title(evidence: &Evidence<'_>, title: &str) -> Option<String> {
    const SEPARATORS: [&str; 7] = [" | ", " – ", " - ", " — ", " :: ", " » ", " • "];
    let whole = evidence.document.head.title.as_deref()?.trim();
    let wanted = title_key(title);
    let splits = |mark: &&str| whole.split_once(*mark).into_iter().chain(whole.rsplit_once(*mark)).collect::<Vec<_>>();
    SEPARATORS.iter().flat_map(splits).find_map(|(a, b)| {
        let other = if title_key(a) == wanted {
            b
        } else if title_key(b) == wanted {
            a
        } else {
            return None;
        };
        // A single word beside a title is a section's name as often as a site's.
        (other.split_whitespace().count() >= 2).then(|| name(other))?
    })
}

/// Returns the country (ISO 3166) of a host under a country's own top-level domain.
pub(super) fn country(evidence: &Evidence<'_>) -> Option<String> {
    /// Country codes that are sold to the whole world, or belong to no country.
    const WORLD: [&str; 14] = ["io", "tv", "me", "co", "ai", "ly", "cc", "ws", "fm", "to", "eu", "nu", "gg", "su"];
    let host = evidence.url.as_ref()?.host_str()?;
    let top = host.rsplit('.').next()?;
    match top {
        "uk" => Some("GB".to_owned()),
        "gov" | "mil" => Some("US".to_owned()),
        "xn--p1ai" => Some("RU".to_owned()),
        "xn--80ao21a" => Some("KZ".to_owned()),
        "xn--j1amh" => Some("UA".to_owned()),
        "xn--90ais" => Some("BY".to_owned()),
        _ if top.len() == 2 && top.bytes().all(|b| b.is_ascii_lowercase()) && !WORLD.contains(&top) => {
            Some(top.to_ascii_uppercase())
        }
        _ => None,
    }
}
