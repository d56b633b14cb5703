//! The structure tree of tagged PDFs: which marked content is a heading, an item of a list, a cell of a table.
//!
//! It is believed only where it covers the text, calls little of it a heading, and begins no items inside sentences: many
//! writers tag carelessly. Reading order and artifacts come from geometry and from the marked content itself.

use crate::doc_info::catalogue;
use crate::list_markers;
use crate::page_layout::Sheet;
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
/// At most one in so many items begins inside a sentence; more, and lines were tagged, not items.
const BROKEN: usize = 5;
/// Columns that one cell may span.
const MAX_SPAN: u16 = 100;

/// The part of marked content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// A heading of a level from 1 to 6.
    Heading(u8),
    /// Text of a list's item.
    Item(Item),
    /// Text of a table's cell.
    Cell(Cell),
    /// Anything else.
    Text,
}

/// A list's item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Item {
    /// Its number among all items of the document.
    pub(super) number: u32,
    /// How many lists it stands in, from 1.
    pub(super) depth: u8,
}

/// A table's cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cell {
    /// The table's number in the document.
    pub(super) table: u32,
    /// Row, from 0.
    pub(super) row: u16,
    /// Column, from 0; the first of those it spans.
    pub(super) column: u16,
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
    lists: u8,
    table: Option<u32>,
}

/// What was counted so far, in the order of the document.
#[derive(Debug, Default)]
struct Counts {
    items: u32,
    tables: u32,
    /// Of each table: rows so far, and columns so far in the last of them.
    filled: HashMap<u32, (u16, u16)>,
}

impl Tags {
    /// Reads the tree, if there is one.
    pub(super) fn read(pdf: &Pdf) -> Self {
        let mut out = Self::default();
        let Some(root) = catalogue(pdf).and_then(|c| c.get::<Dict<'_>>("StructTreeRoot")) else {
            return out;
        };
        let roles = root.get::<Dict<'_>>("RoleMap").unwrap_or_default();
        let outside = Inherited { part: Part::Text, page: None, sections: 0, lists: 0, table: None };
        let mut counts = Counts::default();
        let mut stack = vec![(root, outside)];
        let mut visited = 0;
        while let Some((element, around)) = stack.pop() {
            visited += 1;
            if visited > MAX_ELEMENTS {
                return Self::default();
            }
            let own = around.entering(&element, &roles, &mut counts);
            let below = stack.len();
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
            // the first kid is visited next: items, rows and cells are counted as they are read
            if let Some(kids) = stack.get_mut(below..) {
                kids.reverse();
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
    fn entering(self, element: &Dict<'_>, roles: &Dict<'_>, counts: &mut Counts) -> Self {
        let role = role(element, roles);
        let sections = self.sections + u8::from(role == "Sect" && self.sections < 5);
        let lists = self.lists + u8::from(role == "L" && self.lists < u8::MAX);
        let mut table = self.table;
        let part = match (self.part, role.as_str()) {
            (_, "Table") => {
                counts.tables = counts.tables.saturating_add(1);
                table = Some(counts.tables);
                Part::Text
            }
            (_, "TR") => {
                counts.row(table);
                self.part
            }
            (_, "TD" | "TH") => counts.cell(table, element).map_or(self.part, Part::Cell),
            (own @ (Part::Heading(_) | Part::Cell(_)), _) => own,
            (_, "LI") => {
                counts.items = counts.items.saturating_add(1);
                Part::Item(Item { number: counts.items, depth: lists.max(1) })
            }
            (item @ Part::Item(_), _) => item,
            (_, "Title") => Part::Heading(1),
            (_, "H") => Part::Heading(sections.max(1)),
            (_, h) => match h.strip_prefix('H').and_then(|n| n.parse::<u8>().ok()) {
                Some(level) if level > 0 => Part::Heading(level.min(6)),
                _ => Part::Text,
            },
        };
        Self { part, page: page_of(element).or(self.page), sections, lists, table }
    }
}

impl Counts {
    fn row(&mut self, table: Option<u32>) {
        if let Some(table) = table {
            let (rows, columns) = self.filled.entry(table).or_default();
            *rows = rows.saturating_add(1);
            *columns = 0;
        }
    }

    /// The next cell of the table's last row.
    fn cell(&mut self, table: Option<u32>, element: &Dict<'_>) -> Option<Cell> {
        let table = table?;
        let (rows, columns) = self.filled.get_mut(&table)?;
        let cell = Cell { table, row: rows.checked_sub(1)?, column: *columns };
        *columns = columns.saturating_add(span(element).clamp(1, MAX_SPAN));
        Some(cell)
    }
}

/// How many columns a cell spans.
fn span(element: &Dict<'_>) -> u16 {
    let of = |attributes: &Dict<'_>| attributes.get::<u16>("ColSpan");
    match element.get::<Object<'_>>("A") {
        Some(Object::Dict(attributes)) => of(&attributes),
        Some(Object::Array(list)) => list.iter::<Dict<'_>>().find_map(|a| of(&a)),
        _ => None,
    }
    .unwrap_or(1)
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
    } else if breaks_sentences(sheets) {
        for placed in sheets.iter_mut().flat_map(|s| &mut s.pieces) {
            if matches!(placed.piece.part, Some(Part::Item(_))) {
                placed.piece.part = Some(Part::Text);
            }
        }
    }
}

/// Whether many items begin where a sentence goes on.
fn breaks_sentences(sheets: &[Sheet]) -> bool {
    let pieces: Vec<_> = sheets.iter().flat_map(|s| &s.pieces).filter(|p| p.dropped.is_none()).collect();
    let (mut begun, mut broken) = (0, 0);
    for pair in pieces.windows(2) {
        let [before, after] = pair else { continue };
        if let (Some(Part::Item(a)), Some(Part::Item(b))) = (before.piece.part, after.piece.part)
            && a.number != b.number
        {
            let text = &after.piece.text;
            begun += 1;
            broken += usize::from(
                list_markers::starts_lower(text)
                    && list_markers::list_mark(text).is_none()
                    && !list_markers::is_list_mark(text)
                    && !list_markers::ends_sentence(&before.piece.text),
            );
        }
    }
    BROKEN * broken > begun
}
