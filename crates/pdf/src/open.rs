//! Opens a PDF, with a second reader where the first gives up.

use crate::Error;
use hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use sanad_document::Warning;

/// An open document.
pub(super) struct Opened {
    /// The document.
    pub(super) pdf: Pdf,
    /// What had to be mended.
    pub(super) warnings: Vec<Warning>,
}

/// Opens bytes, with the empty password or one of these; tries a rewritten copy when the first reader can't.
///
/// # Errors
/// When neither reader opens them, when a password is needed, or when there is no page.
pub(super) fn open(bytes: &[u8], passwords: &[String]) -> Result<Opened, Error> {
    let mut first = Pdf::new(bytes.to_vec());
    for password in passwords {
        if !matches!(first, Err(LoadPdfError::Decryption(DecryptionError::PasswordProtected))) {
            break;
        }
        first = Pdf::new_with_password(bytes.to_vec(), password);
    }
    let pdf = match first {
        Ok(pdf) if !pdf.pages().is_empty() => {
            return Ok(Opened { pdf, warnings: Vec::new() });
        }
        Ok(_) => return mended(bytes).ok_or(Error::NoPages),
        Err(LoadPdfError::Decryption(DecryptionError::PasswordProtected)) => {
            return Err(Error::Encrypted);
        }
        Err(e) => e,
    };
    mended(bytes).ok_or_else(|| Error::Broken {
        cause: match pdf {
            LoadPdfError::Decryption(d) => format!("its encryption isn't supported ({d:?})"),
            LoadPdfError::Invalid => "no cross-reference table or page tree can be found".to_owned(),
        },
    })
}

/// Lets the second reader parse and write the file anew.
fn mended(bytes: &[u8]) -> Option<Opened> {
    let mut document = lopdf::Document::load_mem(bytes).ok()?;
    let mut rewritten = Vec::new();
    document.save_to(&mut rewritten).ok()?;
    let pdf = Pdf::new(rewritten).ok()?;
    if pdf.pages().is_empty() {
        return None;
    }
    Some(Opened { pdf, warnings: vec![Warning::new("pdf.mended", "the file is damaged; a second reader rewrote it")] })
}
