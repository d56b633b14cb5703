//! Joins the segments of a record that was cut into several (WARC 1.1, section 7).

use crate::records::Header;
use std::collections::BTreeMap;

/// The limit on the segments that wait for others, in bytes.
const MAX_WAITING: usize = 256 << 20;

/// A record of several segments.
pub(super) struct Segmented {
    /// Header of the first segment.
    pub(super) header: Header,
    blocks: BTreeMap<u32, Vec<u8>>,
    /// Total length in bytes, from the last segment.
    total: Option<u64>,
}

impl Segmented {
    fn length(&self) -> usize {
        self.blocks.values().map(Vec::len).sum()
    }

    fn is_whole(&self) -> bool {
        self.total == Some(self.length() as u64) && self.in_row() == self.blocks.len()
    }

    /// How many segments from the first on are there without a gap.
    fn in_row(&self) -> usize {
        self.blocks.keys().zip(1..).take_while(|(number, expected)| *number == expected).count()
    }

    /// The header, the block as far as it is there without a gap, and what is missing.
    pub(super) fn joined(self) -> (Header, Vec<u8>, Option<String>) {
        let missing = (!self.is_whole()).then(|| {
            let total = self.total.map_or_else(|| "an unknown number of".to_owned(), |total| total.to_string());
            format!("its record was cut into segments, and {} of {total} bytes are there", self.length())
        });
        let count = self.in_row();
        (self.header, self.blocks.into_values().take(count).flatten().collect(), missing)
    }
}

/// The records whose segments aren't all there yet, by the id of the first.
#[derive(Default)]
pub(super) struct Segments {
    waiting: BTreeMap<String, Segmented>,
}

impl Segments {
    /// Takes the first segment of a record. Returns it if it can't wait.
    pub(super) fn begin(&mut self, header: Header, block: Vec<u8>) -> Option<Segmented> {
        let is_full = self.waiting.values().map(Segmented::length).sum::<usize>() + block.len() > MAX_WAITING;
        let id = header.bare("WARC-Record-ID");
        let segmented = Segmented { header, blocks: BTreeMap::from([(1, block)]), total: None };
        if is_full {
            return Some(segmented);
        }
        // A second record of the same id takes the place of the first, which is then all there will be of it.
        self.waiting.insert(id, segmented)
    }

    /// Takes a further segment. Returns the record once it is whole.
    pub(super) fn add(&mut self, header: &Header, block: Vec<u8>) -> Option<Segmented> {
        let id = header.bare("WARC-Segment-Origin-ID");
        let segmented = self.waiting.get_mut(&id)?;
        let number = header.field("WARC-Segment-Number").parse().ok()?;
        segmented.total = header.field("WARC-Segment-Total-Length").parse().ok().or(segmented.total);
        if segmented.length() + block.len() <= MAX_WAITING {
            segmented.blocks.entry(number).or_insert(block);
        }
        if segmented.is_whole() { self.waiting.remove(&id) } else { None }
    }

    /// Takes one that will not become whole: the archive has ended.
    pub(super) fn next_unfinished(&mut self) -> Option<Segmented> {
        self.waiting.pop_first().map(|(_, segmented)| segmented)
    }
}
