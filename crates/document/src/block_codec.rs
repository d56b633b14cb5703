//! How blocks are packed for another process or a later pass.
//!
//! A page has some hundred blocks, and where each stood is said at length: neighbours stand in the same places, so a place says
//! only from where on it is another than the one before.

use crate::length_prefixed;
use crate::{Block, Code, Document, Origin, Tongue};
use borsh::{BorshDeserialize, BorshSerialize};
use std::io::{self, Read, Write};

/// Blocks, and places of a block, that room is set aside for before they are read: what says how many they are may be torn.
const MOST_BLOCKS: usize = 1 << 16;
const MOST_PLACES: usize = 16;

impl Document {
    /// About how many bytes it takes when it is packed.
    pub fn room(&self) -> usize {
        const HEAD: usize = 8_000;
        const BLOCK: usize = 120;
        HEAD + self.blocks.iter().map(|block| BLOCK + block.text.len()).sum::<usize>()
    }
}

/// Writes blocks: of each what is short, then its text and its places.
pub(super) fn write_blocks(blocks: &[Block], out: &mut impl Write) -> io::Result<()> {
    u32::try_from(blocks.len()).map_err(io::Error::other)?.serialize(out)?;
    let (mut path, mut place) = ("", "");
    for block in blocks {
        block.serialize(out)?;
        block.text.serialize(out)?;
        write_after(path, &block.path, out)?;
        path = &block.path;
        u32::try_from(block.origin.len()).map_err(io::Error::other)?.serialize(out)?;
        for origin in &block.origin {
            match origin {
                Origin::Html { html, line } => {
                    (true, *line).serialize(out)?;
                    write_after(place, html, out)?;
                    place = html;
                }
                Origin::Pdf { page, label, bbox } => (false, *page, label, *bbox).serialize(out)?,
            }
        }
    }
    Ok(())
}

/// Reads blocks into room of their number: they are large, and a page may have tens of thousands.
pub(super) fn read_blocks(input: &mut impl Read) -> io::Result<Vec<Block>> {
    let count = u32::deserialize_reader(input)? as usize;
    let mut blocks: Vec<Block> = Vec::with_capacity(count.min(MOST_BLOCKS));
    let (mut place, mut bytes) = (String::new(), Vec::new());
    for _ in 0..count {
        let mut block = Block::deserialize_reader(input)?;
        read_text(input, &mut bytes)?.clone_into(&mut block.text);
        block.path =
            match (blocks.last(), read_after(blocks.last().map_or("", |before| &before.path), input, &mut bytes)?) {
                (Some(before), None) => before.path.clone(),
                (_, path) => path.unwrap_or_default().into(),
            };
        let places = u32::deserialize_reader(input)?;
        block.origin.reserve_exact((places as usize).min(MOST_PLACES));
        for _ in 0..places {
            block.origin.push(if bool::deserialize_reader(input)? {
                let line = Option::deserialize_reader(input)?;
                let html = read_after(&place, input, &mut bytes)?.unwrap_or_else(|| place.clone());
                html.clone_into(&mut place);
                Origin::Html { html, line }
            } else {
                let (page, label, bbox) = BorshDeserialize::deserialize_reader(input)?;
                Origin::Pdf { page, label, bbox }
            });
        }
        blocks.push(block);
    }
    Ok(blocks)
}

impl BorshSerialize for Tongue {
    fn serialize<W: Write>(&self, out: &mut W) -> io::Result<()> {
        let script = self.script.unwrap_or_default();
        (self.code.all_bytes(), script.all_bytes(), self.confidence).serialize(out)
    }
}

impl BorshDeserialize for Tongue {
    fn deserialize_reader<R: Read>(input: &mut R) -> io::Result<Self> {
        let (code, script, confidence) = BorshDeserialize::deserialize_reader(input)?;
        let read = |bytes| Code::try_from_raw(bytes).map_err(io::Error::other);
        Ok(Self { code: read(code)?, script: Some(read(script)?).filter(|script| !script.is_empty()), confidence })
    }
}

