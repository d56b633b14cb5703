//! Shared by the tests: a temporary folder for each test, and the program run in it.

pub mod crowd;
pub mod drawing;
pub mod kill;
pub mod outside;
pub mod pages;
pub mod record;
pub mod score;

pub use outside::{not_checked, program, shared};

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The time of test runs.
pub const NOW: &str = "2026-11-21T17:00:00Z";

/// The signing key of the tests' logs.
pub fn key() -> sanad_tlog::note::Signer {
    sanad_tlog::note::Signer::of("sanad-tests", &[7; 32])
}

/// The project's folder.
pub fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A temporary folder with `config`, `raw` and `normalized`.
pub struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    /// Makes empty folders.
    pub fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["config", "raw", "normalized"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        Self { folder }
    }

    /// Copies the project's configuration and demonstration captures.
    pub fn demo() -> Self {
        let place = Self::empty();
        copy(&project().join("config"), &place.path("config"));
        std::fs::copy(project().join("raw/demo.warc.gz"), place.path("raw/demo.warc.gz")).unwrap();
        place
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    /// Runs the program with these arguments in this place.
    pub fn sanad(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Returns the command that [`Self::sanad`] runs. It has the tests' signing key, and its home is this place.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sanad"));
        command.current_dir(self.folder.path()).args(arguments).env_remove("SOURCE_DATE_EPOCH");
        command.env("SANAD_KEY", key().secret()).env("XDG_DATA_HOME", self.path("home")).env("HOME", self.path("home"));
        command
    }

    /// Runs `run --offline` at the tests' time, with further arguments.
    pub fn run(&self, more: &[&str]) -> Output {
        let mut arguments = vec!["run", "--offline", "--now", NOW];
        arguments.extend(more);
        self.sanad(&arguments)
    }

    /// The lines of a JSON-lines file, or of all such files in a folder.
    pub fn lines(&self, name: &str) -> Vec<Value> {
        let path = self.path(name);
        let files = if path.is_dir() {
            let mut files: Vec<PathBuf> = std::fs::read_dir(path).unwrap().map(|e| e.unwrap().path()).collect();
            files.sort();
            files
        } else {
            vec![path]
        };
        let text = |p: PathBuf| std::fs::read_to_string(&p).unwrap_or_else(|e| panic!("{}: {e}", p.display()));
        files.into_iter().flat_map(|p| json_lines(&text(p))).collect()
    }

    /// The lines of the newest run's file of this kind.
    pub fn of_run(&self, kind: &str) -> Vec<Value> {
        self.lines(&format!("normalized/runs/{}/{kind}.jsonl", self.runs().last().expect("no run was made")))
    }

    /// The runs, oldest first.
    pub fn runs(&self) -> Vec<String> {
        let mut runs: Vec<(u64, String)> = std::fs::read_dir(self.path("normalized/runs"))
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .map(|name| {
                let report: Value =
                    serde_json::from_str(&self.read(&format!("normalized/runs/{name}/report.json"))).unwrap();
                (report["log"]["start"].as_u64().unwrap(), name)
            })
            .collect();
        runs.sort();
        runs.into_iter().map(|(_, name)| name).collect()
    }

    /// The newest run's report.
    pub fn report(&self) -> Value {
        let run = self.runs().pop().expect("no run was made");
        serde_json::from_str(&self.read(&format!("normalized/runs/{run}/report.json"))).unwrap()
    }

    /// Names and bytes of all files under a folder, except those in `.state`.
    pub fn files(&self, name: &str) -> Vec<(String, Vec<u8>)> {
        let root = self.path(name);
        let mut folders = vec![root.clone()];
        let mut files = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() && path.file_name().unwrap() != ".state" {
                    folders.push(path);
                } else if path.is_file() {
                    let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
                    files.push((name, std::fs::read(&path).unwrap()));
                }
            }
        }
        files.sort();
        files
    }
}

/// Parses JSON lines. Line breaks inside strings are escaped, so each LF ends a line.
pub fn json_lines(text: &str) -> Vec<Value> {
    text.split('\n').filter(|l| !l.trim().is_empty()).map(|l| serde_json::from_str(l).unwrap()).collect()
}

pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

/// Asserts the exit code; prints the output if it differs.
#[track_caller]
pub fn expect_exit(output: &Output, wanted: i32) {
    let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert_eq!(output.status.code(), Some(wanted), "{}\n{}", shown(&output.stdout), shown(&output.stderr));
}
