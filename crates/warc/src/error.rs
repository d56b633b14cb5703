//! Why an archive can't be read, written or changed.

use borsh::{BorshDeserialize, BorshSerialize};
use std::path::Path;

/// All errors of this crate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A file or folder can't be read or written.
    #[error("{path}: can't {doing}: {cause}")]
    Io {
        /// Path.
        path: String,
        /// A verb: `read`, `write`, `create`, `copy`.
        doing: String,
        /// The system's message.
        cause: String,
    },
    /// A record is damaged, or the file isn't an archive.
    #[error("{file} at byte {offset}: {problem}{}", passed_over(*.passed))]
    Record {
        /// The file, as the caller named it.
        file: String,
        /// Offset in bytes of the record.
        offset: u64,
        /// Bytes from there on that were passed over: up to the next record that begins soundly, or to the end.
        passed: u64,
        /// What is wrong.
        problem: Fault,
    },
}

/// Says how many bytes were passed over; empty if none were.
#[must_use]
pub fn passed_over(bytes: u64) -> String {
    match bytes {
        0 => String::new(),
        1 => "; 1 byte was passed over".to_owned(),
        n => format!("; {n} bytes were passed over"),
    }
}

impl Error {
    pub(crate) fn io(path: &Path, doing: &str, cause: &std::io::Error) -> Self {
        Self::Io { path: path.display().to_string(), doing: doing.to_owned(), cause: cause.to_string() }
    }
}

/// What is wrong with an archive.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, BorshSerialize, BorshDeserialize)]
pub enum Fault {
    /// It ends in the middle of a record.
    #[error("the file ends in the middle of a record")]
    Truncated,
    /// Its compressed data is damaged.
    #[error("damaged compressed data ({cause})")]
    Compression {
        /// The decoder's message.
        cause: String,
    },
    /// A record's header can't be read.
    #[error("not a record of an archive ({cause})")]
    Malformed {
        /// What is wrong.
        cause: String,
    },
    /// A record's body is larger than the limit.
    #[error("the record has {size} bytes, more than the limit of {limit}; it was skipped")]
    TooLarge {
        /// Its size in bytes.
        size: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// The file is empty.
    #[error("the file is empty")]
    Empty,
    /// A record can't be erased from this kind of archive.
    #[error(
        "records can't be erased from this kind of archive, only from plain and gzip WARC files; `sanad import` makes \
         one of it, and the archive can be deleted then"
    )]
    ReadOnly,
}

impl Fault {
    /// The stable code, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Truncated => "warc.truncated",
            Self::Compression { .. } => "warc.gzip",
            Self::Malformed { .. } => "warc.malformed",
            Self::TooLarge { .. } => "warc.too_large",
            Self::Empty => "warc.empty",
            Self::ReadOnly => "warc.read_only",
        }
    }
}
