//! The integration tests, in one binary: each module covers one part of the program.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::expect_used,
    clippy::float_cmp,
    clippy::format_collect,
    clippy::format_push_string,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::string_slice,
    clippy::too_many_arguments,
    clippy::too_many_lines,
    clippy::unwrap_used,
    clippy::write_with_newline,
    missing_docs,
    unreachable_pub,
    reason = "tests"
)]

mod common;

mod archives;
mod cases;
mod catalogue;
mod cli;
mod compaction;
mod damage;
mod fetch;
mod handing_on;
mod histories;
mod hostile;
mod html;
mod identity;
mod incremental;
mod joined_pages;
mod language;
mod log;
mod metadata;
mod nights;
mod outputs;
mod pdf;
mod publications;
mod quality;
mod records;
mod relations;
mod retention;
mod schedule;
mod state_pages;
mod stopped;
mod tables;
mod unbreakable;
mod year;
