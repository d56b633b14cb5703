//! Right-to-left scripts: which characters belong to them, and the reading order of a row.

use super::atom::Atom;
use sanad_document::text::chars::{is_letter, is_letter_or_digit};

/// Returns true if a character is written right to left. Arabic-Indic digits aren't: numbers run left to right.
pub(crate) fn is_rtl(c: char) -> bool {
    c >= '\u{590}'
        && matches!(c, '\u{590}'..='\u{8FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}' | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}')
        && !matches!(c, '\u{660}'..='\u{669}' | '\u{6F0}'..='\u{6F9}')
}

/// Returns true if most letters are of a right-to-left script.
pub(super) fn is_right_to_left(atoms: &[Atom<'_>]) -> bool {
    let rtl = atoms.iter().filter(|a| a.text.first().is_some_and(is_rtl)).count();
    if rtl == 0 {
        return false;
    }
    let is_other = |c: char| is_letter(c) && !is_rtl(c);
    rtl > atoms.iter().filter(|a| a.text.first().is_some_and(is_other)).count()
}

/// The text of atoms, which are in visual order, in reading order: the row backwards, with words and numbers of
/// left-to-right scripts forwards.
pub(super) fn reading_order(atoms: &[Atom<'_>]) -> String {
    let mut out = String::new();
    let mut end = atoms.len();
    // each turn takes at least one atom
    while end > 0 {
        let start = end - forward_length(atoms.get(..end).unwrap_or_default()).max(1);
        let part = atoms.get(start..end).unwrap_or_default();
        for (i, atom) in part.iter().enumerate() {
            if i > 0 && atom.has_space {
                out.push(' ');
            }
            atom.text.push_to(&mut out);
        }
        if start > 0 && part.first().is_some_and(|a| a.has_space) {
            out.push(' ');
        }
        end = start;
    }
    if starts_with_closing(&out) { out.chars().map(|c| mirrored(c).unwrap_or(c)).collect() } else { out }
}

/// How many atoms at the end are read forwards: a run of left-to-right words and numbers; 0 if there is none.
fn forward_length(atoms: &[Atom<'_>]) -> usize {
    let is_forward = |a: &Atom<'_>| a.text.first().is_some_and(|c| is_letter_or_digit(c) && !is_rtl(c));
    if !atoms.last().is_some_and(is_forward) {
        return 0;
    }
    let run = atoms.iter().rev().take_while(|a| !a.text.first().is_some_and(is_rtl)).count();
    // punctuation at the left end of the run belongs to the right-to-left text
    let loose = atoms.get(atoms.len() - run..).unwrap_or_default().iter().take_while(|a| !is_forward(a)).count();
    run - loose
}

/// Returns true if the first bracket is a closing one: the page then stores brackets as they look, not as they are
/// read.
fn starts_with_closing(text: &str) -> bool {
    text.chars().find(|c| mirrored(*c).is_some()).is_some_and(|c| matches!(c, ')' | ']' | '}' | '»'))
}

/// The other bracket of a pair.
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
