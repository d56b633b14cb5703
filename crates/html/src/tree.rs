//! A page as an arena of nodes.
//!
//! Nodes and the links between them are indices into one vector, so a page of a million nodes is one allocation that is
//! freed at once. Comments, doctypes and processing instructions carry no text; their content is not kept. The arena
//! knows nothing of blocks or text rules. [`crate::tree_sink`] builds it, [`crate::walk`] reads it.

use html5ever::{Attribute, LocalName, tendril::StrTendril};
use std::collections::HashMap;

/// Maximum number of nodes of a page. A 10 MB page of one-letter paragraphs has 2.6 million; each takes 64 bytes.
pub(super) const MAX_NODES: usize = 3_000_000;

/// Bytes of markup per node, for reserving memory. Most pages have more bytes per node, so the vector rarely has to
/// grow, which would copy it.
const BYTES_PER_NODE: usize = 32;

/// The index of a node in its arena.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct NodeId(u32);

impl NodeId {
    /// The document node.
    pub(super) const ROOT: Self = Self(0);
    /// No node.
    const NONE: Self = Self(u32::MAX);

    fn some(self) -> Option<Self> {
        (self != Self::NONE).then_some(self)
    }

    /// The index in the arena.
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// The namespace of an element's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ElementNs {
    Html,
    Svg,
    MathMl,
    /// Another namespace, or the node is no element.
    None,
}

/// The content of a node.
#[derive(Debug)]
pub(super) enum NodeData {
    /// A node without text: the document, a comment, a processing instruction.
    Other,
    /// An element.
    Element { name: LocalName, attrs: Vec<Attribute> },
    /// A run of text.
    Text(StrTendril),
}

/// A node with links to its neighbours.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) data: NodeData,
    parent: NodeId,
    before: NodeId,
    after: NodeId,
    first: NodeId,
    last: NodeId,
    depth: u32,
    /// The namespace of the element's name.
    pub(super) ns: ElementNs,
    /// An `a` element that the page left open and the tree builder opened again: see
    /// [`crate::tree_sink::BoundedSink::expect_link`].
    pub(super) reopened: bool,
}

const _: () = assert!(size_of::<Node>() <= 64, "a node fits into one cache line");

impl Node {
    fn new(data: NodeData) -> Self {
        let none = NodeId::NONE;
        Self {
            data,
            parent: none,
            before: none,
            after: none,
            first: none,
            last: none,
            depth: 0,
            ns: ElementNs::None,
            reopened: false,
        }
    }
}

/// The arena. Node 0 is the document.
#[derive(Debug)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    /// Attributes of elements that the walk doesn't read. Selectors may.
    unread: HashMap<NodeId, Vec<Attribute>>,
}

/// Reading.
impl Tree {
    /// Number of nodes.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The node, or `None` if the index is not of this tree.
    pub(super) fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id.index())
    }

    /// The parent.
    pub(super) fn parent(&self, id: NodeId) -> Option<NodeId> {
        self.node(id)?.parent.some()
    }

    /// All nodes above, the parent first.
    pub(super) fn ancestors(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        std::iter::successors(self.parent(id), |&up| self.parent(up))
    }

    /// The first child.
    pub(super) fn first_child(&self, id: NodeId) -> Option<NodeId> {
        self.node(id)?.first.some()
    }

    /// The last child.
    pub(super) fn last_child(&self, id: NodeId) -> Option<NodeId> {
        self.node(id)?.last.some()
    }

    /// The next sibling.
    pub(super) fn next_sibling(&self, id: NodeId) -> Option<NodeId> {
        self.node(id)?.after.some()
    }

    /// The previous sibling.
    pub(super) fn prev_sibling(&self, id: NodeId) -> Option<NodeId> {
        self.node(id)?.before.some()
    }

    /// The children, in order.
    pub(super) fn children(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        std::iter::successors(self.first_child(id), |&child| self.next_sibling(child))
    }

    /// The local name of an element.
    pub(super) fn name(&self, id: NodeId) -> Option<&LocalName> {
        match &self.node(id)?.data {
            NodeData::Element { name, .. } => Some(name),
            _ => None,
        }
    }

    /// Whether the node is an element of the HTML namespace.
    pub(super) fn is_html(&self, id: NodeId) -> bool {
        self.node(id).is_some_and(|node| node.ns == ElementNs::Html)
    }

    /// The value of an attribute.
    pub(super) fn attr(&self, id: NodeId, wanted: &LocalName) -> Option<&str> {
        match &self.node(id)?.data {
            NodeData::Element { attrs, .. } => attr(attrs, wanted),
            _ => None,
        }
    }

    /// The attributes of an element that the walk doesn't read. They are kept only on demand.
    pub(super) fn unread_attrs(&self, id: NodeId) -> &[Attribute] {
        self.unread.get(&id).map_or(&[], Vec::as_slice)
    }

    /// All nodes, in the order in which they were created.
    pub(super) fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..u32::try_from(self.nodes.len()).unwrap_or(u32::MAX)).map(NodeId)
    }

    /// The next node in document order that is not below `id`; `None` if there is none below `top`.
    pub(super) fn after_subtree(&self, id: NodeId, top: NodeId) -> Option<NodeId> {
        let mut at = id;
        while at != top {
            if let Some(next) = self.next_sibling(at) {
                return Some(next);
            }
            at = self.parent(at)?;
        }
        None
    }
}

