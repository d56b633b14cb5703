//! The part of the configuration that reaches a document.

use super::Config;
use sanad_document::{SiteRules, TextMode, digest};
use serde::Serialize;

/// What the configuration says about a document: everything in it that decides what becomes of a capture's bytes.
/// How captures are fetched isn't part of it, nor what a source's records are checked for (`[expect]`), nor how many
/// visits must miss a page (`gone_after`): none of this changes a record.
#[derive(Serialize)]
struct DocumentRules<'a> {
    source: &'a str,
    name: Option<&'a str>,
    country: Option<&'a str>,
    listings: bool,
    /// Left out when it is off: it came later, and other sources' digests should stay.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    respect_noindex: bool,
    site: &'a SiteRules,
    text: TextMode,
    seconds: u64,
    memory_mb: u64,
    body_mb: u64,
}

impl Config {
    /// Returns the `sha256:` digest of the configuration that reaches the documents of a source and a host (without
    /// `www.`), whose texts are as long as `text` says. Other sources, other sites and comments don't change it.
    #[must_use]
    pub fn rules_of(&self, id: &str, host: &str, text: TextMode) -> String {
        let (source, limits) = (self.sources.get(id), &self.settings.limits);
        let no_rules = SiteRules::default();
        let rules = DocumentRules {
            source: id,
            name: source.and_then(|s| s.name.as_deref()),
            country: source.and_then(|s| s.country.as_deref()),
            listings: source.is_some_and(|s| s.listings),
            respect_noindex: source.is_some_and(|s| s.respect_noindex),
            site: self.site_of(host).unwrap_or(&no_rules),
            text,
            seconds: limits.seconds,
            memory_mb: limits.memory_mb,
            body_mb: limits.body_mb,
        };
        // Strings, numbers and lists of them can always be written.
        digest::sha256(digest::canonical(&rules).unwrap_or_default().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(files: &[(&str, &str)]) -> Config {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        Config::load(folder.path()).unwrap()
    }

    #[test]
    fn only_what_reaches_a_document_changes_its_rules() {
        const SOURCE: (&str, &str) = ("sources/a.toml", "hosts = [\"a.tj\"]\nname = \"The office\"\n");
        let rules = |files: &[(&str, &str)]| config(files).rules_of("a", "a.tj", TextMode::Complete);
        let before = rules(&[SOURCE]);
        for same in [
            ("sources/b.toml", "hosts = [\"b.tj\"]\n"),
            ("sites/b.tj.toml", "drop = [\"p\"]\n"),
            ("sites/a.tj.toml", "# nothing yet\n"),
            ("sanad.toml", "[fetch]\ndelay_seconds = 9.5\n"),
            ("sanad.toml", "[limits]\nseconds = 20 # the default\n"),
        ] {
            assert_eq!(rules(&[SOURCE, same]), before, "{same:?}");
        }
        let expecting =
            "hosts = [\"a.tj\", \"x.tj\"]\nname = \"The office\"\ngone_after = 1\n[expect]\nmin_records = 1\n";
        assert_eq!(rules(&[("sources/a.toml", expecting)]), before);
        for other in [("sites/a.tj.toml", "drop = [\"p\"]\n"), ("sanad.toml", "[limits]\nseconds = 21\n")] {
            assert_ne!(rules(&[SOURCE, other]), before, "{other:?}");
        }
        assert_ne!(
            rules(&[("sources/a.toml", "hosts = [\"a.tj\"]\nname = \"The office\"\nlistings = true\n")]),
            before
        );
        assert_ne!(rules(&[("sources/a.toml", "hosts = [\"a.tj\"]\n")]), before);
        assert_ne!(config(&[SOURCE]).rules_of("a", "a.tj", TextMode::Body), before);
    }
}
