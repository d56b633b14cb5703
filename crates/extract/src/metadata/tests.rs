use super::*;
use sanad_document::{Block, Fate, Format, Head, Kind, Link, Role, Time, Tongue};

const URL: &str = "https://ministry.example.tj/ru/news/17-vizit";
const NOW: Option<&str> = Some("2025-02-13T08:15:00Z");

fn heading(level: u8, text: &str) -> Block {
    Block { kind: Kind::Heading, level: Some(level), ..paragraph(text) }
}

fn paragraph(text: &str) -> Block {
    Block { text: text.to_owned(), ..Block::default() }
}

fn dropped(rule: &'static str, text: &str) -> Block {
    Block { fate: Fate::drop(rule, ""), ..paragraph(text) }
}

fn page(blocks: Vec<Block>) -> Document {
    Document { blocks, ..Document::default() }
}

fn date_of(metadata: &Metadata, role: &str) -> Option<String> {
    metadata.dates.iter().find(|d| d.role == role).map(|d| d.value.clone())
}

fn read_page(blocks: Vec<Block>) -> Metadata {
    read(&page(blocks), Some(URL), NOW)
}

fn published(blocks: Vec<Block>) -> Option<String> {
    date_of(&read_page(blocks), "published")
}

fn adopted(title: &str, texts: &[&str]) -> Option<String> {
    let mut blocks = vec![heading(1, title)];
    blocks.extend(texts.iter().map(|t| paragraph(t)));
    date_of(&read_page(blocks), "document")
}

#[test]
fn a_date_line_beside_the_title_is_the_publication_in_any_language() {
    let lines = [
        "21.10.2022 15:11",
        "21 октября 2022, 15:11",
        "21 октябри соли 2022, 15:11",
        "2022 жылғы 21 қазан 15:11",
        "Опубликовано: 21.10.2022 в 15:11",
        "Санаи нашр: 21 октябри 2022 15:11",
        "21.10.2022 15:11 | Просмотров: 57",
        "Пятница, 21 октября 2022 15:11",
        "By Press Office • 21 October 2022, 15:11 • News",
        "October 21, 2022 ・ 15:11 ・ 3 min read",
        "October 21, 2022, 15:11 ∙ 3 min read",
    ];
    for line in lines {
        let read = published(vec![heading(1, "Визит министра"), paragraph(line), paragraph("Текст новости о визите.")]);
        assert_eq!(read.as_deref(), Some("2022-10-21T15:11"), "{line}");
    }
}

#[test]
fn the_newest_of_several_items_gives_the_page_no_date_and_the_first_of_several_posts_does() {
    let page = |dates: [&str; 2]| {
        let dated = |line| Block { path: "body/div.item/b.date".into(), ..paragraph(line) };
        let [first, second] = dates.map(dated);
        let text = || paragraph("Депутат провёл встречу с избирателями города, на которой говорили о ремонте дорог.");
        published(vec![
            heading(1, "Деятельность депутата"),
            text(),
            first,
            text(),
            text(),
            text(),
            text(),
            second,
            text(),
        ])
    };
    assert_eq!(page(["23.08.2016", "30.05.2016"]), None);
    assert_eq!(page(["30.05.2016", "23.08.2016"]).as_deref(), Some("2016-05-30"));
}

#[test]
fn the_clock_over_the_title_is_a_visit_and_no_publication() {
    let blocks = vec![paragraph("• February 13, 2025"), heading(1, "Declaration"), paragraph("We declare.")];
    let metadata = read_page(blocks);
    assert_eq!(date_of(&metadata, "published"), None);
    assert_eq!(date_of(&metadata, "visit").as_deref(), Some("2025-02-13"));
}

#[test]
fn dates_of_events_births_lists_and_footers_are_not_publications() {
    let cases: [&[&str]; 6] = [
        &["Встреча прошла 21 октября 2022 года в Душанбе, в ней участвовали министры."],
        &["Дата рождения: 4 мая 1996 года"],
        &["Родился 4 мая 1996 года"],
        &["Текст.", "20.10.2022", "Другая новость", "19.10.2022", "Третья новость"],
        &["Текст", "Ещё", "И ещё", "И ещё раз", "И ещё раз", "И снова", "© 2008–2022"],
        &["Приказ от 12.05.2020 вступил в силу"],
    ];
    for texts in cases {
        let mut blocks = vec![heading(1, "Заголовок")];
        blocks.extend(texts.iter().map(|t| paragraph(t)));
        assert_eq!(published(blocks), None, "{texts:?}");
    }
    let chrome = vec![heading(1, "Заголовок"), dropped("repeat.template", "20.10.2022"), paragraph("Текст.")];
    assert_eq!(published(chrome), None);
}

