//! Answers an auditor's questions: does the log hold ([`verify`]), do the captures still give the same records
//! ([`replay`]), where does a text come from ([`explain`]), and is a record in the log ([`prove`]).

mod explain;
mod prove;
mod replay;
pub(crate) mod rerun;
pub mod verify;

pub use explain::{Dropped, Explanation, Passage, Wanted, explain};
pub use prove::{prove, prove_entry};
pub use replay::{Compared, Part, Replay, Same, replay};
