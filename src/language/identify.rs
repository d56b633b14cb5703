//! The language of one text.
//!
//! Codes, addresses and file names are set aside; the script of most letters decides for scripts with one language, the
//! n-gram model for Cyrillic, Latin and Arabic, a few marks for Chinese and Japanese, `whatlang` for what is outside the
//! model (Devanagari, Yiddish, Esperanto, …). Where too little speaks, or letters follow each other as in no language,
//! the answer is `und`.

use super::{
    letters,
    ngrams::{self, Folded, Ranking},
    pairs,
};
use crate::record::Tongue;

/// Bytes of words that are read, about 300 code points of two bytes: more changed no verdict on held-out paragraphs.
const READ: usize = 640;
/// Fewer letters than this are no evidence: `km`, `No`, `et`.
const FEWEST: usize = 3;
/// Characters after which neither `whatlang` nor the kind of Chinese changes its verdict.
const ENOUGH: usize = 80;
/// Share of a text's characters in codes above which the rest is no evidence (`var a1=[27];`).
const NOISE: f32 = 0.6;
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
    pub(crate) tongue: Tongue,
    pub(crate) ranking: Ranking,
    /// Letters that were evidence.
    pub(crate) letters: usize,
}

/// Identifies the language of a text.
pub(crate) fn verdict(text: &str) -> Verdict {
    let mut noise = 0usize;
    let mut all = 0usize;
    let mut words: Vec<&str> = Vec::with_capacity(64);
    for token in text.split_whitespace() {
        if is_code(token) {
            noise += token.len();
        } else {
            words.push(token);
        }
        all += token.len();
        if all > READ {
            break;
        }
    }
    #[allow(clippy::cast_precision_loss, reason = "sizes of a text that was cut")]
    if noise as f32 > NOISE * all as f32 {
        return undetermined();
    }
    let folded = Folded::of(words.iter().copied());
    let mut counts: Vec<(&'static str, usize)> = letters::MODELLED.into_iter().zip(folded.letters).collect();
    counts.extend(&folded.others);
    counts.sort_by(|a, b| weight(*b).cmp(&weight(*a)).then(a.0.cmp(b.0)));
    match counts.first() {
        Some(&(script @ ("Cyrl" | "Latn" | "Arab"), letters)) if letters > 0 => {
            modelled(&words, &folded, script, letters)
        }
        Some(&(script, letters)) if letters > 0 => single(&words, script, letters, &counts),
        _ => undetermined(),
    }
}

/// What the letters of a script weigh: a character of Chinese, Japanese or Korean is worth a syllable or a word, and
/// Latin letters stand as names in texts of every script.
fn weight((script, letters): (&str, usize)) -> usize {
    letters
        * match script {
            "Hani" | "Kana" | "Hang" => 12,
            "Latn" => 4,
            _ => 5,
        }
}

fn undetermined() -> Verdict {
    Verdict { tongue: Tongue { code: "und".to_owned(), script: None, confidence: 0.0 }, ..Verdict::default() }
}

fn tongue(code: &str, script: &str, confidence: f32) -> Tongue {
    Tongue { code: code.to_owned(), script: Some(script.to_owned()), confidence }
}

/// Addresses, names of files, code, numbers: tokens that are in no language.
fn is_code(token: &str) -> bool {
    let mut seen = (false, false, false, false); // beyond ASCII, digit, letter, sign of code
    let mut before = b' ';
    for &b in token.as_bytes() {
        match b {
            0x80.. => seen.0 = true,
            b'0'..=b'9' => seen.1 = true,
            b'a'..=b'z' if before == b'.' => seen.3 = true,
            b'a'..=b'z' | b'A'..=b'Z' => seen.2 = true,
            b'@' => return true,
            b'/' if before == b'/' => seen.3 = true,
            b'=' | b'<' | b'>' | b'{' | b'}' | b'_' | b'\\' | b'|' => seen.3 = true,
            _ => {}
        }
        before = b;
    }
    if is_roman(token) {
        return true;
    }
    if seen.0 { seen.3 && (token.contains("://") || token.starts_with("www.")) } else { seen.1 || !seen.2 || seen.3 }
}

/// A Roman number: chapters and centuries.
fn is_roman(token: &str) -> bool {
    let mut numerals = 0;
    for b in token.bytes() {
        match b {
            b'I' | b'V' | b'X' | b'L' | b'C' => numerals += 1,
            0x80.. | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => return false,
            _ => {}
        }
    }
    numerals > 0 && numerals <= 6
}

/// Cyrillic, Latin, Arabic: the model's languages.
fn modelled(words: &[&str], folded: &Folded, script: &'static str, letters: usize) -> Verdict {
    let group = letters::MODELLED.iter().position(|m| *m == script).unwrap_or(0);
    let ranking = ngrams::rank(&folded.codes, group);
    let Some((best, sure)) = ranking.best() else {
        return undetermined();
    };
    if letters < FEWEST || is_gibberish(words, script, (best, sure), letters) {
        return Verdict {
            tongue: Tongue { code: "und".to_owned(), script: Some(script.to_owned()), confidence: 0.0 },
            ranking,
            letters: 0,
        };
    }
    let found = if best == "oth" { outside(words, &ranking, sure) } else { (best, sure) };
    Verdict { tongue: tongue(found.0, script, found.1), ranking, letters }
}

/// Letters that follow each other as in no language: codes, keys, passwords.
fn is_gibberish(words: &[&str], script: &str, (best, sure): (&str, f32), letters: usize) -> bool {
    if letters > SHORT || best == "vie" || best == "oth" {
        return false;
    }
    let home = letters::MODELLED.iter().position(|m| *m == script);
    let own = |w: &&&str| w.chars().any(|c| letters::fold(c).is_some_and(|(_, g)| Some(g) == home));
    let whole = |w: &&&str| w.chars().all(|c| c.is_ascii() || letters::fold(c).is_none_or(|(_, g)| Some(g) == home));
    let mut cost = 0.0;
    let mut length = 0usize;
    for word in words.iter().filter(own).filter(whole) {
        let word = word.trim_matches(|c| letters::fold(c).is_none());
        cost += pairs::in_language(script, best, word).unwrap_or_default();
        length += word.chars().count() + 1;
    }
    #[allow(clippy::cast_precision_loss, reason = "at most a thousand letters")]
    let each = cost / length.max(1) as f32;
    each > if sure < DOUBTFUL { GIBBERISH.0 } else { GIBBERISH.1 }
}

/// A Latin language outside the model, as `whatlang` says; the model's next best when that isn't sure.
fn outside(words: &[&str], ranking: &Ranking, sure: f32) -> (&'static str, f32) {
    let next = ranking.languages.get(1).copied().unwrap_or(("und", 0.0));
    if sure < OUTSIDE {
        return next;
    }
    let detector = whatlang::Detector::with_allowlist(
        whatlang::Lang::all().iter().copied().filter(|l| !ngrams::knows(macro_code(l.code()))).collect(),
    );
    match detector.detect(&words.join(" ")) {
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
fn single(words: &[&str], script: &'static str, letters: usize, counts: &[(&'static str, usize)]) -> Verdict {
    let count = |name: &str| counts.iter().find(|(n, _)| *n == name).map_or(0, |(_, n)| *n);
    let (code, written) = match script {
        "Hani" | "Kana" if count("Kana") * 12 >= count("Hani") && count("Kana") > 1 || script == "Kana" => {
            ("jpn", "Jpan")
        }
        "Hani" if count("Hang") * 4 > count("Hani") => ("kor", "Kore"),
        "Hani" => ("zho", chinese(words)),
        "Hang" => ("kor", "Hang"),
        _ => match ONE.iter().find(|(s, _)| *s == script) {
            Some((_, code)) => (*code, script),
            None => (several(words, script), script),
        },
    };
    if letters < 2 {
        return undetermined();
    }
    // two characters of a script with one language are nearly sure; kinship across scripts isn't known to us
    let confidence = if letters < 4 { 0.9 } else { 0.99 };
    Verdict {
        tongue: tongue(code, written, confidence),
        ranking: Ranking { languages: vec![(code, confidence)] },
        letters,
    }
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
fn several(words: &[&str], script: &str) -> &'static str {
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
    let text: String = words.iter().flat_map(|w| w.chars().chain([' '])).take(ENOUGH).collect();
    match whatlang::Detector::with_allowlist(among.to_vec()).detect(&text) {
        Some(info) if info.is_reliable() => info.lang().code(),
        _ => usual,
    }
}

/// Characters that only simplified, or only traditional Chinese writes, of the commonest pairs, sorted.
#[rustfmt::skip]
const SIMPLIFIED: [char; 50] = [
    '与', '专', '业', '东', '两', '个', '为', '书', '产', '从', '们', '会', '体', '关', '军', '动', '华', '发', '员', '国',
    '学', '实', '对', '应', '开', '当', '总', '无', '时', '机', '来', '样', '点', '现', '电', '种', '经', '见', '话', '说',
    '车', '过', '还', '这', '进', '长', '门', '问', '难', '马',
];
#[rustfmt::skip]
const TRADITIONAL: [char; 50] = [
    '來', '個', '們', '兩', '動', '員', '問', '國', '學', '實', '專', '對', '從', '應', '時', '書', '會', '東', '業', '樣',
    '機', '為', '無', '現', '產', '當', '發', '種', '經', '總', '與', '華', '見', '話', '說', '車', '軍', '這', '進', '過',
    '還', '長', '門', '開', '關', '難', '電', '馬', '體', '點',
];

fn chinese(words: &[&str]) -> &'static str {
    let count = |set: &[char]| {
        let characters = words.iter().flat_map(|w| w.chars()).take(ENOUGH);
        characters.filter(|c| set.binary_search(c).is_ok()).count()
    };
    match count(&SIMPLIFIED).cmp(&count(&TRADITIONAL)) {
        std::cmp::Ordering::Greater => "Hans",
        std::cmp::Ordering::Less => "Hant",
        std::cmp::Ordering::Equal => "Hani",
    }
}

#[cfg(test)]
mod tests {
    use super::verdict;

    fn code(text: &str) -> String {
        verdict(text).tongue.code
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
        assert_eq!(verdict("这是中国的语言").tongue.script.as_deref(), Some("Hans"));
    }

    #[test]
    fn tajik_is_known_with_and_without_its_letters() {
        assert_eq!(code("Ҳукумати Ҷумҳурии Тоҷикистон"), "tgk");
        assert_eq!(code("Хукумати Чумхурии Точикистон карор кард"), "tgk");
    }
}
