//! A failed address says who named it.

use super::server::{Server, page};
use crate::common::{Place, expect_exit};
use std::collections::BTreeMap;

fn site(path: &str, head: &str, _: usize, s: &mut std::net::TcpStream) -> std::io::Result<()> {
    let host = head.lines().find_map(|line| line.to_lowercase().strip_prefix("host: ").map(str::to_owned)).unwrap();
    let at = |path: &str| format!("http://{host}{path}");
    match path {
        "/robots.txt" => page(s, "200 OK", "", &format!("Sitemap: {}", at("/gone.xml"))),
        "/map.xml" => page(s, "200 OK", "", &format!("<urlset><url><loc>{}</loc></url></urlset>", at("/p/of-map"))),
        "/rss" => page(s, "200 OK", "", &format!("<rss><item><link>{}</link></item></rss>", at("/p/of-feed"))),
        "/list" => page(s, "200 OK", "", "<a href=/p/of-list>Of the list</a>"),
        "/start" => page(s, "200 OK", "", "<a href=/p/of-page>Of the page</a><a href=/p/moved>Moved</a>"),
        "/p/moved" => page(s, "301 Moved", "Location: /lost\r\n", ""),
        _ => page(s, "404 Not Found", "", ""),
    }
}

#[test]
fn a_failed_address_says_who_named_it() {
    let server = Server::start(site);
    let place = Place::empty();
    place.write("config/sanad.toml", "[fetch]\ndelay_seconds = 0\n");
    let [map, rss, list, start, bad] = ["/map.xml", "/rss", "/list", "/start", "/bad"].map(|path| server.url(path));
    let source = format!(
        "hosts = [\"127.0.0.1\"]\nallow_private = [\"127.0.0.1\"]\nstart = [{start:?}, {bad:?}]\n[discover]\n\
         robots_sitemaps = true\nsitemaps = [{map:?}]\nfeeds = [{rss:?}]\nlistings = [{list:?}]\nfollow = [\"/p/\"]\ndepth = 1\n"
    );
    place.write("config/sources/a.toml", source);
    expect_exit(&place.sanad(&["run"]), 1);
    let failed = place.of_run("events").into_iter().filter(|e| e["event"] == "capture.failed");
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let named: BTreeMap<String, String> = failed.map(|e| (text(&e["url"]), text(&e["named_by"]))).collect();
    let expected = [
        ("/bad", "configuration".to_owned()),
        ("/gone.xml", format!("robots.txt {}", server.url("/robots.txt"))),
        ("/lost", format!("page {start}; redirected from {}", server.url("/p/moved"))),
        ("/p/of-feed", format!("feed {rss}")),
        ("/p/of-list", format!("listing {list}")),
        ("/p/of-map", format!("sitemap {map}")),
        ("/p/of-page", format!("page {start}")),
    ];
    assert_eq!(named, expected.map(|(path, who)| (server.url(path), who)).into());
    let failures = place.report()["failures"].to_string();
    assert!(failures.contains(&format!("(fetch.status); named by: sitemap {map}")), "{failures}");
}
