//! Finds a word in a text, with whatever ending.

use sanad_document::text::chars::is_letter;

/// Words of at most this many letters must be whole words, because too many others begin with them.
const SHORT: usize = 3;

/// Returns where `word` first begins a word of `text`, in bytes. A word of up to three letters must be that whole word.
#[must_use]
pub fn at_word_start(text: &str, word: &str) -> Option<usize> {
    text.match_indices(word)
        .find(|(at, found)| {
            let before = text.get(..*at).and_then(|t| t.chars().next_back());
            let after = text.get(at + found.len()..).unwrap_or_default();
            !before.is_some_and(is_letter) && may_end(word, after)
        })
        .map(|(at, _)| at)
}

/// Returns true if `after` may follow `word`.
pub(super) fn may_end(word: &str, after: &str) -> bool {
    word.chars().nth(SHORT).is_some() || !after.chars().next().is_some_and(is_letter)
}
