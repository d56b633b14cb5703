//! Generates batches of captures: pages of several hosts in several languages, PDFs, repeats, errors and broken bodies.
//! The same numbers give the same bytes.

use crate::common::{Place, project};
use sanad_warc::{Entry, Reader, RecordToWrite, Writer};

/// Pseudo-random numbers from a seed (xorshift).
pub struct Chance(pub u64);

impl Chance {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

pub const WORDS: [&str; 3] = [
    "the government decided today that water of two rivers will be shared by all districts valley as commission had proposed \
     in its report spring each hectare users canals shall pay fee one half goes to upkeep sluices and other villages along \
     upper course minister thanked elders for their patience promised work at weir would begin before first snow so fields",
    "правительство решило сегодня что вода двух рек будет разделена между всеми районами долины как предложила комиссия в своём \
     докладе весной за каждый гектар пользователи каналов платят сбор половина идёт на содержание шлюзов другая деревням вдоль \
     верхнего течения министр поблагодарил старейшин за терпение обещал работы на плотине начнутся до первого снега",
    "ҳукумат имрӯз қарор кард ки оби ду дарё байни ҳамаи ноҳияҳои водӣ тақсим карда мешавад чунон ки комиссия дар гузориши худ \
     пешниҳод карда буд барои ҳар гектар истифодабарандагони каналҳо пардохт мекунанд нисфи он барои нигоҳдории дарғот ва \
     нисфи дигар ба деҳаҳои болооб вазир ба мӯйсафедон барои сабрашон ташаккур гуфт ва ваъда дод ки корҳо пеш аз барф",
];

/// Writes captures `from..to` of the batch to `raw/NAME`.
pub fn crowd(place: &Place, name: &str, from: u64, to: u64) {
    let papers = papers();
    let mut writer = Writer::create(&place.path(&format!("raw/{name}")), "2026-01-01T00:00:00Z", "test").unwrap();
    for number in from..to {
        let mut chance = Chance(0x9e37_79b9_7f4a_7c15 ^ (number + 1).wrapping_mul(0xbf58_476d_1ce4_e5b9));
        for _ in 0..4 {
            chance.next();
        }
        let kind = chance.below(100);
        // One in twenty repeats an earlier page, exactly or with one more paragraph, under its own address or that
        // page's.
        let which = if kind < 5 && number > 10 { chance.below(number) } else { number };
        let host = which * which % 7;
        let at = if kind < 2 { which } else { number };
        let mut url = format!("https://host-{host}.example/news/{at}");
        let mut status = "200 OK";
        let mut content_type = "text/html; charset=utf-8";
        let mut body = page(which, host, kind).into_bytes();
        match kind {
            80..92 => {
                url.push_str(".pdf");
                content_type = "application/pdf";
                body.clone_from(&papers[number as usize % papers.len()]);
                body.extend(format!("% {number}\n").bytes());
            }
            92 | 93 => status = "404 Not Found",
            94 => status = "500 Internal Server Error",
            95 => body.truncate(body.len() / 3),
            96 => body.clear(),
            97 => content_type = "application/pdf",
            98 => body = (0..2_000).map(|_| chance.next() as u8).collect(),
            99 => body = "<div>".repeat(3_000).into_bytes(),
            _ => {}
        }
        let head = format!("HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\n\r\n");
        let date = format!("2026-01-01T{:02}:{:02}:{:02}Z", number / 3_600 % 24, number / 60 % 60, number % 60);
        writer
            .append(&RecordToWrite {
                kind: "response".to_owned(),
                url,
                date,
                content_type: "application/http;msgtype=response".to_owned(),
                block: [head.as_bytes(), &body].concat(),
                payload_at: Some(head.len()),
                ..RecordToWrite::default()
            })
            .unwrap();
    }
}

fn page(number: u64, host: u64, kind: u64) -> String {
    let mut chance = Chance(number * 7_919 + 1);
    let words: Vec<&str> = WORDS[(host % 3) as usize].split_whitespace().collect();
    let mut paragraph = |length: u64| {
        let words: Vec<&str> = (0..length).map(|_| words[chance.below(words.len() as u64) as usize]).collect();
        format!("<p>{}.</p>\n", words.join(" "))
    };
    let text: String = (0..2 + number % 6).map(|n| paragraph(20 + (n * 13 + number) % 50)).collect();
    let more = if kind == 3 { paragraph(40) } else { String::new() };
    format!(
        "<html><head><title>{number}: {host}</title></head><body>\n<nav><ul><li><a href=/>Home {host}</a><li><a href=/n>News</a>\
         </ul></nav><h1>{number}: {}</h1>\n{text}{more}<footer><p>All rights on host {host} are reserved by its owner, who \
         may be asked at any time.</p></footer></body></html>",
        words[(number % 40) as usize]
    )
}

/// The PDFs among the demonstration captures.
fn papers() -> Vec<Vec<u8>> {
    let mut reader = Reader::open(&project().join("raw/demo.warc.gz"), "demo.warc.gz", 1 << 20).unwrap();
    let mut papers = Vec::new();
    while let Some(entry) = reader.next_entry() {
        if let Entry::Capture(capture) = entry
            && capture.body.starts_with(b"%PDF")
            && capture.body.len() < 100_000
        {
            papers.push(capture.body);
        }
    }
    papers
}
