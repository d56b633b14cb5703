//! Replaces Latin look-alikes in words that are Cyrillic otherwise.

use crate::codes::TAJIK;
use crate::font_repair::{legacy_font_to_tajik, tajik_cost};
use crate::identify;
use crate::word_pieces::{has_pair, is_cyrillic, pieces};

/// Latin letters that look like a Cyrillic one.
const LOOKALIKES: [(char, char); 21] = [
    ('a', 'а'),
    ('A', 'А'),
    ('B', 'В'),
    ('c', 'с'),
    ('C', 'С'),
    ('e', 'е'),
    ('E', 'Е'),
    ('H', 'Н'),
    ('K', 'К'),
    ('k', 'к'),
    ('M', 'М'),
    ('m', 'м'),
    ('o', 'о'),
    ('O', 'О'),
    ('p', 'р'),
    ('P', 'Р'),
    ('T', 'Т'),
    ('x', 'х'),
    ('X', 'Х'),
    ('y', 'у'),
    ('Y', 'У'),
];

/// Nats by which a word may cost more with ҷ than with х if x is the only Latin letter of the text: there it nearly
/// always means ҷ.
const X_FOR_J: f32 = 8.0;

/// How the Latin letters of a text got into its Cyrillic words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keyboard {
    /// By a Tajik keyboard layout that produced a Latin x for ҷ, and nothing else.
    XForJ,
    /// As look-alikes: an x is a х.
    Mixed,
}

/// Replaces the Latin look-alikes of a text. Returns the text and the number of letters, or `None` if there are none,
/// or if the text is in a language whose texts aren't changed.
pub(crate) fn repair(text: &str) -> Option<(String, u32)> {
    if !has_mixed_word(text) {
        return None;
    }
    let keyboard = keyboard_of(text);
    let mut out = String::with_capacity(text.len());
    let mut count = 0;
    for piece in pieces(text) {
        match piece.is_word.then(|| cyrillic_only(piece.text, keyboard)).flatten() {
            Some((word, letters)) => {
                out.push_str(&word);
                count += letters;
            }
            None => out.push_str(piece.text),
        }
    }
    (count > 0 && !keeps_its_letters(&out)).then_some((out, count))
}

/// Returns true if a Latin letter is next to a Cyrillic one.
fn has_mixed_word(text: &str) -> bool {
    // the bytes of most texts rule it out
    let may_be_mixed =
        |a: u8, b: u8| (a.is_ascii_alphabetic() && !b.is_ascii()) || (!a.is_ascii() && b.is_ascii_alphabetic());
    if !has_pair(text, may_be_mixed) {
        return false;
    }
    let mut before = (false, false);
    text.chars().any(|c| {
        let now = (is_cyrillic(c), c.is_ascii_alphabetic());
        let is_mixed = (before.0 && now.1) || (before.1 && now.0);
        before = now;
        is_mixed
    })
}

/// Returns true if a text is in a language whose texts aren't changed, stray letters included.
fn keeps_its_letters(text: &str) -> bool {
    if identify::verdict(&legacy_font_to_tajik(text)).code == TAJIK {
        return false;
    }
    matches!(identify::verdict(text).code, "srp" | "mkd" | "ukr" | "bel" | "uzb")
}

/// Returns a mixed word in Cyrillic letters and the number of letters replaced, or `None` if it isn't mostly Cyrillic
/// or has a Latin letter without a look-alike.
fn cyrillic_only(word: &str, keyboard: Keyboard) -> Option<(String, u32)> {
    let cyrillic = word.chars().filter(|c| is_cyrillic(*c)).count();
    let latin = word.chars().filter(char::is_ascii_alphabetic).count();
    if latin == 0 || cyrillic < latin {
        return None;
    }
    let replace = |x: char| -> Option<String> {
        word.chars()
            .map(|c| match c {
                'x' => Some(x),
                'X' => x.to_uppercase().next(),
                _ if c.is_ascii_alphabetic() => LOOKALIKES.iter().find(|(l, _)| *l == c).map(|(_, m)| *m),
                _ => Some(c),
            })
            .collect()
    };
    let plain = replace('х')?;
    let count = u32::try_from(latin).unwrap_or(u32::MAX);
    if !word.contains(['x', 'X']) {
        return Some((plain, count));
    }
    let tajik = replace('ҷ')?;
    let allowance = match keyboard {
        Keyboard::XForJ => X_FOR_J,
        Keyboard::Mixed => 0.0,
    };
    let cost = |word: &str| tajik_cost(&legacy_font_to_tajik(word));
    if cost(&tajik) < cost(&plain) + allowance { Some((tajik, count)) } else { Some((plain, count)) }
}

/// Returns [`Keyboard::XForJ`] if x is the only Latin letter in Cyrillic words and the text is Tajik.
fn keyboard_of(text: &str) -> Keyboard {
    let mut mixed = pieces(text).into_iter().filter(|piece| {
        piece.is_word && piece.text.chars().any(is_cyrillic) && piece.text.chars().any(|c| c.is_ascii_alphabetic())
    });
    let all_x = mixed.all(|piece| piece.text.chars().filter(char::is_ascii_alphabetic).all(|c| matches!(c, 'x' | 'X')));
    let is_tajik = || identify::verdict(&legacy_font_to_tajik(text).replace('x', "х")).code == TAJIK;
    if all_x && is_tajik() { Keyboard::XForJ } else { Keyboard::Mixed }
}
