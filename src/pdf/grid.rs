//! Ruled tables: rules that cross make grids, grids make cells.

use super::sheet::Sheet;

/// Rules this close (points) touch, or are one.
const TOUCH: f32 = 3.0;
/// Grids of a page at most.
const MAX_GRIDS: usize = 60;
/// Letters in a cell at most, on average: more is running text in a frame.
const MAX_CELL: usize = 500;

/// A ruled table's lines.
#[derive(Debug, Clone)]
pub(super) struct Grid {
    /// Heights of the horizontal rules, from the top.
    pub(super) ys: Vec<f32>,
    /// Places of the vertical rules, from the left.
    pub(super) xs: Vec<f32>,
}

impl Grid {
    /// Left, top, right, bottom.
    pub(super) fn area(&self) -> [f32; 4] {
        let end = |v: &[f32]| (v.first().copied(), v.last().copied());
        match (end(&self.xs), end(&self.ys)) {
            ((Some(l), Some(r)), (Some(t), Some(b))) => [l, t, r, b],
            _ => [0.0; 4],
        }
    }

    /// The cell a point stands in: row and column.
    pub(super) fn cell(&self, x: f32, y: f32) -> Option<(usize, usize)> {
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
        sheet.grids.push(grid);
    }
}

/// Groups of rules that touch, as grids.
fn components(across: &[[f32; 4]], down: &[[f32; 4]]) -> Vec<Grid> {
    let mut group: Vec<usize> = (0..across.len() + down.len()).collect();
    for (i, h) in across.iter().enumerate() {
        for (j, v) in down.iter().enumerate() {
            let crosses = v[0] > h[0] - TOUCH && v[0] < h[2] + TOUCH && h[1] > v[1] - TOUCH && h[1] < v[3] + TOUCH;
            if crosses {
                join(&mut group, i, across.len() + j);
            }
        }
    }
    let mut roots: Vec<(usize, Grid)> = Vec::new();
    for i in 0..group.len() {
        let root = root(&group, i);
        let position = roots.iter().position(|(r, _)| *r == root);
        let slot = position.unwrap_or_else(|| {
            roots.push((root, Grid { ys: Vec::new(), xs: Vec::new() }));
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
    let mut grids: Vec<Grid> = roots.into_iter().map(|(_, g)| g).collect();
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
