//! Export: records as files, folders and databases for other programs, and as packages with their evidence.
//!
//! Packages are gathered by id. All other formats are written from one stream: the current
//! records, or what changed since a run. An output appears whole or not at all, and the same records are the same
//! bytes.

mod archive;
mod changes_since;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod columns;
mod database_address;
mod folder;
mod format;
mod json_lines;
pub(crate) mod manifest;
pub mod markdown;
pub(crate) mod object_store;
mod package;
#[cfg(feature = "parquet")]
mod parquet;
pub(crate) mod place;
mod plain_text;
#[cfg(feature = "postgres")]
mod postgres;
mod prov;
mod ro_crate;
#[cfg(feature = "sqlite")]
mod sqlite;
mod stream;
mod wacz;

pub use database_address::without_password;
pub use format::{FORMATS, Format};
pub use plain_text::plain_text;
pub use stream::Selection;

use crate::error::Error;
use format::Maker;
use object_store::Store;
use place::Sink;
use std::fs::File;
use std::io::{self, Cursor, Write};
use std::path::{Path, PathBuf};
use stream::Snapshot;

/// The destination of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Standard output.
    Stdout,
    /// A file or folder.
    Path(PathBuf),
    /// The address of a database.
    Server(String),
    /// The address of an object in an object store, or of a folder of objects.
    Store(String),
}

/// What was exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// Number of records and tombstones.
    pub rows: u64,
    /// The newest run in the export.
    pub run: String,
}

/// How an export ended that didn't fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// The output is complete.
    Done(Exported),
    /// The reader of standard output closed it.
    Closed,
}

/// Maximum number of attempts if runs replace the results while they are read.
const ATTEMPTS: u32 = 3;

/// Exports the selected records. `raw` is the folder of the captures, `out` that of the results.
///
/// # Errors
/// If the build lacks the format, the selection names something that doesn't exist, results can't be read, or
/// the output can't be written. Then nothing is published.
pub fn export(raw: &Path, out: &Path, format: &Format, selection: &Selection, output: &Output) -> Result<Ended, Error> {
    format.check_is_there()?;
    if let Output::Store(address) = output {
        let store = Store::open(address)?;
        let staged = tempfile::tempdir().map_err(|e| Error::io(&std::env::temp_dir(), "write", &e))?;
        let path = staged.path().join("export");
        let ended = export(raw, out, format, selection, &Output::Path(path.clone()))?;
        store.put(&path)?;
        return Ok(ended);
    }
    let mut attempts = 1;
    loop {
        match attempt(raw, out, format, selection, output) {
            // What was written to standard output can't be taken back.
            Err(Error::Moved { .. }) if attempts < ATTEMPTS && *output != Output::Stdout => attempts += 1,
            ended => return ended,
        }
    }
}

fn attempt(raw: &Path, out: &Path, format: &Format, selection: &Selection, output: &Output) -> Result<Ended, Error> {
    let snapshot = Snapshot::take(out, selection)?;
    let mut delivery = Delivery::Complete;
    match (format.maker, output) {
        (Maker::Package(make), _) => {
            let mut bytes = Cursor::new(Vec::new());
            make(&package::gather(raw, out, &selection.ids)?, &mut bytes)?;
            snapshot.rows_read.set(selection.ids.len() as u64);
            delivery = deliver(output, |sink| {
                let fault = sink.faults();
                sink.write_all(bytes.get_ref()).map_err(|e| fault(&e))
            })?;
        }
        (Maker::Stream(write), _) => {
            delivery = deliver(output, |sink| {
                write(&mut snapshot.rows()?, &snapshot, sink)?;
                snapshot.check()
            })?;
        }
        (Maker::File(write), Output::Path(path)) => {
            place::is_replaceable(path)?;
            place::file(path, |staged, _| {
                write(&snapshot, staged)?;
                snapshot.check()
            })?;
        }
        (Maker::Folder { extension, content }, Output::Path(path)) => place::folder(path, |staged| {
            folder::write(staged, format.name, extension, content, &snapshot)?;
            snapshot.check()
        })?,
        (Maker::Server(write), Output::Server(address)) => write(&snapshot, address)?,
        (Maker::File(_) | Maker::Folder { .. } | Maker::Server(_) | Maker::Missing(_), _) => {
            let message =
                format!("--format {}: can't be written to standard output; name a place with --output", format.name);
            return Err(Error::Usage { message });
        }
    }
    Ok(match delivery {
        Delivery::Complete => Ended::Done(Exported { rows: snapshot.rows_read.get(), run: snapshot.run }),
        Delivery::ReaderGone => Ended::Closed,
    })
}

/// How the writing of one output ended.
enum Delivery {
    Complete,
    /// The reader of standard output or of a pipe closed it.
    ReaderGone,
}

/// Writes one file, device or pipe, or standard output.
fn deliver(output: &Output, write: impl FnOnce(&mut Sink) -> Result<(), Error>) -> Result<Delivery, Error> {
    let write_to = |name: &str, out: Box<dyn Write + Send>| {
        let mut sink = Sink::new(name, out);
        let written = write(&mut sink).and_then(|()| sink.finish());
        if sink.is_closed() { Ok(Delivery::ReaderGone) } else { written.map(|()| Delivery::Complete) }
    };
    match output {
        Output::Path(path) if place::is_replaceable(path)? => {
            place::file(path, |_, file| write_to(&path.display().to_string(), Box::new(file)).map(|_| ()))
                .map(|()| Delivery::Complete)
        }
        Output::Path(path) => {
            let file = File::options().write(true).open(path).map_err(|e| Error::io(path, "write", &e))?;
            write_to(&path.display().to_string(), Box::new(file))
        }
        Output::Stdout | Output::Server(_) | Output::Store(_) => write_to("standard output", Box::new(io::stdout())),
    }
}
