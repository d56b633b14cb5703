//! Where tiles stand: `tile/<L>/<N>[.p/<W>]`, as C2SP `tlog-tiles` names them.

use crate::merkle::{Hash, TILE};

/// Levels of hash tiles, and the entries beside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Hashes of this level.
    Hashes(usize),
    /// Entries, each after its length in 16 bits, big-endian.
    Entries,
}

impl Kind {
    /// How many entries one place of a tile stands for, as a power of two.
    #[must_use]
    pub fn shift(self) -> usize {
        match self {
            Self::Hashes(level) => 8 * level,
            Self::Entries => 0,
        }
    }

    /// Index of the first tile that isn't full in a tree of `size` entries, and how many places of it are taken.
    #[must_use]
    pub fn edge(self, size: u64) -> (u64, usize) {
        let places = if self.shift() < 64 { size >> self.shift() } else { 0 };
        (places / TILE as u64, usize::try_from(places % TILE as u64).unwrap_or(0))
    }
}

/// Path of a full tile under the log's folder.
#[must_use]
pub fn full(kind: Kind, index: u64) -> String {
    let mut rest = index / 1000;
    let mut path = format!("{:03}", index % 1000);
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1000);
        rest /= 1000;
    }
    match kind {
        Kind::Hashes(level) => format!("tile/{level}/{path}"),
        Kind::Entries => format!("tile/entries/{path}"),
    }
}

/// Path of a tile of `width` places (from 1 to 255) under the log's folder.
#[must_use]
pub fn partial(kind: Kind, index: u64, width: usize) -> String {
    format!("{}.p/{width}", full(kind, index))
}

/// What a path under the log's folder names; the width is none for a full tile.
#[must_use]
pub fn parse(path: &str) -> Option<(Kind, u64, Option<usize>)> {
    let (level, rest) = path.strip_prefix("tile/")?.split_once('/')?;
    let kind = if level == "entries" { Kind::Entries } else { Kind::Hashes(level.parse().ok().filter(|l| *l < 8)?) };
    let (number, width) = match rest.split_once(".p/") {
        Some((number, width)) => (number, Some(width.parse().ok().filter(|w| (1..TILE).contains(w))?)),
        None => (rest, None),
    };
    let mut index: u64 = 0;
    for part in number.split('/') {
        let digits = part.strip_prefix('x').unwrap_or(part);
        index = index.checked_mul(1000)?.checked_add(digits.parse().ok()?)?;
    }
    let back = width.map_or_else(|| full(kind, index), |w| partial(kind, index, w));
    (back == path).then_some((kind, index, width))
}

/// The hashes of a tile as they are stored.
#[must_use]
pub fn bytes(hashes: &[Hash]) -> Vec<u8> {
    hashes.concat()
}

/// The hashes in a stored tile; none when its length isn't a multiple of theirs.
#[must_use]
pub fn hashes(bytes: &[u8]) -> Option<Vec<Hash>> {
    let (hashes, rest) = bytes.as_chunks::<32>();
    rest.is_empty().then(|| hashes.to_vec())
}

/// Adds an entry to a bundle.
pub fn add_entry(bundle: &mut Vec<u8>, entry: &[u8]) {
    // The writer refuses longer ones.
    let length = u16::try_from(entry.len()).unwrap_or(u16::MAX);
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(entry);
}

/// The entries of a bundle; none when it breaks off.
#[must_use]
pub fn entries(bundle: &[u8]) -> Option<Vec<&[u8]>> {
    let mut entries = Vec::with_capacity(TILE);
    let mut rest = bundle;
    while !rest.is_empty() {
        let (length, after) = rest.split_first_chunk::<2>()?;
        let (entry, after) = after.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        entries.push(entry);
        rest = after;
    }
    Some(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_specification_and_lead_back() {
        assert_eq!(full(Kind::Hashes(0), 1_234_067), "tile/0/x001/x234/067");
        assert_eq!(partial(Kind::Entries, 5, 12), "tile/entries/005.p/12");
        for path in ["tile/0/x001/x234/067", "tile/3/000.p/255", "tile/entries/x001/000"] {
            assert!(parse(path).is_some(), "{path}");
        }
        for path in ["tile/0/5", "tile/0/x000/005", "tile/0/005.p/0", "tile/0/005.p/256", "tile/00/005", "tile/x/005"] {
            assert_eq!(parse(path), None, "{path}");
        }
    }

    #[test]
    fn the_edge_of_a_tree_is_that_of_the_specification() {
        // "a tree of size 70,000": 273 full and one of 112; one full and one of 17; one of 1
        assert_eq!(Kind::Hashes(0).edge(70_000), (273, 112));
        assert_eq!(Kind::Hashes(1).edge(70_000), (1, 17));
        assert_eq!(Kind::Hashes(2).edge(70_000), (0, 1));
        assert_eq!(Kind::Hashes(3).edge(70_000), (0, 0));
    }
}
