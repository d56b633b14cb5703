//! The page as an arena of nodes: what html5ever builds into, and what the walk reads.
//!
//! Nodes are numbers into one vector, links between them are numbers too, so a page of a million nodes is one
//! allocation that is freed at once. Comments, doctypes and processing instructions carry no text and are not kept.
//! The arena knows nothing of blocks or text rules.

use html5ever::{
    Attribute, LocalName, Namespace, QualName,
    interface::{ElemName, ElementFlags, NodeOrText, QuirksMode, TreeSink},
    local_name, ns,
    tendril::StrTendril,
};
use std::{
    borrow::Cow,
    cell::{Cell, RefCell},
};

/// Most nodes of a page. A 10 MB page of one-letter paragraphs has 2.6 million; each takes 64 bytes.
pub(super) const MAX_NODES: usize = 3_000_000;

/// Bytes of markup for each node that room is made for: most pages have more, and a list that grows is copied.
const BYTES_A_NODE: usize = 32;

/// A node's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Id(u32);

impl Id {
    /// The document node.
    pub(super) const ROOT: Self = Self(0);
    /// No node.
    const NONE: Self = Self(u32::MAX);

    fn some(self) -> Option<Self> {
        (self != Self::NONE).then_some(self)
    }

    /// Its place in the arena.
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// A node while the tree is built. It carries its element's name, since html5ever asks for the names of all open elements
/// at most tags.
#[derive(Debug, Clone)]
pub(super) struct Handle {
    id: Id,
    space: Space,
    name: LocalName,
}

/// Whose names an element's is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Space {
    Html,
    Svg,
    MathMl,
    /// No element's, or another's.
    None,
}

impl Handle {
    /// A node that is no element.
    const fn nameless(id: Id) -> Self {
        Self { id, space: Space::None, name: local_name!("") }
    }
}

impl ElemName for &Handle {
    fn ns(&self) -> &Namespace {
        static SPACES: [Namespace; 4] = [ns!(html), ns!(svg), ns!(mathml), ns!()];
        let [html, svg, mathml, none] = &SPACES;
        match self.space {
            Space::Html => html,
            Space::Svg => svg,
            Space::MathMl => mathml,
            Space::None => none,
        }
    }

    fn local_name(&self) -> &LocalName {
        &self.name
    }
}

/// What a node is.
#[derive(Debug)]
pub(super) enum Data {
    /// The document, a comment, or the like: nothing to read.
    Nothing,
    /// An element.
    Element {
        /// Its name.
        name: LocalName,
        /// Its attributes.
        attrs: Vec<Attribute>,
    },
    /// A run of text.
    Text(StrTendril),
}

/// A node with its neighbours.
#[derive(Debug)]
pub(super) struct Node {
    /// What it is.
    pub(super) data: Data,
    parent: Id,
    before: Id,
    after: Id,
    first: Id,
    last: Id,
    depth: u32,
    /// Whose its element's name is.
    pub(super) space: Space,
    /// A link that nobody closed and the builder opened again: see [`Depth::expect_link`].
    pub(super) reopened: bool,
}

const _: () = assert!(size_of::<Node>() <= 64, "a node fills one line of the processor's memory");

impl Node {
    fn new(data: Data) -> Self {
        let (parent, before, after, first, last) = (Id::NONE, Id::NONE, Id::NONE, Id::NONE, Id::NONE);
        Self { data, parent, before, after, first, last, depth: 0, space: Space::None, reopened: false }
    }
}

/// The arena.
#[derive(Debug)]
pub(super) struct Tree {
    nodes: Vec<Node>,
}

impl Tree {
    /// Room for the nodes of so many bytes of markup.
    fn with_room(bytes: usize) -> Self {
        let mut nodes = Vec::with_capacity((bytes / BYTES_A_NODE).min(MAX_NODES) + 1);
        nodes.push(Node::new(Data::Nothing));
        Self { nodes }
    }

    /// Number of nodes.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The node, where the number is one of this tree.
    pub(super) fn node(&self, id: Id) -> Option<&Node> {
        self.nodes.get(id.index())
    }

    /// The node of this place.
    pub(super) fn id(&self, index: usize) -> Option<Id> {
        u32::try_from(index).ok().filter(|_| index < self.len()).map(Id)
    }

    /// Its parent.
    pub(super) fn parent(&self, id: Id) -> Option<Id> {
        self.node(id)?.parent.some()
    }

    /// Its first child.
    pub(super) fn first_child(&self, id: Id) -> Option<Id> {
        self.node(id)?.first.some()
    }

    /// The sibling after it.
    pub(super) fn next_sibling(&self, id: Id) -> Option<Id> {
        self.node(id)?.after.some()
    }

