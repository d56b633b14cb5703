//! Where things stand under the results folder, as far as more than one part of the program must know.

/// Path under the results folder of what has this digest.
pub(crate) fn object_file(digest: &str) -> String {
    format!("objects/{}", digest.trim_start_matches("sha256:"))
}

/// Path of a source's records under the results folder.
pub(crate) fn records_file(source: &str) -> String {
    let name: String = source.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect();
    format!("records/{name}.jsonl")
}
