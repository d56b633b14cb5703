//! The languages of a page's blocks together: short blocks lean on their neighbours, menus vote as one.
//!
//! A short block says little alone («Новости» is Russian, Bulgarian, Macedonian, …). Neighbouring short blocks of one
//! script are read as one text, and what that says, and what the page's long blocks are in, is weighed with what the
//! block says itself. A block of its own words keeps its own verdict; codes and numbers stay `und`.

use super::{
    identify::{self, Verdict},
    letters,
    ngrams::Ranking,
};
use crate::record::Tongue;

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
    /// Likelihood to be main text, 0 to 1.
    pub(crate) weight: f32,
}

/// A tongue for each part, and the page's.
pub(crate) fn tongues(parts: &[Part<'_>], hint: Option<&str>) -> (Vec<Tongue>, Option<Tongue>) {
    let mut verdicts: Vec<Verdict> = parts.iter().map(|p| identify::verdict(p.text)).collect();
    let home = home(parts, &verdicts);
    let groups = groups(parts, &verdicts);
    for ((verdict, part), group) in verdicts.iter_mut().zip(parts).zip(groups) {
        if verdict.letters == 0 || verdict.letters >= ENOUGH || !verdict.ranking.has_choice() {
            continue;
        }
        if part.text.contains(" | ") && verdict.letters >= ENOUGH / 2 {
            continue; // a menu in one block has voted already
        }
        lean(verdict, group.as_ref(), home.as_deref(), hint);
    }
    let tongues: Vec<Tongue> = verdicts.into_iter().map(|v| v.tongue).collect();
    let whole = of_all(parts.iter().zip(&tongues).map(|(p, t)| (t, letters::count(p.text), p.weight)));
    (tongues, whole)
}

/// The language most of a page is in: each block counts by its letters and its weight, a short one a third of that,
/// because menus are made of short ones.
pub(crate) fn of_all<'a>(blocks: impl Iterator<Item = (&'a Tongue, f32, f32)>) -> Option<Tongue> {
    let mut sums: Vec<(Tongue, f32, f32)> = Vec::new(); // tongue, weight, weight times confidence
    let mut total = 0.0;
    for (tongue, letters, weight) in blocks {
        if tongue.code == "und" || tongue.code.is_empty() {
            continue;
        }
        #[allow(clippy::cast_precision_loss, reason = "a small constant")]
        let short = if letters < ENOUGH as f32 { 1.0 / 3.0 } else { 1.0 };
        let share = letters * weight * short;
        total += share;
        match sums.iter_mut().find(|(t, _, _)| t.code == tongue.code && t.script == tongue.script) {
            Some((_, sum, sure)) => {
                *sum += share;
                *sure += share * tongue.confidence;
            }
            None => sums.push((tongue.clone(), share, share * tongue.confidence)),
        }
    }
    let (mut tongue, _, sure) = sums.into_iter().max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.code.cmp(&a.0.code)))?;
    tongue.confidence = if total > 0.0 { sure / total } else { 0.0 };
    Some(tongue)
}

/// The language of the long parts.
fn home(parts: &[Part<'_>], verdicts: &[Verdict]) -> Option<String> {
    let long = parts.iter().zip(verdicts).filter(|(_, v)| v.letters >= ENOUGH);
    of_all(long.map(|(p, v)| (&v.tongue, letters::count(p.text), p.weight.max(0.05)))).map(|t| t.code)
}

/// For each short part what it and its short neighbours of the same script say as one text.
fn groups(parts: &[Part<'_>], verdicts: &[Verdict]) -> Vec<Option<Ranking>> {
    let mut out = vec![None; parts.len()];
    let mut run: Vec<usize> = Vec::new();
    let is_short = |v: &Verdict| v.letters > 0 && v.letters < ENOUGH;
    for (i, verdict) in verdicts.iter().enumerate() {
        let joins = is_short(verdict)
            && run.last().and_then(|l| verdicts.get(*l)).is_none_or(|l| l.tongue.script == verdict.tongue.script);
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
fn close(run: &[usize], parts: &[Part<'_>], out: &mut [Option<Ranking>]) {
    if run.len() < 2 {
        return;
    }
    let mut last: Option<(usize, Ranking)> = None;
    for (at, &index) in run.iter().enumerate() {
        let first = at.saturating_sub(REACH) / REACH * REACH; // windows move in steps, so that a long list costs little
        let ranking = match &last {
            Some((f, r)) if *f == first => *r,
            _ => {
                let words: Vec<&str> =
                    run.iter().skip(first).take(2 * REACH + 1).filter_map(|i| parts.get(*i)).map(|p| p.text).collect();
                identify::verdict(&words.join(" ")).ranking
            }
        };
        if let Some(slot) = out.get_mut(index) {
            *slot = Some(ranking);
        }
        last = Some((first, ranking));
    }
}

/// Weighs what a short part says with what its surroundings say.
fn lean(verdict: &mut Verdict, group: Option<&Ranking>, home: Option<&str>, hint: Option<&str>) {
    let weighed = verdict.ranking.languages().map(|(label, own)| {
        let mut p = own.max(FLOOR);
        if let Some(group) = group {
            p *= group.of(label).max(FLOOR).powf(NEIGHBOURS);
        }
        if home == Some(label) {
            p *= 1.0 + AT_HOME * 4.0;
        }
        if hint == Some(label) {
            p *= 1.3; // `<html lang>` is often the template's, not the text's
        }
        (label, p)
    });
    let mut languages: Vec<(&'static str, f32)> = weighed.filter(|(l, _)| *l != "oth").collect();
    let total: f32 = languages.iter().map(|(_, p)| p).sum();
    languages.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    if let Some((label, p)) = languages.first().copied()
        && verdict.tongue.code != "und"
    {
        verdict.tongue.code = label.to_owned();
        verdict.tongue.confidence = p / total.max(f32::MIN_POSITIVE);
    }
}

#[cfg(test)]
mod tests {
    use super::{Part, tongues};

    fn codes(texts: &[&str]) -> (Vec<String>, String) {
        let parts: Vec<Part<'_>> = texts.iter().map(|text| Part { text, weight: 1.0 }).collect();
        let (blocks, whole) = tongues(&parts, None);
        (blocks.into_iter().map(|t| t.code).collect(), whole.map(|t| t.code).unwrap_or_default())
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
