//! One walk over the tree: all text of the page as blocks, with what the model and the rules want to know of each.
//!
//! A block ends wherever a block-level element begins or ends, and at empty lines made of `<br>`. Nothing is judged
//! here: the menu becomes blocks like the text does.

use super::{
    attrs::Attrs,
    head,
    lists::{self, List},
    run::{Run, Style, Tally},
    split,
    table::{self, Table},
    tags::{self, Display, Flag},
    tree::{Data, Id, Tree},
    words,
};
use crate::record::{Block, Fate, Head, Kind, Origin};
use html5ever::{LocalName, local_name};
use std::collections::{HashMap, HashSet};

/// Most blocks of a page; what follows joins the last one. A 10 MB page of one-letter paragraphs has 1.3 million.
const MAX_BLOCKS: usize = 200_000;

/// Bytes of all paths together. Deep pages with many blocks would otherwise hold little but paths.
const MAX_PATH_BYTES: usize = 64 << 20;

/// Class names written into a container's path, and the bytes of each: enough to tell siblings from others.
const PATH_CLASSES: usize = 3;
const PATH_NAME_CHARS: usize = 40;

/// Bytes of a container's path; deeper containers share the path of the last that fits.
const MAX_LABEL_BYTES: usize = 1_000;

/// A link around so many blocks with so many characters was left open by mistake; cards hold a heading, a line, a date.
const UNCLOSED_BLOCKS: usize = 5;
const UNCLOSED_CHARS: u32 = 600;

/// A heading longer than this is a paragraph in a heading's element that was never closed, and so is what stands in it
/// after so many blocks: titles are cut in two or three lines.
const HEADING_CHARS: u32 = 400;
const HEADING_BLOCKS: usize = 4;

/// Elements between an item and its list; there are none in sound markup.
const MAX_TO_LIST: usize = 8;

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

/// An open element.
#[allow(clippy::struct_excessive_bools, reason = "each is handed down by itself")]
#[derive(Default)]
pub(super) struct Frame {
    block: bool,
    /// Lengths of the path and the label before this element was added to them.
    path: usize,
    label: usize,
    container: u32,
    names: Names,
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

/// Positions of children among siblings of their name.
#[derive(Default)]
struct Names {
    few: Vec<(LocalName, u32)>,
    many: HashMap<LocalName, u32>,
}

/// Names kept in a plain list; a page of made-up element names gets a map.
const FEW_NAMES: usize = 24;

impl Names {
    fn next(&mut self, name: &LocalName) -> u32 {
        if let Some((_, n)) = self.few.iter_mut().find(|(known, _)| known == name) {
            *n += 1;
            return *n;
        }
        if self.few.len() < FEW_NAMES {
            self.few.push((name.clone(), 1));
            return 1;
        }
        let n = self.many.entry(name.clone()).or_insert(0);
        *n += 1;
        *n
    }
}

/// Reads the page; `rules` gives the number of the site rule that fires on an element.
pub(super) fn read(tree: &Tree, rules: &HashMap<usize, u16>) -> Reading {
    let mut walk = Walk {
        tree,
        rules,
        out: Reading::default(),
        frames: Vec::new(),
        run: Run::default(),
        start: None,
        mark: None,
        path: String::new(),
        label: String::new(),
        path_bytes: 0,
        classes: foldhash::HashMap::default(),
        ids: foldhash::HashMap::default(),
        ruled_tables: ruled_tables(tree, rules),
    };
    walk.whole();
    let blocks = walk.out.blocks.len();
    head::settle(&mut walk.out.head, blocks);
    walk.out
}

/// What a class attribute or an id says.
struct Named {
    /// Its word groups.
    groups: u64,
    /// How it is written in a container's path: `#id`, `.class.other`.
    label: String,
}

impl Named {
    fn classes(names: &str) -> Self {
        let mut label = String::new();
        for class in names.split_ascii_whitespace().take(PATH_CLASSES) {
            label.push('.');
            push_name(&mut label, class);
        }
        Self { groups: words::groups(names), label }
    }

