//! Mojibake: UTF-8 that was read as windows-1251 or windows-1252 (or Latin-1) and saved again, once or more.
//!
//! A run of characters outside ASCII is turned back to the bytes it was read from; when those are UTF-8 as a whole and
//! the result surprises less than what stood there, it was mojibake. Right text practically never forms such runs:
//! each lead byte would need the right number of signs of the code page's upper quarter after it. The idea is ftfy's
//! (Speer 2019), the test is our own. Other encodings read wrongly and lost bytes aren't undone here.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use memchr::memmem;

use sanad_language::{bigrams, legacy_font_to_tajik};

/// Times a text may have been misread; each pass undoes one.
const PASSES: usize = 3;
/// Nats by which the undone word must be better: a chance of one in twenty thousand.
const MARGIN: f32 = 10.0;

/// The same for a run of one or two characters: no word is a capital and a sign.
const MARGIN_SHORT: f32 = 3.0;

/// Places that look misread and are tried before a text counts as clean.
const TRIED: usize = 2000;
/// Characters of a run to each side of a place that are tried.
const RUN: usize = 200;

/// The code page a text was misread with.
#[derive(Clone, Copy, PartialEq)]
enum Page {
    Cyrillic,
    Western,
}

/// The text with its mojibake undone and the number of places, or `None` when there was none.
pub(crate) fn undo(text: &str) -> Option<(String, u32)> {
    let mut current: Option<(String, u32)> = None;
    for _ in 0..PASSES {
        let now = current.as_ref().map_or(text, |(t, _)| t.as_str());
        if !is_suspect(now) {
            break;
        }
        let Some((next, count)) = [Page::Cyrillic, Page::Western]
            .into_iter()
            .filter_map(|page| pass(now, page))
            .max_by_key(|(_, count)| *count)
        else {
            break;
        };
        let before = current.as_ref().map_or(0, |(_, n)| *n);
        current = Some((next, before.max(count)));
    }
    current
}

/// Whether some place of a text is misread: places that look so, in UTF-8, are few in clean pages, and each is tried.
fn is_suspect(text: &str) -> bool {
    western_places(text.as_bytes()).take(TRIED).any(|at| is_misread(text, at, Page::Western))
        || cyrillic_places(text.as_bytes()).take(TRIED).any(|at| is_misread(text, at, Page::Cyrillic))
}

/// Â to ß, read from the lead bytes 0xC2 to 0xDF, before one sign of U+0080 to U+00BF or of windows-1252's upper
/// quarter; or à to ÷, from longer characters, before two.
fn western_places(bytes: &[u8]) -> impl Iterator<Item = usize> + '_ {
    let sign = |at: usize| matches!(bytes.get(at), Some(0xC2 | 0xC5 | 0xC6 | 0xCB | 0xE2));
    memchr::memchr_iter(0xC3, bytes).filter(move |&at| match bytes.get(at + 1) {
        Some(0x82..=0x9F) => sign(at + 2),
        Some(0xA0..=0xB7) => sign(at + 2) && (bytes.get(at + 2) == Some(&0xE2) || sign(at + 4)),
        _ => false,
    })
}

/// A sign of Latin-1 or punctuation right after a Cyrillic capital or a letter no word has before it: what nearly every
/// misread word holds. And Г before a letter that no word has after it: accented Latin letters.
fn cyrillic_places(bytes: &[u8]) -> impl Iterator<Item = usize> + '_ {
    let signs = memchr::memchr2_iter(0xC2, 0xE2, bytes).filter_map(|at| {
        let from = at.checked_sub(2)?;
        let &[first, second] = bytes.get(from..at)? else { return None };
        let is = match first {
            0xD0 => second < 0xB0 || (second == 0xB2 && bytes.get(at..at + 3) == Some(b"\xE2\x80\x9E")),
            0xD1 => (0x90..=0x9F).contains(&second) && second != 0x91,
            _ => false,
        };
        is.then_some(from)
    });
    let accents = memmem::find_iter(bytes, "Г").filter(|at| match (bytes.get(at + 2), bytes.get(at + 3)) {
        (Some(0xD0), Some(second)) => *second < 0x90 && *second != 0x81,
        (Some(0xD1), Some(second)) => (0x92..=0x9F).contains(second),
        (Some(0xD2), Some(second)) => *second < 0x92,
        _ => false,
    });
    signs.chain(accents)
}

