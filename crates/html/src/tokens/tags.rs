//! Tags with their attributes. An element keeps only some attributes: see [`AttributeFilter`].

use super::attributes::{AttributeFilter, MAX_ATTRIBUTES, read_name};
use super::references::{ReferenceIn, decode};
use super::{ContentModel, Tokenizer, is_space};
use crate::element_kind::is_formatting;
use html5ever::{
    Attribute, LocalName, QualName, ns,
    tendril::StrTendril,
    tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult},
};
use memchr::{memchr, memchr2};
use std::ops::Range;

/// Attributes that memory is reserved for at first. Most elements keep one or two.
const USUAL_ATTRIBUTES: usize = 2;

impl<S: TokenSink> Tokenizer<'_, S> {
    /// What begins with the `<` at the current offset.
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

    /// A tag whose name begins at `from`. A tag that the end of the page cuts off is ignored.
    pub(super) fn tag(&mut self, kind: TagKind, from: usize) {
        let (end, spelling) = self.name_end(from, ENDS_TAG_NAME);
        let name = self.name(from..end, spelling, |name| LocalName::from(name));
        let filter = match kind {
            TagKind::EndTag => AttributeFilter::None,
            TagKind::StartTag if is_formatting(&name) => AttributeFilter::All,
            TagKind::StartTag => self.attributes,
        };
        self.at = end;
        let mut attrs = Vec::new();
        let Some(self_closing) = self.read_attributes(filter, &mut attrs) else {
            self.at = self.page.len();
            return;
        };
        let raw_name = (kind == TagKind::StartTag).then(|| name.clone());
        let tag = Tag { kind, name, self_closing, attrs, had_duplicate_attributes: false };
        match self.sink.process_token(Token::TagToken(tag), self.line_of(from)) {
            TokenSinkResult::RawData(kind) => {
                if let Some(name) = raw_name {
                    self.content = ContentModel::Raw(kind, name);
                }
            }
            TokenSinkResult::Plaintext => self.content = ContentModel::Plain,
            TokenSinkResult::Continue | TokenSinkResult::Script(_) | TokenSinkResult::EncodingIndicator(_) => {}
        }
    }

    /// Reads attributes and the end of the tag. Returns whether the tag closes itself; `None` if the page ends first.
    fn read_attributes(&mut self, filter: AttributeFilter, attrs: &mut Vec<Attribute>) -> Option<bool> {
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
                _ => self.attribute(filter, attrs)?,
            }
        }
    }

    /// Reads an attribute. Returns `None` if the page ends in it.
    fn attribute(&mut self, filter: AttributeFilter, attrs: &mut Vec<Attribute>) -> Option<()> {
        let from = self.at;
        let (end, mut spelling) = self.name_end(from + 1, ENDS_ATTRIBUTE_NAME); // a name may begin with `=`
        if end >= self.page.len() {
            return None;
        }
        if self.byte(from).is_some_and(|byte| class(byte) & REWRITTEN != 0) {
            spelling = Spelling::Rewritten;
        }
        let name = match filter {
            AttributeFilter::None => None,
            AttributeFilter::All if attrs.len() < MAX_ATTRIBUTES => {
                Some(self.name(from..end, spelling, |name| LocalName::from(name)))
            }
            AttributeFilter::Read | AttributeFilter::All => self.name(from..end, spelling, read_name),
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
                attrs.reserve_exact(USUAL_ATTRIBUTES);
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

    /// Reads a value; it is empty unless it is wanted. Returns `None` if the page ends in it.
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
        decode(raw, ReferenceIn::Attribute, &mut value);
        Some(value)
    }

    /// The offset where a name ends, and its spelling.
    fn name_end(&self, from: usize, ends: u8) -> (usize, Spelling) {
        let mut seen = 0;
        for (i, byte) in self.rest(from).iter().enumerate() {
            let class = class(*byte);
            if class & ends != 0 {
                return (from + i, Spelling::of(seen));
            }
            seen |= class;
        }
        (self.page.len(), Spelling::of(seen))
    }

    /// Calls `make` with the name of a tag or an attribute, in lower case and with its NULs replaced.
    fn name<T>(&mut self, range: Range<usize>, spelling: Spelling, make: impl FnOnce(&str) -> T) -> T {
        let Self { page, name_buffer, .. } = self;
        let name = page.get(range).unwrap_or("");
        if spelling == Spelling::Canonical {
            return make(name);
        }
        name_buffer.clear();
        name_buffer.extend(name.chars().map(|c| if c == '\0' { '\u{fffd}' } else { c.to_ascii_lowercase() }));
        make(name_buffer)
    }
}

/// Whether a name is written in the page as its token has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spelling {
    /// It is: in lower case and without NULs.
    Canonical,
    /// It isn't.
    Rewritten,
}

impl Spelling {
    /// The spelling of a name from the classes of its bytes.
    fn of(classes: u8) -> Self {
        if classes & REWRITTEN == 0 { Self::Canonical } else { Self::Rewritten }
    }
}

/// What a byte means in a name or a value: a set of these bits.
const ENDS_TAG_NAME: u8 = 1;
const ENDS_ATTRIBUTE_NAME: u8 = 2;
const ENDS_VALUE: u8 = 4;
/// It is rewritten in a name: a capital letter, a NUL.
const REWRITTEN: u8 = 8;

#[allow(clippy::indexing_slicing, reason = "the compiler checks the indices of a constant")]
static CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0_u8;
    loop {
        classes[byte as usize] = match byte {
            b'>' => ENDS_TAG_NAME | ENDS_ATTRIBUTE_NAME | ENDS_VALUE,
            _ if is_space(byte) => ENDS_TAG_NAME | ENDS_ATTRIBUTE_NAME | ENDS_VALUE,
            b'/' => ENDS_TAG_NAME | ENDS_ATTRIBUTE_NAME,
            b'=' => ENDS_ATTRIBUTE_NAME,
            0 | b'A'..=b'Z' => REWRITTEN,
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
