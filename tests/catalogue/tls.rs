//! Provokes the TLS failures of fetching, and the failure to read a local file.
//!
//! The certificates in `tests/samples/tls` were made for this test: an authority, and certificates that are each bad in
//! one way until 2110. They share one key, which is used nowhere else.

use super::{Group, expect_all};
use crate::common::{Place as Home, project};
use crate::fetch::server::{Place, code, plan};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection};
use sanad_fetch::{Plan, TlsSettings, Trust};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

pub(super) const GROUPS: &[Group] = &[
    Group {
        of: "failures of TLS",
        names: &[
            "fetch.tls",
            "fetch.tls_expired",
            "fetch.tls_issuer",
            "fetch.tls_name",
            "fetch.tls_not_yet_valid",
            "fetch.tls_pin",
            "fetch.tls_protocol",
            "fetch.tls_revoked",
            "fetch.tls_signature",
        ],
    },
    Group { of: "failures of local files", names: &["fetch.file"] },
];

fn sample(name: &str) -> Vec<u8> {
    std::fs::read(project().join(format!("tests/samples/tls/{name}.der"))).unwrap()
}

/// Serves each connection with `answer`; returns the port.
fn serve(answer: impl Fn(TcpStream) + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || listener.incoming().flatten().for_each(answer));
    port
}

/// Starts a server with this certificate. Clients refuse it.
fn shows(certificate: &str) -> u16 {
    let chain = vec![CertificateDer::from(sample(certificate))];
    let key = PrivateKeyDer::try_from(sample("key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_no_client_auth().with_single_cert(chain, key).unwrap());
    serve(move |mut stream| {
        let mut connection = ServerConnection::new(Arc::clone(&config)).unwrap();
        while connection.is_handshaking() && connection.complete_io(&mut stream).is_ok() {}
    })
}

/// Starts a server that answers the first message with these bytes.
fn says(bytes: &'static [u8]) -> u16 {
    serve(move |mut stream| {
        let mut hello = [0; 2_048];
        let read = stream.read(&mut hello).unwrap_or(0);
        stream.write_all(bytes).ok();
        // Waits for the client to close: closing first, with unread data, would reset the connection.
        while read > 0 && stream.read(&mut hello).unwrap_or(0) > 0 {}
    })
}

#[test]
fn failures_of_tls() {
    let settings = |pin: Option<&str>| TlsSettings {
        authorities: vec![sample("authority")],
        pins: pin.map(|digest| ("localhost".to_owned(), digest.to_owned())).into_iter().collect::<BTreeMap<_, _>>(),
    };
    let other = format!("sha256:{}", "0".repeat(64));
    let cases: [(&str, u16, Option<&str>); 9] = [
        // ServerHelloDone as the first message.
        ("fetch.tls", says(b"\x16\x03\x03\x00\x04\x0e\x00\x00\x00"), None),
        ("fetch.tls_expired", shows("expired"), None),
        ("fetch.tls_issuer", shows("other-authority"), None),
        ("fetch.tls_name", shows("other-name"), None),
        ("fetch.tls_not_yet_valid", shows("not-yet-valid"), None),
        ("fetch.tls_pin", shows("other-authority"), Some(&other)),
        // Alerts: protocol_version, certificate_revoked.
        ("fetch.tls_protocol", says(b"\x15\x03\x03\x00\x02\x02\x46"), None),
        ("fetch.tls_revoked", says(b"\x15\x03\x03\x00\x02\x02\x2c"), None),
        ("fetch.tls_signature", shows("forged"), None),
    ];
    for (wanted, port, pin) in &cases {
        let trust = Arc::new(Trust::new(&settings(*pin)));
        let plan = Plan { trust, ..plan(&[format!("https://localhost:{port}/page")]) };
        assert_eq!(code(&Place::new().run("r", &plan), "/page"), *wanted);
    }
    expect_all(GROUPS, "failures of TLS", cases.map(|(code, ..)| code));
}

#[cfg(unix)]
#[test]
fn failures_of_local_files() {
    let home = Home::empty();
    let source = "hosts = [\"a.example\"]\n[files]\n\"../papers\" = \"https://a.example/papers/\"\n";
    home.write("config/sources/a.toml", source);
    std::fs::create_dir(home.path("papers")).unwrap();
    std::os::unix::fs::symlink("nowhere.html", home.path("papers/lost.html")).unwrap();
    home.sanad(&["run", "--now", crate::common::NOW]);
    let fetches = home.report()["fetches"].as_object().unwrap().clone();
    expect_all(GROUPS, "failures of local files", fetches.keys().cloned());
}
