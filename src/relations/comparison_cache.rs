//! Caches the results of text comparisons from run to run: in a large batch few texts are new.

use super::translation_signals::Evidence;
use crate::error::Error;
use borsh::{BorshDeserialize, BorshSerialize};
use std::collections::HashMap;

/// Truncated hash of everything that a comparison looks at: of one record, or of two and the purpose.
pub(super) type Digest = [u8; 16];

/// What two texts are compared for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    NearDuplicate,
    Translation(Evidence),
}

impl Purpose {
    /// The byte that stands for it in a cache key.
    fn code(self) -> u8 {
        match self {
            Self::NearDuplicate => 0,
            Self::Translation(Evidence::Structure) => 1,
            Self::Translation(Evidence::Address) => 2,
            Self::Translation(Evidence::Backlink) => 3,
        }
    }
}

/// A comparison of two texts, by the digests of their contents. Their order matters.
#[derive(Debug, Clone, Copy)]
pub(super) struct Comparison<'c> {
    pub(super) purpose: Purpose,
    pub(super) one: &'c Digest,
    pub(super) other: &'c Digest,
}

impl Comparison<'_> {
    fn key(self) -> Digest {
        digest(&[&[self.purpose.code()], self.one, self.other])
    }
}

/// The results of earlier runs, and those that this run asks for.
#[derive(Debug, Default)]
pub struct Comparisons {
    before: ComparisonResults,
    now: ComparisonResults,
}

/// Results by the digest of the comparison: how alike two texts are, or none if they aren't.
#[derive(Debug, Default, BorshSerialize, BorshDeserialize)]
pub struct ComparisonResults(HashMap<Digest, Option<f64>>);

impl Comparisons {
    /// A cache with the results of an earlier run.
    #[must_use]
    pub fn with(before: ComparisonResults) -> Self {
        Self { before, now: ComparisonResults::default() }
    }

    /// The results that this run asked for. The others needn't be kept.
    #[must_use]
    pub fn found(self) -> ComparisonResults {
        self.now
    }

    /// Returns the result of a comparison, and calls `compare` if it isn't known.
    pub(super) fn result_of(
        &mut self,
        comparison: Comparison<'_>,
        compare: impl FnOnce() -> Result<Option<f64>, Error>,
    ) -> Result<Option<f64>, Error> {
        let key = comparison.key();
        let result = match self.before.0.get(&key) {
            Some(result) => *result,
            None => compare()?,
        };
        self.now.0.insert(key, result);
        Ok(result)
    }

    /// Returns true if the result of a comparison is known.
    pub(super) fn knows(&self, comparison: Comparison<'_>) -> bool {
        self.before.0.contains_key(&comparison.key())
    }

    /// Adds the result of a comparison that may be asked for later.
    pub(super) fn learn(&mut self, comparison: Comparison<'_>, result: Option<f64>) {
        self.before.0.insert(comparison.key(), result);
    }
}

/// The first half of the BLAKE3 hash of the concatenated parts.
pub(super) fn digest(parts: &[&[u8]]) -> Digest {
    let mut hash = blake3::Hasher::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().as_bytes().first_chunk().copied().unwrap_or_default()
}
