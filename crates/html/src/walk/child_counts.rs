//! The position of each child among its siblings of the same name, for the steps of an origin path.

use html5ever::LocalName;
use std::collections::HashMap;

/// Names per element that are kept in a list. An element whose children have more names than this gets a map.
const MAX_LISTED_NAMES: usize = 24;

/// How many children of each name the open elements have had so far.
#[derive(Default)]
pub(super) struct ChildCounts {
    /// A stack: the names of an open element's children are above those of the element around it.
    listed: Vec<(LocalName, u32)>,
}

/// The counts of one open element.
#[derive(Default)]
pub(super) struct ChildScope {
    /// Where its names begin in [`ChildCounts::listed`].
    from: usize,
    /// Names beyond the first [`MAX_LISTED_NAMES`].
    more: Option<HashMap<LocalName, u32>>,
}

impl ChildCounts {
    /// The scope of an element that is opened in the innermost open one.
    pub(super) fn open(&self) -> ChildScope {
        ChildScope { from: self.listed.len(), more: None }
    }

    /// Ends the scope of the innermost open element.
    pub(super) fn close(&mut self, scope: &ChildScope) {
        self.listed.truncate(scope.from);
    }

    /// Counts the next child of the innermost open element. Returns its position among those of its name, from 1.
    pub(super) fn next(&mut self, scope: &mut ChildScope, name: &LocalName) -> u32 {
        let listed = self.listed.get_mut(scope.from..).unwrap_or_default();
        let n = if let Some((_, n)) = listed.iter_mut().find(|(known, _)| known == name) {
            n
        } else if listed.len() < MAX_LISTED_NAMES {
            self.listed.push((name.clone(), 1));
            return 1;
        } else {
            scope.more.get_or_insert_default().entry(name.clone()).or_insert(0)
        };
        *n += 1;
        *n
    }
}
