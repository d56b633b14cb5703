//! A page's lines by column, with tables and notes taken out, before they become paragraphs.

use super::{Item, PageItems};
use crate::columns::{self, Content, Element, Part, Row, Shape};
use crate::list_markers;
use crate::page_layout::Sheet;
use crate::paragraphs::{self, Line, Usual};
use crate::tables;
use crate::text_runs::Piece;
use crate::writing_direction::Frame;
use sanad_document::{Join, Kind};

/// Lines this much smaller than the running text can be notes.
const SMALL: f32 = 0.93;

/// A page's lines by column, before paragraphs.
pub(super) struct RawPage {
    runs: Vec<Run>,
    notes: Vec<Vec<Line>>,
    beside: Vec<(Frame, Vec<Line>)>,
    column: usize,
}

enum Run {
    Lines(usize, Vec<Line>),
    Table(usize, Box<tables::Table>),
}

impl RawPage {
    pub(super) fn read(sheet: &Sheet, usual: &Usual, right: f32, column: &mut usize) -> Self {
        let mut page = Self { runs: Vec::new(), notes: Vec::new(), beside: Vec::new(), column: *column };
        for part in columns::order(elements(sheet)) {
            page.part(part, sheet, right);
        }
        page.column += 1;
        *column = page.column;
        page.take_notes(sheet, usual);
        for (frame, pieces) in &sheet.asides {
            let own: Vec<Element> = pieces.iter().filter(|p| p.dropped.is_none()).map(|p| element(&p.piece)).collect();
            if own.is_empty() {
                continue;
            }
            let (width, _) = frame.extent();
            let shape = Shape { left: 0.0, right: width, beside: true, size: usual.size };
            let lines = own.into_iter().filter_map(|e| Line::new(&vec![e], shape)).collect();
            page.beside.push((*frame, lines));
        }
        page
    }

    fn part(&mut self, part: Part, sheet: &Sheet, right: f32) {
        self.column += 1;
        let column = self.column;
        match part {
            Part::Cells(rows, bounds) => {
                let table = tables::aligned(&rows, &bounds);
                self.runs.push(Run::Table(column, Box::new(table)));
            }
            Part::Column(rows, mut shape) => {
                // a page of few short lines doesn't show its own right edge
                let near = shape.right < right && shape.right > 0.55 * right;
                if !shape.beside && (near || rows.len() < 4) && sheet.extent().0 > right {
                    shape.right = shape.right.max(right);
                }
                let mut lines = Vec::new();
                for row in rows {
                    for grid in grids(&row) {
                        if !lines.is_empty() {
                            self.runs.push(Run::Lines(column, std::mem::take(&mut lines)));
                        }
                        if let Some(table) = tables::gridded(sheet, grid) {
                            self.runs.push(Run::Table(column, Box::new(table)));
                        }
                    }
                    lines.extend(Line::new(&row, shape));
                }
                if !lines.is_empty() {
                    self.runs.push(Run::Lines(column, lines));
                }
            }
        }
    }

    pub(crate) fn lines(&self) -> impl Iterator<Item = &Line> {
        self.runs
            .iter()
            .filter_map(|r| match r {
                Run::Lines(_, lines) => Some(lines),
                Run::Table(..) => None,
            })
            .chain(&self.notes)
            .flatten()
    }

    /// Small lines at the end of a column that begin with a mark, or stand under a rule, are notes.
    fn take_notes(&mut self, sheet: &Sheet, usual: &Usual) {
        let small = |l: &Line| l.size < SMALL * usual.size;
        let body = self.lines().filter(|l| !small(l)).map(|l| l.base).fold(f32::MIN, f32::max);
        if body < 0.0 {
            return;
        }
        for run in &mut self.runs {
            let Run::Lines(_, lines) = run else { continue };
            let kept = lines.iter().rposition(|l| !small(l)).map_or(0, |i| i + 1);
            let Some(first) = lines.get(kept) else {
                continue;
            };
            let under_rule = sheet.across.iter().any(|[l, y, r, _]| {
                *y < first.base
                    && *y > first.base - 2.8 * first.size
                    && *l < first.left + 3.0 * first.size
                    && *r > first.left
            });
            let marked = first.raised_start || list_markers::note_mark(&first.text);
            let low = kept > 0 || first.base > body;
            if low && (under_rule || marked) {
                let tail = lines.split_off(kept);
                self.notes.extend(split_notes(tail));
            }
        }
        self.runs.retain(|r| !matches!(r, Run::Lines(_, l) if l.is_empty()));
    }

    pub(super) fn items(&mut self, sheet: &Sheet, usual: &Usual) -> PageItems {
        let item = |frame: Frame, column: usize, lines: Vec<Line>, kind: Kind| Item {
            page: sheet.number,
            frame,
            column,
            lines,
            table: None,
            kind,
            level: None,
            join: Join::None,
        };
        let mut main = Vec::new();
        for run in self.runs.drain(..) {
            match run {
                Run::Table(column, table) => main.push(Item {
                    table: Some((table.text, table.area)),
                    ..item(sheet.frame, column, Vec::new(), Kind::Table)
                }),
                Run::Lines(column, lines) => {
                    for lines in paragraphs::paragraphs(lines, usual) {
                        main.push(item(sheet.frame, column, lines, Kind::Paragraph));
                    }
                }
            }
        }
        let notes = self.notes.drain(..).map(|lines| item(sheet.frame, self.column, lines, Kind::Note)).collect();
        let beside = self
            .beside
            .drain(..)
            .flat_map(|(frame, lines)| paragraphs::paragraphs(lines, usual).into_iter().map(move |l| (frame, l)))
            .map(|(frame, lines)| item(frame, self.column, lines, Kind::Paragraph))
            .collect();
        PageItems { main, notes, beside }
    }
}

fn split_notes(lines: Vec<Line>) -> Vec<Vec<Line>> {
    let left = lines.iter().map(|l| l.left).fold(f32::MAX, f32::min);
    let mut out: Vec<Vec<Line>> = Vec::new();
    let mut number: Option<u32> = None;
    for line in lines {
        let near = line.left < left + 2.0 * line.size;
        let own = list_markers::note_number(&line.text);
        // a line of a note can begin with any number; the next note begins with the next one
        let next = match (own, number) {
            (Some(n), Some(before)) => n == before + 1,
            _ => true,
        };
        let opens = line.raised_start || (list_markers::note_mark(&line.text) && near && next);
        if opens {
            number = own.or(number);
        }
        match out.last_mut() {
            Some(note) if !opens => note.push(line),
            _ => out.push(vec![line]),
        }
    }
    out
}

fn element(piece: &Piece) -> Element {
    Element {
        left: piece.left,
        right: piece.right,
        base: piece.base,
        row: piece.row,
        content: Content::Text(piece.clone()),
    }
}

fn grids(row: &Row) -> Vec<usize> {
    row.iter()
        .filter_map(|e| match e.content {
            Content::Grid(i) => Some(i),
            Content::Text(_) => None,
        })
        .collect()
}

/// What lays out on a page: kept pieces outside grids, and the grids.
fn elements(sheet: &Sheet) -> Vec<Element> {
    let mut out: Vec<Element> =
        sheet.pieces.iter().filter(|p| p.dropped.is_none() && p.grid.is_none()).map(|p| element(&p.piece)).collect();
    for (i, grid) in sheet.grids.iter().enumerate() {
        let [left, top, right, _] = grid.area();
        out.push(Element { left, right, base: top, row: usize::MAX - i, content: Content::Grid(i) });
    }
    out
}
