//! What can go wrong, and what follows from it.
//!
//! Every error has a stable code for machines and a message for people that says what is wrong, where, and what to do.
//! It either ends the run ([`Error::is_fatal`]) or costs only the capture that it concerns.

use borsh::{BorshDeserialize, BorshSerialize};
use std::path::Path;

/// All errors of the program.
///
/// The messages of errors that concern one capture are part of the log, so changing them changes what the log says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, BorshSerialize, BorshDeserialize)]
pub enum Error {
    /// The command line asks for something that isn't possible.
    #[error("{message}")]
    Usage {
        /// The option, what is wrong with it, and what to do.
        message: String,
    },
    /// The configuration has mistakes.
    #[error("{}", mistakes.join("\n"))]
    Config {
        /// One line each: `file:line: what is wrong`.
        mistakes: Vec<String>,
    },
    /// A folder that the command reads doesn't exist.
    #[error("{path}: no such folder; create it, or name another one with `{option}`")]
    NoFolder {
        /// The folder.
        path: String,
        /// The option that names it.
        option: String,
    },
    /// No run has put results into the folder yet.
    #[error("{path}: no results here yet; run `sanad run` first, or name another folder with `--out`")]
    NoResults {
        /// The results folder.
        path: String,
    },
    /// Nothing has this record id.
    #[error("{id}: no record with this id in {path}; ids are in the field `id` of the records")]
    NotFound {
        /// The record id.
        id: String,
        /// Where it was looked for.
        path: String,
    },
    /// The results lack a record that an earlier run wrote.
    #[error("{id}: its record is missing from the results; delete {cache} in the results folder and run again")]
    MissingRecord {
        /// The record id.
        id: String,
        /// The folder of remembered outcomes, under the results folder.
        cache: String,
    },
    /// The program declines, so as not to destroy or contradict what is there.
    #[error("{message}")]
    Refused {
        /// What is declined and why, and what to do instead.
        message: String,
    },
    /// This build lacks an optional part of the program.
    #[error(
        "{what}: not part of this build; build one that has it with `cargo install --path . --features {feature}` (or \
         `--features full` for everything)"
    )]
    Unsupported {
        /// What was asked for: an option or an address.
        what: String,
        /// The Cargo feature that adds it.
        feature: String,
    },
    /// A file or folder can't be read or written.
    #[error("{path}: can't {doing}: {cause}")]
    Io {
        /// Path.
        path: String,
        /// A verb: `read`, `write`, `create`.
        doing: String,
        /// The system's message.
        cause: String,
    },
    /// The document cache is damaged, and mending it didn't help.
    #[error("{path}: this cache is damaged ({cause}); delete it, check the disk, and run again")]
    DamagedCache {
        /// Path.
        path: String,
        /// What is wrong.
        cause: String,
    },
    /// Another process holds the output folder.
    #[error("{path}: another run is at work here (process {pid}); wait until it ends, or use another `--out`")]
    Locked {
        /// The lock file.
        path: String,
        /// Id of the process that holds it.
        pid: String,
    },
    /// A run replaced the results while they were read.
    #[error(
        "{path}: a run is replacing these results, or was stopped while it did, so nothing was written; try again, and if \
         no run is at work, let `sanad run` finish the stopped one first"
    )]
    Moved {
        /// The results that changed.
        path: String,
    },
    /// A run was stopped while it put its results in place.
    #[error("{path}: a run was stopped while it put its results in place; `sanad run` without `--preview` finishes it")]
    Unfinished {
        /// The results folder.
        path: String,
    },
    /// A run has used all names for its WARC files.
    #[error("run {run} has too many WARC files; set a larger `fetch.segment_mb` in sanad.toml")]
    TooManyFiles {
        /// The run.
        run: String,
    },
    /// The log's signing key is missing, can't be used, or can't be created.
    #[error("{message}")]
    SigningKey {
        /// What is wrong, and what to do.
        message: String,
    },
    /// A database or an object store rejects what it is sent.
    #[error("{place}: {problem}")]
    Store {
        /// Its address, without a password.
        place: String,
        /// Its message.
        problem: String,
    },
    /// The provenance log is damaged.
    #[error("{path}: {problem}")]
    Log {
        /// File of the log.
        path: String,
        /// What is wrong.
        problem: String,
    },
    /// An archive of captures is cut off or malformed.
    #[error("{file} at byte {offset}: {problem}{}", sanad_warc::passed_over(*.passed))]
    Warc {
        /// Path under the raw folder.
        file: String,
        /// Offset of the record in bytes.
        offset: u64,
        /// Bytes that were passed over from there on.
        passed: u64,
        /// What is wrong.
        problem: sanad_warc::Fault,
    },
    /// A file that was to be read as a page is an archive of captures.
    #[error(
        "it is an archive of captures, not a page; copy it into the folder `raw` and use `sanad run --offline`, which \
         reads all captures in it"
    )]
    Archive,
    /// The bytes of a capture contain no document that can be extracted.
    #[error(transparent)]
    Extract(#[from] sanad_extract::Error),
    /// The worker process that parsed the capture had to be replaced.
    #[error(transparent)]
    Worker(#[from] WorkerFault),
    /// A fetch failed.
    #[error("{url}: {problem}")]
    Fetch {
        /// The address.
        url: String,
        /// What went wrong.
        problem: sanad_fetch::Fault,
    },
    /// An invariant of the program doesn't hold.
    #[error("internal error: {what}; please report it")]
    Internal {
        /// Which one.
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
            sanad_warc::Error::Record { file, offset, passed, problem } => Self::Warc { file, offset, passed, problem },
        }
    }
}

