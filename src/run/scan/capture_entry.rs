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
}
