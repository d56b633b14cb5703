//! Why a PDF gave no document.

use borsh::{BorshDeserialize, BorshSerialize};

/// Why a PDF gave no document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, BorshSerialize, BorshDeserialize)]
pub enum Error {
    /// Neither reader opens it.
    #[error("the PDF can't be opened: {cause}")]
    Broken {
        /// What the reader says.
        cause: String,
    },
    /// Encrypted, and no known password opens it.
    #[error(
        "the PDF is encrypted, and neither the empty password nor one of its site's opens it; \
         name the password under `pdf_passwords` in config/sites/<host>.toml (for `extract`, in SANAD_PDF_PASSWORD)"
    )]
    Encrypted,
    /// It has no page.
    #[error("the PDF has no page")]
    NoPages,
}

impl Error {
    /// The stable code, for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Broken { .. } => "pdf.broken",
            Self::Encrypted => "pdf.encrypted",
            Self::NoPages => "pdf.no_pages",
        }
    }
}
