//! The configuration folder. Every mistake in it is reported with file and line.
//!
//! `sanad.toml` holds the settings of all runs, `sources/<id>.toml` what to fetch and publish, `sites/<host>.toml` the
//! rules for a site's pages. All of them are optional: an empty folder is a valid configuration.

mod address;
mod document_rules;
mod fetch_plan;
mod fields;
mod settings;
mod site;
mod source;
mod tls;

pub use fields::Mistake;
pub use sanad_document::SiteRules;
pub use sanad_fetch::Discovery;
pub use sanad_fetch::TlsSettings;
pub use settings::{FetchSettings, GoneAfter, LimitSettings, LineageSettings, LogSettings, Settings};
pub use source::{Expect, Source};

use crate::error::Error;
use fields::{ConfigFile, Fields};
use sanad_document::digest;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use toml::de::DeTable;

/// Everything in the configuration folder.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// `sanad.toml`.
    pub settings: Settings,
    /// Sources by id.
    pub sources: BTreeMap<String, Source>,
    /// Rules by host, without `www.`.
    pub sites: BTreeMap<String, SiteRules>,
    /// SHA-256 (`sha256:…`) over the names and contents of all files, and over the certificates that they name.
    pub digest: String,
    /// What is allowed but may be an oversight.
    pub warnings: Vec<Mistake>,
}

impl Config {
    /// Reads and checks the whole folder.
    ///
    /// # Errors
    /// [`Error::Config`] with every mistake in every file, [`Error::NoFolder`] if there is no such folder, or
    /// [`Error::Io`] if a file can't be read.
    pub fn load(folder: &Path) -> Result<Self, Error> {
        if !folder.is_dir() {
            return Err(Error::NoFolder { path: folder.display().to_string(), option: "--config".to_owned() });
        }
        let mut config = Self::default();
        let mut mistakes = Vec::new();
        let mut digests = String::new();
        for (kind, path) in files(folder)? {
            let bytes = std::fs::read(&path).map_err(|e| Error::io(&path, "read", &e))?;
            // Writing to a string cannot fail.
            writeln!(digests, "{} {} {}", kind.name(), stem(&path), digest::sha256(&bytes)).unwrap_or_default();
            let name = path.display().to_string();
            match std::str::from_utf8(&bytes) {
                Ok(text) => config.read(kind, &stem(&path), ConfigFile { name: &name, text }, &mut mistakes),
                Err(error) => {
                    let text = String::from_utf8_lossy(&bytes);
                    let file = ConfigFile { name: &name, text: &text };
                    mistakes.push(file.mistake(error.valid_up_to(), "not UTF-8; save the file in that encoding"));
                }
            }
        }
        for authority in config.sources.values().flat_map(|s| &s.tls.authorities) {
            writeln!(digests, "authority {}", digest::sha256(authority)).unwrap_or_default();
        }
        config.digest = digest::sha256(digests.as_bytes());
        if mistakes.is_empty() {
            return Ok(config);
        }
        mistakes.sort();
        Err(Error::Config { mistakes: mistakes.iter().map(ToString::to_string).collect() })
    }

    /// Reads one file. `stem` is its name without the ending.
    fn read(&mut self, kind: FileKind, stem: &str, file: ConfigFile<'_>, mistakes: &mut Vec<Mistake>) {
        let (table, broken) = DeTable::parse_recoverable(file.text);
        mistakes.extend(syntax_mistakes(file, &broken));
        if !broken.is_empty() {
            // The parser's guess at the rest would only lead to false mistakes.
            return;
        }
        let mut fields = Fields::new(file, table.get_ref(), mistakes);
        match kind {
            FileKind::Settings => self.settings = Settings::read(&mut fields),
            FileKind::Source => {
                let source = Source::read(stem, &mut fields);
                fields.reject_items("hosts", |host| self.is_unclaimed(&source::as_in_addresses(host)));
                if source.expect.as_ref().is_none_or(|expect| *expect == Expect::default()) {
                    let message = "no [expect]: without it, nobody notices when the source stops delivering";
                    self.warnings.push(file.mistake(0, message));
                }
                self.sources.insert(stem.to_owned(), source);
            }
            FileKind::Site => {
                let site = site::read(&mut fields);
                self.sites.insert(stem.strip_prefix("www.").unwrap_or(stem).to_owned(), site);
            }
        }
        fields.finish();
    }

    /// Checks that no source read so far has this host: only one of them would ever get its captures.
    fn is_unclaimed(&self, host: &str) -> Result<(), String> {
        let Some(other) = self.source_of(host) else { return Ok(()) };
        Err(format!("`hosts`: {host:?} belongs to the source {:?} already; name it in one of the two only", other.id))
    }

