//! What the model sees of a block, as numbers. None knows a language: lengths, shares, marks, places, neighbours.
//!
//! The training script reads the same numbers from the same code (`examples/features.rs`), so that training and use
//! can't come apart. The order of the numbers is the model's format; [`VERSION`] goes up when it changes.

use crate::char_counts::{Letters, ln};
use crate::class_words::GROUPS;
use crate::element_kind::FLAGS;
use crate::list_numbers::{numbered, repeats};
use crate::text_start::{Anchor, Gap};
use crate::title::Title;
use crate::walk::{Container, Facts, Reading};
use sanad_document::{Block, Kind};

/// Version of the list of features; the model's table names the one it was trained with.
pub(crate) const VERSION: u8 = 2;

/// Number of features.
pub(crate) const FEATURES: usize = OWN + FLAGS + GROUPS + LEVELS.len() * 4 + 2 * 4 + 4 + 12 + 6 * 4 + 4 + ANCHORED;

/// The numbers of a block's features and room for more, so that a feature's number of eight bits always names one.
pub(super) type Row = [f32; 256];

const OWN: usize = 38;

/// Numbers that tell a block's place from where the text begins.
const ANCHORED: usize = 16;

/// How many containers up the shares of the surroundings are taken.
const LEVELS: [usize; 5] = [0, 1, 2, 3, 5];

/// A block is prose from so many characters on, with few links: running text, not labels.
const PROSE_CHARS: f32 = 60.0;
const PROSE_LINKS: f32 = 0.34;

/// Shares of the page's prose that its main container holds.
const MAIN_SHARES: [f32; 2] = [0.6, 0.85];

/// No such container around it.
const FAR: f32 = 99.0;

/// Blocks from where the text begins that are told apart, and what stands where nobody knows where that is.
const NEAR: f32 = 150.0;
const UNKNOWN: f32 = 400.0;

/// Sums over all blocks before each block, so that any subtree's sums are one subtraction.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    chars: f32,
    links: f32,
    prose: f32,
}

/// Counts at one container path.
#[derive(Debug, Clone, Copy, Default)]
struct PathSums {
    blocks: f32,
    chars: f32,
    links: f32,
    prose: f32,
}

/// A page's features, block by block.
pub(super) struct Features<'a> {
    reading: &'a Reading,
    letters: Vec<Letters>,
    prose: Vec<bool>,
    gaps: Vec<Gap>,
    anchor: Anchor,
    lead: Main,
    before: Vec<Sums>,
    /// For each block the number of its path, and the sums at each.
    places: Vec<usize>,
    paths: Vec<PathSums>,
    /// For each block how many have its text.
    repeats: Vec<u32>,
    mains: [Main; 2],
    first_heading: Option<usize>,
    above: [f32; FLAGS + GROUPS],
    above_of: Option<u32>,
    scratch: Vec<f32>,
}

/// The deepest container that holds a given share of the prose, with the way to it.
#[derive(Debug, Default)]
struct Main {
    container: Container,
    /// The containers on the way, the one of depth `n` at `n`.
    way: Vec<u32>,
}

#[allow(clippy::cast_precision_loss, reason = "features need no more than seven digits")]
fn f(n: usize) -> f32 {
    n as f32
}

