//! Listings of several pages: finds the link to the next page, or counts up a number in the address.

use crate::links::Link;
use sanad_language::lexicon;
use url::Url;

/// An address with a number that is counted up: `https://a.tj/news?page={1}`; or `{0+20}`, from 0 in steps of 20.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    before: String,
    after: String,
    /// The number of the first page.
    first: u64,
    step: u64,
}

impl Template {
    /// Parses an address. Returns none if it has no braces.
    ///
    /// # Errors
    /// What is wrong with it, for people; the sentence begins with a verb.
    pub fn parse(text: &str) -> Result<Option<Self>, String> {
        let Some((before, rest)) = text.split_once('{') else {
            return Ok(None);
        };
        let wrong = || {
            format!(
                "must have a number in braces, such as {before}{{1}}, or first number and step, such as {before}{{0+20}}"
            )
        };
        let (inner, after) = rest.split_once('}').ok_or_else(wrong)?;
        let (first, step) = inner.split_once('+').unwrap_or((inner, "1"));
        let number = |text: &str| text.trim().parse::<u32>().map(u64::from).map_err(|_| wrong());
        let template = Self {
            before: before.to_owned(),
            after: after.to_owned(),
            first: number(first)?,
            step: number(step)?.max(1),
        };
        Ok(Some(template))
    }

    /// The address of a page, counted from 0.
    #[must_use]
    pub fn address(&self, page: u32) -> String {
        format!("{}{}{}", self.before, self.first + self.step * u64::from(page), self.after)
    }
}

/// The address of a page (from 0) of a listing whose address is counted up. Returns none for any other listing.
pub(crate) fn numbered_page(listing: &str, page: u32) -> Option<String> {
    Template::parse(listing).ok().flatten().map(|template| template.address(page))
}

/// The address of the next page of the listing at `here`, on the same origin.
///
/// These tests are tried in order; the first link that passes one wins: `rel=next`; a text or label that says "next" in
/// some language; a class `next`; a single arrow; a double arrow. Last comes the number after the current page's in a
/// row of page numbers.
#[must_use]
pub fn next(links: &[Link], here: &Url) -> Option<Url> {
    let has_word = |text: &str| lexicon::words().says_next(text);
    let tests: [&dyn Fn(&Link) -> bool; 5] = [
        &|l| l.rel.split_whitespace().any(|r| r == "next"),
        &|l| !l.in_head && (has_word(&l.text) || has_word(&l.label)),
        &|l| !l.in_head && l.class.split(|c: char| !c.is_alphanumeric()).any(|c| c == "next"),
        &|l| !l.in_head && matches!(l.text.as_str(), "›" | ">" | "→" | "⟩"),
        &|l| !l.in_head && matches!(l.text.as_str(), "»" | ">>" | "››"),
    ];
    let target = |l: &&Link| l.url != *here && l.url.origin() == here.origin();
    let labelled = tests.iter().find_map(|test| links.iter().filter(target).find(|l| test(l)));
    labelled.map(|l| l.url.clone()).or_else(|| by_number(links, here))
}

/// The link whose text is the number after the current page's, among links whose addresses differ from this page's in
/// numbers only, or extend it.
fn by_number(links: &[Link], here: &Url) -> Option<Url> {
    // The days of a calendar are numbers too, but lead elsewhere.
    let is_near = |url: &Url| mask(url) == mask(here) || url.as_str().starts_with(here.as_str().trim_end_matches('/'));
    let numbers = links.iter().filter(|l| !l.in_head && is_near(&l.url));
    let numbers: Vec<(u32, &Url)> = numbers.filter_map(|l| Some((l.text.parse().ok()?, &l.url))).collect();
    // The current page is the one that links to itself, or the number in its address that no link has. The first page's
    // address often has no number.
    let current = numbers.iter().find(|(_, url)| *url == here).map(|(n, _)| *n);
    let current = current.or_else(|| {
        let own =
            numbers.iter().find(|(n, url)| mask(url) == mask(here) && has_number(here, *n) != has_number(url, *n));
        own.and_then(|_| (1..=MOST_COUNTED).find(|n| has_number(here, *n) && !numbers.iter().any(|(o, _)| o == n)))
    });
    let wanted = current.unwrap_or(1) + 1;
    let (_, url) = numbers.iter().find(|(n, url)| *n == wanted && has_number(url, *n) && *url != here)?;
    Some((*url).clone())
}

