//! Archives of every format and compression, as other crawlers write them.

use crate::common::{arc, archive, captures, gzip, read, response, urls};
use sanad_warc::{Entry, Fault, Reader, copy, import};
use std::io::Write;

const BODY: &str = "<title>A decision</title><p>The council decided.</p>";

fn zip(files: &[(&str, &[u8])], method: zip::CompressionMethod) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(*name, zip::write::SimpleFileOptions::default().compression_method(method)).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn two() -> [Vec<u8>; 2] {
    [response("https://a.example/1", "", BODY), response("https://a.example/2", "", BODY)]
}

#[test]
fn every_format_gives_its_captures_and_copies_of_them() {
    let [one, other] = two();
    let members = [gzip(&one), gzip(&other)].concat();
    let arc_lines = [arc("https://a.example/1", BODY), arc("https://a.example/2", BODY)];
    let arc_head = b"filedesc://a.arc 0.0.0.0 20260102030405 text/plain 77\n1 0 Test\nURL IP-address Archive-date Content-type Archive-length\n\n\n";
    let arc_file = [arc_head.as_slice(), &arc_lines.concat()].concat();
    let arc_members = [gzip(arc_head), gzip(&arc_lines[0]), gzip(&arc_lines[1])].concat();
    let stored = zip(&[("archive/a.warc.gz", &members)], zip::CompressionMethod::Stored);
    let deflated =
        zip(&[("archive/a/b.warc", &[one.clone(), other.clone()].concat())], zip::CompressionMethod::Deflated);
    let nested = zip(&[("a.wacz", &stored), ("datapackage.json", b"{}")], zip::CompressionMethod::Stored);
    for (name, bytes) in [
        ("plain.warc", [one.clone(), other.clone()].concat()),
        ("a member for each record.warc.gz", members),
        ("one member.warc.gz", gzip(&[one, other].concat())),
        ("plain.arc", arc_file.clone()),
        ("one member.arc.gz", gzip(&arc_file)),
        ("a member for each record.arc.gz", arc_members),
        ("stored.wacz", stored),
        ("deflated.wacz", deflated),
        ("of packages.wacz", nested),
    ] {
        let file = archive(name, &bytes);
        let found = captures(&read(&file));
        assert_eq!(urls(&found), ["https://a.example/1", "https://a.example/2"], "{name}");
        for capture in found {
            assert_eq!(String::from_utf8_lossy(&capture.body), BODY, "{name}");
            assert!(capture.flaws.is_empty(), "{name}: {:?}", capture.flaws);
            let copied = copy(&file.path, (capture.place.offset, &capture.place.record_id)).unwrap();
            let again = captures(&read(&archive("copy.warc.gz", &copied)));
            assert_eq!((&again[0].url, &again[0].body), (&capture.url, &capture.body), "{name}");
        }
        let raw = tempfile::tempdir().unwrap();
        let imported = import(&file.path, raw.path(), "2026-01-03T00:00:00Z").unwrap();
        assert_eq!((imported.captures, imported.broken.len()), (2, 0), "{name}");
        let path = raw.path().join(&imported.file);
        let again = captures(&crate::common::read_path(&path));
        assert_eq!(urls(&again), ["https://a.example/1", "https://a.example/2"], "{name}");
    }
}

#[test]
fn zstd_archives_are_read_with_the_dictionary_in_front() {
    for name in ["dictionary", "compressed-dictionary"] {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/{name}.warc.zst"));
        let found = captures(&crate::common::read_path(&path));
        assert_eq!(urls(&found), ["https://a.example/0", "https://a.example/1", "https://a.example/2"], "{name}");
        assert!(String::from_utf8_lossy(&found[2].body).contains("matter number 14 of"), "{name}");
        let copied = copy(&path, (found[1].place.offset, &found[1].place.record_id)).unwrap();
        assert_eq!(captures(&read(&archive("copy.warc.gz", &copied)))[0].digest, found[1].digest, "{name}");
    }
}

