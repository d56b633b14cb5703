//! The two paths of the place that the walk has reached.
//!
//! The origin path names one node: `/html[1]/body[1]/p[3]`. The class path consists of names, ids and classes, so that
//! siblings share it: `html/body/div#main.post/p`.

use crate::attrs::Attrs;
use crate::class_words;
use html5ever::LocalName;
use sanad_document::memo_cache::MemoCache;
use std::{cell::RefCell, rc::Rc};

/// Class names per element in a class path, and characters of each: enough to tell siblings from others.
const MAX_CLASSES: usize = 3;
const MAX_NAME_CHARS: usize = 40;

/// Bytes of a class path. Elements below that depth share the path of the last one that fits.
const MAX_CLASS_PATH_BYTES: usize = 1_000;

/// Entries of the caches of class attributes and ids, which outlive a page, and bytes of the longest cached one.
const CACHE_ENTRIES: usize = 1 << 12;
const MAX_CACHED_BYTES: usize = 200;

/// Bytes of a `u32` in decimal.
const MAX_DIGITS: usize = 10;

/// Both paths.
#[derive(Default)]
pub(super) struct Paths {
    pub(super) origin: String,
    pub(super) class: String,
}

/// The lengths of both paths at an element, in bytes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PathLengths {
    pub(super) origin: usize,
    pub(super) class: usize,
}

/// Whether an element appears in the class path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClassStep {
    Shown,
    /// It only changes the look of letters, or nothing at all. Left open in the page, such an element would be opened
    /// again around all that follows, once more each time.
    Omitted,
}

impl Paths {
    /// Their current lengths.
    pub(super) fn lengths(&self) -> PathLengths {
        PathLengths { origin: self.origin.len(), class: self.class.len() }
    }

    /// Cuts both back to earlier lengths.
    pub(super) fn truncate(&mut self, to: PathLengths) {
        self.origin.truncate(to.origin);
        self.class.truncate(to.class);
    }

    /// The origin path of the n-th text node of the current element.
    pub(super) fn text_origin(&self, position: u32) -> String {
        const TEXT: &str = "/text()[";
        let mut path = String::with_capacity(self.origin.len() + TEXT.len() + MAX_DIGITS);
        path.push_str(&self.origin);
        path.push_str(TEXT);
        push_number(&mut path, position);
        path.push(']');
        path
    }

    /// Adds a step for an element. Returns the word groups of its id and classes.
    pub(super) fn push(&mut self, name: &LocalName, position: u32, attrs: &Attrs<'_>, step: ClassStep) -> u64 {
        self.origin.push('/');
        self.origin.push_str(name);
        self.origin.push('[');
        push_number(&mut self.origin, position);
        self.origin.push(']');
        let is_shown = self.class.len() < MAX_CLASS_PATH_BYTES && step == ClassStep::Shown;
        if is_shown {
            if !self.class.is_empty() {
                self.class.push('/');
            }
            self.class.push_str(name);
        }
        let id = (!attrs.id.is_empty()).then(|| NameInfo::of_id(attrs.id));
        let class = (!attrs.class.is_empty()).then(|| NameInfo::of_classes(attrs.class));
        let mut groups = 0;
        for info in [id, class].into_iter().flatten() {
            if is_shown {
                self.class.push_str(&info.step);
            }
            groups |= info.groups;
        }
        groups
    }
}

/// What an id or a class attribute means for a path.
#[derive(Debug)]
struct NameInfo {
    /// Its word groups.
    groups: u64,
    /// Its part of a class path: `#id`, `.class.other`.
    step: String,
}

thread_local! {
    static CLASSES: RefCell<MemoCache<Rc<NameInfo>, CACHE_ENTRIES, MAX_CACHED_BYTES>> = RefCell::default();
    static IDS: RefCell<MemoCache<Rc<NameInfo>, CACHE_ENTRIES, MAX_CACHED_BYTES>> = RefCell::default();
}

impl NameInfo {
    fn of_classes(names: &str) -> Rc<Self> {
        CLASSES.with_borrow_mut(|cache| cache.get(names, |names| Rc::new(Self::read_classes(names))))
    }

    fn of_id(name: &str) -> Rc<Self> {
        IDS.with_borrow_mut(|cache| cache.get(name, |name| Rc::new(Self::read_id(name))))
    }

    fn read_classes(names: &str) -> Self {
        let mut step = String::with_capacity(names.len().min(MAX_CLASSES * (MAX_NAME_CHARS + 1)) + 1);
        for class in names.split_ascii_whitespace().take(MAX_CLASSES) {
            step.push('.');
            push_name(&mut step, class);
        }
        Self { groups: class_words::groups(names), step }
    }

    fn read_id(name: &str) -> Self {
        let mut step = String::with_capacity(name.len().min(MAX_NAME_CHARS) + 1);
        step.push('#');
        push_name(&mut step, name.trim());
        Self { groups: class_words::groups(name), step }
    }
}

/// Adds a name to a class path. A run of digits becomes one `0`, so that `post-17` and `post-18` are siblings.
fn push_name(path: &mut String, name: &str) {
    if name.len() <= MAX_NAME_CHARS && name.bytes().all(|b| b.is_ascii_alphabetic() || matches!(b, b'-' | b'_')) {
        path.push_str(name);
        return;
    }
    let mut after_digit = false;
    for c in name.chars().take(MAX_NAME_CHARS) {
        let is_digit = c.is_ascii_digit();
        let is_skipped = (is_digit && after_digit) || c.is_whitespace() || c == '/';
        if !is_skipped {
            path.push(if is_digit { '0' } else { c });
        }
        after_digit = is_digit;
    }
}

/// Adds a number in decimal. Most have one digit.
fn push_number(path: &mut String, number: u32) {
    if number >= 10 {
        push_number(path, number / 10);
    }
    path.extend(char::from_digit(number % 10, 10));
}
