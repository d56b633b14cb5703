//! Undoes mojibake: UTF-8 that was read as windows-1251 or windows-1252 (or Latin-1) and saved again, once or more.
//!
//! A run of characters outside ASCII is turned back into the bytes it was read from. If these are valid UTF-8 as a
//! whole, and the result is less surprising than the run, it was mojibake. Correct text practically never forms such
//! runs: each lead byte would need the right number of signs from the code page's upper quarter after it. The idea is
//! that of ftfy (Speer 2019), the test is our own. Other misread encodings and lost bytes aren't undone here.

use aho_corasick::AhoCorasick;
use memchr::memmem;
use sanad_language::{bigrams, legacy_font_to_tajik};
use std::sync::LazyLock;

/// How often a text may have been misread; each pass undoes one time.
const MAX_PASSES: usize = 3;
/// Nats by which the undone run must be better: a chance of one in twenty thousand.
const MARGIN: f32 = 10.0;
/// The same for a short run, because no word consists of a capital and a sign.
const MARGIN_SHORT: f32 = 3.0;
/// Characters of a short run at most.
const SHORT: usize = 3;

/// Suspicious places of each kind that are tried before a text counts as clean.
const MAX_TRIED: usize = 2000;
/// Characters on each side of a place that are tried with it.
const MAX_AROUND: usize = 200;

/// The code page with which a text was misread.
#[derive(Clone, Copy, PartialEq)]
enum CodePage {
    /// windows-1251.
    Cyrillic,
    /// windows-1252.
    Western,
}

/// Returns the text with its mojibake undone, or `None` if there was none.
pub(crate) fn undo(text: &str) -> Option<String> {
    let mut undone: Option<String> = None;
    for _ in 0..MAX_PASSES {
        let current = undone.as_deref().unwrap_or(text);
        if !is_suspect(current) {
            break;
        }
        let passes = [CodePage::Cyrillic, CodePage::Western].into_iter().filter_map(|page| pass(current, page));
        let Some((next, _)) = passes.max_by_key(|(_, count)| *count) else { break };
        undone = Some(next);
    }
    undone
}

/// Returns true if some place of a text was misread. Clean pages have few places that look so, and each is tried.
fn is_suspect(text: &str) -> bool {
    western_places(text.as_bytes()).take(MAX_TRIED).any(|at| is_misread(text, at, CodePage::Western))
        || cyrillic_places(text.as_bytes()).take(MAX_TRIED).any(|at| is_misread(text, at, CodePage::Cyrillic))
}

/// Finds places that windows-1252 may have misread: Â to ß, from the lead bytes 0xC2 to 0xDF, before one sign of U+0080
/// to U+00BF or of the code page's upper quarter; or à to ÷, from the lead bytes of longer characters, before two.
fn western_places(bytes: &[u8]) -> impl Iterator<Item = usize> + '_ {
    let is_sign = |at: usize| matches!(bytes.get(at), Some(0xC2 | 0xC5 | 0xC6 | 0xCB | 0xE2));
    memchr::memchr_iter(0xC3, bytes).filter(move |&at| match bytes.get(at + 1) {
        Some(0x82..=0x9F) => is_sign(at + 2),
        Some(0xA0..=0xB7) => is_sign(at + 2) && (bytes.get(at + 2) == Some(&0xE2) || is_sign(at + 4)),
        _ => false,
    })
}

/// Finds places that windows-1251 may have misread: a sign of Latin-1 or punctuation right after a Cyrillic capital, or
/// after a letter that precedes it in no word. Nearly every misread word has one. And Г before a letter that follows it
/// in no word, for accented Latin letters.
fn cyrillic_places(bytes: &[u8]) -> impl Iterator<Item = usize> + '_ {
    let signs = memchr::memchr2_iter(0xC2, 0xE2, bytes).filter_map(|at| {
        let from = at.checked_sub(2)?;
        let &[first, second] = bytes.get(from..at)? else { return None };
        let is_place = match first {
            0xD0 => second < 0xB0 || (second == 0xB2 && bytes.get(at..at + 3) == Some(b"\xE2\x80\x9E")),
            0xD1 => (0x90..=0x9F).contains(&second) && second != 0x91,
            _ => false,
        };
        is_place.then_some(from)
    });
    let accents = memmem::find_iter(bytes, "Г").filter(|at| match (bytes.get(at + 2), bytes.get(at + 3)) {
        (Some(0xD0), Some(second)) => *second < 0x90 && *second != 0x81,
        (Some(0xD1), Some(second)) => (0x92..=0x9F).contains(second),
        (Some(0xD2), Some(second)) => *second < 0x92,
        _ => false,
    });
    signs.chain(accents)
}

