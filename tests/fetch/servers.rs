//! Servers as they are: odd headers, cookies, refreshes, session ids, endless addresses.

use super::server::*;
use sanad_fetch::{Discovery, FetchReport, Plan};
use sanad_warc::Entry;
use std::io::{Read, Write};

fn run_from(behaviour: Behaviour, start: &[&str], discovery: Discovery) -> (Place, FetchReport, Vec<String>) {
    let server = Server::start(behaviour);
    let start: Vec<String> = start.iter().map(|path| server.url(path)).collect();
    let mut place = Place::new();
    place.setup.limits.header = 64 << 10;
    let report = place.run("r", &Plan { discovery, ..plan(&start) });
    (place, report, server.paths())
}

#[test]
fn headers_that_no_standard_allows_are_read_and_stored_as_they_came() {
    const HEAD: &str = "HTTP/1.1 200 OK\r\nX-Long: a\r\n  b\r\nX-Powered-By PHP\r\nContent-Type : text/html\r\n";
    let (place, report, _) = run_from(
        |path, _, _, s| match path {
            "/robots.txt" => page(s, "404 Not Found", "", ""),
            "/many" => page(s, "200 OK", &"X-Many: 1\r\n".repeat(1_000), "many"),
            _ => write!(s, "{HEAD}Transfer-Encoding : chunked\r\n\r\n4\r\ngood\r\n0\r\n\r\n"),
        },
        &["/odd", "/many"],
        Discovery::default(),
    );
    assert_eq!((code(&report, "/odd"), code(&report, "/many")), ("none", "none"));
    let mut stored = String::new();
    let file = place.raw.path().join(&report.files[0]);
    flate2::read::MultiGzDecoder::new(std::fs::File::open(file).unwrap()).read_to_string(&mut stored).unwrap();
    assert!(stored.contains(HEAD));
    let bodies: Vec<Vec<u8>> = place
        .captures()
        .into_iter()
        .filter_map(|e| if let Entry::Capture(c) = e { Some(c.body) } else { None })
        .collect();
    assert!(bodies.contains(&b"good".to_vec()) && bodies.contains(&b"many".to_vec()));
}

#[test]
fn cookies_last_as_long_as_the_redirects_from_one_address() {
    let (place, report, paths) = run_from(
        |path, head, nth, s| match path {
            "/robots.txt" => page(s, "404 Not Found", "", ""),
            "/check" if head.contains("back=") => {
                let back = head.split("back=").nth(1).unwrap().split(['\r', ';']).next().unwrap();
                page(s, "302 Found", &format!("Set-Cookie: ok=topsecret{nth}; Path=/\r\nLocation: {back}\r\n"), "")
            }
            "/check" => page(s, "400 Bad", "", ""),
            _ if head.contains("ok=topsecret") => page(s, "200 OK", "", path),
            _ => page(s, "302 Found", &format!("Set-Cookie: back={path}\r\nLocation: /check\r\n"), ""),
        },
        &["/a", "/b"],
        Discovery::default(),
    );
    let good = report.outcomes.iter().filter(|o| o.via.len() == 2 && o.result.is_ok()).count();
    assert_eq!((good, paths.len()), (2, 6), "{:?}", report.outcomes);
    let mut stored = Vec::new();
    for file in &report.files {
        let file = std::fs::File::open(place.raw.path().join(file)).unwrap();
        flate2::read::MultiGzDecoder::new(file).read_to_end(&mut stored).unwrap();
    }
    let times = |text: &[u8]| memchr::memmem::find_iter(&stored, text).count();
    assert_eq!(times(b"topsecret"), 2, "as the responses set them, and in no request");
    assert_eq!(times(b"cookie: [not recorded]"), 4);
    let journal = std::fs::read_to_string(place.raw.path().join(".fetch/journal.jsonl")).unwrap();
    assert!(!journal.contains("topsecret"));
}

