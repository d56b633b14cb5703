//! The formats that can be read.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;

/// Format of a body.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, BorshSerialize, BorshDeserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// HTML or XHTML.
    #[default]
    Html,
    /// PDF.
    Pdf,
}

impl Format {
    /// Returns the format's name, for messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Html => "HTML",
            Self::Pdf => "PDF",
        }
    }
}
