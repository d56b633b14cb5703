//! Whether a page's text can be trusted, and what kind of page a document is.
//!
//! Fonts may name no Unicode characters for their glyphs, or the wrong ones. Cyrillic written through a Latin-1 table
//! ("Ìèíèñòåðñòâî") is repaired here; letters that form no words of any language are reported. Legacy Tajik letters in
//! Cyrillic text are left to the language stage.

use super::drop_reason::{DropReason, DropRule};
use super::page_layout::{PageLayout, PlacedPiece};
use super::piece::Piece;
use sanad_document::text::chars::is_letter;
use sanad_document::{PageKind, Warning};

/// A page with at least this share of unreadable glyphs isn't text.
const UNREADABLE: f32 = 0.5;
/// A page with at least this share of them gets a warning.
const DOUBTFUL: f32 = 0.15;
/// Fewer glyphs than this prove nothing.
const FEW: usize = 12;
/// Fewer letters than this on a scanned page are a stamp or a scanner's mark, not its text.
const STAMP: usize = 40;
/// A page whose pictures cover more than this share of it is a picture.
const WHOLE_PAGE: f32 = 0.6;

/// Repairs text that was written through the wrong table, and drops the pieces of pages whose text can't be read.
/// Returns a warning for each.
pub(crate) fn judge(pages: &mut [PageLayout]) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let census = LetterCensus::of(pages);
    if census.is_latin_for_cyrillic() {
        let mut repaired = 0;
        for placed in pages.iter_mut().flat_map(PageLayout::all_pieces_mut) {
            if let Some(text) = cyrillic(&placed.piece) {
                placed.piece.text = text;
                repaired += 1;
            }
        }
        warnings.push(Warning::new(
            "pdf.latin_for_cyrillic",
            format!("the text layer holds Latin letters for Cyrillic ones; {repaired} lines are mended"),
        ));
    } else if let Some(share) = census.strange_vowels() {
        warnings.push(Warning::new(
            "pdf.text_untrusted",
            format!("{share} % of the letters are vowels; the text layer makes no words"),
        ));
    }
    warnings.extend(pages.iter_mut().filter_map(drop_unreadable));
    warnings
}

/// Returns a warning if many characters of a page are unknown, and drops its pieces if most are.
fn drop_unreadable(page: &mut PageLayout) -> Option<Warning> {
    let share = percent(page.unknown, page.glyphs);
    if page.glyphs < FEW || share < DOUBTFUL * 100.0 {
        return None;
    }
    let support = format!("{share:.0} % of its letters have no Unicode");
    if share >= UNREADABLE * 100.0 {
        for placed in page.all_pieces_mut() {
            placed.dropped = Some(DropReason::new(DropRule::Untrusted, support.clone()));
        }
    }
    Some(page_warning(page, "pdf.text_untrusted", support))
}

fn page_warning(page: &PageLayout, code: &'static str, message: impl Into<String>) -> Warning {
    Warning { page: Some(page.number), ..Warning::new(code, message) }
}

#[allow(clippy::cast_precision_loss, reason = "glyph counts")]
fn percent(part: usize, whole: usize) -> f32 {
    100.0 * part as f32 / whole.max(1) as f32
}

/// The kind of page that a document with these pages is, with warnings for pages that are pictures among pages of text
/// and for text layers of scans.
pub(crate) fn kind(pages: &[PageLayout]) -> (PageKind, Vec<Warning>) {
    let letters: usize = pages.iter().map(known_glyphs).sum();
    let is_whole_picture = |page: &&PageLayout| page.picture_share > WHOLE_PAGE;
    let is_scan = |page: &&PageLayout| is_whole_picture(page) && known_glyphs(page) < STAMP;
    if !pages.is_empty() && pages.iter().all(|page| is_scan(&page)) {
        return (PageKind::Scan, Vec::new());
    }
    if letters == 0 {
        let is_untrusted = |p: &PlacedPiece| p.dropped.as_ref().is_some_and(|d| d.rule == DropRule::Untrusted);
        let untrusted = pages.iter().flat_map(|page| &page.pieces).any(is_untrusted);
        let any_picture = pages.iter().any(|page| page.picture_share > 0.0);
        let kind = if untrusted || any_picture { PageKind::Scan } else { PageKind::Empty };
        return (kind, Vec::new());
    }
    let has_layer = |page: &&PageLayout| is_whole_picture(page) && 2 * page.hidden > page.glyphs;
    let textless =
        pages.iter().filter(is_scan).map(|p| page_warning(p, "pdf.page_without_text", "the page is a picture"));
    let layered = pages
        .iter()
        .filter(has_layer)
        .map(|p| page_warning(p, "pdf.text_layer", "the text is an invisible layer over a picture, as OCR writes it"));
    (PageKind::Document, textless.chain(layered).collect())
}

