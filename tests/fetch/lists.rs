//! Lists: robots.txt, sitemaps and feeds in every coding, and what is said of a list that isn't whole.

use super::server::*;
use sanad_fetch::{Discovery, FetchReport, Plan};
use std::io::Write;
use std::net::TcpStream;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn send(stream: &mut TcpStream, headers: &str, body: &[u8]) -> std::io::Result<()> {
    write!(stream, "HTTP/1.1 200 OK\r\n{headers}Content-Length: {}\r\n\r\n", body.len())?;
    stream.write_all(body)
}

const RULES: &[u8] = b"User-agent: *\nDisallow: /secret\n";

/// The codes of `/secret` and `/a` under a robots.txt.
fn under(robots: Behaviour) -> [&'static str; 2] {
    let server = Server::start(robots);
    let report = Place::new().run("r", &plan(&[server.url("/secret"), server.url("/a")]));
    [code(&report, "/secret"), code(&report, "/a")]
}

#[test]
fn a_robots_txt_is_obeyed_in_every_coding() {
    let obeyed = ["fetch.robots", "none"];
    let of_gzip: Behaviour = |path, _, _, s| match path {
        "/robots.txt" => send(s, "Content-Encoding: gzip\r\n", &gzip(&gzip(RULES))),
        _ => page(s, "200 OK", "", "page"),
    };
    let of_none: Behaviour = |path, _, _, s| match path {
        "/robots.txt" => send(s, "Content-Encoding: br\r\n", RULES),
        _ => page(s, "200 OK", "", "page"),
    };
    let of_utf16: Behaviour = |path, _, _, s| match path {
        "/robots.txt" => {
            let text = String::from_utf8_lossy(RULES);
            let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
            send(s, "", &units.flat_map(u16::to_le_bytes).collect::<Vec<u8>>())
        }
        _ => page(s, "200 OK", "", "page"),
    };
    assert_eq!([under(of_gzip), under(of_none), under(of_utf16)], [obeyed; 3]);
}

#[test]
fn a_robots_txt_that_cannot_be_read_forbids_everything_and_says_why() {
    let cut: Behaviour = |path, _, _, s| match path {
        "/robots.txt" => send(s, "Content-Encoding: gzip\r\n", gzip(&RULES.repeat(50)).get(..50).unwrap()),
        _ => page(s, "200 OK", "", "page"),
    };
    let binary: Behaviour = |path, _, _, s| match path {
        "/robots.txt" => send(s, "", &(0..=255).collect::<Vec<u8>>()),
        _ => page(s, "200 OK", "", "page"),
    };
    assert_eq!(under(cut), ["list.cut_off"; 2]);
    assert_eq!(under(binary), ["list.unreadable"; 2]);
}

#[test]
fn a_robots_txt_behind_a_redirect_with_a_cookie_is_obeyed() {
    let walled: Behaviour = |path, head, _, s| match path {
        _ if !head.contains("k=v") => page(s, "302 Found", &format!("Set-Cookie: k=v\r\nLocation: {path}\r\n"), ""),
        "/robots.txt" => send(s, "", RULES),
        _ => page(s, "200 OK", "", "page"),
    };
    assert_eq!(under(walled), ["fetch.robots", "none"]);
}

fn run_with(behaviour: Behaviour, discovery: impl Fn(&Server) -> Discovery) -> (FetchReport, Vec<String>) {
    let server = Server::start(behaviour);
    let hosts = vec!["127.0.0.1".to_owned()];
    let plan = Plan { hosts, discovery: discovery(&server), ..plan(&[]) };
    let mut place = Place::new();
    place.setup.limits.body = 10 << 20;
    (place.run("r", &plan), server.paths())
}

fn of_sitemap(server: &Server) -> Discovery {
    Discovery { sitemaps: vec![server.url("/map")], ..Discovery::default() }
}

#[test]
fn indexes_lead_to_sitemaps_and_feeds_of_any_form() {
    let (report, paths) = run_with(
        |path, _, _, s| {
            match path {
            "/robots.txt" => page(s, "404 Not Found", "", ""),
            "/map" => send(s, "Content-Encoding: gzip\r\n", &gzip(&gzip(
                b"<x:sitemapindex xmlns:x='q'><x:sitemap><x:loc>/rss</x:loc></x:sitemap><x:sitemap><x:loc>/text</x:loc></x:sitemap></x:sitemapindex>",
            ))),
            "/rss" => send(s, "", b"<rss><channel><item><link>/b</link></item></channel></rss>"),
            "/text" => send(s, "", b"http://127.0.0.1/not-on-this-port\nhttp://elsewhere.example/\n"),
            _ => page(s, "200 OK", "", "page"),
        }
        },
        |server| Discovery { deny: vec!["/not".to_owned()], ..of_sitemap(server) },
    );
    assert_eq!(paths.iter().filter(|path| *path != "/map").collect::<Vec<_>>(), ["/rss", "/text", "/b"]);
    assert_eq!(report.outcomes.len(), 1, "{:?}", report.outcomes);
}

