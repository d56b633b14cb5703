//! Fetching, against a badly behaved server on this machine.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::format_collect,
    clippy::too_many_lines,
    unreachable_pub,
    reason = "tests"
)]

#[path = "../common/mod.rs"]
mod common;
mod discovery;
mod erased;
mod faults;
mod guard;
#[path = "../common/kill.rs"]
mod kill;
mod killed;
mod nginx;
mod proxy;
mod robots;
mod samples;
mod server;
mod survey;