/// Number of kept glyphs, of all directions, whose characters are known.
fn known_glyphs(page: &PageLayout) -> usize {
    let asides = page.asides.iter().flat_map(|aside| &aside.pieces);
    page.pieces.iter().chain(asides).filter(|p| p.is_kept()).map(|p| p.piece.glyphs - p.piece.unknown).sum()
}

/// Counts of letters that show whether a document's text layer holds the wrong ones.
#[derive(Default)]
struct LetterCensus {
    all: usize,
    /// Accented Latin-1 letters.
    accented: usize,
    /// Accented letters that become Cyrillic vowels when repaired.
    repaired_vowels: usize,
    /// ASCII letters.
    latin: usize,
    latin_vowels: usize,
}

impl LetterCensus {
    fn of(pages: &[PageLayout]) -> Self {
        /// Number of letters looked at. More add nothing.
        const SAMPLE: usize = 20_000;
        let mut out = Self::default();
        let texts = pages.iter().flat_map(|page| &page.pieces).map(|placed| &placed.piece.text);
        texts.flat_map(|text| text.chars()).filter(|c| is_letter(*c)).take(SAMPLE).for_each(|c| out.add(c));
        out
    }

    fn add(&mut self, c: char) {
        self.all += 1;
        if c.is_ascii() {
            self.latin += 1;
            self.latin_vowels += usize::from("aeiouyAEIOUY".contains(c));
        } else if is_accented(c) {
            self.accented += 1;
            self.repaired_vowels += usize::from(repaired(c).is_some_and(|m| "аеиоуыэюяАЕИОУЫЭЮЯ".contains(m)));
        }
    }

    /// Returns true if Windows-1251 was read as Latin-1: most letters are accented, and repairing them gives Cyrillic
    /// with the usual share of vowels. No language in Latin script accents more than two letters in five.
    fn is_latin_for_cyrillic(&self) -> bool {
        /// Fewer accented letters prove nothing.
        const ENOUGH: usize = 60;
        self.accented >= ENOUGH
            && percent(self.accented, self.all) > 50.0
            && (30.0..60.0).contains(&percent(self.repaired_vowels, self.accented))
    }

    /// The share of vowels, in percent, if Latin text has far too few or too many. Every language in Latin script has
    /// 35 to 55 %.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a percentage")]
    fn strange_vowels(&self) -> Option<u32> {
        /// Fewer letters prove nothing.
        const ENOUGH: usize = 400;
        let share = percent(self.latin_vowels, self.latin);
        let is_latin = self.latin >= ENOUGH && percent(self.latin, self.all) > 85.0;
        (is_latin && !(20.0..70.0).contains(&share)).then_some(share as u32)
    }
}

fn is_accented(c: char) -> bool {
    matches!(c, '\u{C0}'..='\u{FF}')
}

/// The Windows-1251 character with the code of a Latin-1 character.
fn repaired(c: char) -> Option<char> {
    let code = u32::from(c);
    match code {
        0xC0..=0xFF => char::from_u32(code - 0xC0 + 0x410),
        0xA8 => Some('Ё'),
        0xB8 => Some('ё'),
        0xB9 => Some('№'),
        _ => None,
    }
}

/// The repaired text of a piece whose letters are mostly accented.
fn cyrillic(piece: &Piece) -> Option<String> {
    let count = piece.text.chars().filter(|c| is_letter(*c)).count();
    let accented = piece.text.chars().filter(|c| is_accented(*c)).count();
    (2 * accented > count && accented > 0).then(|| piece.text.chars().map(|c| repaired(c).unwrap_or(c)).collect())
}
