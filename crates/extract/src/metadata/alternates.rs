//! The page's own address and its versions in other languages.

use super::Alternate;
use super::evidence::Evidence;
use sanad_language::lexicon::words;
use sanad_language::switcher::{leads_there, named, same_site};
use url::Url;

/// Language versions taken: the largest sites have about a hundred.
const MOST: usize = 200;

/// The canonical address: `link rel=canonical`, else `og:url`; only on the page's own site.
pub(super) fn canonical(evidence: &Evidence<'_>) -> Option<String> {
    let links = evidence.document.head.links.iter();
    let links = links.filter(|l| has_rel(&l.rel, "canonical")).map(|l| l.href.as_str());
    let stated = links.chain(evidence.meta("og:url"));
    stated.filter_map(|href| resolve(evidence, href)).find(|url| is_own(evidence, url)).map(String::from)
}

/// Whether an address is on the page's site and isn't the front page given for every page.
fn is_own(evidence: &Evidence<'_>, url: &Url) -> bool {
    let Some(page) = &evidence.url else {
        return true;
    };
    let front = |u: &Url| u.path().len() <= 1 && u.query().is_none();
    same_site(page, url) && (!front(url) || front(page))
}

fn has_rel(rel: &str, wanted: &str) -> bool {
    rel.split_whitespace().any(|r| r.eq_ignore_ascii_case(wanted))
}

/// A web address without its fragment.
fn resolve(evidence: &Evidence<'_>, href: &str) -> Option<Url> {
    let href = href.trim();
    if href.is_empty() || href.starts_with('#') {
        return None;
    }
    let mut url = match &evidence.base {
        Some(base) => base.join(href).ok()?,
        None => Url::parse(href).ok()?,
    };
    url.set_fragment(None);
    matches!(url.scheme(), "http" | "https").then_some(url)
}

/// Versions by `hreflang`, then by the links of a switcher, each language once, the page itself left out.
pub(super) fn alternates(evidence: &Evidence<'_>) -> Vec<Alternate> {
    let head = &evidence.document.head;
    let stated = head.links.iter().filter(|l| {
        let feed =
            l.media_type.as_deref().is_some_and(|t| t.contains("rss") || t.contains("atom") || t.contains("json"));
        has_rel(&l.rel, "alternate") && !feed
    });
    let stated = stated.filter_map(|l| {
        let tag = l.lang.as_deref().filter(|t| !t.eq_ignore_ascii_case("x-default"))?;
        Some((words().language(tag), resolve(evidence, &l.href)?, "hreflang"))
    });
    let switched = head.switchers.iter().filter_map(|l| {
        let code = named((&l.text, l.lang.as_deref()))?; // before the address: most links name none
        let url = resolve(evidence, &l.href)?;
        leads_there(evidence.url.as_ref(), &url).then_some((Some(code), url, "switcher"))
    });
    let mut all: Vec<Alternate> = Vec::new();
    for (language, url, by) in stated.chain(switched).take(MOST) {
        let language = language.map(str::to_owned);
        let own = evidence.url.as_ref().is_some_and(|page| same_page(page, &url));
        let known = all.iter().any(|a| (a.language.is_some() && a.language == language) || a.url == url.as_str());
        if !own && !known {
            all.push(Alternate { language, url: url.into(), evidence: by.to_owned() });
        }
    }
    let own = own_language(evidence, head.links.iter().any(|l| l.lang.is_some() && has_rel(&l.rel, "alternate")));
    all.retain(|a| a.evidence == "hreflang" || a.language.as_deref() != own || own.is_none());
    all
}

/// The document's language where only a switcher speaks: its link in the page's own language leads to the same page.
fn own_language<'e>(evidence: &'e Evidence<'_>, stated: bool) -> Option<&'e str> {
    let language = evidence.document.language.as_ref().filter(|_| !stated)?;
    Some(language.code.as_str())
}

/// The same page whatever scheme, `www.` and closing slash.
fn same_page(a: &Url, b: &Url) -> bool {
    let path = |u: &Url| u.path().trim_end_matches('/').to_owned();
    same_site(a, b) && path(a) == path(b) && a.query() == b.query()
}
