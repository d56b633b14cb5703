//! The languages of a page's blocks together: short blocks are judged with their neighbours, and a menu votes as one.
//!
//! A short block says little alone: «Новости» is Russian, Bulgarian, Macedonian, …. So neighbouring short blocks of one
//! script are also read as one text. The result, and the language of the page's long blocks, is weighed with what the
//! block says itself. A long block keeps its own verdict; codes and numbers stay `und`.

use crate::codes::{OTHER, UNDETERMINED};
use crate::identify::{self, Verdict};
use crate::ngrams::Ranking;
use crate::score_vector::ROOM;
use crate::{alphabet, text_parts};
use sanad_document::memo_cache::MemoCache;
use sanad_document::{Code, Tongue};
use std::{cell::RefCell, rc::Rc};

/// Letters from which a block is judged alone: on held-out sentences of this length the model errs once in 500.
const LONG: usize = 40;
/// Short blocks on each side of a block that are read with it: about as many as a menu has entries.
const REACH: usize = 12;
/// Weight of the neighbours' verdict: the power to which its probabilities are raised.
const NEIGHBOURS: f32 = 0.8;
/// By how much the page's own language is likelier than others before a short block is read.
const HOME_FACTOR: f32 = 3.0;
/// The same for the language of `<html lang>`, which is often that of the template and not of the text.
const HINT_FACTOR: f32 = 1.3;
/// Least probability that is used, so that no single block outweighs all others.
const MIN_PROBABILITY: f32 = 1e-4;
/// Least weight of a long block when the page's own language is determined.
const MIN_WEIGHT: f32 = 0.05;
/// Factor of a short block's vote: menus consist of short ones.
const SHORT_VOTE: f32 = 1.0 / 3.0;

/// A text and how much it counts for the page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part<'a> {
    text: &'a str,
    /// Number of its letters.
    letters: f32,
    /// Likelihood that it is main text, 0 to 1.
    weight: f32,
}

impl<'a> Part<'a> {
    pub(crate) fn of(text: &'a str, weight: f32) -> Self {
        Self { text, letters: alphabet::count(text), weight }
    }

    /// Its vote for the page's language.
    pub(crate) fn vote(&self, tongue: Tongue) -> Vote {
        Vote { tongue, letters: self.letters, weight: self.weight }
    }
}

/// A part's vote for the language of the page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Vote {
    pub(crate) tongue: Tongue,
    /// Number of the part's letters.
    pub(crate) letters: f32,
    /// Likelihood that it is main text, 0 to 1.
    pub(crate) weight: f32,
}