impl<'a> Features<'a> {
    /// Takes the page's sums.
    pub(super) fn of(reading: &'a Reading) -> Self {
        let title = reading.head.title.as_deref().unwrap_or("");
        let title = Title::of(title);
        let counted = reading.blocks.iter().zip(&reading.facts);
        let letters: Vec<Letters> = counted.map(|(b, f)| Letters::of(&b.text, &title, f.tally.chars)).collect();
        let prose: Vec<bool> = reading.blocks.iter().zip(&letters).map(|(b, l)| is_prose(b, l)).collect();
        let mut sums = Sums::default();
        let mut before = vec![sums];
        let places = numbered(reading.blocks.iter().map(|block| &*block.path));
        let mut paths = vec![PathSums::default(); reading.blocks.len()];
        for (((block, letters), is_prose), place) in reading.blocks.iter().zip(&letters).zip(&prose).zip(&places) {
            let chars = letters.size();
            let links = chars * block.link_share;
            let prose = if *is_prose { chars } else { 0.0 };
            sums.chars += chars;
            sums.links += links;
            sums.prose += prose;
            before.push(sums);
            if let Some(path) = paths.get_mut(*place) {
                path.blocks += 1.0;
                path.chars += chars;
                path.links += links;
                path.prose += prose;
            }
        }
        let repeats = repeats(reading.blocks.iter().map(|block| block.text.as_str()));
        let anchor = Anchor::of(reading, &letters, &prose);
        let links: Vec<f32> = before.iter().map(|sums| sums.links).collect();
        let gaps = Gap::all(&links, &prose, anchor.lead);
        let mut features = Self {
            reading,
            letters,
            prose,
            gaps,
            anchor,
            lead: Main::default(),
            before,
            places,
            paths,
            repeats,
            mains: [Main::default(), Main::default()],
            first_heading: reading.facts.iter().position(|f| f.heading == 1),
            above: [FAR; FLAGS + GROUPS],
            above_of: None,
            scratch: Vec::with_capacity(FEATURES),
        };
        features.mains = MAIN_SHARES.map(|share| features.main(share));
        let lead = anchor.lead.and_then(|lead| reading.facts.get(lead));
        features.lead = lead.map(|facts| features.main_at(facts.container)).unwrap_or_default();
        features
    }

    /// Of each block how many of its words stand in the page's title, and how many it has.
    pub(super) fn titled(&self) -> Vec<Option<(u32, u32)>> {
        self.letters.iter().map(Letters::hits).collect()
    }

    fn total(&self) -> Sums {
        self.before.last().copied().unwrap_or_default()
    }

    fn sums(&self, container: &Container) -> Sums {
        let at = |i: u32| self.before.get(i as usize).copied().unwrap_or(self.total());
        let (from, to) = (at(container.first), at(container.end));
        Sums { chars: to.chars - from.chars, links: to.links - from.links, prose: to.prose - from.prose }
    }

    fn main(&self, share: f32) -> Main {
        let wanted = self.total().prose * share;
        let mut best = (0_u32, Container::default());
        for (number, container) in (0_u32..).zip(&self.reading.containers) {
            if (number == 0 || container.depth > best.1.depth) && self.sums(container).prose >= wanted {
                best = (number, *container);
            }
        }
        self.main_at(best.0)
    }

    fn main_at(&self, number: u32) -> Main {
        let container = self.reading.containers.get(number as usize).copied().unwrap_or_default();
        let mut way: Vec<u32> = self.up(number).map(|(n, _)| n).collect();
        way.reverse();
        Main { container, way }
    }

    /// The container of this number and those around it.
    fn up(&self, number: u32) -> impl Iterator<Item = (u32, &Container)> {
        let containers = &self.reading.containers;
        let mut next = Some(number);
        std::iter::from_fn(move || {
            let number = next?;
            let container = containers.get(number as usize)?;
            next = (container.parent != number).then_some(container.parent);
            Some((number, container))
        })
    }

    /// Puts the features of block `i` into the model's row.
    pub(super) fn fill(&mut self, i: usize, row: &mut Row) {
        let mut features = std::mem::take(&mut self.scratch);
        self.write(i, &mut features);
        for (to, from) in row.iter_mut().zip(&features) {
            *to = *from;
        }
        self.scratch = features;
    }

    /// Writes the features of block `i`, [`FEATURES`] of them, into `row`.
    pub(super) fn write(&mut self, i: usize, row: &mut Vec<f32>) {
        row.clear();
        let reading = self.reading;
        let (Some(block), Some(facts)) = (reading.blocks.get(i), reading.facts.get(i)) else {
            row.resize(FEATURES, 0.0);
            return;
        };
        self.own(i, (block, facts), row);
        self.above(facts.container);
        row.extend_from_slice(&self.above);
        self.surroundings(facts.container, row);
        self.mains(i, facts.container, row);
        self.same_path(i, row);
        self.position(i, row);
        self.anchored(i, facts, row);
        for step in [-2, -1, 1, 2] {
            self.neighbour(i, step, row);
        }
        self.window(i, row);
        row.resize(FEATURES, 0.0);
    }

