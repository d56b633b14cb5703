//! Tells by its first bytes what a file is. Names only help where the first bytes are damaged.

use crate::arc;
use crate::input::{Codec, GZIP_MAGIC, SourceFile};
use crate::stream::{Framing, Stream};
use crate::zstd;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
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
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let open = || SourceFile::open(path, (0, u64::MAX), 0);
    let codec = codec_of(&open)?;
    let mut stream = Stream::new(open()?, codec.as_ref().unwrap_or(&Codec::Plain));
    // What can't be decompressed is judged by its name.
    let head = stream.peek(LOOK_AHEAD).unwrap_or_default();
    Ok(match head {
        _ if without_mark(head).starts_with(b"WARC/") => Format::Warc,
        _ if head.starts_with(arc::MAGIC) => Format::Arc,
        [b'P', b'K', 3 | 5, 4 | 6, ..] => zip_format(path, &name)?,
        _ if is_index(head) => Format::Index,
        _ => by_name(&name),
    })
}

/// A text without the byte order mark that some editor put in front.
fn without_mark(head: &[u8]) -> &[u8] {
    head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head)
}

/// What a file is by its name: for archives that begin with damage.
fn by_name(name: &str) -> Format {
    let has = |ending: &str| {
        let bare = [".gz", ".zst"].iter().find_map(|packed| name.strip_suffix(packed)).unwrap_or(name);
        bare.ends_with(ending)
    };
    match () {
        () if has(".warc") => Format::Warc,
        () if has(".arc") => Format::Arc,
        () if is_package_name(name) => Format::Package,
        () => Format::Other,
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

fn zip_format(path: &Path, name: &str) -> io::Result<Format> {
    let Ok(zip) = zip::ZipArchive::new(BufReader::new(File::open(path)?)) else { return Ok(by_name(name)) };
    let holds_archives = zip.file_names().filter_map(Result::ok).any(|name| is_in_package(&name));
    Ok(if holds_archives { Format::Package } else { by_name(name) })
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

/// How an archive is compressed and what its records look like.
pub(super) struct Sniffed {
    pub(super) codec: Codec,
    pub(super) framing: Framing,
}

/// Tells how an archive is to be read. Its name counts where its first bytes are damaged.
pub(super) fn sniffed(open: impl Fn() -> io::Result<SourceFile>, name: &str) -> io::Result<Sniffed> {
    let by_name = || match Path::new(name).extension().map(std::ffi::OsStr::to_ascii_lowercase) {
        Some(ending) if ending == "gz" => Codec::Gzip,
        Some(ending) if ending == "zst" => Codec::Zstd(Arc::default()),
        _ => Codec::Plain,
    };
    let codec = codec_of(&open)?;
    let mut stream = Stream::new(open()?, codec.as_ref().unwrap_or(&Codec::Plain));
    let head = stream.peek(LOOK_AHEAD).unwrap_or_default();
    let is_warc = without_mark(head).starts_with(b"WARC/");
    let framing =
        if head.starts_with(arc::MAGIC) || (!is_warc && by_arc_name(name)) { Framing::Arc } else { Framing::Warc };
    let is_plain = head.is_empty() || is_warc || head.starts_with(arc::MAGIC);
    let codec = codec.unwrap_or_else(|| if is_plain { Codec::Plain } else { by_name() });
    Ok(Sniffed { codec, framing })
}

fn by_arc_name(name: &str) -> bool {
    by_name(&name.to_ascii_lowercase()) == Format::Arc
}

/// The compression of a file by its first bytes; none if it isn't compressed.
fn codec_of(open: &impl Fn() -> io::Result<SourceFile>) -> io::Result<Option<Codec>> {
    let mut file = open()?;
    let head = file.fill_buf()?;
    if head.starts_with(&GZIP_MAGIC) {
        return Ok(Some(Codec::Gzip));
    }
    if zstd::is_zstd(head) {
        // A dictionary that can't be read shows with the first frame that needs it.
        return Ok(Some(Codec::Zstd(zstd::dictionary(file.by_ref()).unwrap_or_default())));
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
