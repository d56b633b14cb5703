//! Fetching from nginx: TLS under a local authority, bad certificates, old TLS, gzip, conditional requests.

use super::server::*;
use crate::common::{Place as Home, expect_exit, program, project};
use sanad::config::Config;
use sanad_document::Voucher;
use sanad_fetch::{FetchedKind, Plan};
use sanad_warc::Entry;
use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// nginx, with one server for each of [`SERVERS`].
struct Nginx {
    child: Child,
    folder: tempfile::TempDir,
    /// The ports in the order of [`SERVERS`], then that of plain HTTP.
    ports: Vec<u16>,
}

/// Each server's certificate, and further settings.
const SERVERS: [(&str, &str); 5] = [
    ("good", ""),
    ("other-name", ""),
    ("expired", ""),
    ("self-signed", ""),
    ("good", "ssl_protocols TLSv1 TLSv1.1; ssl_ciphers ALL:@SECLEVEL=0;"),
];

const PAGE: &str = "<!DOCTYPE html><html lang=en><head><title>A page of the registry</title></head><body><h1>A page of the registry</h1>\
    <p>The registry keeps its pages behind a certificate that its own authority has signed, as many offices do.</p>\
    <p>Whoever fetches them must have been told of that authority, or of this very certificate, by somebody who knows.</p></body></html>";