#[test]
fn a_run_that_stopped_between_redirects_gets_its_cookies_anew() {
    let server = Server::start(|path, head, nth, s| match path {
        "/robots.txt" => page(s, "404 Not Found", "", ""),
        "/b" if nth <= 2 => Ok(()),
        "/b" => page(s, if head.contains("s=1") { "200 OK" } else { "500 Oops" }, "", "page"),
        _ => page(s, "302 Found", "Set-Cookie: s=1\r\nLocation: /b\r\n", ""),
    });
    let place = Place::new();
    let plan = plan(&[server.url("/a")]);
    assert_ne!(code(&place.run("r", &plan), "/b"), "none", "it fails twice");
    assert_eq!(code(&place.run("r", &plan), "/b"), "none");
    assert_eq!(server.paths(), ["/a", "/b", "/b", "/a", "/b"]);
    assert_eq!(code(&place.run("r", &plan), "/b"), "none");
}

#[test]
fn a_page_does_not_depend_on_what_was_fetched_before_it() {
    let (_, report, _) = run_from(
        |path, head, _, s| match path {
            "/robots.txt" => page(s, "404 Not Found", "", ""),
            _ if head.to_lowercase().contains("cookie:") => page(s, "500 Oops", "", ""),
            _ => page(s, "200 OK", "Set-Cookie: s=1; Path=/\r\n", path),
        },
        &["/a", "/b"],
        Discovery::default(),
    );
    assert!(report.outcomes.iter().all(|o| o.result.is_ok()));
}

#[test]
fn a_redirect_that_brings_a_new_cookie_each_time_ends() {
    let (_, report, paths) = run_from(
        |path, _, nth, s| match path {
            "/robots.txt" => page(s, "404 Not Found", "", ""),
            _ => page(s, "302 Found", &format!("Set-Cookie: n={nth}\r\nLocation: /a\r\n"), ""),
        },
        &["/a"],
        Discovery::default(),
    );
    assert_eq!(paths.len(), 4, "the limit is 3");
    assert!(report.outcomes.iter().any(|o| o.result.as_ref().is_err_and(|fault| fault.code() == "fetch.redirects")));
}

#[test]
fn redirects_are_followed_as_far_as_they_say_where_to() {
    let (place, report, _) = run_from(
        |path, _, _, s| match path {
            "/robots.txt" => page(s, "404 Not Found", "", ""),
            "/none" => page(s, "301 Moved", "", ""),
            "/many" => page(s, "300 Multiple Choices", "Location: /b\r\n", ""),
            "/endless" => s.write_all(b"HTTP/1.1 302 Found\r\nLocation: /c\r\n"),
            "/cut" => s.write_all(b"HTTP/1.1 302 Found\r\nLocation: /some"),
            _ => page(s, "200 OK", "", "page"),
        },
        &["/none", "/many", "/endless", "/cut"],
        Discovery::default(),
    );
    assert_eq!((code(&report, "/c"), code(&report, "/cut")), ("none", "fetch.cut_off"));
    let is_stored = |entry: &Entry| matches!(entry, Entry::Capture(capture) if capture.url.ends_with("/endless"));
    assert_eq!(place.captures().iter().filter(|entry| is_stored(entry)).count(), 1);
    assert_eq!((code(&report, "/none"), code(&report, "/b")), ("fetch.status", "none"));
}

#[test]
fn bytes_of_an_old_encoding_in_an_address_stay_those_bytes() {
    let (_, _, paths) = run_from(
        |path, _, _, s| match path {
            "/robots.txt" => page(s, "404 Not Found", "", ""),
            "/a" => s.write_all(b"HTTP/1.1 302 Found\r\nLocation: /\xf5\xe0?q=\xcf\r\nContent-Length: 0\r\n\r\n"),
            "/%F5%E0?q=%CF" => {
                let (link, ..) =
                    encoding_rs::WINDOWS_1251.encode("<p>Министерство иностранных дел<a href='/я?q=я'>x</a>");
                s.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=windows-1251\r\n\r\n")?;
                s.write_all(&link)
            }
            _ => page(s, "200 OK", "", "page"),
        },
        &["/a"],
        Discovery { follow: vec!["/".to_owned()], depth: 1, ..Discovery::default() },
    );
    assert_eq!(paths, ["/a", "/%F5%E0?q=%CF", "/%D1%8F?q=%FF"]);
}

