//! Proofs that stand alone: C2SP `tlog-proof`, with the entry itself as extra data.

use crate::checkpoint::Checkpoint;
use crate::merkle::{self, Hash};
use crate::note::{Note, Verifier};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};

/// The first line.
const MAGIC: &str = "c2sp.org/tlog-proof@v1";

/// A proof that an entry stands in a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The entry; not proved before [`Proof::check`] says so.
    pub entry: Vec<u8>,
    /// Its index.
    pub index: u64,
    /// Hashes from the leaf's sibling up to the root's child.
    pub path: Vec<Hash>,
    /// The signed checkpoint.
    pub checkpoint: String,
}

impl Proof {
    /// The text of the `.tlog-proof` file.
    #[must_use]
    pub fn text(&self) -> String {
        let path: String = self.path.iter().map(|hash| BASE64.encode(hash) + "\n").collect();
        let (extra, index) = (BASE64.encode(&self.entry), self.index);
        format!("{MAGIC}\nextra {extra}\nindex {index}\n{path}\n{}", self.checkpoint)
    }

    /// Reads a proof; none when it isn't one that holds its entry.
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

    /// The checkpoint, when the key signed it and the entry stands under it.
    #[must_use]
    pub fn check(&self, key: &Verifier) -> Option<Checkpoint> {
        let note = Note::parse(&self.checkpoint).filter(|n| n.is_signed_by(key))?;
        let checkpoint = Checkpoint::parse(&note.text).filter(|c| c.origin == key.name())?;
        let root = merkle::root_of(merkle::leaf(&self.entry), self.index, checkpoint.size, &self.path)?;
        (root == checkpoint.root).then_some(checkpoint)
    }
}
