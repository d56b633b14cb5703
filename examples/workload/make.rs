//! Turns a plan into a WARC record: the body, its fault, the HTTP header before it, and the gzip member around it.

use crate::page::{Filling, PageTemplate};
use crate::paper::PaperTemplate;
use crate::plan::{Fault, Kind, PagePlace, Plan, Plans, Recipe};
use crate::words::{Dice, Language};
use flate2::{Compression, write::GzEncoder};
use sanad_document::digest::sha256;
use std::io::Write as _;

/// One in this many Russian pages is served in windows-1251.
const LEGACY: usize = 20;
/// One in this many pages is stored as the server compressed it.
const PACKED: usize = 10;
/// Templates that the pages of one host share.
const TEMPLATES: usize = 2;
/// Time of the first capture in seconds since 1970: 2026-01-01.
const BEGIN: i64 = 1_767_225_600;
/// Bytes that a changed page has gained since the previous visit.
const GAINED: usize = 400;

/// What captures are generated from.
pub(crate) struct Materials {
    pub(crate) languages: Vec<Language>,
    pub(crate) templates: Vec<PageTemplate>,
    pub(crate) papers: Vec<PaperTemplate>,
    /// Cumulative weights of the papers, up to 1: large papers are rare.
    pub(crate) weights: Vec<f64>,
    pub(crate) plans: Plans,
}

/// A capture as it is written to the file.
pub(crate) struct GeneratedCapture {
    pub(crate) member: Vec<u8>,
    pub(crate) kind: Kind,
    pub(crate) language: &'static str,
    pub(crate) address: String,
    /// Bytes of the body before content coding.
    pub(crate) size: usize,
}

struct Response {
    status: &'static str,
    content_type: String,
    coding: Option<&'static str>,
    content_length: Option<usize>,
    body: Vec<u8>,
}

impl Materials {
    /// Generates the capture with this number.
    pub(crate) fn generate(&self, seed: u64, number: u64) -> GeneratedCapture {
        let plan = self.plans.of(number);
        let recipe = plan.body;
        let address = self.plans.address(plan.at, recipe.version, plan.kind);
        let mut dice = Dice::of(&[seed, 7, number]);
        let is_paper =
            matches!(plan.kind, Kind::Pdf | Kind::PdfExact | Kind::Broken(Fault::CutPdf | Fault::DamagedPdf));
        let mut response = if is_paper { ok("application/pdf", self.paper(&recipe)) } else { self.page(&plan) };
        let size = response.body.len();
        match plan.kind {
            Kind::Broken(fault) => spoil(&mut response, fault, &mut dice),
            _ if !is_paper && dice.below(PACKED) == 0 => {
                response.body = gzipped(&response.body);
                response.coding = Some("gzip");
            }
            _ => {}
        }
        let member = member(&address, number, &response);
        GeneratedCapture { member, kind: plan.kind, language: self.language(&recipe).tag, address, size }
    }

    fn language(&self, recipe: &Recipe) -> &Language {
        let languages = &self.plans.hosts[recipe.host].languages;
        &self.languages[languages[recipe.version % languages.len()]]
    }

    fn paper(&self, recipe: &Recipe) -> Vec<u8> {
        let share = Dice::of(&[recipe.text, 8]).share();
        let place = self.weights.partition_point(|sum| *sum < share).min(self.papers.len() - 1);
        self.papers[place].fill(recipe.text)
    }

    fn page(&self, plan: &Plan) -> Response {
        let recipe = plan.body;
        let host = &self.plans.hosts[recipe.host];
        let language = host.languages[recipe.version % host.languages.len()];
        // The versions of a page in three languages share one template.
        let which = Dice::of(&[recipe.page, 9]).below(TEMPLATES) as u64;
        let template = self.template(recipe.host as u64, which, host.languages[0]);
        // An exact copy contains the address that it was copied from.
        let home = if plan.kind == Kind::Near { plan.at } else { PagePlace { host: recipe.host, page: recipe.page } };
        let address = self.plans.address(home, recipe.version, Kind::Html);
        let versions: Vec<_> = if host.languages.len() > 1 {
            let version = |n: usize| (self.languages[host.languages[n]].tag, self.plans.address(home, n, Kind::Html));
            (0..host.languages.len()).map(version).collect()
        } else {
            Vec::new()
        };
        let mut more = Dice::of(&[recipe.text, 10]);
        let text = template.fill(&Filling {
            address: &address,
            versions: &versions,
            language: &self.languages[language],
            in_own_language: template.language == Some(language),
            host: recipe.host as u64,
            word_seed: recipe.text,
            number_seed: recipe.page,
            edit_seed: recipe.edit_seed,
            more: match plan.kind {
                Kind::Giant => (1 << 20) + more.below(7 << 20),
                Kind::RefetchChanged => GAINED,
                _ => 0,
            },
        });
        if self.languages[language].tag == "ru" && Dice::of(&[recipe.text, 11]).below(LEGACY) == 0 {
            let (bytes, _, _) = encoding_rs::WINDOWS_1251.encode(&text);
            return ok("text/html; charset=windows-1251", bytes.into_owned());
        }
        ok("text/html; charset=utf-8", text.into_bytes())
    }

