//! What is left of an archive after its compaction reads as it did before.

use crate::common::{Archive, arc, archive, gzip, record, response};
use sanad_document::Capture;
use sanad_warc::{Compaction, Entry, Moved, Reader, Refusal};
use std::path::Path;

/// The records of a file, each with the number of the capture that it belongs to; none if it always stays.
fn records() -> Vec<(Option<u32>, Vec<u8>)> {
    let about = |kind: &str, id: &str, link: &str| {
        record(&format!("WARC-Type: {kind}\r\nWARC-Record-ID: <urn:{id}>\r\n{link}"), "text")
    };
    let segment = |number: u32, more: &str, block: &str| {
        let id = if number == 1 { "2".to_owned() } else { format!("2:{number}") };
        let kind = if number == 1 { "response" } else { "continuation" };
        record(
            &format!(
                "WARC-Type: {kind}\r\nWARC-Record-ID: <urn:{id}>\r\nWARC-Target-URI: https://a.example/2\r\n\
                 WARC-Segment-Number: {number}\r\n{more}"
            ),
            block,
        )
    };
    let header = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n";
    let rest = format!("WARC-Segment-Origin-ID: <urn:2>\r\nWARC-Segment-Total-Length: {}\r\n", header.len() + 12);
    let revisit = "WARC-Target-URI: https://a.example/4\r\nWARC-Refers-To: <urn:https://a.example/1>\r\n";
    vec![
        (None, about("warcinfo", "info", "")),
        (Some(1), about("request", "r1", "WARC-Concurrent-To: <urn:https://a.example/1>\r\n")),
        (Some(1), response("https://a.example/1", "", "The first page.")),
        (Some(2), segment(1, "WARC-Concurrent-To: <urn:r2>\r\n", &format!("{header}segm"))),
        (Some(3), response("https://a.example/3", "", "The third page.")),
        (Some(2), about("request", "r2", "")),
        (Some(2), segment(2, &rest, "ents 1&2")),
        (Some(4), about("revisit", "4", revisit)),
        (Some(4), about("metadata", "m4", "WARC-Concurrent-To: <urn:4>\r\n")),
        (Some(3), about("metadata", "m3", "WARC-Refers-To: <urn:https://a.example/3>\r\n")),
        (None, about("metadata", "m", "WARC-Refers-To: <urn:elsewhere>\r\n")),
    ]
}

fn zstd(record: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(record, ruzstd::encoding::CompressionLevel::Fastest)
}

/// Captures and revisits, in the order of reading.
fn read(path: &Path) -> Vec<Capture> {
    let mut reader = Reader::open(path, "archive", u64::MAX).unwrap();
    let each = std::iter::from_fn(|| reader.next_entry());
    each.map(|entry| match entry {
        Entry::Capture(capture) | Entry::Revisit(capture) => capture,
        other => panic!("{other:?}"),
    })
    .collect()
}

/// Compacts an archive to these captures of it and returns the copy's bytes.
#[track_caller]
fn expect_same_without_the_rest(file: &Path, kept: &[bool]) -> Vec<u8> {
    let old = read(file);
    let wanted: Vec<&Capture> = old.iter().zip(kept).filter(|(_, kept)| **kept).map(|(capture, _)| capture).collect();
    let is_needed =
        |offset: u64, id: &str| wanted.iter().any(|c| (c.place.offset, &*c.place.record_id) == (offset, id));
    let plan = Compaction::plan(file, is_needed).unwrap().unwrap();
    assert_eq!(plan.removed(), (old.len() - wanted.len()) as u64);
    let copy = file.with_extension("new");
    let moved = plan.write(&copy).unwrap().unwrap();
    let new = read(&copy);
    let bytes = std::fs::read(&copy).unwrap();
    assert_eq!(bytes.len() as u64, std::fs::metadata(file).unwrap().len() - plan.removed_bytes());
    assert_eq!(new.len(), wanted.len());
    for ((old, new), moved) in wanted.into_iter().zip(&new).zip(moved) {
        let place = |offset| sanad_document::Place { offset, ..new.place.clone() };
        assert_eq!(*old, Capture { place: place(moved.from), ..new.clone() });
        let Moved { from, record_id, to } = moved;
        assert_eq!((from, record_id, to), (old.place.offset, new.place.record_id.clone(), new.place.offset));
    }
    bytes
}

/// Every choice among `count` captures.
fn choices(count: usize) -> impl Iterator<Item = Vec<bool>> {
    (0..1_usize << count).map(move |choice| (0..count).map(|bit| choice >> bit & 1 == 1).collect())
}

