//! Tables as text: a line for each row, cells separated by ` | `.

use super::element::{Element, Row};
use super::hyphenation::ends_in_hyphen;
use crate::geometry::bbox::{self, BBox};
use crate::layout::page_layout::PageLayout;

/// A table as text.
pub(super) struct Table {
    /// Its rows, one a line.
    pub(super) text: String,
    /// Its box in the frame.
    pub(super) area: BBox,
}

const SEPARATOR: &str = " | ";

/// The table of a page's grid; `None` if it has no text.
pub(super) fn gridded(page: &PageLayout, index: usize) -> Option<Table> {
    let grid = page.grids.get(index)?;
    let (rows, columns) = grid.size();
    let mut cells = vec![vec![String::new(); columns]; rows];
    for placed in page.kept().filter(|p| p.grid == Some(index)) {
        let Some((r, c)) = grid.cell(&placed.piece) else {
            continue;
        };
        if let Some(cell) = cells.get_mut(r).and_then(|row| row.get_mut(c)) {
            push(cell, &placed.piece.text);
        }
    }
    let lines: Vec<String> =
        cells.iter().filter(|row| row.iter().any(|c| !c.is_empty())).map(|row| row_text(row)).collect();
    if lines.is_empty() {
        return None;
    }
    Some(Table { text: lines.join("\n"), area: grid.area() })
}

/// A table without rules. `bounds` are the positions between its columns, in points.
pub(super) fn aligned(rows: &[Row], bounds: &[f32]) -> Table {
    let mut area = bbox::EMPTY;
    let mut lines: Vec<String> = Vec::new();
    for row in rows {
        let mut cells = vec![String::new(); bounds.len() + 1];
        for piece in row.iter().filter_map(Element::piece) {
            let middle = f32::midpoint(piece.left, piece.right);
            let column = bounds.iter().filter(|b| **b < middle).count();
            if let Some(cell) = cells.get_mut(column) {
                push(cell, &piece.text);
            }
            area = bbox::union(area, piece.area());
        }
        lines.push(row_text(&cells));
    }
    Table { text: lines.join("\n"), area }
}

fn row_text(cells: &[String]) -> String {
    cells.join(SEPARATOR).trim_end().to_owned()
}

/// Appends a line to a cell. A hyphenated word is rejoined.
fn push(cell: &mut String, text: &str) {
    if ends_in_hyphen(cell) && text.chars().next().is_some_and(char::is_lowercase) {
        cell.pop();
    } else if !cell.is_empty() {
        cell.push(' ');
    }
    cell.push_str(text);
}
