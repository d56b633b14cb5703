//! The forms that a date is written in, tried at each number and each month's name of a text.

use super::date_match::{DateMatch, SlashOrder};
use super::moment::Moment;
use super::reader::{FILLERS, ParsedDate, Reader, small, year};
use super::token::{Token, TokenKind, holds_four_digits, tokenize};
use memchr::memchr_iter;
use sanad_language::lexicon::{Part, words};

/// If a date begins with its month, its year is at most this many tokens away: two days, and fillers after each part.
const MONTH_TO_YEAR: usize = 4 + 3 * FILLERS;

/// Finds all dates of `text`, in order and without overlap. Slashes are read in the given order, unless only the other
/// one makes a date.
pub(crate) fn find(text: &str, order: SlashOrder) -> Vec<DateMatch> {
    // Every form has a year. If none is near, no word needs to be looked up.
    if !holds_four_digits(text) {
        return Vec::new();
    }
    let tokens = tokenize(text);
    let mut years = tokens.iter().enumerate().filter(|(_, t)| year(t).is_some()).map(|(i, _)| i).peekable();
    let reader = Reader { tokens: &tokens, words: words(), order };
    let mut found = Vec::new();
    let (mut at, mut free) = (0, 0);
    while let Some(token) = tokens.get(at) {
        while years.next_if(|year| *year < at).is_some() {}
        let Some(year) = years.peek() else {
            break;
        };
        let is_far = token.kind == TokenKind::Word && year - at > MONTH_TO_YEAR;
        let Some(date) = (!is_far).then(|| reader.date(at)).flatten() else {
            at += 1;
            continue;
        };
        let (first, date) = reader.with_time(at, free, date);
        let last = date.next.checked_sub(1).and_then(|n| tokens.get(n));
        if let (Some(first), Some(last)) = (tokens.get(first), last) {
            found.push(DateMatch { start: first.start, end: last.end, value: date.value, last: date.last });
        }
        at = date.next.max(at + 1);
        free = at;
    }
    found
}

/// Whether `text` holds a date with slashes that can only have its month first.
pub(crate) fn proves_month_first(text: &str) -> bool {
    if memchr_iter(b'/', text.as_bytes()).nth(1).is_none() {
        return false;
    }
    let tokens = tokenize(text);
    tokens.windows(5).any(|five| match five {
        [first, left, second, right, third] if left.is('/') && right.is('/') => {
            let value = |token: &Token<'_>| token.number().map(|(value, _)| value);
            matches!((value(first), value(second)), (Some(1..=12), Some(13..=31))) && year(third).is_some()
        }
        _ => false,
    })
}

