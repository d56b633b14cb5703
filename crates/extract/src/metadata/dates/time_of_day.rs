//! The time of day beside a date, with its offset.

use super::moment::Time;
use super::reader::{ParsedDate, Reader};
use super::token::{Token, TokenKind};
use sanad_language::lexicon::{Part, fold, is_bar};

/// Most tokens between a date and the time after it: `г., в`.
const BEFORE_TIME: usize = 4;

/// How many tokens before a date its time may begin: `3:11:30 pm +0500,` has nine.
const TIME_REACH: usize = 9;

/// Most tokens between a time and the date after it.
const AFTER_TIME: usize = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HalfDay {
    Am,
    Pm,
}

impl Reader<'_> {
    /// Adds the time that is after or else before the date at `at`. Returns the first token of both, and the date.
    /// `free` is the first token that belongs to no earlier date. A month or a range has no time.
    pub(super) fn with_time(&self, at: usize, free: usize, mut date: ParsedDate) -> (usize, ParsedDate) {
        if date.value.day.is_none() || date.last.is_some() {
            return (at, date);
        }
        let after = (date.next..date.next + BEFORE_TIME).take_while(|i| self.joins_time(*i)).last();
        if let Some((time, next)) = self.time(after.map_or(date.next, |i| i + 1)) {
            date.value.time = Some(time);
            date.next = next;
            return (at, date);
        }
        let before = (at.saturating_sub(TIME_REACH).max(free)..at).find_map(|i| {
            let (time, next) = self.time(i)?;
            let mut between = next..at;
            (next <= at && between.len() <= AFTER_TIME && between.all(|i| self.joins_time(i))).then_some((i, time))
        });
        match before {
            Some((first, time)) => {
                date.value.time = Some(time);
                (first, date)
            }
            None => (at, date),
        }
    }

    /// Whether the token may be between a date and its time.
    fn joins_time(&self, at: usize) -> bool {
        self.is(at, Part::Year)
            || self.is(at, Part::At)
            || self.token(at).is_some_and(|t| {
                let is_mark = |mark| is_bar(mark) || matches!(mark, '.' | ',' | '(' | '/' | '،');
                t.is_dash() || matches!(t.kind, TokenKind::Mark(mark) if is_mark(mark)) || t.text == "T"
            })
    }

    /// Parses `15:11`, `15:11:30.250`, `3:11 pm`, each with an optional offset. Returns the time and the token after
    /// it.
    fn time(&self, at: usize) -> Option<(Time, usize)> {
        let below = |i: usize, limit: u32| match self.token(i)?.number()? {
            (value, 1..=2) if value < limit => u8::try_from(value).ok(),
            _ => None,
        };
        let is_colon = |i: usize| self.token(i).is_some_and(|t| t.is(':'));
        let mut hour = below(at, 24)?;
        let minute = is_colon(at + 1).then(|| below(at + 2, 60))??;
        (self.token(at + 2)?.number()?.1 == 2).then_some(())?;
        let mut next = at + 3;
        let second = is_colon(next).then(|| below(next + 1, 60)).flatten();
        if second.is_some() {
            next += 2;
            let has_point = self.token(next).is_some_and(|t| t.is('.') || t.is(',')) && self.adjoins_next(next);
            if has_point && self.adjoins_previous(next) && self.token(next + 1).is_some_and(|t| t.number().is_some()) {
                next += 2;
            }
        }
        if let Some((half, after)) = self.half_day(next) {
            hour = match (hour, half) {
                (12, HalfDay::Am) => 0,
                (1..=11, HalfDay::Pm) => hour + 12,
                _ => hour,
            };
            next = after;
        }
        let (offset, next) = self.offset(next).map_or((None, next), |(offset, next)| (Some(offset), next));
        Some((Time { hour, minute, second, offset }, next))
    }

    /// Parses `am`, `p.m.`. Returns the half of the day and the token after it.
    fn half_day(&self, at: usize) -> Option<(HalfDay, usize)> {
        let word = fold(self.token(at)?.text);
        let half = match word.as_str() {
            "am" | "a" => HalfDay::Am,
            "pm" | "p" => HalfDay::Pm,
            _ => return None,
        };
        if word.len() == "am".len() {
            return Some((half, at + 1));
        }
        let is_dotted = self.token(at + 1)?.is('.') && self.token(at + 2)?.text.eq_ignore_ascii_case("m");
        let end = at + 3 + usize::from(self.token(at + 3).is_some_and(|t| t.is('.')));
        is_dotted.then_some((half, end))
    }

    /// Parses `Z`, `UTC`, `GMT+5`, `+05:00`, `+0500`. Returns minutes east of Greenwich and the token after it.
    fn offset(&self, at: usize) -> Option<(i16, usize)> {
        let token = self.token(at)?;
        if token.kind == TokenKind::Word {
            return match token.text {
                "Z" => Some((0, at + 1)),
                "UTC" | "GMT" => Some(self.offset(at + 1).unwrap_or((0, at + 1))),
                _ => None,
            };
        }
        let sign = match token.kind {
            TokenKind::Mark('+') => 1,
            // A dash with space around it leads to something else: `15:11 - 16:00`.
            TokenKind::Mark('-' | '−') if self.adjoins_previous(at) => -1,
            _ => return None,
        };
        if !self.adjoins_next(at) {
            return None;
        }
        let (value, digits) = self.token(at + 1)?.number()?;
        let value = i16::try_from(value).ok()?;
        let has_colon =
            self.token(at + 2).is_some_and(|t| t.is(':')) && self.adjoins_next(at + 1) && self.adjoins_next(at + 2);
        let (hours, minutes, next) = match (digits, self.token(at + 3).and_then(Token::number)) {
            (1..=2, Some((m, 2))) if has_colon => (value, i16::try_from(m).ok()?, at + 4),
            (1..=2, _) => (value, 0, at + 2),
            (4, _) => (value / 100, value % 100, at + 2),
            _ => return None,
        };
        // The widest offsets in use are -12:00 and +14:00.
        (hours <= 14 && minutes < 60).then_some((sign * (hours * 60 + minutes), next))
    }
}
