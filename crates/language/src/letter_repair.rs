//! Repairs the letters of a text: decomposed ones, Latin look-alikes, and those of legacy fonts.

use crate::font_repair::{self, Surroundings};
use crate::lookalikes;
use sanad_document::Repair;
use sanad_document::text::normalize;
use unicode_normalization::UnicodeNormalization;

/// Rounds of repairs: one may reveal the language that allows another. The limit would end an endless cycle.
const MAX_ROUNDS: usize = 4;

/// What was repaired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// Letters and combining marks were composed (NFC).
    Decomposed,
    /// Latin letters in Cyrillic words were replaced.
    LatinLookalike,
    /// Letters of a legacy Tajik font were replaced.
    TajikFont,
}

impl Rule {
    /// Its name in [`Repair::rule`].
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Decomposed => "decomposed",
            Self::LatinLookalike => "latin_lookalike",
            Self::TajikFont => "tajik_font",
        }
    }
}

/// A repaired text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Repaired {
    pub(crate) text: String,
    pub(crate) repairs: Vec<Repair>,
}

/// Returns the text in NFC with its letters repaired, or `None` if nothing had to be repaired.
pub(crate) fn repair(text: &str, surroundings: Surroundings) -> Option<Repaired> {
    if text.is_ascii() {
        return None;
    }
    let mut repairs = Vec::new();
    let mut repaired = compose(text, &mut repairs);
    for _ in 0..MAX_ROUNDS {
        let Some(next) = round(repaired.as_deref().unwrap_or(text), surroundings, &mut repairs) else {
            break;
        };
        repaired = Some(next);
    }
    repaired.map(|text| Repaired { text, repairs })
}

/// Repairs look-alikes, then font letters. Returns `None` if there are neither.
fn round(text: &str, surroundings: Surroundings, repairs: &mut Vec<Repair>) -> Option<String> {
    let mut repaired = None;
    if let Some((text, count)) = lookalikes::repair(text) {
        note(repairs, Rule::LatinLookalike, count);
        repaired = Some(text);
    }
    if let Some((text, count)) = font_repair::repair(repaired.as_deref().unwrap_or(text), surroundings) {
        note(repairs, Rule::TajikFont, count);
        repaired = Some(text);
    }
    repaired
}

fn note(repairs: &mut Vec<Repair>, rule: Rule, count: u32) {
    let rule = rule.as_str();
    match repairs.iter_mut().find(|r| r.rule == rule) {
        Some(known) => known.count += count,
        None => repairs.push(Repair { rule: rule.to_owned(), count }),
    }
}

/// Returns the text in NFC, or `None` if it already is.
fn compose(text: &str, repairs: &mut Vec<Repair>) -> Option<String> {
    if normalize::is_surely_nfc(text) {
        return None;
    }
    let composed: String = text.nfc().collect();
    if composed == text {
        return None;
    }
    let fewer = text.chars().count().saturating_sub(composed.chars().count());
    note(repairs, Rule::Decomposed, u32::try_from(fewer).unwrap_or(u32::MAX).max(1));
    Some(composed)
}

#[cfg(test)]
mod tests {
    use super::{Surroundings, repair};

    fn repaired(text: &str) -> String {
        repair(text, Surroundings::Unknown).map_or_else(|| text.to_owned(), |r| r.text)
    }

    #[test]
    fn tajik_in_a_legacy_font_is_repaired() {
        assert_eq!(repaired("Љумњурии Тољикистон"), "Ҷумҳурии Тоҷикистон");
        assert_eq!(repaired("Вазорати корњои хориљї"), "Вазорати корҳои хориҷӣ");
    }

    #[test]
    fn other_languages_keep_their_letters() {
        for text in [
            "Љубљана и Њујорк",
            "Скопје, Ѓорче Петров",
            "Її мова, її земля",
            "Ён жыў у Мінску",
            "Ўзбекистон Республикаси",
        ] {
            assert_eq!(repaired(text), text);
        }
    }

    #[test]
    fn a_serbian_quotation_in_a_tajik_paragraph_is_unchanged() {
        let text = "Президент гуфт, ки суханони шоир «Његова земља је лепша од сваке друге земље» барои мо муњим аст ва њамеша дар хотир мемонад.";
        let want = "Президент гуфт, ки суханони шоир «Његова земља је лепша од сваке друге земље» барои мо муҳим аст ва ҳамеша дар хотир мемонад.";
        assert_eq!(repaired(text), want);
    }

    #[test]
    fn repairs_have_rule_and_count() {
        let repaired = repair("Забони тољики\u{304} дар Тољикистoн", Surroundings::Tajik).unwrap();
        assert_eq!(repaired.text, "Забони тоҷикӣ дар Тоҷикистон");
        let rules: Vec<(&str, u32)> = repaired.repairs.iter().map(|r| (r.rule.as_str(), r.count)).collect();
        assert_eq!(rules, [("decomposed", 1), ("latin_lookalike", 1), ("tajik_font", 2)]);
    }

    #[test]
    fn mixed_tokens_that_are_no_words_are_unchanged() {
        for text in ["IT-парк", "iФон", "XXI аср", "ХXI", "Wi-Fi барои ҳама"] {
            assert_eq!(repaired(text), text);
        }
    }
}
