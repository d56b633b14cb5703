//! The network part of a run: what is due is fetched into the raw folder before anything is read.

use super::{Options, Progress};
use crate::config::Config;
use crate::error::Error;
use crate::fetch::{self, FetchedKind, Outcome, Plan, Setup};
use crate::log::Event;
use crate::log::event::{CaptureFailed, CaptureFetched};

/// Fetches the wanted sources and says what became of each address.
///
/// # Errors
/// When captures can't be written; faults of single addresses are events.
pub(super) fn fetch(
    options: &Options,
    config: &Config,
    run: &str,
    progress: &dyn Progress,
) -> Result<Vec<Event>, Error> {
    let wanted = |id: &String| options.sources.is_empty() || options.sources.contains(id);
    let plans: Vec<Plan> = config
        .sources
        .values()
        .filter(|s| !s.start.is_empty() && wanted(&s.id))
        .map(|s| Plan::new(s, &config.settings))
        .collect();
    if plans.is_empty() {
        return Ok(Vec::new());
    }
    progress.begin("fetch", None);
    std::fs::create_dir_all(&options.raw).map_err(|e| Error::io(&options.raw, "create", &e))?;
    let report = fetch::run(&plans, &Setup::new(&config.settings, &options.raw), &options.raw, run)?;
    progress.end();
    Ok(report.outcomes.into_iter().filter_map(|outcome| event(outcome, &options.now)).collect())
}

/// A redirect is told by its target's outcome.
fn event(outcome: Outcome, now: &str) -> Option<Event> {
    let asked = outcome.via.first().unwrap_or(&outcome.url).clone();
    match outcome.result {
        Err(fault) => Some(Event::CaptureFailed(CaptureFailed {
            at: now.to_owned(),
            url: outcome.url,
            source: outcome.source,
            code: fault.code().to_owned(),
            message: fault.to_string(),
            attempts: outcome.tries,
        })),
        Ok(fetched) if fetched.kind == FetchedKind::Redirect => None,
        Ok(fetched) => {
            let facts = CaptureFetched {
                at: now.to_owned(),
                source: outcome.source,
                url: asked,
                final_url: outcome.url,
                status: fetched.status,
                file: fetched.place.file,
                offset: fetched.place.offset,
                record_id: fetched.place.record_id,
                headers: fetched.facts.headers,
                digest: fetched.facts.digest,
                tls: fetched.facts.tls,
                address: fetched.facts.address,
            };
            Some(if fetched.facts.unchanged { Event::CaptureUnchanged(facts) } else { Event::CaptureFetched(facts) })
        }
    }
}
