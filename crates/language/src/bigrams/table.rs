//! Reads the tables of letter pairs and of characters in `model/pairs.bin`.

use sanad_document::text::chars;
use std::sync::LazyLock;

static TABLE: &[u8] = include_bytes!("../model/pairs.bin");
/// The built-in tables.
pub(super) static PAIRS: LazyLock<Pairs> = LazyLock::new(|| read(TABLE).unwrap_or_default());

/// All letters of the tables, in either case, are below this code point.
const LETTERS_END: u32 = 0x2000;

/// All tables.
#[derive(Default)]
pub(super) struct Pairs {
    /// The tables of scripts with an alphabet.
    pub(super) scripts: Vec<Script>,
    /// For each CJK language the cost of every character below U+10000; 0 if its table lacks it.
    pub(super) characters: Vec<(&'static str, Vec<u8>)>,
}

/// The table of a script.
pub(super) struct Script {
    /// ISO 15924.
    pub(super) name: &'static str,
    /// Symbol of each code point below [`LETTERS_END`]; [`NO_SYMBOL`] if it has none in this script.
    symbols: Vec<u8>,
    /// Number of symbols: boundary, mark, letters.
    width: usize,
    /// ISO 639-3.
    pub(super) languages: Vec<&'static str>,
    /// Cost of each symbol after each other. The costs in all languages are adjacent, since a word is weighed in all at
    /// once.
    costs: Vec<u8>,
}

/// The symbols of a word boundary and of a mark.
const BOUNDARY: u8 = 0;
const MARK: u8 = 1;
/// Marks a character without a symbol.
const NO_SYMBOL: u8 = u8::MAX;

/// Returns true for marks outside ASCII that are used with letters in every language.
fn is_mark(c: char) -> bool {
    matches!(
        c,
        '«' | '»'
            | '—'
            | '–'
            | '“'
            | '”'
            | '„'
            | '…'
            | '№'
            | '’'
            | '‘'
            | '‚'
            | '§'
            | '°'
            | '‹'
            | '›'
            | '©'
            | '®'
            | '™'
            | '•'
            | '·'
            | '−'
            | '،'
            | '؛'
            | '؟'
            | '\u{A0}'
            | 'ـ'
    )
}

impl Script {
    /// Builds the table from an alphabet and the languages' tables as they are stored. Returns `None` if their sizes
    /// don't agree.
    fn new(name: &'static str, alphabet: &[char], languages: &[(&'static str, &'static [u8])]) -> Option<Self> {
        let width = alphabet.len() + 2;
        let mut letters = vec![NO_SYMBOL; LETTERS_END as usize];
        for (at, letter) in alphabet.iter().enumerate() {
            let number = u8::try_from(at + 2).ok().filter(|number| *number != NO_SYMBOL);
            *letters.get_mut(*letter as usize)? = number?;
        }
        let symbol = |c: char| match c {
            _ if c.is_ascii() && !c.is_ascii_alphabetic() => BOUNDARY,
            _ if is_mark(c) => MARK,
            _ => letters.get(chars::lower(c) as usize).copied().unwrap_or(NO_SYMBOL),
        };
        let symbols = (0..LETTERS_END).map(|c| char::from_u32(c).map_or(NO_SYMBOL, symbol)).collect();
        let pair = |at: usize| languages.iter().map(move |(_, table)| table.get(at).copied());
        let costs = (0..width * width).flat_map(pair).collect::<Option<_>>()?;
        Some(Self { name, symbols, width, languages: languages.iter().map(|(label, _)| *label).collect(), costs })
    }

    /// Returns the symbol of a character, if it has one in this script.
    pub(super) fn symbol(&self, c: char) -> Option<usize> {
        match self.symbols.get(c as usize) {
            Some(&symbol) => (symbol != NO_SYMBOL).then_some(usize::from(symbol)),
            None if is_mark(c) => Some(usize::from(MARK)),
            // a few capitals are above the letters' range
            None => Some(chars::lower(c))
                .filter(|small| u32::from(*small) < LETTERS_END)
                .and_then(|small| self.symbol(small)),
        }
    }

    /// Returns the cost of one symbol after another in each language.
    pub(super) fn row(&self, before: usize, symbol: usize) -> &[u8] {
        let (at, languages) = (before * self.width + symbol, self.languages.len());
        self.costs.get(at * languages..(at + 1) * languages).unwrap_or_default()
    }
}

/// Reads the tables. Returns `None` if they are malformed; a test checks the built-in ones.
fn read(bytes: &'static [u8]) -> Option<Pairs> {
    let mut rest = bytes.strip_prefix(b"SPRS\x01")?;
    let mut pairs = Pairs::default();
    loop {
        let (name, tail) = rest.split_at_checked(4)?;
        if name == b"CHAR" {
            rest = tail;
            break;
        }
        let (head, tail) = tail.split_at_checked(3)?;
        let &[a, b, languages] = head else { return None };
        let letters = usize::from(u16::from_le_bytes([a, b]));
        let (alphabet, mut tail) = tail.split_at_checked(letters * 4)?;
        let letter = |code: &[u8]| char::from_u32(u32::from_le_bytes(code.try_into().ok()?));
        let alphabet = alphabet.chunks_exact(4).map(letter).collect::<Option<Vec<char>>>()?;
        let width = letters + 2;
        let mut tables = Vec::new();
        for _ in 0..languages {
            let (label, after) = tail.split_at_checked(3)?;
            let (table, after) = after.split_at_checked(width * width)?;
            tables.push((std::str::from_utf8(label).ok()?, table));
            tail = after;
        }
        pairs.scripts.push(Script::new(std::str::from_utf8(name).ok()?, &alphabet, &tables)?);
        rest = tail;
    }
    while let Some((label, tail)) = rest.split_at_checked(3) {
        let (size, tail) = tail.split_at_checked(2)?;
        let size = usize::from(u16::from_le_bytes(size.try_into().ok()?));
        let (table, tail) = tail.split_at_checked(size * 3)?;
        let mut costs = vec![0; 1 << 16];
        for character in table.as_chunks::<3>().0 {
            let [a, b, cost] = *character;
            *costs.get_mut(usize::from(u16::from_le_bytes([a, b])))? = cost;
        }
        pairs.characters.push((std::str::from_utf8(label).ok()?, costs));
        rest = tail;
    }
    Some(pairs)
}

#[cfg(test)]
mod tests {
    use super::PAIRS;

    #[test]
    fn the_tables_are_complete() {
        assert_eq!(PAIRS.scripts.len(), 5);
        assert_eq!(PAIRS.characters.len(), 3);
    }
}
