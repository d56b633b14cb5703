//! A page's lines by column, with tables and notes taken out, before they become paragraphs.

use super::body_style::BodyStyle;
use super::columns::{self, Region};
use super::draft_block::{DraftBlock, DraftContent, PageDrafts};
use super::element::{ColumnShape, Content, Element, Row};
use super::line::Line;
use super::paragraphs::paragraphs;
use super::tables::{self, Table};
use crate::geometry::bbox::BBox;
use crate::geometry::writing_direction::Frame;
use crate::layout::page_layout::PageLayout;
use crate::list_markers;
use sanad_document::{Join, Kind};

/// Lines smaller than this share of the running text's size can be notes.
const SMALL: f32 = 0.93;

/// The segments of a page in reading order, with its notes and asides.
pub(super) struct PageFlow {
    segments: Vec<Segment>,
    notes: Vec<Vec<Line>>,
    asides: Vec<(Frame, Vec<Line>)>,
    /// The number of the page's last column.
    column: usize,
}

/// Lines or a table in a column, which is numbered through the document.
enum Segment {
    Lines(usize, Vec<Line>),
    Table(usize, Table),
}

impl PageFlow {
    /// Reads a page. `column` counts the columns of the document.
    pub(super) fn read(page: &PageLayout, style: &BodyStyle, column: &mut usize) -> Self {
        let mut flow = Self { segments: Vec::new(), notes: Vec::new(), asides: Vec::new(), column: *column };
        for region in columns::order(elements(page)) {
            flow.add(region, page, style.right_edge);
        }
        flow.column += 1;
        *column = flow.column;
        flow.take_notes(page, style);
        for aside in &page.asides {
            let (width, _) = aside.frame.extent();
            let shape = ColumnShape { left: 0.0, right: width, is_beside: true, size: style.size };
            let own = aside.pieces.iter().filter(|p| p.is_kept()).map(|p| Element::text(&p.piece));
            let lines: Vec<Line> = own.filter_map(|element| Line::new(&vec![element], shape)).collect();
            if !lines.is_empty() {
                flow.asides.push((aside.frame, lines));
            }
        }
        flow
    }

    fn add(&mut self, region: Region, page: &PageLayout, right_edge: f32) {
        self.column += 1;
        let column = self.column;
        let (rows, mut shape) = match region {
            Region::Table(rows, bounds) => {
                self.segments.push(Segment::Table(column, tables::aligned(&rows, &bounds)));
                return;
            }
            Region::Column(rows, shape) => (rows, shape),
        };
        // a page of few short lines doesn't show its own right edge
        let near = shape.right < right_edge && shape.right > 0.55 * right_edge;
        if !shape.is_beside && (near || rows.len() < 4) && page.extent().0 > right_edge {
            shape.right = shape.right.max(right_edge);
        }
        let mut lines = Vec::new();
        for row in rows {
            for grid in grids(&row) {
                if !lines.is_empty() {
                    self.segments.push(Segment::Lines(column, std::mem::take(&mut lines)));
                }
                self.segments.extend(tables::gridded(page, grid).map(|table| Segment::Table(column, table)));
            }
            lines.extend(Line::new(&row, shape));
        }
        if !lines.is_empty() {
            self.segments.push(Segment::Lines(column, lines));
        }
    }

    /// The lines of columns and of notes.
    pub(super) fn lines(&self) -> impl Iterator<Item = &Line> {
        self.segments
            .iter()
            .filter_map(|segment| match segment {
                Segment::Lines(_, lines) => Some(lines),
                Segment::Table(..) => None,
            })
            .chain(&self.notes)
            .flatten()
    }

