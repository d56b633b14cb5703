//! The way through the tree: each node is visited once, in document order.

use super::page_blocks::{Container, index};
use super::state::{Frame, Walk};
use crate::attrs::Attrs;
use crate::element_kind::{self, Display};
use crate::head;
use crate::inline_text::TextStyle;
use crate::table::{self, DataTable};
use crate::tree::{NodeData, NodeId};
use html5ever::{LocalName, local_name};
use sanad_document::Kind;

impl Walk<'_> {
    /// Visits all nodes below the root.
    pub(super) fn visit_all(&mut self) {
        self.out.containers.push(Container::default());
        self.frames.push(Frame { is_block: true, ..Frame::default() });
        let mut next = self.tree.first_child(NodeId::ROOT);
        while let Some(at) = next {
            next = match self.tree.node(at).map(|n| &n.data) {
                Some(NodeData::Text(text)) => {
                    self.text(text);
                    None
                }
                Some(NodeData::Element { name, .. }) if self.enter(at, name) => {
                    let child = self.tree.first_child(at);
                    if child.is_none() {
                        self.leave();
                    }
                    child
                }
                _ => None,
            };
            let mut from = at;
            while next.is_none() && from != NodeId::ROOT {
                next = self.tree.next_sibling(from);
                from = self.tree.parent(from).unwrap_or(NodeId::ROOT);
                if next.is_none() && from != NodeId::ROOT {
                    self.leave();
                }
            }
        }
        self.flush();
        let blocks = index(self.out.blocks.len());
        if let Some(root) = self.out.containers.first_mut() {
            root.end = blocks;
        }
    }

    fn text(&mut self, text: &str) {
        let Some(frame) = self.frames.last_mut() else {
            return;
        };
        if frame.is_head {
            return;
        }
        frame.texts += 1;
        let (style, position) = (frame.style, frame.texts);
        if self.run.is_empty() && text.chars().any(|c| !c.is_whitespace()) {
            self.run_origin = Some(self.origin_of_run(position));
        }
        self.run.push(text, style);
    }

    /// The origin path of the piece that begins a run: the child of the innermost block-level element that holds it.
    /// `position` is that of the text node in the innermost element.
    fn origin_of_run(&self, position: u32) -> String {
        let block = self.frames.iter().rposition(|f| f.is_block).unwrap_or(0);
        if block + 1 == self.frames.len() {
            return self.paths.text_origin(position);
        }
        let origin = &self.paths.origin;
        let end = self.frames.get(block + 2).map_or(origin.len(), |f| f.outer_paths.origin);
        origin.get(..end).unwrap_or("").to_owned()
    }

    /// Enters an element. Returns true if its children are to be visited; then [`Self::leave`] must follow.
    fn enter(&mut self, id: NodeId, name: &LocalName) -> bool {
        let position = match self.frames.last_mut() {
            Some(top) => self.child_counts.next(&mut top.children, name),
            None => 1,
        };
        let attrs = Attrs::of(self.tree, id);
        let display = self.display(id, name, &attrs);
        if display == Display::Block {
            self.split_open_elements();
            self.flush();
        }
        head::note_element(&mut self.out.head, self.tree, id, name, self.out.blocks.len());
        self.note_origin_of_json_ld(position);
        if display == Display::Skip && *name != local_name!("head") {
            self.out.scripts += u32::from(*name == local_name!("script"));
            self.run.tally.images += u32::from(*name == local_name!("svg"));
            return false;
        }
        self.open(id, name, position, &attrs, display);
        if self.read_whole(id, name) {
            self.leave();
            return false;
        }
        true
    }

    /// Notes the path of a script that was noted just now.
    fn note_origin_of_json_ld(&mut self, position: u32) {
        let head = &mut self.out.head;
        if head.json_ld_origins.len() < head.json_ld.len() {
            head.json_ld_origins.push(format!("{}/script[{position}]", self.paths.origin));
        }
    }

    fn split_open_elements(&mut self) {
        for frame in self.frames.iter_mut().rev() {
            if std::mem::replace(&mut frame.is_split, true) {
                break; // then those around it are marked, too
            }
        }
    }

    /// How this element is shown, given its attributes and where it is.
    fn display(&self, id: NodeId, name: &LocalName, attrs: &Attrs<'_>) -> Display {
        if self.frames.last().is_some_and(|f| f.is_head) {
            return Display::Skip;
        }
        match *name {
            local_name!("template") if attrs.shadow => Display::Block,
            local_name!("template") => Display::Skip,
            // Its text is what a browser shows instead, if it can't show the object.
            local_name!("object") if self.names_what_it_shows(id) => Display::Block,
            local_name!("button") | local_name!("input") if self.run.is_empty() => Display::Block,
            _ => match element_kind::display(name) {
                Display::Inline if attrs.block || self.rules.contains_key(&id) => Display::Block,
                display => display,
            },
        }
    }

    /// Reads an element that is read in one go. Returns true if nothing in it is left to visit.
    fn read_whole(&mut self, id: NodeId, name: &LocalName) -> bool {
        match *name {
            local_name!("br") => {
                if self.run.line_break() {
                    self.flush();
                    if let Some(block) = self.frames.iter_mut().rfind(|f| f.is_block) {
                        block.is_split = true;
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
                self.out.passwords += u32::from(self.is_password(id));
                let is_button = matches!(self.tree.attr(id, &local_name!("type")), Some("submit" | "button" | "reset"));
                if let Some(value) = self.tree.attr(id, &local_name!("value")).filter(|_| is_button) {
                    self.text(value);
                }
                true
            }
            local_name!("select") => {
                self.read_options(id);
                true
            }
            local_name!("table") => {
                let Some(table) = table::read(self.tree, id).filter(|_| !self.ruled_tables.contains(&id)) else {
                    return false;
                };
                self.read_table(id, table);
                true
            }
            _ => false,
        }
    }

    /// The options of a `select` become one block.
    fn read_options(&mut self, id: NodeId) {
        self.run.tally.controls += 1;
        let mut next = self.tree.first_child(id);
        while let Some(at) = next {
            next = self.tree.first_child(at).or_else(|| self.tree.after_subtree(at, id));
            if let Some(NodeData::Text(text)) = self.tree.node(at).map(|n| &n.data) {
                self.run.space();
                self.run.push(text, TextStyle::default());
            }
        }
    }

    /// Whether an object names something that a browser shows in its place. One that doesn't is transparent: some pages
    /// put a link inside another with it.
    pub(super) fn names_what_it_shows(&self, id: NodeId) -> bool {
        let attributes = [local_name!("data"), local_name!("classid"), local_name!("type")];
        let is_param = |child: NodeId| self.tree.name(child) == Some(&local_name!("param"));
        attributes.iter().any(|name| self.tree.attr(id, name).is_some()) || self.tree.children(id).any(is_param)
    }

    fn is_password(&self, id: NodeId) -> bool {
        let kind = self.tree.attr(id, &local_name!("type")).unwrap_or_default();
        self.tree.name(id) == Some(&local_name!("input")) && kind.eq_ignore_ascii_case("password")
    }

    /// Counts the fields for passwords in an element that is read in one go.
    fn count_passwords(&mut self, top: NodeId) {
        let mut next = self.tree.first_child(top);
        while let Some(id) = next {
            self.out.passwords += u32::from(self.is_password(id));
            next = self.tree.first_child(id).or_else(|| self.tree.after_subtree(id, top));
        }
    }

    /// A data table becomes a block for each caption and one for its rows.
    fn read_table(&mut self, id: NodeId, table: DataTable) {
        let tree = self.tree;
        for caption in tree.children(id).filter(|&child| tree.name(child) == Some(&local_name!("caption"))) {
            let text = head::text_of(tree, caption);
            self.run.push(&text, TextStyle::default());
            self.flush_as(Kind::Caption);
        }
        self.count_passwords(id);
        self.run.text = table.text;
        self.run.tally = table.tally;
        self.flush_as(Kind::Table);
    }
}
