//! Looks at a page and proposes how its site is to be fetched and read: a source's file and, where a selector holds on the pages
//! looked at, the site's rules.
//!
//! A proposal is for a person to read, correct and accept. It is made from one page and a few that it names; nothing is kept
//! of them. What is written is what the configuration's own reader accepts.

mod ancestors;
mod listing_items;
mod rules;
mod text;

use crate::config::{Config, Settings};
use crate::error::Error;
use crate::worker::{self, Request, Worker};
use sanad_document::{Document, PageKind, TextMode};
use sanad_extract::metadata::Metadata;
use sanad_fetch::Discovery;
use sanad_fetch::links::Link;
use sanad_fetch::preview::{Look, Looked};
use sanad_fetch::{Plan, discover, pagination};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use url::Url;

/// Pages that are looked at beside the one given: enough to tell what is common to a site's pages from what is one page's own.
const SAMPLES: usize = 3;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Survey<'a> {
    /// The page: a listing, or a page of the kind that is wanted.
    pub address: &'a Url,
    /// The new source's id; its host's name when left out.
    pub id: Option<&'a str>,
    /// Private hosts that may be asked.
    pub allow_private: &'a [String],
    /// How its worker is limited.
    pub limits: worker::Limits,
}

/// Files that are proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// `sources/<id>.toml` and, where there is something to say, `sites/<host>.toml`: name under the configuration's folder,
    /// and content.
    pub files: Vec<(String, String)>,
    /// What deserves a second look, for people.
    pub notes: Vec<String>,
}

/// A page with what was read in it.
pub(crate) struct Page {
    looked: Looked,
    document: Document,
    metadata: Metadata,
}

impl Page {
    /// What is known of its body before it is read.
    fn known(&self) -> sanad_document::Page<'_> {
        sanad_document::Page {
            url: Some(self.looked.url.as_str()),
            content_type: self.looked.content_type.as_deref(),
            content_coding: self.looked.content_coding.as_deref(),
            site: None,
        }
    }
}

/// What was found out.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    id: String,
    name: Option<String>,
    country: Option<String>,
    host: String,
    start: Vec<String>,
    allow_private: Vec<String>,
    discovery: Discovery,
    /// Sitemaps that are there but not needed.
    further_sitemaps: Vec<String>,
    languages: BTreeSet<String>,
}

/// Looks at the page and proposes.
///
/// # Errors
/// When the page can't be had or read, or its host belongs to a source already.
pub fn propose(survey: &Survey<'_>, config: &Config) -> Result<Proposal, Error> {
    let host = sanad_document::url_key::site_of(survey.address.as_str());
    if let Some(source) = config.source_of(&host) {
        let message = format!("{host} belongs to the source {} already; change config/sources/{0}.toml", source.id);
        return Err(Error::Refused { message });
    }
    let setup = config.settings.fetch_setup(Path::new(""));
    let plan = plan(survey, &host, &config.settings);
    let mut look = Look::new(&setup, &plan)?;
    let mut worker = Worker::new(survey.limits.clone());
    let page = read(look.page(survey.address)?, &mut worker)?;
    let page_host = sanad_document::url_key::site_of(page.looked.url.as_str());
    if page_host != host {
        let message = format!("{} leads to {}; add that address", survey.address, page.looked.url);
        return Err(Error::Usage { message });
    }
    let mut notes = Vec::new();
    let items = listing_items::items(&plan, &page.looked.links, &page.looked.url);
    let is_listing = is_listing(&page, &items);
    let wanted = if is_listing { SAMPLES } else { 0 };
    let mut samples = Vec::new();
    for item in items.links.iter().take(wanted) {
        match look.page(&item.url).map_err(Error::from).and_then(|looked| read(looked, &mut worker)) {
            Ok(sample) => samples.push(sample),
            Err(error) => notes.push(format!("a page that it names could not be read: {error}")),
        }
    }
    let mut findings = findings(survey, &plan, &page);
    for read in samples.iter().chain([&page]) {
        findings.learn(&plan, read);
    }
    if is_listing {
        findings.listing(&page, &items);
    }
    findings.sitemaps(&mut look, &page.looked.url);
    // A listing's own parts say nothing of where a page's text stands.
    let texts: Vec<&Page> = if samples.is_empty() { vec![&page] } else { samples.iter().collect() };
    let rules = rules::find(&texts, &mut worker);
    let mut files = vec![(format!("sources/{}.toml", findings.id), text::source(&findings))];
    files.extend(rules.map(|rules| (format!("sites/{host}.toml"), text::site(&rules, texts.len()))));
    check(&files)?;
    Ok(Proposal { files, notes })
}

/// Writes a proposal's files; a file that is there is never written over.
///
/// # Errors
/// When one is there, or can't be written: then none is.
pub fn write(proposal: &Proposal, folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let paths: Vec<PathBuf> = proposal.files.iter().map(|(name, _)| folder.join(name)).collect();
    if let Some(there) = paths.iter().find(|p| p.exists()) {
        let message = format!("{}: already exists and is not overwritten; give another `--id`", there.display());
        return Err(Error::Refused { message });
    }
    let mut written = Vec::new();
    for (path, (_, text)) in paths.iter().zip(&proposal.files) {
        let wrote = write_new(path, text);
        if let Err(error) = wrote {
            // Half a proposal would be a configuration nobody asked for.
            for path in &written {
                drop(std::fs::remove_file::<&PathBuf>(path));
            }
            return Err(Error::io(path, "create", &error));
        }
        written.push(path.clone());
    }
    Ok(written)
}

fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.persist_noclobber(path).map(drop).map_err(|e| e.error)
}

/// Whether the configuration's reader takes the files as they are.
fn check(files: &[(String, String)]) -> Result<(), Error> {
    let folder = tempfile::tempdir().map_err(|e| Error::io(&std::env::temp_dir(), "write", &e))?;
    let proposal = Proposal { files: files.to_vec(), notes: Vec::new() };
    write(&proposal, folder.path())?;
    Config::load(folder.path()).map(drop)
}

fn plan(survey: &Survey<'_>, host: &str, settings: &Settings) -> Plan {
    let source = crate::config::Source {
        hosts: vec![host.to_owned()],
        allow_private: survey.allow_private.to_vec(),
        ..crate::config::Source::default()
    };
    source.plan(settings)
}

fn read(looked: Looked, worker: &mut Worker) -> Result<Page, Error> {
    let document = worker.parse(&request(&looked, None))?;
    let visit = sanad_extract::Visit { url: Some(looked.url.as_str()), captured_at: None, mode: TextMode::Complete };
    let (document, metadata) = sanad_extract::judge(document, &[], &visit);
    Ok(Page { looked, document, metadata })
}

fn request(looked: &Looked, site: Option<sanad_document::SiteRules>) -> Request {
    Request {
        body: looked.body.clone(),
        url: Some(looked.url.to_string()),
        content_type: looked.content_type.clone(),
        content_coding: looked.content_coding.clone(),
        site,
        ..Request::default()
    }
}

/// Whether a page is wanted for what it names rather than for itself.
fn is_listing(page: &Page, items: &listing_items::Items) -> bool {
    let next = pagination::next(&page.looked.links, &page.looked.url).is_some();
    items.pattern.is_some() && (page.document.page_kind == PageKind::Listing || next || is_front(&page.looked.url))
}

/// Whether an address is a site's front page, in whatever language.
fn is_front(url: &Url) -> bool {
    let steps: Vec<&str> = url.path_segments().into_iter().flatten().filter(|s| !s.is_empty()).collect();
    let is_own = |step: &&str| !(step.starts_with("index.") || discover::names_language(step));
    !steps.iter().any(is_own) && url.query_pairs().all(|(_, value)| discover::names_language(&value))
}

fn findings(survey: &Survey<'_>, plan: &Plan, page: &Page) -> Findings {
    let host = sanad_document::url_key::site_of(survey.address.as_str());
    let is_feed = |l: &&Link| {
        let kinds = ["rss", "atom"];
        l.in_head
            && l.rel.contains("alternate")
            && kinds.iter().any(|kind| l.media_type.contains(kind))
            && plan.owns(&l.url)
    };
    let feeds = page.looked.links.iter().filter(is_feed).map(|l| l.url.to_string());
    let feeds = feeds.collect::<BTreeSet<_>>().into_iter().collect();
    Findings {
        id: survey.id.map_or_else(|| host.clone(), str::to_owned),
        host,
        start: vec![page.looked.url.to_string()],
        allow_private: survey.allow_private.to_vec(),
        discovery: Discovery { feeds, ..Discovery::default() },
        ..Findings::default()
    }
}

impl Findings {
    /// The page names others: it is walked, and they are wanted.
    fn listing(&mut self, page: &Page, items: &listing_items::Items) {
        self.discovery.follow = items.pattern.iter().map(|pattern| self.in_all_languages(pattern)).collect();
        if pagination::next(&page.looked.links, &page.looked.url).is_some() {
            self.discovery.listings = std::mem::take(&mut self.start);
        } else {
            self.discovery.depth = 1;
        }
    }

    /// A pattern whose first step names a language, for all of them.
    fn in_all_languages(&self, pattern: &str) -> String {
        let first = pattern.strip_prefix('/').and_then(|rest| rest.split_once('/'));
        match first {
            Some((step, rest)) if self.discovery.translations && discover::names_language(step) => format!("/*/{rest}"),
            _ => pattern.to_owned(),
        }
    }

    /// Sitemaps, as robots.txt names them or where they usually are.
    fn sitemaps(&mut self, look: &mut Look<'_>, url: &Url) {
        self.further_sitemaps = look.sitemaps(url).to_vec();
        if let (true, Ok(usual)) = (self.further_sitemaps.is_empty(), url.join("/sitemap.xml"))
            && let Ok(found) = look.page(&usual)
            && ["<urlset", "<sitemapindex"]
                .iter()
                .any(|tag| memchr::memmem::find(&found.body, tag.as_bytes()).is_some())
        {
            self.further_sitemaps.push(found.url.into());
        }
    }

    /// What a page says of itself.
    fn learn(&mut self, plan: &Plan, page: &Page) {
        let links = page.looked.links.iter().filter(|l| plan.owns(&l.url));
        let versions: Vec<&Link> = links.filter(|l| discover::leads_to_version(l, &page.looked.url)).collect();
        self.discovery.translations |= versions.iter().any(|l| l.url != page.looked.url);
        self.languages.extend(versions.iter().filter_map(|l| discover::language_of(l)).map(str::to_owned));
        self.name = self.name.take().or_else(|| page.metadata.issuer.clone());
        self.country = self.country.take().or_else(|| page.metadata.country.clone());
        let language = page.document.language.map(|l| l.code.to_string());
        self.languages.extend(language.filter(|code| !matches!(code.as_str(), "und" | "mul")));
    }
}
