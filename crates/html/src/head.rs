//! What a page says of itself: title, meta elements, links, JSON-LD, times. This is evidence; the metadata is decided
//! elsewhere.

use crate::element_kind::{self, Display};
use crate::refresh;
use crate::tree::{NodeData, NodeId, Tree, attr};
use html5ever::{Attribute, LocalName, local_name};
use sanad_document::{Head, Link, Time};

/// Maximum number of entries of each list. Most pages have some dozen, the longest real ones some hundred.
const MAX_ENTRIES: usize = 1_000;

/// Bytes of a value that are kept. A data URL in a meta element can have megabytes.
const MAX_VALUE_BYTES: usize = 100_000;

/// Characters of the longest link text that may be the name of a language ("Забони тоҷикӣ", "Қазақша").
const MAX_SWITCHER_CHARS: usize = 24;

/// Notes what an element says of the page. `block` is the index of the next block.
pub(super) fn note_element(head: &mut Head, tree: &Tree, id: NodeId, name: &LocalName, block: usize) {
    let Some(NodeData::Element { attrs, .. }) = tree.node(id).map(|n| &n.data) else {
        return;
    };
    let get = |wanted: LocalName| attr(attrs, &wanted).map(str::trim);
    match *name {
        local_name!("html") => head.lang = head.lang.take().or(get(local_name!("lang")).map(limited)),
        local_name!("title") if tree.is_html(id) && head.title.is_none() => {
            head.title = Some(text_of(tree, id)).filter(|t| !t.is_empty());
        }
        local_name!("meta") => {
            note_meta(head, attrs);
            let is_without_scripts = || tree.ancestors(id).any(|up| tree.name(up) == Some(&local_name!("noscript")));
            let is_refresh = get(local_name!("http-equiv")).is_some_and(|name| name.eq_ignore_ascii_case("refresh"));
            if is_refresh && !is_without_scripts() {
                let target = get(local_name!("content")).and_then(refresh::soon);
                head.refresh = head.refresh.take().or(target.map(limited));
            }
        }
        local_name!("base") => head.base = head.base.take().or(get(local_name!("href")).map(limited)),
        local_name!("link") => {
            let is_in_head = tree.parent(id).and_then(|parent| tree.name(parent)) == Some(&local_name!("head"));
            note_link(head, attrs, is_in_head);
        }
        local_name!("script") => {
            let kind = get(local_name!("type")).unwrap_or("");
            if is_json_ld(kind) && head.json_ld.len() < MAX_ENTRIES {
                head.json_ld.push(limited(&raw_text_of(tree, id)));
            }
        }
        local_name!("time") if head.times.len() < MAX_ENTRIES => {
            let marks = [local_name!("class"), local_name!("itemprop")].map(|a| get(a).unwrap_or(""));
            let pubdate = attrs.iter().any(|a| &*a.name.local == "pubdate");
            let pubdate = if pubdate { "pubdate" } else { "" };
            head.times.push(Time {
                datetime: get(local_name!("datetime")).map(limited),
                text: text_of(tree, id),
                marks: format!("{} {pubdate}", marks.join(" ").trim()).trim().to_owned(),
                block: Some(block),
            });
            note_microdata(head, attrs);
        }
        local_name!("embed") | local_name!("object") | local_name!("iframe") => {
            let lazy = LocalName::from("data-src");
            let address = [local_name!("src"), local_name!("data"), lazy].iter().find_map(|name| attr(attrs, name));
            note_embed(head, name, attrs, address);
        }
        // The older form of an object: `<param name=src value=…>`.
        local_name!("param") if matches!(get(local_name!("name")), Some("src" | "movie" | "filename")) => {
            note_embed(head, name, attrs, get(local_name!("value")));
        }
        local_name!("a") => {
            note_neighbour(head, attrs, block);
            note_switcher(head, tree, id, attrs, block);
            note_microdata(head, attrs);
        }
        _ => note_microdata(head, attrs),
    }
}

