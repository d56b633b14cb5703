//! The structure tree of tagged PDFs: which marked content is a heading, a list item or a table cell.
//!
//! Reading order and artifacts aren't taken from it but from geometry and from the marked content itself. Whether the
//! tags can be believed is decided later, in [`crate::layout::structure_check`].

use super::open::catalog;
use super::tag::{ListItem, PageTags, TableCell, Tag};
use hayro_syntax::Pdf;
use hayro_syntax::object::{Dict, Name, Object};
use hayro_syntax::page::Page;
use std::collections::HashMap;

/// Maximum number of elements visited. A tagged law of a thousand pages has several hundred thousand.
const MAX_ELEMENTS: usize = 500_000;
/// Maximum number of steps from a writer's own role to a standard one.
const MAX_ROLES: usize = 8;
/// Maximum number of columns that one cell may span.
const MAX_SPAN: u16 = 100;

/// The tags of all pages.
#[derive(Debug, Default)]
pub(crate) struct StructureTree {
    /// By the object number of the page.
    pages: HashMap<u32, PageTags>,
    untagged: PageTags,
}

impl StructureTree {
    /// Reads the tree. The result is empty if the file has none, or one with too many elements.
    pub(crate) fn read(pdf: &Pdf) -> Self {
        let mut out = Self::default();
        let Some(root) = catalog(pdf).and_then(|c| c.get::<Dict<'_>>("StructTreeRoot")) else {
            return out;
        };
        let roles = root.get::<Dict<'_>>("RoleMap").unwrap_or_default();
        let mut counts = Counts::default();
        let mut stack = vec![(root, Inherited::default())];
        let mut visited = 0;
        while let Some((element, outer)) = stack.pop() {
            visited += 1;
            if visited > MAX_ELEMENTS {
                return Self::default();
            }
            let own = outer.entering(&element, &roles, &mut counts);
            let below = stack.len();
            for kid in kids(&element) {
                match kid {
                    Object::Number(id) => out.insert(own.page, id.as_i64(), own.tag),
                    // content inside a form is numbered by the form, not by the page
                    Object::Dict(kid) if kid.contains_key("Stm") => {}
                    Object::Dict(kid) if kid.contains_key("MCID") => {
                        let page = page_of(&kid).or(own.page);
                        out.insert(page, kid.get::<i64>("MCID").unwrap_or(-1), own.tag);
                    }
                    Object::Dict(kid) => stack.push((kid, own)),
                    _ => {}
                }
            }
            // kids are visited in order: items, rows and cells are counted as they are met
            if let Some(kids) = stack.get_mut(below..) {
                kids.reverse();
            }
        }
        out
    }

    fn insert(&mut self, page: Option<u32>, id: i64, tag: Tag) {
        if let (Some(page), Ok(id)) = (page, u32::try_from(id)) {
            self.pages.entry(page).or_default().insert(id, tag);
        }
    }

    /// The tags of a page.
    pub(crate) fn of(&self, page: &Page<'_>) -> &PageTags {
        let id = page.raw().obj_id().and_then(|id| self.pages.get(&id.obj_number));
        id.unwrap_or(&self.untagged)
    }
}

/// What an element inherits from those around it.
#[derive(Debug, Clone, Copy)]
struct Inherited {
    tag: Tag,
    /// The object number of the page.
    page: Option<u32>,
    /// How many sections and lists are open.
    sections: u8,
    lists: u8,
    /// Number of the innermost table.
    table: Option<u32>,
}

impl Default for Inherited {
    fn default() -> Self {
        Self { tag: Tag::Text, page: None, sections: 0, lists: 0, table: None }
    }
}

impl Inherited {
    /// What the kids of `element` inherit.
    fn entering(self, element: &Dict<'_>, roles: &Dict<'_>, counts: &mut Counts) -> Self {
        let role = role(element, roles);
        let sections = self.sections + u8::from(role == "Sect" && self.sections < 5);
        let lists = self.lists + u8::from(role == "L" && self.lists < u8::MAX);
        let mut table = self.table;
        let tag = match (self.tag, role.as_str()) {
            (_, "Table") => {
                table = Some(counts.next_table());
                Tag::Text
            }
            (_, "TR") => {
                counts.next_row(table);
                self.tag
            }
            (_, "TD" | "TH") => counts.next_cell(table, element).map_or(self.tag, Tag::Cell),
            (own @ (Tag::Heading(_) | Tag::Cell(_)), _) => own,
            (_, "LI") => Tag::Item(ListItem { number: counts.next_item(), depth: lists.max(1) }),
            (item @ Tag::Item(_), _) => item,
            (_, "Title") => Tag::Heading(1),
            (_, "H") => Tag::Heading(sections.max(1)),
            (_, h) => match h.strip_prefix('H').and_then(|n| n.parse::<u8>().ok()) {
                Some(level) if level > 0 => Tag::Heading(level.min(6)),
                _ => Tag::Text,
            },
        };
        Self { tag, page: page_of(element).or(self.page), sections, lists, table }
    }
}

/// Items, tables, rows and cells met so far, in document order.
#[derive(Debug, Default)]
struct Counts {
    items: u32,
    tables: u32,
    /// For each table its rows so far, and the columns so far in the last of them.
    filled: HashMap<u32, (u16, u16)>,
}

impl Counts {
    fn next_item(&mut self) -> u32 {
        self.items = self.items.saturating_add(1);
        self.items
    }

    fn next_table(&mut self) -> u32 {
        self.tables = self.tables.saturating_add(1);
        self.tables
    }

    fn next_row(&mut self, table: Option<u32>) {
        if let Some(table) = table {
            let (rows, columns) = self.filled.entry(table).or_default();
            *rows = rows.saturating_add(1);
            *columns = 0;
        }
    }

    /// The next cell of the table's last row; `None` outside a table's rows.
    fn next_cell(&mut self, table: Option<u32>, element: &Dict<'_>) -> Option<TableCell> {
        let table = table?;
        let (rows, columns) = self.filled.get_mut(&table)?;
        let cell = TableCell { table, row: rows.checked_sub(1)?, column: *columns };
        *columns = columns.saturating_add(column_span(element).clamp(1, MAX_SPAN));
        Some(cell)
    }
}

/// How many columns a cell spans.
fn column_span(element: &Dict<'_>) -> u16 {
    let span = |attributes: &Dict<'_>| attributes.get::<u16>("ColSpan");
    match element.get::<Object<'_>>("A") {
        Some(Object::Dict(attributes)) => span(&attributes),
        Some(Object::Array(list)) => list.iter::<Dict<'_>>().find_map(|a| span(&a)),
        _ => None,
    }
    .unwrap_or(1)
}

/// The object number of the page that an element names.
fn page_of(element: &Dict<'_>) -> Option<u32> {
    element.get_ref("Pg").map(|r| r.obj_number)
}

/// An element's role, mapped from the file's own names to the standard ones.
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
