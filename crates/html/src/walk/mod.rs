//! One walk over the tree: all text of the page as blocks, with what the model and the rules want to know of each.
//!
//! A block ends wherever a block-level element begins or ends, and at empty lines made of `<br>`. Nothing is judged
//! here: the menu becomes blocks like the text does.

mod elements;
mod emit;
mod paths;

use crate::attrs::Attrs;
use crate::element_kind::{self, Display};
use crate::head;
use crate::inline_text::{Run, Style, Tally};
use crate::lists::List;
use crate::table::{self, Table};
use crate::tree::{Data, Id, Tree};
use html5ever::{LocalName, local_name};
use paths::{Element, Names, Own};
use sanad_document::{Block, Head, Kind};
use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

/// A heading longer than this is a paragraph in a heading's element that was never closed.
const HEADING_CHARS: u32 = 400;

/// A block-level element (or one whose names say something) that blocks stand in.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Container {
    /// The container around it; the root's own number.
    pub(super) parent: u32,
    /// Its tag flags.
    pub(super) flags: u32,
    /// Its word groups.
    pub(super) groups: u64,
    /// First block in it, and the one after the last.
    pub(super) first: u32,
    pub(super) end: u32,
    /// Depth among containers.
    pub(super) depth: u16,
}

/// What is known of a block beside its text.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Facts {
    /// The container it stands in.
    pub(super) container: u32,
    /// Counts.
    pub(super) tally: Tally,
    /// Flags of its own element and inline elements that hold all of it.
    pub(super) hidden: bool,
    /// In a `noscript`.
    pub(super) noscript: bool,
    /// Level of the heading it is, 0 for none.
    pub(super) heading: u8,
    /// The site rule that fires on it: its number.
    pub(super) rule: Option<u16>,
    /// How many of its words stand in the page's title and how many it has, of a longer text of the first; where it was asked.
    pub(super) titled: Option<(u32, u32)>,
}

/// What a walk found.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// The blocks.
    pub(super) blocks: Vec<Block>,
    /// As many facts.
    pub(super) facts: Vec<Facts>,
    /// The containers, parents before children.
    pub(super) containers: Vec<Container>,
    /// The page's own words about itself.
    pub(super) head: Head,
    /// Number of scripts.
    pub(super) scripts: u32,
}

/// Nodes for each block and each container that room is made for: most pages have more of them.
const NODES_A_BLOCK: usize = 8;
const NODES_A_CONTAINER: usize = 4;

impl Reading {
    fn with_room(nodes: usize) -> Self {
        let (blocks, containers) = (nodes / NODES_A_BLOCK, nodes / NODES_A_CONTAINER);
        Self {
            blocks: Vec::with_capacity(blocks),
            facts: Vec::with_capacity(blocks),
            containers: Vec::with_capacity(containers),
            ..Self::default()
        }
    }
}

/// An open element.
#[allow(clippy::struct_excessive_bools, reason = "each is handed down by itself")]
#[derive(Default)]
pub(super) struct Frame {
    block: bool,
    /// Lengths of the path and the label before this element was added to them.
    path: usize,
    label: usize,
    container: u32,
    children: Own,
    texts: u32,
    /// A block stands or stood in it: what else it holds is only a run.
    broken: bool,
    in_head: bool,
    style: Style,
    hidden: bool,
    noscript: bool,
    heading: u8,
    /// It is a heading's element itself.
    titles: bool,
    kind: Kind,
    list: Option<List>,
    list_depth: u8,
    rule: Option<u16>,
    /// Number of the block that came next when it was opened.
    first_block: usize,
}

/// Reads the page; `rules` gives the number of the site rule that fires on an element.
pub(super) fn read(tree: &Tree, rules: &HashMap<usize, u16>) -> Reading {
    let mut walk = Walk {
        tree,
        rules,
        out: Reading::with_room(tree.len()),
        frames: Vec::new(),
        names: Names::default(),
        run: Run::default(),
        start: None,
        mark: None,
        path: String::new(),
        label: String::new(),
        path_bytes: 0,
        ruled_tables: ruled_tables(tree, rules),
    };
    walk.whole();
    let blocks = walk.out.blocks.len();
    head::settle(&mut walk.out.head, blocks);
    walk.out
}

struct Walk<'a> {
    tree: &'a Tree,
    rules: &'a HashMap<usize, u16>,
    out: Reading,
    frames: Vec<Frame>,
    names: Names,
    run: Run,
    /// Path of the first piece of the run, where it isn't its container's.
    start: Option<String>,
    /// Mark of the list item that has no text yet, with its level.
    mark: Option<(Cow<'static, str>, u8)>,
    path: String,
    label: String,
    path_bytes: usize,
    /// Tables in which a site rule fires: they are read cell by cell.
    ruled_tables: HashSet<usize>,
}

/// The tables that hold an element on which a site rule fires.
fn ruled_tables(tree: &Tree, rules: &HashMap<usize, u16>) -> HashSet<usize> {
    let mut tables = HashSet::new();
    for id in rules.keys().filter_map(|index| tree.id(*index)) {
        let above = std::iter::successors(tree.parent(id), |&id| tree.parent(id));
        tables.extend(above.filter(|&id| tree.name(id) == Some(&local_name!("table"))).map(Id::index));
    }
    tables
}

