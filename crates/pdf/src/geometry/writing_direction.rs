//! Directions of writing, and the frame in which text of one direction runs left to right.
//!
//! Text that doesn't run left to right is turned upright before layout; its boxes are turned back afterwards.

use super::bbox::BBox;

/// The direction in which text runs on the page as shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Direction {
    /// Left to right.
    Right,
    /// Downwards (turned clockwise).
    Down,
    /// Upside down.
    Left,
    /// Upwards (turned counter-clockwise).
    Up,
    /// At any other angle.
    Oblique,
}

impl Direction {
    /// Returns true if lines of this direction are vertical on the page.
    pub(crate) fn is_vertical(self) -> bool {
        matches!(self, Self::Down | Self::Up)
    }
}

/// A page turned so that text of one direction runs left to right and lines follow downwards.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame {
    /// The direction that becomes left to right. Oblique text isn't turned.
    pub(crate) direction: Direction,
    /// Width of the page as shown, in points.
    pub(crate) width: f32,
    /// Height of the page as shown, in points.
    pub(crate) height: f32,
}

impl Frame {
    /// Turns a point of the page into the frame.
    pub(crate) fn turn(&self, (x, y): (f32, f32)) -> (f32, f32) {
        match self.direction {
            Direction::Right | Direction::Oblique => (x, y),
            Direction::Down => (y, self.width - x),
            Direction::Left => (self.width - x, self.height - y),
            Direction::Up => (self.height - y, x),
        }
    }

    /// Turns a box of the page into the frame.
    pub(crate) fn turn_box(&self, [l, t, r, b]: BBox) -> BBox {
        let (x0, y0) = self.turn((l, t));
        let (x1, y1) = self.turn((r, b));
        [x0.min(x1), y0.min(y1), x0.max(x1), y0.max(y1)]
    }

    /// Turns a box of the frame back onto the page.
    pub(crate) fn turn_back(&self, [l, t, r, b]: BBox) -> BBox {
        match self.direction {
            Direction::Right | Direction::Oblique => [l, t, r, b],
            Direction::Down => [self.width - b, l, self.width - t, r],
            Direction::Left => [self.width - r, self.height - b, self.width - l, self.height - t],
            Direction::Up => [t, self.height - r, b, self.height - l],
        }
    }

    /// Width and height of the frame, in points.
    pub(crate) fn extent(&self) -> (f32, f32) {
        if self.direction.is_vertical() { (self.height, self.width) } else { (self.width, self.height) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_box_turned_and_turned_back_is_the_same(
            l in 0.0f32..500.0, t in 0.0f32..700.0, w in 0.0f32..90.0, h in 0.0f32..90.0, direction in 0usize..4
        ) {
            let direction = [Direction::Right, Direction::Down, Direction::Left, Direction::Up][direction];
            let frame = Frame { direction, width: 595.0, height: 842.0 };
            let b = [l, t, l + w, t + h];
            let again = frame.turn_back(frame.turn_box(b));
            for (x, y) in b.iter().zip(again) {
                prop_assert!((x - y).abs() < 0.01);
            }
        }
    }
}
