//! The inputs of an auditor: checkpoints, keys, proofs, tiles, events, timestamps; and a log on disk with one changed
//! file. The first byte chooses.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sanad::log::event::{Event, entry_of_line};
use sanad::log::timestamp;
use sanad_tlog::note::{Note, Signer, Verifier};
use sanad_tlog::proof::Proof;
use sanad_tlog::{Checkpoint, Reader, Writer, tile};
use sanad::audit::verify::{Finding, Question, verify};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// Entries of the log on disk: more than a tile, so that there are full and partial ones.
const ENTRIES: u64 = 300;

fn signer() -> Signer {
    Signer::of("sanad-fuzz", &[7; 32])
}

struct Place {
    folder: tempfile::TempDir,
    files: Vec<(PathBuf, Vec<u8>)>,
    /// The findings before a file is changed: the log is valid, but its events name nothing.
    findings: Vec<Finding>,
}

/// Writes a valid log of events that name no other file.
static PLACE: LazyLock<Place> = LazyLock::new(|| {
    let folder = sanad_fuzz::folder();
    let log = folder.path().join("out/log");
    std::fs::create_dir_all(folder.path().join("raw")).expect("a folder can be made");
    let mut writer = Writer::open(&log, signer()).expect("a log can be begun");
    for number in 0..ENTRIES {
        let entry = format!(r#"{{"event":"run.started","index":{number},"run":"r{number}"}}"#);
        writer.append(entry.as_bytes()).expect("it can be written");
    }
    writer.sign().expect("it can be signed");
    let mut files = Vec::new();
    collect(&log, &mut files);
    files.sort();
    let findings = look(folder.path()).expect("there is a log");
    Place { folder, files, findings }
});

fn look(folder: &Path) -> Option<Vec<Finding>> {
    let (raw, out) = (folder.join("raw"), folder.join("out"));
    verify(&Question { raw: &raw, out: &out, against: None, key: None, jobs: 1 }).ok().map(|v| v.findings)
}

fn collect(folder: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).expect("it is there") {
        let path = entry.expect("it is there").path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push((path.clone(), std::fs::read(&path).expect("it is there")));
        }
    }
}

fuzz_target!(|input: &[u8]| {
    let [which, bytes @ ..] = input else { return };
    match which % 8 {
        0 => texts(&String::from_utf8_lossy(bytes)),
        1 => tiles(bytes),
        2 => events(bytes),
        3 => {
            std::hint::black_box(timestamp::is_of(bytes, b"a checkpoint"));
        }
        other => on_disk(other, bytes),
    }
});

fn texts(text: &str) {
    if let Some(checkpoint) = Checkpoint::parse(text) {
        assert_eq!(
            Checkpoint::parse(&checkpoint.text()),
            Some(checkpoint),
            "a checkpoint says something else the second time"
        );
    }
    if let Some((_, note)) = Checkpoint::of_note(text) {
        assert!(!note.is_signed_by(&signer().verifier()), "a signature was forged");
    }
    if let Some(note) = Note::parse(text) {
        std::hint::black_box((note.signatures(), note.claimed().count()));
    }
    if let Some(proof) = Proof::parse(text) {
        let again = Proof::parse(&proof.text()).expect("what was written can be read");
        assert_eq!(again.text(), proof.text());
        assert!(proof.check(&signer().verifier()).is_none(), "a proof was forged");
    }
    if let Some(verifier) = Verifier::parse(text) {
        assert_eq!(Verifier::parse(&verifier.to_string()).map(|v| v.to_string()), Some(verifier.to_string()));
    }
    std::hint::black_box(Signer::parse(text).is_some());
    std::hint::black_box(tile::parse(text.trim()));
}

fn tiles(bytes: &[u8]) {
    if let Some(entries) = tile::entries(bytes) {
        let mut again = Vec::new();
        for entry in entries {
            tile::add_entry(&mut again, entry);
        }
        assert_eq!(again, bytes, "a bundle is another when it is written again");
    }
    if let Some(hashes) = tile::hashes(bytes) {
        assert_eq!(tile::bytes(&hashes), bytes);
    }
}

fn events(bytes: &[u8]) {
    if let Ok(event) = Event::parse(bytes)
        && let Ok(entry) = event.entry()
    {
        let again = Event::parse(entry.as_bytes()).expect("what was written can be read");
        assert_eq!(again.entry().ok(), Some(entry), "an event is another when it is written again");
    }
    if let Ok(line) = std::str::from_utf8(bytes) {
        std::hint::black_box(entry_of_line(line).is_ok());
    }
}

/// Changes one file of the log. Readers must terminate, and must notice the change unless it is harmless.
fn on_disk(which: u8, bytes: &[u8]) {
    let [file, bytes @ ..] = bytes else { return };
    let (path, content) = &PLACE.files[usize::from(*file) % PLACE.files.len()];
    // Replaces a part of the file, or all of it.
    let new = match (which, bytes) {
        (4, [at, more @ ..]) if !more.is_empty() => {
            let at = usize::from(*at) * content.len() / 256;
            let end = content.len().min(at + more.len());
            [&content[..at], more, &content[end..]].concat()
        }
        _ => bytes.to_vec(),
    };
    std::fs::write(path, &new).expect("it can be written");
    let is_tile = path.components().any(|c| c.as_os_str() == "tile");
    if is_tile && look(PLACE.folder.path()).as_ref() == Some(&PLACE.findings) {
        assert_eq!(&new, content, "{}: changed, and nothing was said", path.display());
    }
    let log = PLACE.folder.path().join("out/log");
    let reader = Reader::new(&log);
    if let Ok(size) = reader.size() {
        std::hint::black_box((reader.prove(0).is_ok(), reader.entry(size.saturating_sub(1), size).is_ok()));
    }
    if which == 5 {
        std::hint::black_box(Writer::open(&log, signer()).is_ok());
        for (path, content) in &PLACE.files {
            std::fs::write(path, content).expect("it can be written");
        }
    }
    std::fs::write(path, content).expect("it can be written");
}
