//! RO-Crate 1.1: a zip file with the evidence, described in JSON-LD.

use super::archive;
use super::package::Package;
use crate::error::Error;
use sanad_document::digest;
use serde_json::{Value, json};
use std::io::{Seek, Write};

pub(super) fn write(package: &Package, output: &mut (impl Write + Seek)) -> Result<(), Error> {
    let mut files = vec![("captures.warc.gz".to_owned(), package.warc.clone())];
    files.extend(package.evidence());
    let metadata = format!("{:#}\n", description(package, &files)).into_bytes();
    files.insert(0, ("ro-crate-metadata.json".to_owned(), metadata));
    archive::write(&files, output)
}

/// Returns the media type and the description of a file, by its name.
fn kind(name: &str) -> (&'static str, &'static str) {
    match name {
        "captures.warc.gz" => ("application/warc", "Captures as received"),
        "records.jsonl" => ("application/jsonl", "Records, one per line"),
        "removed.jsonl" => ("application/jsonl", "What was left out of them, with rule and support"),
        "checkpoint.txt" => ("text/plain", "Signed checkpoint of the log"),
        "key.pub" => ("text/plain", "Public key of the log"),
        _ => ("text/plain", "Proof that a record's event is in the log (c2sp.org/tlog-proof)"),
    }
}

fn description(package: &Package, files: &[(String, Vec<u8>)]) -> Value {
    let titles: Vec<&str> = package.records.iter().filter_map(|r| r.record.title.as_deref()).collect();
    let name = if titles.is_empty() { "Records with their evidence".to_owned() } else { titles.join("; ") };
    let reference = |id: &str| json!({"@id": id});
    let parts: Vec<Value> = files.iter().map(|(name, _)| reference(name)).collect();
    let runs: std::collections::BTreeSet<&str> =
        package.records.iter().filter_map(|r| r.record.prov.as_ref()).map(|p| p.run.as_str()).collect();
    let actions: Vec<Value> = runs.iter().map(|run| reference(&format!("#run-{run}"))).collect();
    let pages: Vec<Value> = package.records.iter().map(|r| reference(r.url())).collect();
    let mut graph = vec![
        json!({"@id": "ro-crate-metadata.json", "@type": "CreativeWork", "about": reference("./"),
            "conformsTo": reference("https://w3id.org/ro/crate/1.1")}),
        json!({"@id": "./", "@type": "Dataset", "name": name, "datePublished": package.time(),
            "description": "Records of web pages and documents, each with its capture, what was left out of it, and a proof",
            "license": "The texts belong to their issuers; see each page's own terms",
            "hasPart": parts, "mentions": actions, "isBasedOn": pages}),
        json!({"@id": "#sanad", "@type": "SoftwareApplication", "name": "sanad", "version": env!("CARGO_PKG_VERSION"),
            "softwareVersion": env!("CARGO_PKG_VERSION")}),
    ];
    for (name, bytes) in files {
        let (format, description) = kind(name);
        graph.push(json!({"@id": name, "@type": "File", "name": name, "description": description,
            "encodingFormat": format, "contentSize": bytes.len().to_string(),
            "sha256": digest::sha256(bytes).trim_start_matches("sha256:")}));
    }
    for run in runs {
        graph.push(json!({"@id": format!("#run-{run}"), "@type": "CreateAction", "name": format!("run {run}"),
            "instrument": reference("#sanad"), "object": [reference("captures.warc.gz")],
            "result": [reference("records.jsonl"), reference("removed.jsonl")]}));
    }
    for packaged in &package.records {
        let (url, record) = (packaged.url(), &packaged.record);
        let page = json!({"@id": url, "@type": "WebPage", "url": url, "identifier": record.id,
            "name": record.title.as_deref().unwrap_or_default(),
            "dateCreated": record.created.as_deref().unwrap_or_default()});
        if !graph.contains(&page) {
            graph.push(page);
        }
    }
    json!({"@context": "https://w3id.org/ro/crate/1.1/context", "@graph": graph})
}
