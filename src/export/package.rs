//! Gathers records with their evidence for a package: captures, ledger and proofs.

use crate::audit::prove;
use crate::emit::Record;
use crate::emit::record::CaptureRef;
use crate::emit::store::find_record;
use crate::error::Error;
use crate::log::LOG;
use crate::log::places::Places;
use crate::schema::RemovedLine;
use sanad_document::{Place, digest};
use sanad_tlog::Reader;
use sanad_warc::{RecordToWrite, Writer, format_of};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// A record with its evidence.
pub(super) struct PackagedRecord {
    pub(super) record: Record,
    /// The line of the record.
    pub(super) line: String,
    /// The ledger's lines about the blocks that were left out of it.
    pub(super) removed: Vec<String>,
    /// The `.tlog-proof` of its event.
    pub(super) proof: String,
    /// Its capture in the package's WARC file; set when that is written.
    pub(super) capture: PackagedCapture,
}

/// A capture in the package's WARC file.
#[derive(Debug, Clone, Default)]
pub(super) struct PackagedCapture {
    /// Offset and length of its gzip member, in bytes.
    pub(super) offset: u64,
    pub(super) length: u64,
    pub(super) status: Option<u16>,
    pub(super) media_type: String,
    pub(super) digest: String,
}

/// The content of a package.
pub(super) struct Package {
    pub(super) records: Vec<PackagedRecord>,
    /// The WARC file with the captures.
    pub(super) warc: Vec<u8>,
    /// The newest checkpoint.
    pub(super) checkpoint: String,
    /// The log's public keys.
    pub(super) keys: String,
    /// The log's name.
    pub(super) origin: String,
}

/// The time of captures without one, and of packages without captures.
const NO_TIME: &str = "1970-01-01T00:00:00Z";

/// Gathers the records of these ids with their evidence.
///
/// # Errors
/// If a record, its capture or its proof can't be read.
pub(super) fn gather(raw: &Path, out: &Path, ids: &[String]) -> Result<Package, Error> {
    let reader = Reader::new(&out.join(LOG));
    let folder = tempfile::tempdir().map_err(|e| Error::io(&std::env::temp_dir(), "write", &e))?;
    let path = folder.path().join("data.warc.gz");
    let mut records = Vec::new();
    for id in ids {
        let (_, record) = find_record(out, id)?;
        let line = digest::json_line(&record).map_err(|e| Error::io(out, "write", &e.into()))?;
        let removed = removed(out, &record)?;
        let proof = prove(out, id)?.text();
        records.push(PackagedRecord { record, line, removed, proof, capture: PackagedCapture::default() });
    }
    let mut writer = Writer::create(&path, newest_time(&records), "captures exported with their records")?;
    let (source, mut captures) = (Source { raw, places: Places::read(out)? }, Vec::new());
    for packaged in &records {
        captures.push(captured_with_later_pages(&source, &packaged.record, &mut writer)?);
    }
    drop(writer);
    for (packaged, capture) in records.iter_mut().zip(captures) {
        packaged.capture = capture;
    }
    Ok(Package {
        records,
        warc: std::fs::read(&path).map_err(|e| Error::io(&path, "read", &e))?,
        checkpoint: reader.text("checkpoint")?,
        keys: reader.text("key.pub")?,
        origin: reader.text("origin")?.trim_end().to_owned(),
    })
}

/// Reads the ledger's lines about a record, from the run that made it.
fn removed(out: &Path, record: &Record) -> Result<Vec<String>, Error> {
    let Some(prov) = &record.prov else { return Ok(Vec::new()) };
    let path = out.join(format!("runs/{}/removed.jsonl", prov.run));
    let fault = |e: std::io::Error| Error::io(&path, "read", &e);
    let mut lines = Vec::new();
    for line in BufReader::new(File::open(&path).map_err(fault)?).lines() {
        let line = line.map_err(fault)?;
        // The search is cheap, and most lines are about other documents.
        let own = line.contains(&record.id)
            && serde_json::from_str::<RemovedLine>(&line)
                .is_ok_and(|l| l.id == record.id && l.capture == prov.log_index);
        if own {
            lines.push(line);
        }
    }
    Ok(lines)
}

/// Where captures are copied from.
struct Source<'a> {
    raw: &'a Path,
    places: Places,
}

