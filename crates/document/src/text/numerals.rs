//! Numbers as lists and pages print them.

/// Largest number that is written with letters: beyond it browsers and readers differ, while digits are unambiguous.
pub const MAX_LETTERED: u32 = 3_999;

/// Returns a number as capital Roman numerals; zero as the empty string. Callers keep to [`MAX_LETTERED`]: the result
/// has a letter for each thousand.
#[must_use]
pub fn roman(mut number: u32) -> String {
    const SIGNS: [(u32, &str); 13] = [
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    let mut out = String::new();
    for (value, sign) in SIGNS {
        while number >= value {
            number -= value;
            out.push_str(sign);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roman_numerals_use_the_subtractive_forms() {
        assert_eq!([4, 9, 14, 1994].map(roman), ["IV", "IX", "XIV", "MCMXCIV"]);
    }
}
