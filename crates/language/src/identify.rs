//! The language of one text.
//!
//! Codes, addresses and file names are set aside; the script of most letters decides for scripts with one language, the
//! n-gram model for Cyrillic, Latin and Arabic, a few marks for Chinese and Japanese, `whatlang` for what is outside the
//! model (Devanagari, Yiddish, Esperanto, …). Where too little speaks, or letters follow each other as in no language,
//! the answer is `und`.

use crate::alphabet::{self, MODELLED};
use crate::bigrams;
use crate::evidence::Evidence;
use crate::ngrams::{self, Ranking};
use sanad_document::Tongue;
use std::sync::LazyLock;

/// Fewer letters than this are no evidence: `km`, `No`, `et`.
const FEWEST: usize = 3;
/// Characters after which neither `whatlang` nor the kind of Chinese changes its verdict.
const ENOUGH: usize = 80;
/// Nats a letter above which letters follow each other as in no language, where the model has no clear favourite and
/// where it has one.
const GIBBERISH: (f32, f32) = (4.4, 5.0);
/// Probability under which the model has no clear favourite.
const DOUBTFUL: f32 = 0.5;
/// Letters up to which gibberish is looked for: longer text is text.
const SHORT: usize = 60;
/// Probability `oth` must have: languages outside the model are rare, so a doubtful text is in one of the model's.
const OUTSIDE: f32 = 0.7;

/// A text's language, and what the model thought of the others.
#[derive(Debug, Clone, Default)]
pub(crate) struct Verdict {
    /// ISO 639-3, or `und`.
    pub(crate) code: &'static str,
    /// ISO 15924, where the text has letters.
    pub(crate) script: Option<&'static str>,
    /// Calibrated probability, 0 to 1.
    pub(crate) confidence: f32,
    pub(crate) ranking: Ranking,
    /// Letters that were evidence.
    pub(crate) letters: usize,
}

impl Verdict {
    /// As documents carry it.
    pub(crate) fn tongue(&self) -> Tongue {
        self.tongue_of((self.code, self.confidence))
    }

    /// The same with another language.
    pub(crate) fn tongue_of(&self, (language, confidence): (&str, f32)) -> Tongue {
        let code = |code: &str| code.parse().unwrap_or_default();
        Tongue { code: code(language), script: self.script.map(code), confidence }
    }
}

/// Identifies the language of a text.
pub(crate) fn verdict(text: &str) -> Verdict {
    let evidence = Evidence::of(text);
    match evidence.script() {
        _ if evidence.is_noise() => undetermined(),
        Some((group, letters)) if group < MODELLED.len() => modelled(&evidence, group, letters),
        Some((script, letters)) => single(&evidence, alphabet::name(script), letters),
        None => undetermined(),
    }
}

fn undetermined() -> Verdict {
    Verdict { code: "und", ..Verdict::default() }
}

/// Cyrillic, Latin, Arabic: the model's languages.
fn modelled(evidence: &Evidence<'_>, group: usize, letters: usize) -> Verdict {
    let script = alphabet::name(group);
    let ranking = ngrams::rank(&evidence.codes, group);
    let Some((best, sure)) = ranking.best() else {
        return undetermined();
    };
    if letters < FEWEST || is_gibberish(evidence, group, (best, sure), letters) {
        return Verdict { script: Some(script), ranking, ..undetermined() };
    }
    let (code, confidence) = if best == "oth" { outside(evidence, &ranking, sure) } else { (best, sure) };
    Verdict { code, script: Some(script), confidence, ranking, letters }
}

/// Letters that follow each other as in no language: codes, keys, passwords.
fn is_gibberish(evidence: &Evidence<'_>, home: usize, (best, sure): (&str, f32), letters: usize) -> bool {
    if letters > SHORT || best == "vie" || best == "oth" {
        return false;
    }
    let costs = bigrams::Costs::of(alphabet::name(home), best);
    let mut cost = 0.0;
    let mut length = 0usize;
    for word in evidence.words().filter_map(|token| word_in(token, home)) {
        cost += costs.map_or(0.0, |costs| costs.word(word));
        length += word.chars().count() + 1;
    }
    #[allow(clippy::cast_precision_loss, reason = "at most a thousand letters")]
    let each = cost / length.max(1) as f32;
    each > if sure < DOUBTFUL { GIBBERISH.0 } else { GIBBERISH.1 }
}

