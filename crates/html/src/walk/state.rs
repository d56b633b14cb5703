//! The state of a walk: the open elements and the text run that is being collected.

use super::child_counts::{ChildCounts, ChildScope};
use super::page_blocks::PageBlocks;
use super::paths::{PathLengths, Paths};
use crate::inline_text::{TextRun, TextStyle};
use crate::list_markers::OpenList;
use crate::tree::{NodeId, Tree};
use html5ever::local_name;
use sanad_document::Kind;
use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

/// A heading of more characters than this is a paragraph in a heading element that was never closed.
pub(super) const MAX_HEADING_CHARS: u32 = 400;

/// A walk over a tree.
pub(super) struct Walk<'a> {
    pub(super) tree: &'a Tree,
    /// The number of the site rule on an element.
    pub(super) rules: &'a HashMap<NodeId, u16>,
    /// Tables that hold an element with a site rule. They are read cell by cell.
    pub(super) ruled_tables: HashSet<NodeId>,
    pub(super) out: PageBlocks,
    /// The open elements, the outermost first.
    pub(super) frames: Vec<Frame>,
    pub(super) child_counts: ChildCounts,
    pub(super) paths: Paths,
    /// Bytes of the origin paths of all blocks.
    pub(super) origin_bytes: usize,
    /// The text since the last block.
    pub(super) run: TextRun,
    /// Origin path of the first piece of the run.
    pub(super) run_origin: Option<String>,
    /// Marker and level of the list item that has no text yet.
    pub(super) marker: Option<(Cow<'static, str>, u8)>,
}

/// An open element.
#[allow(clippy::struct_excessive_bools, reason = "each is inherited by itself")]
#[derive(Default)]
pub(super) struct Frame {
    pub(super) is_block: bool,
    /// A block began or ended in it, so its own text is only a run among others.
    pub(super) is_split: bool,
    pub(super) is_head: bool,
    /// It is a heading element itself.
    pub(super) is_heading: bool,
    /// It or an element around it isn't shown.
    pub(super) hidden: bool,
    pub(super) noscript: bool,
    pub(super) style: TextStyle,
    /// Level of the innermost heading element; 0 for none.
    pub(super) heading: u8,
    /// The kind of its text.
    pub(super) kind: Kind,
    pub(super) list: Option<OpenList>,
    pub(super) list_depth: u8,
    /// Number of the innermost site rule.
    pub(super) rule: Option<u16>,
    /// Index of its container.
    pub(super) container: u32,
    /// Number of blocks when it was opened.
    pub(super) first_block: usize,
    /// Lengths of the paths before its own step.
    pub(super) outer_paths: PathLengths,
    pub(super) children: ChildScope,
    /// Number of its text nodes so far.
    pub(super) texts: u32,
}

impl<'a> Walk<'a> {
    /// Before the first node.
    pub(super) fn new(tree: &'a Tree, rules: &'a HashMap<NodeId, u16>) -> Self {
        Self {
            tree,
            rules,
            ruled_tables: ruled_tables(tree, rules),
            out: PageBlocks::with_capacity(tree.len()),
            frames: Vec::new(),
            child_counts: ChildCounts::default(),
            paths: Paths::default(),
            origin_bytes: 0,
            run: TextRun::default(),
            run_origin: None,
            marker: None,
        }
    }
}

fn ruled_tables(tree: &Tree, rules: &HashMap<NodeId, u16>) -> HashSet<NodeId> {
    let above = rules.keys().flat_map(|id| tree.ancestors(*id));
    above.filter(|&id| tree.name(id) == Some(&local_name!("table"))).collect()
}
