//! Tables: separates data from layout, and reads the data tables.
//!
//! A data table becomes one block with a line per row and ` | ` between cells. A layout table only places things: the
//! walk reads its cells like any other container.

use crate::element_kind::{self, Display};
use crate::inline_text::{Tally, TextRun, TextStyle};
use crate::tree::{NodeData, NodeId, Tree};
use html5ever::local_name;

/// Characters of the longest cell of a data table. A cell of a legal table holds a paragraph; a column of a page layout
/// holds far more.
const MAX_CELL_CHARS: u32 = 600;

/// Maximum number of links in a cell of a data table without header cells. A cell with more is a menu.
const MAX_CELL_LINKS: u32 = 4;

/// The text of a data table.
pub(super) struct DataTable {
    /// Rows as lines.
    pub(super) text: String,
    /// Counts over all cells.
    pub(super) tally: Tally,
}

/// The measures that separate data from layout.
#[derive(Default)]
struct TableShape {
    /// Number of cells of each row.
    rows: Vec<usize>,
    headers: usize,
    /// Characters of the longest cell.
    longest: u32,
    most_links: u32,
}

/// Reads the table element `id`. Returns `None` if it is layout, as is any table with a nested one. Visits each node at
/// most once.
pub(super) fn read(tree: &Tree, id: NodeId) -> Option<DataTable> {
    if matches!(tree.attr(id, &local_name!("role")), Some("presentation" | "none")) {
        return None;
    }
    let mut rows: Vec<Vec<TextRun>> = Vec::new();
    let mut shape = TableShape::default();
    let mut next = tree.first_child(id);
    while let Some(at) = next {
        let Some(name) = tree.name(at) else {
            next = tree.after_subtree(at, id);
            continue;
        };
        match *name {
            local_name!("td") | local_name!("th") => {
                let run = cell(tree, at)?;
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

fn is_data(shape: &TableShape) -> bool {
    let widest = shape.rows.iter().copied().max().unwrap_or(0);
    let full = shape.rows.iter().filter(|&&n| n == widest).count();
    if widest < 2 || shape.rows.len() < 2 || shape.longest > MAX_CELL_CHARS {
        return false;
    }
    // header cells say that it is data; without them most rows must have the same number of cells
    shape.headers > 0 || (full * 2 > shape.rows.len() && shape.most_links <= MAX_CELL_LINKS)
}

/// The text of a cell, on one line. Returns `None` if it holds something that no data table has.
fn cell(tree: &Tree, cell: NodeId) -> Option<TextRun> {
    let mut run = TextRun::default();
    let mut links: Vec<NodeId> = Vec::new();
    let mut next = tree.first_child(cell);
    while let Some(at) = next {
        while links.last().is_some_and(|&link| !is_below(tree, at, link, cell)) {
            links.pop();
            run.link_ends();
        }
        next = tree.after_subtree(at, cell);
        match &tree.node(at)?.data {
            NodeData::Text(text) => run.push(text, TextStyle { link: !links.is_empty(), ..TextStyle::default() }),
            NodeData::Other => {}
            NodeData::Element { name, .. } => {
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
                    local_name!("br") => run.space(),
                    _ => {}
                }
                match element_kind::display(name) {
                    Display::Skip => continue,
                    Display::Block => run.space(),
                    Display::Inline => {}
                }
                if run.tally.chars > MAX_CELL_CHARS {
                    return None;
                }
                next = tree.first_child(at).or(next);
            }
        }
    }
    Some(run)
}

/// Whether `at` is below `link`; both are in `cell`. Links have few levels, so the way up is short.
fn is_below(tree: &Tree, at: NodeId, link: NodeId, cell: NodeId) -> bool {
    tree.ancestors(at).take_while(|&up| up != cell).take(crate::parse::MAX_DEPTH as usize).any(|up| up == link)
}

fn join(rows: &[Vec<TextRun>]) -> DataTable {
    let mut table = DataTable { text: String::new(), tally: Tally::default() };
    for row in rows {
        if row.iter().all(TextRun::is_empty) {
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
