//! The binary form of a document's blocks, for another process or a later pass.
//!
//! A page has some hundred blocks, and their paths are long but similar. So each path is written as the length of the
//! prefix it shares with the one before, and the rest.

use crate::length_prefixed;
use crate::{Block, Origin};
use borsh::{BorshDeserialize, BorshSerialize};
use std::io::{self, Read, Write};

/// Blocks, and places of a block, reserved before they are read: the stated count may be corrupt.
const MAX_RESERVED_BLOCKS: usize = 1 << 16;
const MAX_RESERVED_PLACES: usize = 16;

/// Writes blocks: the short fields of each, then its text, its container's path and its places.
pub(crate) fn write_blocks(blocks: &[Block], out: &mut impl Write) -> io::Result<()> {
    u32::try_from(blocks.len()).map_err(io::Error::other)?.serialize(out)?;
    let (mut path, mut place) = ("", "");
    for block in blocks {
        block.serialize(out)?;
        block.text.serialize(out)?;
        write_suffix(path, &block.path, out)?;
        path = &block.path;
        u32::try_from(block.origin.len()).map_err(io::Error::other)?.serialize(out)?;
        for origin in &block.origin {
            match origin {
                Origin::Html { html, line } => {
                    (true, *line).serialize(out)?;
                    write_suffix(place, html, out)?;
                    place = html;
                }
                Origin::Pdf { page, label, bbox } => (false, *page, label, *bbox).serialize(out)?,
            }
        }
    }
    Ok(())
}

/// Reads blocks. Reserves memory for their stated number at once: they are large, and a page may have tens of
/// thousands.
pub(crate) fn read_blocks(input: &mut impl Read) -> io::Result<Vec<Block>> {
    let count = u32::deserialize_reader(input)? as usize;
    let mut blocks: Vec<Block> = Vec::with_capacity(count.min(MAX_RESERVED_BLOCKS));
    let (mut place, mut bytes) = (String::new(), Vec::new());
    for _ in 0..count {
        let mut block = Block::deserialize_reader(input)?;
        read_text(input, &mut bytes)?.clone_into(&mut block.text);
        block.path =
            match (blocks.last(), read_suffix(blocks.last().map_or("", |before| &before.path), input, &mut bytes)?) {
                (Some(before), None) => before.path.clone(),
                (_, path) => path.unwrap_or_default().into(),
            };
        let places = u32::deserialize_reader(input)?;
        block.origin.reserve_exact((places as usize).min(MAX_RESERVED_PLACES));
        for _ in 0..places {
            block.origin.push(if bool::deserialize_reader(input)? {
                let line = Option::deserialize_reader(input)?;
                let html = read_suffix(&place, input, &mut bytes)?.unwrap_or_else(|| place.clone());
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

/// Writes a text as the length of the prefix it shares with the text before, and the rest.
fn write_suffix(before: &str, text: &str, out: &mut impl Write) -> io::Result<()> {
    let shared = text.floor_char_boundary(common_prefix(before.as_bytes(), text.as_bytes()).min(u16::MAX.into()));
    u16::try_from(shared).map_err(io::Error::other)?.serialize(out)?;
    text.get(shared..).unwrap_or_default().serialize(out)
}

/// Returns the length of the common prefix, in bytes.
fn common_prefix(one: &[u8], other: &[u8]) -> usize {
    let ((pieces, _), (others, _)) = (one.as_chunks::<16>(), other.as_chunks::<16>());
    let at = 16 * pieces.iter().zip(others).take_while(|(a, b)| a == b).count();
    at + one.iter().skip(at).zip(other.iter().skip(at)).take_while(|(a, b)| a == b).count()
}

/// Reads what [`write_suffix`] wrote. Returns `None` if it equals the text before. `bytes` is a scratch buffer.
fn read_suffix(before: &str, input: &mut impl Read, bytes: &mut Vec<u8>) -> io::Result<Option<String>> {
    let shared = usize::from(u16::deserialize_reader(input)?);
    let prefix = before.get(..shared).ok_or(io::ErrorKind::InvalidData)?;
    let rest = read_text(input, bytes)?;
    Ok((shared < before.len() || !rest.is_empty()).then(|| [prefix, rest].concat()))
}

/// Reads a long text into a string with `room` spare bytes.
///
/// # Errors
/// Fails when the input fails or ends early, or when the text isn't UTF-8.
pub fn read_string(input: &mut impl Read, room: usize) -> io::Result<String> {
    /// Up to this many bytes, a fast check and a copy cost less than a check in place.
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

/// Reads a text into the scratch buffer `bytes`.
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
