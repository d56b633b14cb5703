//! Repairs the letters of a document's blocks and labels blocks and document with their languages.

use crate::font_repair::Surroundings;
use crate::letter_repair::{self, Rule};
use crate::{alphabet, codes, document};
use sanad_document::{Block, Document, Tongue};

/// Least weight of a block. Chrome, which the model scores near zero, counts a little, so that a page of nothing else
/// has a language too.
const MIN_WEIGHT: f32 = 0.05;

/// Repairs the letters of each block, and sets the languages of blocks and document. Dropped blocks don't count for the
/// document.
pub fn label(document: &mut Document) {
    for block in &mut document.blocks {
        repair(block, Surroundings::Unknown);
    }
    assign(document);
    if document.language.as_ref().is_some_and(|t| t.code == codes::TAJIK) {
        let mut has_changed = false;
        for block in &mut document.blocks {
            has_changed |= repair(block, Surroundings::Tajik);
        }
        if has_changed {
            assign(document);
        }
    }
}

/// Returns the language of the kept blocks, which count by their length, or `None` if none has a language.
#[must_use]
pub fn of_kept(document: &Document) -> Option<Tongue> {
    let kept = document.blocks.iter().filter(|b| b.fate.is_kept());
    document::of_all(kept.filter_map(|block| {
        Some(document::Vote { tongue: block.language?, letters: alphabet::count(&block.text), weight: weight(block) })
    }))
}

fn weight(block: &Block) -> f32 {
    block.score.max(MIN_WEIGHT)
}

/// Repairs the letters of one block. Returns true if its text changed.
fn repair(block: &mut Block, surroundings: Surroundings) -> bool {
    let Some(repaired) = letter_repair::repair(&block.text, surroundings) else {
        return false;
    };
    let before = std::mem::replace(&mut block.text, repaired.text);
    let is_original = |rule: &str| rule == Rule::Decomposed.as_str();
    if block.original.is_none() && repaired.repairs.iter().any(|r| !is_original(&r.rule)) {
        block.original = Some(before);
    }
    for repair in repaired.repairs {
        match block.repairs.iter_mut().find(|r| r.rule == repair.rule) {
            Some(known) => known.count += repair.count,
            None => block.repairs.push(repair),
        }
    }
    true
}

/// Sets the languages of blocks and document.
fn assign(document: &mut Document) {
    let parts: Vec<document::Part<'_>> = document
        .blocks
        .iter()
        .map(|b| document::Part::of(&b.text, if b.fate.is_kept() { weight(b) } else { 0.0 }))
        .collect();
    let hint = document.head.lang.as_deref().and_then(hinted);
    let tongues = document::tongues(&parts, hint);
    let kept = parts.iter().zip(&tongues).zip(&document.blocks).filter(|(_, block)| block.fate.is_kept());
    let whole = document::of_all(kept.map(|((part, tongue), _)| part.vote(*tongue)));
    for (block, tongue) in document.blocks.iter_mut().zip(tongues) {
        block.language = Some(tongue);
    }
    document.language = whole;
}

/// Returns the language (ISO 639-3) of an `<html lang>`, for the region's languages, where a hint can matter.
fn hinted(lang: &str) -> Option<&'static str> {
    const KNOWN: [(&str, &str); 14] = [
        ("tg", "tgk"),
        ("tj", "tgk"),
        ("ru", "rus"),
        ("en", "eng"),
        ("uz", "uzb"),
        ("kk", "kaz"),
        ("ky", "kir"),
        ("tk", "tuk"),
        ("fa", "fas"),
        ("uk", "ukr"),
        ("be", "bel"),
        ("tr", "tur"),
        ("az", "aze"),
        ("ar", "ara"),
    ];
    let primary = lang.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    KNOWN.iter().find(|(two, three)| *two == primary || *three == primary).map(|(_, three)| *three)
}
