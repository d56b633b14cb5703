//! Bytes to text: content coding, format and character encoding of a web page or PDF.
//!
//! [`decode`] takes a body as it was received and what is known about it (a [`Page`]). It undoes the content coding,
//! tells the format by the bytes, and for HTML returns the text and how the encoding was determined.
//!
//! The order is that of the WHATWG standard: byte order mark, HTTP header, `meta`, detection. But a declaration is only
//! believed if the bytes can be what it says, because on old state sites wrong labels are commoner than rare encodings.
//! [`Encoding::rule`] says which evidence won; an overruled declaration becomes a [`Warning`]. Mojibake (UTF-8 that was
//! read in another encoding and saved again) is undone. Letters of broken fonts are left to [`sanad_language`], which
//! sees paragraphs, and parsing is left to the crates of the formats.
//!
//! ```
//! use sanad_decode::{Content, decode};
//! use sanad_document::Page;
//!
//! // The server says UTF-8, but the bytes are windows-1251.
//! let bytes = b"<p>\xCC\xE8\xED\xE8\xF1\xF2\xE5\xF0\xF1\xF2\xE2\xEE \
//!     \xE8\xED\xEE\xF1\xF2\xF0\xE0\xED\xED\xFB\xF5 \xE4\xE5\xEB</p>";
//! let page = Page { content_type: Some("text/html; charset=utf-8"), ..Page::default() };
//! let body = decode(bytes, &page)?;
//!
//! assert_eq!(body.content, Content::Html("<p>Министерство иностранных дел</p>".into()));
//! let encoding = body.encoding.unwrap();
//! assert_eq!((encoding.name.as_str(), encoding.rule.as_str()), ("windows-1251", "detected"));
//! assert_eq!(body.warnings[0].code, "decode.charset_overruled");
//! # Ok::<(), sanad_decode::Error>(())
//! ```

mod charset;
mod content_encoding;
mod declared;
mod detect;
mod encoding_choice;
mod error;
mod format;
mod mixed;
mod mojibake;

pub use content_encoding::undo as undo_content_coding;
pub use encoding_choice::text_of;
pub use error::Error;
use sanad_document::{Encoding, Format, Page, Warning};
use std::borrow::Cow;

/// Broken characters per 1,000 outside ASCII above which a text isn't trusted. A page read in the wrong encoding has
/// hundreds; the worst readable one seen, a UTF-8 page with one paragraph in another encoding, had 60.
const MAX_BROKEN: usize = 200;
/// Broken characters that are tolerated whatever their share: a short page with a few symbols of an unknown font.
const TOLERATED: usize = 8;

/// A decoded body. Content that needed no change is borrowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body<'a> {
    /// Text or bytes, by format.
    pub content: Content<'a>,
    /// How bytes became text; `None` for a PDF.
    pub encoding: Option<Encoding>,
    /// Problems that didn't end the decoding.
    pub warnings: Vec<Warning>,
}

