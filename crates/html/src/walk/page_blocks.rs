//! The result of a walk: a page's blocks, with what the model and the rules need to know of each.

use crate::inline_text::Tally;
use crate::title::TitleHits;
use sanad_document::{Block, Head};

/// Nodes per block and per container, for reserving memory. Most pages have more nodes per block and per container.
const NODES_PER_BLOCK: usize = 8;
const NODES_PER_CONTAINER: usize = 4;

/// All blocks of a page.
#[derive(Debug, Default)]
pub(crate) struct PageBlocks {
    /// The blocks, in document order.
    pub(crate) blocks: Vec<Block>,
    /// For each block what is known of it beside its text.
    pub(crate) facts: Vec<BlockFacts>,
    /// The containers, parents before children. The first one is the page.
    pub(crate) containers: Vec<Container>,
    /// What the page says of itself.
    pub(crate) head: Head,
    /// Number of `script` elements.
    pub(crate) scripts: u32,
    /// Number of fields for a password.
    pub(crate) passwords: u32,
}

impl PageBlocks {
    /// No blocks, with memory reserved for a page of this many nodes.
    pub(super) fn with_capacity(nodes: usize) -> Self {
        let (blocks, containers) = (nodes / NODES_PER_BLOCK, nodes / NODES_PER_CONTAINER);
        Self {
            blocks: Vec::with_capacity(blocks),
            facts: Vec::with_capacity(blocks),
            containers: Vec::with_capacity(containers),
            ..Self::default()
        }
    }
}

/// An element with blocks in it: a block-level element, or one whose names or flags mean something.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Container {
    /// Index of the container around it; the root's own index at the root.
    pub(crate) parent: u32,
    /// The bits of its [`crate::element_kind::Flag`]s.
    pub(crate) flags: u32,
    /// The bits of its [`crate::class_words`] groups.
    pub(crate) groups: u64,
    /// Index of the first block in it.
    pub(crate) first: u32,
    /// Index after the last block in it.
    pub(crate) end: u32,
    /// Number of containers around it.
    pub(crate) depth: u16,
}

/// What is known of a block beside its text.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct BlockFacts {
    /// Index of the innermost container around it.
    pub(crate) container: u32,
    /// Counts over its characters and inline elements.
    pub(crate) tally: Tally,
    /// An element around it isn't shown.
    pub(crate) hidden: bool,
    /// It is in a `noscript` element.
    pub(crate) noscript: bool,
    /// Level of the heading element around it; 0 for none.
    pub(crate) heading: u8,
    /// Number of the site rule on the innermost element that has one.
    pub(crate) rule: Option<u16>,
    /// How many of its words are in the page's title; `None` if that wasn't counted.
    pub(crate) title_hits: Option<TitleHits>,
}

/// An index as it is stored here; the limits on nodes and blocks keep it in range.
pub(super) fn index(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
