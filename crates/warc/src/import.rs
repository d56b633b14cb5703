//! Imports captures of other crawlers: copies each record, unchanged and with its id, into a new WARC file.
//!
//! The source is a WARC file (plain, one gzip member per record, or one gzip stream) or a WACZ package of such files.
//! The new file has one gzip member per record, so that each record can be found by its offset.

use crate::input::GZIP_MAGIC;
use crate::members;
use crate::write::Writer;
use crate::{Error, Fault};
use flate2::bufread::MultiGzDecoder;
use flate2::{Compression, write::GzEncoder};
use sanad_document::digest;
use sanad_document::digest::Sha256;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, Write};
use std::path::Path;

/// The limit on a record's header, in bytes. Real ones stay under 4 KB.
const MAX_HEADER: usize = 1 << 20;

/// What an import copied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// Name of the new file in the raw folder.
    pub file: String,
    /// Number of records copied.
    pub records: u64,
    /// Number of responses and resources among them.
    pub captures: u64,
    /// The new file existed already, from an earlier import of the same bytes. Nothing was copied.
    pub known: bool,
    /// Why the rest of the source can't be read. Everything before the damage was copied.
    pub broken: Option<Error>,
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
    file.rewind().map_err(read_error)?;
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
    if file.fill_buf().map_err(read_error)?.starts_with(b"PK\x03\x04") {
        import.package(file)?;
    } else {
        import.warc(file)?;
    }
    import.writer.sync()?;
    let imported = import.imported;
    if imported.records == 0 {
        let problem = match imported.broken {
            Some(Error::Record { problem, .. }) => problem,
            _ => Fault::Empty,
        };
        return Err(Error::Record { file: source.display().to_string(), offset: 0, problem });
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
    /// Copies the records of all WARC files of a WACZ package, in the order of their names.
    fn package(&mut self, file: BufReader<File>) -> Result<(), Error> {
        let fault = |e: zip::result::ZipError| Error::io(self.source, "read", &io::Error::other(e));
        let mut package = zip::ZipArchive::new(file).map_err(fault)?;
        let mut names: Vec<String> =
            package.file_names().filter_map(Result::ok).map(std::borrow::Cow::into_owned).collect();
        let ending = |n: &str| Path::new(n.strip_suffix(".gz").unwrap_or(n)).extension().map(OsStr::to_owned);
        names.retain(|n| n.starts_with("archive/") && ending(n).is_some_and(|e| e.eq_ignore_ascii_case("warc")));
        names.sort();
        for name in names {
            let entry = package.by_name(&name).map_err(|e| Error::io(self.source, "read", &io::Error::other(e)))?;
            self.warc(BufReader::new(entry))?;
        }
        Ok(())
    }

    /// Copies the records of a WARC file up to the first fault.
    fn warc(&mut self, mut input: impl BufRead) -> Result<(), Error> {
        let first = input.fill_buf().map_err(|e| Error::io(self.source, "read", &e))?;
        let fault = if first.starts_with(&GZIP_MAGIC) {
            self.records(&mut BufReader::new(MultiGzDecoder::new(input)))?
        } else {
            self.records(&mut input)?
        };
        if let Some(problem) = fault {
            let records = self.imported.records;
            tracing::warn!(source = %self.source.display(), records, %problem, "only a part of the source can be read");
            self.imported.broken = Some(Error::Record { file: self.source.display().to_string(), offset: 0, problem });
        }
        Ok(())
    }

    /// Copies records until the end of the source, or until a fault of the source, which is returned.
    fn records(&mut self, input: &mut impl BufRead) -> Result<Option<Fault>, Error> {
        loop {
            let head = match header(input) {
                Ok(Some(head)) => head,
                Ok(None) => return Ok(None),
                Err(problem) => return Ok(Some(problem)),
            };
            let Ok(length) = members::field(&head, "Content-Length").parse::<u64>() else {
                return Ok(Some(Fault::Malformed { cause: "no Content-Length".to_owned() }));
            };
            let mut member = GzEncoder::new(Vec::new(), Compression::default());
            let copied = member.write_all(&head).and_then(|()| io::copy(&mut input.by_ref().take(length), &mut member));
            match copied {
                Ok(count) if count == length => {}
                Ok(_) => return Ok(Some(Fault::Truncated)),
                Err(e) => return Ok(Some(Fault::Gzip { cause: e.to_string() })),
            }
            let done = member.write_all(b"\r\n\r\n").and_then(|()| member.finish());
            let member = done.map_err(|e| Error::io(self.source, "copy", &e))?;
            // The source's warcinfo records are copied too; the new file's own, which names the source, comes before
            // them.
            self.writer.append_member(&member)?;
            self.imported.records += 1;
            let kind = members::field(&head, "WARC-Type");
            self.imported.captures += u64::from(matches!(kind.as_str(), "response" | "resource"));
        }
    }
}

/// Reads a record's header, including the empty line after it. Returns none at the end of the file.
fn header(input: &mut impl BufRead) -> Result<Option<Vec<u8>>, Fault> {
    let gzip = |e: io::Error| Fault::Gzip { cause: e.to_string() };
    let mut head = Vec::new();
    loop {
        let before = head.len();
        let read = input.by_ref().take(MAX_HEADER as u64).read_until(b'\n', &mut head).map_err(gzip)?;
        let line = head.get(before..).unwrap_or_default();
        let blank = line.trim_ascii().is_empty();
        match (read, before) {
            (0, 0) => return Ok(None),
            (0, _) => return Err(Fault::Truncated),
            (_, 0) if blank => head.clear(),
            (_, 0) if !line.starts_with(b"WARC/") => {
                let cause = format!("it begins with {:?}", String::from_utf8_lossy(line.get(..20).unwrap_or(line)));
                return Err(Fault::Malformed { cause });
            }
            (_, 1..) if blank => return Ok(Some(head)),
            _ if head.len() > MAX_HEADER => {
                return Err(Fault::Malformed { cause: "its header is too long".to_owned() });
            }
            _ => {}
        }
    }
}
