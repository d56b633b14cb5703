//! Exports: every format holds the same records, and appears whole or not at all.

use crate::common::{Place, expect_exit};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use sanad::emit::{self, Record};
use sanad::export::markdown;
use sanad_document::{Block, Document, Kind};
use sanad_extract::metadata::Metadata;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Read;
use std::process::Stdio;

fn page(title: &str, text: &str) -> String {
    format!(
        "<html><head><title>{title}</title></head><body><h1>{title}</h1>\
         <p>The government decided today that {text} will be shared by all the districts of the valley, as the commission \
         had proposed in its report of the spring.</p><p>The ministry will see to it that the decision is carried out \
         before the end of the year, and will report on it to the assembly.</p></body></html>"
    )
}

fn captured(place: &Place, name: &str, title: &str, text: &str) {
    place.write(&format!("raw/{name}.html"), page(title, text));
}

/// Two runs: the page `kept` stays, `changed` changes, `gone` is removed, `new` is added. Returns the first run and ids
/// by title.
fn two_runs(place: &Place) -> (String, BTreeMap<String, String>) {
    captured(place, "kept", "Kept", "the water of the two rivers");
    captured(place, "changed", "Changed", "the timber of the three forests");
    captured(place, "gone", "Gone", "the salt of the four lakes");
    expect_exit(&place.run(&[]), 0);
    let first = place.runs().pop().unwrap();
    let mut ids = ids(place);
    captured(place, "changed", "Changed", "the timber of the seven forests");
    captured(place, "new", "New", "the coal of the five mines");
    std::fs::remove_file(place.path("raw/gone.html")).unwrap();
    place.run(&[]);
    ids.extend(self::ids(place));
    assert_eq!(ids.len(), 4);
    (first, ids)
}

fn ids(place: &Place) -> BTreeMap<String, String> {
    let pair = |r: &Value| (r["title"].as_str().unwrap().to_owned(), r["id"].as_str().unwrap().to_owned());
    place.lines("normalized/records").iter().map(pair).collect()
}

/// The id and the change of each row.
fn changes(rows: &[Value]) -> BTreeMap<String, String> {
    let pair = |r: &Value| (r["id"].as_str().unwrap().to_owned(), r["delta"]["change"].as_str().unwrap().to_owned());
    rows.iter().map(pair).collect()
}

fn export(place: &Place, format: &str, more: &[&str]) {
    let mut arguments = vec!["export", "--format", format];
    arguments.extend(more);
    expect_exit(&place.sanad(&arguments), 0);
}

/// The message of a command that fails.
fn refusal(place: &Place, arguments: &[&str]) -> String {
    let output = place.sanad(arguments);
    expect_exit(&output, 2);
    String::from_utf8(output.stderr).unwrap()
}

/// The file and folder formats that this build writes. The others fail with a message that says how to get them.
fn formats(place: &Place) -> Vec<&'static str> {
    let mut formats = vec!["jsonl", "jsonl.gz", "json", "markdown", "text"];
    for (format, is_there) in [
        ("jsonl.zst", cfg!(feature = "zstd")),
        ("sqlite", cfg!(feature = "sqlite")),
        ("parquet", cfg!(feature = "parquet")),
        ("postgres", cfg!(feature = "postgres")),
    ] {
        if !is_there {
            let said = refusal(place, &["export", "--format", format, "--output", "one"]);
            assert!(said.contains("--features full") && !place.path("one").exists(), "{said}");
        } else if format != "postgres" {
            formats.push(format);
        }
    }
    formats
}

