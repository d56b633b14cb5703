//! A person's rules for a site: which elements their selectors match, and what becomes of the text in them.

use crate::css_selectors::{Selector, is_in_page};
use crate::head;
use crate::tree::{NodeData, NodeId, Tree};
use crate::walk::PageBlocks;
use html5ever::local_name;
use sanad_document::{Document, Fate, SiteRules};
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

/// Matches the selectors of a site on a page, whose tree must have all attributes.
pub(super) fn match_rules(site: &SiteRules, tree: &Tree) -> RuleMatches {
    let mut matches = RuleMatches::default();
    let content = site.content.iter().map(|s| (s, Rule::Content));
    let drop = site.drop.iter().map(|s| (s, Rule::Drop(s.clone())));
    let keep = site.keep.iter().map(|s| (s, Rule::Keep(s.clone())));
    for (selector, rule) in content.chain(drop).chain(keep) {
        let number = u16::try_from(matches.rules.len()).unwrap_or(u16::MAX);
        matches.rules.push(rule);
        let Some(selector) = Selector::parse(selector) else {
            continue; // reading the configuration refuses such a selector
        };
        let elements = selector.select(tree).filter(|&id| is_in_page(tree, id));
        matches.elements.extend(elements.map(|id| (id, number)));
    }
    for (name, selectors) in [("site:title", &site.title), ("site:date", &site.date)] {
        matches.meta.extend(first_text(tree, selectors).map(|text| (name, text)));
    }
    let is_content = |n: &u16| matches.rules.get(usize::from(*n)) == Some(&Rule::Content);
    matches.only_content = matches.elements.values().any(is_content);
    matches
}

/// The text (or else `content`, or `datetime`) of the first element that one of the selectors matches and that has
/// some.
fn first_text(tree: &Tree, selectors: &[String]) -> Option<String> {
    selectors.iter().find_map(|selector| {
        Selector::parse(selector)?.select(tree).find_map(|id| {
            let value = tree.attr(id, &local_name!("content")).or(tree.attr(id, &local_name!("datetime")));
            let text = value.map_or_else(|| all_text(tree, id), str::to_owned);
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            (!text.is_empty()).then_some(text)
        })
    })
}

/// All text below an element.
fn all_text(tree: &Tree, id: NodeId) -> String {
    let mut text = String::new();
    let mut next = tree.first_child(id);
    while let Some(at) = next {
        if let Some(NodeData::Text(piece)) = tree.node(at).map(|n| &n.data) {
            text.push_str(piece);
        }
        next = tree.first_child(at).or_else(|| tree.after_subtree(at, id));
    }
    text
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
