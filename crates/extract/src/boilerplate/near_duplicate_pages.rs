//! Which pages of a site tell one text: re-cuts, print versions, new editions.
//!
//! Shingles that several pages hold are numbered first; of the others, which are nearly all, it is enough how many there are.
//! What is to be told of each then stands in a list at its number: a table by their hashes takes several times the room.

use super::fingerprint::Sketch;
use sanad_document::linked_lists::{List, ListArena};

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

/// Indices of pages that count once.
pub(super) type Group = Vec<usize>;

/// Groups pages so that re-cuts, print versions and new editions of one text count once: indices, each in one group.
///
/// Leader clustering from the longest page down: a page joins the first leader that holds enough of its text. First
/// near-duplicates; then, with the text set aside that most of these groups share (an excerpt under every article),
/// pages that lie half inside another.
///
/// A page that holds several others which have nothing to do with each other (an archive, a year's decrees on one page)
/// would make them all one: such a page is a group of none, and they are grouped without it.
pub(super) fn group(pages: &[Sketch]) -> Vec<Group> {
    let mut texts = Texts::of(pages);
    let each = (0..pages.len()).map(|page| vec![page]).collect();
    let first = texts.apart(each, NEAR_DUPLICATE);
    texts.set_aside(&texts.common(&first));
    texts.apart(first, CONTAINED)
}

/// The numbers that come, each once, ascending.
pub(super) fn each_once<T: Ord>(numbers: impl Iterator<Item = T>) -> Vec<T> {
    let mut all: Vec<T> = numbers.collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// The pages' sampled shingles.
struct Texts<'a> {
    sketches: &'a [Sketch],
    /// How many each page has.
    lengths: Vec<usize>,
    /// For each page those that it shares with others, by their numbers, ascending.
    shared: Vec<Vec<u32>>,
    /// Shingles that are numbered.
    shingles: usize,
}

impl<'a> Texts<'a> {
    fn of(sketches: &'a [Sketch]) -> Self {
        let lengths: Vec<usize> = sketches.iter().map(|sketch| sketch.shingles.len()).collect();
        let mut places = Vec::with_capacity(lengths.iter().sum());
        for (page, sketch) in sketches.iter().enumerate() {
            places.extend(sketch.shingles.iter().map(|shingle| (*shingle, page)));
        }
        places.sort_unstable();
        let mut shared: Vec<Vec<u32>> = vec![Vec::new(); sketches.len()];
        let mut shingles = 0;
        for held in places.chunk_by(|(a, _), (b, _)| a == b).filter(|held| held.len() > 1) {
            for (_, page) in held {
                if let Some(text) = shared.get_mut(*page) {
                    text.push(shingles);
                }
            }
            shingles += 1;
        }
        Self { sketches, lengths, shared, shingles: shingles as usize }
    }

    /// The text of a group, which is that of its first page: how many shingles it has, and those that it shares.
    fn of_group(&self, group: &Group) -> (usize, &[u32]) {
        let page = group.first().and_then(|page| Some((*self.lengths.get(*page)?, self.shared.get(*page)?.as_slice())));
        page.unwrap_or_default()
    }

    /// All shingles of a group's text.
    fn whole(&self, group: &Group) -> &[u64] {
        group.first().and_then(|page| self.sketches.get(*page)).map_or(&[], |sketch| &sketch.shingles)
    }

    /// Which shingles most of some groups hold.
    fn common(&self, groups: &[Group]) -> Vec<bool> {
        let mut held = vec![0_u32; self.shingles];
        for members in groups {
            let here = members.iter().filter_map(|page| self.shared.get(*page)).flatten();
            for shingle in each_once(here) {
                if let Some(groups) = held.get_mut(*shingle as usize) {
                    *groups += 1;
                }
            }
        }
        #[allow(clippy::cast_precision_loss, reason = "page counts are far below 2^52")]
        let most = COMMON * groups.len() as f64;
        held.into_iter().map(|groups| groups >= 3 && f64::from(groups) > most).collect()
    }

