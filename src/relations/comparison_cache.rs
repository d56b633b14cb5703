//! What comparisons of two texts came to, kept from run to run: of a large batch few texts are new.

use crate::error::Error;
use borsh::{BorshDeserialize, BorshSerialize};
use std::collections::HashMap;

/// Of what a comparison looks at: of a record its content, of two records both and what is asked.
pub(super) type Digest = [u8; 16];

/// What is asked: for which purpose, of which two.
pub(super) type Question<'q> = (u8, &'q Digest, &'q Digest);

/// Comparisons that were made before, and those that this run asks for.
#[derive(Debug, Default)]
pub struct Comparisons {
    before: Found,
    now: Found,
}

/// Comparisons by their digests: how alike two texts are, where they are.
#[derive(Debug, Default, BorshSerialize, BorshDeserialize)]
pub struct Found(HashMap<Digest, Option<f64>>);

impl Comparisons {
    /// With what an earlier run found.
    #[must_use]
    pub fn with(before: Found) -> Self {
        Self { before, now: Found::default() }
    }

    /// What was asked for in this run.
    #[must_use]
    pub fn found(self) -> Found {
        self.now
    }

    /// What comparing two texts for this purpose comes to; `compare` is asked when nobody knows.
    pub(super) fn of(
        &mut self,
        question: Question<'_>,
        compare: impl FnOnce() -> Result<Option<f64>, Error>,
    ) -> Result<Option<f64>, Error> {
        let question = digest_of(question);
        let found = match self.before.0.get(&question) {
            Some(found) => *found,
            None => compare()?,
        };
        self.now.0.insert(question, found);
        Ok(found)
    }

    /// Whether what a comparison comes to is known.
    pub(super) fn knows(&self, question: Question<'_>) -> bool {
        self.before.0.contains_key(&digest_of(question))
    }

    /// Notes what a comparison came to before it is asked for.
    pub(super) fn learn(&mut self, question: Question<'_>, found: Option<f64>) {
        self.before.0.insert(digest_of(question), found);
    }
}

fn digest_of((purpose, one, other): Question<'_>) -> Digest {
    digest(&[&[purpose], one, other])
}

/// The first half of the BLAKE3 hash of some bytes.
pub(super) fn digest(parts: &[&[u8]]) -> Digest {
    let mut hash = blake3::Hasher::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().as_bytes().first_chunk().copied().unwrap_or_default()
}