/// Returns true if the run around a place would be changed.
fn is_misread(text: &str, at: usize, page: CodePage) -> bool {
    let Some((before, after)) = text.split_at_checked(at) else {
        return false;
    };
    let is_in_page = |c: &char| byte_of(*c, page).is_some();
    let left: usize = before.chars().rev().take_while(is_in_page).take(MAX_AROUND).map(char::len_utf8).sum();
    let right: usize = after.chars().take_while(is_in_page).take(MAX_AROUND).map(char::len_utf8).sum();
    let Some(run) = text.get(at - left..at + right) else {
        return false;
    };
    let before = before.get(..at - left).unwrap_or_default();
    let after = after.get(right..).unwrap_or_default();
    turn_back(run, page, &Beside::of(before, after)).is_some_and(|undone| undone.is_sure(run))
        || replace_signs(run, page, &mut String::new()) > 0
}

/// Undoes every misread run of a text once, and returns the number of places changed. If most runs were misread, the
/// others that can be turned back are too.
fn pass(text: &str, page: CodePage) -> Option<(String, u32)> {
    let runs = runs(text, page);
    let is_sure = |run: &&Run<'_>| run.undone.as_ref().is_some_and(|undone| undone.is_sure(run.text));
    let possible = runs.iter().filter(|run| run.undone.is_some()).count();
    let sure = runs.iter().filter(is_sure).count();
    let is_long = |run: &&Run<'_>| run.undone.is_none() && run.text.chars().filter(|c| !c.is_ascii()).count() > 1;
    let correct = runs.iter().filter(is_long).count();
    let is_whole_text = sure * 2 >= possible && sure > correct;
    let mut out = String::with_capacity(text.len());
    let mut count = 0u32;
    for run in &runs {
        match &run.undone {
            Some(undone) if is_whole_text || undone.is_sure(run.text) => {
                out.push_str(&undone.text);
                count += 1;
            }
            _ => count += replace_signs(run.text, page, &mut out),
        }
    }
    (count > 0).then_some((out, count))
}

/// A stretch of a text: a run of characters from bytes of 0x80 and above, or what is between two runs.
struct Run<'a> {
    text: &'a str,
    undone: Option<Undone>,
}

/// What a run may have been misread from.
struct Undone {
    text: String,
    /// Nats by which it is better than the run.
    gain: f32,
}

impl Undone {
    /// Returns true if it is clearly better than the run. A short run, two letters that only misread lead bytes form,
    /// needs less.
    fn is_sure(&self, run: &str) -> bool {
        self.gain > if run.chars().count() <= SHORT { MARGIN_SHORT } else { MARGIN }
    }
}

/// Cuts a text into runs of characters that a code page reads from bytes of 0x80 and above, and what is between them.
fn runs(text: &str, page: CodePage) -> Vec<Run<'_>> {
    let mut out = Vec::new();
    let mut rest = text;
    // each iteration takes one run and what precedes it
    while let Some(start) = rest.find(|c: char| byte_of(c, page).is_some()) {
        let (before, tail) = rest.split_at_checked(start).unwrap_or((rest, ""));
        let end = tail.find(|c: char| byte_of(c, page).is_none()).unwrap_or(tail.len());
        let (run, after) = tail.split_at_checked(end).unwrap_or((tail, ""));
        out.push(Run { text: before, undone: None });
        out.push(Run { text: run, undone: turn_back(run, page, &Beside::of(before, after)) });
        rest = after;
    }
    out.push(Run { text: rest, undone: None });
    out
}

/// The ASCII letters right beside a run: they belong to its word.
struct Beside<'a> {
    before: &'a str,
    after: &'a str,
}

impl<'a> Beside<'a> {
    fn of(before: &'a str, after: &'a str) -> Self {
        let first = before.rfind(|c: char| !c.is_ascii_alphabetic()).map_or(0, |i| i + 1);
        let last = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        // where the character before the cut isn't ASCII, `first` may be inside it: then nothing is taken
        let before = before.split_at_checked(first).map_or("", |(_, letters)| letters);
        let after = after.split_at_checked(last).map_or("", |(letters, _)| letters);
        Self { before, after }
    }
}

