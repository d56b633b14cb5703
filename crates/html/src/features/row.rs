//! The layout of the model's input: how many numbers describe a block.

use crate::class_words::GROUPS;
use crate::element_kind::FLAGS;

/// Version of the list of features. The model's table names the one it was trained with.
pub(crate) const VERSION: u8 = 2;

/// Number of features, in the order in which they are written.
pub(crate) const FEATURES: usize = OWN
    + FLAGS
    + GROUPS
    + LEVELS.len() * SURROUNDING
    + MAINS * MAIN
    + PATH
    + POSITION
    + START
    + 4 * NEIGHBOUR
    + 2 * WINDOW;

/// The features of a block. A row is longer than [`FEATURES`], so that any 8-bit feature number is in range.
pub(crate) type Row = [f32; 256];

/// The block itself.
pub(super) const OWN: usize = 38;

/// How many containers up the shares of the surroundings are taken, and numbers for each.
pub(super) const LEVELS: [usize; 5] = [0, 1, 2, 3, 5];
const SURROUNDING: usize = 4;

/// Main containers, and numbers for each.
pub(super) const MAINS: usize = 2;
const MAIN: usize = 4;

/// All blocks with the same class path.
const PATH: usize = 4;

/// The place in the page, and the page.
const POSITION: usize = 12;

/// The place relative to the start of the text.
pub(super) const START: usize = 16;

/// Each of the two blocks before and after.
pub(super) const NEIGHBOUR: usize = 6;

/// The five blocks before, and those after.
const WINDOW: usize = 2;
