//! What a PDF says about itself: title, author, dates, language, outline, attachments.

use crate::strings;
use hayro_syntax::Pdf;
use hayro_syntax::object::{Array, Dict, Name, Object, Stream, String as PdfString};
use sanad_document::{Head, Warning};
use std::collections::BTreeMap;

/// Outline entries read at most; the longest codes have some thousand.
const MAX_OUTLINE: usize = 20_000;
/// Attachments named at most.
const MAX_ATTACHMENTS: usize = 200;
/// Nodes of a name tree visited at most.
const MAX_NODES: usize = 5_000;
/// Bytes of XMP looked at; the part with title and dates stands early.
const MAX_XMP: usize = 1 << 20;

/// The document's catalogue.
pub(super) fn catalogue(pdf: &Pdf) -> Option<Dict<'_>> {
    pdf.xref().get::<Dict<'_>>(pdf.xref().root_id())
}

/// Title, language, author, dates and the like; the information dictionary first, XMP where it is silent.
pub(super) fn head(pdf: &Pdf) -> Head {
    let info = pdf.metadata();
    let xmp = xmp(pdf).unwrap_or_default();
    let mut head = Head::default();
    let said = |bytes: &Option<Box<[u8]>>| {
        bytes.as_ref().map(|b| strings::text(b).trim().to_owned()).filter(|s| !s.is_empty())
    };
    head.title = said(&info.title).or_else(|| xmp_value(&xmp, "dc:title"));
    head.lang = catalogue(pdf)
        .and_then(|c| c.get::<PdfString<'_>>("Lang"))
        .map(|s| strings::text(s.as_bytes()).trim().to_owned())
        .filter(|s| !s.is_empty())
        .or_else(|| xmp_value(&xmp, "dc:language"));
    let mut put = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            head.meta.push((name.to_owned(), value));
        }
    };
    put("pdf:author", said(&info.author).or_else(|| xmp_value(&xmp, "dc:creator")));
    put("pdf:subject", said(&info.subject));
    put("pdf:keywords", said(&info.keywords));
    put("pdf:creator", said(&info.creator));
    put("pdf:producer", said(&info.producer));
    put("pdf:creationdate", info.creation_date.as_ref().map(date));
    put("pdf:moddate", info.modification_date.as_ref().map(date));
    put("dc:title", xmp_value(&xmp, "dc:title"));
    put("dc:date", xmp_value(&xmp, "dc:date"));
    head
}

/// ISO 8601; an offset only where the file states one other than UTC's.
fn date(d: &hayro_syntax::object::DateTime) -> String {
    let mut out = format!("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", d.year, d.month, d.day, d.hour, d.minute, d.second);
    if d.utc_offset_hour != 0 || d.utc_offset_minute != 0 {
        let sign = if d.utc_offset_hour < 0 { '-' } else { '+' };
        let hour = d.utc_offset_hour.unsigned_abs();
        let minute = d.utc_offset_minute;
        out = format!("{out}{sign}{hour:02}:{minute:02}");
    }
    out
}

fn xmp(pdf: &Pdf) -> Option<String> {
    let stream = catalogue(pdf)?.get::<Stream<'_>>("Metadata")?;
    let data = stream.decoded_data().ok()?;
    let part = data.get(..data.len().min(MAX_XMP))?;
    Some(String::from_utf8_lossy(part).into_owned())
}

/// The text of an XMP property: of the element itself, or of its first list item.
fn xmp_value(xmp: &str, name: &str) -> Option<String> {
    let (_, rest) = xmp.split_once(&format!("<{name}"))?;
    let (body, _) = rest.split_once(&format!("</{name}>"))?;
    let (_, body) = body.split_once('>')?;
    let item = match body.split_once("<rdf:li") {
        Some((_, list)) => list.split_once('>')?.1.split_once("</rdf:li>")?.0,
        None => body,
    };
    let text = item
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&amp;", "&");
    let text = text.trim();
    (!text.is_empty() && !text.contains('<')).then(|| text.to_owned())
}

/// Titles of the outline (letters and digits, lower case) with their depth from 1.
pub(super) fn outline(pdf: &Pdf) -> BTreeMap<String, u8> {
    /// Depths beyond the six heading levels are one.
    const DEEPEST: u8 = 6;
    let mut out = BTreeMap::new();
    let Some(root) = catalogue(pdf).and_then(|c| c.get::<Dict<'_>>("Outlines")) else {
        return out;
    };
    let mut stack: Vec<(Dict<'_>, u8)> = root.get::<Dict<'_>>("First").map(|d| (d, 1)).into_iter().collect();
    let mut visited = 0;
    while let Some((entry, depth)) = stack.pop() {
        visited += 1;
        if visited > MAX_OUTLINE {
            break;
        }
        if let Some(title) = entry.get::<PdfString<'_>>("Title") {
            let plain = crate::running::plain(&strings::text(title.as_bytes()));
            if !plain.is_empty() {
                out.entry(plain).or_insert(depth);
            }
        }
        stack.extend(entry.get::<Dict<'_>>("Next").map(|d| (d, depth)));
        stack.extend(entry.get::<Dict<'_>>("First").map(|d| (d, (depth + 1).min(DEEPEST))));
    }
    out
}

/// A warning for each attached file, with its name.
pub(super) fn attachments(pdf: &Pdf) -> Vec<Warning> {
    let mut names = Vec::new();
    if let Some(root) =
        catalogue(pdf).and_then(|c| c.get::<Dict<'_>>("Names")).and_then(|n| n.get::<Dict<'_>>("EmbeddedFiles"))
    {
        from_tree(root, &mut names);
    }
    for page in pdf.pages().iter().take(crate::MAX_PAGES) {
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

fn from_tree(root: Dict<'_>, names: &mut Vec<String>) {
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
        let mut last = None;
        for object in pairs.iter::<Object<'_>>().take(2 * MAX_NODES) {
            match object {
                Object::String(s) => last = Some(strings::text(s.as_bytes())),
                Object::Dict(spec) => names.extend(file_name(&spec).or_else(|| last.take())),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xmp_values_are_read_from_lists_and_elements() {
        let xmp = "<dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">A &amp; B</rdf:li></rdf:Alt></dc:title><dc:date>2024</dc:date>";
        assert_eq!(xmp_value(xmp, "dc:title").as_deref(), Some("A & B"));
        assert_eq!(xmp_value(xmp, "dc:date").as_deref(), Some("2024"));
        assert_eq!(xmp_value(xmp, "dc:creator"), None);
    }
}
