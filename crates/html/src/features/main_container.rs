//! Main containers: the deepest one that holds a given share of the page's prose, or the one around a given block.

use super::page_sums::PageSums;
use crate::walk::Container;

/// A container with the path to it.
#[derive(Debug, Default)]
pub(super) struct MainContainer {
    pub(super) container: Container,
    /// The containers from the root to it; the one of depth `n` is at index `n`.
    path: Vec<u32>,
}

/// The distance between two containers over the innermost one that holds both.
#[derive(Debug, Clone, Copy)]
pub(super) struct Distance {
    /// Containers from the first up to the common one.
    pub(super) up: usize,
    /// Containers from the common one down to the second.
    pub(super) down: u16,
}

impl MainContainer {
    /// The deepest container that holds at least this share of the prose.
    pub(super) fn with_share(share: f32, containers: &[Container], sums: &PageSums) -> Self {
        let wanted = sums.total().prose * share;
        let mut best = (0_u32, Container::default());
        for (number, container) in (0_u32..).zip(containers) {
            if (number == 0 || container.depth > best.1.depth) && sums.of_container(container).prose >= wanted {
                best = (number, *container);
            }
        }
        Self::at(best.0, containers)
    }

    /// The container of this number.
    pub(super) fn at(number: u32, containers: &[Container]) -> Self {
        let container = containers.get(number as usize).copied().unwrap_or_default();
        let mut path: Vec<u32> = ancestors(number, containers).map(|(n, _)| n).collect();
        path.reverse();
        Self { container, path }
    }

    /// The distance from the container of this number.
    pub(super) fn distance_from(&self, number: u32, containers: &[Container]) -> Distance {
        let mut up = ancestors(number, containers).enumerate();
        let is_common = |n: u32, c: &Container| self.path.get(usize::from(c.depth)) == Some(&n);
        let common = up.find_map(|(steps, (n, c))| is_common(n, c).then_some((steps, c.depth)));
        let (up, depth) = common.unwrap_or((0, 0));
        Distance { up, down: self.container.depth.saturating_sub(depth) }
    }
}

/// The container of this number and all around it, the innermost first.
pub(super) fn ancestors(number: u32, containers: &[Container]) -> impl Iterator<Item = (u32, &Container)> {
    let mut next = Some(number);
    std::iter::from_fn(move || {
        let number = next?;
        let container = containers.get(number as usize)?;
        next = (container.parent != number).then_some(container.parent);
        Some((number, container))
    })
}
