//! Words in class names and ids that say what a part of a page is for.
//!
//! They are evidence for the model and for the name of a rule, never a verdict: a `sidebar` may hold the main text, an
//! `article` may be a teaser.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use std::sync::OnceLock;

/// Number of groups.
pub(crate) const GROUPS: usize = 40;

/// The groups with their words. The order of the groups is part of the model's format.
const WORDS: [(&str, &[&str]); GROUPS] = [
    ("nav", &["nav", "navbar", "navigation", "navi"]),
    ("menu", &["menu", "submenu", "mainmenu", "topmenu"]),
    ("breadcrumb", &["breadcrumb", "crumb", "pathway", "bread"]),
    ("header", &["header", "masthead", "hdr", "logo", "brand", "topbar", "top"]),
    ("footer", &["footer", "foot", "bottom", "colophon", "ftr"]),
    ("copyright", &["copyright", "copy", "legal", "disclaimer", "counter"]),
    ("side", &["sidebar", "side", "aside", "rail", "secondary", "left", "right"]),
    ("widget", &["widget", "module", "mod", "panel", "block", "box"]),
    (
        "share",
        &[
            "share",
            "sharing",
            "social",
            "addthis",
            "sharedaddy",
            "addtoany",
            "follow",
            "facebook",
            "twitter",
            "telegram",
            "soc",
        ],
    ),
    ("comment", &["comment", "disqus", "respond", "feedback", "koment", "komment", "otzyv", "discuss", "guestbook"]),
    ("related", &["related", "recommend", "similar", "also", "more", "readmore", "suggest"]),
    ("latest", &["latest", "recent", "popular", "trending", "top10", "lastnews", "hot"]),
    ("teaser", &["teaser", "promo", "card", "tile", "thumb", "featured", "highlight"]),
    (
        "advert",
        &["ad", "ads", "advert", "adsense", "banner", "sponsor", "sponsored", "reklam", "dfp", "informer", "partner"],
    ),
    ("cookie", &["cookie", "consent", "gdpr", "ccpa", "onetrust"]),
    ("newsletter", &["newsletter", "subscribe", "subscription", "signup", "mailing"]),
    ("search", &["search", "poisk", "suche"]),
    ("login", &["login", "signin", "register", "account", "auth", "profile", "user"]),
    ("date", &["date", "time", "timestamp", "published", "posted", "created", "day", "data"]),
    ("author", &["author", "byline", "writer", "bio", "avtor"]),
    ("caption", &["caption", "credit", "photo", "image", "img", "foto", "picture"]),
    ("meta", &["meta", "info", "details", "stats", "views"]),
    ("tags", &["tag", "tags", "category", "categories", "topic", "label", "keyword"]),
    ("title", &["title", "headline", "heading", "zagolovok", "subtitle"]),
    ("pager", &["pager", "pagination", "paging", "prev", "previous", "next", "pagenav"]),
    ("language", &["lang", "language", "locale", "translate", "translation"]),
    ("content", &["content", "contents", "maincontent", "main", "body", "text", "tekst", "texte", "inhalt"]),
    ("article", &["article", "post", "entry", "story", "news", "blog", "single", "detail", "hentry"]),
    ("gallery", &["gallery", "slider", "carousel", "swiper", "slick", "slide", "slideshow", "lightbox"]),
    ("modal", &["modal", "popup", "overlay", "dialog", "tooltip", "drawer", "toast", "alert", "notice"]),
    ("tool", &["tool", "tools", "toolbar", "print", "btn", "button", "action", "actions", "icon", "cta"]),
    ("list", &["list", "item", "items", "grid", "row", "col", "column"]),
    ("product", &["product", "price", "cart", "shop", "buy", "order", "sku"]),
    ("review", &["review", "reviews", "rating", "testimonial", "vote", "votes", "score"]),
    ("fold", &["tab", "tabs", "accordion", "faq", "toggle", "collapse", "expand", "panel"]),
    (
        "hidden",
        &["hidden", "hide", "sr-only", "screen-reader", "visually-hidden", "offscreen", "skip", "invisible", "none"],
    ),
    ("calendar", &["calendar", "datepicker", "kalendar", "weather", "currency", "clock", "poll"]),
    ("contents", &["toc", "index", "outline"]),
    ("note", &["reference", "references", "footnote", "footnotes", "cite", "quote", "endnote"]),
    (
        "lead",
        &["lead", "summary", "intro", "excerpt", "deck", "standfirst", "description", "abstract", "anons", "desc"],
    ),
];

/// The bit of the group of this name; 0 if there is no such group.
#[must_use]
pub fn bit(group: &str) -> u64 {
    WORDS.iter().position(|(name, _)| *name == group).map_or(0, |place| 1 << place)
}

/// Finds all words at once.
struct Finder {
    automaton: Option<AhoCorasick>,
    /// For each word its group.
    groups: Vec<u8>,
}

fn finder() -> &'static Finder {
    static FINDER: OnceLock<Finder> = OnceLock::new();
    FINDER.get_or_init(|| {
        let mut groups = Vec::new();
        let mut patterns = Vec::new();
        for (group, (_, words)) in (0_u8..).zip(&WORDS) {
            for word in *words {
                groups.push(group);
                patterns.push(*word);
            }
        }
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::LeftmostLongest)
            .kind(Some(AhoCorasickKind::DFA)) // for some hundred words its table is small: one step per byte
            .build(patterns)
            .ok();
        Finder { automaton, groups }
    })
}

/// Bytes of a class attribute that are read. Real ones have some hundred.
const MAX_BYTES: usize = 2_000;

/// Bytes of the longest word that counts only as a whole word.
const SHORT_WORD: usize = 4;

/// The groups whose words occur in `names`, a class attribute or an id: one bit each, see [`bit`].
///
/// A word counts only at the start of a word of the name. Words of up to four letters must also end there, a plural `s`
/// aside: `ad` is in neither `header` nor `add`.
#[must_use]
pub fn groups(names: &str) -> u64 {
    let finder = finder();
    let Some(automaton) = &finder.automaton else {
        return 0;
    };
    let bytes = names.as_bytes();
    let bytes = bytes.get(..MAX_BYTES).unwrap_or(bytes);
    let mut found = 0;
    for hit in automaton.find_iter(bytes) {
        let before = hit.start().checked_sub(1).and_then(|i| bytes.get(i));
        let first = bytes.get(hit.start());
        let after = bytes.get(hit.end());
        let last = hit.end().checked_sub(1).and_then(|i| bytes.get(i));
        if starts_word(before, first) && (hit.len() > SHORT_WORD || ends_word(last, after)) {
            let group = finder.groups.get(hit.pattern().as_usize());
            found |= group.map_or(0, |group| 1 << group);
        }
    }
    found
}

fn starts_word(before: Option<&u8>, first: Option<&u8>) -> bool {
    match (before, first) {
        (None, _) => true,
        (Some(before), Some(first)) => {
            !before.is_ascii_alphabetic() || (before.is_ascii_lowercase() && first.is_ascii_uppercase())
        }
        _ => false,
    }
}

fn ends_word(last: Option<&u8>, after: Option<&u8>) -> bool {
    match (last, after) {
        (_, None) => true,
        (Some(last), Some(after)) => {
            !after.is_ascii_alphabetic() || *after == b's' || (last.is_ascii_lowercase() && after.is_ascii_uppercase())
        }
        _ => false,
    }
}
