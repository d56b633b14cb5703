//! `sites/<host>.toml`: what a person knows about a site's pages.

use super::fields::Fields;
use serde::{Deserialize, Serialize};

/// CSS selectors that override the page model, each firing named in the ledger of what was left out; passwords of PDFs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
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

impl Site {
    /// Whether one of its selectors is to be tried on pages.
    #[must_use]
    pub fn has_selectors(&self) -> bool {
        [&self.content, &self.drop, &self.keep, &self.title, &self.date].iter().any(|list| !list.is_empty())
    }

    pub(super) fn read(fields: &mut Fields<'_, '_>) -> Self {
        Self {
            content: fields.texts("content", selector),
            drop: fields.texts("drop", selector),
            keep: fields.texts("keep", selector),
            title: fields.texts("title", selector),
            date: fields.texts("date", selector),
            pdf_passwords: fields.texts("pdf_passwords", |_| Ok(())),
        }
    }
}

fn selector(text: &str) -> Result<(), String> {
    scraper::Selector::parse(text).map(|_| ()).map_err(|e| format!("is not a CSS selector ({e})"))
}
