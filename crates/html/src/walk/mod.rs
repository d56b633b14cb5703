//! One walk over the tree that collects all text of the page as blocks.
//!
//! A block ends wherever a block-level element begins or ends, and at empty lines made of `<br>`. The walk judges
//! nothing: a menu becomes blocks like the text does.

mod child_counts;
mod elements;
mod emit;
mod page_blocks;
mod paths;
mod state;
mod visit;

pub(super) use page_blocks::{BlockFacts, Container, PageBlocks};

use crate::head;
use crate::tree::{NodeId, Tree};
use state::Walk;
use std::collections::HashMap;

/// Reads the page. `rules` holds the number of the site rule on an element.
pub(super) fn read(tree: &Tree, rules: &HashMap<NodeId, u16>) -> PageBlocks {
    let mut walk = Walk::new(tree, rules);
    walk.visit_all();
    let mut page = walk.out;
    head::forget_unknown_blocks(&mut page.head, page.blocks.len());
    page
}
