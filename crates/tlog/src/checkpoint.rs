//! A tree head as C2SP `tlog-checkpoint` writes it: origin, size, root.

use crate::merkle::Hash;
use crate::note::{self, Note, Signer};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};

/// A tree head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log it is of.
    pub origin: String,
    /// Number of entries.
    pub size: u64,
    /// Root of the tree.
    pub root: Hash,
}

impl Checkpoint {
    /// The text that is signed.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, BASE64.encode(self.root))
    }

    /// The signed note.
    #[must_use]
    pub fn sign(&self, signers: &[&Signer]) -> String {
        note::sign(&self.text(), signers)
    }

    /// Reads the text of a note; none when it isn't a checkpoint.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut lines = text.split('\n');
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        let checkpoint = Self {
            origin: origin.to_owned(),
            size: size.parse().ok()?,
            root: BASE64.decode(root).ok()?.try_into().ok()?,
        };
        // One way of writing it, and no lines that nobody reads.
        (checkpoint.text() == text && !origin.is_empty()).then_some(checkpoint)
    }

    /// Reads a signed note; none when it isn't one of a checkpoint.
    #[must_use]
    pub fn of_note(note: &str) -> Option<(Self, Note)> {
        let note = Note::parse(note)?;
        Self::parse(&note.text).map(|checkpoint| (checkpoint, note))
    }
}
