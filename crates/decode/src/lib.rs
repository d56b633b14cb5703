//! Bytes to text: format, content coding, encoding.
//!
//! The order is the WHATWG one (byte order mark, HTTP header, `meta`, detection), but a declaration is only believed
//! as long as the bytes can be what it says: pages under a wrong label are commoner on old state sites than rare
//! encodings. Which rule won stands in [`Encoding::rule`], an overruled declaration becomes a warning. Mojibake is
//! undone; letters of broken fonts are left to [`sanad_language`], which sees paragraphs.

mod charset;
mod content_encoding;
mod declared;
mod detect;
mod error;
mod format;
mod mojibake;

use std::borrow::Cow;

pub use content_encoding::MOST;

use charset::Charset;

pub use error::Error;
use sanad_document::{Encoding, Format, Page, Warning};

/// Per mille of broken characters among those outside ASCII above which a page is not trusted: a page of the wrong
/// encoding has hundreds, the worst readable one seen (a UTF-8 page with one paragraph of another encoding) 60.
const GARBLED: usize = 200;
/// Broken characters that are forgiven whatever their share: a short page with a few symbols of an unknown font.
const FORGIVEN: usize = 8;
/// What a declared encoding may cost more than the best detected one and still be believed: 4 nats, and a fiftieth of
/// a nat a letter for text our letter pairs know badly.
const BELIEF: (f32, f32) = (4.0, 0.02);
/// The same for windows-1252, which is what `iso-8859-1` means and what servers say who were told nothing.
const BELIEF_IN_DEFAULT: (f32, f32) = (0.5, 0.0);

/// What the bytes are. What is right as it came is borrowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body<'a> {
    /// Text or bytes, by format.
    pub content: Content<'a>,
    /// How bytes became text.
    pub encoding: Option<Encoding>,
    /// What went wrong without ending it.
    pub warnings: Vec<Warning>,
}

/// The content by format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content<'a> {
    /// Markup.
    Html(Cow<'a, str>),
    /// A PDF file.
    Pdf(Cow<'a, [u8]>),
}

/// Undoes the content coding, tells the format and decodes text.
///
/// # Errors
/// An empty body, an unknown type, a size over the limit, or text no encoding explains.
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
            let share = garbled(&text);
            if share > 0 {
                return Err(Error::Garbled { share });
            }
            Ok(Body { content: Content::Html(text), encoding: Some(encoding), warnings })
        }
    }
}

/// White space only, in ASCII or UTF-16.
fn is_blank(body: &[u8]) -> bool {
    let text = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    let text = text.strip_prefix(b"\xFF\xFE").or_else(|| text.strip_prefix(b"\xFE\xFF")).unwrap_or(text);
    text.iter().all(|b| b.is_ascii_whitespace() || *b == 0)
}

/// Bytes of text to text, whatever their format: the encoding told, and mojibake undone.
#[must_use]
pub fn text_of<'a>(
    bytes: &'a [u8],
    content_type: Option<&str>,
    warnings: &mut Vec<Warning>,
) -> (Cow<'a, str>, Encoding) {
    let (text, charset, rule) = choose(bytes, content_type, warnings);
    let undone = mojibake::undo(&text);
    let encoding = Encoding {
        name: charset.name(),
        rule: rule.to_owned(),
        repaired: undone.as_ref().map(|_| "mojibake".to_owned()),
    };
    (undone.map_or(text, |(undone, _)| Cow::Owned(undone)), encoding)
}

/// The text, its encoding, and the rule that told it.
fn choose<'a>(
    bytes: &'a [u8],
    content_type: Option<&str>,
    warnings: &mut Vec<Warning>,
) -> (Cow<'a, str>, Charset, &'static str) {
    if let Some((web, skip)) = encoding_rs::Encoding::for_bom(bytes) {
        let charset = Charset::Web(web);
        return (charset.decode(bytes.get(skip..).unwrap_or_default()), charset, "bom");
    }
    let said = [declared::http(content_type).map(|c| (c, "http")), declared::markup(bytes).map(|c| (c, "meta"))];
    let said: Vec<(Charset, &'static str)> = said.into_iter().flatten().collect();
    let (charset, rule) = tell(bytes, &said);
    for (wrong, by) in said.into_iter().filter(|(said, _)| *said != charset) {
        warnings.push(Warning::new(
            "decode.charset_overruled",
            format!("{by} says {}, but the bytes are {}", wrong.name(), charset.name()),
        ));
    }
    (charset.decode(bytes), charset, rule)
}

const UTF_8: Charset = Charset::Web(encoding_rs::UTF_8);

/// The encoding of bytes without a byte order mark, given what is said of them.
fn tell(bytes: &[u8], said: &[(Charset, &'static str)]) -> (Charset, &'static str) {
    let as_said = |charset: Charset| said.iter().find(|(c, _)| *c == charset).map_or("detected", |(_, rule)| *rule);
    let valid = simdutf8::basic::from_utf8(bytes).is_ok();
    if let Some(utf16) = detect::utf16(bytes) {
        return (utf16, as_said(utf16));
    }
    if valid && bytes.is_ascii() {
        let stateful = said.iter().find(|(c, _)| *c == Charset::Web(encoding_rs::ISO_2022_JP));
        return match stateful.or(said.first()) {
            Some(&(charset, rule)) if charset.decode(bytes) == String::from_utf8_lossy(bytes) || stateful.is_some() => {
                (charset, rule)
            }
            _ => (UTF_8, "detected"),
        };
    }
    if valid || detect::Utf8::of(bytes).is_likely() {
        return (UTF_8, as_said(UTF_8));
    }
    let readings = detect::candidates(bytes);
    let Some(best) = readings.first() else {
        return (UTF_8, as_said(UTF_8));
    };
    let believed = |charset: Charset| {
        let (nats, each) = if charset == Charset::Web(encoding_rs::WINDOWS_1252) { BELIEF_IN_DEFAULT } else { BELIEF };
        #[allow(clippy::cast_precision_loss, reason = "at most a few thousand letters")]
        let letters = best.letters as f32;
        best.nats + nats + each * letters
    };
    said.iter()
        .filter(|(c, _)| *c != UTF_8)
        .find(|(c, _)| detect::declared(bytes, *c).nats <= believed(*c))
        .copied()
        .unwrap_or((best.charset, as_said(best.charset)))
}

/// Per mille of broken characters where they are too many to trust the text, else 0.
fn garbled(text: &str) -> u32 {
    if text.is_ascii() {
        return 0;
    }
    let broken = memchr::memmem::find_iter(text.as_bytes(), "\u{FFFD}".as_bytes()).count();
    if broken <= FORGIVEN {
        return 0;
    }
    let all = text.chars().filter(|c| !c.is_ascii()).count();
    let share = broken * 1000 / all.max(1);
    if share > GARBLED { u32::try_from(share).unwrap_or(1000) } else { 0 }
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
