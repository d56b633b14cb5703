//! Checkpoints: signed tree heads in the form of C2SP `tlog-checkpoint`.

use crate::merkle::Hash;
use crate::note::{self, Note, Signer};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};

/// A tree head: what a log looks like at one size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Name of the log.
    pub origin: String,
    /// Number of entries.
    pub size: u64,
    /// Root hash of the tree.
    pub root: Hash,
}

impl Checkpoint {
    /// The text to sign: origin, size and root, one per line.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, BASE64.encode(self.root))
    }

    /// The checkpoint as a signed note.
    #[must_use]
    pub fn sign(&self, signers: &[&Signer]) -> String {
        note::sign(&self.text(), signers)
    }

    /// Parses the text of a note. Returns none unless it is exactly what [`Checkpoint::text`] would write.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut lines = text.split('\n');
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        let checkpoint = Self {
            origin: origin.to_owned(),
            size: size.parse().ok()?,
            root: BASE64.decode(root).ok()?.try_into().ok()?,
        };
        // Only one spelling is accepted, and no further lines: they would be signed but never read.
        (checkpoint.text() == text && !origin.is_empty()).then_some(checkpoint)
    }

    /// Parses a signed note that holds a checkpoint. Doesn't check the signatures: see [`Note::is_signed_by`].
    #[must_use]
    pub fn of_note(note: &str) -> Option<(Self, Note)> {
        let note = Note::parse(note)?;
        Self::parse(&note.text).map(|checkpoint| (checkpoint, note))
    }
}
