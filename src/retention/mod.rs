//! Removes what has to go: documents that are taken down ([`erase`]), and files that nothing current needs
//! ([`prune`]).

mod erase;
mod prune;

pub use erase::{Erasure, Gone, erase};
pub use prune::{Freed, Limit, Pruning, prune};
