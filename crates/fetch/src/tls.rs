//! TLS, with a say in which certificates are taken: those of the web's authorities, those of authorities that a source names,
//! and, for a host whose certificate can't be verified, the very one whose digest the source names.
//!
//! A pin is looked at only when verification fails, so that a site that renews its certificate with a public authority goes
//! on without anybody's help; one that shows another bad certificate doesn't.

use crate::Fault;
use crate::TlsSettings;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls::{Error as TlsError, StreamOwned};
use sanad_document::Voucher;
use sanad_document::digest;
use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read as _, Write as _};
use std::sync::{Arc, Mutex, PoisonError};
use ureq::Error;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, Transport, TransportAdapter,
};

/// What was seen of a TLS connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    /// `sha256:` of the server's certificate (DER).
    pub(super) certificate: String,
    /// What vouched for it; nothing did, when the connection failed over it.
    pub(super) voucher: Option<Voucher>,
    /// `tls/1.2`, `tls/1.3`; empty before the handshake's end.
    pub(super) protocol: String,
    /// The cipher suite by its registered name; empty before the handshake's end.
    pub(super) cipher: String,
}

/// Which certificates a source takes.
pub struct Trust {
    provider: Arc<CryptoProvider>,
    /// None when the library can't be set up; every connection is then refused with its reason.
    public: Result<Arc<WebPkiServerVerifier>, String>,
    source: Option<Arc<WebPkiServerVerifier>>,
    /// Digest of the certificate by host, without `www.`.
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
    /// What a source's file says.
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

    fn pin(&self, name: &ServerName<'_>) -> Option<&str> {
        let host = name.to_str();
        let host = host.strip_prefix("www.").unwrap_or(&host);
        self.pins.get(host).map(String::as_str)
    }
}

/// The piece of the connector chain that puts TLS around a connection to an https address.
pub(super) struct Tls {
    pub(super) trust: Arc<Trust>,
    /// What was seen of the newest connection.
    pub(super) seen: Arc<Mutex<Option<Seen>>>,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls")
    }
}

impl<In: Transport> Connector<In> for Tls {
    type Out = Either<In, Encrypted>;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        let Some(transport) = chained else { return Ok(None) };
        if !details.needs_tls() || transport.is_tls() {
            return Ok(Some(Either::A(transport)));
        }
        let public = self.trust.public.clone().map_err(|cause| refused(Fault::Tls { cause }))?;
        let host = details.uri.host().unwrap_or("").trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(host.to_owned()).map_err(|e| refused(Fault::Tls { cause: e.to_string() }))?;
        let checking = Checking { trust: Arc::clone(&self.trust), public, seen: Arc::clone(&self.seen) };
        let config = ClientConfig::builder_with_provider(Arc::clone(&self.trust.provider))
            .with_safe_default_protocol_versions()
            .map_err(Error::Rustls)?
            .dangerous() // `Checking` verifies as the library does, and more
            .with_custom_certificate_verifier(Arc::new(checking))
            .with_no_client_auth();
        let mut connection = ClientConnection::new(Arc::new(config), name)?;
        let mut socket = TransportAdapter::new(transport.boxed(), details.current_time.clone());
        socket.set_timeout(details.timeout);
        connection.complete_io(&mut socket).map_err(|e| self.failure(host, e))?;
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(seen) = seen.as_mut() {
            let version = connection.protocol_version().and_then(|v| v.as_str()).unwrap_or_default();
            seen.protocol = version.to_ascii_lowercase().replace("tlsv1_", "tls/1.");
            let suite = connection.negotiated_cipher_suite().and_then(|s| s.suite().as_str());
            // The library's names of TLS 1.3 suites begin with their version; the registered ones don't.
            seen.cipher = suite.unwrap_or_default().replacen("TLS13_", "TLS_", 1);
        }
        drop(seen);
        let buffers = LazyBuffers::new(details.config.input_buffer_size(), details.config.output_buffer_size());
        Ok(Some(Either::B(Encrypted { buffers, stream: StreamOwned { conn: connection, sock: socket } })))
    }
}

impl Tls {
    /// What a failed handshake means.
    fn failure(&self, host: &str, error: io::Error) -> Error {
        let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<TlsError>()) else {
            // The client's own errors come through as they are: timeouts, resets.
            return Error::Io(error);
        };
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match (tls, seen) {
            (TlsError::InvalidCertificate(cause), Some(seen)) => refused(self.bad_certificate(host, cause, &seen)),
            _ => refused(Fault::Tls { cause: tls.to_string() }),
        }
    }

    fn bad_certificate(&self, host: &str, cause: &CertificateError, seen: &Seen) -> Fault {
        let found = seen.certificate.clone();
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

/// Verifies a server's certificate and notes what was seen.
#[derive(Debug)]
struct Checking {
    trust: Arc<Trust>,
    public: Arc<WebPkiServerVerifier>,
    seen: Arc<Mutex<Option<Seen>>>,
}

impl Checking {
    fn note(&self, certificate: &CertificateDer<'_>, voucher: Option<Voucher>) {
        let certificate = digest::sha256(certificate);
        let seen = Seen { certificate, voucher, protocol: String::new(), cipher: String::new() };
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
    }
}

impl ServerCertVerifier for Checking {
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
        self.note(end_entity, None);
        let public = verify(&self.public);
        if public.is_ok() {
            self.note(end_entity, Some(Voucher::Public));
            return public;
        }
        let source = self.trust.source.as_ref().map(|own| verify(own));
        if let Some(Ok(verified)) = source {
            self.note(end_entity, Some(Voucher::Source));
            return Ok(verified);
        }
        if self.trust.pin(server_name) == Some(digest::sha256(end_entity).as_str()) {
            self.note(end_entity, Some(Voucher::Pin));
            return Ok(ServerCertVerified::assertion());
        }
        // Where the source names the authority, what it says is wrong tells more than "unknown issuer".
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

/// A connection inside TLS.
pub(super) struct Encrypted {
    buffers: LazyBuffers,
    stream: StreamOwned<ClientConnection, TransportAdapter>,
}

impl fmt::Debug for Encrypted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Encrypted")
    }
}

impl Transport for Encrypted {
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
