//! What a page says of itself: title, meta, links, JSON-LD, times. Evidence only, judged elsewhere.

use crate::element_kind::{self, Display};
use crate::tree::{Data, Id, Tree, attr};
use html5ever::{Attribute, LocalName, local_name};
use sanad_document::{Head, Link, Time};

/// Most entries of each list: pages have some dozen, the longest real ones some hundred.
const MAX_ENTRIES: usize = 1_000;

/// Longest value kept, in bytes; a data URL in a meta element can have megabytes.
const MAX_VALUE: usize = 100_000;

/// A link of at most so many characters may be a language's name ("Забони тоҷикӣ", "Қазақша").
const SWITCHER_CHARS: usize = 24;

/// Notes what the element says; `block` is the number of the block that comes next.
pub(super) fn element(head: &mut Head, tree: &Tree, (id, name): (Id, &LocalName), block: usize) {
    let Some(Data::Element { attrs, .. }) = tree.node(id).map(|n| &n.data) else {
        return;
    };
    let get = |wanted: LocalName| attr(attrs, &wanted).map(str::trim);
    match *name {
        local_name!("html") => head.lang = head.lang.take().or(get(local_name!("lang")).map(own)),
        local_name!("title") if tree.is_html(id) && head.title.is_none() => {
            head.title = Some(text_of(tree, id)).filter(|t| !t.is_empty());
        }
        local_name!("meta") => meta(head, attrs),
        local_name!("base") => head.base = head.base.take().or(get(local_name!("href")).map(own)),
        local_name!("link") => link(head, attrs),
        local_name!("script") => {
            let kind = get(local_name!("type")).unwrap_or("");
            if kind.eq_ignore_ascii_case("application/ld+json") && head.json_ld.len() < MAX_ENTRIES {
                head.json_ld.push(own(&raw_text_of(tree, id)));
            }
        }
        local_name!("time") if head.times.len() < MAX_ENTRIES => {
            let marks = [local_name!("class"), local_name!("itemprop")].map(|a| get(a).unwrap_or(""));
            let pubdate = attrs.iter().any(|a| &*a.name.local == "pubdate");
            head.times.push(Time {
                datetime: get(local_name!("datetime")).map(own),
                text: text_of(tree, id),
                marks: format!("{} {}{}", marks.join(" ").trim(), "", if pubdate { "pubdate" } else { "" })
                    .trim()
                    .to_owned(),
                block: Some(block),
            });
            item(head, attrs);
        }
        local_name!("a") => {
            switcher(head, tree, (id, attrs), block);
            item(head, attrs);
        }
        _ => item(head, attrs),
    }
}

/// Blocks that were never added are no one's place.
pub(super) fn settle(head: &mut Head, blocks: usize) {
    let known = |block: &mut Option<usize>| *block = block.filter(|&b| b < blocks);
    head.times.iter_mut().for_each(|t| known(&mut t.block));
    head.switchers.iter_mut().for_each(|l| known(&mut l.block));
}

fn meta(head: &mut Head, attrs: &[Attribute]) {
    let content = attr(attrs, &local_name!("content")).map(str::trim);
    let Some(content) = content.filter(|c| !c.is_empty()) else {
        return;
    };
    let equiv = attr(attrs, &local_name!("http-equiv")).unwrap_or("");
    if equiv.eq_ignore_ascii_case("refresh") {
        let address = content.split_once([';', ',']).map_or("", |(_, rest)| rest.trim());
        let address = match address.split_at_checked(3) {
            Some((url, rest)) if url.eq_ignore_ascii_case("url") => rest.trim_start().trim_start_matches('='),
            _ => address,
        };
        let address = address.trim().trim_matches(['"', '\'']);
        if !address.is_empty() && head.refresh.is_none() {
            head.refresh = Some(own(address));
        }
    }
    let names = [local_name!("name"), local_name!("property"), local_name!("itemprop"), local_name!("http-equiv")];
    for name in names.iter().filter_map(|n| attr(attrs, n)) {
        add_meta(head, name, content);
    }
}