impl Nginx {
    /// Starts nginx. Needs openssl too, which makes the certificates.
    #[track_caller]
    fn start() -> Option<Self> {
        let (nginx, _) = (program("nginx")?, program("openssl")?);
        let folder = tempfile::tempdir().unwrap();
        certificates(folder.path());
        std::fs::create_dir(folder.path().join("www")).unwrap();
        std::fs::write(folder.path().join("www/page.html"), PAGE).unwrap();
        std::fs::copy(project().join("raw/demo.warc.gz"), folder.path().join("www/large.bin")).unwrap();
        let held: Vec<TcpListener> = (0..=SERVERS.len()).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        let ports: Vec<u16> = held.iter().map(|l| l.local_addr().unwrap().port()).collect();
        std::fs::write(folder.path().join("nginx.conf"), configuration(folder.path(), &ports)).unwrap();
        drop(held);
        let child = Command::new(nginx)
            .args(["-p", folder.path().to_str().unwrap(), "-e", "error.log", "-c", "nginx.conf"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let nginx = Self { child, folder, ports };
        let begun = Instant::now();
        while nginx.ports.iter().any(|p| TcpStream::connect(("127.0.0.1", *p)).is_err()) {
            let log = std::fs::read_to_string(nginx.folder.path().join("error.log")).unwrap_or_default();
            assert!(begun.elapsed() < Duration::from_secs(10), "nginx doesn't answer: {log}");
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(nginx)
    }

    fn url(&self, server: usize, path: &str) -> String {
        let scheme = if server < SERVERS.len() { "https" } else { "http" };
        format!("{scheme}://localhost:{}{path}", self.ports[server])
    }

    /// The digest of a certificate, as openssl prints it.
    fn digest(&self, certificate: &str) -> String {
        let path = self.folder.path().join(format!("{certificate}.pem"));
        let output =
            openssl(self.folder.path(), &["x509", "-noout", "-fingerprint", "-sha256", "-in", path.to_str().unwrap()]);
        output.trim().rsplit('=').next().unwrap().to_owned()
    }

    /// The plan of a source file with this `[tls]` table.
    fn plan(&self, start: &[String], tls: &str) -> Plan {
        let config = tempfile::tempdir().unwrap();
        std::fs::create_dir(config.path().join("sources")).unwrap();
        std::fs::copy(self.folder.path().join("ca.pem"), config.path().join("ca.pem")).unwrap();
        let start = start.iter().map(|s| format!("{s:?}")).collect::<Vec<_>>().join(", ");
        let file = format!(
            "hosts = [\"localhost\"]\nstart = [{start}]\nallow_private = [\"localhost\"]\ndelay_seconds = 0\n[tls]\n{tls}\n"
        );
        std::fs::write(config.path().join("sources/registry.toml"), file).unwrap();
        let config = Config::load(config.path()).unwrap_or_else(|e| panic!("{e}"));
        config.sources["registry"].plan(&config.settings)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // SIGTERM is a fast shutdown that ends the workers too.
        let pid = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &pid]).status().ok();
        self.child.wait().ok();
    }
}

fn configuration(folder: &Path, ports: &[u16]) -> String {
    let at = folder.display();
    let servers: String = SERVERS
        .iter()
        .zip(ports)
        .map(|((name, more), port)| {
            format!(
                "server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {at}/{name}.pem; ssl_certificate_key {at}/{name}.key; {more} }}\n"
            )
        })
        .collect();
    let plain = ports.last().unwrap();
    format!(
        "daemon off; user root; worker_processes 1; pid {at}/nginx.pid; error_log {at}/error.log;\n\
         events {{ worker_connections 64; }}\n\
         http {{ access_log off; root {at}/www; default_type application/octet-stream; types {{ text/html html; }}\n\
         client_body_temp_path {at}/t1; proxy_temp_path {at}/t2; fastcgi_temp_path {at}/t3; uwsgi_temp_path {at}/t4; scgi_temp_path {at}/t5;\n\
         gzip on; gzip_min_length 10; gzip_types text/html; charset utf-8;\n\
         {servers} server {{ listen 127.0.0.1:{plain}; }} }}\n"
    )
}

fn openssl(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("openssl").current_dir(folder).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Makes an authority, one good certificate, and others that are each bad in one way.
fn certificates(folder: &Path) {
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    let ca = ["req", "-x509", "-days", "30", "-subj", "/CN=Test authority", "-keyout", "ca.key", "-out", "ca.pem"];
    openssl(folder, &[&ca[..], &key[..]].concat());
    for (name, host, days) in
        [("good", "localhost", "30"), ("other-name", "other.example", "30"), ("expired", "localhost", "-1")]
    {
        let (keyfile, request) = (format!("{name}.key"), format!("{name}.csr"));
        openssl(
            folder,
            &[&["req", "-new", "-subj", "/CN=x", "-keyout", &keyfile, "-out", &request], &key[..]].concat(),
        );
        std::fs::write(folder.join("names"), format!("subjectAltName=DNS:{host}\n")).unwrap();
        let out = format!("{name}.pem");
        let sign =
            ["x509", "-req", "-in", &request, "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", days];
        openssl(folder, &[&sign[..], &["-extfile", "names", "-out", &out]].concat());
    }
    let own = ["req", "-x509", "-days", "30", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
    let files = ["-keyout", "self-signed.key", "-out", "self-signed.pem"];
    openssl(folder, &[&own[..], &files[..], &key[..]].concat());
}

#[test]
fn each_way_of_a_certificate_to_be_bad_has_its_code_and_the_way_out_is_named() {
    let Some(nginx) = Nginx::start() else { return };
    let urls: Vec<String> = (0..SERVERS.len()).map(|n| nginx.url(n, &format!("/page.html?{n}"))).collect();
    let report = Place::new().run("r", &nginx.plan(&urls, "ca = [\"ca.pem\"]"));
    let codes: Vec<&str> = (0..SERVERS.len()).map(|n| code(&report, &format!("?{n}"))).collect();
    assert_eq!(codes, ["none", "fetch.tls_name", "fetch.tls_expired", "fetch.tls_issuer", "fetch.tls_protocol"]);
    let message = |n: usize| of(&report, &format!("?{n}")).result.as_ref().unwrap_err().to_string();
    assert!(message(3).contains("[tls.pins]") && message(3).contains("sha256:"), "{}", message(3));
    assert!(message(4).contains("sanad import"), "{}", message(4));
    let facts = &of(&report, "?0").result.as_ref().unwrap().facts;
    assert_eq!((facts.tls, facts.trust), (true, Some(Voucher::Source)));
    // Without the authority the good certificate can't be verified either.
    let report = Place::new().run("r", &nginx.plan(&urls[..1], ""));
    assert_eq!(code(&report, "?0"), "fetch.tls_issuer");
}

#[test]
fn a_pinned_certificate_is_taken_and_no_other() {
    let Some(nginx) = Nginx::start() else { return };
    let url = nginx.url(3, "/page.html");
    let digest = nginx.digest("self-signed");
    let place = Place::new();
    let report =
        place.run("r", &nginx.plan(std::slice::from_ref(&url), &format!("pins = {{ localhost = {digest:?} }}")));
    let fetched = of(&report, "/page.html").result.as_ref().unwrap_or_else(|e| panic!("{e}"));
    let plain = format!("sha256:{}", digest.replace(':', "").to_lowercase());
    assert_eq!((fetched.facts.trust, fetched.facts.certificate.as_ref()), (Some(Voucher::Pin), Some(&plain)));
    let Some(Entry::Capture(capture)) = place.captures().into_iter().next() else { panic!("no capture") };
    assert_eq!(capture.pinned.as_ref(), Some(&plain));
    let other = nginx.digest("good");
    let report = Place::new().run("r", &nginx.plan(&[url], &format!("pins = {{ localhost = {other:?} }}")));
    assert_eq!(code(&report, "/page.html"), "fetch.tls_pin");
}

#[test]
fn a_record_and_the_log_say_that_a_certificate_was_pinned() {
    let Some(nginx) = Nginx::start() else { return };
    let home = Home::empty();
    let url = nginx.url(3, "/page.html");
    let source = format!(
        "name = \"Registry\"\nhosts = [\"localhost\"]\nstart = [{url:?}]\nallow_private = [\"localhost\"]\n[tls.pins]\nlocalhost = {:?}\n",
        nginx.digest("self-signed")
    );
    home.write("config/sources/registry.toml", source);
    home.write("config/sanad.toml", "[fetch]\ndelay_seconds = 0\n");
    expect_exit(&home.sanad(&["run"]), 0);
    let records = home.lines("normalized/records");
    let codes: Vec<&str> =
        records[0]["warnings"].as_array().unwrap().iter().map(|w| w["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["capture.pinned_certificate"]);
    let events = home.of_run("events");
    let fetched = events.iter().find(|e| e["event"] == "capture.fetched").unwrap();
    assert_eq!((fetched["trust"].as_str(), fetched["tls"].as_bool()), (Some("pin"), Some(true)));
    expect_exit(&home.sanad(&["verify"]), 0);
    expect_exit(&home.sanad(&["replay"]), 0);
    keep_captures(&home.path("raw"));
}

#[test]
fn what_a_real_server_gives_is_stored_as_it_came_and_asked_for_again_with_conditions() {
    let Some(nginx) = Nginx::start() else { return };
    let http = SERVERS.len();
    let start = [
        nginx.url(0, "/page.html"),
        nginx.url(http, "/page.html"),
        nginx.url(http, "/large.bin"),
        nginx.url(http, "/none"),
    ];
    let mut place = Place::new();
    place.setup.limits.body = 10 << 20;
    let plan = nginx.plan(&start, "ca = [\"ca.pem\"]");
    let report = place.run("r1", &plan);
    assert_eq!(report.outcomes.iter().filter(|o| o.result.is_ok()).count(), 3, "{report:?}");
    assert_eq!(code(&report, "/none"), "fetch.status");
    let large = std::fs::read(nginx.folder.path().join("www/large.bin")).unwrap();
    let captures: Vec<_> =
        place.captures().into_iter().map(|e| if let Entry::Capture(c) = e { c } else { panic!("{e:?}") }).collect();
    for capture in &captures {
        if capture.url.ends_with("/large.bin") {
            assert_eq!(capture.body, large);
        } else if capture.url.ends_with("/page.html") {
            assert_eq!(capture.header("content-encoding"), Some("gzip"));
            let mut page = String::new();
            std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(capture.body.as_slice()), &mut page)
                .unwrap();
            assert_eq!(page, PAGE);
        }
    }
    assert_eq!(captures.len(), 4);
    let report = place.run("r2", &plan);
    let kinds: Vec<FetchedKind> =
        report.outcomes.iter().filter_map(|o| o.result.as_ref().ok()).map(|f| f.kind).collect();
    assert_eq!(kinds, [FetchedKind::NotModified; 3]);
    place.run("r3", &plan);
    let mut changed = std::fs::File::options().append(true).open(nginx.folder.path().join("www/page.html")).unwrap();
    changed.write_all(b"<p>One more.</p>").unwrap();
    let report = place.run("r4", &plan);
    assert_eq!(kind(&report, "/large.bin"), FetchedKind::Unchanged, "every third visit after the first is whole");
    assert!(
        report
            .outcomes
            .iter()
            .filter(|o| o.url.ends_with("/page.html"))
            .all(|o| o.result.as_ref().unwrap().kind == FetchedKind::New)
    );
}

#[test]
fn mistakes_in_what_a_source_says_of_tls_are_named() {
    let home = Home::empty();
    let source = "hosts = [\"a.tj\"]\nproxy = \"socks5://u:geheim@x\"\n[tls]\nca = [\"none.pem\", \"empty.pem\"]\n[tls.pins]\n\"a.tj\" = \"12:34\"\n";
    home.write("config/sources/a.toml", source);
    home.write("config/empty.pem", "nothing");
    let output = home.sanad(&["check"]);
    expect_exit(&output, 2);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    for wanted in [
        "a.toml:2: `proxy`",
        "none.pem\" can't be read",
        "empty.pem\" contains no certificate",
        "`tls.pins`: \"12:34\"",
    ] {
        assert!(said.contains(wanted), "{wanted}\n{said}");
    }
    assert!(!said.contains("geheim"));
}
