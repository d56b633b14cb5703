//! Differential tests: the tokens and the trees equal those of html5ever's own tokenizer.

use super::*;
use crate::element_kind::is_formatting;
use crate::parse::DepthLimiter;
use crate::token_stream::raw_text;
use crate::tree::{NodeData, NodeId, Tree};
use crate::tree_sink::ArenaSink;
use html5ever::{
    Attribute, TokenizerResult,
    buffer_queue::BufferQueue,
    interface::TreeSink as _,
    tokenizer::{Doctype, TagKind, TokenSinkResult, Tokenizer as Reference, TokenizerOpts},
};
use proptest::prelude::*;
use std::{cell::RefCell, path::Path};

/// A token as far as both tokenizers must agree: text is joined, comments have no text, and attributes that nothing
/// reads are left out.
#[derive(Debug, PartialEq)]
enum Seen {
    Text(String),
    Null,
    Tag(TagKind, String, Vec<(String, String)>, bool),
    Comment,
    Doctype(Doctype),
    End,
}

fn kept(name: &LocalName, attrs: &[Attribute]) -> Vec<(String, String)> {
    let attrs = attrs.iter().filter(|a| is_formatting(name) || attributes::read_name(&a.name.local).is_some());
    attrs.map(|a| (a.name.local.to_string(), a.value.to_string())).collect()
}

/// Records the tokens.
#[derive(Default)]
struct Recorder {
    seen: RefCell<Vec<Seen>>,
    foreign: bool,
}

impl TokenSink for Recorder {
    type Handle = ();

    fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
        let mut seen = self.seen.borrow_mut();
        match token {
            Token::CharacterTokens(text) => match seen.last_mut() {
                Some(Seen::Text(before)) => before.push_str(&text),
                _ if text.is_empty() => {}
                _ => seen.push(Seen::Text(text.to_string())),
            },
            Token::NullCharacterToken => seen.push(Seen::Null),
            Token::CommentToken(_) => seen.push(Seen::Comment),
            Token::DoctypeToken(doctype) => seen.push(Seen::Doctype(doctype)),
            Token::EOFToken => seen.push(Seen::End),
            Token::ParseError(_) => {}
            Token::TagToken(tag) => {
                let attrs = if tag.kind == TagKind::StartTag { kept(&tag.name, &tag.attrs) } else { Vec::new() };
                seen.push(Seen::Tag(tag.kind, tag.name.to_string(), attrs, tag.self_closing));
                if tag.kind == TagKind::StartTag {
                    return raw_text(&tag.name);
                }
            }
        }
        TokenSinkResult::Continue
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.foreign
    }
}

/// Forwards all tokens but parse errors. They are no tokens in the standard, but html5ever's tree builder counts them
/// as such: after `<pre></>` it keeps a line feed.
struct Silent<S>(S);

impl<S: TokenSink> TokenSink for Silent<S> {
    type Handle = S::Handle;

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<S::Handle> {
        match token {
            Token::ParseError(_) => TokenSinkResult::Continue,
            token => self.0.process_token(token, line),
        }
    }

    fn end(&self) {
        self.0.end();
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.0.adjusted_current_node_present_but_not_in_html_namespace()
    }
}

fn reference<S: TokenSink>(text: &str, sink: S) -> S {
    let tokenizer = Reference::new(Silent(sink), TokenizerOpts::default());
    let queue = BufferQueue::default();
    queue.push_back(StrTendril::from_slice(text));
    while !matches!(tokenizer.feed(&queue), TokenizerResult::Done) {}
    tokenizer.end();
    tokenizer.sink.0
}

fn lines(tree: &Tree) -> Vec<String> {
    let mut lines = Vec::new();
    let mut next = tree.first_child(NodeId::ROOT);
    while let Some(at) = next {
        let depth = std::iter::successors(tree.parent(at), |&up| tree.parent(up)).count();
        let node = tree.node(at).unwrap();
        lines.push(match &node.data {
            NodeData::Other => format!("{depth} -"),
            NodeData::Text(text) => format!("{depth} {:?}", &**text),
            NodeData::Element { name, attrs } => {
                format!("{depth} <{:?}:{name} {:?}>", node.ns, kept(name, attrs))
            }
        });
        next = tree.first_child(at).or_else(|| tree.after_subtree(at, NodeId::ROOT));
    }
    lines
}

fn check(page: &str) {
    for foreign in [false, true] {
        let ours = Recorder { foreign, ..Recorder::default() };
        tokenize(page, &ours, Lines::Ignored, AttributeFilter::Read);
        let theirs = reference(page, Recorder { foreign, ..Recorder::default() });
        assert_eq!(ours.seen.into_inner(), theirs.seen.into_inner(), "{page:?}");
    }
    let ours = DepthLimiter::new(ArenaSink::new(page.len(), AttributeFilter::Read));
    tokenize(page, &ours, Lines::Ignored, AttributeFilter::Read);
    let theirs = reference(page, DepthLimiter::new(ArenaSink::new(page.len(), AttributeFilter::Read)));
    let ((ours, deep), (theirs, too_deep)) = (ours.into_sink(), theirs.into_sink());
    assert_eq!(deep, too_deep);
    assert_eq!(lines(&ours.finish()), lines(&theirs.finish()), "{page:?}");
}

