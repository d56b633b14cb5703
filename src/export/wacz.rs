//! WACZ 1.1.1: captures with an index and a list of pages, for replay in a browser, and with them records, ledger and
//! proofs.

use super::archive;
use super::package::{Package, PackagedRecord};
use crate::error::Error;
use sanad_document::digest;
use serde_json::{Value, json};
use std::io::{Seek, Write};
use url::Url;

pub(super) fn write(package: &Package, output: &mut (impl Write + Seek)) -> Result<(), Error> {
    let mut files = vec![
        ("archive/data.warc.gz".to_owned(), package.warc.clone()),
        ("indexes/index.cdx".to_owned(), index(package).into_bytes()),
        ("pages/pages.jsonl".to_owned(), pages(package).into_bytes()),
    ];
    files.extend(package.evidence().into_iter().map(|(name, bytes)| (format!("sanad/{name}"), bytes)));
    let resources: Vec<Value> = files
        .iter()
        .map(|(path, bytes)| {
            let name = path.rsplit('/').next().unwrap_or(path);
            // A resource without a type might be read as a table.
            json!({"name": name, "path": path, "hash": digest::sha256(bytes), "bytes": bytes.len(), "type": "file"})
        })
        .collect();
    let description = json!({
        "profile": "data-package",
        "wacz_version": "1.1.1",
        "title": "Captures, records and proofs",
        "description": format!("Records of {}, each with its capture, what was left out of it, and a proof", package.origin),
        "created": package.time(),
        "software": crate::run::options::engine(),
        "resources": resources,
    });
    let description = format!("{description:#}\n").into_bytes();
    let stamp = json!({"path": "datapackage.json", "hash": digest::sha256(&description)});
    files.push(("datapackage.json".to_owned(), description));
    files.push(("datapackage-digest.json".to_owned(), format!("{stamp:#}\n").into_bytes()));
    archive::write(&files, output)
}

/// The CDXJ index: one line for each capture, sorted by reversed address.
fn index(package: &Package) -> String {
    let line = |packaged: &PackagedRecord| {
        let capture = &packaged.capture;
        let mut fields = json!({
            "url": packaged.url(), "mime": capture.media_type, "digest": capture.digest,
            "length": capture.length.to_string(), "offset": capture.offset.to_string(), "filename": "data.warc.gz",
        });
        if let (Some(status), Some(fields)) = (capture.status, fields.as_object_mut()) {
            fields.insert("status".to_owned(), status.to_string().into());
        }
        let time: String = packaged.time().chars().filter(char::is_ascii_digit).take(14).collect();
        format!("{} {time:0<14} {fields}\n", sort_key(packaged.url()))
    };
    let mut lines: Vec<String> = package.records.iter().map(line).collect();
    lines.sort();
    lines.dedup();
    lines.concat()
}

/// Returns the key by which web archives sort addresses (SURT): `tj,mfa)/en/news?id=1`.
fn sort_key(address: &str) -> String {
    let Ok(url) = Url::parse(address) else { return address.to_lowercase() };
    let host = url.host_str().unwrap_or_default();
    let host = host.strip_prefix("www.").unwrap_or(host);
    let labels: Vec<&str> = host.split('.').rev().collect();
    let port = url.port().map(|p| format!(":{p}")).unwrap_or_default();
    let query = url.query().map(|q| format!("?{q}")).unwrap_or_default();
    format!("{}{port}){}{query}", labels.join(","), url.path()).to_lowercase()
}

fn pages(package: &Package) -> String {
    let mut out = json!({"format": "json-pages-1.0", "id": "pages", "title": "All pages"}).to_string() + "\n";
    for packaged in &package.records {
        let record = &packaged.record;
        let page = json!({"id": packaged.name(), "url": packaged.url(), "ts": packaged.time(),
            "title": record.title.as_deref().unwrap_or_default(), "text": record.text});
        out.push_str(&digest::escaped(page.to_string()));
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_sort_by_their_reversed_hosts() {
        assert_eq!(sort_key("https://www.MFA.tj/en/News?Id=1"), "tj,mfa)/en/news?id=1");
        assert_eq!(sort_key("http://a.example:8080/"), "example,a:8080)/");
    }
}
