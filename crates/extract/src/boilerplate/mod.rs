//! Marks the blocks that aren't part of the text, and names the rule that drops each.
//!
//! Extraction scores each block of a page with the page model. [`mark`] combines these scores with how often a block
//! repeats on the site's other pages ([`Support`]), then repairs verdicts on single blocks that read wrong together:
//! headings, lists, sections. A rule's name says what decided, with its numbers as support; what a dropped block looks
//! like stands beside it ([`LooksLike`]) and never decides.
//!
//! Repetition needs many pages at once. A first pass takes a [`Sketch`](fingerprint::Sketch) of each page;
//! [`Repeats`](document_frequency::Repeats) counts them per [template] and returns the support of each block.

#[cfg(feature = "html")]
mod decide;
pub mod document_frequency;
pub mod fingerprint;
#[cfg(feature = "html")]
mod language_switcher;
#[cfg(feature = "html")]
mod looks_like;
mod near_duplicate_pages;
#[cfg(feature = "html")]
mod pieces;
mod rule;
#[cfg(feature = "html")]
mod smoothing;
mod support;
pub mod template;

pub use rule::{LooksLike, Rule};
pub use support::{Support, weight};

use sanad_document::{Block, Document, Fate, Format, Role, TextMode};

/// Warning on a document of which repetition takes a table or more than a fifth of the text.
pub const REPEAT_LARGE: &str = "repeat.large";

/// Decides the fate of every block that is still kept; blocks that are dropped already stay so.
///
/// `support` has one entry for each block, or is empty if nothing is known of the site's other pages. Only HTML
/// documents lose blocks to scores and repetition: the PDF reader drops running heads itself, and a PDF carries no
/// chrome of its site. A build without the `html` feature has no page model and leaves HTML documents unmarked. In
/// [`TextMode::Body`] blocks with a role (title, date line, by-line, caption) are dropped in all formats.
pub fn mark(document: &mut Document, support: &[Support], mode: TextMode) {
    match document.format {
        Format::Html => mark_html(document, support),
        Format::Pdf => {}
    }
    match mode {
        TextMode::Complete => {}
        TextMode::Body => drop_roles(&mut document.blocks),
    }
}

/// Whether the page model takes a block of a web page for the page's text: no row of links, no text for want of
/// something else.
#[cfg(feature = "html")]
pub(crate) fn is_page_text(block: &Block) -> bool {
    /// The score from which a block is kept on most pages, and the share of links of a menu.
    const KEPT: f32 = 0.5;
    const LINKS: f32 = 0.5;
    let is_stopgap = || block.path.split('/').any(|step| step.split(['.', '#']).next() == Some("noscript"));
    block.score >= KEPT && block.link_share < LINKS && looks_like::certain_rule(block).is_none() && !is_stopgap()
}

#[cfg(feature = "html")]
fn mark_html(document: &mut Document, support: &[Support]) {
    let decide::Verdict { reasons, large } = decide::decide(document, support);
    for (block, reason) in document.blocks.iter_mut().zip(reasons) {
        if block.fate.is_kept()
            && let Some(decide::DropReason { rule, support, looks_like }) = reason
        {
            let looks_like = looks_like.map(|kind| kind.as_str().into());
            block.fate = Fate::Drop { rule: rule.as_str().into(), support, looks_like };
        }
    }
    document.warnings.extend(large.map(|message| sanad_document::Warning::new(REPEAT_LARGE, message)));
}

#[cfg(not(feature = "html"))]
fn mark_html(_: &mut Document, _: &[Support]) {}

/// Drops the blocks that have a role beside the running text.
fn drop_roles(blocks: &mut [Block]) {
    for block in blocks.iter_mut().filter(|b| b.fate.is_kept()) {
        if let Some(role) = block.role {
            let rule = match role {
                Role::Title => Rule::BodyTitle,
                Role::DateLine => Rule::BodyDateLine,
                Role::Byline => Rule::BodyByline,
                Role::Caption => Rule::BodyCaption,
            };
            block.fate = Fate::drop(rule.as_str(), "the body alone was asked for");
        }
    }
}
