use super::*;
use crate::discover::Outlink;
use std::io::Write;

/// What a list names, by path and query, and the codes of its faults.
fn read_as(bytes: &[u8], content_type: Option<&str>, coding: Option<&str>) -> (Vec<String>, Vec<&'static str>) {
    let from = Url::parse("https://a.tj/x/list").unwrap();
    let page = Page { url: Some(from.as_str()), content_type, content_coding: coding, ..Page::default() };
    let list = read(bytes, &page, &from);
    let shown = |outlink: &Outlink| {
        let query = outlink.url.query().map(|q| format!("?{q}")).unwrap_or_default();
        let kind = match outlink.kind {
            OutlinkKind::Page => "",
            OutlinkKind::Version => "version ",
            OutlinkKind::Sitemap => "sitemap ",
        };
        format!("{kind}{}{query}", outlink.url.path())
    };
    (list.outlinks.iter().map(shown).collect(), list.faults.iter().map(Fault::code).collect())
}

#[track_caller]
fn assert_names(list: &str, wanted: &[&str]) {
    let (named, faults) = read_as(list.as_bytes(), None, None);
    assert_eq!((named, faults), (wanted.iter().map(|w| (*w).to_owned()).collect(), Vec::new()), "{list}");
}

#[track_caller]
fn assert_fault(list: &str, wanted: &[&str], code: &str) {
    let (named, faults) = read_as(list.as_bytes(), None, None);
    assert_eq!((named, faults), (wanted.iter().map(|w| (*w).to_owned()).collect(), vec![code]), "{list}");
}

#[test]
fn sitemaps_are_read_under_any_namespace_and_none() {
    for (open, close) in [
        ("<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc>", "</loc></url></urlset>"),
        ("<?xml version='1.0'?><q:urlset xmlns:q='urn:x'><q:url><q:loc>", "</q:loc></q:url></q:urlset>"),
        ("<q:urlset><q:url><q:loc>", "</q:loc></q:url></q:urlset>"),
        ("<urlset><url><loc>", "</loc></url></urlset>"),
        ("<URLSET><Url><LOC>", "</LOC></Url></URLSET>"),
        ("<urlset><url\n  a = 'b'><loc >\n  <![CDATA[\n", "\n]]> </loc></url></urlset>"),
        ("<!-- <url><loc>/old</loc></url> --><urlset><url><loc>", "</loc></url></urlset>"),
        ("Notice: undefined index on line 3\n\n<urlset><url><loc>", "</loc></url></urlset>"),
        ("<urlset xmlns:xml='wrong'><url><loc>", "</loc></url></urlset>"),
        ("<br /><b>Warning</b>: line 3<br />\n<urlset><url><loc>", "</loc></url></urlset>"),
        ("<urlset><urlset><url><loc/></url><url><loc></loc><loc>", "</loc></url></urlset></urlset>"),
    ] {
        assert_names(&format!("{open}https://a.tj/b{close}"), &["/b"]);
    }
}

#[test]
fn a_sitemap_names_pages_sitemaps_and_versions_and_nothing_else() {
    assert_names(
        "<sitemapindex><sitemap><loc>/s1.xml</loc></sitemap><sitemap><loc>https://a.tj/s2</loc></sitemap></sitemapindex>",
        &["sitemap /s1.xml", "sitemap /s2"],
    );
    assert_names(
        "<urlset xmlns:x='http://www.w3.org/1999/xhtml' xmlns:image='i'><url><loc>/b</loc>\
         <x:link rel='alternate' hreflang='ru' href='/ru/b'/><x:link rel='alternate' media='handheld' href='/m/b'/>\
         <image:image><image:loc>/i.png</image:loc></image:image><image:loc>/j.png</image:loc></url></urlset>",
        &["/b", "version /ru/b"],
    );
}

