//! Detects the encoding of bytes when none is declared or the declared one can't be true.
//!
//! First it checks for UTF-8, tolerating a few bad bytes, and then for UTF-16 without a byte order mark, by its zero
//! and control bytes. Otherwise each candidate decodes the words that contain a byte of 0x80 and above, and the least
//! surprising reading wins, by the letter pairs of [`sanad_language`]. (An own method; compare the two-letter sequences
//! of Li & Momoi 2001.) Words without such bytes are the same in all candidates. `chardetng` is asked where we have no
//! letter pairs (Thai, Vietnamese, …).

use crate::charset::{Charset, KOI8_T, KZ_1048, PT154};
use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, Encoding, GB18030, IBM866, ISO_8859_2, ISO_8859_5, ISO_8859_7, KOI8_R, KOI8_U, SHIFT_JIS,
    UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252, WINDOWS_1253, WINDOWS_1254, WINDOWS_1255,
    WINDOWS_1256, WINDOWS_1257, X_MAC_CYRILLIC,
};
use sanad_language::{bigrams, legacy_font_to_tajik};

/// Bytes of words with a high byte that are weighed: after some hundreds the verdict no longer changes.
const MAX_SAMPLE: usize = 3000;
/// Bytes of the body that are searched for such words: some pages begin in English.
const MAX_SEARCHED: usize = 4 << 20;

/// Nats per character below which a text is plausible Chinese, Japanese or Korean (running text has 5 to 6.5).
const MAX_CJK_NATS: f32 = 8.0;
/// Nats in favour of UTF-8 for each well-formed character of several bytes, which arises by chance one time in ten.
const NATS_PER_UTF8_CHARACTER: f32 = 2.3;
/// Bytes before and after a high byte that are read as its surroundings.
const SURROUNDINGS: usize = 40;
/// Characters of surroundings that are needed to trust their language, and the confidence that it must exceed.
const MIN_SURROUNDINGS: usize = 12;
const MIN_CONFIDENCE: f32 = 0.7;
/// Nats against a Cyrillic or CJK reading of words amid text in a Latin language other than English.
const OUT_OF_PLACE: f32 = 10.0;
/// Nats per character from which no table explains a reading: that is noise in all of them.
const NOISE: f32 = 6.0;

/// A reading of the bytes and its cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    pub(crate) charset: Charset,
    /// Its surprise in nats, plus the prior of the encoding.
    pub(crate) nats: f32,
    /// Characters weighed.
    pub(crate) letters: u32,
}

/// Candidates with their priors: by how many nats each must be better. This is about how much rarer its pages are, and
/// breaks ties among encodings that read the same text alike.
const CANDIDATES: [(&Encoding, f32); 20] = [
    (WINDOWS_1251, 0.0),
    (WINDOWS_1252, 0.0),
    (KOI8_R, 1.0),
    (KOI8_U, 1.5),
    (IBM866, 1.5),
    (X_MAC_CYRILLIC, 2.0),
    (ISO_8859_5, 2.0),
    (WINDOWS_1250, 2.0),
    (WINDOWS_1254, 1.0),
    (WINDOWS_1256, 1.0),
    (WINDOWS_1257, 2.5),
    (WINDOWS_1253, 2.0),
    (WINDOWS_1255, 2.0),
    (ISO_8859_2, 2.5),
    (ISO_8859_7, 3.0),
    (GB18030, 1.0),
    (SHIFT_JIS, 1.0),
    (EUC_KR, 1.0),
    (BIG5, 2.0),
    (EUC_JP, 2.0),
];
/// The same for the encodings that `encoding_rs` lacks.
const OWN: [(Charset, f32); 3] = [(KOI8_T, 1.8), (PT154, 1.8), (KZ_1048, 1.6)];
/// The prior of windows-1251 set in a legacy Tajik font: rarer than plain windows-1251.
const TAJIK_FONT: f32 = 2.0;

/// Encodings of Latin letters.
static LATIN: [&Encoding; 5] = [WINDOWS_1250, WINDOWS_1252, WINDOWS_1254, WINDOWS_1257, ISO_8859_2];

/// How far bytes are UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Utf8 {
    /// Well-formed characters of several bytes.
    good: usize,
    /// Malformed sequences.
    bad: usize,
}

