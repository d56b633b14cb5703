//! `sanad source add`: a survey of a page makes a source file that works.

use super::server::*;
use crate::common::{Place, expect_exit};
use std::io::Write as _;
use std::net::TcpStream;

/// A ministry's site: a front page, a paged list of news in English, a Russian version of each item, menus on all
/// pages.
fn ministry(path: &str, head: &str, _: usize, s: &mut TcpStream) -> std::io::Result<()> {
    let host =
        head.lines().find_map(|l| l.to_lowercase().strip_prefix("host: ").map(str::to_owned)).unwrap_or_default();
    let menu = "<div id=menu><ul><li><a href='/en/about'>About the ministry</a></li><li><a href='/en/contacts'>Contacts</a></li></ul></div>";
    let foot = "<div class=footer><p>© Ministry of Samples, all rights reserved. Dushanbe, Rudaki avenue.</p></div>";
    let html = |lang: &str, title: &str, head: &str, body: &str| {
        format!(
            "<!DOCTYPE html><html lang={lang}><head><title>{title}</title><meta property='og:site_name' content='Ministry of Samples'>{head}\
             </head><body>{menu}{body}{foot}</body></html>"
        )
    };
    if path == "/robots.txt" {
        return page(s, "200 OK", "", "User-agent: *\nDisallow: /admin\n");
    }
    if path == "/en/rss" {
        let items = "<item><link>/en/news/100/meeting</link></item>";
        return page(s, "200 OK", "", &format!("<rss><channel>{items}</channel></rss>"));
    }
    if path.starts_with("/en/news") && !path.starts_with("/en/news/") {
        let n: usize = path.rsplit('=').next().and_then(|n| n.parse().ok()).unwrap_or(1);
        let items: String = (0..8)
            .map(|i| 100 - (n.min(5) - 1) * 8 - i)
            .map(|i| format!("<li><a href='/en/news/{i}/meeting'>The minister received delegation number {i}</a></li>"))
            .collect();
        let body = format!("<ul class=list>{items}</ul><a class=pager href='/en/news?page={}'>Next</a>", n + 1);
        let feed = "<link rel=alternate type='application/rss+xml' href='/en/rss'>";
        return page(s, "200 OK", "", &html("en", "News", feed, &body));
    }
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        ["", language @ ("en" | "ru"), "news", number, "meeting"] => {
            let head = format!(
                "<link rel=alternate hreflang=en href='http://{host}/en/news/{number}/meeting'><link rel=alternate hreflang=ru href='http://{host}/ru/news/{number}/meeting'>"
            );
            let (title, first, second) = if *language == "en" {
                (
                    format!("The minister received delegation number {number}"),
                    format!("On Monday the minister received delegation number {number} at the ministry's seat, and both sides spoke about trade, transport and the use of water."),
                    "The guests thanked the hosts for the warm welcome and invited them to continue the discussion next year in their capital city.".to_owned(),
                )
            } else {
                (
                    format!("Министр принял делегацию номер {number}"),
                    format!("В понедельник министр принял делегацию номер {number} в здании министерства, стороны обсудили торговлю, транспорт и водные ресурсы."),
                    "Гости поблагодарили хозяев за тёплый приём и пригласили продолжить обсуждение этих вопросов в следующем году в своей столице.".to_owned(),
                )
            };
            let body = format!(
                "<div class=wrap><div class=article-body><h1>{title}</h1><span class=article-date>0{}.05.2024</span>\
                 <p>{first}</p><p>{second}</p></div></div>",
                1 + number.len()
            );
            page(s, "200 OK", "", &html(language, &title, &head, &body))
        }
        _ => page(s, "404 Not Found", "", "<p>no such page</p>"),
    }
}

fn home() -> Place {
    let home = Place::empty();
    home.write("config/sanad.toml", "[fetch]\ndelay_seconds = 0\n");
    home
}

#[test]
fn a_listing_becomes_a_source_that_fetches_what_it_names_in_all_languages() {
    let server = Server::start(ministry);
    let home = home();
    let list = server.url("/en/news");
    let add = ["source", "add", &list, "--id", "samples", "--allow-private", "127.0.0.1"];
    // The answer "no" writes nothing, and so does a closed input.
    let mut child = home
        .command(&add)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"no\n").unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    expect_exit(&home.command(&add).stdin(std::process::Stdio::null()).output().unwrap(), 2);
    assert!(!home.path("config/sources/samples.toml").exists());

    let mut yes = add.to_vec();
    yes.push("--yes");
    let output = home.sanad(&yes);
    expect_exit(&output, 0);
    let source = home.read("config/sources/samples.toml");
    for line in [
        "name = \"Ministry of Samples\"",
        "hosts = [\"127.0.0.1\"]",
        &format!("listings = [\"{list}\"]"),
        "feeds = [",
        "follow = [\"/*/news/\"]",
        "translations = true",
        "depth = 0",
        "languages = [\"eng\", \"rus\"]",
    ] {
        assert!(source.contains(line), "{line}\n{source}");
    }
    let site = home.read("config/sites/127.0.0.1.toml");
    assert!(
        site.contains("content = [\"div.article-body\"]") && site.contains("date = [\"span.article-date\"]"),
        "{site}"
    );
    expect_exit(&home.sanad(&["check"]), 0);
    // Existing files are never overwritten, and a host belongs to one source.
    expect_exit(&home.sanad(&yes), 2);
    assert_eq!(home.read("config/sources/samples.toml"), source);

    expect_exit(&home.sanad(&["run", "--limit", "12"]), 0);
    let records = home.lines("normalized/records");
    assert!(records.len() >= 10, "{}", records.len());
    let languages: std::collections::BTreeSet<&str> = records.iter().map(|r| r["language"].as_str().unwrap()).collect();
    assert_eq!(languages, ["eng", "rus"].into());
}

#[test]
fn a_single_page_becomes_a_source_of_that_page() {
    let server = Server::start(ministry);
    let home = home();
    let url = server.url("/en/news/42/meeting");
    expect_exit(&home.sanad(&["source", "add", &url, "--yes", "--allow-private", "127.0.0.1"]), 0);
    let source = home.read("config/sources/127.0.0.1.toml");
    assert!(source.contains(&format!("start = [\"{url}\"]")) && !source.contains("listings"), "{source}");
    expect_exit(&home.sanad(&["run"]), 0);
    assert_eq!(home.lines("normalized/records").len(), 2, "the page and its Russian version");
}

#[test]
fn a_page_that_cannot_be_had_says_why_and_writes_nothing() {
    let server = Server::start(ministry);
    let home = home();
    for (path, wanted) in [("/none", "answered 404"), ("/admin/x", "robots.txt forbids it")] {
        let output = home.sanad(&["source", "add", &server.url(path), "--yes", "--allow-private", "127.0.0.1"]);
        expect_exit(&output, 2);
        assert!(
            String::from_utf8_lossy(&output.stderr).contains(wanted),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let output = home.sanad(&["source", "add", &server.url("/en/news"), "--yes"]);
    expect_exit(&output, 2);
    assert!(String::from_utf8_lossy(&output.stderr).contains("not a public address"));
    assert!(!home.path("config/sources").exists());
}
