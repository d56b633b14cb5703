//! Patterns of robots.txt over path and query (RFC 9309, section 2.2.3).
//!
//! A pattern matches the beginning of a path; `*` matches any run of bytes, `$` at the end of the pattern the end of
//! the path.

/// Normalizes the percent-encoding of a path or pattern, so that equal ones have equal bytes: unreserved characters are
/// decoded, non-ASCII bytes are encoded, hex digits are in upper case.
#[must_use]
pub fn equal(path: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(path.len());
    let mut bytes = path.as_bytes().iter();
    while let Some(byte) = bytes.next() {
        let ahead = bytes.as_slice();
        let octet = match (byte, ahead.first(), ahead.get(1)) {
            (b'%', Some(high), Some(low)) => hex(*high).zip(hex(*low)).map(|(h, l)| h * 16 + l),
            _ => None,
        };
        match octet {
            Some(octet) => {
                bytes.nth(1);
                let plain = octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_' | b'~');
                if plain { out.push(octet) } else { encode(octet, &mut out) }
            }
            None if byte.is_ascii() => out.push(*byte),
            None => encode(*byte, &mut out),
        }
    }
    out
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|d| u8::try_from(d).ok())
}

fn encode(octet: u8, out: &mut Vec<u8>) {
    out.extend(format!("%{octet:02X}").bytes());
}

/// Returns true if a pattern matches a path, both normalized by [`equal`]. The time is at most proportional to the
/// product of their lengths, for any pattern.
#[must_use]
pub fn fits(pattern: &[u8], path: &[u8]) -> bool {
    let (pattern, to_end) = match pattern.strip_suffix(b"$") {
        Some(pattern) => (pattern, true),
        None => (pattern, false),
    };
    let mut parts = pattern.split(|b| *b == b'*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = path.strip_prefix(first) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return !to_end || rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if part.is_empty() {
            continue;
        }
        if to_end && parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some(at) = memchr::memmem::find(rest, part) else {
            return false;
        };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    true
}
