//! Small requests to services that the configuration names: timestamp authorities, collectors of lineage events.

use crate::error::Error;
use std::io::Read;
use std::time::Duration;

/// Neither service is worth waiting longer for: the run is done already.
const PATIENCE: Duration = Duration::from_secs(15);

/// Posts bytes and gives the answer's body.
///
/// # Errors
/// When there is no answer, or one that isn't success.
pub(crate) fn post(url: &str, content_type: &str, body: &[u8], most: u64) -> Result<Vec<u8>, Error> {
    let fault = |problem: String| Error::Log { path: url.to_owned(), problem };
    let agent: ureq::Agent = ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).build().into();
    let mut answer =
        agent.post(url).header("content-type", content_type).send(body).map_err(|e| fault(e.to_string()))?;
    let mut bytes = Vec::new();
    let read = answer.body_mut().as_reader().take(most).read_to_end(&mut bytes);
    read.map(|_| bytes).map_err(|e| fault(e.to_string()))
}