#[test]
fn every_format_holds_the_same_records_and_the_same_bytes_each_time() {
    let place = Place::demo();
    expect_exit(&place.run(&[]), 0);
    let records: Vec<u8> = place.files("normalized/records").into_iter().flat_map(|(_, bytes)| bytes).collect();
    let wanted = place.lines("normalized/records");
    for format in formats(&place) {
        export(&place, format, &["--output", "one"]);
        let is_folder = place.path("one").is_dir();
        let read = |name: &str| {
            if is_folder { place.files(name) } else { vec![(String::new(), std::fs::read(place.path(name)).unwrap())] }
        };
        let once = read("one");
        // A second export replaces the first.
        export(&place, format, &["--output", "one"]);
        assert!(read("one") == once, "{format} differs");
        if is_folder {
            assert_eq!(once.len(), wanted.len() + 1, "{format}");
            std::fs::remove_dir_all(place.path("one")).unwrap();
        }
        for record in &wanted {
            let (id, text) = (record["id"].as_str().unwrap(), record["text"].as_str().unwrap());
            let file = |ending: &str| place_of(&once, &format!("{id}.{ending}"));
            match format {
                "json" => assert_eq!(serde_json::from_str::<Value>(&file("json")).unwrap(), *record),
                "text" => assert_eq!(file("txt"), format!("{text}\n")),
                "markdown" => assert!(file("md").contains(&format!("id: \"{id}\"\n"))),
                _ => {}
            }
        }
        match format {
            "jsonl" => assert!(once[0].1 == records),
            "jsonl.gz" => {
                let mut plain = Vec::new();
                flate2::read::GzDecoder::new(once[0].1.as_slice()).read_to_end(&mut plain).unwrap();
                assert!(plain == records && once[0].1.len() * 3 < plain.len());
            }
            // `tests/independent/outputs.py` reads these with other programs.
            "jsonl.zst" | "parquet" => assert!((1000..records.len() / 3).contains(&once[0].1.len())),
            "sqlite" => assert!(once[0].1.starts_with(b"SQLite format 3\0")),
            _ => {}
        }
        if !is_folder {
            std::fs::remove_file(place.path("one")).unwrap();
        }
    }
    if cfg!(not(feature = "cloud")) {
        let said = refusal(&place, &["export", "--format", "jsonl", "--output", "s3://bucket/x.jsonl"]);
        assert!(said.contains("--features cloud"), "{said}");
    }
    // No other file is left.
    let left: Vec<_> = std::fs::read_dir(place.path("")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().contains("part-")), "{left:?}");
}

fn place_of(files: &[(String, Vec<u8>)], name: &str) -> String {
    let (_, bytes) = files.iter().find(|(n, _)| n.ends_with(name)).unwrap_or_else(|| panic!("{name}"));
    String::from_utf8(bytes.clone()).unwrap()
}

#[test]
fn since_a_run_is_told_what_came_changed_and_went() {
    let place = Place::empty();
    let (first, ids) = two_runs(&place);
    export(&place, "jsonl", &["--since", &first, "--output", "changes.jsonl"]);
    let wanted = |changes: &[(&str, &str)]| -> BTreeMap<String, String> {
        changes.iter().map(|(title, change)| (ids[*title].clone(), (*change).to_owned())).collect()
    };
    let told = place.lines("changes.jsonl");
    assert_eq!(changes(&told), wanted(&[("New", "added"), ("Changed", "changed"), ("Gone", "removed")]));
    let gone = told.iter().find(|r| r["id"] == ids["Gone"].as_str()).unwrap();
    assert_eq!((gone.get("text"), gone["source"].as_str()), (None, Some("local")));
    // The manifest says so, and names the run that the next export starts from.
    export(&place, "text", &["--since", &first, "--output", "changes"]);
    let manifest: Value = serde_json::from_str(&place.read("changes/export.json")).unwrap();
    assert_eq!(manifest["removed"][0]["id"], ids["Gone"].as_str());
    assert_eq!((&manifest["records"], manifest["since"].as_str()), (&Value::from(2), Some(first.as_str())));
    let newest = manifest["run"].as_str().unwrap();
    assert_eq!(newest, place.runs().last().unwrap());
    export(&place, "jsonl", &["--since", newest, "--output", "nothing.jsonl"]);
    assert_eq!(place.read("nothing.jsonl"), "");
    // The changes of several runs are merged. A record added and removed in between doesn't appear.
    captured(&place, "gone", "Gone", "the salt of the four lakes");
    std::fs::remove_file(place.path("raw/new.html")).unwrap();
    place.run(&[]);
    export(&place, "jsonl", &["--since", &first, "--source", "local", "--output", "changes.jsonl"]);
    assert_eq!(changes(&place.lines("changes.jsonl")), wanted(&[("Changed", "changed"), ("Gone", "changed")]));
}

#[test]
fn what_was_taken_down_is_told_although_its_lines_are_gone() {
    let place = Place::empty();
    let (first, ids) = two_runs(&place);
    for title in ["Kept", "Changed"] {
        expect_exit(&place.sanad(&["erase", &ids[title], "--reason", "asked for"]), 0);
    }
    export(&place, "jsonl", &["--since", &first, "--output", "changes.jsonl"]);
    let told = changes(&place.lines("changes.jsonl"));
    assert_eq!((told[&ids["Kept"]].as_str(), told[&ids["Changed"]].as_str()), ("removed", "removed"));
    assert_eq!(told.len(), 4);
}

