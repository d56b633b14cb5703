//! The HTML reader: which blocks a page has, their text, and what reading costs.

use proptest::prelude::*;
use sanad_document::{Document, Fate, Kind, Origin, Page, PageKind, Role, SiteRules, TextMode};
use sanad_extract::boilerplate::{self, Support};
use std::{
    sync::LazyLock,
    time::{Duration, Instant},
};

fn read(text: &str) -> Document {
    sanad_html::extract(text, &Page::default()).expect("a page within the limits")
}

fn texts(text: &str) -> Vec<String> {
    read(text).blocks.into_iter().map(|b| b.text).collect()
}

fn kept(document: &Document) -> Vec<&str> {
    document.blocks.iter().filter(|b| b.fate.is_kept()).map(|b| b.text.as_str()).collect()
}

#[test]
fn inline_elements_glue_a_word() {
    assert_eq!(texts("<p><b>T</b>aji<i>kis</i>tan</p>"), ["Tajikistan"]);
}

#[test]
fn links_side_by_side_are_two_words() {
    assert_eq!(texts("<p><a href=a>One</a><a href=b>Two</a></p>"), ["One Two"]);
}

#[test]
fn a_note_mark_does_not_run_into_the_word_and_a_unit_keeps_its_power() {
    assert_eq!(texts("<p>ministry<sup>1</sup> has 40 m<sup>2</sup></p>"), ["ministry 1 has 40 m²"]);
}

#[test]
fn soft_hyphens_are_taken_out() {
    assert_eq!(texts("<p>consti&shy;tution</p>"), ["constitution"]);
}

#[test]
fn two_breaks_end_a_paragraph_and_one_does_not() {
    assert_eq!(texts("<div>first<br>line<br><br>second</div>"), ["first line", "second"]);
}

#[test]
fn lists_count_as_their_attributes_say() {
    assert_eq!(
        texts("<ol start=3 type=a><li>x<li value=7>y<li>z</ol><ol reversed><li>p<li>q</ol>"),
        ["c. x", "g. y", "h. z", "2. p", "1. q"]
    );
}

#[test]
fn a_nested_list_has_its_own_level_and_numbers() {
    let document = read("<ol><li>a<ul><li>b</ul><li>c</ol>");
    let items: Vec<_> = document.blocks.iter().map(|b| (b.text.as_str(), b.level)).collect();
    assert_eq!(items, [("1. a", Some(1)), ("• b", Some(2)), ("2. c", Some(1))]);
}

#[test]
fn a_number_written_in_the_text_is_not_doubled() {
    assert_eq!(texts("<ol><li>1. Law</ol><ul><li>– item</ul>"), ["1. Law", "– item"]);
}

#[test]
fn a_data_table_is_one_block_and_a_layout_table_is_none() {
    let data = "<table><tr><th>Year<th>Sum<tr><td>2020<td>17</table>";
    let document = read(data);
    assert_eq!(document.blocks[0].text, "Year | Sum\n2020 | 17");
    assert_eq!(document.blocks[0].kind, Kind::Table);
    assert_eq!(
        texts("<table><tr><td><h1>Title</h1><p>text</p></td><td><p>side</p></td></tr></table>"),
        ["Title", "text", "side"]
    );
}

#[test]
fn ruby_readings_scripts_and_annotations_are_no_text() {
    assert_eq!(
        texts(
            "<p><ruby>漢<rt>kan</rt></ruby><script>x()</script><math><mi>x</mi><annotation>t</annotation></math></p>"
        ),
        ["漢x"]
    );
}

#[test]
fn preformatted_text_keeps_its_lines() {
    assert_eq!(texts("<pre>a\n  b</pre>"), ["a\n  b"]);
}

#[test]
fn hidden_text_is_text() {
    assert_eq!(texts("<div style='display:none'><p>biography</p></div>"), ["biography"]);
}

#[test]
fn a_block_tells_where_it_stood() {
    let document = read("<div>run<p>one</p><p>two</p></div>");
    let origins: Vec<_> = document.blocks.iter().flat_map(|b| &b.origin).collect();
    let at = |html: &str| Origin::Html { html: html.to_owned(), line: None };
    assert_eq!(
        origins,
        [
            &at("/html[1]/body[1]/div[1]/text()[1]"),
            &at("/html[1]/body[1]/div[1]/p[1]"),
            &at("/html[1]/body[1]/div[1]/p[2]"),
        ]
    );
}

