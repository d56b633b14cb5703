//! The script of each letter, and the folded form that the models read.
//!
//! Folding is the same as in `train/language/features.py`: letters of the three modelled scripts become lower case,
//! every apostrophe one sign, everything else a space. It doesn't normalize; callers pass NFC.

use sanad_document::text::chars::{self, count_letters};
use std::sync::LazyLock;

/// Scripts with several languages in the n-gram model. A script's index is its group.
pub(crate) const MODELLED: [&str; 3] = ["Cyrl", "Latn", "Arab"];

/// Ranges of code points by script (ISO 15924), sorted. Deliberately coarse: scripts that no record will be in are left
/// out.
const SCRIPTS: [(u32, u32, &str); 53] = [
    (0x41, 0x5A, "Latn"),
    (0x61, 0x7A, "Latn"),
    (0xAA, 0xAA, "Latn"),
    (0xBA, 0xBA, "Latn"),
    (0xC0, 0xD6, "Latn"),
    (0xD8, 0xF6, "Latn"),
    (0xF8, 0x24F, "Latn"),
    (0x259, 0x259, "Latn"), // ə; its capital is in the range before
    (0x370, 0x373, "Grek"),
    (0x386, 0x3FF, "Grek"),
    (0x400, 0x481, "Cyrl"),
    (0x48A, 0x52F, "Cyrl"),
    (0x531, 0x588, "Armn"),
    (0x5D0, 0x5F2, "Hebr"),
    (0x620, 0x64A, "Arab"),
    (0x66E, 0x6D3, "Arab"),
    (0x6D5, 0x6D5, "Arab"),
    (0x6EE, 0x6EF, "Arab"),
    (0x6FA, 0x6FF, "Arab"),
    (0x710, 0x74F, "Syrc"),
    (0x750, 0x77F, "Arab"),
    (0x780, 0x7A5, "Thaa"),
    (0x8A0, 0x8FF, "Arab"),
    (0x904, 0x939, "Deva"),
    (0x958, 0x97F, "Deva"),
    (0x985, 0x9FC, "Beng"),
    (0xA05, 0xA76, "Guru"),
    (0xA85, 0xAF9, "Gujr"),
    (0xB05, 0xB77, "Orya"),
    (0xB83, 0xBD0, "Taml"),
    (0xC05, 0xC61, "Telu"),
    (0xC85, 0xCF2, "Knda"),
    (0xD05, 0xD7F, "Mlym"),
    (0xD85, 0xDF3, "Sinh"),
    (0xE01, 0xE4E, "Thai"),
    (0xE81, 0xEDF, "Laoo"),
    (0xF40, 0xFBC, "Tibt"),
    (0x1000, 0x109F, "Mymr"),
    (0x10A0, 0x10FF, "Geor"),
    (0x1100, 0x11FF, "Hang"),
    (0x1200, 0x139F, "Ethi"),
    (0x1780, 0x17D3, "Khmr"),
    (0x1820, 0x18AA, "Mong"),
    (0x1C90, 0x1CBF, "Geor"),
    (0x1E00, 0x1EFF, "Latn"),
    (0x1F00, 0x1FFF, "Grek"),
    (0x3041, 0x30FF, "Kana"),
    (0x3400, 0x4DBF, "Hani"),
    (0x4E00, 0x9FFF, "Hani"),
    (0xAC00, 0xD7A3, "Hang"),
    (0xF900, 0xFAFF, "Hani"),
    (0xFB50, 0xFEFC, "Arab"),
    (0x20000, 0x323AF, "Hani"),
];

/// Returns the script of a letter, or `None` for anything else.
fn script(c: char) -> Option<&'static str> {
    let code = u32::from(c);
    match code {
        0x4E00..=0x9FFF => return Some("Hani"),
        0xAC00..=0xD7A3 => return Some("Hang"),
        0x3041..=0x30FF => return Some("Kana"),
        0x2000..=0x3040 => return None,
        _ => {}
    }
    let after = SCRIPTS.partition_point(|&(first, _, _)| first <= code);
    let (_, last, name) = SCRIPTS.get(after.checked_sub(1)?)?;
    (code <= *last).then_some(*name)
}

/// Returns a letter of a modelled script folded, and its group, or `None` for anything else.
#[inline]
pub(crate) fn fold(c: char) -> Option<(u32, usize)> {
    let code = u32::from(c);
    match code {
        0x61..=0x7A => Some((code, 1)),
        0x41..=0x5A => Some((code + 32, 1)),
        0x430..=0x45F => Some((code, 0)),
        0xC0..=0xD6 | 0xD8..=0xF6 | 0xF8..=0x24F | 0x259 | 0x1E00..=0x1EFF => Some((lower(c), 1)),
        0x400..=0x481 | 0x48A..=0x52F => Some((lower(c), 0)),
        0x620..=0x64A | 0x66E..=0x6D3 | 0x6D5 | 0x6EE | 0x6EF | 0x6FA..=0x6FF => Some((code, 2)),
        _ => None,
    }
}

/// What a character is to the models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A letter of a modelled script: its folded code point, which is below U+2000, and its group.
    Letter(u16, u8),
    /// A sign used as an apostrophe.
    Apostrophe,
    /// A letter of another script, by its number (see [`name`]).
    Other(u8),
    /// Anything else.
    Space,
}

