//! Tags with their attributes.

use super::references::{Place, decode};
use super::{Content, Tokenizer, is_space};
use crate::element_kind::is_formatting;
use html5ever::{
    Attribute, LocalName, QualName, local_name, ns,
    tendril::StrTendril,
    tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult},
};
use memchr::{memchr, memchr2};

/// Most attributes of an element that keeps all it has; real ones have some dozen, and each is compared with those before it.
const MAX_ATTRIBUTES: usize = 256;

/// What there is room for at first: most elements have one or two that are kept.
const FEW_ATTRIBUTES: usize = 2;

/// Which attributes of a tag are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    /// None: the tree builder reads none of an end tag.
    None,
    /// Those that the walk or the tree builder reads.
    Read,
    /// All: whether two formatting elements are the same decides how the tree builder opens them again.
    All,
}

impl<S: TokenSink> Tokenizer<'_, S> {
    /// What the `<` at the current place begins.
    pub(super) fn markup(&mut self) {
        let open = self.at;
        match self.byte(open + 1) {
            Some(b'!') => self.declaration(open + 2),
            Some(b'?') => self.bogus_comment(open + 1),
            Some(b'/') => match self.byte(open + 2) {
                Some(byte) if byte.is_ascii_alphabetic() => self.tag(TagKind::EndTag, open + 2),
                Some(b'>') => self.at = open + 3,
                _ => self.bogus_comment(open + 2),
            },
            _ => self.tag(TagKind::StartTag, open + 1),
        }
    }

    /// A tag whose name begins at `from`. One that the page's end cuts off is none.
    pub(super) fn tag(&mut self, kind: TagKind, from: usize) {
        let (end, plain) = self.name_end(from, ENDS_TAG_NAME);
        let name = self.name((from, end), plain, |name| LocalName::from(name));
        let kept = match kind {
            TagKind::EndTag => Kept::None,
            TagKind::StartTag if is_formatting(&name) => Kept::All,
            TagKind::StartTag => Kept::Read,
        };
        self.at = end;
        let mut attrs = Vec::new();
        let Some(self_closing) = self.attributes(kept, &mut attrs) else {
            self.at = self.page.len();
            return;
        };
        let raw = (kind == TagKind::StartTag).then(|| name.clone());
        let tag = Tag { kind, name, self_closing, attrs, had_duplicate_attributes: false };
        match self.sink.process_token(Token::TagToken(tag), self.line_of(from)) {
            TokenSinkResult::RawData(kind) => {
                if let Some(name) = raw {
                    self.content = Content::Raw(kind, name);
                }
            }
            TokenSinkResult::Plaintext => self.content = Content::Plain,
            TokenSinkResult::Continue | TokenSinkResult::Script(_) | TokenSinkResult::EncodingIndicator(_) => {}
        }
    }

    /// Reads attributes and the end of the tag; whether the tag closes itself, or none where it doesn't end.
    fn attributes(&mut self, kept: Kept, attrs: &mut Vec<Attribute>) -> Option<bool> {
        loop {
            match self.byte(self.at)? {
                b'>' => {
                    self.at += 1;
                    return Some(false);
                }
                b'/' => {
                    self.at += 1;
                    if self.byte(self.at) == Some(b'>') {
                        self.at += 1;
                        return Some(true);
                    }
                }
                byte if is_space(byte) => self.at += 1,
                _ => self.attribute(kept, attrs)?,
            }
        }
    }

    /// Reads an attribute; none where the page ends in it.
    fn attribute(&mut self, kept: Kept, attrs: &mut Vec<Attribute>) -> Option<()> {
        let from = self.at;
        let (end, mut plain) = self.name_end(from + 1, ENDS_ATTRIBUTE_NAME); // an equals sign may begin a name
        if end >= self.page.len() {
            return None;
        }
        plain &= self.byte(from).is_none_or(|byte| class(byte) & FOLDED == 0);
        let name = match kept {
            Kept::None => None,
            Kept::All if attrs.len() < MAX_ATTRIBUTES => {
                Some(self.name((from, end), plain, |name| LocalName::from(name)))
            }
            Kept::Read | Kept::All => self.name((from, end), plain, read),
        };
        let name = name.filter(|name| !attrs.iter().any(|a| a.name.local == *name));
        self.at = end;
        self.skip_spaces();
        let value = if self.byte(self.at)? == b'=' {
            self.at += 1;
            self.skip_spaces();
            self.value(name.is_some())?
        } else {
            StrTendril::new()
        };
        if let Some(name) = name {
            if attrs.is_empty() {
                attrs.reserve_exact(FEW_ATTRIBUTES);
            }
            attrs.push(Attribute { name: QualName::new(None, ns!(), name), value });
        }
        Some(())
    }

    fn skip_spaces(&mut self) {
        while self.byte(self.at).is_some_and(is_space) {
            self.at += 1;
        }
    }

    /// Reads a value, which is empty where it isn't wanted; none where the page ends in it.
    fn value(&mut self, wanted: bool) -> Option<StrTendril> {
        let (from, end, next) = match self.byte(self.at)? {
            b'>' => return Some(StrTendril::new()),
            quote @ (b'"' | b'\'') => {
                let from = self.at + 1;
                let end = from + memchr(quote, self.rest(from))?;
                (from, end, end + 1)
            }
            _ => {
                let end = self.at + self.rest(self.at).iter().position(|byte| class(*byte) & ENDS_VALUE != 0)?;
                (self.at, end, end)
            }
        };
        self.at = next;
        if !wanted {
            return Some(StrTendril::new());
        }
        let raw = self.str(from, end);
        if memchr2(b'&', 0, raw.as_bytes()).is_none() {
            return Some(self.slice(from, end));
        }
        let mut value = StrTendril::new();
        decode(raw, Place::Attribute, &mut value);
        Some(value)
    }

    /// Where a name ends, and whether it is in lower case already and without NULs.
    fn name_end(&self, from: usize, ends: u8) -> (usize, bool) {
        let mut seen = 0;
        for (i, byte) in self.rest(from).iter().enumerate() {
            let class = class(*byte);
            if class & ends != 0 {
                return (from + i, seen & FOLDED == 0);
            }
            seen |= class;
        }
        (self.page.len(), seen & FOLDED == 0)
    }

    /// A name of a tag or an attribute in lower case, a NUL in it replaced.
    fn name<T>(&mut self, (from, to): (usize, usize), plain: bool, make: impl FnOnce(&str) -> T) -> T {
        let Self { page, folded, .. } = self;
        let name = page.get(from..to).unwrap_or("");
        if plain {
            return make(name);
        }
        folded.clear();
        folded.extend(name.chars().map(|c| if c == '\0' { '\u{fffd}' } else { c.to_ascii_lowercase() }));
        make(folded)
    }
}

