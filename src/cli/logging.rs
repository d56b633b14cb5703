//! Log messages of the program on standard error.

use super::escape::{Escape, EscapedError};

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(super) enum LogFormat {
    /// For people: warnings and errors.
    Text,
    /// For machines: one JSON object per line, with a line for every stage.
    Json,
}

/// Starts logging to standard error.
pub(super) fn start(format: LogFormat) {
    // People have the closing table; a line for every step would only bury it.
    let level = match format {
        LogFormat::Text => tracing::Level::WARN,
        LogFormat::Json => tracing::Level::INFO,
    };
    let escape = match format {
        LogFormat::Text => Escape::Text,
        LogFormat::Json => Escape::Json,
    };
    // Without colours: every escape sequence in a message then comes from outside.
    let builder = tracing_subscriber::fmt()
        .with_writer(move || EscapedError(escape))
        .with_ansi(false)
        .with_max_level(level)
        .with_target(false);
    let started = match format {
        LogFormat::Text => builder.without_time().try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    // If a subscriber is installed already, as in tests, that one stays.
    drop(started);
}
