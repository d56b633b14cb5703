//! Which encoding bytes are in, when nobody says or what is said can't be true.
//!
//! First whether they are UTF-8, where a few bad bytes are forgiven; then UTF-16 without its mark, by its zero and
//! control bytes; then each candidate reads the words that hold a byte of 0x80 and above, and the reading that
//! surprises least wins ([`sanad_language`]'s letter pairs; an own method: compare Li & Momoi 2001 for two-letter
//! sequences). Words without such bytes are the same in all candidates and say nothing. `chardetng` has a voice where we
//! have no letter pairs (Thai, Vietnamese, …).

use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, Encoding, GB18030, IBM866, ISO_8859_2, ISO_8859_5, ISO_8859_7, KOI8_R, KOI8_U, SHIFT_JIS,
    UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252, WINDOWS_1253, WINDOWS_1254, WINDOWS_1255,
    WINDOWS_1256, WINDOWS_1257, X_MAC_CYRILLIC,
};

use crate::charset::{Charset, KOI8_T, KZ_1048, PT154};
use sanad_language::{bigrams, legacy_font_to_tajik};

/// Bytes of words with a high byte that are weighed: the verdict doesn't change after some hundreds.
const WEIGHED: usize = 3000;
/// Bytes of such words up to which a longer text is searched: pages that begin in English.
const SEARCHED: usize = 4 << 20;

/// Nats a character of Chinese, Japanese or Korean text stays under on average (running text: 5 to 6.5).
const CHARACTER: f32 = 8.0;
/// Nats that the form of one character of several bytes speaks for UTF-8: by chance it is there once in ten times.
const BY_CHANCE: f32 = 2.3;
/// Bytes before and after a high byte that are read to see what it stands among.
const AROUND: usize = 40;
/// Nats for a Cyrillic or CJK reading of words in the middle of text in a Latin language other than English.
const OUT_OF_PLACE: f32 = 10.0;

/// A reading of the bytes and its cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    pub(crate) charset: Charset,
    /// Nats, the prior of rare encodings included.
    pub(crate) nats: f32,
    /// Characters weighed.
    pub(crate) letters: u32,
}

/// Candidates with what they must be better by, in nats: about how much rarer pages in them are, and an order among
/// those that read the same text alike.
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
/// The same for our own.
const OWN: [(Charset, f32); 3] = [(KOI8_T, 1.8), (PT154, 1.8), (KZ_1048, 1.6)];
/// Windows-1251 bytes set in a Tajik font read as Tajik: rarer than plain windows-1251.
const TAJIK_FONT: f32 = 2.0;

/// Whether bytes are UTF-8, with how many broken places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Utf8 {
    /// Characters of several bytes.
    pub(crate) good: usize,
    /// Places that break the rules.
    pub(crate) bad: usize,
}

impl Utf8 {
    /// Counts, over at most [`SEARCHED`] bytes.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let head = bytes.get(..SEARCHED).unwrap_or(bytes);
        let mut count = Self { good: 0, bad: 0 };
        for chunk in head.utf8_chunks() {
            count.good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
            count.bad += usize::from(!chunk.invalid().is_empty());
        }
        count
    }

    /// Whether it is UTF-8 all the same: other encodings hit the form of a character of several bytes by chance about
    /// once in ten high bytes, so three good for one bad never happens to them in more than a few words.
    pub(crate) fn is_likely(self) -> bool {
        self.good > 0 && (self.bad == 0 || self.good >= 3 * self.bad)
    }
}

/// UTF-16 without a byte order mark: zero bytes on one side, or control bytes that no text in one-byte letters has.
pub(crate) fn utf16(bytes: &[u8]) -> Option<Charset> {
    let head = bytes.get(..WEIGHED).unwrap_or(bytes);
    if head.len() < 2 {
        return None;
    }
    let controls = head.iter().filter(|byte| matches!(byte, 0..=0x08 | 0x0E..=0x1A)).count();
    // one in 20 bytes: plain text has none, UTF-16 of an alphabet one for each letter and space
    if controls * 20 < head.len() {
        return utf16_of_characters(head);
    }
    let [little, big] = [UTF_16LE, UTF_16BE].map(|e| cost_of(&whole(e, head)));
    Some(Charset::Web(if little <= big { UTF_16LE } else { UTF_16BE }))
}

/// Chinese, Japanese or Korean text in UTF-16 has few zero bytes: it is known by having no spaces, and by its own cost.
fn utf16_of_characters(head: &[u8]) -> Option<Charset> {
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
        let cost = cost_of(&text);
        #[allow(clippy::cast_precision_loss, reason = "at most a few thousand characters")]
        let common = cost < CHARACTER * all as f32; // ASCII read as UTF-16 gives ideographs too, but rare ones
        let best = candidates(head).into_iter().next();
        cjk * 10 >= all * 9 && common && best.is_none_or(|b| cost < b.nats)
    })
}

fn whole(encoding: &'static Encoding, bytes: &[u8]) -> String {
    Charset::Web(encoding).decode(bytes).into_owned()
}

fn cost_of(text: &str) -> f32 {
    bigrams::weigh(text.split_ascii_whitespace()).nats
}

