//! The block model: gradient-boosted trees, read from a table.
//!
//! The table, in little endian: `SNDT`, version of the features (u8), number of features (u16), number of trees (u16),
//! threshold to keep (f32); then for each tree its number of nodes (u16) and the nodes. An inner node: feature (u16),
//! left and right child (u16, indices into the tree), bound (f32); a value up to the bound goes left. A leaf: feature
//! 0xffff, two zeros (u16), value (f32). The values of the leaves that a row reaches add up to the log-odds that it is
//! main text.

use crate::features::{self, FEATURES, Row};
use std::sync::OnceLock;

/// Rows that descend a tree in parallel. Each step waits for memory, and the processor can wait for eight at once.
pub(super) const BATCH: usize = 8;

/// Steps that all rows of a batch take before the first check whether they have reached a leaf, and between later
/// checks. Most paths through a tree have seven or eight steps, and the longest of eight paths a few more.
const FIRST_STEPS: usize = 6;
const STEPS: usize = 2;

/// Maximum number of nodes of a tree: an index has eight bits. A tree of 40 leaves has 79.
const MAX_NODES: usize = 256;

/// Maximum number of steps through a tree.
const MAX_DEPTH: usize = MAX_NODES / 2;

/// The feature of a leaf in the table.
const LEAF: u16 = 0xffff;

/// The feature of a leaf in memory. Its value in every row is negative infinity, so no bound is below it.
const LEAF_FEATURE: u8 = 255;

const _: () = assert!(FEATURES <= LEAF_FEATURE as usize, "no feature has the number of leaves");

/// An empty row.
#[allow(clippy::indexing_slicing, reason = "the compiler checks the index of a constant")]
pub(super) const EMPTY: Row = {
    let mut row = [0.0; 256];
    row[LEAF_FEATURE as usize] = f32::NEG_INFINITY;
    row
};

/// A tree. A value up to a node's bound leads to the node `next`, a greater one to the node after it. A leaf has its
/// value as bound and leads to itself, so a row that has reached it can take further steps.
#[derive(Debug)]
struct Tree {
    /// Each [`Node`] as one number, so that one load fetches it.
    nodes: [u64; MAX_NODES],
}

/// A node of a tree.
#[derive(Debug, Clone, Copy)]
struct Node {
    bound: f32,
    feature: u8,
    next: u8,
}

impl Node {
    fn packed(self) -> u64 {
        let [a, b, c, d] = self.bound.to_le_bytes();
        u64::from_le_bytes([self.feature, self.next, 0, 0, a, b, c, d])
    }

    fn unpacked(node: u64) -> Self {
        let [feature, next, _, _, bound @ ..] = node.to_le_bytes();
        Self { bound: f32::from_le_bytes(bound), feature, next }
    }
}

/// The model.
#[derive(Debug, Default)]
pub(super) struct Model {
    trees: Vec<Tree>,
    /// The probability, between 0 and 1, from which a block is main text.
    threshold: f32,
}

/// The model that is part of the program.
pub(super) fn shipped() -> &'static Model {
    static MODEL: OnceLock<Model> = OnceLock::new();
    MODEL.get_or_init(|| Model::read(include_bytes!("model.bin")).unwrap_or_default())
}

impl Model {
    /// Reads a table. Returns `None` if it isn't one for these features.
    fn read(table: &[u8]) -> Option<Self> {
        let mut at = table.strip_prefix(b"SNDT")?;
        let version = take::<1>(&mut at)?;
        let count = u16::from_le_bytes(take(&mut at)?);
        if version != [features::VERSION] || usize::from(count) != FEATURES {
            return None;
        }
        let trees = u16::from_le_bytes(take(&mut at)?);
        let threshold = f32::from_le_bytes(take(&mut at)?);
        let trees = (0..trees).map(|_| read_tree(&mut at)).collect::<Option<_>>()?;
        Some(Self { trees, threshold })
    }