#[test]
fn what_cannot_be_exported_is_refused_with_a_word_on_what_to_do() {
    let place = Place::empty();
    assert!(refusal(&place, &["export", "--format", "jsonl"]).contains("run `sanad run` first"));
    let (first, ids) = two_runs(&place);
    let newest = place.runs().pop().unwrap();
    for (arguments, word) in [
        (vec!["--format", "jsonl", "--since", "yesterday"], newest.as_str()),
        (vec!["--format", "jsonl", "--source", "nobody"], "there are: local"),
        (vec!["--format", "jsonl", "nobody/nothing"], "no record with this id"),
        (vec!["--format", "jsonl", "--output", "raw"], "is a folder"),
        (vec!["--format", "text", "--output", "raw"], "aren't an export"),
        (vec!["--format", "text", "--output", "raw/kept.html"], "is a file"),
        (vec!["--format", "text", "--output", "-"], "standard output"),
        (vec!["--format", "wacz"], "name the ids"),
        (vec!["--format", "jsonl", "--output", "no/where/x.jsonl"], "no/where/x.jsonl"),
        (vec!["--format", "jsonl", "--since", &first, &ids["Kept"]], "cannot be used with"),
    ] {
        let said = refusal(&place, &[vec!["export"], arguments].concat());
        assert!(said.contains(word), "{word}: {said}");
    }
    assert!(place.path("raw/kept.html").is_file());
    // Without a run's changes the export fails instead of leaving a gap.
    std::fs::remove_file(place.path(&format!("normalized/runs/{newest}/records.jsonl"))).unwrap();
    assert!(refusal(&place, &["export", "--format", "jsonl", "--since", &first]).contains("export without --since"));
    // A failed export leaves the older file.
    place.write("records.jsonl", "old");
    place.write("normalized/records/local.jsonl", "{\"id\":\"a\"}\nbroken\n");
    assert!(refusal(&place, &["export", "--format", "jsonl"]).contains("local.jsonl"));
    assert_eq!(place.read("records.jsonl"), "old");
    // A run was killed while it published its results.
    place.write("normalized/.state/journal.json", "{}");
    assert!(refusal(&place, &["export", "--format", "jsonl"]).contains("let `sanad run` finish"));
}

#[test]
fn a_reader_that_has_enough_is_no_failure() {
    let place = Place::demo();
    expect_exit(&place.run(&[]), 0);
    for format in ["jsonl", "jsonl.gz"] {
        let mut command = place.command(&["export", "--format", format, "--output", "-"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut some = [0; 10];
        child.stdout.take().unwrap().read_exact(&mut some).unwrap();
        expect_exit(&child.wait_with_output().unwrap(), 0);
    }
    // A path that isn't a regular file is written to directly.
    export(&place, "jsonl", &["--output", "/dev/null"]);
    assert!(!std::fs::metadata("/dev/null").unwrap().is_file());
}

#[cfg(unix)]
#[test]
fn an_export_is_as_readable_as_any_other_file() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::empty();
    two_runs(&place);
    place.write("plain", "");
    std::fs::create_dir(place.path("folder")).unwrap();
    export(&place, "jsonl", &[]);
    export(&place, "text", &[]);
    let mode = |name: &str| std::fs::metadata(place.path(name)).unwrap().permissions().mode();
    assert_eq!((mode("records.jsonl"), mode("records-text")), (mode("plain"), mode("folder")));
}

#[test]
fn single_files_are_read_as_markdown_and_as_text() {
    let place = Place::empty();
    captured(&place, "a", "A decision", "the water of 2 * 3 rivers");
    captured(&place, "b", "Another", "the wood");
    place.write("raw/c.pdf", "no PDF");
    let extract = |format: &str| place.sanad(&["extract", "--format", format, "raw"]);
    let (markdown, text) = (extract("markdown"), extract("text"));
    for output in [&markdown, &text] {
        expect_exit(output, 1);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("raw/c.pdf") && said.contains("(pdf.broken)") || said.contains("(decode."), "{said}");
    }
    let markdown = String::from_utf8(markdown.stdout).unwrap();
    assert!(markdown.starts_with("---\nid: \"a\"\ntitle: \"A decision\"\n"), "{markdown}");
    assert!(markdown.contains("\n# A decision\n\nThe government") && markdown.contains("2 \\* 3 rivers"), "{markdown}");
    assert_eq!(markdown.matches("\nid: ").count(), 2);
    let text = String::from_utf8(text.stdout).unwrap();
    let parts: Vec<&str> = text.split('\u{c}').collect();
    assert_eq!(parts.len(), 2);
    assert!(parts[0].contains("2 * 3 rivers") && parts[1].contains("the wood"), "{text}");
}

/// Makes a record of these blocks.
fn record(blocks: &[(Kind, Option<u8>, &str)]) -> Record {
    let block = |(kind, level, text): &(Kind, Option<u8>, &str)| Block {
        kind: *kind,
        level: *level,
        text: (*text).to_owned(),
        ..Block::default()
    };
    let document = Document { blocks: blocks.iter().map(block).collect(), ..Document::default() };
    emit::record(&document, &Metadata::default(), &emit::RecordIdentity::default())
}

