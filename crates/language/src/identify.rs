//! Identifies the language of one text.
//!
//! Codes, addresses and file names are left out. The script of most letters decides if it has only one language.
//! Otherwise the n-gram model decides for Cyrillic, Latin and Arabic, a few characters for Chinese and Japanese, and
//! `whatlang` for what the model doesn't know (Devanagari, Yiddish, Esperanto, …). The result is `und` if there is too
//! little evidence, or if the letters follow each other as in no language.

use crate::alphabet::{self, MODELLED};
use crate::bigrams;
use crate::codes::{self, OTHER, UNDETERMINED};
use crate::evidence::Evidence;
use crate::ngrams::{self, Ranking};
use sanad_document::Tongue;
use std::sync::LazyLock;

/// Fewest letters that are evidence: not `km`, `No`, `et`.
const MIN_LETTERS: usize = 3;
/// Characters after which neither `whatlang` nor the form of Chinese changes its verdict.
const ENOUGH: usize = 80;
/// Nats per letter above which letters follow each other as in no language, if the model has no clear favourite.
const GIBBERISH: f32 = 4.4;
/// The same if it has one.
const GIBBERISH_WITH_FAVOURITE: f32 = 5.0;
/// Probability below which the model has no clear favourite.
const FAVOURITE: f32 = 0.5;
/// Letters up to which a text may be gibberish: longer text is text.
const MAX_GIBBERISH: usize = 60;
/// Least probability for [`OTHER`] to be believed: languages outside the model are rare, so a doubtful text is in one
/// of the model's.
const MIN_OTHER: f32 = 0.7;

/// A text's language, and the model's view of the others.
#[derive(Debug, Clone, Default)]
pub(crate) struct Verdict {
    /// ISO 639-3, or `und`.
    pub(crate) code: &'static str,
    /// ISO 15924, if the text has letters.
    pub(crate) script: Option<&'static str>,
    /// Calibrated probability, 0 to 1.
    pub(crate) confidence: f32,
    pub(crate) ranking: Ranking,
    /// Number of letters that were evidence.
    pub(crate) letters: usize,
}

impl Verdict {
    /// Returns the verdict in the form that documents hold.
    pub(crate) fn tongue(&self) -> Tongue {
        self.tongue_in(self.code, self.confidence)
    }

    /// Returns the same for another language.
    pub(crate) fn tongue_in(&self, language: &str, confidence: f32) -> Tongue {
        Tongue { code: codes::code(language), script: self.script.map(codes::code), confidence }
    }
}

/// Identifies the language of a text.
pub(crate) fn verdict(text: &str) -> Verdict {
    let evidence = Evidence::of(text);
    match evidence.script() {
        _ if evidence.is_noise() => undetermined(),
        Some((group, letters)) if group < MODELLED.len() => modelled(&evidence, group, letters),
        Some((script, letters)) => outside_model(&evidence, alphabet::name(script), letters),
        None => undetermined(),
    }
}

fn undetermined() -> Verdict {
    Verdict { code: UNDETERMINED, ..Verdict::default() }
}

/// Identifies text in Cyrillic, Latin or Arabic script.
fn modelled(evidence: &Evidence<'_>, group: usize, letters: usize) -> Verdict {
    let script = alphabet::name(group);
    let ranking = ngrams::rank(&evidence.codes, group);
    let Some((best, probability)) = ranking.best() else {
        return undetermined();
    };
    if letters < MIN_LETTERS || is_gibberish(evidence, group, best, probability, letters) {
        return Verdict { script: Some(script), ranking, ..undetermined() };
    }
    let (code, confidence) = match best {
        OTHER => other_latin(evidence, &ranking, probability),
        _ => (best, probability),
    };
    Verdict { code, script: Some(script), confidence, ranking, letters }
}

