//! Words in class names, ids and roles that say what a part of a page is for.
//!
//! They are evidence for the model and for the name of a rule, never a verdict on their own: a `sidebar` may hold the
//! main text, an `article` may be a teaser.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use std::sync::OnceLock;

/// Number of groups.
pub(crate) const GROUPS: usize = 40;

/// A group and its words. The order of the groups is part of the model's format.
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

/// The bit of the group of this name; 0 where there is none.
pub fn bit(group: &str) -> u64 {
    WORDS.iter().position(|(name, _)| *name == group).map_or(0, |place| 1 << place)
}

struct Finder {
    automaton: Option<AhoCorasick>,
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
            .kind(Some(AhoCorasickKind::DFA)) // some hundred words: a table, one step a byte
            .build(patterns)
            .ok();
        Finder { automaton, groups }
    })
}

/// Longest class attribute that is read, in bytes: real ones have some hundred.
const MAX_BYTES: usize = 2_000;

/// The groups whose words stand in `names`, one bit each. A word counts where it begins a word of the name; words of up
/// to four letters only where they end it too (`ad` is in neither `header` nor `add`).
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
        if begins(before, first) && (hit.len() > 4 || ends(last, after)) {
            let group = finder.groups.get(hit.pattern().as_usize());
            found |= group.map_or(0, |group| 1 << group);
        }
    }
    found
}

fn begins(before: Option<&u8>, first: Option<&u8>) -> bool {
    match (before, first) {
        (None, _) => true,
        (Some(before), Some(first)) => {
            !before.is_ascii_alphabetic() || (before.is_ascii_lowercase() && first.is_ascii_uppercase())
        }
        _ => false,
    }
}

fn ends(last: Option<&u8>, after: Option<&u8>) -> bool {
    match (last, after) {
        (_, None) => true,
        (Some(last), Some(after)) => {
            !after.is_ascii_alphabetic() || *after == b's' || (last.is_ascii_lowercase() && after.is_ascii_uppercase())
        }
        _ => false,
    }
}
