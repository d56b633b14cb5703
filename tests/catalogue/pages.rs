//! Provokes the errors, warnings, kinds, rules, encodings, repairs and dates of bodies and HTML pages.

use super::{Group, expect_all};
use crate::common::json_lines;
use crate::common::pages::PARAGRAPHS;
use sanad::cli::stages;
use sanad_document::{Document, Fate, Page, SiteRules, TextMode};
use sanad_extract::boilerplate::Support;
use sanad_extract::metadata::Metadata;
use sanad_extract::{Visit, extract, judge};
use std::collections::BTreeSet;

pub(super) const GROUPS: &[Group] = &[
    Group {
        of: "errors of bodies",
        names: &[
            "decode.content_coding",
            "decode.empty",
            "decode.garbled",
            "decode.too_large",
            "decode.unknown_type",
            "html.too_many_nodes",
        ],
    },
    Group {
        of: "warnings of bodies",
        names: &[
            "decode.charset_overruled",
            "decode.coding_absent",
            "decode.coding_truncated",
            "decode.mixed",
            "html.too_deep",
        ],
    },
    Group { of: "warnings of texts elsewhere", names: &["document.in_pdf", "document.one_of_several"] },
    Group {
        of: "kinds of pages",
        names: &[
            "kind.document",
            "kind.empty",
            "kind.error_page",
            "kind.interstitial",
            "kind.listing",
            "kind.login",
            "kind.scan",
            "kind.script_only",
        ],
    },
    Group {
        of: "rules of chrome",
        names: &[
            "element.marquee",
            "element.object",
            "element.textarea",
            "model.neighbours",
            "model.orphan",
            "model.score",
            "text.language_switch",
        ],
    },
    Group {
        of: "kinds of chrome",
        names: &[
            "advert",
            "breadcrumb",
            "calendar",
            "comments",
            "cookie",
            "footer",
            "form",
            "gallery",
            "language_switch",
            "menu",
            "newsletter",
            "noscript",
            "pager",
            "related",
            "search",
            "share",
            "ticker",
        ],
    },
    Group { of: "warnings of repetition", names: &["repeat.large"] },
    Group { of: "rules of sites", names: &["repeat.template", "site.content", "site.drop:p.note", "site.keep:p.note"] },
    Group { of: "rules of the body alone", names: &["body.caption", "body.date_line", "body.title"] },
    Group { of: "encodings", names: &["bom", "detected", "http", "meta"] },
    Group { of: "repairs", names: &["decomposed", "latin_lookalike", "mojibake", "tajik_font"] },
    Group { of: "lines of stages", names: &["input.base64", "input.malformed"] },
    Group { of: "roles of dates", names: &["document", "modified", "published", "visit"] },
    Group { of: "places of dates", names: &["jsonld", "meta", "pdf", "text", "url"] },
    Group { of: "precisions of dates", names: &["day", "minute", "month", "second", "year"] },
    Group { of: "stated versions", names: &["hreflang", "switcher"] },
];

/// The paragraphs of the pages.
const TEXT: &[&str] = PARAGRAPHS.split_at(3).0;

/// A page about water, with further markup in its head, under its heading and at its end.
fn page(head: &str, above: &str, below: &str) -> String {
    let text: String = TEXT.iter().map(|text| format!("<p>{text}</p>")).collect();
    format!("<html><head><title>Water</title>{head}</head><body><h1>Water</h1>{above}{text}{below}</body></html>")
}

fn links(texts: &[&str]) -> String {
    texts.iter().map(|text| format!("<li><a href=/{}>{text}</a></li>", text.len())).collect()
}

fn read(body: &str, site: Option<&SiteRules>) -> Document {
    extract(body.as_bytes(), &Page { url: Some("https://a.example/news/1"), site, ..Page::default() }).unwrap()
}

fn judged(document: Document, support: &[Support], mode: TextMode) -> (Document, Metadata) {
    let visit = Visit { url: Some("https://a.example/news/1"), captured_at: Some("2026-03-04T05:06:07Z"), mode };
    judge(document, support, &visit)
}

