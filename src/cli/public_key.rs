//! `--key` of `sanad verify` and `sanad prove --check`: the public key to trust.

use crate::error::Error;
use sanad_tlog::note::Verifier;

/// Parses a public key: the text itself, or the first line of the file it names.
pub(super) fn public_key(text: &str) -> Result<Verifier, Error> {
    if let Some(key) = Verifier::parse(text) {
        return Ok(key);
    }
    // A file that can't be read and one without a key lead to the same advice.
    let content = std::fs::read_to_string(text).unwrap_or_default();
    content.lines().next().and_then(Verifier::parse).ok_or_else(|| Error::Usage {
        message: format!("--key {text}: neither a public key nor a file with one; `sanad key show` prints the log's"),
    })
}
