//! Tables to text: a line for each row, cells set apart by ` | `.

use crate::columns::{Content, Row};
use crate::page_layout::Sheet;

/// A table with its box in the frame.
pub(super) struct Table {
    /// Rows as lines.
    pub(super) text: String,
    /// Left, top, right, bottom.
    pub(super) area: [f32; 4],
}

const BETWEEN: &str = " | ";

fn row_text(cells: &[String]) -> String {
    cells.join(BETWEEN).trim_end().to_owned()
}

/// A table's cells by its grid.
pub(super) fn gridded(sheet: &Sheet, index: usize) -> Option<Table> {
    let grid = sheet.grids.get(index)?;
    let (rows, columns) = grid.size();
    let mut cells = vec![vec![String::new(); columns]; rows];
    for placed in &sheet.pieces {
        if placed.grid != Some(index) || placed.dropped.is_some() {
            continue;
        }
        let p = &placed.piece;
        let Some((r, c)) = grid.cell(p) else {
            continue;
        };
        if let Some(cell) = cells.get_mut(r).and_then(|row| row.get_mut(c)) {
            push(cell, &p.text);
        }
    }
    let lines: Vec<String> =
        cells.iter().filter(|row| row.iter().any(|c| !c.is_empty())).map(|row| row_text(row)).collect();
    if lines.is_empty() {
        return None;
    }
    Some(Table { text: lines.join("\n"), area: grid.area() })
}

/// Adds a line to a cell; a word cut by a hyphen is made whole.
fn push(cell: &mut String, text: &str) {
    let cut = cell.ends_with(crate::hyphenation::is_hyphen)
        && text.chars().next().is_some_and(char::is_lowercase)
        && !cell.ends_with(" -");
    if cut {
        cell.pop();
    } else if !cell.is_empty() {
        cell.push(' ');
    }
    cell.push_str(text);
}

/// A table without rules: its rows' pieces by the gaps between its columns.
pub(super) fn aligned(rows: &[Row], bounds: &[f32]) -> Table {
    let mut area = [f32::MAX, f32::MAX, f32::MIN, f32::MIN];
    let mut lines: Vec<String> = Vec::new();
    for row in rows {
        let mut cells = vec![String::new(); bounds.len() + 1];
        for element in row {
            let Content::Text(p) = &element.content else {
                continue;
            };
            let middle = f32::midpoint(p.left, p.right);
            let column = bounds.iter().filter(|b| **b < middle).count();
            if let Some(cell) = cells.get_mut(column) {
                push(cell, &p.text);
            }
            let [l, t, r, b] = p.area();
            area = [area[0].min(l), area[1].min(t), area[2].max(r), area[3].max(b)];
        }
        lines.push(row_text(&cells));
    }
    Table { text: lines.join("\n"), area }
}