/// Whether the run around a place would be changed.
fn is_misread(text: &str, at: usize, page: Page) -> bool {
    let Some((before, after)) = text.split_at_checked(at) else {
        return false;
    };
    let is_in = |c: &char| byte_of(*c, page).is_some();
    let left: usize = before.chars().rev().take_while(is_in).take(RUN).map(char::len_utf8).sum();
    let right: usize = after.chars().take_while(is_in).take(RUN).map(char::len_utf8).sum();
    let Some(run) = text.get(at - left..at + right) else {
        return false;
    };
    let clean = before.get(..at - left).unwrap_or_default();
    let rest = after.get(right..).unwrap_or_default();
    turn_back(run, page, near(clean, rest)).is_some_and(|(_, better)| better > margin(run))
        || spots(run, page, &mut String::new()) > 0
}

/// One pass: every run of misread characters turned back. Where most runs of a text were misread, the rest of those
/// that can be turned back were too.
fn pass(text: &str, page: Page) -> Option<(String, u32)> {
    let stretches = stretches(text, page);
    let sure = |s: &&Stretch<'_>| s.back.as_ref().is_some_and(|(_, better)| *better > margin(s.seen));
    let can = stretches.iter().filter(|s| s.back.is_some()).count();
    let agreed = stretches.iter().filter(sure).count();
    let right =
        stretches.iter().filter(|s| s.back.is_none() && s.seen.chars().filter(|c| !c.is_ascii()).count() > 1).count();
    let whole = agreed * 2 >= can && agreed > right;
    let mut out = String::with_capacity(text.len());
    let mut count = 0u32;
    for stretch in &stretches {
        match &stretch.back {
            Some((fixed, better)) if whole || *better > margin(stretch.seen) => {
                out.push_str(fixed);
                count += 1;
            }
            _ => count += spots(stretch.seen, page, &mut out),
        }
    }
    (count > 0).then_some((out, count))
}

/// A stretch of a text: what it was, and what it would be turned back.
struct Stretch<'a> {
    seen: &'a str,
    /// Text it may have been misread from, and by how many nats that is better.
    back: Option<(String, f32)>,
}

/// Cuts a text into runs of characters that a code page reads from bytes of 0x80 and above, and what stands between.
fn stretches(text: &str, page: Page) -> Vec<Stretch<'_>> {
    let mut out = Vec::new();
    let mut rest = text;
    // each turn takes one run and what stands before it
    while let Some(start) = rest.find(|c: char| byte_of(c, page).is_some()) {
        let (clean, tail) = rest.split_at_checked(start).unwrap_or((rest, ""));
        let end = tail.find(|c: char| byte_of(c, page).is_none()).unwrap_or(tail.len());
        let (run, after) = tail.split_at_checked(end).unwrap_or((tail, ""));
        out.push(Stretch { seen: clean, back: None });
        out.push(Stretch { seen: run, back: turn_back(run, page, near(clean, after)) });
        rest = after;
    }
    out.push(Stretch { seen: rest, back: None });
    out
}

/// The ASCII letters a run stands between: they are part of its word.
fn near<'a>(before: &'a str, after: &'a str) -> (&'a str, &'a str) {
    let first = before.rfind(|c: char| !c.is_ascii_alphabetic()).map_or(0, |i| i + 1);
    let last = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
    // only ASCII stands at the cuts; `split_at_checked` says so again
    (before.split_at_checked(first).map_or("", |p| p.1), after.split_at_checked(last).map_or("", |p| p.0))
}

