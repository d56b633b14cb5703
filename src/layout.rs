//! Paths under the results folder that several parts of the program use.

/// Returns the path of the object with this digest.
pub(crate) fn object_file(digest: &str) -> String {
    format!("objects/{}", digest.trim_start_matches("sha256:"))
}

/// Returns the path of a source's records.
pub(crate) fn records_file(source: &str) -> String {
    let name: String = source.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect();
    format!("records/{name}.jsonl")
}
