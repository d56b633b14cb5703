//! Text that runs another way than left to right is turned upright before it is laid out, and its boxes turned back.

use crate::content::Way;

/// A page seen so that text of one way runs left to right and lines go down.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    /// The way text runs on the shown page.
    pub(super) way: Way,
    /// Width of the shown page in points.
    pub(super) width: f32,
    /// Height of the shown page in points.
    pub(super) height: f32,
}

impl Frame {
    /// A point of the page in the frame.
    pub(super) fn turn(&self, (x, y): (f32, f32)) -> (f32, f32) {
        match self.way {
            Way::Right | Way::Oblique => (x, y),
            Way::Down => (y, self.width - x),
            Way::Left => (self.width - x, self.height - y),
            Way::Up => (self.height - y, x),
        }
    }

    /// A box of the frame on the page: left, top, right, bottom.
    pub(super) fn back(&self, [l, t, r, b]: [f32; 4]) -> [f32; 4] {
        match self.way {
            Way::Right | Way::Oblique => [l, t, r, b],
            Way::Down => [self.width - b, l, self.width - t, r],
            Way::Left => [self.width - r, self.height - b, self.width - l, self.height - t],
            Way::Up => [t, self.height - r, b, self.height - l],
        }
    }

    /// A box of the page in the frame.
    pub(super) fn turn_box(&self, [l, t, r, b]: [f32; 4]) -> [f32; 4] {
        let (x0, y0) = self.turn((l, t));
        let (x1, y1) = self.turn((r, b));
        [x0.min(x1), y0.min(y1), x0.max(x1), y0.max(y1)]
    }

    /// Width and height of the frame.
    pub(super) fn extent(&self) -> (f32, f32) {
        match self.way {
            Way::Down | Way::Up => (self.height, self.width),
            _ => (self.width, self.height),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_box_turned_and_turned_back_is_the_same(
            l in 0.0f32..500.0, t in 0.0f32..700.0, w in 0.0f32..90.0, h in 0.0f32..90.0, way in 0usize..4
        ) {
            let way = [Way::Right, Way::Down, Way::Left, Way::Up][way];
            let frame = Frame { way, width: 595.0, height: 842.0 };
            let b = [l, t, l + w, t + h];
            let again = frame.back(frame.turn_box(b));
            for (x, y) in b.iter().zip(again) {
                prop_assert!((x - y).abs() < 0.01);
            }
        }
    }
}