#[test]
fn the_head_is_evidence_with_its_sources() {
    let head = read(
        "<html lang=tg><head><title>A  b</title><meta property='og:title' content=B><base href=/x/>\
         <link rel=canonical href=c><script type=application/ld+json>{}</script></head>\
         <body><time datetime=2020-01-02 class=pub>2 Jan</time><a hreflang=ru href=/ru/>Русский</a></body>",
    )
    .head;
    assert_eq!(head.title.as_deref(), Some("A b"));
    assert_eq!(head.lang.as_deref(), Some("tg"));
    assert_eq!(head.meta, [("og:title".to_owned(), "B".to_owned())]);
    assert_eq!(head.links[0].rel, "canonical");
    assert_eq!(head.json_ld, ["{}"]);
    assert_eq!(head.base.as_deref(), Some("/x/"));
    assert_eq!((head.times[0].datetime.as_deref(), head.times[0].block), (Some("2020-01-02"), Some(0)));
    assert_eq!(head.switchers[0].lang.as_deref(), Some("ru"));
}

const PROSE: &str = "The ministry told the parliament on Monday that the new road through the valley will be opened \
                     before the end of the year, and that the old one stays open for local traffic.";

fn page() -> String {
    let text = PROSE;
    format!(
        "<title>Road to open</title><body><div><ul class=menu><li><a href=1>Home</a><li><a href=2>News</a>\
         <li><a href=3>Contacts</a></ul></div><div class=content><h1>Road to open</h1><p>{text}</p><p>{text} Again.</p>\
         <p>{text} And more.</p><p>{text} At last.</p></div><div class=footer><p>© 2024 Ministry</p></div>"
    )
}

#[test]
fn menus_and_footers_go_under_a_named_rule_and_nothing_is_lost() {
    let mut document = read(&page());
    let before = document.blocks.len();
    boilerplate::mark(&mut document, &[], TextMode::Complete);
    assert_eq!(document.blocks.len(), before);
    let text = kept(&document).join("\n");
    assert!(text.starts_with("Road to open\nThe ministry"), "{text}");
    assert!(!text.contains("Contacts") && !text.contains('©'), "{text}");
    let rules: Vec<_> = document.blocks.iter().filter_map(rule).collect();
    assert!(rules.iter().all(|rule| *rule == "model.score"), "{rules:?}");
    let kinds: Vec<_> = document.blocks.iter().filter_map(looks_like).collect();
    assert!(kinds.contains(&"menu") && kinds.contains(&"footer"), "{kinds:?}");
}

fn rule(block: &sanad_document::Block) -> Option<&str> {
    match &block.fate {
        Fate::Keep => None,
        Fate::Drop { rule, .. } => Some(rule),
    }
}

fn looks_like(block: &sanad_document::Block) -> Option<&str> {
    match &block.fate {
        Fate::Keep => None,
        Fate::Drop { looks_like, .. } => looks_like.as_deref(),
    }
}

/// Marks a page whose blocks that end with "Again." are on 41 of 50 pages. Returns the fate of the last of them.
fn fate_of_what_repeats(page: &str) -> Fate {
    let mut document = read(page);
    let is_repeated = |block: &sanad_document::Block| block.text.ends_with("Again.");
    let support = |block| if is_repeated(block) { Support { pages: 41, of: 50 } } else { Support { pages: 1, of: 50 } };
    let support: Vec<_> = document.blocks.iter().map(support).collect();
    boilerplate::mark(&mut document, &support, TextMode::Complete);
    document.blocks.iter().rfind(|block| is_repeated(block)).expect("it is there").fate.clone()
}

#[test]
fn what_stands_on_most_pages_in_a_container_of_its_own_goes_with_its_support() {
    let excerpt = format!(
        "<div class=content><h1>Road to open</h1><p>{PROSE}</p></div><div class=word><p>{PROSE} Again.</p></div>"
    );
    assert_eq!(fate_of_what_repeats(&excerpt), Fate::drop("repeat.template", "on 41 of 50 pages"));
}

#[test]
fn what_stands_on_most_pages_among_their_own_text_stays() {
    assert_eq!(fate_of_what_repeats(&page()), Fate::Keep);
}

#[test]
fn repetition_never_takes_most_of_a_page() {
    let mut document = read(&page());
    let support = vec![Support { pages: 40, of: 50 }; document.blocks.len()];
    boilerplate::mark(&mut document, &support, TextMode::Complete);
    assert!(kept(&document).len() >= 4);
}

