//! Marks what isn't the text, naming the rule.
//!
//! The page model's score of each block comes from extraction. Here it is joined with what is known of the site's other
//! pages, and repaired where a verdict on single blocks reads wrong: headings, lists, sections. The name of a rule says
//! what the dropped block was, as far as its place and text tell; it never is the reason for dropping it.

mod decide;
pub mod document_frequency;
pub mod fingerprint;
mod near_duplicate_pages;
mod rule_names;
mod smoothing;

use sanad_document::{Block, Document, Fate, Format, Role, TextMode};

/// On how many pages of its site (near-duplicates counted once) a block stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Support {
    /// Pages that hold it.
    pub pages: u32,
    /// Pages of the site in this language.
    pub of: u32,
}

/// What repetition says of a block, as far as it decides anything: the same weights for all blocks of a document give the same
/// fates, whatever the counts behind them.
pub fn weight(support: Support) -> u8 {
    decide::weight(support)
}

/// Decides the fate of every block that has none yet (`Fate::Drop` set before stays). `support` has an entry for each
/// block, or is empty where nothing is known of the site's other pages.
pub fn mark(document: &mut Document, support: &[Support], mode: TextMode) {
    if document.format == Format::Html {
        let verdicts = decide::verdicts(document, support);
        for (block, verdict) in document.blocks.iter_mut().zip(verdicts) {
            if block.fate.is_kept()
                && let Some((rule, why)) = verdict
            {
                block.fate = Fate::drop(rule, why);
            }
        }
    }
    if mode == TextMode::Body {
        leave_body(&mut document.blocks);
    }
}

/// Drops what stands beside the running text.
fn leave_body(blocks: &mut [Block]) {
    for block in blocks.iter_mut().filter(|b| b.fate.is_kept()) {
        if let Some(role) = block.role {
            let name = match role {
                Role::Title => "title",
                Role::DateLine => "date_line",
                Role::Byline => "byline",
                Role::Caption => "caption",
            };
            block.fate = Fate::drop(format!("body.{name}"), "the body alone was asked for");
        }
    }
}
