//! Tells by its first bytes what a file is. Names only help where the first bytes are damaged.

use crate::arc;
use crate::input::{Codec, GZIP_MAGIC, SourceFile};
use crate::stream::{Framing, Stream};
use crate::zstd;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;

/// What a file of captures is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A WARC file, plain or compressed.
    Warc,
    /// An ARC file, plain or compressed.
    Arc,
    /// A WACZ package, or a package of such packages.
    Package,
    /// An index of captures (CDX, CDXJ), which holds none itself.
    Index,
    /// None of these: a page, a PDF, or anything else.
    Other,
}

impl Format {
    /// Whether files of this format hold captures, as [`Reader`](crate::Reader) reads them.
    #[must_use]
    pub fn is_archive(self) -> bool {
        matches!(self, Self::Warc | Self::Arc | Self::Package)
    }
}

/// How many bytes are looked at.
const LOOK_AHEAD: usize = 1024;

/// Tells what a file is.
///
/// # Errors
/// When it can't be read.
pub fn format_of(path: &Path) -> io::Result<Format> {
    sniff(path).map(|sniffed| sniffed.format)
}

/// What a file is and how it is compressed.
pub(super) struct Sniffed {
    pub(super) format: Format,
    pub(super) codec: Codec,
}

impl Sniffed {
    pub(super) fn framing(&self) -> Framing {
        if self.format == Format::Arc { Framing::Arc } else { Framing::Warc }
    }
}

/// Tells what a file is and how it is compressed.
pub(super) fn sniff(path: &Path) -> io::Result<Sniffed> {
    let sniffed = sniff_part(|| SourceFile::open(path, (0, u64::MAX), 0), path)?;
    let format = if sniffed.format == Format::Package { zip_format(path)? } else { sniffed.format };
    Ok(Sniffed { format, ..sniffed })
}

/// Tells the same of a part of a file, by its first bytes. The name counts where these are damaged.
pub(super) fn sniff_part(open: impl Fn() -> io::Result<SourceFile>, path: &Path) -> io::Result<Sniffed> {
    let mut file = open()?;
    let codec = codec_of(&mut file)?;
    let mut stream;
    let head = match &codec {
        None => file.fill_buf()?,
        Some(codec) => {
            stream = Stream::new(open()?, codec);
            // What can't be decompressed is judged by its name.
            stream.peek(LOOK_AHEAD).unwrap_or_default()
        }
    };
    let head = head.get(..LOOK_AHEAD).unwrap_or(head);
    let format = match head {
        _ if without_mark(head).starts_with(b"WARC/") => Some(Format::Warc),
        _ if head.starts_with(arc::MAGIC) => Some(Format::Arc),
        [b'P', b'K', 3 | 5, 4 | 6, ..] => Some(Format::Package),
        _ if is_index(head) => Some(Format::Index),
        _ => None,
    };
    let is_plain = head.is_empty() || format.is_some_and(Format::is_archive);
    let codec = codec.unwrap_or_else(|| if is_plain { Codec::Plain } else { codec_by_name(path) });
    Ok(Sniffed { format: format.unwrap_or_else(|| by_name(path)), codec })
}

/// A text without the byte order mark that some editor put in front.
fn without_mark(head: &[u8]) -> &[u8] {
    head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head)
}

/// What a file is by its name: for archives that begin with damage.
fn by_name(path: &Path) -> Format {
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let bare = [".gz", ".zst"].iter().find_map(|packed| name.strip_suffix(packed)).unwrap_or(&name);
    match Path::new(bare).extension().and_then(std::ffi::OsStr::to_str) {
        Some("warc") => Format::Warc,
        Some("arc") => Format::Arc,
        _ if is_package_name(&name) => Format::Package,
        _ => Format::Other,
    }
}

/// How a file is compressed by its name: for archives that begin with damage.
fn codec_by_name(path: &Path) -> Codec {
    match path.extension().map(std::ffi::OsStr::to_ascii_lowercase) {
        Some(ending) if ending == "gz" => Codec::Gzip,
        Some(ending) if ending == "zst" => Codec::Zstd(Arc::default()),
        _ => Codec::Plain,
    }
}

/// Returns true if a file is a WARC file by its name: `.warc` or `.warc.gz`, in any case.
#[must_use]
pub fn is_warc(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [".warc", ".warc.gz"].iter().any(|ending| name.ends_with(ending))
}

/// Whether a file in a package is one that is read: an archive, or a package again.
pub(super) fn is_in_package(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    // What is there is an archive, whatever it is called.
    let is_archive = lower.starts_with("archive/") && !lower.ends_with('/');
    is_archive || is_package_name(name)
}

/// Whether a file is a WACZ package by its name.
pub(super) fn is_package_name(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("wacz"))
}

/// What a ZIP file is: a package if it holds archives, or is one by its name.
fn zip_format(path: &Path) -> io::Result<Format> {
    let Ok(zip) = zip::ZipArchive::new(BufReader::new(File::open(path)?)) else { return Ok(by_name(path)) };
    let holds_archives = zip.file_names().filter_map(Result::ok).any(|name| is_in_package(&name));
    Ok(if holds_archives { Format::Package } else { by_name(path) })
}

/// Whether a text is an index: its first line names its columns, or holds a reversed address and a time.
fn is_index(head: &[u8]) -> bool {
    let head = String::from_utf8_lossy(head);
    let mut lines = head.lines().filter(|line| !line.starts_with('!'));
    let Some(line) = lines.next() else { return false };
    let mut parts = line.split(' ');
    let is_key = |key: &str| key.contains(')') && key.contains(',') && !key.contains('<');
    let is_time = |time: &str| matches!(time.len(), 14 | 17) && time.bytes().all(|b| b.is_ascii_digit());
    line.starts_with(" CDX ") || (parts.next().is_some_and(is_key) && parts.next().is_some_and(is_time))
}

/// The compression of a file by its first bytes; none if it isn't compressed.
fn codec_of(file: &mut SourceFile) -> io::Result<Option<Codec>> {
    let head = file.fill_buf()?;
    if head.starts_with(&GZIP_MAGIC) {
        return Ok(Some(Codec::Gzip));
    }
    if zstd::is_zstd(head) {
        // A dictionary that can't be read shows with the first frame that needs it.
        return Ok(Some(Codec::Zstd(zstd::dictionary(file).unwrap_or_default())));
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_counts_before_the_name() {
        let folder = tempfile::tempdir().unwrap();
        let cases: [(&str, &[u8], Format); 9] = [
            ("a.html", b"WARC/1.0\r\n", Format::Warc),
            ("a.open", b"filedesc://a.arc 0.0.0.0 20060102030405 text/plain 5\n", Format::Arc),
            ("a.warc", b"<html>", Format::Warc),
            ("a.arc.gz", b"", Format::Arc),
            ("a.wacz", b"nothing", Format::Package),
            ("a", b" CDX N b a m s k r M S V g\n", Format::Index),
            ("a.txt", b"com,example)/ 20260102030405 {\"url\": \"http://example.com/\"}\n", Format::Index),
            ("a.html", b"<p>(com,example) 20260102030405</p>", Format::Other),
            ("a.docx", b"PK\x03\x04", Format::Other),
        ];
        for (name, content, format) in cases {
            let path = folder.path().join(name);
            std::fs::write(&path, content).unwrap();
            assert_eq!(format_of(&path).unwrap(), format, "{name}");
        }
    }
}
