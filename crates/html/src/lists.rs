//! Marks of list items as text: `3. `, `c. `, `iv. `, `• `.

use crate::line_breaks::starts_item;
use crate::tree::{Id, Tree};
use html5ever::local_name;
use sanad_document::text::numerals::{MAX_LETTERED, roman};
use sanad_document::{Block, Kind};
use std::borrow::Cow;

/// A list while its items are read.
#[derive(Debug, Clone, Copy)]
pub(super) struct List {
    style: Style,
    next: i64,
    step: i64,
    /// Depth among lists, from 1.
    pub(super) level: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Bullet,
    Plain,
    Number,
    Lower,
    Upper,
    LowerRoman,
    UpperRoman,
}

impl List {
    /// The list element `id`, at `level`.
    pub(super) fn open(tree: &Tree, id: Id, level: u8) -> Self {
        let ordered = tree.name(id) == Some(&local_name!("ol"));
        let style_attr = tree.attr(id, &local_name!("style")).unwrap_or("");
        let style = match tree.attr(id, &local_name!("type")).map(str::trim) {
            _ if style_attr.contains("list-style") && style_attr.contains("none") => Style::Plain,
            _ if !ordered => Style::Bullet,
            Some("a") => Style::Lower,
            Some("A") => Style::Upper,
            Some("i") => Style::LowerRoman,
            Some("I") => Style::UpperRoman,
            _ => Style::Number,
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

    /// The mark of the item `id`, with the space after it; empty where the list shows none.
    pub(super) fn mark(&mut self, tree: &Tree, id: Id) -> Cow<'static, str> {
        let value = tree.attr(id, &local_name!("value")).and_then(|s| s.trim().parse().ok());
        let number = value.unwrap_or(self.next);
        self.next = number.saturating_add(self.step);
        let lettered = u32::try_from(number).ok().filter(|n| (1..=MAX_LETTERED).contains(n));
        let written = match (self.style, lettered) {
            (Style::Bullet, _) => return "• ".into(),
            (Style::Plain, _) => return "".into(),
            (Style::Lower, Some(n)) => letters(n).to_lowercase(),
            (Style::Upper, Some(n)) => letters(n),
            (Style::LowerRoman, Some(n)) => roman(n).to_lowercase(),
            (Style::UpperRoman, Some(n)) => roman(n),
            _ => number.to_string(),
        };
        format!("{written}. ").into()
    }
}

/// Makes a block the item that waits for its text: its mark before the text, unless the text brings its own.
pub(super) fn give_mark(block: &mut Block, mark: Option<&str>, level: Option<u8>) {
    let Some(mark) = mark else { return };
    if block.kind == Kind::ListItem {
        block.level = level;
    }
    let is_bullet = mark.starts_with('•');
    let takes = matches!(block.kind, Kind::ListItem | Kind::Paragraph | Kind::Quote)
        || (block.kind == Kind::Heading && !is_bullet);
    if takes && !mark.is_empty() && !starts_item(&block.text) {
        block.text.insert_str(0, mark);
    }
}

/// 1 is A, 26 is Z, 27 is AA.
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
