//! Letters: the script of each, and the folded form the models read.
//!
//! The folding is the same as in `train/language/features.py`: letters of the three modelled scripts in lower case,
//! every apostrophe as one sign, everything else a space. It doesn't normalise; callers hand over NFC.

/// Scripts with more than one language in the n-gram model, in the order of [`SCRIPTS`].
pub(crate) const MODELLED: [&str; 3] = ["Cyrl", "Latn", "Arab"];

/// Ranges of code points by script (ISO 15924), sorted. Coarse on purpose: what no record will be written in is left out.
const SCRIPTS: [(u32, u32, &str); 53] = [
    (0x41, 0x5A, "Latn"),
    (0x61, 0x7A, "Latn"),
    (0xAA, 0xAA, "Latn"),
    (0xBA, 0xBA, "Latn"),
    (0xC0, 0xD6, "Latn"),
    (0xD8, 0xF6, "Latn"),
    (0xF8, 0x24F, "Latn"),
    (0x259, 0x259, "Latn"), // ə, whose capital stands among the others
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

/// The script of a letter; `None` for everything that isn't a letter of a known script.
#[must_use]
pub(crate) fn script(c: char) -> Option<&'static str> {
    let code = u32::from(c);
    match code {
        0x4E00..=0x9FFF => return Some("Hani"),
        0xAC00..=0xD7A3 => return Some("Hang"),
        0x3041..=0x30FF => return Some("Kana"),
        0x2000..=0x3040 | 0xFF00..=0xFFFF => return None,
        _ => {}
    }
    let after = SCRIPTS.partition_point(|&(first, _, _)| first <= code);
    let (_, last, name) = SCRIPTS.get(after.checked_sub(1)?)?;
    (code <= *last).then_some(*name)
}

/// A folded letter of a modelled script with the index of its script in [`MODELLED`]; `None` for all else.
#[inline]
#[must_use]
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

fn lower(c: char) -> u32 {
    c.to_lowercase().next().map_or(u32::from(c), u32::from)
}

/// Signs written for an apostrophe.
#[inline]
#[must_use]
pub(crate) fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | 'ʼ' | 'ʻ' | '‘' | '`' | 'ʹ' | '´')
}

#[cfg(test)]
mod tests {
    use super::{fold, script};

    #[test]
    fn the_ranges_are_sorted_and_apart() {
        assert!(super::SCRIPTS.windows(2).all(|w| w[0].1 < w[1].0));
    }

    #[test]
    fn tajik_letters_fold_to_lower_case_cyrillic() {
        assert_eq!(fold('Ҷ'), Some((u32::from('ҷ'), 0)));
        assert_eq!(fold('Ё'), Some((u32::from('ё'), 0)));
        assert_eq!(script('ӣ'), Some("Cyrl"));
        assert_eq!(script('×'), None);
    }
}
