//! Pieces to lines in reading order: columns by gutters, bands of one column between bands of several.
//!
//! From the top, rows are taken into a band as long as some strip of the page stays free of ink in all of them. A strip
//! with text on both sides in enough rows is a gutter when the columns beside it read as running text, and a gap between
//! cells when they don't. Rows outside such bands are lines as they stand.

use crate::text_runs::Piece;

/// A gutter is at least this wide, in ems of the text.
const GUTTER: f32 = 0.9;
/// Between long columns of running text it may be as narrow as this: LaTeX sets columns of 12 points ten points apart.
const NARROW: f32 = 0.8;
/// Rows with ink on each side that a gutter needs: two rows can look like columns by chance.
const MIN_ROWS: usize = 3;
/// Bands of fewer rows must be aligned to be columns.
const FEW_ROWS: usize = 12;
/// Columns inside columns at most.
const MAX_DEPTH: usize = 3;
/// A column's rows hold at least this many letters on average; cells of tables hold fewer.
const PROSE_LETTERS: usize = 17;

/// Something with a place: a piece, or a table's grid.
#[derive(Debug, Clone)]
pub(super) struct Element {
    /// Left end in points.
    pub(super) left: f32,
    /// Right end.
    pub(super) right: f32,
    /// Baseline, or a table's top.
    pub(super) base: f32,
    /// What it is.
    pub(super) content: Content,
    /// Its row.
    pub(super) row: usize,
}

/// What stands at an element's place.
#[derive(Debug, Clone)]
pub(super) enum Content {
    /// A piece of text.
    Text(Piece),
    /// A ruled table, by the index of its grid.
    Grid(usize),
}

/// Elements on one baseline, left to right.
pub(super) type Row = Vec<Element>;

/// A part of a page in reading order.
#[derive(Debug, Clone)]
pub(super) enum Part {
    /// Lines of one column; the flag says whether it stands beside others.
    Column(Vec<Row>, Shape),
    /// A table without rules: rows, and the left ends of its gutters.
    Cells(Vec<Row>, Vec<f32>),
}

/// Where a column lies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    /// Left edge in points.
    pub(super) left: f32,
    /// Right edge.
    pub(super) right: f32,
    /// Beside other columns.
    pub(super) beside: bool,
    /// Size most of its letters have, in points.
    pub(super) size: f32,
}

/// Parts of a page in reading order.
pub(super) fn order(mut elements: Vec<Element>) -> Vec<Part> {
    elements.sort_by(|a, b| a.base.total_cmp(&b.base).then(a.left.total_cmp(&b.left)));
    let rows = rows(elements);
    let shape = Shape::of(&rows, false);
    split(&rows, shape, 0)
}

impl Shape {
    fn of(rows: &[Row], beside: bool) -> Self {
        let left = rows.iter().flatten().map(|e| e.left).fold(f32::MAX, f32::min);
        Self { left, right: right_edge(rows), beside, size: size(rows) }
    }
}

/// The right edge of rows: the furthest end that another row comes near to, one or two that stick out left aside.
fn right_edge(rows: &[Row]) -> f32 {
    /// Ends this close (points) confirm each other.
    const NEAR: f32 = 6.0;
    let mut ends: Vec<f32> = rows.iter().map(|r| r.iter().map(|e| e.right).fold(f32::MIN, f32::max)).collect();
    ends.sort_by(|a, b| b.total_cmp(a));
    let furthest = ends.first().copied().unwrap_or(0.0);
    if ends.len() < 6 {
        return furthest;
    }
    ends.windows(2)
        .take(2)
        .find_map(|pair| match pair {
            [a, b] if a - b < NEAR => Some(*a),
            _ => None,
        })
        .unwrap_or(furthest)
}

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

