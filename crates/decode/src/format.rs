//! Tells the format of a body by its bytes.
//!
//! Content type and file extension are weak evidence. They only decide between plain text and an HTML fragment without
//! a visible tag.

use sanad_document::{Format, Page};

/// Bytes before which a PDF header must begin (ISO 32000, implementation notes).
const MAX_PDF_OFFSET: usize = 1024;
/// Bytes read to tell the format.
const HEAD: usize = 4096;

/// Bytes at even or odd positions from which random variation evens out.
const MIN_NOISE: usize = 64;
/// Control bytes per 1,000 above which bytes may be noise. Random bytes have 98. Zero, white space and the escapes of
/// ISO-2022 aren't counted.
const NOISE_CONTROL: usize = 50;
/// Occurrences of the commonest byte per 1,000 below which bytes may be noise. In many random bytes it has 4, in a few
/// mostly under 60; in most text the space, or the byte that selects the letters' block, has over 100.
const NOISE_LEADER: usize = 75;

/// A format that can't be read.
#[derive(Debug, Clone, Copy)]
enum Other {
    /// A ZIP archive, or one of the document formats in one.
    Zip,
    /// Its signature of two letters needs a zero byte beside it.
    Bmp,
    /// Any other, by its name.
    Named(&'static str),
}

/// First bytes of formats that can't be read.
const SIGNATURES: [(&[u8], Other); 22] = [
    (b"PK\x03\x04", Other::Zip),
    (b"PK\x05\x06", Other::Zip),
    (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", Other::Named("a Word document (OLE)")),
    (b"{\\rtf", Other::Named("an RTF document")),
    (b"\x89PNG", Other::Named("a PNG image")),
    (b"\xFF\xD8\xFF", Other::Named("a JPEG image")),
    (b"GIF8", Other::Named("a GIF image")),
    (b"RIFF", Other::Named("a RIFF file (image, sound or film)")),
    (b"BM", Other::Bmp),
    (b"II*\0", Other::Named("a TIFF image")),
    (b"MM\0*", Other::Named("a TIFF image")),
    (b"\0\0\x01\0", Other::Named("an icon")),
    (b"Rar!", Other::Named("a RAR archive")),
    (b"7z\xBC\xAF\x27\x1C", Other::Named("a 7z archive")),
    (b"AT&TFORM", Other::Named("a DjVu document")),
    (b"%!PS", Other::Named("a PostScript document")),
    (b"ID3", Other::Named("an MP3 file")),
    (b"OggS", Other::Named("an Ogg file")),
    (b"\0asm", Other::Named("a WebAssembly module")),
    (b"\x7FELF", Other::Named("an ELF program")),
    (b"MZ\x90", Other::Named("a Windows program")),
    (b"wOF", Other::Named("a web font")),
];

impl Other {
    /// Returns true if the first bytes of a file fit the format, its signature being there.
    fn fits(self, head: &[u8]) -> bool {
        match self {
            Self::Bmp => head.contains(&0),
            Self::Zip | Self::Named(_) => true,
        }
    }

    fn name(self, head: &[u8]) -> &'static str {
        match self {
            Self::Zip => zip_kind(head),
            Self::Bmp => "a BMP image",
            Self::Named(name) => name,
        }
    }
}

/// Returns the format, or a description of what the bytes look like instead.
pub(crate) fn sniff(bytes: &[u8], page: &Page<'_>) -> Result<Format, String> {
    let head = bytes.get(..HEAD).unwrap_or(bytes);
    let start = head.get(..MAX_PDF_OFFSET + 5).unwrap_or(head);
    let pdf = memchr::memmem::find(start, b"%PDF-");
    let tag = first_tag(head);
    if pdf.is_some_and(|at| tag.is_none_or(|t| at < t)) {
        return Ok(Format::Pdf);
    }
    if let Some((_, other)) = SIGNATURES.iter().find(|(magic, other)| head.starts_with(magic) && other.fits(head)) {
        return Err(other.name(head).to_owned());
    }
    if head.get(4..8) == Some(b"ftyp") {
        return Err("a film (ISO media)".to_owned());
    }
    if is_noise(head) {
        return Err("binary data".to_owned());
    }
    let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head).trim_ascii_start();
    if is_json(text) {
        return Err("JSON".to_owned());
    }
    if is_mail(text) {
        return Err("a page in a mail message (MHTML)".to_owned());
    }
    if !is_declared_html(page) && SCRIPTS.iter().any(|start| text.starts_with(start)) {
        return Err("a script".to_owned());
    }
    if is_declared_plain(page) && !begins_as_page(text) {
        return Err("plain text".to_owned());
    }
    if tag.is_some() {
        return match xml_kind(text) {
            Some(kind) => Err(kind.to_owned()),
            None => Ok(Format::Html),
        };
    }
    if is_declared_html(page) {
        return Ok(Format::Html);
    }
    let zeros = memchr::memchr_iter(0, head).count();
    let control = head.iter().filter(|b| b.is_ascii_control() && !b.is_ascii_whitespace() && **b != 0x1B).count();
    if control * 10 > head.len() && zeros * 4 < head.len() {
        return Err("binary data".to_owned());
    }
    Err("plain text".to_owned())
}

