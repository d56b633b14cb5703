//! Finds the pieces of a page that repetition takes: whole containers that stand apart from the page's own text.
//!
//! A block that repeats is no proof: twelve decrees end with one minister's name, a notice has the same address every
//! week, and a price that didn't change is news too. What the site adds to its pages comes as a piece of its own: a
//! container in which everything repeats, beside the container of the page's text. So a repeated block goes with the
//! largest element around it that holds none of the page's own text, and it stays
//!
//! - inside the container of the page's text, unless the names of its element say that it is chrome, it is long and ends
//!   the text, or holds nothing but links;
//! - where it has no container of its own, unless the page model doubts it;
//! - in a container with the names of one that holds own text beside it;
//! - where it begins or ends the text around it and reads like the label of a section or like a signature;
//! - in a table of data that the page model keeps.

use super::looks_like::names_chrome;
use super::smoothing::SURE_SCORE;
use super::template::is_flow;
use foldhash::{HashMap, HashSet};
use sanad_document::{Block, Kind, Origin, Role};

/// The container of the page's text holds at least this share of its own text, title and date aside (per cent): a
/// counter or a rotating link elsewhere doesn't make the whole page its container.
const TEXT_PER_CENT: usize = 90;

/// A repeated paragraph beside the container of the page's text goes below this score: it has no container of its own.
const BESIDE_SCORE: f32 = 0.75;

/// The longest label or signature: blocks and code points.
const LABEL_BLOCKS: usize = 3;
const LABEL_CHARS: usize = 200;

/// A block with this share of links points elsewhere.
const LINKED: f32 = 0.5;

/// From this many code points on a container that ends the text is what the site adds to it: a speech, a note about the
/// ministry. A closing sentence of a decree is shorter.
const ENDING_CHARS: usize = 150;

/// A table with at most this share of links is one of data; from this score on the page model keeps it.
const DATA_LINKS: f32 = 0.3;
const DATA_SCORE: f32 = 0.5;

/// Returns for each block whether repetition takes it. `keep` says which blocks the page model keeps, `repeated` which
/// are repeated on the template's pages.
pub(super) fn taken(blocks: &[Block], keep: &[bool], repeated: &[bool]) -> Vec<bool> {
    let mut taken = vec![false; blocks.len()];
    let page = Page::of(blocks, keep, repeated);
    // Without a text of its own a page is an edition of a document that others show too.
    let Some(text) = page.container_of_text() else { return taken };
    for piece in page.pieces(keep, repeated) {
        if page.is_apart(&piece, text) {
            for number in piece.blocks {
                if let Some(taken) = taken.get_mut(number) {
                    *taken = true;
                }
            }
        }
    }
    taken
}

/// The largest element around a repeated block that holds none of the page's own text, and the kept blocks in it.
struct Piece<'a> {
    /// Its origin path.
    root: &'a str,
    blocks: Vec<usize>,
}

/// Where the page's own text is.
struct Page<'a> {
    blocks: &'a [Block],
    /// Numbers of the kept blocks that aren't repeated.
    own: Vec<usize>,
    /// Origin paths of the elements that hold them.
    elements: HashSet<&'a str>,
}

impl<'a> Page<'a> {
    fn of(blocks: &'a [Block], keep: &[bool], repeated: &[bool]) -> Self {
        let is_own = |number: &usize| {
            let Some(block) = blocks.get(*number) else { return false };
            let is_repeated = repeated.get(*number) == Some(&true) && !is_never_repeated(block);
            keep.get(*number) == Some(&true) && !is_repeated
        };
        let own: Vec<usize> = (0..blocks.len()).filter(is_own).collect();
        let places = own.iter().filter_map(|number| blocks.get(*number)).map(origin);
        let elements = places.flat_map(upwards).collect();
        Self { blocks, own, elements }
    }

