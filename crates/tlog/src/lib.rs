//! A transparency log in a folder: append entries, sign checkpoints, prove that an entry is in the log.
//!
//! The log is a Merkle tree over SHA-256 (RFC 6962), stored as tiles ([C2SP
//! `tlog-tiles`](https://c2sp.org/tlog-tiles)). Its head is signed as a checkpoint
//! ([`tlog-checkpoint`](https://c2sp.org/tlog-checkpoint), [`signed-note`](https://c2sp.org/signed-note), Ed25519). A
//! [`Proof`](proof::Proof) ([`tlog-proof`](https://c2sp.org/tlog-proof)) is one small file that anyone can check with
//! the public key alone. Any static web server can publish the folder as it is.
//!
//! Entries are opaque bytes, at most [`MOST_ENTRY_BYTES`] each. What they mean, how many logs there are, and auditing a
//! whole log against other evidence are left to the caller. So is making sure that a log has one writer at a time.
//!
//! ```
//! use sanad_tlog::note::Signer;
//! use sanad_tlog::{Reader, Writer};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let folder = tempfile::tempdir()?;
//! let signer = Signer::of("example.org/log", &[7; 32]); // for real: 32 random bytes, kept secret
//! let public_key = signer.verifier();
//!
//! let mut writer = Writer::open(folder.path(), signer)?;
//! let index = writer.append(b"the first entry")?;
//! writer.append(b"the second entry")?;
//! writer.sign()?; // entries count once a signed checkpoint covers them
//!
//! let proof = Reader::new(folder.path()).prove(index)?;
//! let checkpoint = proof.check(&public_key).ok_or("the proof doesn't hold")?;
//! assert_eq!(proof.entry, b"the first entry");
//! assert_eq!((checkpoint.origin.as_str(), checkpoint.size), ("example.org/log", 2));
//! # Ok(())
//! # }
//! ```
//!
//! # Overview
//!
//! - [`Writer`] appends and signs, [`Reader`] reads files and makes proofs.
//! - [`key`] finds or creates the signing key, [`note`] signs and checks notes, [`checkpoint`] and [`proof`] are the
//!   two documents that others check.
//! - [`merkle`] has the hashes of the tree, [`tile`] the paths and contents of tiles: what an auditor needs.
//! - [`replace`], [`sync`] and [`files_under`] write and list files durably.
//!
//! # Files
//!
//! | path | content |
//! | --- | --- |
//! | `origin`, `key.pub` | the log's name; its public keys, newest first |
//! | `checkpoint` | the newest checkpoint |
//! | `checkpoints/<size>` | every checkpoint that was signed |
//! | `tile/<L>/<N>`, `tile/entries/<N>` | hashes of level L; entries |

pub mod checkpoint;
mod durable;
mod error;
pub mod key;
pub mod merkle;
pub mod note;
pub mod proof;
mod reader;
mod sha256;
pub mod tile;
mod writer;

pub use checkpoint::Checkpoint;
pub use durable::{files_under, replace, sync};
pub use error::Error;
pub use merkle::Hash;
pub use reader::Reader;
pub use tile::MOST_ENTRY_BYTES;
pub use writer::{CHECKPOINT_EVERY, Writer};
