//! The Merkle tree of RFC 6962, section 2.1: hashes, roots, inclusion proofs.

use crate::Error;
use crate::sha256::sha256;

/// A SHA-256 digest.
pub type Hash = [u8; 32];

/// Number of hashes in a full tile: 8 levels of the tree.
pub const TILE: usize = 256;

/// Leaf hash of an entry.
#[must_use]
pub fn leaf(entry: &[u8]) -> Hash {
    sha256(&[&[0], entry])
}

/// Hash of the node over two subtrees.
fn node(left: &Hash, right: &Hash) -> Hash {
    sha256(&[&[1], left, right])
}

/// Root of the perfect subtree over these hashes, whose number is a power of two or 0.
fn perfect(hashes: &[Hash]) -> Hash {
    match hashes {
        [] => sha256(&[]),
        [one] => *one,
        more => {
            let (left, right) = more.split_at(more.len() / 2);
            node(&perfect(left), &perfect(right))
        }
    }
}

/// The right edge of a growing tree: the hashes of the unfinished tile of each level. It is all that appending needs.
#[derive(Debug, Clone, Default)]
pub struct Edge {
    size: u64,
    levels: Vec<Vec<Hash>>,
}

/// A tile that became full: its level, its index, its 256 hashes.
pub type FullTile = (usize, u64, Vec<Hash>);

impl Edge {
    /// The edge of a tree of `size` entries: the hashes of its unfinished tiles, from level 0 up.
    #[must_use]
    pub fn of(size: u64, levels: Vec<Vec<Hash>>) -> Self {
        Self { size, levels }
    }

    /// Number of entries.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Hashes of the unfinished tile of a level.
    #[must_use]
    pub fn unfinished(&self, level: usize) -> &[Hash] {
        self.levels.get(level).map(Vec::as_slice).unwrap_or_default()
    }

    /// Number of tile levels.
    #[must_use]
    pub fn levels(&self) -> usize {
        self.levels.len()
    }

    /// Appends a leaf hash. Returns the tiles that became full, from level 0 up.
    pub fn push(&mut self, leaf: Hash) -> Vec<FullTile> {
        let mut full = Vec::new();
        let mut hash = leaf;
        let mut index = self.size;
        self.size += 1;
        for level in 0.. {
            if self.levels.len() == level {
                self.levels.push(Vec::with_capacity(TILE));
            }
            let Some(tile) = self.levels.get_mut(level) else { break };
            tile.push(hash);
            if tile.len() < TILE {
                break;
            }
            index /= TILE as u64;
            hash = perfect(tile);
            full.push((level, index, std::mem::replace(tile, Vec::with_capacity(TILE))));
        }
        full
    }

    /// Root of the tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut subtrees = Vec::new();
        for tile in self.levels.iter().rev() {
            let mut rest = tile.as_slice();
            while !rest.is_empty() {
                let (subtree, after) = rest.split_at(1 << rest.len().ilog2());
                subtrees.push(perfect(subtree));
                rest = after;
            }
        }
        subtrees.into_iter().rev().reduce(|right, left| node(&left, &right)).unwrap_or_else(|| perfect(&[]))
    }
}

/// A tree that is stored as tiles.
pub trait Tiles {
    /// At least the first `width` hashes of a tile.
    ///
    /// # Errors
    /// If the tile can't be read.
    fn tile(&self, level: usize, index: u64, width: usize) -> Result<Vec<Hash>, Error>;
}

/// Hash of the subtree over the entries `start..end`. The range isn't empty, and `start` is a multiple of some power of
/// two that is at least the length of the range.
fn subtree(tiles: &impl Tiles, start: u64, end: u64) -> Result<Hash, Error> {
    let count = end - start;
    if count.is_power_of_two() {
        let height = count.ilog2();
        let (level, inside) = ((height / 8) as usize, height % 8);
        let at = (start >> height) << inside;
        let (index, from) = (at / TILE as u64, usize::try_from(at % TILE as u64).unwrap_or(0));
        let to = from + (1 << inside);
        let tile = tiles.tile(level, index, to)?;
        return Ok(perfect(tile.get(from..to).unwrap_or_default()));
    }
    let middle = start + split(count);
    Ok(node(&subtree(tiles, start, middle)?, &subtree(tiles, middle, end)?))
}

/// The largest power of two below `count`: the number of entries in the left subtree. `count` is at least 2.
fn split(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}

