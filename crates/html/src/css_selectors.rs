//! CSS selectors, matched on the arena.
//!
//! `scraper` defines which selectors there are and parses them; the `selectors` crate matches them on anything that
//! implements its [`Element`]. Matching works as on `scraper`'s own tree: the content of an HTML `template` is a tree
//! of its own, and the page is never in quirks mode. A property test compares both. Two differences are known: the
//! arena keeps only 256 attributes of an element beside those that the walk reads, and after `<pre></>` it drops a line
//! feed, as the standard does, so there `:empty` may match.

use crate::tree::{ElementNs, Node, NodeData, NodeId, Tree};
use html5ever::{Attribute, LocalName, Namespace, local_name};
use scraper::selector::{CssLocalName, CssString, NonTSPseudoClass, Parser, PseudoElement, Simple};
use selectors::{
    Element, OpaqueElement,
    attr::{AttrSelectorOperation, CaseSensitivity, NamespaceConstraint},
    bloom::BloomFilter,
    context::{MatchingContext, MatchingForInvalidation, MatchingMode, NeedsSelectorFlags, QuirksMode, SelectorCaches},
    matching::{ElementSelectorFlags, matches_selector},
    parser::{ParseRelative, SelectorList},
};

/// A list of selectors, separated by commas.
#[derive(Debug)]
pub(super) struct Selector(SelectorList<Simple>);

impl Selector {
    /// Parses a list of selectors; `None` if it isn't valid.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut input = cssparser::Parser::new(text);
        SelectorList::parse(&Parser, &mut input, ParseRelative::No).ok().map(Self)
    }

    /// All elements of a page that match, in the order in which they were created. The tree must have been built with
    /// all attributes.
    pub(super) fn select(&self, tree: &Tree) -> impl Iterator<Item = NodeId> {
        let mut caches = SelectorCaches::default();
        let elements = tree.ids().filter(|&id| tree.parent(id).is_some());
        elements
            .filter(move |&id| TreeElement::new(tree, id).is_some_and(|element| self.matches(&element, &mut caches)))
    }

    fn matches(&self, element: &TreeElement<'_>, caches: &mut SelectorCaches) -> bool {
        let mut context = MatchingContext::new(
            MatchingMode::Normal,
            None,
            caches,
            QuirksMode::NoQuirks,
            NeedsSelectorFlags::No,
            MatchingForInvalidation::No,
        );
        self.0.slice().iter().any(|selector| matches_selector(selector, 0, None, element, &mut context))
    }
}

/// Whether the walk may come to an element: it is part of the page, and not of the content of a template.
pub(super) fn is_in_page(tree: &Tree, id: NodeId) -> bool {
    let is_template = |id| TreeElement::new(tree, id).is_some_and(|element| element.is_template());
    let mut top = id;
    tree.ancestors(id).inspect(|&up| top = up).all(|up| !is_template(up)) && top == NodeId::ROOT
}

/// An element of the arena.
#[derive(Debug, Clone, Copy)]
struct TreeElement<'a> {
    tree: &'a Tree,
    id: NodeId,
    node: &'a Node,
    name: &'a LocalName,
    attrs: &'a [Attribute],
}

impl<'a> TreeElement<'a> {
    /// The element; `None` if the node is none.
    fn new(tree: &'a Tree, id: NodeId) -> Option<Self> {
        let node = tree.node(id)?;
        match &node.data {
            NodeData::Element { name, attrs } => Some(Self { tree, id, node, name, attrs }),
            NodeData::Other | NodeData::Text(_) => None,
        }
    }

    /// Whether it is a template, whose children in the arena are those of its content.
    fn is_template(&self) -> bool {
        self.node.ns == ElementNs::Html && *self.name == local_name!("template")
    }

    fn sibling(&self, step: impl Fn(NodeId) -> Option<NodeId>) -> Option<Self> {
        std::iter::successors(step(self.id), |&id| step(id)).find_map(|id| Self::new(self.tree, id))
    }

