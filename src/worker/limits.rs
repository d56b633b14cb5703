//! The limits of a worker process.

use std::path::PathBuf;

/// The hidden command that turns the program into a worker.
pub const COMMAND: &str = "parse-worker";

/// The limits of a worker process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The program to start as a worker.
    pub program: PathBuf,
    /// Seconds to parse one body.
    pub seconds: u64,
    /// Address space in megabytes.
    pub megabytes: u64,
    /// Size of a body in bytes, before and after decompression.
    pub body_bytes: u64,
}

impl Limits {
    /// The defaults: 20 s, 1 GB and 64 MB. The slowest real document among thousands took less than 2 s, the largest
    /// less than 300 MB.
    ///
    /// # Errors
    /// When the system doesn't know the path of the running program.
    pub fn of_this_program() -> Result<Self, crate::Error> {
        let program =
            std::env::current_exe().map_err(|e| crate::Error::io(std::path::Path::new("sanad"), "find", &e))?;
        Ok(Self { program, seconds: 20, megabytes: 1024, body_bytes: 64 << 20 })
    }
}
