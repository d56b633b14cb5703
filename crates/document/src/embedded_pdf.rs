//! PDFs that a page shows in a viewer.

use url::Url;

/// Returns the address of the PDF that an `embed`, `object` or `iframe` shows: by itself, or in a viewer that is told the
/// file by a parameter. `base` is what addresses are relative to; without it they stay as they are.
///
/// ```
/// use sanad_document::embedded_pdf::address_of_pdf;
/// let page = url::Url::parse("https://a.example/laws/1").unwrap();
/// let pdf = address_of_pdf("/viewer.html?file=law%201.pdf", None, Some(&page));
/// assert_eq!(pdf.as_deref(), Some("https://a.example/law%201.pdf"));
/// ```
#[must_use]
pub fn address_of_pdf(address: &str, media_type: Option<&str>, base: Option<&Url>) -> Option<String> {
    let is_typed = media_type.is_some_and(|t| t.trim().to_ascii_lowercase().starts_with("application/pdf"));
    let nowhere = Url::parse("http://nowhere.invalid/").ok()?;
    let shown = base.unwrap_or(&nowhere).join(address.trim()).ok()?;
    if !matches!(shown.scheme(), "http" | "https") {
        return None;
    }
    let file = || {
        let parameters = url::form_urlencoded::parse(shown.query().unwrap_or_default().as_bytes());
        let fragment = url::form_urlencoded::parse(shown.fragment().unwrap_or_default().as_bytes());
        // A viewer takes the file as relative to itself.
        // Some viewers take the file alone, without a name.
        let values = parameters.chain(fragment).map(|(name, value)| if value.is_empty() { name } else { value });
        values.into_iter().find(|value| is_pdf(value)).and_then(|value| shown.join(value.trim()).ok())
    };
    let found = if is_typed || is_pdf(shown.path()) { Some(shown.clone()) } else { file() };
    let mut found = found.filter(|url| matches!(url.scheme(), "http" | "https"))?;
    found.set_fragment(None);
    let is_nowhere = base.is_none() && found.host_str() == nowhere.host_str();
    Some(if is_nowhere { found.path().to_owned() } else { found.to_string() })
}

fn is_pdf(address: &str) -> bool {
    let path = address.split(['?', '#']).next().unwrap_or_default().trim_end();
    path.get(path.len().saturating_sub(4)..).is_some_and(|ending| ending.eq_ignore_ascii_case(".pdf"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn viewers_name_the_file_in_a_parameter() {
        let base = Url::parse("https://a.example/laws/1").unwrap();
        for (address, media_type, wanted) in [
            ("law.pdf#page=2", None, Some("https://a.example/laws/law.pdf")),
            ("/files/law.PDF?v=1", None, Some("https://a.example/files/law.PDF?v=1")),
            ("/download?id=5", Some("application/pdf"), Some("https://a.example/download?id=5")),
            ("/pdfjs/web/viewer.html?file=%2Ffiles%2F1.pdf#zoom=90", None, Some("https://a.example/files/1.pdf")),
            ("/pdfjs/web/viewer.html?file=../../1.pdf", None, Some("https://a.example/1.pdf")),
            ("/viewer.html#/files/1.pdf", None, Some("https://a.example/files/1.pdf")),
            ("/viewer.html?/files/1.pdf", None, Some("https://a.example/files/1.pdf")),
            (
                "https://docs.google.com/gview?url=https://b.example/x.pdf&embedded=true",
                None,
                Some("https://b.example/x.pdf"),
            ),
            ("https://video.example/embed/5", None, None),
            ("javascript:void(0)//.pdf", None, None),
            ("/map.html?layer=pdf", None, None),
        ] {
            assert_eq!(address_of_pdf(address, media_type, Some(&base)).as_deref(), wanted, "{address}");
        }
        assert_eq!(address_of_pdf("a/b.pdf", None, None).as_deref(), Some("/a/b.pdf"));
    }
}