#[test]
fn the_body_leaves_the_title_out() {
    let mut document = read(&page());
    assert_eq!(
        document.blocks.iter().find(|b| b.role == Some(Role::Title)).map(|b| b.text.as_str()),
        Some("Road to open")
    );
    boilerplate::mark(&mut document, &[], TextMode::Body);
    assert!(!kept(&document).contains(&"Road to open"));
}

#[test]
fn a_sites_rules_override_the_model_and_are_named() {
    let site = SiteRules {
        keep: vec![".footer p".to_owned()],
        drop: vec!["h1 + p".to_owned()],
        title: vec!["h1".to_owned()],
        ..SiteRules::default()
    };
    let text = page();
    let page = Page { site: Some(&site), ..Page::default() };
    let mut document = sanad_html::extract(&text, &page).expect("a page");
    boilerplate::mark(&mut document, &[], TextMode::Complete);
    let kept = kept(&document);
    assert!(kept.contains(&"© 2024 Ministry") && !kept.contains(&PROSE));
    assert!(document.blocks.iter().any(|b| rule(b) == Some("site.drop:h1 + p")));
    assert!(document.head.meta.contains(&("site:title".to_owned(), "Road to open".to_owned())));
}

#[test]
fn what_a_text_field_holds_is_a_form() {
    let code = format!("<div class=x><p>{PROSE}</p><p>{PROSE}</p></div>");
    let text = format!("<h1>News</h1><p>{PROSE}</p><p>{PROSE}</p><textarea>{code}</textarea><p>{PROSE}</p>");
    let mut document = read(&text);
    boilerplate::mark(&mut document, &[], TextMode::Complete);
    let held: Vec<_> = document.blocks.iter().filter(|b| b.text.contains("<div")).map(rule).collect();
    assert_eq!(held, [Some("element.textarea")]);
}

#[test]
fn a_rule_elsewhere_leaves_a_table_whole_and_one_inside_opens_it() {
    let text = "<div class=ad>Buy</div><table><tr><th>Year<th>Sum<tr><td>2020<td class=sum>17</table>";
    let tables = |selector: &str| {
        let site = SiteRules { drop: vec![selector.to_owned()], ..SiteRules::default() };
        let document = sanad_html::extract(text, &Page { site: Some(&site), ..Page::default() }).expect("a page");
        document.blocks.iter().filter(|b| b.kind == Kind::Table).count()
    };
    assert_eq!((tables(".ad"), tables(".sum")), (1, 0));
}

#[test]
fn pages_that_are_no_documents_are_told() {
    let kind = |text: &str| read(text).page_kind;
    assert_eq!(kind(&page()), PageKind::Document);
    assert_eq!(kind(""), PageKind::Empty);
    assert_eq!(kind("<title>404</title><h1>Саҳифа ёфт нашуд</h1>"), PageKind::ErrorPage);
    assert_eq!(kind("<title>Just a moment...</title><p>Checking your browser</p>"), PageKind::Interstitial);
    assert_eq!(kind("<div id=app></div><script src=a.js></script>"), PageKind::ScriptOnly);
    assert_eq!(
        kind("<div id=bar>We use cookies on this website to remember you. <button>Accept</button></div>"),
        PageKind::Interstitial
    );
}

/// Processor time that a page of a given size may take in a development build. Quadratic cost would take minutes.
const LIMIT: Duration = Duration::from_secs(40);

/// Processor time of this thread on Linux, elsewhere the time that passed. Processor time doesn't depend on what else
/// the machine does.
fn clock() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.as_deref().and_then(|told| told.split(' ').next()).and_then(|first| first.parse().ok());
    nanoseconds.map_or_else(|| START.elapsed(), Duration::from_nanos)
}

fn within_limit(name: &str, text: &str) -> Document {
    let start = clock();
    let document = read(text);
    let took = clock().saturating_sub(start);
    assert!(took < LIMIT, "{name} took {took:?}");
    document
}

#[test]
fn ten_thousand_levels_open_no_more_than_512() {
    let text = format!("{}deep{}", "<div>".repeat(10_000), "</div>".repeat(10_000));
    let document = within_limit("depth", &text);
    assert_eq!(document.blocks[0].text, "deep");
    assert!(document.warnings.iter().any(|w| w.code == "html.too_deep"));
}

#[test]
fn after_a_deep_part_the_page_goes_on_where_it_was() {
    let text = format!("{}x{}<p>after</p>", "<div>".repeat(600), "</div>".repeat(600));
    let document = read(&text);
    let last = document.blocks.last().expect("a block");
    assert_eq!(last.origin[..], [Origin::Html { html: "/html[1]/body[1]/p[1]".to_owned(), line: None }]);
}

