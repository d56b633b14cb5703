//! Lines to paragraphs, by leading, indents, short last lines, list markers, and changes of size and weight.

use super::body_style::BodyStyle;
use super::hyphenation;
use super::line::Line;
use crate::list_markers::{self, Mark};
use crate::statistics::most_frequent;

/// Groups the lines of a column into paragraphs.
pub(super) fn paragraphs(lines: Vec<Line>, style: &BodyStyle) -> Vec<Vec<Line>> {
    let column = ColumnStyle {
        leading: Leading::of(&lines).unwrap_or(Leading { ems: style.leading, is_even: false }),
        indent: usual_indent(&lines),
        is_justified: is_justified(&lines),
    };
    let mut out: Vec<Vec<Line>> = Vec::new();
    let following: Vec<Option<f32>> = lines.iter().skip(1).map(|l| Some(l.base)).chain([None]).collect();
    for (line, next_base) in lines.into_iter().zip(following) {
        let is_new = out.last().is_none_or(|current| Boundary { current, column, next_base }.is_before(&line));
        match out.last_mut() {
            Some(current) if !is_new => current.push(line),
            _ => out.push(vec![line]),
        }
    }
    out
}

/// What is usual in a column.
#[derive(Clone, Copy)]
struct ColumnStyle {
    leading: Leading,
    /// How far most indented lines are indented, in points; 0 if few are.
    indent: f32,
    /// Most lines end at the right edge: a short line is a paragraph's last.
    is_justified: bool,
}

/// The distance of baselines in a column.
#[derive(Clone, Copy)]
struct Leading {
    /// The most frequent distance, in ems.
    ems: f32,
    /// Most distances are exactly that.
    is_even: bool,
}

impl Leading {
    /// The leading of a column; `None` if it has too few lines.
    fn of(lines: &[Line]) -> Option<Self> {
        /// Fewer pairs of lines prove nothing.
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
        let ems = most_frequent(&ratios, 0.03)?;
        let exact = ratios.iter().filter(|r| (*r - ems).abs() < 0.015).count();
        Some(Self { ems, is_even: 2 * exact > ratios.len() })
    }
}

fn is_justified(lines: &[Line]) -> bool {
    /// Fewer lines prove nothing.
    const ENOUGH: usize = 8;
    let flush = lines.iter().filter(|l| l.room().abs() < 0.15 * l.size).count();
    lines.len() >= ENOUGH && 2 * flush > lines.len()
}

fn usual_indent(lines: &[Line]) -> f32 {
    let mut indents: Vec<f32> =
        lines.iter().filter(|l| !l.is_centred()).map(Line::indent).filter(|d| (4.0..80.0).contains(d)).collect();
    if 12 * indents.len() < lines.len() {
        return 0.0;
    }
    indents.sort_by(f32::total_cmp);
    most_frequent(&indents, 1.5).unwrap_or(0.0)
}

/// The place after the lines of a paragraph, where the next line either starts a new paragraph or continues it.
struct Boundary<'l> {
    /// The lines of the paragraph so far.
    current: &'l [Line],
    column: ColumnStyle,
    /// Baseline of the line after the next one.
    next_base: Option<f32>,
}

