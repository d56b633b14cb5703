//! Sheets to blocks: paragraphs in reading order with their kinds and joins, tables, notes, and what was dropped.

use super::columns::{self, Content, Element, Part, Row, Shape};
use super::frame::Frame;
use super::hyphens::{Seam, Vocabulary};
use super::marks;
use super::paragraphs::{self, Line, Usual};
use super::sheet::{Placed, Sheet};
use super::tables;
use crate::record::{Block, Fate, Join, Kind, Origin};
use std::collections::BTreeMap;

/// Lines this much smaller than the running text can be notes.
const SMALL: f32 = 0.93;

/// A block to be, with what joins and kinds need.
struct Item {
    page: u32,
    frame: Frame,
    /// Counts columns through the document: a new number is a break in the flow.
    column: usize,
    lines: Vec<Line>,
    /// Ready text of tables.
    table: Option<(String, [f32; 4])>,
    kind: Kind,
    level: Option<u8>,
    join: Join,
}

impl Item {
    fn is_running_text(&self) -> bool {
        self.table.is_none() && matches!(self.kind, Kind::Paragraph | Kind::ListItem)
    }
}

struct PageItems {
    main: Vec<Item>,
    notes: Vec<Item>,
    beside: Vec<Item>,
}

/// Blocks of a document, dropped ones included.
pub(super) fn blocks(sheets: &[Sheet], outline: &BTreeMap<String, u8>) -> Vec<Block> {
    let usual = usual(sheets);
    let right = usual_right(sheets);
    let mut column = 0;
    let mut raw: Vec<RawPage> = sheets.iter().map(|sheet| RawPage::read(sheet, &usual, right, &mut column)).collect();
    let mut words = Vocabulary::default();
    for page in &raw {
        page.lines().for_each(|l| words.add(&l.text));
    }
    words.close();
    let mut pages: Vec<PageItems> = raw.iter_mut().zip(sheets).map(|(page, sheet)| page.items(sheet, &usual)).collect();
    let mut flow: Vec<&mut Item> = pages.iter_mut().flat_map(|p| p.main.iter_mut()).collect();
    super::headings::mark(&mut flow.iter_mut().map(|i| &mut **i).collect::<Vec<_>>(), &usual, outline);
    super::joins::mark(&mut flow, &words);
    emit(sheets, pages, &words)
}

impl super::headings::Titled for Item {
    fn lines(&self) -> &[Line] {
        if self.table.is_some() { &[] } else { &self.lines }
    }
    fn set(&mut self, kind: Kind, level: Option<u8>) {
        self.kind = kind;
        self.level = level;
    }
}

impl super::joins::Joined for &mut Item {
    fn lines(&self) -> &[Line] {
        &self.lines
    }
    fn is_running_text(&self) -> bool {
        Item::is_running_text(self)
    }
    fn column(&self) -> usize {
        self.column
    }
    fn set(&mut self, join: Join, kind: Option<Kind>) {
        self.join = join;
        if let Some(kind) = kind {
            self.kind = kind;
        }
    }
    fn kind(&self) -> Kind {
        self.kind
    }
}

/// Kept and dropped blocks page by page; the notes of a page wait until the paragraph that crosses its end is complete.
fn emit(sheets: &[Sheet], pages: Vec<PageItems>, words: &Vocabulary) -> Vec<Block> {
    let mut out = Vec::new();
    let mut waiting: Vec<Item> = Vec::new();
    for (sheet, page) in sheets.iter().zip(pages) {
        let (_, height) = sheet.extent();
        let middle = 0.5 * height;
        out.extend(dropped(sheet, |p| p.piece.base < middle));
        for item in page.main {
            if item.join == Join::None {
                out.extend(waiting.drain(..).filter_map(|n| block(&n, words)));
            }
            out.extend(block(&item, words));
        }
        waiting.extend(page.notes);
        waiting.extend(page.beside);
        out.extend(dropped(sheet, |p| p.piece.base >= middle));
        out.extend(dropped_asides(sheet));
    }
    out.extend(waiting.drain(..).filter_map(|n| block(&n, words)));
    out
}

fn block(item: &Item, words: &Vocabulary) -> Option<Block> {
    let (text, area) = match &item.table {
        Some((text, area)) => (text.clone(), *area),
        None => (joined(&item.lines, words), area(&item.lines)?),
    };
    let text = tidy(&text);
    if text.is_empty() {
        return None;
    }
    Some(Block {
        text,
        kind: item.kind,
        level: item.level,
        origin: vec![Origin::Pdf { page: item.page, bbox: item.frame.back(area).map(round) }],
        join: item.join,
        score: 1.0,
        body_score: 1.0,
        ..Block::default()
    })
}

/// A tenth of a point is finer than anything printed.
fn round(v: f32) -> f32 {
    (v * 10.0).round() / 10.0
}