/// Writes a text that mostly begins like the one before.
fn write_after(before: &str, text: &str, out: &mut impl Write) -> io::Result<()> {
    let same = text.floor_char_boundary(alike(before.as_bytes(), text.as_bytes()).min(u16::MAX.into()));
    u16::try_from(same).map_err(io::Error::other)?.serialize(out)?;
    text.get(same..).unwrap_or_default().serialize(out)
}

/// Bytes that two texts begin with alike.
fn alike(one: &[u8], other: &[u8]) -> usize {
    let ((pieces, _), (others, _)) = (one.as_chunks::<16>(), other.as_chunks::<16>());
    let at = 16 * pieces.iter().zip(others).take_while(|(a, b)| a == b).count();
    at + one.iter().skip(at).zip(other.iter().skip(at)).take_while(|(a, b)| a == b).count()
}

/// Reads what [`write_after`] wrote; none where it is the text before.
fn read_after(before: &str, input: &mut impl Read, bytes: &mut Vec<u8>) -> io::Result<Option<String>> {
    let same = usize::from(u16::deserialize_reader(input)?);
    let begin = before.get(..same).ok_or(io::ErrorKind::InvalidData)?;
    let rest = read_text(input, bytes)?;
    Ok((same < before.len() || !rest.is_empty()).then(|| [begin, rest].concat()))
}

/// Reads a long text, with room for so many bytes more.
pub fn read_string(input: &mut impl Read, room: usize) -> io::Result<String> {
    /// Bytes up to which a copy, and a quick look at them, costs less than a look in place.
    const COPIED: u32 = 1 << 20;
    let length = u32::deserialize_reader(input)?;
    let mut bytes = Vec::new();
    length_prefixed::append(input, length.into(), &mut bytes)?;
    if length > COPIED {
        bytes.reserve_exact(room);
        return String::from_utf8(bytes).map_err(io::Error::other);
    }
    let text = simdutf8::basic::from_utf8(&bytes).map_err(io::Error::other)?;
    let mut string = String::with_capacity(text.len() + room);
    string.push_str(text);
    Ok(string)
}

/// Reads a text; `bytes` is room for it.
fn read_text<'b>(input: &mut impl Read, bytes: &'b mut Vec<u8>) -> io::Result<&'b str> {
    let length = u32::deserialize_reader(input)?;
    bytes.clear();
    length_prefixed::append(input, length.into(), bytes)?;
    simdutf8::basic::from_utf8(bytes).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn origin() -> impl Strategy<Value = Origin> {
        let html = ("(/(html|ҳуҷҷат|p)\\[[0-9]\\]){0,4}", proptest::option::of(0..9_u64));
        let pdf = (0..9_u32, proptest::option::of("[iv]{1,3}"));
        prop_oneof![
            html.prop_map(|(html, line)| Origin::Html { html, line }),
            pdf.prop_map(|(page, label)| Origin::Pdf { page, label, bbox: [0.0, 1.5, 2.0, 3.0] }),
        ]
    }

    proptest! {
        #[test]
        fn blocks_are_read_as_they_were_written(
            parts in proptest::collection::vec(("\\PC{0,9}", "(html|ҳ|ҷ|/){0,5}", proptest::collection::vec(origin(), 0..3)), 0..6)
        ) {
            let block = |(text, path, origin): (_, String, Vec<_>)| Block { text, path: path.into(), origin: origin.into(), score: 0.5, ..Block::default() };
            let blocks: Vec<Block> = parts.into_iter().map(block).collect();
            let mut bytes = Vec::new();
            write_blocks(&blocks, &mut bytes).unwrap();
            prop_assert_eq!(read_blocks(&mut bytes.as_slice()).unwrap(), blocks);
            for end in 0..bytes.len() {
                prop_assert!(read_blocks(&mut &bytes[..end]).is_err());
            }
        }
    }
}
