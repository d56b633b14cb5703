//! What a column of a band looks like: running text, cells of a table, list markers.

use super::element::{ColumnShape, Content, Row, left_end, right_end};
use crate::list_markers;

/// Minimum number of rows with ink on each side of a gutter. Two rows can look like columns by chance.
pub(super) const MIN_ROWS: usize = 3;
/// Minimum number of letters in the rows of running text, on average. Cells of tables hold fewer.
const PROSE_LETTERS: usize = 17;

/// Returns true if a column is running text.
pub(super) fn is_prose(column: &[Row]) -> bool {
    let letters: usize = column.iter().flatten().map(|e| e.piece().map_or(PROSE_LETTERS, |p| p.glyphs)).sum();
    column.len() >= MIN_ROWS && letters >= PROSE_LETTERS * column.len()
}

/// Returns true if a column holds nothing but list markers: bullets, or numbers with a dot or bracket.
pub(super) fn holds_markers(column: &[Row]) -> bool {
    column.iter().flatten().all(|e| e.piece().is_some_and(|p| list_markers::is_list_mark(&p.text)))
}

/// Returns true if most rows of a column begin at one place, have one middle, or are numbers that end at one place.
pub(super) fn is_aligned(column: &[Row]) -> bool {
    /// Places are the same if they differ by less than this, in points.
    const NEAR: f32 = 2.5;
    let agree = |place: &dyn Fn(&Row) -> Option<f32>| {
        let mut places: Vec<f32> = column.iter().filter_map(place).collect();
        places.sort_by(f32::total_cmp);
        let most =
            places.iter().enumerate().map(|(i, p)| places.iter().skip(i).take_while(|q| **q - p < NEAR).count()).max();
        5 * most.unwrap_or(0) >= 3 * column.len()
    };
    let left = |r: &Row| r.first().map(|e| e.left);
    let right = |r: &Row| r.last().map(|e| e.right);
    let middle = |r: &Row| Some(f32::midpoint(left(r)?, right(r)?));
    let numbers = 2 * column.iter().filter(|r| is_numeric(r)).count() > column.len();
    agree(&left) || agree(&middle) || (numbers && agree(&right))
}

/// Returns true if a row begins with a digit or a sign, or with a table.
fn is_numeric(row: &Row) -> bool {
    row.first().is_some_and(|e| match &e.content {
        Content::Text(p) => p.text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '−' | '–' | '+')),
        Content::Grid(_) => true,
    })
}

/// Returns true if rows reach from edge to edge, as justified lines do. Wide gaps that line up are then word spaces.
pub(super) fn is_justified(rows: &[Row], shape: ColumnShape) -> bool {
    /// Ends are at the edge if they are closer to it than this, in points.
    const NEAR: f32 = 1.5;
    let full = |row: &&Row| {
        let words = row.iter().skip(1).all(|e| e.piece().is_some_and(|p| !p.text.starts_with(char::is_numeric)));
        left_end(row) < shape.left + 3.0 * shape.size && (right_end(row) - shape.right).abs() < NEAR && words
    };
    10 * rows.iter().filter(full).count() >= 8 * rows.len()
}
