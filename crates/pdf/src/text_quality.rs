//! Whether a page's text can be trusted, and what kind of page a document is.
//!
//! Fonts may name no Unicode for their glyphs, or name the wrong letters: Cyrillic written through a Latin-1 table
//! ("Ìèíèñòåðñòâî") is mended, letters that make no words of any language are reported. Legacy Tajik letters in Cyrillic
//! text are the language stage's business.

use crate::page_layout::{Placed, Sheet};
use crate::text_runs::Piece;
use sanad_document::{PageKind, Warning};

/// A page with this share of unreadable glyphs isn't text.
const UNREADABLE: f32 = 0.5;
/// A page with this share of them is worth a warning.
const DOUBTFUL: f32 = 0.15;
/// Fewer glyphs than this prove nothing.
const FEW: usize = 12;
/// Fewer letters on a scanned page than this are a stamp or a scanner's mark, not its text.
const STAMP: usize = 40;
/// A picture that covers this share of the page is the page.
const WHOLE_PAGE: f32 = 0.6;
const RULE: &str = "page.untrusted";

/// Marks the pieces of pages whose text can't be trusted, mends what can be mended, and says so.
pub(super) fn judge(sheets: &mut [Sheet]) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let census = Census::of(sheets);
    if is_latin_for_cyrillic(&census) {
        let mut mended = 0;
        for placed in all(sheets) {
            if let Some(text) = cyrillic(&placed.piece) {
                placed.piece.text = text;
                mended += 1;
            }
        }
        warnings.push(Warning::new(
            "pdf.latin_for_cyrillic",
            format!("the text layer holds Latin letters for Cyrillic ones; {mended} lines are mended"),
        ));
    } else if let Some(share) = strange_vowels(&census) {
        warnings.push(Warning::new(
            "pdf.text_untrusted",
            format!("{share} % of the letters are vowels; the text layer makes no words"),
        ));
    }
    for sheet in sheets.iter_mut() {
        if sheet.glyphs < FEW || percent(sheet.unknown, sheet.glyphs) < DOUBTFUL * 100.0 {
            continue;
        }
        let support = format!("{:.0} % of its letters have no Unicode", percent(sheet.unknown, sheet.glyphs));
        warnings.push(Warning { page: Some(sheet.number), ..Warning::new("pdf.text_untrusted", support.clone()) });
        if percent(sheet.unknown, sheet.glyphs) < UNREADABLE * 100.0 {
            continue;
        }
        for placed in page(sheet) {
            placed.dropped = Some((RULE, support.clone()));
        }
    }
    warnings
}

fn page(sheet: &mut Sheet) -> impl Iterator<Item = &mut Placed> {
    sheet.pieces.iter_mut().chain(sheet.asides.iter_mut().flat_map(|(_, p)| p.iter_mut()))
}

fn all(sheets: &mut [Sheet]) -> impl Iterator<Item = &mut Placed> {
    sheets.iter_mut().flat_map(page)
}

#[allow(clippy::cast_precision_loss, reason = "glyph counts")]
fn percent(part: usize, whole: usize) -> f32 {
    100.0 * part as f32 / whole.max(1) as f32
}

