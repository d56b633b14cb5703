//! Why bytes gave no document.

use borsh::{BorshDeserialize, BorshSerialize};
use sanad_document::Format;

/// Why bytes gave no document, by the stage that it befell.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, BorshSerialize, BorshDeserialize)]
pub enum Error {
    /// Bytes that can't become text.
    #[error(transparent)]
    Decode(#[from] sanad_decode::Error),
    /// An HTML page that can't be read.
    #[cfg(feature = "html")]
    #[error(transparent)]
    Html(#[from] sanad_html::Error),
    /// A PDF that can't be read.
    #[cfg(feature = "pdf")]
    #[error(transparent)]
    Pdf(#[from] sanad_pdf::Error),
    /// A format whose reader was left out of this build.
    #[error("this build reads no {}", format.name())]
    NotBuiltIn {
        /// What the body is.
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
