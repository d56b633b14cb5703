//! Glyphs of a row to words: where a space stands, how raised marks are written, right-to-left order.

use crate::content::Artifact;
use crate::glyph_text::Letters;
use crate::structure_tree::Part;
use crate::text_runs::Piece;

/// A glyph with the room before it.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools, reason = "independent properties of a glyph")]
pub(super) struct Atom<'p> {
    /// What it says.
    pub(super) letters: &'p Letters,
    /// Left end in points.
    pub(super) left: f32,
    /// Right end.
    pub(super) right: f32,
    /// Size in points.
    pub(super) size: f32,
    /// Against the baseline of its row.
    pub(super) level: Level,
    /// In a bold font.
    pub(super) bold: bool,
    /// Close to white.
    pub(super) faint: bool,
    /// Nothing tells what it says.
    pub(super) unknown: bool,
    /// What marked content says of it.
    pub(super) artifact: Artifact,
    /// Its part by the structure tree.
    pub(super) part: Option<Part>,
    /// A space was drawn before it.
    pub(super) space_drawn: bool,
    /// A space stands before it.
    pub(super) space: bool,
    /// Room before it in points, the row's letter spacing taken off.
    pub(super) gap: f32,
}

/// A glyph against its row's baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// On it.
    Base,
    /// Above: exponents, note references.
    Raised,
    /// Below: indices.
    Lowered,
}

/// Room that makes a space where none was drawn, in ems beyond the letter spacing; word spaces are 0.2 to 0.35 em, pairs
/// kerned apart stay below 0.08.
const ROOM: f32 = 0.13;
/// Room that a drawn space needs to be one: spaces drawn over letters are padding.
const DRAWN_ROOM: f32 = 0.04;

/// Soft hyphens that show nothing go: those inside a word, and those beside the hyphen that stands for them.
pub(super) fn drop_soft_hyphens(atoms: &mut Vec<Atom<'_>>) {
    const SOFT: Letters = Letters::One('\u{AD}');
    if !atoms.iter().any(|a| *a.letters == SOFT) {
        return;
    }
    let hyphen = |a: &Atom<'_>| matches!(a.letters, Letters::One('-' | '\u{2010}'));
    let needed: Vec<bool> = (0..atoms.len())
        .map(|i| {
            let Some(atom) = atoms.get(i) else {
                return false;
            };
            if *atom.letters != SOFT {
                return true;
            }
            let before = i.checked_sub(1).and_then(|k| atoms.get(k));
            let close = atoms.get(i + 1).is_some_and(|next| next.left - atom.left < 0.7 * atom.size);
            !before.is_some_and(hyphen) && !close
        })
        .collect();
    let mut needed = needed.into_iter();
    atoms.retain(|_| needed.next().unwrap_or(true));
}

