//! Names the rule of each dropped block: says what the block was, as far as its place and text tell.

use super::language_switcher::is_switcher;
use super::rule::Rule;
use foldhash::HashMap;
use memchr::{memchr2_iter, memmem::Finder};
use sanad_document::Block;
use sanad_html::class_words;
use std::sync::LazyLock;

/// Rules by word group in the names of the container's path; the first group found wins. The groups are those of
/// [`class_words::groups`].
const BY_GROUP: [(&str, Rule); 17] = [
    ("cookie", Rule::ChromeCookie),
    ("breadcrumb", Rule::ChromeBreadcrumb),
    ("language", Rule::ChromeLanguageSwitch),
    ("pager", Rule::ChromePager),
    ("share", Rule::ChromeShare),
    ("comment", Rule::ChromeComments),
    ("newsletter", Rule::ChromeNewsletter),
    ("advert", Rule::ChromeAdvert),
    ("calendar", Rule::ChromeCalendar),
    ("gallery", Rule::ChromeGallery),
    ("related", Rule::ChromeRelated),
    ("latest", Rule::ChromeRelated),
    ("footer", Rule::ChromeFooter),
    ("copyright", Rule::ChromeFooter),
    ("search", Rule::ChromeSearch),
    ("menu", Rule::ChromeMenu),
    ("nav", Rule::ChromeMenu),
];

/// [`BY_GROUP`] with the bit of each group.
static BY_GROUP_BIT: LazyLock<[(u64, Rule); 17]> =
    LazyLock::new(|| BY_GROUP.map(|(group, rule)| (class_words::bit(group), rule)));

/// Rules by element on a path that no word group names; the first of these that is on the path wins.
const BY_ELEMENT: [(&str, Rule); 6] = [
    ("nav", Rule::ChromeMenu),
    ("footer", Rule::ChromeFooter),
    ("form", Rule::ChromeForm),
    ("button", Rule::ChromeForm),
    ("select", Rule::ChromeForm),
    ("noscript", Rule::ChromeNoscript),
];

/// Elements whose text is always dropped: a moving line, and a text field, whose content is there to be changed or
/// copied and mostly is code to embed.
static ALWAYS_DROPPED: LazyLock<[(Finder<'static>, Rule); 2]> =
    LazyLock::new(|| [(Finder::new("marquee"), Rule::ChromeTicker), (Finder::new("textarea"), Rule::ChromeForm)]);

/// The longest copyright line, in bytes.
const MAX_COPYRIGHT: usize = 400;

/// Returns the rule that drops a block whatever it scores: it is a language switcher, or in an element that is always
/// dropped.
pub(super) fn certain_rule(block: &Block) -> Option<Rule> {
    rule_of_text(block).or_else(|| rule_of_element(&block.path))
}

fn rule_of_text(block: &Block) -> Option<Rule> {
    is_switcher(&block.text, block.link_share).then_some(Rule::ChromeLanguageSwitch)
}

fn rule_of_element(path: &str) -> Option<Rule> {
    ALWAYS_DROPPED.iter().find(|(element, _)| has_element(path, element)).map(|(_, rule)| *rule)
}

fn has_element(path: &str, element: &Finder<'_>) -> bool {
    let is = |part: &str| element_name(part).as_bytes() == element.needle();
    element.find(path.as_bytes()).is_some() && path.split('/').any(is)
}

/// The element of one part of a path: `div` of `div#id.class`.
fn element_name(part: &str) -> &str {
    part.split(['.', '#']).next().unwrap_or(part)
}

/// Names the rules of one document's blocks. Caches by path, since many blocks share few containers.
#[derive(Debug, Default)]
pub(super) struct RuleNamer<'a> {
    /// The last path that was asked for, and the rule of an always dropped element on it: neighbours mostly share a
    /// path.
    last: Option<(&'a str, Option<Rule>)>,
    /// The rule that each path's names and elements point to.
    by_path: HashMap<&'a str, Rule>,
    /// The word groups of all names on each path.
    groups: HashMap<&'a str, u64>,
}

impl<'a> RuleNamer<'a> {
    /// Returns what the function [`certain_rule`] returns.
    pub(super) fn certain_rule(&mut self, block: &'a Block) -> Option<Rule> {
        let path: &str = &block.path;
        let known = self.last.filter(|(last, _)| *last == path);
        let (_, rule) = *self.last.insert(known.unwrap_or_else(|| (path, rule_of_element(path))));
        rule_of_text(block).or(rule)
    }

    /// Returns the rule that describes a dropped block best, for blocks without a certain rule.
    pub(super) fn probable_rule(&mut self, block: &'a Block) -> Rule {
        if is_copyright(&block.text) {
            return Rule::ChromeFooter;
        }
        let groups = &mut self.groups;
        *self.by_path.entry(&block.path).or_insert_with(|| rule_of_path(&block.path, groups))
    }
}

/// Returns the rule that the names on a path point to, or else its elements.
fn rule_of_path<'a>(path: &'a str, known: &mut HashMap<&'a str, u64>) -> Rule {
    let groups = groups_on(path, known);
    let by_group = BY_GROUP_BIT.iter().find(|(bit, _)| groups & bit != 0).map(|(_, rule)| *rule);
    by_group.unwrap_or_else(|| {
        let elements = path.split('/').map(element_name);
        let ranks = elements.filter_map(|name| BY_ELEMENT.iter().position(|(known, _)| *known == name));
        ranks.min().and_then(|rank| BY_ELEMENT.get(rank)).map_or(Rule::ModelPage, |(_, rule)| *rule)
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
