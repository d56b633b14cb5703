//! The PDF reader, on documents made here: text placed line by line in the standard Helvetica.

use crate::common::drawing::{Drawing, encrypted, file, file_in, file_saying, tagged_file};
use crate::common::shared;
use proptest::prelude::*;
use sanad_document::{Block, Document, Fate, Join, Kind, Origin, Page, SiteRules};
use sanad_pdf::Error;

fn read(pages: &[Drawing]) -> Document {
    sanad_pdf::extract(&file(pages), &Page::default()).unwrap()
}

fn dropped<'d>(document: &'d Document, name: &str) -> Vec<&'d str> {
    document
        .blocks
        .iter()
        .filter(|b| matches!(&b.fate, Fate::Drop { rule, .. } if rule == name))
        .map(|b| b.text.as_str())
        .collect()
}

fn kept(document: &Document) -> Vec<&Block> {
    document.blocks.iter().filter(|b| b.fate.is_kept()).collect()
}

const BODY: [&str; 3] = [
    "The parties agree to work together on the matters that are named in this paper, and to",
    "meet once a year in one of the two capitals so that the work can be looked at and set",
    "right where that is needed.",
];

#[test]
fn a_head_repeated_on_every_page_is_dropped_and_kept_as_evidence() {
    let pages: Vec<Drawing> = (0..4)
        .map(|i| {
            Drawing::default().line(60.0, 800.0, 9.0, "Ministry of Examples").lines(
                60.0,
                740.0 - 20.0 * i as f32,
                &BODY,
            )
        })
        .collect();
    let document = read(&pages);
    assert_eq!(dropped(&document, "page.running_head").len(), 4);
    assert!(!sanad_pdf::text(&document.blocks).contains("Ministry of Examples"));
}

#[test]
fn text_under_a_head_stays_where_pages_begin_with_headings_and_short_paragraphs() {
    let firsts = [
        "On the rights of those who live abroad",
        "national or social origin, property or birth.",
        "On marriage and the care for children",
        "be deprived of what is theirs without cause.",
        "On work, rest and fair pay",
        "and friendship among all nations and groups.",
    ];
    let pages: Vec<Drawing> = (0u8..)
        .zip(firsts)
        .map(|(i, first)| {
            let size = if i % 2 == 0 { 12.0 } else { 11.0 };
            Drawing::default().line(60.0, 800.0, 9.0, "Collected acts").line(60.0, 770.0, size, first).lines(
                60.0,
                745.0 - 3.0 * f32::from(i),
                &BODY,
            )
        })
        .collect();
    let document = read(&pages);
    assert_eq!(dropped(&document, "page.running_head"), ["Collected acts"; 6]);
    let text = sanad_pdf::text(&document.blocks);
    assert!(firsts.iter().all(|first| text.contains(first)), "{text}");
}

#[test]
fn list_marks_in_a_column_of_their_own_belong_to_their_items() {
    let mut drawing = Drawing::default().lines(60.0, 780.0, &BODY);
    for (i, item) in ["the first of the rules", "the second of them", "the third and the last"].iter().enumerate() {
        let y = 700.0 - 14.0 * i as f32;
        drawing = drawing.line(60.0, y, 11.0, &format!("{}.", i + 1)).line(90.0, y, 11.0, item);
    }
    let document = read(&[drawing]);
    let items: Vec<&str> =
        document.blocks.iter().filter(|b| b.kind == Kind::ListItem).map(|b| b.text.as_str()).collect();
    assert_eq!(items, ["1. the first of the rules", "2. the second of them", "3. the third and the last"]);
}

#[test]
fn a_bullet_that_is_drawn_is_written() {
    let mut drawing = Drawing::default().lines(60.0, 780.0, &BODY);
    for (y, text) in [(700.0, "clean water"), (680.0, "safe roads")] {
        drawing = drawing.disc(72.0, y + 3.5, 2.0).line(84.0, y, 11.0, text);
    }
    let document = read(&[drawing]);
    let items: Vec<&str> =
        document.blocks.iter().filter(|b| b.kind == Kind::ListItem).map(|b| b.text.as_str()).collect();
    assert_eq!(items, ["• clean water", "• safe roads"]);
}

