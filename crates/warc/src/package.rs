//! The parts of an archive: the file itself, or the archives inside a WACZ package.

use crate::error::Error;
use crate::format::{Format, Sniffed, sniff, sniff_part};
use crate::input::{Codec, SourceFile};
use crate::stream::Framing;
use crate::{Fault, format};
use sanad_document::digest;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use tempfile::TempPath;
use zip::{CompressionMethod, ZipArchive};

/// The limit on an archive that has to be unpacked, in bytes: what a bomb would fill the disk with.
const MAX_UNPACKED: u64 = 64 << 30;

/// The limit on packages inside packages.
const MAX_DEPTH: usize = 3;

/// An archive to be read from its start.
pub(super) struct Part {
    pub(super) file: SourceFile,
    pub(super) codec: Codec,
    pub(super) framing: Framing,
    /// Offset in bytes of its first byte.
    pub(super) at: u64,
}

/// Where the current part is.
struct Place {
    path: PathBuf,
    /// Offsets in bytes of its start and its end in the file.
    span: (u64, u64),
    /// Added to offsets of an unpacked part: where its data stands in the package.
    base: u64,
    /// Deletes the unpacked part in the end.
    _unpacked: Option<TempPath>,
}

/// The parts of an archive.
pub(super) struct Parts {
    path: PathBuf,
    name: String,
    packages: Vec<Package>,
    /// What the archive is, if it is a single file that wasn't begun yet.
    single: Option<Sniffed>,
    is_package: bool,
    place: Option<Place>,
    /// Names of the archives inside that were read.
    names: Vec<String>,
}

/// A package whose archives are read in the order of their names.
struct Package {
    zip: ZipArchive<BufReader<File>>,
    path: PathBuf,
    /// Its name in the package around it.
    name: Option<String>,
    /// Names of archives and packages inside, in reverse order.
    left: Vec<String>,
    _unpacked: Option<TempPath>,
}

impl Parts {
    /// # Errors
    /// [`Error::Io`] if the file can't be read, [`Error::Record`] if a package can't be opened.
    pub(super) fn open(path: &Path, name: &str) -> Result<Self, Error> {
        let sniffed = sniff(path).map_err(|e| Error::io(path, "read", &e))?;
        let is_package = sniffed.format == Format::Package;
        let packages =
            if is_package { vec![Package::open(path, None).map_err(|cause| bad(name, &cause))?] } else { Vec::new() };
        Ok(Self {
            path: path.to_owned(),
            name: name.to_owned(),
            packages,
            single: (!is_package).then_some(sniffed),
            is_package,
            place: None,
            names: Vec::new(),
        })
    }

    /// Opens the current part again, at an offset in bytes.
    pub(super) fn reopen(&self, offset: u64) -> io::Result<SourceFile> {
        let Some(Place { path, span, base, .. }) = &self.place else {
            return SourceFile::open(&self.path, (offset, u64::MAX), 0);
        };
        SourceFile::open(path, (offset.saturating_sub(*base), span.1), *base)
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    pub(super) fn is_package(&self) -> bool {
        self.is_package
    }

    /// The digest of a package, whose bytes aren't read in their order. Returns none for a single file.
    pub(super) fn digest(&self) -> Option<io::Result<String>> {
        self.is_package.then(|| digest::file_digest(&self.path))
    }

    /// Begins a part. `sniffed` is what it is, if that is known.
    fn begin(&mut self, place: Place, sniffed: Option<Sniffed>) -> Result<Part, Error> {
        let fault = |e: io::Error| Error::io(&self.path, "read", &e);
        let open = || SourceFile::open(&place.path, place.span, place.base);
        let sniffed = sniffed.map_or_else(|| sniff_part(open, &place.path), Ok).map_err(fault)?;
        let file = open().map_err(fault)?;
        let at = file.offset();
        self.place = Some(place);
        Ok(Part { framing: sniffed.framing(), file, codec: sniffed.codec, at })
    }
}

fn bad(name: &str, cause: &str) -> Error {
    let problem = Fault::Malformed { cause: format!("a package that can't be read: {cause}") };
    Error::Record { file: name.to_owned(), offset: 0, passed: 0, problem }
}

impl Iterator for Parts {
    type Item = Result<Part, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(sniffed) = self.single.take() {
            let place = Place { path: self.path.clone(), span: (0, u64::MAX), base: 0, _unpacked: None };
            return Some(self.begin(place, Some(sniffed)));
        }
        loop {
            let depth = self.packages.len();
            let package = self.packages.last_mut()?;
            let Some(inside) = package.left.pop() else {
                self.packages.pop();
                continue;
            };
            let problem = |cause: String| bad(&self.name, &format!("{inside}: {cause}"));
            if format::is_package_name(&inside) {
                match package.inner(&inside, depth) {
                    Ok(package) => self.packages.push(package),
                    Err(cause) => return Some(Err(problem(cause))),
                }
                continue;
            }
            let place = match package.place(&inside) {
                Ok(place) => place,
                Err(cause) => return Some(Err(problem(cause))),
            };
            let packages = self.packages.iter().filter_map(|package| package.name.as_deref());
            self.names.push(packages.chain([inside.as_str()]).collect::<Vec<_>>().join("/"));
            return Some(self.begin(place, None));
        }
    }
}

