//! Why a fetch failed, and why fetching had to end.

use borsh::{BorshDeserialize, BorshSerialize};
use std::path::Path;

/// Why fetching had to end, or a page couldn't be looked at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A file or folder can't be read or written.
    #[error("{path}: can't {doing}: {cause}")]
    Io {
        /// Path.
        path: String,
        /// A verb: `read`, `write`, `create`.
        doing: String,
        /// What the system says.
        cause: String,
    },
    /// A WARC file can't be written.
    #[error(transparent)]
    Warc(#[from] sanad_warc::Error),
    /// A fetch that failed.
    #[error("{url}: {problem}")]
    Fetch {
        /// The address.
        url: String,
        /// What went wrong.
        problem: Fault,
    },
    /// A run has written all the WARC files that it has names for.
    #[error("run {run} has too many WARC files")]
    TooManyFiles {
        /// The run.
        run: String,
    },
    /// A promise that this crate makes to itself doesn't hold.
    #[error("internal error: {what}; please report it")]
    Internal {
        /// Which.
        what: &'static str,
    },
}

impl Error {
    pub(crate) fn io(path: &Path, doing: &str, cause: &std::io::Error) -> Self {
        Self::Io { path: path.display().to_string(), doing: doing.to_owned(), cause: cause.to_string() }
    }
}

/// Why a fetch failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, BorshSerialize, BorshDeserialize)]
pub enum Fault {
    /// robots.txt forbids it.
    #[error("robots.txt forbids it")]
    Robots,
    /// The address is not one we may ask.
    #[error("{reason}")]
    Forbidden {
        /// Why.
        reason: String,
    },
    /// The host name doesn't resolve.
    #[error("the host name doesn't resolve: {cause}")]
    Dns {
        /// What the resolver says.
        cause: String,
    },
    /// No connection.
    #[error("no connection: {cause}")]
    Connect {
        /// What the system says.
        cause: String,
    },
    /// TLS failed.
    #[error("TLS failed: {cause}; {}", advice(cause))]
    Tls {
        /// What the library says.
        cause: String,
    },
    /// The server's certificate can't be verified.
    #[error(
        "TLS failed: {cause}; the certificate shown has the digest {found}: once you know from the server's owner that it \
         is theirs, name it under `[tls.pins]` of the source, or the authority behind it under `[tls] ca`"
    )]
    Certificate {
        /// What the library says.
        cause: String,
        /// `sha256:` of the certificate.
        found: String,
    },
    /// The server's certificate is neither verified nor the one that the source names.
    #[error("TLS failed: the certificate shown has the digest {found}, the source's `[tls.pins]` names {pinned}")]
    Pin {
        /// `sha256:` of the certificate that the source names.
        pinned: String,
        /// `sha256:` of the certificate that was shown.
        found: String,
    },
    /// Too slow.
    #[error("no answer in time ({what})")]
    Timeout {
        /// Which limit.
        what: String,
    },
    /// The server says no.
    #[error("the server answered {status}")]
    Status {
        /// HTTP status.
        status: u16,
    },
    /// Too large.
    #[error("the body is larger than the limit of {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// Too many redirects, or in a circle.
    #[error("more than {limit} redirects")]
    Redirects {
        /// The limit.
        limit: u32,
    },
    /// The response broke off before its stated end.
    #[error("the response broke off: {cause}")]
    CutOff {
        /// What the client says.
        cause: String,
    },
    /// The response's header is too large.
    #[error("the response's header is larger than the limit of {limit} bytes")]
    LargeHeader {
        /// The limit in bytes.
        limit: u64,
    },
    /// Too many faults of the host in a row.
    #[error("not asked: the host failed {faults} times in a row")]
    HostDown {
        /// How many.
        faults: u32,
    },
    /// A local file can't be read.
    #[error("the file can't be read: {cause}")]
    File {
        /// Path, and what the system says.
        cause: String,
    },
    /// Its document was taken down.
    #[error(
        "not asked: its document was taken down; name the address under `bring_back` of the source to have it again"
    )]
    TakenDown,
    /// The response isn't HTTP.
    #[error("broken response: {cause}")]
    Protocol {
        /// What the client says.
        cause: String,
    },
}