impl Boundary<'_> {
    /// Returns true if line `b` starts a new paragraph.
    fn is_before(&self, b: &Line) -> bool {
        let Some(a) = self.current.last() else {
            return true;
        };
        if self.is_forced(a, b) {
            return true;
        }
        let short = a.is_short_before(b);
        if self.is_inside_sentence(a, b, short) {
            return false;
        }
        if let Some(breaks) = breaks_title(a, b, short) {
            return breaks;
        }
        let bold_ends = a.is_bold != b.is_bold && a.glyphs < 60 && self.current.iter().all(|l| l.is_bold);
        short || bold_ends || self.is_item(a, b) || self.is_indented(a, b)
    }

    /// Returns true if the tags, the size or the distance of two lines set them apart.
    fn is_forced(&self, a: &Line, b: &Line) -> bool {
        let gap = b.base - a.base;
        a.tag.zip(b.tag).is_some_and(|(a, b)| a != b)
            || gap <= 0.0
            || (a.size - b.size).abs() > 0.07 * a.size.max(b.size)
            || self.is_wide(a, b, gap)
    }

    /// Returns true if the distance to the next line is more than the paragraph's own, or the column's.
    fn is_wide(&self, a: &Line, b: &Line, gap: f32) -> bool {
        /// A distance this many times the usual one sets paragraphs apart.
        const MORE: f32 = 1.2;
        /// How much lower browsers set a line with raised characters, in ems.
        const RAISED: f32 = 0.4;
        let push = |line: &Line| if line.has_raised { RAISED * line.size } else { 0.0 };
        // the smallest of the paragraph's own distances: raised characters push a line away from the one before
        let own = self.current.windows(2).filter_map(|pair| match pair {
            [before, last] => Some(last.base - before.base - push(last)),
            _ => None,
        });
        let own = own.min_by(f32::total_cmp).unwrap_or(self.column.leading.ems * a.size);
        let gap = gap - push(b);
        // if leading is even, a little more after a full stop ends a paragraph
        let ends_even = self.column.leading.is_even && list_markers::ends_sentence(&a.text) && gap > 1.06 * own + 0.3;
        if gap <= MORE * own + 0.3 && !ends_even {
            return false;
        }
        let is_regular = self.next_base.is_some_and(|next| ((next - b.base) - gap).abs() < 0.04 * gap);
        let is_opening = self.current.len() == 1;
        // wider leading than the column's: a first full line followed by lines at the same distance
        !(is_opening
            && is_regular
            && gap < 2.3 * a.size
            && !a.is_short_before(b)
            && !list_markers::ends_sentence(&a.text))
    }

    /// Returns true if line `b` continues a word, an address or a sentence of line `a`, or begins with punctuation.
    fn is_inside_sentence(&self, a: &Line, b: &Line, short: bool) -> bool {
        if hyphenation::ends_in_hyphen(&a.text) && (!short || list_markers::starts_lower(&b.text)) {
            return true;
        }
        let follows = list_markers::starts_lower(&b.text) && (a.left - b.left).abs() < 0.6 * a.size;
        let is_most = a.right - a.left > 0.4 * width(a);
        // a short line doesn't end an address, or a sentence that goes on in lower case
        let is_cut_short = short && is_most && !self.column.is_justified;
        let goes_on =
            is_cut_short && !list_markers::ends_sentence(&a.text) && list_markers::list_mark(&b.text).is_none();
        (follows && (hyphenation::is_open_address(&a.text) || goes_on)) || b.text.starts_with([',', ';', ')', '.', '»'])
    }

    fn is_item(&self, a: &Line, b: &Line) -> bool {
        let is_ended = list_markers::ends_sentence(&a.text) || a.text.ends_with(',');
        match list_markers::list_mark(&b.text) {
            Some(Mark::Bullet) => true,
            Some(Mark::Dash) => is_ended,
            Some(Mark::Number) => {
                let is_hanging = self.current.len() > 1 && b.left < a.left - 0.5 * a.size;
                is_ended || is_hanging
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
        let has_more_lines = self.current.len() > 1;
        // a step to the left is the second line of an indented paragraph, or the end of a hanging one
        if step < 0.0 || has_more_lines {
            return has_more_lines;
        }
        if self.current.first().is_some_and(|l| list_markers::list_mark(&l.text).is_some()) {
            return false;
        }
        let indent = self.column.indent;
        let is_usual = indent > 0.0 && (b.indent() - indent).abs() < 0.3 * b.size && a.indent() < some;
        is_usual || list_markers::ends_sentence(&a.text)
    }
}

/// The width of a line's column, in points.
fn width(line: &Line) -> f32 {
    (line.shape.right - line.shape.left).max(1.0)
}

/// Whether line `b` starts a new paragraph where lines of a title, which are centred, meet; `None` elsewhere.
fn breaks_title(a: &Line, b: &Line, short: bool) -> Option<bool> {
    let same_centre = a.is_centred() && b.is_centred();
    let same_edge = (a.left - b.left).abs() < 0.3 * a.size;
    let starts_lower = list_markers::starts_lower(&b.text);
    let in_sentence = starts_lower && !list_markers::ends_sentence(&a.text);
    let title_begins = !short && b.is_centred() && !same_edge && (b.is_bold || !in_sentence);
    if !same_centre && !title_begins {
        return None;
    }
    // lines of one title are as full as the width allows, or go on in lower case
    let width = width(a);
    let room = width - (a.right - a.left);
    let goes_on = starts_lower && room < 0.45 * width;
    let apart = room > b.first_word + 0.3 * b.size && !goes_on;
    let plain = !same_centre && !b.is_bold;
    Some(a.is_bold != b.is_bold || apart || plain || list_markers::list_mark(&b.text).is_some())
}