impl Utf8 {
    /// Counts over at most [`MAX_SEARCHED`] bytes.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let head = bytes.get(..MAX_SEARCHED).unwrap_or(bytes);
        let mut count = Self { good: 0, bad: 0 };
        for chunk in head.utf8_chunks() {
            count.good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
            count.bad += usize::from(!chunk.invalid().is_empty());
        }
        count
    }

    /// Returns true if the bytes are UTF-8, perhaps slightly damaged. In other encodings about one high byte in ten
    /// happens to form a well-formed character, so three good ones for each bad one never occur over more than a few
    /// words.
    pub(crate) fn is_likely(self) -> bool {
        self.good > 0 && (self.bad == 0 || self.good >= 3 * self.bad)
    }
}

/// Detects UTF-16 without a byte order mark, by control bytes, zero included, that no text in single bytes has.
pub(crate) fn utf16(bytes: &[u8]) -> Option<Charset> {
    let head = bytes.get(..MAX_SAMPLE).unwrap_or(bytes);
    if head.len() < 2 {
        return None;
    }
    let controls = head.iter().filter(|byte| matches!(byte, 0..=0x08 | 0x0E..=0x1A)).count();
    // one in 20 bytes: plain text has none, UTF-16 of an alphabet has one for each letter and space
    if controls * 20 < head.len() {
        return utf16_of_cjk(head);
    }
    let [little, big] = [UTF_16LE, UTF_16BE].map(|e| nats_of(&Charset::Web(e).decode(head)));
    Some(Charset::Web(if little <= big { UTF_16LE } else { UTF_16BE }))
}

/// Detects Chinese, Japanese or Korean in UTF-16, which has few zero bytes: by the absence of spaces, and by its cost.
fn utf16_of_cjk(head: &[u8]) -> Option<Charset> {
    let spaces = head.iter().filter(|b| b.is_ascii_whitespace()).count();
    if head.len() % 2 == 1 || spaces * 40 > head.len() || (!head.is_ascii() && simdutf8::basic::from_utf8(head).is_ok())
    {
        return None;
    }
    [UTF_16LE, UTF_16BE].into_iter().map(Charset::Web).find(|charset| {
        let text = charset.decode(head);
        let is_cjk =
            |c: &char| matches!(u32::from(*c), 0x3001..=0x30FF | 0x4E00..=0x9FFF | 0xAC00..=0xD7A3 | 0xFF01..=0xFF5E);
        let cjk = text.chars().filter(is_cjk).count();
        let all = text.chars().count();
        let nats = nats_of(&text);
        #[allow(clippy::cast_precision_loss, reason = "at most a few thousand characters")]
        let is_common = nats < MAX_CJK_NATS * all as f32; // ASCII read as UTF-16 has ideographs too, but rare ones
        let best = candidates(head).into_iter().next();
        cjk * 10 >= all * 9 && is_common && best.is_none_or(|b| nats < b.nats)
    })
}

fn nats_of(text: &str) -> f32 {
    bigrams::weigh(text.split_ascii_whitespace()).nats
}

/// Returns all readings of the words with a high byte, the best first.
pub(crate) fn candidates(bytes: &[u8]) -> Vec<Reading> {
    let sample = sample(bytes);
    if sample.is_empty() {
        return Vec::new();
    }
    let web = CANDIDATES.iter().map(|&(e, prior)| (Charset::Web(e), prior));
    let amid_latin = is_amid_latin(bytes);
    let mut readings: Vec<Reading> = web
        .chain(OWN)
        .map(|(charset, prior)| read(&sample, charset, prior + out_of_place(charset, amid_latin)))
        .collect();
    let font = read_in_tajik_font(&sample);
    if let Some(plain) = readings.first_mut()
        && font.nats < plain.nats
    {
        *plain = font;
    }
    let good = Utf8::of(bytes).good;
    if good > 0 {
        #[allow(
            clippy::cast_precision_loss,
            reason = "the first few matter: where there are more, UTF-8 has won before"
        )]
        let prior = -NATS_PER_UTF8_CHARACTER * good.min(100) as f32;
        readings.push(read(&sample, Charset::Web(UTF_8), prior));
    }
    if let Some(guess) = guess_of_chardetng(bytes, &readings) {
        readings.push(guess);
    }
    readings.sort_by(|a, b| a.nats.total_cmp(&b.nats));
    readings
}

