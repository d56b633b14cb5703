//! Opens a PDF, with a second parser for files that the first can't read.

use crate::Error;
use hayro_syntax::object::Dict;
use hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use sanad_document::Warning;

/// An open document.
pub(crate) struct Opened {
    /// The document.
    pub(crate) pdf: Pdf,
    /// What had to be repaired.
    pub(crate) warnings: Vec<Warning>,
}

/// Opens a file with the empty password or one of `passwords`. If the first parser can't read it, the second one
/// rewrites it.
///
/// # Errors
/// If neither parser can read the file, none of the passwords opens it, or it has no page.
pub(crate) fn open(bytes: &[u8], passwords: &[String]) -> Result<Opened, Error> {
    let mut first = Pdf::new(bytes.to_vec());
    for password in passwords {
        if !matches!(first, Err(LoadPdfError::Decryption(DecryptionError::PasswordProtected))) {
            break;
        }
        first = Pdf::new_with_password(bytes.to_vec(), password);
    }
    match first {
        Ok(pdf) if !pdf.pages().is_empty() => Ok(Opened { pdf, warnings: Vec::new() }),
        Ok(_) => rewritten(bytes).ok_or(Error::NoPages),
        Err(LoadPdfError::Decryption(DecryptionError::PasswordProtected)) => Err(Error::Encrypted),
        Err(LoadPdfError::Decryption(cause)) => rewritten(bytes)
            .ok_or_else(|| Error::Broken { cause: format!("its encryption isn't supported ({cause:?})") }),
        Err(LoadPdfError::Invalid) => rewritten(bytes)
            .ok_or_else(|| Error::Broken { cause: "no cross-reference table or page tree can be found".to_owned() }),
    }
}

/// The file as the second parser reads and writes it; `None` if that has no pages either.
fn rewritten(bytes: &[u8]) -> Option<Opened> {
    let mut document = lopdf::Document::load_mem(bytes).ok()?;
    let mut rewritten = Vec::new();
    document.save_to(&mut rewritten).ok()?;
    let pdf = Pdf::new(rewritten).ok()?;
    if pdf.pages().is_empty() {
        return None;
    }
    Some(Opened { pdf, warnings: vec![Warning::new("pdf.mended", "the file is damaged; a second reader rewrote it")] })
}

/// The document catalog.
pub(crate) fn catalog(pdf: &Pdf) -> Option<Dict<'_>> {
    pdf.xref().get::<Dict<'_>>(pdf.xref().root_id())
}
