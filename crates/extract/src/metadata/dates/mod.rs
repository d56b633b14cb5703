//! Finds dates in any text, in the words of every language that the program knows, and parses machine-written ones.
//!
//! It says where a date is and what it means. What it is the date of is left to the callers. A year alone is no date
//! (every text is full of them), nor is a date with a two-digit year (version numbers look the same).

mod date_match;
mod machine;
mod moment;
mod pattern;
mod reader;
mod time_of_day;
mod token;

pub(crate) use date_match::{DateMatch, SlashOrder};
pub(crate) use machine::parse;
pub(crate) use moment::Moment;
pub(crate) use pattern::{find, proves_month_first};

#[cfg(test)]
mod tests;
