//! Selectors that hold on the pages looked at: where the text stands, and where the date of publication.
//!
//! A selector is tried as the rule it would be: the pages are read once more with it, and must give the same.

use super::ancestors::around;
use super::{Page, request};
use crate::worker::Worker;
use sanad_decode::{Body, Content};
use sanad_document::SiteRules;
use sanad_document::{Block, Document, TextMode};
use sanad_extract::metadata::Metadata;
use std::collections::BTreeMap;

/// Share of the kept text that must stand under one element before it is called the text's.
const MOST_OF_IT: f64 = 0.9;

/// Selectors tried for each: the innermost is the best, and a site has few that hold.
const TRIES: usize = 4;

/// Fewer pages can't tell what is the site's from what is one page's own.
const FEWEST: usize = 2;

/// Elements around a date that are tried: one further out holds more than the date.
const NEAREST: usize = 2;

/// The rules that hold on all pages; none when there are none, or when one page is all there is to go by.
pub(super) fn find(pages: &[&Page], worker: &mut Worker) -> Option<SiteRules> {
    if pages.len() < FEWEST {
        return None;
    }
    let content =
        tried(pages, worker, candidates(pages, text_steps), |s| SiteRules { content: vec![s], ..SiteRules::default() });
    let dates = candidates(pages, date_steps).into_iter().filter(|s| Some(s) != content.as_ref()).collect();
    let date = tried(pages, worker, dates, |s| SiteRules { date: vec![s], ..SiteRules::default() });
    let site =
        SiteRules { content: content.into_iter().collect(), date: date.into_iter().collect(), ..SiteRules::default() };
    (site != SiteRules::default()).then_some(site)
}

/// Selectors that every page has a place for, the innermost first.
fn candidates(pages: &[&Page], steps: impl Fn(&Page) -> Vec<String>) -> Vec<String> {
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

/// The elements, outermost first, that hold most of a page's kept text.
fn text_steps(page: &Page) -> Vec<String> {
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

/// The elements nearest to the date of publication, outermost first, where the page's text states it.
fn date_steps(page: &Page) -> Vec<String> {
    let stated = page.metadata.dates.iter().find(|d| d.role == "published" && d.from == "text");
    let body = sanad_decode::decode(&page.looked.body, &page.known());
    let (Some(date), Ok(Body { content: Content::Html(text), .. })) = (stated, body) else { return Vec::new() };
    let mut near: Vec<String> =
        around(&text, &date.raw).iter().filter_map(|step| selector(step)).take(NEAREST).collect();
    near.reverse();
    near
}

/// A selector of a step `div#id.class`; none for one that has no name of its own, or whose name has a number in it, which is
/// often the page's.
fn selector(step: &str) -> Option<String> {
    let is_plain = |c: char| c.is_ascii_alphabetic() || matches!(c, '-' | '_' | '.' | '#');
    let (at, _) = step.char_indices().find(|(_, c)| matches!(c, '#' | '.'))?;
    let name = step.get(..at)?;
    let id = step.get(at..)?;
    let sound = !matches!(name, "html" | "body") && step.chars().all(|c| is_plain(c) || c.is_ascii_digit());
    let is_own = id.chars().all(is_plain) && !id.contains("..");
    (sound && is_own).then(|| step.to_owned())
}

/// The first selector under whose rule every page reads as before.
fn tried(
    pages: &[&Page],
    worker: &mut Worker,
    candidates: Vec<String>,
    rule: impl Fn(String) -> SiteRules,
) -> Option<String> {
    candidates.into_iter().find(|selector| {
        let site = rule(selector.clone());
        pages.iter().all(|page| reads_the_same(page, &site, worker))
    })
}

fn reads_the_same(page: &Page, site: &SiteRules, worker: &mut Worker) -> bool {
    let Ok(document) = worker.parse(&request(&page.looked, Some(site.clone()))) else { return false };
    let fires = site.content.is_empty() || document.blocks.iter().any(|b| !b.fate.is_kept());
    let visit =
        sanad_extract::Visit { url: Some(page.looked.url.as_str()), captured_at: None, mode: TextMode::Complete };
    let (document, metadata) = sanad_extract::judge(document, &[], &visit);
    fires && same_text(&page.document, &document) && (site.date.is_empty() || same_date(&page.metadata, &metadata))
}

/// Whether no text is lost or won, but for the share that stands elsewhere.
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
