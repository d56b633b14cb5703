//! A block as the model sees it: a row of numbers. None depends on a language: lengths, shares, marks, places,
//! neighbours.
//!
//! The training script gets its numbers from this code (`examples/features.rs`), so training and use can't diverge. The
//! order of the numbers is the model's format; [`VERSION`] goes up when it changes.

mod main_container;
mod page_sums;
mod row;

pub(crate) use row::{FEATURES, Row, VERSION};

use crate::char_counts::{CharCounts, ln};
use crate::class_words::GROUPS;
use crate::element_kind::FLAGS;
use crate::text_ids;
use crate::text_start::{LinkGap, TextStart};
use crate::title::{Title, TitleHits};
use crate::walk::{BlockFacts, PageBlocks};
use main_container::{MainContainer, ancestors};
use page_sums::PageSums;
use row::{LEVELS, MAINS, NEIGHBOUR, OWN, START};
use sanad_document::{Block, Kind};

/// A block is prose, that is running text and no label, from this many characters on, if few of them are in links.
const PROSE_CHARS: f32 = 60.0;
const PROSE_LINKS: f32 = 0.34;

/// Shares of the page's prose that its main containers hold.
const MAIN_SHARES: [f32; MAINS] = [0.6, 0.85];

/// The distance to a container or a heading that there is none of.
const FAR: f32 = 99.0;

/// The largest distance from the start of the text, in blocks, and the distance from a start that is unknown.
const NEAR: f32 = 150.0;
const UNKNOWN: f32 = 400.0;

/// Blocks before and after that are averaged.
const WINDOW_BLOCKS: usize = 5;

/// The features of a page, block by block.
pub(super) struct Features<'a> {
    page: &'a PageBlocks,
    counts: Vec<CharCounts>,
    /// For each block whether it is prose.
    prose: Vec<bool>,
    sums: PageSums,
    gaps: Vec<LinkGap>,
    start: TextStart,
    /// The container of the lead.
    lead: MainContainer,
    mains: [MainContainer; MAINS],
    /// For each block how many blocks have its text.
    repeats: Vec<u32>,
    first_heading: Option<usize>,
    /// Distances to flags and groups from the container `nearest_of`.
    nearest: [f32; FLAGS + GROUPS],
    nearest_of: Option<u32>,
    buffer: Vec<f32>,
}

#[allow(clippy::cast_precision_loss, reason = "features need no more than seven digits")]
fn f(n: usize) -> f32 {
    n as f32
}

fn flag(is_set: bool) -> f32 {
    f32::from(u8::from(is_set))
}

impl<'a> Features<'a> {
    /// Computes what all blocks of the page share.
    pub(super) fn of(page: &'a PageBlocks) -> Self {
        let title = Title::of(page.head.title.as_deref().unwrap_or(""));
        let counted = page.blocks.iter().zip(&page.facts);
        let counts: Vec<CharCounts> = counted.map(|(b, f)| CharCounts::of(&b.text, &title, f.tally.chars)).collect();
        let prose: Vec<bool> = page.blocks.iter().zip(&counts).map(|(b, c)| is_prose(b, c)).collect();
        let sums = PageSums::of(&page.blocks, &counts, &prose);
        let start = TextStart::of(page, &counts, &prose);
        let gaps = LinkGap::all(&sums.links_before(), &prose, start.lead);
        let mains = MAIN_SHARES.map(|share| MainContainer::with_share(share, &page.containers, &sums));
        let lead = start.lead.and_then(|lead| page.facts.get(lead));
        let lead = lead.map(|facts| MainContainer::at(facts.container, &page.containers)).unwrap_or_default();
        Self {
            page,
            counts,
            prose,
            sums,
            gaps,
            start,
            lead,
            mains,
            repeats: text_ids::repeat_counts(page.blocks.iter().map(|block| block.text.as_str())),
            first_heading: page.facts.iter().position(|f| f.heading == 1),
            nearest: [FAR; FLAGS + GROUPS],
            nearest_of: None,
            buffer: Vec::with_capacity(FEATURES),
        }
    }

    /// For each block how many of its words are in the page's title.
    pub(super) fn title_hits(&self) -> Vec<Option<TitleHits>> {
        self.counts.iter().map(CharCounts::title_hits).collect()
    }

    /// Puts the features of block `i` into the model's row.
    pub(super) fn fill(&mut self, i: usize, row: &mut Row) {
        let mut features = std::mem::take(&mut self.buffer);
        self.write(i, &mut features);
        for (to, from) in row.iter_mut().zip(&features) {
            *to = *from;
        }
        self.buffer = features;
    }

    /// Replaces `row` by the features of block `i`, [`FEATURES`] of them.
    pub(super) fn write(&mut self, i: usize, row: &mut Vec<f32>) {
        row.clear();
        let page = self.page;
        let (Some(block), Some(facts)) = (page.blocks.get(i), page.facts.get(i)) else {
            row.resize(FEATURES, 0.0);
            return;
        };
        self.write_own(i, block, facts, row);
        self.find_nearest(facts.container);
        row.extend_from_slice(&self.nearest);
        self.write_surroundings(facts.container, row);
        self.write_mains(i, facts.container, row);
        self.write_path(i, row);
        self.write_position(i, row);
        self.write_start(i, facts, row);
        for step in [-2, -1, 1, 2] {
            self.write_neighbour(i, step, row);
        }
        self.write_window(i, row);
        row.resize(FEATURES, 0.0);
    }

