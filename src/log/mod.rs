//! The provenance log: what was read, what became of it, and by which rules.

pub mod event;
mod post;
pub mod timestamp;
pub mod tree;
pub mod verify;

pub use event::Event;

/// Folder of the log under the results folder.
pub const LOG: &str = "log";
