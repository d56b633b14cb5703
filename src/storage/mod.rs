//! Large lists on disk: records of varying length in one file, places in it, and sorting more than memory holds.

pub(crate) mod byte_range;
pub(crate) mod external_sort;
pub(crate) mod record_file;