#[test]
fn the_structure_tree_names_headings_where_it_calls_little_of_the_text_one() {
    let page = || {
        let head = Drawing::default().begin(0).line(60.0, 754.0, 11.0, "The parties to this paper").end();
        head.begin(1).lines(60.0, 740.0, &BODY).end()
    };
    let read = |elements: &str| {
        let document = sanad_pdf::extract(&tagged_file(&[page()], elements), &Page::default()).unwrap();
        document.blocks.iter().map(|b| (b.kind, b.level)).collect::<Vec<_>>()
    };
    let careful = "<</S/H2/Pg 5 0 R/K 0>> <</S/P/Pg 5 0 R/K[1]>>";
    assert_eq!(read(careful), [(Kind::Heading, Some(2)), (Kind::Paragraph, None)]);
    let careless = "<</S/H1/Pg 5 0 R/K[0 1]>>";
    assert!(read(careless).iter().all(|b| b.0 == Kind::Paragraph));
}

#[test]
fn tagged_cells_are_a_table_where_no_rules_are_drawn() {
    let row = |drawing: Drawing, y: f32, first: u32, cells: [&str; 3]| {
        cells
            .iter()
            .zip([60.0, 150.0, 300.0])
            .zip(first..)
            .fold(drawing, |drawing, ((text, x), id)| drawing.begin(id).line(x, y, 11.0, text).end())
    };
    let mut page = Drawing::default().begin(0).lines(60.0, 780.0, &BODY).end();
    page = row(page, 700.0, 1, ["District", "Schools", "What was built"]);
    page = row(page, 685.0, 4, ["North", "14", "Two roofs"]);
    page = row(page, 670.0, 7, ["South and", "9", "A well"]);
    page = page.begin(10).line(60.0, 656.0, 11.0, "its islands").end();
    let cell = |ids: &str| format!("<</S/TD/K[{ids}]>>");
    let line = |cells: [&str; 3]| format!("<</S/TR/K[{}]>>", cells.map(cell).concat());
    let rows = [["1", "2", "3"], ["4", "5", "6"], ["7 10", "8", "9"]].map(line).concat();
    let elements = format!("<</S/P/Pg 5 0 R/K 0>> <</S/Table/Pg 5 0 R/K[<</S/TBody/K[{rows}]>>]>>");
    let document = sanad_pdf::extract(&tagged_file(&[page], &elements), &Page::default()).unwrap();
    let tables: Vec<&str> = document.blocks.iter().filter(|b| b.kind == Kind::Table).map(|b| b.text.as_str()).collect();
    let wanted = "District | Schools | What was built\nNorth | 14 | Two roofs\nSouth and its islands | 9 | A well";
    assert_eq!(tables, [wanted]);
}

#[test]
fn tagged_items_are_a_list_unless_they_begin_inside_sentences() {
    let read = |texts: [&str; 4]| {
        let mut page = Drawing::default().begin(0).lines(60.0, 780.0, &BODY).end();
        for ((text, id), y) in texts.iter().zip(1..).zip([700.0, 685.0, 670.0, 655.0]) {
            page = page.begin(id).line(72.0, y, 11.0, text).end();
        }
        let deep = "<</S/L/K[<</S/LI/K[3]>>]>>";
        let elements = format!(
            "<</S/P/Pg 5 0 R/K 0>> <</S/L/Pg 5 0 R/K[<</S/LI/K[1]>> <</S/LI/K[2 {deep}]>> <</S/LI/K[<</S/LBody/K[4]>>]>>]>>"
        );
        let document = sanad_pdf::extract(&tagged_file(&[page], &elements), &Page::default()).unwrap();
        let items = document.blocks.into_iter().filter(|b| b.kind == Kind::ListItem);
        items.map(|b| (b.text, b.level.unwrap_or(0))).collect::<Vec<_>>()
    };
    let items = read(["Water for all", "Roads", "Of these the bridges", "Schools"]);
    let wanted = [("Water for all", 1), ("Roads", 1), ("Of these the bridges", 2), ("Schools", 1)];
    assert_eq!(items, wanted.map(|(text, level)| (text.to_owned(), level)));
    let cut =
        ["The water that is meant for", "the towns of the south and", "their people is to be clean", "and cheap."];
    assert_eq!(read(cut), []);
}

#[test]
fn a_place_names_the_number_that_is_printed_on_the_page() {
    let pages: Vec<Drawing> = (0..3).map(|_| Drawing::default().lines(60.0, 780.0, &BODY)).collect();
    let bytes = file_saying(&pages, "/PageLabels<</Nums[0<</S/r>> 2<</S/D>>]>>");
    let document = sanad_pdf::extract(&bytes, &Page::default()).unwrap();
    let labels = document.blocks.iter().filter_map(|b| match b.origin.first() {
        Some(Origin::Pdf { page, label, .. }) => Some((*page, label.clone().unwrap_or_default())),
        _ => None,
    });
    let wanted = [(1, "i"), (2, "ii"), (3, "1")].map(|(page, label)| (page, label.to_owned()));
    assert_eq!(labels.collect::<Vec<_>>(), wanted);
}

