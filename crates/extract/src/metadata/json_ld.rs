//! Reads a page's JSON-LD: headline, dates, authors, publisher.
//!
//! Pages also describe their site, breadcrumbs and videos there. Only nodes that describe an article count, or else the
//! page.

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

/// The most objects that are read, over all scripts: real pages have under a thousand.
const MAX_NODES: usize = 5_000;

/// The most authors that are read: longer lists are something else.
const MAX_AUTHORS: usize = 50;

/// Properties whose nodes describe the page too.
const INNER: [&str; 3] = ["@graph", "mainEntity", "mainEntityOfPage"];

/// Reads the scripts of a page. Scripts that aren't JSON are skipped.
pub(super) fn read(scripts: &[String]) -> Facts {
    let roots: Vec<Value> = scripts.iter().filter_map(|s| parse(s)).collect();
    let nodes = nodes(roots.iter());
    let names = names_by_id(&nodes);
    let mut facts = Facts::default();
    for rank in [Rank::Article, Rank::Page] {
        for node in nodes.iter().filter(|n| self::rank(n) == Some(rank)) {
            add_node(&mut facts, node, rank, &names);
        }
    }
    let mut sites = nodes.iter().filter(|n| is_type(n, |t| t == "WebSite"));
    facts.site = sites.find_map(|n| text(n.get("name")?));
    facts
}

/// Returns the text of the page's article with the index of its script, if the scripts hold the text of exactly one.
#[cfg(feature = "html")]
pub(crate) fn article_body(scripts: &[String]) -> Option<(usize, String)> {
    let mut found: Option<(usize, String)> = None;
    for (index, script) in scripts.iter().enumerate() {
        let Some(root) = parse(script) else { continue };
        for node in nodes([&root].into_iter()).into_iter().filter(|node| rank(node).is_some()) {
            let Some(body) = node.get("articleBody").and_then(Value::as_str).map(str::trim) else { continue };
            match &found {
                // Of several articles none is the page's.
                Some((_, other)) if other != body => return None,
                _ => found = found.or_else(|| Some((index, body.to_owned()))),
            }
        }
    }
    found.filter(|(_, body)| !body.is_empty())
}

/// The nodes that describe the page, from the outside in.
fn nodes<'v>(roots: impl DoubleEndedIterator<Item = &'v Value>) -> Vec<&'v Value> {
    let mut nodes = Vec::new();
    let mut open: Vec<&Value> = roots.rev().collect();
    while let Some(value) = open.pop() {
        match value {
            Value::Array(items) => open.extend(items.iter().rev().take(MAX_NODES)),
            Value::Object(fields) => {
                nodes.push(value);
                open.extend(INNER.iter().rev().filter_map(|name| fields.get(*name)));
            }
            _ => {}
        }
        if nodes.len() > MAX_NODES {
            break;
        }
    }
    nodes
}

/// How closely a node describes the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rank {
    Article,
    Page,
}

fn parse(script: &str) -> Option<Value> {
    let script = script.trim().trim_start_matches("<!--").trim_end_matches("-->");
    let script = script.trim().trim_start_matches("//<![CDATA[").trim_end_matches("//]]>");
    let script = script.trim().trim_end_matches(';');
    // Line breaks inside strings are a common mistake.
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

/// Returns the names of nodes by `@id`, for references.
fn names_by_id(nodes: &[&Value]) -> BTreeMap<String, String> {
    let named = |node: &&Value| Some((node.get("@id")?.as_str()?.to_owned(), text(node.get("name")?)?));
    nodes.iter().filter_map(named).collect()
}

/// Adds what a node states, unless it is known already.
fn add_node(facts: &mut Facts, node: &Value, rank: Rank, names: &BTreeMap<String, String>) {
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
        facts.authors = value.map(|v| agents(v, names)).unwrap_or_default();
    }
    let publisher = node.get("publisher").map(|v| agents(v, names)).unwrap_or_default();
    set(&mut facts.publisher, publisher.into_iter().next());
}

/// Returns the names of people or bodies, which are strings, objects, references, or lists of these.
fn agents(value: &Value, names: &BTreeMap<String, String>) -> Vec<String> {
    let one = |value: &Value| match value {
        Value::Object(fields) => match fields.get("name") {
            Some(Value::Array(list)) => list.first().and_then(text),
            Some(name) => text(name),
            None => names.get(fields.get("@id")?.as_str()?).cloned(),
        },
        other => text(other),
    };
    match value {
        Value::Array(list) => list.iter().take(MAX_AUTHORS).filter_map(one).collect(),
        other => one(other).into_iter().collect(),
    }
}

/// Character references that occur in JSON-LD, though they have no meaning there.
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

/// Folds the white space of a string and decodes the commonest character references. Returns `None` if nothing is left.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_article_wins_over_the_page_and_references_are_followed() {
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
    fn broken_scripts_state_nothing() {
        assert_eq!(read(&["{\"@type\":".to_owned(), String::new(), "[[[".to_owned()]), Facts::default());
    }
}
