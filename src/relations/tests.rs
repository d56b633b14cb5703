use super::*;
use crate::emit::{self, Record, RecordIdentity};
use sanad_document::{Block, Document, Kind, Tongue};
use sanad_extract::metadata::{Date, Metadata};

/// Builds a record of these paragraphs.
fn record(id: &str, paragraphs: &[&str]) -> Record {
    let blocks = paragraphs.iter().map(|text| Block { text: (*text).to_owned(), ..Block::default() }).collect();
    let language = Some(Tongue { code: "eng".parse().unwrap(), ..Tongue::default() });
    let document = Document { blocks, language, ..Document::default() };
    emit::record(&document, &Metadata::default(), &RecordIdentity { id: id.to_owned(), ..RecordIdentity::default() })
}

fn published(mut record: Record, value: &str) -> Record {
    let date = Date { role: "published".to_owned(), value: value.to_owned(), ..Date::default() };
    record.dates.push((&date).into());
    record
}

/// A deck of records in memory, sorted by source.
struct Records(Vec<Record>);

impl Deck for Records {
    fn each(&mut self, take: &mut dyn FnMut(u32, Card) -> Result<(), Error>) -> Result<(), Error> {
        self.0.iter().zip(0..).try_for_each(|(record, number)| take(number, Card::of(record)))
    }

    fn record(&mut self, number: u32) -> Result<Unread, Error> {
        let line = serde_json::to_string(&self.0[number as usize]).unwrap();
        Ok(Unread { line, file: std::path::PathBuf::from("records") })
    }
}

fn relations(records: &[Record]) -> Relations {
    let mut records = records.to_vec();
    records.sort_by(|a, b| a.source.cmp(&b.source));
    let (mut deck, mut known) = (Records(records), Comparisons::default());
    let found = relate(&mut deck, &mut known, 2, &std::env::temp_dir()).unwrap();
    let mut known = Comparisons::with(known.found());
    assert_eq!(relate(&mut deck, &mut known, 2, &std::env::temp_dir()).unwrap(), found, "with cached comparisons");
    found
}

/// Returns id and original of each near-duplicate.
fn duplicates(records: &[Record]) -> Vec<(String, String)> {
    let relations = relations(records);
    let pair = |(id, r): (&String, &Relation)| r.duplicate_of.clone().map(|original| (id.clone(), original));
    relations.of.iter().filter_map(pair).collect()
}

fn pair(id: &str, original: &str) -> Vec<(String, String)> {
    vec![(id.to_owned(), original.to_owned())]
}

const OPENING: &str = "The government decided today that the water of the two rivers will be shared by all the districts of \
    the valley, as the commission had proposed in its report of the spring.";
const FEES: &str = "For each hectare the users of the canals shall pay a fee of 120 somoni a year, of which one half goes \
    to the upkeep of the sluices and the other to the villages along the upper course.";
const VISIT: &str = "Minister Rahimov thanked the elders for their patience and promised that the work at the weir would \
    begin before the first snow, so that the fields below could be watered in time.";
const CLOSING: &str = "The ministry will see to it that the decision is carried out before the end of the year, and will \
    report on it to the assembly when the members meet again after the winter.";
const WHOLE: [&str; 4] = [OPENING, FEES, VISIT, CLOSING];

#[test]
fn a_print_version_and_a_repost_with_lines_of_their_own_are_near_duplicates() {
    let original = record("a/1", &WHOLE);
    let print = record("a/2", &["Printed from a.example", OPENING, FEES, VISIT, CLOSING, "Back to the page"]);
    assert_eq!(duplicates(&[original.clone(), print]), pair("a/2", "a/1"));
    let repost = record("b/1", &["Posted on 7.11.2026, 15:20 | 311 views", OPENING, FEES, VISIT, CLOSING]);
    let other = record("c/1", &["Posted on 8.11.2026, 09:05 | 64 views", OPENING, FEES, VISIT, CLOSING]);
    assert_eq!(duplicates(&[repost, other]), pair("c/1", "b/1"));
}

#[test]
fn a_corrected_spelling_is_the_same_text() {
    let other = VISIT.replace("Rahimov", "Rakhimov").replace("watered", "waterd");
    assert_eq!(
        duplicates(&[record("a/1", &WHOLE), record("a/2", &[OPENING, FEES, &other, CLOSING])]),
        pair("a/2", "a/1")
    );
}