/// The whole run as the bytes it was, read as UTF-8, and by how many nats that is the better text.
fn turn_back(run: &str, page: Page, near: (&str, &str)) -> Option<(String, f32)> {
    let bytes: Vec<u8> = run.chars().filter_map(|c| byte_of(c, page)).collect();
    if bytes.len() < 2 {
        return None;
    }
    let fixed = String::from_utf8(bytes).ok()?;
    let weigh = |text: &str| bigrams::weigh([near.0, text, near.1].concat().split_ascii_whitespace()).nats;
    // letters of a Tajik font are right letters, and a few of their pairs look like UTF-8
    let better = weigh(run).min(weigh(&legacy_font_to_tajik(run))) - weigh(&fixed);
    Some((fixed, better))
}

/// Two letters that only misread lead bytes form are enough of themselves; the longer the run, the more is asked.
fn margin(run: &str) -> f32 {
    if run.chars().count() <= 3 { MARGIN_SHORT } else { MARGIN }
}

/// In a run that is right as a whole: misread quotes, dashes and number signs, each on its own.
fn spots(run: &str, page: Page, out: &mut String) -> u32 {
    let (mut count, mut from) = (0, 0);
    let quotes = page == Page::Cyrillic && run.contains("В«") && run.contains("В»");
    for hit in MISREAD.iter().flat_map(|misread| misread.find_iter(run)) {
        let spot = SPOTS.get(hit.pattern().as_usize()).filter(|(_, seen)| quotes || !matches!(*seen, "В«" | "В»"));
        if let Some((sign, _)) = spot {
            out.push_str(run.get(from..hit.start()).unwrap_or_default());
            out.push(*sign);
            from = hit.end();
            count += 1;
        }
    }
    out.push_str(run.get(from..).unwrap_or_default());
    count
}

static MISREAD: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| AhoCorasick::new(SPOTS.map(|(_, seen)| seen)).ok());

/// Signs and what they look like misread, by windows-1251 and by windows-1252: В, в or â first.
const SPOTS: [(char, &str); 20] = [
    ('«', "В«"),
    ('»', "В»"),
    ('—', "вЂ”"),
    ('–', "вЂ“"),
    ('“', "вЂњ"),
    ('”', "вЂќ"),
    ('„', "вЂћ"),
    ('’', "вЂ™"),
    ('‘', "вЂ\u{2018}"),
    ('…', "вЂ¦"),
    ('•', "вЂў"),
    ('№', "в„–"),
    ('—', "â€”"),
    ('–', "â€“"),
    ('“', "â€œ"),
    ('”', "â€\u{9D}"),
    ('’', "â€™"),
    ('‘', "â€˜"),
    ('…', "â€¦"),
    ('№', "â„–"),
];

/// The byte of 0x80 and above that a code page reads as this character.
fn byte_of(c: char, page: Page) -> Option<u8> {
    let code = u32::from(c);
    if code < 0x80 {
        return None;
    }
    let index = usize::try_from(code).ok()?;
    let table = match page {
        Page::Cyrillic if code == 0xFFFD => return Some(0x98), // the one byte without a meaning
        Page::Cyrillic => &BYTES.0,
        Page::Western => &BYTES.1,
    };
    table.get(index).copied().filter(|b| *b > 0)
}

/// Byte of each code point under [`HIGHEST`], for windows-1251 and windows-1252; 0 where there is none.
static BYTES: LazyLock<(Vec<u8>, Vec<u8>)> = LazyLock::new(|| {
    let mut cyrillic = vec![0; HIGHEST];
    let mut western = vec![0; HIGHEST];
    let latin = (0x80..=0xFF).filter_map(char::from_u32).zip(0x80..=0xFF);
    let letters = ('А'..='я').zip(0xC0..=0xFF);
    fill(&mut western, latin);
    fill(&mut western, WESTERN.into_iter().zip(0x80..=0xFF));
    fill(&mut cyrillic, CYRILLIC.into_iter().zip(0x80..=0xFF).chain(letters));
    (cyrillic, western)
});