/// Returns true for encrypted, compressed or random bytes, whatever the server called them. These have control bytes at
/// even and odd positions alike, while text in single bytes has none and UTF-16 has them on one side. And no byte is
/// common, as the one that selects the letters' block is in UTF-16.
fn is_noise(head: &[u8]) -> bool {
    let mut sides = [[0_usize; 256]; 2];
    for (side, byte) in (0..2).cycle().zip(head) {
        if let Some(count) = sides.get_mut(side).and_then(|s| s.get_mut(usize::from(*byte))) {
            *count += 1;
        }
    }
    sides.iter().all(|counts| {
        let all: usize = counts.iter().sum();
        let control: usize =
            (0..0x20).zip(counts).filter(|(b, _)| !matches!(b, 0 | 0x09..=0x0D | 0x1B)).map(|(_, n)| n).sum();
        let most = counts.iter().max().copied().unwrap_or(0);
        all >= MIN_NOISE && control * 1000 > NOISE_CONTROL * all && most * 1000 < NOISE_LEADER * all
    })
}

/// First bytes of scripts. Their strings hold tags.
const SCRIPTS: [&[u8]; 7] = [b"var ", b"let ", b"const ", b"function ", b"(function", b"!function", b"\"use strict\""];

/// Returns true for a mail message with parts, as browsers save pages.
fn is_mail(text: &[u8]) -> bool {
    let lower = text.to_ascii_lowercase();
    let header = lower.split(|byte| *byte == b'<').next().unwrap_or_default();
    let has = |what: &[u8]| memchr::memmem::find(&lower, what).is_some();
    (lower.starts_with(b"from:")
        || lower.starts_with(b"mime-version:")
        || header.windows(14).any(|w| w == b"\nmime-version:"))
        && has(b"mime-version:")
        && has(b"multipart/")
}

fn is_json(text: &[u8]) -> bool {
    let second = text.get(1..).unwrap_or_default().trim_ascii_start();
    match text.first() {
        Some(b'{') => second.starts_with(b"\"") || second.starts_with(b"}"),
        Some(b'[') => second.starts_with(b"{") || second.starts_with(b"\"") || second.starts_with(b"]"),
        _ => false,
    }
}

