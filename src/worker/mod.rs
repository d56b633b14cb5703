//! Untrusted bytes are parsed in worker processes: a thread can be neither killed nor limited, and a stack overflow
//! can't be caught. The program starts itself again with a hidden command; bytes go in, a document comes out, and a
//! worker that passes its time or memory limit is replaced. Only the capture it was parsing pays for it.

mod child;
mod limits;
mod parent;
pub(crate) mod payload;
mod protocol;

pub use child::serve;
pub use limits::{COMMAND, Limits};
pub use parent::{Request, Worker};
