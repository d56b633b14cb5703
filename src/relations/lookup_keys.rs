//! The keys by which the translations of a record are looked for: the distinctive numbers of its text, and its address
//! without the language.

use super::minhash::Word;
use sanad_extract::metadata::language_of_tag;
use std::collections::BTreeSet;
use url::Url;

/// Maximum number of keys of a record.
const NUMBERS: usize = 24;

/// Adds the distinctive numbers among these words to a record's keys: those of two digits or more, since single digits
/// are everywhere. Of more than [`NUMBERS`] the smallest hashes are kept.
pub(super) fn add_numbers(words: &[Word<'_>], numbers: &mut BTreeSet<u64>) {
    let is_distinctive =
        |w: &&Word<'_>| w.is_number && !w.is_aside && w.text.chars().filter(char::is_ascii_digit).count() >= 2;
    for word in words.iter().filter(is_distinctive) {
        numbers.insert(word.hash);
        if numbers.len() > NUMBERS {
            numbers.pop_last();
        }
    }
}

/// Returns path and query of an address with the language replaced by `*`; none if it names no language.
pub(super) fn address_pattern(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let is_tag = |text: &str| text.len() <= 3 && language_of_tag(text).is_some();
    let parts: Vec<&str> = url.path().split('/').collect();
    let at = parts.iter().position(|part| is_tag(part));
    let path: Vec<&str> = parts.iter().enumerate().map(|(i, p)| if Some(i) == at { "*" } else { *p }).collect();
    let mut found = at.is_some();
    let query: Vec<String> = url
        .query_pairs()
        .map(|(name, value)| {
            let is_language = matches!(name.as_ref(), "lang" | "language" | "locale" | "l" | "hl") && is_tag(&value);
            found |= is_language;
            format!("{name}={}", if is_language { "*" } else { &value })
        })
        .collect();
    // The front pages of two languages are linked by their content or not at all.
    let says_more = path.iter().any(|part| !part.is_empty() && *part != "*" && *part != "index.php");
    (found && (says_more || query.len() > 1)).then(|| format!("{}?{}", path.join("/"), query.join("&")))
}

#[cfg(test)]
mod tests {
    use super::address_pattern;

    #[test]
    fn addresses_that_differ_only_in_the_language_have_one_pattern() {
        for (one, other) in [
            ("https://a.tj/ru/news/5", "https://a.tj/tg/news/5"),
            ("https://a.tj/news?id=5&lang=en", "https://a.tj/news?id=5&lang=ru"),
        ] {
            assert!(address_pattern(one).is_some());
            assert_eq!(address_pattern(one), address_pattern(other));
        }
        assert_ne!(address_pattern("https://a.tj/ru/news/5"), address_pattern("https://a.tj/tg/news/6"));
        for none in ["https://a.tj/news/5", "https://a.tj/ru/", "https://a.tj/?lang=ru"] {
            assert_eq!(address_pattern(none), None, "{none}");
        }
    }
}
