//! The pages named on the command line: `.html` or `.html.gz` files, or folders of them.

use std::{
    io::Read as _,
    path::{Path, PathBuf},
};

/// Lists the files that the program's arguments name, sorted by path.
pub(crate) fn files() -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for argument in std::env::args_os().skip(1) {
        collect(Path::new(&argument), &mut files)?;
    }
    files.sort();
    Ok(files)
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

/// Reads a page's text, and unpacks a `.gz` file.
pub(crate) fn read(file: &Path) -> std::io::Result<String> {
    let mut bytes = std::fs::read(file)?;
    if file.extension().is_some_and(|e| e == "gz") {
        let mut plain = Vec::new();
        flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut plain)?;
        bytes = plain;
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
