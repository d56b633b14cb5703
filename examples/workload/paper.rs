//! A real PDF as a template: pages, fonts and layout stay.
//!
//! If its strings are in one-byte codes, words of the same length and font change places, so that the text changes and
//! every line keeps its width. Other PDFs (two-byte codes, scans) only get another comment at their end, so that their
//! digests differ.

use crate::words::Dice;
use flate2::{Compression, write::ZlibEncoder};
use lopdf::content::{Content, Operation};
use lopdf::{Dictionary, Document, Object, ObjectId};
use std::collections::BTreeMap;
use std::io::Write as _;

pub(crate) struct PaperTemplate {
    bytes: Vec<u8>,
    /// None if its words can't change places.
    shuffleable: Option<Shuffleable>,
}

/// A document with the operations of its content streams.
struct Shuffleable {
    document: Document,
    contents: Vec<(ObjectId, Vec<Operation>)>,
}

/// Words by font and length in bytes.
type Words = BTreeMap<(Vec<u8>, usize), Vec<WordPlace>>;

/// Where a word is in the operations of a content stream.
#[derive(Clone, Copy)]
struct WordPlace {
    operation: usize,
    /// Number of the string in the operation.
    string: usize,
    /// Offset in bytes of the string.
    at: usize,
}

impl PaperTemplate {
    pub(crate) fn of(bytes: Vec<u8>) -> Self {
        let shuffleable = Document::load_mem(&bytes).ok().and_then(shuffleable);
        Self { bytes, shuffleable }
    }

    /// Whether its words can change places.
    pub(crate) fn is_varied(&self) -> bool {
        self.shuffleable.is_some()
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn fill(&self, seed: u64) -> Vec<u8> {
        let mut dice = Dice::of(&[seed, 6]);
        let mut out = Vec::new();
        if let Some(shuffleable) = &self.shuffleable {
            let mut document = shuffleable.document.clone();
            for (id, operations) in &shuffleable.contents {
                let content = Content { operations: shuffled(operations, &mut dice) };
                let (Ok(bytes), Ok(stream)) = (content.encode(), document.get_object_mut(*id)) else { continue };
                if let Ok(stream) = stream.as_stream_mut() {
                    stream.dict.set("Filter", "FlateDecode");
                    stream.dict.remove(b"DecodeParms");
                    stream.set_content(deflated(&bytes));
                }
            }
            document.trailer.set("ID", Object::Null);
            document.save_to(&mut out).expect("memory takes everything");
        } else {
            out.clone_from(&self.bytes);
        }
        writeln!(out, "% {seed:016x}").expect("memory takes everything");
        out
    }
}

/// The document with its content streams, if its fonts have one-byte codes and more than 100 words can change places.
fn shuffleable(mut document: Document) -> Option<Shuffleable> {
    if document.is_encrypted() {
        return None;
    }
    let ids: Vec<ObjectId> = document.page_iter().flat_map(|page| document.get_page_contents(page)).collect();
    let wide = document.objects.values().any(|o| o.as_dict().is_ok_and(is_wide));
    let mut contents = Vec::new();
    for id in ids {
        let bytes = document.get_object(id).ok()?.as_stream().ok()?.decompressed_content().ok()?;
        contents.push((id, Content::decode(&bytes).ok()?.operations));
    }
    let count: usize = contents.iter().flat_map(|(_, o)| words(o).into_values()).map(|w| w.len()).sum();
    document.trailer.remove(b"Prev");
    (!wide && count > 100).then_some(Shuffleable { document, contents })
}

/// Returns true for a font with codes of several bytes.
fn is_wide(font: &Dictionary) -> bool {
    font.get(b"Subtype").and_then(Object::as_name).is_ok_and(|name| name == b"Type0")
}

/// The strings of a text-showing operation.
fn strings(operation: &Operation) -> Vec<&Vec<u8>> {
    let of = |o: &'_ Object| matches!(o, Object::String(..));
    let items = operation.operands.iter().flat_map(|o| o.as_array().map_or(std::slice::from_ref(o), Vec::as_slice));
    items.filter(|o| of(o)).filter_map(|o| if let Object::String(bytes, _) = o { Some(bytes) } else { None }).collect()
}

fn words(operations: &[Operation]) -> Words {
    let mut words = Words::new();
    let mut font = Vec::new();
    for (operation, content) in operations.iter().enumerate() {
        match content.operator.as_str() {
            "Tf" => font = content.operands.first().and_then(|o| o.as_name().ok()).unwrap_or_default().to_vec(),
            "Tj" | "TJ" | "'" | "\"" => {
                for (number, string) in strings(content).into_iter().enumerate() {
                    let mut at = 0;
                    for word in string.split(|b| *b == b' ') {
                        if word.len() > 1 {
                            let place = WordPlace { operation, string: number, at };
                            words.entry((font.clone(), word.len())).or_default().push(place);
                        }
                        at += word.len() + 1;
                    }
                }
            }
            _ => {}
        }
    }
    words
}

/// The operations with words of the same font and length in random order.
fn shuffled(operations: &[Operation], dice: &mut Dice) -> Vec<Operation> {
    let mut new = operations.to_vec();
    for ((_, length), mut places) in words(operations) {
        let from = places.clone();
        for last in (1..places.len()).rev() {
            places.swap(last, dice.below(last + 1));
        }
        for (target, source) in from.into_iter().zip(places) {
            let word = strings(&operations[source.operation])[source.string][source.at..source.at + length].to_vec();
            if let Some(string) = string_mut(&mut new[target.operation], target.string) {
                string[target.at..target.at + length].copy_from_slice(&word);
            }
        }
    }
    new
}

fn string_mut(operation: &mut Operation, n: usize) -> Option<&mut Vec<u8>> {
    let items = operation.operands.iter_mut().flat_map(|o| match o {
        Object::Array(items) => items.as_mut_slice(),
        one => std::slice::from_mut(one),
    });
    items.filter_map(|o| if let Object::String(bytes, _) = o { Some(bytes) } else { None }).nth(n)
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(bytes).expect("memory takes everything");
    encoder.finish().expect("memory takes everything")
}
