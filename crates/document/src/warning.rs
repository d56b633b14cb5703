//! A problem that didn't end the reading of a document.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// A problem that didn't end the reading of a document.
#[derive(
    Debug, Clone, Default, PartialEq, Eq, schemars::JsonSchema, Serialize, Deserialize, BorshSerialize, BorshDeserialize,
)]
pub struct Warning {
    /// Code: `pdf.page_failed`, `html.too_deep`, `capture.reconstructed`, ….
    pub code: String,
    /// Page, from 1, if it concerns a single one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    /// The message, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl Warning {
    /// Returns a warning about the whole document.
    #[must_use]
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), page: None, message: Some(message.into()) }
    }
}
