//! An arena of singly linked `u32` lists: one allocation for many short lists, each of which would take several times
//! its size as a vector.

/// The arena. The owner of a list holds its [`List`] handle.
#[derive(Debug, Default)]
pub struct ListArena {
    links: Vec<Link>,
}

/// Handle of a list: the index of its last link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct List(u32);

#[derive(Debug, Clone, Copy)]
struct Link {
    number: u32,
    before: List,
    /// Length of the list up to and including this link.
    count: u32,
}

impl List {
    /// The empty list.
    pub const EMPTY: Self = Self(u32::MAX);
}

impl ListArena {
    /// Appends a number to a list, unless the list has `most` numbers already.
    pub fn add(&mut self, list: &mut List, number: u32, most: u32) {
        let count = self.link(*list).map_or(0, |link| link.count);
        if count < most {
            let before = std::mem::replace(list, u32::try_from(self.links.len()).map_or(List::EMPTY, List));
            self.links.push(Link { number, before, count: count + 1 });
        }
    }

    /// Returns the numbers of a list, last one first.
    pub fn numbers(&self, list: List) -> impl Iterator<Item = u32> {
        std::iter::successors(self.link(list), |link| self.link(link.before)).map(|link| link.number)
    }

    /// Removes all lists. Their handles become invalid; owners reset them to [`List::EMPTY`].
    pub fn clear(&mut self) {
        self.links.clear();
    }

    fn link(&self, List(at): List) -> Option<Link> {
        self.links.get(at as usize).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::{List, ListArena};

    #[test]
    fn lists_grow_side_by_side_up_to_their_limit() {
        let (mut arena, mut odd, mut even) = (ListArena::default(), List::EMPTY, List::EMPTY);
        for number in 0..8 {
            arena.add(if number % 2 == 0 { &mut even } else { &mut odd }, number, 3);
        }
        assert!(arena.numbers(odd).eq([5, 3, 1]));
        assert!(arena.numbers(even).eq([4, 2, 0]));
        assert_eq!(arena.numbers(List::EMPTY).count(), 0);
    }
}
