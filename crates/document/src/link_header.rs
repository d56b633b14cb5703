//! Reads `Link` headers (RFC 8288), in which a server says of any format what a page's `<link>` elements say.

use crate::Link;

/// Maximum number of links read from a header. Servers name a dozen at most.
const MAX_LINKS: usize = 200;

/// Reads the links of a `Link` header. A field that isn't one is passed over.
///
/// ```
/// let links = sanad_document::link_header::links(r#"</law/5>; rel="canonical", </style.css>; rel=preload"#);
/// assert_eq!((links[0].rel.as_str(), links[0].href.as_str()), ("canonical", "/law/5"));
/// ```
#[must_use]
pub fn links(header: &str) -> Vec<Link> {
    split(header, ',').into_iter().filter_map(link).take(MAX_LINKS).collect()
}

fn link(field: &str) -> Option<Link> {
    let (href, parameters) = field.trim().strip_prefix('<')?.split_once('>')?;
    let mut link = Link { href: href.trim().to_owned(), ..Link::default() };
    for parameter in split(parameters, ';') {
        let Some((name, value)) = parameter.split_once('=') else { continue };
        let value = unquoted(value.trim());
        match name.trim().to_ascii_lowercase().as_str() {
            // Of several only the first counts.
            "rel" if link.rel.is_empty() => link.rel = value.to_lowercase(),
            "hreflang" if link.lang.is_none() => link.lang = Some(value),
            "type" if link.media_type.is_none() => link.media_type = Some(value),
            "title" if link.text.is_empty() => link.text = value,
            // A link of another context isn't one of this page.
            "anchor" => return None,
            _ => {}
        }
    }
    (!link.href.is_empty() && !link.rel.is_empty()).then_some(link)
}

/// Splits at a separator that is neither in an address nor in a quoted string.
fn split(text: &str, separator: char) -> Vec<&str> {
    let (mut parts, mut start) = (Vec::new(), 0);
    let (mut is_quoted, mut is_address, mut is_escaped) = (false, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' if !is_address => is_quoted = !is_quoted,
            '<' if !is_quoted => is_address = true,
            '>' if !is_quoted => is_address = false,
            _ if c == separator && !is_quoted && !is_address => {
                parts.extend(text.get(start..at));
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.extend(text.get(start..));
    parts
}

fn unquoted(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')) else { return value.to_owned() };
    let mut is_escaped = false;
    let keep = |c: &char| {
        is_escaped = *c == '\\' && !is_escaped;
        !is_escaped
    };
    inner.chars().filter(keep).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_in_addresses_and_strings_separate_nothing() {
        let header = r#"<https://a.example/x,y;z>; title="a, \"b\"; c"; REL="Canonical nofollow",, <b>;rel=next;rel=prev , c; rel=x"#;
        let found = links(header);
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!(found[0].href, "https://a.example/x,y;z");
        assert_eq!(found[0].rel, "canonical nofollow");
        assert_eq!(found[0].text, "a, \"b\"; c");
        assert_eq!((found[1].href.as_str(), found[1].rel.as_str()), ("b", "next"));
    }

    #[test]
    fn languages_are_read_and_links_of_other_pages_are_not() {
        let found = links("</ru/5>; rel=alternate; hreflang=ru, </a>; rel=canonical; anchor=\"/b\", <>; rel=canonical");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].lang.as_deref(), Some("ru"));
    }

    #[test]
    fn any_text_is_read() {
        for text in ["", "<", "<>", "<a>;", "<a>; rel=\"", "\"<a>; rel=x", "<ё>; rel=\"\\"] {
            assert!(links(text).len() <= 1, "{text}");
        }
    }
}
