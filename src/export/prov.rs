//! W3C PROV-JSON: record, capture, rules and checkpoint as entities, fetch and run as activities, the program as agent.

use super::package::Package;
use crate::error::Error;
use serde_json::{Map, Value, json};
use std::io::{Seek, Write};
use std::path::Path;

pub(super) fn write(package: &Package, output: &mut (impl Write + Seek)) -> Result<(), Error> {
    let text = format!("{:#}\n", document(package));
    output.write_all(text.as_bytes()).map_err(|e| Error::io(Path::new("the package"), "write", &e))
}

/// The parts of a PROV document, by kind and name.
#[derive(Default)]
struct Parts(Map<String, Value>);

impl Parts {
    fn add(&mut self, kind: &str, name: &str, content: Value) {
        let of = self.0.entry(kind.to_owned()).or_insert_with(|| json!({}));
        if let Some(of) = of.as_object_mut() {
            of.insert(name.to_owned(), content);
        }
    }

    /// A relation; its name follows from its ends, so that the same is said once.
    fn relate(&mut self, kind: &str, (from_role, from): (&str, &str), (to_role, to): (&str, &str)) {
        let name = blake3::hash(format!("{kind}\n{from}\n{to}").as_bytes()).to_hex();
        let content = json!({format!("prov:{from_role}"): from, format!("prov:{to_role}"): to});
        self.add(kind, &format!("_:{name:.16}"), content);
    }
}

fn document(package: &Package) -> Value {
    let mut parts = Parts::default();
    parts.add("prefix", "sanad", json!("urn:sanad:"));
    let agent = format!("sanad:engine-{}", env!("CARGO_PKG_VERSION"));
    let version = env!("CARGO_PKG_VERSION");
    parts.add(
        "agent",
        &agent,
        json!({"prov:type": {"$": "prov:SoftwareAgent", "type": "prov:QUALIFIED_NAME"},
        "prov:label": "sanad", "sanad:version": version}),
    );
    let log = format!("sanad:log-{}", package.origin);
    parts.add(
        "entity",
        &log,
        json!({"prov:label": "transparency log", "sanad:checkpoint": package.checkpoint,
        "sanad:key": package.keys.lines().next().unwrap_or_default()}),
    );
    for item in &package.items {
        let record = format!("sanad:record-{}", item.name());
        let Some(prov) = &item.record.prov else { continue };
        let run = format!("sanad:run-{}", prov.run);
        let digest = |text: &str| text.trim_start_matches("sha256:").chars().take(32).collect::<String>();
        let capture = format!("sanad:capture-{}", digest(&prov.capture.digest));
        let rules = format!("sanad:rules-{}", digest(&prov.rules));
        let repeats = format!("sanad:repeats-{}", digest(&prov.repeats));
        parts.add(
            "entity",
            &record,
            json!({"prov:label": item.record.title.as_deref().unwrap_or(&item.record.id),
            "sanad:id": item.record.id, "sanad:version": item.record.version, "prov:value": item.record.text}),
        );
        parts.add(
            "entity",
            &capture,
            json!({"prov:label": item.url(), "prov:location": item.url(),
            "sanad:file": prov.capture.file, "sanad:offset": prov.capture.offset, "sanad:digest": prov.capture.digest}),
        );
        parts.add("entity", &rules, json!({"prov:label": "configuration", "sanad:digest": prov.rules}));
        parts.add("entity", &repeats, json!({"prov:label": "table of repeated blocks", "sanad:digest": prov.repeats}));
        parts.add("activity", &run, json!({"prov:label": format!("run {}", prov.run), "sanad:engine": prov.engine}));
        if !prov.capture.fetched_at.is_empty() {
            let fetch = format!("sanad:fetch-{}", digest(&prov.capture.digest));
            let time = &prov.capture.fetched_at;
            parts.add(
                "activity",
                &fetch,
                json!({"prov:startTime": time, "prov:endTime": time, "prov:label": "capture"}),
            );
            parts.relate("wasGeneratedBy", ("entity", &capture), ("activity", &fetch));
        }
        for used in [&capture, &rules, &repeats] {
            parts.relate("used", ("activity", &run), ("entity", used));
        }
        parts.relate("wasGeneratedBy", ("entity", &record), ("activity", &run));
        parts.relate("wasDerivedFrom", ("generatedEntity", &record), ("usedEntity", &capture));
        parts.relate("wasAssociatedWith", ("activity", &run), ("agent", &agent));
        parts.relate("wasAttributedTo", ("entity", &record), ("agent", &agent));
        parts.relate("wasInfluencedBy", ("influencee", &log), ("influencer", &run));
    }
    Value::Object(parts.0)
}
