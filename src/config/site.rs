//! `sites/<host>.toml`: what a person knows about a site's pages.

use super::fields::Fields;
use sanad_document::SiteRules;

/// The rules that a file states.
pub(super) fn read(fields: &mut Fields<'_, '_>) -> SiteRules {
    SiteRules {
        content: fields.texts("content", selector),
        drop: fields.texts("drop", selector),
        keep: fields.texts("keep", selector),
        title: fields.texts("title", selector),
        date: fields.texts("date", selector),
        pdf_passwords: fields.texts("pdf_passwords", |_| Ok(())),
    }
}

fn selector(text: &str) -> Result<(), String> {
    scraper::Selector::parse(text).map(|_| ()).map_err(|e| format!("is not a CSS selector ({e})"))
}
