//! Writes zip files without times and without compression. WACZ requires stored members, and the large ones are
//! compressed already.

use crate::error::Error;
use std::io::{Seek, Write};
use std::path::Path;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// Writes the files in the given order.
pub(super) fn write(files: &[(String, Vec<u8>)], output: &mut (impl Write + Seek)) -> Result<(), Error> {
    let fault = |e: std::io::Error| Error::io(Path::new("the package"), "write", &e);
    let mut zip = ZipWriter::new(output);
    for (name, bytes) in files {
        let large = bytes.len() as u64 > u64::from(u32::MAX);
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored).large_file(large);
        zip.start_file(name.as_str(), options).map_err(|e| fault(e.into()))?;
        zip.write_all(bytes).map_err(fault)?;
    }
    zip.finish().map(|_| ()).map_err(|e| fault(e.into()))
}