/// What a byte does to the name or value it stands in.
const ENDS_TAG_NAME: u8 = 1;
const ENDS_ATTRIBUTE_NAME: u8 = 2;
const ENDS_VALUE: u8 = 4;
/// It is written otherwise in a name: a capital letter, a NUL.
const FOLDED: u8 = 8;

#[allow(clippy::indexing_slicing, reason = "the compiler checks a constant's places")]
static CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0_u8;
    loop {
        classes[byte as usize] = match byte {
            b'>' => ENDS_TAG_NAME | ENDS_ATTRIBUTE_NAME | ENDS_VALUE,
            _ if is_space(byte) => ENDS_TAG_NAME | ENDS_ATTRIBUTE_NAME | ENDS_VALUE,
            b'/' => ENDS_TAG_NAME | ENDS_ATTRIBUTE_NAME,
            b'=' => ENDS_ATTRIBUTE_NAME,
            0 | b'A'..=b'Z' => FOLDED,
            _ => 0,
        };
        if byte == u8::MAX {
            break classes;
        }
        byte += 1;
    }
};

fn class(byte: u8) -> u8 {
    CLASSES.get(usize::from(byte)).copied().unwrap_or(0)
}

/// The name of an attribute that the walk reads, or the tree builder.
pub(super) fn read(name: &str) -> Option<LocalName> {
    Some(match name {
        "alt" => local_name!("alt"),
        "charset" => local_name!("charset"),
        "class" => local_name!("class"),
        "content" => local_name!("content"),
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
        "start" => local_name!("start"),
        "style" => local_name!("style"),
        "title" => local_name!("title"),
        "type" => local_name!("type"),
        "value" => local_name!("value"),
        "xlink:href" => local_name!("xlink:href"),
        _ => return None,
    })
}
