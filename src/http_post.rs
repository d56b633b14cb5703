//! Small requests to services named in the configuration: timestamp authorities and collectors of lineage events.

use crate::error::Error;
use sanad_document::secrets::masked;
use std::io::Read;
use std::time::Duration;

/// The time limit of a request. The run is done already, and neither service is worth a longer wait.
const PATIENCE: Duration = Duration::from_secs(15);

/// Posts bytes and returns the first `max_bytes` bytes of the response.
///
/// # Errors
/// If there is no response, or its status isn't a success.
pub(crate) fn post(url: &str, content_type: &str, body: &[u8], max_bytes: u64) -> Result<Vec<u8>, Error> {
    let fault = |problem: String| Error::Log { path: masked(url).into_owned(), problem };
    let agent: ureq::Agent = ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).build().into();
    let mut response =
        agent.post(url).header("content-type", content_type).send(body).map_err(|e| fault(e.to_string()))?;
    let mut bytes = Vec::new();
    let read = response.body_mut().as_reader().take(max_bytes).read_to_end(&mut bytes);
    read.map(|_| bytes).map_err(|e| fault(e.to_string()))
}