/// The euro and trade mark signs are the highest of the code pages.
const HIGHEST: usize = 0x2200;

fn fill(table: &mut [u8], pairs: impl Iterator<Item = (char, u8)>) {
    for (c, byte) in pairs {
        if let Some(slot) = usize::try_from(u32::from(c)).ok().and_then(|i| table.get_mut(i)) {
            *slot = byte;
        }
    }
}

/// windows-1252 from 0x80 to 0x9F; bytes without a meaning stand as the control characters browsers give.
const WESTERN: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8D}', 'Ž', '\u{8F}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9D}', 'ž', 'Ÿ',
];

/// windows-1251 from 0x80 to 0xBF.
const CYRILLIC: [char; 64] = [
    'Ђ', 'Ѓ', '‚', 'ѓ', '„', '…', '†', '‡', '€', '‰', 'Љ', '‹', 'Њ', 'Ќ', 'Ћ', 'Џ', 'ђ', '‘', '’', '“', '”', '•', '–',
    '—', '\u{98}', '™', 'љ', '›', 'њ', 'ќ', 'ћ', 'џ', '\u{A0}', 'Ў', 'ў', 'Ј', '¤', 'Ґ', '¦', '§', 'Ё', '©', 'Є', '«',
    '¬', '\u{AD}', '®', 'Ї', '°', '±', 'І', 'і', 'ґ', 'µ', '¶', '·', 'ё', '№', 'є', '»', 'ј', 'Ѕ', 'ѕ', 'ї',
];

#[cfg(test)]
mod tests {
    use super::{CYRILLIC, WESTERN, undo};

    fn misread(text: &str, upper: &dyn Fn(u8) -> char) -> String {
        text.bytes().map(|b| if b < 0x80 { char::from(b) } else { upper(b) }).collect()
    }

    fn western(b: u8) -> char {
        if b < 0xA0 { WESTERN[usize::from(b) - 0x80] } else { char::from(b) }
    }

    fn cyrillic(b: u8) -> char {
        if b < 0xC0 { CYRILLIC[usize::from(b) - 0x80] } else { char::from_u32(u32::from(b) - 0xC0 + 0x410).unwrap() }
    }

    #[test]
    fn whole_texts_are_turned_back_once_or_twice_misread() {
        let right = "Президенти Ҷумҳурии Тоҷикистон «Рушди миллӣ» — №5";
        for upper in [&western as &dyn Fn(u8) -> char, &cyrillic] {
            let once = misread(right, upper);
            assert_eq!(undo(&once).unwrap().0, right);
            assert_eq!(undo(&misread(&once, upper)).unwrap().0, right);
        }
    }

    #[test]
    fn a_spot_in_a_right_text_is_mended_alone() {
        let text = format!("Вазорат иттилоъ дод, ки {} баргузор шуд", misread("ҷаласаи навбатӣ", &cyrillic));
        assert_eq!(undo(&text).unwrap().0, "Вазорат иттилоъ дод, ки ҷаласаи навбатӣ баргузор шуд");
        assert_eq!(undo("It’s a cafÃ© â€“ fine").unwrap().0, "It’s a café – fine");
    }

    #[test]
    fn right_text_is_left_alone() {
        for text in [
            "Российская Федерация и СССР: «Р» — это буква",
            "Ça alors ! Ã la carte, naïve façade, Ñandú, smørrebrød, São Tomé",
            "В «Ромашке» В 2020 г. — №5",
            "Україна, її мова й ґрунт. Њујорк",
        ] {
            assert_eq!(undo(text), None, "{text}");
        }
    }
}
