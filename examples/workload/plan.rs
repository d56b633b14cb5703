//! What each capture is. It follows from the seed and the capture's number alone, so that a batch of 1,000 is the beginning
//! of one of 100,000 with as many hosts, and any capture can be made again when a later one repeats it.

use crate::words::{Dice, language_at, place_of, tag_at};

/// Shares of all captures, in ten-thousandths. What is left are pages of their own.
const PDF: usize = 1_500;
const BROKEN: usize = 500;
/// The same page, byte for byte, at another address.
const EXACT: usize = 300;
/// The same text but for a few words, at another address.
const NEAR: usize = 300;
/// The same address again: half of them as it was, half with a word changed here and there and a paragraph more.
const AGAIN: usize = 500;
/// Pages of megabytes.
const GIANT: usize = 5;
/// Hosts that have each page in three languages, in percent.
const MULTILINGUAL: u64 = 15;
/// How far a repeat looks back for a page of its own before it becomes one itself.
const LOOK_BACK: u64 = 50;

/// What is wrong with a broken capture, and its share among them in percent.
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
    /// Less of the body than the server announced.
    TruncatedBody,
    /// `Content-Encoding: gzip`, and the member breaks off.
    CutCoding,
    Garbage,
    Empty,
    /// Thousands of elements inside each other.
    Nested,
    CutPdf,
    /// Some bytes of it are others.
    DamagedPdf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Html,
    Exact,
    Near,
    AgainSame,
    AgainChanged,
    Giant,
    Pdf,
    PdfExact,
    Broken(Fault),
}

/// A text to make: the same recipe gives the same bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recipe {
    pub(crate) host: usize,
    /// Which of a multilingual host's three languages; 0 elsewhere.
    pub(crate) version: usize,
    /// Names the page on its host: even for pages in three languages, which share it.
    pub(crate) page: u64,
    /// Seed of the words.
    pub(crate) text: u64,
    /// Seed of the words that are others than in the page that it repeats.
    pub(crate) edited: Option<u64>,
}

/// A capture to make.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) kind: Kind,
    pub(crate) body: Recipe,
    /// Where it stands: host, and page of the host.
    pub(crate) at: (usize, u64),
}

/// A host: its language or its three.
#[derive(Debug, Clone)]
pub(crate) struct Host {
    pub(crate) name: String,
    pub(crate) languages: Vec<usize>,
}

pub(crate) struct Plans {
    seed: u64,
    html_only: bool,
    pub(crate) hosts: Vec<Host>,
    /// Sums of the hosts' weights, from 0 to 1: few are large, most are small.
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

    /// The capture of this number.
    pub(crate) fn of(&self, number: u64) -> Plan {
        let mut dice = Dice::of(&[self.seed, 1, number]);
        let mut share = dice.below(10_000);
        if self.html_only {
            share = (PDF + BROKEN) + share * (10_000 - PDF - BROKEN) / 10_000;
        }
        let own = self.own(number);
        let plain = Plan { kind: Kind::Html, body: own, at: (own.host, own.page) };
        // An address that is nobody else's, for a page that stands elsewhere too.
        let other = 2 * number + 1;
        let ends = [BROKEN, PDF, EXACT, NEAR, AGAIN, GIANT].into_iter().scan(0, |sum, part| {
            *sum += part;
            Some(*sum)
        });
        match ends.take_while(|end| share >= *end).count() {
            0 => Plan { kind: Kind::Broken(fault(dice.below(100))), ..plain },
            1 if dice.below(100) < 5 => {
                self.earlier(number, &mut dice, Kind::Pdf).map_or(Plan { kind: Kind::Pdf, ..plain }, |body| Plan {
                    kind: Kind::PdfExact,
                    body,
                    at: (own.host, other),
                })
            }
            1 => Plan { kind: Kind::Pdf, ..plain },
            place @ 2..=4 => match self.earlier(number, &mut dice, Kind::Html) {
                None => plain,
                Some(body) if place == 2 => Plan { kind: Kind::Exact, body, at: (own.host, other) },
                Some(body) if place == 3 => {
                    Plan { kind: Kind::Near, body: Recipe { edited: Some(own.text), ..body }, at: (body.host, other) }
                }
                Some(body) if dice.below(2) == 0 => Plan { kind: Kind::AgainSame, body, at: (body.host, body.page) },
                Some(body) => Plan {
                    kind: Kind::AgainChanged,
                    body: Recipe { edited: Some(own.text), ..body },
                    at: (body.host, body.page),
                },
            },
            5 => Plan { kind: Kind::Giant, ..plain },
            _ => plain,
        }
    }

    /// A page of its own for this number. Three captures in a row belong together where the host has three languages.
    fn own(&self, number: u64) -> Recipe {
        let group = number / 3;
        let mut dice = Dice::of(&[self.seed, 2, group]);
        let together = self.host_at(dice.share());
        let text = Dice::of(&[self.seed, 4, number]).next();
        if self.hosts[together].languages.len() > 1 {
            let version = (number % 3) as usize;
            return Recipe { host: together, version, page: 2 * group, text, edited: None };
        }
        let host = (0_u64..100).map(|round| self.host_at(Dice::of(&[self.seed, 3, number, round]).share()));
        let alone = host.into_iter().find(|h| self.hosts[*h].languages.len() == 1).unwrap_or(together);
        Recipe { host: alone, version: 0, page: 2 * number + 1, text, edited: None }
    }

    /// A page of its own before this number.
    fn earlier(&self, number: u64, dice: &mut Dice, kind: Kind) -> Option<Recipe> {
        let from = dice.next() % number.max(1);
        let mut back = (from.saturating_sub(LOOK_BACK)..=from).rev().filter(|n| *n < number);
        back.find_map(|n| self.is_own(n, kind).then(|| self.own(n)))
    }

    /// Whether `of` gives a page of this kind, without asking for what it repeats.
    fn is_own(&self, number: u64, kind: Kind) -> bool {
        let mut dice = Dice::of(&[self.seed, 1, number]);
        let share = dice.below(10_000);
        if self.html_only {
            return (PDF + BROKEN) + share * (10_000 - PDF - BROKEN) / 10_000
                >= PDF + BROKEN + EXACT + NEAR + AGAIN + GIANT;
        }
        match kind {
            Kind::Pdf => (BROKEN..BROKEN + PDF).contains(&share) && dice.below(100) >= 5,
            _ => share >= PDF + BROKEN + EXACT + NEAR + AGAIN + GIANT,
        }
    }

    fn host_at(&self, share: f64) -> usize {
        self.sums.partition_point(|sum| *sum < share).min(self.hosts.len() - 1)
    }

    /// The address of a page of a host, in one of its languages.
    pub(crate) fn address(&self, (host, page): (usize, u64), version: usize, kind: Kind) -> String {
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