/// The limit on page numbers that are searched for in an address.
const MOST_COUNTED: u32 = 10_000;

/// Returns true if an address contains a number, not only as a part of a longer one.
fn has_number(url: &Url, number: u32) -> bool {
    let text = url.as_str();
    let digits = number.to_string();
    text.split(|c: char| !c.is_ascii_digit()).any(|d| d == digits)
}

/// Returns true if a link leads to another page of the listing whose next page is at `next`.
#[must_use]
pub fn is_pager(link: &Link, next: &Url) -> bool {
    let label = link.text.as_str();
    let is_number = !label.is_empty() && label.chars().all(|c| c.is_ascii_digit());
    let is_arrow = !label.chars().any(char::is_alphanumeric);
    (is_number || is_arrow || lexicon::words().says_next(label)) && mask(&link.url) == mask(next)
}

/// An address with each number replaced by `#`.
pub(crate) fn mask(url: &Url) -> String {
    let mut out = String::new();
    for c in url.as_str().chars() {
        match c {
            '0'..='9' if out.ends_with('#') => {}
            '0'..='9' => out.push('#'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::links;

    fn next_of(here: &str, page: &str) -> Option<String> {
        let here = Url::parse(here).unwrap();
        next(&links::of_text(page, &here), &here).map(String::from)
    }

    #[test]
    fn the_next_page_is_found_however_it_is_called() {
        let here = "https://a.tj/news?page=2";
        let pages = [
            "<link rel=next href='?page=3'><a href='?page=9'>›</a>",
            "<a href='?page=1'>‹</a><a href='?page=3'>›</a><a href='?page=40'>»</a>",
            "<a href='?page=1'>Назад</a><a href='?page=3'>Далее</a>",
            "<a href='?page=3'>Саҳифаи навбатӣ</a>",
            "<a href='?page=3' title='Next page'>&gt;&gt;</a>",
            "<li class='pagination__item next'><a href='?page=3'><i></i></a></li>",
            "<a href='?page=1'>1</a><b>2</b><a href='?page=3'>3</a><a href='?page=4'>4</a>",
            "<a href='?page=1'>1</a><a href='?page=2'>2</a><a href='?page=3'>3</a>",
        ];
        for page in pages {
            assert_eq!(next_of(here, page).as_deref(), Some("https://a.tj/news?page=3"), "{page}");
        }
        let first = "<b>1</b><a href='?page=2'>2</a><a href='?page=3'>3</a>";
        assert_eq!(next_of("https://a.tj/news", first).as_deref(), Some("https://a.tj/news?page=2"));
    }

    #[test]
    fn the_last_page_has_none() {
        for page in [
            "<a href='?page=1'>1</a><a href='?page=2'>2</a><b>3</b>",
            "<a href='?page=2'>‹ Previous</a><a href='/news/next-generation'>The next generation of teachers</a>",
            "<a href='https://elsewhere.example/?page=4'>Next</a><a rel=next href='?page=3'>3</a>",
        ] {
            assert_eq!(next_of("https://a.tj/news?page=3", page), None, "{page}");
        }
    }

    #[test]
    fn templates_count_pages_or_what_was_shown() {
        let template = |text: &str| Template::parse(text).unwrap().unwrap();
        assert_eq!(template("https://a.tj/n?p={1}&x=1").address(2), "https://a.tj/n?p=3&x=1");
        assert_eq!(template("https://a.tj/n?start={0+20}").address(2), "https://a.tj/n?start=40");
        assert_eq!(Template::parse("https://a.tj/n"), Ok(None));
        for wrong in ["https://a.tj/{}", "https://a.tj/{x}", "https://a.tj/{1", "https://a.tj/{1-9}"] {
            assert!(Template::parse(wrong).is_err(), "{wrong}");
        }
    }
}
