//! Lines made with `<br>`: separate paragraphs, wrapped lines of one paragraph, or verse.

/// Characters from which a line that ends a sentence also ends a paragraph. Lines of verse and addresses are shorter.
const PARAGRAPH_CHARS: usize = 60;

/// At least this many lines of at most this many characters keep their line breaks: addresses, signatures, verse.
const MIN_VERSE_LINES: usize = 3;
const MAX_VERSE_CHARS: usize = 50;

/// Splits a run, in which `\n` is a line break, into the texts of its blocks.
pub(super) fn blocks(text: String) -> Vec<String> {
    if !text.contains('\n') {
        return Some(trimmed(text)).filter(|text| !text.is_empty()).into_iter().collect();
    }
    let lines: Vec<&str> = text.split('\n').map(str::trim).filter(|line| !line.is_empty()).collect();
    let verse = lines.len() >= MIN_VERSE_LINES && lines.iter().all(|line| line.chars().count() <= MAX_VERSE_CHARS);
    let mut blocks: Vec<String> = Vec::new();
    let mut ended = true;
    for line in lines {
        match blocks.last_mut() {
            Some(block) if !ended && !starts_item(line) => {
                block.push(if verse { '\n' } else { ' ' });
                block.push_str(line);
            }
            _ => blocks.push(line.to_owned()),
        }
        ended = line.chars().count() >= PARAGRAPH_CHARS && ends_sentence(line);
    }
    blocks
}

/// The text without white space around it. Copies only if there is some.
pub(super) fn trimmed(text: String) -> String {
    let inner = text.trim();
    if inner.len() == text.len() { text } else { inner.to_owned() }
}

/// Whether a text ends like a sentence, closing quotes and brackets ignored.
pub(super) fn ends_sentence(text: &str) -> bool {
    text.trim_end_matches(['"', '\'', '”', '’', '»', ')', ']', '」', '』', '）'])
        .ends_with(['.', '!', '?', '…', ':', ';', '。', '！', '？', '؟', '۔', '।', '։', '።', '：', '；'])
}

/// Whether a line begins like an item of a list written as text: `1. `, `2) `, `а) `, `• `, `– `.
pub(super) fn starts_item(line: &str) -> bool {
    let mut chars = line.chars();
    match chars.next() {
        Some('•' | '·' | '▪' | '–' | '—' | '●' | '■' | '*') => true,
        Some('-') => chars.next().is_some_and(char::is_whitespace),
        Some(first) if first.is_ascii_digit() => {
            let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
            line.len() - rest.len() <= 3
                && rest.starts_with(['.', ')'])
                && !rest.chars().nth(1).is_some_and(|c| c.is_ascii_digit())
        }
        Some(first) => sanad_document::text::chars::is_letter(first) && chars.next() == Some(')'),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_line_of_one_sentence_stays_one_block() {
        assert_eq!(blocks("Ministry of\nForeign Affairs".to_owned()), ["Ministry of Foreign Affairs"]);
    }

    #[test]
    fn an_address_keeps_its_lines() {
        assert_eq!(blocks("Rudaki 42\nDushanbe\n734051".to_owned()), ["Rudaki 42\nDushanbe\n734051"]);
    }

    #[test]
    fn numbered_lines_are_blocks_of_their_own() {
        assert_eq!(blocks("Decides:\n1. first\n2. second".to_owned()), ["Decides:", "1. first", "2. second"]);
    }

    #[test]
    fn a_date_is_no_list_number() {
        assert!(!starts_item("12.05.2020 the ministry"));
        assert!(starts_item("12. the ministry"));
    }
}
