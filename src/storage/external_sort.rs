//! Sorts more items than memory holds: sorted runs go to temporary files and are merged.

use borsh::{BorshDeserialize, BorshSerialize};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Seek, SeekFrom};
use std::path::PathBuf;

/// Bytes of items kept in memory, not counting their heap allocations.
const MOST: usize = 2 << 20;

/// Collects items in any order.
pub(crate) struct Sorter<T> {
    scratch: PathBuf,
    most: usize,
    things: Vec<T>,
    pieces: Vec<File>,
}

impl<T: Ord + BorshSerialize + BorshDeserialize> Sorter<T> {
    /// Creates a sorter whose temporary files are unnamed files in this folder.
    pub(crate) fn new(scratch: PathBuf) -> Self {
        Self { scratch, most: MOST / size_of::<T>().max(1), things: Vec::new(), pieces: Vec::new() }
    }

    /// Adds an item.
    ///
    /// # Errors
    /// When a sorted run can't be written.
    pub(crate) fn add(&mut self, thing: T) -> io::Result<()> {
        self.things.push(thing);
        if self.things.len() >= self.most { self.spill() } else { Ok(()) }
    }

    fn spill(&mut self) -> io::Result<()> {
        self.things.sort_unstable();
        let mut out = BufWriter::new(tempfile::tempfile_in(&self.scratch)?);
        self.things.drain(..).try_for_each(|thing| thing.serialize(&mut out))?;
        let mut file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.seek(SeekFrom::Start(0))?;
        self.pieces.push(file);
        Ok(())
    }

    /// Iterates over all items in order.
    ///
    /// # Errors
    /// When a sorted run can't be written or read.
    pub(crate) fn sorted(mut self) -> io::Result<Sorted<T>> {
        if self.pieces.is_empty() {
            self.things.sort_unstable();
        } else {
            self.spill()?;
            self.things = Vec::new();
        }
        let mut pieces: Vec<BufReader<File>> = self.pieces.into_iter().map(BufReader::new).collect();
        let mut next = BinaryHeap::new();
        for (piece, file) in pieces.iter_mut().enumerate() {
            next.extend(read(file)?.map(|thing| Reverse((thing, piece))));
        }
        Ok(Sorted { things: self.things.into_iter(), pieces, next })
    }
}

/// Items in order, from memory or merged from several runs.
pub(crate) struct Sorted<T> {
    things: std::vec::IntoIter<T>,
    pieces: Vec<BufReader<File>>,
    /// The next item of each run.
    next: BinaryHeap<Reverse<(T, usize)>>,
}

impl<T: Ord + BorshDeserialize> Sorted<T> {
    fn merged(&mut self) -> io::Result<Option<T>> {
        let Some(Reverse((thing, piece))) = self.next.pop() else { return Ok(None) };
        if let Some(file) = self.pieces.get_mut(piece) {
            self.next.extend(read(file)?.map(|thing| Reverse((thing, piece))));
        }
        Ok(Some(thing))
    }
}

impl<T: Ord + BorshDeserialize> Iterator for Sorted<T> {
    type Item = io::Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.pieces.is_empty() { self.things.next().map(Ok) } else { self.merged().transpose() }
    }
}

fn read<T: BorshDeserialize>(input: &mut impl BufRead) -> io::Result<Option<T>> {
    if input.fill_buf()?.is_empty() { Ok(None) } else { T::deserialize_reader(input).map(Some) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_come_in_order_from_memory_and_from_disk() {
        for most in [1, 7, 1000] {
            let mut sorter = Sorter { most, ..Sorter::new(std::env::temp_dir()) };
            let pairs: Vec<(String, u32)> = (0..100_u32).map(|n| ((n * 37 % 50).to_string(), n)).collect();
            for pair in &pairs {
                sorter.add(pair.clone()).unwrap();
            }
            let found: Vec<_> = sorter.sorted().unwrap().map(Result::unwrap).collect();
            let mut wanted = pairs;
            wanted.sort_unstable();
            assert_eq!(found, wanted, "{most} in memory");
        }
    }
}