    fn write_own(&self, i: usize, block: &Block, facts: &BlockFacts, row: &mut Vec<f32>) {
        let start = row.len();
        let tally = &facts.tally;
        let share = |part: u32| f(part as usize) / f(tally.chars.max(1) as usize);
        if let Some(counts) = self.counts.get(i) {
            counts.write(row);
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
            flag(facts.hidden),
            flag(facts.noscript),
            ln(self.repeats.get(i).copied().unwrap_or(0)),
        ]);
        row.resize(start + OWN, 0.0);
    }

    /// Finds the distances, in containers, to the nearest one that has each flag and each word group.
    fn find_nearest(&mut self, container: u32) {
        if self.nearest_of == Some(container) {
            return;
        }
        let mut found = [FAR; FLAGS + GROUPS];
        let (mut seen_flags, mut seen_groups) = (0_u32, 0_u64);
        for (distance, (_, above)) in ancestors(container, &self.page.containers).enumerate() {
            let (mut flags, mut groups) = (above.flags & !seen_flags, above.groups & !seen_groups);
            (seen_flags, seen_groups) = (seen_flags | flags, seen_groups | groups);
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
        self.nearest = found;
        self.nearest_of = Some(container);
    }

    fn write_surroundings(&self, container: u32, row: &mut Vec<f32>) {
        let total = self.sums.total().prose.max(1.0);
        let mut wanted = LEVELS.iter().peekable();
        let mut last = [0.0; 4];
        for (level, (_, above)) in ancestors(container, &self.page.containers).enumerate() {
            if wanted.peek() == Some(&&level) {
                wanted.next();
                let sums = self.sums.of_container(above);
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

    fn write_mains(&self, i: usize, container: u32, row: &mut Vec<f32>) {
        let blocks = f(self.page.blocks.len().max(1));
        for main in &self.mains {
            let distance = main.distance_from(container, &self.page.containers);
            let (first, end) = (main.container.first as usize, main.container.end as usize);
            row.extend([f32::from(distance.down), f(distance.up), f(i) - f(first), (f(i) - f(end)) / blocks]);
        }
    }

    fn write_path(&self, i: usize, row: &mut Vec<f32>) {
        let sums = self.sums.of_path(i);
        row.extend([
            sums.blocks,
            sums.chars / sums.blocks.max(1.0),
            sums.links / sums.chars.max(1.0),
            sums.prose / self.sums.total().prose.max(1.0),
        ]);
    }

    fn write_position(&self, i: usize, row: &mut Vec<f32>) {
        let blocks = self.page.blocks.len();
        let total = self.sums.total();
        let at = self.sums.before(i);
        let heading = self.first_heading.map_or(FAR, |h| (f(i) - f(h)).clamp(-FAR, FAR));
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
            ln(self.page.scripts),
        ]);
    }

    fn write_start(&self, i: usize, facts: &BlockFacts, row: &mut Vec<f32>) {
        let begin = row.len();
        let gap = self.gaps.get(i).copied().unwrap_or_default();
        let offset = |block: Option<usize>| block.map_or(UNKNOWN, |b| (f(i) - f(b)).clamp(-NEAR, NEAR));
        row.extend([
            self.start.fit,
            offset(self.start.title),
            offset(self.start.lead),
            flag(self.start.described.is_some()),
            flag(self.start.described == Some(i)),
            gap.since.ln_1p(),
            gap.until.ln_1p(),
            gap.largest,
        ]);
        if let Some(lead) = self.start.lead {
            let distance = self.lead.distance_from(facts.container, &self.page.containers);
            let between = self.sums.between(lead.min(i), lead.max(i));
            let path = self.sums.of_path(lead);
            row.extend([
                f32::from(distance.down),
                f(distance.up),
                flag(self.sums.share_a_path(lead, i)),
                between.prose.ln_1p(),
                between.links / between.chars.max(1.0),
                path.prose / self.sums.total().prose.max(1.0),
                path.blocks.ln_1p(),
            ]);
        } else {
            row.resize(begin + START, -1.0);
        }
        row.resize(begin + START, flag(self.prose.get(i) == Some(&true)));
    }

    fn write_neighbour(&self, i: usize, step: isize, row: &mut Vec<f32>) {
        let found = i.checked_add_signed(step).and_then(|other| {
            let PageBlocks { blocks, facts, .. } = self.page;
            Some((other, blocks.get(other)?, facts.get(other)?, self.counts.get(other)?))
        });
        let Some((other, block, facts, counts)) = found else {
            row.extend([-1.0; NEIGHBOUR]);
            return;
        };
        row.extend([
            counts.ln_size(),
            block.link_share,
            flag(counts.ends_sentence()),
            f32::from(facts.heading),
            flag(self.sums.share_a_path(other, i)),
            f32::from(kind_number(block.kind)),
        ]);
    }

    fn write_window(&self, i: usize, row: &mut Vec<f32>) {
        for (from, to) in [(i.saturating_sub(WINDOW_BLOCKS), i), (i + 1, i + 1 + WINDOW_BLOCKS)] {
            let sums = self.sums.between(from, to);
            row.extend([sums.links / sums.chars.max(1.0), (1.0 + sums.chars).ln()]);
        }
    }
}

fn is_prose(block: &Block, counts: &CharCounts) -> bool {
    counts.size() >= PROSE_CHARS && block.link_share <= PROSE_LINKS
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
