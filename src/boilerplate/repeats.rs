//! On how many pages of a site a block stands.
//!
//! Counting pages alone deletes main text: pages quote each other, a law is printed in three versions, a declaration
//! has a print version. So the pages of a site and language are first grouped by containment of their text, and a group
//! counts once ([`group`]). The table is a function of the pages alone, never of their order, and is frozen, hashed and
//! named in the log before anything is marked with it.

use super::Support;
use super::sketch::Sketch;
use crate::digest;
use foldhash::{HashMap, HashSet};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;

/// Sampled shingles that a page needs before it can be grouped with another: fewer are a caption, not a text.
const MIN_SHINGLES: usize = 8;
/// Share of a page's text inside another that makes the two one page with small changes.
const NEAR_DUPLICATE: f64 = 0.8;
/// Share of a page's text inside another that makes it a quotation or a re-cut, once what most pages share is set aside.
const CONTAINED: f64 = 0.5;
/// Text that stands on more than this share of the groups is the site's, not a page's.
const COMMON: f64 = 0.6;
/// A shingle held by more groups than this tells nothing about any two of them.
const MAX_HOLDERS: u32 = 64;
/// Collections of collections that are told apart.
const MAX_COLLECTIONS: usize = 8;

/// The frozen table of one site and language.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Repeats {
    of: u32,
    blocks: HashMap<u64, u32>,
}

/// Whose table a line holds.
pub type SiteAndLanguage = (String, String);

impl Repeats {
    /// Counts the pages of one site and language; their order has no say.
    #[must_use]
    pub fn count(pages: &[Sketch]) -> Self {
        let groups = group(pages);
        let mut blocks: HashMap<u64, u32> = HashMap::default();
        for members in &groups {
            let prints = members.iter().filter_map(|i| pages.get(*i)).flat_map(|page| &page.prints);
            for print in each_once(prints.flat_map(|p| [p.exact, p.folded]).filter(|p| *p != 0)) {
                *blocks.entry(print).or_default() += 1;
            }
        }
        blocks.retain(|_, pages| *pages > 1);
        Self { of: u32::try_from(groups.len()).unwrap_or(u32::MAX), blocks }
    }

    /// For each block of a page on how many others of its site and language it stands.
    #[must_use]
    pub fn support(&self, page: &Sketch) -> Vec<Support> {
        let on = |print: u64| self.blocks.get(&print).copied().unwrap_or(1);
        page.prints.iter().map(|p| Support { pages: on(p.exact).max(on(p.folded)), of: self.of }).collect()
    }

    /// The table as it is stored: a line of canonical JSON.
    #[must_use]
    pub fn to_line(&self, site: &str, language: &str) -> String {
        let blocks: BTreeMap<String, u32> = self.blocks.iter().map(|(p, n)| (format!("{p:016x}"), *n)).collect();
        digest::canonical_json(&json!({"site": site, "language": language, "of": self.of, "blocks": blocks}))
    }

    /// Reads what [`Self::to_line`] wrote; none when it isn't that.
    #[must_use]
    pub fn of_line(line: &str) -> Option<(SiteAndLanguage, Self)> {
        #[derive(Deserialize)]
        struct Line<'a> {
            site: String,
            language: String,
            of: u32,
            #[serde(borrow)]
            blocks: HashMap<&'a str, u32>,
        }
        let Line { site, language, of, blocks } = serde_json::from_str(line).ok()?;
        let number = |(print, n): (&str, u32)| Some((u64::from_str_radix(print, 16).ok()?, n));
        let blocks = blocks.into_iter().map(number).collect::<Option<_>>()?;
        Some(((site, language), Self { of, blocks }))
    }

    /// Number of repeated blocks.
    #[must_use]
    pub fn blocks(&self) -> usize {
        self.blocks.len()
    }
}

/// Groups pages so that re-cuts, print versions and new editions of one text count once: indices, each in one group.
///
/// Leader clustering from the longest page down: a page joins the first leader that holds enough of its text. First
/// near-duplicates; then, with the text set aside that most of these groups share (an excerpt under every article),
/// pages that lie half inside another.
///
/// A page that holds several others which have nothing to do with each other (an archive, a year's decrees on one page)
/// would make them all one: such a page is a group of none, and they are grouped without it.
fn group(pages: &[Sketch]) -> Vec<Vec<usize>> {
    let none = HashSet::default();
    let each: Vec<Vec<usize>> = (0..pages.len()).map(|i| vec![i]).collect();
    let first = apart(pages, &each, NEAR_DUPLICATE, &none);
    apart(pages, &first, CONTAINED, &common(pages, &first))
}