    fn own(&self, i: usize, (block, facts): (&Block, &Facts), row: &mut Vec<f32>) {
        let start = row.len();
        let tally = &facts.tally;
        let share = |part: u32| f(part as usize) / f(tally.chars.max(1) as usize);
        if let Some(letters) = self.letters.get(i) {
            letters.write(row);
        }
        row.extend([
            block.link_share,
            share(tally.bold_chars),
            ln(tally.links),
            ln(tally.inlines),
            ln(tally.images),
            ln(tally.controls),
            ln(tally.breaks),
            f32::from(kind_number(block.kind)),
            f32::from(facts.heading),
            f32::from(block.level.unwrap_or(0)),
            f32::from(u8::from(facts.hidden)),
            f32::from(u8::from(facts.noscript)),
            ln(self.repeats.get(i).copied().unwrap_or(0)),
        ]);
        row.resize(start + OWN, 0.0);
    }

    /// Distances, in containers, to the nearest one that has each flag and each word group.
    fn above(&mut self, container: u32) {
        if self.above_of == Some(container) {
            return;
        }
        let mut found = [FAR; FLAGS + GROUPS];
        let mut seen = (0_u32, 0_u64);
        for (distance, (_, above)) in self.up(container).enumerate() {
            let (mut flags, mut groups) = (above.flags & !seen.0, above.groups & !seen.1);
            seen = (seen.0 | flags, seen.1 | groups);
            while flags != 0 {
                if let Some(slot) = found.get_mut(flags.trailing_zeros() as usize) {
                    *slot = f(distance);
                }
                flags &= flags - 1;
            }
            while groups != 0 {
                if let Some(slot) = found.get_mut(FLAGS + groups.trailing_zeros() as usize) {
                    *slot = f(distance);
                }
                groups &= groups - 1;
            }
        }
        self.above = found;
        self.above_of = Some(container);
    }

    fn surroundings(&self, container: u32, row: &mut Vec<f32>) {
        let total = self.total().prose.max(1.0);
        let mut wanted = LEVELS.iter().peekable();
        let mut last = [0.0; 4];
        for (level, (_, above)) in self.up(container).enumerate() {
            if wanted.peek() == Some(&&level) {
                wanted.next();
                let sums = self.sums(above);
                let blocks = above.end.saturating_sub(above.first).max(1);
                last =
                    [sums.prose / total, sums.links / sums.chars.max(1.0), ln(blocks), sums.chars / f(blocks as usize)];
                row.extend(last);
            }
            if wanted.peek().is_none() {
                break;
            }
        }
        for _ in wanted {
            row.extend(last);
        }
    }

    fn mains(&self, i: usize, container: u32, row: &mut Vec<f32>) {
        for main in &self.mains {
            let (steps, depth) = self.meet(container, main);
            let (first, end) = (main.container.first as usize, main.container.end as usize);
            let blocks = f(self.reading.blocks.len().max(1));
            row.extend([
                f32::from(main.container.depth.saturating_sub(depth)),
                f(steps),
                f(i) - f(first),
                (f(i) - f(end)) / blocks,
            ]);
        }
    }

    /// Containers from here up to the first that also holds the main one, and that one's depth.
    fn meet(&self, container: u32, main: &Main) -> (usize, u16) {
        let mut up = self.up(container).enumerate();
        let on_way = |n: u32, c: &Container| main.way.get(usize::from(c.depth)) == Some(&n);
        up.find_map(|(steps, (n, c))| on_way(n, c).then_some((steps, c.depth))).unwrap_or((0, 0))
    }

    fn anchored(&self, i: usize, facts: &Facts, row: &mut Vec<f32>) {
        let start = row.len();
        let gap = self.gaps.get(i).copied().unwrap_or_default();
        let off = |place: Option<usize>| place.map_or(UNKNOWN, |p| (f(i) - f(p)).clamp(-NEAR, NEAR));
        row.extend([
            self.anchor.fit,
            off(self.anchor.title),
            off(self.anchor.lead),
            f32::from(u8::from(self.anchor.described.is_some())),
            f32::from(u8::from(self.anchor.described == Some(i))),
            gap.since.ln_1p(),
            gap.until.ln_1p(),
            gap.largest,
        ]);
        if let Some(lead) = self.anchor.lead {
            let (steps, depth) = self.meet(facts.container, &self.lead);
            let between = self.between(lead.min(i), lead.max(i));
            let path = self.path_sums(lead);
            row.extend([
                f32::from(self.lead.container.depth.saturating_sub(depth)),
                f(steps),
                f32::from(u8::from(self.share_a_path(lead, i))),
                between.prose.ln_1p(),
                between.links / between.chars.max(1.0),
                path.prose / self.total().prose.max(1.0),
                path.blocks.ln_1p(),
            ]);
        } else {
            row.resize(start + ANCHORED, -1.0);
        }
        row.resize(start + ANCHORED, f32::from(u8::from(self.prose.get(i) == Some(&true))));
    }