fn split(rows: &[Row], shape: Shape, depth: usize) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut single: Vec<Row> = Vec::new();
    let mut at = 0;
    while at < rows.len() {
        let rest = rows.get(at..).unwrap_or_default();
        let band = (depth < MAX_DEPTH).then(|| band(rest, shape, GUTTER)).flatten();
        let band = band.or_else(|| (depth == 0).then(|| long_columns(rest, shape)).flatten());
        // a line above a table that reaches over its first gutter isn't part of it
        let alone = rows.get(at).is_some_and(|r| r.len() == 1);
        let better = |known: &Band| {
            alone
                && self::band(rows.get(at + 1..).unwrap_or_default(), shape, GUTTER)
                    .is_some_and(|next| next.gutters.len() > known.gutters.len())
        };
        let band = band.filter(|known| !better(known));
        let Some(band) = band else {
            single.extend(rows.get(at).cloned());
            at += 1;
            continue;
        };
        if !single.is_empty() {
            parts.push(Part::Column(std::mem::take(&mut single), shape));
        }
        let taken = rows.get(at..at + band.rows).unwrap_or_default();
        parts.extend(divide(taken, &band.gutters, shape, depth));
        at += band.rows.max(1);
    }
    if !single.is_empty() {
        parts.push(Part::Column(single, shape));
    }
    parts
}

/// A band of several columns at the top of some rows.
struct Band {
    rows: usize,
    gutters: Vec<(f32, f32)>,
}

/// The longest band with the most gutters; a much longer one with fewer where its columns are running text, since wide
/// word spaces of a few justified lines can stand under each other.
fn band(rows: &[Row], shape: Shape, gutter: f32) -> Option<Band> {
    let first = rows.first()?;
    let min = gutter * shape.size;
    let mut free = gaps(first, min);
    let mut most: Option<Band> = None;
    let mut best: Option<Band> = None;
    for (j, row) in rows.iter().enumerate() {
        let next = intersect(&free, &gaps(row, min), min);
        let hopeful = next.iter().any(|g| g.0 < shape.right - min && g.1 > shape.left + min);
        if !hopeful {
            break;
        }
        let taken = rows.get(..=j).unwrap_or_default();
        let gutters: Vec<(f32, f32)> = next.iter().copied().filter(|g| both_sides(taken, *g)).collect();
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
    /// Whether it is long and its columns are running text.
    fn is_prose(&self, rows: &[Row]) -> bool {
        let columns = columns(rows.get(..self.rows).unwrap_or_default(), &bounds(&self.gutters));
        self.rows >= FEW_ROWS && columns.iter().all(|c| is_prose(c))
    }
}

/// A band with narrow gutters, when it is long and its columns are running text.
fn long_columns(rows: &[Row], shape: Shape) -> Option<Band> {
    band(rows, shape, NARROW).filter(|b| b.is_prose(rows))
}

/// The size most letters have, in points.
fn size(rows: &[Row]) -> f32 {
    let mut sizes: Vec<(f32, usize)> = rows
        .iter()
        .flatten()
        .filter_map(|e| match &e.content {
            Content::Text(p) => Some((p.size, p.glyphs)),
            Content::Grid(_) => None,
        })
        .collect();
    median(&mut sizes).unwrap_or(10.0)
}

/// The middle of values with their weights.
pub(super) fn median(values: &mut [(f32, usize)]) -> Option<f32> {
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = values.iter().map(|v| v.1).sum::<usize>() / 2;
    let mut seen = 0;
    values.iter().find_map(|(value, weight)| {
        seen += weight;
        (seen > half).then_some(*value)
    })
}

/// Strips of a row without ink, the two outer ones included.
fn gaps(row: &Row, min: f32) -> Vec<(f32, f32)> {
    let mut out = Vec::new();
    let mut from = f32::MIN;
    for element in row {
        if element.left - from >= min {
            out.push((from, element.left));
        }
        from = from.max(element.right);
    }
    out.push((from, f32::MAX));
    out
}

fn intersect(a: &[(f32, f32)], b: &[(f32, f32)], min: f32) -> Vec<(f32, f32)> {
    a.iter().flat_map(|x| b.iter().map(move |y| (x.0.max(y.0), x.1.min(y.1)))).filter(|g| g.1 - g.0 >= min).collect()
}

fn both_sides(rows: &[Row], gutter: (f32, f32)) -> bool {
    let middle = f32::midpoint(gutter.0, gutter.1);
    let left = rows.iter().filter(|r| r.iter().any(|e| e.right <= middle)).count();
    let right = rows.iter().filter(|r| r.iter().any(|e| e.left >= middle)).count();
    left >= MIN_ROWS && right >= MIN_ROWS
}

/// A band's columns one after the other, or its cells.
fn divide(rows: &[Row], gutters: &[(f32, f32)], shape: Shape, depth: usize) -> Vec<Part> {
    let bounds = bounds(gutters);
    let columns = columns(rows, &bounds);
    // list marks set apart from their items are no column
    if columns.first().is_some_and(|c| holds_marks(c)) {
        return match gutters {
            [_] | [] => vec![Part::Column(rows.to_vec(), shape)],
            [_, rest @ ..] => divide(rows, rest, shape, depth),
        };
    }
    // word gaps of justified lines can stand under each other for some rows, but what follows them begins anywhere
    if rows.len() < FEW_ROWS && !columns.iter().skip(1).all(|c| is_aligned(c)) {
        return vec![Part::Column(rows.to_vec(), shape)];
    }
    let prose = columns.iter().filter(|c| is_prose(c)).count();
    if prose < 2 && prose < columns.len() {
        let cells = rows.iter().filter(|r| r.len() > 1).count();
        if 2 * cells >= rows.len() && !is_justified(rows, shape) {
            let lead = rows.iter().take_while(|r| r.len() == 1).count();
            let (before, table) = rows.split_at_checked(lead).unwrap_or((&[], rows));
            let mut parts = Vec::new();
            if !before.is_empty() {
                parts.push(Part::Column(before.to_vec(), shape));
            }
            parts.push(Part::Cells(table.to_vec(), bounds));
            return parts;
        }
        if prose == 0 || is_justified(rows, shape) {
            return vec![Part::Column(rows.to_vec(), shape)];
        }
    }
    columns
        .into_iter()
        .filter(|c| !c.is_empty())
        .flat_map(|column| split(&column, Shape::of(&column, true), depth + 1))
        .collect()
}

fn bounds(gutters: &[(f32, f32)]) -> Vec<f32> {
    gutters.iter().map(|g| f32::midpoint(g.0, g.1)).collect()
}

/// The parts of rows between bounds.
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

/// Whether the rows of a column begin at one place, stand around one middle, or are numbers that end at one place.
fn is_aligned(column: &[Row]) -> bool {
    /// Places this close (points) are one.
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
    let numeric = |r: &&Row| {
        r.first().is_some_and(|e| match &e.content {
            Content::Text(p) => p.text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '−' | '–' | '+')),
            Content::Grid(_) => true,
        })
    };
    let numbers = 2 * column.iter().filter(numeric).count() > column.len();
    agree(&left) || agree(&middle) || (numbers && agree(&right))
}

