//! Which language a text is in, for single texts and for the blocks of a document, and the repair of letters that were
//! written in broken fonts.
//!
//! - [`identify`] returns the language of one text, [`candidates`] the likeliest ones, [`identify_page`] those of a
//!   page's paragraphs together.
//! - [`label`] repairs the letters of a [`Document`](sanad_document::Document)'s blocks and sets their languages and
//!   its own. Short blocks are judged with their neighbours.
//! - [`repaired`] composes a text (NFC) and repairs letters of legacy Tajik fonts and Latin look-alikes.
//! - [`bigrams`] measures how plausible a text is, [`lexicon`] has the words that dates and titles are recognized by,
//!   [`switcher`] tells which language a link leads to.
//!
//! The n-gram model and the letter pairs are built in and unpacked at the first use; `train/language/` makes them. They
//! cover 47 languages in Cyrillic, Latin and Arabic script; scripts with one language need no model. Reading bytes and
//! mark-up is left to other crates. Neither a page's address nor its `<html lang>` decides the result; the latter only
//! helps with short blocks.
//!
//! ```
//! let tongue = sanad_language::identify("Ҳукумати Ҷумҳурии Тоҷикистон");
//! assert_eq!(tongue.code.as_str(), "tgk");
//! assert_eq!(tongue.script.unwrap().as_str(), "Cyrl");
//!
//! // A legacy font shows the Tajik letters in the places of Serbian and Macedonian ones.
//! let (text, repairs) = sanad_language::repaired("Вазорати корњои хориљї").unwrap();
//! assert_eq!(text, "Вазорати корҳои хориҷӣ");
//! assert_eq!((repairs[0].rule.as_str(), repairs[0].count), ("tajik_font", 3));
//!
//! // Codes and numbers are in no language.
//! assert_eq!(sanad_language::identify("№ 59/63-36").code.as_str(), "und");
//! ```

mod alphabet;
pub mod bigrams;
mod codes;
mod document;
mod evidence;
mod font_repair;
mod identify;
mod label;
mod letter_repair;
pub mod lexicon;
mod lookalikes;
mod ngrams;
mod score_vector;
pub mod switcher;
mod text_parts;
mod word_cache;
mod word_pieces;

pub use font_repair::legacy_font_to_tajik;
pub use label::{label, of_kept};

use font_repair::Surroundings;
use sanad_document::{Repair, Tongue};

/// Identifies the language of a text on its own.
#[must_use]
pub fn identify(text: &str) -> Tongue {
    identify::verdict(text).tongue()
}

/// Returns at most `most` languages that a text on its own may be in, the likeliest first, each with its probability.
/// Returns an empty list if the script alone decides, or if there is too little evidence.
#[must_use]
pub fn candidates(text: &str, most: usize) -> Vec<(&'static str, f32)> {
    let verdict = identify::verdict(text);
    let mut languages: Vec<_> = verdict.ranking.languages().filter(|(label, _)| *label != codes::OTHER).collect();
    languages.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    languages.truncate(most);
    languages
}

/// Identifies the languages of a page's paragraphs, and of the page, for which each paragraph counts by its length.
#[must_use]
pub fn identify_page(paragraphs: &[&str]) -> (Vec<Tongue>, Tongue) {
    let parts: Vec<document::Part<'_>> = paragraphs.iter().map(|text| document::Part::of(text, 1.0)).collect();
    let each = document::tongues(&parts, None);
    let whole = document::of_parts(&parts, &each);
    let undetermined = || Tongue { code: codes::code(codes::UNDETERMINED), ..Tongue::default() };
    (each, whole.unwrap_or_else(undetermined))
}

/// Returns a text in NFC with its letters repaired, and the repairs, or `None` if nothing had to be repaired.
#[must_use]
pub fn repaired(text: &str) -> Option<(String, Vec<Repair>)> {
    letter_repair::repair(text, Surroundings::Unknown).map(|r| (r.text, r.repairs))
}

/// Returns a text with only the letters of legacy Tajik fonts repaired, or `None` if it had none.
#[must_use]
pub fn font_repaired(text: &str) -> Option<String> {
    font_repair::repair(text, Surroundings::Unknown).map(|(text, _)| text)
}
