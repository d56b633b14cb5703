//! What a run states about how a document was made: the ledger of dropped blocks, and counts and digests of each
//! stage.

use crate::error::{Error, not_json};
use crate::log::event::Stages;
use crate::report::add;
use crate::run::options::engine;
use crate::run::scan::outcome::ScannedCapture;
use crate::schema::RemovedLine;
use borsh::BorshSerialize;
use sanad_document::{Block, Document, Fate, Origin, Tongue, Warning, digest};
use sanad_extract::boilerplate::REPEAT_LARGE;
use std::collections::BTreeMap;

/// Approximate bytes of a ledger line besides its texts. A ledger may take megabytes, which are allocated at once.
const LINE: usize = 170;

/// Returns the document's ledger lines, separated by line feeds.
pub(super) fn ledger(document: &Document, seen: &ScannedCapture) -> Result<String, Error> {
    let lines = document.blocks.iter().enumerate().filter_map(|(block, b)| {
        let Fate::Drop { rule, support, looks_like } = &b.fate else { return None };
        Some(RemovedLine {
            id: seen.id.as_str().into(),
            source: seen.source.as_str().into(),
            capture: seen.index,
            block,
            kind: b.kind,
            stage: if rule.starts_with("page.") { "extract" } else { "mark" }.into(),
            rule: rule.as_ref().into(),
            support: support.as_str().into(),
            looks_like: looks_like.as_deref().map(Into::into),
            text: b.text.as_str().into(),
            origin: b.origin.as_slice().into(),
        })
    });
    let of = |b: &Block| b.text.len() + b.origin.iter().map(Origin::json_room).sum::<usize>();
    let dropped = document.blocks.iter().filter(|b| !b.fate.is_kept());
    let room = dropped.map(|b| LINE + seen.id.len() + seen.source.len() + of(b)).sum();
    digest::json_lines(lines, room).map_err(|e| not_json(&e))
}

pub(super) fn stages(document: &Document, ledger: &str, rules: &str) -> Stages {
    let mut removed = BTreeMap::new();
    let mut languages: BTreeMap<String, u64> = BTreeMap::new();
    let mut kept = 0;
    for block in &document.blocks {
        match &block.fate {
            Fate::Keep => {
                kept += 1;
                let code = block.language.as_ref().map_or("und", |l| l.code.as_str());
                *languages.entry(code.to_owned()).or_default() += block.text.chars().count() as u64;
            }
            Fate::Drop { rule, .. } => add(&mut removed, rule),
        }
    }
    Stages {
        encoding: document.encoding.clone(),
        engine: engine(),
        rules: rules.to_owned(),
        blocks: document.blocks.len() as u64,
        kept,
        removed,
        ledger: named(blake3::hash(ledger.as_bytes())),
        digests: digests(document),
        language: document.language.map(|l| l.code.to_string()).unwrap_or_default(),
        languages,
        warnings: document.warnings.clone(),
        since: None,
    }
}

/// A BLAKE3 hash over many small pieces, gathered into larger ones, which are hashed much faster.
struct Hash {
    hash: blake3::Hasher,
    bytes: Vec<u8>,
}

impl Hash {
    /// Bytes that are hashed together; small enough to stay in the processor's cache.
    const PIECE: usize = 1 << 14;

    fn new() -> Self {
        Self { hash: blake3::Hasher::new(), bytes: Vec::with_capacity(2 * Self::PIECE) }
    }

    fn fill(&mut self, add: impl FnOnce(&mut Vec<u8>)) {
        add(&mut self.bytes);
        if self.bytes.len() >= Self::PIECE {
            self.hash.update(&self.bytes);
            self.bytes.clear();
        }
    }

    fn finish(mut self) -> String {
        named(self.hash.update(&self.bytes).finalize())
    }
}

fn named(hash: blake3::Hash) -> String {
    format!("blake3:{hash}")
}

/// `blake3:` digests of what each stage produced, so that a difference found later can be located. Scores aren't
/// covered: what follows from them is in the marks. Neither is the support of a mark: it is for people, and its counts
/// change while the mark stays.
fn digests(document: &Document) -> BTreeMap<String, String> {
    let mut extracted = Hash::new();
    // Serialising into a vector can't fail.
    let (format, kind, head) = (document.format, document.page_kind, &document.head);
    // The warning about repetition follows from the marks.
    let warnings: Vec<&Warning> = document.warnings.iter().filter(|warning| warning.code != REPEAT_LARGE).collect();
    extracted.fill(|bytes| (format, kind, head, warnings).serialize(bytes).unwrap_or_default());
    for b in &document.blocks {
        let read = (&b.text, b.kind, b.level, b.origin.as_slice(), b.join, b.role, &*b.path, &b.original);
        extracted.fill(|bytes| read.serialize(bytes).unwrap_or_default());
    }
    let mut language = String::new();
    let mut marks = String::new();
    let tongue = |out: &mut String, tongue: Option<&Tongue>| {
        if let Some(Tongue { code, script, .. }) = tongue {
            out.push_str(code);
            out.push(' ');
            out.push_str(script.as_deref().unwrap_or_default());
        }
    };
    for block in &document.blocks {
        tongue(&mut language, block.language.as_ref());
        language.push('\n');
        marks.push_str(if let Fate::Drop { rule, .. } = &block.fate { rule } else { "" });
        marks.push('\n');
    }
    tongue(&mut marks, document.language.as_ref());
    [
        ("extract", extracted.finish()),
        ("language", named(blake3::hash(language.as_bytes()))),
        ("mark", named(blake3::hash(marks.as_bytes()))),
    ]
    .map(|(stage, digest)| (stage.to_owned(), digest))
    .into()
}