/// Returns true if the words around those with a high byte are in a Latin language other than English, which occurs on
/// pages in any language.
fn is_amid_latin(bytes: &[u8]) -> bool {
    let mut around = String::new();
    let mut at = 0;
    // each iteration passes one high byte and its surroundings, until there is enough
    while let Some(high) = next_high_byte(bytes, at) {
        let before = bytes.get(high.saturating_sub(SURROUNDINGS).max(at)..high).unwrap_or_default();
        let before = before.rsplit(|b| *b == b'>').next().unwrap_or_default();
        let after = bytes.get(high..(high + SURROUNDINGS).min(bytes.len())).unwrap_or_default();
        let after = after.split(|b| *b == b'<').next().unwrap_or_default();
        for word in before.split(u8::is_ascii_whitespace).chain(after.split(u8::is_ascii_whitespace)) {
            if let Ok(word) = std::str::from_utf8(word)
                && word.is_ascii()
            {
                around.push_str(word);
                around.push(' ');
            }
        }
        at = high + after.len().max(1);
        if around.len() > MAX_SAMPLE / 4 {
            break;
        }
    }
    let tongue = sanad_language::identify(&around);
    let is_latin = tongue.code != "eng" && tongue.code != "und" && tongue.confidence > MIN_CONFIDENCE;
    is_latin && around.len() >= MIN_SURROUNDINGS
}

/// Returns the place of the next byte of 0x80 and above, within [`MAX_SEARCHED`].
fn next_high_byte(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..MAX_SEARCHED.min(bytes.len()))?;
    rest.iter().position(|b| !b.is_ascii()).map(|at| from + at)
}

/// Returns the penalty of a reading in other letters than those around it.
fn out_of_place(charset: Charset, amid_latin: bool) -> f32 {
    if amid_latin && !LATIN.iter().any(|l| Charset::Web(l) == charset) { OUT_OF_PLACE } else { 0.0 }
}

/// Returns the reading of the same words in a declared encoding, without a prior.
pub(crate) fn read_as(bytes: &[u8], charset: Charset) -> Reading {
    let sample = sample(bytes);
    let plain = read(&sample, charset, out_of_place(charset, is_amid_latin(bytes)));
    if charset == Charset::Web(WINDOWS_1251) {
        let font = read_in_tajik_font(&sample);
        if font.nats < plain.nats {
            return font;
        }
    }
    plain
}

fn read(sample: &[u8], charset: Charset, prior: f32) -> Reading {
    let text = charset.decode(sample);
    let cost = bigrams::weigh(text.split_ascii_whitespace());
    Reading { charset, nats: cost.nats + prior, letters: cost.letters }
}

/// Reads windows-1251 whose Tajik letters are those of a legacy font.
fn read_in_tajik_font(sample: &[u8]) -> Reading {
    let charset = Charset::Web(WINDOWS_1251);
    let text = legacy_font_to_tajik(&charset.decode(sample));
    let cost = bigrams::weigh(text.split_ascii_whitespace());
    Reading { charset, nats: cost.nats + TAJIK_FONT, letters: cost.letters }
}

/// Returns what `chardetng` guesses, if none of our readings explains the bytes.
fn guess_of_chardetng(bytes: &[u8], ours: &[Reading]) -> Option<Reading> {
    let best = ours.iter().min_by(|a, b| a.nats.total_cmp(&b.nats))?;
    #[allow(clippy::cast_precision_loss, reason = "a few thousand characters")]
    if best.nats < NOISE * best.letters as f32 {
        return None;
    }
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    detector.feed(bytes.get(..MAX_SEARCHED).unwrap_or(bytes), true);
    let guess = detector.guess(None, chardetng::Utf8Detection::Deny);
    (!CANDIDATES.iter().any(|(e, _)| *e == guess)).then_some(Reading {
        charset: Charset::Web(guess),
        nats: best.nats - 1.0,
        letters: best.letters,
    })
}

/// Returns the words that contain a high byte, separated by spaces. A word may contain ASCII, which is the second byte
/// of some characters in encodings of two bytes.
fn sample(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(MAX_SAMPLE + 64);
    let mut at = 0;
    // each iteration passes one word of at least one byte
    while let Some(high) = next_high_byte(bytes, at) {
        let start = bytes
            .get(at..high)
            .and_then(|w| w.iter().rposition(|b| !b.is_ascii_alphabetic()))
            .map_or(at, |i| at + i + 1);
        let end = bytes
            .get(high..)
            .and_then(|w| w.iter().position(|b| b.is_ascii() && !may_be_in_word(*b)))
            .map_or(bytes.len(), |i| high + i);
        out.extend_from_slice(bytes.get(start..end).unwrap_or_default());
        out.push(b' ');
        at = end.max(high + 1);
        if out.len() > MAX_SAMPLE {
            break;
        }
    }
    out
}

/// Returns true for ASCII that may be part of a word: letters, digits, and the signs that are second bytes in
/// `Shift_JIS`, Big5 and GB 18030.
fn may_be_in_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"@[\\]^_`{|}~".contains(&byte)
}
