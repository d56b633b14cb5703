//! Names that this program adds to the format.

/// Header field of a copied record that nothing vouches for: its archive was damaged. The value says so to people.
pub const UNVERIFIED: &str = "Sanad-Unverified";

/// Field of a warcinfo record whose captures state a made-up time (value `true`).
pub const REHEARSAL: &str = "rehearsal";

/// Header field of a response whose server showed a certificate that couldn't be verified but was accepted because the
/// source names its digest. The value is that digest.
pub const PINNED: &str = "Sanad-Pinned-Certificate";
