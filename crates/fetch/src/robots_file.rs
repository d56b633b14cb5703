//! Fetches the robots.txt of an origin.

use crate::client::Response;
use crate::cookies::CookieJar;
use crate::{Fault, Robots, TOKEN, lists};
use url::Url;

/// The limit on redirects of robots.txt (RFC 9309, section 2.3.1.2).
const REDIRECTS: usize = 5;

/// The limit on a robots.txt, in bytes; a longer one forbids everything. RFC 9309 asks for at least 500 KiB.
const MOST_BYTES: usize = 16 << 20;

/// The rules for the origin of an address. `get` requests an address with the cookies of the redirects before it.
///
/// # Errors
/// The fault of the request, or [`Fault::Status`] for an answer after which the rules are unknown, or
/// [`Fault::ListUnreadable`] and the like for one that can't be read.
pub(super) fn fetch(
    url: &Url,
    mut get: impl FnMut(&Url, &CookieJar) -> Result<Response, Fault>,
) -> Result<Robots, Fault> {
    let Ok(mut url) = url.join("/robots.txt") else {
        return Ok(Robots::closed());
    };
    let mut cookies = CookieJar::default();
    for _ in 0..=REDIRECTS {
        let response = get(&url, &cookies)?;
        match (response.status, response.redirect(&url)) {
            (_, Some(target)) => {
                cookies.take(response.values("set-cookie"), &url);
                url = target;
            }
            (200..=299, _) => return read(&response),
            // The RFC calls this "unavailable": there is none. Server errors are "unreachable": it may forbid
            // everything.
            (400..=499, _) if response.status != 429 => return Ok(Robots::open()),
            (status, _) => return Err(Fault::Status { status }),
        }
    }
    Ok(Robots::open())
}

/// The rules in a response. One that can't be read whole may forbid anything.
fn read(response: &Response) -> Result<Robots, Fault> {
    let coding = response.joined("content-encoding");
    let (bytes, cut) = lists::without_coding(&response.body, coding.as_deref()).map_err(|fault| of_robots(&fault))?;
    if let Some(cause) = cut {
        return Err(Fault::ListCutOff { cause: format!("robots.txt, {cause}") });
    }
    if bytes.len() > MOST_BYTES {
        return Err(Fault::ListLimit { what: format!("robots.txt has more than {MOST_BYTES} bytes") });
    }
    // It is UTF-8 by definition, but a byte order mark may say otherwise.
    let (text, encoding, _) = encoding_rs::UTF_8.decode(&bytes);
    if !lists::is_text(&text) {
        return Err(Fault::ListUnreadable { cause: "robots.txt isn't text".to_owned() });
    }
    Ok(Robots::parse(if encoding == encoding_rs::UTF_8 { &bytes } else { text.as_bytes() }, TOKEN))
}

/// The fault of a robots.txt. It is reported for every page of its origin, so it must say what it is about.
fn of_robots(fault: &Fault) -> Fault {
    Fault::ListUnreadable { cause: format!("robots.txt, {fault}") }
}
