//! Explains a passage: its block, its place in the capture, and what was left out around it.

use super::Replay;
use super::rerun::Rerun;
use crate::emit::record::{CaptureRef, Prov};
use crate::emit::store::find_record;
use crate::emit::{self, Record};
use crate::error::Error;
use crate::log::event::CaptureRead;
use crate::log::frozen_tables::FrozenTables;
use crate::log::past_runs;
use crate::log::reader::Log;

use sanad_document::{Block, Document, Fate, Kind, Origin};
use schemars::JsonSchema;
use serde::Serialize;
use std::ops::Range;

/// How many candidate languages are listed for a passage.
const CANDIDATES: usize = 3;

/// What is known about a record's text.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Explanation {
    /// Record id.
    pub id: String,
    /// Its title.
    pub title: Option<String>,
    /// Its addresses.
    pub url: Option<emit::record::Urls>,
    /// Its capture, run and rules. `encoding` says how its bytes became text.
    pub prov: Prov,
    /// The record's language (ISO 639-3) and its probability.
    pub language: Option<(String, f64)>,
    /// All repairs of letters, by rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repairs: Option<serde_json::Value>,
    /// Whether the record's text can be derived from its capture. If not, see `sanad replay`.
    pub derivable: bool,
    /// Blocks of the requested text.
    pub passages: Vec<Passage>,
    /// Everything that was left out, if requested.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<Dropped>,
}

/// A block of the text.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Passage {
    /// First code point in the text.
    pub start: usize,
    /// Code point after the last.
    pub end: usize,
    /// What it is.
    pub kind: Kind,
    /// Its text.
    pub text: String,
    /// The requested part of it, if that isn't all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<String>,
    /// Its language in the record, and the probability.
    pub language: Option<(String, f64)>,
    /// Languages that its words alone may be in, the likeliest first. For a short block its neighbours and the page
    /// decide.
    pub candidates: Vec<(String, f32)>,
    /// Where it was in the capture.
    pub origin: Vec<Origin>,
    /// Its letters before repair.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original: Option<String>,
    /// What was left out between the kept text before it and itself.
    pub dropped_before: Vec<Dropped>,
    /// What was left out between itself and the kept text after it.
    pub dropped_after: Vec<Dropped>,
}

/// A block that was left out.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Dropped {
    /// Index in the document, from 0.
    pub block: usize,
    /// The rule that dropped it.
    pub rule: String,
    /// What supports the rule.
    pub support: String,
    /// The kind of chrome that it looks like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub looks_like: Option<String>,
    /// Its text.
    pub text: String,
    /// Where it was in the capture.
    pub origin: Vec<Origin>,
}

/// What to explain.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Code points of the text; all if none.
    pub span: Option<Range<usize>>,
    /// Whether to list everything that was left out.
    pub removed: bool,
}

/// Reads a record's capture again and returns where its text came from.
///
/// # Errors
/// When there is no such record, or the log or the capture can't be read.
pub fn explain(question: &Replay<'_>, id: &str, wanted: &Wanted) -> Result<Explanation, Error> {
    let (_, record) = find_record(question.out, id)?;
    let length = record.text.chars().count();
    if let Some(span) = wanted.span.as_ref().filter(|s| s.end > length || s.is_empty()) {
        let message = format!("--span {}..{}: the text of {id} has {length} code points", span.start, span.end);
        return Err(Error::Usage { message });
    }
    let prov = record.prov.clone().unwrap_or_default();
    let document = document(question, &prov)?;
    let sources = document.as_ref().map(|d| emit::sources(&d.blocks)).unwrap_or_default();
    let passages = passages(&record, document.as_ref(), &sources, wanted);
    let removed = match &document {
        Some(document) if wanted.removed => dropped(&document.blocks, 0..document.blocks.len()),
        _ => Vec::new(),
    };
    Ok(Explanation {
        id: record.id.clone(),
        title: record.title.clone(),
        url: record.url.clone(),
        prov,
        language: record.language.clone().zip(record.language_confidence),
        repairs: record.metadata.get("repairs").cloned(),
        derivable: sources.len() == record.blocks.len(),
        passages: if wanted.removed && wanted.span.is_none() { Vec::new() } else { passages },
        removed,
    })
}

