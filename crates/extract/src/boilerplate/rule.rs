//! The rules that drop blocks as boilerplate, and what a dropped block looks like.

/// Defines an enum from one table of variants and names, so that no list of them can miss one.
macro_rules! names {
    ($(#[$about:meta])* $type:ident { $($(#[$doc:meta])* $variant:ident = $name:literal,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $type {
            $($(#[$doc])* $variant,)+
        }

        impl $type {
            /// All of them, ordered by name.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The stable name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

names! {
    /// A rule that drops a block in [`mark`](super::mark()): what decided. Its name is stored in
    /// [`Fate::Drop`](sanad_document::Fate::Drop).
    ///
    /// Other stages have rules of their own that aren't listed here: `site.*` (the rules of a site) and `page.*`
    /// (running heads and the like in PDFs).
    Rule {
        /// The by-line, when only the body is wanted.
        BodyByline = "body.byline",
        /// A caption, when only the body is wanted.
        BodyCaption = "body.caption",
        /// The date line, when only the body is wanted.
        BodyDateLine = "body.date_line",
        /// The title, when only the body is wanted.
        BodyTitle = "body.title",
        /// In a moving line.
        ElementMarquee = "element.marquee",
        /// In an `object`: what a browser shows if it can't show the object itself.
        ElementObject = "element.object",
        /// In a text field, whose content is there to be changed or copied and mostly is code to embed.
        ElementTextarea = "element.textarea",
        /// The page model would keep it, but what stands beside it tells that it is none of the text.
        ModelNeighbours = "model.neighbours",
        /// A caption or heading whose table was dropped.
        ModelOrphan = "model.orphan",
        /// The page model's score is too low.
        ModelScore = "model.score",
        /// A piece of its own that repeats on the pages of its template.
        RepeatTemplate = "repeat.template",
        /// It names the page's languages and nothing else.
        TextLanguageSwitch = "text.language_switch",
    }
}

names! {
    /// The kind of chrome that a dropped block looks like, judging by the names of the elements around it and by its
    /// text. It describes, for people; it never decides.
    LooksLike {
        /// Advertising.
        Advert = "advert",
        /// The path of sections above the page.
        Breadcrumb = "breadcrumb",
        /// A calendar, clock, weather or currency widget.
        Calendar = "calendar",
        /// Readers' comments.
        Comments = "comments",
        /// A cookie or consent notice.
        Cookie = "cookie",
        /// The footer, or a copyright line anywhere.
        Footer = "footer",
        /// Form fields and buttons.
        Form = "form",
        /// A slide show.
        Gallery = "gallery",
        /// Links to the page's other languages.
        LanguageSwitch = "language_switch",
        /// A menu.
        Menu = "menu",
        /// An invitation to subscribe.
        Newsletter = "newsletter",
        /// Text for browsers without scripts.
        Noscript = "noscript",
        /// Links to the next and previous pages.
        Pager = "pager",
        /// Teasers of other pages.
        Related = "related",
        /// A search box.
        Search = "search",
        /// Buttons for sharing the page.
        Share = "share",
        /// A moving line.
        Ticker = "ticker",
    }
}

impl Rule {
    /// Returns true if a rule of this name drops what is part of the site rather than of the page, whatever it looks like.
    pub(crate) fn is_site_chrome(name: &str) -> bool {
        [
            Self::RepeatTemplate,
            Self::ElementMarquee,
            Self::ElementObject,
            Self::ElementTextarea,
            Self::TextLanguageSwitch,
        ]
        .iter()
        .any(|rule| rule.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_listed_in_their_order() {
        assert!(Rule::ALL.is_sorted_by(|a, b| a.as_str() < b.as_str()));
        assert!(LooksLike::ALL.is_sorted_by(|a, b| a.as_str() < b.as_str()));
    }
}
