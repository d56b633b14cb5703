//! Imports captures of other crawlers: copies each record, unchanged and with its id, into a new WARC file.
//!
//! The source is any archive that [`Reader`](crate::Reader) reads. Records of ARC files get the headers of WARC records.
//! The new file has one gzip member per record, so that each record can be found by its offset.

use crate::fields::UNVERIFIED;
use crate::records::{Header, Records};
use crate::write::Writer;
use crate::{Error, Fault};
use flate2::{Compression, write::GzEncoder};
use sanad_document::digest;
use sanad_document::digest::Sha256;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;

/// Longer blocks are copied piece by piece, in bytes. No page is larger.
const MAX_IN_MEMORY: u64 = 64 << 20;

/// What an import copied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// Name of the new file in the raw folder.
    pub file: String,
    /// Number of records copied.
    pub records: u64,
    /// Number of responses and resources among them.
    pub captures: u64,
    /// Names of the archives inside, if the source is a package.
    pub inside: Vec<String>,
    /// The new file existed already, from an earlier import of the same bytes. Nothing was copied.
    pub known: bool,
    /// Places of the source that can't be read, with the bytes that were passed over. Everything else was copied.
    pub broken: Vec<Error>,
}

/// Imports a file into the raw folder. The name of the new file is derived from the source's name and bytes, so that a
/// file is imported only once. `date` (RFC 3339) is that of the new file's warcinfo record.
///
/// # Errors
/// [`Error::Io`] if the source can't be read or the new file can't be written, [`Error::Record`] if the source has no
/// records.
pub fn import(source: &Path, raw_folder: &Path, date: &str) -> Result<Imported, Error> {
    let read_error = |e: io::Error| Error::io(source, "read", &e);
    let mut file = BufReader::with_capacity(1 << 16, File::open(source).map_err(read_error)?);
    let hash = digest_of(&mut file).map_err(read_error)?;
    drop(file);
    let name = source.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let stem: String = name.split('.').next().unwrap_or_default().chars().map(file_name_char).collect();
    let short: String = hash.trim_start_matches("sha256:").chars().take(12).collect();
    let mut imported = Imported { file: format!("import-{stem}-{short}.warc.gz"), ..Imported::default() };
    let target = raw_folder.join(&imported.file);
    if target.exists() {
        imported.known = true;
        return Ok(imported);
    }
    std::fs::create_dir_all(raw_folder).map_err(|e| Error::io(raw_folder, "create", &e))?;
    let folder = tempfile::Builder::new()
        .prefix(".import-")
        .tempdir_in(raw_folder)
        .map_err(|e| Error::io(raw_folder, "create", &e))?;
    let unfinished = folder.path().join(&imported.file);
    let description = format!("records of {name} ({hash}) as they stood");
    let mut import = Import { writer: Writer::create(&unfinished, date, &description)?, source, imported };
    import.records(&source.display().to_string())?;
    import.writer.sync()?;
    let imported = import.imported;
    if imported.records == 0 {
        let file = source.display().to_string();
        let nothing = Error::Record { file, offset: 0, passed: 0, problem: Fault::Empty };
        return Err(imported.broken.into_iter().next().unwrap_or(nothing));
    }
    std::fs::rename(&unfinished, &target).map_err(|e| Error::io(&target, "create", &e))?;
    Ok(imported)
}

/// A character that is safe in file names everywhere; others become `-`.
fn file_name_char(c: char) -> char {
    if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '-' }
}

fn digest_of(input: &mut impl BufRead) -> io::Result<String> {
    let mut hasher = Sha256::new();
    loop {
        let bytes = input.fill_buf()?;
        if bytes.is_empty() {
            return Ok(digest::named(&hasher.finalize()));
        }
        hasher.update(bytes);
        let length = bytes.len();
        input.consume(length);
    }
}

/// An import under way.
struct Import<'a> {
    writer: Writer,
    source: &'a Path,
    imported: Imported,
}

impl Import<'_> {
    /// Copies the records of an archive. What can't be read is passed over and told.
    fn records(&mut self, name: &str) -> Result<(), Error> {
        let mut records = Records::open(self.source, name)?;
        while let Some(header) = records.next_header() {
            match header.and_then(|header| self.member(&mut records, header)) {
                Ok((member, kind)) => {
                    // The source's warcinfo records are copied too; the new file's own, which names the source, comes
                    // before them.
                    self.writer.append_member(&member)?;
                    self.imported.records += 1;
                    self.imported.captures += u64::from(matches!(kind.as_str(), "response" | "resource"));
                }
                Err(error @ Error::Io { .. }) => return Err(error),
                Err(error) => {
                    tracing::warn!(source = %self.source.display(), %error, "a part of the source can't be read");
                    self.imported.broken.push(error);
                }
            }
        }
        self.imported.inside = records.inside().to_vec();
        Ok(())
    }

    /// A record as a gzip member, and its type.
    fn member(&self, records: &mut Records, mut header: Header) -> Result<(Vec<u8>, String), Error> {
        let kind = header.field("WARC-Type").to_ascii_lowercase();
        let fault = |e: io::Error| Error::io(self.source, "copy", &e);
        let mut member = GzEncoder::new(Vec::new(), Compression::default());
        if records.is_large(&header, MAX_IN_MEMORY) {
            member.write_all(&header.bytes).map_err(fault)?;
            let mut copied = Ok(());
            records.pass(&header, |piece| {
                if copied.is_ok() {
                    copied = member.write_all(piece);
                }
            })?;
            copied.map_err(fault)?;
        } else {
            let block = records.block(&header)?;
            let doubt = block.flaws.iter().find(|flaw| flaw.code == "capture.unverified");
            if let Some(message) = doubt.and_then(|doubt| doubt.message.as_deref()) {
                // The copy's own member is sound, so that nothing else would tell.
                let end =
                    header.bytes.len() - header.bytes.iter().rev().take_while(|b| b.is_ascii_whitespace()).count();
                header.bytes.truncate(end);
                header.bytes.extend_from_slice(format!("\r\n{UNVERIFIED}: {message}\r\n\r\n").as_bytes());
            }
            member.write_all(&header.bytes).and_then(|()| member.write_all(&block.bytes)).map_err(fault)?;
        }
        let member = member.write_all(b"\r\n\r\n").and_then(|()| member.finish()).map_err(fault)?;
        Ok((member, kind))
    }
}
