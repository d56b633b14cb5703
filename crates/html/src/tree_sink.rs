//! The sink that html5ever's tree builder fills: it builds a [`Tree`].

use crate::element_kind::is_formatting;
use crate::tokens::{AttributeFilter, is_read};
use crate::tree::{ElementNs, MAX_NODES, NodeData, NodeId, Tree, add_missing, attr};
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

/// What the depth limit of [`crate::parse`] asks of a sink.
pub(super) trait BoundedSink {
    /// The depth of the last appended node.
    fn depth(&self) -> u32;
    /// Whether the sink has reached its limit of nodes.
    fn is_full(&self) -> bool;
    /// Says which `a` element the next token opens. If the builder then creates another one, the page left a link open:
    /// the standard opens it again in each element that follows, and its text is no label.
    fn expect_link(&self, _: LinkTag) {}
}

/// What a token is to the `a` elements.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum LinkTag {
    /// Not a tag of an `a` element.
    #[default]
    None,
    /// A start tag with this `href`.
    Start(Option<StrTendril>),
    /// An end tag. It may split the link over the elements that it crosses.
    End,
}

/// A node while the tree is built. It carries the element's name because html5ever asks for the names of all open
/// elements at most tags.
#[derive(Debug, Clone)]
pub(super) struct Handle {
    id: NodeId,
    ns: ElementNs,
    name: LocalName,
}

impl Handle {
    /// A node that is no element.
    const fn nameless(id: NodeId) -> Self {
        Self { id, ns: ElementNs::None, name: local_name!("") }
    }
}

impl ElemName for &Handle {
    fn ns(&self) -> &Namespace {
        self.ns.url()
    }

    fn local_name(&self) -> &LocalName {
        &self.name
    }
}

impl ElementNs {
    fn of(ns: &Namespace) -> Self {
        match *ns {
            ns!(html) => Self::Html,
            ns!(svg) => Self::Svg,
            ns!(mathml) => Self::MathMl,
            _ => Self::None,
        }
    }

    /// The namespace's URL.
    pub(super) fn url(self) -> &'static Namespace {
        static URLS: [Namespace; 4] = [ns!(html), ns!(svg), ns!(mathml), ns!()];
        let [html, svg, mathml, none] = &URLS;
        match self {
            Self::Html => html,
            Self::Svg => svg,
            Self::MathMl => mathml,
            Self::None => none,
        }
    }
}

/// A tree under construction.
pub(super) struct ArenaSink {
    tree: RefCell<Tree>,
    depth: Cell<u32>,
    full: Cell<bool>,
    link: RefCell<LinkTag>,
    attributes: AttributeFilter,
}

impl ArenaSink {
    /// An empty page, with memory reserved for this many bytes of markup. `attributes` says which attributes come from
    /// the tokenizer.
    pub(super) fn new(bytes: usize, attributes: AttributeFilter) -> Self {
        Self {
            tree: RefCell::new(Tree::with_capacity(bytes)),
            depth: Cell::new(0),
            full: Cell::new(false),
            link: RefCell::new(LinkTag::None),
            attributes,
        }
    }

    /// Number of nodes so far.
    pub(super) fn len(&self) -> usize {
        self.tree.borrow().len()
    }

    fn push(&self, data: NodeData) -> NodeId {
        let mut tree = self.tree.borrow_mut();
        if tree.len() >= MAX_NODES {
            self.full.set(true);
        }
        tree.push(data)
    }

    /// Removes the attributes that the walk doesn't read, so that it sees the same ones whichever were kept.
    fn take_unread(&self, name: &LocalName, attrs: &mut Vec<Attribute>) -> Vec<Attribute> {
        if self.attributes != AttributeFilter::All || is_formatting(name) {
            return Vec::new();
        }
        attrs.extract_if(.., |a| !is_read(&a.name)).collect()
    }

    /// Adds text to the text node that `neighbour` finds. Returns a new text node if it finds none.
    fn add_text(&self, text: StrTendril, neighbour: impl FnOnce(&Tree) -> Option<NodeId>) -> Option<NodeId> {
        let mut tree = self.tree.borrow_mut();
        let neighbour = neighbour(&tree);
        if let Some(before) = neighbour.and_then(|id| tree.text_mut(id)) {
            before.push_tendril(&text);
            return None;
        }
        drop(tree);
        Some(self.push(NodeData::Text(text)))
    }
}

impl BoundedSink for ArenaSink {
    fn depth(&self) -> u32 {
        self.depth.get()
    }

    fn is_full(&self) -> bool {
        self.full.get()
    }

    fn expect_link(&self, link: LinkTag) {
        self.link.replace(link);
    }
}

impl TreeSink for ArenaSink {
    type Handle = Handle;
    type Output = Tree;
    type ElemName<'a> = &'a Handle;

    fn finish(self) -> Tree {
        self.tree.into_inner()
    }

    fn parse_error(&self, _: Cow<'static, str>) {}

    fn get_document(&self) -> Handle {
        Handle::nameless(NodeId::ROOT)
    }

    fn elem_name<'a>(&'a self, target: &'a Handle) -> &'a Handle {
        target
    }

    fn create_element(&self, name: QualName, mut attrs: Vec<Attribute>, _: ElementFlags) -> Handle {
        let unread = self.take_unread(&name.local, &mut attrs);
        let reopened = name.local == local_name!("a")
            && match &*self.link.borrow() {
                LinkTag::None => true,
                LinkTag::Start(href) => attr(&attrs, &local_name!("href")) != href.as_deref(),
                LinkTag::End => false,
            };
        let ns = ElementNs::of(&name.ns);
        let id = self.push(NodeData::Element { name: name.local.clone(), attrs });
        let mut tree = self.tree.borrow_mut();
        tree.change(id, |node| (node.ns, node.reopened) = (ns, reopened));
        tree.add_unread(id, unread);
        Handle { id, ns, name: name.local }
    }

    fn create_comment(&self, _: StrTendril) -> Handle {
        Handle::nameless(self.push(NodeData::Other))
    }

    fn create_pi(&self, _: StrTendril, _: StrTendril) -> Handle {
        Handle::nameless(self.push(NodeData::Other))
    }

    fn append(&self, parent: &Handle, child: NodeOrText<Handle>) {
        match child {
            NodeOrText::AppendNode(child) => {
                let depth = self.tree.borrow_mut().append(parent.id, child.id);
                self.depth.set(depth);
            }
            NodeOrText::AppendText(text) => {
                if let Some(id) = self.add_text(text, |tree| tree.last_child(parent.id)) {
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
                if let Some(id) = self.add_text(text, |tree| tree.prev_sibling(sibling.id)) {
                    self.tree.borrow_mut().insert_before(sibling.id, id);
                }
            }
        }
    }

    fn add_attrs_if_missing(&self, target: &Handle, mut more: Vec<Attribute>) {
        let unread = self.take_unread(&target.name, &mut more);
        let mut tree = self.tree.borrow_mut();
        tree.add_unread(target.id, unread);
        tree.change(target.id, |node| {
            if let NodeData::Element { attrs, .. } = &mut node.data {
                add_missing(attrs, more);
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
