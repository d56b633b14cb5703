//! The header of a response, read as browsers read it.
//!
//! Old servers fold lines, put a blank before the colon, or print lines without one, and some send hundreds of lines.
//! The HTTP client refuses all of these. So it is shown only the lines that frame the body ([`framing`]); everything
//! else is read here, from the bytes as received, which are also what is stored.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The fields of a header: its lines after the first one, as name and value. A line that begins with a blank continues
/// the one before (RFC 9112, section 5.2); a line without a colon is left out.
pub(super) fn fields(head: &[u8]) -> Vec<(String, String)> {
    let mut fields: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    for line in head.split(|b| *b == b'\n').skip(1) {
        let is_continued = line.starts_with(b" ") || line.starts_with(b"\t");
        let line = line.trim_ascii();
        if let Some((_, value)) = fields.last_mut().filter(|_| is_continued) {
            value.extend_from_slice(b" ");
            value.extend_from_slice(line);
        } else if let Some(colon) = memchr::memchr(b':', line) {
            let (name, value) = line.split_at_checked(colon).unwrap_or_default();
            let value = value.strip_prefix(b":").unwrap_or_default();
            fields.push((name.trim_ascii().to_vec(), value.trim_ascii().to_vec()));
        }
    }
    let named = fields.into_iter().filter(|(name, _)| !name.is_empty());
    named.map(|(name, value)| (text(&name).into_owned(), text(value.trim_ascii()).into_owned())).collect()
}

/// The text of a field. Bytes that aren't UTF-8 are percent-encoded: in an address, that is what they mean.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(bytes.len() * 3);
    for byte in bytes {
        if byte.is_ascii() {
            out.push(char::from(*byte));
        } else {
            // Writing to a string can't fail.
            write!(out, "%{byte:02X}").unwrap_or_default();
        }
    }
    Cow::Owned(out)
}

/// The header that the client is shown instead: the status, and the length of the body or how it is split. It is never
/// longer than the one received. Returns none if the first line isn't a status line, which the client then refuses.
pub(super) fn framing(head: &[u8]) -> Option<Vec<u8>> {
    let first = head.split(|b| *b == b'\n').next()?;
    let mut words = first.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let (version, status) = (words.next()?, words.next()?);
    let is_status = status.len() == 3 && status.iter().all(u8::is_ascii_digit);
    if !(version.starts_with(b"HTTP/1.") && is_status) {
        return None;
    }
    let mut out = [version, b" ", status, b"\n"].concat();
    let fields = fields(head);
    let values = |name: &'static str| fields.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v);
    let is_chunked = values("transfer-encoding").any(|v| v.to_ascii_lowercase().contains("chunked"));
    if is_chunked {
        out.extend_from_slice(b"Transfer-Encoding:chunked\n");
    } else {
        // A length that isn't a number is ignored, and the body ends with the connection.
        let is_number = |v: &&str| !v.is_empty() && v.bytes().all(|b| b.is_ascii_digit());
        let stated = values("content-length").flat_map(|v| v.split(',')).map(str::trim);
        let lengths: BTreeSet<&str> = stated.filter(is_number).collect();
        for length in lengths {
            out.extend_from_slice(format!("Content-Length:{length}\n").as_bytes());
        }
    }
    out.extend_from_slice(b"\n");
    Some(out)
}

/// Start and end, in bytes, of the final response's header. Interim responses (1xx) may come before it. Returns none if it
/// isn't complete.
pub(super) fn last(bytes: &[u8]) -> Option<(usize, usize)> {
    /// The limit on interim responses.
    const INTERIM: usize = 16;
    let mut start = 0;
    for _ in 0..INTERIM {
        let rest = bytes.get(start..)?;
        let end = end(rest)?;
        let is_interim = rest.starts_with(b"HTTP/") && rest.get(9..10).is_some_and(|digit| digit == b"1");
        if !is_interim {
            return Some((start, start + end));
        }
        start += end;
    }
    None
}

/// Length of a header in bytes, including its empty line.
fn end(bytes: &[u8]) -> Option<usize> {
    let crlf = memchr::memmem::find(bytes, b"\r\n\r\n").map(|at| at + 4);
    let lf = memchr::memmem::find(bytes, b"\n\n").map(|at| at + 2);
    [crlf, lf].into_iter().flatten().min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_lines_are_read_as_browsers_read_them() {
        let head = b"HTTP/1.1 200 OK\r\nX-Long: a\r\n\tb\r\n  c\r\nX-Powered-By PHP\r\nContent-Type : text/html\r\n\
            :nothing\r\nX-Empty:\r\nLocation: /\xf5\xe0?a=\xd0\r\nX-Name: \xd2\xb3\r\n\r\n";
        let found = fields(head);
        let shown: Vec<(&str, &str)> = found.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(
            shown,
            [
                ("X-Long", "a b c"),
                ("Content-Type", "text/html"),
                ("X-Empty", ""),
                ("Location", "/%F5%E0?a=%D0"),
                ("X-Name", "ҳ")
            ]
        );
    }

    #[test]
    fn the_final_header_comes_after_the_interim_ones() {
        assert_eq!(last(b"HTTP/1.1 103 Early\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\n\r\nx"), Some((31, 50)));
        assert_eq!(last(b"HTTP/1.1 100 Continue\n\nHTTP/1.1 200 OK\r\n"), None);
        assert_eq!(last(&b"HTTP/1.1 102 Wait\r\n\r\n".repeat(20)), None);
    }

    #[test]
    fn the_client_is_shown_what_frames_the_body() {
        let shown = |head: &[u8]| framing(head).map(|bytes| String::from_utf8(bytes).unwrap());
        let cases: [(&[u8], Option<&str>); 7] = [
            (b"HTTP/1.1 200 OK\r\nX-Bad\r\nContent-Length : 5\r\n\r\n", Some("HTTP/1.1 200\nContent-Length:5\n\n")),
            (b"HTTP/1.0 404\r\n\r\n", Some("HTTP/1.0 404\n\n")),
            (
                b"HTTP/1.1 200 OK\nTransfer-Encoding: gzip, chunked\nContent-Length: 5\n\n",
                Some("HTTP/1.1 200\nTransfer-Encoding:chunked\n\n"),
            ),
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length:\r\n\r\n", Some("HTTP/1.1 200\n\n")),
            (
                b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5, 5\r\n\r\n",
                Some("HTTP/1.1 200\nContent-Length:5\n\n"),
            ),
            (b"<html>\r\n\r\n", None),
            (b"HTTP/1.1 OK\r\n\r\n", None),
        ];
        for (head, wanted) in cases {
            assert_eq!(shown(head).as_deref(), wanted);
            assert!(shown(head).is_none_or(|shown| shown.len() <= head.len()));
        }
    }
}
