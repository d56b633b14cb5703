//! Reads XML that need not be well-formed: the elements in the order in which they end.
//!
//! Prefixes of namespaces are resolved, character references and the entities that the document itself declares are
//! expanded, and addresses are resolved against `xml:base`. Nothing outside the document is loaded.

use crate::links::LONGEST;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;
use url::Url;

/// The limit on nested elements. Lists have five levels, and mark-up in the texts of feeds a few more.
const MOST_LEVELS: usize = 256;

/// The limit on steps in expanding the entities that a document declares. Each reference is one; a bomb has billions.
const MOST_EXPANSIONS: usize = 10_000;

/// An element that has ended.
#[derive(Debug)]
pub(super) struct Element {
    /// Name without prefix, in lower case.
    pub(super) name: String,
    /// Its namespace; an undeclared prefix stands for itself.
    pub(super) namespace: String,
    /// Names without prefix, in lower case.
    attributes: Vec<(String, String)>,
    /// Its own text, without that of the elements in it.
    pub(super) text: String,
    /// What addresses in it are relative to.
    pub(super) base: Rc<Url>,
}

impl Element {
    /// The value of an attribute.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// What is known of a document after it was read.
#[derive(Debug, Default)]
pub(super) struct Document {
    /// Names of the elements that began and did not end, without those that another end implied.
    pub(super) open: Vec<String>,
    /// Name of its first element.
    pub(super) first: Option<String>,
    /// Why it could not be read to its end.
    pub(super) fault: Option<String>,
}

/// Reads a document and calls `ended` with each element that ends and its parent.
pub(super) fn read(text: &str, from: &Url, mut ended: impl FnMut(&Element, Option<&Element>)) -> Document {
    let text = with_stray_signs_escaped(text);
    let mut reader = NsReader::from_str(&text);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    config.expand_empty_elements = true;
    let mut document = Document::default();
    let mut entities = Entities::default();
    let mut open: Vec<Element> = Vec::new();
    loop {
        let (namespace, event) = match reader.read_resolved_event() {
            Ok((_, Event::Eof)) => break,
            Ok((namespace, event)) => (namespace, event),
            // The tag was read; only its prefixes mean nothing.
            Err(quick_xml::Error::Namespace(_)) => continue,
            Err(error) => {
                document.fault = Some(error.to_string());
                break;
            }
        };
        match event {
            Event::Start(start) => {
                let base = open.last().map_or_else(|| Rc::new(from.clone()), |parent| Rc::clone(&parent.base));
                let element = element(&start, &namespace, base, &entities);
                document.first.get_or_insert_with(|| element.name.clone());
                open.push(element);
            }
            Event::End(end) => close(&mut open, &name_of(end.local_name().as_ref()), &mut ended),
            Event::Text(text) => push(&mut open, &String::from_utf8_lossy(&text)),
            Event::CData(text) => push(&mut open, &String::from_utf8_lossy(&text)),
            Event::GeneralRef(name) => push(&mut open, &entities.resolve(&String::from_utf8_lossy(&name))),
            Event::DocType(declared) => entities.declare(&String::from_utf8_lossy(&declared)),
            Event::Empty(_) | Event::Eof | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
        if open.len() > MOST_LEVELS {
            document.fault = Some(format!("more than {MOST_LEVELS} elements are nested"));
            break;
        }
    }
    document.open = open.into_iter().map(|element| element.name).collect();
    document
}

/// Escapes each `<` that begins no mark-up. Titles such as `5 < 6` would hide what follows them.
fn with_stray_signs_escaped(text: &str) -> Cow<'_, str> {
    let begins_markup =
        |rest: &str| rest.starts_with(|c: char| c.is_alphabetic() || matches!(c, '/' | '!' | '?' | '_'));
    let pieces: Vec<&str> = text.split_inclusive('<').collect();
    let stray = pieces.windows(2).filter(|pair| matches!(pair, [_, next] if !begins_markup(next))).count();
    if stray == 0 {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + stray * 3);
    let mut pieces = pieces.into_iter().peekable();
    while let Some(piece) = pieces.next() {
        match (piece.strip_suffix('<'), pieces.peek()) {
            (Some(before), Some(next)) if !begins_markup(next) => {
                out.push_str(before);
                out.push_str("&lt;");
            }
            _ => out.push_str(piece),
        }
    }
    Cow::Owned(out)
}

fn name_of(name: &[u8]) -> String {
    String::from_utf8_lossy(name).to_lowercase()
}

/// The element of a start tag. `base` is that of its parent.
fn element(start: &BytesStart<'_>, namespace: &ResolveResult<'_>, base: Rc<Url>, entities: &Entities) -> Element {
    let mut attributes = Vec::new();
    let mut base = base;
    for attribute in start.html_attributes().with_checks(false).flatten() {
        let value = entities.expand(&String::from_utf8_lossy(&attribute.value));
        if attribute.key.as_ref() == b"xml:base" {
            base = base.join(value.trim()).map_or(base, Rc::new);
        } else {
            attributes.push((name_of(attribute.key.local_name().as_ref()), value));
        }
    }
    let namespace = match namespace {
        ResolveResult::Bound(namespace) => String::from_utf8_lossy(namespace.as_ref()).into_owned(),
        ResolveResult::Unknown(prefix) => String::from_utf8_lossy(prefix).into_owned(),
        ResolveResult::Unbound => String::new(),
    };
    Element { name: name_of(start.local_name().as_ref()), namespace, attributes, text: String::new(), base }
}

/// Ends the innermost element of this name, and those in it that lack their own end. An end without a start is ignored.
fn close(open: &mut Vec<Element>, name: &str, ended: &mut impl FnMut(&Element, Option<&Element>)) {
    let Some(at) = open.iter().rposition(|element| element.name == name) else { return };
    while open.len() > at {
        if let Some(element) = open.pop() {
            ended(&element, open.last());
        }
    }
}

/// Adds text to the innermost element, up to what makes it longer than any address.
fn push(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut().filter(|element| element.text.len() <= LONGEST) {
        element.text.push_str(text);
    }
}

/// The entities that a document declares, expanded.
#[derive(Debug, Default)]
struct Entities {
    values: BTreeMap<String, String>,
}

impl Entities {
    /// Reads the declarations in a document type. Parameter entities and those in other files are left out.
    fn declare(&mut self, document_type: &str) {
        let mut raw = BTreeMap::new();
        for declaration in document_type.split("<!ENTITY").skip(1) {
            let Some((name, rest)) = declaration.trim_start().split_once(char::is_whitespace) else { continue };
            let rest = rest.trim_start();
            let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) else { continue };
            let value = rest.get(1..).and_then(|rest| rest.split_once(quote)).map(|(value, _)| value);
            value.map(|value| raw.entry(name).or_insert(value));
        }
        let mut steps = MOST_EXPANSIONS;
        for (name, value) in &raw {
            let mut out = String::new();
            if expand_nested(value, &raw, &mut out, &mut steps) {
                self.values.insert((*name).to_owned(), out);
            }
        }
    }

