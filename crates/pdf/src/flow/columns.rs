//! Reading order: columns by gutters, and bands of one column between bands of several.
//!
//! From the top, rows are taken into a band as long as some strip of the page stays free of ink in all of them. A strip
//! with text on both sides in enough rows is a gutter if the columns next to it read as running text, and a gap between
//! cells if they don't. Rows outside such bands are lines as they are.

use super::column_kind::{MIN_ROWS, holds_markers, is_aligned, is_justified, is_prose};
use super::element::{ColumnShape, Element, Row};

/// Minimum width of a gutter, in ems of the text.
const GUTTER: f32 = 0.9;
/// Minimum width of a gutter between long columns of running text, in ems: LaTeX sets 12-point columns ten points
/// apart.
const NARROW: f32 = 0.8;
/// Bands of fewer rows must be aligned to be columns.
const FEW_ROWS: usize = 12;
/// Maximum nesting depth of columns.
const MAX_DEPTH: usize = 3;

/// A region of a page.
#[derive(Debug, Clone)]
pub(super) enum Region {
    /// Lines of one column.
    Column(Vec<Row>, ColumnShape),
    /// A table without rules: its rows, and the middles of the gaps between its columns.
    Table(Vec<Row>, Vec<f32>),
}

/// A strip without ink.
#[derive(Debug, Clone, Copy)]
struct Gap {
    left: f32,
    right: f32,
}

impl Gap {
    fn middle(self) -> f32 {
        f32::midpoint(self.left, self.right)
    }
}

/// The regions of a page in reading order.
pub(super) fn order(mut elements: Vec<Element>) -> Vec<Region> {
    elements.sort_by(|a, b| a.base.total_cmp(&b.base).then(a.left.total_cmp(&b.left)));
    let rows = rows(elements);
    let shape = ColumnShape::of(&rows, false);
    split(&rows, shape, 0)
}

/// Elements that are sorted by baseline, in rows.
fn rows(elements: Vec<Element>) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for element in elements {
        match rows.last_mut() {
            Some(row) if row.first().is_some_and(|e| e.row == element.row) => row.push(element),
            _ => rows.push(vec![element]),
        }
    }
    for row in &mut rows {
        row.sort_by(|a, b| a.left.total_cmp(&b.left));
    }
    rows
}

/// Splits a column into bands of one and of several columns.
fn split(rows: &[Row], shape: ColumnShape, depth: usize) -> Vec<Region> {
    let mut regions = Vec::new();
    let mut single: Vec<Row> = Vec::new();
    let mut at = 0;
    while let Some(row) = rows.get(at) {
        let Some(band) = band_at(rows.get(at..).unwrap_or_default(), shape, depth) else {
            single.push(row.clone());
            at += 1;
            continue;
        };
        if !single.is_empty() {
            regions.push(Region::Column(std::mem::take(&mut single), shape));
        }
        let taken = rows.get(at..at + band.rows).unwrap_or_default();
        regions.extend(divide(taken, &band.gutters, shape, depth));
        at += band.rows.max(1);
    }
    if !single.is_empty() {
        regions.push(Region::Column(single, shape));
    }
    regions
}

/// A band of several columns at the top of some rows.
struct Band {
    /// Number of rows.
    rows: usize,
    gutters: Vec<Gap>,
}

/// The band that begins with the first row, if one does.
fn band_at(rows: &[Row], shape: ColumnShape, depth: usize) -> Option<Band> {
    let wide = (depth < MAX_DEPTH).then(|| band(rows, shape, GUTTER)).flatten();
    let known = wide.or_else(|| (depth == 0).then(|| long_columns(rows, shape)).flatten())?;
    // a line above a table that reaches over its first gutter isn't part of it
    let (first, rest) = rows.split_first()?;
    let is_line_above =
        first.len() == 1 && band(rest, shape, GUTTER).is_some_and(|next| next.gutters.len() > known.gutters.len());
    (!is_line_above).then_some(known)
}

/// The longest band with the most gutters. A band at least twice as long with fewer gutters is preferred if its columns
/// are running text: wide word spaces of a few justified lines can line up.
fn band(rows: &[Row], shape: ColumnShape, gutter: f32) -> Option<Band> {
    let min = gutter * shape.size;
    let mut free = gaps(rows.first()?, min);
    let mut most: Option<Band> = None;
    let mut best: Option<Band> = None;
    for (j, row) in rows.iter().enumerate() {
        let next = intersect(&free, &gaps(row, min), min);
        let hopeful = next.iter().any(|g| g.left < shape.right - min && g.right > shape.left + min);
        if !hopeful {
            break;
        }
        let taken = rows.get(..=j).unwrap_or_default();
        let gutters: Vec<Gap> = next.iter().copied().filter(|g| has_both_sides(taken, *g)).collect();
        if let Some(known) = &best
            && gutters.len() < known.gutters.len()
        {
            if gutters.is_empty() {
                break;
            }
            most = most.or(best.take());
        }
        if !gutters.is_empty() {
            best = Some(Band { rows: j + 1, gutters });
        }
        free = next;
    }
    match (most, best) {
        (Some(most), Some(long)) if long.rows < 2 * most.rows || !long.is_prose(rows) => Some(most),
        (most, long) => long.or(most),
    }
}

