//! The table of export formats.

use super::package::Package;
use super::place::Sink;
use super::stream::{CurrentRecord, Rows, Snapshot};
use super::{folder, json_lines, prov, ro_crate, wacz};
use crate::error::Error;
use std::io::Cursor;
use std::path::Path;

/// An export format.
#[derive(Debug)]
pub struct Format {
    /// Its name for `--format`.
    pub name: &'static str,
    /// A description for the help text.
    pub about: &'static str,
    /// The default file or folder; empty for a database server, which has no default.
    pub output: &'static str,
    pub(super) maker: Maker,
}

/// The function that writes a format, by the kind of its output.
#[derive(Debug, Clone, Copy)]
pub(super) enum Maker {
    /// Records with their evidence, chosen by id.
    Package(fn(&Package, &mut Cursor<Vec<u8>>) -> Result<(), Error>),
    /// One file, written from beginning to end.
    Stream(fn(Rows<'_>, &Snapshot, &mut Sink) -> Result<(), Error>),
    /// One file with random access.
    #[cfg_attr(not(feature = "sqlite"), allow(dead_code, reason = "only SQLite writes so"))]
    File(fn(&Snapshot, &Path) -> Result<(), Error>),
    /// A folder with one file for each record.
    Folder {
        /// The extension of its files.
        extension: &'static str,
        /// Returns the content of a record's file.
        content: fn(&CurrentRecord) -> Result<String, Error>,
    },
    /// A database server, named by its address.
    #[cfg_attr(not(feature = "postgres"), allow(dead_code, reason = "only PostgreSQL is one"))]
    Server(fn(&Snapshot, &str) -> Result<(), Error>),
    /// Not in this build, which lacks a feature.
    #[cfg_attr(feature = "full", allow(dead_code, reason = "this build has everything"))]
    Missing(Feature),
}

/// A Cargo feature that brings a format.
#[derive(Debug, Clone, Copy)]
#[allow(dead_code, reason = "a build constructs only the features that it lacks")]
pub(super) enum Feature {
    Zstd,
    Sqlite,
    Parquet,
    Postgres,
}

impl Feature {
    fn as_str(self) -> &'static str {
        match self {
            Self::Zstd => "zstd",
            Self::Sqlite => "sqlite",
            Self::Parquet => "parquet",
            Self::Postgres => "postgres",
        }
    }
}

#[cfg(not(feature = "zstd"))]
const ZSTD: Maker = Maker::Missing(Feature::Zstd);
#[cfg(feature = "zstd")]
const ZSTD: Maker = Maker::Stream(json_lines::zstd);
#[cfg(not(feature = "sqlite"))]
const SQLITE: Maker = Maker::Missing(Feature::Sqlite);
#[cfg(feature = "sqlite")]
const SQLITE: Maker = Maker::File(super::sqlite::write);
#[cfg(not(feature = "parquet"))]
const PARQUET: Maker = Maker::Missing(Feature::Parquet);
#[cfg(feature = "parquet")]
const PARQUET: Maker = Maker::Stream(super::parquet::write);
#[cfg(not(feature = "postgres"))]
const POSTGRES: Maker = Maker::Missing(Feature::Postgres);
#[cfg(feature = "postgres")]
const POSTGRES: Maker = Maker::Server(super::postgres::write);

const JSON: Maker = Maker::Folder { extension: "json", content: folder::json };
const MARKDOWN: Maker = Maker::Folder { extension: "md", content: folder::markdown };
const TEXT: Maker = Maker::Folder { extension: "txt", content: folder::text };

const fn format(name: &'static str, output: &'static str, maker: Maker, about: &'static str) -> Format {
    Format { name, about, output, maker }
}

/// All formats. A new one is a module and a line here.
pub const FORMATS: &[Format] = &[
    format("jsonl", "records.jsonl", Maker::Stream(json_lines::plain), "JSON Lines, one record per line"),
    format("jsonl.gz", "records.jsonl.gz", Maker::Stream(json_lines::gzip), "JSON Lines, compressed with gzip"),
    format("jsonl.zst", "records.jsonl.zst", ZSTD, "JSON Lines, compressed with zstd"),
    format("json", "records-json", JSON, "a folder with a JSON file for each record"),
    format("markdown", "records-markdown", MARKDOWN, "a folder with a Markdown file for each record"),
    format("text", "records-text", TEXT, "a folder with a text file for each record"),
    format("sqlite", "records.sqlite", SQLITE, "an SQLite database"),
    format("parquet", "records.parquet", PARQUET, "Parquet, the blocks as a list of structs"),
    format("postgres", "", POSTGRES, "tables of a PostgreSQL database, named by --output or DATABASE_URL"),
    format("wacz", "export.wacz", Maker::Package(wacz::write), "WACZ 1.1.1: replayable captures, with their records"),
    format("prov", "export.prov.json", Maker::Package(prov::write), "W3C PROV-JSON: what was made from what, by whom"),
    format("ro-crate", "export.ro-crate.zip", Maker::Package(ro_crate::write), "RO-Crate 1.1 with all the evidence"),
];

impl Format {
    /// The format with this name.
    #[must_use]
    pub fn of(name: &str) -> Option<&'static Self> {
        FORMATS.iter().find(|f| f.name == name)
    }

    /// Returns true for a package of records with their evidence, which needs the ids of the records.
    #[must_use]
    pub fn is_package(&self) -> bool {
        matches!(self.maker, Maker::Package(_))
    }

    /// Checks that this build has the format.
    ///
    /// # Errors
    /// [`Error::Unsupported`], which says how to get a build that has it.
    pub fn check_is_there(&self) -> Result<(), Error> {
        match self.maker {
            Maker::Missing(feature) => Err(Error::Unsupported {
                what: format!("--format {}", self.name),
                feature: feature.as_str().to_owned(),
            }),
            Maker::Package(_) | Maker::Stream(_) | Maker::File(_) | Maker::Folder { .. } | Maker::Server(_) => Ok(()),
        }
    }

    /// Returns true if the format goes to a database server.
    #[must_use]
    pub fn is_server(&self) -> bool {
        match self.maker {
            Maker::Server(_) | Maker::Missing(Feature::Postgres) => true,
            Maker::Missing(Feature::Zstd | Feature::Sqlite | Feature::Parquet)
            | Maker::Package(_)
            | Maker::Stream(_)
            | Maker::File(_)
            | Maker::Folder { .. } => false,
        }
    }
}
