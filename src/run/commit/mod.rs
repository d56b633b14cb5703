//! How results appear: written aside, logged, signed, and put in place at once.

pub(crate) mod background_sync;
pub(crate) mod event_log;
pub(crate) mod lock;
pub(crate) mod staging;