/// Returns the language of each part. `hint` is the language of `<html lang>`.
pub(crate) fn tongues(parts: &[Part<'_>], hint: Option<&str>) -> Vec<Tongue> {
    let verdicts: Vec<Rc<Verdict>> = parts.iter().map(|p| text_parts::verdict(p.text)).collect();
    let home = home(parts, &verdicts);
    let groups = groups(parts, &verdicts);
    let mut page = Page { home: home.as_deref(), hint, ..Page::default() };
    let each = verdicts.iter().zip(parts).zip(&groups.of);
    each.map(|((verdict, part), group)| {
        if !needs_context(verdict, part) {
            return verdict.tongue();
        }
        let group = group.and_then(|group| groups.rankings.get(group));
        let (language, probability) = in_context(verdict, group, &mut page);
        verdict.tongue_in(language, probability)
    })
    .collect()
}

/// Returns true if a part has a language but too little text to be judged alone.
fn needs_context(verdict: &Verdict, part: &Part<'_>) -> bool {
    // a whole menu in one block has several entries already
    let is_menu = || verdict.letters >= LONG / 2 && part.text.contains(" | ");
    (1..LONG).contains(&verdict.letters) && verdict.code != UNDETERMINED && verdict.ranking.has_choice() && !is_menu()
}

/// Returns the language of all parts together.
pub(crate) fn of_parts(parts: &[Part<'_>], tongues: &[Tongue]) -> Option<Tongue> {
    of_all(parts.iter().zip(tongues).map(|(part, tongue)| part.vote(*tongue)))
}

/// Votes for one language and script, added up.
struct Sum {
    tongue: Tongue,
    share: f32,
    /// Shares times confidences.
    confidence: f32,
}

/// Returns the language that most of a page is in. Each part counts by its letters and its weight.
pub(crate) fn of_all(votes: impl Iterator<Item = Vote>) -> Option<Tongue> {
    let mut sums: Vec<Sum> = Vec::new();
    let mut total = 0.0;
    for Vote { tongue, letters, weight } in votes {
        if tongue.code == UNDETERMINED || tongue.code.is_empty() {
            continue;
        }
        #[allow(clippy::cast_precision_loss, reason = "a small constant")]
        let short = if letters < LONG as f32 { SHORT_VOTE } else { 1.0 };
        let share = letters * weight * short;
        total += share;
        match sums.iter_mut().find(|s| s.tongue.code == tongue.code && s.tongue.script == tongue.script) {
            Some(sum) => {
                sum.share += share;
                sum.confidence += share * tongue.confidence;
            }
            None => sums.push(Sum { tongue, share, confidence: share * tongue.confidence }),
        }
    }
    let by_share = |a: &Sum, b: &Sum| a.share.total_cmp(&b.share).then(b.tongue.code.cmp(&a.tongue.code));
    let most = sums.into_iter().max_by(by_share)?;
    let confidence = if total > 0.0 { most.confidence / total } else { 0.0 };
    Some(Tongue { confidence, ..most.tongue })
}

/// Returns the language of the long parts: the page's own.
fn home(parts: &[Part<'_>], verdicts: &[Rc<Verdict>]) -> Option<Code> {
    let long = parts.iter().zip(verdicts).filter(|(_, v)| v.letters >= LONG);
    let votes = long.map(|(part, verdict)| Vote {
        tongue: verdict.tongue(),
        letters: part.letters,
        weight: part.weight.max(MIN_WEIGHT),
    });
    of_all(votes).map(|t| t.code)
}

/// Groups of neighbouring short parts.
#[derive(Debug, Default)]
struct Groups {
    /// The index of each part's group, if it has one.
    of: Vec<Option<usize>>,
    /// What each group says as one text, its probabilities weighted (see [`NEIGHBOURS`]).
    rankings: Vec<Ranking>,
}

/// Groups each short part with its short neighbours of the same script.
fn groups(parts: &[Part<'_>], verdicts: &[Rc<Verdict>]) -> Groups {
    let mut out = Groups { of: vec![None; parts.len()], rankings: Vec::new() };
    let mut run: Vec<usize> = Vec::new();
    let is_short = |v: &Verdict| v.letters > 0 && v.letters < LONG;
    for (i, verdict) in verdicts.iter().enumerate() {
        let joins =
            is_short(verdict) && run.last().and_then(|l| verdicts.get(*l)).is_none_or(|l| l.script == verdict.script);
        if !joins {
            read_run(&run, parts, &mut out);
            run.clear();
        }
        if is_short(verdict) {
            run.push(i);
        }
    }
    read_run(&run, parts, &mut out);
    out
}

/// Reads a run of short parts in windows of [`REACH`] parts to each side. The windows move in steps, so that a long
/// list costs little.
fn read_run(run: &[usize], parts: &[Part<'_>], out: &mut Groups) {
    if run.len() < 2 {
        return;
    }
    let mut last = None;
    for (at, &index) in run.iter().enumerate() {
        let first = at.saturating_sub(REACH) / REACH * REACH;
        if last != Some(first) {
            let texts: Vec<&str> =
                run.iter().skip(first).take(2 * REACH + 1).filter_map(|i| parts.get(*i)).map(|p| p.text).collect();
            out.rankings.push(rank_window(&texts.join(" ")));
            last = Some(first);
        }
        if let Some(slot) = out.of.get_mut(index) {
            *slot = out.rankings.len().checked_sub(1);
        }
    }
}

/// Size of the cache of windows, and bytes of the longest one in it: menus recur on every page of their site.
const WINDOWS: usize = 1 << 9;
const LONGEST_WINDOW: usize = 1 << 10;

thread_local! {
    static RANKINGS: RefCell<MemoCache<Ranking, WINDOWS, LONGEST_WINDOW>> = RefCell::default();
}

/// Returns what a window says, its probabilities weighted.
fn rank_window(window: &str) -> Ranking {
    let rank = |window: &str| identify::verdict(window).ranking.map(weigh_neighbours);
    RANKINGS.with_borrow_mut(|rankings| rankings.get(window, rank))
}

fn weigh_neighbours(p: f32) -> f32 {
    p.max(MIN_PROBABILITY).powf(NEIGHBOURS)
}

/// Factors of a language's probability.
#[derive(Clone, Copy)]
struct Factors {
    home: f32,
    hint: f32,
}

/// Evidence from the whole page, computed once for all its parts of a script.
struct Page<'a> {
    home: Option<&'a str>,
    hint: Option<&'a str>,
    /// The languages of the script that the fields below are for.
    labels: &'static [&'static str],
    factors: [Factors; ROOM],
    /// Index of the label for languages outside the model.
    other: Option<usize>,
}

impl Default for Page<'_> {
    fn default() -> Self {
        Self { home: None, hint: None, labels: &[], factors: [Factors { home: 0.0, hint: 0.0 }; ROOM], other: None }
    }
}

impl Page<'_> {
    /// Prepares the factors for the languages of a script.
    fn prepare(&mut self, labels: &'static [&'static str]) {
        if std::ptr::eq(self.labels, labels) {
            return;
        }
        self.labels = labels;
        self.other = labels.iter().position(|label| *label == OTHER);
        for (factors, label) in self.factors.iter_mut().zip(labels) {
            let home = if self.home == Some(label) { HOME_FACTOR } else { 1.0 };
            let hint = if self.hint == Some(label) { HINT_FACTOR } else { 1.0 };
            *factors = Factors { home, hint };
        }
    }
}

