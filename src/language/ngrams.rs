//! The n-gram model: hashed character n-grams of one to five letters, one table of weights for each script group.
//!
//! Which language of a script a text is in: a linear model (softmax regression) over the counts of n-grams within words,
//! divided by the square root of their number. The weights are trained by `train/language/train.py` and stand, as whole
//! numbers, in `model/ngrams.bin`; its shape is told in `train/language/MODEL.md`. Each n-gram picks the row of its hash;
//! rows are shared by chance, which the training knows about. It doesn't know when a text is in none of its languages.

use std::sync::LazyLock;

use super::letters::{self, MODELLED};

static TABLE: &[u8] = include_bytes!("model/ngrams.bin");
static GROUPS: LazyLock<Vec<Group>> = LazyLock::new(|| read(TABLE).unwrap_or_default());

/// Longest n-gram, in letters.
const LONGEST: usize = 5;
/// Room for the languages of one group.
pub(crate) const ROOM: usize = 32;
/// Code points of a text that are read: more changes no verdict (issue and measurement: sentences of 100 are all right).
pub(crate) const READ: usize = 1000;

/// The table of one script.
struct Group {
    labels: Vec<&'static str>,
    bits: u32,
    scale: f32,
    rows: Rows,
}

/// Rows of weights, as wide as the processor likes them.
enum Rows {
    Eight(Vec<[i8; 8]>),
    Sixteen(Vec<[i8; 16]>),
    Whole(Vec<[i8; ROOM]>),
}

/// Folded letters of a text, words apart by one space, and how many letters each modelled script has.
#[derive(Debug, Clone, Default)]
pub(crate) struct Folded {
    /// Folded code points; begins and ends with a space.
    pub(crate) codes: Vec<u32>,
    /// Letters by index in [`MODELLED`].
    pub(crate) letters: [usize; 3],
    /// Letters of other scripts.
    pub(crate) others: Vec<(&'static str, usize)>,
    /// Characters read.
    read: usize,
}

impl Folded {
    /// Folds words one by one, up to [`READ`] code points.
    pub(crate) fn of<'a>(words: impl Iterator<Item = &'a str>) -> Self {
        let mut folded = Self { codes: Vec::with_capacity(READ + 8), letters: [0; 3], others: Vec::new(), read: 0 };
        folded.codes.push(0x20);
        for word in words {
            for c in word.chars() {
                folded.push(c);
            }
            folded.space();
            folded.read += word.len();
            if folded.codes.len() > READ || folded.read > 4 * READ {
                break;
            }
        }
        folded
    }

    fn push(&mut self, c: char) {
        if let Some((code, group)) = letters::fold(c) {
            self.codes.push(code);
            if let Some(n) = self.letters.get_mut(group) {
                *n += 1;
            }
        } else if letters::is_apostrophe(c) {
            self.codes.push(0x27);
        } else {
            if !c.is_ascii()
                && let Some(script) = letters::script(c)
            {
                self.other(script);
            }
            self.space();
        }
    }

    fn other(&mut self, script: &'static str) {
        match self.others.iter_mut().find(|(name, _)| *name == script) {
            Some((_, n)) => *n += 1,
            None => self.others.push((script, 1)),
        }
    }

    fn space(&mut self) {
        if self.codes.last() != Some(&0x20) {
            self.codes.push(0x20);
        }
    }
}

/// Languages of a script group with their probabilities, the likeliest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ranking {
    /// Label and probability.
    pub(crate) languages: Vec<(&'static str, f32)>,
}

impl Ranking {
    /// The likeliest.
    pub(crate) fn best(&self) -> Option<(&'static str, f32)> {
        self.languages.first().copied()
    }

    /// Probability of one language.
    pub(crate) fn of(&self, label: &str) -> f32 {
        self.languages.iter().find(|(l, _)| *l == label).map_or(0.0, |(_, p)| *p)
    }
}

/// Ranks the languages of one script group. Of a longer text three stretches are read first; the rest only when they
/// leave a doubt.
pub(crate) fn rank(codes: &[u32], group: usize) -> Ranking {
    let Some(group) = GROUPS.get(group) else {
        return Ranking::default();
    };
    if codes.len() > 4 * STRETCH {
        let middle = codes.len() / 2;
        let starts = [0, middle, codes.len() - STRETCH];
        let stretches = starts.map(|at| codes.get(at..at + STRETCH).unwrap_or_default());
        let first = group.rank(&stretches);
        if first.best().is_some_and(|(_, p)| p > BEYOND_DOUBT) {
            return first;
        }
    }
    group.rank(&[codes])
}

/// Code points of a stretch.
const STRETCH: usize = 24;
/// Probability above which the rest of a text isn't read: on held-out sentences it changed no verdict.
const BEYOND_DOUBT: f32 = 0.998;

/// Whether the model knows this language.
pub(crate) fn knows(label: &str) -> bool {
    GROUPS.iter().any(|g| g.labels.contains(&label))
}

