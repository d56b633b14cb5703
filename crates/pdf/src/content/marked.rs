//! Marked-content sequences: artifacts, structure tags, hidden layers, replacement text.

use super::actual_text;
use super::glyph::{Artifact, Glyph};
use crate::file::optional_content::Layers;
use crate::file::strings;
use crate::file::tag::{PageTags, Tag};
use hayro_syntax::object::{Dict, Name, Object, String as PdfString};
use hayro_syntax::page::Resources;

/// What a marked-content sequence declares about the content inside it.
pub(super) struct MarkedContent {
    artifact: Artifact,
    tag: Option<Tag>,
    is_hidden: bool,
    actual_text: Option<String>,
}

impl MarkedContent {
    /// Reads the operands of `BMC` or `BDC`. Without `page_tags` the content has no structure tag.
    pub(super) fn read(
        tag: &Name<'_>,
        properties: Option<&Object<'_>>,
        resources: &Resources<'_>,
        layers: &Layers,
        page_tags: Option<&PageTags>,
    ) -> Self {
        let tag: &[u8] = tag.as_ref();
        let named = match properties {
            Some(Object::Name(name)) => Some(name.as_ref() as &[u8]),
            _ => None,
        };
        let dict = match (named, properties) {
            (Some(name), _) => resources.properties.get::<Dict<'_>>(name),
            (None, Some(Object::Dict(dict))) => Some(dict.clone()),
            _ => None,
        };
        let is_hidden = tag == b"OC"
            && named.is_some_and(|name| layers.hides_group(resources.properties.get_ref(name), dict.as_ref()));
        let content_id = dict.as_ref().and_then(|d| d.get::<u32>("MCID"));
        Self {
            artifact: artifact(tag, dict.as_ref()),
            tag: content_id.zip(page_tags).and_then(|(id, tags)| tags.get(&id).copied()),
            is_hidden,
            actual_text: dict.and_then(|d| d.get::<PdfString<'_>>("ActualText").map(|s| strings::text(s.as_bytes()))),
        }
    }
}

/// The open marked-content sequences, the outermost first, each with the index of its first glyph.
#[derive(Default)]
pub(super) struct MarkStack(Vec<(MarkedContent, usize)>);

impl MarkStack {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Opens a sequence. `first_glyph` is the index that its first glyph will have.
    pub(super) fn begin(&mut self, mark: MarkedContent, first_glyph: usize) {
        self.0.push((mark, first_glyph));
    }

    /// Closes the innermost sequence and applies its replacement text to its glyphs.
    pub(super) fn end(&mut self, glyphs: &mut [Glyph]) {
        let Some((mark, first_glyph)) = self.0.pop() else {
            return;
        };
        if let Some(actual) = mark.actual_text {
            actual_text::apply(glyphs.get_mut(first_glyph..).unwrap_or_default(), &actual);
        }
    }

    /// Returns true if a layer that is switched off hides the content here.
    pub(super) fn is_hidden(&self) -> bool {
        self.0.iter().any(|(mark, _)| mark.is_hidden)
    }

    /// The tag of the innermost sequence that has one.
    pub(super) fn tag(&self) -> Option<Tag> {
        self.0.iter().rev().find_map(|(mark, _)| mark.tag)
    }

    /// The artifact that the outermost sequence declares.
    pub(super) fn artifact(&self) -> Artifact {
        self.0.iter().map(|(mark, _)| mark.artifact).find(|a| *a != Artifact::No).unwrap_or(Artifact::No)
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
