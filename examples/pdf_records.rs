//! Prints a record for each PDF, as the scorers read them: text, and blocks with code points and places.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "its output")]

use sanad::record::{Join, Origin};
use std::path::{Path, PathBuf};

fn files(path: &Path, out: &mut Vec<PathBuf>) {
    if path.is_dir() {
        let mut entries: Vec<PathBuf> = std::fs::read_dir(path)
            .into_iter()
            .flatten()
            .flatten()
            .map(|e| e.path())
            .collect();
        entries.sort();
        for entry in entries {
            files(&entry, out);
        }
    } else if path.extension().is_some_and(|e| e == "pdf") {
        out.push(path.to_owned());
    }
}

fn record(path: &Path) -> serde_json::Value {
    let id = path.display().to_string();
    let bytes = std::fs::read(path).unwrap_or_default();
    let document = match sanad::pdf::extract(&bytes, &sanad::Page::default()) {
        Ok(d) => d,
        Err(e) => return serde_json::json!({"id": id, "error": e.code(), "message": e.to_string()}),
    };
    let mut text = String::new();
    let mut blocks: Vec<serde_json::Value> = Vec::new();
    let mut length = 0;
    for block in document.blocks.iter().filter(|b| b.fate.is_kept()) {
        let between = match block.join {
            _ if text.is_empty() => "",
            Join::None => "\n\n",
            Join::Space => " ",
            Join::Nothing | Join::Hyphen => "",
        };
        if block.join == Join::Hyphen && text.ends_with(['-', '\u{AD}', '\u{2010}']) {
            text.pop();
            length -= 1;
        }
        text.push_str(between);
        length += between.chars().count();
        let start = length;
        text.push_str(&block.text);
        length += block.text.chars().count();
        let origin: Vec<_> = block
            .origin
            .iter()
            .filter_map(|o| match o {
                Origin::Pdf { page, bbox } => Some(serde_json::json!({"page": page, "bbox": bbox})),
                Origin::Html { .. } => None,
            })
            .collect();
        blocks.push(serde_json::json!({"kind": block.kind, "level": block.level, "start": start, "end": length, "origin": origin, "join": block.join}));
    }
    let removed: Vec<_> = document
        .blocks
        .iter()
        .filter(|b| !b.fate.is_kept())
        .map(|b| serde_json::json!([b.text, b.fate]))
        .collect();
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let own = sanad::pdf::text(&document.blocks);
    serde_json::json!({"id": name, "text": text, "same": own == text, "blocks": blocks, "removed": removed,
        "page_kind": document.page_kind, "warnings": document.warnings, "head": document.head, "metadata": {"path": id}})
}

fn main() {
    let mut list = Vec::new();
    for arg in std::env::args().skip(1) {
        files(Path::new(&arg), &mut list);
    }
    for path in list {
        println!("{}", record(&path));
    }
}
