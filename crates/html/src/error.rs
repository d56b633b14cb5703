//! Why a page gave no document.

use borsh::{BorshDeserialize, BorshSerialize};

/// Why an HTML page gave no document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, BorshSerialize, BorshDeserialize)]
pub enum Error {
    /// More bytes than the limit.
    #[error("the page has more than {limit} bytes")]
    TooLong {
        /// The limit.
        limit: u64,
    },
    /// More nodes than the limit.
    #[error("the page has more than {limit} nodes")]
    TooManyNodes {
        /// The limit.
        limit: u64,
    },
}

impl Error {
    /// The stable code, for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "html.too_long",
            Self::TooManyNodes { .. } => "html.too_many_nodes",
        }
    }
}
