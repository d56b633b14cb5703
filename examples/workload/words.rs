//! Random numbers from a seed, and words of many languages to draw from.

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// A random number generator with a fixed sequence for each seed (`SplitMix64`: Steele, Lea, Flood 2014).
#[derive(Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    /// The generator whose seed is this list of numbers.
    pub(crate) fn of(names: &[u64]) -> Self {
        let mut dice = Self(0);
        for name in names {
            dice.0 ^= *name;
            dice.0 = dice.next();
        }
        dice
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to `end - 1`; `end` must be positive.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        ((u128::from(self.next()) * end as u128) >> 64) as usize
    }

    /// A number from 0 to 1, 1 excluded.
    pub(crate) fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// A language with its words, each as often as it occurs in the texts.
pub(crate) struct Language {
    /// BCP 47 tag, as in `<html lang>`.
    pub(crate) tag: &'static str,
    pub(crate) words: Vec<String>,
    /// Whether spaces separate its words.
    pub(crate) spaced: bool,
}

/// Tag, name in the sample of sentences, share of the hosts in thousandths. The three languages of the sources come
/// first, then others of the web.
const LANGUAGES: &[(&str, &str, usize)] = &[
    ("en", "eng_Latn", 300),
    ("ru", "rus_Cyrl", 150),
    ("tg", "tgk_Cyrl", 120),
    ("pl", "pol_Latn", 30),
    ("el", "ell_Grek", 30),
    ("zh", "zho_Hans", 20),
    ("fa", "pes_Arab", 25),
    ("ps", "pus_Arab", 10),
    ("ar", "arb_Arab", 25),
    ("uz", "uzn_Latn", 25),
    ("kk", "kaz_Cyrl", 20),
    ("ky", "kir_Cyrl", 15),
    ("tk", "tuk_Latn", 10),
    ("tr", "tur_Latn", 20),
    ("az", "azj_Latn", 10),
    ("uk", "ukr_Cyrl", 20),
    ("be", "bel_Cyrl", 5),
    ("bg", "bul_Cyrl", 10),
    ("sr", "srp_Cyrl", 5),
    ("mn", "khk_Cyrl", 5),
    ("vi", "vie_Latn", 10),
    ("ur", "urd_Arab", 10),
    ("hi", "hin_Deva", 10),
    ("es", "spa_Latn", 20),
    ("fr", "fra_Latn", 20),
    ("it", "ita_Latn", 10),
    ("pt", "por_Latn", 10),
    ("de", "deu_Latn", 20),
    ("nl", "nld_Latn", 10),
    ("cs", "ces_Latn", 5),
    ("ro", "ron_Latn", 5),
    ("hu", "hun_Latn", 5),
    ("ka", "kat_Geor", 5),
    ("hy", "hye_Armn", 5),
];

/// The limit on the words of a language; the sentences alone contain fewer.
const MAX_WORDS: usize = 30_000;

/// Reads the words of all languages from the sample of sentences.
pub(crate) fn languages(sentences: &Path) -> Result<Vec<Language>, String> {
    let text = std::fs::read_to_string(sentences).map_err(|e| format!("{}: {e}", sentences.display()))?;
    let mut words: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in text.split('\n').filter(|l| !l.is_empty()) {
        let sample: Value = serde_json::from_str(line).map_err(|e| format!("{}: {e}", sentences.display()))?;
        let (Some(language), Some(text)) = (sample["lang"].as_str(), sample["text"].as_str()) else { continue };
        let entry = words.entry(language.to_owned()).or_default();
        entry.extend(words_of(text, language != "zho_Hans"));
    }
    let known = LANGUAGES.iter().map(|(tag, name, _)| {
        let words = words.remove(*name).filter(|w| w.len() > 500).ok_or_else(|| format!("no words of {name}"))?;
        Ok(Language { tag, words, spaced: *tag != "zh" })
    });
    known.collect()
}

/// Adds the words of a page's text to its language.
pub(crate) fn enrich(language: &mut Language, text: &str) {
    let room = MAX_WORDS.saturating_sub(language.words.len());
    let spaced = language.spaced;
    language.words.extend(words_of(text, spaced).take(room));
}

fn words_of(text: &str, spaced: bool) -> Box<dyn Iterator<Item = String> + '_> {
    let words = text.split(|c: char| !is_of_word(c)).filter(|w| !w.is_empty() && !w.starts_with(char::is_numeric));
    if spaced {
        return Box::new(words.map(str::to_owned));
    }
    // In a language without spaces, two or three letters count as a word.
    Box::new(words.flat_map(|run| {
        let letters: Vec<char> = run.chars().collect();
        letters.chunks(2 + letters.len() % 2).map(|c| c.iter().collect()).collect::<Vec<String>>()
    }))
}

/// Returns true for letters, digits, combining marks, and the apostrophes and joiners inside words.
pub(crate) fn is_of_word(c: char) -> bool {
    c.is_alphanumeric()
        || matches!(c, '\'' | '’' | 'ʻ' | 'ʼ' | '\u{200c}')
        || matches!(c, '\u{300}'..='\u{36f}' | '\u{900}'..='\u{94d}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{5b0}'..='\u{5c7}')
}

/// The language, as an index, of the host at this cumulative share (0 to 1).
pub(crate) fn language_at(share: f64) -> usize {
    let whole: usize = LANGUAGES.iter().map(|l| l.2).sum();
    let mut left = (share * whole as f64) as usize;
    for (place, (_, _, weight)) in LANGUAGES.iter().enumerate() {
        if left < *weight {
            return place;
        }
        left -= weight;
    }
    0
}

/// The tag of a language by its index.
pub(crate) fn tag_at(place: usize) -> &'static str {
    LANGUAGES[place].0
}

/// The index of a language by its tag.
pub(crate) fn place_of(tag: &str) -> Option<usize> {
    LANGUAGES.iter().position(|l| l.0 == tag)
}