impl Band {
    /// Returns true if it is long and its columns are running text.
    fn is_prose(&self, rows: &[Row]) -> bool {
        let columns = columns(rows.get(..self.rows).unwrap_or_default(), &bounds(&self.gutters));
        self.rows >= FEW_ROWS && columns.iter().all(|c| is_prose(c))
    }
}

/// A band with narrow gutters, if it is long and its columns are running text.
fn long_columns(rows: &[Row], shape: ColumnShape) -> Option<Band> {
    band(rows, shape, NARROW).filter(|b| b.is_prose(rows))
}

/// The gaps of a row that are at least `min` wide, the two outer ones included.
fn gaps(row: &Row, min: f32) -> Vec<Gap> {
    let mut out = Vec::new();
    let mut left = f32::MIN;
    for element in row {
        if element.left - left >= min {
            out.push(Gap { left, right: element.left });
        }
        left = left.max(element.right);
    }
    out.push(Gap { left, right: f32::MAX });
    out
}

fn intersect(a: &[Gap], b: &[Gap], min: f32) -> Vec<Gap> {
    a.iter()
        .flat_map(|x| b.iter().map(move |y| Gap { left: x.left.max(y.left), right: x.right.min(y.right) }))
        .filter(|g| g.right - g.left >= min)
        .collect()
}

/// Returns true if enough rows have ink on each side of a gap.
fn has_both_sides(rows: &[Row], gap: Gap) -> bool {
    let middle = gap.middle();
    let left = rows.iter().filter(|r| r.iter().any(|e| e.right <= middle)).count();
    let right = rows.iter().filter(|r| r.iter().any(|e| e.left >= middle)).count();
    left >= MIN_ROWS && right >= MIN_ROWS
}

/// The columns of a band one after the other, or its cells, or its rows as one column.
fn divide(rows: &[Row], gutters: &[Gap], shape: ColumnShape, depth: usize) -> Vec<Region> {
    let one_column = || vec![Region::Column(rows.to_vec(), shape)];
    let bounds = bounds(gutters);
    let columns = columns(rows, &bounds);
    // list markers set apart from their items aren't a column
    if columns.first().is_some_and(|c| holds_markers(c)) {
        return match gutters {
            [_] | [] => one_column(),
            [_, rest @ ..] => divide(rows, rest, shape, depth),
        };
    }
    // word spaces of justified lines can line up for some rows, but what follows them begins anywhere
    if rows.len() < FEW_ROWS && !columns.iter().skip(1).all(|c| is_aligned(c)) {
        return one_column();
    }
    let prose = columns.iter().filter(|c| is_prose(c)).count();
    if prose < 2 && prose < columns.len() {
        let divided = rows.iter().filter(|r| r.len() > 1).count();
        let is_justified = is_justified(rows, shape);
        if 2 * divided >= rows.len() && !is_justified {
            return table(rows, bounds, shape);
        }
        if prose == 0 || is_justified {
            return one_column();
        }
    }
    columns
        .into_iter()
        .filter(|c| !c.is_empty())
        .flat_map(|column| split(&column, ColumnShape::of(&column, true), depth + 1))
        .collect()
}

/// A table, after the lines above it.
fn table(rows: &[Row], bounds: Vec<f32>, shape: ColumnShape) -> Vec<Region> {
    let above = rows.iter().take_while(|r| r.len() == 1).count();
    let (above, table) = rows.split_at_checked(above).unwrap_or((&[], rows));
    let mut regions = Vec::new();
    if !above.is_empty() {
        regions.push(Region::Column(above.to_vec(), shape));
    }
    regions.push(Region::Table(table.to_vec(), bounds));
    regions
}

fn bounds(gutters: &[Gap]) -> Vec<f32> {
    gutters.iter().map(|g| g.middle()).collect()
}

/// The parts of rows between bounds, column by column.
fn columns(rows: &[Row], bounds: &[f32]) -> Vec<Vec<Row>> {
    (0..=bounds.len())
        .map(|c| {
            let low = c.checked_sub(1).and_then(|i| bounds.get(i)).copied();
            let high = bounds.get(c).copied();
            rows.iter()
                .map(|row| {
                    row.iter()
                        .filter(|e| low.is_none_or(|x| e.left >= x))
                        .filter(|e| high.is_none_or(|x| e.right <= x))
                        .cloned()
                        .collect::<Row>()
                })
                .filter(|row| !row.is_empty())
                .collect()
        })
        .collect()
}
