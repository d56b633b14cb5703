//! The languages of a page's blocks together: short blocks lean on their neighbours, menus vote as one.
//!
//! A short block says little alone («Новости» is Russian, Bulgarian, Macedonian, …). Neighbouring short blocks of one
//! script are read as one text, and what that says, and what the page's long blocks are in, is weighed with what the
//! block says itself. A block of its own words keeps its own verdict; codes and numbers stay `und`.

use crate::identify::{self, Verdict};
use crate::ngrams::Ranking;
use crate::score_vector::ROOM;
use crate::{alphabet, text_parts};
use sanad_document::memo_cache::MemoCache;
use sanad_document::{Code, Tongue};
use std::{cell::RefCell, rc::Rc};

/// Letters from which a block speaks for itself: on held-out sentences of this length the model errs once in 500.
const ENOUGH: usize = 40;
/// Short blocks on one side of a block that are read with it: a menu has about this many entries.
const REACH: usize = 12;
/// Weight of what the neighbours say, as a power of their probability.
const NEIGHBOURS: f32 = 0.8;
/// Probability of the page's own language before a short block is read, against all others together.
const AT_HOME: f32 = 0.5;
/// The least probability that is reckoned with, so that no single block outweighs all others.
const FLOOR: f32 = 1e-4;

/// A text and how much it counts for the page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part<'a> {
    pub(crate) text: &'a str,
    /// Its letters.
    pub(crate) letters: f32,
    /// Likelihood to be main text, 0 to 1.
    pub(crate) weight: f32,
}

impl<'a> Part<'a> {
    /// A text that weighs so much.
    pub(crate) fn of(text: &'a str, weight: f32) -> Self {
        Self { text, letters: alphabet::count(text), weight }
    }
}

/// A tongue for each part.
pub(crate) fn tongues(parts: &[Part<'_>], hint: Option<&str>) -> Vec<Tongue> {
    let verdicts: Vec<Rc<Verdict>> = parts.iter().map(|p| text_parts::verdict(p.text)).collect();
    let home = home(parts, &verdicts);
    let groups = groups(parts, &verdicts);
    let mut page = Page { home: home.as_deref(), hint, ..Page::default() };
    let each = verdicts.iter().zip(parts).zip(&groups.of);
    each.map(|((verdict, part), group)| {
        if !leans(verdict, part) {
            return verdict.tongue();
        }
        let beside = group.and_then(|group| groups.rankings.get(group));
        verdict.tongue_of(lean(verdict, beside, &mut page))
    })
    .collect()
}

/// Whether a part says too little by itself.
fn leans(verdict: &Verdict, part: &Part<'_>) -> bool {
    // a menu in one block has voted already
    let is_menu = || verdict.letters >= ENOUGH / 2 && part.text.contains(" | ");
    (1..ENOUGH).contains(&verdict.letters) && verdict.code != "und" && verdict.ranking.has_choice() && !is_menu()
}

/// The language of all parts together.
pub(crate) fn of_parts(parts: &[Part<'_>], tongues: &[Tongue]) -> Option<Tongue> {
    of_all(parts.iter().zip(tongues).map(|(p, t)| (*t, p.letters, p.weight)))
}

/// The language most of a page is in: each block counts by its letters and its weight, a short one a third of that,
/// because menus are made of short ones.
pub(crate) fn of_all(blocks: impl Iterator<Item = (Tongue, f32, f32)>) -> Option<Tongue> {
    let mut sums: Vec<(Tongue, f32, f32)> = Vec::new(); // language, weight, weight times confidence
    let mut total = 0.0;
    for (tongue, letters, weight) in blocks {
        if tongue.code == *"und" || tongue.code.is_empty() {
            continue;
        }
        #[allow(clippy::cast_precision_loss, reason = "a small constant")]
        let short = if letters < ENOUGH as f32 { 1.0 / 3.0 } else { 1.0 };
        let share = letters * weight * short;
        total += share;
        match sums.iter_mut().find(|(l, _, _)| l.code == tongue.code && l.script == tongue.script) {
            Some((_, sum, sure)) => {
                *sum += share;
                *sure += share * tongue.confidence;
            }
            None => sums.push((tongue, share, share * tongue.confidence)),
        }
    }
    let (tongue, _, sure) = sums.into_iter().max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.code.cmp(&a.0.code)))?;
    let confidence = if total > 0.0 { sure / total } else { 0.0 };
    Some(Tongue { confidence, ..tongue })
}

