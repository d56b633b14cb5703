//! Signed notes (C2SP `signed-note`): a text, a blank line, and one line for each Ed25519 signature.

use crate::sha256::{hex, sha256};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};

/// The algorithm byte that precedes an Ed25519 key.
const ED25519: u8 = 1;

/// The limit on signatures of a note. The specification asks verifiers to accept at least 16.
const MOST_SIGNATURES: usize = 100;

/// A public key and the name that it signs under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    key: VerifyingKey,
}

/// A private key and the name that it signs under. `Debug` doesn't show the key.
#[derive(Clone)]
pub struct Signer {
    name: String,
    key: SigningKey,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A parsed note. Its signatures are unchecked: see [`Note::is_signed_by`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The text, including its last line end.
    pub text: String,
    signatures: Vec<ClaimedSignature>,
}

/// A signature line: who claims to have signed, and the signature.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ClaimedSignature {
    name: String,
    key_id: [u8; 4],
    signature: Vec<u8>,
}

/// The key id: the first 4 bytes of the SHA-256 over name, line feed, algorithm byte and public key.
fn key_id(name: &str, key: &VerifyingKey) -> [u8; 4] {
    let hash = sha256(&[name.as_bytes(), &[b'\n', ED25519], key.as_bytes()]);
    hash.first_chunk().copied().unwrap_or_default()
}

/// Returns true if a key may have this name.
fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+')
}

impl Verifier {
    /// Parses `<name>+<id>+<key>`, which Go's `sumdb/note` calls a verifier key. Refuses weak keys.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, rest) = text.trim().split_once('+')?;
        let (id, key) = rest.split_once('+')?;
        let bytes = BASE64.decode(key).ok()?;
        let (algorithm, key) = bytes.split_first()?;
        let key = VerifyingKey::from_bytes(key.try_into().ok()?).ok().filter(|k| !k.is_weak())?;
        let is_sound = *algorithm == ED25519 && is_name(name) && id == hex(&key_id(name, &key));
        is_sound.then(|| Self { name: name.to_owned(), key })
    }

    /// The name that the key signs under.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl std::fmt::Display for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let id = hex(&key_id(&self.name, &self.key));
        let key = BASE64.encode([&[ED25519], self.key.as_bytes().as_slice()].concat());
        write!(f, "{}+{id}+{key}", self.name)
    }
}

impl Signer {
    /// The key made from 32 secret bytes, under this name.
    #[must_use]
    pub fn of(name: &str, seed: &[u8; 32]) -> Self {
        Self { name: name.to_owned(), key: SigningKey::from_bytes(seed) }
    }

    /// Parses `PRIVATE+KEY+<name>+<id>+<key>`, which Go's `sumdb/note` calls a signer key.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().strip_prefix("PRIVATE+KEY+")?.splitn(3, '+');
        let (name, id, key) = (parts.next()?, parts.next()?, parts.next()?);
        let bytes = BASE64.decode(key).ok()?;
        let (algorithm, seed) = bytes.split_first()?;
        let signer = Self::of(name, seed.try_into().ok()?);
        let is_sound = *algorithm == ED25519 && is_name(name) && id == hex(&key_id(name, &signer.verifier().key));
        is_sound.then_some(signer)
    }

    /// The key as text that [`Signer::parse`] reads. Keep it secret.
    #[must_use]
    pub fn secret(&self) -> String {
        let id = hex(&key_id(&self.name, &self.key.verifying_key()));
        let key = BASE64.encode([&[ED25519], self.key.as_bytes().as_slice()].concat());
        format!("PRIVATE+KEY+{}+{id}+{key}", self.name)
    }

    /// The name that the key signs under.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The public half of the key.
    #[must_use]
    pub fn verifier(&self) -> Verifier {
        Verifier { name: self.name.clone(), key: self.key.verifying_key() }
    }

    /// The signature line for a note with this text.
    #[must_use]
    pub fn line(&self, text: &str) -> String {
        let id = key_id(&self.name, &self.key.verifying_key());
        let signature = self.key.sign(text.as_bytes()).to_bytes();
        format!("\u{2014} {} {}\n", self.name, BASE64.encode([id.as_slice(), signature.as_slice()].concat()))
    }
}

/// Signs a text, which must end with a line end, and returns the note.
#[must_use]
pub fn sign(text: &str, signers: &[&Signer]) -> String {
    let lines: String = signers.iter().map(|s| s.line(text)).collect();
    format!("{text}\n{lines}")
}

impl Note {
    /// Parses a note. Returns none if it isn't well-formed. Doesn't check the signatures.
    #[must_use]
    pub fn parse(note: &str) -> Option<Self> {
        if note.chars().any(|c| c < ' ' && c != '\n') {
            return None;
        }
        let at = note.rfind("\n\n")?;
        let (text, rest) = note.split_at_checked(at + 1)?;
        let lines = rest.strip_prefix('\n')?.strip_suffix('\n')?;
        let mut signatures = Vec::new();
        for line in lines.split('\n') {
            let (name, encoded) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
            let bytes = BASE64.decode(encoded).ok()?;
            let (key_id, signature) = bytes.split_first_chunk::<4>()?;
            if !is_name(name) || signature.is_empty() || signatures.len() == MOST_SIGNATURES {
                return None;
            }
            signatures.push(ClaimedSignature { name: name.to_owned(), key_id: *key_id, signature: signature.to_vec() });
        }
        Some(Self { text: text.to_owned(), signatures })
    }

    /// Returns true if this key signed the note. A signature that claims the key's name and id but doesn't verify
    /// spoils the note, even beside a valid one.
    #[must_use]
    pub fn is_signed_by(&self, verifier: &Verifier) -> bool {
        let id = key_id(&verifier.name, &verifier.key);
        let mut own = self.signatures.iter().filter(|s| s.name == verifier.name && s.key_id == id).peekable();
        own.peek().is_some()
            && own.all(|claimed| {
                let signature = Signature::from_slice(&claimed.signature);
                signature.is_ok_and(|s| verifier.key.verify_strict(self.text.as_bytes(), &s).is_ok())
            })
    }

    /// Name and id (hex) of each key that is claimed to have signed.
    pub fn claimed(&self) -> impl Iterator<Item = (&str, String)> {
        self.signatures.iter().map(|s| (s.name.as_str(), hex(&s.key_id)))
    }

    /// Number of signatures.
    #[must_use]
    pub fn signatures(&self) -> usize {
        self.signatures.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_holds_for_its_key_and_its_text_alone() {
        let signer = Signer::of("log.example/a", &[7; 32]);
        let text = "log.example/a\n3\nAAAA\n";
        let whole = sign(text, &[&signer]);
        let note = Note::parse(&whole).unwrap();
        assert_eq!(note.text, text);
        assert!(note.is_signed_by(&signer.verifier()));
        assert!(!note.is_signed_by(&Signer::of("log.example/a", &[8; 32]).verifier()));
        let changed = Note::parse(&whole.replacen('3', "4", 1)).unwrap();
        assert!(!changed.is_signed_by(&signer.verifier()));
    }

    #[test]
    fn keys_are_written_as_they_are_read() {
        let signer = Signer::of("log.example/a", &[7; 32]);
        assert_eq!(Signer::parse(&signer.secret()).unwrap().secret(), signer.secret());
        assert_eq!(Verifier::parse(&signer.verifier().to_string()), Some(signer.verifier()));
        assert!(Verifier::parse(&signer.verifier().to_string().replacen("/a", "/b", 1)).is_none());
        assert!(Signer::parse("PRIVATE+KEY+x").is_none());
    }
}
