//! Where a block stands: the path from the root, which is its origin, and the label, a path of names and classes that siblings
//! share.

use super::Walk;
use crate::attrs::Attrs;
use crate::class_words;
use html5ever::LocalName;
use sanad_document::memo_cache::MemoCache;
use std::{cell::RefCell, collections::HashMap, rc::Rc};

/// Class names written into a container's path, and the bytes of each: enough to tell siblings from others.
const PATH_CLASSES: usize = 3;
const PATH_NAME_CHARS: usize = 40;

/// Bytes of a container's path; deeper containers share the path of the last that fits.
const MAX_LABEL_BYTES: usize = 1_000;

/// How many children of each name the open elements have had so far.
#[derive(Default)]
pub(super) struct Names {
    /// Those of one open element after those of the one around it.
    few: Vec<(LocalName, u32)>,
}

/// The names of an open element's children.
#[derive(Default)]
pub(super) struct Own {
    /// Where they begin among all.
    from: usize,
    /// Those beyond the first [`FEW_NAMES`].
    many: Option<HashMap<LocalName, u32>>,
}

/// Names kept in a plain list; an element with children of made-up names gets a map.
const FEW_NAMES: usize = 24;

impl Names {
    /// An element is opened in the innermost open one.
    pub(super) fn open(&self) -> Own {
        Own { from: self.few.len(), many: None }
    }

    /// The innermost open element is left.
    pub(super) fn leave(&mut self, own: &Own) {
        self.few.truncate(own.from);
    }

    /// The position of the innermost open element's next child among those of its name.
    pub(super) fn next(&mut self, own: &mut Own, name: &LocalName) -> u32 {
        let few = self.few.get_mut(own.from..).unwrap_or_default();
        let n = if let Some((_, n)) = few.iter_mut().find(|(known, _)| known == name) {
            n
        } else if few.len() < FEW_NAMES {
            self.few.push((name.clone(), 1));
            return 1;
        } else {
            own.many.get_or_insert_default().entry(name.clone()).or_insert(0)
        };
        *n += 1;
        *n
    }
}

/// What a class attribute or an id says.
#[derive(Debug)]
pub(super) struct Named {
    /// Its word groups.
    pub(super) groups: u64,
    /// How it is written in a container's path: `#id`, `.class.other`.
    pub(super) label: String,
}

/// Class attributes and ids that are kept from page to page, and bytes of the longest.
const PLACES: usize = 1 << 12;
const LONGEST: usize = 200;

thread_local! {
    static CLASSES: RefCell<MemoCache<Rc<Named>, PLACES, LONGEST>> = RefCell::default();
    static IDS: RefCell<MemoCache<Rc<Named>, PLACES, LONGEST>> = RefCell::default();
}

impl Named {
    fn of_classes(names: &str) -> Rc<Self> {
        CLASSES.with_borrow_mut(|kept| kept.get(names, |names| Rc::new(Self::classes(names))))
    }

    fn of_id(name: &str) -> Rc<Self> {
        IDS.with_borrow_mut(|kept| kept.get(name, |name| Rc::new(Self::id(name))))
    }

    fn classes(names: &str) -> Self {
        let mut label = String::with_capacity(names.len().min(PATH_CLASSES * (PATH_NAME_CHARS + 1)) + 1);
        for class in names.split_ascii_whitespace().take(PATH_CLASSES) {
            label.push('.');
            push_name(&mut label, class);
        }
        Self { groups: class_words::groups(names), label }
    }

    fn id(name: &str) -> Self {
        let mut label = String::with_capacity(name.len().min(PATH_NAME_CHARS) + 1);
        label.push('#');
        push_name(&mut label, name.trim());
        Self { groups: class_words::groups(name), label }
    }
}

/// An element about to be opened.
pub(super) struct Element<'a> {
    pub(super) position: u32,
    pub(super) block: bool,
    pub(super) attrs: Attrs<'a>,
}

impl<'a> Walk<'a> {
    /// Path of the piece that begins a run: the child of the container that holds it.
    pub(super) fn start_path(&self, position: u32) -> String {
        let container = self.frames.iter().rposition(|f| f.block).unwrap_or(0);
        if container + 1 == self.frames.len() {
            const TEXT: &str = "/text()[";
            const FIGURES: usize = 10;
            let mut path = String::with_capacity(self.path.len() + TEXT.len() + FIGURES);
            path.push_str(&self.path);
            path.push_str(TEXT);
            push_number(&mut path, position);
            path.push(']');
            return path;
        }
        let end = self.frames.get(container + 2).map(|f| f.path);
        let end = end.unwrap_or(self.path.len());
        self.path.get(..end).unwrap_or("").to_owned()
    }

    /// Adds the element to the paths; gives the word groups of its names. What only gives letters a look (`passing`) doesn't
    /// count where blocks stand: left open, it would be opened again around all that follows, once more each time.
    pub(super) fn extend_paths(&mut self, name: &LocalName, element: &Element<'a>, passing: bool) -> u64 {
        self.path.push('/');
        self.path.push_str(name);
        self.path.push('[');
        push_number(&mut self.path, element.position);
        self.path.push(']');
        let labelled = self.label.len() < MAX_LABEL_BYTES && !passing;
        if labelled {
            if !self.label.is_empty() {
                self.label.push('/');
            }
            self.label.push_str(name);
        }
        let (id, class) = (element.attrs.id, element.attrs.class);
        let id = (!id.is_empty()).then(|| Named::of_id(id));
        let class = (!class.is_empty()).then(|| Named::of_classes(class));
        let names = [id, class].into_iter().flatten();
        names.fold(0, |groups, named| {
            if labelled {
                self.label.push_str(&named.label);
            }
            groups | named.groups
        })
    }
}

/// A name in a container's path: digits folded, so that `post-17` and `post-18` are siblings.
fn push_name(label: &mut String, name: &str) {
    if name.len() <= PATH_NAME_CHARS && name.bytes().all(|b| b.is_ascii_alphabetic() || matches!(b, b'-' | b'_')) {
        label.push_str(name);
        return;
    }
    let mut digits = false;
    for c in name.chars().take(PATH_NAME_CHARS) {
        let digit = c.is_ascii_digit();
        let skipped = (digit && digits) || c.is_whitespace() || c == '/';
        if !skipped {
            label.push(if digit { '0' } else { c });
        }
        digits = digit;
    }
}

/// A number in figures; most are of one.
fn push_number(path: &mut String, number: u32) {
    if number >= 10 {
        push_number(path, number / 10);
    }
    path.extend(char::from_digit(number % 10, 10));
}
