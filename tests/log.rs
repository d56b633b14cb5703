//! The log from an auditor's side: verified with independent crates, tampered with, killed, replayed, erased from.

use crate::common::{Place, expect_exit, key};
use sanad::audit::verify::{Finding, Outcome, Question, Verdict, verify};
use sanad_tlog::proof::Proof;
use sanad_tlog::{Checkpoint, Reader, Writer, merkle, tile};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

const TEXTS: [&str; 3] = [
    "The government decided today that the water of the two rivers will be shared by all the districts of the valley.",
    "The ministry will see to it that the decision is carried out before the end of the year, and will report on it.",
    "The commission had proposed this in its report of the spring, after hearing the farmers of both banks at length.",
];

fn page(title: &str, words: &str) -> String {
    let body = TEXTS.map(|t| format!("<p>{t} {words}</p>\n")).concat();
    format!(
        "<html><head><title>{title}</title></head>\n<body>\n<ul><li><a href=/>Home</a><li><a href=/n>News</a></ul>\n<h1>{title}</h1>\n{body}</body></html>"
    )
}

fn warc(pages: &[(&str, String)]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.warc.gz");
    let mut writer = sanad_warc::Writer::create(&path, "2026-01-02T03:04:05Z", "test").unwrap();
    for (url, body) in pages {
        let head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n";
        writer
            .append(&sanad_warc::RecordToWrite {
                kind: "response".to_owned(),
                url: (*url).to_owned(),
                date: "2026-01-02T03:04:05Z".to_owned(),
                content_type: "application/http;msgtype=response".to_owned(),
                block: [head, body.as_bytes()].concat(),
                payload_at: Some(head.len()),
                ..Default::default()
            })
            .unwrap();
    }
    std::fs::read(&path).unwrap()
}

/// Two runs over three pages of two hosts, a plain file with a sidecar, and a file that isn't a page.
fn small() -> Place {
    let place = Place::empty();
    place.write(
        "raw/x.warc.gz",
        warc(&[
            ("https://a.example/one", page("One decision", "Thus the first.")),
            ("https://a.example/two", page("Another decision", "Thus the second.")),
            ("https://b.example/three", page("A third decision", "Thus the third.")),
        ]),
    );
    place.write("raw/plain.html", page("A plain decision", "Thus the plain one."));
    place.write("raw/plain.html.json", r#"{"url": "https://c.example/plain", "fetched_at": "2026-01-02T03:04:05Z"}"#);
    place.write("raw/decree.pdf", b"%PDF-1.7 and nothing more".as_slice());
    expect_exit(&place.run(&[]), 1);
    place.write("raw/plain.html", page("A plain decision", "Thus the changed one."));
    expect_exit(&place.sanad(&["run", "--offline", "--now", "2026-11-22T17:00:00Z"]), 0); // what failed before is known
    place
}

fn ask(place: &Place) -> Verdict {
    let (raw, out) = (place.path("raw"), place.path("normalized"));
    verify(&Question { raw: &raw, out: &out, against: None, key: None, jobs: 1 }).unwrap()
}

#[track_caller]
fn expect_sound(place: &Place) {
    let verdict = ask(place);
    assert_eq!(verdict.outcome(), Outcome::Sound, "{:#?}", verdict.findings);
}

fn log_of(place: &Place) -> Reader {
    Reader::new(&place.path("normalized/log"))
}

/// Reads our tiles for `tlog_tiles`, which names them as Go does.
struct Theirs(PathBuf);

impl tlog_tiles::tile::TileReader for Theirs {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[tlog_tiles::tile::Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::tlog::Error> {
        let path = |t: &tlog_tiles::tile::Tile| self.0.join(t.path().replacen("tile/8/", "tile/", 1));
        Ok(tiles.iter().map(|t| std::fs::read(path(t)).unwrap_or_else(|e| panic!("{}: {e}", t.path()))).collect())
    }

    fn save_tiles(&self, _: &[tlog_tiles::tile::Tile], _: &[Vec<u8>]) {}
}

/// Checks the signature, the root and every inclusion with the crates `signed_note` and `tlog_tiles`.
fn check_with_their_code(log: &Path, step: usize) {
    use signed_note::{Note, StandardVerifier, VerifierList};
    use tlog_tiles::tlog;
    let vkey = std::fs::read_to_string(log.join("key.pub")).unwrap();
    let verifier = StandardVerifier::new(vkey.lines().next().unwrap()).unwrap();
    let note = Note::from_bytes(&std::fs::read(log.join("checkpoint")).unwrap()).unwrap();
    let (signatures, _) = note.verify(&VerifierList::new(vec![Box::new(verifier)])).unwrap();
    assert_eq!(signatures.len(), 1);
    let head = tlog_tiles::checkpoint::Checkpoint::from_bytes(note.text()).unwrap();
    let theirs = Theirs(log.to_owned());
    let hashes = tlog_tiles::tile::TileHashReader::new(head.size(), *head.hash(), &theirs);
    assert!(tlog::tree_hash(head.size(), &hashes).unwrap() == *head.hash());
    let reader = Reader::new(log);
    for index in (0..head.size()).step_by(step) {
        let entry = reader.entry(index, head.size()).unwrap();
        let proof = tlog::prove_record(head.size(), index, &hashes).unwrap();
        tlog::check_record(&proof, head.size(), *head.hash(), index, tlog::record_hash(&entry)).unwrap();
        assert!(tlog::check_record(&proof, head.size(), *head.hash(), index, tlog::record_hash(b"else")).is_err());
        let ours = reader.prove(index).unwrap().path;
        assert!(ours.iter().zip(&proof).all(|(a, b)| *a == b.0) && ours.len() == proof.len(), "{index}");
    }
    for entry in std::fs::read_dir(log.join("checkpoints")).unwrap() {
        let old = Note::from_bytes(&std::fs::read(entry.unwrap().path()).unwrap()).unwrap();
        let old = tlog_tiles::checkpoint::Checkpoint::from_bytes(old.text()).unwrap();
        let proof = tlog::prove_tree(head.size(), old.size(), &hashes).unwrap();
        tlog::check_tree(&proof, head.size(), *head.hash(), old.size(), *old.hash()).unwrap();
    }
}

#[test]
fn independent_code_finds_the_demonstration_log_sound() {
    let place = Place::demo();
    expect_exit(&place.run(&[]), 0);
    check_with_their_code(&place.path("normalized/log"), 1);
    expect_sound(&place);
}

#[test]
fn independent_code_finds_a_log_of_many_tiles_sound() {
    let folder = tempfile::tempdir().unwrap();
    for end in [255_u64, 256, 30_000, 66_000] {
        let mut writer = Writer::open(folder.path(), key()).unwrap();
        for n in writer.size()..end {
            writer.append(format!("entry {n}").as_bytes()).unwrap();
        }
        writer.sign().unwrap();
    }
    let names: Vec<String> = std::fs::read_dir(folder.path().join("checkpoints"))
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    for size in ["10256", "20256", "30000", "40000", "60000", "66000"] {
        assert!(names.iter().any(|n| n == size), "{size}: {names:?}");
    }
    check_with_their_code(folder.path(), 997);
}

/// Pseudo-random numbers, the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let hash = blake3::hash(&self.0.to_le_bytes());
        (u64::from_le_bytes(*hash.as_bytes().first_chunk().unwrap()) % end as u64) as usize
    }

    fn of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }
}

