//! Why a page can't be read.

use borsh::{BorshDeserialize, BorshSerialize};

/// Why an HTML page can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, BorshSerialize, BorshDeserialize)]
pub enum Error {
    /// The page has more bytes than the limit.
    #[error("the page has more than {limit} bytes")]
    TooLong {
        /// In bytes.
        limit: u64,
    },
    /// The page has more nodes than the limit.
    #[error("the page has more than {limit} nodes")]
    TooManyNodes {
        /// In nodes.
        limit: u64,
    },
}

impl Error {
    /// The stable code of this error, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "html.too_long",
            Self::TooManyNodes { .. } => "html.too_many_nodes",
        }
    }
}
