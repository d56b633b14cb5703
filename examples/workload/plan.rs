//! Decides what each capture is, from the seed and the capture's number alone. So a batch of 1,000 is the beginning of
//! a batch of 100,000 with the same number of hosts, and any capture can be generated again when a later one repeats
//! it.

use crate::words::{Dice, language_at, place_of, tag_at};

/// PDFs. This and the following shares are ten-thousandths of all captures; the rest are unique pages.
const PDF: usize = 1_500;
/// Broken captures.
const BROKEN: usize = 500;
/// The same page, byte for byte, at another address.
const EXACT: usize = 300;
/// The same text except for a few words, at another address.
const NEAR: usize = 300;
/// The same address again: half of them unchanged, half with some changed words and one more paragraph.
const REFETCH: usize = 500;
/// Pages of megabytes.
const GIANT: usize = 5;
/// Percentage of hosts that have each page in three languages.
const MULTILINGUAL: u64 = 15;
/// How many captures a repeat looks back for a unique page; without one it becomes a unique page itself.
const LOOK_BACK: u64 = 50;

/// The faults of broken captures, each with its share of them in percent.
pub(crate) const FAULTS: &[(Fault, usize)] = &[
    (Fault::NotFound, 22),
    (Fault::ServerError, 8),
    (Fault::SoftNotFound, 12),
    (Fault::WrongType, 12),
    (Fault::TruncatedBody, 12),
    (Fault::CutCoding, 6),
    (Fault::Garbage, 8),
    (Fault::Empty, 8),
    (Fault::Nested, 2),
    (Fault::CutPdf, 5),
    (Fault::DamagedPdf, 5),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    NotFound,
    ServerError,
    /// An error page with status 200.
    SoftNotFound,
    /// A page served as a PDF, or as an image.
    WrongType,
    /// A body that is shorter than its `Content-Length`.
    TruncatedBody,
    /// `Content-Encoding: gzip`, and the member is cut off.
    CutCoding,
    Garbage,
    Empty,
    /// Thousands of nested elements.
    Nested,
    CutPdf,
    /// Some bytes are replaced.
    DamagedPdf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Html,
    Exact,
    Near,
    RefetchSame,
    RefetchChanged,
    Giant,
    Pdf,
    PdfExact,
    Broken(Fault),
}

/// A body to generate: the same recipe yields the same bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recipe {
    pub(crate) host: usize,
    /// Index of the language on a multilingual host; 0 elsewhere.
    pub(crate) version: usize,
    /// Number of the page on its host: even for pages in three languages, which share it, else odd.
    pub(crate) page: u64,
    /// Seed of the words.
    pub(crate) text: u64,
    /// Seed of the words that differ from the page that this one repeats.
    pub(crate) edit_seed: Option<u64>,
}

/// A page by its host and its number there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PagePlace {
    pub(crate) host: usize,
    pub(crate) page: u64,
}

/// A capture to generate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) kind: Kind,
    pub(crate) body: Recipe,
    /// The page whose address it has.
    pub(crate) at: PagePlace,
}

/// A host with its one language, or its three.
#[derive(Debug, Clone)]
pub(crate) struct Host {
    pub(crate) name: String,
    pub(crate) languages: Vec<usize>,
}

pub(crate) struct Plans {
    seed: u64,
    html_only: bool,
    pub(crate) hosts: Vec<Host>,
    /// Cumulative weights of the hosts, up to 1: few hosts are large, most are small.
    sums: Vec<f64>,
}

impl Plans {
    pub(crate) fn new(seed: u64, hosts: usize, html_only: bool) -> Self {
        let weights: Vec<f64> = (0..hosts).map(|n| 1.0 / (n as f64 + 3.0).powf(0.85)).collect();
        let whole: f64 = weights.iter().sum();
        let mut sum = 0.0;
        let sums = weights.iter().map(|w| {
            sum += w / whole;
            sum
        });
        Self { seed, html_only, sums: sums.collect(), hosts: (0..hosts).map(|n| host(seed, n)).collect() }
    }

