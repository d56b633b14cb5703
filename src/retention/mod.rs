//! Removes what has to go: documents that are taken down ([`erase`]), and files and captures that nothing current needs
//! ([`prune`]).

mod capture_files;
mod current_records;
mod erase;
mod limit;
mod mentions;
mod needs;
mod prune;
mod pruning;
mod story;

pub use erase::{Erasure, Gone, erase};
pub use limit::Limit;
pub use mentions::Mention;
pub use prune::prune;
pub use pruning::{Freed, Held, Pruning};
