//! Finds the pages that a listing names: the group of links of one URL shape with the most title text, and the pattern
//! they fit.

use sanad_fetch::links::Link;
use sanad_fetch::{Plan, discover, pagination, path_pattern};
use std::collections::{BTreeMap, BTreeSet};
use url::Url;

/// Minimum length in code points of a link's text that is a title; menu entries are shorter.
const TITLE: usize = 15;

/// Maximum number of code points of a title that count, so that a teaser inside a link doesn't outweigh ten titles.
const LONGEST_TITLE: usize = 80;

/// Minimum number of links of one shape that are a listing.
const FEWEST: usize = 3;

/// The pages that a listing names.
#[derive(Debug, Default)]
pub(super) struct ListingItems {
    /// In the page's order, each address once.
    pub(super) links: Vec<Link>,
    /// A pattern that matches all of them; none if there are no links.
    pub(super) pattern: Option<String>,
}

/// Finds the items of a page with this address and these links.
pub(super) fn items(plan: &Plan, links: &[Link], from: &Url) -> ListingItems {
    let next = pagination::next(links, from);
    let is_item = |l: &&Link| {
        let is_pager = next.as_ref().is_some_and(|next| pagination::is_pager(l, next));
        !(l.in_head || is_pager || l.url == *from || discover::leads_to_version(l, from)) && plan.owns(&l.url)
    };
    let mut groups: BTreeMap<Vec<String>, Vec<&Link>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    // A teaser's picture and title link to the same page. The link with a title text counts.
    let titled = links.iter().filter(is_item).filter(|l| l.text.chars().count() >= TITLE);
    for link in titled.filter(|l| seen.insert(l.url.clone())) {
        groups.entry(shape(&link.url)).or_default().push(link);
    }
    let weight = |group: &[&Link]| -> usize { group.iter().map(|l| l.text.chars().count().min(LONGEST_TITLE)).sum() };
    let best = groups.into_values().filter(|g| g.len() >= FEWEST).max_by_key(|group| weight(group));
    let links: Vec<Link> = best.unwrap_or_default().into_iter().cloned().collect();
    let pattern = common_pattern(&links);
    ListingItems { links, pattern }
}

/// Returns an address without the parts that differ from page to page: the last path segment, segments with digits, and
/// the values of the query.
fn shape(url: &Url) -> Vec<String> {
    let segments: Vec<&str> = url.path().split('/').filter(|s| !s.is_empty()).collect();
    let last = segments.len().saturating_sub(1);
    let masked = |(n, segment): (usize, &&str)| {
        let is_specific = n == last || segment.contains(|c: char| c.is_ascii_digit());
        if is_specific { "*".to_owned() } else { (*segment).to_owned() }
    };
    let path = segments.iter().enumerate().map(masked);
    let names = url.query_pairs().map(|(name, _)| format!("?{name}"));
    path.chain(names).collect()
}

/// Returns the longest common prefix of all paths, cut back to the beginning of a segment or value. For pages at the
/// root, returns the form of their names.
fn common_pattern(links: &[Link]) -> Option<String> {
    let paths: Vec<String> = links.iter().map(|l| discover::path_and_query(&l.url)).collect();
    let (first, others) = paths.split_first()?;
    let shared = |a: &str, b: &str| a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    let length = others.iter().map(|p| shared(first, p)).min().unwrap_or(0);
    let end = first.get(..length).and_then(|p| p.rfind(['/', '=']).map(|at| at + 1)).unwrap_or(0);
    let prefix = first.get(..end).unwrap_or("/");
    if prefix.len() > 1 {
        return Some(prefix.to_owned());
    }
    let slug = "/*-*-*";
    let fits = paths.iter().filter(|p| path_pattern::fits(&path_pattern::equal(slug), &path_pattern::equal(p))).count();
    Some(if fits == paths.len() { slug } else { "/" }.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use sanad_fetch::links;

    fn pattern_of(page: &str) -> Option<String> {
        let plan = Plan { hosts: vec!["a.tj".to_owned()], ..Plan::default() };
        let from = Url::parse("https://a.tj/en/news").unwrap();
        items(&plan, &links::of_text(page, &from), &from).pattern
    }

    fn page(addresses: &[&str]) -> String {
        let menu = "<a href=/en/about>About us</a><a href=/en/contacts>Contacts</a>";
        let link = |a: &&str| format!("<a href='{a}'>A long title of what happened at {a}</a>");
        format!("{menu}{}<a href='?p=2'>2</a>", addresses.iter().map(link).collect::<String>())
    }

    #[test]
    fn titles_of_one_shape_are_the_items() {
        let cases = [
            (vec!["/en/view/1/first", "/en/view/22/second", "/en/view/3/third"], "/en/view/"),
            (vec!["/index.php?id=10&l=en", "/index.php?id=11&l=en", "/index.php?id=25&l=en"], "/index.php?id="),
            (vec!["/2024/05/one-two", "/2024/04/three-four", "/2023/01/five-six"], "/"),
            (vec!["/the-first-meeting/", "/a-second-one-of-them/", "/no-third-is-known/"], "/*-*-*"),
        ];
        for (addresses, wanted) in cases {
            assert_eq!(pattern_of(&page(&addresses)).as_deref(), Some(wanted), "{addresses:?}");
        }
        assert_eq!(pattern_of(&page(&[])), None);
    }
}
