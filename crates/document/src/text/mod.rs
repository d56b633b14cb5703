//! Text primitives: character classes, Unicode normalization, numerals, and a filter over the beginnings of words.

pub mod chars;
pub mod normalize;
pub mod numerals;
pub mod prefix_filter;
