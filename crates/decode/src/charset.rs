//! Character encodings: the WHATWG ones through `encoding_rs`, and the three Cyrillic ones that it lacks.
//!
//! KOI8-T is Tajikistan's own; PT154 and KZ-1048 are for Kazakh. The tables are the upper halves in the Unicode
//! mappings (and in Python's codecs of the same names). U+FFFD marks a byte without a meaning.

use std::{borrow::Cow, sync::LazyLock};

/// A character encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Charset {
    /// A WHATWG encoding.
    Web(&'static encoding_rs::Encoding),
    /// An encoding of [`OWN`], by index.
    Own(usize),
}

/// An encoding of single bytes whose lower half is ASCII.
struct SingleByte {
    name: &'static str,
    labels: &'static [&'static str],
    /// The characters of bytes 0x80 to 0xFF.
    upper: &'static str,
}

static OWN: [SingleByte; 3] = [
    SingleByte {
        name: "koi8-t",
        labels: &["koi8-t", "koi8t", "koi8_t"],
        upper: "қғ‚Ғ„…†‡\u{FFFD}‰ҳ‹ҲҷҶ\u{FFFD}Қ‘’“”•–—\u{FFFD}™\u{FFFD}›\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\
    \u{FFFD}ӯӮё¤ӣ¦§\u{FFFD}\u{FFFD}\u{FFFD}«¬\u{AD}®\u{FFFD}°±²Ё\u{FFFD}Ӣ¶·\u{FFFD}№\u{FFFD}»\u{FFFD}\u{FFFD}\u{FFFD}©\
    юабцдефгхийклмнопярстужвьызшэщчъ\
    ЮАБЦДЕФГХИЙКЛМНОПЯРСТУЖВЬЫЗШЭЩЧЪ",
    },
    SingleByte {
        name: "pt154",
        labels: &["pt154", "ptcp154", "cp154", "cyrillic-asian", "csptcp154"],
        upper: "ҖҒӮғ„…ҶҮҲүҠӢҢҚҺҸҗ‘’“”•–—ҳҷҡӣңқһҹ\
    \u{A0}ЎўЈӨҘҰ§Ё©Ә«¬ӯ®Ҝ°ұІіҙө¶·ё№ә»јҪҫҝ\
    АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ\
    абвгдежзийклмнопрстуфхцчшщъыьэюя",
    },
    SingleByte {
        name: "kz-1048",
        labels: &["kz-1048", "kz1048", "kz_1048", "strk1048-2002", "rk1048", "cskz1048"],
        upper: "ЂЃ‚ѓ„…†‡€‰Љ‹ЊҚҺЏђ‘’“”•–—\u{FFFD}™љ›њқһџ\
    \u{A0}ҰұӘ¤Ө¦§Ё©Ғ«¬\u{AD}®Ү°±Ііөµ¶·ё№ғ»әҢңү\
    АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ\
    абвгдежзийклмнопрстуфхцчшщъыьэюя",
    },
];

static UPPER: LazyLock<Vec<Vec<char>>> = LazyLock::new(|| OWN.iter().map(|o| o.upper.chars().collect()).collect());

/// KOI8-T.
pub(crate) const KOI8_T: Charset = Charset::Own(0);
/// PT154.
pub(crate) const PT154: Charset = Charset::Own(1);
/// KZ-1048.
pub(crate) const KZ_1048: Charset = Charset::Own(2);

impl Charset {
    /// Returns the encoding that a label names. Like browsers, ignores case and surrounding white space.
    pub(crate) fn for_label(label: &[u8]) -> Option<Self> {
        if let Some(web) = encoding_rs::Encoding::for_label(label) {
            return Some(Self::Web(web));
        }
        let label = String::from_utf8_lossy(label.trim_ascii()).to_ascii_lowercase();
        OWN.iter().position(|o| o.labels.contains(&label.as_str())).map(Self::Own)
    }

    /// Returns its name, in lower case.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Web(web) => web.name().to_ascii_lowercase(),
            Self::Own(index) => OWN.get(index).map_or("", |o| o.name).to_owned(),
        }
    }

    /// Decodes bytes; one without a meaning becomes U+FFFD.
    pub(crate) fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        match self {
            Self::Web(web) => web.decode_without_bom_handling(bytes).0,
            Self::Own(index) => {
                let upper = UPPER.get(index).map_or(&[][..], Vec::as_slice);
                let text = bytes
                    .iter()
                    .map(|&b| match b.checked_sub(0x80) {
                        None => char::from(b),
                        Some(high) => upper.get(usize::from(high)).copied().unwrap_or('\u{FFFD}'),
                    })
                    .collect();
                Cow::Owned(text)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Charset, KOI8_T, UPPER};

    #[test]
    fn every_table_has_128_places() {
        assert!(UPPER.iter().all(|t| t.len() == 128));
    }

    #[test]
    fn koi8_t_reads_tajik() {
        assert_eq!(KOI8_T.decode(&[0xD4, 0xCF, 0x8E, 0xC9, 0xCB]), "то\u{FFFD}ик".replace('\u{FFFD}', "Ҷ"));
        assert_eq!(Charset::for_label(b" KOI8-T "), Some(KOI8_T));
    }
}