/// Returns true if letters follow each other as in no language: codes, keys, passwords. `best` is the model's
/// favourite.
fn is_gibberish(evidence: &Evidence<'_>, group: usize, best: &str, probability: f32, letters: usize) -> bool {
    if letters > MAX_GIBBERISH || best == "vie" || best == OTHER {
        return false;
    }
    let costs = bigrams::Costs::of(alphabet::name(group), best);
    let mut cost = 0.0;
    let mut length = 0usize;
    for word in evidence.words().filter_map(|token| word_in(token, group)) {
        cost += costs.map_or(0.0, |costs| costs.word(word));
        length += word.chars().count() + 1;
    }
    #[allow(clippy::cast_precision_loss, reason = "at most a thousand letters")]
    let per_letter = cost / length.max(1) as f32;
    per_letter > if probability < FAVOURITE { GIBBERISH } else { GIBBERISH_WITH_FAVOURITE }
}

/// Returns the part of a token from its first to its last letter, or `None` if it has no letter of this script, or a
/// letter outside ASCII of another one.
fn word_in(token: &str, script: usize) -> Option<&str> {
    let (mut is_own, mut word) = (false, None);
    for (at, c) in token.char_indices() {
        let Some((_, group)) = alphabet::fold(c) else { continue };
        if group != script && !c.is_ascii() {
            return None;
        }
        is_own |= group == script;
        let (first, _) = word.unwrap_or((at, at));
        word = Some((first, at + c.len_utf8()));
    }
    let (first, end) = word.filter(|_| is_own)?;
    token.get(first..end)
}

/// Returns the Latin language outside the model that `whatlang` finds, or the model's next best if it isn't sure of
/// [`OTHER`].
fn other_latin(evidence: &Evidence<'_>, ranking: &Ranking, probability: f32) -> (&'static str, f32) {
    let next = ranking.second().unwrap_or((UNDETERMINED, 0.0));
    if probability < MIN_OTHER {
        return next;
    }
    let detector = whatlang::Detector::with_allowlist(
        whatlang::Lang::all().iter().copied().filter(|l| !ngrams::knows(macro_code(l.code()))).collect(),
    );
    match detector.detect(&evidence.words().collect::<Vec<_>>().join(" ")) {
        Some(info) if info.is_reliable() => (info.lang().code(), probability),
        _ => (UNDETERMINED, probability),
    }
}

/// Returns the macro-language of a code, which is what records hold.
fn macro_code(code: &str) -> &str {
    match code {
        "pes" | "prs" => "fas",
        "cmn" => "zho",
        "nob" | "nno" => "nor",
        "azj" | "azb" => "aze",
        "arb" => "ara",
        "khk" => "mon",
        "uzn" => "uzb",
        "als" => "sqi",
        "lvs" => "lav",
        "ekk" => "est",
        "swh" => "swa",
        "npi" => "nep",
        "ydd" => "yid",
        "pbt" | "pbu" => "pus",
        "zsm" | "msa" => "ind",
        "bos" => "hrv",
        other => other,
    }
}

/// Identifies text in a script outside the model.
fn outside_model(evidence: &Evidence<'_>, script: &'static str, letters: usize) -> Verdict {
    let count = |name: &str| evidence.letters(name);
    let (code, written) = match script {
        "Hani" | "Kana" if count("Kana") * 12 >= count("Hani") && count("Kana") > 1 || script == "Kana" => {
            ("jpn", "Jpan")
        }
        "Hani" if count("Hang") * 4 > count("Hani") => ("kor", "Kore"),
        "Hani" => ("zho", chinese_form(evidence)),
        "Hang" => ("kor", "Hang"),
        _ => match ONE_LANGUAGE.iter().find(|(s, _)| *s == script) {
            Some((_, code)) => (*code, script),
            None => (by_whatlang(evidence, script), script),
        },
    };
    if letters < 2 {
        return undetermined();
    }
    // two characters of a script with one language are nearly sure; the tables leave out what else is written in it
    let confidence = if letters < 4 { 0.9 } else { 0.99 };
    Verdict { code, script: Some(written), confidence, ranking: Ranking::default(), letters }
}

