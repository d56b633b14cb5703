//! Fetching through a proxy: the capture holds the exchange with the site, not that with the proxy.

use super::server::*;
use sanad_fetch::Plan;
use sanad_warc::Entry;
use std::io::{BufRead, BufReader, Write, copy};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A proxy that opens tunnels (`CONNECT`), asks for a password, and records the targets.
fn proxy() -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let noted = Arc::clone(&noted);
            std::thread::spawn(move || tunnel(stream, &noted));
        }
    });
    (port, asked)
}

fn tunnel(mut client: TcpStream, asked: &Mutex<Vec<String>>) -> Option<()> {
    let mut reader = BufReader::new(client.try_clone().ok()?);
    let (mut first, mut knows_the_word) = (String::new(), false);
    reader.read_line(&mut first).ok()?;
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|n| n > 2) {
        knows_the_word |= line.starts_with("Proxy-Authorization: Basic dXNlcjpnZWhlaW0=");
        line.clear();
    }
    let target = first.strip_prefix("CONNECT ")?.split(' ').next()?.to_owned();
    asked.lock().unwrap().push(target.clone());
    if !knows_the_word {
        return client.write_all(b"HTTP/1.1 407 Who are you\r\n\r\n").ok();
    }
    let mut server = TcpStream::connect(&target).ok()?;
    client.write_all(b"HTTP/1.1 200 Connected\r\nX-Proxy: here\r\n\r\n").ok()?;
    let (mut back, mut forth) = (server.try_clone().ok()?, client.try_clone().ok()?);
    std::thread::spawn(move || {
        copy(&mut back, &mut forth).ok();
        forth.shutdown(Shutdown::Both).ok();
    });
    copy(&mut reader, &mut server).ok();
    server.shutdown(Shutdown::Both).ok()
}

#[test]
fn pages_come_through_a_proxy_as_if_it_were_not_there() {
    let server = Server::start(plain);
    let (port, asked) = proxy();
    let place = Place::new();
    let through =
        |word: &str| Plan { proxy: Some(format!("http://user:{word}@127.0.0.1:{port}")), ..plan(&[server.url("/a")]) };
    let report = place.run("r1", &through("geheim"));
    assert_eq!(code(&report, "/a"), "none", "{report:?}");
    let target = format!("127.0.0.1:{}", server.port);
    assert_eq!(*asked.lock().unwrap(), [target.clone(), target], "robots.txt and the page");
    let Some(Entry::Capture(capture)) = place.captures().into_iter().next() else { panic!("no capture") };
    assert_eq!(capture.body, b"<p>/a</p>");
    assert!(capture.header("x-proxy").is_none());
    let mut text = Vec::new();
    let bytes = std::fs::read(place.raw.path().join(&report.files[0])).unwrap();
    std::io::Read::read_to_end(&mut flate2::read::MultiGzDecoder::new(bytes.as_slice()), &mut text).unwrap();
    let text = String::from_utf8_lossy(&text);
    assert!(text.contains("GET /a HTTP/1.1") && !text.contains("CONNECT") && !text.contains("dXNlcjpnZWhlaW0="));
    // The refusal of a proxy isn't a response of the site.
    let refused = Place::new().run("r2", &through("falsch"));
    assert_eq!(code(&refused, "/a"), "fetch.connect");
    assert!(!of(&refused, "/a").result.as_ref().unwrap_err().to_string().contains("falsch"));
}
