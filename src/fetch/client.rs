//! One request and its answer: limits, guard, and every fault under a code of its own.
//!
//! Redirects are not followed here and faults are not tried again: that is the queue's business, which knows the host's
//! delay and its robots.txt.

use super::guard::{Guard, GuardedResolver, Refused};
use super::tap::{Tap, Wire};
use super::{Limits, Setup};
use crate::error::FetchFault;
use std::io::Read;
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{Connector, DefaultConnector};
use ureq::{Agent, Error, Timeout};
use url::Url;

/// Content codings that the decoder reads.
const CODINGS: &str = "gzip, deflate, br";

/// What is wanted, the most wanted first.
const TYPES: &str = "text/html,application/xhtml+xml,application/pdf,application/xml;q=0.9,*/*;q=0.5";

/// What a server answered.
#[derive(Debug)]
pub(super) struct Answer {
    /// HTTP status.
    pub(super) status: u16,
    /// Header fields, names as received.
    pub(super) headers: Vec<(String, String)>,
    /// Header and body as received, chunk marks included.
    pub(super) block: Vec<u8>,
    /// Where the body begins in `block`, in bytes.
    pub(super) payload_at: usize,
    /// The body without chunk marks, its content coding untouched.
    pub(super) body: Vec<u8>,
    /// The request as sent.
    pub(super) request: Vec<u8>,
    /// The address that answered, where it is certain.
    pub(super) address: Option<std::net::IpAddr>,
    /// Whether it came over TLS; the client takes no certificate that doesn't verify.
    pub(super) tls: bool,
}

impl Answer {
    /// The first field of this name, compared without case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    /// Where it redirects to.
    pub(super) fn redirect(&self, from: &Url) -> Option<Url> {
        let target = matches!(self.status, 301 | 302 | 303 | 307 | 308).then(|| self.header("location")).flatten()?;
        from.join(target.trim()).ok()
    }
}

/// Asks for `url` with further header fields.
pub(super) fn ask(setup: &Setup, guard: &Guard, url: &Url, headers: &[(String, String)]) -> Result<Answer, FetchFault> {
    guard.check(url)?;
    let tap = Tap::default();
    let agent = agent(setup, guard, &tap)?;
    let mut plain = url.clone();
    plain.set_fragment(None);
    let mut request = agent.get(plain.as_str()).header("accept", TYPES).header("accept-encoding", CODINGS);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let limit = setup.limits.body;
    let mut response = request.call().map_err(|e| fault(e, &setup.limits))?;
    let status = response.status().as_u16();
    let body = read_body(response.body_mut(), limit, &setup.limits)?;
    drop(response);
    let wire = tap.take();
    answer(status, body, wire).ok_or_else(|| FetchFault::Protocol { cause: "the header has no end".to_owned() })
}

/// A client for one request: one connection, no pool, so that what the tap keeps belongs to this request.
fn agent(setup: &Setup, guard: &Guard, tap: &Tap) -> Result<Agent, FetchFault> {
    let limits = &setup.limits;
    let mut guard = guard.clone();
    let proxy = match &setup.proxy {
        None => None,
        Some(text) => {
            let refused =
                |cause: String| FetchFault::Connect { cause: format!("the proxy {text:?} can't be used: {cause}") };
            let proxy = ureq::Proxy::new(text).map_err(|e| refused(e.to_string()))?;
            if !matches!(proxy.protocol(), ureq::ProxyProtocol::Http | ureq::ProxyProtocol::Https) {
                return Err(refused("only HTTP proxies are known".to_owned()));
            }
            guard.allowed.push(proxy.host().to_owned());
            Some(proxy)
        }
    };
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .max_idle_connections(0)
        .user_agent(setup.user_agent.as_str())
        .proxy(proxy)
        .max_response_header_size(limits.header)
        .timeout_resolve(Some(limits.connect))
        .timeout_connect(Some(limits.connect))
        .timeout_recv_response(Some(limits.first_byte))
        .timeout_global(Some(limits.total))
        .build();
    let resolver = GuardedResolver { guard, inner: DefaultResolver::default() };
    Ok(Agent::with_parts(config, DefaultConnector::default().chain(tap.clone()), resolver))
}

/// Reads the body up to the limit.
fn read_body(body: &mut ureq::Body, limit: u64, limits: &Limits) -> Result<Vec<u8>, FetchFault> {
    let stated = body.content_length();
    if stated.is_some_and(|length| length > limit) {
        return Err(FetchFault::TooLarge { limit });
    }
    let mut bytes = Vec::new();
    let read = body.with_config().limit(u64::MAX).reader().take(limit.saturating_add(1)).read_to_end(&mut bytes);
    if bytes.len() as u64 > limit {
        return Err(FetchFault::TooLarge { limit });
    }
    match read {
        Ok(_) => Ok(bytes),
        Err(error) => match fault(Error::from(error), limits) {
            // The client calls an early end by several names; all mean that bytes are missing.
            FetchFault::Connect { cause } => Err(FetchFault::CutOff { cause }),
            other => Err(other),
        },
    }
}

