use super::moment::Time;
use super::{Moment, SlashOrder, parse, proves_month_first};
use proptest::prelude::*;

fn find(text: &str) -> Vec<super::DateMatch> {
    super::find(text, SlashOrder::DayFirst)
}

/// The first date of `text` as ISO 8601.
fn first(text: &str) -> Option<String> {
    find(text).first().map(|f| f.value.to_string())
}

/// A day in January, February, March, June, September and December, in cases and forms of each language.
const CASES: [(&str, [&str; 6]); 12] = [
    (
        "tgk",
        [
            "4 январи соли 2018",
            "4 феврали 2018",
            "4-уми марти соли 2018",
            "4 июни 2018",
            "4 сентябри 2018",
            "4 декабрро 2018",
        ],
    ),
    (
        "rus",
        ["4 января 2018", "4 февралю 2018", "4 марте 2018", "4 июнем 2018", "4 сентябрём 2018", "4 декабря 2018 г."],
    ),
    ("eng", ["4 January 2018", "Feb. 4, 2018", "4th of March 2018", "June 4th, 2018", "Sept 4, 2018", "4 Dec 2018"]),
    (
        "uzb",
        [
            "2018-yil 4-yanvardagi",
            "4 февралда 2018",
            "2018 yil 4 martidan",
            "4-iyunda 2018",
            "2018 йил 4 сентябрнинг",
            "4-dekabrdagi 2018",
        ],
    ),
    (
        "kaz",
        [
            "2018 жылғы 4 қаңтардағы",
            "2018 жылдың 4 ақпанында",
            "4 наурызда 2018",
            "2018 жылғы 4 маусымындағы",
            "2018 жылғы 4 қыркүйегінде",
            "4 желтоқсаннан 2018",
        ],
    ),
    (
        "kir",
        [
            "2018-жылдын 4-январындагы",
            "2018-жылдын 4-февралында",
            "4-мартта 2018",
            "2018-жылдын 4-июнунан",
            "2018-жылдын 4-сентябрынан",
            "4-декабрдагы 2018",
        ],
    ),
    (
        "tuk",
        [
            "2018-nji ýylyň 4-nji ýanwaryndaky",
            "2018-nji ýylyň 4-nji fewralynda",
            "4-nji martda 2018",
            "4-nji iýunynda 2018",
            "4-nji sentýabryndan 2018",
            "4-nji dekabry 2018",
        ],
    ),
    (
        "aze",
        [
            "4 yanvarındakı 2018",
            "4 fevralında 2018",
            "2018-ci il 4 martında",
            "4 iyunda 2018",
            "4 sentyabrdan 2018",
            "4 dekabrın 2018",
        ],
    ),
    (
        "tat",
        [
            "4 гыйнварындагы 2018",
            "4 февралендә 2018",
            "4 мартта 2018",
            "4 июнендә 2018",
            "4 сентябрдән 2018",
            "4 декабре 2018",
        ],
    ),
    (
        "kat",
        [
            "4 იანვრიდან, 2018",
            "4 თებერვალს, 2018",
            "4 მარტამდე, 2018",
            "4 ივნისის 2018",
            "4 სექტემბრის 2018",
            "4 დეკემბერი 2018",
        ],
    ),
    (
        "hye",
        [
            "2018 թ. հունվարի 4",
            "2018 թ. փետրվարին 4",
            "մարտի 4, 2018",
            "հունիսից 4, 2018",
            "սեպտեմբերի 4, 2018",
            "դեկտեմբերի 4, 2018",
        ],
    ),
    (
        "tur",
        [
            "4 Ocağında 2018",
            "4 Şubatta 2018",
            "4 Martından 2018",
            "4 Haziranda 2018",
            "4 Eylülde 2018",
            "4 Aralığında 2018",
        ],
    ),
];