#[test]
fn page_numbers_that_grow_are_dropped_and_other_numbers_stay() {
    let pages: Vec<Drawing> = (1..=3)
        .map(|i| {
            Drawing::default().lines(60.0, 740.0, &BODY).line(60.0, 400.0, 11.0, "1948").line(
                290.0,
                40.0,
                9.0,
                &format!("Page {i} of 3"),
            )
        })
        .collect();
    let document = read(&pages);
    assert_eq!(dropped(&document, "page.number"), ["Page 1 of 3", "Page 2 of 3", "Page 3 of 3"]);
    assert_eq!(sanad_pdf::text(&document.blocks).matches("1948").count(), 3);
}

#[test]
fn a_sentence_cut_by_a_page_break_is_two_blocks_that_join() {
    let document =
        read(&[Drawing::default().lines(60.0, 740.0, &BODY[..2]), Drawing::default().lines(60.0, 740.0, &BODY[2..])]);
    let blocks = kept(&document);
    assert_eq!(blocks.len(), 2);
    assert_eq!(blocks[1].join, Join::Space);
    assert!(matches!(blocks[1].origin[0], Origin::Pdf { page: 2, .. }));
    assert_eq!(sanad_pdf::text(&document.blocks), BODY.join(" "));
}

#[test]
fn a_word_hyphenated_at_a_line_end_is_whole_again() {
    let document = read(&[Drawing::default().lines(
        60.0,
        740.0,
        &["Cooperation between the two ministries goes on, and this coop-", "eration is good."],
    )]);
    assert!(sanad_pdf::text(&document.blocks).contains("this cooperation is good"));
}

#[test]
fn columns_are_read_one_after_the_other() {
    let left = [
        "The left column holds the first part of",
        "the paper and goes on for some lines of",
        "text that fill it to its right edge and",
        "that stand beside the other column here",
        "so that rows could be read across.",
    ];
    let right = [
        "The right column holds the second part",
        "of the paper, and it must be read after",
        "the left one has come to its end, which",
        "is what a reader of the paper would do",
        "without a thought.",
    ];
    let document = read(&[Drawing::default().lines(60.0, 740.0, &left).lines(320.0, 740.0, &right)]);
    let text = sanad_pdf::text(&document.blocks);
    assert!(text.contains("first part of the paper and goes on"), "{text}");
    assert!(text.find("rows could").unwrap() < text.find("second part").unwrap());
}

#[test]
fn a_ruled_table_keeps_its_rows_and_cells() {
    let mut drawing = Drawing::default().lines(60.0, 780.0, &BODY);
    for (row, cells) in [["Region", "People"], ["Sughd", "2 706 000"]].iter().enumerate() {
        let y = 660.0 - 20.0 * row as f32;
        drawing = drawing.line(70.0, y, 10.0, cells[0]).line(170.0, y, 10.0, cells[1]);
    }
    for y in [675.0, 655.0, 635.0] {
        drawing = drawing.rule(65.0, y, 265.0, y);
    }
    for x in [65.0, 165.0, 265.0] {
        drawing = drawing.rule(x, 675.0, x, 635.0);
    }
    let document = read(&[drawing]);
    let table = document.blocks.iter().find(|b| b.kind == Kind::Table).unwrap();
    assert_eq!(table.text, "Region | People\nSughd | 2 706 000");
}

#[test]
fn boxes_are_points_from_the_top_left() {
    let document = read(&[Drawing::default().line(100.0, 742.0, 10.0, "Here")]);
    let Origin::Pdf { page, bbox, .. } = document.blocks[0].origin[0] else {
        panic!("a PDF block without a place");
    };
    assert_eq!(page, 1);
    assert!((bbox[0] - 100.0).abs() < 0.5 && bbox[1] > 90.0 && bbox[3] < 105.0, "{bbox:?}");
}

#[test]
fn an_encrypted_file_opens_with_a_password_of_its_site() {
    let bytes = encrypted(&file(&[Drawing::default().lines(60.0, 740.0, &BODY)]), "2021");
    let error = sanad_pdf::extract(&bytes, &Page::default()).unwrap_err();
    assert!(matches!(error, Error::Encrypted), "{error:?}");
    let site = SiteRules { pdf_passwords: vec!["2020".to_owned(), "2021".to_owned()], ..SiteRules::default() };
    let document = sanad_pdf::extract(&bytes, &Page { site: Some(&site), ..Page::default() }).unwrap();
    assert_eq!(sanad_pdf::text(&document.blocks), BODY.join(" "));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("locked.pdf");
    std::fs::write(&path, &bytes).unwrap();
    let extract = |password: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_sanad"));
        command.args(["extract", "--format", "text"]).arg(&path).env("SANAD_PDF_PASSWORD", password);
        command.output().unwrap()
    };
    assert_eq!(extract("2020").status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&extract("2021").stdout).trim(), BODY.join(" "));
}