    /// A template of a host, in the host's language if there is one.
    fn template(&self, host: u64, which: u64, language: usize) -> &PageTemplate {
        let mut dice = Dice::of(&[host, which, 12]);
        let first = dice.below(self.templates.len());
        let all = (0..self.templates.len()).map(|n| &self.templates[(first + n) % self.templates.len()]);
        all.into_iter().find(|m| m.language == Some(language)).unwrap_or(&self.templates[first])
    }
}

fn ok(content_type: &str, body: Vec<u8>) -> Response {
    Response { status: "200 OK", content_type: content_type.to_owned(), coding: None, content_length: None, body }
}

/// Breaks a response in the way that the fault says.
fn spoil(response: &mut Response, fault: Fault, dice: &mut Dice) {
    let body = &mut response.body;
    let gone = "<title>404 Not Found</title><h1>Page not found</h1><p>The page that you asked for does not exist.</p>";
    match fault {
        Fault::NotFound => (response.status, *body) = ("404 Not Found", in_place_of(body, gone)),
        Fault::ServerError => {
            response.status = "500 Internal Server Error";
            *body = b"<h1>500 Internal Server Error</h1><p>Try again later.</p>".to_vec();
        }
        Fault::SoftNotFound => *body = in_place_of(body, gone),
        Fault::WrongType => {
            response.content_type = dice.pick(&["application/pdf", "image/png", "text/plain"]).to_string();
        }
        Fault::TruncatedBody => {
            response.content_length = Some(body.len());
            body.truncate(body.len() * (1 + dice.below(8)) / 10);
        }
        Fault::CutCoding => {
            *body = gzipped(body);
            body.truncate(body.len() * (1 + dice.below(8)) / 10);
            response.coding = Some("gzip");
        }
        Fault::Garbage => *body = (0..500 + dice.below(30_000)).map(|_| dice.next().to_le_bytes()[0]).collect(),
        Fault::Empty => body.clear(),
        Fault::Nested => {
            let depth = 1_000 + dice.below(30_000);
            *body = format!("<html><body>{}deep{}</body></html>", "<div>".repeat(depth), "</div>".repeat(depth))
                .into_bytes();
        }
        Fault::CutPdf => body.truncate(body.len() * (1 + dice.below(8)) / 10),
        Fault::DamagedPdf => {
            for _ in 0..20 {
                let at = dice.below(body.len());
                body[at] = dice.next().to_le_bytes()[0];
            }
        }
    }
}

/// Puts another text in place of a page's own: what is before its first paragraph and after its last stays.
fn in_place_of(page: &[u8], text: &str) -> Vec<u8> {
    let begin = memchr::memmem::find(page, b"<p").unwrap_or(0);
    let end = memchr::memmem::rfind(page, b"</p>").unwrap_or(page.len()).max(begin);
    [&page[..begin], text.as_bytes(), &page[end..]].concat()
}

pub(crate) fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("memory takes everything");
    encoder.finish().expect("memory takes everything")
}

/// The gzip member of a WARC response record.
fn member(address: &str, number: u64, response: &Response) -> Vec<u8> {
    let mut block =
        format!("HTTP/1.1 {}\r\nServer: nginx\r\nContent-Type: {}\r\n", response.status, response.content_type);
    if let Some(coding) = response.coding {
        block.push_str(&format!("Content-Encoding: {coding}\r\n"));
    }
    block.push_str(&format!("Content-Length: {}\r\n\r\n", response.content_length.unwrap_or(response.body.len())));
    let length = block.len() + response.body.len();
    let at = jiff::Timestamp::from_second(BEGIN + number as i64).expect("a time of this century");
    let payload = sha256(&response.body);
    // A UUID of version 8 (RFC 9562), derived from address and number.
    let id = sha256(format!("{address} {number}").as_bytes());
    let hex = &id[id.len() - 32..];
    let id = format!("{}-{}-8{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..]);
    let head = format!(
        "WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:{id}>\r\nWARC-Date: {at}\r\n\
         WARC-Target-URI: {address}\r\nWARC-Payload-Digest: {payload}\r\n\
         Content-Type: application/http;msgtype=response\r\nContent-Length: {length}\r\n\r\n{block}"
    );
    gzipped(&[head.as_bytes(), &response.body, b"\r\n\r\n"].concat())
}
