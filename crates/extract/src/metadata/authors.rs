//! Who wrote it and who issued it.

use super::evidence::{Evidence, key};
use sanad_document::Role;
use sanad_document::text::chars;
use sanad_language::lexicon::{fold, words};

/// `meta` names that name authors.
const AUTHORS: [&str; 9] = [
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

/// Longest name of a person or body, in characters.
const LONGEST: usize = 120;

/// Most authors of one document.
const MOST: usize = 50;

/// The authors: JSON-LD, else `meta`, else the by-line.
pub(super) fn authors(evidence: &Evidence<'_>) -> Vec<String> {
    let mut names: Vec<String> = evidence.facts.authors.iter().filter_map(|n| name(n)).collect();
    if names.is_empty() {
        let metas = AUTHORS.iter().map(|m| evidence.metas(m).filter_map(name).collect::<Vec<_>>());
        names = metas.into_iter().find(|found| !found.is_empty()).unwrap_or_default();
    }
    if names.is_empty() {
        let lines = evidence.document.blocks.iter().filter(|b| b.role == Some(Role::Byline));
        names = lines.filter_map(|b| by_line(&b.text)).take(1).collect();
    }
    let mut seen: Vec<String> = Vec::new();
    names.retain(|n| {
        let key = key(n);
        let new = !seen.contains(&key);
        seen.push(key);
        new
    });
    names.truncate(MOST);
    names
}

/// A name with its spaces folded, unless it is an address, an account or a program.
fn name(text: &str) -> Option<String> {
    const NOBODY: [&str; 8] =
        ["admin", "administrator", "super user", "user", "root", "webmaster", "unknown", "редактор"];
    let words: Vec<&str> = text.split_whitespace().collect();
    let name = words.join(" ");
    let low = fold(&name);
    let odd = low.contains("://") || low.contains('@') || !low.contains(chars::is_letter) || low.starts_with("www.");
    let fits = !odd && !NOBODY.contains(&low.as_str()) && name.chars().count() <= LONGEST;
    fits.then_some(name)
}

/// The name behind "By", «Автор:».
fn by_line(text: &str) -> Option<String> {
    let part = text.split(['|', '•', '·', '\n']).next()?.trim();
    let low = fold(part);
    let by = words().languages.values().flat_map(|l| l.by.iter());
    let cut = by.filter(|b| low.starts_with(&format!("{b} "))).map(String::len).max();
    let rest = match cut {
        Some(length) => part.get(length..)?,
        None => part.split_once(':')?.1,
    };
    name(rest.trim())
}

/// The issuing body: JSON-LD's publisher, the site's name.
pub(super) fn issuer(evidence: &Evidence<'_>, title: Option<&str>) -> Option<String> {
    let facts = [&evidence.facts.publisher, &evidence.facts.site];
    let stated = facts.into_iter().flatten().filter_map(|n| name(n));
    let metas =
        ["og:site_name", "dc.publisher", "dcterms.publisher", "citation_publisher", "publisher", "application-name"];
    let metas = metas.iter().filter_map(|m| evidence.meta(m)).filter_map(name);
    stated.chain(metas).next().or_else(|| of_title(evidence, title?))
}

/// What stands beside the title in `<title>`: "… | Ministry of Foreign Affairs".
fn of_title(evidence: &Evidence<'_>, title: &str) -> Option<String> {
    const MARKS: [&str; 7] = [" | ", " – ", " - ", " — ", " :: ", " » ", " • "];
    let whole = evidence.document.head.title.as_deref()?.trim();
    let wanted = key(title);
    let sides = |mark: &&str| whole.split_once(*mark).into_iter().chain(whole.rsplit_once(*mark)).collect::<Vec<_>>();
    MARKS.iter().flat_map(sides).find_map(|(a, b)| {
        let other = if key(a) == wanted {
            b
        } else if key(b) == wanted {
            a
        } else {
            return None;
        };
        // One word beside a title is a section's name as often as a site's.
        (other.split_whitespace().count() >= 2).then(|| name(other))?
    })
}

/// The country (ISO 3166) of a host under a country's own top-level domain.
pub(super) fn country(evidence: &Evidence<'_>) -> Option<String> {
    // Sold to the whole world, or no country's.
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