/// Microdata on any element: `<span itemprop="datePublished" content="…">`.
fn item(head: &mut Head, attrs: &[Attribute]) {
    let Some(name) = attr(attrs, &local_name!("itemprop")) else {
        return;
    };
    let value = attr(attrs, &local_name!("content")).or(attr(attrs, &local_name!("datetime")));
    if let Some(value) = value.map(str::trim).filter(|v| !v.is_empty()) {
        add_meta(head, name, value);
    }
}

/// Adds an entry.
pub(super) fn add_meta(head: &mut Head, name: &str, content: &str) {
    if head.meta.len() < MAX_ENTRIES && !name.trim().is_empty() {
        head.meta.push((own(&name.trim().to_lowercase()), own(content)));
    }
}

/// Relations to things that are no other address of the page.
const NO_ADDRESS_OF_THE_PAGE: [&str; 9] = [
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

fn link(head: &mut Head, attrs: &[Attribute]) {
    let rel = attr(attrs, &local_name!("rel")).unwrap_or("").trim().to_lowercase();
    let href = attr(attrs, &local_name!("href")).unwrap_or("").trim();
    let other = rel.split_whitespace().any(|r| NO_ADDRESS_OF_THE_PAGE.contains(&r));
    if rel.is_empty() || href.is_empty() || other || head.links.len() >= MAX_ENTRIES {
        return;
    }
    head.links.push(Link {
        rel: own(&rel),
        href: own(href),
        lang: attr(attrs, &local_name!("hreflang")).map(own),
        media_type: attr(attrs, &local_name!("type")).map(own),
        text: attr(attrs, &local_name!("title")).map(own).unwrap_or_default(),
        block: None,
    });
}

fn switcher(head: &mut Head, tree: &Tree, (id, attrs): (Id, &[Attribute]), block: usize) {
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
        href: own(href),
        lang: lang.map(own),
        media_type: None,
        text: text.unwrap_or_default(),
        block: Some(block),
    });
}

/// Text of a link (or its image's `alt`, or its `title`), where it has no more than a few words.
fn short_text_of(tree: &Tree, id: Id) -> Option<String> {
    /// Nodes in such a link: an image, a span or two.
    const MAX_LINK_NODES: usize = 12;
    let mut text = String::new();
    let mut alt = tree.attr(id, &local_name!("title")).unwrap_or("");
    let mut next = tree.first_child(id);
    let mut nodes = 0;
    while let Some(at) = next {
        nodes += 1;
        if nodes > MAX_LINK_NODES || text.len() > SWITCHER_CHARS * 4 {
            return None;
        }
        next = tree.first_child(at).or_else(|| tree.after_subtree(at, id));
        match tree.node(at).map(|n| &n.data) {
            Some(Data::Text(piece)) => text.push_str(piece.trim()),
            Some(Data::Element { attrs, .. }) => {
                alt = attr(attrs, &local_name!("alt")).filter(|a| !a.is_empty()).unwrap_or(alt);
            }
            _ => {}
        }
    }
    let text = if text.is_empty() { alt.trim().to_owned() } else { text };
    let fits = !text.is_empty() && text.chars().count() <= SWITCHER_CHARS;
    fits.then_some(text)
}

/// All text under an element, white space folded.
pub(super) fn text_of(tree: &Tree, id: Id) -> String {
    raw_text_of(tree, id).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn raw_text_of(tree: &Tree, id: Id) -> String {
    let mut text = String::new();
    let mut next = tree.first_child(id);
    while let Some(at) = next {
        next = tree.after_subtree(at, id);
        match tree.node(at).map(|n| &n.data) {
            Some(Data::Text(piece)) => text.push_str(piece),
            Some(Data::Element { name, .. }) => match element_kind::display(name) {
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
        if text.len() > MAX_VALUE {
            break;
        }
    }
    text
}

/// A copy, cut at [`MAX_VALUE`].
fn own(value: &str) -> String {
    let mut end = value.len().min(MAX_VALUE);
    while !value.is_char_boundary(end) {
        end -= 1; // at most three times
    }
    value.split_at_checked(end).map_or("", |(kept, _)| kept).to_owned()
}
