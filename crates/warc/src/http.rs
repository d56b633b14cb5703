//! The little of HTTP/1.1 that reading a response record needs: header fields, status line, chunks.

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

/// Decodes a chunked body. Returns none if it isn't chunked: some crawlers decode the body and keep the header field.
pub(super) fn dechunked(body: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    // Each chunk takes at least 3 bytes.
    for _ in 0..=body.len() / 3 {
        let end = memchr::memchr(b'\n', rest)?;
        let (line, after) = rest.split_at_checked(end + 1)?;
        let size = std::str::from_utf8(line).ok()?.trim().split(';').next()?.trim();
        if size.is_empty() || size.len() > 8 {
            return None;
        }
        let size = usize::from_str_radix(size, 16).ok()?;
        if size == 0 {
            return Some(out);
        }
        let (chunk, after) = after.split_at_checked(size)?;
        out.extend_from_slice(chunk);
        rest = after.strip_prefix(b"\r\n").or_else(|| after.strip_prefix(b"\n"))?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_chunked_body_is_decoded() {
        assert_eq!(dechunked(b"4;x=y\r\nWiki\r\n5\npedia\n0\r\n\r\n").as_deref(), Some(b"Wikipedia".as_slice()));
        for plain in [b"<p>4</p>".as_slice(), b"4\r\nWi", b"4\r\nWiki\r\n", b""] {
            assert_eq!(dechunked(plain), None);
        }
    }
}