impl Reader<'_> {
    /// The date that begins at this token.
    fn date(&self, at: usize) -> Option<ParsedDate> {
        match self.token(at)?.kind {
            TokenKind::Number { .. } => {
                self.numeric(at).or_else(|| self.day_month_year(at)).or_else(|| self.year_first(at))
            }
            TokenKind::Word => self.month_first(at),
            TokenKind::Mark(_) => None,
        }
    }

    /// `2018-05-04`, `04.05.2018`, `5/4/2018`, `3-4.05.2018`.
    fn numeric(&self, at: usize) -> Option<ParsedDate> {
        if self.is_continuation(at) {
            return None;
        }
        let date = self.three_numbers(at).or_else(|| {
            let first = small(self.token(at)?, 31)?;
            let end = self.token(at + 1)?.is_dash().then(|| self.three_numbers(at + 2))??;
            let value = Moment::day(end.value.year, end.value.month?, first)?;
            (value < end.value).then_some(ParsedDate { value, last: Some(end.value), next: end.next })
        })?;
        (!self.continues(date.next)).then_some(date)
    }

    fn three_numbers(&self, at: usize) -> Option<ParsedDate> {
        let [first, left, second, right, third] = self.tokens.get(at..at + 5)? else {
            return None;
        };
        let (TokenKind::Mark(mark), TokenKind::Mark(other)) = (left.kind, right.kind) else {
            return None;
        };
        // Dots may be followed by spaces: `4. 5. 2018`.
        let is_tight = first.end == left.start && second.end == right.start;
        let is_closed = is_tight && left.end == second.start && right.end == third.start;
        if mark != other || !(is_closed || (is_tight && mark == '.')) {
            return None;
        }
        let value = match mark {
            '-' | '.' | '/' if year(first).is_some() => {
                Moment::day(year(first)?, small(second, 12)?, small(third, 31)?)
            }
            '.' | '-' => Moment::day(year(third)?, small(second, 12)?, small(first, 31)?),
            '/' => self.slashes(first, second, third),
            _ => None,
        }?;
        Some(ParsedDate { value, last: None, next: at + 5 })
    }

    fn slashes(&self, a: &Token<'_>, b: &Token<'_>, c: &Token<'_>) -> Option<Moment> {
        let (a, b, year) = (small(a, 31)?, small(b, 31)?, year(c)?);
        let (day_first, month_first) = (Moment::day(year, b, a), Moment::day(year, a, b));
        match self.order {
            SlashOrder::DayFirst => day_first.or(month_first),
            SlashOrder::MonthFirst => month_first.or(day_first),
        }
    }

    /// Whether the token continues a longer number, word or address: `1.2.03.04.2018`, `file2018-05-04`, `/2018/05/04`.
    fn is_continuation(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1) else {
            return false;
        };
        self.adjoins_next(before)
            && self.token(before).is_some_and(|t| match t.kind {
                TokenKind::Mark(mark) => {
                    matches!(mark, '.' | '/' | '-' | '_' | '+' | ':' | '=') && self.adjoins_previous(before)
                }
                TokenKind::Word => t.text.is_ascii(),
                TokenKind::Number { .. } => true,
            })
    }

    /// Whether a date that ends before `next` continues as a longer number: `04.05.2018.12`.
    fn continues(&self, next: usize) -> bool {
        let Some(mark) = self.token(next) else {
            return false;
        };
        (mark.is('.') || mark.is('/') || mark.is('_'))
            && self.adjoins_previous(next)
            && self.adjoins_next(next)
            && self.token(next + 1).is_some_and(|t| t.number().is_some())
    }

    /// `4 May 2018`, `3–4 мая 2018 года`, `30 April – 4 May 2018`, `4 майи соли 2018`.
    fn day_month_year(&self, at: usize) -> Option<ParsedDate> {
        let day = small(self.token(at)?, 31)?;
        let month_at = self.skip(at + 1, Part::Ordinal);
        if let Some(month) = self.month(month_at) {
            return self.after_month(month_at, day, month);
        }
        // A range within a month: the second day has the month and the year.
        let end = self.joins_days(at + 1).then(|| self.day_month_year(at + 2)).flatten()?;
        let value = Moment::day(end.value.year, end.value.month?, day)?;
        (value < end.value).then_some(ParsedDate { value, last: end.last.or(Some(end.value)), next: end.next })
    }

    /// The rest of a date whose day and month are known.
    fn after_month(&self, month_at: usize, day: u8, month: u8) -> Option<ParsedDate> {
        let next = self.skip(month_at + 1, Part::Link);
        if let Some(year) = self.token(next).and_then(year) {
            return Some(ParsedDate { value: Moment::day(year, month, day)?, last: None, next: next + 1 });
        }
        // A range over two months: only the second has the year.
        let second = self.joins_days(month_at + 1).then(|| self.token(month_at + 2)).flatten()?;
        let last_day = small(second, 31)?;
        let last_month_at = self.skip(month_at + 3, Part::Ordinal);
        let last_month = self.month(last_month_at)?;
        let end = self.skip(last_month_at + 1, Part::Link);
        let year = year(self.token(end)?)?;
        let (value, last) = (Moment::day(year, month, day)?, Moment::day(year, last_month, last_day)?);
        (value < last).then_some(ParsedDate { value, last: Some(last), next: end + 1 })
    }

    /// Whether the token joins the two days of a range.
    fn joins_days(&self, at: usize) -> bool {
        self.token(at).is_some_and(Token::is_dash) || self.is(at, Part::Span)
    }

    /// `May 4, 2018`, `May 3-4, 2018`, `May 2018`.
    fn month_first(&self, at: usize) -> Option<ParsedDate> {
        let month = self.month(at)?;
        let next = self.skip(at + 1, Part::Link);
        let token = self.token(next)?;
        if let Some(year) = year(token) {
            return Some(ParsedDate { value: Moment::month(year, month)?, last: None, next: next + 1 });
        }
        let day = small(token, 31)?;
        let mut end = self.skip(next + 1, Part::Ordinal);
        let mut last_day = None;
        if self.joins_days(next + 1)
            && let Some(second) = self.token(next + 2).and_then(|t| small(t, 31))
        {
            last_day = Some(second);
            end = self.skip(next + 3, Part::Ordinal);
        }
        let year = year(self.token(end)?)?;
        let value = Moment::day(year, month, day)?;
        let last = last_day.and_then(|d| Moment::day(year, month, d)).filter(|l| *l > value);
        Some(ParsedDate { value, last, next: end + 1 })
    }

    /// `2018 жылғы 4 мамыр`, `2018-жылдын 4-майы`, `2018. május 4.`, `2018年5月4日`, `2018 оны 5 дугаар сарын 4`.
    fn year_first(&self, at: usize) -> Option<ParsedDate> {
        let year = year(self.token(at)?)?;
        let next = self.skip(at + 1, Part::Year);
        let has_year_word = (at + 1..next).any(|i| self.is(i, Part::Year));
        let date = if let Some(month) = self.month(next) {
            let day_at = self.skip(next + 1, Part::Link);
            let whole_month = Moment::month(year, month).filter(|_| has_year_word);
            match self.token(day_at).and_then(|t| small(t, 31)) {
                Some(day) => ParsedDate { value: Moment::day(year, month, day)?, last: None, next: day_at + 1 },
                None => ParsedDate { value: whole_month?, last: None, next: next + 1 },
            }
        } else if self.is_any(at + 1, &["年", "년"]) {
            self.signs(at, year)?
        } else {
            self.after_year_word(next, year).filter(|_| has_year_word)?
        };
        // `in 2018, May 4, 2019`: the first year belongs to what is before it.
        let after = self.skip(date.next, Part::Link);
        (self.token(after).and_then(self::year).is_none()).then_some(date)
    }

    /// The rest of a date after a year and its word: a day and the name of a month, or the number of a month and a day.
    fn after_year_word(&self, at: usize, year: i16) -> Option<ParsedDate> {
        let first = small(self.token(at)?, 31)?;
        let second_at = self.skip(at + 1, Part::Ordinal);
        if let Some(month) = self.month(second_at) {
            return Some(ParsedDate { value: Moment::day(year, month, first)?, last: None, next: second_at + 1 });
        }
        let is_linked = (at + 1..second_at).any(|i| self.is(i, Part::Link));
        let day = is_linked.then(|| small(self.token(second_at)?, 31))??;
        Some(ParsedDate { value: Moment::day(year, first, day)?, last: None, next: second_at + 1 })
    }

    /// `2018年5月4日`, `2018년 5월 4일`, `2018年5月`.
    fn signs(&self, at: usize, year: i16) -> Option<ParsedDate> {
        let month = small(self.token(at + 2)?, 12).filter(|_| self.is_any(at + 3, &["月", "월"]))?;
        let day = self.token(at + 4).and_then(|t| small(t, 31)).filter(|_| self.is_any(at + 5, &["日", "号", "일"]));
        Some(match day {
            Some(day) => ParsedDate { value: Moment::day(year, month, day)?, last: None, next: at + 6 },
            None => ParsedDate { value: Moment::month(year, month)?, last: None, next: at + 4 },
        })
    }

    /// Whether the token is one of these words.
    fn is_any(&self, at: usize, words: &[&str]) -> bool {
        self.token(at).is_some_and(|t| words.contains(&t.text))
    }
}
