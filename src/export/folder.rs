//! A folder with one file for each record, grouped by host: `<host>/<digest>.<extension>`.

use super::plain_text::plain_text;
use super::stream::{CurrentRecord, Row, Snapshot};
use super::{json_lines, manifest, markdown};
use crate::error::Error;
use std::path::{Path, PathBuf};

/// Writes the files and the manifest into an empty folder.
///
/// # Errors
/// If records can't be read or files can't be written.
pub(super) fn write(
    folder: &Path,
    format: &str,
    extension: &str,
    content: fn(&CurrentRecord) -> Result<String, Error>,
    snapshot: &Snapshot,
) -> Result<(), Error> {
    let (mut records, mut removed) = (0, Vec::new());
    for row in snapshot.rows()? {
        match row? {
            Row::Current(current) => {
                let path = folder.join(file_of(&current.id, extension));
                let fault = |e: std::io::Error| Error::io(&path, "write", &e);
                if let Some(parent) = path.parent() {
                    std::fs::create_dir_all(parent).map_err(fault)?;
                }
                std::fs::write(&path, content(&current)?).map_err(fault)?;
                records += 1;
            }
            Row::Removed(stone) => removed.push(stone),
        }
    }
    manifest::write(folder, format, snapshot, records, &removed)
}

/// Returns the path of a record's file: the segments of its id, without characters that are special to file systems.
fn file_of(id: &str, extension: &str) -> PathBuf {
    let safe = |part: &str| {
        let part: String =
            part.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect();
        if part.chars().all(|c| c == '.') { "_".repeat(part.len().max(1)) } else { part }
    };
    let mut parts: Vec<String> = id.split('/').map(safe).collect();
    if let Some(last) = parts.last_mut() {
        *last = format!("{last}.{extension}");
    }
    parts.into_iter().collect()
}

/// Returns the record's line.
pub(super) fn json(current: &CurrentRecord) -> Result<String, Error> {
    json_lines::line_of(current).map(|line| line + "\n")
}

/// Returns the record as Markdown.
pub(super) fn markdown(current: &CurrentRecord) -> Result<String, Error> {
    current.record().map(|record| markdown::document(&record))
}

/// Returns the record's text.
pub(super) fn text(current: &CurrentRecord) -> Result<String, Error> {
    current.record().map(|record| plain_text(&record))
}

#[cfg(test)]
mod tests {
    use super::file_of;

    #[test]
    fn a_file_never_leaves_its_folder() {
        for (id, file) in [
            ("mfa.tj/0a1b", "mfa.tj/0a1b.json"),
            ("../../etc/passwd", "__/__/etc/passwd.json"),
            ("/a", "_/a.json"),
            ("[::1]/x", "[__1]/x.json"),
        ] {
            let file = file.replace(['[', ']'], "_");
            assert_eq!(file_of(id, "json").to_str(), Some(file.as_str()), "{id}");
        }
    }
}
