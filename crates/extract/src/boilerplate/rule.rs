//! The rules that drop blocks as boilerplate.

/// Defines [`Rule`] from one table of variants and names, so that no list of the rules can miss one.
macro_rules! rules {
    ($($(#[$doc:meta])* $rule:ident = $name:literal,)+) => {
        /// A rule that drops a block in [`mark`](super::mark()). Its name is stored in
        /// [`Fate::Drop`](sanad_document::Fate::Drop).
        ///
        /// Other stages have rules of their own that aren't listed here: `site.*` (the rules of a site) and `page.*`
        /// (running heads and the like in PDFs).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Rule {
            $($(#[$doc])* $rule,)+
        }

        impl Rule {
            /// All rules, ordered by name.
            pub const ALL: &[Self] = &[$(Self::$rule),+];

            /// The stable name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$rule => $name,)+
                }
            }

            /// Returns the rule of this name, or `None` if it belongs to another stage.
            pub(crate) fn from_name(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$rule),)+
                    _ => None,
                }
            }
        }
    };
}

rules! {
    /// The by-line, when only the body is wanted.
    BodyByline = "body.byline",
    /// A caption, when only the body is wanted.
    BodyCaption = "body.caption",
    /// The date line, when only the body is wanted.
    BodyDateLine = "body.date_line",
    /// The title, when only the body is wanted.
    BodyTitle = "body.title",
    /// Advertising.
    ChromeAdvert = "chrome.advert",
    /// The path of sections above the page.
    ChromeBreadcrumb = "chrome.breadcrumb",
    /// A calendar, clock, weather or currency widget.
    ChromeCalendar = "chrome.calendar",
    /// Readers' comments.
    ChromeComments = "chrome.comments",
    /// A cookie or consent notice.
    ChromeCookie = "chrome.cookie",
    /// The footer, or a copyright line anywhere.
    ChromeFooter = "chrome.footer",
    /// Form fields and buttons.
    ChromeForm = "chrome.form",
    /// A slide show.
    ChromeGallery = "chrome.gallery",
    /// Links to the page's other languages.
    ChromeLanguageSwitch = "chrome.language_switch",
    /// A menu.
    ChromeMenu = "chrome.menu",
    /// An invitation to subscribe.
    ChromeNewsletter = "chrome.newsletter",
    /// Text for browsers without scripts.
    ChromeNoscript = "chrome.noscript",
    /// Links to the next and previous pages.
    ChromePager = "chrome.pager",
    /// Teasers of other pages.
    ChromeRelated = "chrome.related",
    /// A search box.
    ChromeSearch = "chrome.search",
    /// Buttons for sharing the page.
    ChromeShare = "chrome.share",
    /// A moving line (`marquee`).
    ChromeTicker = "chrome.ticker",
    /// A caption or heading whose table was dropped.
    ModelOrphan = "model.orphan",
    /// The page model doubts it, and nothing says what it is.
    ModelPage = "model.page",
    /// Repeated on too many pages of the site.
    RepeatSite = "repeat.site",
}

impl Rule {
    /// Whether the dropped block is part of the site rather than of the page.
    pub(crate) fn is_site_chrome(self) -> bool {
        match self {
            Self::ChromeAdvert
            | Self::ChromeBreadcrumb
            | Self::ChromeCalendar
            | Self::ChromeComments
            | Self::ChromeCookie
            | Self::ChromeFooter
            | Self::ChromeForm
            | Self::ChromeGallery
            | Self::ChromeLanguageSwitch
            | Self::ChromeMenu
            | Self::ChromeNewsletter
            | Self::ChromeNoscript
            | Self::ChromePager
            | Self::ChromeRelated
            | Self::ChromeSearch
            | Self::ChromeShare
            | Self::ChromeTicker
            | Self::RepeatSite => true,
            Self::BodyByline
            | Self::BodyCaption
            | Self::BodyDateLine
            | Self::BodyTitle
            | Self::ModelOrphan
            | Self::ModelPage => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Rule;

    #[test]
    fn rules_are_listed_in_the_order_of_their_names_and_found_by_them() {
        assert!(Rule::ALL.is_sorted_by(|a, b| a.as_str() < b.as_str()));
        for rule in Rule::ALL {
            assert_eq!(Rule::from_name(rule.as_str()), Some(*rule));
        }
        assert_eq!(Rule::from_name("page.running_head"), None);
    }

    #[test]
    fn the_site_s_chrome_is_what_the_first_part_of_a_name_says() {
        for rule in Rule::ALL {
            let family = rule.as_str().split('.').next();
            assert_eq!(rule.is_site_chrome(), matches!(family, Some("chrome" | "repeat")), "{rule:?}");
        }
    }
}
