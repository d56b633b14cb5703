//! Says what kind of chrome a dropped block looks like, as far as its place and text tell, and which blocks are dropped
//! whatever they score.

use super::language_switcher::is_switcher;
use super::rule::{LooksLike, Rule};
use super::template::element_name;
use foldhash::HashMap;
use memchr::{memchr2_iter, memmem::Finder};
use sanad_document::Block;
use sanad_html::class_words;
use std::sync::LazyLock;

/// Kinds by word group in the names of the container's path; the first group found wins. The groups are those of
/// [`class_words::groups`].
const BY_GROUP: [(&str, LooksLike); 17] = [
    ("cookie", LooksLike::Cookie),
    ("breadcrumb", LooksLike::Breadcrumb),
    ("language", LooksLike::LanguageSwitch),
    ("pager", LooksLike::Pager),
    ("share", LooksLike::Share),
    ("comment", LooksLike::Comments),
    ("newsletter", LooksLike::Newsletter),
    ("advert", LooksLike::Advert),
    ("calendar", LooksLike::Calendar),
    ("gallery", LooksLike::Gallery),
    ("related", LooksLike::Related),
    ("latest", LooksLike::Related),
    ("footer", LooksLike::Footer),
    ("copyright", LooksLike::Footer),
    ("search", LooksLike::Search),
    ("menu", LooksLike::Menu),
    ("nav", LooksLike::Menu),
];

/// [`BY_GROUP`] with the bit of each group.
static BY_GROUP_BIT: LazyLock<[(u64, LooksLike); 17]> =
    LazyLock::new(|| BY_GROUP.map(|(group, kind)| (class_words::bit(group), kind)));

/// Kinds by element on a path that no word group names; the first of these that is on the path wins.
const BY_ELEMENT: [(&str, LooksLike); 6] = [
    ("nav", LooksLike::Menu),
    ("footer", LooksLike::Footer),
    ("form", LooksLike::Form),
    ("button", LooksLike::Form),
    ("select", LooksLike::Form),
    ("noscript", LooksLike::Noscript),
];

/// Elements whose text is always dropped.
static ALWAYS_DROPPED: LazyLock<[(Finder<'static>, Rule); 3]> = LazyLock::new(|| {
    let rules =
        [("marquee", Rule::ElementMarquee), ("object", Rule::ElementObject), ("textarea", Rule::ElementTextarea)];
    rules.map(|(element, rule)| (Finder::new(element), rule))
});

/// Returns true if the names of one element, a step of a class path, say that it is chrome.
pub(super) fn names_chrome(step: &str) -> bool {
    let groups = class_words::groups(step);
    let element = element_name(step);
    BY_GROUP_BIT.iter().any(|(bit, _)| groups & bit != 0)
        || element == "aside"
        || BY_ELEMENT.iter().any(|(known, _)| *known == element)
}

/// The longest copyright line, in bytes.
const MAX_COPYRIGHT: usize = 400;

/// Returns the rule that drops a block whatever it scores: it is a language switcher, or in an element that is always
/// dropped.
pub(super) fn certain_rule(block: &Block) -> Option<Rule> {
    rule_of_text(block).or_else(|| rule_of_element(&block.path))
}

fn rule_of_text(block: &Block) -> Option<Rule> {
    is_switcher(&block.text, block.link_share).then_some(Rule::TextLanguageSwitch)
}

fn rule_of_element(path: &str) -> Option<Rule> {
    ALWAYS_DROPPED.iter().find(|(element, _)| has_element(path, element)).map(|(_, rule)| *rule)
}

fn has_element(path: &str, element: &Finder<'_>) -> bool {
    let is = |part: &str| element_name(part).as_bytes() == element.needle();
    element.find(path.as_bytes()).is_some() && path.split('/').any(is)
}

/// Describes one document's blocks. Caches by path, since many blocks share few containers.
#[derive(Debug, Default)]
pub(super) struct Describer<'a> {
    /// The last path that was asked for, and the rule of an always dropped element on it: neighbours mostly share a
    /// path.
    last: Option<(&'a str, Option<Rule>)>,
    /// The kind that each path's names and elements point to.
    by_path: HashMap<&'a str, Option<LooksLike>>,
    /// The word groups of all names on each path.
    groups: HashMap<&'a str, u64>,
}

impl<'a> Describer<'a> {
    /// Returns what the function [`certain_rule`] returns.
    pub(super) fn certain_rule(&mut self, block: &'a Block) -> Option<Rule> {
        let path: &str = &block.path;
        let known = self.last.filter(|(last, _)| *last == path);
        let (_, rule) = *self.last.insert(known.unwrap_or_else(|| (path, rule_of_element(path))));
        rule_of_text(block).or(rule)
    }

    /// Returns what a dropped block looks like, if anything.
    pub(super) fn looks_like(&mut self, block: &'a Block, rule: Rule) -> Option<LooksLike> {
        match rule {
            Rule::ElementMarquee => return Some(LooksLike::Ticker),
            Rule::ElementTextarea => return Some(LooksLike::Form),
            Rule::TextLanguageSwitch => return Some(LooksLike::LanguageSwitch),
            Rule::ModelScore | Rule::ModelNeighbours | Rule::RepeatTemplate | Rule::ElementObject => {}
            Rule::ModelOrphan | Rule::BodyByline | Rule::BodyCaption | Rule::BodyDateLine | Rule::BodyTitle => {
                return None;
            }
        }
        if is_copyright(&block.text) {
            return Some(LooksLike::Footer);
        }
        let groups = &mut self.groups;
        *self.by_path.entry(&block.path).or_insert_with(|| kind_of_path(&block.path, groups))
    }
}

/// Returns the kind that the names on a path point to, or else its elements.
fn kind_of_path<'a>(path: &'a str, known: &mut HashMap<&'a str, u64>) -> Option<LooksLike> {
    let groups = groups_on(path, known);
    let by_group = BY_GROUP_BIT.iter().find(|(bit, _)| groups & bit != 0).map(|(_, kind)| *kind);
    by_group.or_else(|| {
        let elements = path.split('/').map(element_name);
        let ranks = elements.filter_map(|name| BY_ELEMENT.iter().position(|(known, _)| *known == name));
        ranks.min().and_then(|rank| BY_ELEMENT.get(rank)).map(|(_, kind)| *kind)
    })
}

/// Returns the word groups of all names on a path, and adds them to `known` for the path and its ancestors.
fn groups_on<'a>(path: &'a str, known: &mut HashMap<&'a str, u64>) -> u64 {
    let (mut rest, mut unknown) = (path, Vec::new());
    let mut groups = loop {
        if let Some(groups) = known.get(rest) {
            break *groups;
        }
        unknown.push(rest);
        match rest.rsplit_once('/') {
            Some((parent, _)) => rest = parent,
            None => break 0,
        }
    };
    for path in unknown.into_iter().rev() {
        groups |= class_words::groups(path.rsplit('/').next().unwrap_or(path));
        known.insert(path, groups);
    }
    groups
}

/// Whether a text is a copyright line.
fn is_copyright(text: &str) -> bool {
    const WORD: &[u8] = b"copyright";
    let bytes = text.as_bytes();
    let is_word = |at: usize| bytes.get(at..at + WORD.len()).is_some_and(|w| w.eq_ignore_ascii_case(WORD));
    text.len() < MAX_COPYRIGHT && (text.contains('©') || memchr2_iter(b'c', b'C', bytes).any(is_word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_group_of_the_table_exists() {
        for (group, _) in BY_GROUP {
            assert_ne!(class_words::bit(group), 0, "{group}");
        }
    }
}