fn dialect() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS
}

/// The elements and texts that a Markdown parser finds.
fn read(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut open = String::new();
    for event in Parser::new_ext(text, dialect()) {
        match event {
            Event::Text(text) | Event::Code(text) => open.push_str(&text),
            Event::SoftBreak | Event::HardBreak => open.push('\n'),
            Event::Start(Tag::Heading { level, .. }) => open = format!("h{}:", level as u8),
            Event::Start(Tag::List(first)) => {
                // An item's own text comes before its nested list.
                found.extend(Some(std::mem::take(&mut open)).filter(|text| !text.is_empty()));
                found.push(format!("list:{first:?}"));
            }
            Event::Start(Tag::Item | Tag::Paragraph | Tag::TableCell) => open.clear(),
            Event::End(
                TagEnd::Heading(_) | TagEnd::Item | TagEnd::Paragraph | TagEnd::TableCell | TagEnd::CodeBlock,
            ) if !open.is_empty() => found.push(std::mem::take(&mut open)),
            Event::End(TagEnd::TableCell) => found.push(String::new()),
            _ => {}
        }
    }
    found
}

#[test]
fn blocks_become_the_elements_they_are() {
    let record = record(&[
        (Kind::Heading, Some(2), "Decision # 5 #"),
        (Kind::Heading, Some(2), "#"),
        (Kind::Paragraph, None, "1. Not a list. *Not strong*, <b>not</b> &amp; [not](a link)."),
        (Kind::ListItem, Some(1), "3. third"),
        (Kind::ListItem, Some(1), "4. fourth"),
        (Kind::ListItem, Some(2), "• inner"),
        (Kind::ListItem, Some(2), "а) lettered"),
        (Kind::ListItem, Some(1), "7. seventh"),
        (Kind::Table, None, "Name | Area, км² | Note\nХатлон | 24 600 |\n| 5 | a"),
        (Kind::Quote, None, "Who said it\nsaid it twice"),
        (Kind::Quote, None, "|\n|\n-|"),
        (Kind::Code, None, "x = `1`\n```\ny"),
        (Kind::Note, None, "1 See the charter."),
        (Kind::Caption, None, "The *building*"),
    ]);
    let text = markdown::body(&record);
    assert_eq!(
        read(&text),
        [
            "h2:Decision # 5 #",
            "h2:#",
            "1. Not a list. *Not strong*, <b>not</b> &amp; [not](a link).",
            "list:Some(3)",
            "third",
            "fourth",
            "list:None",
            "inner",
            "а) lettered",
            "list:Some(7)",
            "seventh",
            "Name",
            "Area, км²",
            "Note",
            "Хатлон",
            "24 600",
            "",
            "",
            "5",
            "a",
            "Who said it\nsaid it twice",
            "|\n|\n-|",
            "x = `1`\n```\ny\n",
            "1 See the charter.",
            "The *building*",
        ],
        "{text}"
    );
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 600, ..Default::default() })]
    #[test]
    fn text_reads_the_same_when_the_markdown_is_read(
        text in "[-+*_#>`~|\\[\\]()<>&;:!=.\\\\ a1б\n]{1,24}|\\PC{1,12}",
        kind in proptest::sample::select(vec![Kind::Paragraph, Kind::Heading, Kind::Quote, Kind::ListItem, Kind::Note, Kind::Caption]),
    ) {
        let one_line = matches!(kind, Kind::Heading | Kind::Note | Kind::Caption);
        let text = if one_line { text.replace('\n', " ") } else { text };
        let record = record(&[(Kind::Paragraph, None, "before"), (kind, Some(1), &text), (Kind::Paragraph, None, "after")]);
        let written = markdown::body(&record);
        let mut found = read(&written);
        found.retain(|t| !t.starts_with("list:"));
        let text = record.blocks.get(1).map(|b| record.text.chars().skip(b.start).take(b.end - b.start).collect::<String>());
        let wanted = text.filter(|_| record.blocks.len() == 3);
        let Some(mut wanted) = wanted else { return Ok(()) };
        if kind == Kind::ListItem && let Some((mark, rest)) = wanted.split_once(' ') {
            // The list mark may have become a Markdown mark.
            if found.get(1).is_some_and(|f| f == rest) && !mark.is_empty() {
                wanted = rest.to_owned();
            }
        }
        if kind == Kind::Heading {
            wanted.insert_str(0, "h1:");
        }
        // Parsers end a paragraph at an empty line and fold the white space around line breaks.
        if wanted.contains("\n\n") { return Ok(()) }
        proptest::prop_assert_eq!(found, vec!["before".to_owned(), wanted, "after".to_owned()], "{}", written);
    }
}
