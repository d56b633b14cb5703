//! Writing: results to standard output, messages for people to standard error.

use super::escape::{Escape, escaped};
use super::exit::Stop;
use crate::error::Error;
use serde::Serialize;
use std::io::{self, Write};
use std::path::Path;

/// Writes text for people to standard output, and ends the line.
pub(super) fn print_line(output: &mut impl Write, line: &str) -> Result<(), Stop> {
    write_line(output, &escaped(line, Escape::Text))
}

fn write_line(output: &mut impl Write, line: &str) -> Result<(), Stop> {
    output.write_all(line.as_bytes()).and_then(|()| output.write_all(b"\n")).map_err(|e| output_failed(&e))
}

/// Writes a value to standard output as one line of JSON.
pub(super) fn print_json(output: &mut impl Write, value: &impl Serialize) -> Result<(), Stop> {
    let text = serde_json::to_string(value).map_err(|e| output_failed(&e.into()))?;
    write_line(output, &escaped(&text, Escape::Json))
}

/// Writes a line to standard error. If nobody reads it there, the command goes on.
pub(super) fn notify(line: &str) {
    drop(writeln!(io::stderr(), "{}", escaped(line, Escape::Text)));
}

/// Reports an error on standard error. Mistakes in the configuration begin with their file and line, so that editors
/// and terminals can jump there; every other error begins with the program's name.
pub(super) fn notify_error(error: &Error) {
    match error {
        Error::Config { mistakes } => {
            notify(&error.to_string());
            let mistakes = counted(mistakes.len(), "mistake", "mistakes");
            notify(&format!("sanad: {mistakes} in the configuration; correct the lines above and try again"));
        }
        error => notify(&format!("sanad: {error}")),
    }
}

/// What a failed write to standard output means for the command.
pub(super) fn output_failed(error: &io::Error) -> Stop {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Stop::PipeClosed,
        _ => Stop::Error(Error::io(Path::new("standard output"), "write", error)),
    }
}

/// A number with the noun in the form that agrees with it: `1 record`, `2 records`.
pub(super) fn counted<N: Copy + PartialEq + From<u8> + std::fmt::Display>(number: N, one: &str, many: &str) -> String {
    format!("{number} {}", if number == N::from(1) { one } else { many })
}
