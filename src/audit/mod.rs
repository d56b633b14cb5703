//! What an auditor asks: whether the log holds ([`verify`]), whether the same comes out again ([`replay`]), where text came from
//! ([`explain`]), and a proof that stands alone ([`prove`]).

mod explain;
mod prove;
mod replay;
pub(crate) mod rerun;
pub mod verify;

pub use explain::{Dropped, Explanation, Passage, Wanted, explain};
pub use prove::{prove, prove_entry};
pub use replay::{Compared, Part, Replay, Same, replay};