    /// The source of captures from this host (without `www.`): the first, by id, that names the host.
    #[must_use]
    pub fn source_of(&self, host: &str) -> Option<&Source> {
        self.sources.values().find(|s| s.hosts.iter().any(|h| h == host))
    }

    /// Consecutive visits that must find a page of this source gone before its record is removed.
    #[must_use]
    pub fn gone_after(&self, source: &str) -> u32 {
        self.sources.get(source).and_then(|s| s.gone_after).unwrap_or(self.settings.gone_after).0
    }

    /// The most that [`Self::gone_after`] returns for any source.
    #[must_use]
    pub fn most_gone_after(&self) -> u32 {
        let sources = self.sources.keys().map(|source| self.gone_after(source));
        sources.fold(self.settings.gone_after.0, u32::max)
    }

    /// The rules for a host (without `www.`).
    #[must_use]
    pub fn site_of(&self, host: &str) -> Option<&SiteRules> {
        self.sites.get(host)
    }
}

/// The parser's errors as mistakes. One mistake often leads to several errors, so only the first in each line counts.
fn syntax_mistakes(file: ConfigFile<'_>, errors: &[toml::de::Error]) -> impl Iterator<Item = Mistake> {
    let mut lines: BTreeMap<usize, (usize, Mistake)> = BTreeMap::new();
    for error in errors {
        let at = error.span().map_or(0, |s| s.start);
        let mistake = file.mistake(at, error.message().replace('\n', "; "));
        if lines.get(&mistake.line).is_none_or(|(first, _)| at < *first) {
            lines.insert(mistake.line, (at, mistake));
        }
    }
    lines.into_values().map(|(_, mistake)| mistake)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum FileKind {
    Settings,
    Source,
    Site,
}

impl FileKind {
    /// The name that the configuration's digest includes.
    fn name(self) -> &'static str {
        match self {
            Self::Settings => "Settings",
            Self::Source => "Source",
            Self::Site => "Site",
        }
    }
}

/// The files of the configuration, sorted by kind and path.
fn files(folder: &Path) -> Result<Vec<(FileKind, PathBuf)>, Error> {
    let mut files = Vec::new();
    let settings = folder.join("sanad.toml");
    if settings.is_file() {
        files.push((FileKind::Settings, settings));
    }
    for (kind, name) in [(FileKind::Source, "sources"), (FileKind::Site, "sites")] {
        let inner = folder.join(name);
        if !inner.is_dir() {
            continue;
        }
        for entry in std::fs::read_dir(&inner).map_err(|e| Error::io(&inner, "read", &e))? {
            let path = entry.map_err(|e| Error::io(&inner, "read", &e))?.path();
            if path.extension().is_some_and(|e| e == "toml") {
                files.push((kind, path));
            }
        }
    }
    files.sort();
    Ok(files)
}

/// The file name without its ending.
fn stem(path: &Path) -> String {
    path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes_of(files: &[(&str, &str)]) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        match Config::load(folder.path()) {
            Err(Error::Config { mistakes }) => {
                let root = format!("{}/", folder.path().display());
                mistakes.into_iter().map(|m| m.replace(&root, "")).collect()
            }
            Err(error) => panic!("{error}"),
            Ok(_) => Vec::new(),
        }
    }

    #[test]
    fn every_mistake_is_named_with_file_and_line() {
        let found = mistakes_of(&[
            ("sanad.toml", "[limits]\nseconds = \"ten\"\nmemroy_mb = 5\n"),
            (
                "sources/a.toml",
                "hosts = [\"a.tj\"]\nstart = [\"ftp://a.tj/\", 7]\n[expect]\nlanguages = [\"english\"]\n",
            ),
            ("sites/a.tj.toml", "content = [\"main > \"]\n"),
        ]);
        let starts: Vec<&str> = found.iter().filter_map(|m| m.split(": ").next()).collect();
        assert_eq!(
            starts,
            [
                "sanad.toml:2",
                "sanad.toml:3",
                "sites/a.tj.toml:1",
                "sources/a.toml:2",
                "sources/a.toml:2",
                "sources/a.toml:4"
            ],
            "{found:#?}"
        );
        assert!(found.iter().any(|m| m.contains("unknown key `limits.memroy_mb`")), "{found:#?}");
    }

    #[test]
    fn broken_syntax_is_named_with_its_line() {
        let found = mistakes_of(&[("sources/b.toml", "hosts = [\"b.tj\"]\nstart = [\"https://b.tj/\"\nname = x\n")]);
        assert!(found.first().is_some_and(|m| m.starts_with("sources/b.toml:")), "{found:?}");
    }

    #[test]
    fn an_empty_folder_is_a_configuration() {
        assert_eq!(mistakes_of(&[]), Vec::<String>::new());
    }
}