/// Pieces of markup, whole and broken.
const PIECES: &[&str] = &[
    "<",
    ">",
    "/",
    "=",
    "\"",
    "'",
    "&",
    "-",
    "!",
    "?",
    "]",
    "\0",
    "\r",
    "\n",
    "\r\n",
    "\t",
    "\u{c}",
    " ",
    "a",
    "Z",
    "é",
    "й",
    "文",
    "</",
    "<!",
    "<?",
    "</>",
    "<a",
    "<a ",
    "<A HREF=",
    "<p>",
    "</p>",
    "<p/>",
    "<br/ >",
    "<div",
    "<div class=\"x",
    "<div id='y' ID=z>",
    "</div a=b c>",
    "<b x=1 y=\"2\">",
    "</b>",
    "<i>",
    "</i>",
    "<!--",
    "-->",
    "--!>",
    "--",
    "<!-->",
    "<!--->",
    "<!doctype html>",
    "<!DOCTYPE",
    " PUBLIC",
    " system \"x\"",
    "<!doctype a public '-//W3C//DTD",
    "<![CDATA[",
    "]]>",
    "<svg>",
    "</svg>",
    "<math><mi>",
    "</math>",
    "<title>",
    "</title>",
    "</TITLE ",
    "<textarea>",
    "</textarea>",
    "<style>",
    "</style/",
    "<script>",
    "</script>",
    "</script",
    "<script",
    "</scripty>",
    "<xmp>",
    "</xmp>",
    "<noframes>",
    "<plaintext>",
    "<pre>",
    "<table>",
    "<tr>",
    "<td>",
    "</table>",
    "<select><option>",
    "<template>",
    "</template>",
    "<frameset>",
    "&amp;",
    "&amp",
    "&copy=",
    "&notit;",
    "&notin",
    "&#65;",
    "&#x41",
    "&#",
    "&#x",
    "&#0;",
    "&#150;",
    "&#13;",
    "&nGt;",
    "&CounterClockwiseContourIntegral;",
    "=\"&amp=",
    "='&lt;'",
    " =",
    " a=b",
    " href=\"u\"",
    "<input type=hidden value>",
    "<li>",
    "<h1>",
    "</h2>",
    "</br>",
    "<form>",
    "</form>",
    "<body class=c>",
    "<html lang=tg>",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_markup_has_html5evers_tokens_and_tree(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40)) {
        check(&pieces.concat());
    }
}

#[test]
fn odd_markup_has_html5evers_tokens_and_tree() {
    let cases = include_str!("odd.txt").split_terminator('\n');
    let mut checked = 0;
    for case in cases {
        let page = case.replace("␀", "\0").replace("␍", "\r").replace("␊", "\n").replace("␌", "\u{c}");
        check(&page);
        check(&format!("<!doctype html><p>{page}"));
        checked += 1;
    }
    assert!(checked > 100, "{checked}");
}

#[test]
fn only_a_byte_order_mark_at_the_start_of_the_page_is_no_text() {
    let recorder = Recorder::default();
    tokenize("\u{feff}a<p>\u{feff}b", &recorder, Lines::Ignored, AttributeFilter::Read);
    let seen = recorder.seen.into_inner();
    assert_eq!(seen.first(), Some(&Seen::Text("a".to_owned())));
    assert_eq!(seen.get(2), Some(&Seen::Text("\u{feff}b".to_owned())));
}

#[test]
fn each_prefix_of_a_page_has_html5evers_tokens_and_tree() {
    let page = "<!DOCTYPE html PUBLIC \"-//W3C\" 'x'><a href=\"?a&amp;b\" c=d>é&nbsp;<!--x--!><script><!--<script>\
        </script>--></script><title>&lt;</title ><svg><![CDATA[x]]></svg><textarea>\n</textarea></a><?x?></>\0&#x41;";
    for prefix in (0..=page.len()).filter_map(|end| page.get(..end)) {
        check(prefix);
    }
}

#[test]
fn the_demonstration_pages_have_html5evers_tokens_and_trees() {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../raw/demo.warc.gz");
    let mut reader = sanad_warc::Reader::open(&demo, "demo.warc.gz", 64 << 20).unwrap();
    let mut checked = 0;
    while let Some(entry) = reader.next_entry() {
        if let sanad_warc::Entry::Capture(capture) = entry
            && let Ok(text) = std::str::from_utf8(&capture.body)
            && text.contains("<body")
        {
            check(text);
            checked += 1;
        }
    }
    assert!(checked > 30, "{checked}");
}

/// `SANAD_PAGES=DIR cargo test --release pages_of_a_folder -- --ignored` checks any collection of pages.
#[test]
#[ignore = "reads the folder that SANAD_PAGES names"]
fn the_pages_of_a_folder_have_html5evers_tokens_and_trees() {
    let mut folders = vec![std::path::PathBuf::from(std::env::var("SANAD_PAGES").unwrap())];
    let mut checked = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let mut bytes = std::fs::read(&path).unwrap();
            if path.extension().is_some_and(|e| e == "gz") {
                let mut plain = Vec::new();
                std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&*bytes), &mut plain).unwrap();
                bytes = plain;
            }
            check(&String::from_utf8_lossy(&bytes));
            checked += 1;
        }
    }
    assert!(checked > 0);
}
