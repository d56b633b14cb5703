//! Finds what still names a document that is taken down: other documents' records and ledger lines may hold its title,
//! its address or its id. Nothing of them is erased with it, so whoever takes it down has to know.

use crate::emit::Record;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The least length of a title in code points that is searched for. Shorter ones, such as "News", are in many texts.
const TITLE: usize = 12;

/// Ids that are listed.
const LISTED: usize = 5;

/// Documents that still name the one taken down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mention {
    /// Where: `records`, or `ledgers` for what runs left out or changed.
    pub place: String,
    /// What they name: `id`, `address` or `title`.
    pub what: String,
    /// Number of documents.
    pub documents: usize,
    /// The ids of the first ones.
    pub ids: Vec<String>,
}

/// What a document is named by, as it is written within JSON strings.
#[derive(Default)]
pub(super) struct Names {
    names: Vec<(&'static str, String)>,
    found: BTreeMap<(&'static str, &'static str), BTreeSet<String>>,
}

#[derive(Deserialize)]
struct Owner {
    #[serde(default)]
    id: String,
}

impl Names {
    /// The names of a document: its id, its addresses, and the title of its record.
    pub(super) fn of(id: &str, urls: BTreeSet<String>, record: Option<&Record>) -> Self {
        let title = record.and_then(|record| record.title.clone()).filter(|title| title.chars().count() >= TITLE);
        let canonical = record.and_then(|record| record.url.as_ref()?.canonical.clone());
        let addresses = urls.into_iter().chain(canonical).map(|url| ("address", url));
        let all = [("id", id.to_owned())].into_iter().chain(addresses).chain(title.map(|title| ("title", title)));
        let names = all.filter(|(_, name)| !name.is_empty()).map(|(what, name)| (what, within_json(&name)));
        Self { names: names.collect(), found: BTreeMap::new() }
    }

    /// Notes what a line of a file of another document names.
    pub(super) fn note(&mut self, file: &str, line: &str) {
        let place = if file.starts_with("records/") { "records" } else { "ledgers" };
        for (what, name) in &self.names {
            if has(line, what, name)
                && let Ok(Owner { id }) = serde_json::from_str(line)
            {
                self.found.entry((place, what)).or_default().insert(id);
            }
        }
    }

    /// What was found.
    pub(super) fn mentions(self) -> Vec<Mention> {
        let mention = |((place, what), ids): ((&str, &str), BTreeSet<String>)| Mention {
            place: place.to_owned(),
            what: what.to_owned(),
            documents: ids.len(),
            ids: ids.into_iter().take(LISTED).collect(),
        };
        self.found.into_iter().map(mention).collect()
    }
}

/// Returns true if a line holds a name. An address must end there: others may begin with it.
fn has(line: &str, what: &str, name: &str) -> bool {
    let goes_on = |c: char| c.is_alphanumeric() || "/?&=%-_~+".contains(c);
    line.match_indices(name).any(|(at, _)| {
        let after = line.get(at + name.len()..).and_then(|rest| rest.chars().next());
        what != "address" || !after.is_some_and(goes_on)
    })
}

fn within_json(text: &str) -> String {
    let quoted = serde_json::to_string(text).unwrap_or_default();
    quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(&quoted).to_owned()
}