    fn own_blocks(&self) -> impl Iterator<Item = &'a Block> {
        self.own.iter().filter_map(|number| self.blocks.get(*number))
    }

    /// Origin path of the smallest container that holds nearly all of the page's own text, title and date aside. None if
    /// there is no such text.
    fn container_of_text(&self) -> Option<&'a str> {
        let mut bytes: HashMap<&str, usize> = HashMap::default();
        let mut all = 0;
        for block in self.own_blocks().filter(|block| !matches!(block.role, Some(Role::Title | Role::DateLine))) {
            all += block.text.len();
            for place in upwards(origin(block)) {
                *bytes.entry(place).or_default() += block.text.len();
            }
        }
        let holds = bytes.into_iter().filter(|(_, bytes)| bytes * 100 >= all * TEXT_PER_CENT).map(|(place, _)| place);
        // All of these lie on one path. A paragraph isn't the container of its text.
        let smallest = holds.max_by_key(|place| place.len())?;
        Some(container(if self.is_block(smallest) { parent(smallest) } else { smallest }))
    }

    /// Returns true if an own block has this origin.
    fn is_block(&self, place: &str) -> bool {
        self.own_blocks().any(|block| origin(block) == place)
    }

    /// The pieces, in the order of their first blocks.
    fn pieces(&self, keep: &[bool], repeated: &[bool]) -> Vec<Piece<'a>> {
        let mut pieces: Vec<Piece<'a>> = Vec::new();
        let mut by_root: HashMap<&str, usize> = HashMap::default();
        for (number, block) in self.blocks.iter().enumerate() {
            let is_candidate = keep.get(number) == Some(&true) && repeated.get(number) == Some(&true);
            if !is_candidate || is_never_repeated(block) {
                continue;
            }
            let outside = |place: &&str| !self.elements.contains(place);
            let Some(root) = upwards(origin(block)).take_while(outside).last() else { continue };
            let at = *by_root.entry(root).or_insert(pieces.len());
            match pieces.get_mut(at) {
                Some(piece) => piece.blocks.push(number),
                None => pieces.push(Piece { root, blocks: vec![number] }),
            }
        }
        pieces
    }

    /// Returns true if a piece stands apart from the page's own text, whose container is `text`.
    fn is_apart(&self, piece: &Piece<'_>, text: &str) -> bool {
        let blocks: Vec<&Block> = piece.blocks.iter().filter_map(|number| self.blocks.get(*number)).collect();
        let (is_after_text, is_before_text) = self.text_beside(piece);
        let is_label = is_like_label(&blocks) && is_after_text != is_before_text;
        if is_label || blocks.iter().any(|block| is_data(block)) {
            return false;
        }
        let shape = blocks.first().and_then(|block| shape_at(block, piece.root));
        let is_container = !is_flow(name(piece.root)) || is_layout(&blocks, piece.root);
        let has_alike = shape.is_some_and(|shape| self.has_alike(piece, shape));
        let are_links = blocks.iter().all(|block| block.link_share >= LINKED);
        if upwards(parent(piece.root)).any(|place| place == text) {
            let ends_text = is_after_text && !is_before_text && chars(&blocks) >= ENDING_CHARS;
            return shape.is_some_and(names_chrome) || (is_container && (are_links || ends_text && !has_alike));
        }
        let is_doubted = blocks.iter().all(|block| block.score < BESIDE_SCORE);
        if is_container { are_links || !has_alike } else { are_links || is_doubted }
    }

    /// Returns true if own text stands in a sibling of a piece with the same element and names, as each section or
    /// paragraph of some pages does. Without names only single blocks are alike.
    fn has_alike(&self, piece: &Piece<'_>, shape: &str) -> bool {
        let above = parent(piece.root);
        let mut siblings: HashMap<&str, usize> = HashMap::default();
        for block in self.own_blocks() {
            let sibling = upwards(origin(block)).find(|place| parent(place) == above);
            if let Some(sibling) = sibling.filter(|sibling| shape_at(block, sibling) == Some(shape)) {
                *siblings.entry(sibling).or_default() += 1;
            }
        }
        let is_named = shape.contains(['.', '#']);
        siblings.values().any(|blocks| is_named || (*blocks == 1 && piece.blocks.len() == 1))
    }

    /// Returns whether own text stands before a piece and whether it stands after it, in the element around it.
    fn text_beside(&self, piece: &Piece<'_>) -> (bool, bool) {
        let above = parent(piece.root);
        let is_beside = |number: &&usize| {
            self.blocks.get(**number).is_some_and(|block| upwards(origin(block)).any(|place| place == above))
        };
        let (first, last) = (self.own.iter().find(is_beside), self.own.iter().rev().find(is_beside));
        (first.is_some() && first < piece.blocks.first(), last > piece.blocks.last())
    }
}

