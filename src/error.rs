//! What can go wrong, and what follows from it.
//!
//! Every error has a code (stable, for machines), a message that says what, where and what to do, and a consequence:
//! it ends the run ([`Error::is_fatal`]) or only costs the capture it befell.

use borsh::{BorshDeserialize, BorshSerialize};

/// All errors of the library.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, BorshSerialize, BorshDeserialize)]
pub enum Error {
    /// The command line asks for something that can't be.
    #[error("{message}")]
    Usage {
        /// What, and what to do.
        message: String,
    },
    /// The configuration has mistakes; each stands on its own line.
    #[error("{}", mistakes.join("\n"))]
    Config {
        /// `file:line: what is wrong`.
        mistakes: Vec<String>,
    },
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
    /// Another run holds the output folder.
    #[error("{path}: another run is at work here (process {pid}); wait for it to end, or give another --out")]
    Locked {
        /// The lock.
        path: String,
        /// Its holder.
        pid: String,
    },
    /// A run put other results in place while they were read.
    #[error(
        "{path}: a run is putting new results in place, or was stopped while it did; nothing was written. Try again; \
        after a stop, let `sanad run` finish it first"
    )]
    Moved {
        /// What moved.
        path: String,
    },
    /// A database or a store of objects doesn't take what it is given.
    #[error("{place}: {problem}")]
    Store {
        /// Its address, without a password.
        place: String,
        /// What it says.
        problem: String,
    },
    /// The provenance log isn't what it should be.
    #[error("{path}: {problem}")]
    Log {
        /// File of the log.
        path: String,
        /// What is wrong.
        problem: String,
    },
    /// A WARC file breaks off or isn't one.
    #[error("{file} at byte {offset}: {problem}")]
    Warc {
        /// Path under the raw folder.
        file: String,
        /// Offset in bytes of the record.
        offset: u64,
        /// What is wrong.
        problem: WarcFault,
    },
    /// Bytes that can't become text.
    #[error(transparent)]
    Decode(#[from] DecodeFault),
    /// An HTML page that can't be read.
    #[error(transparent)]
    Html(#[from] HtmlFault),
    /// A PDF that can't be read.
    #[error(transparent)]
    Pdf(#[from] PdfFault),
    /// The process that parsed it had to be replaced.
    #[error(transparent)]
    Worker(#[from] WorkerFault),
    /// A fetch that failed.
    #[error("{url}: {problem}")]
    Fetch {
        /// The address.
        url: String,
        /// What went wrong.
        problem: FetchFault,
    },
}

/// What is wrong with a WARC file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, BorshSerialize, BorshDeserialize)]
pub enum WarcFault {
    /// It ends in the middle of a record.
    #[error("the file ends in the middle of a record; what stands before was read")]
    Truncated,
    /// Its gzip data is broken.
    #[error("broken gzip data ({cause}); what stands before was read")]
    Gzip {
        /// What the decoder says.
        cause: String,
    },
    /// The record's header can't be read.
    #[error("not a WARC record ({cause}); what stands before was read")]
    Malformed {
        /// What is wrong.
        cause: String,
    },
    /// The record is larger than the limit.
    #[error("the record has {size} bytes, more than the limit of {limit}; it was passed over")]
    TooLarge {
        /// Its size in bytes.
        size: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// The file is empty.
    #[error("the file is empty")]
    Empty,
}

/// Why bytes didn't become text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, BorshSerialize, BorshDeserialize)]
pub enum DecodeFault {
    /// Nothing there.
    #[error("the body is empty")]
    Empty,
    /// Neither HTML nor PDF.
    #[error("unknown type: {found}; HTML and PDF can be read")]
    UnknownType {
        /// What it looks like.
        found: String,
    },
    /// Larger than the limit, as received or after decompression.
    #[error("the body is larger than the limit of {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// The content coding doesn't decode.
    #[error("Content-Encoding {coding} can't be decoded: {cause}")]
    ContentCoding {
        /// Its name.
        coding: String,
        /// What the decoder says.
        cause: String,
    },
    /// Too many characters are broken to trust the text.
    #[error("{share} per mille of the characters are broken; no encoding explains them")]
    Garbled {
        /// Per mille of broken characters.
        share: u32,
    },
}

/// Why an HTML page gave no document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, BorshSerialize, BorshDeserialize)]
pub enum HtmlFault {
    /// More bytes than the limit.
    #[error("the page has more than {limit} bytes")]
    TooLong {
        /// The limit.
        limit: u64,
    },
    /// More nodes than the limit.
    #[error("the page has more than {limit} nodes")]
    TooManyNodes {
        /// The limit.
        limit: u64,
    },
}

/// Why a PDF gave no document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, BorshSerialize, BorshDeserialize)]
pub enum PdfFault {
    /// Neither reader opens it.
    #[error("the PDF can't be opened: {cause}")]
    Broken {
        /// What the reader says.
        cause: String,
    },
    /// Encrypted, and no known password opens it.
    #[error(
        "the PDF is encrypted, and neither the empty password nor one of its site's opens it; \
         name the password under `pdf_passwords` in config/sites/<host>.toml (for `extract`, in SANAD_PDF_PASSWORD)"
    )]
    Encrypted,
    /// It has no page.
    #[error("the PDF has no page")]
    NoPages,
}

/// Why a worker process had to be replaced.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, BorshSerialize, BorshDeserialize)]
pub enum WorkerFault {
    /// It took too long.
    #[error("parsing took longer than {seconds} s and was stopped")]
    Timeout {
        /// The limit.
        seconds: u64,
    },
    /// It wanted too much memory.
    #[error("parsing wanted more than {megabytes} MB of memory and was stopped")]
    Memory {
        /// The limit.
        megabytes: u64,
    },
    /// It panicked.
    #[error("the parser panicked: {cause}")]
    Panicked {
        /// The panic's message.
        cause: String,
    },
    /// It died for another reason.
    #[error("the parser process died: {cause}")]
    Died {
        /// Exit status or signal.
        cause: String,
    },
}

/// Why a fetch failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, BorshSerialize, BorshDeserialize)]
pub enum FetchFault {
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

impl Error {
    /// The stable code, for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Usage { .. } => "usage",
            Self::Config { .. } => "config",
            Self::Io { .. } => "io",
            Self::Locked { .. } => "locked",
            Self::Moved { .. } => "moved",
            Self::Store { .. } => "store",
            Self::Log { .. } => "log",
            Self::Warc { problem, .. } => match problem {
                WarcFault::Truncated => "warc.truncated",
                WarcFault::Gzip { .. } => "warc.gzip",
                WarcFault::Malformed { .. } => "warc.malformed",
                WarcFault::TooLarge { .. } => "warc.too_large",
                WarcFault::Empty => "warc.empty",
            },
            Self::Decode(fault) => match fault {
                DecodeFault::Empty => "decode.empty",
                DecodeFault::UnknownType { .. } => "decode.unknown_type",
                DecodeFault::TooLarge { .. } => "decode.too_large",
                DecodeFault::ContentCoding { .. } => "decode.content_coding",
                DecodeFault::Garbled { .. } => "decode.garbled",
            },
            Self::Html(HtmlFault::TooLong { .. }) => "html.too_long",
            Self::Html(HtmlFault::TooManyNodes { .. }) => "html.too_many_nodes",
            Self::Pdf(fault) => match fault {
                PdfFault::Broken { .. } => "pdf.broken",
                PdfFault::Encrypted => "pdf.encrypted",
                PdfFault::NoPages => "pdf.no_pages",
            },
            Self::Worker(fault) => match fault {
                WorkerFault::Timeout { .. } => "worker.timeout",
                WorkerFault::Memory { .. } => "worker.memory",
                WorkerFault::Panicked { .. } => "worker.panicked",
                WorkerFault::Died { .. } => "worker.died",
            },
            Self::Fetch { problem, .. } => problem.code(),
        }
    }

    /// The stage it befell.
    #[must_use]
    pub fn stage(&self) -> &'static str {
        match self {
            Self::Usage { .. }
            | Self::Config { .. }
            | Self::Locked { .. }
            | Self::Moved { .. }
            | Self::Store { .. }
            | Self::Log { .. }
            | Self::Io { .. } => "run",
            Self::Warc { .. } | Self::Fetch { .. } => "fetch",
            Self::Decode(_) => "decode",
            Self::Html(_) | Self::Pdf(_) | Self::Worker(_) => "extract",
        }
    }

    /// Whether the run can't go on (else it costs only the capture it befell).
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        self.stage() == "run"
    }

    /// An input or output error with its path.
    #[must_use]
    pub fn io(path: &std::path::Path, doing: &str, cause: &std::io::Error) -> Self {
        Self::Io { path: path.display().to_string(), doing: doing.to_owned(), cause: cause.to_string() }
    }
}

impl FetchFault {
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
pub(crate) const TAKEN_DOWN: &str = "fetch.taken_down";

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
    use super::FetchFault;

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
            assert_eq!(FetchFault::Tls { cause: cause.to_owned() }.code(), code, "{cause}");
        }
    }
}