/// What kind of page a document with these pages is; also names the pages that are pictures among pages of text.
pub(super) fn kind(sheets: &[Sheet]) -> (PageKind, Vec<Warning>) {
    let kept = |s: &Sheet| -> usize {
        let beside = s.asides.iter().flat_map(|(_, p)| p);
        s.pieces.iter().chain(beside).filter(|p| p.dropped.is_none()).map(|p| p.piece.glyphs - p.piece.unknown).sum()
    };
    let letters: usize = sheets.iter().map(kept).sum();
    let is_picture = |s: &&Sheet| s.pictured > WHOLE_PAGE && kept(s) < STAMP;
    let pictures = sheets.iter().filter(is_picture).count();
    let untrusted =
        sheets.iter().flat_map(|s| s.pieces.iter()).any(|p| p.dropped.as_ref().is_some_and(|d| d.0 == RULE));
    let any_picture = sheets.iter().any(|s| s.pictured > 0.0);
    if pictures == sheets.len() && pictures > 0 {
        return (PageKind::Scan, Vec::new());
    }
    if letters == 0 {
        let kind = if untrusted || any_picture { PageKind::Scan } else { PageKind::Empty };
        return (kind, Vec::new());
    }
    let layered = |s: &&Sheet| s.pictured > WHOLE_PAGE && 2 * s.hidden > s.glyphs;
    let mut warnings: Vec<Warning> = sheets
        .iter()
        .filter(is_picture)
        .map(|s| Warning { page: Some(s.number), ..Warning::new("pdf.page_without_text", "the page is a picture") })
        .collect();
    warnings.extend(sheets.iter().filter(layered).map(|s| Warning {
        page: Some(s.number),
        ..Warning::new("pdf.text_layer", "the text is an invisible layer over a picture, as OCR writes it")
    }));
    (PageKind::Document, warnings)
}

/// Letters of a document, counted by what tells that they are the wrong ones.
#[derive(Default)]
struct Census {
    all: usize,
    accented: usize,
    /// Accented ones that become Cyrillic vowels.
    mended_vowels: usize,
    latin: usize,
    latin_vowels: usize,
}

impl Census {
    fn of(sheets: &[Sheet]) -> Self {
        /// Letters looked at; more tell nothing new.
        const SAMPLE: usize = 20_000;
        let mut out = Self::default();
        for placed in sheets.iter().flat_map(|s| &s.pieces) {
            for c in placed.piece.text.chars().filter(|c| sanad_document::text::chars::is_letter(*c)) {
                if out.all == SAMPLE {
                    return out;
                }
                out.add(c);
            }
        }
        out
    }

    fn add(&mut self, c: char) {
        self.all += 1;
        if c.is_ascii() {
            self.latin += 1;
            self.latin_vowels += usize::from("aeiouyAEIOUY".contains(c));
        } else if is_accented(c) {
            self.accented += 1;
            self.mended_vowels += usize::from(mended(c).is_some_and(|m| "аеиоуыэюяАЕИОУЫЭЮЯ".contains(m)));
        }
    }
}

fn is_accented(c: char) -> bool {
    matches!(c, '\u{C0}'..='\u{FF}')
}

/// Windows-1251 read as Latin-1: most letters are accented, and become Cyrillic with the usual share of vowels.
fn is_latin_for_cyrillic(census: &Census) -> bool {
    const ENOUGH: usize = 60;
    // no language written in Latin letters accents more than two in five
    census.accented >= ENOUGH
        && percent(census.accented, census.all) > 50.0
        && (30.0..60.0).contains(&percent(census.mended_vowels, census.accented))
}

/// A Latin-1 character as Windows-1251 means it.
fn mended(c: char) -> Option<char> {
    let code = u32::from(c);
    match code {
        0xC0..=0xFF => char::from_u32(code - 0xC0 + 0x410),
        0xA8 => Some('Ё'),
        0xB8 => Some('ё'),
        0xB9 => Some('№'),
        _ => None,
    }
}

fn cyrillic(piece: &Piece) -> Option<String> {
    let count = piece.text.chars().filter(|c| sanad_document::text::chars::is_letter(*c)).count();
    let accented = piece.text.chars().filter(|c| is_accented(*c)).count();
    (2 * accented > count && accented > 0).then(|| piece.text.chars().map(|c| mended(c).unwrap_or(c)).collect())
}

/// The share of vowels when Latin text has far too few or too many of them; every Latin-script language has 35 to 55 %.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a percentage")]
fn strange_vowels(census: &Census) -> Option<u32> {
    const ENOUGH: usize = 400;
    let share = percent(census.latin_vowels, census.latin);
    let latin = census.latin >= ENOUGH && percent(census.latin, census.all) > 85.0;
    (latin && !(20.0..70.0).contains(&share)).then_some(share as u32)
}
