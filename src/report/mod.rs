//! Reports of a run: `report.json`, the closing table, metrics for Prometheus, and `OpenLineage` events.

pub mod lineage;
mod metrics;
mod outcome;
mod run_report;
mod table;

pub use metrics::{Went, metrics};
pub use outcome::ReportedOutcome;
pub use run_report::{KnownFailure, LogSpan, Report, SourceReport};
pub use table::table;

pub(crate) use run_report::add;
