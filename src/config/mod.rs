//! The configuration, every mistake of it reported with file and line.
//!
//! `sanad.toml` holds what concerns every run, `sources/<id>.toml` what is wanted, `sites/<host>.toml` what a person
//! knows about a site's pages. A folder without any of them is a valid configuration.

mod address;
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
use fields::{Fields, File};
use sanad_document::digest;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use toml::de::DeTable;

/// Everything under the configuration folder.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// `sanad.toml`.
    pub settings: Settings,
    /// Sources by id.
    pub sources: BTreeMap<String, Source>,
    /// SiteRules rules by host, without `www.`.
    pub sites: BTreeMap<String, SiteRules>,
    /// `sha256:` over names and contents of all files.
    pub digest: String,
    /// What deserves a second look without being wrong.
    pub warnings: Vec<Mistake>,
}

impl Config {
    /// Reads and checks the whole folder.
    ///
    /// # Errors
    /// [`Error::Config`] with every mistake of every file, or [`Error::Io`] when the folder can't be read.
    pub fn load(folder: &Path) -> Result<Self, Error> {
        if !folder.is_dir() {
            let message = format!("{}: no such folder; give the configuration's with --config", folder.display());
            return Err(Error::Usage { message });
        }
        let mut config = Self::default();
        let mut mistakes = Vec::new();
        let mut digests = String::new();
        for (part, path) in files(folder)? {
            let text = std::fs::read_to_string(&path).map_err(|e| Error::io(&path, "read", &e))?;
            // Writing to a string cannot fail.
            writeln!(digests, "{part:?} {} {}", stem(&path), digest::sha256(text.as_bytes())).unwrap_or_default();
            let name = path.display().to_string();
            config.read((part, &stem(&path)), File { name: &name, text: &text }, &mut mistakes);
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

    fn read(&mut self, (part, stem): (Part, &str), file: File<'_>, mistakes: &mut Vec<Mistake>) {
        let (table, broken) = DeTable::parse_recoverable(file.text);
        for error in &broken {
            let at = error.span().map_or(0, |s| s.start);
            mistakes.push(file.mistake(at, error.message().replace('\n', "; ")));
        }
        if !broken.is_empty() {
            // What the parser made of the rest would only give mistakes that aren't.
            return;
        }
        let mut fields = Fields::new(file, table.get_ref(), mistakes);
        match part {
            Part::Settings => self.settings = Settings::read(&mut fields),
            Part::Source => {
                let source = Source::read(stem, &mut fields);
                if source.expect.as_ref().is_none_or(|expect| *expect == Expect::default()) {
                    let message = "no [expect]: a source that falls silent will not be noticed";
                    self.warnings.push(file.mistake(0, message));
                }
                self.sources.insert(stem.to_owned(), source);
            }
            Part::Site => {
                let site = site::read(&mut fields);
                self.sites.insert(stem.strip_prefix("www.").unwrap_or(stem).to_owned(), site);
            }
        }
        fields.finish();
    }

    /// The source that a capture of this host (without `www.`) belongs to: the first, by id, that names the host.
    #[must_use]
    pub fn source_of(&self, host: &str) -> Option<&Source> {
        self.sources.values().find(|s| s.hosts.iter().any(|h| h == host))
    }

    /// Visits that must not find a page of this source before its record goes.
    #[must_use]
    pub fn gone_after(&self, source: &str) -> u32 {
        self.sources.get(source).and_then(|s| s.gone_after).unwrap_or(self.settings.gone_after).0
    }

    /// The rules for a host (without `www.`).
    #[must_use]
    pub fn site_of(&self, host: &str) -> Option<&SiteRules> {
        self.sites.get(host)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Settings,
    Source,
    Site,
}

/// The files of the configuration, in the order of their names.
fn files(folder: &Path) -> Result<Vec<(Part, std::path::PathBuf)>, Error> {
    let mut files = Vec::new();
    let settings = folder.join("sanad.toml");
    if settings.is_file() {
        files.push((Part::Settings, settings));
    }
    for (part, name) in [(Part::Source, "sources"), (Part::Site, "sites")] {
        let inner = folder.join(name);
        if !inner.is_dir() {
            continue;
        }
        for entry in std::fs::read_dir(&inner).map_err(|e| Error::io(&inner, "read", &e))? {
            let path = entry.map_err(|e| Error::io(&inner, "read", &e))?.path();
            if path.extension().is_some_and(|e| e == "toml") {
                files.push((part, path));
            }
        }
    }
    files.sort();
    Ok(files)
}

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
