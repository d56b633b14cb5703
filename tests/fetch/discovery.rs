//! Discovery: paged listings, versions in other languages, and the links of an unchanged page.

use super::server::*;
use FetchedKind::{New, NotModified};
use sanad_fetch::{Discovery, FetchedKind, Plan};
use std::io::Write;
use std::net::TcpStream;

/// Thirty articles, ten a page, newest first. The last page links only to the page before it.
fn listing(path: &str, _: &str, _: usize, stream: &mut TcpStream) -> std::io::Result<()> {
    let number = |path: &str| path.rsplit('=').next().and_then(|n| n.parse::<u32>().ok()).unwrap_or(1);
    match path {
        "/robots.txt" => page(stream, "404 Not Found", "", ""),
        _ if path.starts_with("/list") => {
            let n = number(path);
            let items: String = (0..10)
                .map(|i| (n - 1) * 10 + i)
                .map(|i| format!("<a href='/news/{}'>Article number {i}</a>", 100 - i))
                .collect();
            let next = if n < 3 { format!("<a href='/list?page={}'>Далее</a>", n + 1) } else { String::new() };
            match n {
                1..=3 => page(
                    stream,
                    "200 OK",
                    "",
                    &format!("{items}<a href='/list?page=1'>1</a><a href='/list?page=2'>2</a>{next}"),
                ),
                _ => page(stream, "404 Not Found", "", "no such page"),
            }
        }
        _ => page(stream, "200 OK", "", &format!("<p>{path}</p>")),
    }
}

fn listing_plan(listing: String) -> Plan {
    let discovery = Discovery { listings: vec![listing], follow: vec!["/news/".to_owned()], ..Discovery::default() };
    Plan { hosts: vec!["127.0.0.1".to_owned()], discovery, ..plan(&[]) }
}

fn lists(server: &Server) -> Vec<String> {
    let mut seen = server.seen.lock().unwrap();
    let lists = seen.iter().map(|(p, _)| p.clone()).filter(|p| p.starts_with("/list")).collect();
    seen.clear();
    lists
}

#[test]
fn a_listing_is_walked_to_its_end_and_later_only_as_far_as_there_is_something_new() {
    let server = Server::start(listing);
    let place = Place::new();
    let plan = listing_plan(server.url("/list"));
    let report = place.run("r1", &plan);
    assert_eq!(report.outcomes.iter().filter(|o| o.result.is_ok()).count(), 30, "{:?}", report.outcomes);
    assert_eq!(lists(&server), ["/list", "/list?page=2", "/list?page=3"]);
    place.run("r2", &plan);
    assert_eq!(lists(&server), ["/list"], "its first page names nothing new");
    place.run("r3", &plan);
    assert_eq!(lists(&server).len(), 1);
    place.run("r4", &plan);
    assert_eq!(lists(&server).len(), 3, "every third run takes the whole");
}

#[test]
fn a_listing_is_walked_past_pages_that_a_sitemap_has_named() {
    let server = Server::start(|path, head, n, s| match path {
        "/sitemap.xml" => {
            let host = head.lines().find_map(|line| line.strip_prefix("Host: ")).unwrap_or("127.0.0.1");
            let all: String = (81..=100).map(|n| format!("<url><loc>http://{host}/news/{n}</loc></url>")).collect();
            page(s, "200 OK", "Content-Type: application/xml\r\n", &format!("<urlset>{all}</urlset>"))
        }
        _ => listing(path, head, n, s),
    });
    let plan = listing_plan(server.url("/list"));
    let discovery = Discovery { sitemaps: vec![server.url("/sitemap.xml")], ..plan.discovery.clone() };
    let report = Place::new().run("r1", &Plan { discovery, ..plan });
    assert_eq!(lists(&server), ["/list", "/list?page=2", "/list?page=3"], "{:?}", report.outcomes);
}

#[test]
fn a_listing_that_is_counted_up_ends_where_there_is_no_further_page() {
    let server = Server::start(listing);
    let place = Place::new();
    let report = place.run("r", &listing_plan(server.url("/list?page={1}")));
    assert_eq!(report.outcomes.len(), 30, "{:?}", report.outcomes);
    assert_eq!(lists(&server), ["/list?page=1", "/list?page=2", "/list?page=3", "/list?page=4"]);
    let few = Plan {
        discovery: Discovery { listing_pages: 2, ..listing_plan(server.url("/list?page={1}")).discovery },
        ..listing_plan(String::new())
    };
    assert_eq!(Place::new().run("r", &few).outcomes.len(), 20);
}

#[test]
fn versions_in_other_languages_come_along() {
    let server = Server::start(|path, _, _, s| match path {
        "/robots.txt" => page(s, "404 Not Found", "", ""),
        "/en/view/7" => page(
            s,
            "200 OK",
            "",
            "<link rel=alternate hreflang=ru href=/ru/view/7><a href='/tj/view/7'>Тоҷикӣ</a><a href='/en/all'>All</a>",
        ),
        _ => page(s, "200 OK", "", "<a href='/en/view/7'>English</a>"),
    });
    let mut plan = plan(&[server.url("/en/view/7")]);
    plan.discovery.translations = true;
    plan.discovery.deny = vec!["/ru/".to_owned()];
    Place::new().run("r", &plan);
    assert_eq!(server.paths(), ["/en/view/7", "/tj/view/7"], "what is denied stays out");
    plan.discovery.deny.clear();
    let report = Place::new().run("r", &plan);
    assert_eq!(report.outcomes.len(), 3);
}

