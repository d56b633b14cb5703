//! Forbidden addresses are never requested, however they are spelled and wherever they come from.

use super::server::*;
use sanad_fetch::{Fault, Plan};
use std::net::TcpListener;

/// Spellings of this machine and its network, as the URL standard parses them and as libraries have parsed them.
const INNER: [&str; 24] = [
    "127.0.0.1",
    "2130706433",           // decimal
    "017700000001",         // octal, one number
    "0177.0.0.1",           // octal, by parts
    "0x7f000001",           // hexadecimal
    "0x7f.0.0.1",           // hexadecimal, by parts
    "127.1",                // parts left out
    "127.0.1",              // the same
    "0",                    // this network
    "%31%32%37.0.0.1",      // percent-encoded
    "１２７.０.０.１",      // full width
    "127。0。0。1",         // ideographic full stops
    "[::1]",                // IPv6 loopback
    "[::ffff:127.0.0.1]",   // IPv4 mapped
    "[::ffff:7f00:1]",      // the same in hexadecimal
    "[::127.0.0.1]",        // IPv4 compatible
    "[64:ff9b::127.0.0.1]", // NAT64
    "[64:ff9b:1::7f00:1]",  // NAT64, local prefix
    "[2002:7f00:1::]",      // 6to4
    "[2001:0:7f00:1::]",    // Teredo
    "[fe80::1]",            // link-local
    "[fd00:ec2::254]",      // unique local: metadata of a cloud
    "169.254.169.254",      // link-local: metadata of clouds
    "100.100.100.200",      // shared: metadata of a cloud
];

#[test]
fn inner_addresses_are_refused_in_every_spelling() {
    let port = TcpListener::bind("0.0.0.0:0").unwrap().local_addr().unwrap().port();
    let start: Vec<String> = INNER.iter().map(|host| format!("http://{host}:{port}/x")).collect();
    let plan = Plan { id: "test".to_owned(), start, ..Plan::default() };
    let report = Place::new().run("r", &plan);
    // Several spellings are one address, which is tried and refused once.
    assert!(report.outcomes.len() > 12);
    for outcome in &report.outcomes {
        assert_eq!(outcome.result.as_ref().err().map(Fault::code), Some("fetch.forbidden"), "{}", outcome.url);
    }
}

#[test]
fn a_redirect_to_an_inner_address_is_refused_in_every_spelling() {
    let server = Server::start(|path, _, _, s| match path.strip_prefix("/to/").and_then(|n| n.parse::<usize>().ok()) {
        Some(n) => page(s, "302 Found", &format!("Location: http://{}/inner\r\n", INNER[n]), ""),
        None => page(s, "404 Not Found", "", ""),
    });
    // The server's address is allowed by its name; the address that it redirects to isn't.
    let start: Vec<String> = (1..INNER.len()).map(|n| format!("http://localhost:{}/to/{n}", server.port)).collect();
    let plan = Plan { id: "test".to_owned(), start, allow_private: vec!["localhost".to_owned()], ..Plan::default() };
    let report = Place::new().run("r", &plan);
    let inner: Vec<_> = report.outcomes.iter().filter(|o| o.url.ends_with("/inner")).collect();
    assert!(inner.len() > 12);
    for outcome in inner {
        assert_eq!(outcome.result.as_ref().err().map(Fault::code), Some("fetch.forbidden"), "{}", outcome.url);
    }
}

#[test]
fn the_proxy_is_no_page_and_its_password_is_in_no_message() {
    let server = Server::start(plain);
    let proxied = |proxy: &str, start: String| Plan {
        id: "test".to_owned(),
        start: vec![start],
        proxy: Some(proxy.to_owned()),
        ..Plan::default()
    };
    let proxy = format!("http://user:geheim@localhost:{}", server.port);
    let itself = Place::new().run("r", &proxied(&proxy, format!("http://localhost:{}/admin", server.port)));
    assert_eq!(code(&itself, "/admin"), "fetch.forbidden");
    assert!(server.seen.lock().unwrap().is_empty());
    let wrong = Place::new().run("r", &proxied("socks5://user:geheim@localhost:1", "http://example.org/a".to_owned()));
    let message = of(&wrong, "/a").result.as_ref().unwrap_err().to_string();
    assert!(message.contains("proxy") && !message.contains("geheim"), "{message}");
}
