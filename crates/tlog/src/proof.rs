//! Inclusion proofs that can be checked offline: C2SP `tlog-proof`, with the entry itself as extra data.

use crate::checkpoint::Checkpoint;
use crate::merkle::{self, Hash};
use crate::note::{Note, Verifier};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};

/// The first line of a proof.
const MAGIC: &str = "c2sp.org/tlog-proof@v1";

/// A claim that an entry is in a log. Nothing of it is proved until [`Proof::check`] succeeds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The entry.
    pub entry: Vec<u8>,
    /// Its index in the log, from 0.
    pub index: u64,
    /// Hashes from the leaf's sibling up to the root's child.
    pub path: Vec<Hash>,
    /// The signed checkpoint.
    pub checkpoint: String,
}

impl Proof {
    /// The content of a `.tlog-proof` file.
    #[must_use]
    pub fn text(&self) -> String {
        let path: String = self.path.iter().map(|hash| BASE64.encode(hash) + "\n").collect();
        let (extra, index) = (BASE64.encode(&self.entry), self.index);
        format!("{MAGIC}\nextra {extra}\nindex {index}\n{path}\n{}", self.checkpoint)
    }

    /// Parses a `.tlog-proof` file. Returns none if it isn't a proof or doesn't carry its entry.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(MAGIC)?.strip_prefix("\nextra ")?;
        let (extra, rest) = rest.split_once("\nindex ")?;
        let (head, checkpoint) = rest.split_once("\n\n")?;
        let mut lines = head.split('\n');
        let index = lines.next()?.parse().ok()?;
        let path = lines.map(|line| BASE64.decode(line).ok()?.try_into().ok()).collect::<Option<Vec<Hash>>>()?;
        Some(Self { entry: BASE64.decode(extra).ok()?, index, path, checkpoint: checkpoint.to_owned() })
    }

    /// Returns the checkpoint if `key` signed it and it covers the entry at its index.
    #[must_use]
    pub fn check(&self, key: &Verifier) -> Option<Checkpoint> {
        let note = Note::parse(&self.checkpoint).filter(|n| n.is_signed_by(key))?;
        let checkpoint = Checkpoint::parse(&note.text).filter(|c| c.origin == key.name())?;
        let root = merkle::root_of(merkle::leaf(&self.entry), self.index, checkpoint.size, &self.path)?;
        (root == checkpoint.root).then_some(checkpoint)
    }
}
