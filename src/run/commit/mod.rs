//! Commits the results of a run: staged aside, logged, signed, and moved into place, all or nothing.

pub(crate) mod background_sync;
pub(crate) mod conclusions_cache;
pub(crate) mod event_log;
pub(crate) mod lock;
pub(crate) mod staged_file;
pub(crate) mod staging;
