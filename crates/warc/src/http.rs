//! The little of HTTP/1.1 that reading a response record needs: header fields, status line, chunks, lengths.

/// Splits a block into header, with the empty line after it, and body. Returns none if it isn't an HTTP response.
pub(super) fn header_length(block: &[u8]) -> Option<usize> {
    if !block.starts_with(b"HTTP/") {
        return None;
    }
    let mut at = 0;
    for end in memchr::memchr_iter(b'\n', block) {
        let line = block.get(at..end)?;
        at = end + 1;
        if line.is_empty() || line == b"\r" {
            return Some(at);
        }
    }
    Some(block.len())
}

/// Parses a header: the status, and the fields in their order.
pub(super) fn parse(header: &[u8]) -> (Option<u16>, Vec<(String, String)>) {
    let text = String::from_utf8_lossy(header);
    let mut lines = text.lines();
    let status = lines.next().and_then(status_of);
    let mut fields = Vec::new();
    lines.filter(|line| !line.trim().is_empty()).for_each(|line| push_field(&mut fields, line));
    (status, fields)
}

/// Parses a header line and adds it to the fields; a line that begins with white space continues the last field.
pub(super) fn push_field(fields: &mut Vec<(String, String)>, line: &str) {
    if line.starts_with([' ', '\t']) {
        if let Some((_, value)) = fields.last_mut() {
            value.push(' ');
            value.push_str(line.trim());
        }
    } else if let Some((name, value)) = line.split_once(':') {
        fields.push((name.trim().to_owned(), value.trim().to_owned()));
    }
}

/// The status in the first line of a response.
pub(super) fn status_of(line: &str) -> Option<u16> {
    line.split_whitespace().nth(1)?.parse().ok()
}

/// A body with the framing of its chunks undone.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Dechunked {
    /// It isn't chunked: some crawlers decode the body and keep the header field.
    No,
    /// All of it, up to the last chunk.
    Whole(Vec<u8>),
    /// What stands before the place where the chunks break off, and what is wrong there.
    Cut(Vec<u8>, &'static str),
}

/// The limit on the line of a chunk's size, in bytes. Extensions make it longer than its digits.
const MAX_SIZE_LINE: usize = 4096;

/// Undoes the framing of chunks (RFC 9112, section 7.1).
pub(super) fn dechunked(body: &[u8]) -> Dechunked {
    if chunk_size(body).is_none() {
        return Dechunked::No;
    }
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    let mut is_first = true;
    loop {
        let Some((size, after)) = chunk_size(rest) else {
            let cause = if rest.is_empty() { "the last chunk is missing" } else { "a chunk's size can't be read" };
            return Dechunked::Cut(out, cause);
        };
        if size == 0 {
            return Dechunked::Whole(out);
        }
        let Some((chunk, after)) = usize::try_from(size).ok().and_then(|size| after.split_at_checked(size)) else {
            out.extend_from_slice(after);
            return Dechunked::Cut(out, "it ends inside a chunk");
        };
        out.extend_from_slice(chunk);
        rest = match after.strip_prefix(b"\r\n").or_else(|| after.strip_prefix(b"\n")) {
            Some(rest) => rest,
            None if after.is_empty() || after == b"\r" => b"",
            None if is_first => return Dechunked::No,
            None => return Dechunked::Cut(out, "a chunk is longer than its size says"),
        };
        is_first = false;
    }
}

/// The size in the line at the start of a chunk, and what comes after the line.
fn chunk_size(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let end = memchr::memchr(b'\n', bytes.get(..MAX_SIZE_LINE).unwrap_or(bytes))?;
    let (line, after) = bytes.split_at_checked(end + 1)?;
    let line = std::str::from_utf8(line).ok()?;
    let digits = line.split(';').next()?.trim();
    let digits = digits.strip_prefix("0x").unwrap_or(digits);
    let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
    let significant = digits.trim_start_matches('0');
    if !is_number || significant.len() > 16 {
        return None;
    }
    Some((if significant.is_empty() { 0 } else { u64::from_str_radix(significant, 16).ok()? }, after))
}

/// Whether a body under this content coding is stored as it came. Other crawlers often store the decoded body and keep
/// the header fields, whose length is then that of something else.
pub(super) fn is_as_received(coding: &str, body: &[u8]) -> bool {
    match coding.trim().to_ascii_lowercase().as_str() {
        "" | "identity" | "none" => true,
        coding if coding.contains("gzip") => body.starts_with(&[0x1f, 0x8b]),
        coding if coding.contains("zstd") => body.starts_with(&crate::zstd::MAGIC),
        // Brotli and deflate have no signature; text is neither.
        _ => {
            let head = body.get(..512).unwrap_or(body);
            !head.starts_with(b"%PDF") && head.iter().any(|b| b.is_ascii_control() && !b.is_ascii_whitespace())
        }
    }
}

/// Whether a `Content-Range` covers the whole.
pub(super) fn is_whole_range(range: &str) -> bool {
    let parse = || {
        let (span, total) = range.trim().strip_prefix("bytes")?.trim().split_once('/')?;
        let (first, last) = span.split_once('-')?;
        let (first, last, total): (u64, u64, u64) =
            (first.trim().parse().ok()?, last.trim().parse().ok()?, total.trim().parse().ok()?);
        Some(first == 0 && last.checked_add(1)? == total)
    };
    parse().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_undone_up_to_where_they_break_off() {
        let whole = |text: &str| Dechunked::Whole(text.as_bytes().to_vec());
        let cut = |body: &[u8]| match dechunked(body) {
            Dechunked::Cut(out, _) => String::from_utf8(out).unwrap(),
            other => panic!("{other:?}"),
        };
        assert_eq!(dechunked(b"4;x=y\r\nWiki\r\n5\npedia\n0\r\n\r\n"), whole("Wikipedia"));
        assert_eq!(dechunked(b"0000000000000004\r\nWiki\r\n000\r\nExpires: 0\r\n\r\n"), whole("Wiki"));
        assert_eq!(dechunked(b"4   \r\nWiki\r\n0 ; last\r\n"), whole("Wiki"));
        assert_eq!(cut(b"4\r\nWi"), "Wi");
        assert_eq!(cut(b"4\r\nWiki\r\n"), "Wiki");
        assert_eq!(cut(b"4\r\nWiki\r\n5\r\npe"), "Wikipe");
        assert_eq!(cut(b"4\r\nWiki\r\nzz\r\npe"), "Wiki");
        for plain in [b"<p>4</p>".as_slice(), b"", b"4\r\nWikipedia", b"fffffffffffffffff\r\nWiki"] {
            assert_eq!(dechunked(plain), Dechunked::No);
        }
    }

    #[test]
    fn a_range_is_whole_from_the_first_byte_to_the_last() {
        assert!(is_whole_range("bytes 0-9/10"));
        for part in ["bytes 1-9/10", "bytes 0-8/10", "bytes 0-9/*", "", "lines 0-9/10"] {
            assert!(!is_whole_range(part), "{part}");
        }
    }

    #[test]
    fn a_body_without_a_sign_of_its_coding_was_decoded() {
        assert!(is_as_received("", b"<p>"));
        assert!(is_as_received("gzip", &[0x1f, 0x8b, 8]));
        assert!(is_as_received("br", &[0x1b, 0x03, 0x00]));
        for coding in ["gzip", "br", "deflate", "zstd", "x-gzip"] {
            assert!(!is_as_received(coding, b"<p>"), "{coding}");
        }
    }
}
