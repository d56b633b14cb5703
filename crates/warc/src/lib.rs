//! Captures on disk: WARC 1.0 and 1.1, one gzip member a record or plain, read as a stream and written record by record.

mod erase;
mod error;
mod import;
mod members;
mod read;
mod write;

pub use erase::{Target, erase};
pub use error::{Error, Fault};
pub use import::{Imported, import};
pub use members::copy;
pub use read::{Entry, Reader};
pub use write::{RecordToWrite, Writer};

/// Header field of a record whose server showed a certificate that couldn't be verified and was taken since the source names
/// its digest: that digest.
pub const PINNED: &str = "Sanad-Pinned-Certificate";

/// Whether a file is a WARC by its name.
#[must_use]
pub fn is_warc(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [".warc", ".warc.gz"].iter().any(|ending| name.ends_with(ending))
}
