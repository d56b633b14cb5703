//! Why a WARC file can't be read, written or changed.

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
    /// A record is damaged, or the file isn't a WARC file.
    #[error("{file} at byte {offset}: {problem}")]
    Record {
        /// The file, as the caller named it.
        file: String,
        /// Offset in bytes of the record.
        offset: u64,
        /// What is wrong.
        problem: Fault,
    },
}

impl Error {
    pub(crate) fn io(path: &Path, doing: &str, cause: &std::io::Error) -> Self {
        Self::Io { path: path.display().to_string(), doing: doing.to_owned(), cause: cause.to_string() }
    }
}

/// What is wrong with a WARC file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, BorshSerialize, BorshDeserialize)]
pub enum Fault {
    /// It ends in the middle of a record.
    #[error("the file ends in the middle of a record; everything before it was read")]
    Truncated,
    /// Its gzip data is damaged.
    #[error("damaged gzip data ({cause}); everything before it was read")]
    Gzip {
        /// The decoder's message.
        cause: String,
    },
    /// A record's header can't be read.
    #[error("not a WARC record ({cause}); everything before it was read")]
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
}

impl Fault {
    /// The stable code, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Truncated => "warc.truncated",
            Self::Gzip { .. } => "warc.gzip",
            Self::Malformed { .. } => "warc.malformed",
            Self::TooLarge { .. } => "warc.too_large",
            Self::Empty => "warc.empty",
        }
    }
}
