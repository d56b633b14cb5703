//! Bytes to text to language: properties of any input, and floors on the language data in `../shared`.

use crate::common::{json_lines, shared};
use proptest::prelude::*;
use sanad::cli::stages;
use sanad_document::Page;
use serde_json::{Value, json};

/// Rows of a file of the language data.
#[track_caller]
fn rows(name: &str) -> Option<Vec<Value>> {
    let path = shared(&format!("eval/lang/{name}"))?;
    Some(json_lines(&std::fs::read_to_string(path).unwrap()))
}

fn run(
    stage: fn(&mut dyn std::io::BufRead, &mut dyn std::io::Write) -> std::io::Result<stages::Tally>,
    lines: &[Value],
) -> Vec<Value> {
    let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
    let input = lines.join("\n");
    let mut output = Vec::new();
    stage(&mut input.as_bytes(), &mut output).unwrap();
    let text = String::from_utf8(output).unwrap();
    text.split('\n').filter(|l| !l.is_empty()).map(|l| serde_json::from_str(l).unwrap()).collect()
}

/// The language of a label such as `tgk_Cyrl`. Members of a macro-language become the macro-language.
fn base(label: &str) -> &str {
    match label.split('_').next().unwrap_or_default() {
        "uzn" => "uzb",
        "pes" | "prs" => "fas",
        "arb" => "ara",
        "azj" => "aze",
        "khk" => "mon",
        "nob" => "nor",
        "als" => "sqi",
        "lvs" => "lav",
        other => other,
    }
}

#[test]
fn every_row_of_the_encodings_is_read_exactly() {
    let Some(gold) = rows("encodings.jsonl") else { return };
    let lines: Vec<Value> = gold
        .iter()
        .map(|r| {
            let kind = r["http_charset"].as_str().map(|c| format!("text/html; charset={c}"));
            json!({"id": r["id"], "bytes_b64": r["bytes_b64"], "content_type": kind})
        })
        .collect();
    let wrong = run(stages::decode_lines, &lines).iter().zip(&gold).filter(|(p, g)| p["text"] != g["text"]).count();
    // measured: 0 of 564
    assert!(wrong * 100 <= gold.len(), "{wrong} of {} are wrong", gold.len());
}

#[test]
fn legacy_fonts_are_restored_and_no_negative_is_touched() {
    let Some(gold) = rows("tajik_legacy.jsonl") else { return };
    let lines: Vec<Value> = gold.iter().map(|r| json!({"id": r["id"], "text": r["broken"]})).collect();
    let answers = run(stages::repair_lines, &lines);
    let wrong: Vec<&str> = answers
        .iter()
        .zip(&gold)
        .filter(|(p, g)| p["text"] != g["fixed"])
        .filter_map(|(_, g)| g["kind"].as_str())
        .collect();
    assert!(!wrong.iter().any(|kind| kind.starts_with("neg-")), "{wrong:?}");
    // In two rows the expected text keeps a Latin look-alike, which the repair replaces.
    assert!(wrong.len() <= 2, "{wrong:?}");
}

#[test]
fn blocks_of_mixed_pages_keep_their_languages() {
    let Some(gold) = rows("mixed_dev.jsonl") else { return };
    let lines: Vec<Value> = gold.iter().map(|r| json!({"id": r["id"], "paragraphs": r["paragraphs"]})).collect();
    let (mut right, mut total) = (0, 0);
    for (answer, g) in run(stages::language_lines, &lines).iter().zip(&gold) {
        assert_eq!(answer["lang"].as_str().unwrap(), base(g["doc_lang"].as_str().unwrap()));
        let said = answer["paragraphs"].as_array().unwrap();
        for (code, block) in said.iter().zip(g["paragraphs"].as_array().unwrap()) {
            let want = base(block["lang"].as_str().unwrap());
            total += 1;
            right += usize::from(want == "mul" || code == want);
        }
    }
    assert!(right * 100 >= total * 98, "{right} of {total}");
}

#[test]
fn held_out_sentences_are_in_the_right_language() {
    let Some(gold) = rows("dev.jsonl") else { return };
    // Fold 9 was not used in training.
    let held: Vec<&Value> = gold.iter().filter(|r| r["fold"] == 9 && r["class"] != "short").collect();
    let right = held
        .iter()
        .filter(|r| sanad_language::identify(r["text"].as_str().unwrap()).code == base(r["lang"].as_str().unwrap()))
        .count();
    assert!(right * 1000 >= held.len() * 998, "{right} of {}", held.len());
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic_and_twice_alike(bytes in prop::collection::vec(any::<u8>(), 0..600), coding in prop::sample::select(vec![None, Some("gzip"), Some("br"), Some("deflate"), Some("zstd")])) {
        let page = Page { content_type: Some("text/html"), content_coding: coding, ..Page::default() };
        prop_assert_eq!(sanad_decode::decode(&bytes, &page), sanad_decode::decode(&bytes, &page));
    }

    #[test]
    fn text_in_utf8_with_a_mark_comes_back_as_it_is_or_mended(text in "[а-яҷқғӣӯҳ ]{1,80}") {
        let bytes = [b"\xEF\xBB\xBF", text.as_bytes()].concat();
        let (read, encoding) = sanad_decode::text_of(&bytes, None, &mut Vec::new());
        prop_assert_eq!((read, encoding.name.as_str()), (text.into(), "utf-8"));
    }

    #[test]
    fn repairing_twice_is_repairing_once(text in "[а-яҷқғӣӯҳљњќўѓїјі \u{304}a-e«»]{0,60}") {
        let once = sanad_language::repaired(&text).map_or_else(|| text.clone(), |(t, _)| t);
        let twice = sanad_language::repaired(&once).map_or_else(|| once.clone(), |(t, _)| t);
        prop_assert_eq!(once, twice);
    }

    #[test]
    fn any_text_has_a_language_or_none_and_a_probability(text in "\\PC{0,200}") {
        let tongue = sanad_language::identify(&text);
        prop_assert!((0.0..=1.0).contains(&tongue.confidence));
        prop_assert_eq!(tongue.code.len(), 3);
    }

    #[test]
    fn any_line_gets_an_answer(line in "\\PC{1,80}") {
        let mut output = Vec::new();
        let tally = stages::repair_lines(&mut line.as_bytes(), &mut output).unwrap();
        prop_assert_eq!(output.split(|b| *b == b'\n').filter(|l| !l.is_empty()).count() as u64, tally.lines);
    }
}