#[test]
fn machines_are_believed_before_lines_but_not_their_clock() {
    let mut document = page(vec![heading(1, "Visit"), paragraph("20 October 2022"), paragraph("Text.")]);
    document.head.json_ld =
        vec![r#"{"@type":"Article","headline":"Visit","datePublished":"2022-10-21T09:00:00+05:00"}"#.to_owned()];
    let metadata = read(&document, Some(URL), NOW);
    assert_eq!(date_of(&metadata, "published").as_deref(), Some("2022-10-21T09:00:00+05:00"));
    document.head.json_ld.clear();
    document.head.meta = vec![("date".to_owned(), "2025-02-13T08:15:01Z".to_owned())];
    assert_eq!(date_of(&read(&document, Some(URL), NOW), "published").as_deref(), Some("2022-10-20"));
    document.head.meta = vec![("article:published_time".to_owned(), "2031-01-01".to_owned())];
    assert_eq!(date_of(&read(&document, Some(URL), NOW), "published").as_deref(), Some("2022-10-20"));
}

#[test]
fn a_marked_time_element_and_the_address_state_a_publication() {
    let mut document = page(vec![heading(1, "Visit"), paragraph("Text.")]);
    document.head.times = vec![Time {
        datetime: Some("2022-10-21".to_owned()),
        text: "yesterday".to_owned(),
        marks: "entry-date published".to_owned(),
        block: None,
    }];
    assert_eq!(date_of(&read(&document, Some(URL), NOW), "published").as_deref(), Some("2022-10-21"));
    let document = page(vec![heading(1, "Visit"), paragraph("Text.")]);
    let metadata = read(&document, Some("https://news.example/2022/10/21/visit"), NOW);
    assert_eq!(
        metadata.dates.iter().map(|d| (d.value.as_str(), d.from.as_str())).collect::<Vec<_>>(),
        [("2022-10-21", "url")]
    );
}

#[test]
fn a_page_that_was_changed_says_so_apart() {
    let metadata = read_page(vec![
        heading(1, "Visit"),
        paragraph("Published: 20.10.2022 | Updated: 21.10.2022"),
        paragraph("Text."),
    ]);
    assert_eq!(date_of(&metadata, "published").as_deref(), Some("2022-10-20"));
    assert_eq!(date_of(&metadata, "modified").as_deref(), Some("2022-10-21"));
}

#[test]
#[allow(clippy::too_many_lines, reason = "a table of cases")]
fn a_declaration_states_its_own_date_in_many_forms() {
    let cases: [(&str, &str, &[&str]); 14] = [
        (
            "2021-03-30",
            "Dushanbe Declaration of the Conference",
            &[
                "We, the Ministers, having met in Dushanbe, Tajikistan on 30th March 2021 at the Conference, under co-chairmanship, declare;",
            ],
        ),
        (
            "2021-03-30",
            "Dushanbe Declaration of the Conference",
            &[
                "Text.",
                "More.",
                "More of it.",
                "And more.",
                "And still more.",
                "Again.",
                "This Declaration was adopted in Dushanbe on 30 March 2021 by the Ministers.",
            ],
        ),
        (
            "2018-05-04",
            "Dushanbe Declaration",
            &[
                "On 3-4 May 2018, a High-Level International Conference on “Countering Terrorism” was hosted by the Government of the Republic.",
            ],
        ),
        ("2018-05-04", "Joint statement", &["Text of it.", "Done at Dushanbe on 4 May 2018 in two copies."]),
        (
            "2018-05-04",
            "Соглашение о сотрудничестве",
            &["Стороны договорились.", "Совершено в г. Душанбе 4 мая 2018 года в двух экземплярах."],
        ),
        ("2018-05-04", "Эъломияи Душанбе", &["Мо, вазирон, эълом медорем.", "(Душанбе, 3-4 майи соли 2018)"]),
        (
            "2020-05-12",
            "Қонуни Ҷумҳурии Тоҷикистон «Дар бораи забон»",
            &["Матни қонун.", "ш. Душанбе, 12 майи соли 2020, № 1234"],
        ),
        ("2020-05-12", "Закон Республики Таджикистан от 12 мая 2020 года № 5 «О языке»", &["Статья 1."]),
        (
            "2021-01-15",
            "О внесении изменений",
            &[
                "Постановление от 15 января 2021 года № 53",
                "В соответствии с Федеральным законом от 27 июля 2010 года № 210-ФЗ",
            ],
        ),
        (
            "2021-04-14",
            "Об утверждении стандарта",
            &["ПРИКАЗ", "14.04.2021 N 293", "В соответствии с положением от 15 июня 2018 г. N 682"],
        ),
        (
            "2018-05-04",
            "Декларация глав государств",
            &["г. Бишкек, 4 мая 2018 года", "Мы, главы государств, заявляем."],
        ),
        (
            "2023-08-11",
            "States hold a special session",
            &[
                "The states held a session in Astana, the Department said in a joint statement released on August 11, 2023.",
            ],
        ),
        ("2018-05-04", "Декларация", &["Мы, главы государств, собравшись в городе Душанбе 4 мая 2018 года, заявляем."]),
        ("2018-05-04", "Deklaratsiya", &["Ushbu deklaratsiya 2018 yil 4 may kuni Dushanbe shahrida qabul qilindi."]),
    ];
    for (value, title, texts) in cases {
        assert_eq!(adopted(title, texts).as_deref(), Some(value), "{title}: {texts:?}");
    }
}

#[test]
fn dates_of_other_documents_and_events_are_not_the_documents() {
    let cases: [(&str, &[&str]); 8] = [
        (
            "Closing session of the Conference",
            &[
                "The first conference of the process (Dushanbe, 3-4 May 2018) was jointly convened in partnership with others.",
                "The second was convened on 16-17 May 2019 in Dushanbe.",
            ],
        ),
        (
            "Declaration on security",
            &[
                "We recall the Joint Action Plan for Central Asia of 30 November 2011 as the first framework.",
                "Reaffirming the Convention adopted on 10 December 1984, we declare.",
            ],
        ),
        ("News of the ministry", &["On 3 May 2018 a meeting was held in Dushanbe."]),
        ("О внесении изменений в приказ от 16 февраля 2016 г. № 38", &["Текст приказа."]),
        ("Conference paper", &["The two-day conference will be held at Dushanbe, Tajikistan on 18-19 October 2022."]),
        ("Visit", &["Душанбе, 21 октября 2022", "Министр принял посла."]),
        ("Resolution", &["Recalling its resolution adopted on 4 May 2018, the Council decides."]),
        ("Interview", &["The agreement signed on 4 May 2018 is in force."]),
    ];
    for (title, texts) in cases {
        assert_eq!(adopted(title, texts), None, "{title}: {texts:?}");
    }
}

#[test]
fn an_act_states_its_number_and_place() {
    let metadata = read_page(vec![
        heading(1, "Қонуни Ҷумҳурии Тоҷикистон"),
        paragraph("Моддаи 1."),
        paragraph("ш. Душанбе, 12 майи соли 2020, № 1234"),
    ]);
    assert_eq!((metadata.number.as_deref(), metadata.place.as_deref()), (Some("1234"), Some("Душанбе")));
}

#[test]
fn the_title_loses_the_sites_name() {
    let cases = [
        ("Declaration – Embassy of the Republic", Some("Embassy of the Republic"), "Declaration"),
        ("Ministry of Energy - Main page of news", None, "Main page of news"),
        ("Heart of Asia – Istanbul Process | Embassy", None, "Heart of Asia – Istanbul Process"),
    ];
    for (title, site, wanted) in cases {
        let mut document = page(vec![heading(2, wanted), paragraph("Text.")]);
        document.head.title = Some(title.to_owned());
        document.head.meta = site.map(|s| ("og:site_name".to_owned(), s.to_owned())).into_iter().collect();
        let metadata = read(&document, Some(URL), NOW);
        assert_eq!(metadata.title.as_deref(), Some(wanted));
    }
}

#[test]
fn a_pdf_is_titled_by_its_headings_when_a_program_wrote_its_title() {
    let mut document = page(vec![
        dropped("page.running_head", "Bulletin No. 4"),
        heading(1, "Universal Declaration"),
        paragraph("Text."),
    ]);
    document.format = Format::Pdf;
    document.head.title = Some("Microsoft Word - udhr_final2.doc".to_owned());
    assert_eq!(read(&document, None, None).title.as_deref(), Some("Universal Declaration"));
}

#[test]
fn a_pdf_published_line_counts_and_its_files_dates_do_not() {
    let mut document = page(vec![
        heading(1, "Conference"),
        paragraph("By N. Karimov"),
        paragraph("Published on 22nd September 2022"),
        paragraph("The conference will be held on 18-19 October 2022."),
    ]);
    document.format = Format::Pdf;
    document.head.meta = vec![("pdf:creationdate".to_owned(), "D:20230101000000Z".to_owned())];
    assert_eq!(date_of(&read(&document, None, NOW), "published").as_deref(), Some("2022-09-22"));
    document.blocks.remove(2);
    assert_eq!(date_of(&read(&document, None, NOW), "published"), None);
}

#[test]
fn versions_come_from_hreflang_and_the_switcher_without_the_page_itself() {
    let mut document = page(vec![heading(1, "Визит"), paragraph("Текст.")]);
    document.language = Some(Tongue { code: "rus".parse().unwrap(), script: None, confidence: 1.0 });
    let link = |rel: &str, href: &str, lang: Option<&str>, text: &str| Link {
        rel: rel.to_owned(),
        href: href.to_owned(),
        lang: lang.map(str::to_owned),
        text: text.to_owned(),
        ..Link::default()
    };
    document.head.links = vec![
        link("alternate", "/en/news/17-visit", Some("en"), ""),
        link("alternate", URL, Some("ru"), ""),
        link("canonical", "/ru/news/17-vizit?utm=1", None, ""),
    ];
    document.head.switchers = vec![
        link("", "/tj/news/17-safar", None, "Тоҷикӣ"),
        link("", "/kk/", None, "Қазақша"),
        link("", "#", None, "English"),
        link("", "/contacts", None, "Контакты"),
    ];
    let metadata = read(&document, Some(URL), NOW);
    let found: Vec<(&str, &str)> =
        metadata.alternates.iter().map(|a| (a.language.as_deref().unwrap_or(""), a.url.as_str())).collect();
    assert_eq!(
        found,
        [
            ("eng", "https://ministry.example.tj/en/news/17-visit"),
            ("tgk", "https://ministry.example.tj/tj/news/17-safar")
        ]
    );
    assert_eq!(metadata.canonical.as_deref(), Some("https://ministry.example.tj/ru/news/17-vizit?utm=1"));
    assert_eq!(metadata.country.as_deref(), Some("TJ"));
}

#[test]
fn a_canonical_address_of_another_site_or_of_the_front_page_is_not_the_pages() {
    for href in ["https://other.example/a", "https://ministry.example.tj/"] {
        let mut document = page(vec![heading(1, "Визит")]);
        document.head.links = vec![Link { rel: "canonical".to_owned(), href: href.to_owned(), ..Link::default() }];
        assert_eq!(read(&document, Some(URL), NOW).canonical, None, "{href}");
    }
}

#[test]
fn authors_are_people_not_accounts() {
    let mut document = page(vec![
        heading(1, "Visit"),
        Block { role: Some(Role::Byline), ..paragraph("By Staff Writer | Updated 2023-08-12") },
    ]);
    assert_eq!(read(&document, None, None).authors, ["Staff Writer"]);
    document.head.meta =
        vec![("author".to_owned(), "Super User".to_owned()), ("author".to_owned(), "N. Karimov".to_owned())];
    assert_eq!(read(&document, None, None).authors, ["N. Karimov"]);
}

mod laws {
    use super::*;
    use proptest::prelude::*;

    const TEXT: &str = "(.|[0-9]{1,4}[./-]|№ ?| мая |Declaration |adopted |от |, ){0,30}";

    proptest! {
        #[test]
        fn judging_any_page_twice_gives_the_same_metadata(
            texts in prop::collection::vec(TEXT, 0..12),
            title in ".{0,60}",
            url in "(https://)?[a-z./0-9?]{0,30}",
        ) {
            let block = |(n, text): (usize, &String)| if n % 3 == 0 { heading(1, text) } else { paragraph(text) };
            let mut document = page(texts.iter().enumerate().map(block).collect());
            document.head = Head {
                title: Some(title.clone()),
                json_ld: vec![title.clone()],
                meta: vec![("date".to_owned(), title.clone())],
                switchers: vec![Link { href: url.clone(), text: title, ..Link::default() }],
                ..Head::default()
            };
            let once = read(&document, Some(&url), NOW);
            prop_assert_eq!(&once, &read(&document, Some(&url), NOW));
            for date in &once.dates {
                prop_assert!(dates::parse(&date.value).is_some(), "{:?}", date);
            }
        }
    }
}
