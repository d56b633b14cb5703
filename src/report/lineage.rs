//! `OpenLineage` events of a run (specification 2-0-2) for lineage tools. They are stored with the run's results and
//! posted to a collector if one is configured. They are no evidence, and an error in them never fails a run.

use super::run_report::Report;
use crate::config::LineageSettings;
use crate::error::Error;
use crate::log::event::Counted;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The schema of the events.
const SCHEMA: &str = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent";

/// Facets, by version and name of their schemas.
const ENGINE: &str = "1-1-1/ProcessingEngineRunFacet";
const JOB_TYPE: &str = "2-0-3/JobTypeJobFacet";
const VERSION: &str = "1-0-1/DatasetVersionDatasetFacet";
const STATISTICS: &str = "1-0-2/OutputStatisticsOutputDatasetFacet";
const ERROR: &str = "1-0-1/ErrorMessageRunFacet";

/// Maximum number of bytes that are read of a collector's response.
const MAX_RESPONSE_BYTES: u64 = 1 << 16;

/// The state of a run that an event reports.
#[derive(Clone, Copy)]
enum RunState {
    Start,
    Complete,
    Fail,
}

impl RunState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Start => "START",
            Self::Complete => "COMPLETE",
            Self::Fail => "FAIL",
        }
    }
}

/// A run as lineage tools see it.
pub(crate) struct Lineage {
    url: Option<String>,
    namespace: String,
    run: String,
    time: String,
    started: Value,
}

fn producer() -> String {
    concat!("urn:sanad:engine:", env!("CARGO_PKG_VERSION")).to_owned()
}

fn facet(schema: &str, mut content: Value) -> Value {
    let name = schema.rsplit('/').next().unwrap_or_default();
    if let Some(fields) = content.as_object_mut() {
        fields.insert("_producer".to_owned(), producer().into());
        let url = format!("https://openlineage.io/spec/facets/{schema}.json#/$defs/{name}");
        fields.insert("_schemaURL".to_owned(), url.into());
    }
    content
}

/// Derives a UUID from the run id, as the specification requires. It is name-based (RFC 9562, version 8), so the same
/// run has the same UUID.
fn uuid(run: &str) -> String {
    let hex = blake3::hash(run.as_bytes()).to_hex();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("{}-{}-8{}-8{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}

impl Lineage {
    /// Begins a run and posts the event to the collector.
    pub(crate) fn begin(settings: &LineageSettings, run: &str, time: &str) -> Self {
        let mut lineage = Self {
            url: settings.url.clone(),
            namespace: settings.namespace.clone(),
            run: uuid(run),
            time: time.to_owned(),
            started: Value::Null,
        };
        let captures = lineage.dataset("raw", None);
        lineage.started = lineage.event(RunState::Start, json!({}), &[captures], &[]);
        lineage.send(&lineage.started);
        lineage
    }

    /// A run that no collector hears of.
    pub(crate) fn quiet(settings: &LineageSettings) -> Self {
        Self {
            url: None,
            namespace: settings.namespace.clone(),
            run: String::new(),
            time: String::new(),
            started: Value::Null,
        }
    }

    /// Returns the event of the run's beginning.
    pub(crate) fn started(&self) -> &Value {
        &self.started
    }

    /// Returns the event of the run's end. `inputs` and `written` map files under the raw and the results folder to
    /// their digests. The captures are one dataset, whose version is the digest of the list of all files; those that are
    /// `new` stand beside it. To name each file in each run would make the event grow for years.
    pub(crate) fn complete(
        &self,
        report: &Report,
        (inputs, new): (&BTreeMap<String, String>, &BTreeMap<String, String>),
        written: &BTreeMap<String, String>,
    ) -> Value {
        let all = Counted::of_files(inputs);
        let captures = self.dataset("raw", Some(&all.digest));
        let new = new.iter().map(|(file, digest)| self.dataset(&format!("raw/{file}"), Some(digest)));
        let inputs: Vec<Value> = [captures].into_iter().chain(new).collect();
        let mut outputs = Vec::new();
        for (source, counts) in &report.sources {
            let file = crate::layout::records_file(source);
            let Some(digest) = written.get(&file) else { continue };
            let mut output = self.dataset(&format!("normalized/{file}"), Some(digest));
            let statistics = facet(STATISTICS, json!({"rowCount": counts.records}));
            if let Some(fields) = output.as_object_mut() {
                fields.insert("outputFacets".to_owned(), json!({"outputStatistics": statistics}));
            }
            outputs.push(output);
        }
        self.event(RunState::Complete, json!({}), &inputs, &outputs)
    }

    /// Posts the event of a failed run to the collector.
    pub(crate) fn failed(&self, error: &Error) {
        let message = facet(ERROR, json!({"message": error.to_string(), "programmingLanguage": "Rust"}));
        self.send(&self.event(RunState::Fail, json!({"errorMessage": message}), &[], &[]));
    }

    /// Posts an event to the collector, if there is one. A failure is only logged.
    pub(crate) fn send(&self, event: &Value) {
        let Some(url) = &self.url else { return };
        if let Err(error) =
            crate::http_post::post(url, "application/json", event.to_string().as_bytes(), MAX_RESPONSE_BYTES)
        {
            tracing::warn!(%error, "the lineage collector didn't take an event");
        }
    }

    fn dataset(&self, name: &str, digest: Option<&str>) -> Value {
        let facets =
            digest.map_or_else(|| json!({}), |d| json!({"version": facet(VERSION, json!({"datasetVersion": d}))}));
        json!({"namespace": self.namespace, "name": name, "facets": facets})
    }

    fn event(&self, state: RunState, mut facets: Value, inputs: &[Value], outputs: &[Value]) -> Value {
        let version = env!("CARGO_PKG_VERSION");
        let engine = facet(ENGINE, json!({"version": version, "name": "sanad", "openlineageAdapterVersion": version}));
        if let Some(fields) = facets.as_object_mut() {
            fields.insert("processing_engine".to_owned(), engine);
        }
        let job_type = facet(JOB_TYPE, json!({"processingType": "BATCH", "integration": "SANAD", "jobType": "JOB"}));
        json!({
            "eventType": state.as_str(),
            "eventTime": self.time,
            "producer": producer(),
            "schemaURL": SCHEMA,
            "run": {"runId": self.run, "facets": facets},
            "job": {"namespace": self.namespace, "name": "sanad.run", "facets": {"jobType": job_type}},
            "inputs": inputs,
            "outputs": outputs,
        })
    }
}
