//! Lines to paragraphs: leading, indents, short last lines, list marks, changes of size and weight.

use crate::columns::{Content, Row, Shape};
use crate::hyphenation;
use crate::list_markers::{self, Mark};
use crate::structure_tree::Part;

/// A line of text in its column.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools, reason = "independent properties of a line")]
pub(super) struct Line {
    /// Its text.
    pub(super) text: String,
    /// Left end in points of the frame.
    pub(super) left: f32,
    /// Right end.
    pub(super) right: f32,
    /// Baseline.
    pub(super) base: f32,
    /// Size in points.
    pub(super) size: f32,
    /// Bold as a whole.
    pub(super) bold: bool,
    /// Width of its first word.
    pub(super) first_word: f32,
    /// It begins with a raised mark.
    pub(super) raised_start: bool,
    /// It holds raised letters, which push lines apart in some writers' layout.
    pub(super) raised: bool,
    /// The one part all of it has by the structure tree.
    pub(super) part: Option<Part>,
    /// Number of glyphs.
    pub(super) glyphs: usize,
    /// Where its column lies.
    pub(super) shape: Shape,
    /// Read right to left: its ends are counted from the column's other edge.
    pub(super) mirrored: bool,
}

impl Line {
    /// A row as one line.
    pub(super) fn new(row: &Row, shape: Shape) -> Option<Self> {
        let pieces: Vec<_> = row
            .iter()
            .filter_map(|e| match &e.content {
                Content::Text(p) => Some(p),
                Content::Grid(_) => None,
            })
            .collect();
        let first = pieces.first()?;
        let rtl = pieces
            .iter()
            .filter(|p| {
                p.text
                    .chars()
                    .find(|c| sanad_document::text::chars::is_letter(*c))
                    .is_some_and(crate::word_spacing::is_rtl)
            })
            .count();
        let mut parts: Vec<&str> = pieces.iter().map(|p| p.text.as_str()).collect();
        if 2 * rtl > pieces.len() {
            parts.reverse();
        }
        let glyphs: usize = pieces.iter().map(|p| p.glyphs).sum();
        let mostly = |yes: fn(&crate::text_runs::Piece) -> bool| {
            let n: usize = pieces.iter().filter(|p| yes(p)).map(|p| p.glyphs).sum();
            2 * n > glyphs
        };
        let longest = pieces.iter().max_by_key(|p| p.glyphs)?;
        let mirrored = 2 * rtl > pieces.len();
        let (left, right) = (first.left, pieces.iter().map(|p| p.right).fold(f32::MIN, f32::max));
        let (left, right) = if mirrored { flip(shape, left, right) } else { (left, right) };
        Some(Self {
            text: parts.join(" "),
            left,
            right,
            base: longest.base,
            size: longest.size,
            bold: mostly(|p| p.bold),
            first_word: first.first_word,
            raised_start: first.raised_start,
            part: first.part.filter(|part| pieces.iter().all(|p| p.part == Some(*part))),
            raised: pieces.iter().any(|p| p.raised),
            glyphs,
            shape,
            mirrored,
        })
    }

    /// Left, top, right, bottom in the frame.
    pub(super) fn area(&self) -> [f32; 4] {
        let ends = (self.left, self.right);
        let (left, right) = if self.mirrored { flip(self.shape, ends.0, ends.1) } else { ends };
        [left, self.base - 0.8 * self.size, right, self.base + 0.22 * self.size]
    }

    /// Whether the next line's first word would have fitted at its end.
    pub(super) fn is_short_before(&self, next: &Self) -> bool {
        /// A word space, and what justified lines may lack, in ems.
        const SPACE: f32 = 0.45;
        let room = self.shape.right - self.right;
        room > next.first_word.min(0.6 * (self.shape.right - self.shape.left)) + SPACE * self.size
    }

    fn is_centred(&self) -> bool {
        let left = self.left - self.shape.left;
        let right = self.shape.right - self.right;
        left > 1.2 * self.size && (left - right).abs() < (0.08 * (left + right)).max(self.size)
    }
}

/// Ends counted from the other edge of the column; twice is as before.
fn flip(shape: Shape, left: f32, right: f32) -> (f32, f32) {
    (shape.left + shape.right - right, shape.left + shape.right - left)
}