/// The language of the long parts.
fn home(parts: &[Part<'_>], verdicts: &[Rc<Verdict>]) -> Option<Code> {
    let long = parts.iter().zip(verdicts).filter(|(_, v)| v.letters >= ENOUGH);
    of_all(long.map(|(p, v)| (v.tongue(), p.letters, p.weight.max(0.05)))).map(|t| t.code)
}

/// What short parts say together with their neighbours.
#[derive(Debug, Default)]
struct Groups {
    /// For each part the number of its group, where it has one.
    of: Vec<Option<usize>>,
    /// What each group says, its probabilities as they weigh: see [`NEIGHBOURS`].
    rankings: Vec<Ranking>,
}

/// For each short part what it and its short neighbours of the same script say as one text.
fn groups(parts: &[Part<'_>], verdicts: &[Rc<Verdict>]) -> Groups {
    let mut out = Groups { of: vec![None; parts.len()], rankings: Vec::new() };
    let mut run: Vec<usize> = Vec::new();
    let is_short = |v: &Verdict| v.letters > 0 && v.letters < ENOUGH;
    for (i, verdict) in verdicts.iter().enumerate() {
        let joins =
            is_short(verdict) && run.last().and_then(|l| verdicts.get(*l)).is_none_or(|l| l.script == verdict.script);
        if !joins {
            close(&run, parts, &mut out);
            run.clear();
        }
        if is_short(verdict) {
            run.push(i);
        }
    }
    close(&run, parts, &mut out);
    out
}

/// Reads a run of short parts in windows of [`REACH`] to each side.
fn close(run: &[usize], parts: &[Part<'_>], out: &mut Groups) {
    if run.len() < 2 {
        return;
    }
    let mut last = None;
    for (at, &index) in run.iter().enumerate() {
        let first = at.saturating_sub(REACH) / REACH * REACH; // windows move in steps, so that a long list costs little
        if last != Some(first) {
            let words: Vec<&str> =
                run.iter().skip(first).take(2 * REACH + 1).filter_map(|i| parts.get(*i)).map(|p| p.text).collect();
            out.rankings.push(said_together(&words.join(" ")));
            last = Some(first);
        }
        if let Some(slot) = out.of.get_mut(index) {
            *slot = out.rankings.len().checked_sub(1);
        }
    }
}

/// Windows that are kept, and bytes of the longest: menus come again on every page of their site.
const WINDOWS: usize = 1 << 9;
const LONGEST_WINDOW: usize = 1 << 10;

thread_local! {
    static SAID: RefCell<MemoCache<Ranking, WINDOWS, LONGEST_WINDOW>> = RefCell::default();
}

/// What a window says, its probabilities as they weigh.
fn said_together(window: &str) -> Ranking {
    let say = |window: &str| identify::verdict(window).ranking.map(as_neighbours);
    SAID.with_borrow_mut(|said| said.get(window, say))
}

/// What a probability among the neighbours weighs.
fn as_neighbours(p: f32) -> f32 {
    p.max(FLOOR).powf(NEIGHBOURS)
}

/// What speaks for languages on the whole page, told once for all its parts of a script.
#[derive(Default)]
struct Page<'a> {
    home: Option<&'a str>,
    hint: Option<&'a str>,
    /// The languages that the rest is of.
    labels: &'static [&'static str],
    /// What each language's probability is multiplied by, first as the page's own, then as the hint says.
    factors: [(f32, f32); ROOM],
    /// The place of what is none of the model's languages.
    other: Option<usize>,
}

impl Page<'_> {
    fn look_at(&mut self, labels: &'static [&'static str]) {
        if std::ptr::eq(self.labels, labels) {
            return;
        }
        self.labels = labels;
        self.other = labels.iter().position(|label| *label == "oth");
        for (factor, label) in self.factors.iter_mut().zip(labels) {
            let home = if self.home == Some(label) { 1.0 + AT_HOME * 4.0 } else { 1.0 };
            let hint = if self.hint == Some(label) { 1.3 } else { 1.0 }; // `<html lang>` is often the template's, not the text's
            *factor = (home, hint);
        }
    }
}

/// Weighs what a short part says with what its surroundings say: its language and its probability. Of languages that weigh the
/// same the first by name is it.
fn lean(verdict: &Verdict, group: Option<&Ranking>, page: &mut Page<'_>) -> (&'static str, f32) {
    page.look_at(verdict.ranking.labels());
    let beside = group.map(|group| group.in_order_of(&verdict.ranking, || as_neighbours(0.0)));
    let mut total = 0.0;
    let mut best: Option<(&'static str, f32)> = None;
    for (at, ((label, own), (home, hint))) in verdict.ranking.languages().zip(page.factors).enumerate() {
        if page.other == Some(at) {
            continue;
        }
        let mut p = own.max(FLOOR);
        if let Some(beside) = &beside {
            p *= beside.get(at).copied().unwrap_or_default();
        }
        p = p * home * hint;
        total += p;
        if best.is_none_or(|(known, most)| p > most || (p >= most && label < known)) {
            best = Some((label, p));
        }
    }
    let weighed = best.map(|(label, p)| (label, p / total.max(f32::MIN_POSITIVE)));
    weighed.unwrap_or((verdict.code, verdict.confidence))
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
    fn a_russian_menu_and_an_english_footer_do_not_decide_over_a_tajik_page() {
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
