//! The tree of RFC 6962, section 2.1: hashes, roots, inclusion proofs.

use crate::Error;
use sanad_document::digest::Sha256;

/// A SHA-256 digest.
pub type Hash = [u8; 32];

/// Hashes of a full tile.
pub const TILE: usize = 256;

/// Hash of an entry.
#[must_use]
pub fn leaf(entry: &[u8]) -> Hash {
    let mut digest = Sha256::new();
    digest.update([0]);
    digest.update(entry);
    digest.finalize()
}

/// Hash over two subtrees.
#[must_use]
pub fn node(left: &Hash, right: &Hash) -> Hash {
    let mut digest = Sha256::new();
    digest.update([1]);
    digest.update(left);
    digest.update(right);
    digest.finalize()
}

/// Root of a perfect subtree over a power of two of hashes.
#[must_use]
pub fn perfect(hashes: &[Hash]) -> Hash {
    match hashes {
        [] => Sha256::digest([]),
        [one] => *one,
        more => {
            let (left, right) = more.split_at(more.len() / 2);
            node(&perfect(left), &perfect(right))
        }
    }
}

/// The right edge of a growing tree: for each tile level the hashes of its unfinished tile.
#[derive(Debug, Clone, Default)]
pub struct Edge {
    size: u64,
    levels: Vec<Vec<Hash>>,
}

/// A tile that became full: level, index, its 256 hashes.
pub type FullTile = (usize, u64, Vec<Hash>);

impl Edge {
    /// The edge of a tree of `size` entries, with the hashes of its unfinished tiles from level 0 up.
    #[must_use]
    pub fn of(size: u64, levels: Vec<Vec<Hash>>) -> Self {
        Self { size, levels }
    }

    /// Number of entries.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The unfinished tile of a level.
    #[must_use]
    pub fn unfinished(&self, level: usize) -> &[Hash] {
        self.levels.get(level).map(Vec::as_slice).unwrap_or_default()
    }

    /// Number of tile levels.
    #[must_use]
    pub fn levels(&self) -> usize {
        self.levels.len()
    }

    /// Adds an entry's hash; gives the tiles that became full, from level 0 up.
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

    /// The root of the tree so far.
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

/// Gives the hashes of a tree that is stored as tiles.
pub trait Tiles {
    /// The first `width` hashes (or more) of a tile.
    ///
    /// # Errors
    /// When the tile can't be read.
    fn tile(&self, level: usize, index: u64, width: usize) -> Result<Vec<Hash>, Error>;
}

/// Hash of the entries from `start` to `end` (not empty), of which `start` is a multiple of a power of two that is not
/// less than their number.
fn range(tiles: &impl Tiles, start: u64, end: u64) -> Result<Hash, Error> {
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
    Ok(node(&range(tiles, start, middle)?, &range(tiles, middle, end)?))
}

/// The largest power of two below `count`, which is over one.
fn split(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}

/// Root of the tree of the first `size` entries.
///
/// # Errors
/// When tiles can't be read.
pub fn root(tiles: &impl Tiles, size: u64) -> Result<Hash, Error> {
    if size == 0 { Ok(perfect(&[])) } else { range(tiles, 0, size) }
}

/// The hashes that lead from entry `index` to the root of the tree of `size` entries, from the leaf up (RFC 6962, 2.1.1).
///
/// # Errors
/// When tiles can't be read.
pub fn inclusion(tiles: &impl Tiles, index: u64, size: u64) -> Result<Vec<Hash>, Error> {
    let (mut start, mut end) = (0, size);
    let mut path = Vec::new();
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            path.push(range(tiles, middle, end)?);
            end = middle;
        } else {
            path.push(range(tiles, start, middle)?);
            start = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// The root that an inclusion proof leads to; none when its length doesn't fit.
#[must_use]
pub fn root_of(leaf: Hash, index: u64, size: u64, path: &[Hash]) -> Option<Hash> {
    if index >= size {
        return None;
    }
    // The way down decides on which side each hash of the way up stands.
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

    /// The definition, word for word.
    fn by_definition(leaves: &[Hash]) -> Hash {
        match leaves.len() {
            0 => Sha256::digest([]),
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