impl Package {
    fn open(path: &Path, inner: Option<(String, TempPath)>) -> Result<Self, String> {
        let zip = File::open(path)
            .map_err(|e| e.to_string())
            .and_then(|file| ZipArchive::new(BufReader::new(file)).map_err(|e| e.to_string()))?;
        let names = zip.file_names().filter_map(Result::ok).map(std::borrow::Cow::into_owned);
        let mut left: Vec<String> = names.filter(|name| format::is_in_package(name)).collect();
        left.sort_unstable_by(|a, b| b.cmp(a));
        let (name, unpacked) = inner.unzip();
        Ok(Self { zip, path: path.to_owned(), name, left, _unpacked: unpacked })
    }

    /// Opens a package inside this one, which is `depth` deep.
    fn inner(&mut self, name: &str, depth: usize) -> Result<Self, String> {
        if depth >= MAX_DEPTH {
            return Err(format!("packages inside packages, more than {MAX_DEPTH} deep"));
        }
        let (path, _) = self.unpack(name)?;
        let place = path.to_path_buf();
        Self::open(&place, Some((name.to_owned(), path)))
    }

    /// Where an archive inside is: in the package itself, or in a file of its own if it is compressed.
    fn place(&mut self, name: &str) -> Result<Place, String> {
        let entry = self.zip.by_name(name).map_err(|e| e.to_string())?;
        let start = entry.data_start().ok_or("it has no data")?;
        let end = start + entry.compressed_size();
        // A package inside another is a file of its own, so its offsets wouldn't mean anything to anybody.
        if entry.compression() == CompressionMethod::Stored && !entry.encrypted() {
            drop(entry);
            self.check(name)?;
            return Ok(Place { path: self.path.clone(), span: (start, end), base: 0, _unpacked: None });
        }
        drop(entry);
        let (path, base) = self.unpack(name)?;
        Ok(Place { path: path.to_path_buf(), span: (0, u64::MAX), base, _unpacked: Some(path) })
    }

    /// Checks the checksum that the package states for an archive. Gzip members have their own.
    fn check(&mut self, name: &str) -> Result<(), String> {
        let mut entry = self.zip.by_name(name).map_err(|e| e.to_string())?;
        let mut head = [0; 2];
        let is_gzip = io::Read::read_exact(&mut entry, &mut head).is_ok() && head == crate::input::GZIP_MAGIC;
        if is_gzip { Ok(()) } else { io::copy(&mut entry, &mut io::sink()).map(drop).map_err(|e| e.to_string()) }
    }

    /// Unpacks a file. Returns where it is now and where its data stands in the package.
    fn unpack(&mut self, name: &str) -> Result<(TempPath, u64), String> {
        let mut entry = self.zip.by_name(name).map_err(|e| e.to_string())?;
        if entry.size() > MAX_UNPACKED {
            return Err(format!("it has {} bytes, more than the limit of {MAX_UNPACKED}", entry.size()));
        }
        let base = entry.data_start().unwrap_or_default();
        // One byte more, since reading the end checks the checksum.
        let limit = entry.size() + 1;
        let mut file = tempfile::NamedTempFile::new().map_err(|e| e.to_string())?;
        io::copy(&mut io::Read::take(&mut entry, limit), &mut file).map_err(|e| e.to_string())?;
        Ok((file.into_temp_path(), base))
    }
}