#[test]
fn a_hundred_thousand_siblings_cost_no_square() {
    let document = within_limit("siblings", &"<p>a</p>".repeat(100_000));
    assert_eq!(document.blocks.len(), 100_000);
}

#[test]
fn a_megabyte_of_attributes_is_read_once() {
    let many = (0..60_000).map(|i| format!(" a{i}=b")).collect::<Vec<_>>().concat();
    let text = format!("<p class='{}' style='{}'{many}>text</p>", "nav ".repeat(125_000), "a:b;".repeat(125_000));
    assert_eq!(within_limit("attributes", &text).blocks[0].text, "text");
}

/// Markup without an end is scanned once, not once for each of its pieces.
#[test]
fn a_megabyte_of_broken_markup_costs_no_square() {
    let alone =
        ["<", "&", "&amp", "&#", "</", "<!--", "<a ", "<a b=\"", "<a b='", "-", "\0", "\r", "<![CDATA[", "<!doctype "];
    let after = [
        ("<script><!--<script>", "</script"),
        ("<script><!--", "--!"),
        ("<script>", "<!--"),
        ("<textarea>", "</text"),
        ("<textarea>", "&am"),
        ("<svg><![CDATA[", "]]"),
        ("<a b=\"", "&amp"),
        ("<a b=", "<=\"'"),
        ("<!--", "--!"),
        ("<!doctype html public \"", "'>"),
    ];
    for (start, piece) in alone.map(|piece| ("", piece)).into_iter().chain(after) {
        let text = format!("{start}{}", piece.repeat((1 << 20) / piece.len()));
        let begun = clock();
        let read = sanad_html::extract(&text, &Page::default());
        let took = clock().saturating_sub(begun);
        assert!(took < LIMIT / 4, "{piece:?} after {start:?} took {took:?}");
        drop(read); // some fail with too many nodes
    }
}

#[test]
fn ten_megabytes_are_read() {
    let text = format!("<p>{PROSE}</p>").repeat(10_000_000 / PROSE.len());
    assert!(within_limit("size", &text).blocks.len() > 10_000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_markup_gives_the_same_document_twice(text in "(<(/)?(p|div|a|li|ol|ul|table|tr|td|b|br|sup|pre|h1|select|option|template|svg|math)( href=x| class=nav)?>|[a-z0-9 .©|\u{ad}漢]){0,80}") {
        let (first, second) = (read(&text), read(&text));
        prop_assert_eq!(&first, &second);
        for block in &first.blocks {
            prop_assert!(!block.text.is_empty() && block.text.trim() == block.text);
            prop_assert!((0.0..=1.0).contains(&block.score) && (0.0..=1.0).contains(&block.link_share));
        }
    }

    #[test]
    fn marking_changes_fates_alone(seed in proptest::collection::vec(0_u32..60, 0..40)) {
        let mut document = read(&page());
        let before = document.blocks.clone();
        let support: Vec<_> = seed.iter().map(|&pages| Support { pages, of: 60 }).collect();
        boilerplate::mark(&mut document, &support, TextMode::Complete);
        for block in &mut document.blocks {
            block.fate = Fate::Keep;
        }
        prop_assert_eq!(before, document.blocks);
    }
}

#[test]
fn a_calendar_goes_with_its_heading_and_its_caption() {
    let days: String = (0..4).fold(String::new(), |rows, week| {
        let cells: Vec<String> = (1..=7).map(|day| format!("<td>{}</td>", week * 7 + day)).collect();
        format!("{rows}<tr>{}</tr>", cells.concat())
    });
    let text =
        "The council heard the report of the commission on the use of water and resolved to publish it in full. ";
    let page = format!(
        "<body><article><h1>Report on water</h1><p>{}</p><p>{}</p></article><aside class=calendar><h4>Calendar</h4>\
         <table><caption>October 2022</caption>{days}</table></aside></body>",
        text.repeat(4),
        text.repeat(3)
    );
    let mut document = read(&page);
    boilerplate::mark(&mut document, &[], TextMode::Complete);
    let kept = kept(&document);
    assert!(kept.iter().any(|t| t.starts_with("The council")), "{kept:?}");
    assert!(!kept.iter().any(|t| t.contains("Calendar") || t.contains("October")), "{kept:?}");
}
