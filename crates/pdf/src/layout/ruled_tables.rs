//! Finds the tables whose cells are known: crossing rules make cells, or the structure tree names them.

use super::cell_grid::{CellGrid, RuledGrid, TaggedGrid, tagged_cell};
use super::page_layout::PageLayout;
use super::piece::Piece;
use crate::file::tag::TableCell;
use crate::geometry::bbox::{self, BBox};
use std::collections::BTreeMap;

/// Rules this close, in points, touch or are the same.
const TOUCH: f32 = 3.0;
/// Maximum number of grids on a page.
const MAX_GRIDS: usize = 60;
/// Maximum number of letters in a cell, on average. More is running text in a frame.
const MAX_CELL: usize = 500;

/// Finds the ruled tables of a page and the pieces inside them.
pub(crate) fn find(page: &mut PageLayout) {
    if page.horizontal_rules.len() < 2 || page.vertical_rules.len() < 2 {
        return;
    }
    let mut grids = components(&page.horizontal_rules, &page.vertical_rules);
    grids.retain(|g| (g.xs.len() > 2 && g.ys.len() > 2) || (g.xs.len() > 3 && g.ys.len() > 1));
    grids.truncate(MAX_GRIDS);
    for grid in grids {
        let inside: Vec<usize> = page
            .pieces
            .iter()
            .enumerate()
            .filter(|(_, p)| p.grid.is_none())
            .filter(|(_, p)| grid.cell(f32::midpoint(p.piece.left, p.piece.right), p.piece.middle()).is_some())
            .map(|(i, _)| i)
            .collect();
        let glyphs: usize = inside.iter().filter_map(|i| page.pieces.get(*i)).map(|p| p.piece.glyphs).sum();
        let cells = (grid.xs.len() - 1) * (grid.ys.len() - 1);
        if inside.len() >= 2 && glyphs <= MAX_CELL * cells {
            add(page, CellGrid::Ruled(grid), inside);
        }
    }
}

/// Finds the tagged tables of a page that have no rules: at least two rows and two columns, and little else in between.
pub(crate) fn find_tagged(page: &mut PageLayout) {
    let mut tables: BTreeMap<u32, Vec<(usize, TableCell)>> = BTreeMap::new();
    for (i, placed) in page.pieces.iter().enumerate() {
        if let Some(cell) = tagged_cell(&placed.piece).filter(|_| placed.is_kept() && placed.grid.is_none()) {
            tables.entry(cell.table).or_default().push((i, cell));
        }
    }
    for cells in tables.into_values().take(MAX_GRIDS.saturating_sub(page.grids.len())) {
        if let Some(grid) = tagged_grid(page, &cells) {
            add(page, CellGrid::Tagged(grid), cells.into_iter().map(|(i, _)| i));
        }
    }
}

/// Adds a grid to a page, with the pieces inside it.
fn add(page: &mut PageLayout, grid: CellGrid, pieces: impl IntoIterator<Item = usize>) {
    let index = page.grids.len();
    for i in pieces {
        if let Some(placed) = page.pieces.get_mut(i) {
            placed.grid = Some(index);
        }
    }
    page.grids.push(grid);
}

/// The grid of a tagged table, `cells` being its pieces by their index; `None` if it isn't a plausible table.
fn tagged_grid(page: &PageLayout, cells: &[(usize, TableCell)]) -> Option<TaggedGrid> {
    let first_row = cells.iter().map(|(_, c)| c.row).min()?;
    let last_row = cells.iter().map(|(_, c)| c.row).max()?;
    let columns = usize::from(cells.iter().map(|(_, c)| c.column).max()?) + 1;
    let rows = usize::from(last_row - first_row) + 1;
    let own = || cells.iter().filter_map(|(i, _)| page.pieces.get(*i)).map(|p| &p.piece);
    let area = own().map(Piece::area).reduce(bbox::union)?;
    let letters: usize = own().map(|p| p.glyphs).sum();
    let inside = page.kept().map(|p| &p.piece).filter(|p| {
        let x = f32::midpoint(p.left, p.right);
        (area[0]..area[2]).contains(&x) && (area[1]..area[3]).contains(&p.middle())
    });
    let inside: usize = inside.map(|p| p.glyphs).sum();
    let plausible = rows > 1 && columns > 1 && letters <= MAX_CELL * rows * columns && inside <= letters;
    plausible.then_some(TaggedGrid { first_row, rows, columns, area })
}

/// Groups rules that touch, directly or through others, into grids.
fn components(horizontal: &[BBox], vertical: &[BBox]) -> Vec<RuledGrid> {
    let mut parents: Vec<usize> = (0..horizontal.len() + vertical.len()).collect();
    for (i, h) in horizontal.iter().enumerate() {
        for (j, v) in vertical.iter().enumerate() {
            let crosses = v[0] > h[0] - TOUCH && v[0] < h[2] + TOUCH && h[1] > v[1] - TOUCH && h[1] < v[3] + TOUCH;
            if crosses {
                join(&mut parents, i, horizontal.len() + j);
            }
        }
    }
    let mut grids: Vec<(usize, RuledGrid)> = Vec::new();
    for i in 0..parents.len() {
        let root = root(&parents, i);
        let slot = grids.iter().position(|(r, _)| *r == root).unwrap_or_else(|| {
            grids.push((root, RuledGrid::default()));
            grids.len() - 1
        });
        let Some((_, grid)) = grids.get_mut(slot) else {
            continue;
        };
        match horizontal.get(i) {
            Some(h) => grid.ys.push(h[1]),
            None => grid.xs.extend(vertical.get(i - horizontal.len()).map(|v| v[0])),
        }
    }
    for (_, grid) in &mut grids {
        merge(&mut grid.xs);
        merge(&mut grid.ys);
    }
    grids.into_iter().map(|(_, grid)| grid).collect()
}

/// Sorts positions and merges those that touch.
fn merge(positions: &mut Vec<f32>) {
    positions.sort_by(f32::total_cmp);
    positions.dedup_by(|b, a| *b - *a < TOUCH);
}

/// The root of a member in a union-find forest.
fn root(parents: &[usize], mut at: usize) -> usize {
    // parents have smaller indices, so this ends
    while let Some(&up) = parents.get(at) {
        if up == at {
            break;
        }
        at = up;
    }
    at
}

/// Joins the trees of two members of a union-find forest.
fn join(parents: &mut [usize], a: usize, b: usize) {
    let (a, b) = (root(parents, a), root(parents, b));
    if let Some(parent) = parents.get_mut(a.max(b)) {
        *parent = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crossing_rules_make_a_grid_with_cells() {
        let horizontal = [[10.0, 10.0, 110.0, 10.0], [10.0, 30.0, 110.0, 30.0], [10.0, 50.0, 110.0, 50.0]];
        let vertical = [[10.0, 10.0, 10.0, 50.0], [60.0, 10.0, 60.0, 50.0], [110.0, 10.0, 110.0, 50.0]];
        let grids = components(&horizontal, &vertical);
        assert_eq!(grids.len(), 1);
        assert_eq!(grids[0].cell(70.0, 35.0), Some((1, 1)));
        assert_eq!(grids[0].cell(200.0, 35.0), None);
    }
}
