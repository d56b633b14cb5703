//! Publications that say the same every day with other numbers: weather, fuel prices, tenders, weekly statistics, a register of
//! licences, in three languages and two templates each. Nothing that a page says is lost to repetition, whatever else is
//! on the site; the site's own pieces go.

use crate::common::pages::{capture, records};
use crate::common::{Place, expect_exit};
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;

/// Issues of each publication. Some tables don't change from one issue to the next.
const ISSUES: usize = 12;

/// A publication in one language: its title, the sentence above its table, the head and the first column of the table,
/// the sentence below, and the signature. `{}` is the day, `#` a number.
struct Publication {
    language: &'static str,
    title: &'static str,
    above: &'static str,
    head: [&'static str; 3],
    rows: [&'static str; 4],
    below: &'static str,
    signature: &'static str,
}

const PUBLICATIONS: [Publication; 15] = [
    Publication {
        language: "en",
        title: "Weather in the districts on {}",
        above: "The weather service expects the following temperatures in the districts of the country on {}.",
        head: ["District", "Night", "Day"],
        rows: ["Rudaki", "Vahdat", "Hisor", "Varzob"],
        below: "The wind reaches # metres a second, and in the mountains up to # centimetres of snow may fall.",
        signature: "Head of the weather service S. Nazarova",
    },
    Publication {
        language: "ru",
        title: "Погода в районах на {}",
        above: "Служба погоды ожидает в районах страны на {} следующую температуру воздуха.",
        head: ["Район", "Ночь", "День"],
        rows: ["Рудаки", "Вахдат", "Гиссар", "Варзоб"],
        below: "Скорость ветра достигнет # метров в секунду, в горах возможен снег высотой до # сантиметров.",
        signature: "Начальник службы погоды С. Назарова",
    },
    Publication {
        language: "tg",
        title: "Обу ҳаво дар ноҳияҳо барои {}",
        above: "Хадамоти обуҳавошиносӣ барои {} дар ноҳияҳои кишвар чунин ҳароратро интизор аст.",
        head: ["Ноҳия", "Шаб", "Рӯз"],
        rows: ["Рӯдакӣ", "Ваҳдат", "Ҳисор", "Варзоб"],
        below: "Суръати бод ба # метр дар як сония мерасад, дар кӯҳҳо то # сантиметр барф меборад.",
        signature: "Сардори хадамоти обуҳавошиносӣ С. Назарова",
    },
    Publication {
        language: "en",
        title: "Fuel prices of {}",
        above: "The agency on prices has observed the following retail prices of fuel at the filling stations on {}.",
        head: ["Fuel", "Capital", "Regions"],
        rows: ["Petrol AI-92", "Petrol AI-95", "Diesel", "Liquefied gas"],
        below: "In all # filling stations were observed, of which # were out of stock at the time.",
        signature: "Director of the agency on prices M. Olimov",
    },
    Publication {
        language: "ru",
        title: "Цены на топливо на {}",
        above: "Агентство по ценам отметило на {} следующие розничные цены на топливо на заправочных станциях.",
        head: ["Топливо", "Столица", "Области"],
        rows: ["Бензин АИ-92", "Бензин АИ-95", "Дизельное топливо", "Сжиженный газ"],
        below: "Всего обследовано # станций, на # из них топлива в тот день не было.",
        signature: "Директор агентства по ценам М. Олимов",
    },
    Publication {
        language: "tg",
        title: "Нархи сӯзишворӣ дар санаи {}",
        above: "Агентии нархгузорӣ дар санаи {} дар нуқтаҳои фурӯш чунин нархҳои чаканаи сӯзишвориро ба қайд гирифт.",
        head: ["Сӯзишворӣ", "Пойтахт", "Вилоятҳо"],
        rows: ["Бензини АИ-92", "Бензини АИ-95", "Сӯзишвории дизелӣ", "Гази моеъ"],
        below: "Дар маҷмӯъ # нуқта санҷида шуд, дар # нуқта он рӯз сӯзишворӣ набуд.",
        signature: "Директори агентии нархгузорӣ М. Олимов",
    },
    Publication {
        language: "en",
        title: "Tenders opened on {}",
        above: "The Ministry announces open tenders for the following deliveries; bids are accepted from {} on.",
        head: ["Lot", "Quantity", "Estimate, somoni"],
        rows: ["Pumps for water intakes", "Pipes for canals", "School desks", "Ambulance cars"],
        below: "The security of a bid is # per cent, and the contract is concluded within # days after the opening.",
        signature: "Chairman of the tender commission B. Sharipov",
    },
    Publication {
        language: "ru",
        title: "Тендеры, объявленные {}",
        above: "Министерство объявляет открытые тендеры на следующие поставки; заявки принимаются с {}.",
        head: ["Лот", "Количество", "Оценка, сомони"],
        rows: ["Насосы для водозаборов", "Трубы для каналов", "Школьные парты", "Машины скорой помощи"],
        below: "Обеспечение заявки составляет # процента, договор заключается в течение # дней после вскрытия.",
        signature: "Председатель тендерной комиссии Б. Шарипов",
    },
    Publication {
        language: "tg",
        title: "Озмунҳои эълоншуда дар санаи {}",
        above: "Вазорат барои хариди зерин озмуни кушод эълон менамояд; дархостҳо аз {} қабул карда мешаванд.",
        head: ["Қитъа", "Миқдор", "Арзиш, сомонӣ"],
        rows: ["Насосҳо барои обанборҳо", "Қубурҳо барои каналҳо", "Мизҳои мактабӣ", "Мошинҳои ёрии таъҷилӣ"],
        below: "Таъминоти дархост # фоизро ташкил медиҳад, шартнома дар муддати # рӯз баста мешавад.",
        signature: "Раиси комиссияи озмун Б. Шарипов",
    },
    Publication {
        language: "en",
        title: "Statistics of the week to {}",
        above: "The statistics agency publishes the output of the main goods in the week that ended on {}.",
        head: ["Goods", "Week", "Since January"],
        rows: ["Cotton fibre, tonnes", "Aluminium, tonnes", "Cement, tonnes", "Electricity, GWh"],
        below: "Compared with the week before, output rose by # per cent; # enterprises didn't report.",
        signature: "Director of the statistics agency Z. Karimova",
    },
    Publication {
        language: "ru",
        title: "Статистика недели по {}",
        above: "Агентство по статистике публикует объём выпуска основных товаров за неделю, закончившуюся {}.",
        head: ["Товар", "Неделя", "С января"],
        rows: ["Хлопковое волокно, тонн", "Алюминий, тонн", "Цемент, тонн", "Электроэнергия, ГВт·ч"],
        below: "По сравнению с прошлой неделей выпуск вырос на # процента; # предприятий отчёта не представили.",
        signature: "Директор агентства по статистике З. Каримова",
    },
    Publication {
        language: "tg",
        title: "Омори ҳафта то {}",
        above: "Агентии омор ҳаҷми истеҳсоли молҳои асосиро дар ҳафтае, ки {} анҷом ёфт, нашр менамояд.",
        head: ["Мол", "Ҳафта", "Аз моҳи январ"],
        rows: ["Нахи пахта, тонна", "Алюминий, тонна", "Семент, тонна", "Нерӯи барқ, ГВт·соат"],
        below: "Нисбат ба ҳафтаи гузашта истеҳсолот # фоиз афзуд; # корхона ҳисобот напешниҳод кард.",
        signature: "Директори агентии омор З. Каримова",
    },
    Publication {
        language: "en",
        title: "Register of licences, entries of {}",
        above: "On {} the licensing chamber entered the following licences into the register or changed their terms.",
        head: ["Holder", "Number", "Valid until"],
        rows: ["Valley Water LLC", "Northern Mills JSC", "Pamir Transport LLC", "Spring Clinic"],
        below: "The register now holds # licences, of which # are suspended by decisions of the chamber.",
        signature: "Chairman of the licensing chamber R. Davlatov",
    },
    Publication {
        language: "ru",
        title: "Реестр лицензий, записи от {}",
        above: "Лицензионная палата {} внесла в реестр следующие лицензии или изменила их условия.",
        head: ["Владелец", "Номер", "Действует до"],
        rows: ["ООО «Водиоб»", "АО «Северные мельницы»", "ООО «Помиртранс»", "Клиника «Баҳор»"],
        below: "Реестр содержит # лицензий, действие # из них приостановлено решениями палаты.",
        signature: "Председатель лицензионной палаты Р. Давлатов",
    },
    Publication {
        language: "tg",
        title: "Феҳристи иҷозатномаҳо, сабти {}",
        above: "Палатаи иҷозатномадиҳӣ {} ба феҳрист иҷозатномаҳои зеринро ворид намуд ё шартҳои онҳоро тағйир дод.",
        head: ["Соҳиб", "Рақам", "Эътибор то"],
        rows: ["ҶДММ «Водиоб»", "ҶСК «Осиёбҳои шимол»", "ҶДММ «Помиртранс»", "Клиникаи «Баҳор»"],
        below: "Дар феҳрист # иҷозатнома сабт шудааст, амали # иҷозатнома бо қарори палата боздошта шудааст.",
        signature: "Раиси палатаи иҷозатномадиҳӣ Р. Давлатов",
    },
];

/// What the site adds to each page, by language: a word of the head of state, in a container of its own.
fn word(language: &str) -> &'static str {
    match language {
        "ru" => {
            "Дорогие соотечественники! Мы будем и впредь строить школы и дороги, чтобы дети наших гор и долин росли в мире и \
             достатке, а труд каждого человека приносил пользу всей стране."
        }
        "tg" => {
            "Ҳамватанони азиз! Мо минбаъд низ мактабу роҳ месозем, то фарзандони кӯҳу водиҳои мо дар сулҳу осоиш ба воя расанд \
             ва меҳнати ҳар як инсон ба тамоми кишвар фоида расонад."
        }
        _ => {
            "Dear compatriots! We shall go on building schools and roads, so that the children of our mountains and valleys grow \
             up in peace and plenty, and the work of everybody serves the whole country."
        }
    }
}

fn number(seed: usize) -> String {
    (seed * 7_919 % 900 + 11).to_string()
}

/// The blocks of an issue: title, sentences, table rows, signature. In the issues 4 to 7 the table is that of the third.
fn blocks(publication: &Publication, issue: usize) -> Vec<String> {
    let day = format!("{}.11.2026", 10 + issue);
    let table = if (4..8).contains(&issue) { 3 } else { issue };
    let row =
        |(at, name): (usize, &&str)| format!("{name} | {} | {}", number(table * 40 + at), number(table * 50 + at + 7));
    let below = publication.below.replacen('#', &number(issue), 1).replacen('#', &number(issue + 31), 1);
    let mut blocks = vec![publication.title.replace("{}", &day), publication.above.replace("{}", &day)];
    blocks.push(publication.head.join(" | "));
    blocks.extend(publication.rows.iter().enumerate().map(row));
    blocks.extend([below, publication.signature.to_owned()]);
    blocks
}

fn table(blocks: &[String], cell: &str) -> String {
    let row = |row: &String| {
        let cells: String = row.split(" | ").map(|text| format!("<{cell}>{text}</{cell}>")).collect();
        format!("<tr>{cells}</tr>")
    };
    blocks.iter().map(row).collect()
}

/// An issue as a page: an article of today, or a layout of tables of twenty years ago.
fn page(publication: &Publication, issue: usize, is_old: bool) -> String {
    let blocks = blocks(publication, issue);
    let [title, above, table_and_rest @ ..] = blocks.as_slice() else { unreachable!() };
    let (rows, [below, signature]) = table_and_rest.split_at(5) else { unreachable!() };
    let (language, word) = (publication.language, word(publication.language));
    let rows = table(&rows[..1], "th") + &table(&rows[1..], "td");
    if is_old {
        format!(
            "<html lang={language}><head><title>{title}</title></head><body><table><tr><td class=left><ul><li><a href=/>1</a>\
             <li><a href=/n>2</a><li><a href=/d>3</a></ul></td><td class=main><h2>{title}</h2><div class=text><div>{above}</div>\
             <div class=table-responsive><table border=1>{rows}</table></div><div>{below}</div><div class=sign>{signature}</div></div>\
             <div class=custom><p>{word}</p></div></td></tr></table></body></html>"
        )
    } else {
        format!(
            "<html lang={language}><head><title>{title}</title></head><body><header><nav><ul><li><a href=/>1</a><li><a href=/n>2</a>\
             <li><a href=/d>3</a></ul></nav></header><main><h1>{title}</h1><article><p>{above}</p><table>{rows}</table><p>{below}</p>\
             <p>{signature}</p></article><aside class=word><p>{word}</p></aside></main><footer><p>(c) 2026</p></footer></body></html>"
        )
    }
}

fn put_publications(place: &Place) {
    for (number, publication) in PUBLICATIONS.iter().enumerate() {
        for is_old in [false, true] {
            for issue in 0..ISSUES {
                let name = format!("{number}-{is_old}-{issue}");
                capture(
                    place,
                    &name,
                    &format!("https://{number}-{is_old}.example/{issue}"),
                    &page(publication, issue, is_old),
                );
            }
        }
    }
}

/// The address of an issue.
fn address(number: usize, is_old: bool, issue: usize) -> String {
    format!("https://{number}-{is_old}.example/{issue}")
}

#[test]
fn daily_publications_keep_every_block_and_lose_what_the_site_adds() {
    let place = Place::empty();
    put_publications(&place);
    expect_exit(&place.run(&[]), 0);
    let records = records(&place);
    let taken: Vec<Value> =
        place.of_run("removed").into_iter().filter(|line| line["rule"] == "repeat.template").collect();
    let (mut lost, mut wanted, mut leaked) = (Vec::new(), 0, Vec::new());
    for (number, publication) in PUBLICATIONS.iter().enumerate() {
        for (is_old, issue) in [false, true].into_iter().flat_map(|old| (0..ISSUES).map(move |issue| (old, issue))) {
            let record = &records[&address(number, is_old, issue)];
            let text = record["text"].as_str().unwrap();
            let blocks = blocks(publication, issue);
            wanted += blocks.len();
            lost.extend(blocks.into_iter().filter(|block| !text.contains(block)));
            if text.contains(word(publication.language)) {
                leaked.push(record["id"].clone());
            }
        }
    }
    let is_word = |line: &Value| PUBLICATIONS.iter().any(|p| line["text"] == word(p.language));
    let wrong: Vec<&Value> = taken.iter().filter(|line| !is_word(line)).collect();
    eprintln!(
        "{wanted} blocks, none lost to repetition, {} to the page model; {} words taken",
        lost.len(),
        taken.len()
    );
    assert!(wrong.is_empty(), "{wrong:?}");
    assert!(lost.len() * 100 < wanted, "the page model loses {lost:?}");
    assert!(leaked.is_empty(), "the word of the head of state stays: {leaked:?}");
}

/// A page of another template, section or source than those of the first publication.
fn stranger(kind: u8, number: usize) -> (String, String) {
    let publication = &PUBLICATIONS[3];
    let body = page(publication, number, kind.is_multiple_of(2));
    let url = match kind {
        0 => format!("https://other.example/{number}"),
        1 => format!("https://0-false.example/prices/{number}"),
        2 => format!("https://0-false.example/{number}"), // the template of tables
        3 => format!("https://0-false.example/decrees/2026/{number}.html"),
        _ => return (format!("https://0-false.example/ru/{number}"), page(&PUBLICATIONS[1], number, false)),
    };
    (url, body)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 20, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pages_of_strangers_change_no_record(kinds in prop::collection::btree_map(0..5_u8, 1..30_usize, 1..4)) {
        let alone = Place::empty();
        let among = Place::empty();
        for place in [&alone, &among] {
            for issue in 0..ISSUES {
                capture(place, &issue.to_string(), &address(0, false, issue), &page(&PUBLICATIONS[0], issue, false));
            }
        }
        for (kind, count) in &kinds {
            for number in 0..*count {
                let (url, body) = stranger(*kind, number + 100);
                capture(&among, &format!("stranger-{kind}-{number}"), &url, &body);
            }
        }
        for place in [&alone, &among] {
            expect_exit(&place.run(&[]), 0);
        }
        let content = |record: &Value| {
            let mut record = record.clone();
            record["prov"].take();
            record["added"].take();
            record
        };
        let among = records(&among);
        for (url, record) in records(&alone) {
            prop_assert_eq!(content(&record), content(&among[&url]));
        }
    }
}

/// Decrees in three languages: each repeats its formula, its signature and its address, each in another markup.
const DECREES: [(&str, [&str; 4]); 3] = [
    (
        "en",
        [
            "In accordance with article 69 of the Constitution the Government of the Republic decrees:",
            "Chairman of the Government K. Rahimzoda",
            "Proposals are received at 80 Rudaki Avenue, room 214, from 9 to 17 o'clock.",
            "The decree is to be published in the official journal.",
        ],
    ),
    (
        "ru",
        [
            "В соответствии со статьёй 69 Конституции Правительство Республики постановляет:",
            "Председатель Правительства К. Рахимзода",
            "Предложения принимаются по адресу: проспект Рудаки 80, кабинет 214, с 9 до 17 часов.",
            "Постановление подлежит опубликованию в официальном вестнике.",
        ],
    ),
    (
        "tg",
        [
            "Мутобиқи моддаи 69 Конститутсия Ҳукумати Ҷумҳурӣ қарор мекунад:",
            "Раиси Ҳукумат К. Раҳимзода",
            "Пешниҳодҳо дар суроғаи хиёбони Рӯдакӣ 80, утоқи 214, аз соати 9 то 17 қабул карда мешаванд.",
            "Қарор дар нашрияи расмӣ чоп карда шавад.",
        ],
    ),
];

/// What the site adds to a decree, in containers of its own.
const ADDED: [&str; 3] = [
    "Телефони боварии вазорат: 1313. Call us at any time of the day.",
    "Read also: Opening of the new bridge over the river",
    "Read also: The minister met the ambassadors",
];

fn decree(language: usize, number: usize, layout: usize) -> String {
    let (code, [formula, signature, address, last]) = DECREES[language];
    let own = &PUBLICATIONS[language + 3 * (number % 5)];
    let points: Vec<String> = (1..4)
        .map(|point| {
            let text = own.below.replacen('#', &(number * 13 + point).to_string(), 1);
            format!(
                "{point}. {} {}",
                own.above.replace("{}", &format!("{}.10.2026", number + 1)),
                text.replace('#', "7")
            )
        })
        .collect();
    let title = format!("№ {}/{number}: {}", 400 + number, own.title.replace("{}", &format!("{}.10.2026", number + 1)));
    let word = word(code);
    let also = format!("<ul><li><a href=/b>{}</a></li><li><a href=/m>{}</a></li></ul>", ADDED[1], ADDED[2]);
    let paragraphs =
        |open: &str, close: &str| -> String { points.iter().map(|p| format!("{open}{p}{close}")).collect() };
    let body = match layout {
        0 => format!(
            "<main><h1>{title}</h1><p>{formula}</p>{}<p>{last}</p><p>{address}</p><p>{signature}</p></main>\
             <div class=helpline><p>{}</p></div><div class=also>{also}</div><section class=word><p>{word}</p></section>",
            paragraphs("<p>", "</p>"),
            ADDED[0]
        ),
        1 => format!(
            "<div id=page><div class=post><h2>{title}</h2><div class=text><div>{formula}</div>{}<div>{last}</div><address>{address}</address>\
             <div align=right>{signature}</div></div></div><div class=side><div class=helpline>{}</div><div class=also>{also}</div>\
             <div class=word><blockquote>{word}</blockquote></div></div></div>",
            paragraphs("<div>", "</div>"),
            ADDED[0]
        ),
        _ => format!(
            "<table><tr><td class=main><h2>{title}</h2><center>{formula}</center>{}<p>{last}</p><p>{address}</p>\
             <table><tr><td>{signature}</td></tr></table></td><td class=right><p>{}</p>{also}<p>{word}</p></td></tr></table>",
            paragraphs("<p>", "</p>"),
            ADDED[0]
        ),
    };
    format!("<html lang={code}><head><title>{title}</title></head><body>{body}</body></html>")
}

#[test]
fn decrees_keep_formula_signature_and_address_and_lose_boxes() {
    let place = Place::empty();
    let all = || (0..9).flat_map(|kind| (0..ISSUES).map(move |number| (kind, kind / 3, kind % 3, number)));
    for (kind, language, layout, number) in all() {
        let url = format!("https://{kind}.example/decrees/{number}");
        capture(&place, &format!("{kind}-{number}"), &url, &decree(language, number, layout));
    }
    expect_exit(&place.run(&[]), 0);
    let records = records(&place);
    let ledger = place.of_run("removed");
    let taken: Vec<&str> = ledger
        .iter()
        .filter(|line| line["rule"] == "repeat.template")
        .map(|line| line["text"].as_str().unwrap())
        .collect();
    for (_, texts) in DECREES {
        for text in texts {
            assert!(
                !taken.contains(&text),
                "repetition takes {text:?} {} times",
                taken.iter().filter(|t| **t == text).count()
            );
        }
    }
    let mut leaks: BTreeMap<(usize, &str), usize> = BTreeMap::new();
    for (kind, language, _, number) in all() {
        let text = records[&format!("https://{kind}.example/decrees/{number}")]["text"].as_str().unwrap();
        let code = DECREES[language].0;
        for added in ADDED.into_iter().chain([word(code)]).filter(|added| text.contains(added)) {
            *leaks.entry((kind, added)).or_default() += 1;
        }
    }
    assert!(leaks.is_empty(), "{leaks:#?}");
}

/// Layouts in which something is the same on every page and still each page's own: `{}` stands for a text that varies.
const SAME_ON_EVERY_PAGE: [(&str, &str, &[&str]); 8] = [
    (
        "fields",
        "<div class=field><div class=label>Case</div><div class=item>{}</div></div><div class=field><div class=label>Judge</div>\
         <div class=item>A. Safarov</div></div><div class=field><div class=label>Claim</div><div class=item>{}</div></div>",
        &["Judge", "A. Safarov"],
    ),
    (
        "answers",
        "<section class=qa><h3>Who may apply for this grant?</h3><p>{}</p></section><section class=qa><h3>When is the grant paid out?</h3>\
         <p>The grant is paid in the month after the decision.</p><p>It is paid once a year.</p></section>\
         <section class=qa><h3>What is it paid for?</h3><p>{}</p></section>",
        &["The grant is paid in the month after the decision.", "It is paid once a year."],
    ),
    (
        "closing",
        "<div class=text><p>{}</p><p>{}</p><div class=end><p>Copies of this decision are sent to the applicant and to the office.</p></div></div>",
        &["Copies of this decision are sent to the applicant and to the office."],
    ),
    ("initials", "<div class=text><p>{}</p><p>{}</p></div><div class=sign>Рахимзода К.</div>", &["Рахимзода К."]),
    (
        "formula",
        "<div class=in><p>{}</p></div><div class=formula>Правительство Республики постановляет:</div><div class=in><p>{}</p></div>",
        &["Правительство Республики постановляет:"],
    ),
    (
        "unchanged",
        "<div class=text><p>Prices did not change against the last day of trade.</p><p>All stations of the capital had fuel of every kind.</p></div>",
        &[
            "Prices did not change against the last day of trade.",
            "All stations of the capital had fuel of every kind.",
        ],
    ),
    (
        "annex",
        "<div class=doc><p>{}</p><div class=sign><p>Chairman K. Rahimzoda</p></div><h3>Annex</h3><p>{}</p></div>",
        &["Chairman K. Rahimzoda"],
    ),
    (
        "participants",
        "<div class=minutes><p>{}</p><div class=present><p>Present were the members of the board and its secretary.</p></div><p>{}</p></div>",
        &["Present were the members of the board and its secretary."],
    ),
];

#[test]
fn what_is_the_same_on_every_page_among_its_text_stays() {
    let place = Place::empty();
    for (name, layout, _) in &SAME_ON_EVERY_PAGE {
        for number in 0..ISSUES {
            let own = |more: usize| {
                let publication = &PUBLICATIONS[3 * ((number + more) % 5)];
                let below = publication.below.replacen('#', &(number * 17 + more).to_string(), 1);
                format!(
                    "{} {}",
                    publication.above.replace("{}", &format!("{}.10.2026", number + 1)),
                    below.replace('#', "9")
                )
            };
            let body = layout.replacen("{}", &own(0), 1).replacen("{}", &own(1), 1);
            let title = format!("Decision {} of {}.10.2026", 300 + number, number + 1);
            let page = format!(
                "<html><head><title>{title}</title></head><body><main><h1>{title}</h1>{body}</main></body></html>"
            );
            capture(&place, &format!("{name}-{number}"), &format!("https://{name}.example/{number}"), &page);
        }
    }
    expect_exit(&place.run(&[]), 0);
    let ledger = place.of_run("removed");
    let is_taken = |text: &str| ledger.iter().filter(|l| l["rule"] == "repeat.template" && l["text"] == text).count();
    let taken = SAME_ON_EVERY_PAGE.iter().flat_map(|(name, _, texts)| texts.iter().map(move |text| (name, text)));
    let taken: Vec<_> =
        taken.map(|(name, text)| (name, text, is_taken(text))).filter(|(.., pages)| *pages > 0).collect();
    assert!(taken.is_empty(), "{taken:#?}");
}
