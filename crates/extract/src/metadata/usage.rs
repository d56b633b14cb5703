//! What a page states of its use by others: robots directives, the reservation of text and data mining, content signals.
//! Facts, not a judgement of what is allowed.

use super::evidence::Evidence;
#[cfg(any(test, feature = "html", feature = "pdf"))]
use sanad_document::Head;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The most directives of one page that are read.
const MAX_DIRECTIVES: usize = 50;

/// Directives that keep a page out of indexes.
const NOINDEX: [&str; 2] = ["noindex", "none"];

/// What a page states of its use.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Directives for all robots: `meta name=robots` and `X-Robots-Tag`, in lower case.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub robots: BTreeSet<String>,
    /// Directives for single robots, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub bots: BTreeMap<String, BTreeSet<String>>,
    /// Whether text and data mining is reserved (TDM Reservation Protocol).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tdm_reservation: Option<bool>,
    /// The address of the policy for text and data mining.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tdm_policy: Option<String>,
    /// `Content-Signal`: what is said of each use, such as `ai-train`: `no`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub content_signal: BTreeMap<String, String>,
}

impl Usage {
    /// Whether the page asks all robots not to index it.
    #[must_use]
    pub fn is_noindex(&self) -> bool {
        NOINDEX.iter().any(|directive| self.robots.contains(*directive))
    }

    fn add(&mut self, bot: Option<&str>, directives: &str) {
        let directives = directives.split(',').map(|d| d.trim().to_lowercase()).filter(|d| !d.is_empty());
        let place = match bot.filter(|bot| *bot != "robots") {
            None => &mut self.robots,
            Some(bot) => self.bots.entry(bot.to_owned()).or_default(),
        };
        place.extend(directives.take(MAX_DIRECTIVES.saturating_sub(place.len())));
    }
}

/// Names of robots that pages address in `meta` elements of their own.
const BOTS: [&str; 11] = [
    "googlebot",
    "googlebot-news",
    "bingbot",
    "msnbot",
    "slurp",
    "yandex",
    "yandexbot",
    "duckduckbot",
    "baiduspider",
    "gptbot",
    "ccbot",
];

/// Reads what a page and its server state of its use.
pub(super) fn read(evidence: &Evidence<'_>) -> Usage {
    let mut usage = Usage::default();
    for (name, value) in &evidence.document.head.meta {
        if name == "robots" || BOTS.contains(&name.as_str()) {
            usage.add(Some(name), value);
        }
    }
    for header in evidence.metas("http:x-robots-tag") {
        add_header(&mut usage, header);
    }
    let first = |meta: &str, header: &str| evidence.meta(header).or(evidence.meta(meta));
    usage.tdm_reservation = match first("tdm-reservation", "http:tdm-reservation") {
        Some("1") => Some(true),
        Some("0") => Some(false),
        _ => None,
    };
    usage.tdm_policy = first("tdm-policy", "http:tdm-policy").map(str::to_owned);
    for signal in first("content-signal", "http:content-signal").unwrap_or_default().split([',', ';']) {
        if let Some((name, value)) = signal.split_once('=') {
            usage.content_signal.insert(name.trim().to_lowercase(), value.trim().to_lowercase());
        }
    }
    usage
}

/// Adds the directives of an `X-Robots-Tag`: for all robots, or from a robot's name on for that one.
fn add_header(usage: &mut Usage, header: &str) {
    let mut bot: Option<String> = None;
    for part in header.split(',') {
        // A directive with a value has a colon too; the name of a robot has a directive behind it.
        let named = part.split_once(':').filter(|(name, _)| {
            let name = name.trim().to_lowercase();
            !["unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"].contains(&name.as_str())
        });
        match named {
            Some((name, directive)) => {
                bot = Some(name.trim().to_lowercase()).filter(|name| name != "*");
                usage.add(bot.as_deref(), directive);
            }
            None => usage.add(bot.as_deref(), part),
        }
    }
}

/// Adds headers to the evidence of a page, as `http:` and their name.
#[cfg(any(test, feature = "html", feature = "pdf"))]
pub(crate) fn add_headers(head: &mut Head, headers: &[(String, String)]) {
    head.meta.extend(headers.iter().map(|(name, value)| (format!("http:{}", name.to_lowercase()), value.clone())));
}

#[cfg(test)]
mod tests {
    use super::*;
    use sanad_document::Document;

    fn usage(meta: &[(&str, &str)], headers: &[(&str, &str)]) -> Usage {
        let pair = |(a, b): &(&str, &str)| ((*a).to_owned(), (*b).to_owned());
        let mut document = Document::default();
        document.head.meta = meta.iter().map(pair).collect();
        add_headers(&mut document.head, &headers.iter().map(pair).collect::<Vec<_>>());
        read(&Evidence::of_addresses(&document, None))
    }

    #[test]
    fn directives_for_all_and_for_one_robot_are_told_apart() {
        let stated = usage(
            &[("robots", "NoIndex, follow"), ("googlebot", "none")],
            &[
                ("X-Robots-Tag", "noarchive, otherbot: noindex, nofollow"),
                ("x-robots-tag", "unavailable_after: 25 Jun 2030"),
            ],
        );
        let of = |bot: &str| stated.bots[bot].iter().map(String::as_str).collect::<Vec<_>>();
        assert!(stated.is_noindex());
        assert!(stated.robots.contains("noarchive") && stated.robots.contains("unavailable_after: 25 jun 2030"));
        assert_eq!((of("googlebot"), of("otherbot")), (vec!["none"], vec!["nofollow", "noindex"]));
        assert!(usage(&[], &[("X-Robots-Tag", "none")]).is_noindex());
        assert!(!usage(&[("googlebot", "noindex"), ("robots", "index, follow")], &[]).is_noindex());
    }

    #[test]
    fn reservations_and_signals_are_facts() {
        let stated = usage(
            &[("tdm-reservation", "0"), ("tdm-policy", "https://a.example/policy.json")],
            &[("TDM-Reservation", "1"), ("Content-Signal", "search=yes, ai-train=no")],
        );
        assert_eq!(stated.tdm_reservation, Some(true), "the server's word counts before the page's");
        assert_eq!(stated.tdm_policy.as_deref(), Some("https://a.example/policy.json"));
        assert_eq!(stated.content_signal["ai-train"], "no");
        assert_eq!(usage(&[("description", "x")], &[]), Usage::default());
    }
}
