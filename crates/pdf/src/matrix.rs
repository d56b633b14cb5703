//! The 2×3 matrices of PDF, and points under them.

/// `[a b c d e f]` as PDF writes it: x' = a·x + c·y + e, y' = b·x + d·y + f.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Matrix {
    /// The six coefficients, in PDF's order.
    pub(super) c: [f64; 6],
}

impl Matrix {
    /// Changes nothing.
    pub(super) const IDENTITY: Self = Self { c: [1.0, 0.0, 0.0, 1.0, 0.0, 0.0] };

    /// A shift.
    pub(super) fn shift(x: f64, y: f64) -> Self {
        Self { c: [1.0, 0.0, 0.0, 1.0, x, y] }
    }

    /// `self` first, then `outer`.
    pub(super) fn then(self, outer: Self) -> Self {
        let [a, b, c, d, e, f] = self.c;
        let [oa, ob, oc, od, oe, of] = outer.c;
        Self {
            c: [
                a * oa + b * oc,
                a * ob + b * od,
                c * oa + d * oc,
                c * ob + d * od,
                e * oa + f * oc + oe,
                e * ob + f * od + of,
            ],
        }
    }

    /// A shift first, then this.
    pub(super) fn moved(self, x: f64, y: f64) -> Self {
        let [a, b, c, d, _, _] = self.c;
        let (e, f) = self.point(x, y);
        Self { c: [a, b, c, d, e, f] }
    }

    /// Where a point lands.
    pub(super) fn point(self, x: f64, y: f64) -> (f64, f64) {
        let [a, b, c, d, e, f] = self.c;
        (a * x + c * y + e, b * x + d * y + f)
    }

    /// Where a direction points (no shift).
    pub(super) fn vector(self, x: f64, y: f64) -> (f64, f64) {
        let [a, b, c, d, _, _] = self.c;
        (a * x + c * y, b * x + d * y)
    }

    /// The box around a box's image: left, top, right, bottom by size of the coordinates.
    pub(super) fn rect(self, [x0, y0, x1, y1]: [f64; 4]) -> [f64; 4] {
        let corners = [self.point(x0, y0), self.point(x1, y0), self.point(x0, y1), self.point(x1, y1)];
        let mut out = [f64::MAX, f64::MAX, f64::MIN, f64::MIN];
        for (x, y) in corners {
            out = [out[0].min(x), out[1].min(y), out[2].max(x), out[3].max(y)];
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_move_is_a_shift_before_the_rest() {
        let m = Matrix { c: [2.0, 0.5, -0.5, 3.0, 7.0, 9.0] };
        assert_eq!(m.moved(4.0, 5.0), Matrix::shift(4.0, 5.0).then(m));
    }

    #[test]
    fn the_inner_matrix_acts_first() {
        let scale = Matrix { c: [2.0, 0.0, 0.0, 2.0, 0.0, 0.0] };
        assert_eq!(Matrix::shift(1.0, 0.0).then(scale).point(0.0, 0.0), (2.0, 0.0));
        assert_eq!(scale.then(Matrix::shift(1.0, 0.0)).point(0.0, 0.0), (1.0, 0.0));
    }
}
