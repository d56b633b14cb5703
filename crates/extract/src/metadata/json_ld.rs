//! What the page's JSON-LD says of the page: headline, dates, authors, publisher.
//!
//! Pages describe their site, crumbs and videos there too; only what describes an article, or else the page, counts.

use serde_json::Value;
use std::collections::BTreeMap;

/// What JSON-LD states of the page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) headline: Option<String>,
    pub(super) published: Option<String>,
    pub(super) modified: Option<String>,
    pub(super) authors: Vec<String>,
    pub(super) publisher: Option<String>,
    /// Name of the site.
    pub(super) site: Option<String>,
}

/// Objects looked at over all scripts: real pages have under a thousand.
const MOST_NODES: usize = 5_000;

/// Authors taken: longer lists are of another kind.
const MOST_AUTHORS: usize = 50;

/// Reads the texts of all scripts.
pub(super) fn read(scripts: &[String]) -> Facts {
    let values: Vec<Value> = scripts.iter().filter_map(|s| parse(s)).collect();
    let mut nodes = Vec::new();
    let mut open: Vec<&Value> = values.iter().rev().collect();
    while let Some(value) = open.pop() {
        match value {
            Value::Array(items) => open.extend(items.iter().rev().take(MOST_NODES)),
            Value::Object(fields) => {
                nodes.push(value);
                let inner = ["@graph", "mainEntity", "mainEntityOfPage"];
                open.extend(inner.iter().rev().filter_map(|name| fields.get(*name)));
            }
            _ => {}
        }
        if nodes.len() > MOST_NODES {
            break;
        }
    }
    let names = names(&nodes);
    let mut facts = Facts::default();
    for rank in [Rank::Article, Rank::Page] {
        for node in nodes.iter().filter(|n| self::rank(n) == Some(rank)) {
            add(&mut facts, node, rank, &names);
        }
    }
    let mut sites = nodes.iter().filter(|n| is_type(n, |t| t == "WebSite"));
    facts.site = sites.find_map(|n| text(n.get("name")?));
    facts
}

/// How near to the document a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rank {
    Article,
    Page,
}

fn parse(script: &str) -> Option<Value> {
    let script = script.trim().trim_start_matches("<!--").trim_end_matches("-->");
    let script = script.trim().trim_start_matches("//<![CDATA[").trim_end_matches("//]]>");
    let script = script.trim().trim_end_matches(';');
    // Line breaks inside strings are a common fault.
    serde_json::from_str(script).or_else(|_| serde_json::from_str(&script.replace(|c: char| c.is_control(), " "))).ok()
}

fn is_type(node: &Value, test: impl Fn(&str) -> bool) -> bool {
    match node.get("@type") {
        Some(Value::String(name)) => test(name),
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).any(test),
        _ => false,
    }
}

fn rank(node: &Value) -> Option<Rank> {
    const ARTICLES: [&str; 8] = [
        "Article",
        "Posting",
        "Report",
        "Legislation",
        "DigitalDocument",
        "SpecialAnnouncement",
        "Statement",
        "CreativeWork",
    ];
    if is_type(node, |t| ARTICLES.iter().any(|a| t.ends_with(a))) {
        return Some(Rank::Article);
    }
    is_type(node, |t| t.ends_with("Page") && t != "FAQPage").then_some(Rank::Page)
}

/// Names of the nodes that others point to.
fn names(nodes: &[&Value]) -> BTreeMap<String, String> {
    let named = |node: &&Value| Some((node.get("@id")?.as_str()?.to_owned(), text(node.get("name")?)?));
    nodes.iter().filter_map(named).collect()
}

fn add(facts: &mut Facts, node: &Value, rank: Rank, names: &BTreeMap<String, String>) {
    let get = |name: &str| node.get(name).and_then(text);
    let set = |slot: &mut Option<String>, value: Option<String>| {
        if slot.is_none() {
            *slot = value;
        }
    };
    if rank == Rank::Article {
        set(&mut facts.headline, get("headline").or_else(|| get("name")));
    }
    set(&mut facts.published, get("datePublished"));
    set(&mut facts.modified, get("dateModified"));
    if facts.authors.is_empty() {
        let value = node.get("author").or_else(|| node.get("creator"));
        facts.authors = value.map(|v| people(v, names)).unwrap_or_default();
    }
    let publisher = node.get("publisher").map(|v| people(v, names)).unwrap_or_default();
    set(&mut facts.publisher, publisher.into_iter().next());
}

/// Names of people or bodies: texts, objects, references, lists of them.
fn people(value: &Value, names: &BTreeMap<String, String>) -> Vec<String> {
    let one = |value: &Value| match value {
        Value::Object(fields) => match fields.get("name") {
            Some(Value::Array(list)) => list.first().and_then(text),
            Some(name) => text(name),
            None => names.get(fields.get("@id")?.as_str()?).cloned(),
        },
        other => text(other),
    };
    match value {
        Value::Array(list) => list.iter().take(MOST_AUTHORS).filter_map(one).collect(),
        other => one(other).into_iter().collect(),
    }
}

/// A text with its white space folded and the commonest character references read, unless it is empty.
fn text(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    let text: Vec<&str> = text.split_whitespace().collect();
    let mut text = text.join(" ");
    for (reference, letter) in REFERENCES {
        if text.contains(reference) {
            text = text.replace(reference, letter);
        }
    }
    (!text.is_empty()).then_some(text)
}

/// Character references that stand in JSON-LD though none belong there.
const REFERENCES: [(&str, &str); 12] = [
    ("&amp;", "&"),
    ("&quot;", "\""),
    ("&#34;", "\""),
    ("&#39;", "'"),
    ("&#039;", "'"),
    ("&apos;", "'"),
    ("&#8217;", "’"),
    ("&#8211;", "–"),
    ("&#8220;", "“"),
    ("&#8221;", "”"),
    ("&lt;", "<"),
    ("&gt;", ">"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_article_speaks_before_the_page_and_references_are_followed() {
        let script = r##"{"@graph": [
            {"@type": "WebPage", "datePublished": "2020-01-01", "name": "Page"},
            {"@type": ["NewsArticle"], "headline": "A &amp; B", "author": {"@id": "#p"}, "datePublished": "2020-01-02"},
            {"@type": "Person", "@id": "#p", "name": "N. Karimov"},
            {"@type": "WebSite", "name": "Ministry"}]}"##;
        let facts = read(&[script.to_owned()]);
        assert_eq!(facts.headline.as_deref(), Some("A & B"));
        assert_eq!(facts.published.as_deref(), Some("2020-01-02"));
        assert_eq!(facts.authors, ["N. Karimov"]);
        assert_eq!(facts.site.as_deref(), Some("Ministry"));
    }

    #[test]
    fn broken_scripts_say_nothing() {
        assert_eq!(read(&["{\"@type\":".to_owned(), String::new(), "[[[".to_owned()]), Facts::default());
    }
}