/// Evidence files: their names in findings and their paths on disk.
fn evidence(place: &Place) -> Vec<(String, PathBuf)> {
    let mut all: Vec<(String, PathBuf)> = place
        .files("normalized")
        .into_iter()
        .map(|(name, _)| (name.clone(), place.path(&format!("normalized/{name}"))))
        .collect();
    all.extend(place.files("raw").into_iter().map(|(name, _)| (name.clone(), place.path(&format!("raw/{name}")))));
    all
}

/// Asserts that `verify` fails and names one of these files.
#[track_caller]
fn expect_named(place: &Place, files: &[&str], what: &str) {
    let verdict = ask(place);
    assert_ne!(verdict.outcome(), Outcome::Sound, "not found: {what}");
    let named: BTreeSet<&str> = verdict.findings.iter().map(Finding::file).collect();
    assert!(files.iter().any(|f| named.contains(f)), "{what}: {:#?}", verdict.findings);
}

#[test]
fn every_changed_byte_is_found_and_its_file_named() {
    let place = small();
    expect_sound(&place);
    let mut chance = Chance(1);
    let files = evidence(&place);
    for kind in ["records/", "removed.jsonl", "objects/", "tile/0", "tile/entries", "checkpoints/", "x.warc.gz"] {
        assert!(files.iter().any(|(name, _)| name.contains(kind)), "{kind}");
    }
    for round in 0..2_000 {
        let (name, path) = chance.of(&files);
        let whole = std::fs::read(path).unwrap();
        if whole.is_empty() {
            continue;
        }
        let mut changed = whole.clone();
        let at = chance.below(whole.len());
        changed[at] ^= 1 + chance.below(255) as u8;
        std::fs::write(path, &changed).unwrap();
        expect_named(&place, &[name], &format!("round {round}: byte {at} of {name}: {} to {}", whole[at], changed[at]));
        std::fs::write(path, &whole).unwrap();
    }
    expect_sound(&place);
}