/// What is usual in the document.
#[derive(Debug, Clone, Copy)]
pub(super) struct Usual {
    /// Size of most text, in points.
    pub(super) size: f32,
    /// Distance of baselines of running text, in ems.
    pub(super) leading: f32,
    /// Running text is bold.
    pub(super) bold: bool,
}

/// Lines of one column to paragraphs.
pub(super) fn paragraphs(lines: Vec<Line>, usual: &Usual) -> Vec<Vec<Line>> {
    let (leading, even) = leading(&lines).unwrap_or((usual.leading, false));
    let indent = usual_indent(&lines);
    let justified = is_justified(&lines);
    let mut out: Vec<Vec<Line>> = Vec::new();
    let following: Vec<Option<f32>> = lines.iter().skip(1).map(|l| Some(l.base)).chain([None]).collect();
    for (line, after) in lines.into_iter().zip(following) {
        let breaks = match out.last() {
            None => true,
            Some(current) => {
                let view = View { current, leading, even, indent, justified, after };
                view.breaks_before(&line)
            }
        };
        match out.last_mut() {
            Some(current) if !breaks => current.push(line),
            _ => out.push(vec![line]),
        }
    }
    out
}

/// The most frequent distance of baselines in a column, in ems, and whether most distances are exactly that; none where
/// there are too few lines.
pub(super) fn leading(lines: &[Line]) -> Option<(f32, bool)> {
    /// Fewer pairs tell nothing.
    const ENOUGH: usize = 5;
    let mut ratios: Vec<f32> = lines
        .windows(2)
        .filter_map(|pair| match pair {
            [a, b] if (a.size - b.size).abs() < 0.05 * a.size => Some((b.base - a.base) / a.size),
            _ => None,
        })
        .filter(|r| (0.8..2.4).contains(r))
        .collect();
    if ratios.len() < ENOUGH {
        return None;
    }
    ratios.sort_by(f32::total_cmp);
    let usual = most_frequent(&ratios, 0.03)?;
    let exact = ratios.iter().filter(|r| (*r - usual).abs() < 0.015).count();
    Some((usual, 2 * exact > ratios.len()))
}

/// The middle of the fullest window of sorted values.
pub(super) fn most_frequent(sorted: &[f32], width: f32) -> Option<f32> {
    let mut best = (0, 0.0);
    for (i, low) in sorted.iter().enumerate() {
        let inside = sorted.get(i..).unwrap_or_default().iter().take_while(|v| **v - low <= width).count();
        if inside > best.0 {
            let middle = sorted.get(i + inside / 2).copied().unwrap_or(*low);
            best = (inside, middle);
        }
    }
    (best.0 > 0).then_some(best.1)
}

/// Whether most lines end at the right edge: then a short line is a paragraph's last.
fn is_justified(lines: &[Line]) -> bool {
    /// Fewer lines tell nothing.
    const ENOUGH: usize = 8;
    let flush = lines.iter().filter(|l| (l.shape.right - l.right).abs() < 0.15 * l.size).count();
    lines.len() >= ENOUGH && 2 * flush > lines.len()
}

/// How far most indented lines are indented, in points; 0 where few are.
fn usual_indent(lines: &[Line]) -> f32 {
    let mut indents: Vec<f32> = lines
        .iter()
        .filter(|l| !l.is_centred())
        .map(|l| l.left - l.shape.left)
        .filter(|d| (4.0..80.0).contains(d))
        .collect();
    if 12 * indents.len() < lines.len() {
        return 0.0;
    }
    indents.sort_by(f32::total_cmp);
    most_frequent(&indents, 1.5).unwrap_or(0.0)
}

struct View<'l> {
    current: &'l [Line],
    leading: f32,
    even: bool,
    indent: f32,
    justified: bool,
    after: Option<f32>,
}