/// Whether rows reach from edge to edge, as justified lines do: then wide gaps that stand under each other are word spaces.
fn is_justified(rows: &[Row], shape: Shape) -> bool {
    /// Ends this close (points) are at the edge.
    const NEAR: f32 = 1.5;
    let full = |row: &&Row| {
        let left = row.iter().map(|e| e.left).fold(f32::MAX, f32::min);
        let right = row.iter().map(|e| e.right).fold(f32::MIN, f32::max);
        let words =
            row.iter().skip(1).all(|e| matches!(&e.content, Content::Text(p) if !p.text.starts_with(char::is_numeric)));
        left < shape.left + 3.0 * shape.size && (right - shape.right).abs() < NEAR && words
    };
    10 * rows.iter().filter(full).count() >= 8 * rows.len()
}

/// Whether a column holds nothing but list marks: bullets, or numbers with a dot or bracket.
fn holds_marks(column: &[Row]) -> bool {
    column.iter().flatten().all(|e| match &e.content {
        Content::Text(p) => crate::list_markers::is_list_mark(&p.text),
        Content::Grid(_) => false,
    })
}

fn is_prose(column: &[Row]) -> bool {
    let letters: usize = column
        .iter()
        .flatten()
        .map(|e| match &e.content {
            Content::Text(p) => p.glyphs,
            Content::Grid(_) => PROSE_LETTERS,
        })
        .sum();
    column.len() >= MIN_ROWS && letters >= PROSE_LETTERS * column.len()
}
