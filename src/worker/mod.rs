//! Parses untrusted bytes in worker processes, because a thread can be neither killed nor limited and a stack overflow
//! can't be caught.
//!
//! The program starts itself again with a hidden command. Bytes go in, a document comes out. A worker that exceeds its
//! time or memory limit is replaced, and only the capture it was parsing is lost.

mod child;
mod limits;
mod parent;
pub(crate) mod payload;
mod protocol;

pub use child::serve;
pub use limits::{COMMAND, Limits};
pub use parent::{Request, Worker};
