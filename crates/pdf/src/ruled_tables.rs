//! Tables whose cells are known: rules that cross make cells, or the structure tree names them.

use crate::page_layout::Sheet;
use crate::structure_tree::{Cell, Part};
use crate::text_runs::Piece;
use std::collections::BTreeMap;

/// Rules this close (points) touch, or are one.
const TOUCH: f32 = 3.0;
/// Grids of a page at most.
const MAX_GRIDS: usize = 60;
/// Letters in a cell at most, on average: more is running text in a frame.
const MAX_CELL: usize = 500;

/// A table with known cells.
#[derive(Debug, Clone)]
pub(super) enum Grid {
    /// Its rules make them.
    Ruled(Rules),
    /// The structure tree names them.
    Tagged(Tagged),
}

/// A ruled table's lines.
#[derive(Debug, Clone)]
pub(super) struct Rules {
    /// Heights of the horizontal rules, from the top.
    ys: Vec<f32>,
    /// Places of the vertical rules, from the left.
    xs: Vec<f32>,
}

/// The part of a tagged table that stands on a page.
#[derive(Debug, Clone)]
pub(super) struct Tagged {
    first: u16,
    rows: usize,
    columns: usize,
    area: [f32; 4],
}

impl Grid {
    /// Left, top, right, bottom.
    pub(super) fn area(&self) -> [f32; 4] {
        let end = |v: &[f32]| (v.first().copied(), v.last().copied());
        match self {
            Self::Tagged(tagged) => tagged.area,
            Self::Ruled(rules) => match (end(&rules.xs), end(&rules.ys)) {
                ((Some(l), Some(r)), (Some(t), Some(b))) => [l, t, r, b],
                _ => [0.0; 4],
            },
        }
    }

    /// Rows and columns.
    pub(super) fn size(&self) -> (usize, usize) {
        match self {
            Self::Tagged(tagged) => (tagged.rows, tagged.columns),
            Self::Ruled(rules) => (rules.ys.len() - 1, rules.xs.len() - 1),
        }
    }

    /// Row and column of a piece of the table.
    pub(super) fn cell(&self, piece: &Piece) -> Option<(usize, usize)> {
        match self {
            Self::Tagged(tagged) => {
                let cell = cell_of(piece)?;
                Some((usize::from(cell.row.checked_sub(tagged.first)?), usize::from(cell.column)))
            }
            Self::Ruled(rules) => {
                // a piece that begins in a cell belongs there, also where it runs over merged cells
                let x = piece.left + 0.25 * (piece.right - piece.left).min(2.0 * piece.size);
                rules.cell(x, piece.base - 0.3 * piece.size)
            }
        }
    }
}

fn cell_of(piece: &Piece) -> Option<Cell> {
    match piece.part {
        Some(Part::Cell(cell)) => Some(cell),
        _ => None,
    }
}

impl Rules {
    /// The cell a point stands in: row and column.
    fn cell(&self, x: f32, y: f32) -> Option<(usize, usize)> {
        let slot = |v: &[f32], p: f32| {
            let at = v.iter().filter(|e| **e <= p).count();
            (at > 0 && at < v.len()).then(|| at - 1)
        };
        Some((slot(&self.ys, y)?, slot(&self.xs, x)?))
    }
}

/// Finds the grids of a page and the pieces inside them.
pub(super) fn find(sheet: &mut Sheet) {
    if sheet.across.len() < 2 || sheet.down.len() < 2 {
        return;
    }
    let mut grids = components(&sheet.across, &sheet.down);
    grids.retain(|g| (g.xs.len() > 2 && g.ys.len() > 2) || (g.xs.len() > 3 && g.ys.len() > 1));
    grids.truncate(MAX_GRIDS);
    for grid in grids {
        let index = sheet.grids.len();
        let inside: Vec<usize> = sheet
            .pieces
            .iter()
            .enumerate()
            .filter(|(_, p)| p.grid.is_none())
            .filter(|(_, p)| {
                let x = f32::midpoint(p.piece.left, p.piece.right);
                grid.cell(x, p.piece.base - 0.3 * p.piece.size).is_some()
            })
            .map(|(i, _)| i)
            .collect();
        let glyphs: usize = inside.iter().filter_map(|i| sheet.pieces.get(*i)).map(|p| p.piece.glyphs).sum();
        let cells = (grid.xs.len() - 1) * (grid.ys.len() - 1);
        if inside.len() < 2 || glyphs > MAX_CELL * cells {
            continue;
        }
        for i in inside {
            if let Some(p) = sheet.pieces.get_mut(i) {
                p.grid = Some(index);
            }
        }
        sheet.grids.push(Grid::Ruled(grid));
    }
}

