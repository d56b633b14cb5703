//! Records with their evidence as packages for handing on: captures, ledger and proofs beside them.

use crate::audit::prove;
use crate::emit::Record;
use crate::emit::store::find_record;
use crate::error::Error;
use crate::log::LOG;
use crate::schema::RemovedLine;
use sanad_document::digest;
use sanad_tlog::Reader;
use sanad_warc::is_warc;
use sanad_warc::{RecordToWrite, Writer};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// A record with its evidence.
pub(crate) struct Item {
    pub(crate) record: Record,
    /// The line of the record.
    pub(crate) line: String,
    /// Lines of the ledger of what was left out of it.
    pub(crate) removed: Vec<String>,
    /// The `.tlog-proof` of its event.
    pub(crate) proof: String,
    /// Its capture as a gzip member of a WARC file; filled in when the WARC is written.
    pub(crate) capture: Captured,
}

/// A capture in the exported WARC.
#[derive(Debug, Clone, Default)]
pub(crate) struct Captured {
    pub(crate) offset: u64,
    pub(crate) length: u64,
    pub(crate) status: Option<u16>,
    pub(crate) media_type: String,
    pub(crate) digest: String,
}

/// A package's content.
pub(crate) struct Package {
    pub(crate) items: Vec<Item>,
    /// The WARC file with the captures.
    pub(crate) warc: Vec<u8>,
    /// The newest checkpoint.
    pub(crate) checkpoint: String,
    /// The log's public keys.
    pub(crate) keys: String,
    /// The log's name.
    pub(crate) origin: String,
}

/// Gathers the records of these ids with their evidence.
///
/// # Errors
/// When a record, its capture or its proof can't be read.
pub(super) fn gather((raw, out): (&Path, &Path), ids: &[String]) -> Result<Package, Error> {
    let reader = Reader::new(&out.join(LOG));
    let folder = tempfile::tempdir().map_err(|e| Error::io(&std::env::temp_dir(), "write", &e))?;
    let path = folder.path().join("data.warc.gz");
    let mut items = Vec::new();
    for id in ids {
        let (_, record) = find_record(out, id)?;
        let line = digest::json_line(&record).map_err(|e| Error::io(out, "write", &e.into()))?;
        let removed = removed(out, &record)?;
        let proof = prove(out, id)?.text();
        items.push(Item { record, line, removed, proof, capture: Captured::default() });
    }
    let newest = items.iter().filter_map(|i| i.record.prov.as_ref()).map(|p| p.capture.fetched_at.clone()).max();
    let date = newest.filter(|d| !d.is_empty()).unwrap_or_else(|| "1970-01-01T00:00:00Z".to_owned());
    let mut writer = Writer::create(&path, &date, "captures handed on with their records")?;
    for item in &mut items {
        item.capture = captured(raw, &item.record, &mut writer)?;
    }
    drop(writer);
    Ok(Package {
        items,
        warc: std::fs::read(&path).map_err(|e| Error::io(&path, "read", &e))?,
        checkpoint: reader.text("checkpoint")?,
        keys: reader.text("key.pub")?,
        origin: reader.text("origin")?.trim_end().to_owned(),
    })
}

/// The ledger's lines of a record, from the run that made it.
fn removed(out: &Path, record: &Record) -> Result<Vec<String>, Error> {
    let Some(prov) = &record.prov else { return Ok(Vec::new()) };
    let path = out.join(format!("runs/{}/removed.jsonl", prov.run));
    let fault = |e: std::io::Error| Error::io(&path, "read", &e);
    let mut lines = Vec::new();
    for line in BufReader::new(File::open(&path).map_err(fault)?).lines() {
        let line = line.map_err(fault)?;
        // Cheap first: most lines are of other documents.
        let own = line.contains(&record.id)
            && serde_json::from_str::<RemovedLine>(&line)
                .is_ok_and(|l| l.id == record.id && l.capture == prov.log_index);
        if own {
            lines.push(line);
        }
    }
    Ok(lines)
}

