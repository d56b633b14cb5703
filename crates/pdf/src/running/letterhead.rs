//! A letterhead (and its foot) that stands on the first page alone, so that repetition can't find it.

use crate::page_layout::Sheet;

/// Rows of a letterhead at most.
const MAX_ROWS: usize = 9;
/// A letterhead stays in this part of the page.
const BAND: f32 = 0.3;

/// Marks the first page's letterhead with `head`, its address line at the bottom with `foot`.
pub(super) fn mark(sheets: &mut [Sheet], head: &'static str, foot: &'static str) {
    let limits = text_area(sheets);
    let running: Vec<String> = sheets
        .iter()
        .flat_map(|s| s.pieces.iter())
        .filter(|p| p.dropped.is_some())
        .map(|p| super::plain(&p.piece.text))
        .collect();
    let Some(sheet) = sheets.first_mut() else {
        return;
    };
    let found = above(sheet, limits.map(|l| l.0)).or_else(|| set_off(sheet, &running));
    for (index, support) in found.into_iter().flatten() {
        if let Some(p) = sheet.pieces.get_mut(index) {
            p.dropped.get_or_insert((head, support));
        }
    }
    for (index, support) in below(sheet, limits.map(|l| l.1)) {
        if let Some(p) = sheet.pieces.get_mut(index) {
            p.dropped.get_or_insert((foot, support));
        }
    }
}

/// Top of the text on the pages after the first, and its lowest bottom.
fn text_area(sheets: &[Sheet]) -> Option<(f32, f32)> {
    let mut top = f32::MAX;
    let mut bottom = f32::MIN;
    for sheet in sheets.iter().skip(1) {
        for p in sheet.pieces.iter().filter(|p| p.dropped.is_none()) {
            top = top.min(p.piece.top());
            bottom = bottom.max(p.piece.bottom());
        }
    }
    (top < bottom).then_some((top, bottom))
}

/// Pieces wholly above where the other pages' text begins.
fn above(sheet: &Sheet, top: Option<f32>) -> Option<Vec<(usize, String)>> {
    let top = top?;
    let list: Vec<(usize, String)> = sheet
        .pieces
        .iter()
        .enumerate()
        .filter(|(_, p)| p.dropped.is_none() && p.piece.bottom() < top + 0.5 * p.piece.size)
        .filter(|(_, p)| p.piece.top() < top - 0.5 * p.piece.size)
        .map(|(i, _)| (i, "above the text area of the other pages".to_owned()))
        .collect();
    let rest = sheet.pieces.iter().enumerate().any(|(i, p)| p.dropped.is_none() && !list.iter().any(|(k, _)| *k == i));
    let rows: std::collections::BTreeSet<usize> =
        list.iter().filter_map(|(i, _)| sheet.pieces.get(*i).map(|p| p.piece.row)).collect();
    let glyphs = |i: &usize| sheet.pieces.get(*i).map_or(0, |p| p.piece.glyphs);
    let held: usize = list.iter().map(|(i, _)| glyphs(i)).sum();
    let (_, height) = sheet.extent();
    let small = 4 * held < sheet.glyphs && top < BAND * height;
    (!list.is_empty() && rest && small && rows.len() <= MAX_ROWS).then_some(list)
}

/// Rows from the top down to a wide rule, when they hold an address or name what the running heads name.
fn set_off(sheet: &Sheet, running: &[String]) -> Option<Vec<(usize, String)>> {
    let (width, height) = sheet.extent();
    let rule = sheet
        .across
        .iter()
        .filter(|[l, t, r, _]| r - l > 0.4 * width && *t < BAND * height)
        .map(|r| r[1])
        .fold(f32::MAX, f32::min);
    let list: Vec<usize> = sheet
        .pieces
        .iter()
        .enumerate()
        .filter(|(_, p)| p.dropped.is_none() && p.piece.base < rule.min(BAND * height))
        .map(|(i, _)| i)
        .collect();
    if rule > height || list.is_empty() || list.len() > 2 * MAX_ROWS {
        return None;
    }
    let pieces = || list.iter().filter_map(|i| sheet.pieces.get(*i));
    let address = pieces().any(|p| is_address(&p.piece.text));
    let named = pieces().any(|p| running.contains(&super::plain(&p.piece.text)));
    if !address && !named {
        return None;
    }
    let support =
        if address { "above a rule, with an address" } else { "above a rule, with the name in the running heads" };
    Some(list.into_iter().map(|i| (i, support.to_owned())).collect())
}

/// Address lines below the text of the other pages, or in the last rows of the page below a rule.
fn below(sheet: &Sheet, bottom: Option<f32>) -> Vec<(usize, String)> {
    let (_, height) = sheet.extent();
    sheet
        .pieces
        .iter()
        .enumerate()
        .filter(|(_, p)| p.dropped.is_none() && p.piece.base > 0.85 * height)
        .filter(|(_, p)| is_address(&p.piece.text))
        .filter(|(_, p)| {
            let under_rule =
                sheet.across.iter().any(|r| r[1] < p.piece.base && r[1] > p.piece.base - 5.0 * p.piece.size);
            under_rule || bottom.is_some_and(|b| p.piece.top() > b)
        })
        .map(|(i, _)| (i, "an address below the text".to_owned()))
        .collect()
}

/// Whether a line holds an e-mail or web address, or a telephone number.
pub(super) fn is_address(text: &str) -> bool {
    let mail = text.split_whitespace().any(|w| w.contains('@') && w.contains('.') && w.len() > 4);
    let web = text.contains("www.") || text.contains("://");
    let is_mark = |c: char| matches!(c, ' ' | '(' | ')' | '+' | '-' | '–');
    mail || web || text.split(|c: char| !(c.is_ascii_digit() || is_mark(c))).any(is_telephone)
}

/// Seven to fifteen digits with a plus or a bracket, or in three groups and more; years, spans of years and dates are not.
fn is_telephone(run: &str) -> bool {
    let groups: Vec<&str> = run.split(|c: char| !c.is_ascii_digit()).filter(|g| !g.is_empty()).collect();
    let digits: usize = groups.iter().map(|g| g.len()).sum();
    let is_year = |g: &&&str| g.len() == 4 && (g.starts_with("19") || g.starts_with("20"));
    let is_date = groups.len() == 3 && groups.iter().any(|g| is_year(&g)) && groups.iter().all(|g| g.len() != 3);
    let joined = run.contains(['-', '–']) && groups.len() > 2 && !is_date;
    (7..=15).contains(&digits) && (run.contains(['+', '(']) || joined)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telephone_mail_and_web_are_addresses_and_years_are_not() {
        assert!(is_address("Тел.: (+992 37) 221-18-08"));
        assert!(is_address("info@ministry.example"));
        assert!(!is_address("принят 10 декабря 1948 года, № 217"));
        assert!(!is_address("в 2018–2020 годах"));
        assert!(!is_address("dated 21-10-2022"));
        assert!(is_address("221-18-08"));
    }
}