#[test]
fn segments_are_joined_and_a_missing_one_is_named() {
    let whole = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{BODY}");
    let (first, rest) = whole.split_at(60);
    let (second, third) = rest.split_at(9);
    let segment = |number: u32, block: &str| {
        let fields = match number {
            1 => "WARC-Type: response\r\nWARC-Record-ID: <urn:a>\r\n".to_owned(),
            n => format!(
                "WARC-Type: continuation\r\nWARC-Record-ID: <urn:a:{n}>\r\nWARC-Segment-Origin-ID: <urn:a>\r\n{}",
                if n == 3 { format!("WARC-Segment-Total-Length: {}\r\n", whole.len()) } else { String::new() }
            ),
        };
        crate::common::record(
            &format!("{fields}WARC-Target-URI: https://a.example/1\r\nWARC-Segment-Number: {number}\r\n"),
            block,
        )
    };
    let other = response("https://a.example/2", "", BODY);
    let all = [segment(1, first), other.clone(), segment(3, third), segment(2, second)].concat();
    let found = captures(&read(&archive("a.warc", &all)));
    assert_eq!(urls(&found), ["https://a.example/2", "https://a.example/1"]);
    assert_eq!((String::from_utf8_lossy(&found[1].body), found[1].flaws.len()), (BODY.into(), 0));
    let gap = [segment(1, first), segment(3, third), other].concat();
    let found = captures(&read(&archive("a.warc", &gap)));
    assert_eq!(found[1].flaws[0].code, "capture.segments");
    assert!(BODY.starts_with(&*String::from_utf8_lossy(&found[1].body)));
}

#[test]
fn a_body_that_was_cut_says_so() {
    let chunked = "Transfer-Encoding: chunked\r\n";
    for (fields, body, text) in [
        ("", "4\r\n<p>a\r\n3\r\nbcd\r\n0\r\n\r\n", "<p>abcd"),
        (chunked, "4\r\n<p>a\r\n3\r\nbcd\r\n", "<p>abcd"),
        (chunked, "4\r\n<p>a\r\n0000000000000003;x\r\nbc", "<p>abc"),
        ("Content-Length: 90\r\n", "<p>abc", "<p>abc"),
        ("Content-Length: 3\r\n", "<p>abc", "<p>abc"),
        ("Content-Length: 90\r\nContent-Encoding: br\r\n", "<p>decoded", "<p>decoded"),
        ("Content-Range: bytes 0-5/9\r\n", "<p>abc", "<p>abc"),
        ("Content-Range: bytes 0-5/6\r\n", "<p>abc", "<p>abc"),
    ] {
        let status = if fields.starts_with("Content-Range") { "206 Partial Content" } else { "200 OK" };
        let block = format!("HTTP/1.1 {status}\r\nContent-Type: text/html\r\n{fields}\r\n{body}");
        let record = crate::common::record("WARC-Type: response\r\nWARC-Target-URI: https://a.example/\r\n", &block);
        let found = captures(&read(&archive("a.warc", &record)));
        assert_eq!(String::from_utf8_lossy(&found[0].body), text, "{fields}");
        let is_cut = !text.ends_with("decoded")
            && !["", "Content-Length: 3\r\n", "Content-Range: bytes 0-5/6\r\n"].contains(&fields);
        assert_eq!(found[0].flaws.iter().any(|f| f.code == "capture.truncated"), is_cut, "{fields} {body}");
    }
}

#[test]
fn a_digest_that_does_not_match_is_named() {
    // SHA-1 of the body.
    let right = "WARC-Payload-Digest: sha1:DTK2XYRH6XKMP77UAFVPH3P6E3EW6EX4\r\n";
    let wrong = "WARC-Payload-Digest: sha1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n";
    let flaws = |fields: &str| {
        let found = captures(&read(&archive("a.warc", &response("https://a.example/1", fields, "<p>abc"))));
        found[0].flaws.iter().map(|flaw| flaw.code.clone()).collect::<Vec<_>>()
    };
    assert_eq!(flaws(right), Vec::<String>::new());
    assert_eq!(flaws(wrong), ["capture.digest"]);
    assert_eq!(flaws(&wrong.replace("sha1", "crc")), Vec::<String>::new());
    assert_eq!(flaws(&wrong.replace("Payload", "Block")), ["capture.digest"]);
}

#[test]
fn derived_archives_are_told_and_give_nothing() {
    let wet = crate::common::record("WARC-Type: conversion\r\nContent-Type: text/plain\r\n", "The council decided.");
    let wat = crate::common::record("WARC-Type: metadata\r\nContent-Type: application/json\r\n", "{}");
    for (bytes, word) in [(wet, "WET"), (wat, "WAT")] {
        let entries = read(&archive("a.warc", &bytes));
        assert!(matches!(&entries[..], [Entry::NoCaptures(message)] if message.contains(word)), "{entries:?}");
    }
}

#[test]
fn records_are_not_erased_from_other_archives() {
    let file = archive("a.arc", &arc("https://a.example/1", BODY));
    let error = sanad_warc::erase(&file.path, &[], &mut Vec::new()).unwrap_err();
    assert!(matches!(error, sanad_warc::Error::Record { problem: Fault::ReadOnly, .. }));
    assert!(Reader::software_of(&file.path).unwrap().is_none());
}
