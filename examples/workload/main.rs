//! Generates a crawl of any size for measurements and long tests: WARC files that repeat real pages and PDFs with other
//! words. The output depends only on the inputs and the seed.
//!
//! ```sh
//! cargo run --release --example workload -- --captures 100000 --out /tmp/crawl --pages PAGES --papers PDFS --sentences dev.jsonl
//! target/release/sanad run --offline --raw /tmp/crawl/raw --out /tmp/crawl/normalized
//! ```
//!
//! `OUT/raw/*.warc.gz` contain the captures, `OUT/captures.tsv` lists the kind of each, and `OUT/manifest.json` counts
//! the kinds. `plan.rs` defines the shares: 80 % pages (among them 3 % exact duplicates, 3 % near-duplicates and 5 %
//! repeated visits to an address), 15 % PDFs, 5 % broken captures. Every third WARC file ends in a truncated gzip
//! member. To generate a later batch of the same crawl, use the same seed and hosts, and set `--first` to the number of
//! captures so far.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::format_push_string,
    reason = "generates test data; not part of the program"
)]

mod make;
mod page;
mod paper;
mod plan;
mod words;

use clap::Parser;
use make::{GeneratedCapture, Materials};
use plan::Plans;
use sanad_warc::Writer;
use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

/// The least number of changing words in a page template; shorter pages would all look alike.
const MIN_WORDS: usize = 120;
/// The largest page template in bytes.
const MAX_BYTES: usize = 110_000;
/// Captures generated at a time, by all threads together: enough to keep all cores busy, few enough for memory.
const CHUNK: u64 = 512;

#[derive(Parser)]
#[command(about = "Generates WARC files of any size from real pages and PDFs with other words")]
struct Arguments {
    /// Number of captures
    #[arg(long, default_value_t = 1_000)]
    captures: u64,
    /// Number of the first capture
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// Seed of everything random
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Number of hosts; by default one for every 50 captures
    #[arg(long)]
    hosts: Option<usize>,
    /// Output folder; it must not contain captures yet, unless `--first` adds to them
    #[arg(long)]
    out: PathBuf,
    /// Only intact pages
    #[arg(long)]
    html_only: bool,
    /// Megabytes after which a new WARC file begins
    #[arg(long, default_value_t = 100)]
    file_mb: u64,
    /// Folder with pages, `.html` or `.html.gz`; may be repeated
    #[arg(long, required = true)]
    pages: Vec<PathBuf>,
    /// Folder with PDFs; may be repeated
    #[arg(long)]
    papers: Vec<PathBuf>,
    /// JSON lines with `text` and `lang`; the words of each language come from them
    #[arg(long)]
    sentences: PathBuf,
}

fn main() -> Result<(), String> {
    let arguments = Arguments::parse();
    let hosts = arguments.hosts.unwrap_or((arguments.captures / 50).max(5) as usize);
    let raw = arguments.out.join("raw");
    std::fs::create_dir_all(&raw).map_err(|e| format!("{}: {e}", raw.display()))?;
    let materials = materials(&arguments, Plans::new(arguments.seed, hosts, arguments.html_only))?;
    let mut tally = Tally::default();
    write(&arguments, &materials, &raw, &mut tally)?;
    let manifest = tally.manifest(&arguments, hosts, &materials);
    let name =
        if arguments.first == 0 { "manifest.json".to_owned() } else { format!("manifest-{}.json", arguments.first) };
    let text = serde_json::to_string_pretty(&manifest).map_err(|e| e.to_string())?;
    std::fs::write(arguments.out.join(name), format!("{text}\n")).map_err(|e| e.to_string())?;
    println!("{text}");
    Ok(())
}

/// Lists the files with one of these endings, sorted by path. Fails if there is none.
fn files(folders: &[PathBuf], ends: &[&str]) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    for folder in folders {
        for entry in std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))? {
            let path = entry.map_err(|e| e.to_string())?.path();
            if ends.iter().any(|end| path.to_string_lossy().ends_with(end)) {
                files.push(path);
            }
        }
    }
    files.sort();
    if files.is_empty() { Err(format!("no {} in {folders:?}", ends.join(" or "))) } else { Ok(files) }
}

