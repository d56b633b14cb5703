//! The model's table: gradient-boosted trees, evaluated without a panic.
//!
//! Table: `SNDT`, version of the features (u8), number of features (u16), number of trees (u16), threshold to keep (f32);
//! then for each tree its number of nodes (u16) and the nodes. An inner node: feature (u16), left, right (u16, places in
//! the tree), bound (f32): not above it goes left. A leaf: feature 0xffff, two zeros, value (f32). Little endian. The
//! values of the leaves reached add up to the log-odds.

use crate::features::{self, FEATURES, Row};
use std::sync::OnceLock;

/// Rows that go down a tree side by side: each step waits for memory, and the processor waits for eight at once.
pub(super) const ABREAST: usize = 8;

/// Steps that all rows take before anyone looks whether they have arrived, and between two such looks: most ways through a
/// tree have seven or eight steps, and the longest of eight a few more.
const FIRST_STEPS: usize = 6;
const STEPS: usize = 2;

/// Nodes of a tree at most: a place in it has eight bits. 40 leaves make 79.
const MOST_NODES: usize = 256;

/// Deepest way through a tree.
const MAX_DEPTH: usize = MOST_NODES / 2;

const LEAF: u16 = 0xffff;

/// The place in a row that leaves compare with: nothing is less.
const LEAST: u8 = 255;

const _: () = assert!(FEATURES <= LEAST as usize, "a feature stands where leaves look");

/// An empty row.
#[allow(clippy::indexing_slicing, reason = "the compiler checks a constant's place")]
pub(super) const EMPTY: Row = {
    let mut row = [0.0; 256];
    row[LEAST as usize] = f32::NEG_INFINITY;
    row
};

/// A tree. What isn't above a node's bound goes on to `next`, what is to the node after that. A leaf holds its value as bound
/// and leads to itself, so that a row may go on from it without harm.
#[derive(Debug)]
struct Tree {
    /// Each [`Node`] as one number, so that it is fetched at once.
    nodes: [u64; MOST_NODES],
}

/// A node.
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

/// The trees.
#[derive(Debug, Default)]
pub(super) struct Model {
    trees: Vec<Tree>,
    /// Probability from which a block is main text, between 0 and 1.
    keep: f32,
}

/// The model that is shipped.
pub(super) fn shipped() -> &'static Model {
    static MODEL: OnceLock<Model> = OnceLock::new();
    MODEL.get_or_init(|| Model::read(include_bytes!("model.bin")).unwrap_or_default())
}

impl Model {
    /// Reads a table; none if it isn't one for these features.
    fn read(table: &[u8]) -> Option<Self> {
        let mut at = table.strip_prefix(b"SNDT")?;
        let version = take::<1>(&mut at)?;
        let count = u16::from_le_bytes(take(&mut at)?);
        if version != [features::VERSION] || usize::from(count) != FEATURES {
            return None;
        }
        let trees = u16::from_le_bytes(take(&mut at)?);
        let keep = f32::from_le_bytes(take(&mut at)?);
        let trees = (0..trees).map(|_| tree(&mut at)).collect::<Option<_>>()?;
        Some(Self { trees, keep })
    }

    /// The probability of each row, moved so that the threshold to keep lies at one half. Rows start as [`EMPTY`].
    pub(super) fn scores(&self, groups: &[[Row; ABREAST]]) -> Vec<f32> {
        let mut sums = vec![[0.0; ABREAST]; groups.len()];
        for tree in &self.trees {
            for (rows, sums) in groups.iter().zip(&mut sums) {
                add_leaves(tree, rows, sums);
            }
        }
        let bound = (self.keep / (1.0 - self.keep)).ln();
        sums.into_iter().flatten().map(|sum| 1.0 / (1.0 + (bound - sum).exp())).collect()
    }
}

/// Adds to each sum the leaf its row reaches.
fn add_leaves(tree: &Tree, rows: &[Row; ABREAST], sums: &mut [f32; ABREAST]) {
    let mut at = [0_u8; ABREAST];
    let mut go = |steps: usize| {
        for _ in 0..steps {
            for (at, row) in at.iter_mut().zip(rows) {
                let node = Node::unpacked(of(&tree.nodes, *at));
                let stays_below = of(row, node.feature) <= node.bound;
                *at = node.next.wrapping_add(u8::from(!stays_below));
            }
        }
        at
    };
    let mut places = go(FIRST_STEPS);
    for _ in 0..MAX_DEPTH / STEPS {
        if places.iter().all(|&at| Node::unpacked(of(&tree.nodes, at)).feature == LEAST) {
            break;
        }
        places = go(STEPS);
    }
    for (sum, at) in sums.iter_mut().zip(places) {
        *sum += Node::unpacked(of(&tree.nodes, at)).bound;
    }
}

/// The value at a place, which no number of eight bits misses: the check is gone from the program.
fn of<T: Copy + Default>(values: &[T; 256], place: u8) -> T {
    values.get(usize::from(place)).copied().unwrap_or_default()
}

fn take<const N: usize>(at: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = at.split_first_chunk::<N>()?;
    *at = rest;
    Some(*first)
}

/// Reads a tree and puts the two children of each node side by side.
fn tree(at: &mut &[u8]) -> Option<Tree> {
    struct Read {
        feature: u16,
        children: [u16; 2],
        value: f32,
    }
    let count = u16::from_le_bytes(take(at)?);
    let node = |at: &mut &[u8]| {
        let feature = u16::from_le_bytes(take(at)?);
        let children = [u16::from_le_bytes(take(at)?), u16::from_le_bytes(take(at)?)];
        Some(Read { feature, children, value: f32::from_le_bytes(take(at)?) })
    };
    let nodes = (0..count).map(|_| node(at)).collect::<Option<Vec<Read>>>()?;
    let nothing = Node { bound: 0.0, feature: LEAST, next: 0 };
    let mut tree = Tree { nodes: [nothing.packed(); MOST_NODES] };
    let mut placed = vec![0_u16];
    let mut place = 0;
    while let Some(&own) = placed.get(place) {
        let read = nodes.get(usize::from(own))?;
        let (feature, next) = if read.feature == LEAF {
            (LEAST, place)
        } else {
            let next = placed.len();
            placed.extend(read.children);
            (u8::try_from(read.feature).ok().filter(|f| usize::from(*f) < FEATURES)?, next)
        };
        // a table that leads back to itself ends here
        let node = Node { bound: read.value, feature, next: u8::try_from(next).ok()? };
        *tree.nodes.get_mut(place)? = node.packed();
        place += 1;
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