#[test]
fn references_and_declared_entities_are_expanded_within_limits() {
    assert_names(
        "<urlset><url><loc>/b?x=1&#x26;y=2&#38;z=&amp;u</loc></url><url><loc>/c?x=1&y=2</loc></url></urlset>",
        &["/b?x=1&y=2&z=&u", "/c?x=1&y=2"],
    );
    assert_names(
        "<urlset><url><loc><![CDATA[/b?x=1&amp;y=2]]></loc></url><url><loc>/c?x=1&amp;amp;y=2</loc></url></urlset>",
        &["/b?x=1&y=2", "/c?x=1&y=2"],
    );
    assert_names(
        "<!DOCTYPE urlset [<!ENTITY % p 'no'><!ENTITY base \"/a&slash;\"><!ENTITY slash '/'>\
         <!ENTITY out SYSTEM 'file:///etc/passwd'>]><urlset><url><loc>&base;b</loc></url></urlset>",
        &["/a/b"],
    );
    let laughs: Vec<String> =
        (1..20).map(|n| format!("<!ENTITY l{n} '{}'>", format!("&l{};", n - 1).repeat(20))).collect();
    let bomb = format!(
        "<!DOCTYPE x [<!ENTITY l0 ''>{}<!ENTITY r '&r;&r;'>]><urlset><url><loc>/b</loc></url><url><loc>/c?&l19;</loc></url></urlset>",
        laughs.concat()
    );
    let begun = std::time::Instant::now();
    assert_eq!(read_as(bomb.as_bytes(), None, None).0.first().map(String::as_str), Some("/b"));
    assert!(begun.elapsed().as_secs() < 2);
}