fn text_of(file: &Path) -> Result<String, String> {
    let mut bytes = std::fs::read(file).map_err(|e| format!("{}: {e}", file.display()))?;
    if file.extension().is_some_and(|e| e == "gz") {
        let mut plain = Vec::new();
        let mut decoder = flate2::read::MultiGzDecoder::new(bytes.as_slice());
        decoder.read_to_end(&mut plain).map_err(|e| format!("{}: {e}", file.display()))?;
        bytes = plain;
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Reads the templates and words that captures are generated from.
fn materials(arguments: &Arguments, plans: Plans) -> Result<Materials, String> {
    let mut languages = words::languages(&arguments.sentences)?;
    let mut templates = Vec::new();
    for file in files(&arguments.pages, &[".html", ".html.gz"])? {
        let text = text_of(&file)?;
        let mut template = page::PageTemplate::of(text);
        if template.size() > MAX_BYTES || template.words < MIN_WORDS {
            continue;
        }
        let text = template.text();
        let tag = whatlang::detect_lang(&text).and_then(|l| match l.code() {
            "eng" => Some("en"),
            "rus" => Some("ru"),
            "pol" => Some("pl"),
            "ell" => Some("el"),
            "cmn" => Some("zh"),
            _ => None,
        });
        template.language = tag.and_then(words::place_of);
        if let Some(place) = template.language {
            words::enrich(&mut languages[place], &text);
        }
        templates.push(template);
    }
    let mut papers = Vec::new();
    if !arguments.html_only {
        for file in files(&arguments.papers, &[".pdf"])? {
            papers
                .push(paper::PaperTemplate::of(std::fs::read(&file).map_err(|e| format!("{}: {e}", file.display()))?));
        }
    }
    // A PDF ten times as large is used a hundredth as often, so that large ones do not dominate the bytes. One whose
    // words cannot change is used a tenth as often.
    let weight = |p: &paper::PaperTemplate| (p.bytes().len() as f64).powi(-2) * if p.is_varied() { 1.0 } else { 0.1 };
    let whole: f64 = papers.iter().map(weight).sum();
    let weights = papers.iter().scan(0.0, |sum, p| {
        *sum += weight(p) / whole;
        Some(*sum)
    });
    let weights = weights.collect();
    Ok(Materials { languages, templates, papers, weights, plans })
}

/// Generates all captures, a chunk at a time on all cores, and writes them in order.
fn write(arguments: &Arguments, materials: &Materials, raw: &Path, tally: &mut Tally) -> Result<(), String> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get) as u64;
    let end = arguments.first + arguments.captures;
    let list = arguments.out.join(if arguments.first == 0 {
        "captures.tsv".to_owned()
    } else {
        format!("captures-{}.tsv", arguments.first)
    });
    let mut list = std::io::BufWriter::new(std::fs::File::create(list).map_err(|e| e.to_string())?);
    let mut from = arguments.first;
    let mut open: Option<Writer> = None;
    while from < end {
        let to = end.min(from + CHUNK);
        let generate =
            |n: u64| (from + n..to).step_by(threads as usize).map(|i| materials.generate(arguments.seed, i)).collect();
        let mut ready: Vec<_> = std::thread::scope(|scope| {
            let workers: Vec<_> =
                (0..threads).map(|n| scope.spawn(move || -> Vec<GeneratedCapture> { generate(n) })).collect();
            workers.into_iter().map(|w| w.join().expect("it doesn't panic").into_iter()).collect()
        });
        for number in from..to {
            let one = ready[((number - from) % threads) as usize].next().expect("one for each number");
            let mut writer = match open.take() {
                Some(writer) => writer,
                None => tally.begin(arguments, raw)?,
            };
            writer.append_member(&one.member).map_err(|e| e.to_string())?;
            writeln!(list, "{number}\t{:?}\t{}\t{}", one.kind, one.language, one.address).map_err(|e| e.to_string())?;
            tally.count(&one);
            if writer.position() < arguments.file_mb << 20 && number + 1 < end {
                open = Some(writer);
            } else {
                tally.end(arguments, &one, writer)?;
            }
        }
        from = to;
    }
    list.flush().map_err(|e| e.to_string())
}

/// Counts of what was generated.
#[derive(Default)]
struct Tally {
    kinds: BTreeMap<String, u64>,
    languages: BTreeMap<&'static str, u64>,
    hosts: BTreeMap<String, u64>,
    files: Vec<(String, u64)>,
    cut: u64,
    bytes: u64,
    sizes: BTreeMap<&'static str, (u64, u64)>,
}

impl Tally {
    fn begin(&mut self, arguments: &Arguments, raw: &Path) -> Result<Writer, String> {
        let name = format!("workload-{:09}-{:05}.warc.gz", arguments.first, self.files.len());
        let writer = Writer::create(&raw.join(&name), "2026-01-01T00:00:00Z", "made for a measurement, not captured");
        self.files.push((name, 0));
        writer.map_err(|e| e.to_string())
    }

    /// Ends every third file with a truncated member, as a killed crawler leaves it.
    fn end(&mut self, arguments: &Arguments, last: &GeneratedCapture, mut writer: Writer) -> Result<(), String> {
        if !arguments.html_only && self.files.len() % 3 == 1 {
            writer.append_member(&last.member[..last.member.len() / 2]).map_err(|e| e.to_string())?;
            self.cut += 1;
        }
        self.files.last_mut().expect("one was begun").1 = writer.position();
        self.bytes += writer.position();
        Ok(())
    }

    fn count(&mut self, one: &GeneratedCapture) {
        *self.kinds.entry(format!("{:?}", one.kind)).or_default() += 1;
        *self.languages.entry(one.language).or_default() += 1;
        let host = one.address.split('/').nth(2).unwrap_or_default();
        *self.hosts.entry(host.to_owned()).or_default() += 1;
        let group = match one.kind {
            plan::Kind::Pdf | plan::Kind::PdfExact => "pdf",
            plan::Kind::Broken(_) => "broken",
            _ => "html",
        };
        let (count, bytes) = self.sizes.entry(group).or_default();
        *count += 1;
        *bytes += one.size as u64;
    }

    fn manifest(&self, arguments: &Arguments, hosts: usize, materials: &Materials) -> serde_json::Value {
        let means =
            self.sizes.iter().map(|(group, (count, bytes))| (*group, bytes / count)).collect::<BTreeMap<_, _>>();
        let largest = self.hosts.values().max();
        let varied = materials.papers.iter().filter(|p| p.is_varied()).count();
        serde_json::json!({
            "captures": arguments.captures, "first": arguments.first, "seed": arguments.seed, "html_only": arguments.html_only,
            "hosts": {"asked": hosts, "with_captures": self.hosts.len(), "largest": largest},
            "templates": {"pages": materials.templates.len(), "papers": materials.papers.len(), "papers_with_other_words": varied},
            "bytes": self.bytes, "bytes_a_capture": self.bytes / arguments.captures.max(1),
            "mean_body_bytes": means, "kinds": self.kinds, "languages": self.languages, "cut_members": self.cut,
            "files": self.files.iter().map(|(name, size)| serde_json::json!({"name": name, "bytes": size})).collect::<Vec<_>>(),
        })
    }
}
