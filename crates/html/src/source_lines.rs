//! The source lines of nodes, for explanations. Extraction doesn't keep them, because nothing else needs them.

use crate::parse;
use crate::tokens::{AttributeFilter, Lines};
use crate::tree::{NodeData, NodeId, Tree};
use crate::tree_sink::{ArenaSink, BoundedSink, Handle};
use html5ever::{
    Attribute, QualName,
    interface::{ElementFlags, NodeOrText, QuirksMode, TreeSink},
    tendril::StrTendril,
};
use std::borrow::Cow;
use std::cell::{Cell, RefCell};

/// For each origin path, such as `/html[1]/body[1]/p[3]/text()[1]`, the line on which its element or text begins, from
/// 1. `None` if the page has no such node.
#[must_use]
pub fn lines(text: &str, paths: &[&str]) -> Vec<Option<u64>> {
    let sink = LineSink {
        inner: ArenaSink::new(text.len(), AttributeFilter::Read),
        line: Cell::new(1),
        lines: RefCell::new(vec![0]),
    };
    let (sink, _) = parse::parse_into(text, sink, Lines::Counted, AttributeFilter::Read);
    let lines = sink.lines.into_inner();
    let tree = sink.inner.finish();
    paths.iter().map(|path| lines.get(find(&tree, path)?.index()).copied()).collect()
}

/// The node at an origin path, with positions counted as the walk counts them.
fn find(tree: &Tree, path: &str) -> Option<NodeId> {
    let mut at = NodeId::ROOT;
    for step in path.split('/').skip(1) {
        let (name, position) = step.strip_suffix(']')?.rsplit_once('[')?;
        let position: usize = position.parse().ok()?;
        let fits = |id: &NodeId| match tree.node(*id).map(|n| &n.data) {
            Some(NodeData::Text(_)) => name == "text()",
            Some(NodeData::Element { name: found, .. }) => **found == *name,
            _ => false,
        };
        at = tree.children(at).filter(fits).nth(position.checked_sub(1)?)?;
    }
    Some(at)
}

/// A tree under construction, with the line on which each node begins.
struct LineSink {
    inner: ArenaSink,
    line: Cell<u64>,
    /// By node.
    lines: RefCell<Vec<u64>>,
}

impl LineSink {
    /// Sets the line of all new nodes to the current one.
    fn note<T>(&self, result: T) -> T {
        self.lines.borrow_mut().resize(self.inner.len(), self.line.get());
        result
    }
}

impl BoundedSink for LineSink {
    fn depth(&self) -> u32 {
        self.inner.depth()
    }

    fn is_full(&self) -> bool {
        self.inner.is_full()
    }
}

impl TreeSink for LineSink {
    type Handle = Handle;
    type Output = Self;
    type ElemName<'a> = &'a Handle;

    fn finish(self) -> Self {
        self
    }

    fn set_current_line(&self, line: u64) {
        self.line.set(line);
    }

    fn parse_error(&self, _: Cow<'static, str>) {}

    fn get_document(&self) -> Handle {
        self.inner.get_document()
    }

    fn elem_name<'a>(&'a self, target: &'a Handle) -> &'a Handle {
        self.inner.elem_name(target)
    }

    fn create_element(&self, name: QualName, attrs: Vec<Attribute>, flags: ElementFlags) -> Handle {
        self.note(self.inner.create_element(name, attrs, flags))
    }

    fn create_comment(&self, text: StrTendril) -> Handle {
        self.note(self.inner.create_comment(text))
    }

    fn create_pi(&self, target: StrTendril, data: StrTendril) -> Handle {
        self.note(self.inner.create_pi(target, data))
    }

    fn append(&self, parent: &Handle, child: NodeOrText<Handle>) {
        self.inner.append(parent, child);
        self.note(());
    }

    fn append_based_on_parent_node(&self, element: &Handle, prev: &Handle, child: NodeOrText<Handle>) {
        self.inner.append_based_on_parent_node(element, prev, child);
        self.note(());
    }

    fn append_doctype_to_document(&self, name: StrTendril, public: StrTendril, system: StrTendril) {
        self.inner.append_doctype_to_document(name, public, system);
    }

    fn get_template_contents(&self, target: &Handle) -> Handle {
        self.inner.get_template_contents(target)
    }

    fn same_node(&self, x: &Handle, y: &Handle) -> bool {
        self.inner.same_node(x, y)
    }

    fn set_quirks_mode(&self, mode: QuirksMode) {
        self.inner.set_quirks_mode(mode);
    }

    fn append_before_sibling(&self, sibling: &Handle, new_node: NodeOrText<Handle>) {
        self.inner.append_before_sibling(sibling, new_node);
        self.note(());
    }

    fn add_attrs_if_missing(&self, target: &Handle, attrs: Vec<Attribute>) {
        self.inner.add_attrs_if_missing(target, attrs);
    }

    fn remove_from_parent(&self, target: &Handle) {
        self.inner.remove_from_parent(target);
    }

    fn reparent_children(&self, node: &Handle, new_parent: &Handle) {
        self.inner.reparent_children(node, new_parent);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_have_the_lines_they_begin_on() {
        let page = "<!doctype html>\n<html>\n<body>\n<p>one</p>\n<div>\ntext\n<p>two</p>after</div>\n</body></html>";
        let paths = [
            "/html[1]/body[1]/p[1]",
            "/html[1]/body[1]/div[1]/p[1]",
            "/html[1]/body[1]/div[1]/text()[2]",
            "/html[1]/body[1]/p[2]",
        ];
        assert_eq!(lines(page, &paths), [Some(4), Some(7), Some(7), None]);
    }

    #[test]
    fn every_block_of_a_page_has_a_line() {
        let page =
            "<html><body>\n<ul>\n<li>first\n<li>second</ul>\n<table><tr><td>a<td>b</table>\n<div>x<br><br>y</div>";
        let document = crate::extract(page, &sanad_document::Page::default()).unwrap();
        for block in document.blocks {
            for origin in block.origin {
                let sanad_document::Origin::Html { html, .. } = origin else { continue };
                assert!(lines(page, &[&html])[0].is_some(), "{html}");
            }
        }
    }
}
