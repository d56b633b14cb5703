//! Boxes on a page.

/// A rectangle in points: left, top, right, bottom.
pub(crate) type BBox = [f32; 4];

/// The box that holds nothing: its union with any other box is the other box.
pub(crate) const EMPTY: BBox = [f32::MAX, f32::MAX, f32::MIN, f32::MIN];

/// The smallest box around two boxes.
pub(crate) fn union(a: BBox, b: BBox) -> BBox {
    [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]
}

/// Returns true if the boxes share more than an edge.
pub(crate) fn overlap(a: BBox, b: BBox) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}
