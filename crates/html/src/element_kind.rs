//! What each element means for the text: whether it ends a block, and which flags it sets on the blocks inside it.

use html5ever::{LocalName, local_name};

/// How an element takes part in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Display {
    /// Its content is no text of the page.
    Skip,
    /// It is part of the line.
    Inline,
    /// It begins and ends a block.
    Block,
}

/// Number of flags.
pub(super) const FLAGS: usize = 32;

/// The flags of an element, one bit each. Their order is part of the model's format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
#[allow(missing_docs, reason = "the names are the elements'")]
pub(super) enum Flag {
    Nav,
    Header,
    Footer,
    Aside,
    Main,
    Article,
    Section,
    Form,
    Table,
    Cell,
    List,
    Ordered,
    Item,
    Definitions,
    Quote,
    Figure,
    Caption,
    Pre,
    Paragraph,
    Heading,
    Details,
    Button,
    Label,
    Select,
    Address,
    Link,
    Marquee,
    Noscript,
    Dialog,
    Hidden,
    Complementary,
    Search,
}

impl Flag {
    /// The bit of this flag.
    pub(super) const fn bit(self) -> u32 {
        1 << self as u32
    }
}

/// How an element of this name is shown unless its style says otherwise.
#[allow(clippy::too_many_lines, reason = "a table of names")]
pub(super) fn display(name: &LocalName) -> Display {
    match *name {
        local_name!("script")
        | local_name!("style")
        | local_name!("iframe")
        | local_name!("noframes")
        | local_name!("noembed")
        | local_name!("svg")
        | local_name!("canvas")
        | local_name!("video")
        | local_name!("audio")
        | local_name!("datalist")
        | local_name!("rt")
        | local_name!("rp")
        | local_name!("annotation")
        | local_name!("annotation-xml")
        | local_name!("head")
        | local_name!("title") => Display::Skip,
        local_name!("html")
        | local_name!("body")
        | local_name!("address")
        | local_name!("article")
        | local_name!("aside")
        | local_name!("blockquote")
        | local_name!("caption")
        | local_name!("center")
        | local_name!("dd")
        | local_name!("details")
        | local_name!("dialog")
        | local_name!("dir")
        | local_name!("div")
        | local_name!("dl")
        | local_name!("dt")
        | local_name!("fieldset")
        | local_name!("figcaption")
        | local_name!("figure")
        | local_name!("footer")
        | local_name!("form")
        | local_name!("h1")
        | local_name!("h2")
        | local_name!("h3")
        | local_name!("h4")
        | local_name!("h5")
        | local_name!("h6")
        | local_name!("header")
        | local_name!("hgroup")
        | local_name!("hr")
        | local_name!("legend")
        | local_name!("li")
        | local_name!("listing")
        | local_name!("main")
        | local_name!("marquee")
        | local_name!("menu")
        | local_name!("nav")
        | local_name!("noscript")
        | local_name!("ol")
        | local_name!("optgroup")
        | local_name!("option")
        | local_name!("p")
        | local_name!("plaintext")
        | local_name!("pre")
        | local_name!("search")
        | local_name!("section")
        | local_name!("select")
        | local_name!("summary")
        | local_name!("table")
        | local_name!("tbody")
        | local_name!("td")
        | local_name!("textarea")
        | local_name!("tfoot")
        | local_name!("th")
        | local_name!("thead")
        | local_name!("tr")
        | local_name!("ul")
        | local_name!("xmp") => Display::Block,
        _ => Display::Inline,
    }
}

/// The flags that an element of this name sets on its content.
pub(super) fn flags(name: &LocalName) -> u32 {
    let flag = match *name {
        local_name!("nav") => Flag::Nav,
        local_name!("header") => Flag::Header,
        local_name!("footer") => Flag::Footer,
        local_name!("aside") => Flag::Aside,
        local_name!("main") => Flag::Main,
        local_name!("article") => Flag::Article,
        local_name!("section") => Flag::Section,
        local_name!("form") => Flag::Form,
        local_name!("table") => Flag::Table,
        local_name!("td") | local_name!("th") => Flag::Cell,
        local_name!("ul") | local_name!("menu") | local_name!("dir") => Flag::List,
        local_name!("ol") => Flag::Ordered,
        local_name!("li") => Flag::Item,
        local_name!("dl") => Flag::Definitions,
        local_name!("blockquote") => Flag::Quote,
        local_name!("figure") => Flag::Figure,
        local_name!("figcaption") | local_name!("caption") => Flag::Caption,
        local_name!("pre") | local_name!("listing") | local_name!("xmp") => Flag::Pre,
        local_name!("p") => Flag::Paragraph,
        local_name!("details") => Flag::Details,
        local_name!("button") => Flag::Button,
        local_name!("label") | local_name!("legend") => Flag::Label,
        local_name!("select") => Flag::Select,
        local_name!("address") => Flag::Address,
        local_name!("a") => Flag::Link,
        local_name!("marquee") => Flag::Marquee,
        local_name!("noscript") => Flag::Noscript,
        local_name!("dialog") => Flag::Dialog,
        local_name!("search") => Flag::Search,
        _ => return heading(name).map_or(0, |_| Flag::Heading.bit()),
    };
    flag.bit()
}

/// Whether it is a formatting element of the standard (13.2.4.2): links, and elements that change the look of letters.
/// The tree builder opens them again where the page left them open.
pub(super) fn is_formatting(name: &LocalName) -> bool {
    matches!(
        *name,
        local_name!("a")
            | local_name!("b")
            | local_name!("big")
            | local_name!("code")
            | local_name!("em")
            | local_name!("font")
            | local_name!("i")
            | local_name!("nobr")
            | local_name!("s")
            | local_name!("small")
            | local_name!("strike")
            | local_name!("strong")
            | local_name!("tt")
            | local_name!("u")
    )
}

/// The flags of an ARIA role.
pub(super) fn role_flags(role: &str) -> u32 {
    let flag = match role.trim() {
        "navigation" | "menu" | "menubar" => Flag::Nav,
        "banner" => Flag::Header,
        "contentinfo" => Flag::Footer,
        "complementary" => Flag::Complementary,
        "main" => Flag::Main,
        "article" => Flag::Article,
        "form" => Flag::Form,
        "search" => Flag::Search,
        "dialog" | "alertdialog" => Flag::Dialog,
        "button" => Flag::Button,
        "heading" => Flag::Heading,
        _ => return 0,
    };
    flag.bit()
}

/// The level of a heading element.
pub(super) fn heading(name: &LocalName) -> Option<u8> {
    match *name {
        local_name!("h1") => Some(1),
        local_name!("h2") => Some(2),
        local_name!("h3") => Some(3),
        local_name!("h4") => Some(4),
        local_name!("h5") => Some(5),
        local_name!("h6") => Some(6),
        _ => None,
    }
}