/// Removes the indices of blocks that were announced but not added. `blocks` is the number of blocks.
pub(super) fn forget_unknown_blocks(head: &mut Head, blocks: usize) {
    let check = |block: &mut Option<usize>| *block = block.filter(|&b| b < blocks);
    head.times.iter_mut().for_each(|t| check(&mut t.block));
    head.switchers.iter_mut().chain(&mut head.links).for_each(|l| check(&mut l.block));
}

fn note_meta(head: &mut Head, attrs: &[Attribute]) {
    let content = attr(attrs, &local_name!("content")).map(str::trim);
    let Some(content) = content.filter(|c| !c.is_empty()) else {
        return;
    };
    let names = [local_name!("name"), local_name!("property"), local_name!("itemprop"), local_name!("http-equiv")];
    for name in names.iter().filter_map(|n| attr(attrs, n)) {
        add_meta(head, name, content);
    }
}

/// Microdata on any element: `<span itemprop="datePublished" content="…">`.
fn note_microdata(head: &mut Head, attrs: &[Attribute]) {
    let Some(name) = attr(attrs, &local_name!("itemprop")) else {
        return;
    };
    let value = attr(attrs, &local_name!("content")).or(attr(attrs, &local_name!("datetime")));
    if let Some(value) = value.map(str::trim).filter(|v| !v.is_empty()) {
        add_meta(head, name, value);
    }
}

/// Adds an entry to the head's meta list, its name in lower case.
pub(super) fn add_meta(head: &mut Head, name: &str, content: &str) {
    if head.meta.len() < MAX_ENTRIES && !name.trim().is_empty() {
        head.meta.push((limited(&name.trim().to_lowercase()), limited(content)));
    }
}

/// Link relations to resources, which are no other address of the page.
const RESOURCE_RELATIONS: [&str; 9] = [
    "stylesheet",
    "icon",
    "preload",
    "preconnect",
    "dns-prefetch",
    "prefetch",
    "modulepreload",
    "apple-touch-icon",
    "manifest",
];

fn note_link(head: &mut Head, attrs: &[Attribute], is_in_head: bool) {
    let rel = attr(attrs, &local_name!("rel")).unwrap_or("").trim().to_lowercase();
    let href = attr(attrs, &local_name!("href")).unwrap_or("").trim();
    let is_resource = rel.split_whitespace().any(|r| RESOURCE_RELATIONS.contains(&r));
    // In the body it may be what a reader of the page wrote: the standard allows it in the head alone.
    let is_misplaced = !is_in_head && rel.split_whitespace().any(|r| r == "canonical");
    if rel.is_empty() || href.is_empty() || is_resource || is_misplaced || head.links.len() >= MAX_ENTRIES {
        return;
    }
    head.links.push(Link {
        rel: limited(&rel),
        href: limited(href),
        lang: attr(attrs, &local_name!("hreflang")).map(limited),
        media_type: attr(attrs, &local_name!("type")).map(limited),
        text: attr(attrs, &local_name!("title")).map(limited).unwrap_or_default(),
        block: None,
    });
}

/// Notes a link to the next or the previous page of the same text.
fn note_neighbour(head: &mut Head, attrs: &[Attribute], block: usize) {
    let rel = attr(attrs, &local_name!("rel")).unwrap_or("").to_lowercase();
    let href = attr(attrs, &local_name!("href")).unwrap_or("").trim();
    let is_neighbour = rel.split_whitespace().any(|r| matches!(r, "next" | "prev" | "previous"));
    if is_neighbour && !href.is_empty() && head.links.len() < MAX_ENTRIES {
        head.links.push(Link { rel: limited(&rel), href: limited(href), block: Some(block), ..Link::default() });
    }
}

/// Notes what an element shows that is no part of the page.
fn note_embed(head: &mut Head, name: &LocalName, attrs: &[Attribute], address: Option<&str>) {
    let address = address.unwrap_or("").trim();
    // A data URL shows what no address names.
    let is_data = address.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"));
    if !address.is_empty() && !is_data && head.embeds.len() < MAX_ENTRIES {
        let media_type = attr(attrs, &local_name!("type")).map(limited);
        head.embeds.push(Link { rel: name.to_string(), href: limited(address), media_type, ..Link::default() });
    }
}

