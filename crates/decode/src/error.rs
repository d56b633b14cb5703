//! Why bytes didn't become text.

use borsh::{BorshDeserialize, BorshSerialize};

/// Why bytes didn't become text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, BorshSerialize, BorshDeserialize)]
pub enum Error {
    /// The body is empty or only white space.
    #[error("the body is empty")]
    Empty,
    /// The body is neither HTML nor PDF.
    #[error("unknown type: {found}; HTML and PDF can be read")]
    UnknownType {
        /// What it looks like.
        found: String,
    },
    /// The body is over the limit, as received or after decompression.
    #[error("the body is larger than the limit of {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// The content coding can't be undone.
    #[error("Content-Encoding {coding} can't be decoded: {cause}")]
    ContentCoding {
        /// Its name.
        coding: String,
        /// The decoder's message.
        cause: String,
    },
    /// Too many characters are broken to trust the text.
    #[error("{share} per mille of the characters are broken; no encoding explains them")]
    Garbled {
        /// Broken characters per 1,000.
        share: u32,
    },
}

impl Error {
    /// Returns the stable code, for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "decode.empty",
            Self::UnknownType { .. } => "decode.unknown_type",
            Self::TooLarge { .. } => "decode.too_large",
            Self::ContentCoding { .. } => "decode.content_coding",
            Self::Garbled { .. } => "decode.garbled",
        }
    }
}
