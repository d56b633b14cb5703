//! Faults of servers, and what is stored of good responses.

use super::server::*;
use FetchedKind::{New, NotModified, Unchanged};
use sanad_fetch::{Fault, FetchedKind, Plan};
use sanad_warc::Entry;
use std::io::Write;
use std::net::TcpListener;
use std::time::Duration;

#[test]
fn what_comes_is_stored_byte_for_byte_with_its_header_lines() {
    let server = Server::start(|path, _, _, s| {
        match path {
        "/robots.txt" => page(s, "404 Not Found", "", ""),
        "/packed" => s.write_all(b"HTTP/1.1 200 Fine\r\nX-oDd: 1\r\nContent-Encoding: gzip\r\ncontent-type:text/html\r\nX-Odd: 2\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x00\xff"),
        _ => s.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"),
    }
    });
    let place = Place::new();
    let report = place.run("r", &plan(&[server.url("/packed"), server.url("/chunked")]));
    assert_eq!(kind(&report, "/packed"), New);
    let mut seen = 0;
    for entry in place.captures() {
        let Entry::Capture(capture) = entry else { panic!("{entry:?}") };
        seen += 1;
        if capture.url.ends_with("/packed") {
            assert_eq!(capture.body, b"\x1f\x8b\x00\xff");
            let names: Vec<&str> = capture.headers.iter().map(|(n, _)| n.as_str()).collect();
            assert_eq!(names, ["X-oDd", "Content-Encoding", "content-type", "X-Odd", "Content-Length"]);
        } else {
            assert_eq!(capture.body, b"abcde");
        }
    }
    assert_eq!(seen, 2);
}