impl View<'_> {
    fn breaks_before(&self, b: &Line) -> bool {
        let Some(a) = self.current.last() else {
            return true;
        };
        if a.part.zip(b.part).is_some_and(|(a, b)| a != b) {
            return true;
        }
        let gap = b.base - a.base;
        if gap <= 0.0 || (a.size - b.size).abs() > 0.07 * a.size.max(b.size) {
            return true;
        }
        if self.is_wide(a, b, gap) {
            return true;
        }
        let short = a.is_short_before(b);
        let hyphen = a.text.ends_with(hyphenation::is_hyphen) && !a.text.ends_with(" -");
        if hyphen && (!short || list_markers::starts_lower(&b.text)) {
            return false;
        }
        let follows = list_markers::starts_lower(&b.text) && (a.left - b.left).abs() < 0.6 * a.size;
        let width = (a.shape.right - a.shape.left).max(1.0);
        let most = a.right - a.left > 0.4 * width;
        // an address, or a sentence that goes on in small letters, isn't ended by a short line
        let cut_short = short && most && !self.justified;
        if follows
            && (hyphenation::is_open_address(&a.text)
                || (cut_short && !list_markers::ends_sentence(&a.text) && list_markers::list_mark(&b.text).is_none()))
        {
            return false;
        }
        if b.text.starts_with([',', ';', ')', '.', '»']) {
            return false;
        }
        let same_centre = a.is_centred() && b.is_centred();
        let same_edge = (a.left - b.left).abs() < 0.3 * a.size;
        let in_sentence = list_markers::starts_lower(&b.text) && !list_markers::ends_sentence(&a.text);
        let title = !short && b.is_centred() && !same_edge && (b.bold || !in_sentence);
        if same_centre || title {
            // lines of one title are as full as the width lets them be, or go on in small letters
            let room = width - (a.right - a.left);
            let goes_on = list_markers::starts_lower(&b.text) && room < 0.45 * width;
            let apart = room > b.first_word + 0.3 * b.size && !goes_on;
            let plain = !same_centre && !b.bold;
            return a.bold != b.bold || apart || plain || list_markers::list_mark(&b.text).is_some();
        }
        if a.bold != b.bold && (short || a.glyphs < 60 && self.current.iter().all(|l| l.bold)) {
            return true;
        }
        if short {
            return true;
        }
        self.is_item(a, b) || self.is_indented(a, b)
    }

    /// Whether the distance to the next line is more than the paragraph's own, or the column's.
    fn is_wide(&self, a: &Line, b: &Line, gap: f32) -> bool {
        /// More than the usual distance by this much sets paragraphs apart.
        const MORE: f32 = 1.2;
        /// A line with a raised mark stands this much lower in browsers' layout, in ems.
        const RAISED: f32 = 0.4;
        let push = |line: &Line| if line.raised { RAISED * line.size } else { 0.0 };
        // of the paragraph's own distances the smallest: a raised mark pushes a line away from the one before
        let own = self.current.windows(2).filter_map(|pair| match pair {
            [before, last] => Some(last.base - before.base - push(last)),
            _ => None,
        });
        let own = own.min_by(f32::total_cmp).unwrap_or(self.leading * a.size);
        let gap = gap - push(b);
        // where leading is even, a little more after a full stop is a paragraph's end
        let even = self.even && list_markers::ends_sentence(&a.text) && gap > 1.06 * own + 0.3;
        if gap <= MORE * own + 0.3 && !even {
            return false;
        }
        let regular = self.after.is_some_and(|after| ((after - b.base) - gap).abs() < 0.04 * gap);
        let opening = self.current.len() == 1;
        // wider leading than the column's: a first full line followed by lines at the same distance
        !(opening && regular && gap < 2.3 * a.size && !a.is_short_before(b) && !list_markers::ends_sentence(&a.text))
    }

    fn is_item(&self, a: &Line, b: &Line) -> bool {
        let ended = list_markers::ends_sentence(&a.text) || a.text.ends_with(',');
        match list_markers::list_mark(&b.text) {
            Some(Mark::Bullet) => true,
            Some(Mark::Dash) => ended,
            Some(Mark::Number) => {
                let hung = self.current.len() > 1 && b.left < a.left - 0.5 * a.size;
                ended || hung
            }
            None => false,
        }
    }

    fn is_indented(&self, a: &Line, b: &Line) -> bool {
        let step = b.left - a.left;
        let some = 0.6 * b.size;
        if step.abs() < some {
            return false;
        }
        let one_line = self.current.len() == 1;
        let item = self.current.first().is_some_and(|l| list_markers::list_mark(&l.text).is_some());
        if step < 0.0 {
            // the second line of an indented paragraph, or the end of a hanging one
            return !one_line;
        }
        if !one_line {
            return true;
        }
        if item {
            return false;
        }
        let usual = self.indent > 0.0
            && (b.left - b.shape.left - self.indent).abs() < 0.3 * b.size
            && a.left - a.shape.left < some;
        usual || list_markers::ends_sentence(&a.text)
    }
}
