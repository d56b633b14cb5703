//! What a worker process may use.

use std::path::PathBuf;

/// The hidden command that makes the program a worker.
pub const COMMAND: &str = "parse-worker";

/// What a worker may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The program to start as a worker: this one.
    pub program: PathBuf,
    /// Seconds that one body may take.
    pub seconds: u64,
    /// Address space of a worker, in megabytes.
    pub megabytes: u64,
    /// Bytes that one body may have, before and after decompression.
    pub body_bytes: u64,
}

impl Limits {
    /// The stated defaults: 20 s, 1 GB and 64 MB. The slowest real document among thousands took under 2 s, the
    /// largest under 300 MB.
    ///
    /// # Errors
    /// When the system can't say which program this is.
    pub fn of_this_program() -> Result<Self, crate::Error> {
        let program =
            std::env::current_exe().map_err(|e| crate::Error::io(std::path::Path::new("sanad"), "find", &e))?;
        Ok(Self { program, seconds: 20, megabytes: 1024, body_bytes: 64 << 20 })
    }
}
