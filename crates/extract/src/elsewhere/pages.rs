//! Texts that are spread over several pages.

use super::page::base;
use borsh::{BorshDeserialize, BorshSerialize};
use sanad_document::{Block, Document, PageKind, Warning};
use url::{Position, Url};

/// Warning on a document that is one of several pages.
pub const ONE_OF_SEVERAL: &str = "document.one_of_several";

/// Bytes of the longest block that is part of a pager.
const PART: usize = 40;

/// Words of the longest line that counts pages: `Page 1 of 3: 1 2 3 Next page`.
const MAX_WORDS: usize = 8;

/// Words of the longest line of page numbers without a word for "page": `« Previous 1 2 3 Next »`.
const MAX_WORDS_BESIDE_NUMBERS: usize = 4;

/// The numbers of pages as they run together, and characters from which on they are no other number.
const ONE_TO_TEN: &str = "12345678910";
const LEAST_RUN: usize = 2;

/// The most pages of a text.
const MAX_PAGES: u32 = 500;

/// Words that name a page or part, in lower case.
const PAGE: &[&str] = &[
    "page",
    "pages",
    "part",
    "страница",
    "страницы",
    "страниц",
    "стр",
    "часть",
    "саҳифа",
    "саҳифаи",
    "саҳифаҳо",
    "сахифа",
    "сахифаи",
    "қисм",
    "қисми",
    "бет",
    "беті",
    "sahifa",
    "bet",
    "сторінка",
    "сторінки",
    "seite",
    "página",
    "pagina",
    "sayfa",
    "səhifə",
    "strona",
    "صفحه",
    "صفحة",
];

/// Words between a page's number and how many there are, in lower case. By themselves they may be about anything: "2 of 3
/// schools".
const OF: &[&str] = &["of", "из", "аз", "з", "ден", "dan", "von", "de", "di", "sur", "z", "از", "من"];

/// Words of the longest line without a word for "page": with links and without.
const MAX_WORDS_BESIDE_OF: (usize, usize) = (3, 1);

/// Letters before the digits of a page's number in an address, at most: `page2`.
const MAX_LETTERS: usize = 5;

/// Words before a page's number in an address, and names of the start page, in lower case.
const NUMBERS_PAGES: &[&str] = &[
    "page", "pages", "paged", "p", "pg", "part", "seite", "sahifa", "str", "start", "from", "offset", "pagen",
    "pageno", "pagenum", "index", "htm", "html", "php",
];

/// The pages before and after one of several.
#[derive(Debug, Clone, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Neighbours {
    /// The next page.
    pub next: Option<String>,
    /// The previous page.
    pub previous: Option<String>,
}

/// Warns if a document is one of several pages.
pub(super) fn warn(document: &mut Document, url: Option<&str>) {
    let Some(Neighbours { next, previous }) = neighbours(document, url) else { return };
    let others: Vec<String> = [next, previous].into_iter().flatten().collect();
    let message = format!("the text is spread over several pages; the next to this one: {}", others.join(", "));
    document.warnings.push(Warning::new(ONE_OF_SEVERAL, message));
}

/// Returns the pages next to a document's, if it is one of several: it links to the next or the previous one, and counts
/// its pages. Without the count the links lead to the next and the previous document. `url` is its address.
#[must_use]
pub fn neighbours(document: &Document, url: Option<&str>) -> Option<Neighbours> {
    let base = base(document, url);
    let canonical = || document.head.links.iter().find(|link| link.rel == "canonical").map(|link| link.href.as_str());
    let own = url.or_else(canonical).and_then(|url| Url::parse(url).ok());
    let find = |wanted: &[&str]| {
        let mut links = document.head.links.iter();
        let link = links.find(|link| link.rel.split_whitespace().any(|rel| wanted.contains(&rel)))?;
        let address = base.as_ref().map_or_else(|| Url::parse(&link.href), |base| base.join(&link.href)).ok();
        match (&own, &address) {
            (Some(own), Some(address)) if !differs_in_number(own, address) => return None,
            // Whose page it is, nobody knows: then its address must have a number.
            (None, _) if !link.href.contains(|c: char| c.is_ascii_digit()) => return None,
            _ => {}
        }
        Some(address.map_or_else(|| link.href.clone(), String::from))
    };
    let found = Neighbours { next: find(&["next"]), previous: find(&["prev", "previous"]) };
    let has_one = found.next.is_some() || found.previous.is_some();
    (document.page_kind == PageKind::Document && has_one && counts(&document.blocks)).then_some(found)
}

/// Whether an address differs from a page's by a number alone, or by a number and a word before it: `/report` and
/// `/report?page=2`. The next document of a site has other words in its address.
fn differs_in_number(own: &Url, other: &Url) -> bool {
    own.host_str() == other.host_str()
        && own[Position::BeforePath..Position::AfterQuery] != other[Position::BeforePath..Position::AfterQuery]
        && words(own) == words(other)
}