/// Weighs a short part's verdict with its surroundings and returns the likeliest language and its probability. Of
/// equally likely ones the alphabetically first wins.
fn in_context(verdict: &Verdict, group: Option<&Ranking>, page: &mut Page<'_>) -> (&'static str, f32) {
    page.prepare(verdict.ranking.labels());
    let neighbours = group.map(|group| group.in_order_of(&verdict.ranking, || weigh_neighbours(0.0)));
    let mut total = 0.0;
    let mut best: Option<(&'static str, f32)> = None;
    for (at, ((label, own), factors)) in verdict.ranking.languages().zip(page.factors).enumerate() {
        if page.other == Some(at) {
            continue;
        }
        let mut p = own.max(MIN_PROBABILITY);
        if let Some(neighbours) = &neighbours {
            p *= neighbours.get(at).copied().unwrap_or_default();
        }
        p = p * factors.home * factors.hint;
        total += p;
        if best.is_none_or(|(known, most)| p > most || (p >= most && label < known)) {
            best = Some((label, p));
        }
    }
    let normalized = best.map(|(label, p)| (label, p / total.max(f32::MIN_POSITIVE)));
    normalized.unwrap_or((verdict.code, verdict.confidence))
}

#[cfg(test)]
mod tests {
    use super::{Part, Tongue, of_parts, tongues};

    fn codes(texts: &[&str]) -> (Vec<String>, String) {
        let parts: Vec<Part<'_>> = texts.iter().map(|text| Part::of(text, 1.0)).collect();
        let blocks = tongues(&parts, None);
        let whole = of_parts(&parts, &blocks);
        let code = |tongue: Tongue| tongue.code.to_string();
        (blocks.into_iter().map(code).collect(), whole.map(code).unwrap_or_default())
    }

    #[test]
    fn a_menu_votes_as_one() {
        let (blocks, _) = codes(&["Новости", "Фотогалерея", "Поиск", "Документы", "Контакты", "Вопросы и ответы"]);
        assert!(blocks.iter().all(|b| b == "rus"), "{blocks:?}");
    }

    #[test]
    fn a_russian_menu_and_an_english_footer_do_not_decide_the_language_of_a_tajik_page() {
        let (blocks, whole) = codes(&[
            "Новости | Главная | Документы | Внешняя политика | Фотогалерея",
            "Имрӯз дар шаҳри Душанбе ҷаласаи навбатии Маҷлиси Олии Ҷумҳурии Тоҷикистон баргузор гардид, ки дар он масъалаҳои муҳим баррасӣ шуданд.",
            "734025, 17",
            "All rights reserved by the Ministry of Foreign Affairs.",
        ]);
        assert_eq!(blocks, ["rus", "tgk", "und", "eng"]);
        assert_eq!(whole, "tgk");
    }
}
