//! What the next input gave.

use crate::error::Error;
use sanad_document::Capture;

/// What the next input gave.
#[derive(Debug)]
pub(crate) enum CaptureEntry {
    /// A capture with its body.
    Capture(Capture),
    /// A capture whose body can't be had.
    Faulty(Capture, Error),
    /// The server gave what an earlier capture holds.
    Revisit(Capture),
}