/// Puts header and body of the wire together.
fn answer(status: u16, body: Vec<u8>, wire: Wire) -> Option<Answer> {
    let (start, payload_at) = last_header(&wire.received)?;
    let block = wire.received.get(start..)?.to_vec();
    let payload_at = payload_at - start;
    let head = String::from_utf8_lossy(block.get(..payload_at)?).into_owned();
    let fields = head.lines().skip(1).filter_map(|l| l.split_once(':'));
    let headers = fields.map(|(n, v)| (n.trim().to_owned(), v.trim().to_owned())).collect();
    Some(Answer { status, headers, block, payload_at, body, request: wire.sent, address: wire.address, tls: wire.tls })
}

/// Where the final response's header begins and ends: interim responses (1xx) stand before it.
fn last_header(bytes: &[u8]) -> Option<(usize, usize)> {
    /// Interim responses passed over.
    const INTERIM: usize = 16;
    let mut start = 0;
    for _ in 0..INTERIM {
        let rest = bytes.get(start..)?;
        let end = header_end(rest)?;
        let interim = rest.get(9..10).is_some_and(|digit| digit == b"1") && rest.starts_with(b"HTTP/");
        if !interim {
            return Some((start, start + end));
        }
        start += end;
    }
    None
}

/// Length of a header with its empty line.
fn header_end(bytes: &[u8]) -> Option<usize> {
    let crlf = memchr::memmem::find(bytes, b"\r\n\r\n").map(|at| at + 4);
    let lf = memchr::memmem::find(bytes, b"\n\n").map(|at| at + 2);
    [crlf, lf].into_iter().flatten().min()
}

/// The client's fault under our code.
fn fault(error: Error, limits: &Limits) -> FetchFault {
    match error {
        Error::Timeout(which) => FetchFault::Timeout { what: waited(which, limits) },
        Error::HostNotFound => FetchFault::Dns { cause: "no such host".to_owned() },
        Error::Tls(cause) => FetchFault::Tls { cause: cause.to_owned() },
        Error::Rustls(cause) => FetchFault::Tls { cause: cause.to_string() },
        Error::LargeResponseHeader(..) => FetchFault::LargeHeader { limit: limits.header as u64 },
        Error::Protocol(cause) => FetchFault::Protocol { cause: cause.to_string() },
        Error::Http(cause) => FetchFault::Protocol { cause: cause.to_string() },
        Error::BadUri(cause) => FetchFault::Forbidden { reason: format!("not an address: {cause}") },
        Error::ConnectProxyFailed(cause) => FetchFault::Connect { cause: format!("the proxy says {cause}") },
        Error::Other(cause) => match cause.downcast::<Refused>() {
            Ok(refused) => FetchFault::Forbidden { reason: refused.0 },
            Err(other) => FetchFault::Connect { cause: other.to_string() },
        },
        Error::Io(cause) => of_io(cause, limits),
        other => FetchFault::Protocol { cause: other.to_string() },
    }
}

/// What an error of input and output hides: the client wraps its own errors and those of TLS in it.
fn of_io(cause: std::io::Error, limits: &Limits) -> FetchFault {
    use std::io::ErrorKind;
    let text = cause.to_string();
    let kind = cause.kind();
    if let Some(inner) = cause.into_inner() {
        match inner.downcast::<Error>() {
            Ok(error) if !matches!(*error, Error::Io(_)) => return fault(*error, limits),
            _ => {}
        }
    }
    let low = text.to_lowercase();
    if low.contains("certificate") || low.contains("handshake") || low.contains("tls") {
        return FetchFault::Tls { cause: text };
    }
    match kind {
        ErrorKind::TimedOut | ErrorKind::WouldBlock => FetchFault::Timeout { what: "reading".to_owned() },
        ErrorKind::UnexpectedEof => FetchFault::CutOff { cause: text },
        _ if low.contains("lookup") || low.contains("resolve") || low.contains("name or service") => {
            FetchFault::Dns { cause: text }
        }
        _ => FetchFault::Connect { cause: text },
    }
}

fn waited(which: Timeout, limits: &Limits) -> String {
    let (what, limit) = match which {
        Timeout::Resolve => ("name look-up", limits.connect),
        Timeout::Connect => ("connection", limits.connect),
        Timeout::RecvResponse => ("first byte", limits.first_byte),
        _ => ("whole response", limits.total),
    };
    format!("{what}, {} s", limit.as_secs_f64())
}
