//! The configuration, every mistake of it reported with file and line.

use serde::{Deserialize, Serialize};

/// What a person knows about a site: `config/sites/<host>.toml`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Site {
    /// CSS selectors: only what stands under one of these is text.
    pub content: Vec<String>,
    /// CSS selectors: what stands under these never is text.
    pub drop: Vec<String>,
    /// CSS selectors: what stands under these is text whatever else speaks against it.
    pub keep: Vec<String>,
    /// CSS selectors of the title, the first that matches wins.
    pub title: Vec<String>,
    /// CSS selectors of the publication date.
    pub date: Vec<String>,
}
