//! For the training script: each block of each page with its features, as JSON lines on standard output.
//!
//! `features PAGES… ` reads `.html` or `.html.gz` files, or folders of them; a line is
//! `{"id", "blocks": [{"text", "x": [...]}]}`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a tool for the terminal")]

use std::{
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
};

fn main() -> std::io::Result<()> {
    let mut files = Vec::new();
    for argument in std::env::args_os().skip(1) {
        collect(Path::new(&argument), &mut files)?;
    }
    files.sort();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for file in files {
        let text = read(&file)?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let id = name.split('.').next().unwrap_or_default();
        match sanad::html::features_of(&text) {
            Ok(rows) => {
                let blocks: Vec<_> = rows.iter().map(|(text, x)| serde_json::json!({"text": text, "x": x})).collect();
                writeln!(out, "{}", serde_json::json!({"id": id, "blocks": blocks}))?;
            }
            Err(why) => eprintln!("{}: {why}", file.display()),
        }
    }
    Ok(())
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if path.is_dir() {
        for entry in std::fs::read_dir(path)? {
            collect(&entry?.path(), files)?;
        }
    } else {
        files.push(path.to_owned());
    }
    Ok(())
}

fn read(file: &Path) -> std::io::Result<String> {
    let mut bytes = std::fs::read(file)?;
    if file.extension().is_some_and(|e| e == "gz") {
        let mut plain = Vec::new();
        flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut plain)?;
        bytes = plain;
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
