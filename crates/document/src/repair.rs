//! A repair of letters.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// A repair of letters.
#[derive(
    Debug, Clone, Default, PartialEq, Eq, schemars::JsonSchema, Serialize, Deserialize, BorshSerialize, BorshDeserialize,
)]
pub struct Repair {
    /// Name of the rule: `tajik_font`, `latin_lookalike`, `decomposed`, `mojibake`, ….
    pub rule: String,
    /// Number of places repaired.
    pub count: u32,
}
