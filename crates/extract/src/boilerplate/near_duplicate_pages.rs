//! Groups the pages of a site that hold the same text: re-cuts, print versions, new editions.
//!
//! Most shingles occur on a single page, and of those only the count matters. Only shared shingles get a number. What
//! is known about each is stored in a list at its number: a map by hash would need several times the memory.

use super::fingerprint::Sketch;
use sanad_document::linked_lists::{List, ListArena};

/// Sampled shingles that a page needs to be grouped with another: fewer are a caption, not a text.
const MIN_SHINGLES: usize = 8;
/// Share of a page's text inside another that makes them the same page with small changes.
const NEAR_DUPLICATE: f64 = 0.8;
/// Share of a page's text inside another that makes it a quotation or a re-cut, once the text that most pages share is
/// set aside.
const CONTAINED: f64 = 0.5;
/// Text on more than this share of the groups belongs to the site, not to a page.
const COMMON: f64 = 0.6;
/// Groups that must hold a shingle before it can be common: of three groups, [`COMMON`] alone would make two enough.
const MIN_COMMON: u32 = 3;
/// A shingle is listed for at most this many leaders: one that more hold says nothing about any two of them.
const MAX_LEADERS: u32 = 64;
/// Rounds in which collections are taken out of their clusters.
const MAX_COLLECTIONS: usize = 8;

/// Indices of pages that count as one. The first represents them.
pub(super) type Group = Vec<usize>;

/// Groups pages so that re-cuts, print versions and new editions of one text count once. Each index is in at most one
/// group.
///
/// Leader clustering from the longest page down: a page joins the leader that holds most of its text, if that is
/// enough. The first pass joins near-duplicates. The second sets aside the text that most of these groups share (an
/// excerpt under every article) and joins pages that are half inside another.
///
/// A page that holds several unrelated others (an archive, a year's decrees on one page) would join them all. Such a
/// collection is in no group, and the others are grouped without it.
pub(super) fn group(pages: &[Sketch]) -> Vec<Group> {
    let mut texts = PageTexts::of(pages);
    let single = (0..pages.len()).map(|page| vec![page]).collect();
    let near_duplicates = texts.group(single, NEAR_DUPLICATE);
    texts.set_aside(&texts.common_shingles(&near_duplicates));
    texts.group(near_duplicates, CONTAINED)
}

/// Sorts the items and removes duplicates.
pub(super) fn sorted_unique<T: Ord>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut all: Vec<T> = items.collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// The sampled shingles of all pages.
struct PageTexts<'a> {
    sketches: &'a [Sketch],
    /// The number of shingles of each page.
    lengths: Vec<usize>,
    /// The numbers of the shingles that each page shares with others, ascending.
    shared: Vec<Vec<u32>>,
    /// How many shingles have a number.
    numbered: usize,
}

/// The text that represents a group: that of its first page.
#[derive(Debug, Clone, Copy, Default)]
struct GroupText<'a> {
    /// Number of shingles.
    length: usize,
    /// Numbers of the shared ones.
    shared: &'a [u32],
}

impl<'a> PageTexts<'a> {
    fn of(sketches: &'a [Sketch]) -> Self {
        let lengths: Vec<usize> = sketches.iter().map(|sketch| sketch.shingles.len()).collect();
        let mut occurrences = Vec::with_capacity(lengths.iter().sum());
        for (page, sketch) in sketches.iter().enumerate() {
            occurrences.extend(sketch.shingles.iter().map(|shingle| (*shingle, page)));
        }
        occurrences.sort_unstable();
        let mut shared: Vec<Vec<u32>> = vec![Vec::new(); sketches.len()];
        let mut numbered = 0;
        for on_pages in occurrences.chunk_by(|(a, _), (b, _)| a == b).filter(|on_pages| on_pages.len() > 1) {
            for (_, page) in on_pages {
                if let Some(shared) = shared.get_mut(*page) {
                    shared.push(numbered);
                }
            }
            numbered += 1;
        }
        Self { sketches, lengths, shared, numbered: numbered as usize }
    }

