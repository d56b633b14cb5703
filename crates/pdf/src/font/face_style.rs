//! What a font's name and descriptor say about its style.

use hayro_syntax::object::{Dict, Name, Number, Rect};

/// The name under a key, or an empty string.
pub(super) fn name(dict: &Dict<'_>, key: &str) -> String {
    dict.get::<Name<'_>>(key).map(|n| n.as_str().to_owned()).unwrap_or_default()
}

/// The font's PostScript name, without the prefix of six letters that marks a subset.
pub(super) fn base_font(dict: &Dict<'_>, descriptor: &Dict<'_>) -> String {
    let mut full = name(dict, "BaseFont");
    if full.is_empty() {
        full = name(descriptor, "FontName");
    }
    full.split_once('+').filter(|(prefix, _)| prefix.len() == 6).map_or(full.as_str(), |(_, rest)| rest).to_owned()
}

/// Height of a Type 3 font's em in text space, from its box: its matrix may be anything. 1 if the box makes no sense.
pub(super) fn type3_em(dict: &Dict<'_>) -> f64 {
    let scale = dict.get::<[f64; 6]>("FontMatrix").map_or(0.001, |m| m[3].abs());
    let height = dict.get::<Rect>("FontBBox").map_or(0.0, |r| r.height());
    let em = height * scale;
    if (0.2..5.0).contains(&em) { em } else { 1.0 }
}

/// Returns true if a font is bold, by its name, which is the most reliable, or by its flags or weight.
pub(super) fn is_bold(base_font: &str, descriptor: &Dict<'_>) -> bool {
    const FORCE_BOLD: i32 = 1 << 18;
    let low = base_font.to_ascii_lowercase();
    let named = ["bold", "black", "heavy", "demi"].iter().any(|w| low.contains(w));
    let flags = descriptor.get::<i32>("Flags").unwrap_or(0);
    let weight = descriptor.get::<Number>("FontWeight").map_or(0.0, |n| n.as_f64());
    named || is_tex_bold(&low) || flags & FORCE_BOLD != 0 || weight >= 600.0
}

/// Returns true for the bold faces of Computer Modern and its kin, such as `cmbx10` and `sfbx1200`.
fn is_tex_bold(low: &str) -> bool {
    low.strip_prefix("cm")
        .or_else(|| low.strip_prefix("sf"))
        .or_else(|| low.strip_prefix("la"))
        .or_else(|| low.strip_prefix("ec"))
        .is_some_and(|rest| rest.starts_with("bx") || rest.starts_with("ssbx"))
}