/// Extracts the document of the record's capture again, with source lines.
fn document(question: &Replay<'_>, prov: &Prov) -> Result<Option<Document>, Error> {
    let log = Log::open(question.out)?;
    let mut told = None;
    past_runs::each(
        &log,
        question.out,
        |run| run == prov.run,
        |run| {
            told = Some(run);
            Ok(())
        },
    )?;
    let Some(mut told) = told else { return Ok(None) };
    // Nothing but the record's own captures is needed.
    let is_place = |read: &CaptureRead, capture: &CaptureRef| {
        (&*read.file, read.offset, &*read.record_id) == (&*capture.file, capture.offset, &*capture.record_id)
    };
    let is_later_page = |read: &CaptureRead| prov.later_pages.iter().any(|page| is_place(read, page));
    told.captures.retain(|index, read| *index == prov.log_index || is_later_page(read));
    told.ended.retain(|capture, _| *capture == prov.log_index);
    told.files.clear();
    let frozen = FrozenTables::read(&log, question.out)?;
    let folder = tempfile::tempdir().map_err(|e| Error::io(&std::env::temp_dir(), "write", &e))?;
    let again = Rerun {
        raw: question.raw,
        out: question.out,
        frozen: &frozen,
        config: question.config,
        program: question.program,
        jobs: 1,
        lines: true,
        folder: folder.path(),
    };
    let mut found = None;
    again.judge(&told, |judged, document| {
        if judged.ended.capture == prov.log_index {
            found = document;
        }
        Ok(())
    })?;
    Ok(found)
}

fn passages(record: &Record, document: Option<&Document>, sources: &[Vec<usize>], wanted: &Wanted) -> Vec<Passage> {
    let chars: Vec<char> = record.text.chars().collect();
    let slice = |from: usize, to: usize| chars.get(from..to).map(String::from_iter).unwrap_or_default();
    let fits = sources.len() == record.blocks.len();
    let mut passages = Vec::new();
    for (number, block) in record.blocks.iter().enumerate() {
        let span = wanted.span.clone().unwrap_or(0..chars.len());
        if block.end <= span.start || block.start >= span.end {
            continue;
        }
        let numbers = sources.get(number).filter(|_| fits).map(Vec::as_slice).unwrap_or_default();
        let blocks = document.map(|d| d.blocks.as_slice()).unwrap_or_default();
        let (from, to) = (block.start.max(span.start), block.end.min(span.end));
        let lined: Vec<Origin> = numbers.iter().filter_map(|n| blocks.get(*n)).flat_map(|b| b.origin.clone()).collect();
        let is_html = lined.iter().all(|o| matches!(o, Origin::Html { .. }));
        passages.push(Passage {
            start: block.start,
            end: block.end,
            kind: block.kind,
            text: slice(block.start, block.end),
            span: ((from, to) != (block.start, block.end)).then(|| slice(from, to)),
            language: block.language.clone().zip(block.language_confidence),
            candidates: sanad_language::candidates(&slice(block.start, block.end), CANDIDATES)
                .into_iter()
                .map(|(label, p)| (label.to_owned(), p))
                .collect(),
            origin: if is_html && !lined.is_empty() { lined } else { block.origin.clone() },
            original: block.original.clone(),
            dropped_before: numbers.first().map(|n| before(blocks, *n)).unwrap_or_default(),
            dropped_after: numbers.last().map(|n| after(blocks, *n)).unwrap_or_default(),
        });
    }
    passages
}

/// The blocks dropped directly before a block.
fn before(blocks: &[Block], number: usize) -> Vec<Dropped> {
    let kept = blocks.get(..number).unwrap_or_default().iter().rposition(|b| b.fate.is_kept());
    dropped(blocks, kept.map_or(0, |k| k + 1)..number)
}

/// The blocks dropped directly after a block.
fn after(blocks: &[Block], number: usize) -> Vec<Dropped> {
    let rest = blocks.get(number + 1..).unwrap_or_default();
    let count = rest.iter().position(|b| b.fate.is_kept()).unwrap_or(rest.len());
    dropped(blocks, number + 1..number + 1 + count)
}

fn dropped(blocks: &[Block], range: Range<usize>) -> Vec<Dropped> {
    let start = range.start;
    let of = |(i, b): (usize, &Block)| match &b.fate {
        Fate::Keep => None,
        Fate::Drop { rule, support, looks_like } => Some(Dropped {
            block: start + i,
            rule: rule.to_string(),
            support: support.clone(),
            looks_like: looks_like.as_deref().map(str::to_owned),
            text: b.text.clone(),
            origin: b.origin.to_vec(),
        }),
    };
    blocks.get(range).unwrap_or_default().iter().enumerate().filter_map(of).collect()
}