/// All readings of the words that hold a high byte, the best first.
pub(crate) fn candidates(bytes: &[u8]) -> Vec<Reading> {
    let sample = sample(bytes);
    if sample.is_empty() {
        return Vec::new();
    }
    let web = CANDIDATES.iter().map(|&(e, prior)| (Charset::Web(e), prior));
    let latin = is_among_latin(bytes);
    let mut readings: Vec<Reading> =
        web.chain(OWN).map(|(charset, prior)| read(&sample, charset, prior + out_of_place(charset, latin))).collect();
    let font = read_font(&sample);
    if let Some(plain) = readings.first_mut()
        && font.nats < plain.nats
    {
        *plain = font;
    }
    let good = Utf8::of(bytes).good;
    if good > 0 {
        #[allow(clippy::cast_precision_loss, reason = "the first few count, more are decided before")]
        let form = BY_CHANCE * good.min(100) as f32;
        readings.push(read(&sample, Charset::Web(UTF_8), -form));
    }
    if let Some(voice) = outsider(bytes, &readings) {
        readings.push(voice);
    }
    readings.sort_by(|a, b| a.nats.total_cmp(&b.nats));
    readings
}

/// Encodings of Latin letters.
static LATIN: [&Encoding; 5] = [WINDOWS_1250, WINDOWS_1252, WINDOWS_1254, WINDOWS_1257, ISO_8859_2];

/// Whether the words that stand around those with a high byte are in a Latin language other than English, which
/// stands on pages of any.
fn is_among_latin(bytes: &[u8]) -> bool {
    let mut around = String::new();
    let mut at = 0;
    // each turn passes one high byte and what it stands among, until enough is gathered
    while let Some(high) =
        bytes.get(at..SEARCHED.min(bytes.len())).and_then(|rest| rest.iter().position(|b| !b.is_ascii()))
    {
        let place = at + high;
        let before = bytes.get(place.saturating_sub(AROUND).max(at)..place).unwrap_or_default();
        let before = before.rsplit(|b| *b == b'>').next().unwrap_or_default();
        let after = bytes.get(place..(place + AROUND).min(bytes.len())).unwrap_or_default();
        let after = after.split(|b| *b == b'<').next().unwrap_or_default();
        for word in before.split(u8::is_ascii_whitespace).chain(after.split(u8::is_ascii_whitespace)) {
            if let Ok(word) = std::str::from_utf8(word)
                && word.is_ascii()
            {
                around.push_str(word);
                around.push(' ');
            }
        }
        at = place + after.len().max(1);
        if around.len() > WEIGHED / 4 {
            break;
        }
    }
    let tongue = sanad_language::identify(&around);
    tongue.code != "eng" && tongue.code != "und" && tongue.confidence > 0.7 && around.len() >= 12
}

/// What a reading must be better by for the place the words stand in.
fn out_of_place(charset: Charset, latin: bool) -> f32 {
    if latin && !LATIN.iter().any(|l| Charset::Web(l) == charset) { OUT_OF_PLACE } else { 0.0 }
}

/// What a declared encoding makes of the same words.
pub(crate) fn declared(bytes: &[u8], charset: Charset) -> Reading {
    let sample = sample(bytes);
    let plain = read(&sample, charset, out_of_place(charset, is_among_latin(bytes)));
    if charset == Charset::Web(WINDOWS_1251) {
        let font = read_font(&sample);
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

fn read_font(sample: &[u8]) -> Reading {
    let charset = Charset::Web(WINDOWS_1251);
    let text = legacy_font_to_tajik(&charset.decode(sample));
    let cost = bigrams::weigh(text.split_ascii_whitespace());
    Reading { charset, nats: cost.nats + TAJIK_FONT, letters: cost.letters }
}

/// What `chardetng` says, where none of ours explains the bytes: over 6 nats a character is noise in all our tables.
fn outsider(bytes: &[u8], ours: &[Reading]) -> Option<Reading> {
    let best = ours.iter().min_by(|a, b| a.nats.total_cmp(&b.nats))?;
    #[allow(clippy::cast_precision_loss, reason = "a few thousand characters")]
    if best.nats < 6.0 * best.letters as f32 {
        return None;
    }
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    detector.feed(bytes.get(..SEARCHED).unwrap_or(bytes), true);
    let guess = detector.guess(None, chardetng::Utf8Detection::Deny);
    (!CANDIDATES.iter().any(|(e, _)| *e == guess)).then_some(Reading {
        charset: Charset::Web(guess),
        nats: best.nats - 1.0,
        letters: best.letters,
    })
}

/// The words that hold a high byte, a space between; two bytes of context in front for encodings of two bytes a
/// character, whose second byte may be ASCII, come with the word itself.
fn sample(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(WEIGHED + 64);
    let mut at = 0;
    // each turn passes one word of at least one byte, within SEARCHED
    while let Some(high) =
        bytes.get(at..SEARCHED.min(bytes.len())).and_then(|rest| rest.iter().position(|b| !b.is_ascii()))
    {
        let place = at + high;
        let start = bytes
            .get(at..place)
            .and_then(|w| w.iter().rposition(|b| !b.is_ascii_alphabetic()))
            .map_or(at, |i| at + i + 1);
        let end = bytes
            .get(place..)
            .and_then(|w| w.iter().position(|b| b.is_ascii() && !in_word(*b)))
            .map_or(bytes.len(), |i| place + i);
        out.extend_from_slice(bytes.get(start..end).unwrap_or_default());
        out.push(b' ');
        at = end.max(place + 1);
        if out.len() > WEIGHED {
            break;
        }
    }
    out
}

/// ASCII that may stand in a word: letters, and the signs that are second bytes of `Shift_JIS`, Big5 and GB 18030.
fn in_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"@[\\]^_`{|}~".contains(&byte)
}
