//! Paths under the results folder that several parts of the program use.

/// The limit on the name of a source's file, in bytes, its ending aside. File systems allow 255, with prefixes and
/// endings.
const MAX_NAME: usize = 160;

/// Returns the path of the object with this digest.
pub(crate) fn object_file(digest: &str) -> String {
    format!("objects/{}", digest.trim_start_matches("sha256:"))
}

/// Returns the path of a source's records. A source whose name no file can have gets one with a digest in it, so that
/// no two share a file.
pub(crate) fn records_file(source: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    if source.chars().all(is_plain) && source.len() <= MAX_NAME && !source.starts_with('.') && !source.is_empty() {
        return format!("records/{source}.jsonl");
    }
    let readable: String = source.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    let start: String = readable.trim_start_matches('.').chars().take(MAX_NAME / 8).collect();
    let digest: String = blake3::hash(source.as_bytes()).to_hex().chars().take(16).collect();
    format!("records/{start}-{digest}.jsonl")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_has_a_file_of_its_own() {
        assert_eq!(records_file("mfa.tj"), "records/mfa.tj.jsonl");
        let odd =
            ["", ".", "..", "../x", "[::1]", "[::2]", "_::1_", ".hidden.example", &"a".repeat(300), &"б".repeat(200)];
        let files: std::collections::BTreeSet<String> = odd.iter().map(|source| records_file(source)).collect();
        assert_eq!(files.len(), odd.len());
        for file in files {
            let name = file.strip_prefix("records/").unwrap();
            assert!(name.len() < 200 && !name.starts_with('.') && !name.contains(['/', ':']), "{name}");
        }
    }
}