    fn id(name: &str) -> Self {
        let mut label = "#".to_owned();
        push_name(&mut label, name.trim());
        Self { groups: words::groups(name), label }
    }
}

struct Walk<'a> {
    tree: &'a Tree,
    rules: &'a HashMap<usize, u16>,
    out: Reading,
    frames: Vec<Frame>,
    run: Run,
    /// Path of the first piece of the run, where it isn't its container's.
    start: Option<String>,
    /// Mark of the list item that has no text yet, with its level.
    mark: Option<(String, u8)>,
    path: String,
    label: String,
    path_bytes: usize,
    /// What the class attributes and ids seen say: a page has few, on many elements.
    classes: foldhash::HashMap<&'a str, Named>,
    ids: foldhash::HashMap<&'a str, Named>,
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

impl<'a> Walk<'a> {
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
                Some(Data::Element { name, .. }) if self.enter(at, &name.local) => {
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

    /// Path of the piece that begins a run: the child of the container that holds it.
    fn start_path(&self, position: u32) -> String {
        let container = self.frames.iter().rposition(|f| f.block).unwrap_or(0);
        if container + 1 == self.frames.len() {
            return format!("{}/text()[{position}]", self.path);
        }
        let end = self.frames.get(container + 2).map(|f| f.path);
        let end = end.unwrap_or(self.path.len());
        self.path.get(..end).unwrap_or("").to_owned()
    }

    /// Comes to an element; whether its children are to be read (then [`Self::leave`] must follow).
    fn enter(&mut self, id: Id, name: &LocalName) -> bool {
        let position = match self.frames.last_mut() {
            Some(top) => top.names.next(name),
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
            _ => match tags::display(name) {
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

    /// Opens an element: what it adds to what its parent hands down.
    fn open(&mut self, id: Id, name: &LocalName, element: &Element<'a>) {
        let attrs = &element.attrs;
        let flags = tags::flags(name)
            | attrs.role.map_or(0, tags::role_flags)
            | if attrs.hidden { Flag::Hidden.bit() } else { 0 };
        let fallback = Frame::default();
        let parent = self.frames.last().unwrap_or(&fallback);
        let mut style = parent.style;
        let reopened = self.tree.node(id).is_some_and(|node| node.reopened);
        let flags = if reopened { 0 } else { flags };
        style.link |= *name == local_name!("a") && attrs.href && !reopened;
        style.bold |= matches!(*name, local_name!("b") | local_name!("strong"));
        style.pre |= flags & Flag::Pre.bit() != 0;
        style.raised |= *name == local_name!("sup");
        let mut frame = Frame {
            block: element.block,
            path: self.path.len(),
            label: self.label.len(),
            titles: tags::heading(name).is_some(),
            style,
            hidden: attrs.hidden || parent.hidden,
            heading: tags::heading(name).unwrap_or(parent.heading),
            container: parent.container,
            noscript: *name == local_name!("noscript") || parent.noscript,
            kind: kind(name, parent.kind),
            in_head: *name == local_name!("head"),
            list_depth: parent.list_depth,
            first_block: self.out.blocks.len(),
            rule: self.rules.get(&id.index()).copied().or(parent.rule),
            ..Frame::default()
        };
        self.note_list(&mut frame, id, name);
        let groups = self.extend_paths(name, element, reopened || tags::is_formatting(name));
        if element.block || flags != 0 || groups != 0 {
            frame.container = self.contain(frame.container, flags, groups);
        }
        self.count_inline(name, element.block);
        self.frames.push(frame);
    }

    fn count_inline(&mut self, name: &LocalName, block: bool) {
        match *name {
            local_name!("a") => self.run.link_starts(),
            local_name!("button") => self.run.tally.controls += 1,
            _ if !block => self.run.tally.inlines += 1,
            _ => {}
        }
    }

    /// Lists number their items; an item keeps its mark until its first text comes.
    fn note_list(&mut self, frame: &mut Frame, id: Id, name: &LocalName) {
        match *name {
            local_name!("ul") | local_name!("ol") | local_name!("menu") | local_name!("dir") => {
                frame.list_depth = frame.list_depth.saturating_add(1);
                frame.list = Some(List::open(self.tree, id, frame.list_depth));
                frame.kind = Kind::Paragraph;
            }
            local_name!("li") => {
                let list = self.frames.iter_mut().rev().take(MAX_TO_LIST).find_map(|f| f.list.as_mut());
                self.mark = list.map(|list| (list.mark(self.tree, id), list.level));
            }
            _ => {}
        }
    }

    /// Adds the element to the paths; gives the word groups of its names. What only gives letters a look (`passing`) doesn't
    /// count where blocks stand: left open, it would be opened again around all that follows, once more each time.
    fn extend_paths(&mut self, name: &LocalName, element: &Element<'a>, passing: bool) -> u64 {
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
        let id = (!id.is_empty()).then(|| &*self.ids.entry(id).or_insert_with(|| Named::id(id)));
        let class = (!class.is_empty()).then(|| &*self.classes.entry(class).or_insert_with(|| Named::classes(class)));
        let names = [id, class].into_iter().flatten();
        names.fold(0, |groups, named| {
            if labelled {
                self.label.push_str(&named.label);
            }
            groups | named.groups
        })
    }

    fn contain(&mut self, parent: u32, flags: u32, groups: u64) -> u32 {
        let depth = self.out.containers.get(parent as usize).map_or(0, |c| c.depth.saturating_add(1));
        let first = count(self.out.blocks.len());
        self.out.containers.push(Container { parent, flags, groups, first, end: first, depth });
        count(self.out.containers.len() - 1)
    }

    /// Leaves the innermost open element.
    fn leave(&mut self) {
        if self.frames.last().is_some_and(|f| f.block) {
            self.flush();
        }
        let Some(frame) = self.frames.pop() else {
            return;
        };
        self.path.truncate(frame.path);
        self.label.truncate(frame.label);
        let parent = self.frames.last().map_or(0, |f| f.container);
        if frame.container != parent {
            // an inline container's own text is still in the run
            let end = count(self.out.blocks.len() + usize::from(!frame.block));
            if let Some(container) = self.out.containers.get_mut(frame.container as usize) {
                container.end = end;
            }
        }
        if frame.style.link && !self.frames.last().is_some_and(|f| f.style.link) {
            if self.unlink(frame.first_block)
                && let Some(link) = self.out.containers.get_mut(frame.container as usize)
            {
                link.flags &= !Flag::Link.bit();
            }
            self.run.link_ends();
        }
        if frame.titles {
            self.untitle(&frame);
        }
        if frame.list.is_some() {
            self.mark = None;
        }
    }

    /// A link that holds a good part of a page was never closed: what stands in it is no label. Whether it was so.
    fn unlink(&mut self, first: usize) -> bool {
        let chars: u32 = self.out.facts.iter().skip(first).map(|f| f.tally.chars).sum();
        if chars < UNCLOSED_CHARS || self.out.facts.len() - first.min(self.out.facts.len()) < UNCLOSED_BLOCKS {
            return false;
        }
        for (block, facts) in self.out.blocks.iter_mut().zip(&mut self.out.facts).skip(first) {
            block.link_share = 0.0;
            facts.tally.link_chars = 0;
        }
        true
    }

    /// Of what stands in a heading's element that was never closed, only the first block is its heading.
    fn untitle(&mut self, frame: &Frame) {
        let inside = || self.out.facts.iter().skip(frame.first_block);
        if inside().count() < HEADING_BLOCKS && inside().map(|f| f.tally.chars).sum::<u32>() <= HEADING_CHARS {
            return;
        }
        let blocks = self.out.blocks.iter_mut().zip(&mut self.out.facts).skip(frame.first_block + 1);
        for (block, facts) in blocks.filter(|(_, facts)| facts.heading == frame.heading) {
            facts.heading = 0;
            if block.kind == Kind::Heading {
                (block.kind, block.level) = (Kind::Paragraph, None);
            }
        }
        if let Some(container) = self.out.containers.get_mut(frame.container as usize) {
            container.flags &= !Flag::Heading.bit();
        }
    }

    /// Ends the run: it becomes a block of the kind its container gives.
    fn flush(&mut self) {
        let kind = self.frames.last().map_or(Kind::Paragraph, |f| f.kind);
        self.flush_as(kind);
    }

    fn flush_as(&mut self, kind: Kind) {
        if self.run.is_empty() {
            self.run = Run::default();
            self.start = None;
            return;
        }
        let run = std::mem::take(&mut self.run);
        let start = self.start.take();
        let at = self.frames.iter().rposition(|f| f.block).unwrap_or(0);
        let Some(frame) = self.frames.get(at) else {
            return;
        };
        let inner = self.frames.last().unwrap_or(frame);
        let path_end = self.frames.get(at + 1).map_or(self.path.len(), |f| f.path);
        let label_end = self.frames.get(at + 1).map_or(self.label.len(), |f| f.label);
        let own = self.path.get(..path_end).unwrap_or("");
        let origin = start.filter(|_| frame.broken && kind != Kind::Table);
        let facts = Facts {
            container: inner.container,
            hidden: inner.hidden,
            noscript: inner.noscript,
            heading: inner.heading,
            rule: inner.rule,
            tally: run.tally,
        };
        let place = Place {
            origin: origin.unwrap_or_else(|| own.to_owned()),
            label: self.label.get(..label_end).unwrap_or("").to_owned(),
            kind,
            facts,
        };
        self.emit(&run.text, &place);
    }

    /// Adds the blocks of a run.
    fn emit(&mut self, text: &str, place: &Place) {
        let as_it_is = matches!(place.kind, Kind::Table | Kind::Code);
        let pieces = if as_it_is { vec![text.trim().to_owned()] } else { split::lines(text) };
        let shares = pieces.len();
        for piece in pieces {
            let (mark, level) = self.mark.take().unzip();
            let mut block = Block {
                kind: place.kind,
                origin: self.origin(place),
                path: place.label.clone(),
                link_share: share(place.facts.tally.link_chars, place.facts.tally.chars),
                fate: Fate::Keep,
                ..Block::default()
            };
            block.text = piece;
            lists::give_mark(&mut block, mark.as_deref(), level);
            if block.kind == Kind::Heading && place.facts.tally.chars > HEADING_CHARS {
                block.kind = Kind::Paragraph;
            } else if block.kind == Kind::Heading {
                block.level = Some(place.facts.heading.max(1));
            }
            let mut facts = place.facts;
            if shares > 1 {
                facts.tally.split(&block.text);
            }
            self.add(block, facts);
        }
    }

    fn origin(&mut self, place: &Place) -> Vec<Origin> {
        self.path_bytes += place.origin.len();
        if self.path_bytes > MAX_PATH_BYTES {
            return Vec::new();
        }
        // for a later line of the same run, the run's own place is as near as a path comes
        vec![Origin::Html { html: place.origin.clone(), line: None }]
    }

    fn add(&mut self, block: Block, facts: Facts) {
        if self.out.blocks.len() < MAX_BLOCKS {
            self.out.blocks.push(block);
            self.out.facts.push(facts);
        } else if let Some(last) = self.out.blocks.last_mut() {
            last.text.push(' ');
            last.text.push_str(&block.text);
        }
    }
}

/// Where a run stood.
struct Place {
    origin: String,
    label: String,
    kind: Kind,
    facts: Facts,
}

/// An element about to be opened.
struct Element<'a> {
    position: u32,
    block: bool,
    attrs: Attrs<'a>,
}

/// The kind an element gives its text.
fn kind(name: &LocalName, inherited: Kind) -> Kind {
    match *name {
        local_name!("li") => Kind::ListItem,
        local_name!("blockquote") => Kind::Quote,
        local_name!("figcaption") | local_name!("caption") => Kind::Caption,
        local_name!("pre") | local_name!("listing") | local_name!("xmp") => Kind::Code,
        local_name!("table") => Kind::Paragraph,
        _ if tags::heading(name).is_some() => Kind::Heading,
        _ => inherited,
    }
}

/// A name in a container's path: digits folded, so that `post-17` and `post-18` are siblings.
fn push_name(label: &mut String, name: &str) {
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

#[allow(clippy::cast_precision_loss, reason = "a share needs no more than seven digits")]
fn share(part: u32, whole: u32) -> f32 {
    if whole == 0 { 0.0 } else { part as f32 / whole as f32 }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
