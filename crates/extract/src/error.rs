//! Why bytes couldn't be extracted.

use borsh::{BorshDeserialize, BorshSerialize};
use sanad_document::Format;

/// Why bytes couldn't be extracted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, BorshSerialize, BorshDeserialize)]
pub enum Error {
    /// The bytes couldn't be decoded.
    #[error(transparent)]
    Decode(#[from] sanad_decode::Error),
    /// The HTML couldn't be read.
    #[cfg(feature = "html")]
    #[error(transparent)]
    Html(#[from] sanad_html::Error),
    /// The PDF couldn't be read.
    #[cfg(feature = "pdf")]
    #[error(transparent)]
    Pdf(#[from] sanad_pdf::Error),
    /// The reader of the format was left out of this build.
    #[error("this build can't read {}; enable the feature `{}` of sanad-extract", format.name(), feature(*format))]
    NotBuiltIn {
        /// The format of the body.
        format: Format,
    },
}

impl Error {
    /// The stable code, for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Decode(error) => error.code(),
            #[cfg(feature = "html")]
            Self::Html(error) => error.code(),
            #[cfg(feature = "pdf")]
            Self::Pdf(error) => error.code(),
            Self::NotBuiltIn { .. } => "extract.not_built_in",
        }
    }
}

/// The feature that builds in the reader of a format.
fn feature(format: Format) -> &'static str {
    match format {
        Format::Html => "html",
        Format::Pdf => "pdf",
    }
}
