//! Sanad (санад, "deed, document, proof") turns web pages and PDFs in many languages into clean JSON records, and can show, paragraph
//! by paragraph, where each came from and why the rest was left out.
//!
//! This package is the pipeline and the program. What can be used alone is in crates of its own; [`sanad_extract`] is the one that
//! most people want. `ARCHITECTURE.md` is the floor plan.
//!
//! ```text
//! Source    what we want      config/sources/<id>.toml             config
//! Capture   what we got       raw/*.warc.gz                        sanad_fetch, sanad_warc
//! Document  what it says      blocks with their places             sanad_extract::extract, in worker processes
//! Fate      kept or dropped   by a named rule                      sanad_extract::judge
//! Record    what we publish   normalized/records/                  emit, run::publish
//! Event     how we know       normalized/runs/<run>/events.jsonl   log
//! ```
//!
//! Everything after fetching is a pure function of capture bytes, rules, the frozen table of repeated blocks, and the program's
//! version. [`run::run`] is the main job.

pub mod audit;
mod captures;
pub mod cli;
pub mod config;
pub mod emit;
pub mod error;
pub mod export;
mod http_post;
mod layout;
pub mod log;
pub mod ordered_map;
pub mod preview;
pub mod relations;
pub mod report;
pub mod retention;
pub mod run;
pub mod schema;
mod storage;
pub mod survey;
pub mod worker;

pub use error::Error;