#[test]
fn the_region_s_months_are_read_in_their_cases() {
    let mut missed = Vec::new();
    for (language, forms) in CASES {
        for (form, month) in forms.into_iter().zip([1, 2, 3, 6, 9, 12]) {
            if first(form) != Some(format!("2018-{month:02}-04")) {
                missed.push((language, form, first(form)));
            }
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn a_day_is_read_in_every_language_and_form() {
    let forms = [
        "4 May 2018",
        "4th of May, 2018",
        "May 4, 2018",
        "May 4th, 2018",
        "Done on 4 May, 2018.",
        "2018-05-04",
        "2018/05/04",
        "04.05.2018",
        "4.5.2018",
        "4. 5. 2018",
        "04/05/2018",
        "04-05-2018",
        "4 мая 2018 года",
        "«4» мая 2018 г.",
        "4 майи соли 2018",
        "аз 4-уми майи 2018",
        "4 май 2018",
        "2018 жылғы 4 мамыр",
        "2018-жылдын 4-майы",
        "2018 yil 4 may",
        "2018-yil 4-may",
        "2018 йил 4 май",
        "4-май 2018-йил",
        "2018-nji ýylyň 4-nji maýy",
        "4 may 2018-ci il",
        "4 травня 2018 року",
        "4 мая 2018 г.",
        "2018 թ. մայիսի 4",
        "4 მაისი, 2018",
        "4 maja 2018",
        "4. Mai 2018",
        "4 mai 2018",
        "4 de mayo de 2018",
        "4 de maio de 2018",
        "4 maggio 2018",
        "4 Μαΐου 2018",
        "2018. május 4.",
        "2018. gada 4. maijs",
        "2018 m. gegužės 4 d.",
        "4. května 2018",
        "4 Mayıs 2018",
        "2018年5月4日",
        "2018년 5월 4일",
        "2018 оны 5 дугаар сарын 4",
        "۴ مه ۲۰۱۸",
        "4 می 2018",
        "٤ مايو ٢٠١٨",
        "4 май 2018 ел",
    ];
    for form in forms {
        assert_eq!(first(form).as_deref(), Some("2018-05-04"), "{form}");
    }
}

#[test]
fn all_twelve_months_are_read_in_the_languages_of_the_region() {
    let rows: [&[&str]; 5] = [
        &[
            "январи",
            "феврали",
            "марти",
            "апрели",
            "майи",
            "июни",
            "июли",
            "августи",
            "сентябри",
            "октябри",
            "ноябри",
            "декабри",
        ],
        &[
            "января",
            "февраля",
            "марта",
            "апреля",
            "мая",
            "июня",
            "июля",
            "августа",
            "сентября",
            "октября",
            "ноября",
            "декабря",
        ],
        &[
            "қаңтар",
            "ақпан",
            "наурыз",
            "сәуір",
            "мамыр",
            "маусым",
            "шілде",
            "тамыз",
            "қыркүйек",
            "қазан",
            "қараша",
            "желтоқсан",
        ],
        &[
            "yanvar", "fevral", "mart", "aprel", "may", "iyun", "iyul", "avgust", "sentabr", "oktabr", "noyabr",
            "dekabr",
        ],
        &["Jan", "Feb.", "March", "Apr", "May", "June", "July", "Aug", "Sept", "Oct", "Nov", "December"],
    ];
    for (number, name) in rows.iter().flat_map(|row| (1..).zip(row.iter())) {
        assert_eq!(first(&format!("12 {name} 2020")), Some(format!("2020-{number:02}-12")), "{name}");
    }
}

#[test]
fn times_and_offsets_are_read_only_where_they_are_written() {
    let cases = [
        ("21.10.2022 15:11", "2022-10-21T15:11"),
        ("15:11, 21 октября 2022", "2022-10-21T15:11"),
        ("21 октября 2022 г., в 15:11", "2022-10-21T15:11"),
        ("21.10.2022 | 9:05 | Просмотров: 12", "2022-10-21T09:05"),
        ("Oct 21, 2022 at 3:11 pm", "2022-10-21T15:11"),
        ("2021-04-05T09:00:00+08:00", "2021-04-05T09:00:00+08:00"),
        ("2021-04-05T09:00:00.250Z", "2021-04-05T09:00:00Z"),
        ("Mon, 05 Apr 2021 09:00:00 GMT", "2021-04-05T09:00:00Z"),
        ("2021-04-05 09:00:00 +0500", "2021-04-05T09:00:00+05:00"),
        ("2022-10-21 15:11 - 16:00", "2022-10-21T15:11"),
    ];
    for (text, value) in cases {
        assert_eq!(first(text).as_deref(), Some(value), "{text}");
    }
}

#[test]
fn a_range_has_both_its_ends() {
    let cases = [
        ("3-4 May 2018", "2018-05-03", "2018-05-04"),
        ("(Dushanbe, 3–4 мая 2018 года)", "2018-05-03", "2018-05-04"),
        ("3 ва 4 майи соли 2018", "2018-05-03", "2018-05-04"),
        ("30 April – 4 May 2018", "2018-04-30", "2018-05-04"),
        ("May 3-4, 2018", "2018-05-03", "2018-05-04"),
        ("3-4.05.2018", "2018-05-03", "2018-05-04"),
    ];
    for (text, from, to) in cases {
        let found = find(text);
        let ends = found.first().map(|f| (f.value.to_string(), f.last.map(|l| l.to_string())));
        assert_eq!(ends, Some((from.to_owned(), Some(to.to_owned()))), "{text}");
    }
}

#[test]
fn months_are_dates_and_years_alone_are_not() {
    assert_eq!(first("launched in May 2018").as_deref(), Some("2018-05"));
    assert_eq!(first("моҳи майи соли 2018").as_deref(), Some("2018-05"));
    assert_eq!(first("resolutions 1267(1999) and 2396 (2017)"), None);
    assert_eq!(first("in 2018, May 4, 2019").as_deref(), Some("2019-05-04"));
}

#[test]
fn numbers_that_only_look_like_dates_are_left_alone() {
    for text in [
        "version 1.2.03.04.2018",
        "31.02.2018",
        "192.168.1.20",
        "+992 37 221-21-21",
        "12.05.20",
        "S/2021/68",
        "03.05.2018.4",
        "4 Marchand 2018",
        "№ 13-14-2015",
    ] {
        assert_eq!(first(text), None, "{text}");
    }
}

#[test]
fn slashes_follow_the_page_where_both_orders_would_do() {
    let read = |text, order| super::find(text, order).first().map(|f| f.value.to_string());
    assert_eq!(read("04/05/2018", SlashOrder::MonthFirst).as_deref(), Some("2018-04-05"));
    assert_eq!(read("25/05/2018", SlashOrder::MonthFirst).as_deref(), Some("2018-05-25"));
    assert_eq!(read("05/25/2018", SlashOrder::DayFirst).as_deref(), Some("2018-05-25"));
    assert!(proves_month_first("Posted 05/25/2018") && !proves_month_first("25/05/2018, 04/05/2018"));
}

#[test]
fn machines_write_dates_their_own_way() {
    let cases = [
        ("D:20220922101500+05'00'", Some("2022-09-22T10:15:00+05:00")),
        ("20180504", Some("2018-05-04")),
        ("20180504T101530Z", Some("2018-05-04T10:15:30Z")),
        ("2018-05", Some("2018-05")),
        ("2018", Some("2018")),
        ("Friday, May 4, 2018", Some("2018-05-04")),
        ("about 4 May 2018 a long story was told", None),
        ("0000-00-00", None),
        ("", None),
    ];
    for (text, value) in cases {
        assert_eq!(parse(text).map(|m| m.to_string()).as_deref(), value, "{text}");
    }
}

proptest! {
    #[test]
    fn matches_are_in_the_text_in_order_and_without_overlap(
        text in ".{0,80}|([0-9]{1,4}[-./ :T]|мая |May |жылғы |年|月| г\\.|,){0,24}",
    ) {
        let mut end = 0;
        for found in find(&text) {
            prop_assert!(found.start >= end && found.end > found.start);
            prop_assert!(text.get(found.start..found.end).is_some());
            end = found.end;
        }
    }

    #[test]
    fn what_is_written_out_is_read_back(
        year in 1900i16..2100,
        month in 1u8..=12,
        day in 1u8..=28,
        minute in 0u8..60,
        offset in -720i16..=840,
    ) {
        let time = Time { hour: 9, minute, second: Some(7), offset: Some(offset) };
        let moment = Moment { time: Some(time), ..Moment::day(year, month, day).unwrap() };
        prop_assert_eq!(parse(&moment.to_string()), Some(moment));
        prop_assert_eq!(first(&format!("x {moment} y")), Some(moment.to_string()));
    }
}
