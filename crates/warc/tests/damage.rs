//! Damage costs what it touches and nothing else, and it is told.
//!
//! The law: whatever byte of an archive is cut off or changed, the text of every capture is what it was, or the capture
//! says that it isn't whole, or there is none.

use crate::common::{archive, captures, gzip, read, response, urls};
use sanad_document::Capture;
use sanad_warc::{Entry, Error, RecordToWrite, Writer};
use std::collections::BTreeMap;

/// Flaws that say that a capture may not be what it was.
const DOUBTS: [&str; 4] = ["capture.record_length", "capture.segments", "capture.truncated", "capture.unverified"];

fn bodies() -> Vec<(String, String)> {
    let words = ["council", "decided", "matter", "budget", "district", "commission", "report"];
    let text = |n: usize| (0..12).map(|i| words[(i * n + i) % 7]).collect::<Vec<_>>().join(" ");
    (1..=4).map(|n| (format!("https://a.example/{n}"), format!("<title>{n}</title><p>{}</p>", text(n)))).collect()
}

fn records() -> Vec<Vec<u8>> {
    bodies().iter().map(|(url, body)| response(url, "", body)).collect()
}

/// An archive by this program's own writer, whose records state digests.
fn own() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.warc.gz");
    let mut writer = Writer::create(&path, "2026-01-02T03:04:05Z", "test").unwrap();
    for (url, body) in bodies() {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n";
        let record = RecordToWrite {
            kind: "response".to_owned(),
            url,
            date: "2026-01-02T03:04:05Z".to_owned(),
            content_type: "application/http;msgtype=response".to_owned(),
            block: format!("{head}{body}").into_bytes(),
            payload_at: Some(head.len()),
            ..RecordToWrite::default()
        };
        writer.append(&record).unwrap();
    }
    std::fs::read(&path).unwrap()
}

/// Checks the law for the entries of a damaged archive.
fn check(entries: &[Entry], what: &str) {
    let whole: BTreeMap<String, String> = bodies().into_iter().collect();
    for capture in entries.iter().filter_map(|entry| if let Entry::Capture(c) = entry { Some(c) } else { None }) {
        let is_doubted = capture.flaws.iter().any(|flaw| DOUBTS.contains(&flaw.code.as_str()));
        let is_same = whole.get(&capture.url).is_some_and(|body| body.as_bytes() == capture.body);
        assert!(is_doubted || is_same, "{what}: {} {:?}", capture.url, String::from_utf8_lossy(&capture.body));
    }
}

fn zstd(records: &[Vec<u8>]) -> Vec<u8> {
    let level = ruzstd::encoding::CompressionLevel::Fastest;
    records.iter().flat_map(|record| ruzstd::encoding::compress_to_vec(record.as_slice(), level)).collect()
}

#[test]
fn a_cut_archive_gives_nothing_that_is_not_what_it_was() {
    let records = records();
    for (name, bytes) in [
        ("plain.warc", records.concat()),
        ("members.warc.gz", records.iter().flat_map(|record| gzip(record)).collect()),
        ("single.warc.gz", gzip(&records.concat())),
        ("own.warc.gz", own()),
        ("frames.warc.zst", zstd(&records)),
    ] {
        for length in 0..bytes.len() {
            check(&read(&archive(name, &bytes[..length])), &format!("{name}, {length} bytes"));
        }
    }
}

#[test]
fn a_changed_byte_of_a_compressed_archive_changes_no_text_unseen() {
    let records = records();
    for (name, bytes) in [
        ("members.warc.gz", records.iter().flat_map(|record| gzip(record)).collect::<Vec<u8>>()),
        ("single.warc.gz", gzip(&records.concat())),
        ("own.warc.gz", own()),
        ("frames.warc.zst", zstd(&records)),
    ] {
        for at in 0..bytes.len() {
            let mask = [1, 0x10, 0xff][at % 3];
            let mut changed = bytes.clone();
            changed[at] ^= mask;
            check(&read(&archive(name, &changed)), &format!("{name}, byte {at} ^ {mask:x}"));
        }
    }
}

