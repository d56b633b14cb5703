//! Large lists on disk: files of records, ranges within them, and an external sort.

pub(crate) mod byte_range;
pub(crate) mod checksum;
pub(crate) mod external_sort;
pub(crate) mod record_file;