/// Content by format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content<'a> {
    /// The mark-up of an HTML page.
    Html(Cow<'a, str>),
    /// The bytes of a PDF file.
    Pdf(Cow<'a, [u8]>),
}

/// Undoes the content coding, tells the format, and decodes text.
///
/// # Errors
/// Fails for an empty body, an unknown type, a body over 64 MiB (as received or decompressed), a content coding that
/// can't be undone, and a text that no encoding explains.
pub fn decode<'a>(bytes: &'a [u8], page: &Page<'_>) -> Result<Body<'a>, Error> {
    let mut warnings = Vec::new();
    let body = content_encoding::undo(bytes, page.content_coding, &mut warnings)?;
    if is_blank(&body) {
        return Err(Error::Empty);
    }
    match format::sniff(&body, page) {
        Err(found) => Err(Error::UnknownType { found }),
        Ok(Format::Pdf) => Ok(Body { content: Content::Pdf(body), encoding: None, warnings }),
        Ok(Format::Html) => {
            let (text, encoding) = match body {
                Cow::Borrowed(body) => text_of(body, page.content_type, &mut warnings),
                Cow::Owned(body) => {
                    let (text, encoding) = text_of(&body, page.content_type, &mut warnings);
                    (Cow::Owned(text.into_owned()), encoding)
                }
            };
            match garbled_share(&text) {
                Some(share) => Err(Error::Garbled { share }),
                None => Ok(Body { content: Content::Html(text), encoding: Some(encoding), warnings }),
            }
        }
    }
}

/// Returns true if a body is only white space, in ASCII or UTF-16.
fn is_blank(body: &[u8]) -> bool {
    let text = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    let text = text.strip_prefix(b"\xFF\xFE").or_else(|| text.strip_prefix(b"\xFE\xFF")).unwrap_or(text);
    text.iter().all(|b| b.is_ascii_whitespace() || *b == 0)
}

/// Returns the share of broken characters, per 1,000 outside ASCII, if it is too large to trust the text.
fn garbled_share(text: &str) -> Option<u32> {
    if text.is_ascii() {
        return None;
    }
    let broken = memchr::memmem::find_iter(text.as_bytes(), "\u{FFFD}".as_bytes()).count();
    if broken <= TOLERATED {
        return None;
    }
    let all = text.chars().filter(|c| !c.is_ascii()).count();
    let share = broken * 1000 / all.max(1);
    (share > MAX_BROKEN).then(|| u32::try_from(share).unwrap_or(1000))
}

#[cfg(test)]
mod tests {
    use super::Error;
    use super::{Content, decode, text_of};
    use sanad_document::Page;

    fn text(bytes: &[u8], content_type: Option<&str>) -> (String, String, String) {
        let (text, encoding) = text_of(bytes, content_type, &mut Vec::new());
        (text.into_owned(), encoding.name, encoding.rule)
    }

    #[test]
    fn a_byte_order_mark_wins_over_every_label() {
        let (read, name, rule) = text(b"\xEF\xBB\xBF<p>\xD0\xB4\xD0\xB0</p>", Some("text/html; charset=koi8-r"));
        assert_eq!((read.as_str(), name.as_str(), rule.as_str()), ("<p>да</p>", "utf-8", "bom"));
    }

    #[test]
    fn a_label_that_cannot_be_true_is_overruled_with_a_warning() {
        let (bytes, _, _) =
            encoding_rs::WINDOWS_1251.encode("<p>Министерство иностранных дел Республики Таджикистан</p>");
        let page = Page { content_type: Some("text/html; charset=utf-8"), ..Page::default() };
        let body = decode(&bytes, &page).unwrap();
        assert!(matches!(body.content, Content::Html(t) if t.contains("Министерство")));
        assert_eq!(body.encoding.unwrap().rule, "detected");
        assert_eq!(body.warnings[0].code, "decode.charset_overruled");
    }

    #[test]
    fn a_true_label_is_believed_where_readings_are_close() {
        let (bytes, _, _) = encoding_rs::KOI8_U.encode("<p>Новости</p>");
        assert_eq!(text(&bytes, Some("text/html; charset=koi8-u")).1, "koi8-u");
    }

    #[test]
    fn one_bad_byte_does_not_make_utf8_something_else() {
        let mut bytes = "<p>Ҷумҳурии Тоҷикистон</p>".as_bytes().to_vec();
        bytes.insert(7, 0xE0);
        assert_eq!(text(&bytes, None).1, "utf-8");
    }

    #[test]
    fn utf16_without_a_mark_is_known() {
        for (bytes, name) in [
            ("<p>Қонун</p>".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>(), "utf-16le"),
            ("<p>Қонун</p>".encode_utf16().flat_map(u16::to_be_bytes).collect(), "utf-16be"),
        ] {
            let (read, found, _) = text(&bytes, None);
            assert_eq!((read.as_str(), found.as_str()), ("<p>Қонун</p>", name));
        }
    }

    #[test]
    fn white_space_alone_is_empty() {
        assert_eq!(decode(b" \r\n\t", &Page::default()), Err(Error::Empty));
    }

    #[test]
    fn a_page_of_broken_characters_is_garbled() {
        let page = format!("<p>{}</p>", "\u{FFFD}a".repeat(50));
        assert!(matches!(decode(page.as_bytes(), &Page::default()), Err(Error::Garbled { .. })));
    }
}
