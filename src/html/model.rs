//! The model's table: gradient-boosted trees, evaluated without a panic.
//!
//! Table: `SNDT`, version of the features (u8), number of features (u16), number of trees (u16), threshold to keep (f32);
//! then for each tree its number of nodes (u16) and the nodes. An inner node: feature (u16), left, right (u16, places in
//! the tree), bound (f32): not above it goes left. A leaf: feature 0xffff, two zeros, value (f32). Little endian. The
//! values of the leaves reached add up to the log-odds.

use super::features;
use std::sync::OnceLock;

/// Deepest way through a tree; leaf-wise trees of 47 leaves stay far below.
const MAX_STEPS: usize = 64;

const LEAF: u16 = 0xffff;

#[derive(Debug, Clone, Copy)]
struct Node {
    feature: u16,
    left: u16,
    right: u16,
    value: f32,
}

/// The trees.
#[derive(Debug, Default)]
pub(super) struct Model {
    trees: Vec<Vec<Node>>,
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
        if version != [features::VERSION] || usize::from(count) != features::FEATURES {
            return None;
        }
        let trees = u16::from_le_bytes(take(&mut at)?);
        let keep = f32::from_le_bytes(take(&mut at)?);
        let trees = (0..trees).map(|_| tree(&mut at)).collect::<Option<_>>()?;
        Some(Self { trees, keep })
    }

    /// The probability, moved so that the threshold to keep lies at one half.
    pub(super) fn score(&self, row: &[f32]) -> f32 {
        let sum: f32 = self.trees.iter().map(|tree| leaf(tree, row)).sum();
        let moved = sum - (self.keep / (1.0 - self.keep)).ln();
        1.0 / (1.0 + (-moved).exp())
    }
}

fn take<const N: usize>(at: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = at.split_first_chunk::<N>()?;
    *at = rest;
    Some(*first)
}

fn tree(at: &mut &[u8]) -> Option<Vec<Node>> {
    let nodes = u16::from_le_bytes(take(at)?);
    let node = |at: &mut &[u8]| {
        Some(Node {
            feature: u16::from_le_bytes(take(at)?),
            left: u16::from_le_bytes(take(at)?),
            right: u16::from_le_bytes(take(at)?),
            value: f32::from_le_bytes(take(at)?),
        })
    };
    (0..nodes).map(|_| node(at)).collect()
}

fn leaf(tree: &[Node], row: &[f32]) -> f32 {
    let mut at = 0_u16;
    for _ in 0..MAX_STEPS {
        let Some(node) = tree.get(usize::from(at)) else {
            return 0.0;
        };
        if node.feature == LEAF {
            return node.value;
        }
        let value = row.get(usize::from(node.feature)).copied().unwrap_or(0.0);
        at = if value <= node.value { node.left } else { node.right };
    }
    0.0
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
