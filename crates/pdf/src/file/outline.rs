//! The outline (bookmarks): headings that the file names.

use super::open::catalog;
use super::strings;
use crate::comparison_key::letters_and_digits;
use hayro_syntax::Pdf;
use hayro_syntax::object::{Dict, String as PdfString};
use std::collections::BTreeMap;

/// Maximum number of entries read. The longest codes of law have several thousand.
const MAX_OUTLINE: usize = 20_000;
/// Depths beyond the six heading levels count as the last.
const DEEPEST: u8 = 6;

/// The [key](letters_and_digits) of each entry's title, with the entry's depth from 1.
pub(crate) fn read(pdf: &Pdf) -> BTreeMap<String, u8> {
    let mut out = BTreeMap::new();
    let Some(root) = catalog(pdf).and_then(|c| c.get::<Dict<'_>>("Outlines")) else {
        return out;
    };
    let mut stack: Vec<(Dict<'_>, u8)> = root.get::<Dict<'_>>("First").map(|d| (d, 1)).into_iter().collect();
    let mut visited = 0;
    while let Some((entry, depth)) = stack.pop() {
        visited += 1;
        if visited > MAX_OUTLINE {
            break;
        }
        if let Some(title) = entry.get::<PdfString<'_>>("Title") {
            let key = letters_and_digits(&strings::text(title.as_bytes()));
            if !key.is_empty() {
                out.entry(key).or_insert(depth);
            }
        }
        stack.extend(entry.get::<Dict<'_>>("Next").map(|d| (d, depth)));
        stack.extend(entry.get::<Dict<'_>>("First").map(|d| (d, (depth + 1).min(DEEPEST))));
    }
    out
}