/// Notes a link that may lead to the page in another language: it names a language, or has one or two words.
fn note_switcher(head: &mut Head, tree: &Tree, id: NodeId, attrs: &[Attribute], block: usize) {
    let href = attr(attrs, &local_name!("href")).unwrap_or("").trim();
    if href.is_empty() || head.switchers.len() >= MAX_ENTRIES {
        return;
    }
    let lang = attr(attrs, &local_name!("hreflang")).or(attr(attrs, &local_name!("lang")));
    let text = short_text_of(tree, id);
    let few_words = text.as_ref().is_some_and(|t| t.split_whitespace().count() <= 2);
    if lang.is_none() && !few_words {
        return;
    }
    head.switchers.push(Link {
        rel: attr(attrs, &local_name!("rel")).unwrap_or("").to_lowercase(),
        href: limited(href),
        lang: lang.map(limited),
        media_type: None,
        text: text.unwrap_or_default(),
        block: Some(block),
    });
}

/// The text of a link, or else its image's `alt` or its own `title`. Returns `None` if it is longer than
/// [`MAX_SWITCHER_CHARS`].
fn short_text_of(tree: &Tree, id: NodeId) -> Option<String> {
    /// Maximum number of nodes in such a link. Most have an image and a span or two.
    const MAX_LINK_NODES: usize = 12;
    let mut text = String::new();
    let mut alt = tree.attr(id, &local_name!("title")).unwrap_or("");
    let mut next = tree.first_child(id);
    let mut nodes = 0;
    while let Some(at) = next {
        nodes += 1;
        if nodes > MAX_LINK_NODES || text.len() > MAX_SWITCHER_CHARS * 4 {
            return None;
        }
        next = tree.first_child(at).or_else(|| tree.after_subtree(at, id));
        match tree.node(at).map(|n| &n.data) {
            Some(NodeData::Text(piece)) => text.push_str(piece.trim()),
            Some(NodeData::Element { attrs, .. }) => {
                alt = attr(attrs, &local_name!("alt")).filter(|a| !a.is_empty()).unwrap_or(alt);
            }
            _ => {}
        }
    }
    let text = if text.is_empty() { alt.trim().to_owned() } else { text };
    let fits = !text.is_empty() && text.chars().count() <= MAX_SWITCHER_CHARS;
    fits.then_some(text)
}

/// All text below an element, white space collapsed.
pub(super) fn text_of(tree: &Tree, id: NodeId) -> String {
    raw_text_of(tree, id).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn raw_text_of(tree: &Tree, id: NodeId) -> String {
    let mut text = String::new();
    let mut next = tree.first_child(id);
    while let Some(at) = next {
        next = tree.after_subtree(at, id);
        match tree.node(at).map(|n| &n.data) {
            Some(NodeData::Text(piece)) => text.push_str(piece),
            Some(NodeData::Element { name, .. }) => match element_kind::display(name) {
                Display::Skip => continue,
                display => {
                    if display == Display::Block || *name == local_name!("br") {
                        text.push(' ');
                    }
                    next = tree.first_child(at).or(next);
                }
            },
            _ => {}
        }
        if text.len() > MAX_VALUE_BYTES {
            break;
        }
    }
    text
}

/// A copy of at most [`MAX_VALUE_BYTES`].
fn limited(value: &str) -> String {
    let mut end = value.len().min(MAX_VALUE_BYTES);
    while !value.is_char_boundary(end) {
        end -= 1; // at most three times
    }
    value.split_at_checked(end).map_or("", |(kept, _)| kept).to_owned()
}
/// Whether a script's type is that of JSON-LD, with or without parameters.
fn is_json_ld(media_type: &str) -> bool {
    media_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/ld+json")
}