    /// What a reference stands for, without its `&` and `;`. One that nothing declares stands for itself.
    fn resolve(&self, name: &str) -> String {
        match predefined(name) {
            Some(sign) => sign.to_string(),
            None => self.values.get(name).cloned().unwrap_or_else(|| format!("&{name};")),
        }
    }

    /// Expands the references in the value of an attribute.
    fn expand(&self, value: &str) -> String {
        let mut out = String::new();
        let mut rest = value;
        while let Some((before, after)) = rest.split_once('&') {
            out.push_str(before);
            rest = after;
            if let Some((name, after)) = after.split_once(';').filter(|(name, _)| is_reference(name)) {
                out.push_str(&self.resolve(name));
                rest = after;
            } else {
                out.push('&');
            }
            if out.len() > LONGEST {
                break;
            }
        }
        out.push_str(rest);
        out
    }
}

/// Appends a declared value with the references in it expanded. Returns false if that takes too many steps or makes it
/// longer than any address.
fn expand_nested(value: &str, raw: &BTreeMap<&str, &str>, out: &mut String, steps: &mut usize) -> bool {
    /// The limit on declarations that refer to each other.
    const MOST_NESTED: usize = 16;
    let mut pending = vec![value];
    while let Some(rest) = pending.pop() {
        if *steps == 0 || pending.len() > MOST_NESTED || out.len() > LONGEST {
            return false;
        }
        *steps -= 1;
        let Some((before, after)) = rest.split_once('&') else {
            out.push_str(rest);
            continue;
        };
        out.push_str(before);
        let Some((name, after)) = after.split_once(';').filter(|(name, _)| is_reference(name)) else {
            out.push('&');
            pending.push(after);
            continue;
        };
        pending.push(after);
        match (predefined(name), raw.get(name)) {
            (Some(sign), _) => out.push(sign),
            (None, Some(value)) => pending.push(value),
            (None, None) => out.extend(["&", name, ";"]),
        }
    }
    out.len() <= LONGEST
}

fn is_reference(name: &str) -> bool {
    !name.is_empty() && name.len() <= 64 && name.chars().all(|c| c.is_alphanumeric() || "#_-.:".contains(c))
}

/// The character that a reference by number, or one of the five of XML, stands for.
fn predefined(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16),
            None => number.parse(),
        };
        return code.ok().and_then(char::from_u32);
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => return None,
    })
}