/// Root of the tree over the first `size` entries.
///
/// # Errors
/// If a tile can't be read.
pub fn root(tiles: &impl Tiles, size: u64) -> Result<Hash, Error> {
    if size == 0 { Ok(perfect(&[])) } else { subtree(tiles, 0, size) }
}

/// The inclusion proof of entry `index` in the tree over the first `size` entries, from the leaf up (RFC 6962, section
/// 2.1.1).
///
/// # Errors
/// If a tile can't be read.
pub fn inclusion(tiles: &impl Tiles, index: u64, size: u64) -> Result<Vec<Hash>, Error> {
    let (mut start, mut end) = (0, size);
    let mut path = Vec::new();
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            path.push(subtree(tiles, middle, end)?);
            end = middle;
        } else {
            path.push(subtree(tiles, start, middle)?);
            start = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// The root that an inclusion proof leads to. Returns none if `index` isn't below `size` or the proof has the wrong
/// length.
pub(crate) fn root_of(leaf: Hash, index: u64, size: u64, path: &[Hash]) -> Option<Hash> {
    if index >= size {
        return None;
    }
    // The path down from the root decides on which side each hash of the proof is.
    let (mut start, mut end) = (0, size);
    let mut is_left = Vec::new();
    while end - start > 1 {
        let middle = start + split(end - start);
        is_left.push(index >= middle);
        if index < middle {
            end = middle;
        } else {
            start = middle;
        }
    }
    if is_left.len() != path.len() {
        return None;
    }
    let step = |hash: Hash, (other, left): (&Hash, bool)| if left { node(other, &hash) } else { node(&hash, other) };
    Some(path.iter().zip(is_left.into_iter().rev()).fold(leaf, step))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    #[derive(Default)]
    struct Memory(HashMap<(usize, u64), Vec<Hash>>);

    impl Tiles for Memory {
        fn tile(&self, level: usize, index: u64, _: usize) -> Result<Vec<Hash>, Error> {
            Ok(self.0.get(&(level, index)).cloned().unwrap_or_default())
        }
    }

    fn grown(size: u64) -> (Edge, Memory) {
        let (mut edge, mut memory) = (Edge::default(), Memory::default());
        for n in 0..size {
            for (level, index, tile) in edge.push(leaf(&n.to_be_bytes())) {
                memory.0.insert((level, index), tile);
            }
        }
        for level in 0..edge.levels() {
            let index = size >> (8 * (level + 1));
            memory.0.insert((level, index), edge.unfinished(level).to_vec());
        }
        (edge, memory)
    }

    /// The definition of RFC 6962, taken literally.
    fn by_definition(leaves: &[Hash]) -> Hash {
        match leaves.len() {
            0 => sha256(&[]),
            1 => leaves[0],
            n => {
                let k = n.next_power_of_two() / 2;
                node(&by_definition(&leaves[..k]), &by_definition(&leaves[k..]))
            }
        }
    }

    #[test]
    fn edge_tiles_and_definition_give_one_root() {
        for size in [0, 1, 2, 3, 7, 255, 256, 257, 511, 700, 65_535, 65_536, 65_537, 66_000] {
            let (edge, memory) = grown(size);
            let leaves: Vec<Hash> = (0..size).map(|n| leaf(&n.to_be_bytes())).collect();
            let wanted = by_definition(&leaves);
            assert_eq!(edge.root(), wanted, "{size}");
            assert_eq!(root(&memory, size).unwrap(), wanted, "{size}");
        }
    }

    #[test]
    fn an_inclusion_proof_leads_to_the_root_for_its_entry_alone() {
        for size in [1, 2, 5, 256, 300, 66_000] {
            let (edge, memory) = grown(size);
            for index in [0, size / 3, size / 2, size - 1] {
                let path = inclusion(&memory, index, size).unwrap();
                let hash = leaf(&index.to_be_bytes());
                assert_eq!(root_of(hash, index, size, &path), Some(edge.root()), "{index} of {size}");
                assert_ne!(root_of(leaf(b"other"), index, size, &path), Some(edge.root()));
                if size > 1 {
                    assert_ne!(root_of(hash, (index + 1) % size, size, &path), Some(edge.root()));
                    assert_eq!(root_of(hash, index, size, &path[1..]), None);
                }
            }
        }
    }
}
