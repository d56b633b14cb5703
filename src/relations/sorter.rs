//! Pairs of key and number in the order of their keys, in bounded memory: sorted pieces go to files and are merged.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

/// Pairs kept in memory: eight megabytes.
const MOST: usize = 1 << 19;

type Pair = (u64, u32);

/// Takes pairs in any order.
pub(super) struct Sorter {
    scratch: PathBuf,
    most: usize,
    pairs: Vec<Pair>,
    pieces: Vec<File>,
}

impl Sorter {
    /// Puts its pieces into unnamed files in this folder.
    pub(super) fn new(scratch: PathBuf) -> Self {
        Self { scratch, most: MOST, pairs: Vec::new(), pieces: Vec::new() }
    }

    pub(super) fn add(&mut self, pair: Pair) -> io::Result<()> {
        self.pairs.push(pair);
        if self.pairs.len() >= self.most { self.spill() } else { Ok(()) }
    }

    fn spill(&mut self) -> io::Result<()> {
        self.pairs.sort_unstable();
        let mut out = BufWriter::new(tempfile::tempfile_in(&self.scratch)?);
        for (key, number) in self.pairs.drain(..) {
            out.write_all(&key.to_le_bytes())?;
            out.write_all(&number.to_le_bytes())?;
        }
        let mut file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.seek(SeekFrom::Start(0))?;
        self.pieces.push(file);
        Ok(())
    }

    /// Hands on all pairs in their order.
    pub(super) fn each(mut self, mut take: impl FnMut(Pair)) -> io::Result<()> {
        if self.pieces.is_empty() {
            self.pairs.sort_unstable();
            self.pairs.into_iter().for_each(take);
            return Ok(());
        }
        self.spill()?;
        let mut pieces: Vec<BufReader<File>> = self.pieces.into_iter().map(BufReader::new).collect();
        let mut next = BinaryHeap::new();
        for (piece, file) in pieces.iter_mut().enumerate() {
            next.extend(read(file)?.map(|pair| Reverse((pair, piece))));
        }
        while let Some(Reverse((pair, piece))) = next.pop() {
            take(pair);
            if let Some(file) = pieces.get_mut(piece) {
                next.extend(read(file)?.map(|pair| Reverse((pair, piece))));
            }
        }
        Ok(())
    }
}

fn read(file: &mut impl Read) -> io::Result<Option<Pair>> {
    let (mut key, mut number) = ([0; 8], [0; 4]);
    match file.read_exact(&mut key).and_then(|()| file.read_exact(&mut number)) {
        Ok(()) => Ok(Some((u64::from_le_bytes(key), u32::from_le_bytes(number)))),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_come_in_order_from_memory_and_from_disk() {
        for most in [1, 7, 1000] {
            let mut sorter = Sorter { most, ..Sorter::new(std::env::temp_dir()) };
            let pairs: Vec<Pair> = (0..100_u32).map(|n| (u64::from(n * 37 % 50), n)).collect();
            for pair in &pairs {
                sorter.add(*pair).unwrap();
            }
            let (mut found, mut wanted) = (Vec::new(), pairs);
            sorter.each(|pair| found.push(pair)).unwrap();
            wanted.sort_unstable();
            assert_eq!(found, wanted, "{most} in memory");
        }
    }
}
