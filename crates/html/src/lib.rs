//! The main text of an HTML page, block by block.
//!
//! [`extract`] reads a page into blocks: paragraphs, headings, list items, tables. It returns all text of the page,
//! menus and footers included. A model of gradient-boosted trees scores each block: how likely is it main text? Each
//! block also has its origin, an XPath-like path to its node, and its share of link text. What the page says of itself
//! (title, meta elements, JSON-LD, links) is in [`sanad_document::Head`].
//!
//! The model sees no words of the text, only lengths, shares, marks, element and class names, and neighbours. So it isn't
//! tied to a language.
//!
//! What this crate leaves to others:
//!
//! - It doesn't run scripts and doesn't fetch anything.
//! - It reads text, not bytes: `sanad-decode` finds the encoding.
//! - It drops nothing but what a person's rules for the site ([`sanad_document::SiteRules`]) name. `sanad-extract`
//!   decides what is boilerplate, as it knows the site's other pages. Without it, a score of at least 0.5 means main
//!   text.
//! - It doesn't decide the metadata: the title, the dates and the authors of the document.
//!
//! # Example
//!
//! ```
//! use sanad_document::{Kind, Page};
//!
//! let page = r#"
//!     <title>Bridge closed until Friday - The ministry</title>
//!     <ul class="menu"><li><a href="/">Home</a><li><a href="/news">News</a><li><a href="/about">About</a></ul>
//!     <article>
//!       <h1>Bridge closed until Friday</h1>
//!       <p>The bridge over the river Vakhsh is closed until Friday. Its carriageway is being repaired, and
//!          heavy vehicles are asked to use the northern road through the valley.</p>
//!     </article>"#;
//!
//! let document = sanad_html::extract(page, &Page::default())?;
//! for block in &document.blocks {
//!     println!("{:.2} {:?} {}", block.score, block.kind, block.text);
//! }
//!
//! let main_text: Vec<_> = document.blocks.iter().filter(|block| block.score >= 0.5).collect();
//! assert_eq!(main_text.len(), 2);
//! assert_eq!((main_text[0].kind, main_text[0].text.as_str()), (Kind::Heading, "Bridge closed until Friday"));
//! assert_eq!(main_text[1].kind, Kind::Paragraph);
//! assert!(main_text[1].text.starts_with("The bridge over the river Vakhsh is closed until Friday."));
//! # Ok::<(), sanad_html::Error>(())
//! ```

mod attrs;
mod char_counts;
pub mod class_words;
mod css_selectors;
mod element_kind;
mod error;
mod features;
mod head;
mod inline_text;
mod line_breaks;
mod list_markers;
mod model;
mod page_kind;
mod parse;
pub mod refresh;
mod roles;
mod score;
mod site_rules;
mod source_lines;
mod table;
mod text_ids;
mod text_start;
mod title;
mod token_stream;
mod tokens;
mod tree;
mod tree_sink;
mod walk;

pub use error::Error;
pub use roles::is_date;
pub use source_lines::lines;
pub use token_stream::stream;

use sanad_document::{Document, Format, Page, Warning};
use std::collections::HashMap;
use tokens::AttributeFilter;

/// Reads a page: all its text as scored blocks, what it says of itself, and its kind. Applies the site's rules, if
/// `page` has some.
///
/// Elements nested deeper than 512 levels are not opened: their text becomes part of the element around them, and the
/// document has the warning `html.too_deep`. On such a page the site's selectors are not matched.
///
/// # Errors
/// [`Error::TooLong`] if the page has 2 GiB or more, [`Error::TooManyNodes`] if it has more than 3,000,000 nodes.
pub fn extract(text: &str, page: &Page<'_>) -> Result<Document, Error> {
    let site = page.site.filter(|site| site.has_selectors());
    let attributes = if site.is_some() { AttributeFilter::All } else { AttributeFilter::Read };
    let parsed = parse::parse(text, attributes)?;
    let mut warnings = Vec::new();
    if parsed.too_deep {
        let message = format!("elements deeper than {} levels were not opened", parse::MAX_DEPTH);
        warnings.push(Warning::new("html.too_deep", message));
    }
    // selectors would match other elements in a tree without the skipped ones
    let site = site.filter(|_| !parsed.too_deep);
    let matches = site.map(|site| site_rules::match_rules(site, &parsed.tree)).unwrap_or_default();
    let mut blocks = walk::read(&parsed.tree, &matches.elements);
    drop(parsed); // its memory is still in the processor's cache
    score::score(&mut blocks);
    roles::set(&mut blocks);
    let page_kind = page_kind::page_kind(&blocks);
    let rule_numbers = site_rules::numbers(&blocks);
    let mut document = Document {
        format: Format::Html,
        page_kind,
        head: blocks.head,
        blocks: blocks.blocks,
        warnings,
        ..Document::default()
    };
    if site.is_some() {
        matches.apply(&mut document, &rule_numbers);
    }
    Ok(document)
}

/// The text and the features of each block of a page, for training. These are the numbers that the model sees.
///
/// # Errors
/// The same as [`extract`].
pub fn features_of(text: &str) -> Result<Vec<(String, Vec<f32>)>, Error> {
    let parsed = parse::parse(text, AttributeFilter::Read)?;
    let page = walk::read(&parsed.tree, &HashMap::new());
    let mut features = features::Features::of(&page);
    let rows = page.blocks.iter().enumerate().map(|(i, block)| {
        let mut row = Vec::new();
        features.write(i, &mut row);
        (block.text.clone(), row)
    });
    Ok(rows.collect())
}
