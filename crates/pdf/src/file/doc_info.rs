//! Metadata: title, language, author and dates from the information dictionary and XMP.

use super::open::catalog;
use super::strings;
use hayro_syntax::Pdf;
use hayro_syntax::object::{DateTime, Stream, String as PdfString};
use sanad_document::Head;

/// Number of bytes of XMP looked at. Title and dates come early.
const MAX_XMP: usize = 1 << 20;

/// The document's metadata. XMP fills in where the information dictionary says nothing.
pub(crate) fn head(pdf: &Pdf) -> Head {
    let info = pdf.metadata();
    let xmp = xmp(pdf).unwrap_or_default();
    let mut head = Head::default();
    let entry = |bytes: &Option<Box<[u8]>>| {
        bytes.as_ref().map(|b| strings::text(b).trim().to_owned()).filter(|s| !s.is_empty())
    };
    head.title = entry(&info.title).or_else(|| xmp_value(&xmp, "dc:title"));
    head.lang = catalog(pdf)
        .and_then(|c| c.get::<PdfString<'_>>("Lang"))
        .map(|s| strings::text(s.as_bytes()).trim().to_owned())
        .filter(|s| !s.is_empty())
        .or_else(|| xmp_value(&xmp, "dc:language"));
    let mut put = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            head.meta.push((name.to_owned(), value));
        }
    };
    put("pdf:author", entry(&info.author).or_else(|| xmp_value(&xmp, "dc:creator")));
    put("pdf:subject", entry(&info.subject));
    put("pdf:keywords", entry(&info.keywords));
    put("pdf:creator", entry(&info.creator));
    put("pdf:producer", entry(&info.producer));
    put("pdf:creationdate", info.creation_date.as_ref().map(iso_date));
    put("pdf:moddate", info.modification_date.as_ref().map(iso_date));
    put("dc:title", xmp_value(&xmp, "dc:title"));
    put("dc:date", xmp_value(&xmp, "dc:date"));
    head
}

/// A date in ISO 8601, with an offset only if the file states one other than UTC.
fn iso_date(d: &DateTime) -> String {
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
    let stream = catalog(pdf)?.get::<Stream<'_>>("Metadata")?;
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