/// What stands between the first and the last letter of a token; none where it has no letter of this script, or one of another
/// beside those of ASCII.
fn word_in(token: &str, home: usize) -> Option<&str> {
    let (mut is_own, mut word) = (false, None);
    for (at, c) in token.char_indices() {
        let Some((_, group)) = alphabet::fold(c) else { continue };
        if group != home && !c.is_ascii() {
            return None;
        }
        is_own |= group == home;
        let (first, _) = word.unwrap_or((at, at));
        word = Some((first, at + c.len_utf8()));
    }
    let (first, end) = word.filter(|_| is_own)?;
    token.get(first..end)
}

/// A Latin language outside the model, as `whatlang` says; the model's next best when that isn't sure.
fn outside(evidence: &Evidence<'_>, ranking: &Ranking, sure: f32) -> (&'static str, f32) {
    let next = ranking.second().unwrap_or(("und", 0.0));
    if sure < OUTSIDE {
        return next;
    }
    let detector = whatlang::Detector::with_allowlist(
        whatlang::Lang::all().iter().copied().filter(|l| !ngrams::knows(macro_code(l.code()))).collect(),
    );
    match detector.detect(&evidence.words().collect::<Vec<_>>().join(" ")) {
        Some(info) if info.is_reliable() => (info.lang().code(), sure),
        _ => ("und", sure),
    }
}

/// The macro-language of a code, as records carry it.
pub(crate) fn macro_code(code: &str) -> &str {
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

/// Languages of scripts outside the model.
fn single(evidence: &Evidence<'_>, script: &'static str, letters: usize) -> Verdict {
    let count = |name: &str| evidence.letters(name);
    let (code, written) = match script {
        "Hani" | "Kana" if count("Kana") * 12 >= count("Hani") && count("Kana") > 1 || script == "Kana" => {
            ("jpn", "Jpan")
        }
        "Hani" if count("Hang") * 4 > count("Hani") => ("kor", "Kore"),
        "Hani" => ("zho", chinese(evidence)),
        "Hang" => ("kor", "Hang"),
        _ => match ONE.iter().find(|(s, _)| *s == script) {
            Some((_, code)) => (*code, script),
            None => (several(evidence, script), script),
        },
    };
    if letters < 2 {
        return undetermined();
    }
    // two characters of a script with one language are nearly sure; kinship across scripts isn't known to us
    let confidence = if letters < 4 { 0.9 } else { 0.99 };
    Verdict { code, script: Some(written), confidence, ranking: Ranking::default(), letters }
}

/// Scripts with one language that matters.
const ONE: [(&str, &str); 20] = [
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

/// Devanagari, Bengali and Hebrew letters: `whatlang` tells their languages apart.
fn several(evidence: &Evidence<'_>, script: &str) -> &'static str {
    let usual = match script {
        "Deva" => "hin",
        "Beng" => "ben",
        "Hebr" => "heb",
        _ => return "und",
    };
    let among: &[whatlang::Lang] = match script {
        "Deva" => &[whatlang::Lang::Hin, whatlang::Lang::Mar, whatlang::Lang::Nep],
        "Hebr" => &[whatlang::Lang::Heb, whatlang::Lang::Yid],
        _ => return usual,
    };
    let text: String = evidence.words().flat_map(|w| w.chars().chain([' '])).take(ENOUGH).collect();
    match whatlang::Detector::with_allowlist(among.to_vec()).detect(&text) {
        Some(info) if info.is_reliable() => info.lang().code(),
        _ => usual,
    }
}

/// Characters that only simplified, or only traditional Chinese writes, of the commonest pairs.
const SIMPLIFIED: &str =
    "与专业东两个为书产从们会体关军动华发员国学实对应开当总无时机来样点现电种经见话说车过还这进长门问难马";
const TRADITIONAL: &str =
    "來個們兩動員問國學實專對從應時書會東業樣機為無現產當發種經總與華見話說車軍這進過還長門開關難電馬體點";

/// The first of the Chinese characters.
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

fn chinese(evidence: &Evidence<'_>) -> &'static str {
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