/// Finds the tagged tables of a page that have no rules: more than one row, more than one column, and nothing else between.
pub(super) fn find_tagged(sheet: &mut Sheet) {
    let mut tables: BTreeMap<u32, Vec<(usize, Cell)>> = BTreeMap::new();
    for (i, placed) in sheet.pieces.iter().enumerate() {
        if let Some(cell) = cell_of(&placed.piece).filter(|_| placed.dropped.is_none() && placed.grid.is_none()) {
            tables.entry(cell.table).or_default().push((i, cell));
        }
    }
    for cells in tables.into_values().take(MAX_GRIDS.saturating_sub(sheet.grids.len())) {
        if let Some(tagged) = tagged(sheet, &cells) {
            let index = sheet.grids.len();
            for (i, _) in cells {
                if let Some(placed) = sheet.pieces.get_mut(i) {
                    placed.grid = Some(index);
                }
            }
            sheet.grids.push(Grid::Tagged(tagged));
        }
    }
}

fn tagged(sheet: &Sheet, cells: &[(usize, Cell)]) -> Option<Tagged> {
    let first = cells.iter().map(|(_, c)| c.row).min()?;
    let last = cells.iter().map(|(_, c)| c.row).max()?;
    let columns = usize::from(cells.iter().map(|(_, c)| c.column).max()?) + 1;
    let rows = usize::from(last - first) + 1;
    let own = || cells.iter().filter_map(|(i, _)| sheet.pieces.get(*i)).map(|p| &p.piece);
    let area =
        own().map(Piece::area).reduce(|a, b| [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])])?;
    let letters: usize = own().map(|p| p.glyphs).sum();
    let between = sheet.pieces.iter().filter(|p| p.dropped.is_none()).map(|p| &p.piece).filter(|p| {
        let x = f32::midpoint(p.left, p.right);
        let y = p.base - 0.3 * p.size;
        (area[0]..area[2]).contains(&x) && (area[1]..area[3]).contains(&y)
    });
    let inside: usize = between.map(|p| p.glyphs).sum();
    let plausible = rows > 1 && columns > 1 && letters <= MAX_CELL * rows * columns && inside <= letters;
    plausible.then_some(Tagged { first, rows, columns, area })
}

/// Groups of rules that touch, as grids.
fn components(across: &[[f32; 4]], down: &[[f32; 4]]) -> Vec<Rules> {
    let mut group: Vec<usize> = (0..across.len() + down.len()).collect();
    for (i, h) in across.iter().enumerate() {
        for (j, v) in down.iter().enumerate() {
            let crosses = v[0] > h[0] - TOUCH && v[0] < h[2] + TOUCH && h[1] > v[1] - TOUCH && h[1] < v[3] + TOUCH;
            if crosses {
                join(&mut group, i, across.len() + j);
            }
        }
    }
    let mut roots: Vec<(usize, Rules)> = Vec::new();
    for i in 0..group.len() {
        let root = root(&group, i);
        let position = roots.iter().position(|(r, _)| *r == root);
        let slot = position.unwrap_or_else(|| {
            roots.push((root, Rules { ys: Vec::new(), xs: Vec::new() }));
            roots.len() - 1
        });
        let Some((_, grid)) = roots.get_mut(slot) else {
            continue;
        };
        match across.get(i) {
            Some(h) => grid.ys.push(h[1]),
            None => grid.xs.extend(down.get(i - across.len()).map(|v| v[0])),
        }
    }
    let mut grids: Vec<Rules> = roots.into_iter().map(|(_, g)| g).collect();
    for grid in &mut grids {
        merge(&mut grid.xs);
        merge(&mut grid.ys);
    }
    grids
}

fn merge(values: &mut Vec<f32>) {
    values.sort_by(f32::total_cmp);
    values.dedup_by(|b, a| *b - *a < TOUCH);
}

fn root(group: &[usize], mut at: usize) -> usize {
    // parents have smaller indices, so this ends
    while let Some(&up) = group.get(at) {
        if up == at {
            break;
        }
        at = up;
    }
    at
}

fn join(group: &mut [usize], a: usize, b: usize) {
    let (a, b) = (root(group, a), root(group, b));
    let (low, high) = (a.min(b), a.max(b));
    if let Some(slot) = group.get_mut(high) {
        *slot = low;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crossing_rules_make_a_grid_with_cells() {
        let across = [[10.0, 10.0, 110.0, 10.0], [10.0, 30.0, 110.0, 30.0], [10.0, 50.0, 110.0, 50.0]];
        let down = [[10.0, 10.0, 10.0, 50.0], [60.0, 10.0, 60.0, 50.0], [110.0, 10.0, 110.0, 50.0]];
        let grids = components(&across, &down);
        assert_eq!(grids.len(), 1);
        assert_eq!(grids[0].cell(70.0, 35.0), Some((1, 1)));
        assert_eq!(grids[0].cell(200.0, 35.0), None);
    }
}
