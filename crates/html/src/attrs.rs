//! The attributes of an element that the walk reads, collected in one pass.

use crate::tree::{NodeData, NodeId, Tree};
use html5ever::local_name;

/// The attributes of one element.
#[allow(clippy::struct_excessive_bools, reason = "each stands for one attribute")]
#[derive(Debug, Default)]
pub(super) struct Attrs<'a> {
    /// `class`.
    pub(super) class: &'a str,
    /// `id`.
    pub(super) id: &'a str,
    /// `role`.
    pub(super) role: Option<&'a str>,
    /// It isn't shown: it has `hidden`, or its style says so.
    pub(super) hidden: bool,
    /// Its style makes it block-level.
    pub(super) block: bool,
    /// It has a `href`.
    pub(super) href: bool,
    /// It has `shadowrootmode`: a template with it is shown.
    pub(super) shadow: bool,
}

/// Bytes of a `style` attribute that are read.
const MAX_STYLE: usize = 2_000;

impl<'a> Attrs<'a> {
    /// Reads the attributes of an element.
    pub(super) fn of(tree: &'a Tree, id: NodeId) -> Self {
        let mut found = Self::default();
        let Some(NodeData::Element { attrs, .. }) = tree.node(id).map(|n| &n.data) else {
            return found;
        };
        for attribute in attrs {
            match attribute.name.local {
                local_name!("class") => found.class = &attribute.value,
                local_name!("id") => found.id = &attribute.value,
                local_name!("role") => found.role = Some(&attribute.value),
                local_name!("hidden") => found.hidden = true,
                local_name!("href") => found.href = true,
                local_name!("style") => found.read_style(&attribute.value),
                ref name if **name == *"shadowrootmode" => found.shadow = true,
                _ => {}
            }
        }
        found
    }

    fn read_style(&mut self, style: &str) {
        let end = (0..=MAX_STYLE.min(style.len())).rev().find(|&end| style.is_char_boundary(end));
        for rule in style.get(..end.unwrap_or(0)).unwrap_or("").split(';') {
            let Some((property, value)) = rule.split_once(':') else {
                continue;
            };
            let property = property.trim();
            let is_display = property.eq_ignore_ascii_case("display");
            if !is_display && !property.eq_ignore_ascii_case("visibility") {
                continue;
            }
            let value = value.trim().trim_end_matches("!important").trim_end();
            if is_display {
                self.hidden |= value.eq_ignore_ascii_case("none");
                self.block |= ["block", "flex", "grid", "table", "list-item"]
                    .iter()
                    .any(|shown| value.eq_ignore_ascii_case(shown));
            } else {
                self.hidden |= value.eq_ignore_ascii_case("hidden");
            }
        }
    }
}
