//! Computes two digests that name this build in caches, so that a cache never serves what other code would have made.
//!
//! `SANAD_DOCUMENT_DIGEST` covers everything that decides what a document is: the sources of the crates from bytes to a marked
//! document, the worker that runs them and writes cache entries, and the dependencies locked for them. `SANAD_SOURCE_DIGEST` covers
//! the whole program; outcomes, tables and relations are keyed by it. A change in the command line changes only the second one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The crates from bytes to a marked document.
const DOCUMENT_CRATES: [&str; 6] = ["decode", "document", "extract", "html", "language", "pdf"];

fn main() -> std::io::Result<()> {
    let manifest = std::fs::read_to_string("Cargo.toml")?;
    let lock = std::fs::read_to_string("Cargo.lock").unwrap_or_default();
    for path in ["src", "crates", "Cargo.toml", "Cargo.lock"] {
        println!("cargo::rerun-if-changed={path}");
    }

    let mut document = Digest::new();
    for name in DOCUMENT_CRATES {
        document.folder(&Path::new("crates").join(name))?;
    }
    document.folder(Path::new("src/worker"))?;
    document.file(Path::new("src/error.rs"))?;
    document.file(Path::new("src/storage/checksum.rs"))?;
    document.text(&section(&manifest, "[workspace.dependencies]"));
    document.text(&locked(&lock, &DOCUMENT_CRATES.map(|name| format!("sanad-{name}"))));
    document.export("SANAD_DOCUMENT_DIGEST");

    let mut source = Digest::new();
    for folder in ["src", "crates"] {
        source.folder(Path::new(folder))?;
    }
    source.text(&manifest);
    source.text(&lock);
    source.export("SANAD_SOURCE_DIGEST");
    Ok(())
}

/// A digest over files and texts.
struct Digest(blake3::Hasher);

impl Digest {
    fn new() -> Self {
        Self(blake3::Hasher::new())
    }

    fn text(&mut self, text: &str) {
        self.0.update(&(text.len() as u64).to_le_bytes());
        self.0.update(text.as_bytes());
    }

    fn file(&mut self, path: &Path) -> std::io::Result<()> {
        self.text(&path.to_string_lossy());
        let bytes = std::fs::read(path)?;
        self.0.update(&(bytes.len() as u64).to_le_bytes());
        self.0.update(&bytes);
        Ok(())
    }

    /// All files under a folder in the order of their paths, but prose: a README decides nothing.
    fn folder(&mut self, folder: &Path) -> std::io::Result<()> {
        let mut files = Vec::new();
        collect(folder, &mut files)?;
        files.retain(|file| file.extension().is_none_or(|extension| extension != "md"));
        files.sort();
        files.iter().try_for_each(|file| self.file(file))
    }

    /// Hands the digest to the compiler as an environment variable: 128 bits in hexadecimal.
    fn export(self, name: &str) {
        println!("cargo::rustc-env={name}={:.32}", self.0.finalize().to_hex());
    }
}

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

/// The lines of a manifest's section without comments: versions and features of what the workspace depends on.
fn section(manifest: &str, header: &str) -> String {
    let lines = manifest.lines().skip_while(|line| *line != header).skip(1);
    let lines = lines.take_while(|line| !line.starts_with('['));
    lines.map(|line| line.split(" # ").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The entries of the lock file for these packages and everything that they depend on.
fn locked(lock: &str, roots: &[String]) -> String {
    let mut packages: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in lock.split("[[package]]").skip(1) {
        let name = package.lines().find_map(|line| line.strip_prefix("name = ")).unwrap_or_default();
        packages.entry(name.trim_matches('"')).or_default().push(package);
    }
    let mut found = BTreeSet::new();
    let mut open: Vec<&str> = roots.iter().map(String::as_str).collect();
    while let Some(name) = open.pop() {
        if !found.insert(name) {
            continue;
        }
        // A dependency is `"name"`, or `"name version"` where several versions are locked: then all of them count.
        let dependencies = packages.get(name).into_iter().flatten().flat_map(|package| package.lines());
        let dependencies = dependencies.filter_map(|line| line.strip_prefix(" \""));
        open.extend(dependencies.filter_map(|line| line.split(['"', ' ']).next()));
    }
    found.iter().flat_map(|name| packages.get(name).into_iter().flatten()).copied().collect()
}
