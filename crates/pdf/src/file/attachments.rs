//! Attached files: their names, as warnings. Their contents aren't read.

use super::open::catalog;
use super::strings;
use crate::limits::MAX_PAGES;
use hayro_syntax::Pdf;
use hayro_syntax::object::{Array, Dict, Name, Object, String as PdfString};
use sanad_document::Warning;

/// Maximum number of attachments named.
const MAX_ATTACHMENTS: usize = 200;
/// Maximum number of nodes visited in the name tree, and of annotations on a page.
const MAX_NODES: usize = 5_000;

/// A warning for each attached file, with its name, sorted.
pub(crate) fn warnings(pdf: &Pdf) -> Vec<Warning> {
    let mut names = Vec::new();
    if let Some(root) =
        catalog(pdf).and_then(|c| c.get::<Dict<'_>>("Names")).and_then(|n| n.get::<Dict<'_>>("EmbeddedFiles"))
    {
        from_name_tree(root, &mut names);
    }
    for page in pdf.pages().iter().take(MAX_PAGES) {
        let Some(list) = page.raw().get::<Array<'_>>("Annots") else {
            continue;
        };
        for annotation in list.iter::<Dict<'_>>().take(MAX_NODES) {
            let is_file = annotation.get::<Name<'_>>("Subtype").as_deref() == Some(b"FileAttachment");
            if is_file && let Some(spec) = annotation.get::<Dict<'_>>("FS") {
                names.extend(file_name(&spec));
            }
        }
    }
    names.sort();
    names.dedup();
    names.truncate(MAX_ATTACHMENTS);
    names.into_iter().map(|name| Warning::new("pdf.attachment", name)).collect()
}

fn file_name(spec: &Dict<'_>) -> Option<String> {
    let name = spec.get::<PdfString<'_>>("UF").or_else(|| spec.get::<PdfString<'_>>("F"))?;
    Some(strings::text(name.as_bytes()))
}

/// Appends the file names of a name tree. A file without a name of its own has the one it is listed under.
fn from_name_tree(root: Dict<'_>, names: &mut Vec<String>) {
    let mut stack = vec![root];
    let mut visited = 0;
    while let Some(node) = stack.pop() {
        visited += 1;
        if visited > MAX_NODES {
            return;
        }
        if let Some(kids) = node.get::<Array<'_>>("Kids") {
            stack.extend(kids.iter::<Dict<'_>>().take(MAX_NODES));
        }
        let Some(pairs) = node.get::<Array<'_>>("Names") else {
            continue;
        };
        let mut key = None;
        for object in pairs.iter::<Object<'_>>().take(2 * MAX_NODES) {
            match object {
                Object::String(s) => key = Some(strings::text(s.as_bytes())),
                Object::Dict(spec) => names.extend(file_name(&spec).or_else(|| key.take())),
                _ => {}
            }
        }
    }
}
