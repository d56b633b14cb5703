//! The features of a record by which related records are found, and the trait that supplies those of all records.

use super::comparison_cache::{self, Digest};
use super::comparison_text::Unread;
use super::lookup_keys;
use super::minhash::{self, Signature};
use crate::emit::Record;
use crate::error::Error;
use borsh::{BorshDeserialize, BorshSerialize};
use sanad_document::url_key;
use std::collections::BTreeSet;

/// The features of a record by which related records are found: less than a kilobyte.
#[derive(Debug, Clone, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Card {
    pub(super) id: String,
    pub(super) source: String,
    pub(super) url: String,
    pub(super) language: String,
    /// Versions that its page names: language and id.
    pub(super) stated: Vec<(String, String)>,
    /// Its address with the language replaced by a wildcard, if it names one.
    pub(super) pattern: Option<String>,
    /// Hashes of the distinctive numbers in its text.
    pub(super) numbers: Vec<u64>,
    /// Id of the other address that its page names as its canonical one.
    pub(super) declared: Option<String>,
    /// Day and time of publication, if stated.
    published: Option<String>,
    /// The band keys of its `MinHash` signature.
    pub(super) bands: Vec<u64>,
    /// Digest of its version and document number: of everything that comparisons look at.
    pub(super) content: Digest,
}

impl Card {
    /// Computes the features of a record.
    #[must_use]
    pub fn of(record: &Record) -> Self {
        let published = record.dates.iter().find(|d| d.role == "published").map(|d| d.value.clone());
        let address = record.url.as_ref().and_then(|u| u.canonical.clone()).unwrap_or_default();
        let declared = record.url.as_ref().and_then(|u| u.declared.as_deref());
        let (mut signature, mut numbers) = (Signature::default(), BTreeSet::new());
        minhash::each_block(record, |words| {
            for word in words {
                signature.add(word);
            }
            lookup_keys::add_numbers(words, &mut numbers);
        });
        let number = serde_json::to_vec(&record.metadata.get("document_number")).unwrap_or_default();
        let stated = record
            .translations
            .iter()
            .filter(|t| !t.is_inferred())
            .filter_map(|t| Some((t.language.clone()?, t.id.clone())));
        Self {
            id: record.id.clone(),
            source: record.source.clone(),
            language: record.language.clone().unwrap_or_default(),
            stated: stated.collect(),
            pattern: lookup_keys::address_pattern(&address),
            numbers: numbers.into_iter().collect(),
            declared: declared.map(|url| url_key::record_id(&url_key::canonical_url(url))),
            published,
            bands: signature.bands(),
            content: comparison_cache::digest(&[record.version.as_bytes(), &number]),
            url: address,
        }
    }

    /// Id of its record.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The record's source.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The sort key that chooses the original among near-duplicates: the earliest published (by day, then by time if
    /// both state one), then the smallest id.
    pub(super) fn rank(&self) -> (bool, &str, &str, &str) {
        let value = self.published.as_deref().unwrap_or_default();
        let (day, time) = value.split_once('T').unwrap_or((value, "~"));
        (self.published.is_none(), day, time, &self.id)
    }

    /// Drops what is only needed to find translations: half of the card.
    pub(super) fn for_duplicates(self) -> Self {
        Self { url: String::new(), stated: Vec::new(), pattern: None, numbers: Vec::new(), ..self }
    }

    /// Returns true if its page names a version in this language.
    pub(super) fn states(&self, language: &str) -> bool {
        self.stated.iter().any(|(stated, _)| stated == language)
    }
}

/// The cards of all current records. Those of one source come together; otherwise their order doesn't matter.
pub trait Deck: Send {
    /// Calls `take` with each card and its number, counted from 0.
    ///
    /// # Errors
    /// If cards can't be read, and the errors of `take`.
    fn each(&mut self, take: &mut dyn FnMut(u32, Card) -> Result<(), Error>) -> Result<(), Error>;

    /// Returns the stored record of a card.
    ///
    /// # Errors
    /// If it can't be read.
    fn record(&mut self, number: u32) -> Result<Unread, Error>;
}
