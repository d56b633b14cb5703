//! The forms a date is written in, tried at each number and each month's name of a text.

use super::token::{Kind, Token, cut, holds_four_digits};
use super::{Found, Moment, Order, Time, YEARS};
use memchr::memchr_iter;
use sanad_language::lexicon::{Part, Words, fold, is_bar, words};

/// Most pieces that may stand between the parts of a date: `«4» числа мая месяца 2018`.
const FILLERS: usize = 3;

/// Most pieces between a date and its time: `г., в`.
const BEFORE_TIME: usize = 4;

/// A date that begins with its month has its year at most this many pieces on: two days, and fillers behind each part.
const MONTH_TO_YEAR: usize = 4 + 3 * FILLERS;

/// A date that begins at some piece.
#[derive(Debug, Clone, Copy)]
struct Hit {
    value: Moment,
    last: Option<Moment>,
    /// The piece after it.
    next: usize,
}

/// The pieces and what reads them.
struct Reader<'t> {
    tokens: &'t [Token<'t>],
    words: &'static Words,
    order: Order,
}

/// All dates of `text`.
pub(super) fn find(text: &str, order: Order) -> Vec<Found> {
    // every form has a year: where none stands near, no word needs to be looked up
    if !holds_four_digits(text) {
        return Vec::new();
    }
    let tokens = cut(text);
    let mut years = tokens.iter().enumerate().filter(|(_, t)| year(t).is_some()).map(|(i, _)| i).peekable();
    let reader = Reader { tokens: &tokens, words: words(), order };
    let mut found = Vec::new();
    let (mut at, mut free) = (0, 0);
    while let Some(token) = tokens.get(at) {
        while years.next_if(|year| *year < at).is_some() {}
        let Some(year) = years.peek() else {
            break;
        };
        let far = token.kind == Kind::Word && year - at > MONTH_TO_YEAR;
        let Some(hit) = (!far).then(|| reader.read(at)).flatten() else {
            at += 1;
            continue;
        };
        let (first, hit) = reader.with_time(at, free, hit);
        let ends = hit.next.checked_sub(1).and_then(|n| tokens.get(n));
        if let (Some(first), Some(last)) = (tokens.get(first), ends) {
            found.push(Found { start: first.start, end: last.end, value: hit.value, last: hit.last });
        }
        at = hit.next.max(at + 1);
        free = at;
    }
    found
}

/// Whether a date with slashes in `text` can only have its month first.
pub(super) fn proves_month_first(text: &str) -> bool {
    if memchr_iter(b'/', text.as_bytes()).nth(1).is_none() {
        return false;
    }
    let tokens = cut(text);
    tokens.windows(5).any(|five| match five {
        [first, mark, second, other, last] if mark.is('/') && other.is('/') => {
            let value = |token: &Token<'_>| token.number().map(|(value, _)| value);
            matches!((value(first), value(second)), (Some(1..=12), Some(13..=31))) && year(last).is_some()
        }
        _ => false,
    })
}

/// A year of four digits.
fn year(token: &Token<'_>) -> Option<i16> {
    let (value, 4) = token.number()? else {
        return None;
    };
    i16::try_from(value).ok().filter(|y| YEARS.contains(y))
}

/// A number of one or two digits up to `most`.
fn small(token: &Token<'_>, most: u8) -> Option<u8> {
    let (value, 1..=2) = token.number()? else {
        return None;
    };
    u8::try_from(value).ok().filter(|v| (1..=most).contains(v))
}