    fn text(&self, group: &Group) -> GroupText<'_> {
        let text = |page: &usize| {
            Some(GroupText { length: *self.lengths.get(*page)?, shared: self.shared.get(*page)?.as_slice() })
        };
        group.first().and_then(text).unwrap_or_default()
    }

    /// All shingles of a group's text, as hashes.
    fn hashes(&self, group: &Group) -> &[u64] {
        group.first().and_then(|page| self.sketches.get(*page)).map_or(&[], |sketch| &sketch.shingles)
    }

    /// Returns for each numbered shingle whether most of these groups hold it.
    fn common_shingles(&self, groups: &[Group]) -> Vec<bool> {
        let mut counts = vec![0_u32; self.numbered];
        for pages in groups {
            let shingles = pages.iter().filter_map(|page| self.shared.get(*page)).flatten();
            for shingle in sorted_unique(shingles) {
                if let Some(count) = counts.get_mut(*shingle as usize) {
                    *count += 1;
                }
            }
        }
        #[allow(clippy::cast_precision_loss, reason = "page counts are far below 2^52")]
        let limit = COMMON * groups.len() as f64;
        counts.into_iter().map(|count| count >= MIN_COMMON && f64::from(count) > limit).collect()
    }

    /// Removes these shingles from all texts.
    fn set_aside(&mut self, shingles: &[bool]) {
        for (shared, length) in self.shared.iter_mut().zip(&mut self.lengths) {
            let before = shared.len();
            shared.retain(|shingle| shingles.get(*shingle as usize) != Some(&true));
            *length -= before - shared.len();
        }
    }

    /// Merges groups by clustering. If a cluster falls apart without its first group, that group was a collection: it is
    /// left out, and the parts are checked for further collections.
    fn group(&self, groups: Vec<Group>, share: f64) -> Vec<Group> {
        let mut leaders = LeaderIndex::new(self.numbered);
        let mut done = Vec::new();
        let mut open = self.cluster(groups, share, &mut leaders);
        for _ in 0..MAX_COLLECTIONS {
            let mut next = Vec::new();
            for cluster in open {
                let rest = cluster.get(1..).unwrap_or(&[]);
                let without_first =
                    if rest.len() > 1 { self.cluster(rest.to_vec(), share, &mut leaders) } else { Vec::new() };
                if without_first.len() > 1 {
                    next.extend(without_first);
                } else {
                    done.push(cluster.concat());
                }
            }
            open = next;
        }
        done.extend(open.iter().map(|cluster| cluster.concat()));
        done
    }

    /// Puts each group into the cluster of a longer one that holds at least `share` of its text. `leaders` is a buffer
    /// that is cleared first.
    fn cluster(&self, mut groups: Vec<Group>, share: f64, leaders: &mut LeaderIndex) -> Vec<Vec<Group>> {
        leaders.clear();
        // Ties are broken by the text itself, so that the order of the pages doesn't matter.
        groups.sort_by(|x, y| {
            let (a, b) = (self.text(x), self.text(y));
            b.length.cmp(&a.length).then_with(|| self.hashes(x).cmp(self.hashes(y))).then_with(|| x.cmp(y))
        });
        let mut clusters: Vec<Vec<Group>> = Vec::new();
        for group in groups {
            let text = self.text(&group);
            let leader = leaders.best(text, clusters.len(), share);
            if let Some(cluster) = leader.and_then(|leader| clusters.get_mut(leader)) {
                cluster.push(group);
                continue;
            }
            leaders.add(text.shared, u32::try_from(clusters.len()).unwrap_or(u32::MAX));
            clusters.push(vec![group]);
        }
        clusters
    }
}

/// An inverted index: the leaders that hold each numbered shingle.
struct LeaderIndex {
    /// The list of each shingle.
    by_shingle: Vec<List>,
    /// The shingles whose list isn't empty, some several times.
    used: Vec<u32>,
    lists: ListArena,
}

impl LeaderIndex {
    fn new(shingles: usize) -> Self {
        Self { by_shingle: vec![List::EMPTY; shingles], used: Vec::new(), lists: ListArena::default() }
    }

    fn clear(&mut self) {
        self.lists.clear();
        for shingle in self.used.drain(..) {
            if let Some(list) = self.by_shingle.get_mut(shingle as usize) {
                *list = List::EMPTY;
            }
        }
    }

    /// Adds a leader with the shared shingles of its text.
    fn add(&mut self, shingles: &[u32], leader: u32) {
        for shingle in shingles {
            let Some(list) = self.by_shingle.get_mut(*shingle as usize) else { continue };
            self.lists.add(list, leader, MAX_LEADERS);
            self.used.push(*shingle);
        }
    }

    fn leaders_with(&self, shingle: u32) -> impl Iterator<Item = u32> {
        self.lists.numbers(self.by_shingle.get(shingle as usize).copied().unwrap_or(List::EMPTY))
    }

    /// Returns the leader (of `count`) that holds most of a text, if that is at least `share`. The first one wins a
    /// tie.
    fn best(&self, text: GroupText<'_>, count: usize, share: f64) -> Option<usize> {
        if text.length < MIN_SHINGLES {
            return None;
        }
        let mut common = vec![0_usize; count];
        for leader in text.shared.iter().flat_map(|shingle| self.leaders_with(*shingle)) {
            if let Some(count) = common.get_mut(leader as usize) {
                *count += 1;
            }
        }
        let (leader, most) =
            common.into_iter().enumerate().max_by_key(|(leader, n)| (*n, std::cmp::Reverse(*leader)))?;
        #[allow(clippy::cast_precision_loss, reason = "shingle counts are far below 2^52")]
        let is_enough = most as f64 >= share * text.length as f64;
        is_enough.then_some(leader)
    }
}