/// A page's title and its date line are its own, also where all pages of a section share them.
fn is_never_repeated(block: &Block) -> bool {
    block.kept_by.is_some()
        || block.role == Some(Role::Title)
        || (block.role == Some(Role::DateLine) && block.score >= SURE_SCORE)
}

/// Returns true for a table of data that the page model keeps.
fn is_data(block: &Block) -> bool {
    block.kind == Kind::Table && block.link_share <= DATA_LINKS && block.score >= DATA_SCORE
}

/// A table that holds other blocks than its data lays them out.
fn is_layout(blocks: &[&Block], root: &str) -> bool {
    matches!(name(root), "table" | "tbody" | "tr") && blocks.iter().all(|block| block.kind != Kind::Table)
}

/// A label or a signature is short, links nowhere, holds no number and is no sentence.
fn is_like_label(blocks: &[&Block]) -> bool {
    let is_plain = |block: &&Block| {
        block.link_share == 0.0
            && !is_sentence(&block.text)
            && !block.text.contains(|c: char| c.is_numeric() || c == '©')
    };
    blocks.len() <= LABEL_BLOCKS && chars(blocks) <= LABEL_CHARS && blocks.iter().all(is_plain)
}

fn chars(blocks: &[&Block]) -> usize {
    blocks.iter().map(|block| block.text.chars().count()).sum()
}

/// Returns true if a text ends like a sentence. A stop after a single letter ends an initial.
fn is_sentence(text: &str) -> bool {
    let Some(rest) = text.strip_suffix(['.', '!', '…', '۔', '।']) else { return false };
    let last = rest.rsplit(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    !text.ends_with('.') || last.chars().count() != 1
}

/// The origin path of a block's element or text run.
fn origin(block: &Block) -> &str {
    match block.origin.as_slice().first() {
        Some(Origin::Html { html, .. }) => html,
        Some(Origin::Pdf { .. }) | None => "",
    }
}

/// The path itself, its parent, and so on up to the root.
fn upwards(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path).filter(|path| !path.is_empty()), |path| {
        Some(parent(path)).filter(|p| !p.is_empty())
    })
}

/// The path of the element around one; empty for the root.
fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(above, _)| above)
}

/// The innermost container at or above a path.
fn container(path: &str) -> &str {
    upwards(path).find(|place| !is_flow(name(place))).unwrap_or_default()
}

/// The element that a path ends with; a text run counts as an element that text flows through.
fn name(path: &str) -> &str {
    let last = path.rsplit('/').next().unwrap_or_default();
    match last.split('[').next().unwrap_or_default() {
        "text()" => "span",
        name => name,
    }
}

