//! What can go wrong, and what follows from it.
//!
//! Every error has a code (stable, for machines), a message that says what, where and what to do, and a consequence:
//! it ends the run ([`Error::is_fatal`]) or only costs the capture it befell.

use borsh::{BorshDeserialize, BorshSerialize};
use std::path::Path;

/// All errors of the library.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, BorshSerialize, BorshDeserialize)]
pub enum Error {
    /// The command line asks for something that can't be.
    #[error("{message}")]
    Usage {
        /// What, and what to do.
        message: String,
    },
    /// The configuration has mistakes; each stands on its own line.
    #[error("{}", mistakes.join("\n"))]
    Config {
        /// `file:line: what is wrong`.
        mistakes: Vec<String>,
    },
    /// A file or folder can't be read or written.
    #[error("{path}: can't {doing}: {cause}")]
    Io {
        /// Path.
        path: String,
        /// A verb: `read`, `write`, `create`.
        doing: String,
        /// What the system says.
        cause: String,
    },
    /// Another run holds the output folder.
    #[error("{path}: another run is at work here (process {pid}); wait for it to end, or give another --out")]
    Locked {
        /// The lock.
        path: String,
        /// Its holder.
        pid: String,
    },
    /// A run put other results in place while they were read.
    #[error(
        "{path}: a run is putting new results in place, or was stopped while it did; nothing was written. Try again; \
        after a stop, let `sanad run` finish it first"
    )]
    Moved {
        /// What moved.
        path: String,
    },
    /// A database or a store of objects doesn't take what it is given.
    #[error("{place}: {problem}")]
    Store {
        /// Its address, without a password.
        place: String,
        /// What it says.
        problem: String,
    },
    /// The provenance log isn't what it should be.
    #[error("{path}: {problem}")]
    Log {
        /// File of the log.
        path: String,
        /// What is wrong.
        problem: String,
    },
    /// A WARC file breaks off or isn't one.
    #[error("{file} at byte {offset}: {problem}")]
    Warc {
        /// Path under the raw folder.
        file: String,
        /// Offset in bytes of the record.
        offset: u64,
        /// What is wrong.
        problem: sanad_warc::Fault,
    },
    /// Bytes that give no document.
    #[error(transparent)]
    Extract(#[from] sanad_extract::Error),
    /// The process that parsed it had to be replaced.
    #[error(transparent)]
    Worker(#[from] WorkerFault),
    /// A fetch that failed.
    #[error("{url}: {problem}")]
    Fetch {
        /// The address.
        url: String,
        /// What went wrong.
        problem: sanad_fetch::Fault,
    },
    /// A promise that the program makes to itself doesn't hold.
    #[error("internal error: {what}; please report it")]
    Internal {
        /// Which.
        what: String,
    },
}

impl From<sanad_decode::Error> for Error {
    fn from(error: sanad_decode::Error) -> Self {
        Self::Extract(error.into())
    }
}

impl From<sanad_warc::Error> for Error {
    fn from(error: sanad_warc::Error) -> Self {
        match error {
            sanad_warc::Error::Io { path, doing, cause } => Self::Io { path, doing, cause },
            sanad_warc::Error::Record { file, offset, problem } => Self::Warc { file, offset, problem },
        }
    }
}

impl From<sanad_tlog::Error> for Error {
    fn from(error: sanad_tlog::Error) -> Self {
        match error {
            sanad_tlog::Error::Io { path, doing, cause } => Self::Io { path, doing, cause },
            sanad_tlog::Error::Log { path, problem } => Self::Log { path, problem },
            sanad_tlog::Error::Key { message } => Self::Usage { message },
        }
    }
}

impl From<sanad_fetch::Error> for Error {
    fn from(error: sanad_fetch::Error) -> Self {
        use sanad_fetch::Error as Fetching;
        match error {
            Fetching::Io { path, doing, cause } => Self::Io { path, doing, cause },
            Fetching::Warc(error) => error.into(),
            Fetching::Fetch { url, problem } => Self::Fetch { url, problem },
            Fetching::TooManyFiles { .. } => Self::Usage { message: error.to_string() },
            Fetching::Internal { what } => Self::Internal { what: what.to_owned() },
        }
    }
}

/// Why a worker process had to be replaced.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, BorshSerialize, BorshDeserialize)]
pub enum WorkerFault {
    /// It took too long.
    #[error("parsing took longer than {seconds} s and was stopped")]
    Timeout {
        /// The limit.
        seconds: u64,
    },
    /// It wanted too much memory.
    #[error("parsing wanted more than {megabytes} MB of memory and was stopped")]
    Memory {
        /// The limit.
        megabytes: u64,
    },
    /// It panicked.
    #[error("the parser panicked: {cause}")]
    Panicked {
        /// The panic's message.
        cause: String,
    },
    /// It died for another reason.
    #[error("the parser process died: {cause}")]
    Died {
        /// Exit status or signal.
        cause: String,
    },
}

impl Error {
    /// The stable code, for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Usage { .. } => "usage",
            Self::Config { .. } => "config",
            Self::Io { .. } => "io",
            Self::Locked { .. } => "locked",
            Self::Moved { .. } => "moved",
            Self::Store { .. } => "store",
            Self::Log { .. } => "log",
            Self::Internal { .. } => "internal",
            Self::Warc { problem, .. } => problem.code(),
            Self::Extract(error) => error.code(),
            Self::Worker(fault) => match fault {
                WorkerFault::Timeout { .. } => "worker.timeout",
                WorkerFault::Memory { .. } => "worker.memory",
                WorkerFault::Panicked { .. } => "worker.panicked",
                WorkerFault::Died { .. } => "worker.died",
            },
            Self::Fetch { problem, .. } => problem.code(),
        }
    }

    /// The stage it befell.
    #[must_use]
    pub fn stage(&self) -> &'static str {
        match self {
            Self::Usage { .. }
            | Self::Config { .. }
            | Self::Locked { .. }
            | Self::Moved { .. }
            | Self::Store { .. }
            | Self::Log { .. }
            | Self::Internal { .. }
            | Self::Io { .. } => "run",
            Self::Warc { .. } | Self::Fetch { .. } => "fetch",
            Self::Extract(sanad_extract::Error::Decode(_)) => "decode",
            Self::Extract(_) | Self::Worker(_) => "extract",
        }
    }

    /// Whether the run can't go on (else it costs only the capture it befell).
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        self.stage() == "run"
    }

    /// An input or output error with its path.
    #[must_use]
    pub fn io(path: &Path, doing: &str, cause: &std::io::Error) -> Self {
        Self::Io { path: path.display().to_string(), doing: doing.to_owned(), cause: cause.to_string() }
    }
}

pub(super) fn not_json(error: &serde_json::Error) -> Error {
    Error::io(Path::new("records"), "write", &std::io::Error::other(error.to_string()))
}