fn split(bytes: &[u8]) -> Vec<Vec<u8>> {
    bytes.split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect()
}

/// Adds a file beside one that belongs there.
fn slip_in(place: &Place, (name, path): &(String, PathBuf), content: &[u8]) {
    let (new, file) = (path.with_file_name("slipped-in"), Path::new(name).with_file_name("slipped-in"));
    std::fs::write(&new, content).unwrap();
    expect_named(place, &[file.to_str().unwrap()], &format!("{} slipped in", file.display()));
    std::fs::remove_file(new).unwrap();
}

fn swap(place: &Place, (name, path): &(String, PathBuf), (other_name, other): &(String, PathBuf)) -> bool {
    let (whole, theirs) = (std::fs::read(path).unwrap(), std::fs::read(other).unwrap());
    if theirs != whole {
        std::fs::write(path, &theirs).unwrap();
        std::fs::write(other, &whole).unwrap();
        expect_named(place, &[name, other_name], &format!("{name} and {other_name} changed places"));
        std::fs::write(other, &theirs).unwrap();
    }
    theirs != whole
}

/// Removes, doubles or swaps a line. Returns nothing if the file stays the same.
fn disturbed(lines: &[Vec<u8>], how: usize, chance: &mut Chance) -> Option<Vec<u8>> {
    let (mut new, a, b) = (lines.to_vec(), chance.below(lines.len()), chance.below(lines.len()));
    match how {
        0 => drop(new.remove(a)),
        1 => new.insert(a, lines[b].clone()),
        _ => new.swap(a, b),
    }
    (new != lines).then(|| new.concat())
}

#[test]
fn every_addition_deletion_swap_and_truncation_is_found() {
    let place = small();
    let mut chance = Chance(2);
    let files = evidence(&place);
    let of = |test: &dyn Fn(&str, &Path) -> bool| -> Vec<(String, PathBuf)> {
        files.iter().filter(|(name, path)| test(name, path)).cloned().collect()
    };
    let own = of(&|_, path| path.starts_with(place.path("normalized")));
    let of_lines =
        of(&|_, path| path.extension().is_some_and(|e| e == "jsonl") && split(&std::fs::read(path).unwrap()).len() > 1);
    let mut done = [0; 7];
    for round in 0..280 {
        let what = round % 7;
        let file = if what < 4 { chance.of(&files) } else { chance.of(&of_lines) };
        let (name, path) = file;
        let whole = std::fs::read(path).unwrap();
        let text = format!("round {round}, {what}: {name}");
        let changed = match what {
            0 => {
                slip_in(&place, chance.of(&own), &whole);
                true
            }
            1 => {
                std::fs::remove_file(path).unwrap();
                expect_named(&place, &[name], &text);
                true
            }
            2 => swap(&place, file, chance.of(&files)),
            _ => {
                let new = if what == 3 {
                    (!whole.is_empty()).then(|| whole[..chance.below(whole.len())].to_vec())
                } else {
                    disturbed(&split(&whole), what - 4, &mut chance)
                };
                if let Some(new) = &new {
                    std::fs::write(path, new).unwrap();
                    expect_named(&place, &[name], &text);
                }
                new.is_some()
            }
        };
        std::fs::write(path, &whole).unwrap();
        done[what] += usize::from(changed);
    }
    assert!(done.iter().sum::<usize>() >= 200 && done.iter().all(|n| *n >= 15), "{done:?}");
    expect_sound(&place);
}

#[test]
fn a_log_rebuilt_with_the_same_key_is_refused_against_an_old_checkpoint() {
    let place = small();
    let log = place.path("normalized/log");
    place.write("kept", std::fs::read(log.join("checkpoint")).unwrap());
    place.write("key.pub", std::fs::read(log.join("key.pub")).unwrap());
    expect_exit(&place.sanad(&["verify", "--against", "kept", "--key", "key.pub"]), 0);
    // The log grows, and the old checkpoint is still valid.
    expect_exit(&place.sanad(&["run", "--offline", "--now", "2026-11-23T17:00:00Z"]), 0);
    expect_exit(&place.sanad(&["verify", "--against", "kept"]), 0);
    // A new log with the same key over the same captures, except for one word.
    std::fs::remove_dir_all(place.path("normalized")).unwrap();
    place.write("raw/plain.html", page("A plain decision", "Thus the forged one."));
    for day in 21..25 {
        expect_exit(
            &place.sanad(&["run", "--offline", "--now", &format!("2026-11-{day}T17:00:00Z")]),
            i32::from(day == 21),
        );
    }
    expect_exit(&place.sanad(&["verify"]), 0);
    let output = place.sanad(&["verify", "--against", "kept"]);
    expect_exit(&output, 1);
    assert!(String::from_utf8_lossy(&output.stdout).contains("the log was rebuilt"));
    // A key that isn't trusted.
    let stranger = sanad_tlog::note::Signer::of("sanad-tests", &[8; 32]).verifier().to_string();
    expect_exit(&place.sanad(&["verify", "--key", &stranger]), 1);
    expect_exit(&place.sanad(&["verify", "--key", "nonsense"]), 2);
    let verdict: Value = serde_json::from_slice(&place.sanad(&["verify", "--json"]).stdout).unwrap();
    assert_eq!(verdict["verdict"], "sound");
    assert_eq!(verdict["head"]["origin"], "sanad-tests");
}

