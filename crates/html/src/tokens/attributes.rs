//! Which attributes of an element are kept.

use html5ever::{LocalName, QualName, local_name, ns};

/// Maximum number of attributes of an element that keeps all; beyond it, only those that are read are kept. Real
/// elements have some dozen, and each attribute is compared with those before it.
pub(super) const MAX_ATTRIBUTES: usize = 256;

/// Which attributes of a tag are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AttributeFilter {
    /// None, for end tags: the tree builder reads no attribute of them.
    None,
    /// Those that the walk or the tree builder reads.
    Read,
    /// All, for formatting elements: whether two of them are equal decides how the tree builder opens them again. Also
    /// for all elements of a page whose site has selectors, which may name any attribute.
    All,
}

/// Whether an attribute of an element in the tree would be kept by [`AttributeFilter::Read`].
pub(crate) fn is_read(name: &QualName) -> bool {
    match name.ns {
        ns!() => read_name(&name.local).is_some(),
        // in foreign elements the tree builder splits `xlink:href` and the like at the colon
        ns!(xlink) => name.local == local_name!("href"),
        _ => false,
    }
}

/// The name of an attribute that the walk or the tree builder reads; `None` for others.
pub(super) fn read_name(name: &str) -> Option<LocalName> {
    Some(match name {
        "alt" => local_name!("alt"),
        "charset" => local_name!("charset"),
        "class" => local_name!("class"),
        "content" => local_name!("content"),
        "data" => local_name!("data"),
        "data-src" => LocalName::from("data-src"),
        "datetime" => local_name!("datetime"),
        "encoding" => local_name!("encoding"),
        "hidden" => local_name!("hidden"),
        "href" => local_name!("href"),
        "hreflang" => local_name!("hreflang"),
        "http-equiv" => local_name!("http-equiv"),
        "id" => local_name!("id"),
        "itemprop" => local_name!("itemprop"),
        "lang" => local_name!("lang"),
        "name" => local_name!("name"),
        "property" => local_name!("property"),
        "pubdate" => LocalName::from("pubdate"),
        "rel" => local_name!("rel"),
        "reversed" => local_name!("reversed"),
        "role" => local_name!("role"),
        "shadowrootmode" => local_name!("shadowrootmode"),
        "src" => local_name!("src"),
        "start" => local_name!("start"),
        "style" => local_name!("style"),
        "title" => local_name!("title"),
        "type" => local_name!("type"),
        "value" => local_name!("value"),
        "xlink:href" => local_name!("xlink:href"),
        _ => return None,
    })
}
