//! One item of the capture files.

use crate::error::Error;
use sanad_document::Capture;
use sanad_document::secrets::masked;

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
    /// Masks the secrets in its addresses. Whatever is derived from a capture then knows nothing of them.
    pub(crate) fn masked(mut self) -> Self {
        let capture = self.capture_mut();
        capture.url = masked(&capture.url).into_owned();
        if let Some(refers_to) = &mut capture.refers_to {
            refers_to.url = masked(&refers_to.url).into_owned();
        }
        self
    }

    fn capture_mut(&mut self) -> &mut Capture {
        match self {
            Self::Capture(capture)
            | Self::Faulty(capture, _)
            | Self::Revisit(capture)
            | Self::NoCaptures(capture, _) => capture,
        }
    }

    pub(crate) fn capture(&self) -> &Capture {
        match self {
            Self::Capture(capture)
            | Self::Faulty(capture, _)
            | Self::Revisit(capture)
            | Self::NoCaptures(capture, _) => capture,
        }
    }
}
