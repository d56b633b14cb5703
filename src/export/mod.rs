//! What is made of the records for others: files, folders and databases for their programs, packages with the evidence.
//!
//! All but the packages are made from one stream ([`stream`]): the current records, or what changed since a run. They
//! appear whole or not at all, and the same records are the same bytes.

mod archive;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod columns;
mod folder;
mod lines;
pub(crate) mod manifest;
pub mod markdown;
pub(crate) mod object_store;
mod package;
#[cfg(feature = "parquet")]
mod parquet;
pub(crate) mod place;
#[cfg(feature = "postgres")]
mod postgres;
mod prov;
mod ro_crate;
mod since;
#[cfg(feature = "sqlite")]
mod sqlite;
mod stream;
mod wacz;

pub use stream::Selection;

use crate::emit::Record;
use crate::error::Error;
use object_store::Store;
use package::Package;
use place::Sink;
use std::fs::File;
use std::io::{self, Cursor, Write};
use std::path::{Path, PathBuf};
use stream::{Current, Rows, Snapshot};

/// A format: its name, what it is, and what makes it.
#[derive(Debug)]
pub struct Format {
    /// As `--format` has it.
    pub name: &'static str,
    /// For people.
    pub about: &'static str,
    /// Where it goes when nothing else is said; empty where it must be said.
    pub output: &'static str,
    maker: Maker,
}

/// What makes an output.
#[derive(Debug, Clone, Copy)]
enum Maker {
    /// Records with their evidence, chosen by id.
    Package(fn(&Package, &mut Cursor<Vec<u8>>) -> Result<(), Error>),
    /// One file, from its beginning to its end.
    Stream(fn(Rows<'_>, &Snapshot, &mut Sink) -> Result<(), Error>),
    /// One file that is written here and there.
    #[cfg_attr(not(feature = "sqlite"), allow(dead_code, reason = "only SQLite writes so"))]
    File(fn(&Snapshot, &Path) -> Result<(), Error>),
    /// A folder: the ending of its files, and the content of one.
    Folder(&'static str, fn(&Current) -> Result<String, Error>),
    /// A database server, which an address names.
    #[cfg_attr(not(feature = "postgres"), allow(dead_code, reason = "only PostgreSQL is one"))]
    Server(fn(&Snapshot, &str) -> Result<(), Error>),
    /// Not in this build: the feature that brings it.
    #[cfg_attr(feature = "full", allow(dead_code, reason = "this build has everything"))]
    Missing(&'static str),
}

#[cfg(not(feature = "zstd"))]
const ZSTD: Maker = Maker::Missing("zstd");
#[cfg(feature = "zstd")]
const ZSTD: Maker = Maker::Stream(lines::zstd);
#[cfg(not(feature = "sqlite"))]
const SQLITE: Maker = Maker::Missing("sqlite");
#[cfg(feature = "sqlite")]
const SQLITE: Maker = Maker::File(sqlite::write);
#[cfg(not(feature = "parquet"))]
const PARQUET: Maker = Maker::Missing("parquet");
#[cfg(feature = "parquet")]
const PARQUET: Maker = Maker::Stream(parquet::write);
#[cfg(not(feature = "postgres"))]
const POSTGRES: Maker = Maker::Missing("postgres");
#[cfg(feature = "postgres")]
const POSTGRES: Maker = Maker::Server(postgres::write);

const fn format(name: &'static str, output: &'static str, maker: Maker, about: &'static str) -> Format {
    Format { name, about, output, maker }
}

/// The formats; each is a module and its line here.
pub const FORMATS: &[Format] = &[
    format("jsonl", "records.jsonl", Maker::Stream(lines::plain), "JSON lines, one record per line"),
    format("jsonl.gz", "records.jsonl.gz", Maker::Stream(lines::gzip), "JSON lines, compressed with gzip"),
    format("jsonl.zst", "records.jsonl.zst", ZSTD, "JSON lines, compressed with zstd"),
    format("json", "records-json", Maker::Folder("json", folder::json), "a folder with a JSON file for each record"),
    format(
        "markdown",
        "records-markdown",
        Maker::Folder("md", folder::markdown),
        "a folder with a Markdown file for each record",
    ),
    format("text", "records-text", Maker::Folder("txt", folder::text), "a folder with a text file for each record"),
    format("sqlite", "records.sqlite", SQLITE, "an SQLite database"),
    format("parquet", "records.parquet", PARQUET, "a Parquet file, with the blocks as a list of structs"),
    format("postgres", "", POSTGRES, "tables in the PostgreSQL database that --output or DATABASE_URL names"),
    format(
        "wacz",
        "export.wacz",
        Maker::Package(wacz::write),
        "a WACZ 1.1.1 package: the captures, ready to browse, and the records",
    ),
    format(
        "prov",
        "export.prov.json",
        Maker::Package(prov::write),
        "W3C PROV-JSON: what was made from what, and by which program",
    ),
    format(
        "ro-crate",
        "export.ro-crate.zip",
        Maker::Package(ro_crate::write),
        "an RO-Crate 1.1 package with all the evidence",
    ),
];

impl Format {
    /// The format of this name.
    #[must_use]
    pub fn of(name: &str) -> Option<&'static Self> {
        FORMATS.iter().find(|f| f.name == name)
    }

    /// Whether it is a package of records with their evidence, whose ids must be named.
    #[must_use]
    pub fn is_package(&self) -> bool {
        matches!(self.maker, Maker::Package(_))
    }

    /// That this build has it.
    ///
    /// # Errors
    /// [`Error::Unsupported`] with how to get a build that does.
    pub fn check_is_there(&self) -> Result<(), Error> {
        let Maker::Missing(feature) = self.maker else { return Ok(()) };
        Err(Error::Unsupported { what: format!("--format {}", self.name), feature: feature.to_owned() })
    }

    /// Whether it goes to a database server.
    #[must_use]
    pub fn is_server(&self) -> bool {
        self.name == "postgres"
    }
}

/// Where an export goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Standard output.
    Stdout,
    /// A file or folder.
    Path(PathBuf),
    /// A database, by its address.
    Server(String),
    /// An object in a store of them, or a folder of objects, by its address.
    Store(String),
}

/// What was exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// Records and tombstones.
    pub rows: u64,
    /// The newest run that is in it.
    pub run: String,
}

/// How an export ended that didn't fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// It is where it should be.
    Done(Exported),
    /// The reader of standard output went away.
    Closed,
}

