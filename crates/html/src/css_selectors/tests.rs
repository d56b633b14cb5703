//! Selectors match the same elements on the arena as on scraper's tree of the same page.

use super::*;
use crate::parse::parse;
use crate::tokens::AttributeFilter;
use html5ever::{ParseOpts, driver, tendril::TendrilSink as _, tree_builder::TreeBuilderOpts};
use proptest::prelude::*;
use scraper::{Html, HtmlTreeSink};
use std::{collections::HashMap, path::Path};

/// scraper's tree, built with the arena's options.
fn scraper_tree(page: &str) -> Html {
    let tree_builder = TreeBuilderOpts { scripting_enabled: false, drop_doctype: true, ..TreeBuilderOpts::default() };
    let options = ParseOpts { tree_builder, ..ParseOpts::default() };
    driver::parse_document(HtmlTreeSink::new(Html::new_document()), options).one(page)
}

/// Numbers all elements of both trees in the order of their creation, and compares the numbers of those that match.
fn check(page: &str, selectors: &[String]) {
    let parsed = parse(page, AttributeFilter::All).unwrap();
    if parsed.too_deep {
        return;
    }
    let tree = parsed.tree;
    let html = scraper_tree(page);
    let ours: Vec<_> = tree.ids().filter(|&id| TreeElement::new(&tree, id).is_some()).collect();
    let elements = html.tree.nodes().filter(|node| node.value().is_element());
    let theirs: HashMap<_, _> = elements.zip(0..).map(|(node, n)| (node.id(), n)).collect();
    assert_eq!(ours.len(), theirs.len(), "{page:?}");
    for selector in selectors {
        let our_selector = Selector::parse(selector);
        let their_selector = scraper::Selector::parse(selector).ok();
        assert_eq!(our_selector.is_some(), their_selector.is_some(), "{selector}");
        let (Some(our_selector), Some(their_selector)) = (our_selector, their_selector) else { continue };
        let found: Vec<_> = our_selector.select(&tree).map(|id| ours.binary_search(&id).unwrap()).collect();
        let wanted: Vec<_> = html.select(&their_selector).map(|element| theirs[&element.id()]).collect();
        assert_eq!(found, wanted, "{selector} on {page:?}");
    }
    sees_the_same(page, &tree);
}

/// The walk sees the same nodes with the same attributes whichever attributes were kept.
fn sees_the_same(page: &str, all: &Tree) {
    let read = parse(page, AttributeFilter::Read).unwrap().tree;
    assert_eq!(read.len(), all.len());
    for id in read.ids() {
        assert!(read.unread_attrs(id).is_empty());
        let [one, other] = [&read, all].map(|tree| format!("{:?}", tree.node(id)));
        assert_eq!(one, other, "{page:?}");
    }
}

/// Pieces of markup: some that selectors distinguish, and some that make odd trees.
const PIECES: &[&str] = &[
    "<div>",
    "<div class='a b'>",
    "<div class=\"B  c\" id=x>",
    "<DIV ID=X data-k='v w' data-k=z>",
    "</div>",
    "<p>",
    "<p class=a lang=tg-Cyrl>",
    "</p>",
    "<span data-k=v-w hidden>",
    "<span itemscope itemtype=T>",
    "</span>",
    "<b>",
    "<b data-k=v class=c>",
    "</b>",
    "<a href='/x.pdf' rel=next>",
    "<a data-k>",
    "</a>",
    "<link rel=next href=y>",
    "<ul>",
    "<li>",
    "<li class=a>",
    "</ul>",
    "<table class=a>",
    "<tr data-k=v>",
    "<td id=y colspan=2>",
    "</table>",
    "<template class=a>",
    "<template data-k=v>",
    "</template>",
    "<svg viewbox='0 0 1 1' xlink:href=h xlink:title=t class=a>",
    "<g xml:lang=tg>",
    "<template>",
    "<title>t</title>",
    "</svg>",
    "<math><mi xlink:role=r data-k=v>",
    "<mi definitionurl=u><a xml:lang=tg xlink:title=t href=i>",
    "</math>",
    "<h1 id='x y'>",
    "</h1>",
    "<form>",
    "<select><option selected value=1>",
    "</select>",
    "<input type=Text required>",
    "<body data-k=v class=a onload=f>",
    "<html data-k=w lang=tg id=x>",
    "<frameset rows=1>",
    "<pre>\n",
    "<!-- c -->",
    "<br>",
    " ",
    "t",
    "\0",
    "&amp;",
];

