//! What a person knows about a site's pages.

use serde::{Deserialize, Serialize};

/// CSS selectors that override the page model, and passwords of PDFs. The ledger of dropped text names each selector
/// that matched.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteRules {
    /// If one of these matches, only what it contains is text.
    pub content: Vec<String>,
    /// What these contain is never text.
    pub drop: Vec<String>,
    /// What these contain is text regardless of other evidence.
    pub keep: Vec<String>,
    /// The title; the first that matches wins.
    pub title: Vec<String>,
    /// The publication date.
    pub date: Vec<String>,
    /// Passwords to try on the site's encrypted PDFs.
    pub pdf_passwords: Vec<String>,
}

impl SiteRules {
    /// Returns true if there is a selector to try on pages.
    #[must_use]
    pub fn has_selectors(&self) -> bool {
        [&self.content, &self.drop, &self.keep, &self.title, &self.date].iter().any(|list| !list.is_empty())
    }
}
