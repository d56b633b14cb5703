//! The Merkle log itself: C2SP `tlog-tiles` on disk, RFC 6962 trees over SHA-256, checkpoints as signed notes.
//!
//! Entries are opaque here; what they say is [`sanad::log::event`]'s business. Nothing below this module knows of runs.

pub mod checkpoint;
mod error;
pub mod key;
pub mod merkle;
pub mod note;
pub mod proof;
mod reader;
pub mod tile;
mod writer;

pub use checkpoint::Checkpoint;
pub use error::Error;
pub use merkle::Hash;
pub use reader::Reader;
pub use writer::Writer;
pub use writer::{files_under, replace, sync};

/// An entry has at most this many bytes: its length stands in 16 bits before it.
pub const MOST_ENTRY_BYTES: usize = 65_535;

/// Entries between two checkpoints, at most.
pub const CHECKPOINT_EVERY: u64 = 10_000;