#[test]
fn rubbish_is_an_error_that_says_so() {
    for bytes in [&b"%PDF-1.7\nnothing"[..], b"", b"<html>"] {
        let error = sanad_pdf::extract(bytes, &Page::default()).unwrap_err();
        assert!(matches!(error, Error::Broken { .. } | Error::NoPages), "{error:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_truncated_or_damaged_file_never_panics_and_reads_the_same_twice(
        cut in 0usize..4000, at in 0usize..4000, byte in any::<u8>()
    ) {
        let mut bytes = file(&[Drawing::default().lines(60.0, 740.0, &BODY), Drawing::default().lines(60.0, 740.0, &BODY)]);
        if let Some(b) = bytes.get_mut(at) {
            *b = byte;
        }
        bytes.truncate(cut.max(20));
        let page = Page::default();
        prop_assert_eq!(sanad_pdf::extract(&bytes, &page), sanad_pdf::extract(&bytes, &page));
    }

    #[test]
    fn no_letter_is_lost(words in proptest::collection::vec("[a-z]{1,9}", 1..60), seed in 0u8..4) {
        let lines: Vec<String> = words.chunks(3 + usize::from(seed)).map(|c| c.join(" ")).collect();
        let refs: Vec<&str> = lines.iter().map(String::as_str).collect();
        let document = read(&[Drawing::default().lines(60.0, 780.0, &refs)]);
        let mut found: Vec<char> = document.blocks.iter().flat_map(|b| b.text.chars()).filter(|c| c.is_alphabetic()).collect();
        let mut given: Vec<char> = words.concat().chars().collect();
        found.sort_unstable();
        given.sort_unstable();
        prop_assert_eq!(found, given);
    }
}

/// Found by fuzzing: the library counts up from the first code, and overflowed.
#[test]
fn a_font_with_a_code_beyond_all_numbers_is_read_by_its_others() {
    let font = "<</Type/Font/Subtype/TrueType/BaseFont/Helvetica/Encoding<</BaseEncoding/WinAnsiEncoding\
                /Differences[97/b 9223372036854775807/c/d]>>>>";
    let bytes = file_in(&[Drawing::default().line(72.0, 700.0, 12.0, "A cat naps")], "", font);
    let document = sanad_pdf::extract(&bytes, &Page::default()).unwrap();
    assert_eq!(document.blocks[0].text, "A cbt nbps");
    assert!(document.warnings.is_empty(), "{:?}", document.warnings);
}

/// Found by fuzzing: the library stored a width for each code of a range.
#[test]
fn a_range_of_all_numbers_is_no_reason_to_eat_memory() {
    for widths in ["/W[0 4294967295 500]", "/W[1[600]2 3 500]/W2[0 4294967295 1 2 3]"] {
        let font = format!(
            "<</Type/Font/Subtype/Type0/BaseFont/Odd/Encoding/Identity-V/DescendantFonts[<</Type/Font/Subtype/CIDFontType2\
             /BaseFont/Odd/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>{widths}>>]>>"
        );
        let bytes = file_in(&[Drawing::default().line(72.0, 700.0, 12.0, "lost")], "", &font);
        assert!(sanad_pdf::extract(&bytes, &Page::default()).is_ok_and(|document| document.blocks.is_empty()));
    }
}

/// Odd and broken files, with the number of letters that three other readers find. The text may not be empty if two of
/// them find 20 letters or more.
#[test]
fn odd_files_give_text_where_others_find_some() {
    let Some(root) = shared("eval/pdf/robustness") else { return };
    let expected = std::fs::read_to_string(root.join("expect.tsv")).unwrap();
    let mut missed = Vec::new();
    for row in expected.lines().skip(1) {
        let cells: Vec<&str> = row.split('\t').collect();
        let letters = |i: usize| cells.get(i).and_then(|c| c.parse::<usize>().ok()).unwrap_or(0);
        let peers = [2, 4, 6].iter().filter(|i| letters(**i) >= 20).count();
        let bytes = std::fs::read(root.join(cells[0])).unwrap();
        let found = sanad_pdf::extract(&bytes, &Page::default())
            .map_or(0, |d| d.blocks.iter().flat_map(|b| b.text.chars()).filter(|c| c.is_alphanumeric()).count());
        if peers >= 2 && found == 0 {
            missed.push(cells[0].to_owned());
        }
    }
    assert!(missed.len() <= 3, "no text in {missed:?}");
}