/// Soft hyphens that show nothing go, except at the end, where the join decides.
fn tidy(text: &str) -> String {
    let body = text.trim_end();
    let inner = body.trim_end_matches('\u{AD}');
    let mut out: String = inner.chars().filter(|c| *c != '\u{AD}').collect();
    if inner.len() < body.len() {
        out.push('\u{AD}');
    }
    out.trim().to_owned()
}

/// Lines as one text.
pub(super) fn joined(lines: &[Line], words: &Vocabulary) -> String {
    let mut text = String::new();
    for line in lines {
        if text.is_empty() {
            text.push_str(&line.text);
            continue;
        }
        match words.seam(&text, &line.text) {
            Seam::Space => text.push(' '),
            Seam::Close => {}
            Seam::Cut => {
                text.pop();
            }
        }
        text.push_str(&line.text);
    }
    text
}

fn area(lines: &[Line]) -> Option<[f32; 4]> {
    lines.iter().map(Line::area).reduce(|a, b| [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])])
}

fn dropped(sheet: &Sheet, which: impl Fn(&Placed) -> bool) -> Vec<Block> {
    sheet.pieces.iter().filter(|p| which(p)).filter_map(|p| dropped_block(p, &sheet.frame, sheet.number)).collect()
}

fn dropped_asides(sheet: &Sheet) -> Vec<Block> {
    sheet
        .asides
        .iter()
        .flat_map(|(frame, pieces)| pieces.iter().map(move |p| (frame, p)))
        .filter_map(|(frame, p)| dropped_block(p, frame, sheet.number))
        .collect()
}

fn dropped_block(placed: &Placed, frame: &Frame, page: u32) -> Option<Block> {
    let (rule, support) = placed.dropped.as_ref()?;
    Some(Block {
        text: tidy(&placed.piece.text),
        origin: vec![Origin::Pdf { page, bbox: frame.back(placed.piece.area()).map(round) }],
        fate: Fate::drop(*rule, support.clone()),
        ..Block::default()
    })
}

/// The size most letters have and whether they are bold; leading of the columns.
fn usual(sheets: &[Sheet]) -> Usual {
    let mut sizes: BTreeMap<u32, usize> = BTreeMap::new();
    let mut bold = 0;
    let mut all = 0;
    for p in kept(sheets) {
        *sizes.entry(quarter_points(p.piece.size)).or_default() += p.piece.glyphs;
        all += p.piece.glyphs;
        if p.piece.bold {
            bold += p.piece.glyphs;
        }
    }
    let size = sizes
        .iter()
        .max_by_key(|(size, n)| (**n, **size))
        .map_or(10.0, |(size, _)| f32::from(u16::try_from(*size).unwrap_or(40)) / 4.0);
    Usual { size, leading: 1.2, bold: 2 * bold > all }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sizes are small and positive")]
fn quarter_points(size: f32) -> u32 {
    (size.clamp(0.0, 4000.0) * 4.0).round() as u32
}

fn kept(sheets: &[Sheet]) -> impl Iterator<Item = &Placed> {
    sheets.iter().flat_map(|s| s.pieces.iter()).filter(|p| p.dropped.is_none() && p.grid.is_none())
}

/// The right edge of the text on most pages: the second-furthest line of each, the median of these.
fn usual_right(sheets: &[Sheet]) -> f32 {
    let mut edges: Vec<f32> = sheets
        .iter()
        .filter_map(|s| {
            let mut rights: Vec<f32> = s.pieces.iter().filter(|p| p.dropped.is_none()).map(|p| p.piece.right).collect();
            rights.sort_by(|a, b| b.total_cmp(a));
            rights.get(1).copied()
        })
        .collect();
    edges.sort_by(f32::total_cmp);
    edges.get(edges.len() / 2).copied().unwrap_or(0.0)
}

/// A page's lines by column, before paragraphs.
struct RawPage {
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
    fn read(sheet: &Sheet, usual: &Usual, right: f32, column: &mut usize) -> Self {
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
                        if let Some(table) = tables::ruled(sheet, grid) {
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

    fn lines(&self) -> impl Iterator<Item = &Line> {
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
            let marked = first.raised_start || marks::note_mark(&first.text);
            let low = kept > 0 || first.base > body;
            if low && (under_rule || marked) {
                let tail = lines.split_off(kept);
                self.notes.extend(split_notes(tail));
            }
        }
        self.runs.retain(|r| !matches!(r, Run::Lines(_, l) if l.is_empty()));
    }

    fn items(&mut self, sheet: &Sheet, usual: &Usual) -> PageItems {
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
        let own = marks::note_number(&line.text);
        // a line of a note can begin with any number; the next note begins with the next one
        let next = match (own, number) {
            (Some(n), Some(before)) => n == before + 1,
            _ => true,
        };
        let opens = line.raised_start || (marks::note_mark(&line.text) && near && next);
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

fn element(piece: &super::lines::Piece) -> Element {
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
