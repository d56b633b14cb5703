//! Why a log can't be opened, read or written.

use std::path::Path;

/// All errors of this crate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A file or folder can't be read or written.
    #[error("{path}: can't {doing}: {cause}")]
    Io {
        /// Path.
        path: String,
        /// A verb: `read`, `write`, `create`, `delete`, `sync`.
        doing: String,
        /// The system's message.
        cause: String,
    },
    /// A file of the log is missing or damaged.
    #[error("{path}: {problem}")]
    Log {
        /// The file.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The signing key is missing or can't be used.
    #[error("{message}")]
    Key {
        /// What is wrong, and what to do.
        message: String,
    },
}

impl Error {
    pub(crate) fn io(path: &Path, doing: &str, cause: &std::io::Error) -> Self {
        Self::Io { path: path.display().to_string(), doing: doing.to_owned(), cause: cause.to_string() }
    }
}
