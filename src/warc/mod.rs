//! Captures on disk: WARC 1.0 and 1.1, one gzip member a record or plain, read as a stream and written record by record.

mod erase;
mod import;
mod raw;
mod read;
mod write;

pub use erase::{Target, erase};
pub use import::{Imported, import};
pub use raw::copy;
pub use read::{Entry, Reader};
pub use write::{RecordToWrite, Writer};

/// Header field of a record whose server showed a certificate that couldn't be verified and was taken since the source names
/// its digest: that digest.
pub(crate) const PINNED: &str = "Sanad-Pinned-Certificate";
