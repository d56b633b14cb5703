//! Sanad (санад, "deed, document, proof") turns web pages and PDFs in many languages into clean JSON records, and can
//! prove, paragraph by paragraph, where each came from and why the rest was left out.
//!
//! ```text
//! Source    what we want      config/sources/<id>.toml
//! Capture   what we got       raw/*.warc.gz                        fetch
//! Body      what it is        format, encoding                     decode
//! Document  what it says      blocks with their places             extract (html, pdf), label (language)
//! Fate      kept or dropped   by a named rule                      mark (boilerplate)
//! Record    what we publish   normalized/records/                  normalize, emit
//! Event     how we know       normalized/runs/<run>/events.jsonl   log
//! ```
//!
//! Everything after fetch is a pure function of capture bytes, rules, the frozen table of repeated blocks, and the
//! program's version. [`extract`] is the part that reads untrusted bytes; the command line runs it in worker
//! processes. [`sanad_extract::boilerplate::mark`] and what follows only ever see its result.
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