    /// Its children, in order.
    pub(super) fn children(&self, id: Id) -> impl Iterator<Item = Id> + '_ {
        std::iter::successors(self.first_child(id), |&child| self.next_sibling(child))
    }

    /// Name of an element.
    pub(super) fn name(&self, id: Id) -> Option<&LocalName> {
        match &self.node(id)?.data {
            Data::Element { name, .. } => Some(name),
            _ => None,
        }
    }

    /// Whether it is an element of HTML.
    pub(super) fn is_html(&self, id: Id) -> bool {
        self.node(id).is_some_and(|node| node.space == Space::Html)
    }

    /// Value of an attribute.
    pub(super) fn attr(&self, id: Id, wanted: &LocalName) -> Option<&str> {
        match &self.node(id)?.data {
            Data::Element { attrs, .. } => attr(attrs, wanted),
            _ => None,
        }
    }

    /// The node after `id` in document order that isn't under it; none beyond `top`.
    pub(super) fn after_subtree(&self, id: Id, top: Id) -> Option<Id> {
        let mut at = id;
        while at != top {
            if let Some(next) = self.next_sibling(at) {
                return Some(next);
            }
            at = self.parent(at)?;
        }
        None
    }

    fn push(&mut self, data: Data) -> Id {
        let id = Id(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(Node::new(data));
        id
    }

    fn change(&mut self, id: Id, change: impl FnOnce(&mut Node)) {
        if let Some(node) = self.nodes.get_mut(id.index()) {
            change(node);
        }
    }

    fn detach(&mut self, id: Id) {
        let Some(node) = self.nodes.get_mut(id.index()) else {
            return;
        };
        let (parent, before, after) = (node.parent, node.before, node.after);
        if [parent, before, after] == [Id::NONE; 3] {
            return; // as most: they are appended as they are made
        }
        (node.parent, node.before, node.after) = (Id::NONE, Id::NONE, Id::NONE);
        self.change(before, |n| n.after = after);
        self.change(after, |n| n.before = before);
        self.change(parent, |n| {
            if n.first == id {
                n.first = after;
            }
            if n.last == id {
                n.last = before;
            }
        });
    }

    fn append(&mut self, parent: Id, child: Id) -> u32 {
        self.detach(child);
        let (last, depth) = self.node(parent).map_or((Id::NONE, 0), |n| (n.last, n.depth.saturating_add(1)));
        self.change(child, |n| {
            n.parent = parent;
            n.before = last;
            n.depth = depth;
        });
        self.change(last, |n| n.after = child);
        self.change(parent, |n| {
            n.last = child;
            if n.first == Id::NONE {
                n.first = child;
            }
        });
        depth
    }

    fn insert_before(&mut self, sibling: Id, child: Id) {
        self.detach(child);
        let Some(node) = self.node(sibling) else {
            return;
        };
        let (parent, before, depth) = (node.parent, node.before, node.depth);
        self.change(child, |n| {
            n.parent = parent;
            n.before = before;
            n.after = sibling;
            n.depth = depth;
        });
        self.change(before, |n| n.after = child);
        self.change(sibling, |n| n.before = child);
        self.change(parent, |n| {
            if n.first == sibling {
                n.first = child;
            }
        });
    }

    fn last_text(&mut self, id: Id) -> Option<&mut StrTendril> {
        match &mut self.nodes.get_mut(id.index())?.data {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Value of an attribute in a list.
pub(super) fn attr<'a>(attrs: &'a [Attribute], wanted: &LocalName) -> Option<&'a str> {
    attrs.iter().find(|a| a.name.local == *wanted).map(|a| &*a.value)
}

/// The tree while html5ever builds it.
pub(super) struct Builder {
    tree: RefCell<Tree>,
    depth: Cell<u32>,
    full: Cell<bool>,
    link: RefCell<Link>,
}

/// Which link the token being processed opens.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum Link {
    /// None: it is no tag of a link.
    #[default]
    None,
    /// One with this address.
    To(Option<StrTendril>),
    /// It ends one, which may be split over the elements it crosses.
    Split,
}

impl Builder {
    /// An empty page, with room for so many bytes of markup.
    pub(super) fn with_room(bytes: usize) -> Self {
        Self {
            tree: RefCell::new(Tree::with_room(bytes)),
            depth: Cell::new(0),
            full: Cell::new(false),
            link: RefCell::new(Link::None),
        }
    }

    /// Number of nodes so far.
    pub(super) fn len(&self) -> usize {
        self.tree.borrow().len()
    }

    fn push(&self, data: Data) -> Id {
        let mut tree = self.tree.borrow_mut();
        if tree.len() >= MAX_NODES {
            self.full.set(true);
        }
        tree.push(data)
    }

    fn add_text(&self, text: StrTendril, last: impl FnOnce(&Tree) -> Id) -> Option<Id> {
        let mut tree = self.tree.borrow_mut();
        let last = last(&tree);
        if let Some(run) = tree.last_text(last) {
            run.push_tendril(&text);
            return None;
        }
        drop(tree);
        Some(self.push(Data::Text(text)))
    }
}

