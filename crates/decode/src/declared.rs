//! The encoding that a page declares: in the HTTP header, or in the mark-up.

use crate::charset::Charset;

/// How far into the body a `meta` is searched, in bytes. The standard requires 1024; some pages put scripts before it,
/// and browsers find those too.
const PRESCAN: usize = 16 * 1024;

/// Returns the encoding named by `charset` in a `Content-Type`.
pub(crate) fn http(content_type: Option<&str>) -> Option<Charset> {
    let value = content_type?;
    let lower = value.to_ascii_lowercase();
    let at = lower.find("charset")?;
    label_after(lower.as_bytes().get(at + 7..)?)
}

/// Returns the encoding named by the XML declaration, or else by the first `meta` that names one.
pub(crate) fn markup(bytes: &[u8]) -> Option<Charset> {
    let head = bytes.get(..PRESCAN).unwrap_or(bytes).to_ascii_lowercase();
    let mut at = 0;
    if head.trim_ascii_start().starts_with(b"<?xml") {
        let end = memchr::memchr(b'>', &head)?;
        let declaration = head.get(..end)?;
        if let Some(found) =
            memchr::memmem::find(declaration, b"encoding").and_then(|i| label_after(declaration.get(i + 8..)?))
        {
            return Some(found);
        }
        at = end;
    }
    // each iteration advances by at least one byte, up to the end of the prescan
    while let Some(open) = memchr::memchr(b'<', head.get(at..)?) {
        let rest = head.get(at + open..)?;
        if rest.starts_with(b"<!--") {
            at += open + memchr::memmem::find(rest, b"-->")? + 3;
            continue;
        }
        let end = memchr::memchr(b'>', rest)?;
        let tag = rest.get(..end)?;
        if tag.starts_with(b"<meta")
            && let Some(i) = memchr::memmem::find(tag, b"charset")
            && let Some(found) = label_after(tag.get(i + 7..)?)
        {
            return Some(utf8_for_utf16(found));
        }
        at += open + 1;
    }
    None
}

/// Replaces UTF-16 by UTF-8, as the standard does: a `meta` that could be read as ASCII isn't in UTF-16.
fn utf8_for_utf16(found: Charset) -> Charset {
    match found {
        Charset::Web(web) if web == encoding_rs::UTF_16LE || web == encoding_rs::UTF_16BE => {
            Charset::Web(encoding_rs::UTF_8)
        }
        other => other,
    }
}

/// Returns the encoding for the label after `charset` or `encoding`: `= "label"`, quotes and spaces optional.
fn label_after(rest: &[u8]) -> Option<Charset> {
    let value = rest.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let value = value.strip_prefix(b"\"").or_else(|| value.strip_prefix(b"'")).unwrap_or(value);
    let end = value.iter().position(|b| b.is_ascii_whitespace() || b"\"';,/>".contains(b)).unwrap_or(value.len());
    Charset::for_label(value.get(..end)?)
}

#[cfg(test)]
mod tests {
    use super::{http, markup};

    #[test]
    fn labels_are_found_in_header_and_mark_up() {
        assert_eq!(http(Some("text/html; charset=\"KOI8-R\"")).unwrap().name(), "koi8-r");
        assert_eq!(markup(b"<meta charset=windows-1251>").unwrap().name(), "windows-1251");
        assert_eq!(markup(b"<?xml version='1.0' encoding='koi8-t'?>").unwrap().name(), "koi8-t");
        let old = b"<meta http-equiv=\"Content-Type\" content=\"text/html; charset=ISO-8859-5\">";
        assert_eq!(markup(old).unwrap().name(), "iso-8859-5");
    }

    #[test]
    fn a_meta_in_a_comment_is_ignored() {
        assert_eq!(markup(b"<!-- <meta charset=koi8-r> --><p>"), None);
    }
}
