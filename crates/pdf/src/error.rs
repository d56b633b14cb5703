//! The error of this crate.

use borsh::{BorshDeserialize, BorshSerialize};

/// Why a PDF can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, BorshSerialize, BorshDeserialize)]
pub enum Error {
    /// Neither parser can read the file, or one of them panicked.
    #[error("the PDF can't be opened: {cause}")]
    Broken {
        /// What the parser reports.
        cause: String,
    },
    /// The file is encrypted, and neither the empty password nor a given one opens it.
    #[error(
        "the PDF is encrypted, and no known password opens it; add its password to `pdf_passwords` in \
         config/sites/<host>.toml, or set SANAD_PDF_PASSWORD for `sanad extract`"
    )]
    Encrypted,
    /// The file has no page.
    #[error("the PDF has no page")]
    NoPages,
}

impl Error {
    /// The error's stable code, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Broken { .. } => "pdf.broken",
            Self::Encrypted => "pdf.encrypted",
            Self::NoPages => "pdf.no_pages",
        }
    }
}