#[test]
fn a_replay_of_the_demonstration_is_the_same_and_a_changed_rule_shows_where_it_works() {
    let place = Place::demo();
    expect_exit(&place.run(&[]), 0);
    let output = place.sanad(&["replay"]);
    expect_exit(&output, 0);
    assert!(String::from_utf8_lossy(&output.stdout).contains("72 same, 0 differ, 0 missing\nsame"));
    let record = &place.lines("normalized/records/tajemb-my.org.jsonl")[0];
    let id = record["id"].as_str().unwrap();
    let host = id.split('/').next().unwrap();
    place.write(&format!("config/sites/{host}.toml"), "drop = [\"p\"]\n");
    let output = place.sanad(&["replay", "--json"]);
    expect_exit(&output, 1);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let others = found["others"].as_array().unwrap();
    assert!(!others.is_empty() && found["same"].as_u64().unwrap() > 40, "{found}");
    for line in others {
        assert!(line["id"].as_str().unwrap().starts_with(host), "{line}");
        assert_eq!(line["verdict"], "differs");
        assert!(["extract", "mark"].contains(&line["stage"].as_str().unwrap()), "{line}");
    }
    assert!(others.iter().any(|l| l["id"] == id));
    expect_exit(&place.sanad(&["replay", id]), 1);
    let other = place.lines("normalized/records/mfa.tj.jsonl")[0]["id"].as_str().unwrap().to_owned();
    expect_exit(&place.sanad(&["replay", &other]), 0);
}

#[test]
fn a_proof_stands_alone_beside_its_record() {
    let place = Place::demo();
    expect_exit(&place.run(&[]), 0);
    let lines = place.read("normalized/records/mfa.tj.jsonl");
    let (first, second) = (lines.lines().next().unwrap(), lines.lines().nth(1).unwrap());
    let id = serde_json::from_str::<Value>(first).unwrap()["id"].as_str().unwrap().to_owned();
    expect_exit(&place.sanad(&["prove", &id, "--output", "p.tlog-proof"]), 0);
    // On another machine, with only the public key.
    let elsewhere = Place::empty();
    elsewhere.write("p.tlog-proof", place.read("p.tlog-proof"));
    elsewhere.write("record.json", first);
    elsewhere.write("other.json", second);
    let vkey = key().verifier().to_string();
    expect_exit(&elsewhere.sanad(&["prove", "--check", "p.tlog-proof", "--key", &vkey, "--record", "record.json"]), 0);
    expect_exit(&elsewhere.sanad(&["prove", "--check", "p.tlog-proof", "--key", &vkey, "--record", "other.json"]), 1);
    elsewhere.write("record.json", first.replacen("\"text\":\"", "\"text\":\"X", 1));
    expect_exit(&elsewhere.sanad(&["prove", "--check", "p.tlog-proof", "--key", &vkey, "--record", "record.json"]), 1);
    let proof = Proof::parse(&place.read("p.tlog-proof")).unwrap();
    for changed in [
        Proof { index: proof.index + 1, ..proof.clone() },
        Proof { entry: b"{}".to_vec(), ..proof.clone() },
        Proof { path: proof.path[1..].to_vec(), ..proof.clone() },
    ] {
        assert!(changed.check(&key().verifier()).is_none());
    }
    // Every record has a proof; an unknown id has none.
    for record in place.lines("normalized/records") {
        expect_exit(&place.sanad(&["prove", record["id"].as_str().unwrap(), "-o", "-"]), 0);
    }
    expect_exit(&place.sanad(&["prove", "mfa.tj/nothing"]), 2);
}

