//! Tables: data or layout, and the text of the data ones.
//!
//! A data table becomes one block, a row a line, cells set apart by ` | `. A layout table is only a way to place things:
//! its cells are read like any other container.

use crate::element_kind::{self, Display};
use crate::inline_text::{Run, Style, Tally};
use crate::tree::{Data, Id, Tree};
use html5ever::local_name;

/// Longest cell of a data table in characters. Cells of legal tables hold a paragraph; a column of page layout holds far more.
const MAX_CELL: u32 = 600;

/// Most links in a cell of a data table without header cells: a cell with more is a menu.
const MAX_CELL_LINKS: u32 = 4;

/// A data table's text.
pub(super) struct Table {
    /// Rows as lines.
    pub(super) text: String,
    /// Counts over all cells.
    pub(super) tally: Tally,
}

#[derive(Default)]
struct Shape {
    rows: Vec<usize>,
    cells: usize,
    headers: usize,
    longest: u32,
    most_links: u32,
}

/// Reads the table element `id`; `None` when it is layout. Costs no more than the table's own nodes, and stops at the
/// first nested table.
pub(super) fn read(tree: &Tree, id: Id) -> Option<Table> {
    if matches!(tree.attr(id, &local_name!("role")), Some("presentation" | "none")) {
        return None;
    }
    let mut rows: Vec<Vec<Run>> = Vec::new();
    let mut shape = Shape::default();
    let mut next = tree.first_child(id);
    while let Some(at) = next {
        let Some(name) = tree.name(at) else {
            next = tree.after_subtree(at, id);
            continue;
        };
        match *name {
            local_name!("td") | local_name!("th") => {
                let run = cell(tree, at)?;
                shape.cells += 1;
                shape.headers += usize::from(*name == local_name!("th"));
                shape.longest = shape.longest.max(run.tally.chars);
                shape.most_links = shape.most_links.max(run.tally.links);
                if let Some(row) = rows.last_mut() {
                    row.push(run);
                }
                next = tree.after_subtree(at, id);
            }
            local_name!("tr") => {
                rows.push(Vec::new());
                next = tree.first_child(at).or_else(|| tree.after_subtree(at, id));
            }
            local_name!("tbody") | local_name!("thead") | local_name!("tfoot") => {
                next = tree.first_child(at).or_else(|| tree.after_subtree(at, id));
            }
            _ => next = tree.after_subtree(at, id),
        }
    }
    shape.rows = rows.iter().map(Vec::len).collect();
    is_data(&shape).then(|| join(&rows))
}

fn is_data(shape: &Shape) -> bool {
    let widest = shape.rows.iter().copied().max().unwrap_or(0);
    let full = shape.rows.iter().filter(|&&n| n == widest).count();
    if widest < 2 || shape.rows.len() < 2 || shape.longest > MAX_CELL {
        return false;
    }
    // header cells are a promise; without them most rows must have the same number of cells
    shape.headers > 0 || (full * 2 > shape.rows.len() && shape.most_links <= MAX_CELL_LINKS)
}

/// A cell's text on one line; `None` when something in it belongs to no data table.
fn cell(tree: &Tree, cell: Id) -> Option<Run> {
    let mut run = Run::default();
    let mut links: Vec<Id> = Vec::new();
    let mut next = tree.first_child(cell);
    while let Some(at) = next {
        while links.last().is_some_and(|&link| !is_under(tree, at, link, cell)) {
            links.pop();
            run.link_ends();
        }
        next = tree.after_subtree(at, cell);
        match &tree.node(at)?.data {
            Data::Text(text) => run.push(text, Style { link: !links.is_empty(), ..Style::default() }),
            Data::Nothing => {}
            Data::Element { name, .. } => {
                match *name {
                    local_name!("table")
                    | local_name!("form")
                    | local_name!("article")
                    | local_name!("h1")
                    | local_name!("select")
                    | local_name!("nav") => return None,
                    local_name!("a") => {
                        links.push(at);
                        run.link_starts();
                    }
                    local_name!("img") => run.tally.images += 1,
                    local_name!("br") => run.part(),
                    _ => {}
                }
                match element_kind::display(name) {
                    Display::Skip => continue,
                    Display::Block => run.part(),
                    Display::Inline => {}
                }
                if run.tally.chars > MAX_CELL {
                    return None;
                }
                next = tree.first_child(at).or(next);
            }
        }
    }
    Some(run)
}

/// Whether `at` stands under `link`; both stand in `cell`. Links hold few levels, so the way up is short.
fn is_under(tree: &Tree, at: Id, link: Id, cell: Id) -> bool {
    std::iter::successors(tree.parent(at), |&up| tree.parent(up))
        .take_while(|&up| up != cell)
        .take(crate::parse::MAX_DEPTH as usize)
        .any(|up| up == link)
}

fn join(rows: &[Vec<Run>]) -> Table {
    let mut table = Table { text: String::new(), tally: Tally::default() };
    for row in rows {
        if row.iter().all(Run::is_empty) {
            continue;
        }
        if !table.text.is_empty() {
            table.text.push('\n');
        }
        for (i, cell) in row.iter().enumerate() {
            if i > 0 {
                table.text.push_str(" | ");
            }
            table.text.push_str(&cell.text);
            table.tally.add(&cell.tally);
        }
    }
    table
}