/// Turns a whole run back into bytes and reads them as UTF-8.
fn turn_back(run: &str, page: CodePage, beside: &Beside<'_>) -> Option<Undone> {
    let bytes: Vec<u8> = run.chars().filter_map(|c| byte_of(c, page)).collect();
    if bytes.len() < 2 {
        return None;
    }
    let text = String::from_utf8(bytes).ok()?;
    let nats = |text: &str| bigrams::weigh([beside.before, text, beside.after].concat().split_ascii_whitespace()).nats;
    // letters of a Tajik font are correct, though a few of their pairs look like UTF-8
    let gain = nats(run).min(nats(&legacy_font_to_tajik(run))) - nats(&text);
    Some(Undone { text, gain })
}

/// Appends a run that is correct as a whole, with its misread quotes, dashes and number signs replaced, and returns
/// their number.
fn replace_signs(run: &str, page: CodePage, out: &mut String) -> u32 {
    let (mut count, mut from) = (0, 0);
    let has_quotes = page == CodePage::Cyrillic && run.contains("В«") && run.contains("В»");
    for hit in MISREAD_SIGNS.iter().flat_map(|misread| misread.find_iter(run)) {
        let sign = SIGNS.get(hit.pattern().as_usize()).filter(|(_, seen)| has_quotes || !matches!(*seen, "В«" | "В»"));
        if let Some((sign, _)) = sign {
            out.push_str(run.get(from..hit.start()).unwrap_or_default());
            out.push(*sign);
            from = hit.end();
            count += 1;
        }
    }
    out.push_str(run.get(from..).unwrap_or_default());
    count
}

static MISREAD_SIGNS: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::new(SIGNS.map(|(_, seen)| seen)).ok());

/// Signs and what windows-1251 and windows-1252 misread them as, beginning with В, в or â.
const SIGNS: [(char, &str); 20] = [
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

/// Returns the byte of 0x80 and above that a code page reads as this character.
fn byte_of(c: char, page: CodePage) -> Option<u8> {
    let code = u32::from(c);
    if code < 0x80 {
        return None;
    }
    let index = usize::try_from(code).ok()?;
    let table = match page {
        CodePage::Cyrillic if code == 0xFFFD => return Some(0x98), // the one byte without a meaning
        CodePage::Cyrillic => &TABLES.cyrillic,
        CodePage::Western => &TABLES.western,
    };
    table.get(index).copied().filter(|b| *b > 0)
}

/// The byte of each code point below [`TABLE_SIZE`]; 0 if there is none.
struct Tables {
    cyrillic: Vec<u8>,
    western: Vec<u8>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let mut cyrillic = vec![0; TABLE_SIZE];
    let mut western = vec![0; TABLE_SIZE];
    let latin = (0x80..=0xFF).filter_map(char::from_u32).zip(0x80..=0xFF);
    let letters = ('А'..='я').zip(0xC0..=0xFF);
    fill(&mut western, latin);
    fill(&mut western, WESTERN.into_iter().zip(0x80..=0xFF));
    fill(&mut cyrillic, CYRILLIC.into_iter().zip(0x80..=0xFF).chain(letters));
    Tables { cyrillic, western }
});

/// Above the euro and trade mark signs, the highest of the code pages.
const TABLE_SIZE: usize = 0x2200;

fn fill(table: &mut [u8], pairs: impl Iterator<Item = (char, u8)>) {
    for (c, byte) in pairs {
        if let Some(slot) = usize::try_from(u32::from(c)).ok().and_then(|i| table.get_mut(i)) {
            *slot = byte;
        }
    }
}

/// windows-1252 from 0x80 to 0x9F. Bytes without a meaning are control characters, as in browsers.
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
    fn whole_texts_are_turned_back_even_if_misread_twice() {
        let right = "Президенти Ҷумҳурии Тоҷикистон «Рушди миллӣ» — №5";
        for upper in [&western as &dyn Fn(u8) -> char, &cyrillic] {
            let once = misread(right, upper);
            assert_eq!(undo(&once).unwrap(), right);
            assert_eq!(undo(&misread(&once, upper)).unwrap(), right);
        }
    }

    #[test]
    fn a_misread_place_in_a_correct_text_is_undone_alone() {
        let text = format!("Вазорат иттилоъ дод, ки {} баргузор шуд", misread("ҷаласаи навбатӣ", &cyrillic));
        assert_eq!(undo(&text).unwrap(), "Вазорат иттилоъ дод, ки ҷаласаи навбатӣ баргузор шуд");
        assert_eq!(undo("It’s a cafÃ© â€“ fine").unwrap(), "It’s a café – fine");
    }

    #[test]
    fn correct_text_is_unchanged() {
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