/// Copies a record's captures into the package's WARC file, and returns the first one.
fn captured_with_later_pages(
    source: &Source<'_>,
    record: &Record,
    writer: &mut Writer,
) -> Result<PackagedCapture, Error> {
    let Some(prov) = &record.prov else { return Ok(PackagedCapture::default()) };
    let url = record.url.as_ref().map(|u| u.final_url.as_str()).unwrap_or_default();
    let first = captured(source, &prov.capture, url, writer)?;
    for place in &prov.later_pages {
        captured(source, place, &format!("file:///{}", place.file), writer)?;
    }
    Ok(first)
}

/// Copies a capture into the package's WARC file. A plain file becomes a `resource` record of this address.
fn captured(source: &Source<'_>, place: &CaptureRef, url: &str, writer: &mut Writer) -> Result<PackagedCapture, Error> {
    let path = source.raw.join(&place.file);
    let fault = |e: std::io::Error| Error::io(&path, "read", &e);
    let mut captured = PackagedCapture { digest: place.digest.clone(), ..PackagedCapture::default() };
    if format_of(&path).map_err(fault)?.is_archive() {
        let CaptureRef { file, offset, record_id, .. } = place.clone();
        let offset = source.places.current(&Place { file, offset, record_id }).unwrap_or(place.offset);
        let member = sanad_warc::copy(&path, (offset, &place.record_id))?;
        let mut content = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(member.as_slice()), &mut content)
            .map_err(fault)?;
        let text = String::from_utf8_lossy(content.get(..content.len().min(1 << 16)).unwrap_or_default()).into_owned();
        let lines = || text.lines().skip_while(|l| !l.starts_with("HTTP/"));
        captured.status = lines().next().and_then(|l| l.split_whitespace().nth(1)?.parse().ok());
        let media_type = lines().take_while(|l| !l.is_empty()).filter_map(|l| l.split_once(':'));
        let media_type = media_type.filter(|(n, _)| n.eq_ignore_ascii_case("content-type")).map(|(_, v)| v);
        captured.media_type = media_type.take(1).map(without_parameters).collect();
        captured.length = member.len() as u64;
        captured.offset = writer.append_member(&member)?;
        return Ok(captured);
    }
    let body = std::fs::read(&path).map_err(fault)?;
    let media_type = if body.starts_with(b"%PDF") { "application/pdf" } else { "text/html" };
    media_type.clone_into(&mut captured.media_type);
    let date = if place.fetched_at.is_empty() { NO_TIME } else { &place.fetched_at };
    let (offset, _) = writer.append(&RecordToWrite {
        kind: "resource".to_owned(),
        url: url.to_owned(),
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

fn without_parameters(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// The newest time of a capture. Packages hold no time of their own, so that the same export is the same file.
fn newest_time(records: &[PackagedRecord]) -> &str {
    records.iter().map(PackagedRecord::time).max().filter(|t| !t.is_empty()).unwrap_or(NO_TIME)
}

impl PackagedRecord {
    /// The address that answered.
    pub(super) fn url(&self) -> &str {
        self.record.url.as_ref().map(|u| u.final_url.as_str()).unwrap_or_default()
    }

    /// When it was captured; empty if unknown.
    pub(super) fn time(&self) -> &str {
        self.record.prov.as_ref().map(|p| p.capture.fetched_at.as_str()).unwrap_or_default()
    }

    /// A name for its files: the id with `-` for all but letters and digits.
    pub(super) fn name(&self) -> String {
        self.record.id.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect()
    }
}

impl Package {
    /// Returns the files that a package holds beside the captures.
    pub(super) fn evidence(&self) -> BTreeMap<String, Vec<u8>> {
        let lines = |of: &dyn Fn(&PackagedRecord) -> Vec<String>| {
            let lines = self.records.iter().flat_map(of).map(|line| line + "\n");
            lines.collect::<String>().into_bytes()
        };
        let mut files = BTreeMap::from([
            ("records.jsonl".to_owned(), lines(&|i| vec![i.line.clone()])),
            ("removed.jsonl".to_owned(), lines(&|i| i.removed.clone())),
            ("checkpoint.txt".to_owned(), self.checkpoint.clone().into_bytes()),
            ("key.pub".to_owned(), self.keys.clone().into_bytes()),
        ]);
        for packaged in &self.records {
            files.insert(format!("{}.tlog-proof", packaged.name()), packaged.proof.clone().into_bytes());
        }
        files
    }

    /// The time of the package: the newest of its captures.
    pub(super) fn time(&self) -> &str {
        newest_time(&self.records)
    }
}
