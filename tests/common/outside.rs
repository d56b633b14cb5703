//! What tests need from outside the project: data beside the checkout, programs of the system, privileges.
//!
//! If it is missing, a test can't check its claim. Under `CI=true` the test then fails. Elsewhere a line on standard
//! error says what wasn't checked. It is written directly, since the test harness hides what `eprintln!` prints.

use super::project;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Folders of server programs, which often aren't in a user's `PATH`.
const SYSTEM_FOLDERS: [&str; 3] = ["/usr/sbin", "/usr/local/sbin", "/sbin"];

/// Returns a file or folder of the data that may not be copied into the project. It is in `../shared`.
#[track_caller]
pub fn shared(path: &str) -> Option<PathBuf> {
    let found = project().join("../shared").join(path);
    if found.exists() {
        return Some(found);
    }
    not_checked(&format!("../shared/{path} is missing"));
    None
}

/// Returns the path of an outside program.
#[track_caller]
pub fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(SYSTEM_FOLDERS.map(PathBuf::from));
    let found = folders.map(|folder| folder.join(name)).find(|file| is_program(file));
    if found.is_none() {
        not_checked(&format!("the program {name} is not installed"));
    }
    found
}

#[cfg(unix)]
fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(file: &Path) -> bool {
    file.is_file()
}

/// Reports that the calling test, or a part of it, checks nothing, and why.
///
/// # Panics
/// Under `CI=true`.
#[track_caller]
pub fn not_checked(why: &str) {
    let place = std::panic::Location::caller();
    let said = format!("{}:{}: NOT CHECKED: {why}\n", place.file(), place.line());
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{said}");
    std::io::stderr().write_all(said.as_bytes()).unwrap();
}
