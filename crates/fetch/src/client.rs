//! One request and its answer: limits, guard, and every fault under a code of its own.
//!
//! Redirects are not followed here and faults are not tried again: that is the queue's business, which knows the host's
//! delay and its robots.txt.

use crate::Fault;
use crate::address_guard::{Guard, GuardedResolver};
use crate::error_map::fault;
use crate::tls::{Seen, Tls};
use crate::wire_capture::{Tap, Wire};
use crate::{Limits, Plan, Setup};
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{ConnectProxyConnector, Connector, TcpConnector};
use ureq::{Agent, Error, Proxy, ProxyProtocol};
use url::Url;

/// Content codings that the decoder reads.
const CODINGS: &str = "gzip, deflate, br, zstd";

/// Bytes of a connection's buffers: a request's header fits many times over, and a response's is read whole beside some body.
const LEAST_BUFFER: usize = 16 << 10;

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
    /// The TLS connection it came over.
    pub(super) tls: Option<Seen>,
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

/// A client for one source.
pub(super) struct Client<'a> {
    setup: &'a Setup,
    plan: &'a Plan,
    guard: Guard,
    proxy: Option<Proxy>,
}

impl<'a> Client<'a> {
    /// # Errors
    /// When the proxy can't be used.
    pub(super) fn new(setup: &'a Setup, plan: &'a Plan) -> Result<Self, Fault> {
        let proxy = plan.proxy.as_deref().map(proxy).transpose()?;
        let guard = Guard { allowed: plan.allow_private.clone(), proxy: proxy.as_ref().map(|p| p.uri().clone()) };
        Ok(Self { setup, plan, guard, proxy })
    }

    /// Asks for `url` with further header fields.
    pub(super) fn ask(&self, url: &Url, headers: &[(String, String)]) -> Result<Answer, Fault> {
        self.guard.check(url)?;
        let limits = &self.setup.limits;
        let (tap, seen) = (Tap::default(), Arc::default());
        let agent = self.agent(&tap, &seen);
        let mut plain = url.clone();
        plain.set_fragment(None);
        let mut request = agent.get(plain.as_str()).header("accept", TYPES).header("accept-encoding", CODINGS);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let mut response = request.call().map_err(|e| fault(e, limits))?;
        let status = response.status().as_u16();
        let body = read_body(response.body_mut(), limits)?;
        drop(response);
        let seen = seen.lock().unwrap_or_else(PoisonError::into_inner).take();
        let answer = answer(status, body, tap.take(), seen);
        answer.ok_or_else(|| Fault::Protocol { cause: "the header has no end".to_owned() })
    }

    /// An agent for one request: one connection, no pool, so that what the tap keeps belongs to this request.
    fn agent(&self, tap: &Tap, seen: &Arc<Mutex<Option<Seen>>>) -> Agent {
        let limits = &self.setup.limits;
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_idle_connections(0)
            .user_agent(self.setup.user_agent.as_str())
            .proxy(self.proxy.clone())
            .max_response_header_size(limits.header)
            .input_buffer_size(limits.header.max(LEAST_BUFFER) + LEAST_BUFFER)
            .output_buffer_size(LEAST_BUFFER)
            .timeout_resolve(Some(limits.connect))
            .timeout_connect(Some(limits.connect))
            .timeout_recv_response(Some(limits.first_byte))
            .timeout_global(Some(limits.total))
            .build();
        let resolver = GuardedResolver { guard: self.guard.clone(), inner: DefaultResolver::default() };
        let tls = Tls { trust: Arc::clone(&self.plan.trust), seen: Arc::clone(seen) };
        let connector = ().chain(ConnectProxyConnector::default()).chain(TcpConnector::default());
        Agent::with_parts(config, connector.chain(tls).chain(tap.clone()), resolver)
    }
}

/// Reads a proxy's address; what is said of it never names its password.
pub fn proxy(text: &str) -> Result<Proxy, Fault> {
    let wrong = |cause: &str| Fault::Connect { cause: format!("the proxy can't be used: {cause}") };
    let proxy = Proxy::new(text).map_err(|_| wrong("its address can't be read"))?;
    if !matches!(proxy.protocol(), ProxyProtocol::Http | ProxyProtocol::Https) {
        return Err(wrong("only http and https proxies are known"));
    }
    Ok(proxy)
}

/// Reads the body up to the limit.
fn read_body(body: &mut ureq::Body, limits: &Limits) -> Result<Vec<u8>, Fault> {
    let limit = limits.body;
    let stated = body.content_length();
    if stated.is_some_and(|length| length > limit) {
        return Err(Fault::TooLarge { limit });
    }
    let mut bytes = Vec::new();
    let read = body.with_config().limit(u64::MAX).reader().take(limit.saturating_add(1)).read_to_end(&mut bytes);
    if bytes.len() as u64 > limit {
        return Err(Fault::TooLarge { limit });
    }
    match read {
        Ok(_) => Ok(bytes),
        Err(error) => match fault(Error::from(error), limits) {
            // The client calls an early end by several names; all mean that bytes are missing.
            Fault::Connect { cause } => Err(Fault::CutOff { cause }),
            other => Err(other),
        },
    }
}

/// Puts header and body of the wire together.
fn answer(status: u16, body: Vec<u8>, wire: Wire, tls: Option<Seen>) -> Option<Answer> {
    let (start, payload_at) = last_header(&wire.received)?;
    let mut block = wire.received;
    block.drain(..start);
    let payload_at = payload_at - start;
    let head = String::from_utf8_lossy(block.get(..payload_at)?).into_owned();
    let fields = head.lines().skip(1).filter_map(|l| l.split_once(':'));
    let headers = fields.map(|(n, v)| (n.trim().to_owned(), v.trim().to_owned())).collect();
    let tls = tls.filter(|_| wire.tls);
    let mut answer =
        Answer { status, headers, block, payload_at, body, request: wire.sent, address: wire.address, tls };
    // What a server sends beyond the stated length belongs to no response.
    let is_chunked = answer.header("transfer-encoding").is_some();
    if !is_chunked {
        answer.block.truncate(payload_at + answer.body.len());
    }
    Some(answer)
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
