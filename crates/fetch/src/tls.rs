//! TLS connections, and which certificates they accept.
//!
//! A certificate is accepted if the web's authorities vouch for it, or authorities that the source names, or if its
//! digest is the one that the source pins for the host. A pin matters only if verification fails: a site that moves to a
//! public authority keeps working without any change; one that shows another unverifiable certificate doesn't.

use crate::Fault;
use crate::TlsSettings;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, Error as TlsError, RootCertStore,
    SignatureScheme, StreamOwned,
};
use sanad_document::{Voucher, digest};
use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read as _, Write as _};
use std::sync::{Arc, Mutex, PoisonError};
use ureq::Error;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, Transport, TransportAdapter,
};

/// What is known of a TLS session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TlsSession {
    /// `sha256:` digest of the server's certificate (DER).
    pub(super) certificate: String,
    /// What vouched for it; none if the connection failed because nothing did.
    pub(super) voucher: Option<Voucher>,
    /// `tls/1.2` or `tls/1.3`; empty until the handshake is complete.
    pub(super) protocol: String,
    /// The cipher suite by its IANA name; empty until the handshake is complete.
    pub(super) cipher: String,
}

/// Which certificates a source accepts.
pub struct Trust {
    provider: Arc<CryptoProvider>,
    /// Verifies against the web's authorities. If the library can't be set up, every connection fails with this reason.
    public: Result<Arc<WebPkiServerVerifier>, String>,
    /// Verifies against the authorities that the source names.
    source: Option<Arc<WebPkiServerVerifier>>,
    /// By host without `www.`: `sha256:` digest of a certificate.
    pins: BTreeMap<String, String>,
}

impl Default for Trust {
    fn default() -> Self {
        Self::new(&TlsSettings::default())
    }
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trust").field("pins", &self.pins).finish_non_exhaustive()
    }
}

impl Trust {
    /// The web's authorities, and what the settings add.
    #[must_use]
    pub fn new(settings: &TlsSettings) -> Self {
        let provider = Arc::new(ring::default_provider());
        let verifier = |roots: RootCertStore| {
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build()
        };
        let public = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let mut own = RootCertStore::empty();
        own.add_parsable_certificates(settings.authorities.iter().map(|der| CertificateDer::from(der.as_slice())));
        Self {
            public: verifier(public).map_err(|e| e.to_string()),
            source: if own.is_empty() { None } else { verifier(own).ok() },
            pins: settings.pins.clone(),
            provider,
        }
    }

    /// The digest that is pinned for a host.
    fn pin(&self, name: &ServerName<'_>) -> Option<&str> {
        let host = name.to_str();
        let host = host.strip_prefix("www.").unwrap_or(&host);
        self.pins.get(host).map(String::as_str)
    }
}

/// The connector of the chain that adds TLS to connections to https addresses.
pub(super) struct TlsConnector {
    pub(super) trust: Arc<Trust>,
    /// The newest session.
    pub(super) session: Arc<Mutex<Option<TlsSession>>>,
}

impl fmt::Debug for TlsConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsConnector")
    }
}

impl<In: Transport> Connector<In> for TlsConnector {
    type Out = Either<In, TlsTransport>;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        let Some(transport) = chained else { return Ok(None) };
        if !details.needs_tls() || transport.is_tls() {
            return Ok(Some(Either::A(transport)));
        }
        let public = self.trust.public.clone().map_err(|cause| refused(Fault::Tls { cause }))?;
        let host = details.uri.host().unwrap_or("").trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(host.to_owned()).map_err(|e| refused(Fault::Tls { cause: e.to_string() }))?;
        let verifier = RecordingVerifier { trust: Arc::clone(&self.trust), public, session: Arc::clone(&self.session) };
        let config = ClientConfig::builder_with_provider(Arc::clone(&self.trust.provider))
            .with_safe_default_protocol_versions()
            .map_err(Error::Rustls)?
            .dangerous() // `RecordingVerifier` verifies as the library does, and adds authorities and pins
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        let mut connection = ClientConnection::new(Arc::new(config), name)?;
        let mut socket = TransportAdapter::new(transport.boxed(), details.current_time.clone());
        socket.set_timeout(details.timeout);
        connection.complete_io(&mut socket).map_err(|e| self.failure(host, e))?;
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(session) = session.as_mut() {
            let version = connection.protocol_version().and_then(|v| v.as_str()).unwrap_or_default();
            session.protocol = version.to_ascii_lowercase().replace("tlsv1_", "tls/1.");
            let suite = connection.negotiated_cipher_suite().and_then(|s| s.suite().as_str());
            // The library's names of TLS 1.3 suites begin with the version; the IANA names don't.
            session.cipher = suite.unwrap_or_default().replacen("TLS13_", "TLS_", 1);
        }
        drop(session);
        let buffers = LazyBuffers::new(details.config.input_buffer_size(), details.config.output_buffer_size());
        Ok(Some(Either::B(TlsTransport { buffers, stream: StreamOwned { conn: connection, sock: socket } })))
    }
}

