//! Layers (optional content groups): which are switched off, so that their text isn't read as visible.

use hayro_syntax::object::{Array, Dict, Name, ObjRef};
use hayro_syntax::xref::XRef;
use std::collections::BTreeSet;

/// Maximum number of layers in a document. Maps have several hundred.
const MAX_LAYERS: usize = 20_000;

/// Object and generation number of a layer.
type LayerId = (u32, i32);

/// The layers that are off in the document's default configuration.
#[derive(Debug, Default)]
pub(crate) struct Layers {
    off: BTreeSet<LayerId>,
}

impl Layers {
    /// Reads the default configuration (ISO 32000-2, 8.11.4.3).
    pub(crate) fn read(xref: &XRef) -> Self {
        let Some(all) = xref.get::<Dict<'_>>(xref.root_id()).and_then(|root| root.get::<Dict<'_>>("OCProperties"))
        else {
            return Self::default();
        };
        let Some(config) = all.get::<Dict<'_>>("D") else {
            return Self::default();
        };
        let mut off = BTreeSet::new();
        if config.get::<Name<'_>>("BaseState").as_deref() == Some(b"OFF") {
            off.extend(layers(&all, "OCGs"));
        }
        for on in layers(&config, "ON") {
            off.remove(&on);
        }
        off.extend(layers(&config, "OFF"));
        Self { off }
    }

    /// Returns true if an object has an `OC` entry that is off.
    pub(crate) fn hides(&self, dict: &Dict<'_>) -> bool {
        if self.off.is_empty() || !dict.contains_key("OC") {
            return false;
        }
        self.hides_group(dict.get_ref("OC"), dict.get::<Dict<'_>>("OC").as_ref())
    }

    /// Returns true if a layer is off, or a membership dictionary hides its content (ISO 32000-2, 8.11.2).
    pub(crate) fn hides_group(&self, reference: Option<ObjRef>, group: Option<&Dict<'_>>) -> bool {
        if self.off.is_empty() {
            return false;
        }
        let membership = group.filter(|g| g.get::<Name<'_>>("Type").as_deref() == Some(b"OCMD"));
        let Some(dict) = membership else {
            return reference.is_some_and(|r| self.off.contains(&id(r)));
        };
        let mut groups = layers(dict, "OCGs");
        groups.extend(dict.get_ref("OCGs").map(id));
        if groups.is_empty() {
            return false;
        }
        let is_off = |layer: &LayerId| self.off.contains(layer);
        let policy = dict.get::<Name<'_>>("P");
        match policy.as_deref() {
            Some(b"AllOn") => groups.iter().any(is_off),
            Some(b"AnyOff") => !groups.iter().any(is_off),
            Some(b"AllOff") => !groups.iter().all(is_off),
            _ => groups.iter().all(is_off),
        }
    }
}

fn id(reference: ObjRef) -> LayerId {
    (reference.obj_number, reference.gen_number)
}

/// The layers in a list of references.
fn layers(dict: &Dict<'_>, key: &str) -> Vec<LayerId> {
    dict.get::<Array<'_>>(key)
        .map(|list| list.raw_iter().take(MAX_LAYERS).filter_map(|o| o.as_obj_ref()).map(id).collect())
        .unwrap_or_default()
}
