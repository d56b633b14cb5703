//! Reads the tokens of a text for the forms of dates.

use super::date_match::SlashOrder;
use super::moment::{Moment, YEARS};
use super::token::{Token, TokenKind};
use sanad_language::lexicon::{Part, Words, fold};

/// Most tokens between two parts of a date: `«4» числа мая месяца 2018`.
pub(super) const FILLERS: usize = 3;

/// A date parsed from tokens.
#[derive(Debug, Clone, Copy)]
pub(super) struct ParsedDate {
    /// The date, or the first one of a range.
    pub(super) value: Moment,
    /// The last one of a range.
    pub(super) last: Option<Moment>,
    /// The token after it.
    pub(super) next: usize,
}

/// The tokens of a text, and what is needed to read them. Positions are indices of tokens.
pub(super) struct Reader<'t> {
    pub(super) tokens: &'t [Token<'t>],
    pub(super) words: &'static Words,
    pub(super) order: SlashOrder,
}

impl Reader<'_> {
    pub(super) fn token(&self, at: usize) -> Option<&Token<'_>> {
        self.tokens.get(at)
    }

    /// Whether nothing is between a token and the next.
    pub(super) fn adjoins_next(&self, at: usize) -> bool {
        match (self.token(at), self.token(at + 1)) {
            (Some(a), Some(b)) => a.end == b.start,
            _ => false,
        }
    }

    /// Whether nothing is between a token and the one before.
    pub(super) fn adjoins_previous(&self, at: usize) -> bool {
        at.checked_sub(1).is_some_and(|before| self.adjoins_next(before))
    }

    /// Whether the token is a word that can be this part of a date.
    pub(super) fn is(&self, at: usize, part: Part) -> bool {
        self.token(at).is_some_and(|t| t.kind == TokenKind::Word && self.words.is(&fold(t.text), part))
    }

    /// The month that the token names.
    pub(super) fn month(&self, at: usize) -> Option<u8> {
        let token = self.token(at)?;
        (token.kind == TokenKind::Word).then(|| self.words.month(&fold(token.text)))?
    }

    /// Skips up to [`FILLERS`] tokens that may be between the parts of a date: marks, words that link, ordinals, and
    /// words that are this `part`.
    pub(super) fn skip(&self, at: usize, part: Part) -> usize {
        let is_filler = |i: &usize| {
            self.token(*i).is_some_and(|t| match t.kind {
                TokenKind::Mark(m) => {
                    matches!(m, '.' | ',' | '’' | '\'' | '"' | '«' | '»' | '“' | '”' | '،' | '-' | '‑' | 'º' | '°')
                }
                TokenKind::Word => {
                    self.is(*i, Part::Link)
                        || self.is(*i, part)
                        || (self.adjoins_previous(*i) && self.is(*i, Part::Ordinal))
                }
                TokenKind::Number { .. } => false,
            })
        };
        (at..at + FILLERS).take_while(is_filler).last().map_or(at, |i| i + 1)
    }
}

/// A year of four digits.
pub(super) fn year(token: &Token<'_>) -> Option<i16> {
    let (value, 4) = token.number()? else {
        return None;
    };
    i16::try_from(value).ok().filter(|y| YEARS.contains(y))
}

/// A number of one or two digits, from 1 to `max`.
pub(super) fn small(token: &Token<'_>, max: u8) -> Option<u8> {
    let (value, 1..=2) = token.number()? else {
        return None;
    };
    u8::try_from(value).ok().filter(|v| (1..=max).contains(v))
}