    fn children(&self) -> impl Iterator<Item = NodeId> + use<'a> {
        let children = (!self.is_template()).then(|| self.tree.children(self.id));
        children.into_iter().flatten()
    }
}

impl Element for TreeElement<'_> {
    type Impl = Simple;

    fn opaque(&self) -> OpaqueElement {
        OpaqueElement::new(self.node)
    }

    fn parent_element(&self) -> Option<Self> {
        Self::new(self.tree, self.tree.parent(self.id)?).filter(|parent| !parent.is_template())
    }

    fn parent_node_is_shadow_root(&self) -> bool {
        false
    }

    fn containing_shadow_host(&self) -> Option<Self> {
        None
    }

    fn is_pseudo_element(&self) -> bool {
        false
    }

    fn prev_sibling_element(&self) -> Option<Self> {
        self.sibling(|id| self.tree.prev_sibling(id))
    }

    fn next_sibling_element(&self) -> Option<Self> {
        self.sibling(|id| self.tree.next_sibling(id))
    }

    fn first_element_child(&self) -> Option<Self> {
        self.children().find_map(|id| Self::new(self.tree, id))
    }

    fn is_html_element_in_html_document(&self) -> bool {
        self.node.ns == ElementNs::Html
    }

    fn has_local_name(&self, name: &CssLocalName) -> bool {
        *self.name == name.0
    }

    fn has_namespace(&self, ns: &Namespace) -> bool {
        self.node.ns.url() == ns
    }

    fn is_same_type(&self, other: &Self) -> bool {
        (self.node.ns, self.name) == (other.node.ns, other.name)
    }

    fn attr_matches(
        &self,
        ns: &NamespaceConstraint<&Namespace>,
        name: &CssLocalName,
        operation: &AttrSelectorOperation<&CssString>,
    ) -> bool {
        self.attrs.iter().chain(self.tree.unread_attrs(self.id)).any(|attribute| {
            !matches!(*ns, NamespaceConstraint::Specific(url) if *url != attribute.name.ns)
                && name.0 == attribute.name.local
                && operation.eval_str(&attribute.value)
        })
    }

    fn match_non_ts_pseudo_class(&self, pseudo: &NonTSPseudoClass, _: &mut MatchingContext<'_, Simple>) -> bool {
        match *pseudo {}
    }

    fn match_pseudo_element(&self, pseudo: &PseudoElement, _: &mut MatchingContext<'_, Simple>) -> bool {
        match *pseudo {}
    }

    fn apply_selector_flags(&self, _: ElementSelectorFlags) {}

    fn is_link(&self) -> bool {
        *self.name == local_name!("link")
    }

    fn is_html_slot_element(&self) -> bool {
        true // as scraper has it
    }

    fn has_id(&self, id: &CssLocalName, case: CaseSensitivity) -> bool {
        let own = self.attrs.iter().find(|a| a.name.local == local_name!("id"));
        own.is_some_and(|own| case.eq(id.0.as_bytes(), own.value.as_bytes()))
    }

    fn has_class(&self, name: &CssLocalName, case: CaseSensitivity) -> bool {
        let classes = self.attrs.iter().filter(|a| a.name.local == local_name!("class"));
        let mut names = classes.flat_map(|a| a.value.split_ascii_whitespace());
        names.any(|own| case.eq(own.as_bytes(), name.0.as_bytes()))
    }

    fn has_custom_state(&self, _: &CssLocalName) -> bool {
        false
    }

    fn imported_part(&self, _: &CssLocalName) -> Option<CssLocalName> {
        None
    }

    fn is_part(&self, _: &CssLocalName) -> bool {
        false
    }

    fn is_empty(&self) -> bool {
        let mut children = self.children().filter_map(|id| self.tree.node(id));
        children.all(|child| matches!(child.data, NodeData::Other))
    }

    fn is_root(&self) -> bool {
        self.tree.parent(self.id) == Some(NodeId::ROOT)
    }

    fn add_element_unique_hashes(&self, _: &mut BloomFilter) -> bool {
        false
    }
}

#[cfg(test)]
mod tests;
