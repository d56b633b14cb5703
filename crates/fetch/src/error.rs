//! Why a request failed, and why a run ended early.

use borsh::{BorshDeserialize, BorshSerialize};
use std::path::Path;

/// Why a run ended early, or a single page couldn't be fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A file or folder can't be read or written.
    #[error("{path}: can't {doing}: {cause}")]
    Io {
        /// Path.
        path: String,
        /// A verb: `read`, `write`, `create`, `remove`.
        doing: String,
        /// The system's message.
        cause: String,
    },
    /// A WARC file can't be written.
    #[error(transparent)]
    Warc(#[from] sanad_warc::Error),
    /// A page couldn't be fetched.
    #[error("{url}: {problem}")]
    Fetch {
        /// The address.
        url: String,
        /// What went wrong.
        problem: Fault,
    },
    /// A run has no free name for another WARC file.
    #[error("run {run} has too many WARC files")]
    TooManyFiles {
        /// The run.
        run: String,
    },
    /// An invariant of this crate is broken.
    #[error("internal error: {what}; please report it")]
    Internal {
        /// Which invariant.
        what: &'static str,
    },
}

impl Error {
    pub(crate) fn io(path: &Path, doing: &str, cause: &std::io::Error) -> Self {
        Self::Io { path: path.display().to_string(), doing: doing.to_owned(), cause: cause.to_string() }
    }
}

/// Why a request failed or wasn't made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, BorshSerialize, BorshDeserialize)]
pub enum Fault {
    /// robots.txt forbids it.
    #[error("robots.txt forbids it")]
    Robots,
    /// The address may not be requested.
    #[error("{reason}")]
    Forbidden {
        /// Why.
        reason: String,
    },
    /// The host name doesn't resolve.
    #[error("the host name doesn't resolve: {cause}")]
    Dns {
        /// The resolver's message.
        cause: String,
    },
    /// The connection failed.
    #[error("no connection: {cause}")]
    Connect {
        /// The system's message.
        cause: String,
    },
    /// TLS failed.
    #[error("TLS failed: {cause}; {}", advice(cause))]
    Tls {
        /// The library's message.
        cause: String,
    },
    /// The server's certificate can't be verified.
    #[error(
        "TLS failed: {cause}; the server's certificate has the digest {found}. If the server's owner confirms that it is \
         theirs, add it under `[tls.pins]` of the source, or the authority that issued it under `[tls] ca`"
    )]
    Certificate {
        /// The library's message.
        cause: String,
        /// `sha256:` digest of the certificate.
        found: String,
    },
    /// The server's certificate can't be verified and isn't the pinned one.
    #[error(
        "TLS failed: the server's certificate has the digest {found}, but `[tls.pins]` of the source names {pinned}"
    )]
    Pin {
        /// `sha256:` digest of the pinned certificate.
        pinned: String,
        /// `sha256:` digest of the server's certificate.
        found: String,
    },
    /// The response took too long.
    #[error("no response in time ({what})")]
    Timeout {
        /// Which limit was exceeded.
        what: String,
    },
    /// The server answered with an error status.
    #[error("the server answered {status}")]
    Status {
        /// HTTP status.
        status: u16,
    },
    /// The body is too large.
    #[error("the body is larger than the limit of {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// Too many redirects, or a loop of them.
    #[error("a loop of redirects, or more than {limit} in a row")]
    Redirects {
        /// The limit.
        limit: u32,
    },
    /// The response ended before its stated length.
    #[error("the response ended early: {cause}")]
    CutOff {
        /// The client's message.
        cause: String,
    },
    /// The response's header is too large.
    #[error("the response's header is larger than the limit of {limit} bytes")]
    LargeHeader {
        /// The limit in bytes.
        limit: u64,
    },
    /// The host had too many consecutive faults.
    #[error("not requested: the host failed {faults} times in a row")]
    HostDown {
        /// The limit on consecutive faults.
        faults: u32,
    },
    /// A local file can't be read.
    #[error("the file can't be read: {cause}")]
    File {
        /// Path, and what the system says.
        cause: String,
    },
    /// A list can't be read. Never taken for an empty one: what it would have said is unknown.
    #[error("it can't be read as a list: {cause}")]
    ListUnreadable {
        /// Why.
        cause: String,
    },
    /// A list names nothing.
    #[error("the list names nothing: {reason}")]
    ListEmpty {
        /// What it is instead.
        reason: String,
    },
    /// A list exceeds a limit. What is within the limit is followed.
    #[error("the list exceeds a limit: {what}")]
    ListLimit {
        /// Which limit, and what became of the rest.
        what: String,
    },
    /// A list breaks off. What it names before that is followed.
    #[error("the list breaks off, so that some of what it names may be missing: {cause}")]
    ListCutOff {
        /// Where or why.
        cause: String,
    },
    /// Its document was taken down.
    #[error(
        "not requested: its document was taken down; to fetch it again, name the address under `bring_back` of the source"
    )]
    TakenDown,
    /// The response isn't HTTP.
    #[error("broken response: {cause}")]
    Protocol {
        /// The client's message.
        cause: String,
    },
}

impl Fault {
    /// The stable code, for programs.
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
            Self::ListUnreadable { .. } => "list.unreadable",
            Self::ListEmpty { .. } => "list.empty",
            Self::ListLimit { .. } => "list.limit",
            Self::ListCutOff { .. } => "list.cut_off",
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

    /// Returns true if another attempt may succeed.
    pub(crate) fn is_transient(&self) -> bool {
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

/// The code of [`Fault::TakenDown`], which is no failure: the address is left out on purpose.
pub const TAKEN_DOWN: &str = "fetch.taken_down";

/// What to do about a TLS failure other than a certificate.
fn advice(cause: &str) -> &'static str {
    match tls_code(cause) {
        PROTOCOL => {
            "the server supports no safe version of TLS (1.2 or 1.3): capture its pages with another program that supports \
             older ones, then run `sanad import FILE`"
        }
        _ => "if another crawler can capture it, run `sanad import FILE`",
    }
}

/// The code of a server without a common version of TLS.
const PROTOCOL: &str = "fetch.tls_protocol";

/// The code of a TLS failure, derived from the library's message: faults keep messages only.
fn tls_code(cause: &str) -> &'static str {
    const CODES: [(&str, &str); 10] = [
        ("notvalidyet", "fetch.tls_not_yet_valid"),
        ("notvalidforname", "fetch.tls_name"),
        ("expired", "fetch.tls_expired"),
        ("revoked", "fetch.tls_revoked"),
        ("unknownissuer", "fetch.tls_issuer"),
        // A self-signed certificate.
        ("causedasendentity", "fetch.tls_issuer"),
        ("badsignature", "fetch.tls_signature"),
        ("peerisincompatible", PROTOCOL),
        ("fatalalert", PROTOCOL),
        ("corruptmessage", PROTOCOL),
    ];
    let cause: String = cause.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_lowercase()).collect();
    CODES.iter().find(|(words, _)| cause.contains(words)).map_or("fetch.tls", |(_, code)| code)
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
