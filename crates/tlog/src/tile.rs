//! Paths and contents of tiles, as C2SP `tlog-tiles` defines them: `tile/<L>/<N>[.p/<W>]`.

use crate::merkle::{Hash, TILE};

/// An entry has at most this many bytes: its length is stored in 16 bits.
pub const MOST_ENTRY_BYTES: usize = 65_535;

/// Number of hash levels: 8 of 8 tree levels each cover any 64-bit size.
pub(crate) const LEVELS: usize = 8;

/// Kinds of tiles: hashes of one level, or entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Hashes of this level, from 0.
    Hashes(usize),
    /// A bundle of entries, each preceded by its length in 16 bits, big-endian.
    Entries,
}

impl Kind {
    /// Binary logarithm of the number of entries that one place of the tile covers.
    pub(crate) fn shift(self) -> usize {
        match self {
            Self::Hashes(level) => 8 * level,
            Self::Entries => 0,
        }
    }

    /// Index of the first tile that isn't full in a tree of `size` entries, and its width (the number of places taken).
    #[must_use]
    pub fn edge(self, size: u64) -> (u64, usize) {
        let places = if self.shift() < 64 { size >> self.shift() } else { 0 };
        (places / TILE as u64, usize::try_from(places % TILE as u64).unwrap_or(0))
    }
}

/// Path of a full tile, relative to the log's folder.
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

/// Path of a partial tile of `width` places (1 to 255), relative to the log's folder.
#[must_use]
pub fn partial(kind: Kind, index: u64, width: usize) -> String {
    format!("{}.p/{width}", full(kind, index))
}

/// Parses the path of a tile into kind, index and width; a full tile has no width. Returns none for any other path, and
/// for a tile's path that isn't spelled as [`full`] or [`partial`] spells it.
#[must_use]
pub fn parse(path: &str) -> Option<(Kind, u64, Option<usize>)> {
    let (level, rest) = path.strip_prefix("tile/")?.split_once('/')?;
    let kind =
        if level == "entries" { Kind::Entries } else { Kind::Hashes(level.parse().ok().filter(|l| *l < LEVELS)?) };
    let (number, width) = match rest.split_once(".p/") {
        Some((number, width)) => (number, Some(width.parse().ok().filter(|w| (1..TILE).contains(w))?)),
        None => (rest, None),
    };
    let mut index: u64 = 0;
    for part in number.split('/') {
        let digits = part.strip_prefix('x').unwrap_or(part);
        index = index.checked_mul(1000)?.checked_add(digits.parse().ok()?)?;
    }
    let spelled = width.map_or_else(|| full(kind, index), |w| partial(kind, index, w));
    (spelled == path).then_some((kind, index, width))
}

/// The stored form of a tile of hashes.
#[must_use]
pub fn bytes(hashes: &[Hash]) -> Vec<u8> {
    hashes.concat()
}

/// The hashes of a stored tile. Returns none if its length isn't a multiple of 32 bytes.
#[must_use]
pub fn hashes(bytes: &[u8]) -> Option<Vec<Hash>> {
    let (hashes, rest) = bytes.as_chunks::<32>();
    rest.is_empty().then(|| hashes.to_vec())
}

/// Appends an entry to a bundle.
pub fn add_entry(bundle: &mut Vec<u8>, entry: &[u8]) {
    // The writer refuses entries over `MOST_ENTRY_BYTES`.
    let length = u16::try_from(entry.len()).unwrap_or(u16::MAX);
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(entry);
}

/// The entries of a bundle. Returns none if it ends inside an entry.
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
        // Its example, a tree of 70,000 entries: 273 full tiles and one of 112; one full and one of 17; one of 1.
        assert_eq!(Kind::Hashes(0).edge(70_000), (273, 112));
        assert_eq!(Kind::Hashes(1).edge(70_000), (1, 17));
        assert_eq!(Kind::Hashes(2).edge(70_000), (0, 1));
        assert_eq!(Kind::Hashes(3).edge(70_000), (0, 0));
    }
}