impl Reader<'_> {
    fn token(&self, at: usize) -> Option<&Token<'_>> {
        self.tokens.get(at)
    }

    /// Whether nothing stands between a piece and the next.
    fn adjoins(&self, at: usize) -> bool {
        match (self.token(at), self.token(at + 1)) {
            (Some(a), Some(b)) => a.end == b.start,
            _ => false,
        }
    }

    fn month(&self, at: usize) -> Option<u8> {
        let token = self.token(at)?;
        (token.kind == Kind::Word).then(|| self.words.month(&fold(token.text)))?
    }

    fn is(&self, at: usize, part: Part) -> bool {
        self.token(at).is_some_and(|t| t.kind == Kind::Word && self.words.is(&fold(t.text), part))
    }

    /// A date that begins at this piece.
    fn read(&self, at: usize) -> Option<Hit> {
        match self.token(at)?.kind {
            Kind::Number { .. } => self.numeric(at).or_else(|| self.day_month_year(at)).or_else(|| self.year_first(at)),
            Kind::Word => self.month_first(at),
            Kind::Mark(_) => None,
        }
    }

    /// `2018-05-04`, `04.05.2018`, `5/4/2018`, `3-4.05.2018`.
    fn numeric(&self, at: usize) -> Option<Hit> {
        if self.is_tail(at) {
            return None;
        }
        let hit = self.three_numbers(at).or_else(|| {
            let first = small(self.token(at)?, 31)?;
            let hit = self.token(at + 1)?.is_dash().then(|| self.three_numbers(at + 2))??;
            let value = Moment::day(hit.value.year, hit.value.month?, first)?;
            (value < hit.value).then_some(Hit { value, last: Some(hit.value), next: hit.next })
        })?;
        (!self.goes_on(hit.next)).then_some(hit)
    }

    fn three_numbers(&self, at: usize) -> Option<Hit> {
        let [first, left, second, right, third] = self.tokens.get(at..at + 5)? else {
            return None;
        };
        let (Kind::Mark(mark), Kind::Mark(other)) = (left.kind, right.kind) else {
            return None;
        };
        let tight = first.end == left.start && second.end == right.start;
        let closed = tight && left.end == second.start && right.end == third.start;
        if mark != other || !(closed || (tight && mark == '.')) {
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
        Some(Hit { value, last: None, next: at + 5 })
    }

    fn slashes(&self, a: &Token<'_>, b: &Token<'_>, c: &Token<'_>) -> Option<Moment> {
        let (a, b, year) = (small(a, 31)?, small(b, 31)?, year(c)?);
        let (day_first, month_first) = (Moment::day(year, b, a), Moment::day(year, a, b));
        match self.order {
            Order::DayFirst => day_first.or(month_first),
            Order::MonthFirst => month_first.or(day_first),
        }
    }

    /// Whether the piece goes on a longer number, word or address: `1.2.03.04.2018`, `file2018-05-04`, `/2018/05/04`.
    fn is_tail(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1) else {
            return false;
        };
        self.adjoins(before)
            && self.token(before).is_some_and(|t| match t.kind {
                Kind::Mark(mark) => {
                    matches!(mark, '.' | '/' | '-' | '_' | '+' | ':' | '=')
                        && before.checked_sub(1).is_some_and(|b| self.adjoins(b))
                }
                Kind::Word => t.text.is_ascii(),
                Kind::Number { .. } => true,
            })
    }

    /// Whether a number goes on behind: `04.05.2018.12`.
    fn goes_on(&self, next: usize) -> bool {
        let Some(mark) = self.token(next) else {
            return false;
        };
        next > 0
            && (mark.is('.') || mark.is('/') || mark.is('_'))
            && self.adjoins(next - 1)
            && self.adjoins(next)
            && self.token(next + 1).is_some_and(|t| t.number().is_some())
    }

    /// Skips what may stand inside a date: marks, ordinals, links.
    fn skip(&self, at: usize, part: Part) -> usize {
        let fits = |i: &usize| {
            self.token(*i).is_some_and(|t| match t.kind {
                Kind::Mark(m) => {
                    matches!(m, '.' | ',' | '’' | '\'' | '"' | '«' | '»' | '“' | '”' | '،' | '-' | '‑' | 'º' | '°')
                }
                Kind::Word => {
                    self.is(*i, Part::Link)
                        || self.is(*i, part)
                        || (i.checked_sub(1).is_some_and(|b| self.adjoins(b)) && self.is(*i, Part::Ordinal))
                }
                Kind::Number { .. } => false,
            })
        };
        (at..at + FILLERS).take_while(fits).last().map_or(at, |i| i + 1)
    }

    /// `4 May 2018`, `3–4 мая 2018 года`, `30 April – 4 May 2018`, `4 майи соли 2018`.
    fn day_month_year(&self, at: usize) -> Option<Hit> {
        let day = small(self.token(at)?, 31)?;
        let joint = self.skip(at + 1, Part::Ordinal);
        if let Some(month) = self.month(joint) {
            return self.after_month(joint, day, month);
        }
        // A range within a month: the second day has the month and the year.
        let joined = self.token(at + 1)?.is_dash() || self.is(at + 1, Part::Span);
        let hit = joined.then(|| self.day_month_year(at + 2)).flatten()?;
        let value = Moment::day(hit.value.year, hit.value.month?, day)?;
        (value < hit.value).then_some(Hit { value, last: hit.last.or(Some(hit.value)), next: hit.next })
    }

    fn after_month(&self, month_at: usize, day: u8, month: u8) -> Option<Hit> {
        let next = self.skip(month_at + 1, Part::Link);
        if let Some(year) = self.token(next).and_then(year) {
            return Some(Hit { value: Moment::day(year, month, day)?, last: None, next: next + 1 });
        }
        // A range over two months: only the second has the year.
        let joined = self.token(month_at + 1)?.is_dash() || self.is(month_at + 1, Part::Span);
        let second = joined.then(|| self.token(month_at + 2)).flatten()?;
        let last_day = small(second, 31)?;
        let joint = self.skip(month_at + 3, Part::Ordinal);
        let last_month = self.month(joint)?;
        let end = self.skip(joint + 1, Part::Link);
        let year = year(self.token(end)?)?;
        let (value, last) = (Moment::day(year, month, day)?, Moment::day(year, last_month, last_day)?);
        (value < last).then_some(Hit { value, last: Some(last), next: end + 1 })
    }

    /// `May 4, 2018`, `May 3-4, 2018`, `May 2018`.
    fn month_first(&self, at: usize) -> Option<Hit> {
        let month = self.month(at)?;
        let next = self.skip(at + 1, Part::Link);
        let token = self.token(next)?;
        if let Some(year) = year(token) {
            return Some(Hit { value: Moment::month(year, month)?, last: None, next: next + 1 });
        }
        let day = small(token, 31)?;
        let mut end = self.skip(next + 1, Part::Ordinal);
        let mut last_day = None;
        let joined = |i: usize| self.token(i).is_some_and(Token::is_dash) || self.is(i, Part::Span);
        if joined(next + 1)
            && let Some(second) = self.token(next + 2).and_then(|t| small(t, 31))
        {
            last_day = Some(second);
            end = self.skip(next + 3, Part::Ordinal);
        }
        let year = year(self.token(end)?)?;
        let value = Moment::day(year, month, day)?;
        let last = last_day.and_then(|d| Moment::day(year, month, d)).filter(|l| *l > value);
        Some(Hit { value, last, next: end + 1 })
    }

    /// `2018 жылғы 4 мамыр`, `2018-жылдын 4-майы`, `2018. május 4.`, `2018年5月4日`, `2018 оны 5 дугаар сарын 4`.
    fn year_first(&self, at: usize) -> Option<Hit> {
        let year = year(self.token(at)?)?;
        let next = self.skip(at + 1, Part::Year);
        let named = (at + 1..next).any(|i| self.is(i, Part::Year));
        let sign = |i: usize, signs: [&str; 2]| self.token(i).is_some_and(|t| signs.contains(&t.text));
        let hit = if let Some(month) = self.month(next) {
            let day_at = self.skip(next + 1, Part::Link);
            match self.token(day_at).and_then(|t| small(t, 31)) {
                Some(day) => Hit { value: Moment::day(year, month, day)?, last: None, next: day_at + 1 },
                None => Hit { value: Moment::month(year, month).filter(|_| named)?, last: None, next: next + 1 },
            }
        } else if sign(at + 1, ["年", "년"]) {
            self.signs(at, year)?
        } else {
            self.named_year(next, year).filter(|_| named)?
        };
        // `in 2018, May 4, 2019`: the year belongs to what went before.
        let behind = self.skip(hit.next, Part::Link);
        (self.token(behind).and_then(self::year).is_none()).then_some(hit)
    }

    /// After a year with its word: a day with a month's name, or a month's number and a day.
    fn named_year(&self, next: usize, year: i16) -> Option<Hit> {
        let first = small(self.token(next)?, 31)?;
        let joint = self.skip(next + 1, Part::Ordinal);
        if let Some(month) = self.month(joint) {
            return Some(Hit { value: Moment::day(year, month, first)?, last: None, next: joint + 1 });
        }
        let linked = (next + 1..joint).any(|i| self.is(i, Part::Link));
        let day = linked.then(|| small(self.token(joint)?, 31))??;
        Some(Hit { value: Moment::day(year, first, day)?, last: None, next: joint + 1 })
    }

    /// `2018年5月4日`, `2018년 5월 4일`, `2018年5月`.
    fn signs(&self, at: usize, year: i16) -> Option<Hit> {
        let sign = |i: usize, signs: &[&str]| self.token(i).is_some_and(|t| signs.contains(&t.text));
        let month = small(self.token(at + 2)?, 12).filter(|_| sign(at + 3, &["月", "월"]))?;
        let day = self.token(at + 4).and_then(|t| small(t, 31)).filter(|_| sign(at + 5, &["日", "号", "일"]));
        Some(match day {
            Some(day) => Hit { value: Moment::day(year, month, day)?, last: None, next: at + 6 },
            None => Hit { value: Moment::month(year, month)?, last: None, next: at + 4 },
        })
    }

    /// The date with the time that stands behind or before it, and its first piece.
    fn with_time(&self, at: usize, free: usize, mut hit: Hit) -> (usize, Hit) {
        if hit.value.day.is_none() || hit.last.is_some() {
            return (at, hit);
        }
        let fits = |i: &usize| {
            self.is(*i, Part::Year) || self.is(*i, Part::At) || self.token(*i).is_some_and(|t| {
                t.is_dash()
                    || matches!(t.kind, Kind::Mark(mark) if is_bar(mark) || matches!(mark, '.' | ',' | '(' | '/' | '،'))
                    || t.text == "T"
            })
        };
        let behind = (hit.next..hit.next + BEFORE_TIME).take_while(fits).last().map_or(hit.next, |i| i + 1);
        if let Some((time, next)) = self.time(behind) {
            hit.value.time = Some(time);
            hit.next = next;
            return (at, hit);
        }
        let (earliest, latest) = (at.saturating_sub(9).max(free), at);
        let before = (earliest..latest).find_map(|i| {
            let (time, next) = self.time(i)?;
            let between = next..at;
            (next <= at && between.len() <= 2 && between.clone().all(|i| fits(&i))).then_some((i, time))
        });
        match before {
            Some((first, time)) => {
                hit.value.time = Some(time);
                (first, hit)
            }
            None => (at, hit),
        }
    }

    /// `15:11`, `15:11:30.250`, `3:11 pm`, each with its offset.
    fn time(&self, at: usize) -> Option<(Time, usize)> {
        let two = |i: usize, most: u32| match self.token(i)?.number()? {
            (value, 1..=2) if value < most => u8::try_from(value).ok(),
            _ => None,
        };
        let colon = |i: usize| self.token(i).is_some_and(|t| t.is(':'));
        let mut hour = two(at, 24)?;
        let minute = colon(at + 1).then(|| two(at + 2, 60))??;
        (self.token(at + 2)?.number()?.1 == 2).then_some(())?;
        let mut next = at + 3;
        let second = colon(next).then(|| two(next + 1, 60)).flatten();
        if second.is_some() {
            next += 2;
            let fraction = self.token(next).is_some_and(|t| t.is('.') || t.is(',')) && self.adjoins(next);
            if fraction && self.adjoins(next - 1) && self.token(next + 1).is_some_and(|t| t.number().is_some()) {
                next += 2;
            }
        }
        if let Some((late, after)) = self.half(next) {
            hour = match (hour, late) {
                (12, false) => 0,
                (1..=11, true) => hour + 12,
                _ => hour,
            };
            next = after;
        }
        let (offset, next) = self.offset(next).map_or((None, next), |(o, n)| (Some(o), n));
        let time = Time { hour, minute, second, offset };
        Some((time, next))
    }

    /// `am`, `p.m.`: whether it is the second half of the day.
    fn half(&self, at: usize) -> Option<(bool, usize)> {
        let word = fold(self.token(at)?.text);
        match word.as_str() {
            "am" => Some((false, at + 1)),
            "pm" => Some((true, at + 1)),
            "a" | "p" => {
                let dotted = self.token(at + 1)?.is('.') && self.token(at + 2)?.text.eq_ignore_ascii_case("m");
                let end = at + 3 + usize::from(self.token(at + 3).is_some_and(|t| t.is('.')));
                dotted.then_some((word == "p", end))
            }
            _ => None,
        }
    }

    /// `Z`, `UTC`, `GMT+5`, `+05:00`, `+0500`, in minutes east of Greenwich.
    fn offset(&self, at: usize) -> Option<(i16, usize)> {
        let token = self.token(at)?;
        if token.kind == Kind::Word {
            return match token.text {
                "Z" => Some((0, at + 1)),
                "UTC" | "GMT" => Some(self.offset(at + 1).unwrap_or((0, at + 1))),
                _ => None,
            };
        }
        let sign = match token.kind {
            Kind::Mark('+') => 1,
            // A dash with space around it leads to something else: `15:11 - 16:00`.
            Kind::Mark('-' | '−') if at.checked_sub(1).is_some_and(|b| self.adjoins(b)) => -1,
            _ => return None,
        };
        if !self.adjoins(at) {
            return None;
        }
        let (value, digits) = self.token(at + 1)?.number()?;
        let value = i16::try_from(value).ok()?;
        let colon = self.token(at + 2).is_some_and(|t| t.is(':')) && self.adjoins(at + 1) && self.adjoins(at + 2);
        let (hours, minutes, next) = match (digits, self.token(at + 3).and_then(Token::number)) {
            (1..=2, Some((m, 2))) if colon => (value, i16::try_from(m).ok()?, at + 4),
            (1..=2, _) => (value, 0, at + 2),
            (4, _) => (value / 100, value % 100, at + 2),
            _ => return None,
        };
        // The widest offsets in use are -12:00 and +14:00.
        (hours <= 14 && minutes < 60).then_some((sign * (hours * 60 + minutes), next))
    }
}