#[test]
fn an_explanation_names_block_place_and_dropped_neighbours() {
    let place = small();
    let record = &place.lines("normalized/records/a.example.jsonl")[0];
    let (id, text) = (record["id"].as_str().unwrap(), record["text"].as_str().unwrap());
    let at = text.find("two rivers").map(|b| text[..b].chars().count()).unwrap();
    let span = format!("{at}..{}", at + 10);
    let output = place.sanad(&["explain", id, "--span", &span, "--json"]);
    expect_exit(&output, 0);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let passage = &found["passages"][0];
    assert_eq!(passage["span"], "two rivers");
    assert_eq!(passage["kind"], "paragraph");
    assert_eq!(passage["origin"][0]["html"], "/html[1]/body[1]/p[1]");
    assert_eq!(passage["origin"][0]["line"], 5, "{passage}");
    assert_eq!((&found["language"][0], &passage["candidates"][0][0]), (&"eng".into(), &"eng".into()), "{found}");
    assert_eq!(found["prov"]["encoding"]["name"], "utf-8");
    let output = place.sanad(&["explain", id, "--removed", "--json"]);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let removed = found["removed"].as_array().unwrap();
    assert_eq!(removed.len() as u64, record["removed"]["blocks"].as_u64().unwrap());
    assert!(removed.iter().all(|r| !r["rule"].as_str().unwrap().is_empty() && r["origin"][0]["line"].is_u64()));
    assert!(removed.iter().any(|r| r["text"].as_str().unwrap().contains("News")), "{removed:?}");
    expect_exit(&place.sanad(&["explain", id, "--span", "0..100000"]), 2);
    expect_exit(&place.sanad(&["explain", id, "--span", "9..3"]), 2);
}

/// The content of all files under a folder, decompressed if compressed.
fn readable(place: &Place, folder: &str) -> String {
    let mut all = String::new();
    let mut folders = vec![place.path(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            all.push_str(&String::from_utf8_lossy(&bytes));
            let mut unpacked = Vec::new();
            let mut decoder = flate2::read::MultiGzDecoder::new(bytes.as_slice());
            if std::io::Read::read_to_end(&mut decoder, &mut unpacked).is_ok() {
                all.push_str(&String::from_utf8_lossy(&unpacked));
            }
        }
    }
    all
}

#[test]
fn after_an_erasure_the_text_is_nowhere_and_the_log_still_verifies() {
    let place = small();
    let all = |place: &Place| readable(place, "raw") + &readable(place, "normalized");
    for (source, words) in [("a.example", "Thus the second."), ("c.example", "Thus the changed one.")] {
        assert!(all(&place).contains(words), "{words}");
        let records = place.lines(&format!("normalized/records/{source}.jsonl"));
        let record = records.iter().find(|r| r["text"].as_str().unwrap().contains(words)).unwrap();
        let id = record["id"].as_str().unwrap();
        let erase = ["erase", id, "--reason", "a court's order", "--now", "2026-11-24T00:00:00Z"];
        expect_exit(&place.sanad(&erase), 0);
        assert!(!all(&place).contains(words), "{words}");
        let output = place.sanad(&["verify"]);
        expect_exit(&output, 0);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.contains(&format!("{id}: erased on 2026-11-24 (a court's order)")), "{said}");
        expect_exit(&place.sanad(&["replay"]), 0);
        expect_exit(&place.sanad(&["explain", id]), 2);
        expect_exit(&place.sanad(&erase), 2);
    }
    // The rest is unchanged, and the next run works.
    assert!(all(&place).contains("Thus the first."));
    expect_exit(&place.sanad(&["run", "--offline", "--now", "2026-11-25T00:00:00Z"]), 0);
    expect_exit(&place.sanad(&["verify"]), 0);
    // An erased document can't be put back unnoticed.
    let erased = std::fs::read(place.path("raw/x.warc.gz")).unwrap();
    let whole = small();
    std::fs::copy(whole.path("raw/x.warc.gz"), place.path("raw/x.warc.gz")).unwrap();
    expect_exit(&place.sanad(&["verify"]), 1);
    place.write("raw/x.warc.gz", erased);
    expect_exit(&place.sanad(&["verify"]), 0);
    expect_exit(&place.sanad(&["erase", "a.example/none", "--reason", "x"]), 2);
}

