//! One HTTP request and its response, within the limits, with each fault under a code of its own.
//!
//! Following redirects and trying again are left to the scheduler, which knows the host's delay and its robots.txt.

use crate::Fault;
use crate::address_guard::{AddressGuard, GuardedResolver};
use crate::cookies::CookieJar;
use crate::error_map::to_fault;
use crate::tls::{TlsConnector, TlsSession};
use crate::wire_capture::{WireBytes, WireTap};
use crate::{Limits, Plan, Setup, response_header};
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{ConnectProxyConnector, Connector, TcpConnector};
use ureq::{Agent, Error, Proxy, ProxyProtocol};
use url::Url;

/// `Accept-Encoding`: the content codings that the decoder reads.
const CODINGS: &str = "gzip, deflate, br, zstd";

/// Size of a connection's buffers in bytes: several times a request's header. The input buffer adds the limit on a
/// response's header, which the client reads as a whole.
const LEAST_BUFFER: usize = 16 << 10;

/// `Accept`: the media types that the pipeline reads, preferred ones first.
const TYPES: &str = "text/html,application/xhtml+xml,application/pdf,application/xml;q=0.9,*/*;q=0.5";

/// A response, as received.
#[derive(Debug, Default)]
pub(super) struct Response {
    /// HTTP status.
    pub(super) status: u16,
    /// Header fields, names as received.
    pub(super) headers: Vec<(String, String)>,
    /// Header and body as received, chunk framing included.
    pub(super) block: Vec<u8>,
    /// Offset of the body in `block`, in bytes.
    pub(super) payload_at: usize,
    /// The body without chunk framing, with its content coding.
    pub(super) body: Vec<u8>,
    /// The request as sent.
    pub(super) request: Vec<u8>,
    /// The server's IP address, if it is certain.
    pub(super) address: Option<std::net::IpAddr>,
    /// The TLS session, if there was one.
    pub(super) tls: Option<TlsSession>,
}

impl Response {
    /// The first header field of this name, compared without case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    /// All values of the header fields of this name, as one list (RFC 9110, section 5.3).
    pub(super) fn joined(&self, name: &str) -> Option<String> {
        let values: Vec<&str> = self.values(name).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    /// The values of the header fields of this name.
    pub(super) fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    /// Returns true if the status says that the page is at another address.
    pub(super) fn is_redirect(&self) -> bool {
        matches!(self.status, 300..=303 | 307 | 308)
    }

    /// The target, if the response is a redirect and names one.
    pub(super) fn redirect(&self, from: &Url) -> Option<Url> {
        let target = self.is_redirect().then(|| self.header("location")).flatten()?.trim();
        if target.is_empty() { None } else { from.join(target).ok() }
    }
}

/// The HTTP client of one source.
pub(super) struct Client<'a> {
    setup: &'a Setup,
    plan: &'a Plan,
    guard: AddressGuard,
    proxy: Option<Proxy>,
}

impl<'a> Client<'a> {
    /// # Errors
    /// [`Fault::Connect`] if the proxy can't be used.
    pub(super) fn new(setup: &'a Setup, plan: &'a Plan) -> Result<Self, Fault> {
        let proxy = plan.proxy.as_deref().map(proxy).transpose()?;
        let guard =
            AddressGuard { allowed: plan.allow_private.clone(), proxy: proxy.as_ref().map(|p| p.uri().clone()) };
        Ok(Self { setup, plan, guard, proxy })
    }

    /// Requests `url` with further header fields, and the cookies of the redirects that led to it.
    pub(super) fn get(&self, url: &Url, headers: &[(String, String)], cookies: &CookieJar) -> Result<Response, Fault> {
        self.guard.check(url)?;
        let limits = &self.setup.limits;
        let (tap, session) = (WireTap::new(limits.header), Arc::default());
        let agent = self.agent(&tap, &session);
        let mut plain = url.clone();
        plain.set_fragment(None);
        let mut request = agent.get(plain.as_str()).header("accept", TYPES).header("accept-encoding", CODINGS);
        let is_cookie = |name: &str| name.eq_ignore_ascii_case("cookie");
        for (name, value) in headers.iter().filter(|(name, _)| !is_cookie(name)) {
            request = request.header(name, value);
        }
        // A request has one such field (RFC 6265, section 5.4): the source's own cookies come first.
        let own = headers.iter().filter(|(name, _)| is_cookie(name)).map(|(_, value)| value.clone());
        let cookies: Vec<String> = own.chain(cookies.header(url)).collect();
        if !cookies.is_empty() {
            request = request.header("cookie", cookies.join("; "));
        }
        let mut response = request.call().map_err(|e| to_fault(e, limits))?;
        let status = response.status().as_u16();
        let body = read_body(response.body_mut(), limits)?;
        drop(response);
        let session = session.lock().unwrap_or_else(PoisonError::into_inner).take();
        let response = assemble(status, body, tap.take(), session);
        response.ok_or_else(|| Fault::Protocol { cause: "the header has no end".to_owned() })
    }

    /// An agent for one request. It has one connection and no pool, so that all bytes that the tap keeps belong to this
    /// request.
    fn agent(&self, tap: &WireTap, session: &Arc<Mutex<Option<TlsSession>>>) -> Agent {
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
        let tls = TlsConnector { trust: Arc::clone(&self.plan.trust), session: Arc::clone(session) };
        let connector = ().chain(ConnectProxyConnector::default()).chain(TcpConnector::default());
        Agent::with_parts(config, connector.chain(tls).chain(tap.clone()), resolver)
    }
}

/// Parses the address of an http or https proxy. Error messages never contain it, since it may hold a password.
///
/// # Errors
/// [`Fault::Connect`] if it isn't such an address.
pub fn proxy(text: &str) -> Result<Proxy, Fault> {
    let wrong = |cause: &str| Fault::Connect { cause: format!("the proxy can't be used: {cause}") };
    let proxy = Proxy::new(text).map_err(|_| wrong("it is not a proxy address"))?;
    if !matches!(proxy.protocol(), ProxyProtocol::Http | ProxyProtocol::Https) {
        return Err(wrong("only http and https proxies are supported"));
    }
    Ok(proxy)
}

/// Reads the body.
///
/// # Errors
/// [`Fault::TooLarge`] over the limit, or the fault of the connection.
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
        Err(error) => match to_fault(Error::from(error), limits) {
            // The client has several errors for a body that ends early. All mean that bytes are missing.
            Fault::Connect { cause } => Err(Fault::CutOff { cause }),
            other => Err(other),
        },
    }
}

/// The response, from its parsed parts and the bytes on the wire, which may be a header without an end. Returns none if
/// these have no header.
fn assemble(status: u16, body: Vec<u8>, wire: WireBytes, session: Option<TlsSession>) -> Option<Response> {
    let whole = Some((0, wire.received.len())).filter(|_| wire.received.starts_with(b"HTTP/"));
    let (start, payload_at) = response_header::last(&wire.received).or(whole)?;
    let mut block = wire.received;
    block.drain(..start);
    let payload_at = payload_at - start;
    let headers = response_header::fields(block.get(..payload_at)?);
    let tls = session.filter(|_| wire.is_tls);
    let mut response =
        Response { status, headers, block, payload_at, body, request: wire.sent, address: wire.address, tls };
    // Bytes beyond `Content-Length` don't belong to the response.
    let is_chunked = response.header("transfer-encoding").is_some();
    if !is_chunked {
        response.block.truncate(payload_at + response.body.len());
    }
    Some(response)
}
