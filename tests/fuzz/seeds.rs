//! Writes the fuzzer's seeds: the demonstration captures, the sample WARC files, the configuration, a log, and inputs
//! made here. `seeds CORPUS [PDF…]` fills `CORPUS/<target>/`; further PDFs may be added.
//!
//! It is built as a fuzz target that exits at once: the instrumented code of the other targets needs the fuzzer's
//! library.
#![no_main]

use flate2::{Compression, write::GzEncoder};
use sanad::log::event::{Event, RunStarted};
use sanad_tlog::note::Signer;
use sanad_tlog::{Reader, Writer, tile};
use sanad_warc::{Entry, Reader as Captures};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The largest seed, in bytes. Larger ones only slow the fuzzer down.
const MOST: usize = 200_000;

libfuzzer_sys::fuzz_target!(
    init: fill(),
    |_input: &[u8]| {}
);

fn fill() {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let corpus = arguments.next().expect("the folder of the corpus");
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    bodies(&corpus, &project);
    made(&corpus);
    for pdf in arguments {
        let bytes = std::fs::read(&pdf).expect("a PDF");
        keep(&corpus, "pdf", &pdf.file_name().expect("a name").to_string_lossy(), &bytes);
    }
    for sample in files(&project.join("tests/samples")) {
        keep(&corpus, "warc", &name(&sample), &std::fs::read(&sample).expect("a sample"));
    }
    archives(&corpus, &project);
    for (which, folder) in [(0, "config"), (1, "config/sources"), (2, "config/sites")] {
        for file in files(&project.join(folder)).iter().filter(|f| f.extension().is_some_and(|e| e == "toml")) {
            keep(&corpus, "config", &name(file), &[&[which], std::fs::read(file).expect("a file").as_slice()].concat());
        }
    }
    log(&corpus);
    std::process::exit(0);
}

/// ARC files and zstd archives.
fn archives(corpus: &Path, project: &Path) {
    let head = "filedesc://a.arc 0.0.0.0 20060102030405 text/plain 77\n1 0 A\nURL IP-address Archive-date Content-type Archive-length\n\n";
    let block = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>A page</p>";
    let line = |version: u8| {
        let more = if version == 2 { " 200 - - 0 a.arc" } else { "" };
        format!("http://a.example/ 10.0.0.1 20060102030405 text/html{more} {}\n{block}\n", block.len())
    };
    let warc = format!("WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:a>\r\nContent-Length: {}\r\n\r\n{block}\r\n\r\n", block.len());
    for version in [1, 2] {
        let arc = format!("{head}{}{}", line(version), line(version));
        keep(corpus, "arc", &format!("arc-{version}"), arc.as_bytes());
        keep(corpus, "arc", &format!("arc-gz-{version}"), &[gzipped(head.as_bytes()), gzipped(line(version).as_bytes())].concat());
    }
    let frame = ruzstd::encoding::compress_to_vec(warc.as_bytes(), ruzstd::encoding::CompressionLevel::Fastest);
    keep(corpus, "zstd", "frames", &[frame.clone(), frame].concat());
    for file in files(&project.join("crates/warc/tests")).iter().filter(|f| f.extension().is_some_and(|e| e == "zst")) {
        keep(corpus, "zstd", &name(file), &std::fs::read(file).expect("a file"));
    }
}

fn name(path: &Path) -> String {
    path.file_name().expect("a name").to_string_lossy().into_owned()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().map(|e| e.expect("an entry").path());
    entries.filter(|p| p.is_file()).collect()
}

fn keep(corpus: &Path, target: &str, name: &str, bytes: &[u8]) {
    if bytes.len() <= MOST {
        sanad_fuzz::put(corpus, &format!("{target}/{name}"), bytes);
    }
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("memory takes everything");
    encoder.finish().expect("memory takes everything")
}

