//! Why a log couldn't be opened, read or written.

use std::path::Path;

/// What can go wrong with a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
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
    /// The log isn't what it should be.
    #[error("{path}: {problem}")]
    Log {
        /// File of the log.
        path: String,
        /// What is wrong.
        problem: String,
    },
    /// The signing key can't be used.
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
