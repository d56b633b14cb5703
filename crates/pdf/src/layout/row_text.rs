//! The text of a row: words with single spaces, and how raised characters are written.

use super::atom::{Atom, Level};
use super::right_to_left::{is_right_to_left, reading_order};
use sanad_document::text::chars::{is_letter, is_letter_or_digit};
use sanad_document::text::normalize::superscript;

/// Placed after a note reference, so that the next word gets a space before it. Never part of a finished text.
const AFTER_REFERENCE: char = '\u{200B}';

/// The text of atoms in reading order.
pub(super) fn text(atoms: &[Atom<'_>]) -> String {
    if is_right_to_left(atoms) {
        return reading_order(atoms);
    }
    let mut out = String::with_capacity(2 * atoms.len());
    for run in atoms.chunk_by(|a, b| a.level == b.level) {
        let level = run.first().map_or(Level::Base, |a| a.level);
        if level == Level::Raised {
            push_raised(&mut out, run);
            continue;
        }
        let after_reference = out.ends_with(AFTER_REFERENCE);
        if after_reference {
            out.pop();
        }
        for (i, atom) in run.iter().enumerate() {
            let is_word = || atom.text.first().is_some_and(is_letter_or_digit);
            if !out.is_empty() && (atom.has_space || (i == 0 && after_reference && is_word())) {
                out.push(' ');
            }
            atom.text.push_to(&mut out);
        }
    }
    if out.ends_with(AFTER_REFERENCE) {
        out.pop();
    }
    out
}

/// Writes raised atoms: exponents as superscripts, note references with spaces around them, raised letters as they are.
fn push_raised(out: &mut String, run: &[Atom<'_>]) {
    let mut raised = String::new();
    for atom in run {
        if atom.has_space && !raised.is_empty() {
            raised.push(' ');
        }
        atom.text.push_to(&mut raised);
    }
    let is_apart = run.first().is_some_and(|a| a.has_space);
    let is_reference = raised
        .chars()
        .all(|c| c.is_ascii_digit() || matches!(c, '*' | '†' | '‡' | '§' | ',' | ' ' | ')' | '(' | '[' | ']'));
    if !is_reference {
        if is_apart && !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&raised);
        return;
    }
    if !is_apart && takes_exponent(out) && raised.chars().all(|c| c.is_ascii_digit()) {
        out.extend(raised.chars().map(superscript));
        return;
    }
    if !out.is_empty() {
        out.push(' ');
    }
    out.push_str(&raised);
    out.push(AFTER_REFERENCE);
}

/// Returns true if a raised number after this text is an exponent: after a digit, or after a unit of one or two
/// letters.
fn takes_exponent(text: &str) -> bool {
    let word: String = text.chars().rev().take_while(|c| !c.is_whitespace() && !matches!(c, '(' | '/')).collect();
    let letters = word.chars().filter(|c| is_letter(*c)).count();
    match word.chars().next() {
        Some(c) if c.is_ascii_digit() => letters == 0,
        Some(c) if is_letter(c) => letters <= 2 && word.chars().count() == letters,
        _ => false,
    }
}
