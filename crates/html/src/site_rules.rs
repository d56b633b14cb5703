//! A person's rules for a site: which elements their selectors match.
//!
//! Selectors are matched on `scraper`'s tree of the same page; its elements are the arena's in the same order, so the
//! k-th of the one is the k-th of the other. Only pages with rules pay for the second tree.

use crate::head;
use crate::tree::{Data, Id, Tree};
use crate::walk::Reading;
use html5ever::{ParseOpts, driver, tendril::TendrilSink as _, tree_builder::TreeBuilderOpts};
use sanad_document::{Document, Fate, Head, SiteRules};
use scraper::{Html, HtmlTreeSink, Node, Selector};
use std::collections::HashMap;

/// What a rule does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Rule {
    /// Only what stands under it is text.
    Content,
    /// Never text.
    Drop(String),
    /// Text whatever speaks against it.
    Keep(String),
}

/// The rules that fire on a page.
#[derive(Debug, Default)]
pub(super) struct Firing {
    /// The rules by number.
    pub(super) rules: Vec<Rule>,
    /// Arena place of an element to the number of its rule.
    pub(super) elements: HashMap<usize, u16>,
    /// Title and date as the selectors find them.
    pub(super) found: Vec<(&'static str, String)>,
    only_content: bool,
}

/// Matches a site's selectors on a page.
pub(super) fn fire(site: &SiteRules, text: &str, tree: &Tree) -> Firing {
    let options = ParseOpts {
        tree_builder: TreeBuilderOpts {
            scripting_enabled: false, // as the arena was built
            drop_doctype: true,
            ..TreeBuilderOpts::default()
        },
        ..ParseOpts::default()
    };
    let html = driver::parse_document(HtmlTreeSink::new(Html::new_document()), options).one(text);
    let mut firing = Firing::default();
    let mut wanted = HashMap::new();
    let content = site.content.iter().map(|s| (s, Rule::Content));
    let drop = site.drop.iter().map(|s| (s, Rule::Drop(s.clone())));
    let keep = site.keep.iter().map(|s| (s, Rule::Keep(s.clone())));
    for (selector, rule) in content.chain(drop).chain(keep) {
        let number = u16::try_from(firing.rules.len()).unwrap_or(u16::MAX);
        firing.rules.push(rule);
        let Ok(selector) = Selector::parse(selector) else {
            continue; // the configuration refuses it before
        };
        for element in html.select(&selector) {
            wanted.insert(element.id(), number);
        }
    }
    for (name, selectors) in [("site:title", &site.title), ("site:date", &site.date)] {
        firing.found.extend(first_text(&html, selectors).map(|text| (name, text)));
    }
    firing.elements = to_arena(&html, &wanted, tree);
    let is_content = |n: &u16| firing.rules.get(usize::from(*n)) == Some(&Rule::Content);
    firing.only_content = firing.elements.values().any(is_content);
    firing
}

/// Text (or `content`, or `datetime`) of the first element that one of the selectors matches.
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

fn to_arena(html: &Html, wanted: &HashMap<ego_tree::NodeId, u16>, tree: &Tree) -> HashMap<usize, u16> {
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
    theirs.zip(elements(tree)).filter_map(|(id, ours)| Some((ours.index(), *wanted.get(&id)?))).collect()
}

/// The arena's elements in document order, templates' contents left out.
pub(super) fn elements(tree: &Tree) -> impl Iterator<Item = Id> + '_ {
    let mut next = tree.first_child(Id::ROOT);
    std::iter::from_fn(move || {
        while let Some(at) = next {
            let template = tree.name(at).is_some_and(|n| &**n == "template");
            let child = tree.first_child(at).filter(|_| !template);
            next = child.or_else(|| tree.after_subtree(at, Id::ROOT));
            if matches!(tree.node(at).map(|n| &n.data), Some(Data::Element { .. })) {
                return Some(at);
            }
        }
        None
    })
}

impl Firing {
    /// Puts the verdicts into the document whose walk saw these rules.
    pub(super) fn apply(&self, document: &mut Document, numbers: &[Option<u16>]) {
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
        self.tell(&mut document.head);
    }

    fn tell(&self, found: &mut Head) {
        for (name, text) in &self.found {
            head::add_meta(found, name, text);
        }
    }
}

/// The rule on each block of a reading.
pub(super) fn numbers(reading: &Reading) -> Vec<Option<u16>> {
    reading.facts.iter().map(|f| f.rule).collect()
}
