//! Looks at a page of a site and proposes the configuration of a source: the source's file and, if selectors hold on
//! all pages looked at, rules for the site.
//!
//! A proposal is for a person to read, correct and accept. It is made from one page and a few pages that it names; none
//! of them is stored. The configuration's own reader must accept what is written.

mod ancestors;
mod config_text;
mod findings;
mod listing_items;
mod site_rules;
mod surveyed_page;

use crate::config::{Config, Settings, Source};
use crate::error::Error;
use crate::worker::{self, Worker};
use findings::Findings;
use listing_items::ListingItems;
use sanad_document::PageKind;
use sanad_document::secrets::masked;
use sanad_document::url_key::site_of;
use sanad_fetch::preview::Previewer;
use sanad_fetch::{Discovery, Plan, discover, pagination};
use std::path::{Path, PathBuf};
use surveyed_page::SurveyedPage;
use url::Url;

/// Number of pages that are looked at beside the given one: enough to tell what a site's pages have in common from what
/// is specific to one.
const SAMPLES: usize = 3;

/// What to survey.
#[derive(Debug, Clone)]
pub struct Survey<'a> {
    /// The page: a listing of the wanted pages, or one of them.
    pub address: &'a Url,
    /// The new source's id; the name of its host if none.
    pub id: Option<&'a str>,
    /// Private hosts that may be connected to.
    pub allow_private: &'a [String],
    /// The limits of the worker process that parses the pages.
    pub limits: worker::Limits,
}

/// The files that are proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Path under the configuration's folder, and content: `sources/<id>.toml` and, if there are rules,
    /// `sites/<host>.toml`.
    pub files: Vec<(String, String)>,
    /// Remarks for the reader of the proposal.
    pub notes: Vec<String>,
}

/// Looks at the page and makes a proposal.
///
/// # Errors
/// If the page can't be fetched or parsed, leads to another host, or its host already belongs to a source.
pub fn propose(survey: &Survey<'_>, config: &Config) -> Result<Proposal, Error> {
    let host = site_of(survey.address.as_str());
    if let Some(source) = config.source_of(&host) {
        let message = format!("{host} already belongs to the source {0}; edit sources/{0}.toml instead", source.id);
        return Err(Error::Refused { message });
    }
    let setup = config.settings.fetch_setup(Path::new(""));
    let plan = plan(survey, &host, &config.settings);
    let mut look = Previewer::new(&setup, &plan)?;
    let mut worker = Worker::new(survey.limits.clone());
    let page = SurveyedPage::read(look.page(survey.address)?, &mut worker)?;
    if site_of(page.looked.url.as_str()) != host {
        let message = format!(
            "{} redirects to {}; add that address instead",
            masked(survey.address.as_str()),
            masked(page.looked.url.as_str())
        );
        return Err(Error::Usage { message });
    }
    let mut notes = Vec::new();
    let items = listing_items::items(&plan, &page.looked.links, &page.looked.url);
    let is_listing = is_listing(&page, &items);
    let wanted = if is_listing { SAMPLES } else { 0 };
    let mut samples = Vec::new();
    for item in items.links.iter().take(wanted) {
        let looked = look.page(&item.url).map_err(Error::from);
        match looked.and_then(|looked| SurveyedPage::read(looked, &mut worker)) {
            Ok(sample) => samples.push(sample),
            Err(error) => notes.push(format!("a page of the listing could not be read: {error}")),
        }
    }
    let mut findings = Findings {
        id: survey.id.map_or_else(|| host.clone(), str::to_owned),
        host: host.clone(),
        start: vec![page.looked.url.to_string()],
        allow_private: survey.allow_private.to_vec(),
        discovery: Discovery { feeds: Findings::feeds(&plan, &page), ..Discovery::default() },
        ..Findings::default()
    };
    for read in samples.iter().chain([&page]) {
        findings.add_page(&plan, read);
    }
    if is_listing {
        findings.add_listing(&page, &items);
    }
    findings.add_sitemaps(&mut look, &page.looked.url);
    // The structure of a listing doesn't show where the text of a page is.
    let texts: Vec<&SurveyedPage> = if samples.is_empty() { vec![&page] } else { samples.iter().collect() };
    let rules = site_rules::find(&texts, &mut worker);
    let mut files = vec![(format!("sources/{}.toml", findings.id), config_text::source(&findings))];
    files.extend(rules.map(|rules| (format!("sites/{host}.toml"), config_text::site(&rules, texts.len()))));
    check(&files)?;
    Ok(Proposal { files, notes })
}

/// Writes a proposal's files under the configuration's folder and returns their paths. Never overwrites a file.
///
/// # Errors
/// If one of the files exists or can't be written; then none is written.
pub fn write(proposal: &Proposal, folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let paths: Vec<PathBuf> = proposal.files.iter().map(|(name, _)| folder.join(name)).collect();
    if let Some(there) = paths.iter().find(|p| p.exists()) {
        let message =
            format!("{}: exists already and is not overwritten; choose another --id, or move it away", there.display());
        return Err(Error::Refused { message });
    }
    let mut written = Vec::new();
    for (path, (_, text)) in paths.iter().zip(&proposal.files) {
        let wrote = write_new(path, text);
        if let Err(error) = wrote {
            // Half a proposal is no usable configuration.
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

/// Checks that the configuration's reader accepts the files.
fn check(files: &[(String, String)]) -> Result<(), Error> {
    let folder = tempfile::tempdir().map_err(|e| Error::io(&std::env::temp_dir(), "write", &e))?;
    let proposal = Proposal { files: files.to_vec(), notes: Vec::new() };
    write(&proposal, folder.path())?;
    Config::load(folder.path()).map(drop)
}

fn plan(survey: &Survey<'_>, host: &str, settings: &Settings) -> Plan {
    let source =
        Source { hosts: vec![host.to_owned()], allow_private: survey.allow_private.to_vec(), ..Source::default() };
    source.plan(settings)
}

/// Returns true if a page is a listing: wanted for the pages it names rather than for itself.
fn is_listing(page: &SurveyedPage, items: &ListingItems) -> bool {
    let next = pagination::next(&page.looked.links, &page.looked.url).is_some();
    items.pattern.is_some() && (page.document.page_kind == PageKind::Listing || next || is_front(&page.looked.url))
}

/// Returns true if an address is a site's front page in some language.
fn is_front(url: &Url) -> bool {
    let segments: Vec<&str> = url.path_segments().into_iter().flatten().filter(|s| !s.is_empty()).collect();
    let is_specific = |segment: &&str| !(segment.starts_with("index.") || discover::names_language(segment));
    !segments.iter().any(is_specific) && url.query_pairs().all(|(_, value)| discover::names_language(&value))
}