#[test]
fn a_new_key_takes_over_and_the_old_checkpoints_still_count() {
    let place = small();
    let kept = std::fs::read(place.path("normalized/log/checkpoint")).unwrap();
    place.write("kept", kept);
    let output = place.sanad(&["key", "change", "--to", "new.key", "--now", "2026-11-24T00:00:00Z"]);
    expect_exit(&output, 0);
    let public = String::from_utf8(output.stdout).unwrap();
    expect_exit(&place.sanad(&["verify", "--against", "kept", "--key", public.trim()]), 0);
    expect_exit(&place.sanad(&["verify", "--key", &key().verifier().to_string()]), 0);
    // The old key can't write any more; the new one can.
    let run = ["run", "--offline", "--now", "2026-11-25T17:00:00Z"];
    expect_exit(&place.sanad(&run), 2);
    expect_exit(&place.command(&run).env("SANAD_KEY", "new.key").output().unwrap(), 0);
    expect_exit(&place.sanad(&["verify", "--against", "kept"]), 0);
    // A checkpoint signed with the old key after the change isn't valid.
    let reader = log_of(&place);
    let (head, ..) = reader.checkpoint().unwrap().unwrap();
    let forged = head.sign(&[&key()]);
    place.write("normalized/log/checkpoint", &forged);
    place.write(&format!("normalized/log/checkpoints/{}", head.size), &forged);
    expect_exit(&place.sanad(&["verify"]), 1);
}

#[test]
fn a_place_for_the_key_that_cannot_be_written_ends_with_2_and_the_remedy() {
    let place = Place::demo();
    place.write("file", "not a folder");
    let run = ["run", "--offline", "--now", crate::common::NOW];
    let output = place.command(&run).env_remove("SANAD_KEY").env("XDG_DATA_HOME", place.path("file")).output().unwrap();
    expect_exit(&output, 2);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("--key") && said.contains("SANAD_KEY") && said.contains("XDG_DATA_HOME"), "{said}");
    // A new user has no key yet.
    let output = place.command(&run).env_remove("SANAD_KEY").output().unwrap();
    expect_exit(&output, 0);
    let keys: Vec<_> = std::fs::read_dir(place.path("home/sanad")).unwrap().map(|e| e.unwrap().path()).collect();
    assert_eq!(keys.len(), 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&keys[0]).unwrap().permissions().mode() & 0o777, 0o600);
    }
    // Without the key the log can be verified, but not continued.
    std::fs::remove_file(&keys[0]).unwrap();
    let output = place.command(&run).env_remove("SANAD_KEY").output().unwrap();
    expect_exit(&output, 2);
    assert!(String::from_utf8_lossy(&output.stderr).contains("--key"));
    expect_exit(&place.sanad(&["verify"]), 0);
}

#[test]
fn an_event_too_long_for_an_entry_stands_in_a_file_of_its_own() {
    let place = Place::empty();
    for n in 0..700 {
        place.write(&format!("raw/a-long-name-that-fills-the-list-of-inputs-{n:04}.html"), "");
    }
    expect_exit(&place.run(&[]), 1);
    let events = place.of_run("events");
    let detached: Vec<&Value> = events.iter().filter(|e| e["event"] == "event.detached").collect();
    assert_eq!(detached.len(), 1, "{}", events.len());
    assert_eq!(detached[0]["name"], "run.completed");
    expect_sound(&place);
    let file = format!("objects/{}", detached[0]["digest"].as_str().unwrap().trim_start_matches("sha256:"));
    let text = place.read(&format!("normalized/{file}"));
    place.write(&format!("normalized/{file}"), text.replacen("quarantined\":700", "quarantined\":699", 1));
    expect_named(&place, &[&file], "a changed detached event");
}

#[test]
fn without_its_log_a_results_folder_is_not_written_to() {
    let place = small();
    std::fs::remove_dir_all(place.path("normalized/log")).unwrap();
    expect_exit(&place.run(&[]), 2);
    expect_exit(&place.sanad(&["verify"]), 3);
}

/// The child process of the next test: appends until it is killed.
#[test]
#[ignore = "started by the test below"]
fn a_writer_that_will_be_killed() {
    let Some(folder) = std::env::var_os("SANAD_TEST_LOG") else { return };
    let mut writer = Writer::open(Path::new(&folder), key()).unwrap();
    let mut chance = Chance(writer.size() ^ u64::from(std::process::id()));
    loop {
        for _ in 0..=chance.below(600) {
            writer.append(&entry(writer.size())).unwrap();
        }
        writer.sign().unwrap();
    }
}

fn entry(n: u64) -> Vec<u8> {
    format!("{{\"n\":{n},\"text\":\"{}\"}}", "x".repeat(n as usize % 500)).into_bytes()
}

