//! Markers of list items as text: `3. `, `c. `, `iv. `, `• `.

use crate::line_breaks::starts_item;
use crate::tree::{NodeId, Tree};
use html5ever::local_name;
use sanad_document::text::numerals::{MAX_LETTERED, roman};
use sanad_document::{Block, Kind};
use std::borrow::Cow;

/// A list whose items are being read.
#[derive(Debug, Clone, Copy)]
pub(super) struct OpenList {
    style: MarkerStyle,
    next: i64,
    step: i64,
    /// Number of lists around its items, itself included.
    pub(super) level: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MarkerStyle {
    Bullet,
    /// No marker.
    None,
    Number,
    Lower,
    Upper,
    LowerRoman,
    UpperRoman,
}

impl OpenList {
    /// The list of the element `id`, with `level` lists around its items.
    pub(super) fn new(tree: &Tree, id: NodeId, level: u8) -> Self {
        let ordered = tree.name(id) == Some(&local_name!("ol"));
        let style_attr = tree.attr(id, &local_name!("style")).unwrap_or("");
        let style = match tree.attr(id, &local_name!("type")).map(str::trim) {
            _ if style_attr.contains("list-style") && style_attr.contains("none") => MarkerStyle::None,
            _ if !ordered => MarkerStyle::Bullet,
            Some("a") => MarkerStyle::Lower,
            Some("A") => MarkerStyle::Upper,
            Some("i") => MarkerStyle::LowerRoman,
            Some("I") => MarkerStyle::UpperRoman,
            _ => MarkerStyle::Number,
        };
        let reversed = ordered && tree.attr(id, &local_name!("reversed")).is_some();
        let start = tree.attr(id, &local_name!("start")).and_then(|s| s.trim().parse().ok());
        let items = || {
            let items = tree.children(id).filter(|&c| tree.name(c) == Some(&local_name!("li")));
            i64::try_from(items.count()).unwrap_or(i64::MAX)
        };
        Self {
            style,
            next: start.unwrap_or_else(|| if reversed { items() } else { 1 }),
            step: if reversed { -1 } else { 1 },
            level,
        }
    }

    /// The marker of the item `id`, with a space after it; empty if the list shows none.
    pub(super) fn next_marker(&mut self, tree: &Tree, id: NodeId) -> Cow<'static, str> {
        let value = tree.attr(id, &local_name!("value")).and_then(|s| s.trim().parse().ok());
        let ordinal: i64 = value.unwrap_or(self.next);
        self.next = ordinal.saturating_add(self.step);
        let in_range = u32::try_from(ordinal).ok().filter(|n| (1..=MAX_LETTERED).contains(n));
        let number = match (self.style, in_range) {
            (MarkerStyle::Bullet, _) => return "• ".into(),
            (MarkerStyle::None, _) => return "".into(),
            (MarkerStyle::Lower, Some(n)) => letters(n).to_lowercase(),
            (MarkerStyle::Upper, Some(n)) => letters(n),
            (MarkerStyle::LowerRoman, Some(n)) => roman(n).to_lowercase(),
            (MarkerStyle::UpperRoman, Some(n)) => roman(n),
            _ => ordinal.to_string(),
        };
        format!("{number}. ").into()
    }
}

/// Makes a block the first text of a list item. Puts the marker before the text, unless the text has one of its own.
pub(super) fn apply(block: &mut Block, marker: Option<&str>, level: Option<u8>) {
    let Some(marker) = marker else { return };
    if block.kind == Kind::ListItem {
        block.level = level;
    }
    let is_bullet = marker.starts_with('•');
    let shows_marker = matches!(block.kind, Kind::ListItem | Kind::Paragraph | Kind::Quote)
        || (block.kind == Kind::Heading && !is_bullet);
    if shows_marker && !marker.is_empty() && !starts_item(&block.text) {
        block.text.insert_str(0, marker);
    }
}

/// A number in letters: 1 is A, 26 is Z, 27 is AA.
fn letters(mut number: u32) -> String {
    let mut reversed = String::new();
    while number > 0 {
        number -= 1;
        let letter = u8::try_from(number % 26).unwrap_or(0) + b'A';
        reversed.push(char::from(letter));
        number /= 26;
    }
    reversed.chars().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_go_on_after_z() {
        assert_eq!([1, 26, 27, 52, 703].map(letters), ["A", "Z", "AA", "AZ", "AAA"]);
    }
}