#[test]
fn each_fault_has_its_own_code_and_none_stops_the_others() {
    let server = Server::start(|path, _, _, s| {
        match path {
            "/robots.txt" => return page(s, "404 Not Found", "", ""),
            "/silent" => std::thread::sleep(Duration::from_secs(3)),
            "/slow" => {
                s.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")?;
                for _ in 0..30 {
                    s.write_all(b"x")?;
                    std::thread::sleep(Duration::from_millis(100));
                }
            }
            "/cut" => s.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")?,
            "/endless" => {
                s.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
                for _ in 0..100_000 {
                    s.write_all(&[b'x'; 1_000])?;
                }
            }
            "/large" => s.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")?,
            "/header" => {
                write!(s, "HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "y".repeat(20_000))?;
            }
            "/chunks" => s.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n")?,
            "/garbage" => s.write_all(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")?,
            "/gone" => return page(s, "410 Gone", "", "gone"),
            _ => return page(s, "200 OK", "", "good"),
        }
        Ok(())
    });
    let mut place = Place::new();
    place.setup.limits.faults = 100;
    let paths = ["/silent", "/slow", "/cut", "/endless", "/large", "/header", "/chunks", "/garbage", "/gone", "/good"];
    let report = place.run("r", &plan(&paths.map(|p| server.url(p))));
    let wanted = [
        ("/silent", "fetch.timeout"),
        ("/slow", "fetch.timeout"),
        ("/cut", "fetch.cut_off"),
        ("/endless", "fetch.too_large"),
        ("/large", "fetch.too_large"),
        ("/header", "fetch.large_header"),
        ("/chunks", "fetch.protocol"),
        ("/garbage", "fetch.protocol"),
        ("/gone", "fetch.status"),
        ("/good", "none"),
    ];
    let found: Vec<_> = wanted.iter().map(|(path, _)| (*path, code(&report, path))).collect();
    assert_eq!(found, wanted);
    assert_eq!(place.captures().len(), 2, "the page that is gone and the good one");
}

#[test]
fn a_closed_port_and_an_unknown_name_have_their_codes() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let mut place = Place::new();
    place.setup.limits.retries = 0;
    let report = place.run("r", &plan(&[format!("http://127.0.0.1:{port}/closed")]));
    assert_eq!(code(&report, "/closed"), "fetch.connect");
    let report = place.run("s", &plan(&["http://no-such-name.invalid/a".to_owned()]));
    assert_eq!(code(&report, "/a"), "fetch.dns");
}

#[test]
fn robots_is_asked_first_and_obeyed() {
    let server = Server::start(|path, _, _, s| match path {
        "/robots.txt" => page(s, "200 OK", "", "User-agent: sanad\nDisallow: /private\n"),
        _ => page(s, "200 OK", "", "page"),
    });
    let report = Place::new().run("r", &plan(&[server.url("/private/1"), server.url("/public")]));
    assert_eq!((code(&report, "/private/1"), code(&report, "/public")), ("fetch.robots", "none"));
    assert_eq!(server.paths(), ["/public"]);
    let broken =
        Server::start(|path, _, _, s| page(s, if path == "/robots.txt" { "500 Oops" } else { "200 OK" }, "", ""));
    assert_eq!(code(&Place::new().run("r", &plan(&[broken.url("/a")])), "/a"), "fetch.robots");
}

#[test]
fn redirects_are_recorded_hop_by_hop_and_end() {
    let server = Server::start(|path, _, _, s| match path {
        "/robots.txt" => page(s, "404 Not Found", "", ""),
        "/a" => page(s, "301 Moved", "Location: /b\r\n", ""),
        "/b" => page(s, "302 Found", "Location: c#top\r\n", ""),
        "/round" => page(s, "302 Found", "Location: /round\r\n", ""),
        "/inner" => page(s, "302 Found", "Location: http://169.254.169.254/latest/meta-data/\r\n", ""),
        "/file" => page(s, "302 Found", "Location: file:///etc/passwd\r\n", ""),
        _ if path.starts_with("/n") => page(s, "302 Found", &format!("Location: {path}n\r\n"), ""),
        _ => page(s, "200 OK", "", "end"),
    });
    let place = Place::new();
    let report = place.run("r", &plan(&["/a", "/round", "/inner", "/file", "/n"].map(|p| server.url(p))));
    assert_eq!(of(&report, "/c").via, [server.url("/a"), server.url("/b")]);
    assert_eq!(kind(&report, "/c"), New);
    assert_eq!(kind(&report, "/a"), FetchedKind::Redirect);
    let last = |end: &str| {
        report
            .outcomes
            .iter()
            .filter(|o| o.url.ends_with(end))
            .filter_map(|o| o.result.as_ref().err())
            .map(Fault::code)
            .next()
    };
    assert_eq!(last("/round"), Some("fetch.redirects"));
    assert_eq!(last("/nnnnn"), Some("fetch.redirects"));
    assert_eq!(last("/meta-data/"), Some("fetch.forbidden"));
    assert_eq!(last("/passwd"), Some("fetch.forbidden"));
}

#[test]
fn credentials_stay_with_their_host_and_out_of_the_records() {
    let server = Server::start(|path, head, _, s| match path {
        "/robots.txt" => page(s, "404 Not Found", "", ""),
        "/a" => {
            let port = head
                .lines()
                .find_map(|l| l.strip_prefix("host: ").or(l.strip_prefix("Host: ")))
                .and_then(|h| h.rsplit_once(':'))
                .map(|(_, p)| p.to_owned());
            page(s, "302 Found", &format!("Location: http://localhost:{}/b\r\n", port.unwrap_or_default()), "")
        }
        _ => page(s, "200 OK", "", "end"),
    });
    let place = Place::new();
    let mut plan = plan(&[server.url("/a")]);
    plan.headers = vec![("Authorization".to_owned(), "Basic c2VjcmV0".to_owned())];
    let report = place.run("r", &plan);
    assert_eq!(code(&report, "/b"), "none");
    assert!(server.header_of("/a").contains("c2vjcmv0") && !server.header_of("/b").contains("authorization"));
    for file in &report.files {
        let mut text = Vec::new();
        let bytes = std::fs::read(place.raw.path().join(file)).unwrap();
        std::io::Read::read_to_end(&mut flate2::read::MultiGzDecoder::new(bytes.as_slice()), &mut text).unwrap();
        assert!(!String::from_utf8_lossy(&text).contains("c2VjcmV0"));
    }
}

#[test]
fn names_of_inner_addresses_are_refused_unless_allowed() {
    let server = Server::start(plain);
    let mut plan = plan(&[format!("http://localhost:{}/a", server.port)]);
    plan.allow_private.clear();
    let report = Place::new().run("r", &plan);
    assert_eq!(code(&report, "/a"), "fetch.forbidden");
    assert!(server.seen.lock().unwrap().is_empty());
}

#[test]
fn servers_that_ask_for_time_get_it() {
    let server = Server::start(|path, _, nth, s| match (path, nth) {
        ("/robots.txt", _) => page(s, "404 Not Found", "", ""),
        ("/seconds", 1) => page(s, "429 Slow down", "Retry-After: 1\r\n", ""),
        ("/date", 1) => page(
            s,
            "503 Later",
            &format!("Retry-After: {}\r\n", jiff::fmt::rfc2822::to_string(&jiff::Zoned::now()).unwrap()),
            "",
        ),
        ("/long", _) => page(s, "503 Later", "Retry-After: 86400\r\n", ""),
        ("/never", _) => page(s, "500 Oops", "", ""),
        _ => page(s, "200 OK", "", "good"),
    });
    let place = Place::new();
    let begun = std::time::Instant::now();
    let report = place.run("r", &plan(&["/seconds", "/date", "/long", "/never"].map(|p| server.url(p))));
    let codes = ["/seconds", "/date", "/long", "/never"].map(|p| (code(&report, p), of(&report, p).tries));
    assert_eq!(codes, [("none", 2), ("none", 2), ("fetch.status", 1), ("fetch.status", 2)]);
    assert!(begun.elapsed() >= Duration::from_secs(1));
}

#[test]
fn unchanged_pages_become_revisits_and_are_fetched_whole_now_and_then() {
    let server = Server::start(|path, head, nth, s| match path {
        "/robots.txt" => page(s, "404 Not Found", "", ""),
        "/tagged" if head.to_lowercase().contains("if-none-match: \"one\"") => {
            s.write_all(b"HTTP/1.1 304 Not Modified\r\nETag: \"one\"\r\n\r\n")
        }
        "/tagged" => page(s, "200 OK", "ETag: \"one\"\r\n", "same"),
        _ => page(s, "200 OK", &format!("ETag: \"{nth}\"\r\n"), "same too"),
    });
    let place = Place::new();
    let plan = plan(&[server.url("/tagged"), server.url("/flapping")]);
    let kinds: Vec<_> = ["r1", "r2", "r3", "r4"]
        .iter()
        .map(|r| place.run(r, &plan))
        .map(|r| (kind(&r, "/tagged"), kind(&r, "/flapping")))
        .collect();
    // Every third visit fetches the page whole, so the third request has no conditions.
    assert_eq!(kinds, [(New, New), (NotModified, Unchanged), (NotModified, Unchanged), (Unchanged, Unchanged)]);
    let (mut captures, mut revisits) = (0, 0);
    for entry in place.captures() {
        match entry {
            Entry::Capture(_) => captures += 1,
            Entry::Revisit(_) => revisits += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((captures, revisits), (2, 6));
}

#[test]
fn a_stopped_run_goes_on_where_it_was() {
    let server = Server::start(plain);
    let place = Place::new();
    place.run("r", &plan(&[server.url("/1"), server.url("/2")]));
    // Half a record, as after a power failure during the write.
    let file = place.raw.path().join("r-0001.warc.gz");
    let mut torn = std::fs::read(&file).unwrap();
    torn.extend_from_slice(&[0x1f, 0x8b, 8, 0, 1, 2, 3]);
    std::fs::write(&file, torn).unwrap();
    let report = place.run("r", &plan(&["/1", "/2", "/3"].map(|p| server.url(p))));
    assert_eq!(["/1", "/2", "/3"].map(|p| kind(&report, p)), [FetchedKind::Already, FetchedKind::Already, New]);
    assert_eq!(server.paths().iter().filter(|p| *p == "/1").count(), 1);
    let urls: Vec<String> = place
        .captures()
        .iter()
        .map(|e| match e {
            Entry::Capture(c) => c.url.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(urls.len(), 3);
}

#[test]
fn a_host_that_fails_again_and_again_is_left_alone() {
    let server = Server::start(|path, _, _, s| match path {
        "/robots.txt" => page(s, "404 Not Found", "", ""),
        _ => page(s, "500 Oops", "", ""),
    });
    let mut place = Place::new();
    place.setup.limits.faults = 3;
    place.setup.limits.retries = 0;
    let paths: Vec<String> = (0..10).map(|n| server.url(&format!("/{n}"))).collect();
    let report = place.run("r", &plan(&paths));
    assert_eq!(server.paths().len(), 3);
    assert_eq!(
        report.outcomes.iter().filter(|o| o.result.as_ref().is_err_and(|e| e.code() == "fetch.host_down")).count(),
        7
    );
}

#[test]
fn hosts_don_t_wait_for_each_other() {
    let server = Server::start(|path, _, _, s| {
        std::thread::sleep(Duration::from_millis(100));
        plain(path, "", 0, s)
    });
    let place = Place::new();
    let hosts: Vec<String> = (1..=8).map(|n| format!("127.0.0.{n}")).collect();
    let start =
        hosts.iter().flat_map(|h| (0..4).map(move |n| (h, n))).map(|(h, n)| format!("http://{h}:{}/{n}", server.port));
    let plan =
        Plan { delay: Duration::from_millis(300), allow_private: hosts.clone(), ..plan(&start.collect::<Vec<_>>()) };
    let begun = std::time::Instant::now();
    let report = place.run("r", &plan);
    assert_eq!(report.outcomes.iter().filter(|o| o.result.is_ok()).count(), 32);
    // In sequence the hosts would take over 12 s; one takes about 2 s.
    assert!(begun.elapsed() < Duration::from_secs(7), "{:?}", begun.elapsed());
}

#[test]
fn what_a_server_sends_beyond_the_stated_length_is_no_part_of_the_response() {
    let server = Server::start(|path, _, _, s| match path {
        "/robots.txt" => page(s, "404 Not Found", "", ""),
        _ => s.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nrightHTTP/1.1 200 OK\r\n\r\nwrong"),
    });
    let place = Place::new();
    place.run("r", &plan(&[server.url("/more")]));
    let Some(Entry::Capture(capture)) = place.captures().into_iter().next() else { panic!("no capture") };
    assert_eq!(capture.body, b"right");
}

#[test]
fn a_robots_txt_that_fails_is_asked_for_again() {
    let server = Server::start(|path, _, nth, s| match (path, nth) {
        ("/robots.txt", 1) => page(s, "503 Later", "", ""),
        ("/robots.txt", _) => page(s, "200 OK", "", "User-agent: *\nDisallow: /x\n"),
        _ => page(s, "200 OK", "", "page"),
    });
    let report = Place::new().run("r", &plan(&[server.url("/x"), server.url("/y")]));
    assert_eq!((code(&report, "/x"), code(&report, "/y")), ("fetch.robots", "none"));
}

#[test]
fn a_source_may_allow_several_requests_to_a_host_at_one_time() {
    let server = Server::start(|path, _, _, s| {
        std::thread::sleep(Duration::from_millis(150));
        plain(path, "", 0, s)
    });
    let start: Vec<String> = (0..16).map(|n| server.url(&format!("/{n}"))).collect();
    let begun = std::time::Instant::now();
    let report = Place::new().run("r", &Plan { connections: 8, ..plan(&start) });
    assert_eq!(report.outcomes.iter().filter(|o| o.result.is_ok()).count(), 16);
    // In sequence they take 2.4 s.
    assert!(begun.elapsed() < Duration::from_millis(1_600), "{:?}", begun.elapsed());
}

/// 70 MB of spaces in gzip, brotli and zstd.
fn bombs() -> [(&'static str, Vec<u8>); 3] {
    const BROTLI: &str = "cbffff3ff82540e2b14020f7fe8fffff7ff04b00c4611180eefd1fffffffe0970088c30200ddfb3ffeffffc12f0110870500\
        baf77ffcffff835f02200e0b0074effff8ffff07bf04401c1600e8defff1ffff0f7e0980382c00d0bdffe3ffff1ffc1200715800a07bff97ffff\
        5ff82500e2b00040f7fe0b";
    let blanks = vec![b' '; 70 << 20];
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(&blanks).unwrap();
    let digits: Vec<u8> = BROTLI.bytes().filter(u8::is_ascii_hexdigit).collect();
    let brotli = digits.chunks(2).map(|d| u8::from_str_radix(std::str::from_utf8(d).unwrap(), 16).unwrap()).collect();
    // A frame of blocks that each repeat one byte 131,072 times (RFC 8878, section 3.1.1).
    let mut zstd = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38];
    for n in 0..560_u32 {
        let head = u32::from(n == 559) | 1 << 1 | (128 << 10) << 3;
        zstd.extend_from_slice(&head.to_le_bytes()[..3]);
        zstd.push(b' ');
    }
    [("gzip", gzip.finish().unwrap()), ("br", brotli), ("zstd", zstd)]
}

#[test]
fn bombs_are_stored_as_they_came_and_cost_only_themselves() {
    let server = Server::start(|path, _, _, s| {
        let bomb = bombs().into_iter().find(|(name, _)| path == format!("/{name}"));
        match bomb {
            Some((name, body)) => {
                write!(
                    s,
                    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: {name}\r\nContent-Length: {}\r\n\r\n",
                    body.len()
                )?;
                s.write_all(&body)
            }
            None if path == "/robots.txt" => page(s, "404 Not Found", "", ""),
            None => page(
                s,
                "200 OK",
                "",
                "<title>A page</title><h1>A page</h1><p>This page stands beside three bombs and is read all the same, word by word.</p>",
            ),
        }
    });
    let home = crate::common::Place::empty();
    let start: Vec<String> =
        ["gzip", "br", "zstd", "page"].iter().map(|p| format!("{:?}", server.url(&format!("/{p}")))).collect();
    home.write("config/sanad.toml", "[fetch]\ndelay_seconds = 0\n");
    home.write(
        "config/sources/a.toml",
        format!("hosts = [\"127.0.0.1\"]\nallow_private = [\"127.0.0.1\"]\nstart = [{}]\n", start.join(", ")),
    );
    crate::common::expect_exit(&home.sanad(&["run"]), 1);
    let codes: Vec<String> = home.of_run("quarantine").iter().map(|q| q["code"].as_str().unwrap().to_owned()).collect();
    assert_eq!(codes, ["decode.too_large"; 3]);
    assert_eq!(home.lines("normalized/records").len(), 1);
    assert_eq!(home.report()["fetches"]["fetched"].as_u64(), Some(4));
}
