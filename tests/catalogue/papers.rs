//! Provokes the errors, warnings and rules of the PDF reader.

use super::{Group, expect_all};
use crate::common::drawing::{Drawing, encrypted, file, file_in, file_saying, written};
use sanad_document::{Document, Fate, Page};
use std::collections::BTreeSet;

pub(super) const GROUPS: &[Group] = &[
    Group { of: "errors of PDFs", names: &["pdf.broken", "pdf.encrypted", "pdf.no_pages"] },
    Group {
        of: "warnings of PDFs",
        names: &[
            "pdf.attachment",
            "pdf.latin_for_cyrillic",
            "pdf.mended",
            "pdf.page_failed",
            "pdf.page_without_text",
            "pdf.text_layer",
            "pdf.text_untrusted",
        ],
    },
    Group {
        of: "rules of PDFs",
        names: &[
            "page.artifact",
            "page.letterhead",
            "page.number",
            "page.running_foot",
            "page.running_head",
            "page.untrusted",
            "page.watermark",
        ],
    },
];

const BODY: [&str; 4] = [
    "The parties agree to work together on the matters that are named in this paper, and to",
    "meet once a year in one of the two capitals so that the work can be looked at and set",
    "right where that is needed. What they agree on is written down and kept by both of them",
    "for as long as this paper is in force.",
];

/// A font whose codes are glyph numbers, without a table that maps them to letters.
const MUTE: &str = "<</Type/Font/Subtype/Type0/BaseFont/Odd/Encoding/Identity-H/DescendantFonts[<</Type/Font/Subtype/CIDFontType2\
    /BaseFont/Odd/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>>>]>>";

fn body() -> Drawing {
    Drawing::default().lines(60.0, 740.0, &BODY)
}

/// A grey picture that covers the page.
fn picture() -> Drawing {
    Drawing("q 595 0 0 842 0 0 cm BI /W 1 /H 1 /CS /G /BPC 8 ID 0 EI Q\n".to_owned())
}

/// Wraps a drawing in operators.
fn within(before: &str, inner: &Drawing, after: &str) -> Drawing {
    Drawing(format!("{before}\n{}{after}\n", inner.0))
}

fn beside(one: Drawing, other: &Drawing) -> Drawing {
    Drawing(one.0 + &other.0)
}

/// The text in Windows-1251, each byte as an escape of a PDF string.
fn cp1251(text: &str) -> String {
    let (bytes, _, _) = encoding_rs::WINDOWS_1251.encode(text);
    bytes.iter().map(|byte| format!("\\{byte:03o}")).collect()
}

/// A file whose catalogue is in an object stream that lists itself as its member: only the second reader opens it.
fn self_referring() -> Vec<u8> {
    let objects = [
        "<</Type/Catalog/Pages 3 0 R>>",
        "<</Type/Pages/Kids[4 0 R]/Count 1>>",
        "<</Type/Page/Parent 3 0 R/MediaBox[0 0 595 842]/Contents 6 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ];
    let (mut inner, mut index) = (String::new(), "1 0".to_owned());
    for (number, object) in (2..).zip(objects) {
        index.push_str(&format!(" {number} {}", inner.len()));
        inner.push_str(&format!("{object}\n"));
    }
    let mut out = b"%PDF-1.5\n".to_vec();
    let stream = |dictionary: &str, content: &[u8]| {
        [format!("<<{dictionary}/Length {}>>stream\n", content.len()).as_bytes(), content, b"\nendstream endobj\n"]
            .concat()
    };
    out.extend(b"1 0 obj");
    out.extend(stream(&format!("/Type/ObjStm/N 5/First {}", index.len() + 1), format!("{index}\n{inner}").as_bytes()));
    let content_at = out.len();
    out.extend(b"6 0 obj");
    out.extend(stream("", body().0.as_bytes()));
    let table_at = out.len();
    let entry = |kind: u8, place: usize, nth: u8| {
        [vec![kind], u16::try_from(place).unwrap().to_be_bytes().to_vec(), vec![nth]].concat()
    };
    let entries = [
        entry(0, 0, 0),
        entry(2, 1, 0),
        entry(2, 1, 1),
        entry(2, 1, 2),
        entry(2, 1, 3),
        entry(2, 1, 4),
        entry(1, content_at, 0),
        entry(1, table_at, 0),
    ];
    out.extend(b"7 0 obj");
    out.extend(stream("/Type/XRef/Size 8/Index[0 8]/W[1 2 1]/Root 2 0 R", &entries.concat()));
    out.extend(format!("startxref\n{table_at}\n%%EOF").bytes());
    out
}

/// A page of forms nested deeper than the reader's limit.
fn deep_forms() -> Vec<u8> {
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Count 1/Kids[3 0 R]>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</XObject<</F 5 0 R>>>>>>".to_owned(),
        "<</Length 6>>stream\n/F Do\nendstream".to_owned(),
    ];
    for next in 6..40 {
        objects.push(format!(
            "<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F {next} 0 R>>>>/Length 6>>stream\n/F Do\nendstream"
        ));
    }
    written(&objects)
}

