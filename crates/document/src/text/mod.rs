//! Text primitives: kinds of characters, normal forms, numerals, a filter over words' beginnings.

pub mod chars;
pub mod normalize;
pub mod numerals;
pub mod prefix_filter;