/// Most scripts that [`SCRIPTS`] may have. A script's number is its index among the modelled ones, then the others by
/// name.
pub(crate) const MOST_SCRIPTS: usize = 40;

static KINDS: LazyLock<Tables> = LazyLock::new(Tables::new);

/// The kinds of all characters, as tables.
#[derive(Debug)]
pub(crate) struct Tables {
    names: Vec<&'static str>,
    /// The kinds of characters below U+2000, which include all modelled letters.
    kinds: Vec<Kind>,
    /// The number of the script plus one for characters below U+10000; 0 if there is none.
    scripts: Vec<u8>,
}

impl Tables {
    /// Returns the tables, built at the first call.
    pub(crate) fn get() -> &'static Self {
        &KINDS
    }

    fn new() -> Self {
        let mut others: Vec<&'static str> = SCRIPTS.iter().map(|s| s.2).filter(|s| !MODELLED.contains(s)).collect();
        others.sort_unstable();
        others.dedup();
        let names: Vec<&'static str> = MODELLED.into_iter().chain(others).collect();
        let mut scripts = vec![0u8; 0x10000];
        for (number, name) in (1u8..).zip(&names) {
            for (first, last, _) in SCRIPTS.iter().filter(|s| s.2 == *name) {
                if let Some(range) = scripts.get_mut(*first as usize..=*last as usize) {
                    range.fill(number);
                }
            }
        }
        let kind = |code: u32| {
            let c = char::from_u32(code)?;
            match fold(c) {
                Some((code, group)) => Some(Kind::Letter(u16::try_from(code).ok()?, u8::try_from(group).ok()?)),
                None if is_apostrophe(c) => Some(Kind::Apostrophe),
                None if c.is_ascii() => None,
                None => scripts.get(code as usize)?.checked_sub(1).map(Kind::Other),
            }
        };
        let kinds = (0..0x2000).map(|code| kind(code).unwrap_or(Kind::Space)).collect();
        Self { names, kinds, scripts }
    }

    /// Returns the kind of a character.
    #[inline]
    pub(crate) fn of(&self, c: char) -> Kind {
        match self.kinds.get(c as usize) {
            Some(kind) => *kind,
            None if is_apostrophe(c) => Kind::Apostrophe,
            None => self.beyond(c).map_or(Kind::Space, Kind::Other),
        }
    }

    /// Returns the script's number of a character from U+2000 on.
    fn beyond(&self, c: char) -> Option<u8> {
        match self.scripts.get(c as usize) {
            Some(number) => number.checked_sub(1),
            None => self.names.iter().position(|name| Some(*name) == script(c)).and_then(|n| u8::try_from(n).ok()),
        }
    }
}

/// Returns the name (ISO 15924) for a script's number.
pub(crate) fn name(script: usize) -> &'static str {
    KINDS.names.get(script).copied().unwrap_or("Zyyy")
}

/// Returns true if a folded code point is a letter of a modelled script. The folded letters of each are in a range of
/// their own.
#[inline]
pub(crate) fn is_in(code: u16, group: usize) -> bool {
    match group {
        0 => (0x400..0x530).contains(&code),
        1 => code > 0x60 && code < 0x400 || code >= 0x1E00,
        _ => (0x600..0x1E00).contains(&code),
    }
}

/// Returns the number of letters in a text.
#[allow(clippy::cast_precision_loss, reason = "only relative sizes matter")]
pub(crate) fn count(text: &str) -> f32 {
    count_letters(text) as f32
}

fn lower(c: char) -> u32 {
    chars::lower(c).into()
}

/// Returns true for signs used as an apostrophe.
#[inline]
fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | 'ʼ' | 'ʻ' | '‘' | '`' | 'ʹ' | '´')
}

#[cfg(test)]
mod tests {
    use super::{fold, script};

    #[test]
    fn the_ranges_are_sorted_and_disjoint() {
        assert!(super::SCRIPTS.windows(2).all(|w| w[0].1 < w[1].0));
    }

    #[test]
    fn a_folded_letter_determines_its_script() {
        for c in (0..0x2000).filter_map(char::from_u32) {
            if let super::Kind::Letter(code, group) = super::Tables::get().of(c) {
                assert!((0..3).all(|g| super::is_in(code, g) == (g == usize::from(group))), "{c}");
            }
        }
    }

    #[test]
    fn every_script_has_a_number() {
        assert!(super::KINDS.names.len() <= super::MOST_SCRIPTS);
        assert_eq!(super::name(0), "Cyrl");
        for (first, _, script) in super::SCRIPTS.iter().skip(8) {
            let kind = super::Tables::get().of(char::from_u32(*first).unwrap());
            match kind {
                super::Kind::Letter(_, group) => assert_eq!(super::MODELLED[usize::from(group)], *script),
                super::Kind::Other(number) => assert_eq!(super::name(usize::from(number)), *script),
                other => assert!(*script == "Arab", "{script} {other:?}"), // presentation forms aren't modelled
            }
        }
    }

    #[test]
    fn tajik_letters_fold_to_lower_case_cyrillic() {
        assert_eq!(fold('Ҷ'), Some((u32::from('ҷ'), 0)));
        assert_eq!(fold('Ё'), Some((u32::from('ё'), 0)));
        assert_eq!(script('ӣ'), Some("Cyrl"));
        assert_eq!(script('×'), None);
    }
}
