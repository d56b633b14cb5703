//! Marked content: artifacts, hidden layers, replacement text.

use super::{Artifact, Run};
use crate::structure_tree::Part;
use hayro_syntax::object::{Dict, Name, Object};
use hayro_syntax::page::Resources;

/// A marked-content sequence that is open.
pub(super) struct Mark {
    artifact: Artifact,
    part: Option<Part>,
    hidden: bool,
    actual: Option<String>,
    first_glyph: usize,
}
impl<'a> Run<'a, '_> {
    pub(super) fn begin_mark(&mut self, tag: &Name<'_>, properties: Option<&Object<'_>>, resources: &Resources<'a>) {
        let tag: &[u8] = tag.as_ref();
        let named = properties.and_then(|p| match p {
            Object::Name(n) => Some(n.clone()),
            _ => None,
        });
        let hidden = tag == b"OC"
            && named.as_ref().is_some_and(|n| {
                let reference = resources.properties.get_ref(n.as_ref() as &[u8]);
                let dict = resources.properties.get::<Dict<'a>>(n.as_ref() as &[u8]);
                self.layers.hides_group(reference, dict.as_ref())
            });
        let dict = match (&named, properties) {
            (Some(n), _) => resources.properties.get::<Dict<'_>>(n.as_ref() as &[u8]),
            (None, Some(Object::Dict(d))) => Some(d.clone()),
            _ => None,
        };
        self.marks.push(Mark {
            artifact: artifact(tag, dict.as_ref()),
            hidden,
            // content of a form is numbered by the form
            part: dict
                .as_ref()
                .filter(|_| self.depth == 0)
                .and_then(|d| d.get::<u32>("MCID"))
                .and_then(|id| self.parts.get(&id).copied()),
            actual: dict.as_ref().and_then(|d| {
                d.get::<hayro_syntax::object::String<'_>>("ActualText").map(|s| crate::strings::text(s.as_bytes()))
            }),
            first_glyph: self.out.glyphs.len(),
        });
    }

    pub(super) fn hidden_marks(&self) -> [bool; 1] {
        [self.marks.iter().any(|m| m.hidden)]
    }

    pub(super) fn end_mark(&mut self) {
        let Some(mark) = self.marks.pop() else {
            return;
        };
        if let Some(actual) = mark.actual {
            let covered = self.out.glyphs.get_mut(mark.first_glyph..);
            crate::actual_text::apply(covered.unwrap_or_default(), &actual);
        }
    }

    /// The part of the innermost sequence that has one.
    pub(super) fn part(&self) -> Option<Part> {
        self.marks.iter().rev().find_map(|m| m.part)
    }

    pub(super) fn artifact(&self) -> Artifact {
        self.marks.iter().map(|m| m.artifact).find(|a| *a != Artifact::No).unwrap_or(Artifact::No)
    }
}

fn artifact(tag: &[u8], properties: Option<&Dict<'_>>) -> Artifact {
    if tag != b"Artifact" {
        return Artifact::No;
    }
    let get =
        |key: &str| properties.and_then(|p| p.get::<Name<'_>>(key)).map(|n| n.as_str().to_owned()).unwrap_or_default();
    match (get("Type").as_str(), get("Subtype").as_str()) {
        (_, "Watermark") => Artifact::Watermark,
        ("Pagination", _) | (_, "Header" | "Footer") => Artifact::Pagination,
        _ => Artifact::Plain,
    }
}
