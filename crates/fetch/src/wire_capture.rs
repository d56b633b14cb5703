//! Keeps the bytes of an exchange as they cross the wire (inside TLS), since the client hands out parsed headers only and
//! a capture is evidence: names, order and spelling of header lines as received.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use ureq::Error;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

/// The bytes of one exchange.
#[derive(Debug, Default)]
pub(super) struct Wire {
    /// What was sent.
    pub(super) sent: Vec<u8>,
    /// What came back.
    pub(super) received: Vec<u8>,
    /// The address connected to, where the client had only one to choose from.
    pub(super) address: Option<std::net::IpAddr>,
    /// Whether the bytes crossed it encrypted.
    pub(super) tls: bool,
    /// Counts connections: through a proxy the outer one is opened before the one that matters.
    connection: u64,
}

/// The last piece of the connector chain.
#[derive(Clone, Default)]
pub(super) struct Tap {
    pub(super) wire: Arc<Mutex<Wire>>,
}

impl Tap {
    /// Takes what was kept so far.
    pub(super) fn take(&self) -> Wire {
        std::mem::take(&mut *self.wire.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for Tap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tap")
    }
}

impl<In: Transport> Connector<In> for Tap {
    type Out = Tapped;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Tapped>, Error> {
        let mut wire = self.wire.lock().unwrap_or_else(PoisonError::into_inner);
        let connection = wire.connection + 1;
        let one = (details.addrs.len() == 1).then(|| details.addrs.first().map(std::net::SocketAddr::ip)).flatten();
        let tls = chained.as_ref().is_some_and(Transport::is_tls);
        *wire = Wire { connection, address: one, tls, ..Wire::default() };
        drop(wire);
        Ok(chained.map(|inner| Tapped { inner: Box::new(inner), wire: Arc::clone(&self.wire), connection }))
    }
}

/// A connection whose bytes are kept.
pub(super) struct Tapped {
    inner: Box<dyn Transport>,
    wire: Arc<Mutex<Wire>>,
    connection: u64,
}

impl Tapped {
    fn keep(&self, bytes: &[u8], to: impl Fn(&mut Wire) -> &mut Vec<u8>) {
        let mut wire = self.wire.lock().unwrap_or_else(PoisonError::into_inner);
        if wire.connection == self.connection {
            to(&mut wire).extend_from_slice(bytes);
        }
    }
}

impl fmt::Debug for Tapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tapped").field(&self.inner).finish()
    }
}

impl Transport for Tapped {
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
        Ok(progress)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}
