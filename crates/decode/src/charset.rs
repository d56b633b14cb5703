//! Encodings: the WHATWG ones through `encoding_rs`, and the three Cyrillic ones it lacks.
//!
//! KOI8-T is Tajik's own; PT154 and KZ-1048 carry Kazakh. The tables are the upper halves as the Unicode mappings (and
//! Python's codecs of the same names) give them; U+FFFD stands where a byte has no meaning.

use std::{borrow::Cow, sync::LazyLock};

/// An encoding by its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Charset {
    /// One that browsers know.
    Web(&'static encoding_rs::Encoding),
    /// One of ours: index in [`OWN`].
    Own(usize),
}

struct Own {
    name: &'static str,
    labels: &'static [&'static str],
    upper: &'static str,
}

static OWN: [Own; 3] = [
    Own {
        name: "koi8-t",
        labels: &["koi8-t", "koi8t", "koi8_t"],
        upper: "қғ‚Ғ„…†‡\u{FFFD}‰ҳ‹ҲҷҶ\u{FFFD}Қ‘’“”•–—\u{FFFD}™\u{FFFD}›\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\
    \u{FFFD}ӯӮё¤ӣ¦§\u{FFFD}\u{FFFD}\u{FFFD}«¬\u{AD}®\u{FFFD}°±²Ё\u{FFFD}Ӣ¶·\u{FFFD}№\u{FFFD}»\u{FFFD}\u{FFFD}\u{FFFD}©\
    юабцдефгхийклмнопярстужвьызшэщчъ\
    ЮАБЦДЕФГХИЙКЛМНОПЯРСТУЖВЬЫЗШЭЩЧЪ",
    },
    Own {
        name: "pt154",
        labels: &["pt154", "ptcp154", "cp154", "cyrillic-asian", "csptcp154"],
        upper: "ҖҒӮғ„…ҶҮҲүҠӢҢҚҺҸҗ‘’“”•–—ҳҷҡӣңқһҹ\
    \u{A0}ЎўЈӨҘҰ§Ё©Ә«¬ӯ®Ҝ°ұІіҙө¶·ё№ә»јҪҫҝ\
    АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ\
    абвгдежзийклмнопрстуфхцчшщъыьэюя",
    },
    Own {
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
    /// The encoding a label names, as browsers read labels (case and outer white space don't matter).
    pub(crate) fn for_label(label: &[u8]) -> Option<Self> {
        if let Some(web) = encoding_rs::Encoding::for_label(label) {
            return Some(Self::Web(web));
        }
        let label = String::from_utf8_lossy(label.trim_ascii()).to_ascii_lowercase();
        OWN.iter().position(|o| o.labels.contains(&label.as_str())).map(Self::Own)
    }

    /// Its name: the WHATWG one in lower case, or ours.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Web(web) => web.name().to_ascii_lowercase(),
            Self::Own(index) => OWN.get(index).map_or("", |o| o.name).to_owned(),
        }
    }

    /// Bytes to text; a byte without meaning becomes U+FFFD.
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