/// The step of a block's class path, name and classes, for an element on its origin path. The class path leaves out
/// elements that only change the look of letters.
fn shape_at<'a>(block: &'a Block, element: &str) -> Option<&'a str> {
    let mut steps = block.path.split('/').peekable();
    let mut shape = None;
    for part in element.split('/').skip(1) {
        let element = part.split('[').next().unwrap_or_default();
        shape = steps.next_if(|step| super::template::element_name(step) == element);
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blocks by origin path, class path, text and score. Those whose text begins with `=` repeat. Returns the texts that
    /// repetition takes.
    fn taken_of<'t>(rows: &[(&str, &str, &'t str, f32)]) -> Vec<&'t str> {
        let block = |(place, path, text, score): &(&str, &str, &str, f32)| Block {
            text: (*text).to_owned(),
            origin: [Origin::Html { html: (*place).to_owned(), line: None }].into_iter().collect(),
            path: (*path).into(),
            kind: if place.ends_with("table[1]") { Kind::Table } else { Kind::Paragraph },
            score: *score,
            ..Block::default()
        };
        let blocks: Vec<Block> = rows.iter().map(block).collect();
        let repeated: Vec<bool> = blocks.iter().map(|block| block.text.starts_with('=')).collect();
        let taken = taken(&blocks, &vec![true; blocks.len()], &repeated);
        rows.iter().zip(taken).filter(|(_, taken)| *taken).map(|((.., text, _), _)| *text).collect()
    }

    #[test]
    fn a_container_of_its_own_goes_and_a_paragraph_among_others_stays() {
        let rows = [
            ("/body[1]/div[1]/p[1]", "body/div.text/p", "The decree of today.", 1.0),
            ("/body[1]/div[1]/p[2]", "body/div.text/p", "= The Government decrees:", 0.6),
            ("/body[1]/div[2]/p[1]", "body/div.word/p", "= Dear compatriots! We build schools.", 1.0),
            ("/body[1]/div[2]/p[2]", "body/div.word/p", "= And roads, for all of us.", 1.0),
        ];
        assert_eq!(taken_of(&rows), ["= Dear compatriots! We build schools.", "= And roads, for all of us."]);
    }

    #[test]
    fn where_everything_repeats_nothing_goes() {
        assert!(taken_of(&[("/body[1]/div[1]/p[1]", "body/div/p", "= One text in two editions.", 0.5)]).is_empty());
    }

    #[test]
    fn a_container_like_those_of_the_text_beside_it_is_text() {
        let rows = [
            ("/body[1]/div[1]/p[1]", "body/div.row/p", "Rates of today.", 1.0),
            (
                "/body[1]/div[2]/p[1]",
                "body/div.row/p",
                "= Rates are set by the board in the morning, and again at noon.",
                0.6,
            ),
            ("/body[1]/div[3]/p[1]", "body/div.row/p", "Rates of yesterday.", 1.0),
        ];
        assert!(taken_of(&rows).is_empty());
    }

    #[test]
    fn a_table_of_data_that_did_not_change_stays_and_a_table_that_lays_out_goes() {
        let rows = [
            ("/body[1]/div[2]/p[1]", "body/div.text/p", "Prices of today.", 1.0),
            ("/body[1]/div[1]/table[1]", "body/div.table/table", "= Petrol | 10.2", 0.6),
            (
                "/body[1]/table[2]/tbody[1]/tr[1]/td[1]/p[1]",
                "body/table/tbody/tr/td/p",
                "= Dear compatriots! We build.",
                0.95,
            ),
        ];
        assert_eq!(taken_of(&rows), ["= Dear compatriots! We build."]);
    }

    #[test]
    fn labels_and_signatures_stay_and_what_interrupts_the_text_goes() {
        let rows = [
            ("/body[1]/div[1]/div[1]", "body/div.part/div.label", "= Biography", 0.6),
            ("/body[1]/div[1]/div[2]/p[1]", "body/div.part/div.text/p", "Born in 1956.", 1.0),
            ("/body[1]/div[2]/p[1]", "body/div.text/p", "First point.", 1.0),
            ("/body[1]/div[2]/div[1]", "body/div.text/div.advert", "= Continue reading below", 0.6),
            ("/body[1]/div[2]/p[2]", "body/div.text/p", "Second point.", 1.0),
            ("/body[1]/div[2]/div[2]", "body/div.text/div.sign", "= Minister F. Karimzoda", 0.6),
        ];
        assert_eq!(taken_of(&rows), ["= Continue reading below"]);
    }
}