fn read(bytes: &[u8]) -> Document {
    sanad_pdf::extract(bytes, &Page::default()).unwrap()
}

#[test]
fn errors_of_pdfs() {
    let no_pages = file(&[]);
    let cases = [
        ("pdf.broken", b"%PDF-1.7\nand nothing else".to_vec()),
        ("pdf.encrypted", encrypted(&file(&[body()]), "2021")),
        ("pdf.no_pages", no_pages),
    ];
    for (code, bytes) in &cases {
        assert_eq!(sanad_extract::extract(bytes, &Page::default()).unwrap_err().code(), *code);
    }
    expect_all(GROUPS, "errors of PDFs", cases.map(|(code, _)| code));
}

#[test]
fn warnings_of_pdfs() {
    let attached = "/Names<</EmbeddedFiles<</Names[(a)<</Type/Filespec/F(list.csv)>>]>>>>";
    let cyrillic = "Министерство водного хозяйства сообщает, что ремонт каналов завершён в срок и в полном объёме";
    let invisible = within("3 Tr", &body(), "");
    let cases = [
        ("pdf.attachment", file_saying(&[body()], attached)),
        ("pdf.latin_for_cyrillic", file(&[Drawing::default().line(40.0, 740.0, 9.0, &cp1251(cyrillic))])),
        ("pdf.mended", self_referring()),
        ("pdf.page_failed", deep_forms()),
        ("pdf.page_without_text", file(&[body(), picture()])),
        ("pdf.text_layer", file(&[beside(picture(), &invisible)])),
        ("pdf.text_untrusted", file_in(&[body()], "", MUTE)),
    ];
    for (code, bytes) in &cases {
        let warnings = read(bytes).warnings;
        assert_eq!(warnings.iter().map(|w| w.code.as_str()).collect::<Vec<_>>(), [*code]);
    }
    expect_all(GROUPS, "warnings of PDFs", cases.map(|(code, _)| code));
}

#[test]
fn rules_of_pdfs() {
    let pages = |make: &dyn Fn(usize) -> Drawing| file(&(1..=4).map(make).collect::<Vec<_>>());
    let at = |n: usize| 740.0 - 20.0 * n as f32;
    let text = |n: usize| Drawing::default().lines(60.0, at(n), &BODY);
    let tagged = |tag: &str| {
        let inner = Drawing::default().line(60.0, 500.0, 11.0, "Draft of the office");
        within(&format!("/Artifact <<{tag}>> BDC"), &inner, "EMC")
    };
    let letterhead = Drawing::default().line(200.0, 810.0, 12.0, "Ministry of Waters").lines(60.0, 700.0, &BODY);
    let second = Drawing::default().lines(60.0, 740.0, &[BODY[2], BODY[0], BODY[1]]);
    let cases = [
        ("page.artifact", file(&[beside(body(), &tagged("/Type/Pagination"))])),
        ("page.letterhead", file(&[letterhead, second])),
        ("page.number", pages(&|n| text(n).line(290.0, 40.0, 9.0, &format!("Page {n} of 4")))),
        ("page.running_foot", pages(&|n| text(n).line(60.0, 40.0, 9.0, "Collected acts of the valley"))),
        ("page.running_head", pages(&|n| text(n).line(60.0, 800.0, 9.0, "Collected acts of the valley"))),
        ("page.untrusted", file_in(&[body()], "", MUTE)),
        ("page.watermark", file(&[beside(body(), &tagged("/Type/Pagination/Subtype/Watermark"))])),
    ];
    for (rule, bytes) in &cases {
        let document = read(bytes);
        let of = |fate: &Fate| if let Fate::Drop { rule, .. } = fate { Some(rule.to_string()) } else { None };
        let found: BTreeSet<String> = document.blocks.iter().filter_map(|b| of(&b.fate)).collect();
        assert_eq!(found, [(*rule).to_owned()].into(), "{:?}", document.blocks);
    }
    expect_all(GROUPS, "rules of PDFs", cases.map(|(rule, _)| rule));
}