/// Building.
impl Tree {
    /// An empty page, with memory reserved for a page of this many bytes of markup.
    pub(super) fn with_capacity(bytes: usize) -> Self {
        let mut nodes = Vec::with_capacity((bytes / BYTES_PER_NODE).min(MAX_NODES) + 1);
        nodes.push(Node::new(NodeData::Other));
        Self { nodes, unread: HashMap::new() }
    }

    /// Adds a node without a parent.
    pub(super) fn push(&mut self, data: NodeData) -> NodeId {
        let id = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(Node::new(data));
        id
    }

    /// Adds attributes that the walk doesn't read.
    pub(super) fn add_unread(&mut self, id: NodeId, attrs: Vec<Attribute>) {
        if !attrs.is_empty() {
            add_missing(self.unread.entry(id).or_default(), attrs);
        }
    }

    /// Changes a node; does nothing if there is no such node.
    pub(super) fn change(&mut self, id: NodeId, change: impl FnOnce(&mut Node)) {
        if let Some(node) = self.nodes.get_mut(id.index()) {
            change(node);
        }
    }

    /// Removes a node, with all below it, from its parent.
    pub(super) fn detach(&mut self, id: NodeId) {
        let Some(node) = self.nodes.get_mut(id.index()) else {
            return;
        };
        let (parent, before, after) = (node.parent, node.before, node.after);
        if [parent, before, after] == [NodeId::NONE; 3] {
            return; // the common case: a new node
        }
        (node.parent, node.before, node.after) = (NodeId::NONE, NodeId::NONE, NodeId::NONE);
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

    /// Makes a node the last child of `parent`. Returns its depth.
    pub(super) fn append(&mut self, parent: NodeId, child: NodeId) -> u32 {
        self.detach(child);
        let (last, depth) = self.node(parent).map_or((NodeId::NONE, 0), |n| (n.last, n.depth.saturating_add(1)));
        self.change(child, |n| {
            n.parent = parent;
            n.before = last;
            n.depth = depth;
        });
        self.change(last, |n| n.after = child);
        self.change(parent, |n| {
            n.last = child;
            if n.first == NodeId::NONE {
                n.first = child;
            }
        });
        depth
    }

    /// Makes a node the previous sibling of `sibling`.
    pub(super) fn insert_before(&mut self, sibling: NodeId, child: NodeId) {
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

    /// The text of a text node, to append to.
    pub(super) fn text_mut(&mut self, id: NodeId) -> Option<&mut StrTendril> {
        match &mut self.nodes.get_mut(id.index())?.data {
            NodeData::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// The value of an attribute in a list.
pub(super) fn attr<'a>(attrs: &'a [Attribute], wanted: &LocalName) -> Option<&'a str> {
    attrs.iter().find(|a| a.name.local == *wanted).map(|a| &*a.value)
}

/// Adds the attributes whose names aren't in the list yet.
pub(super) fn add_missing(attrs: &mut Vec<Attribute>, more: Vec<Attribute>) {
    for attribute in more {
        if !attrs.iter().any(|a| a.name == attribute.name) {
            attrs.push(attribute);
        }
    }
}