#[test]
fn every_choice_of_captures_is_left_as_it_was_byte_for_byte() {
    type Pack = fn(&[u8]) -> Vec<u8>;
    let packs: [(&str, Pack); 3] = [("a.warc", |r| r.to_vec()), ("a.warc.gz", gzip), ("a.warc.zst", zstd)];
    for (name, pack) in packs {
        let all: Vec<(Option<u32>, Vec<u8>)> = records().into_iter().map(|(of, r)| (of, pack(&r))).collect();
        let bytes = |keeps: &dyn Fn(u32) -> bool| -> Vec<u8> {
            let stays = |(of, _): &&(Option<u32>, Vec<u8>)| of.is_none_or(keeps);
            all.iter().filter(stays).flat_map(|(_, bytes)| bytes.clone()).collect()
        };
        let file = archive(name, &bytes(&|_| true));
        // A record in segments is read when its last one is.
        let order = [1, 3, 2, 4];
        for choice in choices(4) {
            let kept = |number: u32| order.iter().position(|n| *n == number).is_some_and(|at| choice[at]);
            assert!(expect_same_without_the_rest(&file.path, &choice) == bytes(&kept), "{name} {choice:?}");
        }
    }
}

#[test]
fn a_dictionary_stays_in_front() {
    for name in ["dictionary", "compressed-dictionary"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/{name}.warc.zst"));
        let file = archive("a.warc.zst", &std::fs::read(path).unwrap());
        // Without a frame it would be no archive.
        for choice in choices(3).skip(1) {
            expect_same_without_the_rest(&file.path, &choice);
        }
    }
}

#[test]
fn captures_of_one_member_stay_together() {
    let pages = [1, 2, 3].map(|n| response(&format!("https://a.example/{n}"), "", "A page."));
    let file = archive("a.warc.gz", &[gzip(&pages[..2].concat()), gzip(&pages[2])].concat());
    let plan = Compaction::plan(&file.path, |_, id| id.ends_with('1')).unwrap().unwrap();
    assert_eq!((plan.removed(), plan.removed_bytes()), (1, gzip(&pages[2]).len() as u64));
    let moved = plan.write(&file.path.with_extension("new")).unwrap().unwrap();
    assert_eq!(moved.iter().map(|m| (m.from, m.to)).collect::<Vec<_>>(), [(0, 0), (0, 0)]);
}

#[test]
fn what_can_not_be_copied_so_is_refused() {
    let pages = [1, 2].map(|n| response(&format!("https://a.example/{n}"), "", "A page."));
    let refused = |file: &Archive| Compaction::plan(&file.path, |_, id| id.ends_with('1')).unwrap().unwrap_err();
    assert_eq!(refused(&archive("a.arc", &arc("https://a.example/1", "A page."))), Refusal::Format);
    assert_eq!(refused(&archive("a.wacz", b"PK\x05\x06")), Refusal::Format);
    assert_eq!(refused(&archive("a.warc.gz", &gzip(&pages.concat()))), Refusal::OnePiece);
    let mut damaged = pages.each_ref().map(|page| gzip(page)).concat();
    damaged[60] ^= 1;
    assert_eq!(refused(&archive("a.warc.gz", &damaged)), Refusal::Damaged);
    assert_eq!(refused(&archive("a.warc", &pages.concat()[..pages[0].len() + 200])), Refusal::Damaged);
    assert_eq!(refused(&archive("a.warc", b"")), Refusal::Damaged);
    // Two records of one id in segments: without the second the first would get the second's rest.
    let segment = |number: u32, kind: &str, link: &str| {
        let fields = format!("WARC-Type: {kind}\r\n{link}WARC-Target-URI: https://a.example/{number}\r\n");
        record(&fields, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\nA page.")
    };
    let first = |number| segment(number, "response", "WARC-Record-ID: <urn:a>\r\nWARC-Segment-Number: 1\r\n");
    let rest = segment(3, "continuation", "WARC-Segment-Origin-ID: <urn:a>\r\nWARC-Segment-Number: 2\r\n");
    let twice = archive("a.warc", &[first(1), first(2), rest].concat());
    let plan = Compaction::plan(&twice.path, |offset, _| offset == 0).unwrap().unwrap();
    assert_eq!(plan.write(&twice.path.with_extension("new")).unwrap(), Err(Refusal::Unfaithful));
}