/// Tries when runs put new results in place while they are read.
const TRIES: u32 = 3;

/// Exports what is selected.
///
/// # Errors
/// When the build lacks the format, the selection names what isn't there, results can't be read, or the output can't be
/// written; then nothing is published.
pub fn export(
    (raw, out): (&Path, &Path),
    format: &Format,
    selection: &Selection,
    output: &Output,
) -> Result<Ended, Error> {
    format.check_is_there()?;
    if let Output::Store(address) = output {
        let store = Store::open(address)?;
        let aside = tempfile::tempdir().map_err(|e| Error::io(&std::env::temp_dir(), "write", &e))?;
        let path = aside.path().join("export");
        let ended = export((raw, out), format, selection, &Output::Path(path.clone()))?;
        store.put(&path)?;
        return Ok(ended);
    }
    let mut tries = 1;
    loop {
        match attempt((raw, out), format, selection, output) {
            // What went to standard output can't be taken back.
            Err(Error::Moved { .. }) if tries < TRIES && *output != Output::Stdout => tries += 1,
            ended => return ended,
        }
    }
}

fn attempt(
    (raw, out): (&Path, &Path),
    format: &Format,
    selection: &Selection,
    output: &Output,
) -> Result<Ended, Error> {
    let snapshot = Snapshot::take(out, selection)?;
    let mut closed = false;
    match (format.maker, output) {
        (Maker::Package(make), _) => {
            let mut bytes = Cursor::new(Vec::new());
            make(&package::gather((raw, out), &selection.ids)?, &mut bytes)?;
            snapshot.given.set(selection.ids.len() as u64);
            closed = put(output, |sink| {
                let fault = sink.faults();
                sink.write_all(bytes.get_ref()).map_err(|e| fault(&e))
            })?;
        }
        (Maker::Stream(write), _) => {
            closed = put(output, |sink| {
                write(&mut snapshot.rows()?, &snapshot, sink)?;
                snapshot.check()
            })?;
        }
        (Maker::File(write), Output::Path(path)) => {
            place::is_replaceable(path)?;
            place::file(path, |aside, _| {
                write(&snapshot, aside)?;
                snapshot.check()
            })?;
        }
        (Maker::Folder(ending, content), Output::Path(path)) => place::folder(path, |aside| {
            folder::write(aside, (format.name, ending), content, &snapshot)?;
            snapshot.check()
        })?,
        (Maker::Server(write), Output::Server(address)) => write(&snapshot, address)?,
        _ => {
            let message = format!("--format {}: can't go to standard output; name a place with --output", format.name);
            return Err(Error::Usage { message });
        }
    }
    if closed {
        return Ok(Ended::Closed);
    }
    Ok(Ended::Done(Exported { rows: snapshot.given.get(), run: snapshot.run }))
}

/// Writes one file, or to standard output; gives whether its reader went away.
fn put(output: &Output, write: impl FnOnce(&mut Sink) -> Result<(), Error>) -> Result<bool, Error> {
    let through = |name: &str, out: Box<dyn Write + Send>| {
        let mut sink = Sink::new(name, out);
        let written = write(&mut sink).and_then(|()| sink.finish());
        if sink.is_closed() { Ok(true) } else { written.map(|()| false) }
    };
    match output {
        Output::Path(path) if place::is_replaceable(path)? => {
            place::file(path, |_, file| through(&path.display().to_string(), Box::new(file)).map(|_| ()))
                .map(|()| false)
        }
        Output::Path(path) => {
            let file = File::options().write(true).open(path).map_err(|e| Error::io(path, "write", &e))?;
            through(&path.display().to_string(), Box::new(file))
        }
        Output::Stdout | Output::Server(_) | Output::Store(_) => through("standard output", Box::new(io::stdout())),
    }
}

/// A record's text alone.
#[must_use]
pub fn plain_text(record: &Record) -> String {
    format!("{}\n", record.text)
}

/// A server's address as it may be shown: without user, password and options.
#[must_use]
pub fn without_password(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else { return "the database".to_owned() };
    let rest = rest.split('?').next().unwrap_or_default();
    let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
    format!("{scheme}://{place}")
}

#[cfg(test)]
mod tests {
    use super::without_password;

    #[test]
    fn a_shown_address_holds_no_password() {
        for (address, shown) in [
            ("postgresql://me:se@cret@host:5433/name?password=x", "postgresql://host:5433/name"),
            ("postgresql://me@/name?host=/run", "postgresql:///name"),
            ("postgres://host/name", "postgres://host/name"),
            ("host=x password=secret", "the database"),
        ] {
            assert_eq!(without_password(address), shown);
        }
    }
}