    fn between(&self, from: usize, to: usize) -> Sums {
        let at = |i: usize| self.before.get(i).copied().unwrap_or(self.total());
        let (from, to) = (at(from), at(to));
        Sums { chars: to.chars - from.chars, links: to.links - from.links, prose: to.prose - from.prose }
    }

    fn path_sums(&self, i: usize) -> PathSums {
        self.places.get(i).and_then(|place| self.paths.get(*place)).copied().unwrap_or_default()
    }

    fn share_a_path(&self, one: usize, other: usize) -> bool {
        self.places.get(one) == self.places.get(other)
    }

    fn same_path(&self, i: usize, row: &mut Vec<f32>) {
        let sums = self.path_sums(i);
        row.extend([
            sums.blocks,
            sums.chars / sums.blocks.max(1.0),
            sums.links / sums.chars.max(1.0),
            sums.prose / self.total().prose.max(1.0),
        ]);
    }

    fn position(&self, i: usize, row: &mut Vec<f32>) {
        let blocks = self.reading.blocks.len();
        let total = self.total();
        let at = self.before.get(i).copied().unwrap_or_default();
        let heading = self.first_heading.map_or(FAR, |h| (f(i) - f(h)).clamp(-FAR, FAR));
        let scripts = self.reading.scripts;
        row.extend([
            f(i),
            f(blocks - i.min(blocks)),
            f(i) / f(blocks.max(1)),
            at.chars / total.chars.max(1.0),
            at.prose / total.prose.max(1.0),
            heading,
            ln(u32::try_from(blocks).unwrap_or(u32::MAX)),
            (1.0 + total.chars).ln(),
            total.links / total.chars.max(1.0),
            total.prose / total.chars.max(1.0),
            (1.0 + total.prose).ln(),
            ln(scripts),
        ]);
    }

    fn neighbour(&self, i: usize, step: isize, row: &mut Vec<f32>) {
        let found = i.checked_add_signed(step).and_then(|other| {
            let Reading { blocks, facts, .. } = self.reading;
            Some((other, blocks.get(other)?, facts.get(other)?, self.letters.get(other)?))
        });
        let Some((other, block, facts, letters)) = found else {
            row.extend([-1.0; 6]);
            return;
        };
        row.extend([
            letters.ln_size(),
            block.link_share,
            letters.sentence_end(),
            f32::from(facts.heading),
            f32::from(u8::from(self.share_a_path(other, i))),
            f32::from(kind_number(block.kind)),
        ]);
    }

    /// Averages over the five blocks before and after.
    fn window(&self, i: usize, row: &mut Vec<f32>) {
        for (from, to) in [(i.saturating_sub(5), i), (i + 1, i + 6)] {
            let at = |n: usize| self.before.get(n).copied().unwrap_or(self.total());
            let (from, to) = (at(from), at(to));
            let chars = to.chars - from.chars;
            row.extend([(to.links - from.links) / chars.max(1.0), (1.0 + chars).ln()]);
        }
    }
}

fn is_prose(block: &Block, letters: &Letters) -> bool {
    letters.size() >= PROSE_CHARS && block.link_share <= PROSE_LINKS
}

fn kind_number(kind: Kind) -> u8 {
    match kind {
        Kind::Paragraph => 0,
        Kind::Heading => 1,
        Kind::ListItem => 2,
        Kind::Table => 3,
        Kind::Quote => 4,
        Kind::Caption => 5,
        Kind::Code => 6,
        Kind::Signature | Kind::Note => 7,
    }
}
