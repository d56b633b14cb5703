//! Chooses the encoding of a text: declarations first, as far as the bytes can be what they say, then detection.

use crate::charset::Charset;
use crate::{declared, detect, mixed, mojibake};
use sanad_document::{Encoding, Warning};
use std::borrow::Cow;

/// By how much a declared encoding's reading may cost more than the best detected one and still be believed.
struct Tolerance {
    nats: f32,
    /// For text that the letter pairs know badly.
    nats_per_letter: f32,
}

const DECLARED: Tolerance = Tolerance { nats: 4.0, nats_per_letter: 0.02 };
/// For windows-1252, which `iso-8859-1` means and which servers declare by default.
const DECLARED_BY_DEFAULT: Tolerance = Tolerance { nats: 0.5, nats_per_letter: 0.0 };

const UTF_8: Charset = Charset::Web(encoding_rs::UTF_8);
const WINDOWS_1252: Charset = Charset::Web(encoding_rs::WINDOWS_1252);
const ISO_2022_JP: Charset = Charset::Web(encoding_rs::ISO_2022_JP);

/// The evidence that determined an encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// A byte order mark.
    ByteOrderMark,
    /// `charset` in the HTTP header `Content-Type`.
    Http,
    /// A `meta` element or an XML declaration.
    Markup,
    /// The bytes.
    Detected,
}

impl Rule {
    /// Its name in [`Encoding::rule`].
    fn as_str(self) -> &'static str {
        match self {
            Self::ByteOrderMark => "bom",
            Self::Http => "http",
            Self::Markup => "meta",
            Self::Detected => "detected",
        }
    }
}

/// An encoding and the evidence for it.
#[derive(Debug, Clone, Copy)]
struct Choice {
    charset: Charset,
    rule: Rule,
}

/// Decodes text of any format and undoes mojibake. A declaration that the bytes contradict adds a warning.
#[must_use]
pub fn text_of<'a>(
    bytes: &'a [u8],
    content_type: Option<&str>,
    warnings: &mut Vec<Warning>,
) -> (Cow<'a, str>, Encoding) {
    let (text, Choice { charset, rule }) = decode(bytes, content_type, warnings);
    let undone = mojibake::undo(&text);
    let encoding = Encoding {
        name: charset.name(),
        rule: rule.as_str().to_owned(),
        repaired: undone.as_ref().map(|_| "mojibake".to_owned()),
    };
    (undone.map_or(text, Cow::Owned), encoding)
}

fn decode<'a>(bytes: &'a [u8], content_type: Option<&str>, warnings: &mut Vec<Warning>) -> (Cow<'a, str>, Choice) {
    if let Some((web, skip)) = encoding_rs::Encoding::for_bom(bytes) {
        let choice = Choice { charset: Charset::Web(web), rule: Rule::ByteOrderMark };
        return (decode_as(choice.charset, bytes.get(skip..).unwrap_or_default(), warnings), choice);
    }
    let http = declared::http(content_type).map(|charset| Choice { charset, rule: Rule::Http });
    let markup = declared::markup(bytes).map(|charset| Choice { charset, rule: Rule::Markup });
    let declared: Vec<Choice> = [http, markup].into_iter().flatten().collect();
    let choice = choose(bytes, &declared);
    for wrong in declared.into_iter().filter(|declared| declared.charset != choice.charset) {
        let (by, said, found) = (wrong.rule.as_str(), wrong.charset.name(), choice.charset.name());
        warnings.push(Warning::new("decode.charset_overruled", format!("{by} says {said}, but the bytes are {found}")));
    }
    (decode_as(choice.charset, bytes, warnings), choice)
}

/// Decodes bytes, fragments in another encoding apart.
fn decode_as<'a>(charset: Charset, bytes: &'a [u8], warnings: &mut Vec<Warning>) -> Cow<'a, str> {
    let mixed = if charset == UTF_8 { mixed::decode(bytes, warnings) } else { None };
    mixed.map_or_else(|| charset.decode(bytes), Cow::Owned)
}

/// Chooses the encoding of bytes without a byte order mark.
fn choose(bytes: &[u8], declared: &[Choice]) -> Choice {
    let found = |charset: Charset| {
        let declared = declared.iter().find(|declared| declared.charset == charset);
        declared.copied().unwrap_or(Choice { charset, rule: Rule::Detected })
    };
    if let Some(utf16) = detect::utf16(bytes) {
        return found(utf16);
    }
    let is_valid = simdutf8::basic::from_utf8(bytes).is_ok();
    if is_valid && bytes.is_ascii() {
        let stateful = declared.iter().find(|declared| declared.charset == ISO_2022_JP);
        return match stateful.or(declared.first()) {
            Some(first) if stateful.is_some() || first.charset.decode(bytes) == String::from_utf8_lossy(bytes) => {
                *first
            }
            _ => Choice { charset: UTF_8, rule: Rule::Detected },
        };
    }
    if is_valid || detect::Utf8::of(bytes).is_likely() {
        return found(UTF_8);
    }
    let readings = detect::candidates(bytes);
    let Some(best) = readings.first() else {
        return found(UTF_8);
    };
    let most_nats = |charset: Charset| {
        let tolerance = if charset == WINDOWS_1252 { DECLARED_BY_DEFAULT } else { DECLARED };
        #[allow(clippy::cast_precision_loss, reason = "at most a few thousand letters")]
        let letters = best.letters as f32;
        best.nats + tolerance.nats + tolerance.nats_per_letter * letters
    };
    declared
        .iter()
        .filter(|declared| declared.charset != UTF_8)
        .find(|declared| detect::read_as(bytes, declared.charset).nats <= most_nats(declared.charset))
        .copied()
        .unwrap_or_else(|| found(best.charset))
}
