//! Archives as files: every format, and damage to them.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "tests")]

mod archives;
mod common;
mod compact;
mod damage;
