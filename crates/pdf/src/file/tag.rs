//! The role of marked content in the structure tree.

use std::collections::HashMap;

/// The role of marked content in the document's structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tag {
    /// A heading of a level from 1 to 6.
    Heading(u8),
    /// Text of a list item.
    Item(ListItem),
    /// Text of a table cell.
    Cell(TableCell),
    /// Anything else.
    Text,
}

/// A list item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ListItem {
    /// Its number among all items of the document.
    pub(crate) number: u32,
    /// How many lists it is nested in, from 1.
    pub(crate) depth: u8,
}

/// A table cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TableCell {
    /// The table's number in the document.
    pub(crate) table: u32,
    /// Row, from 0.
    pub(crate) row: u16,
    /// Column, from 0; the first one if it spans several.
    pub(crate) column: u16,
}

/// The tags of a page's marked content, by its identifier (`MCID`).
pub(crate) type PageTags = HashMap<u32, Tag>;
