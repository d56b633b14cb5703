//! Keeps the bytes of an exchange as they are on the wire, inside TLS.
//!
//! A capture is evidence: it needs the names, order and spelling of header lines as received, but the client returns
//! parsed headers only, and none at all of a response with a line that it doesn't understand. So the header is kept
//! here, and the client is shown one that says what frames the body.

use crate::response_header;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use ureq::Error;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

/// The bytes of one exchange.
#[derive(Debug, Default)]
pub(super) struct WireBytes {
    /// What was sent.
    pub(super) sent: Vec<u8>,
    /// What came back.
    pub(super) received: Vec<u8>,
    /// The IP address connected to, if the client had only one to choose from.
    pub(super) address: Option<std::net::IpAddr>,
    /// The bytes were encrypted.
    pub(super) is_tls: bool,
    /// Number of connections so far. With a proxy, the connection to it is opened before the one that is kept.
    connection: u64,
}

/// The last connector of the chain: keeps what the connection sends and receives.
#[derive(Clone)]
pub(super) struct WireTap {
    wire: Arc<Mutex<WireBytes>>,
    /// The limit on a response's header, in bytes.
    header_limit: usize,
}

impl WireTap {
    /// A tap that refuses response headers over a limit in bytes.
    pub(super) fn new(header_limit: usize) -> Self {
        Self { wire: Arc::default(), header_limit }
    }

    /// Takes the bytes kept so far.
    pub(super) fn take(&self) -> WireBytes {
        std::mem::take(&mut *self.wire.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for WireTap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WireTap")
    }
}

impl<In: Transport> Connector<In> for WireTap {
    type Out = TappedTransport;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<TappedTransport>, Error> {
        let mut wire = self.wire.lock().unwrap_or_else(PoisonError::into_inner);
        let connection = wire.connection + 1;
        let one = (details.addrs.len() == 1).then(|| details.addrs.first().map(std::net::SocketAddr::ip)).flatten();
        let is_tls = chained.as_ref().is_some_and(Transport::is_tls);
        *wire = WireBytes { connection, address: one, is_tls, ..WireBytes::default() };
        drop(wire);
        Ok(chained.map(|inner| TappedTransport {
            inner: Box::new(inner),
            wire: Arc::clone(&self.wire),
            connection,
            header: Some(Vec::new()),
            header_limit: self.header_limit,
        }))
    }
}

/// A connection whose bytes are kept.
pub(super) struct TappedTransport {
    inner: Box<dyn Transport>,
    wire: Arc<Mutex<WireBytes>>,
    connection: u64,
    /// What came of the response's header; none once the client was shown it.
    header: Option<Vec<u8>>,
    /// The limit on a response's header, in bytes.
    header_limit: usize,
}

impl TappedTransport {
    /// Holds the response's header back until it is complete, then shows the client the one that frames the body, and
    /// what came after it. `has_ended` means that no more bytes will come.
    fn filter_header(&mut self, mut header: Vec<u8>, has_ended: bool) -> Result<(), Error> {
        let input = self.inner.buffers().input().to_vec();
        self.inner.buffers().input_consume(input.len());
        header.extend_from_slice(&input);
        let is_http = b"HTTP/".starts_with(header.get(..5).unwrap_or(&header));
        let shown = match response_header::last(&header) {
            Some((_, end)) if end > self.header_limit => return Err(self.too_large(end)),
            Some((start, end)) => {
                let (head, body) = header.split_at_checked(end).unwrap_or_default();
                let framing = head.get(start..).and_then(response_header::framing);
                framing.map(|framing| [framing.as_slice(), body].concat())
            }
            None if is_http && header.len() > self.header_limit => return Err(self.too_large(header.len())),
            None if is_http && !has_ended => {
                self.header = Some(header);
                return Ok(());
            }
            // A server that ends the connection instead of the header has said all the same where the page is.
            None => response_header::framing(&header).filter(|_| header.ends_with(b"\n")),
        };
        // What has no header is handed on as it is. The client says what is wrong with it.
        let shown = shown.unwrap_or(header);
        let buffers = self.inner.buffers();
        let room = buffers.input_append_buf();
        let amount = shown.len().min(room.len());
        if let (Some(room), Some(shown)) = (room.get_mut(..amount), shown.get(..amount)) {
            room.copy_from_slice(shown);
        }
        buffers.input_appended(amount);
        Ok(())
    }

    fn too_large(&self, length: usize) -> Error {
        Error::LargeResponseHeader(length, self.header_limit)
    }

    /// Keeps bytes, unless another connection was opened since.
    fn keep(&self, bytes: &[u8], to: impl Fn(&mut WireBytes) -> &mut Vec<u8>) {
        let mut wire = self.wire.lock().unwrap_or_else(PoisonError::into_inner);
        if wire.connection == self.connection {
            to(&mut wire).extend_from_slice(bytes);
        }
    }
}

impl fmt::Debug for TappedTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TappedTransport").field(&self.inner).finish()
    }
}

impl Transport for TappedTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let sent = self.inner.buffers().output().get(..amount).unwrap_or_default().to_vec();
        self.keep(&sent, |w| &mut w.sent);
        self.inner.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let before = self.inner.buffers().input().len();
        let progress = self.inner.await_input(timeout)?;
        let received = self.inner.buffers().input().get(before..).unwrap_or_default().to_vec();
        self.keep(&received, |w| &mut w.received);
        if let Some(header) = self.header.take() {
            self.filter_header(header, !progress)?;
        }
        Ok(progress)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}
