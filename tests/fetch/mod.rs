//! Fetching from a misbehaving server on this machine.

mod discovery;
mod erased;
mod faults;
mod guard;
mod killed;
mod lists;
mod named_by;
mod nginx;
mod proxy;
mod rehearsal;
mod robots;
mod samples;
pub(crate) mod server;
mod servers;
mod survey;
