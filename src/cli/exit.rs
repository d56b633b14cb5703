//! How a command ends, and the exit code that follows.

use crate::error::Error;

/// The outcome of a command that could do its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CommandOutcome {
    /// Everything ended as it should.
    Success,
    /// Some inputs failed, or something differs from the log.
    SomeFailed,
    /// Something that the log names is missing.
    Incomplete,
}

/// Why a command stopped early.
#[derive(Debug)]
pub(super) enum Stop {
    /// It could not do its work.
    Error(Error),
    /// The reader of standard output went away.
    PipeClosed,
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<sanad_tlog::Error> for Stop {
    fn from(error: sanad_tlog::Error) -> Self {
        Self::Error(error.into())
    }
}

/// The exit code of a command, as `sanad --help` lists them. A closed pipe is a success: the reader had enough.
pub(super) fn exit_code(result: &Result<CommandOutcome, Stop>) -> u8 {
    match result {
        Ok(CommandOutcome::Success) | Err(Stop::PipeClosed) => 0,
        Ok(CommandOutcome::SomeFailed) => 1,
        Err(Stop::Error(_)) => 2,
        Ok(CommandOutcome::Incomplete) => 3,
    }
}
