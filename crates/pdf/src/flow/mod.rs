//! Sheets to blocks: paragraphs in reading order with their kinds and joins, tables, notes, and what was dropped.

mod page;

use crate::hyphenation::{Seam, Vocabulary};
use crate::page_layout::{Placed, Sheet};
use crate::paragraphs::{Line, Usual};
use crate::writing_direction::Frame;
use page::RawPage;
use sanad_document::{Block, Fate, Join, Kind, Origin};
use smallvec::smallvec;
use std::collections::BTreeMap;

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
    crate::headings::mark(&mut flow.iter_mut().map(|i| &mut **i).collect::<Vec<_>>(), &usual, outline);
    crate::paragraph_joins::mark(&mut flow, &words);
    emit(sheets, pages, &words)
}

impl crate::headings::Titled for Item {
    fn lines(&self) -> &[Line] {
        if self.table.is_some() { &[] } else { &self.lines }
    }
    fn set(&mut self, kind: Kind, level: Option<u8>) {
        self.kind = kind;
        self.level = level;
    }
}

impl crate::paragraph_joins::Joined for &mut Item {
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
        origin: smallvec![Origin::Pdf { page: item.page, label: None, bbox: item.frame.back(area).map(round) }],
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
        origin: smallvec![Origin::Pdf { page, label: None, bbox: frame.back(placed.piece.area()).map(round) }],
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