#[test]
fn a_page_that_is_nothing_but_a_refresh_is_followed_as_a_redirect() {
    let (_, report, paths) = run_from(
        |path, _, _, s| match path {
            "/robots.txt" => page(s, "200 OK", "", "User-agent: *\nDisallow: /secret"),
            "/a" => page(s, "200 OK", "", "<meta http-equiv=refresh content='0; url=/b'>"),
            "/b" => page(s, "200 OK", "Refresh: 1; url=/c\r\n", ""),
            "/d" => page(s, "200 OK", "", "<meta http-equiv=refresh content='0; url=/secret'>"),
            "/e" => page(s, "200 OK", "", "<meta http-equiv=refresh content='0; url=/f'>"),
            "/f" => page(s, "200 OK", "", "<meta http-equiv=refresh content='0; url=/e'>"),
            _ => page(s, "200 OK", "", "page"),
        },
        &["/a", "/d", "/e"],
        Discovery::default(),
    );
    assert_eq!(of(&report, "/c").via.len(), 2);
    assert_eq!(code(&report, "/secret"), "fetch.robots");
    assert_eq!(paths.iter().filter(|path| *path == "/e" || *path == "/f").count(), 2);
}

#[test]
fn addresses_are_folded_in_the_queue_as_in_ids_and_made_up_ones_are_left_out() {
    let (_, _, paths) = run_from(
        |path, _, nth, s| match path {
            "/robots.txt" => page(s, "404 Not Found", "", ""),
            "/login" => page(s, "302 Found", "Location: /login;jsessionid=1\r\n", ""),
            _ => page(
                s,
                "200 OK",
                "",
                &format!(
                    "<a href='/p;jsessionid={nth}{}'>p</a><a href='/p?utm_source=x'>p</a><a href='calendar/'>c</a>",
                    path.len()
                ),
            ),
        },
        &["/", "/login"],
        Discovery { follow: vec!["/".to_owned()], depth: 30, ..Discovery::default() },
    );
    let of = |text: &str| paths.iter().filter(|path| path.contains(text)).count();
    assert_eq!((of("/p"), of("/login")), (1, 2), "{paths:?}");
    assert!(of("calendar") <= 4, "{paths:?}");
}

#[test]
fn versions_that_a_site_makes_up_come_to_an_end() {
    let (_, _, paths) = run_from(
        |path, _, _, s| match path {
            "/robots.txt" => page(s, "404 Not Found", "", ""),
            _ => page(s, "200 OK", "", "<link rel=alternate hreflang=ru href='ru/'><a href='en/'>English</a>"),
        },
        &["/"],
        Discovery { translations: true, ..Discovery::default() },
    );
    assert!(paths.len() < 30, "{paths:?}");
}

#[test]
fn frames_are_followed_as_links() {
    let (_, _, mut paths) = run_from(
        |path, _, _, s| match path {
            "/robots.txt" => page(s, "404 Not Found", "", ""),
            "/" => page(
                s,
                "200 OK",
                "",
                "<frameset><frame src=main></frameset><iframe src=inner></iframe><embed src=x.swf>",
            ),
            _ => page(s, "200 OK", "", "page"),
        },
        &["/"],
        Discovery { follow: vec!["/".to_owned()], depth: 1, ..Discovery::default() },
    );
    paths.sort();
    assert_eq!(paths, ["/", "/inner", "/main"]);
}
