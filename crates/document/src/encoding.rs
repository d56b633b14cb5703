//! How bytes became text.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// How bytes became text.
#[derive(
    Debug, Clone, Default, PartialEq, Eq, schemars::JsonSchema, Serialize, Deserialize, BorshSerialize, BorshDeserialize,
)]
pub struct Encoding {
    /// Name: the WHATWG one in lower case, or `koi8-t`, `pt154`, ….
    pub name: String,
    /// How it was determined: `bom`, `http`, `meta`, `detected`.
    pub rule: String,
    /// What was undone: `mojibake`, `tajik_font`, ….
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repaired: Option<String>,
}