impl TlsConnector {
    /// The error for a failed handshake.
    fn failure(&self, host: &str, error: io::Error) -> Error {
        let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<TlsError>()) else {
            // An error of the connection below, such as a timeout or a reset.
            return Error::Io(error);
        };
        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match (tls, session) {
            (TlsError::InvalidCertificate(cause), Some(session)) => {
                refused(self.bad_certificate(host, cause, session.certificate))
            }
            _ => refused(Fault::Tls { cause: tls.to_string() }),
        }
    }

    /// The fault for a certificate that isn't accepted. `found` is its digest.
    fn bad_certificate(&self, host: &str, cause: &CertificateError, found: String) -> Fault {
        let pinned = self.trust.pins.get(host.strip_prefix("www.").unwrap_or(host)).cloned();
        match pinned {
            Some(pinned) if pinned != found => Fault::Pin { pinned, found },
            _ => Fault::Certificate { cause: TlsError::InvalidCertificate(cause.clone()).to_string(), found },
        }
    }
}

fn refused(fault: Fault) -> Error {
    Error::Other(Box::new(fault))
}

/// Verifies a server's certificate and records the session.
#[derive(Debug)]
struct RecordingVerifier {
    trust: Arc<Trust>,
    public: Arc<WebPkiServerVerifier>,
    session: Arc<Mutex<Option<TlsSession>>>,
}

impl RecordingVerifier {
    fn record(&self, certificate: &CertificateDer<'_>, voucher: Option<Voucher>) {
        let certificate = digest::sha256(certificate);
        let session = TlsSession { certificate, voucher, protocol: String::new(), cipher: String::new() };
        *self.session.lock().unwrap_or_else(PoisonError::into_inner) = Some(session);
    }
}

impl ServerCertVerifier for RecordingVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        let verify = |by: &WebPkiServerVerifier| {
            by.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
        };
        self.record(end_entity, None);
        let public = verify(&self.public);
        if public.is_ok() {
            self.record(end_entity, Some(Voucher::Public));
            return public;
        }
        let source = self.trust.source.as_ref().map(|own| verify(own));
        if let Some(Ok(verified)) = source {
            self.record(end_entity, Some(Voucher::Source));
            return Ok(verified);
        }
        if self.trust.pin(server_name) == Some(digest::sha256(end_entity).as_str()) {
            self.record(end_entity, Some(Voucher::Pin));
            return Ok(ServerCertVerified::assertion());
        }
        // If the source names an authority, its verdict says more than the public "unknown issuer".
        source.unwrap_or(public)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.public.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.public.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.public.supported_verify_schemes()
    }
}

/// A connection with TLS.
pub(super) struct TlsTransport {
    buffers: LazyBuffers,
    stream: StreamOwned<ClientConnection, TransportAdapter>,
}

impl fmt::Debug for TlsTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsTransport")
    }
}

impl Transport for TlsTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.stream.get_mut().set_timeout(timeout);
        let output = self.buffers.output().get(..amount).unwrap_or_default();
        self.stream.write_all(output)?;
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.stream.get_mut().set_timeout(timeout);
        let amount = self.stream.read(self.buffers.input_append_buf())?;
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        self.stream.get_mut().get_mut().is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}
