//! What a person knows about a site's pages.

use serde::{Deserialize, Serialize};

/// CSS selectors that override the page model, each firing named in the ledger of what was left out; passwords of PDFs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteRules {
    /// Only what stands under one of these is text.
    pub content: Vec<String>,
    /// What stands under these never is text.
    pub drop: Vec<String>,
    /// What stands under these is text whatever else speaks against it.
    pub keep: Vec<String>,
    /// The title; the first that matches wins.
    pub title: Vec<String>,
    /// The date of publication.
    pub date: Vec<String>,
    /// Passwords tried on its encrypted PDFs.
    pub pdf_passwords: Vec<String>,
}

impl SiteRules {
    /// Whether one of its selectors is to be tried on pages.
    #[must_use]
    pub fn has_selectors(&self) -> bool {
        [&self.content, &self.drop, &self.keep, &self.title, &self.date].iter().any(|list| !list.is_empty())
    }
}