#[test]
fn another_number_or_another_name_is_another_text() {
    let law = |fee: &str| record("a/2", &[OPENING, &FEES.replace("120", fee), VISIT, CLOSING]);
    assert_eq!(duplicates(&[record("a/1", &WHOLE), law("120")]), pair("a/2", "a/1"));
    assert_eq!(duplicates(&[record("a/1", &WHOLE), law("135")]), []);
    let visit = record("a/2", &[OPENING, FEES, &VISIT.replace("Rahimov", "Salimzoda"), CLOSING]);
    assert_eq!(duplicates(&[record("a/1", &WHOLE), visit]), []);
}

#[test]
fn a_title_with_another_year_is_another_text() {
    let titled = |id: &str, year: &str| {
        let mut record = record(id, &WHOLE);
        record.title = Some(format!("On the fees of the year {year}"));
        record
    };
    assert_eq!(duplicates(&[titled("a/1", "2025"), titled("a/2", "2026")]), []);
    assert_eq!(duplicates(&[titled("a/1", "2026"), titled("a/2", "2026")]), pair("a/2", "a/1"));
}

#[test]
fn a_cut_a_quotation_and_an_extension_are_no_duplicates() {
    let more = "In the lower valley the news was met with relief. A farmer of the third district said that his family had \
        waited for it since the dry summer, when the wells had failed and the herds were driven over the pass.";
    for other in [vec![OPENING, FEES, VISIT], vec![more, OPENING, more], vec![OPENING, FEES, VISIT, CLOSING, more]] {
        assert_eq!(duplicates(&[record("a/1", &WHOLE), record("a/2", &other)]), []);
    }
}

#[test]
fn texts_of_two_languages_and_a_few_words_are_never_near_duplicates() {
    let mut other = record("a/2", &WHOLE);
    other.language = Some("rus".to_owned());
    assert_eq!(duplicates(&[record("a/1", &WHOLE), other]), []);
    let few = ["This page is under construction, come back later"];
    assert_eq!(duplicates(&[record("a/1", &few), record("a/2", &few)]), []);
    let short = [OPENING];
    let changed = OPENING.replace("two rivers", "two springs");
    assert_eq!(duplicates(&[record("a/1", &short), record("a/2", &short)]), pair("a/2", "a/1"));
    assert_eq!(duplicates(&[record("a/1", &short), record("a/2", &[&changed])]), []);
}

#[test]
fn the_original_is_the_earliest_published_then_the_smallest_id_whatever_the_order() {
    let late = published(record("a/1", &WHOLE), "2026-03-02");
    let early = published(record("b/9", &WHOLE), "2026-03-01T09:00");
    let same_day = published(record("a/2", &WHOLE), "2026-03-01");
    let undated = record("a/0", &WHOLE);
    let mut all = vec![late, early, same_day, undated];
    for _ in 0..4 {
        all.rotate_left(1);
        let wanted = ["a/0", "a/1", "a/2"].map(|id| (id.to_owned(), "b/9".to_owned()));
        assert_eq!(duplicates(&all), wanted);
    }
}

#[test]
fn the_table_is_read_as_written_and_applied_to_records() {
    let records = [record("a/1", &WHOLE), record("a/2", &WHOLE)];
    let relations = relations(&records);
    let read = Relations::of_lines(&relations.to_lines()).unwrap();
    assert_eq!(read.of, relations.of);
    let mut other = records[1].clone();
    assert!(!read.are_those_of(&other));
    read.apply(&mut other);
    assert_eq!(other.duplicate_of.as_deref(), Some("a/1"));
    assert!(read.are_those_of(&other) && read.are_those_of(&records[0]));
    strip(&mut other);
    assert_eq!(other, records[1]);
}

#[test]
fn words_of_date_lines_are_set_aside() {
    let mut record =
        record("a/1", &["Posted on 7.11.2026 | 311 views", OPENING, "Head 5", FEES, VISIT, CLOSING, OPENING]);
    record.blocks[2].kind = Kind::Heading;
    let words = minhash::words(&record);
    let asides: Vec<&str> = words.iter().filter(|w| w.is_aside).map(|w| w.text).collect();
    assert_eq!(asides, ["Posted", "on", "7", "11", "2026", "311", "views"]);
    assert!(words.iter().any(|w| w.text == "120" && w.is_number));
}
