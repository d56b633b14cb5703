//! Finds selectors for the text and the date of publication that hold on all pages looked at.
//!
//! A selector is tried as the rule it would become: every page is parsed again with it, and the result must be the
//! same.

use super::ancestors::around;
use super::surveyed_page::SurveyedPage;
use crate::worker::Worker;
use sanad_decode::{Body, Content};
use sanad_document::{Block, Document, SiteRules};
use sanad_extract::metadata::Metadata;
use std::collections::BTreeMap;

/// Minimum share of the kept text that the element of the text must contain.
const MOST_OF_IT: f64 = 0.9;

/// Maximum number of selectors that are tried for each rule. The innermost is the best, and few hold on a whole site.
const TRIES: usize = 4;

/// Minimum number of pages: one alone can't tell what belongs to the site from what belongs to the page.
const FEWEST: usize = 2;

/// Maximum number of elements around a date that are tried; elements further out hold more than the date.
const NEAREST: usize = 2;

/// Returns the rules that hold on all pages; none if there are no such rules or too few pages.
pub(super) fn find(pages: &[&SurveyedPage], worker: &mut Worker) -> Option<SiteRules> {
    if pages.len() < FEWEST {
        return None;
    }
    let content = first_that_holds(pages, worker, candidates(pages, text_steps), |s| SiteRules {
        content: vec![s],
        ..SiteRules::default()
    });
    let dates = candidates(pages, date_steps).into_iter().filter(|s| Some(s) != content.as_ref()).collect();
    let date = first_that_holds(pages, worker, dates, |s| SiteRules { date: vec![s], ..SiteRules::default() });
    let site =
        SiteRules { content: content.into_iter().collect(), date: date.into_iter().collect(), ..SiteRules::default() };
    (site != SiteRules::default()).then_some(site)
}

/// Returns the selectors that `steps` finds on every page, the innermost first.
fn candidates(pages: &[&SurveyedPage], steps: impl Fn(&SurveyedPage) -> Vec<String>) -> Vec<String> {
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for page in pages {
        let mut own = steps(page);
        own.dedup();
        for (depth, step) in own.into_iter().enumerate() {
            let (count, deepest) = counts.entry(step).or_default();
            *count += 1;
            *deepest = depth.max(*deepest);
        }
    }
    let mut common: Vec<(usize, String)> =
        counts.into_iter().filter(|(_, (count, _))| *count == pages.len()).map(|(s, (_, d))| (d, s)).collect();
    common.sort_by(|a, b| b.cmp(a));
    common.into_iter().map(|(_, step)| step).take(TRIES).collect()
}

/// Returns the elements that hold most of a page's kept text, outermost first.
fn text_steps(page: &SurveyedPage) -> Vec<String> {
    let kept: Vec<&Block> = page.document.blocks.iter().filter(|b| b.fate.is_kept()).collect();
    let size = |b: &Block| b.text.len();
    let whole: usize = kept.iter().map(|b| size(b)).sum();
    let mut weights: BTreeMap<(usize, &str), usize> = BTreeMap::new();
    for block in &kept {
        for (depth, step) in block.path.split('/').enumerate() {
            *weights.entry((depth, step)).or_default() += size(block);
        }
    }
    #[allow(clippy::cast_precision_loss, reason = "a page has far fewer than 2^52 bytes")]
    let holds = |weight: usize| weight as f64 >= whole as f64 * MOST_OF_IT;
    weights.into_iter().filter(|(_, w)| holds(*w)).filter_map(|((_, step), _)| selector(step)).collect()
}

/// Returns the elements nearest to the date of publication, outermost first, if the page's text states it.
fn date_steps(page: &SurveyedPage) -> Vec<String> {
    let stated = page.metadata.dates.iter().find(|d| d.role == "published" && d.from == "text");
    let body = sanad_decode::decode(&page.looked.body, &page.known());
    let (Some(date), Ok(Body { content: Content::Html(text), .. })) = (stated, body) else { return Vec::new() };
    let mut near: Vec<String> =
        around(&text, &date.raw).iter().filter_map(|step| selector(step)).take(NEAREST).collect();
    near.reverse();
    near
}

/// Turns a step such as `div#id.class` into a selector; none if it has no id or class, or one with a digit, which often
/// belongs to a single page.
fn selector(step: &str) -> Option<String> {
    let is_plain = |c: char| c.is_ascii_alphabetic() || matches!(c, '-' | '_' | '.' | '#');
    let (at, _) = step.char_indices().find(|(_, c)| matches!(c, '#' | '.'))?;
    let (name, qualifiers) = step.split_at_checked(at)?;
    let is_valid = !matches!(name, "html" | "body") && step.chars().all(|c| is_plain(c) || c.is_ascii_digit());
    let is_general = qualifiers.chars().all(is_plain) && !qualifiers.contains("..");
    (is_valid && is_general).then(|| step.to_owned())
}

/// Returns the first selector with whose rule every page reads as before.
fn first_that_holds(
    pages: &[&SurveyedPage],
    worker: &mut Worker,
    candidates: Vec<String>,
    rule: impl Fn(String) -> SiteRules,
) -> Option<String> {
    candidates.into_iter().find(|selector| {
        let site = rule(selector.clone());
        pages.iter().all(|page| reads_the_same(page, &site, worker))
    })
}

/// Returns true if a page has the same text and date with these rules, and the rule for its text drops something.
fn reads_the_same(page: &SurveyedPage, site: &SiteRules, worker: &mut Worker) -> bool {
    let Ok(document) = page.parse_with(site.clone(), worker) else { return false };
    let fires = site.content.is_empty() || document.blocks.iter().any(|b| !b.fate.is_kept());
    let (document, metadata) = page.judge(document);
    fires && same_text(&page.document, &document) && (site.date.is_empty() || same_date(&page.metadata, &metadata))
}

/// Returns true if the amounts of kept text differ by no more than the share that may be elsewhere.
fn same_text(before: &Document, after: &Document) -> bool {
    let size = |d: &Document| d.blocks.iter().filter(|b| b.fate.is_kept()).map(|b| b.text.len()).sum::<usize>();
    #[allow(clippy::cast_precision_loss, reason = "a page has far fewer than 2^52 bytes")]
    let (before, after) = (size(before) as f64, size(after) as f64);
    after >= before * MOST_OF_IT && after <= before * (2.0 - MOST_OF_IT)
}

fn same_date(before: &Metadata, after: &Metadata) -> bool {
    let published = |m: &Metadata| m.dates.iter().find(|d| d.role == "published").map(|d| d.value.clone());
    published(before) == published(after)
}