#[test]
fn what_comes_after_a_damaged_member_is_read_and_the_damage_is_named() {
    let members: Vec<Vec<u8>> = records().iter().map(|record| gzip(record)).collect();
    let start = members[0].len();
    for at in 0..members[1].len() {
        let mut bytes = members.concat();
        bytes[start + at] ^= 0x55;
        let entries = read(&archive("a.warc.gz", &bytes));
        let found = captures(&entries);
        // Some bytes of a gzip header mean nothing.
        if found.len() == 4 {
            continue;
        }
        assert_eq!(urls(&found), ["https://a.example/1", "https://a.example/3", "https://a.example/4"], "byte {at}");
        let told: Vec<&Error> =
            entries.iter().filter_map(|e| if let Entry::Broken(e) = e { Some(e) } else { None }).collect();
        let [Error::Record { offset, passed, .. }] = told[..] else { panic!("byte {at}: {told:?}") };
        assert_eq!((*offset, *passed), (start as u64, members[1].len() as u64), "byte {at}");
    }
}

#[test]
fn a_record_of_wrong_length_ends_where_the_next_begins() {
    let records = records();
    let length = |record: &[u8], by: i64| {
        let text = String::from_utf8_lossy(record).into_owned();
        let stated: i64 = text.split("Content-Length: ").nth(1).unwrap().split('\r').next().unwrap().parse().unwrap();
        text.replace(&format!("Content-Length: {stated}"), &format!("Content-Length: {}", stated + by)).into_bytes()
    };
    for by in [-40, -6, -1, 1, 2, 3, 5, 6, 7, 12, 60, 400, 100_000, 1 << 40] {
        let wrong = length(&records[1], by);
        let plain = [&records[0], &wrong, &records[2], &records[3]].map(Vec::as_slice).concat();
        let members: Vec<u8> = [&records[0], &wrong, &records[2], &records[3]].iter().flat_map(|r| gzip(r)).collect();
        for (name, bytes) in [("a.warc", plain), ("a.warc.gz", members)] {
            let found = captures(&read(&archive(name, &bytes)));
            // Behind a length over the limit the next member is what is found.
            let is_lost = by == 1 << 40 && name == "a.warc.gz";
            assert_eq!(found.len(), if is_lost { 3 } else { 4 }, "{name} {by}");
            if is_lost {
                continue;
            }
            let (url, body) = &bodies()[1];
            let capture: &Capture = found.iter().find(|c| c.url == *url).unwrap();
            assert_eq!(String::from_utf8_lossy(&capture.body).trim_end(), *body, "{name} {by}");
            // A length that takes some of the line ends behind the record is hardly wrong.
            assert!(
                (1..=4).contains(&by) || capture.flaws.iter().any(|f| f.code == "capture.record_length"),
                "{name} {by}"
            );
        }
    }
}

#[test]
fn garbage_between_records_costs_nothing_but_itself() {
    let [one, two, three, four] = <[Vec<u8>; 4]>::try_from(records()).unwrap();
    let garbage = b"\x00\x01 WARC/1.0 is no record\r\nWARC/ neither\r\n\x1f\x8b\x08\x00 nor this\r\n".as_slice();
    for (name, bytes) in [
        ("a.warc", [&one, garbage, &two, &three, garbage, &four].concat()),
        ("a.warc.gz", [&gzip(&one), garbage, &gzip(&two), &gzip(&three), garbage, &gzip(&four)].concat()),
        ("a.warc.gz", gzip(&[&one, garbage, &two, &three, garbage, &four].concat())),
    ] {
        let entries = read(&archive(name, &bytes));
        let found = captures(&entries);
        assert_eq!(found.len(), 4, "{name}");
        assert!(found.iter().all(|capture| capture.flaws.is_empty()), "{name}");
        let told = entries.iter().filter(|entry| matches!(entry, Entry::Broken(_))).count();
        assert!((1..=2).contains(&told), "a piece with several damaged places is told once: {entries:?}");
        assert_eq!(entries.len(), told + 4, "{name}: {entries:?}");
    }
}

#[test]
fn a_copy_of_a_doubtful_record_stays_doubtful() {
    let mut bytes = gzip(&records().concat());
    let end = bytes.len() - 6;
    bytes[end] ^= 1;
    let file = archive("a.warc.gz", &bytes);
    let raw = tempfile::tempdir().unwrap();
    let imported = sanad_warc::import(&file.path, raw.path(), "2026-01-03T00:00:00Z").unwrap();
    let found = captures(&crate::common::read_path(&raw.path().join(&imported.file)));
    assert!(!found.is_empty() && !imported.broken.is_empty());
    assert!(found.iter().all(|capture| capture.flaws.iter().any(|flaw| flaw.code == "capture.unverified")));
}
