//! Records as plain text.

use crate::emit::Record;

/// Returns a record's text alone, ended by a newline.
#[must_use]
pub fn plain_text(record: &Record) -> String {
    format!("{}\n", record.text)
}
