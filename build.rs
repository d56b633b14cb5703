//! Names the program's own sources by a digest, so that caches made by another build are never read; makes one table of the
//! languages' files, which a program that starts often reads sooner than fifty texts in TOML.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const LANGUAGES: &str = "config/languages";

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// All languages' files as one JSON object, by code.
fn languages() -> std::io::Result<String> {
    let mut files = Vec::new();
    collect(Path::new(LANGUAGES), &mut files)?;
    let mut table = BTreeMap::new();
    for file in files.iter().filter(|f| f.extension().is_some_and(|e| e == "toml")) {
        let words: toml::Table = toml::from_str(&std::fs::read_to_string(file)?)
            .map_err(|e| std::io::Error::other(format!("{}: {e}", file.display())))?;
        table.insert(file.file_stem().unwrap_or_default().to_string_lossy().into_owned(), words);
    }
    Ok(serde_json::to_string(&table)?)
}

fn main() -> std::io::Result<()> {
    let mut files = vec![PathBuf::from("Cargo.toml"), PathBuf::from("Cargo.lock")];
    for folder in ["src", LANGUAGES] {
        println!("cargo::rerun-if-changed={folder}");
        if Path::new(folder).is_dir() {
            collect(Path::new(folder), &mut files)?;
        }
    }
    files.retain(|f| f.exists());
    files.sort();
    let mut digest = blake3::Hasher::new();
    for file in files {
        digest.update(file.to_string_lossy().as_bytes());
        digest.update(&std::fs::read(&file)?);
    }
    let out = std::env::var_os("OUT_DIR").unwrap_or_default();
    std::fs::write(Path::new(&out).join("languages.json"), languages()?)?;
    println!("cargo::rustc-env=SANAD_SOURCE_DIGEST={:.32}", digest.finalize().to_hex());
    Ok(())
}