/// The words of an address, without numbers and what numbers pages.
fn words(address: &Url) -> Vec<&str> {
    let text = &address[Position::BeforePath..Position::AfterQuery];
    let parts = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '%');
    let is_number = |part: &str| {
        let letters = part.trim_end_matches(|c: char| c.is_ascii_digit());
        letters.len() < part.len() && letters.len() <= MAX_LETTERS
    };
    let is_word =
        |part: &&str| !part.is_empty() && !is_number(part) && !NUMBERS_PAGES.contains(&&*part.to_ascii_lowercase());
    parts.filter(is_word).collect()
}

/// Whether some line of a page counts pages. A pager is one block, or a row of short ones.
fn counts(blocks: &[Block]) -> bool {
    let container = |block: &Block| block.path.rsplit_once('/').map(|(container, _)| container.to_owned());
    let is_row =
        |one: &Block, other: &Block| one.text.len().max(other.text.len()) <= PART && container(one) == container(other);
    blocks.chunk_by(is_row).any(|row| {
        let texts: Vec<&str> = row.iter().map(|block| block.text.as_str()).collect();
        line_counts(&texts.join(" "), row.iter().any(|block| block.link_share > 0.0))
    })
}

fn line_counts(line: &str, has_links: bool) -> bool {
    let lower = line.to_lowercase();
    let numbers: Vec<u32> =
        lower.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).collect();
    if words.len() > MAX_WORDS {
        return false;
    }
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(word));
    let is_of = |pair: &[u32]| matches!(pair, [at, all] if (1..=*all).contains(at) && (2..=MAX_PAGES).contains(all));
    let beside_of = if has_links { MAX_WORDS_BESIDE_OF.0 } else { MAX_WORDS_BESIDE_OF.1 };
    let names_pages = has(PAGE) || lower.contains(['页', '頁']);
    let is_bare = words.len() <= beside_of && (has(OF) || lower.contains('/'));
    let is_count = (names_pages || is_bare) && numbers.windows(2).any(is_of);
    // Links without a blank between them run together: `12 3 4`.
    let first_numbers = lower.split(['…', '.']).next().unwrap_or_default();
    let run: String = first_numbers.chars().filter(char::is_ascii_digit).collect();
    let runs_together = run.len() >= LEAST_RUN && ONE_TO_TEN.starts_with(&run) && has_links;
    let is_row = numbers.windows(2).any(|two| two == [1, 2]) || runs_together;
    is_count || (is_row && words.len() <= MAX_WORDS_BESIDE_NUMBERS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_run_together_are_pages_only_as_links() {
        assert!(line_counts("« 123 Next", true) && line_counts("12 3 4 … 17", true));
        assert!(!line_counts("123", false) && !line_counts("124 Next", true));
    }

    #[test]
    fn pages_of_a_text_differ_in_their_number() {
        let differs = |own: &str, other: &str| {
            let base = Url::parse("https://a.example").unwrap();
            differs_in_number(&base.join(own).unwrap(), &base.join(other).unwrap())
        };
        for (own, other) in [
            ("/report", "/report?page=2"),
            ("/report.html", "/report-2.html"),
            ("/report/", "/report/2/"),
            ("/report/page/2", "/report/page/3"),
            ("/report", "/report/p2"),
            ("/t?id=7&start=0", "/t?id=7&start=20"),
            ("/t-g29-o10-x", "/t-g29-o20-x"),
            ("/", "/index.php?PAGEN_1=2"),
        ] {
            assert!(differs(own, other), "{own} {other}");
        }
        for (own, other) in [
            ("/2020/bridge-opened", "/2020/school-opened"),
            ("/report", "/report"),
            ("/report", "/report#next-1"),
            ("/report", "https://b.example/report?page=2"),
        ] {
            assert!(!differs(own, other), "{own} {other}");
        }
    }

    #[test]
    fn lines_that_count_pages() {
        for line in [
            "Page 1 of 3: 1 2 3 Next page",
            "1 2 3 4 »",
            "Страница 2 из 7",
            "Саҳифаи 1 аз 4",
            "1 / 3",
            "Часть 1. Страница 1 из 5",
            "стр. 1 2 3 … 9 Далее",
            "第1页 共3页",
            "• 1 • 2 • 3 • Навбатӣ",
        ] {
            assert!(line_counts(line, false), "{line}");
        }
        for line in [
            "Next: Delegation visits the northern province",
            "12 марта 2020",
            "2 из 3 школ района отремонтированы",
            "From 3 to 12 May the office of the ministry in the capital is closed for repairs of the roof",
            "Page not found",
            "5 May 2018, 12:30",
            "",
        ] {
            assert!(!line_counts(line, true), "{line}");
        }
    }
}