/// Finds the spaces between the atoms of a row.
pub(super) fn mark_spaces(atoms: &mut [Atom<'_>]) {
    let spacing = letter_spacing(atoms);
    let mut end: Option<(f32, f32)> = None;
    for atom in atoms.iter_mut() {
        if let Some((right, size)) = end {
            let em = size.max(atom.size);
            let gap = atom.left - right - spacing * em;
            atom.gap = gap;
            let room = if atom.space_drawn { DRAWN_ROOM } else { ROOM };
            atom.space = gap > room * em;
        }
        let reach = end.map_or(atom.right, |(right, _)| right.max(atom.right));
        end = Some((reach, atom.size));
    }
}

/// The letter spacing of a row in ems: the median gap between neighbours with no space drawn between, where it is wide.
fn letter_spacing(atoms: &[Atom<'_>]) -> f32 {
    /// Fewer gaps tell nothing.
    const ENOUGH: usize = 4;
    /// Where even the narrowest third is as wide as this the letters are spaced; else wide gaps are words of few letters.
    const SPACED: f32 = 0.04;
    let gaps = || {
        atoms.windows(2).filter_map(|pair| match pair {
            [a, b] if !b.space_drawn => Some((b.left - a.right) / a.size.max(b.size).max(0.1)),
            _ => None,
        })
    };
    let (count, narrow) = gaps().fold((0, 0), |(all, narrow), gap| (all + 1, narrow + usize::from(gap <= SPACED)));
    if count < ENOUGH || narrow > count / 3 {
        return 0.0;
    }
    let mut sorted: Vec<f32> = gaps().collect();
    sorted.sort_by(f32::total_cmp);
    sorted.get(count / 2).copied().unwrap_or(0.0).clamp(0.0, 1.2)
}

/// A piece of these atoms; none when they are empty.
pub(super) fn piece(atoms: &[Atom<'_>]) -> Option<Piece> {
    let first = atoms.first()?;
    let count = atoms.len();
    let most = |yes: fn(&Atom<'_>) -> bool| 2 * atoms.iter().filter(|a| yes(a)).count() > count;
    let text = text(atoms);
    if text.is_empty() {
        return None;
    }
    let first_word = if is_right_to_left(atoms) {
        let start = atoms.iter().rev().find(|a| a.space).unwrap_or(first);
        atoms.last()?.right - start.left
    } else {
        let after = atoms.iter().skip(1).position(|a| a.space);
        after.and_then(|i| atoms.get(i)).or(atoms.last())?.right - first.left
    };
    let size = common_size(atoms);
    let left = atoms.iter().map(|a| a.left).fold(f32::MAX, f32::min);
    let right = atoms.iter().map(|a| a.right).fold(f32::MIN, f32::max);
    Some(Piece {
        text,
        left,
        right,
        base: 0.0,
        size,
        bold: most(|a| a.bold),
        first_word: first_word.max(0.0),
        glyphs: count,
        unknown: atoms.iter().filter(|a| a.unknown).count(),
        faint: most(|a| a.faint),
        artifact: first.artifact,
        raised_start: first.level == Level::Raised,
        part: first.part.filter(|part| atoms.iter().all(|a| a.part == Some(*part))),
        raised: atoms.iter().any(|a| a.level == Level::Raised),
        row: 0,
    })
}

/// The size most atoms have, raised ones left out where others are.
fn common_size(atoms: &[Atom<'_>]) -> f32 {
    let first = atoms.first().map_or(1.0, |a| a.size);
    if atoms.iter().all(|a| a.size.to_bits() == first.to_bits()) {
        return first;
    }
    let mut sizes: Vec<f32> = atoms.iter().filter(|a| a.level == Level::Base).map(|a| a.size).collect();
    if sizes.is_empty() {
        sizes = atoms.iter().map(|a| a.size).collect();
    }
    sizes.sort_by(f32::total_cmp);
    sizes.get(sizes.len() / 2).copied().unwrap_or(1.0)
}

/// Whether most letters are of a right-to-left script.
fn is_right_to_left(atoms: &[Atom<'_>]) -> bool {
    let rtl = atoms.iter().filter(|a| a.letters.first().is_some_and(is_rtl)).count();
    if rtl == 0 {
        return false;
    }
    let other = |c: char| sanad_document::text::chars::is_letter(c) && !is_rtl(c);
    rtl > atoms.iter().filter(|a| a.letters.first().is_some_and(other)).count()
}

/// The text of atoms in reading order.
fn text(atoms: &[Atom<'_>]) -> String {
    if is_right_to_left(atoms) {
        return right_to_left(atoms);
    }
    let mut out = String::with_capacity(2 * atoms.len());
    for run in atoms.chunk_by(|a, b| a.level == b.level) {
        let level = run.first().map_or(Level::Base, |a| a.level);
        if level == Level::Raised {
            push_raised(&mut out, run);
            continue;
        }
        let after_mark = out.ends_with(['\u{200B}']);
        if after_mark {
            out.pop();
        }
        for (i, atom) in run.iter().enumerate() {
            let letter = || atom.letters.first().is_some_and(sanad_document::text::chars::is_letter_or_digit);
            if !out.is_empty() && (atom.space || (i == 0 && after_mark && letter())) {
                out.push(' ');
            }
            atom.letters.push_to(&mut out);
        }
    }
    if out.ends_with('\u{200B}') {
        out.pop();
    }
    out
}

/// Writes raised atoms: exponents as superscripts, references to notes apart from their word (a zero-width space at the
/// end asks the next word to keep its distance), raised letters as they are.
fn push_raised(out: &mut String, run: &[Atom<'_>]) {
    let mut raised = String::new();
    for atom in run {
        if atom.space && !raised.is_empty() {
            raised.push(' ');
        }
        atom.letters.push_to(&mut raised);
    }
    let number = raised
        .chars()
        .all(|c| c.is_ascii_digit() || matches!(c, '*' | '†' | '‡' | '§' | ',' | ' ' | ')' | '(' | '[' | ']'));
    if !number {
        if run.first().is_some_and(|a| a.space) && !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&raised);
        return;
    }
    let exponent = is_exponent_of(out) && raised.chars().all(|c| c.is_ascii_digit());
    if exponent && !run.first().is_some_and(|a| a.space) {
        out.extend(raised.chars().map(sanad_document::text::normalize::superscript));
        return;
    }
    if !out.is_empty() {
        out.push(' ');
    }
    out.push_str(&raised);
    out.push('\u{200B}');
}

/// Whether a raised number after this text is an exponent: after a digit, or after a unit of one or two letters.
fn is_exponent_of(text: &str) -> bool {
    let word: String = text.chars().rev().take_while(|c| !c.is_whitespace() && !matches!(c, '(' | '/')).collect();
    let letters = word.chars().filter(|c| sanad_document::text::chars::is_letter(*c)).count();
    match word.chars().next() {
        Some(c) if c.is_ascii_digit() => letters == 0,
        Some(c) if sanad_document::text::chars::is_letter(c) => letters <= 2 && word.chars().count() == letters,
        _ => false,
    }
}

/// Whether a character is written right to left.
pub(super) fn is_rtl(c: char) -> bool {
    c >= '\u{590}'
        && matches!(c, '\u{590}'..='\u{8FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}' | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}')
        && !matches!(c, '\u{660}'..='\u{669}' | '\u{6F0}'..='\u{6F9}')
}

/// Atoms in visual order to reading order: the row backwards, with words and numbers of left-to-right scripts forwards.
fn right_to_left(atoms: &[Atom<'_>]) -> String {
    let mut out = String::new();
    let forward = |a: &Atom<'_>| {
        a.letters.first().is_some_and(|c| sanad_document::text::chars::is_letter_or_digit(c) && !is_rtl(c))
    };
    let mut end = atoms.len();
    // each turn takes at least one atom
    while end > 0 {
        let run = atoms.get(..end).unwrap_or_default();
        let length = if run.last().is_some_and(forward) {
            let inner = run.iter().rev().take_while(|a| !a.letters.first().is_some_and(is_rtl)).count();
            // punctuation at the left end of the run belongs to the right-to-left text
            let loose = run.get(end - inner..).unwrap_or_default().iter().take_while(|a| !forward(a)).count();
            inner - loose
        } else {
            1
        };
        let start = end - length.max(1);
        let part = atoms.get(start..end).unwrap_or_default();
        for (i, atom) in part.iter().enumerate() {
            if i > 0 && atom.space {
                out.push(' ');
            }
            atom.letters.push_to(&mut out);
        }
        if start > 0 && part.first().is_some_and(|a| a.space) {
            out.push(' ');
        }
        end = start;
    }
    if closes_first(&out) { out.chars().map(|c| mirrored(c).unwrap_or(c)).collect() } else { out }
}

/// Whether the first bracket is a closing one: then brackets are stored as they look, not as they are read.
fn closes_first(text: &str) -> bool {
    text.chars().find(|c| mirrored(*c).is_some()).is_some_and(|c| matches!(c, ')' | ']' | '}' | '»'))
}

/// The other one of a pair of brackets.
fn mirrored(c: char) -> Option<char> {
    Some(match c {
        '(' => ')',
        ')' => '(',
        '[' => ']',
        ']' => '[',
        '{' => '}',
        '}' => '{',
        '«' => '»',
        '»' => '«',
        _ => return None,
    })
}