#[test]
fn versions_in_a_sitemap_come_along_if_they_are_wanted() {
    let behaviour: Behaviour = |path, _, _, s| match path {
        "/robots.txt" => page(s, "404 Not Found", "", ""),
        "/map" => send(
            s,
            "",
            b"<urlset><url><loc>/a</loc><x:link rel='alternate' hreflang='ru' href='/ru/a'/></url></urlset>",
        ),
        "/a" => page(s, "200 OK", "Link: </tg/a>; rel=\"alternate\"; hreflang=\"tg\"\r\n", "page"),
        _ => page(s, "200 OK", "", "page"),
    };
    let (_, mut paths) = run_with(behaviour, |server| Discovery { translations: true, ..of_sitemap(server) });
    paths.sort();
    assert_eq!(paths, ["/a", "/map", "/ru/a", "/tg/a"]);
    assert_eq!(run_with(behaviour, of_sitemap).1, ["/map", "/a"]);
}

#[test]
fn a_list_that_names_nothing_or_too_much_or_breaks_off_is_an_outcome() {
    let code_of = |behaviour: Behaviour| {
        let (report, paths) = run_with(behaviour, of_sitemap);
        (code(&report, "/map"), paths.len() - 1)
    };
    let html: Behaviour = |path, _, _, s| match path {
        "/map" => page(s, "200 OK", "", "<html><a href=/a>Page not found</a></html>"),
        _ => page(s, "404 Not Found", "", ""),
    };
    let foreign: Behaviour = |path, _, _, s| match path {
        "/map" => send(s, "", b"<urlset><url><loc>https://elsewhere.example/</loc></url></urlset>"),
        _ => page(s, "404 Not Found", "", ""),
    };
    let cut: Behaviour = |path, _, _, s| match path {
        "/map" => send(s, "", b"<urlset><url><loc>/a</loc></url><url><loc>/b"),
        _ => page(s, "200 OK", "", "page"),
    };
    let binary: Behaviour = |path, _, _, s| match path {
        "/map" => send(s, "Content-Encoding: gzip\r\n", gzip(RULES).get(..11).unwrap()),
        _ => page(s, "404 Not Found", "", ""),
    };
    let bomb: Behaviour = |path, _, _, s| match path {
        "/map" => send(s, "", &gzip(&gzip(&vec![b' '; (64 << 20) + 1]))),
        _ => page(s, "404 Not Found", "", ""),
    };
    assert_eq!(code_of(html), ("list.empty", 0));
    assert_eq!(code_of(foreign), ("list.empty", 0));
    assert_eq!(code_of(cut), ("list.cut_off", 1), "what it names before the break is fetched");
    assert_eq!(code_of(binary), ("list.unreadable", 0));
    assert_eq!(code_of(bomb), ("list.limit", 0));
}

#[test]
fn a_listing_that_names_no_wanted_page_is_an_outcome() {
    let (report, _) = run_with(
        |path, _, _, s| {
            page(s, if path == "/list" { "200 OK" } else { "404 Not Found" }, "", "<a href=/about>About</a>")
        },
        |server| {
            let (listings, follow) = (vec![server.url("/list")], vec!["/news/".to_owned()]);
            Discovery { listings, follow, ..Discovery::default() }
        },
    );
    assert_eq!(code(&report, "/list"), "list.empty");
}

#[test]
fn a_listing_of_more_pages_than_the_limit_says_so_unless_the_source_sets_it() {
    let endless: Behaviour = |path, _, _, s| match path.strip_prefix("/list?page=") {
        _ if path == "/robots.txt" => page(s, "404 Not Found", "", ""),
        Some(number) => page(s, "200 OK", "", &format!("<a href='/news/{number}'>An article of that day</a>")),
        None => page(s, "200 OK", "", "page"),
    };
    let of_listing = |listing_pages: u32| {
        let (report, paths) = run_with(endless, |server| {
            let (listings, follow) = (vec![server.url("/list?page={1}")], vec!["/news/".to_owned()]);
            Discovery { listings, follow, listing_pages, ..Discovery::default() }
        });
        (report.outcomes.iter().filter(|o| o.result.is_err()).count(), paths.len())
    };
    assert_eq!(of_listing(3), (0, 6));
    assert_eq!(of_listing(0), (1, 200));
}
