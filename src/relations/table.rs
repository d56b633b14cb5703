//! The table of relations: named in the log by its digest, and applied to the records.

use crate::emit::Record;
use crate::emit::record::Translation;
use sanad_document::digest;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The relations of a record to others.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Relation {
    /// The record it is a near-duplicate of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duplicate_of: Option<String>,
    /// Overlap of the two texts' shingles (Jaccard), in thousandths.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap: Option<u32>,
    /// Translations that its page doesn't state.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub translations: Vec<Translation>,
}

impl Relation {
    pub(super) fn set_original(&mut self, original: &str, overlap: f64) {
        self.duplicate_of = Some(original.to_owned());
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it lies between 0 and 1")]
        let thousandths = (overlap * 1000.0).round() as u32;
        self.overlap = Some(thousandths);
    }
}

/// The relations of all current records.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Relations {
    /// Number of records that were compared.
    pub records: u64,
    /// By record id; only records with relations.
    pub of: BTreeMap<String, Relation>,
}

#[derive(Serialize, Deserialize)]
struct RelationLine {
    id: String,
    #[serde(flatten)]
    relation: Relation,
}

impl Relations {
    /// Returns the numbers of near-duplicates and of links between languages.
    #[must_use]
    pub fn size(&self) -> (u64, u64) {
        let duplicates = self.of.values().filter(|r| r.duplicate_of.is_some()).count();
        let links: usize = self.of.values().map(|r| r.translations.len()).sum();
        (duplicates as u64, links as u64)
    }

    /// Replaces the relations of a record by those in the table.
    pub fn apply(&self, record: &mut Record) {
        strip(record);
        if let Some(relation) = self.of.get(&record.id) {
            record.duplicate_of.clone_from(&relation.duplicate_of);
            record.translations.extend(relation.translations.iter().cloned());
        }
    }

    /// Returns true if a record has exactly the relations in the table.
    #[must_use]
    pub fn are_those_of(&self, record: &Record) -> bool {
        self.are(&record.id, record.duplicate_of.as_ref(), &record.translations)
    }

    /// Returns true if a record with this original and these links has exactly the relations in the table.
    pub(crate) fn are(&self, id: &str, original: Option<&String>, links: &[Translation]) -> bool {
        let none = Relation::default();
        let wanted = self.of.get(id).unwrap_or(&none);
        wanted.duplicate_of.as_ref() == original && links.iter().filter(|t| t.is_inferred()).eq(&wanted.translations)
    }

    /// Sorts each record's links by language and id.
    pub(super) fn sort(&mut self) {
        for relation in self.of.values_mut() {
            relation.translations.sort_by(|a, b| (&a.language, &a.id).cmp(&(&b.language, &b.id)));
        }
    }

    /// Serializes the table: a line of canonical JSON for each record, sorted by id.
    #[must_use]
    pub fn to_lines(&self) -> String {
        let mut out = String::new();
        for (id, relation) in &self.of {
            let line = RelationLine { id: id.clone(), relation: relation.clone() };
            out.push_str(&digest::canonical_json(&serde_json::to_value(line).unwrap_or_default()));
            out.push('\n');
        }
        out
    }

    /// Parses the output of [`Self::to_lines`]; none if it is something else.
    #[must_use]
    pub fn of_lines(text: &str) -> Option<Self> {
        let line = |line: &str| serde_json::from_str(line).ok().map(|RelationLine { id, relation }| (id, relation));
        let of = text.split('\n').filter(|l| !l.is_empty()).map(line).collect::<Option<BTreeMap<_, _>>>()?;
        Some(Self { records: 0, of })
    }
}

/// Removes a record's relations, so that only what its document says is left.
pub fn strip(record: &mut Record) {
    record.duplicate_of = None;
    record.translations.retain(|t| !t.is_inferred());
}