    /// Moves small lines at the end of a column to the notes if they begin with a mark or are under a rule.
    fn take_notes(&mut self, page: &PageLayout, style: &BodyStyle) {
        let is_small = |l: &Line| l.size < SMALL * style.size;
        let body = self.lines().filter(|l| !is_small(l)).map(|l| l.base).fold(f32::MIN, f32::max);
        if body < 0.0 {
            return;
        }
        for segment in &mut self.segments {
            let Segment::Lines(_, lines) = segment else { continue };
            let kept = lines.iter().rposition(|l| !is_small(l)).map_or(0, |i| i + 1);
            let Some(first) = lines.get(kept) else {
                continue;
            };
            let is_marked = first.has_raised_start || list_markers::note_mark(&first.text);
            let is_low = kept > 0 || first.base > body;
            if is_low && (is_marked || is_under_rule(first, &page.horizontal_rules)) {
                self.notes.extend(split_notes(lines.split_off(kept)));
            }
        }
        self.segments.retain(|segment| !matches!(segment, Segment::Lines(_, lines) if lines.is_empty()));
    }

    /// The page's paragraphs, tables, notes and asides.
    pub(super) fn drafts(self, page: &PageLayout, style: &BodyStyle) -> PageDrafts {
        let draft = |frame: Frame, column: usize, content: DraftContent, kind: Kind| DraftBlock {
            page: page.number,
            frame,
            column,
            content,
            kind,
            level: None,
            join: Join::None,
        };
        let mut main = Vec::new();
        for segment in self.segments {
            match segment {
                Segment::Table(column, table) => {
                    main.push(draft(page.frame, column, DraftContent::Table(table), Kind::Table));
                }
                Segment::Lines(column, lines) => main.extend(
                    paragraphs(lines, style)
                        .into_iter()
                        .map(|lines| draft(page.frame, column, DraftContent::Lines(lines), Kind::Paragraph)),
                ),
            }
        }
        let notes = self
            .notes
            .into_iter()
            .map(|lines| draft(page.frame, self.column, DraftContent::Lines(lines), Kind::Note))
            .collect();
        let asides = self
            .asides
            .into_iter()
            .flat_map(|(frame, lines)| paragraphs(lines, style).into_iter().map(move |lines| (frame, lines)))
            .map(|(frame, lines)| draft(frame, self.column, DraftContent::Lines(lines), Kind::Paragraph))
            .collect();
        PageDrafts { main, notes, asides }
    }
}

/// Returns true if a rule ends not far above a line.
fn is_under_rule(line: &Line, rules: &[BBox]) -> bool {
    rules.iter().any(|[l, y, r, _]| {
        *y < line.base && *y > line.base - 2.8 * line.size && *l < line.left + 3.0 * line.size && *r > line.left
    })
}

/// Splits lines into notes: each begins with a mark.
fn split_notes(lines: Vec<Line>) -> Vec<Vec<Line>> {
    let left = lines.iter().map(|l| l.left).fold(f32::MAX, f32::min);
    let mut out: Vec<Vec<Line>> = Vec::new();
    let mut number: Option<u32> = None;
    for line in lines {
        let near = line.left < left + 2.0 * line.size;
        let own = list_markers::note_number(&line.text);
        // a line inside a note can begin with any number; the next note begins with the next one
        let next = match (own, number) {
            (Some(n), Some(before)) => n == before + 1,
            _ => true,
        };
        let opens = line.has_raised_start || (list_markers::note_mark(&line.text) && near && next);
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

/// The grids of the tables in a row.
fn grids(row: &Row) -> Vec<usize> {
    row.iter()
        .filter_map(|e| match e.content {
            Content::Grid(i) => Some(i),
            Content::Text(_) => None,
        })
        .collect()
}

/// What is laid out on a page: kept pieces outside tables, and the tables.
fn elements(page: &PageLayout) -> Vec<Element> {
    let mut out: Vec<Element> = page.kept().filter(|p| p.grid.is_none()).map(|p| Element::text(&p.piece)).collect();
    for (i, grid) in page.grids.iter().enumerate() {
        let [left, top, right, _] = grid.area();
        // a row of its own for each table
        out.push(Element { left, right, base: top, row: usize::MAX - i, content: Content::Grid(i) });
    }
    out
}
