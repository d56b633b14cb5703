//! Lists of numbers in one buffer: many short ones, of which each would take several times the room by itself.

/// The lists. Whoever owns one keeps its [`List`].
#[derive(Debug, Default)]
pub struct ListArena {
    links: Vec<Link>,
}

/// A list, by its last link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct List(u32);

#[derive(Debug, Clone, Copy)]
struct Link {
    number: u32,
    before: List,
    /// Links up to this one.
    count: u32,
}

impl List {
    /// A list of nothing.
    pub const EMPTY: Self = Self(u32::MAX);
}

impl ListArena {
    /// Adds a number to a list, unless that has so many already.
    pub fn add(&mut self, chain: &mut List, number: u32, most: u32) {
        let count = self.link(*chain).map_or(0, |link| link.count);
        if count < most {
            let before = std::mem::replace(chain, u32::try_from(self.links.len()).map_or(List::EMPTY, List));
            self.links.push(Link { number, before, count: count + 1 });
        }
    }

    /// The numbers of a list, the last one first.
    pub fn numbers(&self, chain: List) -> impl Iterator<Item = u32> {
        std::iter::successors(self.link(chain), |link| self.link(link.before)).map(|link| link.number)
    }

    /// Takes all lists away.
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
    fn lists_grow_side_by_side_up_to_their_most() {
        let (mut chains, mut odd, mut even) = (ListArena::default(), List::EMPTY, List::EMPTY);
        for number in 0..8 {
            chains.add(if number % 2 == 0 { &mut even } else { &mut odd }, number, 3);
        }
        assert!(chains.numbers(odd).eq([5, 3, 1]));
        assert!(chains.numbers(even).eq([4, 2, 0]));
        assert_eq!(chains.numbers(List::EMPTY).count(), 0);
    }
}
