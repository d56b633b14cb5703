//! The tables of letter pairs and of characters, as they stand in `model/pairs.bin`.

use sanad_document::text::chars;
use std::sync::LazyLock;

static TABLE: &[u8] = include_bytes!("../model/pairs.bin");
/// Those that are built in.
pub(super) static PAIRS: LazyLock<Pairs> = LazyLock::new(|| read(TABLE).unwrap_or_default());

/// Below this code point stand all letters of the tables, in either case.
const HIGHEST: u32 = 0x2000;

/// All tables.
#[derive(Default)]
pub(super) struct Pairs {
    /// The tables of scripts with an alphabet.
    pub(super) scripts: Vec<Script>,
    /// For each language the cost of every character below U+10000; 0 of those that aren't in its table.
    pub(super) characters: Vec<(&'static str, Vec<u8>)>,
}

/// The table of a script.
pub(super) struct Script {
    /// ISO 15924.
    pub(super) name: &'static str,
    /// Symbol of each code point below [`HIGHEST`], [`FOREIGN_SYMBOL`] where it has none in this script.
    symbols: Vec<u8>,
    /// Symbols: boundary, mark, letters.
    width: usize,
    /// ISO 639-3.
    pub(super) languages: Vec<&'static str>,
    /// For each symbol after each other what it costs, in all languages side by side: a word is weighed in all of them at once.
    costs: Vec<u8>,
}

/// The number of the boundary between words, and of a mark.
const BOUNDARY: u8 = 0;
const MARK: u8 = 1;
/// What stands for the symbol of a character that has none.
const FOREIGN_SYMBOL: u8 = u8::MAX;

/// Marks of text outside ASCII that stand beside letters in every language.
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
    /// Takes the alphabet and the languages' tables as they are stored.
    fn new(name: &'static str, alphabet: &[char], languages: &[(&'static str, &'static [u8])]) -> Option<Self> {
        let width = alphabet.len() + 2;
        let mut letters = vec![FOREIGN_SYMBOL; HIGHEST as usize];
        for (at, letter) in alphabet.iter().enumerate() {
            let number = u8::try_from(at + 2).ok().filter(|number| *number != FOREIGN_SYMBOL);
            *letters.get_mut(*letter as usize)? = number?;
        }
        let symbol = |c: char| match c {
            _ if c.is_ascii() && !c.is_ascii_alphabetic() => BOUNDARY,
            _ if is_mark(c) => MARK,
            _ => letters.get(chars::lower(c) as usize).copied().unwrap_or(FOREIGN_SYMBOL),
        };
        let symbols = (0..HIGHEST).map(|c| char::from_u32(c).map_or(FOREIGN_SYMBOL, symbol)).collect();
        let pair = |at: usize| languages.iter().map(move |(_, table)| table.get(at).copied());
        let costs = (0..width * width).flat_map(pair).collect::<Option<_>>()?;
        Some(Self { name, symbols, width, languages: languages.iter().map(|(label, _)| *label).collect(), costs })
    }

    /// The symbol of a character, where it has one in this script.
    pub(super) fn symbol(&self, c: char) -> Option<usize> {
        match self.symbols.get(c as usize) {
            Some(&symbol) => (symbol != FOREIGN_SYMBOL).then_some(usize::from(symbol)),
            None if is_mark(c) => Some(usize::from(MARK)),
            // a few capitals stand above all small letters
            None => {
                Some(chars::lower(c)).filter(|small| u32::from(*small) < HIGHEST).and_then(|small| self.symbol(small))
            }
        }
    }

    /// What one symbol costs after another in each language.
    pub(super) fn row(&self, before: usize, symbol: usize) -> &[u8] {
        let (at, languages) = (before * self.width + symbol, self.languages.len());
        self.costs.get(at * languages..(at + 1) * languages).unwrap_or_default()
    }
}

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
    fn the_table_is_whole() {
        assert_eq!(PAIRS.scripts.len(), 5);
        assert_eq!(PAIRS.characters.len(), 3);
    }
}