#[test]
fn lists_are_read_in_their_encoding() {
    let list = "<?xml version='1.0' encoding='ENCODING'?><urlset><url><loc>https://a.tj/қонун</loc></url></urlset>";
    let wanted = (vec!["/%D2%9B%D0%BE%D0%BD%D1%83%D0%BD".to_owned()], Vec::new());
    let utf16 = |bytes: fn(u16) -> [u8; 2]| list.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    let marked = [vec![0xFF, 0xFE], utf16(u16::to_le_bytes)].concat();
    let plain = ["utf-8", "utf-16", "windows-1251"].map(|label| list.replace("ENCODING", label).into_bytes());
    for bytes in [utf16(u16::to_le_bytes), utf16(u16::to_be_bytes), marked].into_iter().chain(plain) {
        assert_eq!(read_as(&bytes, None, None), wanted);
    }
    let russian = "<?xml version='1.0' encoding='windows-1251'?><urlset><url><loc>https://a.tj/новости-министерства</loc></url></urlset>";
    let (bytes, ..) = encoding_rs::WINDOWS_1251.encode(russian);
    let (named, _) = read_as(&bytes, None, None);
    assert_eq!(named, [Url::parse("https://a.tj/новости-министерства").unwrap().path()]);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

#[test]
fn lists_are_unpacked_and_bombs_are_not() {
    let list = b"<urlset><url><loc>/b</loc></url></urlset>";
    for (bytes, coding) in [
        (gzip(list), None),
        (gzip(&gzip(list)), Some("gzip")),
        (list.to_vec(), Some("gzip")),
        (gzip(list), Some("identity")),
    ] {
        assert_eq!(read_as(&bytes, None, coding), (vec!["/b".to_owned()], Vec::new()));
    }
    let bomb = gzip(&gzip(&vec![b' '; (64 << 20) + 1]));
    assert_eq!(read_as(&bomb, None, Some("gzip")), (Vec::new(), vec!["list.limit"]));
    let packed = gzip(format!("<urlset>{}</urlset>", "<url><loc>/b</loc></url>".repeat(50)).as_bytes());
    let (named, faults) = read_as(&packed[..packed.len() - 12], None, Some("gzip"));
    assert!(named.len() <= 1 && faults.contains(&"list.cut_off"), "{faults:?}");
    // The header alone: how soon a decoder gives its first byte is its own affair.
    assert_eq!(read_as(&packed[..10], None, Some("gzip")).1, ["list.unreadable"]);
    assert_eq!(read_as(b"\x00\x01\x02\x7f\x03\x05PDF", None, None).1, ["list.unreadable"]);
}

#[test]
fn feeds_of_every_kind_name_the_pages_of_their_items() {
    for feed in [
        "<rss version='2.0'><channel><link>/</link><item><link> https://a.tj/b </link></item></channel></rss>",
        "<rss><channel><item><guid isPermaLink='true'>https://a.tj/b</guid></item></channel></rss>",
        "<rss><channel><item><guid>https://a.tj/b</guid></item></channel></rss>",
        "<rss><channel><item><guid isPermaLink='false'>https://a.tj/7</guid><link>/b</link></item></channel></rss>",
        "<rss><channel><item><link><![CDATA[/b]]></link><source url='/s'>x</source></item></channel></rss>",
        "<rss><channel><item><title>5 < 6 & a&nbsp;b</title><link>/b</link></item></channel></rss>",
        "<rss xmlns:content='c'><channel><item><link>/b</link><content:encoded><![CDATA[<link rel='alternate' href='/o'>]]></content:encoded></item></channel></rss>",
        "<rss xmlns:atom='http://www.w3.org/2005/Atom'><channel><atom:link rel='self' href='/f'/><item><atom:link href='/b'/><comments>/c</comments></item></channel></rss>",
        "<rdf:RDF xmlns:rdf='r' xmlns='http://purl.org/rss/1.0/'><channel rdf:about='/'><link>/</link></channel><item rdf:about='https://a.tj/b'><title>x</title></item></rdf:RDF>",
        "<feed xmlns='http://www.w3.org/2005/Atom'><link rel='self' href='/f'/><entry><link\n rel = \"alternate\"\n href = \"/b\" /><link rel='replies' href='/c'/><source><link href='/s'/></source></entry></feed>",
        "<a:feed xmlns:a='http://www.w3.org/2005/Atom'><a:entry><a:link href='/b'/></a:entry></a:feed>",
        "<feed xml:base='https://b.tj/x/'><entry xml:base='/y/'><link href='../b'/></entry></feed>",
        "<feed><entry><id>https://a.tj/b</id></entry></feed>",
        r#"{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","url":"https://a.tj/b"}]}"#,
        r#"{"version":"https://jsonfeed.org/version/1","items":[{"id":7},{"id":"https://a.tj/b","title":null}]}"#,
    ] {
        assert_names(feed, &["/b"]);
    }
}

#[test]
fn papers_of_a_feed_are_named_and_sounds_are_not() {
    for feed in [
        "<rss><channel><item><link>/b</link><enclosure url='/l' type='application/pdf'/><enclosure url='/s.mp3' type='audio/mpeg'/></item></channel></rss>",
        "<rss xmlns:media='m'><channel><item><link>/b</link><media:content url='/l' type='application/pdf'/><media:content url='/p.jpg'/></item></channel></rss>",
        "<feed><entry><link href='/b'/><link rel='enclosure' href='/l' type='application/pdf'/><link rel='enclosure' href='/i.png'/></entry></feed>",
        r#"{"items":[{"url":"/b","attachments":[{"url":"/l","mime_type":"application/pdf"},{"url":"/s.mp3","mime_type":"audio/mpeg"}]}]}"#,
    ] {
        assert_names(feed, &["/b", "/l"]);
    }
}

#[test]
fn lists_of_lines_are_read() {
    assert_names("\u{FEFF}https://a.tj/b\r\n\r\n  http://a.tj/c  2026-01-02\n# no\nnot an address\n", &["/b", "/c"]);
}

#[test]
fn a_list_that_is_none_says_what_it_is() {
    for list in [
        "",
        "  \n",
        "<!doctype html><html><body><a href='/b'>Page not found</a></body></html>",
        "<urlset></urlset>",
        "<urlset/>",
        "<rss><channel><link>/</link></channel></rss>",
        "Not found",
        r#"{"items":[]}"#,
    ] {
        assert_fault(list, &[], "list.empty");
    }
    assert_fault(r#"{"items":[{"url":"/b"}"#, &[], "list.unreadable");
    assert_fault(r#"{"error":"no"}"#, &[], "list.unreadable");
}

#[test]
fn a_list_that_breaks_off_names_what_is_whole_and_says_so() {
    let map = "<urlset><url><loc>/b</loc></url><url><loc>/lo";
    assert_fault(map, &["/b"], "list.cut_off");
    assert_fault("<rss><channel><item><link>/b</link></item><item><link>/c</link><ti", &["/b"], "list.cut_off");
    assert_fault("<urlset><url><loc>/b</loc></url><!-- ", &["/b"], "list.cut_off");
    assert_fault(&format!("<urlset><url><loc>/b</loc></url>{}", "<a>".repeat(300)), &["/b"], "list.cut_off");
}

#[test]
fn a_list_of_more_than_the_limit_says_so() {
    let lines: Vec<String> = (0..50_001).map(|n| format!("https://a.tj/{n}\n")).collect();
    let (named, faults) = read_as(lines.concat().as_bytes(), None, None);
    assert_eq!((named.len(), faults), (50_000, vec!["list.limit"]));
}
