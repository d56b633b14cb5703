//! A person's rules for a site: which elements their selectors match.
//!
//! Selectors are matched on `scraper`'s tree of the same page. Its elements are the arena's in the same order, so the k-th
//! of one tree is the k-th of the other. Only pages with rules pay for the second tree.

use crate::head;
use crate::tree::{NodeData, NodeId, Tree};
use crate::walk::PageBlocks;
use html5ever::{ParseOpts, driver, tendril::TendrilSink as _, tree_builder::TreeBuilderOpts};
use sanad_document::{Document, Fate, SiteRules};
use scraper::{Html, HtmlTreeSink, Node, Selector};
use std::collections::HashMap;

/// A rule, with its selector.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Rule {
    /// Only the content of the element is text.
    Content,
    /// The element is never text.
    Drop(String),
    /// The element is always text.
    Keep(String),
}

/// The rules of a site, and what they match on a page.
#[derive(Debug, Default)]
pub(super) struct RuleMatches {
    /// The rules by number.
    rules: Vec<Rule>,
    /// For each matched element the number of the last rule that matches it.
    pub(super) elements: HashMap<NodeId, u16>,
    /// The title and the date that the selectors find, as names and texts for the head's meta list.
    meta: Vec<(&'static str, String)>,
    /// A content rule matches, so text outside of it is dropped.
    only_content: bool,
}

/// Matches the selectors of a site on a page.
pub(super) fn match_rules(site: &SiteRules, text: &str, tree: &Tree) -> RuleMatches {
    let options = ParseOpts {
        tree_builder: TreeBuilderOpts {
            scripting_enabled: false, // as for the arena
            drop_doctype: true,
            ..TreeBuilderOpts::default()
        },
        ..ParseOpts::default()
    };
    let html = driver::parse_document(HtmlTreeSink::new(Html::new_document()), options).one(text);
    let mut matches = RuleMatches::default();
    let mut number_of = HashMap::new();
    let content = site.content.iter().map(|s| (s, Rule::Content));
    let drop = site.drop.iter().map(|s| (s, Rule::Drop(s.clone())));
    let keep = site.keep.iter().map(|s| (s, Rule::Keep(s.clone())));
    for (selector, rule) in content.chain(drop).chain(keep) {
        let number = u16::try_from(matches.rules.len()).unwrap_or(u16::MAX);
        matches.rules.push(rule);
        let Ok(selector) = Selector::parse(selector) else {
            continue; // reading the configuration refuses such a selector
        };
        for element in html.select(&selector) {
            number_of.insert(element.id(), number);
        }
    }
    for (name, selectors) in [("site:title", &site.title), ("site:date", &site.date)] {
        matches.meta.extend(first_text(&html, selectors).map(|text| (name, text)));
    }
    matches.elements = to_arena(&html, &number_of, tree);
    let is_content = |n: &u16| matches.rules.get(usize::from(*n)) == Some(&Rule::Content);
    matches.only_content = matches.elements.values().any(is_content);
    matches
}

/// The text (or else `content`, or `datetime`) of the first element that one of the selectors matches.
fn first_text(html: &Html, selectors: &[String]) -> Option<String> {
    selectors.iter().find_map(|selector| {
        let selector = Selector::parse(selector).ok()?;
        html.select(&selector).find_map(|element| {
            let value = element.attr("content").or(element.attr("datetime"));
            let text = value.map_or_else(|| element.text().collect::<String>(), str::to_owned);
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            (!text.is_empty()).then_some(text)
        })
    })
}

/// The arena's elements that correspond to matched elements of `scraper`'s tree.
fn to_arena(html: &Html, number_of: &HashMap<ego_tree::NodeId, u16>, tree: &Tree) -> HashMap<NodeId, u16> {
    use ego_tree::iter::Edge;
    let mut in_template = 0_usize;
    let theirs = html.tree.root().traverse().filter_map(move |edge| match edge {
        Edge::Open(node) => {
            in_template += usize::from(node.value().is_fragment());
            matches!(node.value(), Node::Element(_)).then_some(node.id()).filter(|_| in_template == 0)
        }
        Edge::Close(node) => {
            in_template -= usize::from(node.value().is_fragment());
            None
        }
    });
    theirs.zip(elements(tree)).filter_map(|(id, ours)| Some((ours, *number_of.get(&id)?))).collect()
}

/// The arena's elements in document order, without the content of templates.
fn elements(tree: &Tree) -> impl Iterator<Item = NodeId> + '_ {
    let mut next = tree.first_child(NodeId::ROOT);
    std::iter::from_fn(move || {
        while let Some(at) = next {
            let is_template = tree.name(at).is_some_and(|n| &**n == "template");
            let child = tree.first_child(at).filter(|_| !is_template);
            next = child.or_else(|| tree.after_subtree(at, NodeId::ROOT));
            if matches!(tree.node(at).map(|n| &n.data), Some(NodeData::Element { .. })) {
                return Some(at);
            }
        }
        None
    })
}

impl RuleMatches {
    /// Applies the rules to the document. `numbers` holds the number of the rule on each block.
    pub(super) fn apply(self, document: &mut Document, numbers: &[Option<u16>]) {
        for (block, number) in document.blocks.iter_mut().zip(numbers) {
            let rule = number.and_then(|n| self.rules.get(usize::from(n)));
            match rule {
                Some(Rule::Drop(selector)) => {
                    block.fate = Fate::drop(format!("site.drop:{selector}"), "the site's rules");
                }
                Some(Rule::Keep(selector)) => block.kept_by = Some(format!("site.keep:{selector}")),
                Some(Rule::Content) => block.kept_by = Some("site.content".to_owned()),
                None if self.only_content => {
                    block.fate = Fate::drop("site.content", "not under the site's content");
                }
                None => {}
            }
        }
        for (name, text) in &self.meta {
            head::add_meta(&mut document.head, name, text);
        }
    }
}

/// The number of the rule on each block of a page.
pub(super) fn numbers(page: &PageBlocks) -> Vec<Option<u16>> {
    page.facts.iter().map(|f| f.rule).collect()
}
