//! A language for each block, then for the whole; letters of broken fonts repaired on the way.
//!
//! Each block is put into NFC, its letters repaired where they are a broken font's ([`repair`]), and identified
//! ([`identify`]); short blocks lean on their neighbours ([`page`]). The n-gram model and the letter pairs are built in
//! and read when first needed; `train/language/` makes them. Neither the address nor `<html lang>` decides anything.
mod alphabet;
pub mod bigrams;
mod document;
mod evidence;
mod font_repair;
mod identify;
pub mod lexicon;
mod ngrams;
mod score_vector;
pub mod switcher;
mod text_parts;
mod word_cache;

pub(crate) use font_repair::Surroundings;
pub use font_repair::legacy_font_to_tajik;

use sanad_document::{Block, Document, Repair, Tongue};

/// Weight of a block no model has scored, or scored as nothing: chrome counts a little, so that a page of nothing else
/// has a language too.
const LEAST: f32 = 0.05;

/// Repairs the letters of each block and labels block and document with their languages.
pub fn label(document: &mut Document) {
    for block in &mut document.blocks {
        mend(block, Surroundings::Unknown);
    }
    assign(document);
    if document.language.as_ref().is_some_and(|t| t.code == "tgk") {
        let mut again = false;
        for block in &mut document.blocks {
            again |= mend(block, Surroundings::Tajik);
        }
        if again {
            assign(document);
        }
    }
}

/// The language of a text on its own.
#[must_use]
pub fn identify(text: &str) -> Tongue {
    identify::verdict(text).tongue()
}

/// What a text on its own may be in: the likeliest languages of its script, each with its probability, at most `most`. Empty
/// where the script alone decides, or too little speaks.
#[must_use]
pub fn candidates(text: &str, most: usize) -> Vec<(&'static str, f32)> {
    let verdict = identify::verdict(text);
    let mut languages: Vec<_> = verdict.ranking.languages().filter(|(label, _)| *label != "oth").collect();
    languages.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    languages.truncate(most);
    languages
}

/// Languages of the paragraphs of a page, and of the page: each paragraph counts by its length.
#[must_use]
pub fn identify_page(paragraphs: &[&str]) -> (Vec<Tongue>, Tongue) {
    let parts: Vec<document::Part<'_>> = paragraphs.iter().map(|text| document::Part::of(text, 1.0)).collect();
    let each = document::tongues(&parts, None);
    let whole = document::of_parts(&parts, &each);
    let und = || Tongue { code: tinystr::tinystr!(4, "und"), ..Tongue::default() };
    (each, whole.unwrap_or_else(und))
}

/// The language of the blocks that are kept, by their length; `None` when none says anything.
#[must_use]
pub fn of_kept(document: &Document) -> Option<Tongue> {
    let kept = document.blocks.iter().filter(|b| b.fate.is_kept());
    document::of_all(kept.filter_map(|b| Some((b.language?, alphabet::count(&b.text), weight(b)))))
}

/// A text in NFC with the letters of broken fonts put right, and what was done. `None` when it was right.
#[must_use]
pub fn repaired(text: &str) -> Option<(String, Vec<Repair>)> {
    font_repair::repair(text, Surroundings::Unknown).map(|r| (r.text, r.repairs))
}

/// A text with only the letters of Tajik fonts put right. `None` when there were none.
#[must_use]
pub fn font_repaired(text: &str) -> Option<String> {
    font_repair::font_only(text)
}

fn weight(block: &Block) -> f32 {
    block.score.max(LEAST)
}

/// Repairs one block; whether anything changed.
fn mend(block: &mut Block, surroundings: Surroundings) -> bool {
    let Some(mended) = font_repair::repair(&block.text, surroundings) else {
        return false;
    };
    let before = std::mem::replace(&mut block.text, mended.text);
    if block.original.is_none() && mended.repairs.iter().any(|r| r.rule != "decomposed") {
        block.original = Some(before);
    }
    for repair in mended.repairs {
        match block.repairs.iter_mut().find(|r| r.rule == repair.rule) {
            Some(known) => known.count += repair.count,
            None => block.repairs.push(repair),
        }
    }
    true
}

/// Identifies blocks and document. Blocks already dropped are labelled but don't count.
fn assign(document: &mut Document) {
    let parts: Vec<document::Part<'_>> = document
        .blocks
        .iter()
        .map(|b| document::Part::of(&b.text, if b.fate.is_kept() { weight(b) } else { 0.0 }))
        .collect();
    let hint = document.head.lang.as_deref().and_then(iso3);
    let tongues = document::tongues(&parts, hint);
    let kept = parts.iter().zip(&tongues).zip(&document.blocks).filter(|(_, block)| block.fate.is_kept());
    let whole = document::of_all(kept.map(|((part, tongue), _)| (*tongue, part.letters, part.weight)));
    for (block, tongue) in document.blocks.iter_mut().zip(tongues) {
        block.language = Some(tongue);
    }
    document.language = whole;
}

/// The label of an `<html lang>` in the region's languages, where a hint can matter.
fn iso3(lang: &str) -> Option<&'static str> {
    let primary = lang.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    let known = [
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
    known.iter().find(|(two, three)| *two == primary || *three == primary).map(|(_, three)| *three)
}