/// Copies a record's capture into the package's WARC file.
fn captured(raw: &Path, record: &Record, writer: &mut Writer) -> Result<Captured, Error> {
    let Some(prov) = &record.prov else { return Ok(Captured::default()) };
    let (place, path) = (&prov.capture, raw.join(&prov.capture.file));
    let fault = |e: std::io::Error| Error::io(&path, "read", &e);
    let mut captured = Captured { digest: place.digest.clone(), ..Captured::default() };
    if is_warc(&place.file) {
        let member = sanad_warc::copy(&path, (place.offset, &place.record_id))?;
        let mut content = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(member.as_slice()), &mut content)
            .map_err(fault)?;
        let text = String::from_utf8_lossy(content.get(..content.len().min(1 << 16)).unwrap_or_default()).into_owned();
        let lines = || text.lines().skip_while(|l| !l.starts_with("HTTP/"));
        captured.status = lines().next().and_then(|l| l.split_whitespace().nth(1)?.parse().ok());
        let media_type = lines().take_while(|l| !l.is_empty()).filter_map(|l| l.split_once(':'));
        let media_type = media_type.filter(|(n, _)| n.eq_ignore_ascii_case("content-type")).map(|(_, v)| v);
        captured.media_type = media_type.take(1).map(bare).collect();
        captured.length = member.len() as u64;
        captured.offset = writer.append_member(&member)?;
        return Ok(captured);
    }
    let body = std::fs::read(&path).map_err(fault)?;
    let media_type = if body.starts_with(b"%PDF") { "application/pdf" } else { "text/html" };
    media_type.clone_into(&mut captured.media_type);
    let date = if place.fetched_at.is_empty() { "1970-01-01T00:00:00Z" } else { &place.fetched_at };
    let (offset, _) = writer.append(&RecordToWrite {
        kind: "resource".to_owned(),
        url: record.url.as_ref().map(|u| u.final_url.clone()).unwrap_or_default(),
        date: date.to_owned(),
        content_type: captured.media_type.clone(),
        block: body,
        payload_at: Some(0),
        ..RecordToWrite::default()
    })?;
    captured.offset = offset;
    captured.length = writer.position() - offset;
    Ok(captured)
}

/// A media type without its parameters.
fn bare(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

impl Item {
    /// The address that answered.
    pub(crate) fn url(&self) -> &str {
        self.record.url.as_ref().map(|u| u.final_url.as_str()).unwrap_or_default()
    }

    /// When it was captured; empty where nobody knows.
    pub(crate) fn time(&self) -> &str {
        self.record.prov.as_ref().map(|p| p.capture.fetched_at.as_str()).unwrap_or_default()
    }

    /// A name for its files.
    pub(crate) fn name(&self) -> String {
        self.record.id.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect()
    }
}

impl Package {
    /// The files that every package holds beside the captures.
    pub(crate) fn evidence(&self) -> BTreeMap<String, Vec<u8>> {
        let lines = |of: &dyn Fn(&Item) -> Vec<String>| {
            let lines = self.items.iter().flat_map(of).map(|line| line + "\n");
            lines.collect::<String>().into_bytes()
        };
        let mut files = BTreeMap::from([
            ("records.jsonl".to_owned(), lines(&|i| vec![i.line.clone()])),
            ("removed.jsonl".to_owned(), lines(&|i| i.removed.clone())),
            ("checkpoint.txt".to_owned(), self.checkpoint.clone().into_bytes()),
            ("key.pub".to_owned(), self.keys.clone().into_bytes()),
        ]);
        for item in &self.items {
            files.insert(format!("{}.tlog-proof", item.name()), item.proof.clone().into_bytes());
        }
        files
    }

    /// The newest time of a capture: packages hold no clock of their own, so that the same export is the same file.
    pub(crate) fn time(&self) -> &str {
        self.items.iter().map(Item::time).max().filter(|t| !t.is_empty()).unwrap_or("1970-01-01T00:00:00Z")
    }
}