/// Returns the kind of XML, if it is another than XHTML.
fn xml_kind(text: &[u8]) -> Option<&'static str> {
    let lower = text.to_ascii_lowercase();
    let has = |what: &[u8]| memchr::memmem::find(&lower, what).is_some();
    if has(b"<html") || has(b"<!doctype html") {
        None
    } else if has(b"<rss") {
        Some("an RSS feed")
    } else if has(b"<feed") && has(b"w3.org/2005/atom") {
        Some("an Atom feed")
    } else if has(b"<urlset") || has(b"<sitemapindex") {
        Some("a sitemap")
    } else if lower.starts_with(b"<svg") || (lower.starts_with(b"<?xml") && has(b"<svg")) {
        Some("an SVG image")
    } else if lower.starts_with(b"<?xml") && !has(b"<body") && !has(b"<div") && !has(b"<p") {
        Some("XML")
    } else {
        None
    }
}

/// Returns the kind of a ZIP file, by the names of its first members.
fn zip_kind(head: &[u8]) -> &'static str {
    let has = |what: &[u8]| memchr::memmem::find(head, what).is_some();
    if has(b"word/") {
        "a Word document (OOXML)"
    } else if has(b"xl/") {
        "an Excel workbook (OOXML)"
    } else if has(b"ppt/") {
        "a PowerPoint presentation (OOXML)"
    } else if has(b"opendocument") {
        "an OpenDocument file"
    } else if has(b"epub") {
        "an EPUB book"
    } else {
        "a ZIP archive"
    }
}

/// Returns where the first unmistakable mark-up begins: `<` and a letter, `!`, `?` or `/`, in UTF-16 too.
fn first_tag(head: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b'<', head).find(|&at| {
        let mut after = head.iter().skip(at + 1).filter(|b| **b != 0);
        let first = after.next().copied().unwrap_or(0);
        let second = after.next().copied().unwrap_or(0);
        first == b'!'
            || first == b'?'
            || (first == b'/' && second.is_ascii_alphabetic())
            || (first.is_ascii_alphabetic() && (second.is_ascii_alphanumeric() || b" >/\t\r\n-:".contains(&second)))
    })
}

/// Tags with which a page begins (WHATWG MIME sniffing, 7.1), and an XML declaration.
const BEGINNINGS: [&str; 19] = [
    "!doctype html",
    "html",
    "head",
    "script",
    "iframe",
    "h1",
    "div",
    "font",
    "table",
    "a",
    "style",
    "title",
    "b",
    "body",
    "br",
    "p",
    "!--",
    "?xml",
    "meta",
];

/// Returns true if a text begins as a page does: with one of the tags by which browsers know one. Tags further on may be
/// what a plain text is about.
fn begins_as_page(text: &[u8]) -> bool {
    let Some(tag) = text.strip_prefix(b"<") else { return false };
    BEGINNINGS.iter().any(|name| {
        let (head, rest) = tag.split_at_checked(name.len()).unwrap_or((b"", b""));
        let ends = *name == "!--" || rest.first().is_some_and(|byte| b" >\t\r\n".contains(byte));
        head.eq_ignore_ascii_case(name.as_bytes()) && ends
    })
}

/// Returns true if the content type says plain text, which servers also say of files whose type they don't know.
fn is_declared_plain(page: &Page<'_>) -> bool {
    page.content_type.is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("text/plain"))
}

/// Returns true if the content type says HTML, or if there is none and the file extension does.
fn is_declared_html(page: &Page<'_>) -> bool {
    let kind = page.content_type.unwrap_or_default().to_ascii_lowercase();
    let path = page.url.unwrap_or_default().split(['?', '#']).next().unwrap_or_default();
    let extension = path.rsplit('.').next().unwrap_or_default();
    kind.contains("html")
        || (kind.is_empty() && ["html", "htm", "xhtml"].iter().any(|e| extension.eq_ignore_ascii_case(e)))
}

#[cfg(test)]
mod tests {
    use super::sniff;
    use sanad_document::{Format, Page};

    #[test]
    fn a_pdf_is_known_by_its_header_within_1024_bytes() {
        let mut body = vec![b'\n'; 1000];
        body.extend_from_slice(b"%PDF-1.4\n");
        assert_eq!(sniff(&body, &Page::default()), Ok(Format::Pdf));
    }

