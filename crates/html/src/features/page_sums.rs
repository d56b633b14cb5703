//! Prefix sums over a page's blocks, so that the sums of any range are one subtraction.

use crate::char_counts::CharCounts;
use crate::text_ids;
use crate::walk::Container;
use sanad_document::Block;

/// Sums over a range of blocks.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sums {
    /// Characters, as [`CharCounts::size`] counts them.
    pub(super) chars: f32,
    /// Those in links.
    pub(super) links: f32,
    /// Those of prose.
    pub(super) prose: f32,
}

/// Sums over all blocks with one class path.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PathSums {
    pub(super) blocks: f32,
    pub(super) chars: f32,
    pub(super) links: f32,
    pub(super) prose: f32,
}

/// The sums of a page.
pub(super) struct PageSums {
    /// The sums over all blocks before each block, and at the end over all.
    before: Vec<Sums>,
    /// For each block the number of its class path.
    path_ids: Vec<usize>,
    /// The sums of each class path.
    paths: Vec<PathSums>,
}

impl PageSums {
    /// Sums over `blocks`; `prose` says which of them are prose.
    pub(super) fn of(blocks: &[Block], counts: &[CharCounts], prose: &[bool]) -> Self {
        let mut sums = Sums::default();
        let mut before = vec![sums];
        let path_ids = text_ids::ids(blocks.iter().map(|block| &*block.path));
        let mut paths = vec![PathSums::default(); blocks.len()];
        for (((block, counts), is_prose), path_id) in blocks.iter().zip(counts).zip(prose).zip(&path_ids) {
            let chars = counts.size();
            let links = chars * block.link_share;
            let prose = if *is_prose { chars } else { 0.0 };
            sums.chars += chars;
            sums.links += links;
            sums.prose += prose;
            before.push(sums);
            if let Some(path) = paths.get_mut(*path_id) {
                path.blocks += 1.0;
                path.chars += chars;
                path.links += links;
                path.prose += prose;
            }
        }
        Self { before, path_ids, paths }
    }

    /// The sums over the page.
    pub(super) fn total(&self) -> Sums {
        self.before.last().copied().unwrap_or_default()
    }

    /// The sums over the blocks before block `i`; zeros beyond the page.
    pub(super) fn before(&self, i: usize) -> Sums {
        self.before.get(i).copied().unwrap_or_default()
    }

    /// The sums over the blocks from `from` up to, but not including, `to`.
    pub(super) fn between(&self, from: usize, to: usize) -> Sums {
        let at = |i: usize| self.before.get(i).copied().unwrap_or(self.total());
        let (from, to) = (at(from), at(to));
        Sums { chars: to.chars - from.chars, links: to.links - from.links, prose: to.prose - from.prose }
    }

    /// The sums over the blocks of a container.
    pub(super) fn of_container(&self, container: &Container) -> Sums {
        self.between(container.first as usize, container.end as usize)
    }

    /// For each block the link text before it, and at the end that of the page.
    pub(super) fn links_before(&self) -> Vec<f32> {
        self.before.iter().map(|sums| sums.links).collect()
    }

    /// The sums over the blocks that share the class path of block `i`.
    pub(super) fn of_path(&self, i: usize) -> PathSums {
        self.path_ids.get(i).and_then(|id| self.paths.get(*id)).copied().unwrap_or_default()
    }

    /// Whether two blocks have the same class path.
    pub(super) fn share_a_path(&self, one: usize, other: usize) -> bool {
        self.path_ids.get(one) == self.path_ids.get(other)
    }
}
