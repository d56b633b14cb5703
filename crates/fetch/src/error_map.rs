//! Maps the HTTP client's errors to faults.

use crate::{Fault, Limits};
use ureq::{Error, Timeout};

/// The fault for a client's error. `limits` are those that the request had.
pub(super) fn to_fault(error: Error, limits: &Limits) -> Fault {
    match error {
        Error::Timeout(which) => Fault::Timeout { what: exceeded(which, limits) },
        Error::HostNotFound => Fault::Dns { cause: "no such host".to_owned() },
        Error::Tls(cause) => Fault::Tls { cause: cause.to_owned() },
        Error::Rustls(cause) => Fault::Tls { cause: cause.to_string() },
        Error::LargeResponseHeader(..) => Fault::LargeHeader { limit: limits.header as u64 },
        Error::Protocol(cause) => Fault::Protocol { cause: cause.to_string() },
        Error::Http(cause) => Fault::Protocol { cause: cause.to_string() },
        Error::BadUri(cause) => Fault::Forbidden { reason: format!("not an address: {cause}") },
        Error::ConnectProxyFailed(cause) => Fault::Connect { cause: format!("the proxy answered {cause}") },
        // The address guard and the TLS connector return faults.
        Error::Other(cause) => match cause.downcast::<Fault>() {
            Ok(fault) => *fault,
            Err(other) => Fault::Connect { cause: other.to_string() },
        },
        Error::Io(cause) => io_fault(cause, limits),
        other => Fault::Protocol { cause: other.to_string() },
    }
}

/// The fault for an I/O error. The client wraps its own errors, and those of TLS, in I/O errors.
fn io_fault(cause: std::io::Error, limits: &Limits) -> Fault {
    use std::io::ErrorKind;
    let text = cause.to_string();
    let kind = cause.kind();
    if let Some(inner) = cause.into_inner() {
        match inner.downcast::<Error>() {
            Ok(error) if !matches!(*error, Error::Io(_)) => return to_fault(*error, limits),
            _ => {}
        }
    }
    let lower = text.to_lowercase();
    if lower.contains("certificate") || lower.contains("handshake") || lower.contains("tls") {
        return Fault::Tls { cause: text };
    }
    match kind {
        ErrorKind::TimedOut | ErrorKind::WouldBlock => Fault::Timeout { what: "reading".to_owned() },
        ErrorKind::UnexpectedEof => Fault::CutOff { cause: text },
        _ if lower.contains("lookup") || lower.contains("resolve") || lower.contains("name or service") => {
            Fault::Dns { cause: text }
        }
        _ => Fault::Connect { cause: text },
    }
}

/// The limit that was exceeded, for people.
fn exceeded(which: Timeout, limits: &Limits) -> String {
    let (what, limit) = match which {
        Timeout::Resolve => ("name lookup", limits.connect),
        Timeout::Connect => ("connection", limits.connect),
        Timeout::RecvResponse => ("first byte", limits.first_byte),
        _ => ("whole response", limits.total),
    };
    format!("{what}, {} s", limit.as_secs_f64())
}
