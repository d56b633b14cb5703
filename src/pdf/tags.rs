//! The structure tree of tagged PDFs: which marked content is a heading, and of which level.
//!
//! Only headings are taken from it, and only where the tree covers the text and calls little of it a heading: many
//! writers tag carelessly. Reading order and artifacts come from geometry and from the marked content itself.

use super::about::catalogue;
use super::sheet::Sheet;
use hayro_syntax::Pdf;
use hayro_syntax::object::{Dict, Name, Object};
use hayro_syntax::page::Page;
use std::collections::HashMap;

/// Elements visited at most; a tagged law of a thousand pages has some hundred thousand.
const MAX_ELEMENTS: usize = 500_000;
/// Steps from a writer's own role to a standard one at most.
const MAX_ROLES: usize = 8;
/// The tree covers at least this share of the letters, in per cent.
const COVERED: usize = 80;
/// Headings hold at most this share of them, in per cent.
const HEADED: usize = 30;

/// The part of marked content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// A heading of a level from 1 to 6.
    Heading(u8),
    /// Anything else.
    Text,
}

/// The parts of a page's marked content by its identifier.
pub(super) type Parts = HashMap<u32, Part>;

/// The parts of each page's marked content.
#[derive(Debug, Default)]
pub(super) struct Tags {
    pages: HashMap<u32, Parts>,
    none: Parts,
}

/// What an element takes over from those around it.
#[derive(Debug, Clone, Copy)]
struct Inherited {
    part: Part,
    page: Option<u32>,
    sections: u8,
}

impl Tags {
    /// Reads the tree, if there is one.
    pub(super) fn read(pdf: &Pdf) -> Self {
        let mut out = Self::default();
        let Some(root) = catalogue(pdf).and_then(|c| c.get::<Dict<'_>>("StructTreeRoot")) else {
            return out;
        };
        let roles = root.get::<Dict<'_>>("RoleMap").unwrap_or_default();
        let mut stack = vec![(root, Inherited { part: Part::Text, page: None, sections: 0 })];
        let mut visited = 0;
        while let Some((element, around)) = stack.pop() {
            visited += 1;
            if visited > MAX_ELEMENTS {
                return Self::default();
            }
            let own = around.entering(&element, &roles);
            for kid in kids(&element) {
                match kid {
                    Object::Number(id) => out.put(own.page, id.as_i64(), own.part),
                    // content of a form is numbered by the form
                    Object::Dict(kid) if kid.contains_key("Stm") => {}
                    Object::Dict(kid) if kid.contains_key("MCID") => {
                        let page = page_of(&kid).or(own.page);
                        out.put(page, kid.get::<i64>("MCID").unwrap_or(-1), own.part);
                    }
                    Object::Dict(kid) => stack.push((kid, own)),
                    _ => {}
                }
            }
        }
        out
    }

    fn put(&mut self, page: Option<u32>, id: i64, part: Part) {
        if let (Some(page), Ok(id)) = (page, u32::try_from(id)) {
            self.pages.entry(page).or_default().insert(id, part);
        }
    }

    /// Those of a page.
    pub(super) fn of(&self, page: &Page<'_>) -> &Parts {
        let id = page.raw().obj_id().and_then(|id| self.pages.get(&id.obj_number));
        id.unwrap_or(&self.none)
    }
}

impl Inherited {
    fn entering(self, element: &Dict<'_>, roles: &Dict<'_>) -> Self {
        let role = role(element, roles);
        let sections = self.sections + u8::from(role == "Sect" && self.sections < 5);
        let part = match (self.part, role.as_str()) {
            (heading @ Part::Heading(_), _) => heading,
            (_, "Title") => Part::Heading(1),
            (_, "H") => Part::Heading(sections.max(1)),
            (_, h) => match h.strip_prefix('H').and_then(|n| n.parse::<u8>().ok()) {
                Some(level) if level > 0 => Part::Heading(level.min(6)),
                _ => Part::Text,
            },
        };
        Self { part, page: page_of(element).or(self.page), sections }
    }
}

fn page_of(element: &Dict<'_>) -> Option<u32> {
    element.get_ref("Pg").map(|r| r.obj_number)
}

/// An element's role, by the file's own names for the standard ones.
fn role(element: &Dict<'_>, roles: &Dict<'_>) -> String {
    let mut role = element.get::<Name<'_>>("S").map(|n| n.as_str().to_owned()).unwrap_or_default();
    for _ in 0..MAX_ROLES {
        match roles.get::<Name<'_>>(&role) {
            Some(next) if next.as_str() != role => next.as_str().clone_into(&mut role),
            _ => break,
        }
    }
    role
}

fn kids<'a>(element: &Dict<'a>) -> Vec<Object<'a>> {
    match element.get::<Object<'_>>("K") {
        Some(Object::Array(list)) => list.iter::<Object<'_>>().take(MAX_ELEMENTS).collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    }
}

/// Forgets the parts of a document whose tree isn't plausible.
pub(super) fn check(sheets: &mut [Sheet]) {
    let (mut all, mut covered, mut headed) = (0, 0, 0);
    for placed in sheets.iter().flat_map(|s| &s.pieces).filter(|p| p.dropped.is_none()) {
        let glyphs = placed.piece.glyphs;
        all += glyphs;
        covered += if placed.piece.part.is_some() { glyphs } else { 0 };
        headed += if matches!(placed.piece.part, Some(Part::Heading(_))) { glyphs } else { 0 };
    }
    if 100 * covered < COVERED * all || 100 * headed > HEADED * all {
        sheets.iter_mut().flat_map(|s| &mut s.pieces).for_each(|p| p.piece.part = None);
    }
}
