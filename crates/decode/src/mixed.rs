//! UTF-8 with fragments in another encoding: a banner, a news line or an old file that the server puts into each page.

use crate::charset::Charset;
use crate::detect::{self, Utf8};
use sanad_document::Warning;

/// Bytes outside ASCII that fragments need together: fewer are damaged characters, and tell no encoding.
const LEAST: usize = 6;

const UTF_8: Charset = Charset::Web(encoding_rs::UTF_8);

/// Decodes bytes that are mostly UTF-8 piece by piece. Pieces are separated by tags and line breaks. Returns `None` if no
/// piece is in another encoding.
pub(crate) fn decode(bytes: &[u8], warnings: &mut Vec<Warning>) -> Option<String> {
    if simdutf8::basic::from_utf8(bytes).is_ok() {
        return None;
    }
    let pieces = || bytes.split_inclusive(|byte| matches!(byte, b'<' | b'>' | b'\n'));
    let foreign: Vec<u8> = pieces().filter(|piece| is_foreign(piece)).collect::<Vec<_>>().concat();
    if foreign.iter().filter(|byte| !byte.is_ascii()).count() < LEAST {
        return None;
    }
    let charset =
        detect::candidates(&foreign).into_iter().map(|reading| reading.charset).find(|found| *found != UTF_8)?;
    let mut text = String::with_capacity(bytes.len());
    let mut count = 0;
    for piece in pieces() {
        let is_foreign = is_foreign(piece);
        count += u32::from(is_foreign);
        text.push_str(&if is_foreign { charset.decode(piece) } else { UTF_8.decode(piece) });
    }
    let message =
        format!("the page is utf-8, but {count} of its pieces are {}: they were decoded apart", charset.name());
    warnings.push(Warning::new("decode.mixed", message));
    Some(text)
}

/// Whether a piece isn't UTF-8, not even a damaged one. Comments are no text.
fn is_foreign(piece: &[u8]) -> bool {
    !piece.starts_with(b"!--") && simdutf8::basic::from_utf8(piece).is_err() && !Utf8::of(piece).is_likely()
}

#[cfg(test)]
mod tests {
    use super::*;

    const AROUND: &str = "<p>Министерство завершило первый этап программы ремонта каналов в восточных районах.</p>";
    const INSERTED: &str = "Работы оплачены из государственного бюджета и займа банка развития";

    fn page(inserted: &[u8]) -> Vec<u8> {
        [AROUND.as_bytes(), b"<div>", inserted, b"</div>", AROUND.as_bytes()].concat()
    }

    #[test]
    fn a_fragment_is_decoded_apart_and_told() {
        for (encoding, name) in [(encoding_rs::WINDOWS_1251, "windows-1251"), (encoding_rs::KOI8_R, "koi8-r")] {
            let mut warnings = Vec::new();
            let text = decode(&page(&encoding.encode(INSERTED).0), &mut warnings).unwrap();
            assert_eq!(text, format!("{AROUND}<div>{INSERTED}</div>{AROUND}"));
            assert_eq!(warnings[0].code, "decode.mixed");
            assert!(warnings[0].message.as_deref().unwrap().contains(name), "{warnings:?}");
        }
    }

    #[test]
    fn damaged_characters_are_no_other_encoding() {
        let mut damaged = AROUND.as_bytes().to_vec();
        damaged.remove(6);
        for page in [page(b"\xA9 2020"), damaged, page(INSERTED.as_bytes())] {
            let mut warnings = Vec::new();
            assert_eq!(decode(&page, &mut warnings), None);
            assert!(warnings.is_empty());
        }
    }
}