/// Simple selectors, of every kind that scraper knows.
const SIMPLE: &[&str] = &[
    "*",
    "div",
    "DIV",
    "span",
    "p",
    "a",
    "b",
    "li",
    "tr",
    "td",
    "g",
    "mi",
    "svg",
    "title",
    "template",
    "body",
    "html",
    ".a",
    ".B",
    ".c",
    "#x",
    "#X",
    "[data-k]",
    "[DATA-K=v]",
    "[data-k~=w]",
    "[data-k|=v]",
    "[data-k^=v]",
    "[data-k$='w']",
    "[data-k*='V' i]",
    "[data-k=V s]",
    "[type=text]",
    "[href]",
    "[*|href]",
    "[*|title]",
    "[*|lang]",
    "[lang|=tg]",
    "[viewbox]",
    "[viewBox]",
    "[definitionURL]",
    "[itemtype=T]",
    "[colspan='2']",
    "[onload]",
    ":root",
    ":scope",
    ":empty",
    ":link",
    ":any-link",
    ":first-child",
    ":last-child",
    ":only-child",
    ":first-of-type",
    ":last-of-type",
    ":only-of-type",
    ":nth-child(2n+1)",
    ":nth-child(2 of .a)",
    ":nth-last-child(2)",
    ":nth-of-type(2)",
    ":nth-last-of-type(odd)",
    ":not(.a)",
    ":not(div, [data-k])",
    ":is(p, .a)",
    ":where(#x, li)",
    ":has(.a)",
    ":has(> span)",
    ":has(+ p)",
    ":has(~ div)",
    "::slotted(p)",
    ":hover",
    "|div",
    "*|g",
];

fn page() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES), 0..40).prop_map(|pieces| pieces.concat())
}

fn selector() -> impl Strategy<Value = String> {
    let compound = prop::collection::vec(prop::sample::select(SIMPLE), 1..3).prop_map(|simple| simple.concat());
    let combinator = prop::sample::select(&[" ", " > ", " + ", " ~ ", ", "][..]);
    prop::collection::vec((combinator, compound), 1..4)
        .prop_map(|parts| parts.iter().skip(1).fold(parts[0].1.clone(), |all, (by, part)| all + by + part))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn any_selector_matches_scrapers_elements(page in page(), selectors in prop::collection::vec(selector(), 20)) {
        check(&page, &selectors);
    }
}

#[test]
fn simple_selectors_match_scrapers_elements_on_the_demonstration_pages() {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../raw/demo.warc.gz");
    let mut reader = sanad_warc::Reader::open(&demo, "demo.warc.gz", 64 << 20).unwrap();
    let selectors: Vec<_> = SIMPLE.iter().map(|&simple| simple.to_owned()).collect();
    let mut checked = 0;
    while let Some(entry) = reader.next_entry() {
        if let sanad_warc::Entry::Capture(capture) = entry
            && let Ok(text) = std::str::from_utf8(&capture.body)
            && text.contains("<body")
        {
            check(text, &selectors);
            checked += 1;
        }
    }
    assert!(checked > 30, "{checked}");
}

#[test]
fn the_content_of_a_template_is_not_in_the_page() {
    let page = "<div><template><p class=a>in</p></template><p class=a>out</p></div>";
    let tree = parse(page, AttributeFilter::All).unwrap().tree;
    let found: Vec<_> = Selector::parse(".a").unwrap().select(&tree).map(|id| is_in_page(&tree, id)).collect();
    assert_eq!(found, [false, true]);
}

#[test]
fn selectors_see_the_first_256_attributes_of_an_element() {
    let attributes: Vec<_> = (0..300).map(|n| format!("a{n}=v")).collect();
    let tree = parse(&format!("<p {} id=x>", attributes.join(" ")), AttributeFilter::All).unwrap().tree;
    let matches = |selector| Selector::parse(selector).unwrap().select(&tree).count();
    assert_eq!([matches("[a0]"), matches("[a255]"), matches("[a256]"), matches("#x")], [1, 1, 0, 1]);
}
