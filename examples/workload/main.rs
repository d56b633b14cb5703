//! A crawl of any size for measurements and long tests: WARC files in which real pages and PDFs come again and again with other
//! words. What is made follows from the seed alone.
//!
//! ```sh
//! cargo run --release --example workload -- --captures 100000 --out /tmp/crawl --pages PAGES --papers PDFS --sentences dev.jsonl
//! target/release/sanad run --offline --raw /tmp/crawl/raw --out /tmp/crawl/normalized
//! ```
//!
//! `OUT/raw/*.warc.gz` are the captures, `OUT/captures.tsv` says of each what it is, `OUT/manifest.json` what there is of
//! each kind. `plan.rs` holds the shares: 80 % pages (among them 3 % exact and 3 % near-duplicates and 5 % further visits to
//! one address), 15 % PDFs, 5 % broken. Every third WARC file ends in a gzip member that is cut.
//! A later batch of the same crawl: the same seed and hosts, `--first` the number of captures before.

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
    reason = "a tool that makes test data, not the program"
)]

mod make;
mod page;
mod paper;
mod plan;
mod words;

use clap::Parser;
use make::{Made, Stock};
use plan::Plans;
use sanad_warc::Writer;
use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

/// A page mould has at least so many words that change, and at most so many bytes.
const WORDS: usize = 120;
const LARGEST: usize = 110_000;
/// Captures made at one time, by all threads.
const CHUNK: u64 = 512;

#[derive(Parser)]
#[command(about = "Makes WARC files of any size from real pages and PDFs with other words")]
struct Arguments {
    /// How many captures
    #[arg(long, default_value_t = 1_000)]
    captures: u64,
    /// The number of the first
    #[arg(long, default_value_t = 0)]
    first: u64,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many hosts; one for each 50 captures when left out
    #[arg(long)]
    hosts: Option<usize>,
    /// Where to; the folder must not have captures yet, unless `--first` adds to them
    #[arg(long)]
    out: PathBuf,
    /// Healthy pages alone
    #[arg(long)]
    html_only: bool,
    /// Size of a WARC file in megabytes, after which the next is begun
    #[arg(long, default_value_t = 100)]
    file_mb: u64,
    /// Folder of pages, `.html` or `.html.gz`; may be given more than once
    #[arg(long, required = true)]
    pages: Vec<PathBuf>,
    /// Folder of PDFs; may be given more than once
    #[arg(long)]
    papers: Vec<PathBuf>,
    /// JSON lines with `text` and `lang`, from which the words of languages come
    #[arg(long)]
    sentences: PathBuf,
}

fn main() -> Result<(), String> {
    let arguments = Arguments::parse();
    let hosts = arguments.hosts.unwrap_or((arguments.captures / 50).max(5) as usize);
    let raw = arguments.out.join("raw");
    std::fs::create_dir_all(&raw).map_err(|e| format!("{}: {e}", raw.display()))?;
    let stock = stock(&arguments, Plans::new(arguments.seed, hosts, arguments.html_only))?;
    let mut tally = Tally::default();
    write(&arguments, &stock, &raw, &mut tally)?;
    let manifest = tally.manifest(&arguments, hosts, &stock);
    let name =
        if arguments.first == 0 { "manifest.json".to_owned() } else { format!("manifest-{}.json", arguments.first) };
    let text = serde_json::to_string_pretty(&manifest).map_err(|e| e.to_string())?;
    std::fs::write(arguments.out.join(name), format!("{text}\n")).map_err(|e| e.to_string())?;
    println!("{text}");
    Ok(())
}

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

fn stock(arguments: &Arguments, plans: Plans) -> Result<Stock, String> {
    let mut languages = words::languages(&arguments.sentences)?;
    let mut moulds = Vec::new();
    for file in files(&arguments.pages, &[".html", ".html.gz"])? {
        let text = text_of(&file)?;
        let mut mould = page::Mould::of(text);
        if mould.size() > LARGEST || mould.words < WORDS {
            continue;
        }
        let said = mould.text();
        let tag = whatlang::detect_lang(&said).and_then(|l| match l.code() {
            "eng" => Some("en"),
            "rus" => Some("ru"),
            "pol" => Some("pl"),
            "ell" => Some("el"),
            "cmn" => Some("zh"),
            _ => None,
        });
        mould.language = tag.and_then(words::place_of);
        if let Some(place) = mould.language {
            words::enrich(&mut languages[place], &said);
        }
        moulds.push(mould);
    }
    let mut papers = Vec::new();
    if !arguments.html_only {
        for file in files(&arguments.papers, &[".pdf"])? {
            papers.push(paper::Paper::of(std::fs::read(&file).map_err(|e| format!("{}: {e}", file.display()))?));
        }
    }
    // Ten times the bytes, a hundredth as often; what can't be varied, seldom.
    let weight = |p: &paper::Paper| (p.bytes().len() as f64).powi(-2) * if p.is_varied() { 1.0 } else { 0.1 };
    let whole: f64 = papers.iter().map(weight).sum();
    let weights = papers.iter().scan(0.0, |sum, p| {
        *sum += weight(p) / whole;
        Some(*sum)
    });
    let weights = weights.collect();
    Ok(Stock { languages, moulds, papers, weights, plans })
}

/// Makes all captures, a chunk at a time on all cores, and writes them in order.
fn write(arguments: &Arguments, stock: &Stock, raw: &Path, tally: &mut Tally) -> Result<(), String> {
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
        let make = |n: u64| (from + n..to).step_by(threads as usize).map(|i| stock.make(arguments.seed, i)).collect();
        let mut ready: Vec<_> = std::thread::scope(|scope| {
            let hands: Vec<_> = (0..threads).map(|n| scope.spawn(move || -> Vec<Made> { make(n) })).collect();
            hands.into_iter().map(|h| h.join().expect("it doesn't panic").into_iter()).collect()
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

/// What was made.
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

    /// Every third file ends in a member that breaks off, as a killed crawler leaves it.
    fn end(&mut self, arguments: &Arguments, last: &Made, mut writer: Writer) -> Result<(), String> {
        if !arguments.html_only && self.files.len() % 3 == 1 {
            writer.append_member(&last.member[..last.member.len() / 2]).map_err(|e| e.to_string())?;
            self.cut += 1;
        }
        self.files.last_mut().expect("one was begun").1 = writer.position();
        self.bytes += writer.position();
        Ok(())
    }

    fn count(&mut self, one: &Made) {
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

    fn manifest(&self, arguments: &Arguments, hosts: usize, stock: &Stock) -> serde_json::Value {
        let means =
            self.sizes.iter().map(|(group, (count, bytes))| (*group, bytes / count)).collect::<BTreeMap<_, _>>();
        let largest = self.hosts.values().max();
        let varied = stock.papers.iter().filter(|p| p.is_varied()).count();
        serde_json::json!({
            "captures": arguments.captures, "first": arguments.first, "seed": arguments.seed, "html_only": arguments.html_only,
            "hosts": {"asked": hosts, "with_captures": self.hosts.len(), "largest": largest},
            "moulds": {"pages": stock.moulds.len(), "papers": stock.papers.len(), "papers_with_other_words": varied},
            "bytes": self.bytes, "bytes_a_capture": self.bytes / arguments.captures.max(1),
            "mean_body_bytes": means, "kinds": self.kinds, "languages": self.languages, "cut_members": self.cut,
            "files": self.files.iter().map(|(name, size)| serde_json::json!({"name": name, "bytes": size})).collect::<Vec<_>>(),
        })
    }
}