/// Scripts with one language that matters.
const ONE_LANGUAGE: [(&str, &str); 20] = [
    ("Armn", "hye"),
    ("Ethi", "amh"),
    ("Geor", "kat"),
    ("Grek", "ell"),
    ("Gujr", "guj"),
    ("Guru", "pan"),
    ("Khmr", "khm"),
    ("Knda", "kan"),
    ("Laoo", "lao"),
    ("Mlym", "mal"),
    ("Mong", "mon"),
    ("Mymr", "mya"),
    ("Orya", "ori"),
    ("Sinh", "sin"),
    ("Syrc", "syr"),
    ("Taml", "tam"),
    ("Telu", "tel"),
    ("Thaa", "div"),
    ("Thai", "tha"),
    ("Tibt", "bod"),
];

/// Identifies text in Devanagari, Bengali or Hebrew script, whose languages `whatlang` distinguishes.
fn by_whatlang(evidence: &Evidence<'_>, script: &str) -> &'static str {
    let (usual, others): (&str, &[whatlang::Lang]) = match script {
        "Deva" => ("hin", &[whatlang::Lang::Hin, whatlang::Lang::Mar, whatlang::Lang::Nep]),
        "Hebr" => ("heb", &[whatlang::Lang::Heb, whatlang::Lang::Yid]),
        "Beng" => return "ben",
        _ => return UNDETERMINED,
    };
    let text: String = evidence.words().flat_map(|w| w.chars().chain([' '])).take(ENOUGH).collect();
    match whatlang::Detector::with_allowlist(others.to_vec()).detect(&text) {
        Some(info) if info.is_reliable() => info.lang().code(),
        _ => usual,
    }
}

/// Characters that only simplified or only traditional Chinese has, of the commonest pairs.
const SIMPLIFIED: &str =
    "与专业东两个为书产从们会体关军动华发员国学实对应开当总无时机来样点现电种经见话说车过还这进长门问难马";
const TRADITIONAL: &str =
    "來個們兩動員問國學實專對從應時書會東業樣機為無現產當發種經總與華見話說車軍這進過還長門開關難電馬體點";

/// The first code point of the Chinese characters.
const HANI: usize = 0x4E00;

/// 1 for each simplified, -1 for each traditional character.
static FORMS: LazyLock<Vec<i8>> = LazyLock::new(|| {
    let mut forms = vec![0; 0xA000 - HANI];
    for (set, form) in [(SIMPLIFIED, 1), (TRADITIONAL, -1)] {
        for c in set.chars() {
            if let Some(place) = forms.get_mut(c as usize - HANI) {
                *place = form;
            }
        }
    }
    forms
});

/// Returns the script code of simplified or traditional Chinese, or that of both if neither prevails.
fn chinese_form(evidence: &Evidence<'_>) -> &'static str {
    let forms = FORMS.as_slice();
    let form = |c: char| (c as usize).checked_sub(HANI).and_then(|at| forms.get(at)).copied().map_or(0, i32::from);
    match evidence.words().flat_map(str::chars).take(ENOUGH).map(form).sum::<i32>() {
        1.. => "Hans",
        0 => "Hani",
        _ => "Hant",
    }
}

#[cfg(test)]
mod tests {
    use super::verdict;

    fn code(text: &str) -> String {
        verdict(text).code.to_owned()
    }

    #[test]
    fn codes_and_addresses_are_undetermined() {
        for text in [
            "",
            "12345 678",
            "https://mfa.tj/tg/node/5",
            "info@minfin.tj",
            "var a6=[30,71];",
            "6e78f9",
            "report_final.pdf",
            "№ 59/63-36",
            "→ •",
        ] {
            assert_eq!(code(text), "und", "{text}");
        }
    }

    #[test]
    fn scripts_with_one_language_need_few_letters() {
        assert_eq!(code("საქართველო"), "kat");
        assert_eq!(code("한국어"), "kor");
        assert_eq!(code("これは日本語です"), "jpn");
        assert_eq!(verdict("这是中国的语言").script, Some("Hans"));
    }

    #[test]
    fn tajik_is_known_with_and_without_its_letters() {
        assert_eq!(code("Ҳукумати Ҷумҳурии Тоҷикистон"), "tgk");
        assert_eq!(code("Хукумати Чумхурии Точикистон карор кард"), "tgk");
    }
}
