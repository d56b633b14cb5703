//! Evidence for others: packages, lineage events, timestamps.

use crate::common::{Place, expect_exit, program};
use sanad_document::digest::sha256;
use sanad_warc::{Entry, Reader};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

/// Serves HTTP and answers every request with `answer` of its body. Returns the address and the bodies that arrive.
fn serve(answer: impl Fn(&[u8]) -> Vec<u8> + Send + 'static) -> (String, Arc<Mutex<Vec<Vec<u8>>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    let came = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&came);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut bytes = Vec::new();
            let mut buffer = [0; 4096];
            let body = loop {
                let count = stream.read(&mut buffer).unwrap();
                bytes.extend_from_slice(&buffer[..count]);
                let text = String::from_utf8_lossy(&bytes).to_lowercase();
                let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") else { continue };
                let length = text
                    .split("content-length:")
                    .nth(1)
                    .map_or(0, |t| t.lines().next().unwrap().trim().parse().unwrap());
                if bytes.len() >= end + 4 + length {
                    break bytes[end + 4..].to_vec();
                }
            };
            let reply = answer(&body);
            kept.lock().unwrap().push(body);
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", reply.len());
            // The client may close the connection before the answer.
            drop(stream.write_all(&[head.as_bytes(), &reply].concat()));
        }
    });
    (address, came)
}

fn ids(place: &Place, most: usize) -> Vec<String> {
    let records = place.lines("normalized/records");
    let step = (records.len() / most).max(1);
    records.iter().step_by(step).map(|r| r["id"].as_str().unwrap().to_owned()).collect()
}

fn unzip(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut files = BTreeMap::new();
    for i in 0..archive.len() {
        let mut file = archive.by_index(i).unwrap();
        assert_eq!(file.compression(), zip::CompressionMethod::Stored);
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        files.insert(file.name().unwrap().into_owned(), content);
    }
    files
}

fn export(place: &Place, format: &str, ids: &[String]) -> Vec<u8> {
    let mut arguments = vec!["export", "--format", format, "--output", "package"];
    arguments.extend(ids.iter().map(String::as_str));
    expect_exit(&place.sanad(&arguments), 0);
    std::fs::read(place.path("package")).unwrap()
}

/// Digests of the captures in a WARC file, by offset.
fn captures(bytes: &[u8]) -> BTreeMap<u64, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.warc.gz");
    std::fs::write(&path, bytes).unwrap();
    let mut reader = Reader::open(&path, "x", u64::MAX).unwrap();
    let mut found = BTreeMap::new();
    while let Some(entry) = reader.next_entry() {
        let Entry::Capture(capture) = entry else { panic!("{entry:?}") };
        found.insert(capture.place.offset, capture.digest);
    }
    found
}

#[test]
fn a_package_holds_capture_record_ledger_and_proof() {
    let place = Place::demo();
    place.write("raw/plain.html", "<h1>A plain decision</h1><p>The government decided today that the water of the two rivers will be shared by all.</p>");
    expect_exit(&place.run(&[]), 0);
    let ids = ids(&place, 6);
    let wacz = export(&place, "wacz", &ids);
    assert!(wacz == export(&place, "wacz", &ids), "the same export is the same file");
    let files = unzip(&wacz);
    let description: Value = serde_json::from_slice(&files["datapackage.json"]).unwrap();
    let listed = description["resources"].as_array().unwrap();
    assert_eq!(listed.len(), files.len() - 2);
    for resource in listed {
        assert_eq!(resource["hash"], sha256(&files[resource["path"].as_str().unwrap()]));
    }
    let found = captures(&files["archive/data.warc.gz"]);
    let index = String::from_utf8(files["indexes/index.cdx"].clone()).unwrap();
    let records = String::from_utf8(files["sanad/records.jsonl"].clone()).unwrap();
    assert_eq!((records.lines().count(), index.lines().count()), (ids.len(), ids.len()));
    for line in index.lines() {
        let fields: Value = serde_json::from_str(line.splitn(3, ' ').nth(2).unwrap()).unwrap();
        let offset: u64 = fields["offset"].as_str().unwrap().parse().unwrap();
        assert_eq!(found[&offset], fields["digest"], "{line}");
    }
    for line in records.lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        assert!(found.values().any(|d| *d == record["prov"]["capture"]["digest"]), "{line}");
    }
    assert_eq!(files.keys().filter(|n| n.ends_with(".tlog-proof")).count(), ids.len());
    let removed = String::from_utf8(files["sanad/removed.jsonl"].clone()).unwrap();
    let wanted: u64 =
        crate::common::json_lines(&records).iter().map(|r| r["removed"]["blocks"].as_u64().unwrap()).sum();
    assert_eq!(removed.lines().count() as u64, wanted);

    let files = unzip(&export(&place, "ro-crate", &ids));
    let metadata: Value = serde_json::from_slice(&files["ro-crate-metadata.json"]).unwrap();
    for entity in metadata["@graph"].as_array().unwrap().iter().filter(|e| e["@type"] == "File") {
        let content = &files[entity["@id"].as_str().unwrap()];
        assert_eq!(sha256(content), format!("sha256:{}", entity["sha256"].as_str().unwrap()));
    }
    let prov: Value = serde_json::from_slice(&export(&place, "prov", &ids)).unwrap();
    assert!(prov["wasDerivedFrom"].as_object().unwrap().len() >= ids.len());
    expect_exit(&place.sanad(&["export", "--format", "prov", "nobody/nothing"]), 2);
}