impl Group {
    /// Ranks its languages over pieces of a text.
    fn rank(&self, pieces: &[&[u32]]) -> Ranking {
        let mut sums = [0i32; ROOM];
        let mut count = 0;
        for codes in pieces {
            count += match &self.rows {
                Rows::Eight(rows) => add(rows, self.bits, codes, &mut sums),
                Rows::Sixteen(rows) => add(rows, self.bits, codes, &mut sums),
                Rows::Whole(rows) => add(rows, self.bits, codes, &mut sums),
            };
        }
        if count == 0 {
            return Ranking::default();
        }
        #[allow(clippy::cast_precision_loss, reason = "sums of bytes over 5,000 n-grams fit a float")]
        let unit = 1.0 / self.scale / (count as f32).sqrt();
        let sums = sums.get(..self.labels.len()).unwrap_or_default();
        let top = sums.iter().copied().max().unwrap_or_default();
        #[allow(clippy::cast_precision_loss, reason = "as above")]
        let mut languages: Vec<(&'static str, f32)> =
            self.labels.iter().zip(sums).map(|(&l, &s)| (l, ((s - top) as f32 * unit).exp())).collect();
        let total: f32 = languages.iter().map(|(_, p)| p).sum();
        for (_, p) in &mut languages {
            *p /= total;
        }
        languages.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
        Ranking { languages }
    }
}

/// Starting places whose n-grams surely fit a sum of 16 bits: 51 times five times 127 is less than 32,767.
const BATCH: usize = 51;

/// Adds the rows of all n-grams; how many there were.
fn add<const W: usize>(rows: &[[i8; W]], bits: u32, codes: &[u32], total: &mut [i32; ROOM]) -> u32 {
    let mut count = 0;
    let mut part = [0i16; W];
    let mut rest = codes;
    let mut turn = 0;
    while !rest.is_empty() {
        count += from_here(rows, bits, rest, &mut part);
        turn += 1;
        rest = rest.get(1..).unwrap_or_default();
        if turn == BATCH || rest.is_empty() {
            for (t, p) in total.iter_mut().zip(&mut part) {
                *t += i32::from(std::mem::take(p));
            }
            turn = 0;
        }
    }
    count
}

/// Adds the rows of the n-grams that begin with the first letter.
#[inline]
fn from_here<const W: usize>(rows: &[[i8; W]], bits: u32, codes: &[u32], part: &mut [i16; W]) -> u32 {
    let mut hash: u32 = 0x811C_9DC5;
    let mut count = 0;
    for (n, &code) in codes.iter().take(LONGEST).enumerate() {
        hash = (hash ^ code).wrapping_mul(0x0100_0193);
        if n == 0 && code == 0x20 {
            continue; // a space alone says nothing
        }
        if let Some(row) = rows.get((hash.wrapping_mul(0x9E37_79B1) >> (32 - bits)) as usize) {
            for (sum, &weight) in part.iter_mut().zip(row) {
                *sum += i16::from(weight);
            }
        }
        count += 1;
        if n > 0 && code == 0x20 {
            break; // an n-gram ends with its word
        }
    }
    count
}

/// Rows of `width` bytes, each filled up to `W`.
fn widen<const W: usize>(bytes: &[u8], width: usize) -> Vec<[i8; W]> {
    bytes
        .chunks_exact(width)
        .map(|row| {
            let mut wide = [0i8; W];
            for (to, &from) in wide.iter_mut().zip(row) {
                *to = from.cast_signed();
            }
            wide
        })
        .collect()
}

/// Reads the table; `None` when it isn't one, which the tests rule out for the one built in.
fn read(bytes: &'static [u8]) -> Option<Vec<Group>> {
    let (count, mut rest) = bytes.strip_prefix(b"SNGM\x01")?.split_first()?;
    let mut groups = Vec::new();
    for script in MODELLED.iter().take(usize::from(*count)) {
        rest = rest.strip_prefix(script.as_bytes())?;
        let (head, tail) = rest.split_at_checked(6)?;
        let &[bits, labels, a, b, c, d] = head else {
            return None;
        };
        let width = usize::from(labels);
        let (names, tail) = tail.split_at_checked(width * 3)?;
        let (rows, tail) = tail.split_at_checked((1usize << bits) * width)?;
        let labels: Option<Vec<&'static str>> = names.chunks_exact(3).map(|n| std::str::from_utf8(n).ok()).collect();
        let rows = match width {
            0..=8 => Rows::Eight(widen(rows, width)),
            9..=16 => Rows::Sixteen(widen(rows, width)),
            _ => Rows::Whole(widen(rows, width)),
        };
        groups.push(Group { labels: labels?, bits: u32::from(bits), scale: f32::from_le_bytes([a, b, c, d]), rows });
        rest = tail;
    }
    Some(groups)
}

#[cfg(test)]
mod tests {
    use super::{Folded, GROUPS, MODELLED, ROOM, TABLE, rank};

    #[test]
    fn the_table_is_whole_and_within_two_megabytes() {
        assert_eq!(GROUPS.len(), MODELLED.len());
        assert!(TABLE.len() <= 2_000_000);
        assert!(GROUPS.iter().all(|g| g.labels.len() <= ROOM && g.labels.len() > 1));
    }

    #[test]
    fn a_tajik_sentence_ranks_tajik_first() {
        let folded = Folded::of("Президенти Ҷумҳурии Тоҷикистон ба шаҳрвандон муроҷиат кард".split(' '));
        assert_eq!(rank(&folded.codes, 0).best().unwrap().0, "tgk");
    }
}
