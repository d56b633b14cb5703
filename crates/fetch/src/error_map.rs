//! What the client's errors mean, each under a code of its own.

use crate::Fault;
use crate::Limits;
use ureq::{Error, Timeout};

/// The client's fault under our code.
pub(super) fn fault(error: Error, limits: &Limits) -> Fault {
    match error {
        Error::Timeout(which) => Fault::Timeout { what: waited(which, limits) },
        Error::HostNotFound => Fault::Dns { cause: "no such host".to_owned() },
        Error::Tls(cause) => Fault::Tls { cause: cause.to_owned() },
        Error::Rustls(cause) => Fault::Tls { cause: cause.to_string() },
        Error::LargeResponseHeader(..) => Fault::LargeHeader { limit: limits.header as u64 },
        Error::Protocol(cause) => Fault::Protocol { cause: cause.to_string() },
        Error::Http(cause) => Fault::Protocol { cause: cause.to_string() },
        Error::BadUri(cause) => Fault::Forbidden { reason: format!("not an address: {cause}") },
        Error::ConnectProxyFailed(cause) => Fault::Connect { cause: format!("the proxy says {cause}") },
        // The guard and TLS say what is wrong in our own words.
        Error::Other(cause) => match cause.downcast::<Fault>() {
            Ok(fault) => *fault,
            Err(other) => Fault::Connect { cause: other.to_string() },
        },
        Error::Io(cause) => of_io(cause, limits),
        other => Fault::Protocol { cause: other.to_string() },
    }
}

/// What an error of input and output hides: the client wraps its own errors and those of TLS in it.
fn of_io(cause: std::io::Error, limits: &Limits) -> Fault {
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
        return Fault::Tls { cause: text };
    }
    match kind {
        ErrorKind::TimedOut | ErrorKind::WouldBlock => Fault::Timeout { what: "reading".to_owned() },
        ErrorKind::UnexpectedEof => Fault::CutOff { cause: text },
        _ if low.contains("lookup") || low.contains("resolve") || low.contains("name or service") => {
            Fault::Dns { cause: text }
        }
        _ => Fault::Connect { cause: text },
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