    #[test]
    fn fragments_and_tag_soup_are_html() {
        for body in ["hello <b>world", "<p>x", "\u{feff}<!DOCTYPE html>", "<?xml version='1.0'?><html/>", "</p>text"] {
            assert_eq!(sniff(body.as_bytes(), &Page::default()), Ok(Format::Html), "{body}");
        }
    }

    #[test]
    fn other_types_are_named() {
        let named = |body: &[u8]| sniff(body, &Page::default()).unwrap_err();
        assert_eq!(named(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1...."), "a Word document (OLE)");
        assert_eq!(named(b"PK\x03\x04....word/document.xml"), "a Word document (OOXML)");
        assert_eq!(named(b"{\"a\": \"<b>\"}".get(..8).unwrap()), "JSON");
        assert_eq!(named(b"just words, a < b"), "plain text");
    }

    #[test]
    fn of_what_is_served_as_plain_text_only_that_is_a_page_which_begins_as_one() {
        let plain = Page { content_type: Some("text/plain; charset=utf-8"), ..Page::default() };
        for body in ["\u{feff}<!DOCTYPE html><p>x", " \n<html lang=tg>", "<!-- x --><div>", "<P>Қонун", "%PDF-1.7"]
        {
            assert!(sniff(body.as_bytes(), &plain).is_ok(), "{body}");
        }
        for body in ["User-agent: *", "Use <b>bold</b> text", "<pkg>x</pkg>", "<bold", "<"] {
            assert_eq!(sniff(body.as_bytes(), &plain), Err("plain text".to_owned()), "{body}");
        }
    }

    #[test]
    fn scripts_and_mail_messages_are_no_pages_though_they_hold_tags() {
        let mail = "From: <Saved by a browser>\nMIME-Version: 1.0\nContent-Type: multipart/related\n\n<html><p>a";
        for text in ["var a = \"<p>hello</p>\";", "(function () { return '<div>'; })()", mail] {
            assert!(sniff(text.as_bytes(), &Page::default()).is_err(), "{text}");
        }
        let html = Page { content_type: Some("text/html"), ..Page::default() };
        assert!(sniff(b"var a <p>hello</p>", &html).is_ok(), "the server says that it is a page");
        assert!(sniff(b"From: the ministry <p>hello</p>", &Page::default()).is_ok());
    }

    #[test]
    fn random_bytes_are_no_page_whatever_the_server_says() {
        let page = Page { content_type: Some("text/html; charset=utf-8"), ..Page::default() };
        for (seed, length) in [(1_u64, 500), (2, 4_000), (3, 30_000)] {
            let mut state = seed;
            let noise: Vec<u8> = (0..length)
                .map(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    state.to_be_bytes()[0]
                })
                .collect();
            assert_eq!(sniff(&noise, &page), Err("binary data".to_owned()), "{length} bytes");
        }
        let texts = [
            "Қонуни Ҷумҳурии Тоҷикистон дар бораи об ва истифодаи он. ",
            "ПОСТАНОВЛЕНИЕ ПРАВИТЕЛЬСТВА О ВОДЕ ",
            "我们的政府今天决定，两条河的水将由山谷的所有地区共享。",
            "รัฐบาลตัดสินใจวันนี้ว่าน้ำของแม่น้ำสองสาย",
            "सरकार ने आज निर्णय लिया कि दो नदियों का पानी ",
            "정부는 오늘 두 강의 물을 모든 지역이 나누기로 결정했다. ",
        ];
        for text in texts {
            let utf16: Vec<u8> = text.repeat(20).encode_utf16().flat_map(u16::to_le_bytes).collect();
            assert_eq!(sniff(&utf16, &page), Ok(Format::Html), "{text}");
            assert_eq!(sniff(text.repeat(20).as_bytes(), &page), Ok(Format::Html), "{text}");
        }
    }
}