impl Walk<'_> {
    fn whole(&mut self) {
        self.out.containers.push(Container::default());
        self.frames.push(Frame { block: true, ..Frame::default() });
        let mut next = self.tree.first_child(Id::ROOT);
        while let Some(at) = next {
            next = match self.tree.node(at).map(|n| &n.data) {
                Some(Data::Text(text)) => {
                    self.text(text);
                    None
                }
                Some(Data::Element { name, .. }) if self.enter(at, name) => {
                    let child = self.tree.first_child(at);
                    if child.is_none() {
                        self.leave();
                    }
                    child
                }
                _ => None,
            };
            let mut from = at;
            while next.is_none() && from != Id::ROOT {
                next = self.tree.next_sibling(from);
                from = self.tree.parent(from).unwrap_or(Id::ROOT);
                if next.is_none() && from != Id::ROOT {
                    self.leave();
                }
            }
        }
        self.flush();
        let blocks = count(self.out.blocks.len());
        if let Some(root) = self.out.containers.first_mut() {
            root.end = blocks;
        }
    }

    fn text(&mut self, text: &str) {
        let Some(frame) = self.frames.last_mut() else {
            return;
        };
        if frame.in_head {
            return;
        }
        frame.texts += 1;
        let (style, position) = (frame.style, frame.texts);
        if self.run.is_empty() && text.chars().any(|c| !c.is_whitespace()) {
            self.start = Some(self.start_path(position));
        }
        self.run.push(text, style);
    }

    /// Comes to an element; whether its children are to be read (then [`Self::leave`] must follow).
    fn enter(&mut self, id: Id, name: &LocalName) -> bool {
        let position = match self.frames.last_mut() {
            Some(top) => self.names.next(&mut top.children, name),
            None => 1,
        };
        let attrs = Attrs::of(self.tree, id);
        let shown = self.shown(id, name, &attrs);
        let block = shown == Display::Block;
        if block {
            for frame in self.frames.iter_mut().rev() {
                if std::mem::replace(&mut frame.broken, true) {
                    break; // those around it were told before
                }
            }
            self.flush();
        }
        let index = self.out.blocks.len();
        head::element(&mut self.out.head, self.tree, (id, name), index);
        if shown == Display::Skip && *name != local_name!("head") {
            self.out.scripts += u32::from(*name == local_name!("script"));
            self.run.tally.images += u32::from(*name == local_name!("svg"));
            return false;
        }
        let element = Element { position, block, attrs };
        self.open(id, name, &element);
        if self.read_whole(id, name) {
            self.leave();
            return false;
        }
        true
    }

    /// How this element is shown, its style and attributes heard.
    fn shown(&self, id: Id, name: &LocalName, attrs: &Attrs<'_>) -> Display {
        if self.frames.last().is_some_and(|f| f.in_head) {
            return Display::Skip;
        }
        match *name {
            local_name!("template") if attrs.shadow => Display::Block,
            local_name!("template") => Display::Skip,
            local_name!("button") | local_name!("input") if self.run.is_empty() => Display::Block,
            _ => match element_kind::display(name) {
                Display::Inline if attrs.block || self.rules.contains_key(&id.index()) => Display::Block,
                display => display,
            },
        }
    }

    /// Elements read in one go; true when nothing is left to read in it.
    fn read_whole(&mut self, id: Id, name: &LocalName) -> bool {
        match *name {
            local_name!("br") => {
                if self.run.line_break() {
                    self.flush();
                    if let Some(container) = self.frames.iter_mut().rfind(|f| f.block) {
                        container.broken = true;
                    }
                }
                true
            }
            local_name!("img") => {
                self.run.tally.images += 1;
                true
            }
            local_name!("input") => {
                self.run.tally.controls += 1;
                let shows = matches!(self.tree.attr(id, &local_name!("type")), Some("submit" | "button" | "reset"));
                if let Some(value) = self.tree.attr(id, &local_name!("value")).filter(|_| shows) {
                    let value = value.to_owned();
                    self.text(&value);
                }
                true
            }
            local_name!("select") => {
                self.options(id);
                true
            }
            local_name!("table") => {
                let Some(read) = table::read(self.tree, id).filter(|_| !self.ruled_tables.contains(&id.index())) else {
                    return false;
                };
                self.table(id, read);
                true
            }
            _ => false,
        }
    }

    /// The choices of a `select` as one block.
    fn options(&mut self, id: Id) {
        self.run.tally.controls += 1;
        let mut next = self.tree.first_child(id);
        while let Some(at) = next {
            next = self.tree.first_child(at).or_else(|| self.tree.after_subtree(at, id));
            if let Some(Data::Text(text)) = self.tree.node(at).map(|n| &n.data) {
                self.run.part();
                self.run.push(text, Style::default());
            }
        }
    }

    /// A data table: its captions, then its rows.
    fn table(&mut self, id: Id, read: Table) {
        let captions: Vec<Id> =
            self.tree.children(id).filter(|&c| self.tree.name(c) == Some(&local_name!("caption"))).collect();
        for caption in captions {
            let text = head::text_of(self.tree, caption);
            self.run.push(&text, Style::default());
            self.flush_as(Kind::Caption);
        }
        self.run.text = read.text;
        self.run.tally = read.tally;
        self.flush_as(Kind::Table);
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
