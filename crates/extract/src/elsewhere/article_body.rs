//! The text of a page that only a script would show, from its JSON-LD.

use super::page::own_text;
use crate::metadata::article_body;
use sanad_document::{Block, Document, Origin, Page, PageKind};

/// Code points that a text needs to stand for the page: less is a summary.
const LEAST: usize = 200;

/// The part of the text in JSON-LD up to which a page may have text of its own: a title, a notice about scripts.
const OWN_SHARE: usize = 4;

/// Code points of the text's beginning that are looked for on the page.
const OPENING: usize = 40;

/// Elements that only structure text. Without one of them its lines are its paragraphs.
const BLOCKS: [&str; 6] = ["<p", "<br", "<div", "<li", "<h", "<table"];

/// Appends the text as blocks, if it isn't on the page. Their origin is the script.
pub(super) fn add(document: &mut Document) {
    if document.page_kind == PageKind::ErrorPage {
        return;
    }
    let Some((script, text)) = article_body(&document.head.json_ld) else { return };
    let origin = document.head.json_ld_origins.get(script).cloned().unwrap_or_default();
    let Ok(read) = sanad_html::extract(&markup(&text), &Page::default()) else { return };
    let length: usize = read.blocks.iter().map(|block| block.text.chars().count()).sum();
    if length < LEAST || own_text(document) * OWN_SHARE > length || is_on_page(&read.blocks, document) {
        return;
    }
    let steps = origin.split('/').skip(1).map(|step| step.split('[').next().unwrap_or_default());
    let path = steps.collect::<Vec<_>>().join("/");
    document.blocks.extend(read.blocks.into_iter().map(|block| Block {
        origin: [Origin::Html { html: origin.clone(), line: None }].into_iter().collect(),
        path: path.as_str().into(),
        score: 1.0,
        body_score: 1.0,
        ..block
    }));
    document.page_kind = PageKind::Document;
}

/// Whether the beginning of a text is on the page.
fn is_on_page(text: &[Block], document: &Document) -> bool {
    let opening: String = text.iter().flat_map(|block| block.text.chars().chain([' '])).take(OPENING).collect();
    document.blocks.iter().any(|block| block.text.contains(opening.trim_end()))
}

/// The text as markup: most is plain text whose lines are paragraphs, some is HTML.
fn markup(text: &str) -> String {
    // Some sites escape the markup once more than JSON asks for.
    let is_escaped = BLOCKS.iter().any(|tag| text.contains(&tag.replace('<', "&lt;")));
    let unescaped = is_escaped.then(|| text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"));
    let text = unescaped.as_deref().unwrap_or(text);
    let lower = text.to_ascii_lowercase();
    if BLOCKS.iter().any(|tag| lower.contains(tag)) {
        return text.to_owned();
    }
    // Without an end tag a `<` is a sign of its own.
    let text = if lower.contains("</") { text.to_owned() } else { text.replace('<', "&lt;") };
    format!("<p>{}", text.lines().collect::<Vec<_>>().join("<p>"))
}
