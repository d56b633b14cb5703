//! One item of the capture files.

use crate::error::Error;
use sanad_document::Capture;

/// One item of the capture files.
#[derive(Debug)]
pub(crate) enum CaptureEntry {
    /// A capture with its body.
    Capture(Capture),
    /// A capture whose body can't be read.
    Faulty(Capture, Error),
    /// The server answered with what an earlier capture holds.
    Revisit(Capture),
    /// A file that holds no captures, and what it is.
    NoCaptures(Capture, String),
}

impl CaptureEntry {
    pub(crate) fn capture(&self) -> &Capture {
        match self {
            Self::Capture(capture)
            | Self::Faulty(capture, _)
            | Self::Revisit(capture)
            | Self::NoCaptures(capture, _) => capture,
        }
    }
}