/// The demonstration captures, as bodies and as single WARC files.
fn bodies(corpus: &Path, project: &Path) {
    let file = project.join("raw/demo.warc.gz");
    let mut reader = Captures::open(&file, "demo.warc.gz", 64 << 20).expect("the demonstration captures");
    let mut number = 0_u8;
    while let Some(entry) = reader.next_entry() {
        let Entry::Capture(capture) = entry else { continue };
        number += 1;
        let is_pdf = capture.body.starts_with(b"%PDF");
        keep(corpus, if is_pdf { "pdf" } else { "html" }, &format!("demo-{number}"), &capture.body);
        if !is_pdf {
            keep(corpus, "decode", &format!("demo-{number}"), &[&[number, 0], capture.body.as_slice()].concat());
            keep(
                corpus,
                "decode",
                &format!("demo-gz-{number}"),
                &[&[number, 1], gzipped(&capture.body).as_slice()].concat(),
            );
        }
        if number % 8 == 0 {
            let head = format!(
                "WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:{number}>\r\nWARC-Date: 2026-01-01T00:00:00Z\r\n\
                 WARC-Target-URI: https://example.tj/{number}\r\nContent-Type: application/http;msgtype=response\r\n"
            );
            let http = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n";
            let length = http.len() + capture.body.len();
            let record =
                [format!("{head}Content-Length: {length}\r\n\r\n{http}").as_bytes(), &capture.body, b"\r\n\r\n"]
                    .concat();
            keep(corpus, "warc", &format!("plain-{number}"), &record);
            keep(corpus, "warc", &format!("gz-{number}"), &gzipped(&record));
        }
    }
}

/// Inputs that are rare in the captures.
fn made(corpus: &Path) {
    let pages: &[(&str, &str)] = &[
        ("table", "<table><caption>c</caption><tr><th>Year<th rowspan=2>Sum<tr><td colspan=3>2024<td>1</table>"),
        ("lists", "<ol start=5 type=a><li>one<ol><li>two<li>three</ol><li value=9>four</ol><dl><dt>a<dd>b</dl>"),
        (
            "hidden",
            "<details><summary>s</summary>x</details><p hidden>a<p style='display:none'>b<template>t</template>",
        ),
        (
            "ruby",
            "<ruby>漢<rp>(</rp><rt>kan</rt></ruby><bdo dir=rtl>abc</bdo><math><mi>x</mi></math><svg><text>t</text></svg>",
        ),
        (
            "head",
            "<meta property='article:published_time' content='2024-01-02'><script type='application/ld+json'>{\"@type\":\"NewsArticle\",\"headline\":\"h\",\"datePublished\":\"2024-01-02\"}</script><link rel=alternate hreflang=ru href=/ru/><link rel=canonical href=x>",
        ),
        ("chunks", "<pre>a\n\tb</pre><br><br>x<wbr>y&shy;z&nbsp;&#1073;&#xD800;&notin;<plaintext>end</html>"),
    ];
    for (name, page) in pages {
        keep(corpus, "html", name, page.as_bytes());
        keep(corpus, "decode", name, &[b"\x02\x00", page.as_bytes()].concat());
    }
    lists(corpus);
    let pdf = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
        3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>endobj\n\
        4 0 obj<</Length 78>>stream\nBT /F1 12 Tf 50 200 Td (The ministry said so.) Tj T* [(And) -300 (more)] TJ ET\nendstream endobj\n\
        5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>endobj\ntrailer<</Root 1 0 R>>\n";
    keep(corpus, "pdf", "small", pdf.as_bytes());
    let source = "hosts = [\"example.tj\"]\nstart = [\"https://example.tj/\"]\ngone_after = 2\nconnections = 2\n[tls.pins]\n\
        \"example.tj\" = \"sha256:0000000000000000000000000000000000000000000000000000000000000000\"\n[discover]\nfollow = [\"/*/x$\"]\n\
        depth = 3\n[expect]\nmin_records = 1\nmax_dropped = 0.5\nlanguages = [\"tgk\"]\n";
    keep(corpus, "config", "source", &[b"\x01", source.as_bytes()].concat());
    let site = "content = [\"article > p:not(.x)\"]\ndrop = [\"div.a\"]\nkeep = [\"#b\"]\ntitle = [\"h1\"]\ndate = [\"time[datetime]\"]\n";
    keep(corpus, "config", "site", &[b"\x02", site.as_bytes()].concat());
}