/// The JSON Schema of an `OpenLineage` run event.
fn run_event() -> jsonschema::Validator {
    let path = crate::common::project().join("tests/openlineage/run-event.json");
    let schema = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
}

#[test]
fn lineage_events_are_valid_stand_in_the_run_and_go_to_the_collector() {
    let (url, came) = serve(|_| Vec::new());
    let place = Place::demo();
    place.write("config/sanad.toml", format!("[lineage]\nurl = \"{url}api/v1/lineage\"\nnamespace = \"ministries\"\n"));
    expect_exit(&place.run(&[]), 0);
    let told = place.of_run("openlineage");
    let posted: Vec<Value> = came.lock().unwrap().iter().map(|b| serde_json::from_slice(b).unwrap()).collect();
    assert_eq!(told, posted);
    let kinds: Vec<&str> = told.iter().map(|e| e["eventType"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["START", "COMPLETE"]);
    assert_eq!(told[0]["run"]["runId"], told[1]["run"]["runId"]);
    assert_eq!(told[1]["job"]["namespace"], "ministries");
    assert_eq!(told[1]["outputs"].as_array().unwrap().len(), place.files("normalized/records").len());
    // A run that can't publish its results reports a failure.
    let broken = Place::demo();
    broken.write("config/sanad.toml", format!("[lineage]\nurl = \"{url}\"\n"));
    broken.write("normalized/records", "not a folder");
    came.lock().unwrap().clear();
    expect_exit(&broken.run(&[]), 2);
    let failed: Vec<Value> = came.lock().unwrap().iter().map(|b| serde_json::from_slice(b).unwrap()).collect();
    assert_eq!(failed.last().unwrap()["eventType"], "FAIL");
    let rule = run_event();
    for event in told.iter().chain(&failed) {
        assert!(rule.is_valid(event), "{:?}\n{event:#}", rule.iter_errors(event).next());
    }
    let mut without = told[0].clone();
    without.as_object_mut().unwrap().remove("run");
    assert!(!rule.is_valid(&without));
    // No server listens: the run succeeds all the same.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let place = Place::demo();
    place.write("config/sanad.toml", format!("[lineage]\nurl = \"{silent}\"\n[log]\ntimestamp = \"{silent}\"\n"));
    expect_exit(&place.run(&[]), 0);
    expect_exit(&place.sanad(&["verify"]), 0);
}

fn openssl(folder: &Path, arguments: &[&str]) -> bool {
    Command::new("openssl").current_dir(folder).args(arguments).output().is_ok_and(|o| o.status.success())
}

/// Makes a timestamp authority: key, certificate, settings.
fn authority(folder: &Path) -> bool {
    let settings = "[tsa]\ndefault_tsa = t\n[t]\nserial = serial\nsigner_digest = sha256\ndefault_policy = 1.2.3.4.1\n\
        digests = sha256\naccuracy = secs:1\nordering = yes\ntsa_name = yes\ness_cert_id_chain = no\n\
        [req]\ndistinguished_name = n\nx509_extensions = e\nprompt = no\n[n]\nCN = authority\n\
        [e]\nbasicConstraints = CA:true\nextendedKeyUsage = critical,timeStamping\n";
    std::fs::write(folder.join("ts.cnf"), settings).unwrap();
    std::fs::write(folder.join("serial"), "01\n").unwrap();
    let request = "req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 3650 -config ts.cnf";
    openssl(folder, &request.split(' ').collect::<Vec<_>>())
}

#[test]
fn a_checkpoint_gets_a_timestamp_that_openssl_makes_and_checks() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let Some(_) = program("openssl") else { return };
    assert!(authority(&path));
    let at = path.clone();
    let (url, came) = serve(move |request| {
        std::fs::write(at.join("query"), request).unwrap();
        let reply = "ts -reply -config ts.cnf -queryfile query -inkey key.pem -signer cert.pem -out reply";
        assert!(openssl(&at, &reply.split(' ').collect::<Vec<_>>()));
        std::fs::read(at.join("reply")).unwrap()
    });
    let place = Place::demo();
    place.write("config/sanad.toml", format!("[log]\ntimestamp = \"{url}\"\n"));
    expect_exit(&place.run(&[]), 0);
    assert_eq!(came.lock().unwrap().len(), 1);
    let size = place.report()["log"]["end"].as_u64().unwrap();
    let checkpoint = place.path(&format!("normalized/log/checkpoints/{size}"));
    let token = place.path(&format!("normalized/log/checkpoints/{size}.tsr"));
    let check = |data: &Path| {
        let (data, token) = (data.to_str().unwrap(), token.to_str().unwrap());
        openssl(&path, &["ts", "-verify", "-data", data, "-in", token, "-CAfile", "cert.pem"])
    };
    assert!(check(&checkpoint));
    assert!(!check(&place.path("normalized/log/origin")));
    expect_exit(&place.sanad(&["verify"]), 0);
    // `verify` finds a timestamp of other data.
    let whole = std::fs::read(&token).unwrap();
    let hash = sha256(&std::fs::read(&checkpoint).unwrap());
    let first = u8::from_str_radix(&hash["sha256:".len()..][..2], 16).unwrap();
    let mut changed = whole.clone();
    for at in whole.iter().enumerate().filter(|(_, b)| **b == first).map(|(i, _)| i) {
        changed[at] ^= 1;
    }
    std::fs::write(&token, changed).unwrap();
    let output = place.sanad(&["verify"]);
    expect_exit(&output, 1);
    assert!(String::from_utf8_lossy(&output.stdout).contains(&format!("log/checkpoints/{size}.tsr")));
}