/// The shingles that most of some groups hold.
fn common(pages: &[Sketch], groups: &[Vec<usize>]) -> HashSet<u64> {
    let mut shingles: Vec<u64> = Vec::new();
    for members in groups {
        let here = members.iter().filter_map(|i| pages.get(*i)).flat_map(|p| p.shingles.iter().copied());
        shingles.extend(each_once(here));
    }
    shingles.sort_unstable();
    #[allow(clippy::cast_precision_loss, reason = "page counts are far below 2^52")]
    let is_common = |n: usize| n >= 3 && n as f64 > COMMON * groups.len() as f64;
    let held = shingles.chunk_by(|a, b| a == b).filter(|held| is_common(held.len()));
    held.filter_map(|held| held.first().copied()).collect()
}

/// The numbers that come, each once.
fn each_once(numbers: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut all: Vec<u64> = numbers.collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Clusters, and again without the first group of each cluster that falls apart without it.
fn apart(pages: &[Sketch], groups: &[Vec<usize>], share: f64, aside: &HashSet<u64>) -> Vec<Vec<usize>> {
    let mut done = Vec::new();
    let mut open = cluster(pages, groups, share, aside);
    for _ in 0..MAX_COLLECTIONS {
        let mut next = Vec::new();
        for cluster_of in open {
            let rest = cluster_of.get(1..).unwrap_or(&[]);
            let without = if rest.len() > 1 { cluster(pages, rest, share, aside) } else { Vec::new() };
            if without.len() > 1 {
                next.extend(without);
            } else {
                done.push(cluster_of.concat());
            }
        }
        open = next;
    }
    done.extend(open.iter().map(|cluster_of| cluster_of.concat()));
    done
}

/// Merges groups whose first page lies by `share` inside the first page of an earlier one; shingles in `aside` don't count.
fn cluster(pages: &[Sketch], groups: &[Vec<usize>], share: f64, aside: &HashSet<u64>) -> Vec<Vec<Vec<usize>>> {
    let text_of = |members: &Vec<usize>| -> Vec<u64> {
        let page = members.first().and_then(|i| pages.get(*i));
        page.map(|p| p.shingles.iter().copied().filter(|s| !aside.contains(s)).collect()).unwrap_or_default()
    };
    let mut order: Vec<(Vec<u64>, &Vec<usize>)> = groups.iter().map(|g| (text_of(g), g)).collect();
    // Ties are broken by the text itself, so that the order in which pages came has no say.
    order.sort_by(|(a, x), (b, y)| b.len().cmp(&a.len()).then_with(|| a.cmp(b)).then_with(|| x.cmp(y)));
    let mut leaders: Vec<Vec<Vec<usize>>> = Vec::new();
    let mut holders = Holders::default();
    for (text, members) in order {
        if let Some(leader) = holders.leader_of(&text, leaders.len(), share) {
            if let Some(group) = leaders.get_mut(leader) {
                group.push(members.clone());
            }
            continue;
        }
        let index = u32::try_from(leaders.len()).unwrap_or(u32::MAX);
        leaders.push(vec![members.clone()]);
        for shingle in text {
            holders.add(shingle, index);
        }
    }
    leaders
}

/// The leaders that hold each shingle. A site has hundreds of thousands, nearly all held by one: a list for each would take
/// three times the room.
#[derive(Default)]
struct Holders {
    /// The place of a shingle's last holder among all.
    last: HashMap<u64, u32>,
    all: Vec<Holder>,
}

#[derive(Clone, Copy)]
struct Holder {
    leader: u32,
    /// The place of the one before it, of the same shingle; [`NOWHERE`] for the first.
    before: u32,
    /// Holders of the shingle up to this one.
    count: u32,
}

const NOWHERE: u32 = u32::MAX;

impl Holders {
    fn add(&mut self, shingle: u64, leader: u32) {
        let last = self.last.entry(shingle).or_insert(NOWHERE);
        let count = self.all.get(*last as usize).map_or(0, |holder| holder.count);
        if count < MAX_HOLDERS {
            let before = std::mem::replace(last, u32::try_from(self.all.len()).unwrap_or(NOWHERE));
            self.all.push(Holder { leader, before, count: count + 1 });
        }
    }

    /// The leaders that hold a shingle.
    fn of(&self, shingle: u64) -> impl Iterator<Item = u32> {
        let holder = |at: u32| self.all.get(at as usize);
        let last = self.last.get(&shingle).and_then(|at| holder(*at));
        std::iter::successors(last, move |one| holder(one.before)).map(|one| one.leader)
    }

    /// Which of so many leaders holds most of a text, when that is enough; of equals the first.
    fn leader_of(&self, text: &[u64], leaders: usize, share: f64) -> Option<usize> {
        if text.len() < MIN_SHINGLES {
            return None;
        }
        let mut shared = vec![0_usize; leaders];
        for leader in text.iter().flat_map(|shingle| self.of(*shingle)) {
            if let Some(count) = shared.get_mut(leader as usize) {
                *count += 1;
            }
        }
        let (leader, most) =
            shared.into_iter().enumerate().max_by_key(|(leader, n)| (*n, std::cmp::Reverse(*leader)))?;
        #[allow(clippy::cast_precision_loss, reason = "shingle counts are far below 2^52")]
        let inside = most as f64 >= share * text.len() as f64;
        inside.then_some(leader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Block, Document};

    fn page(own: &[&str], chrome: &[&str]) -> Sketch {
        let block = |text: &str, score: f32| Block {
            text: text.to_owned(),
            score,
            path: format!("html/body/p{score}"),
            ..Block::default()
        };
        let mut blocks: Vec<Block> = own.iter().map(|t| block(t, 0.9)).collect();
        blocks.extend(chrome.iter().map(|t| block(t, 0.1)));
        Sketch::of(&Document { blocks, ..Document::default() })
    }

    fn text(name: &str) -> String {
        (0..60).map(|i| name.to_owned() + &i.to_string()).collect::<Vec<_>>().join(" ")
    }

    fn support_of(pages: &[Sketch], page: &Sketch) -> Vec<Support> {
        Repeats::count(pages).support(page)
    }

    #[test]
    fn a_footer_on_every_page_is_counted_on_every_page() {
        let pages: Vec<Sketch> = ["a", "b", "c", "d"].iter().map(|n| page(&[&text(n)], &["© The ministry"])).collect();
        let support = support_of(&pages, &pages[0]);
        assert_eq!(support, [Support { pages: 1, of: 4 }, Support { pages: 4, of: 4 }]);
    }

    #[test]
    fn versions_of_one_text_count_once() {
        let law = text("law");
        let pages = [
            page(&[&law, "First edition"], &[]),
            page(&[&law, "Second"], &[]),
            page(&[&law], &[]),
            page(&[&text("x")], &[]),
        ];
        let support = support_of(&pages, &pages[0]);
        assert_eq!(support[0], Support { pages: 1, of: 2 });
    }

    #[test]
    fn a_page_that_holds_all_others_does_not_make_them_one() {
        let texts: Vec<String> = ["a", "b", "c", "d"].iter().map(|n| text(n)).collect();
        let mut pages: Vec<Sketch> = texts.iter().map(|t| page(&[t], &["Footer of the house"])).collect();
        pages.push(page(&texts.iter().map(String::as_str).collect::<Vec<_>>(), &["Footer of the house"]));
        let support = support_of(&pages, &pages[0]);
        assert_eq!(support, [Support { pages: 1, of: 4 }, Support { pages: 4, of: 4 }]);
        // and the collection itself keeps its text
        assert!(support_of(&pages, &pages[4]).iter().take(4).all(|s| s.pages == 1));
    }

    #[test]
    fn an_excerpt_under_every_short_article_does_not_make_them_one() {
        let excerpt = text("excerpt");
        let pages: Vec<Sketch> =
            ["a", "b", "c", "d", "e"].iter().map(|n| page(&[text(n).split_at(150).0, &excerpt], &[])).collect();
        assert_eq!(support_of(&pages, &pages[0])[1], Support { pages: 5, of: 5 });
    }

    #[test]
    fn a_counter_is_recognised_by_the_words_around_its_number() {
        let pages: Vec<Sketch> = ["a", "b", "c"]
            .iter()
            .zip(["1", "22", "333"])
            .map(|(n, v)| page(&[&text(n)], &[&format!("Visitors today: {v}")]))
            .collect();
        assert_eq!(support_of(&pages, &pages[0])[1].pages, 3);
    }

    #[test]
    fn the_order_of_the_pages_has_no_say() {
        let mut pages: Vec<Sketch> =
            ["a", "b", "a", "c"].iter().map(|n| page(&[&text(n)], &["Footer of the house"])).collect();
        let one = Repeats::count(&pages);
        pages.reverse();
        let line = one.to_line("s", "eng");
        assert_eq!(line, Repeats::count(&pages).to_line("s", "eng"));
        assert_eq!(Repeats::of_line(&line), Some((("s".to_owned(), "eng".to_owned()), one)));
    }
}
