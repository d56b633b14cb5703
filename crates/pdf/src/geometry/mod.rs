//! Points, boxes and matrices.
//!
//! Page coordinates are in points from the top left corner of the page as shown, y growing downwards.

pub(crate) mod bbox;
pub(crate) mod matrix;
pub(crate) mod writing_direction;
