//! HTML to blocks with their places and scores.
//!
//! One walk over the tree gives all text of the page as blocks, the site's chrome included; a model of gradient-boosted
//! trees then says of each how likely it is main text. Nothing is dropped here but by a person's rules for the site:
//! [`sanad_extract::boilerplate`] decides, knowing the site's other pages.

mod attrs;
mod char_counts;
pub mod class_words;
mod element_kind;
mod error;
mod features;
mod head;
mod inline_text;
mod line_breaks;
mod list_numbers;
mod lists;
mod model;
mod page_kind;
mod parse;
mod roles;
mod score;
mod site_rules;
mod source_lines;
mod table;
mod text_start;
mod title;
mod token_stream;
mod tokens;
mod tree;
mod walk;

pub use roles::is_date;
pub use source_lines::lines;
pub use token_stream::stream;

pub use error::Error;
use sanad_document::{Document, Format, Page, Warning};
use std::collections::HashMap;

/// Reads a page: all its text as blocks, what it says of itself as [`sanad_document::Head`].
///
/// # Errors
/// When the page passes a limit.
pub fn extract(text: &str, page: &Page<'_>) -> Result<Document, Error> {
    let parsed = parse::parse(text)?;
    let mut warnings = Vec::new();
    if parsed.too_deep {
        let message = format!("elements deeper than {} levels were not opened", parse::MAX_DEPTH);
        warnings.push(Warning::new("html.too_deep", message));
    }
    // scraper's tree has no depth limit, so on such a page the site's rules would cost without bound
    let site = page.site.filter(|site| site.has_selectors() && !parsed.too_deep);
    let firing = site.map(|site| site_rules::fire(site, text, &parsed.tree)).unwrap_or_default();
    let mut reading = walk::read(&parsed.tree, &firing.elements);
    drop(parsed); // while it is near
    score::score(&mut reading);
    roles::set(&mut reading);
    let page_kind = page_kind::judge(&reading);
    let numbers = site_rules::numbers(&reading);
    let mut document = Document {
        format: Format::Html,
        page_kind,
        head: reading.head,
        blocks: reading.blocks,
        warnings,
        ..Document::default()
    };
    if site.is_some() {
        firing.apply(&mut document, &numbers);
    }
    Ok(document)
}

/// Text and features of each block of a page, for training; the numbers are those the shipped model sees.
///
/// # Errors
/// When the page passes a limit.
pub fn features_of(text: &str) -> Result<Vec<(String, Vec<f32>)>, Error> {
    let parsed = parse::parse(text)?;
    let reading = walk::read(&parsed.tree, &HashMap::new());
    let mut features = features::Features::of(&reading);
    let rows = reading.blocks.iter().enumerate().map(|(i, block)| {
        let mut row = Vec::new();
        features.write(i, &mut row);
        (block.text.clone(), row)
    });
    Ok(rows.collect())
}