fn rules(document: &Document) -> BTreeSet<String> {
    let of = |fate: &Fate| if let Fate::Drop { rule, .. } = fate { Some(rule.to_string()) } else { None };
    document.blocks.iter().filter_map(|block| of(&block.fate)).collect()
}

fn looks_like(document: &Document) -> BTreeSet<String> {
    let of = |fate: &Fate| {
        if let Fate::Drop { looks_like, .. } = fate { looks_like.as_ref().map(ToString::to_string) } else { None }
    };
    document.blocks.iter().filter_map(|block| of(&block.fate)).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

#[test]
fn errors_of_bodies() {
    let packed = gzip(page("", "", "").as_bytes());
    let coded = Page { content_coding: Some("gzip"), ..Page::default() };
    let plain = Page::default();
    let garbled = format!("<p>{}</p>", "\u{FFFD}a".repeat(50));
    let cases: [(&str, Vec<u8>, Page<'_>); 6] = [
        ("decode.content_coding", packed[..12].to_vec(), coded),
        ("decode.empty", b" \n".to_vec(), plain),
        ("decode.garbled", garbled.into_bytes(), plain),
        ("decode.too_large", gzip(&vec![b' '; (64 << 20) + 1]), coded),
        ("decode.unknown_type", b"PK\x03\x04 and so on".to_vec(), plain),
        ("html.too_many_nodes", "<p>a<b>".repeat(1_000_000).into_bytes(), plain),
    ];
    for (code, body, page) in &cases {
        assert_eq!(extract(body, page).unwrap_err().code(), *code);
    }
    expect_all(GROUPS, "errors of bodies", cases.map(|(code, ..)| code));
}

#[test]
fn warnings_of_bodies() {
    let whole = page("", "", "").into_bytes();
    let packed = gzip(&[whole.clone(), whole.clone()].concat());
    let (cyrillic, _, _) =
        encoding_rs::WINDOWS_1251.encode("<p>Министерство иностранных дел Республики Таджикистан</p>");
    let coded = Page { content_coding: Some("gzip"), ..Page::default() };
    let utf8 = Page { content_type: Some("text/html; charset=utf-8"), ..Page::default() };
    let mixed = page("", "", "")
        .into_bytes()
        .into_iter()
        .chain("<p>Ҷумҳурии Тоҷикистон".repeat(9).into_bytes())
        .chain(cyrillic.to_vec());
    let cases: [(&str, Vec<u8>, Page<'_>); 5] = [
        ("decode.mixed", mixed.collect(), utf8),
        ("decode.charset_overruled", cyrillic.into_owned(), utf8),
        ("decode.coding_absent", whole, coded),
        ("decode.coding_truncated", packed[..packed.len() - 20].to_vec(), coded),
        ("html.too_deep", "<div>".repeat(600).into_bytes(), Page::default()),
    ];
    for (code, body, page) in &cases {
        let warnings = extract(body, page).unwrap().warnings;
        assert_eq!(warnings.iter().map(|w| w.code.as_str()).collect::<Vec<_>>(), [*code]);
    }
    expect_all(GROUPS, "warnings of bodies", cases.map(|(code, ..)| code));
}

#[test]
fn warnings_of_texts_elsewhere() {
    let cases = [
        ("document.in_pdf", "<h1>A law</h1><p>Adopted in May.</p><embed src=law.pdf>".to_owned()),
        ("document.one_of_several", page("<link rel=next href=?p=2>", "", "<p>Page 1 of 3</p>")),
    ];
    for (code, body) in &cases {
        let warnings = read(body, None).warnings;
        assert_eq!(warnings.iter().map(|w| w.code.as_str()).collect::<Vec<_>>(), [*code]);
    }
    expect_all(GROUPS, "warnings of texts elsewhere", cases.map(|(code, _)| code));
}

#[test]
fn kinds_of_pages() {
    let page_of =
        |title: &str, body: &str| format!("<html><head><title>{title}</title></head><body>{body}</body></html>");
    let news: String =
        (1..13).map(|n| format!("<div><a href=/{n}>The council met for the {n}. time</a></div>")).collect();
    let scan =
        crate::common::drawing::Drawing("q 595 0 0 842 0 0 cm BI /W 1 /H 1 /CS /G /BPC 8 ID 0 EI Q\n".to_owned());
    let login = "<h1>Log in</h1><form><input name=user><input type=password><button>Go</button></form>";
    let cases: [(&str, Vec<u8>); 8] = [
        ("kind.login", page_of("Log in", login).into_bytes()),
        ("kind.document", page("", "", "").into_bytes()),
        ("kind.empty", page_of("", "").into_bytes()),
        ("kind.error_page", page_of("404", "<h1>Page not found</h1><p>There is no such page.</p>").into_bytes()),
        (
            "kind.interstitial",
            page_of("Just a moment", "<h1>Checking your browser</h1><p>Please wait.</p>").into_bytes(),
        ),
        ("kind.listing", page_of("News", &format!("<h1>News</h1>{news}")).into_bytes()),
        ("kind.scan", crate::common::drawing::file(&[scan])),
        ("kind.script_only", page_of("App", "<div id=root></div><script src=a.js></script>").into_bytes()),
    ];
    for (code, body) in &cases {
        assert_eq!(extract(body, &Page::default()).unwrap().page_kind.code(), *code);
    }
    expect_all(GROUPS, "kinds of pages", cases.map(|(code, _)| code));
}

#[test]
fn kinds_of_chrome() {
    let of_class = |class: &str, inner: String| format!("<div class={class}>{inner}</div>");
    let cases: [(&str, String); 17] = [
        ("advert", of_class("advert", links(&["Buy now"]))),
        ("breadcrumb", of_class("breadcrumb", "<a href=/>Home</a> / <a href=/n>News</a>".to_owned())),
        ("calendar", of_class("calendar", links(&["Mon", "Tue", "Wed"]))),
        ("comments", of_class("comments", "<p>Nice!</p><a href=/r>Reply</a>".to_owned())),
        ("cookie", of_class("cookie-consent", "<p>We use cookies.</p><a href=/a>Accept</a>".to_owned())),
        ("footer", "<footer><p>© 2026 The ministry</p></footer>".to_owned()),
        ("form", "<form><button>Send</button><label>Name</label></form>".to_owned()),
        ("gallery", of_class("gallery", links(&["Photo 1", "Photo 2"]))),
        ("language_switch", "<div><a href=/en>English</a> | <a href=/ru>Русский</a></div>".to_owned()),
        ("menu", format!("<nav><ul>{}</ul></nav>", links(&["News", "Contacts", "Documents"]))),
        ("newsletter", of_class("newsletter", "<a href=/s>Have our letter</a>".to_owned())),
        ("noscript", "<noscript>Please switch on JavaScript.</noscript>".to_owned()),
        ("pager", of_class("pagination", links(&["1", "2", "Next"]))),
        ("related", of_class("related", links(&["Fees of the canals", "Snow in the hills"]))),
        ("search", of_class("search", links(&["Search"]))),
        ("share", of_class("social-share", links(&["Facebook", "Telegram"]))),
        ("ticker", "<marquee>Rates of the day: 10.9</marquee>".to_owned()),
    ];
    for (kind, below) in &cases {
        let (document, _) = judged(read(&page("", "", below), None), &[], TextMode::Complete);
        assert_eq!(looks_like(&document), BTreeSet::from([(*kind).to_owned()]), "{below}");
    }
    expect_all(GROUPS, "kinds of chrome", cases.map(|(kind, _)| kind));
}

#[test]
fn rules_of_chrome() {
    let table = "<h2>The numbers of the year and what they say</h2><div><table><tr><td><a href=/u>USD</a><td><a href=/e>EUR</a>\
                 <tr><td><a href=/r>RUB</a><td><a href=/t>TJS</a></table></div>";
    let news: String =
        (1..9).map(|n| format!("<p><a href=/{n}>Meeting in the town of Kulob</a></p><p>{n} May 2024</p>")).collect();
    let cases: [(&str, String); 7] = [
        ("element.object", "<object data=a.swf>Your browser can't show this.</object>".to_owned()),
        ("element.marquee", "<marquee>Rates of the day: 10.9</marquee>".to_owned()),
        ("element.textarea", "<textarea>Copy this</textarea>".to_owned()),
        ("model.neighbours", format!("<div>{news}</div>")),
        ("model.orphan", table.to_owned()),
        ("model.score", format!("<div><ul>{}</ul></div>", links(&["News", "Contacts", "Documents"]))),
        ("text.language_switch", "<div><a href=/en>English</a> | <a href=/ru>Русский</a></div>".to_owned()),
    ];
    for (rule, below) in &cases {
        let mut document = read(&page("", "", below), None);
        if *rule == "model.neighbours" {
            let news = document.blocks.iter_mut().filter(|block| block.text.len() < 40 && block.role.is_none());
            news.for_each(|block| block.score = 0.8); // as if the page model half believed them
        }
        let (document, _) = judged(document, &[], TextMode::Complete);
        assert!(rules(&document).contains(*rule), "{:?}: {below}", rules(&document));
    }
    expect_all(GROUPS, "rules of chrome", cases.map(|(rule, _)| rule));
}

#[test]
fn rules_of_sites() {
    let noted = page(
        "",
        "",
        "<div class=portal><p class=note>What is written here is written on each page of the office, word for word, so that whoever comes to any page of it reads the same, and knows where to ask for more.</p></div>",
    );
    let selector = || vec!["p.note".to_owned()];
    let document = read(&noted, None);
    let support = |block: &sanad_document::Block| if block.text.starts_with("What is") { 9 } else { 1 };
    let support: Vec<Support> = document.blocks.iter().map(|b| Support { pages: support(b), of: 9 }).collect();
    let (document, _) = judged(document, &support, TextMode::Complete);
    let mut found: Vec<String> = rules(&document).into_iter().collect();
    let drop = SiteRules { drop: selector(), ..SiteRules::default() };
    let content = SiteRules { content: selector(), ..SiteRules::default() };
    for site in [drop, content] {
        found.extend(rules(&judged(read(&noted, Some(&site)), &[], TextMode::Complete).0));
    }
    let keep = SiteRules { keep: selector(), ..SiteRules::default() };
    found.extend(read(&noted, Some(&keep)).blocks.into_iter().filter_map(|block| block.kept_by));
    expect_all(GROUPS, "rules of sites", found);
}

#[test]
fn warnings_of_repetition() {
    let shared = format!("<div class=portal><p>{}</p><p>{}</p></div>", PARAGRAPHS[3], PARAGRAPHS[3]);
    let document = read(&page("", "", &shared), None);
    let support = |block: &sanad_document::Block| if block.text == PARAGRAPHS[3] { 9 } else { 1 };
    let support: Vec<Support> = document.blocks.iter().map(|b| Support { pages: support(b), of: 9 }).collect();
    let warnings = judged(document, &support, TextMode::Complete).0.warnings;
    expect_all(GROUPS, "warnings of repetition", warnings.into_iter().map(|warning| warning.code));
}

#[test]
fn rules_of_the_body_alone() {
    let figure = "<figure><img src=/a.jpg><figcaption>The weir at the upper course in the first days of the work</figcaption></figure>";
    let document = read(&page("", "<p>12 January 2026</p>", figure), None);
    let (document, _) = judged(document, &[], TextMode::Body);
    expect_all(GROUPS, "rules of the body alone", rules(&document));
}

/// The rule that found the encoding of a page.
fn encoding(body: &[u8], content_type: Option<&str>) -> String {
    let page = Page { content_type, ..Page::default() };
    extract(body, &page).unwrap().encoding.unwrap().rule
}

#[test]
fn encodings() {
    let text = "<p>Министерство иностранных дел Республики Таджикистан</p>";
    let (windows, _, _) = encoding_rs::WINDOWS_1251.encode(text);
    let declared = [b"<meta charset=windows-1251>".as_slice(), &windows].concat();
    let found = [
        encoding(format!("\u{FEFF}{text}").as_bytes(), None),
        encoding(&windows, None),
        encoding(&windows, Some("text/html; charset=windows-1251")),
        encoding(&declared, None),
    ];
    assert_eq!(found, ["bom", "detected", "http", "meta"]);
    expect_all(GROUPS, "encodings", found);
}

#[test]
fn repairs() {
    let of = |text: &str| -> Vec<String> {
        let (_, repairs) = sanad_language::repaired(text).unwrap();
        repairs.into_iter().map(|repair| repair.rule).collect()
    };
    let broken = "ÐœÐ¸Ð½Ð¸ÑÑ‚ÐµÑ€ÑÑ‚Ð²Ð¾ Ð²Ð¾Ð´Ð½Ð¾Ð³Ð¾ Ñ…Ð¾Ð·ÑÐ¹ÑÑ‚Ð²Ð°";
    let page = format!("<p>{broken}</p>");
    let undone = extract(page.as_bytes(), &Page::default()).unwrap().encoding.unwrap().repaired.unwrap();
    let found = [
        of("Наи\u{306}рангу фиребои\u{306}"),
        of("Pеспублика Таджикистан и еe министерства"),
        vec![undone],
        of("Љумњурии Тољикистон"),
    ];
    assert_eq!(found, ["decomposed", "latin_lookalike", "mojibake", "tajik_font"].map(|rule| vec![rule.to_owned()]));
    expect_all(GROUPS, "repairs", found.concat());
}

#[test]
fn lines_of_stages() {
    let found = ["{\"bytes_b64\": \"%%\"}", "no object"].map(|line| {
        let mut output = Vec::new();
        stages::decode_lines(&mut line.as_bytes(), &mut output).unwrap();
        let lines = json_lines(&String::from_utf8(output).unwrap());
        lines[0]["error"]["code"].as_str().unwrap().to_owned()
    });
    expect_all(GROUPS, "lines of stages", found);
}

#[test]
fn dates_with_their_roles_places_and_precisions() {
    let meta = |value: &str| format!("<meta property=\"article:published_time\" content=\"{value}\">");
    let json = "<script type=\"application/ld+json\">{\"@type\":\"NewsArticle\",\"datePublished\":\"2025-10-02T03:04:05Z\",\
                \"dateModified\":\"2025-11-02\"}</script>";
    let decree = "<p>Decree No. 12 of 3 May 2024</p>";
    let mut found: Vec<[String; 3]> = Vec::new();
    let mut note = |metadata: Metadata| found.extend(metadata.dates.into_iter().map(|d| [d.role, d.from, d.precision]));
    for (head, above) in [
        (meta("2025"), ""),
        (meta("2025-12"), ""),
        (meta("2025-12-30T10:20"), ""),
        (json.to_owned(), ""),
        (String::new(), "<p>Published: 12 January 2026</p>"),
        (String::new(), "<p>Today: 4 March 2026</p>"),
        (String::new(), decree),
    ] {
        note(judged(read(&page(&head, above, ""), None), &[], TextMode::Complete).1);
    }
    let visit = Visit { url: Some("https://a.example/2026/01/15/water"), ..Visit::default() };
    note(judge(read(&page("", "", ""), None), &[], &visit).1);
    let paper = crate::common::drawing::file(&[crate::common::drawing::Drawing::default().lines(60.0, 740.0, TEXT)]);
    let dated =
        String::from_utf8(paper).unwrap().replace("/Root 1 0 R", "/Root 1 0 R/Info<</ModDate(D:20250102030405Z)>>");
    note(judge(extract(dated.as_bytes(), &Page::default()).unwrap(), &[], &Visit::default()).1);
    let nth = |n: usize| found.iter().map(|date| date[n].clone()).collect::<BTreeSet<String>>();
    expect_all(GROUPS, "roles of dates", nth(0));
    expect_all(GROUPS, "places of dates", nth(1));
    expect_all(GROUPS, "precisions of dates", nth(2));
}

#[test]
fn stated_versions() {
    let stated = page("<link rel=alternate hreflang=ru href=/ru/news/1>", "<a href=/tj/news/1>Тоҷикӣ</a>", "");
    let (_, metadata) = judged(read(&stated, None), &[], TextMode::Complete);
    expect_all(GROUPS, "stated versions", metadata.alternates.into_iter().map(|a| a.evidence));
}
