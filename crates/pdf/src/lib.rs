//! PDF to blocks in reading order, running heads marked.
//!
//! Bytes are opened ([`open`]), each page's content is run for its glyphs ([`content`]), glyphs become pieces of lines
//! ([`lines`]), pieces that stand on page after page are marked ([`running`], [`letterhead`]), the rest is laid out in
//! columns ([`columns`]), paragraphs ([`paragraphs`]) and joins ([`joins`]), and all of it becomes blocks ([`flow`]).
//! Pictures are not read: a page of pictures without trustworthy text is a scan.

#![allow(
    clippy::many_single_char_names,
    reason = "a to f are a matrix's own names, l t r b a box's, a and b the line before and after"
)]

mod actual_text;
mod annotations;
mod appearance_stream;
mod bullets;
mod columns;
mod content;
mod doc_info;
mod error;
mod flow;
mod font;
mod glyph_text;
mod headings;
mod hyphenation;
mod list_markers;
mod matrix;
mod open;
mod optional_content;
mod page_labels;
mod page_layout;
mod paragraph_joins;
mod paragraphs;
mod ruled_tables;
mod running;
mod simple_font;
mod strings;
mod structure_tree;
mod tables;
mod text_quality;
mod text_runs;
mod title;
mod word_spacing;
mod writing_direction;

pub use error::Error;
use hayro_syntax::Pdf;
use page_layout::Sheet;
use sanad_document::{Block, Document, Format, Head, Join, Page, PageKind, Warning};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Pages read at most; the longest laws and budgets have two thousand.
const MAX_PAGES: usize = 5_000;

/// Reads a PDF.
///
/// # Errors
/// When it can't be opened, is encrypted with a password that isn't known, or has no page.
pub fn extract(bytes: &[u8], page: &Page<'_>) -> Result<Document, Error> {
    catch_unwind(AssertUnwindSafe(|| read(bytes, page)))
        .unwrap_or_else(|cause| Err(Error::Broken { cause: panic_text(&*cause) }))
}

fn panic_text(cause: &(dyn std::any::Any + Send)) -> String {
    cause
        .downcast_ref::<&str>()
        .map(|s| (*s).to_owned())
        .or_else(|| cause.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "the parser gave up".to_owned())
}

fn read(bytes: &[u8], page: &Page<'_>) -> Result<Document, Error> {
    let passwords = page.site.map(|s| s.pdf_passwords.as_slice()).unwrap_or_default();
    let opened = open::open(bytes, passwords)?;
    let mut warnings = opened.warnings;
    let mut sheets = sheets(&opened.pdf, &mut warnings);
    for sheet in &mut sheets {
        ruled_tables::find(sheet);
    }
    warnings.extend(text_quality::judge(&mut sheets));
    running::mark(&mut sheets);
    structure_tree::check(&mut sheets);
    sheets.iter_mut().for_each(ruled_tables::find_tagged);
    let (page_kind, textless) = text_quality::kind(&sheets);
    warnings.extend(textless);
    let (said, about) = beside(&opened.pdf);
    warnings.extend(about.attachments);
    let mut blocks = flow::blocks(&sheets, &about.outline);
    title::mark(&mut blocks, about.head.title.as_deref());
    let page_kind = match page_kind {
        PageKind::Empty if !said.is_empty() => PageKind::Document,
        kind => kind,
    };
    blocks.extend(said);
    about.labels.write(&mut blocks);
    Ok(Document { format: Format::Pdf, page_kind, head: about.head, blocks, warnings, ..Document::default() })
}

/// What the file says beside its pages.
#[derive(Default)]
struct About {
    head: Head,
    outline: BTreeMap<String, u8>,
    labels: page_labels::Labels,
    attachments: Vec<Warning>,
}

/// Comments and undrawn field values; metadata. A failure in one costs only that one.
fn beside(pdf: &Pdf) -> (Vec<Block>, About) {
    let said = catch_unwind(AssertUnwindSafe(|| {
        pdf.pages()
            .iter()
            .take(MAX_PAGES)
            .zip(1..)
            .flat_map(|(page, number)| annotations::blocks(page, number))
            .collect()
    }));
    let about = catch_unwind(AssertUnwindSafe(|| About {
        head: doc_info::head(pdf),
        outline: doc_info::outline(pdf),
        labels: page_labels::Labels::read(pdf),
        attachments: doc_info::attachments(pdf),
    }));
    (said.unwrap_or_default(), about.unwrap_or_default())
}

/// Runs the pages; one that fails costs itself and a warning.
fn sheets(pdf: &Pdf, warnings: &mut Vec<Warning>) -> Vec<Sheet> {
    let layers = optional_content::Layers::read(pdf.xref());
    let tags = catch_unwind(AssertUnwindSafe(|| structure_tree::Tags::read(pdf))).unwrap_or_default();
    let mut fonts = font::Fonts::new();
    let mut out = Vec::new();
    for (index, page) in pdf.pages().iter().enumerate().take(MAX_PAGES) {
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let result = catch_unwind(AssertUnwindSafe(|| {
            let mut content = content::read(page, &mut fonts, &layers, tags.of(page));
            bullets::write(&mut content);
            Sheet::new(number, &content, &fonts)
        }));
        let failed = match result {
            Ok(sheet) => {
                let cut = sheet.cut;
                out.push(sheet);
                cut.then(|| "more content than the limits allow; the rest is left out".to_owned())
            }
            Err(cause) => Some(panic_text(&*cause)),
        };
        if let Some(message) = failed {
            warnings.push(Warning { page: Some(number), ..Warning::new("pdf.page_failed", message) });
        }
    }
    if pdf.pages().len() > MAX_PAGES {
        warnings.push(Warning::new("pdf.page_failed", format!("only the first {MAX_PAGES} pages are read")));
    }
    out
}

/// The kept blocks as text: parts of one paragraph glued, paragraphs set apart by a blank line.
#[must_use]
pub fn text(blocks: &[Block]) -> String {
    let mut out = String::new();
    for block in blocks.iter().filter(|b| b.fate.is_kept()) {
        match block.join {
            Join::None if out.is_empty() => {}
            Join::None => out.push_str("\n\n"),
            Join::Space => out.push(' '),
            Join::Nothing => {}
            Join::Hyphen => {
                if out.ends_with(hyphenation::is_hyphen) {
                    out.pop();
                }
            }
        }
        out.push_str(&block.text);
    }
    out
}
