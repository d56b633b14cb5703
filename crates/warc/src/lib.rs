//! Reads archives of captures: WARC and ARC files, plain, gzip or zstd, and WACZ packages. Writes and edits WARC files.
//!
//! [`Reader`] reads an archive of any size record by record; behind damage it goes on at the next sound record, and it
//! names what is wrong with each capture. [`Writer`] writes WARC 1.1, one gzip member per record. [`import()`] copies
//! the records of other crawlers' archives, [`copy`] copies a single record, [`erase()`] replaces records by
//! tombstones without moving any other, and [`Compaction`] copies an archive without some of its captures.
//!
//! Fetching pages is left to the caller. So is interpreting bodies: they keep the content coding in which they were
//! received. Lookup by address is left out too: a record is found by its offset and id.
//!
//! ```
//! use sanad_warc::{Entry, Reader, RecordToWrite, Writer};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("pages.warc.gz");
//!
//! let header = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n";
//! let mut writer = Writer::create(&path, "2026-01-02T03:04:05Z", "one page")?;
//! writer.append(&RecordToWrite {
//!     kind: "response".to_owned(),
//!     url: "https://example.org/".to_owned(),
//!     date: "2026-01-02T03:04:05Z".to_owned(),
//!     content_type: "application/http;msgtype=response".to_owned(),
//!     block: [header.as_slice(), b"<p>Hello</p>"].concat(),
//!     payload_at: Some(header.len()),
//!     ..RecordToWrite::default()
//! })?;
//! writer.sync()?;
//!
//! let mut reader = Reader::open(&path, "pages.warc.gz", 64 << 20)?;
//! let Some(Entry::Capture(page)) = reader.next_entry() else { return Err("no capture".into()) };
//! assert_eq!((page.url.as_str(), page.status), ("https://example.org/", Some(200)));
//! assert_eq!(page.header("content-type"), Some("text/html"));
//! assert_eq!(page.body, b"<p>Hello</p>");
//! assert!(reader.next_entry().is_none());
//! # Ok(())
//! # }
//! ```

mod arc;
mod compact;
mod digests;
mod erase;
mod error;
mod fields;
mod format;
mod http;
mod import;
mod input;
mod members;
mod package;
mod read;
mod records;
mod segments;
mod stream;
mod write;
mod zstd;

pub use compact::{Compaction, Moved, Refusal};
pub use erase::{Target, erase};
pub use error::{Error, Fault, passed_over};
pub use fields::{PINNED, REHEARSAL, UNVERIFIED};
pub use format::{Format, format_of, is_warc};
pub use import::{Imported, import};
pub use members::copy;
pub use read::{Entry, Reader};
pub use write::{RecordToWrite, Writer};
