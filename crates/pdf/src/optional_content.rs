//! Layers (optional content): which are switched off, so that their text isn't read as shown.

use hayro_syntax::object::{Array, Dict, Name, ObjRef, ObjectIdentifier};
use hayro_syntax::xref::XRef;
use std::collections::BTreeSet;

/// Layers of a document at most; maps have some hundred.
const MAX_LAYERS: usize = 20_000;

/// The layers that are off in the document's default view.
#[derive(Debug, Default)]
pub(super) struct Layers {
    off: BTreeSet<(u32, i32)>,
}

fn key(reference: ObjRef) -> (u32, i32) {
    (reference.obj_number, reference.gen_number)
}

fn members(dict: &Dict<'_>, name: &str) -> Vec<(u32, i32)> {
    dict.get::<Array<'_>>(name)
        .map(|list| list.raw_iter().take(MAX_LAYERS).filter_map(|o| o.as_obj_ref()).map(key).collect())
        .unwrap_or_default()
}

impl Layers {
    /// Reads the default configuration.
    pub(super) fn read(xref: &XRef) -> Self {
        let id: ObjectIdentifier = xref.root_id();
        let Some(all) = xref.get::<Dict<'_>>(id).and_then(|root| root.get::<Dict<'_>>("OCProperties")) else {
            return Self::default();
        };
        let Some(config) = all.get::<Dict<'_>>("D") else {
            return Self::default();
        };
        let mut off = BTreeSet::new();
        if config.get::<Name<'_>>("BaseState").as_deref() == Some(b"OFF") {
            off.extend(members(&all, "OCGs"));
        }
        for on in members(&config, "ON") {
            off.remove(&on);
        }
        off.extend(members(&config, "OFF"));
        Self { off }
    }

    /// Whether content inside marks with these hidden flags is shown.
    #[allow(clippy::unused_self, reason = "reads as a question to the layers")]
    pub(super) fn shown(&self, hidden: &[bool]) -> bool {
        !hidden.contains(&true)
    }

    /// Whether an object with an `OC` entry is off.
    pub(super) fn hides(&self, dict: &Dict<'_>) -> bool {
        if self.off.is_empty() || !dict.contains_key("OC") {
            return false;
        }
        self.hides_group(dict.get_ref("OC"), dict.get::<Dict<'_>>("OC").as_ref())
    }

    /// Whether a group, or a membership in several, is off.
    pub(super) fn hides_group(&self, reference: Option<ObjRef>, group: Option<&Dict<'_>>) -> bool {
        if self.off.is_empty() {
            return false;
        }
        let membership = group.filter(|g| g.get::<Name<'_>>("Type").as_deref() == Some(b"OCMD"));
        let Some(dict) = membership else {
            return reference.is_some_and(|r| self.off.contains(&key(r)));
        };
        let mut groups = members(dict, "OCGs");
        groups.extend(dict.get_ref("OCGs").map(key));
        if groups.is_empty() {
            return false;
        }
        let is_off = |g: &(u32, i32)| self.off.contains(g);
        let policy = dict.get::<Name<'_>>("P");
        match policy.as_deref() {
            Some(b"AllOn") => groups.iter().any(is_off),
            Some(b"AnyOff") => !groups.iter().any(is_off),
            Some(b"AllOff") => !groups.iter().all(is_off),
            _ => groups.iter().all(is_off),
        }
    }
}
