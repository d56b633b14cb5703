//! Pages that send their reader elsewhere: the `Refresh` header, and `<meta http-equiv=refresh>`.
//!
//! They are followed as redirects if they are nothing else: soon, to another address or with a cookie, and without a text
//! of their own.

use crate::client::Response;
use crate::links::{self, attribute};
use html5ever::tokenizer::{Tag, TagKind, Token};
use sanad_html::refresh::{LONGEST_DELAY, MOST_TEXT, parse};
use url::Url;

/// The limit on a page's length in bytes, as received and as text. A page without text of its own has no more.
const MOST_BYTES: usize = 64 << 10;

/// Elements whose text isn't shown, or not to a reader with scripts.
const HIDDEN: [&str; 7] = ["noscript", "script", "style", "template", "textarea", "title", "iframe"];

/// Where a response sends its reader: the target of a redirect, or of a refresh.
pub(super) fn destination(response: &Response, from: &Url) -> Option<Url> {
    response.redirect(from).or_else(|| target(response, from))
}

/// Where a page sends its reader, if it has no text of its own.
fn target(response: &Response, from: &Url) -> Option<Url> {
    // A redirect that names no target in its header may do so in its page.
    if !(response.status == 200 || response.is_redirect()) || response.body.len() > MOST_BYTES {
        return None;
    }
    let page = links::html(response, from).map(|(text, _)| text).unwrap_or_default();
    if page.len() > MOST_BYTES {
        return None;
    }
    let mut reader = RefreshReader::default();
    sanad_html::stream(&page, |token| reader.token(token));
    let base = reader.base.as_deref().and_then(|base| from.join(base).ok()).unwrap_or_else(|| from.clone());
    let of_header = response.header("refresh").map(str::to_owned);
    let (address, delay) = of_header.as_deref().or(reader.content.as_deref()).and_then(parse)?;
    let target = links::resolve(&base, address)?;
    // A page that sets a cookie and comes back to itself shows something else the second time.
    let is_elsewhere = target != *from || response.header("set-cookie").is_some();
    (reader.text <= MOST_TEXT && delay <= LONGEST_DELAY && is_elsewhere).then_some(target)
}

/// Finds the first refresh of a page, and counts its text.
#[derive(Default)]
struct RefreshReader {
    content: Option<String>,
    base: Option<String>,
    /// Code points of the text that is shown, without blanks.
    text: usize,
    /// The hidden element that is open.
    hidden: Option<String>,
}

impl RefreshReader {
    fn start(&mut self, tag: &Tag) {
        let name = &*tag.name;
        if self.hidden.is_some() {
            return;
        }
        if HIDDEN.contains(&name) && !tag.self_closing {
            self.hidden = Some(name.to_owned());
        } else if name == "base" {
            self.base = self.base.take().or_else(|| attribute(tag, "href").map(str::to_owned));
        } else if name == "meta"
            && attribute(tag, "http-equiv").is_some_and(|v| v.trim().eq_ignore_ascii_case("refresh"))
        {
            self.content = self.content.take().or_else(|| attribute(tag, "content").map(str::to_owned));
        }
    }

    fn token(&mut self, token: &Token) {
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => self.start(tag),
            Token::TagToken(tag) if self.hidden.as_deref() == Some(&*tag.name) => self.hidden = None,
            Token::CharacterTokens(text) if self.hidden.is_none() => {
                self.text += text.chars().filter(|c| !c.is_whitespace()).count();
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target_of(headers: &[(&str, &str)], page: &str) -> Option<String> {
        let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let response = Response { status: 200, headers, body: page.as_bytes().to_vec(), ..Response::default() };
        target(&response, &Url::parse("https://a.example/x/y").unwrap()).map(String::from)
    }

    #[test]
    fn a_page_that_is_nothing_but_a_refresh_is_followed() {
        let there = Some("https://a.example/x/b".to_owned());
        assert_eq!(target_of(&[], "<META HTTP-EQUIV='Refresh' CONTENT='0; URL=b#top'><p>Wait"), there);
        assert_eq!(target_of(&[("Refresh", "3;url=b")], ""), there);
        assert_eq!(
            target_of(&[], "<base href='/z/'><title>t</title><meta http-equiv=refresh content='0;url=../x/b'>"),
            there
        );
        let article = format!("<meta http-equiv=refresh content='0;url=b'><p>{}", "word ".repeat(200));
        let script = format!("<script>{}</script><meta http-equiv=refresh content='0;url=b'>", "word ".repeat(200));
        assert_eq!(target_of(&[], &article), None, "it has a text of its own");
        assert_eq!(target_of(&[], &script), there, "a script isn't text");
        assert_eq!(target_of(&[], "<noscript><meta http-equiv=refresh content='0;url=b'></noscript>"), None);
        assert_eq!(target_of(&[], "<!-- <meta http-equiv=refresh content='0;url=b'> -->"), None);
        assert_eq!(target_of(&[], "<meta http-equiv=refresh content='300;url=b'>"), None, "too late");
        assert_eq!(target_of(&[], "<meta http-equiv=refresh content='5;url=y'>"), None, "it reloads itself");
        let reload = "<meta http-equiv=refresh content='5;url=y'>";
        assert_eq!(target_of(&[("Set-Cookie", "s=1")], reload).as_deref(), Some("https://a.example/x/y"));
        assert_eq!(target_of(&[], "<meta http-equiv=refresh content='0;url=javascript:x()'>"), None);
    }
}
