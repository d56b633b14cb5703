//! Makes the record that `sanad extract` writes for a file, in this process.

use sanad::emit::{self, record::Urls};
use sanad_document::{Page, TextMode, url_key};
use sanad_extract::Visit;
use serde_json::{Value, json};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Stack of a parsing thread in bytes, as in a worker process.
pub const STACK: usize = 64 << 20;

/// Returns the record of a body, or an object with `error`. Call it on a thread with [`STACK`] bytes.
pub fn record_of(id: &str, body: &[u8], url: Option<&str>) -> Value {
    let page = Page { url, ..Page::default() };
    let (code, message) = match catch_unwind(AssertUnwindSafe(|| sanad_extract::extract(body, &page))) {
        Ok(Ok(document)) => {
            let visit = Visit { url, captured_at: None, mode: TextMode::default() };
            let (document, metadata) = sanad_extract::judge(document, &[], &visit);
            let stated = sanad_extract::metadata::canonical(&document, url);
            let canonical = |u: &str| url_key::canonical_url(stated.address.as_deref().unwrap_or(u));
            let urls = |u: &str| Urls {
                requested: u.to_owned(),
                final_url: u.to_owned(),
                canonical: Some(canonical(u)),
                declared: stated.declared.clone(),
                aliases: Vec::new(),
            };
            let place = emit::RecordIdentity {
                id: id.to_owned(),
                source: url.map(url_key::site_of).unwrap_or_default(),
                added: String::new(),
                url: url.map(urls),
            };
            return serde_json::to_value(emit::record(&document, &metadata, &place)).unwrap();
        }
        Ok(Err(error)) => (error.code(), error.to_string()),
        Err(_) => ("worker.panicked", "the parser panicked".to_owned()),
    };
    json!({"id": id, "error": {"code": code, "message": message}})
}