impl Fault {
    /// The stable code, for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Robots => "fetch.robots",
            Self::Forbidden { .. } => "fetch.forbidden",
            Self::Dns { .. } => "fetch.dns",
            Self::Connect { .. } => "fetch.connect",
            Self::Tls { cause } | Self::Certificate { cause, .. } => tls_code(cause),
            Self::Pin { .. } => "fetch.tls_pin",
            Self::File { .. } => "fetch.file",
            Self::TakenDown => TAKEN_DOWN,
            Self::Timeout { .. } => "fetch.timeout",
            Self::Status { .. } => "fetch.status",
            Self::TooLarge { .. } => "fetch.too_large",
            Self::Redirects { .. } => "fetch.redirects",
            Self::CutOff { .. } => "fetch.cut_off",
            Self::LargeHeader { .. } => "fetch.large_header",
            Self::HostDown { .. } => "fetch.host_down",
            Self::Protocol { .. } => "fetch.protocol",
        }
    }

    /// Whether another try may succeed.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Dns { .. }
            | Self::Connect { .. }
            | Self::Timeout { .. }
            | Self::CutOff { .. }
            | Self::Protocol { .. } => true,
            Self::Status { status } => matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504),
            _ => false,
        }
    }
}

/// The code of an address whose document was taken down: not asked for, as it should be.
pub const TAKEN_DOWN: &str = "fetch.taken_down";

/// What to do about a TLS failure that no certificate is to blame for.
fn advice(cause: &str) -> &'static str {
    match tls_code(cause) {
        PROTOCOL => {
            "the server speaks no TLS that is still safe (1.2, 1.3): capture its pages with a browser or crawler of its time \
             and take them over with `sanad import FILE`"
        }
        _ => "a capture made by another crawler can be taken over with `sanad import FILE`",
    }
}

const PROTOCOL: &str = "fetch.tls_protocol";

/// The code of a TLS failure, as the library words its cause.
fn tls_code(cause: &str) -> &'static str {
    const CODES: [(&str, &str); 10] = [
        ("notvalidyet", "fetch.tls_not_yet_valid"),
        ("notvalidforname", "fetch.tls_name"),
        ("expired", "fetch.tls_expired"),
        ("revoked", "fetch.tls_revoked"),
        ("unknownissuer", "fetch.tls_issuer"),
        // A certificate that signed itself.
        ("causedasendentity", "fetch.tls_issuer"),
        ("badsignature", "fetch.tls_signature"),
        ("peerisincompatible", PROTOCOL),
        ("fatalalert", PROTOCOL),
        ("corruptmessage", PROTOCOL),
    ];
    let cause: String = cause.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_lowercase()).collect();
    CODES.iter().find(|(sign, _)| cause.contains(sign)).map_or("fetch.tls", |(_, code)| code)
}

#[cfg(test)]
mod tests {
    use super::Fault;

    #[test]
    fn each_tls_failure_has_its_code() {
        for (cause, code) in [
            ("invalid peer certificate: certificate expired: verification time 5 (UNIX)", "fetch.tls_expired"),
            ("invalid peer certificate: certificate not valid for name \"a.tj\"", "fetch.tls_name"),
            ("invalid peer certificate: UnknownIssuer", "fetch.tls_issuer"),
            ("peer is incompatible: ServerDoesNotSupportTls12Or13", "fetch.tls_protocol"),
            ("received fatal alert: ProtocolVersion", "fetch.tls_protocol"),
            ("received corrupt message of type InvalidContentType", "fetch.tls_protocol"),
            ("something else", "fetch.tls"),
        ] {
            assert_eq!(Fault::Tls { cause: cause.to_owned() }.code(), code, "{cause}");
        }
    }
}