/// Starts a process that appends to the log in this folder until it is killed.
fn writer_in(folder: &Path) -> std::process::Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "log::a_writer_that_will_be_killed"])
        .env("SANAD_TEST_LOG", folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// How many times longer than on a quiet machine a writer takes to its first checkpoint, which is some 10 ms there.
fn slowness() -> u32 {
    let mut times: Vec<Duration> = (0..5)
        .map(|_| {
            let folder = tempfile::tempdir().unwrap();
            let begun = std::time::Instant::now();
            let mut child = writer_in(folder.path());
            let signed = folder.path().join("checkpoint");
            let ended = crate::common::kill::killed_when(&mut child, |_| signed.exists());
            assert!(ended.is_none(), "the writer ended by itself");
            begun.elapsed()
        })
        .collect();
    times.sort();
    u32::try_from(times[2].as_millis() / 10).unwrap().max(1)
}

#[test]
fn a_writer_killed_two_hundred_times_loses_no_committed_entry() {
    let folder = tempfile::tempdir().unwrap();
    let slowness = slowness();
    let mut chance = Chance(3);
    let (mut committed, mut grown) = (0, 0);
    for round in 0..200 {
        if round == 50 || round == 100 {
            // Start over: the first checkpoints of a log are the most fragile.
            std::fs::remove_dir_all(folder.path()).unwrap();
            std::fs::create_dir(folder.path()).unwrap();
            committed = 0;
        }
        let mut child = writer_in(folder.path());
        std::thread::sleep(slowness * Duration::from_micros(4_000 + chance.below(22_000) as u64));
        child.kill().unwrap();
        child.wait().unwrap();
        let reader = Reader::new(folder.path());
        let named = reader.size().unwrap();
        let size = Writer::open(folder.path(), key()).unwrap().size();
        assert!(size >= named && named >= committed, "round {round}: {size}, {named} after {committed}");
        grown += usize::from(size > committed);
        committed = size;
        let Some((head, note, _)) = reader.checkpoint().unwrap() else { continue };
        assert!(note.is_signed_by(&key().verifier()));
        let mut edge = merkle::Edge::default();
        for bundle in 0..size.div_ceil(256) {
            for (at, found) in (bundle * 256..).zip(reader.bundle(bundle, size).unwrap()) {
                assert!(found == entry(at), "round {round}: entry {at}");
                edge.push(merkle::leaf(&found));
            }
        }
        assert_eq!(edge.root(), head.root, "round {round}");
        assert_eq!(reader.root(size, size).unwrap(), head.root, "round {round}");
        for note in std::fs::read_dir(folder.path().join("checkpoints")).unwrap() {
            let name = note.unwrap().file_name().into_string().unwrap();
            let old = name.parse::<u64>().unwrap();
            let text = reader.text(&format!("checkpoints/{name}")).unwrap();
            assert_eq!(Checkpoint::of_note(&text).unwrap().0.root, reader.root(old, size).unwrap());
        }
    }
    assert!(grown >= 20, "only {grown} of the writers came to a checkpoint");
    check_with_their_code(folder.path(), 101);
}

/// Kills a run, checks the folder and runs again, `times` times. Kills are more frequent near the end, where the run
/// writes.
fn kill_runs(times: usize) {
    let place = small();
    let began = std::time::Instant::now();
    let run_at = |day: usize| format!("{}-01-01T00:{:02}:{:02}Z", 2027 + day / 3600, day / 60 % 60, day % 60);
    expect_exit(&place.sanad(&["run", "--offline", "--now", &run_at(0)]), 0);
    let whole = began.elapsed().as_micros() as usize;
    let (mut chance, mut stopped, mut unfinished) = (Chance(4), 0, 0);
    for round in 1..=times {
        let now = run_at(round);
        let before = place.runs().len();
        let size = log_of(&place).size().unwrap();
        let run = ["run", "--offline", "--now", &now];
        let mut child = place.command(&run).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let part = if round % 3 == 0 { chance.below(whole) } else { whole / 3 + chance.below(whole * 2 / 3) };
        std::thread::sleep(Duration::from_micros(part as u64));
        child.kill().unwrap();
        child.wait().unwrap();
        let verdict = ask(&place);
        assert_ne!(verdict.outcome(), Outcome::Mismatch, "round {round}: {:#?}", verdict.findings);
        unfinished += usize::from(verdict.outcome() == Outcome::Incomplete);
        stopped += usize::from(place.runs().len() == before);
        assert!(log_of(&place).size().unwrap() >= size);
        // The next run finishes or repeats a killed run. A finished run is followed by another with the same time.
        expect_exit(&place.sanad(&run), 0);
        expect_sound(&place);
    }
    eprintln!("killed {times} runs: {stopped} left nothing, {unfinished} were finished by the next");
    assert!(stopped > 0);
}

#[test]
fn a_killed_run_leaves_the_old_state_or_the_new() {
    kill_runs(12);
}

/// `cargo test --release --test main -- --ignored --nocapture two_hundred_killed_runs`
#[test]
#[ignore = "takes minutes; the command is above"]
fn two_hundred_killed_runs_leave_the_old_state_or_the_new() {
    kill_runs(200);
}

#[test]
fn a_run_stopped_while_its_results_are_put_in_place_is_finished_by_the_next() {
    // The state that a killed run leaves, made by hand: the journal exists, and no file was moved.
    let place = small();
    let done = Place::empty();
    crate::common::copy(&place.path("config"), &done.path("config"));
    crate::common::copy(&place.path("raw"), &done.path("raw"));
    crate::common::copy(&place.path("normalized"), &done.path("normalized"));
    let run = ["run", "--offline", "--now", "2026-11-30T00:00:00Z"];
    expect_exit(&done.sanad(&run), 0);
    let before: BTreeSet<(String, Vec<u8>)> = place.files("normalized").into_iter().collect();
    let mut moves = serde_json::Map::new();
    let name = done.runs().pop().unwrap();
    for (file, bytes) in done.files("normalized") {
        if !file.starts_with("log/") && !before.contains(&(file.clone(), bytes.clone())) {
            place.write(&format!("normalized/.state/staging/{file}"), &bytes);
            moves.insert(file, Value::String(String::new()));
        }
    }
    let start = log_of(&place).size().unwrap();
    let log = serde_json::json!({"file": format!("runs/{name}/events.jsonl"), "start": start});
    let journal = serde_json::json!({"moves": moves, "deletes": [], "log": log});
    place.write("normalized/.state/journal.json", journal.to_string());
    expect_exit(&place.sanad(&["verify"]), 3);
    // Half of the events are under a checkpoint, as after a kill between two checkpoints.
    let events: Vec<String> =
        done.read(&format!("normalized/runs/{name}/events.jsonl")).lines().take(3).map(str::to_owned).collect();
    let mut writer = Writer::open(&place.path("normalized/log"), key()).unwrap();
    for event in &events {
        writer.append(event.as_bytes()).unwrap();
    }
    drop(writer);
    expect_exit(&place.sanad(&["run", "--offline", "--now", "2026-12-01T00:00:00Z"]), 0);
    expect_sound(&place);
    assert_eq!(place.runs().len(), 4);
    let theirs: BTreeSet<String> = done.files("normalized/runs").into_iter().map(|(n, _)| n).collect();
    let ours: BTreeSet<String> = place.files("normalized/runs").into_iter().map(|(n, _)| n).collect();
    assert!(theirs.is_subset(&ours));
    let entries = tile::entries(
        &std::fs::read(place.path("normalized/log").join(tile::partial(
            tile::Kind::Entries,
            0,
            log_of(&place).size().unwrap() as usize,
        )))
        .unwrap(),
    )
    .unwrap()
    .len();
    assert_eq!(entries as u64, log_of(&place).size().unwrap());
}

/// Results of version 0.2.0 before the log grew with what changes: two runs over two captures, each with events for both.
#[test]
fn a_log_of_an_earlier_version_is_read_as_it_is_and_continued() {
    let place = Place::empty();
    crate::common::copy(&crate::common::project().join("tests/samples/old-log/raw"), &place.path("raw"));
    crate::common::copy(&crate::common::project().join("tests/samples/old-log/normalized"), &place.path("normalized"));
    let records = place.files("normalized/records");
    let id = place.lines("normalized/records")[0]["id"].as_str().unwrap().to_owned();
    let expect_whole = |same: &str| {
        expect_sound(&place);
        let replayed = place.sanad(&["replay", "--run", "all"]);
        assert!(String::from_utf8_lossy(&replayed.stdout).contains(same), "{replayed:?}");
        expect_exit(&place.sanad(&["prove", &id, "--output", "p.tlog-proof"]), 0);
        let explained = place.sanad(&["explain", &id]);
        assert!(String::from_utf8_lossy(&explained.stdout).contains("/html[1]/body[1]"), "{explained:?}");
    };
    expect_whole("4 same, 0 differ, 0 missing");
    for day in [5, 6] {
        expect_exit(&place.sanad(&["run", "--offline", "--now", &format!("2026-01-0{day}T00:00:00Z")]), 0);
        let completed = place.of_run("events").pop().unwrap();
        assert_eq!((&completed["captures"], &completed["carried"]["count"]), (&2.into(), &2.into()));
        assert_eq!(place.of_run("events").len(), 2);
        expect_whole("4 same, 0 differ, 0 missing");
    }
    assert!(place.files("normalized/records") == records, "nothing has changed");
}