    /// Leaves these shingles out of all texts.
    fn set_aside(&mut self, shingles: &[bool]) {
        for (text, length) in self.shared.iter_mut().zip(&mut self.lengths) {
            let before = text.len();
            text.retain(|shingle| shingles.get(*shingle as usize) != Some(&true));
            *length -= before - text.len();
        }
    }

    /// Clusters, and again without the first group of each cluster that falls apart without it.
    fn apart(&self, groups: Vec<Group>, share: f64) -> Vec<Group> {
        let mut holders = Holders::of(self.shingles);
        let mut done = Vec::new();
        let mut open = self.cluster(groups, share, &mut holders);
        for _ in 0..MAX_COLLECTIONS {
            let mut next = Vec::new();
            for cluster in open {
                let rest = cluster.get(1..).unwrap_or(&[]);
                let without =
                    if rest.len() > 1 { self.cluster(rest.to_vec(), share, &mut holders) } else { Vec::new() };
                if without.len() > 1 {
                    next.extend(without);
                } else {
                    done.push(cluster.concat());
                }
            }
            open = next;
        }
        done.extend(open.iter().map(|cluster| cluster.concat()));
        done
    }

    /// Puts each group whose text lies by `share` inside that of a longer one with that one; `holders` is room to work in.
    fn cluster(&self, mut groups: Vec<Group>, share: f64, holders: &mut Holders) -> Vec<Vec<Group>> {
        holders.clear();
        // Ties are broken by the text itself, so that the order in which pages came has no say.
        groups.sort_by(|x, y| {
            let (a, b) = (self.of_group(x), self.of_group(y));
            b.0.cmp(&a.0).then_with(|| self.whole(x).cmp(self.whole(y))).then_with(|| x.cmp(y))
        });
        let mut leaders: Vec<Vec<Group>> = Vec::new();
        for group in groups {
            let (length, text) = self.of_group(&group);
            let leader = holders.leader_of((length, text), leaders.len(), share);
            if let Some(cluster) = leader.and_then(|leader| leaders.get_mut(leader)) {
                cluster.push(group);
                continue;
            }
            holders.add(text, u32::try_from(leaders.len()).unwrap_or(u32::MAX));
            leaders.push(vec![group]);
        }
        leaders
    }
}

/// The leaders that hold each shingle.
struct Holders {
    of: Vec<List>,
    /// The shingles that have any, some several times.
    held: Vec<u32>,
    all: ListArena,
}

impl Holders {
    fn of(shingles: usize) -> Self {
        Self { of: vec![List::EMPTY; shingles], held: Vec::new(), all: ListArena::default() }
    }

    fn clear(&mut self) {
        self.all.clear();
        for shingle in self.held.drain(..) {
            if let Some(chain) = self.of.get_mut(shingle as usize) {
                *chain = List::EMPTY;
            }
        }
    }

    /// Adds a leader and its text.
    fn add(&mut self, text: &[u32], leader: u32) {
        for shingle in text {
            let Some(chain) = self.of.get_mut(*shingle as usize) else { continue };
            self.all.add(chain, leader, MAX_HOLDERS);
            self.held.push(*shingle);
        }
    }

    /// The leaders that hold a shingle.
    fn of_shingle(&self, shingle: u32) -> impl Iterator<Item = u32> {
        self.all.numbers(self.of.get(shingle as usize).copied().unwrap_or(List::EMPTY))
    }

    /// Which of so many leaders holds most of a text of this length, when that is enough; of equals the first.
    fn leader_of(&self, (length, text): (usize, &[u32]), leaders: usize, share: f64) -> Option<usize> {
        if length < MIN_SHINGLES {
            return None;
        }
        let mut shared = vec![0_usize; leaders];
        for leader in text.iter().flat_map(|shingle| self.of_shingle(*shingle)) {
            if let Some(count) = shared.get_mut(leader as usize) {
                *count += 1;
            }
        }
        let (leader, most) =
            shared.into_iter().enumerate().max_by_key(|(leader, n)| (*n, std::cmp::Reverse(*leader)))?;
        #[allow(clippy::cast_precision_loss, reason = "shingle counts are far below 2^52")]
        let inside = most as f64 >= share * length as f64;
        inside.then_some(leader)
    }
}
