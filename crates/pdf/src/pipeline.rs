//! The stages from the bytes of a PDF to a document.

use crate::content::{self, bullets};
use crate::file::open::open;
use crate::file::optional_content::Layers;
use crate::file::page_labels::PageLabels;
use crate::file::structure_tree::StructureTree;
use crate::file::{annotations, attachments, doc_info, outline};
use crate::flow::{self, title};
use crate::font::Fonts;
use crate::layout::page_layout::PageLayout;
use crate::layout::{ruled_tables, structure_check, text_quality};
use crate::limits::MAX_PAGES;
use crate::{Error, running};
use hayro_syntax::Pdf;
use hayro_syntax::page::Page as PdfPage;
use sanad_document::{Block, Document, Format, Head, Page, PageKind, Warning};
use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Reads a document. A panic in a parser becomes [`Error::Broken`].
pub(crate) fn extract(bytes: &[u8], page: &Page<'_>) -> Result<Document, Error> {
    catch_unwind(AssertUnwindSafe(|| read(bytes, page)))
        .unwrap_or_else(|cause| Err(Error::Broken { cause: panic_text(&*cause) }))
}

fn panic_text(cause: &(dyn Any + Send)) -> String {
    cause
        .downcast_ref::<&str>()
        .map(|s| (*s).to_owned())
        .or_else(|| cause.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "the parser gave up".to_owned())
}

fn read(bytes: &[u8], page: &Page<'_>) -> Result<Document, Error> {
    let passwords = page.site.map(|s| s.pdf_passwords.as_slice()).unwrap_or_default();
    let opened = open(bytes, passwords)?;
    let mut warnings = opened.warnings;
    let mut pages = lay_out(&opened.pdf, &mut warnings);
    pages.iter_mut().for_each(ruled_tables::find);
    warnings.extend(text_quality::judge(&mut pages));
    running::mark(&mut pages);
    structure_check::check(&mut pages);
    pages.iter_mut().for_each(ruled_tables::find_tagged);
    let (page_kind, textless) = text_quality::kind(&pages);
    warnings.extend(textless);
    let about = About::read(&opened.pdf);
    warnings.extend(about.attachments);
    let mut blocks = flow::blocks(&pages, &about.outline);
    title::mark(&mut blocks, about.head.title.as_deref());
    let page_kind = match page_kind {
        PageKind::Empty if !about.annotations.is_empty() => PageKind::Document,
        kind => kind,
    };
    blocks.extend(about.annotations);
    about.labels.write(&mut blocks);
    Ok(Document { format: Format::Pdf, page_kind, head: about.head, blocks, warnings, ..Document::default() })
}

/// What the file holds outside its pages' content.
#[derive(Default)]
struct About {
    /// Blocks of comments and undrawn field values.
    annotations: Vec<Block>,
    head: Head,
    outline: BTreeMap<String, u8>,
    labels: PageLabels,
    attachments: Vec<Warning>,
}

impl About {
    /// A panic costs the annotations or everything else, but not both.
    fn read(pdf: &Pdf) -> Self {
        let annotations = catch_unwind(AssertUnwindSafe(|| {
            pdf.pages()
                .iter()
                .take(MAX_PAGES)
                .zip(1..)
                .flat_map(|(page, number)| annotations::blocks(page, number))
                .collect()
        }));
        let about = catch_unwind(AssertUnwindSafe(|| Self {
            annotations: Vec::new(),
            head: doc_info::head(pdf),
            outline: outline::read(pdf),
            labels: PageLabels::read(pdf),
            attachments: attachments::warnings(pdf),
        }));
        Self { annotations: annotations.unwrap_or_default(), ..about.unwrap_or_default() }
    }
}

/// Reads the pages. A page that panics is left out with a warning.
fn lay_out(pdf: &Pdf, warnings: &mut Vec<Warning>) -> Vec<PageLayout> {
    let layers = Layers::read(pdf.xref());
    let tree = catch_unwind(AssertUnwindSafe(|| StructureTree::read(pdf))).unwrap_or_default();
    let mut fonts = Fonts::new();
    let mut out = Vec::new();
    for (index, page) in pdf.pages().iter().enumerate().take(MAX_PAGES) {
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let layout = catch_unwind(AssertUnwindSafe(|| lay_out_page(number, page, &mut fonts, &layers, &tree)));
        let message = match layout {
            Ok(layout) => {
                let is_cut = layout.is_cut;
                out.push(layout);
                is_cut.then(|| "more content than the limits allow; the rest is left out".to_owned())
            }
            Err(cause) => Some(panic_text(&*cause)),
        };
        if let Some(message) = message {
            warnings.push(Warning { page: Some(number), ..Warning::new("pdf.page_failed", message) });
        }
    }
    if pdf.pages().len() > MAX_PAGES {
        warnings.push(Warning::new("pdf.page_failed", format!("only the first {MAX_PAGES} pages are read")));
    }
    out
}

fn lay_out_page<'a>(
    number: u32,
    page: &PdfPage<'a>,
    fonts: &mut Fonts<'a>,
    layers: &Layers,
    tree: &StructureTree,
) -> PageLayout {
    let mut content = content::read(page, fonts, layers, tree.of(page));
    bullets::write(&mut content);
    PageLayout::new(number, &content, fonts)
}
