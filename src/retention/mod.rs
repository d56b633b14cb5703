//! Removes what has to go: documents that are taken down ([`erase`]), and files that nothing current needs
//! ([`prune`]).

mod erase;
mod limit;
mod mentions;
mod prune;

pub use erase::{Erasure, Gone, erase};
pub use limit::Limit;
pub use mentions::Mention;
pub use prune::{Freed, Pruning, prune};
