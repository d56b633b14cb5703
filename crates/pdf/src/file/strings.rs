//! Text strings of PDF objects, in UTF-16, UTF-8 or `PDFDocEncoding`.

/// `PDFDocEncoding` from 0x18, where it differs from Latin-1 (ISO 32000-2, annex D.2).
const LOW: [char; 8] = ['˘', 'ˇ', 'ˆ', '˙', '˝', '˛', '˚', '˜'];
/// `PDFDocEncoding` from 0x80.
const HIGH: [char; 33] = [
    '•', '†', '‡', '…', '—', '–', 'ƒ', '⁄', '‹', '›', '−', '‰', '„', '“', '”', '‘', '’', '‚', '™', 'ﬁ', 'ﬂ', 'Ł', 'Œ',
    'Š', 'Ÿ', 'Ž', 'ı', 'ł', 'œ', 'š', 'ž', '\u{FFFD}', '€',
];

/// Decodes a text string. Language escapes are removed, and control characters become spaces.
pub(crate) fn text(bytes: &[u8]) -> String {
    let raw = match bytes {
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => eight_bit(bytes),
    };
    let mut out = String::with_capacity(raw.len());
    let mut is_escape = false;
    for c in raw.chars() {
        match c {
            '\u{1B}' => is_escape = !is_escape,
            _ if is_escape => {}
            '\0' => {}
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

fn utf16(bytes: &[u8], read: fn([u8; 2]) -> u16) -> String {
    let units = bytes.as_chunks::<2>().0.iter().map(|pair| read(*pair));
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// Decodes `PDFDocEncoding`, or UTF-8 if that is what the writer used: the bytes are valid UTF-8 but not ASCII.
fn eight_bit(bytes: &[u8]) -> String {
    if !bytes.is_ascii()
        && let Ok(utf8) = std::str::from_utf8(bytes)
    {
        return utf8.to_owned();
    }
    bytes
        .iter()
        .map(|&b| match b {
            0x18..=0x1F => LOW.get(usize::from(b - 0x18)).copied().unwrap_or(' '),
            0x80..=0xA0 => HIGH.get(usize::from(b - 0x80)).copied().unwrap_or(' '),
            _ => char::from(b),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_encodings_are_read() {
        assert_eq!(text(b"\xFE\xFF\x04\x22\x04\x3E"), "То");
        assert_eq!(text("То".as_bytes()), "То");
        assert_eq!(text(b"a\x84b"), "a—b");
    }

    #[test]
    fn a_language_escape_is_no_text() {
        assert_eq!(text(b"\xFE\xFF\x00\x1B\x00t\x00g\x00\x1B\x00A"), "A");
    }
}