#[test]
fn a_page_that_did_not_change_still_leads_where_it_led() {
    let server = Server::start(|path, head, _, s| match path {
        "/robots.txt" => page(s, "404 Not Found", "", ""),
        "/" if head.to_lowercase().contains("if-none-match") => {
            s.write_all(b"HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n")
        }
        "/" => page(s, "200 OK", "ETag: \"1\"\r\n", "<a href=/news/1>one</a>"),
        _ => page(s, "200 OK", "", path),
    });
    let place = Place::new();
    let mut plan = plan(&[server.url("/")]);
    plan.discovery = Discovery { follow: vec!["/news/".to_owned()], depth: 1, ..Discovery::default() };
    for (run, wanted) in [("r1", New), ("r2", NotModified), ("r3", NotModified)] {
        let report = place.run(run, &plan);
        assert_eq!(report.outcomes.len(), 2, "{run}");
        assert_eq!(kind(&report, &server.url("/")), wanted);
    }
}

#[test]
fn pages_beyond_the_limit_are_left_out() {
    let server = Server::start(listing);
    let mut plan = listing_plan(server.url("/list"));
    plan.limit(Some(12));
    assert_eq!(Place::new().run("r", &plan).outcomes.len(), 12);
}

#[test]
fn a_document_that_was_taken_down_is_not_asked_for_unless_the_source_wants_it_back() {
    let server = Server::start(plain);
    let mut place = Place::new();
    let url = server.url("/gone");
    let id = sanad_document::url_key::record_id(&sanad_document::url_key::canonical_url(&url));
    place.setup.taken_down.insert(id.clone());
    let mut plan = plan(&[url, server.url("/here")]);
    let report = place.run("r1", &plan);
    assert_eq!((code(&report, "/gone"), code(&report, "/here")), ("fetch.taken_down", "none"));
    assert_eq!(server.paths(), ["/here"]);
    plan.bring_back.insert(id);
    assert_eq!(code(&place.run("r2", &plan), "/gone"), "none");
}

#[test]
fn pages_are_found_through_sitemaps_feeds_and_links() {
    let server = Server::start(|path, _, _, s| match path {
        "/robots.txt" => page(s, "404 Not Found", "", ""),
        "/index.xml" => page(s, "200 OK", "", "<sitemapindex><sitemap><loc>/map.xml</loc></sitemap></sitemapindex>"),
        "/map.xml" => page(
            s,
            "200 OK",
            "",
            "<urlset><url><loc>/news/1</loc></url><url><loc>/news/2?print=1</loc></url><url><loc>http://other.example/news/9</loc></url></urlset>",
        ),
        "/feed" => page(s, "200 OK", "", "<rss><item><link>/news/3</link></item></rss>"),
        "/" => page(s, "200 OK", "", "<a href='/news/4'>4</a><a href='/about'>about</a>"),
        "/news/4" => page(s, "200 OK", "", "<a href='/news/5'>5</a>"),
        _ => page(s, "200 OK", "", "<a href='/news/6'>6</a>"),
    });
    let place = Place::new();
    let mut plan = plan(&[server.url("/")]);
    plan.discovery = Discovery {
        sitemaps: vec![server.url("/index.xml")],
        feeds: vec![server.url("/feed")],
        follow: vec!["/news/".to_owned()],
        deny: vec!["*print=".to_owned()],
        depth: 1,
        ..Discovery::default()
    };
    let report = place.run("r", &plan);
    let mut pages: Vec<String> = server.paths().into_iter().filter(|p| p.starts_with("/news")).collect();
    pages.sort();
    // Page 5 is two links from the start; page 6 is one link from a page that a listing named.
    assert_eq!(pages, ["/news/1", "/news/3", "/news/4", "/news/6"], "{report:#?}");
}

#[test]
fn sitemaps_that_robots_txt_names_are_read_where_the_source_wants_them() {
    let server = Server::start(|path, head, _, s| match path {
        "/robots.txt" => {
            let host = head.lines().find_map(|l| l.strip_prefix("host: ").or(l.strip_prefix("Host: "))).unwrap_or("");
            page(s, "200 OK", "", &format!("User-agent: *\nSitemap: http://{host}/map.xml\nDisallow: /closed\n"))
        }
        "/map.xml" => page(s, "200 OK", "", "<urlset><url><loc>/1</loc></url><url><loc>/closed/2</loc></url></urlset>"),
        _ => page(s, "200 OK", "", path),
    });
    let place = Place::new();
    let mut plan = plan(&[server.url("/")]);
    place.run("without", &plan);
    assert_eq!(server.paths(), ["/"]);
    plan.discovery.robots_sitemaps = true;
    let report = place.run("with", &plan);
    assert_eq!(report.outcomes.iter().filter(|o| o.result.is_ok()).count(), 2, "{:?}", report.outcomes);
    assert!(server.paths().contains(&"/1".to_owned()) && !server.paths().iter().any(|p| p.starts_with("/closed")));
}
