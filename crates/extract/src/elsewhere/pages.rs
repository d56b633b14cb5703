//! Texts that are spread over several pages.

use sanad_document::{Block, Document, PageKind, Warning};
use url::Url;

/// Bytes of the longest block that is part of a pager.
const PART: usize = 40;

/// Words of the longest line that counts pages: `Page 1 of 3: 1 2 3 Next page`.
const MAX_WORDS: usize = 8;

/// Words of the longest line of page numbers without a word for "page": `« Previous 1 2 3 Next »`.
const MAX_WORDS_BESIDE_NUMBERS: usize = 4;

/// The most pages of a text.
const MAX_PAGES: u32 = 500;

/// Words that name a page or part, or stand between its number and how many there are; in lower case.
const PAGE: &[&str] = &[
    "page",
    "pages",
    "part",
    "of",
    "страница",
    "страницы",
    "страниц",
    "стр",
    "часть",
    "из",
    "саҳифа",
    "саҳифаи",
    "саҳифаҳо",
    "сахифа",
    "сахифаи",
    "қисм",
    "қисми",
    "аз",
    "бет",
    "беті",
    "sahifa",
    "bet",
    "dan",
    "сторінка",
    "сторінки",
    "seite",
    "von",
    "página",
    "pagina",
    "de",
    "di",
    "sur",
    "sayfa",
    "səhifə",
    "strona",
    "z",
    "صفحه",
    "از",
    "صفحة",
    "من",
];

/// Warns if a document is one of several pages: it links to the next or the previous one, and counts its pages.
/// Without the count the links lead to the next and the previous document.
pub(super) fn warn(document: &mut Document, base: Option<&Url>) {
    let rel = |wanted: &str| {
        let mut links = document.head.links.iter();
        links.find(|link| link.rel.split_whitespace().any(|rel| rel == wanted)).map(|link| link.href.clone())
    };
    let (next, previous) = (rel("next"), rel("prev"));
    if document.page_kind != PageKind::Document || !(next.is_some() || previous.is_some()) || !counts(&document.blocks)
    {
        return;
    }
    let resolved = |href: String| base.and_then(|base| base.join(&href).ok()).map_or(href, String::from);
    let others: Vec<String> = [next, previous].into_iter().flatten().map(resolved).collect();
    let message = format!("the text is spread over several pages; the next to this one: {}", others.join(", "));
    document.warnings.push(Warning::new("document.one_of_several", message));
}

/// Whether some line of a page counts pages. A pager is one block, or a row of short ones.
fn counts(blocks: &[Block]) -> bool {
    let container = |block: &Block| block.path.rsplit_once('/').map(|(container, _)| container.to_owned());
    let is_row =
        |one: &Block, other: &Block| one.text.len().max(other.text.len()) <= PART && container(one) == container(other);
    blocks.chunk_by(is_row).any(|row| {
        let mut words = 0;
        let texts = row.iter().map(|block| block.text.as_str());
        let line: Vec<&str> = texts
            .take_while(|text| {
                words += text.split_whitespace().count();
                words <= 4 * MAX_WORDS
            })
            .collect();
        line_counts(&line.join(" "))
    })
}

fn line_counts(line: &str) -> bool {
    let lower = line.to_lowercase();
    let parts = || lower.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    let numbers: Vec<u32> = parts().filter_map(|part| part.parse().ok()).collect();
    let words: Vec<&str> = parts().filter(|part| part.chars().all(char::is_alphabetic)).collect();
    if words.len() > MAX_WORDS {
        return false;
    }
    let is_of = |pair: &[u32]| matches!(pair, [at, all] if (1..=*all).contains(at) && (2..=MAX_PAGES).contains(all));
    let names_pages = words.iter().any(|word| PAGE.contains(word)) || lower.contains(['/', '页', '頁']);
    let is_row = numbers.starts_with(&[1, 2]) || numbers.windows(3).any(|three| matches!(three, [a, 1, 2] if a != &0));
    let is_count = numbers.first_chunk::<2>().is_some_and(|pair| is_of(pair)) && names_pages;
    is_count || (is_row && words.len() <= MAX_WORDS_BESIDE_NUMBERS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_count_pages() {
        for line in [
            "Page 1 of 3: 1 2 3 Next page",
            "1 2 3 4 »",
            "Страница 2 из 7",
            "Саҳифаи 1 аз 4",
            "1 / 3",
            "стр. 1 2 3 … 9 Далее",
            "第1页 共3页",
            "• 1 • 2 • 3 • Навбатӣ",
        ] {
            assert!(line_counts(line), "{line}");
        }
        for line in [
            "Next: Delegation visits the northern province",
            "12 марта 2020",
            "From 3 to 12 May the office of the ministry in the capital is closed for repairs of the roof",
            "Page not found",
            "5 May 2018, 12:30",
            "",
        ] {
            assert!(!line_counts(line), "{line}");
        }
    }
}
