//! The transformation matrices of PDF.

/// An affine map `[a b c d e f]` in PDF's order: x' = a·x + c·y + e, y' = b·x + d·y + f.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Matrix {
    /// The six coefficients, in PDF's order.
    pub(crate) c: [f64; 6],
}

impl Matrix {
    /// The identity.
    pub(crate) const IDENTITY: Self = Self { c: [1.0, 0.0, 0.0, 1.0, 0.0, 0.0] };

    /// A translation.
    pub(crate) fn shift(x: f64, y: f64) -> Self {
        Self { c: [1.0, 0.0, 0.0, 1.0, x, y] }
    }

    /// The map that applies `self` first, then `outer`.
    pub(crate) fn then(self, outer: Self) -> Self {
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

    /// The map that translates first, then applies `self`.
    pub(crate) fn moved(self, x: f64, y: f64) -> Self {
        let [a, b, c, d, _, _] = self.c;
        let (e, f) = self.point(x, y);
        Self { c: [a, b, c, d, e, f] }
    }

    /// Maps a point.
    pub(crate) fn point(self, x: f64, y: f64) -> (f64, f64) {
        let [a, b, c, d, e, f] = self.c;
        (a * x + c * y + e, b * x + d * y + f)
    }

    /// Maps a direction: the translation doesn't apply.
    pub(crate) fn vector(self, x: f64, y: f64) -> (f64, f64) {
        let [a, b, c, d, _, _] = self.c;
        (a * x + c * y, b * x + d * y)
    }

    /// The box around the image of a box, smaller coordinates first.
    pub(crate) fn rect(self, [x0, y0, x1, y1]: [f64; 4]) -> [f64; 4] {
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
