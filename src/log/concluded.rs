//! What a terminal event says of its capture, as hashes: whether a run concludes what an earlier one did.

use super::event::{Ended, Event, Stages};
use borsh::{BorshDeserialize, BorshSerialize};

/// What the newest terminal event of a capture says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Concluded {
    /// Index of the event.
    pub(crate) event: u64,
    outcome: u64,
    stages: u64,
}

impl Concluded {
    /// What an event of this index says.
    pub(super) fn of(index: u64, event: &Event, ended: &Ended) -> Self {
        Self { event: index, outcome: outcome_of(event, ended), stages: stages_of(ended) }
    }

    /// Returns true if an event says what was concluded already.
    pub(crate) fn says_the_same(&self, event: &Event) -> bool {
        event.ended().is_some_and(|ended| (outcome_of(event, ended), stages_of(ended)) == (self.outcome, self.stages))
    }

    /// Returns true if the stages of a capture say what they said then.
    pub(crate) fn has_stages_of(&self, ended: &Ended) -> bool {
        ended.stages.is_some() && stages_of(ended) == self.stages
    }
}

/// Hash of what a terminal event says, its stages aside.
fn outcome_of(event: &Event, ended: &Ended) -> u64 {
    let is_record = matches!(event, Event::Emitted(_) | Event::Unchanged(_) | Event::Duplicate(_));
    let class = match event {
        Event::Held(_) => "held",
        Event::Quarantined(_) => "quarantined",
        Event::Skipped(_) => "skipped",
        _ => "record",
    };
    // A record that is held back isn't published: its digest would change with its source's table. Why a record changed is
    // said once.
    let record = if class == "held" { "" } else { ended.record_digest.as_str() };
    let reason = if is_record { [""; 3] } else { [&*ended.code, &*ended.stage, &*ended.message] };
    let mut hash = blake3::Hasher::new();
    for part in [class, &ended.digest, &ended.source, &ended.id, &ended.version, record].iter().chain(&reason) {
        hash.update(part.as_bytes()).update(&[0]);
    }
    first_bytes(&hash)
}

/// Hash of what the stages of a capture say; zero if they say nothing. The ledger holds counts of a whole source, and isn't part
/// of it.
fn stages_of(ended: &Ended) -> u64 {
    let Some(stages) = &ended.stages else { return 0 };
    let Stages { encoding, engine, rules, blocks, kept, removed, digests, language, languages, warnings, .. } = stages;
    let said = (encoding, engine, rules, blocks, kept, removed, digests, language, languages, warnings);
    let mut hash = blake3::Hasher::new();
    hash.update(&borsh::to_vec(&said).unwrap_or_default());
    first_bytes(&hash)
}

fn first_bytes(hash: &blake3::Hasher) -> u64 {
    u64::from_le_bytes(hash.finalize().as_bytes().first_chunk().copied().unwrap_or_default())
}
