//! `sites/<host>.toml`: hand-written rules for the pages of a site.

use super::fields::Fields;
use sanad_document::SiteRules;

/// Reads the rules of a file.
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
    scraper::Selector::parse(text).map(|_| ()).map_err(|e| {
        // Before some of its errors the parser puts a line that asks users to report them; a wrong selector is no bug.
        let cause = e.to_string();
        format!("is not a valid CSS selector ({})", cause.lines().last().unwrap_or_default())
    })
}