impl From<sanad_tlog::Error> for Error {
    fn from(error: sanad_tlog::Error) -> Self {
        match error {
            sanad_tlog::Error::Io { path, doing, cause } => Self::Io { path, doing, cause },
            sanad_tlog::Error::Log { path, problem } => Self::Log { path, problem },
            sanad_tlog::Error::Key { message } => Self::SigningKey { message },
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
            Fetching::TooManyFiles { run } => Self::TooManyFiles { run },
            Fetching::Internal { what } => Self::Internal { what: what.to_owned() },
        }
    }
}

/// Why a worker process had to be replaced.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, BorshSerialize, BorshDeserialize)]
pub enum WorkerFault {
    /// It exceeded its time limit.
    #[error("parsing took longer than {seconds} s and was stopped")]
    Timeout {
        /// The limit in seconds.
        seconds: u64,
    },
    /// It exceeded its memory limit.
    #[error("parsing wanted more than {megabytes} MB of memory and was stopped")]
    Memory {
        /// The limit in megabytes.
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
            Self::Usage { .. }
            | Self::NoFolder { .. }
            | Self::NoResults { .. }
            | Self::NotFound { .. }
            | Self::Refused { .. }
            | Self::Unsupported { .. }
            | Self::Unfinished { .. }
            | Self::TooManyFiles { .. }
            | Self::SigningKey { .. } => "usage",
            Self::Config { .. } => "config",
            Self::Io { .. } | Self::DamagedCache { .. } => "io",
            Self::Locked { .. } => "locked",
            Self::Moved { .. } => "moved",
            Self::Store { .. } => "store",
            Self::Log { .. } => "log",
            Self::MissingRecord { .. } | Self::Internal { .. } => "internal",
            Self::Warc { problem, .. } => problem.code(),
            Self::Archive => "extract.archive",
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

    /// The stage that failed; `run` for errors that concern no single capture.
    #[must_use]
    pub fn stage(&self) -> &'static str {
        match self {
            Self::Usage { .. }
            | Self::Config { .. }
            | Self::NoFolder { .. }
            | Self::NoResults { .. }
            | Self::NotFound { .. }
            | Self::MissingRecord { .. }
            | Self::Refused { .. }
            | Self::Unsupported { .. }
            | Self::Io { .. }
            | Self::DamagedCache { .. }
            | Self::Locked { .. }
            | Self::Moved { .. }
            | Self::Unfinished { .. }
            | Self::TooManyFiles { .. }
            | Self::SigningKey { .. }
            | Self::Store { .. }
            | Self::Log { .. }
            | Self::Internal { .. } => "run",
            Self::Warc { .. } | Self::Fetch { .. } => "fetch",
            Self::Extract(sanad_extract::Error::Decode(_)) => "decode",
            Self::Archive | Self::Extract(_) | Self::Worker(_) => "extract",
        }
    }

    /// Returns true if the error ends the run, false if it costs only the capture that it concerns.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        self.stage() == "run"
    }

    /// An input or output error with its path. `doing` is a verb, such as `read`.
    #[must_use]
    pub fn io(path: &Path, doing: &str, cause: &std::io::Error) -> Self {
        Self::Io { path: path.display().to_string(), doing: doing.to_owned(), cause: cause.to_string() }
    }
}

/// The error of a value that can't be written as JSON.
pub(crate) fn not_json(error: &serde_json::Error) -> Error {
    Error::io(Path::new("records"), "write", &std::io::Error::other(error.to_string()))
}