/// What a depth limit must know of a tree under construction.
pub(super) trait Depth {
    /// Depth of the last appended node.
    fn depth(&self) -> u32;
    /// Whether no more nodes may be added.
    fn is_full(&self) -> bool;
    /// Says which link the next token opens. One that comes to be otherwise was left open in the page: the standard has it
    /// opened again in each element that follows, and its text is no label.
    fn expect_link(&self, _: Link) {}
}

impl Depth for Builder {
    fn depth(&self) -> u32 {
        self.depth.get()
    }

    fn is_full(&self) -> bool {
        self.full.get()
    }

    fn expect_link(&self, link: Link) {
        self.link.replace(link);
    }
}

impl TreeSink for Builder {
    type Handle = Handle;
    type Output = Tree;
    type ElemName<'a> = &'a Handle;

    fn finish(self) -> Tree {
        self.tree.into_inner()
    }

    fn parse_error(&self, _: Cow<'static, str>) {}

    fn get_document(&self) -> Handle {
        Handle::nameless(Id::ROOT)
    }

    fn elem_name<'a>(&'a self, target: &'a Handle) -> &'a Handle {
        target
    }

    fn create_element(&self, name: QualName, attrs: Vec<Attribute>, _: ElementFlags) -> Handle {
        let reopened = name.local == local_name!("a")
            && match &*self.link.borrow() {
                Link::None => true,
                Link::To(address) => attr(&attrs, &local_name!("href")) != address.as_deref(),
                Link::Split => false,
            };
        let space = match name.ns {
            ns!(html) => Space::Html,
            ns!(svg) => Space::Svg,
            ns!(mathml) => Space::MathMl,
            _ => Space::None,
        };
        let id = self.push(Data::Element { name: name.local.clone(), attrs });
        self.tree.borrow_mut().change(id, |node| (node.space, node.reopened) = (space, reopened));
        Handle { id, space, name: name.local }
    }

    fn create_comment(&self, _: StrTendril) -> Handle {
        Handle::nameless(self.push(Data::Nothing))
    }

    fn create_pi(&self, _: StrTendril, _: StrTendril) -> Handle {
        Handle::nameless(self.push(Data::Nothing))
    }

    fn append(&self, parent: &Handle, child: NodeOrText<Handle>) {
        match child {
            NodeOrText::AppendNode(child) => {
                let depth = self.tree.borrow_mut().append(parent.id, child.id);
                self.depth.set(depth);
            }
            NodeOrText::AppendText(text) => {
                let last = |tree: &Tree| tree.node(parent.id).map_or(Id::NONE, |n| n.last);
                if let Some(id) = self.add_text(text, last) {
                    self.tree.borrow_mut().append(parent.id, id);
                }
            }
        }
    }

    fn append_based_on_parent_node(&self, element: &Handle, prev: &Handle, child: NodeOrText<Handle>) {
        let has_parent = self.tree.borrow().parent(element.id).is_some();
        if has_parent {
            self.append_before_sibling(element, child);
        } else {
            self.append(prev, child);
        }
    }

    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}

    fn get_template_contents(&self, target: &Handle) -> Handle {
        target.clone() // the walk decides whether a template is read
    }

    fn same_node(&self, x: &Handle, y: &Handle) -> bool {
        x.id == y.id
    }

    fn set_quirks_mode(&self, _: QuirksMode) {}

    fn append_before_sibling(&self, sibling: &Handle, new_node: NodeOrText<Handle>) {
        match new_node {
            NodeOrText::AppendNode(node) => self.tree.borrow_mut().insert_before(sibling.id, node.id),
            NodeOrText::AppendText(text) => {
                let last = |tree: &Tree| tree.node(sibling.id).map_or(Id::NONE, |n| n.before);
                if let Some(id) = self.add_text(text, last) {
                    self.tree.borrow_mut().insert_before(sibling.id, id);
                }
            }
        }
    }

    fn add_attrs_if_missing(&self, target: &Handle, more: Vec<Attribute>) {
        self.tree.borrow_mut().change(target.id, |node| {
            if let Data::Element { attrs, .. } = &mut node.data {
                for attribute in more {
                    if !attrs.iter().any(|a| a.name == attribute.name) {
                        attrs.push(attribute);
                    }
                }
            }
        });
    }

    fn remove_from_parent(&self, target: &Handle) {
        self.tree.borrow_mut().detach(target.id);
    }

    fn reparent_children(&self, node: &Handle, new_parent: &Handle) {
        let mut tree = self.tree.borrow_mut();
        while let Some(child) = tree.first_child(node.id) {
            tree.append(new_parent.id, child);
        }
    }
}
