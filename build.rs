//! Names the program's own sources by digests, so that caches made by another build are never read.
//!
//! Two digests: of the crates that decide what a document is, and of the whole program.

use std::path::{Path, PathBuf};

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

fn main() -> std::io::Result<()> {
    let mut files = vec![PathBuf::from("Cargo.toml"), PathBuf::from("Cargo.lock")];
    for folder in ["src", "crates"] {
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
    println!("cargo::rustc-env=SANAD_SOURCE_DIGEST={:.32}", digest.finalize().to_hex());
    Ok(())
}