    /// The plan of the capture with this number.
    pub(crate) fn of(&self, number: u64) -> Plan {
        let mut dice = Dice::of(&[self.seed, 1, number]);
        let mut share = dice.below(10_000);
        if self.html_only {
            share = (PDF + BROKEN) + share * (10_000 - PDF - BROKEN) / 10_000;
        }
        let own = self.unique_page(number);
        let plain = Plan { kind: Kind::Html, body: own, at: PagePlace { host: own.host, page: own.page } };
        // A number that no other page has, for a copy of a page with another address.
        let other = 2 * number + 1;
        let ends = [BROKEN, PDF, EXACT, NEAR, REFETCH, GIANT].into_iter().scan(0, |sum, part| {
            *sum += part;
            Some(*sum)
        });
        match ends.take_while(|end| share >= *end).count() {
            0 => Plan { kind: Kind::Broken(fault(dice.below(100))), ..plain },
            1 if dice.below(100) < 5 => {
                self.earlier(number, &mut dice, Kind::Pdf).map_or(Plan { kind: Kind::Pdf, ..plain }, |body| Plan {
                    kind: Kind::PdfExact,
                    body,
                    at: PagePlace { host: own.host, page: other },
                })
            }
            1 => Plan { kind: Kind::Pdf, ..plain },
            place @ 2..=4 => match self.earlier(number, &mut dice, Kind::Html) {
                None => plain,
                Some(body) if place == 2 => {
                    Plan { kind: Kind::Exact, body, at: PagePlace { host: own.host, page: other } }
                }
                Some(body) if place == 3 => Plan {
                    kind: Kind::Near,
                    body: Recipe { edit_seed: Some(own.text), ..body },
                    at: PagePlace { host: body.host, page: other },
                },
                Some(body) if dice.below(2) == 0 => {
                    Plan { kind: Kind::RefetchSame, body, at: PagePlace { host: body.host, page: body.page } }
                }
                Some(body) => Plan {
                    kind: Kind::RefetchChanged,
                    body: Recipe { edit_seed: Some(own.text), ..body },
                    at: PagePlace { host: body.host, page: body.page },
                },
            },
            5 => Plan { kind: Kind::Giant, ..plain },
            _ => plain,
        }
    }

    /// The unique page for this number. On a host with three languages, three consecutive captures are one page.
    fn unique_page(&self, number: u64) -> Recipe {
        let group = number / 3;
        let mut dice = Dice::of(&[self.seed, 2, group]);
        let together = self.host_at(dice.share());
        let text = Dice::of(&[self.seed, 4, number]).next();
        if self.hosts[together].languages.len() > 1 {
            let version = (number % 3) as usize;
            return Recipe { host: together, version, page: 2 * group, text, edit_seed: None };
        }
        let host = (0_u64..100).map(|round| self.host_at(Dice::of(&[self.seed, 3, number, round]).share()));
        let alone = host.into_iter().find(|h| self.hosts[*h].languages.len() == 1).unwrap_or(together);
        Recipe { host: alone, version: 0, page: 2 * number + 1, text, edit_seed: None }
    }

    /// A unique page before this number.
    fn earlier(&self, number: u64, dice: &mut Dice, kind: Kind) -> Option<Recipe> {
        let from = dice.next() % number.max(1);
        let mut back = (from.saturating_sub(LOOK_BACK)..=from).rev().filter(|n| *n < number);
        back.find_map(|n| self.is_unique(n, kind).then(|| self.unique_page(n)))
    }

    /// Returns true if [`Self::of`] plans a unique page of this kind. Unlike `of` it needs no earlier captures.
    fn is_unique(&self, number: u64, kind: Kind) -> bool {
        let mut dice = Dice::of(&[self.seed, 1, number]);
        let share = dice.below(10_000);
        if self.html_only {
            return (PDF + BROKEN) + share * (10_000 - PDF - BROKEN) / 10_000
                >= PDF + BROKEN + EXACT + NEAR + REFETCH + GIANT;
        }
        match kind {
            Kind::Pdf => (BROKEN..BROKEN + PDF).contains(&share) && dice.below(100) >= 5,
            _ => share >= PDF + BROKEN + EXACT + NEAR + REFETCH + GIANT,
        }
    }

    fn host_at(&self, share: f64) -> usize {
        self.sums.partition_point(|sum| *sum < share).min(self.hosts.len() - 1)
    }

    /// The address of a page of a host, in one of its languages.
    pub(crate) fn address(&self, place: PagePlace, version: usize, kind: Kind) -> String {
        let PagePlace { host, page } = place;
        let Host { name, languages } = &self.hosts[host];
        let is_pdf = matches!(kind, Kind::Pdf | Kind::PdfExact | Kind::Broken(Fault::CutPdf | Fault::DamagedPdf));
        let section = ["news", "documents", "press", "about", "decisions"][(page % 5) as usize];
        let end = if is_pdf { ".pdf" } else { "" };
        if languages.len() > 1 {
            return format!("https://{name}/{}/{section}/{page}{end}", tag_at(languages[version % languages.len()]));
        }
        format!("https://{name}/{section}/{page}{end}")
    }
}

fn host(seed: u64, number: usize) -> Host {
    let mut dice = Dice::of(&[seed, 5, number as u64]);
    let multilingual = dice.next() % 100 < MULTILINGUAL;
    let languages = if multilingual {
        ["tg", "ru", "en"].into_iter().filter_map(place_of).collect()
    } else {
        vec![language_at(dice.share())]
    };
    let end = ["tj.example", "example", "gov.example", "org.example", "test"][dice.below(5)];
    Host { name: format!("host-{number:05}.{end}"), languages }
}

fn fault(mut share: usize) -> Fault {
    for (fault, part) in FAULTS {
        if share < *part {
            return *fault;
        }
        share -= part;
    }
    Fault::NotFound
}