/// Lists of each kind, plain and compressed.
fn lists(corpus: &Path) {
    let kinds: &[(&str, &str)] = &[
        ("robots", "User-agent: *\nDisallow: /*?x=$\nAllow: /a\nCrawl-delay: 1,5\nSitemap: /s.xml\n"),
        (
            "sitemap",
            "<?xml version='1.0' encoding='UTF-8'?><!DOCTYPE urlset [<!ENTITY h 'https://e.tj'>]><q:urlset xmlns:q='x'><q:url>\
             <q:loc><![CDATA[/a]]></q:loc><x:link rel='alternate' hreflang='ru' href='&h;/b?x=1&#38;y'/></q:url></q:urlset>",
        ),
        ("index", "<sitemapindex><sitemap><loc>https://e.tj/s1.xml</loc></sitemap><!-- <sitemap> --></sitemapindex>"),
        (
            "rss",
            "<rss><channel><link>/</link><item><guid>https://e.tj/1</guid><enclosure url='/a.pdf'/></item></channel></rss>",
        ),
        ("rdf", "<rdf:RDF xmlns:rdf='r'><item rdf:about='https://e.tj/1'><title>5 < 6 &nbsp;</title></item></rdf:RDF>"),
        ("atom", "<feed xml:base='/x/'><entry xml:base='y/'><link\nrel = 'alternate' href = 'z'/></entry></feed>"),
        ("json", "{\"items\":[{\"id\":1,\"url\":\"/a\",\"attachments\":[{\"url\":\"/b.pdf\"}]}]}"),
        ("lines", "https://e.tj/1\r\nhttp://e.tj/2\n# no\n"),
    ];
    for (name, list) in kinds {
        keep(corpus, "lists", name, &[b"\x01\x00", list.as_bytes()].concat());
        keep(corpus, "lists", &format!("gz-{name}"), &[b"\x00\x01", gzipped(list.as_bytes()).as_slice()].concat());
    }
}

/// The files and texts of a small log.
fn log(corpus: &Path) {
    let folder = sanad_fuzz::folder();
    // Not the target's key: anything that its key seems to have signed is a forgery.
    let signer = Signer::of("sanad-fuzz", &[8; 32]);
    let log = folder.path().join("log");
    let mut writer = Writer::open(&log, signer.clone()).expect("a log can be begun");
    let started = RunStarted {
        run: "r".to_owned(),
        index: 0,
        at: "2026-11-21T17:00:00Z".to_owned(),
        engine: "sanad/0.1.0".to_owned(),
        config: sanad_document::digest::sha256(b""),
        offline: true,
        text: "complete".to_owned(),
        sources: Vec::new(),
        inputs: Vec::new(),
    };
    let entry = Event::RunStarted(started).entry().expect("an event");
    for _ in 0..3 {
        writer.append(entry.as_bytes()).expect("it can be written");
    }
    writer.sign().expect("it can be signed");
    let reader = Reader::new(&log);
    let note = reader.text("checkpoint").expect("a checkpoint");
    let proof = reader.prove(1).expect("a proof").text();
    let mut bundle = Vec::new();
    tile::add_entry(&mut bundle, entry.as_bytes());
    let texts = [&note, &proof, &signer.verifier().to_string(), &signer.secret(), &"tile/0/x001/234.p/5".to_owned()];
    for (number, text) in texts.iter().enumerate() {
        keep(corpus, "log", &format!("text-{number}"), &[b"\x00", text.as_bytes()].concat());
        keep(corpus, "log", &format!("file-{number}"), &[b"\x05\x00", text.as_bytes()].concat());
    }
    keep(corpus, "log", "bundle", &[b"\x01", bundle.as_slice()].concat());
    keep(corpus, "log", "event", &[b"\x02", entry.as_bytes()].concat());
    keep(corpus, "log", "request", &[b"\x03", timestamp().as_slice()].concat());
    for file in 0..12_u8 {
        keep(corpus, "log", &format!("piece-{file}"), &[4, file, 100, 1, 2, 3]);
    }
}

fn timestamp() -> Vec<u8> {
    sanad::log::timestamp::request(b"a checkpoint")
}