    /// The probability of each row, shifted so that the threshold becomes one half. Rows must have been made from
    /// [`EMPTY`].
    pub(super) fn scores(&self, batches: &[[Row; BATCH]]) -> Vec<f32> {
        let mut sums = vec![[0.0; BATCH]; batches.len()];
        for tree in &self.trees {
            for (rows, sums) in batches.iter().zip(&mut sums) {
                add_leaves(tree, rows, sums);
            }
        }
        let bound = (self.threshold / (1.0 - self.threshold)).ln();
        sums.into_iter().flatten().map(|sum| 1.0 / (1.0 + (bound - sum).exp())).collect()
    }
}

/// Adds to each sum the value of the leaf that its row reaches.
fn add_leaves(tree: &Tree, rows: &[Row; BATCH], sums: &mut [f32; BATCH]) {
    let mut at = [0_u8; BATCH];
    let mut descend = |steps: usize| {
        for _ in 0..steps {
            for (at, row) in at.iter_mut().zip(rows) {
                let node = Node::unpacked(get(&tree.nodes, *at));
                let goes_left = get(row, node.feature) <= node.bound;
                *at = node.next.wrapping_add(u8::from(!goes_left));
            }
        }
        at
    };
    let mut reached = descend(FIRST_STEPS);
    for _ in 0..MAX_DEPTH / STEPS {
        if reached.iter().all(|&at| Node::unpacked(get(&tree.nodes, at)).feature == LEAF_FEATURE) {
            break;
        }
        reached = descend(STEPS);
    }
    for (sum, at) in sums.iter_mut().zip(reached) {
        *sum += Node::unpacked(get(&tree.nodes, at)).bound;
    }
}

/// The value at an index. Every 8-bit index is in range, so the compiler removes the check.
fn get<T: Copy + Default>(values: &[T; 256], index: u8) -> T {
    values.get(usize::from(index)).copied().unwrap_or_default()
}

/// Takes the first bytes of a table.
fn take<const N: usize>(at: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = at.split_first_chunk::<N>()?;
    *at = rest;
    Some(*first)
}

/// Reads a tree, breadth first: so the two children of each node are next to each other.
fn read_tree(at: &mut &[u8]) -> Option<Tree> {
    struct TableNode {
        feature: u16,
        children: [u16; 2],
        value: f32,
    }
    let count = u16::from_le_bytes(take(at)?);
    let node = |at: &mut &[u8]| {
        let feature = u16::from_le_bytes(take(at)?);
        let children = [u16::from_le_bytes(take(at)?), u16::from_le_bytes(take(at)?)];
        Some(TableNode { feature, children, value: f32::from_le_bytes(take(at)?) })
    };
    let nodes = (0..count).map(|_| node(at)).collect::<Option<Vec<TableNode>>>()?;
    let unused = Node { bound: 0.0, feature: LEAF_FEATURE, next: 0 };
    let mut tree = Tree { nodes: [unused.packed(); MAX_NODES] };
    let mut queue = vec![0_u16];
    let mut index = 0;
    while let Some(&number) = queue.get(index) {
        let node = nodes.get(usize::from(number))?;
        let (feature, next) = if node.feature == LEAF {
            (LEAF_FEATURE, index)
        } else {
            let next = queue.len();
            queue.extend(node.children);
            (u8::try_from(node.feature).ok().filter(|f| usize::from(*f) < FEATURES)?, next)
        };
        // a table with a cycle fails here, when an index has more than eight bits
        let node = Node { bound: node.value, feature, next: u8::try_from(next).ok()? };
        *tree.nodes.get_mut(index)? = node.packed();
        index += 1;
    }
    Some(tree)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_table_is_for_these_features() {
        assert!(!shipped().trees.is_empty());
    }

    #[test]
    fn a_table_cut_anywhere_is_refused() {
        let table = include_bytes!("model.bin");
        for cut in [0, 3, 4, 6, 12, 13, table.len() / 2, table.len() - 1] {
            assert!(Model::read(&table[..cut]).is_none(), "cut at {cut}");
        }
    }
}
