//! Labels with a meaning of their own in the code; the other language codes are data.

use sanad_document::Code;

/// No language can be determined.
pub(crate) const UNDETERMINED: &str = "und";
/// The n-gram model's label for Latin text in none of its languages.
pub(crate) const OTHER: &str = "oth";
/// Tajik.
pub(crate) const TAJIK: &str = "tgk";

/// Converts a label of the tables, which are at most four ASCII characters.
pub(crate) fn code(label: &str) -> Code {
    label.parse().unwrap_or_default()
}
