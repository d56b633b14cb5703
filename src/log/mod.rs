//! The provenance log: what was read, what became of it, and by which rules.

pub mod event;
pub mod verify;

pub use event::Event;
