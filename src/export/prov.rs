//! W3C PROV-JSON: records, captures, rules and the log are entities, fetches and runs are activities, the program is
//! the agent.

use super::package::{Package, PackagedRecord};
use crate::emit::record::Prov;
use crate::error::Error;
use serde_json::{Map, Value, json};
use std::io::{Seek, Write};
use std::path::Path;

/// Writes the PROV document.
pub(super) fn write(package: &Package, output: &mut (impl Write + Seek)) -> Result<(), Error> {
    let text = format!("{:#}\n", document(package));
    output.write_all(text.as_bytes()).map_err(|e| Error::io(Path::new("the package"), "write", &e))
}

/// The elements of a PROV document, by kind and name.
#[derive(Default)]
struct ProvElements(Map<String, Value>);

impl ProvElements {
    fn add(&mut self, kind: &str, name: &str, content: Value) {
        let of_kind = self.0.entry(kind.to_owned()).or_insert_with(|| json!({}));
        if let Some(of_kind) = of_kind.as_object_mut() {
            of_kind.insert(name.to_owned(), content);
        }
    }

    /// Adds a relation between two elements, each with its role. The relation's name is derived from its ends, so that
    /// the same relation is there only once.
    fn relate(&mut self, kind: &str, (from_role, from): (&str, &str), (to_role, to): (&str, &str)) {
        let name = blake3::hash(format!("{kind}\n{from}\n{to}").as_bytes()).to_hex();
        let content = json!({format!("prov:{from_role}"): from, format!("prov:{to_role}"): to});
        self.add(kind, &format!("_:{name:.16}"), content);
    }
}

fn document(package: &Package) -> Value {
    let mut elements = ProvElements::default();
    elements.add("prefix", "sanad", json!("urn:sanad:"));
    let version = env!("CARGO_PKG_VERSION");
    let agent = format!("sanad:engine-{version}");
    elements.add(
        "agent",
        &agent,
        json!({"prov:type": {"$": "prov:SoftwareAgent", "type": "prov:QUALIFIED_NAME"},
        "prov:label": "sanad", "sanad:version": version}),
    );
    let log = format!("sanad:log-{}", package.origin);
    elements.add(
        "entity",
        &log,
        json!({"prov:label": "transparency log", "sanad:checkpoint": package.checkpoint,
        "sanad:key": package.keys.lines().next().unwrap_or_default()}),
    );
    for packaged in &package.records {
        if let Some(prov) = &packaged.record.prov {
            add_record(&mut elements, packaged, prov, &agent, &log);
        }
    }
    Value::Object(elements.0)
}

/// Adds a record, what it was made from, and the run that made it.
fn add_record(elements: &mut ProvElements, packaged: &PackagedRecord, prov: &Prov, agent: &str, log: &str) {
    let record = format!("sanad:record-{}", packaged.name());
    let run = format!("sanad:run-{}", prov.run);
    let capture = format!("sanad:capture-{}", short_digest(&prov.capture.digest));
    let rules = format!("sanad:rules-{}", short_digest(&prov.rules));
    let repeats = format!("sanad:repeats-{}", short_digest(&prov.repeats));
    elements.add(
        "entity",
        &record,
        json!({"prov:label": packaged.record.title.as_deref().unwrap_or(&packaged.record.id),
        "sanad:id": packaged.record.id, "sanad:version": packaged.record.version,
        "prov:value": packaged.record.text}),
    );
    elements.add(
        "entity",
        &capture,
        json!({"prov:label": packaged.url(), "prov:location": packaged.url(),
        "sanad:file": prov.capture.file, "sanad:offset": prov.capture.offset, "sanad:digest": prov.capture.digest}),
    );
    elements.add("entity", &rules, json!({"prov:label": "configuration", "sanad:digest": prov.rules}));
    elements.add("entity", &repeats, json!({"prov:label": "table of repeated blocks", "sanad:digest": prov.repeats}));
    elements.add("activity", &run, json!({"prov:label": format!("run {}", prov.run), "sanad:engine": prov.engine}));
    if !prov.capture.fetched_at.is_empty() {
        let fetch = format!("sanad:fetch-{}", short_digest(&prov.capture.digest));
        let time = &prov.capture.fetched_at;
        elements.add(
            "activity",
            &fetch,
            json!({"prov:startTime": time, "prov:endTime": time, "prov:label": "capture"}),
        );
        elements.relate("wasGeneratedBy", ("entity", &capture), ("activity", &fetch));
    }
    for used in [&capture, &rules, &repeats] {
        elements.relate("used", ("activity", &run), ("entity", used));
    }
    elements.relate("wasGeneratedBy", ("entity", &record), ("activity", &run));
    elements.relate("wasDerivedFrom", ("generatedEntity", &record), ("usedEntity", &capture));
    elements.relate("wasAssociatedWith", ("activity", &run), ("agent", agent));
    elements.relate("wasAttributedTo", ("entity", &record), ("agent", agent));
    elements.relate("wasInfluencedBy", ("influencee", log), ("influencer", &run));
}

/// The first 32 hex digits of a digest: enough for a name.
fn short_digest(digest: &str) -> String {
    digest.trim_start_matches("sha256:").chars().take(32).collect()
}
