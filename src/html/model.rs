//! The model's table: gradient-boosted trees, evaluated without a panic.
//!
//! Table: `SNDT`, version of the features (u8), number of features (u16), number of trees (u16), threshold to keep (f32);
//! then for each tree its number of nodes (u16) and the nodes. An inner node: feature (u16), left, right (u16, places in
//! the tree), bound (f32): not above it goes left. A leaf: feature 0xffff, two zeros, value (f32). Little endian. The
//! values of the leaves reached add up to the log-odds.

use super::features::{self, FEATURES};
use std::sync::OnceLock;

/// Deepest way through a tree; leaf-wise trees of 47 leaves stay far below.
const MAX_STEPS: usize = 64;

/// Rows that go down a tree side by side: each step waits for memory, and the processor waits for eight at once.
const ABREAST: usize = 8;

const LEAF: u16 = 0xffff;

/// A node. A leaf leads to itself, so that a row may go on from it without harm.
#[derive(Debug, Clone, Copy)]
struct Node {
    value: f32,
    feature: u16,
    left: u16,
    right: u16,
    leaf: bool,
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
        if version != [features::VERSION] || usize::from(count) != FEATURES {
            return None;
        }
        let trees = u16::from_le_bytes(take(&mut at)?);
        let keep = f32::from_le_bytes(take(&mut at)?);
        let trees = (0..trees).map(|_| tree(&mut at)).collect::<Option<_>>()?;
        Some(Self { trees, keep })
    }

    /// The probability of each row, moved so that the threshold to keep lies at one half.
    pub(super) fn scores(&self, rows: &[[f32; FEATURES]]) -> Vec<f32> {
        let mut sums = vec![0.0; rows.len()];
        for (rows, sums) in rows.chunks(ABREAST).zip(sums.chunks_mut(ABREAST)) {
            for tree in &self.trees {
                add_leaves(tree, rows, sums);
            }
        }
        let bound = (self.keep / (1.0 - self.keep)).ln();
        for sum in &mut sums {
            *sum = 1.0 / (1.0 + (bound - *sum).exp());
        }
        sums
    }
}

/// Adds to each sum the leaf its row reaches.
fn add_leaves(tree: &[Node], rows: &[[f32; FEATURES]], sums: &mut [f32]) {
    let mut at = [0_u16; ABREAST];
    for _ in 0..MAX_STEPS {
        let mut under_way = false;
        for (at, row) in at.iter_mut().zip(rows) {
            let Some(node) = tree.get(usize::from(*at)) else {
                continue;
            };
            let value = row.get(usize::from(node.feature)).copied().unwrap_or(0.0);
            *at = if value <= node.value { node.left } else { node.right };
            under_way |= !node.leaf;
        }
        if !under_way {
            break;
        }
    }
    for (sum, at) in sums.iter_mut().zip(at) {
        *sum += tree.get(usize::from(at)).filter(|node| node.leaf).map_or(0.0, |node| node.value);
    }
}

fn take<const N: usize>(at: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = at.split_first_chunk::<N>()?;
    *at = rest;
    Some(*first)
}

fn tree(at: &mut &[u8]) -> Option<Vec<Node>> {
    let nodes = u16::from_le_bytes(take(at)?);
    let node = |at: &mut &[u8], own: u16| {
        let (feature, left, right) =
            (u16::from_le_bytes(take(at)?), u16::from_le_bytes(take(at)?), u16::from_le_bytes(take(at)?));
        let value = f32::from_le_bytes(take(at)?);
        Some(match feature {
            LEAF => Node { value, feature: 0, left: own, right: own, leaf: true },
            _ => Node { value, feature, left, right, leaf: false },
        })
    };
    (0..nodes).map(|own| node(at, own)).collect()
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
