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

/// Words before a page's number in an address, in lower case.
const NUMBERS_PAGES: &[&str] = &[
    "page", "pages", "paged", "p", "pg", "part", "seite", "sahifa", "str", "start", "from", "offset", "pagen",
    "pageno", "pagenum",
];

/// Words of an address that say nothing of a document, in lower case.
const FILES: &[&str] = &["index", "htm", "html", "php", "aspx"];

/// Elements beside the text of a page, whose pagers page something else.
const BESIDE: &[&str] = &["aside", "footer", "figure", "form", "header"];

/// The pages before and after one of several.
#[derive(Debug, Clone, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Neighbours {
    /// The next page.
    pub next: Option<String>,
    /// The previous page.
    pub previous: Option<String>,
    /// The title that the pages of a text share: without numbers and words that number pages, in lower case.
    pub title: String,
}

/// Warns if a document is one of several pages.
pub(super) fn warn(document: &mut Document, url: Option<&str>) {
    let Some(Neighbours { next, previous, .. }) = neighbours(document, url) else { return };
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
        Some((link.href.clone(), address))
    };
    let (next, previous) = (find(&["next"]), find(&["prev", "previous"]));
    // One neighbour shows that the addresses number pages; the other may have its number in the same place.
    let numbers_pages = [&next, &previous].into_iter().flatten().any(|(href, address)| match (&own, address) {
        (Some(own), Some(address)) => adds_a_number(own, address),
        // Whose page it is, nobody knows: then its address must have a number.
        _ => href.contains(|c: char| c.is_ascii_digit()),
    });
    let kept = |(href, address): (String, Option<Url>)| match (&own, address) {
        (Some(own), Some(address)) => differs_in_number(own, &address).then(|| address.into()),
        (_, address) => Some(address.map_or(href, String::from)),
    };
    let found = Neighbours {
        next: next.filter(|_| numbers_pages).and_then(kept),
        previous: previous.filter(|_| numbers_pages).and_then(kept),
        title: title_of(document),
    };
    let has_one = found.next.is_some() || found.previous.is_some();
    (document.page_kind == PageKind::Document && has_one && counts(&document.blocks)).then_some(found)
}

/// Whether one address is the other with a page's number: `/report` and `/report/2`. Two numbers in one place number
/// documents: `/law/1` and `/law/2`.
fn adds_a_number(own: &Url, other: &Url) -> bool {
    let (own, other) = (Numbered::of(own), Numbered::of(other));
    let is_same = own.words == other.words && own.number != other.number;
    is_same || own.without_last() == Some(&*other.words) || other.without_last() == Some(&*own.words)
}

/// Whether two addresses are the same but for numbers.
fn differs_in_number(own: &Url, other: &Url) -> bool {
    let words = |url: &Url| -> Vec<String> {
        let mut words = Numbered::of(url).words;
        words.retain(|word| !word.bytes().all(|b| b.is_ascii_digit()));
        words
    };
    own != other && words(own) == words(other)
}

/// An address as words, apart from the number of a page where a word says that it is one: `page=2`, `p2`, `start=20`.
struct Numbered {
    words: Vec<String>,
    number: Option<String>,
}

impl Numbered {
    fn of(address: &Url) -> Self {
        let text = address[Position::BeforeHost..Position::AfterQuery].to_lowercase();
        let text = text.strip_prefix("www.").unwrap_or(&text);
        let (mut words, mut number, mut is_next) = (Vec::new(), None, false);
        for part in text.split(|c: char| !c.is_ascii_alphanumeric() && c != '%').filter(|part| !part.is_empty()) {
            let letters = part.trim_end_matches(|c: char| c.is_ascii_digit());
            let digits = part.get(letters.len()..).unwrap_or_default();
            let says_page = NUMBERS_PAGES.contains(&letters);
            if (says_page || (letters.is_empty() && is_next)) && !digits.is_empty() {
                number = Some(digits.to_owned());
            } else if !says_page && !FILES.contains(&part) {
                words.push(part.to_owned());
            }
            is_next = says_page || (letters.is_empty() && is_next);
        }
        Self { words, number }
    }

    /// The words without a number of a page at their end, if there is one.
    fn without_last(&self) -> Option<&[String]> {
        let (last, rest) = self.words.split_last()?;
        let number: u32 = last.parse().ok()?;
        (2..=MAX_PAGES).contains(&number).then_some(rest)
    }
}

fn title_of(document: &Document) -> String {
    let title = document.head.title.as_deref().unwrap_or_default().to_lowercase();
    let words = title.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    words.filter(|word| !PAGE.contains(word) && !OF.contains(word)).collect::<Vec<_>>().join(" ")
}

/// Whether some line of a page counts pages. A pager is one block, or a row of short ones.
fn counts(blocks: &[Block]) -> bool {
    let container = |block: &Block| block.path.rsplit_once('/').map(|(container, _)| container.to_owned());
    let is_row =
        |one: &Block, other: &Block| one.text.len().max(other.text.len()) <= PART && container(one) == container(other);
    let is_beside = |block: &Block| {
        let elements = block.path.split('/').map(|step| step.split(['[', '.', '#']).next().unwrap_or_default());
        elements.into_iter().any(|element| BESIDE.contains(&element))
    };
    blocks.chunk_by(is_row).filter(|row| !row.iter().any(is_beside)).any(|row| {
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
    let says_of = !words.is_empty() && words.iter().all(|word| OF.contains(word));
    let is_bare = words.len() <= beside_of && (says_of || (words.is_empty() && lower.contains('/')));
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
    fn pages_of_a_text_add_a_number_to_its_address() {
        let adds = |own: &str, other: &str| {
            let base = Url::parse("https://a.example").unwrap();
            adds_a_number(&base.join(own).unwrap(), &base.join(other).unwrap())
        };
        for (own, other) in [
            ("/report", "/report?page=2"),
            ("/report.html", "/report-2.html"),
            ("/report/", "/report/2/"),
            ("/report/page/2", "/report/page/3"),
            ("/report", "/report/p2"),
            ("/t?id=7&start=0", "/t?id=7&start=20"),
            ("/", "/index.php?PAGEN_1=2"),
            ("/report?PAGEN_1=2", "/report?PAGEN_1=3"),
            ("/news089.html", "/news089_2.html"),
        ] {
            assert!(adds(own, other) && adds(other, own), "{own} {other}");
        }
        for (own, other) in [
            ("/2020/bridge-opened", "/2020/school-opened"),
            ("/law/1", "/law/2"),
            ("/n?id=11", "/n?id=12"),
            ("/calendar/2026/11", "/calendar/2026/12"),
            ("/photos", "/photos?photo=2"),
            ("/report", "/report"),
            ("/report", "/report#next-1"),
            ("/report", "https://b.example/report?page=2"),
        ] {
            assert!(!adds(own, other), "{own} {other}");
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
