//! Signed notes as C2SP `signed-note` has them: a text, a blank line, and a line for each Ed25519 signature.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sanad_document::digest::Sha256;

/// The mark of Ed25519 before a key.
const ED25519: u8 = 1;

/// Most signatures of a note that are looked at; verifiers must take at least 16.
const MOST_SIGNATURES: usize = 100;

/// A public key with the name it signs under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    key: VerifyingKey,
}

/// A private key with the name it signs under.
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

/// A note taken apart; nothing of it is proved before [`Note::is_signed_by`] says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The text, its last line end included.
    pub text: String,
    signatures: Vec<(String, [u8; 4], Vec<u8>)>,
}

fn key_id(name: &str, key: &VerifyingKey) -> [u8; 4] {
    let mut digest = Sha256::new();
    digest.update(name.as_bytes());
    digest.update([b'\n', ED25519]);
    digest.update(key.as_bytes());
    let hash = digest.finalize();
    hash.first_chunk().copied().unwrap_or_default()
}

/// Whether a key may have this name.
#[must_use]
pub fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+')
}

impl Verifier {
    /// Reads `<name>+<id>+<key>`, the form that Go's `sumdb/note` calls a verifier key.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, rest) = text.trim().split_once('+')?;
        let (id, key) = rest.split_once('+')?;
        let bytes = BASE64.decode(key).ok()?;
        let (mark, key) = bytes.split_first()?;
        let key = VerifyingKey::from_bytes(key.try_into().ok()?).ok().filter(|k| !k.is_weak())?;
        let sound = *mark == ED25519 && is_name(name) && id == sanad_document::digest::hex(&key_id(name, &key));
        sound.then(|| Self { name: name.to_owned(), key })
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl std::fmt::Display for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let id = sanad_document::digest::hex(&key_id(&self.name, &self.key));
        let key = BASE64.encode([&[ED25519], self.key.as_bytes().as_slice()].concat());
        write!(f, "{}+{id}+{key}", self.name)
    }
}

impl Signer {
    /// The key of 32 secret bytes, under this name.
    #[must_use]
    pub fn of(name: &str, seed: &[u8; 32]) -> Self {
        Self { name: name.to_owned(), key: SigningKey::from_bytes(seed) }
    }

    /// Reads `PRIVATE+KEY+<name>+<id>+<key>`, the form that Go's `sumdb/note` calls a signer key.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().strip_prefix("PRIVATE+KEY+")?.splitn(3, '+');
        let (name, id, key) = (parts.next()?, parts.next()?, parts.next()?);
        let bytes = BASE64.decode(key).ok()?;
        let (mark, seed) = bytes.split_first()?;
        let signer = Self::of(name, seed.try_into().ok()?);
        let right = *mark == ED25519
            && is_name(name)
            && id == sanad_document::digest::hex(&key_id(name, &signer.verifier().key));
        right.then_some(signer)
    }

    /// The text that [`Signer::parse`] reads. Secret.
    #[must_use]
    pub fn secret(&self) -> String {
        let id = sanad_document::digest::hex(&key_id(&self.name, &self.key.verifying_key()));
        let key = BASE64.encode([&[ED25519], self.key.as_bytes().as_slice()].concat());
        format!("PRIVATE+KEY+{}+{id}+{key}", self.name)
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its public half.
    #[must_use]
    pub fn verifier(&self) -> Verifier {
        Verifier { name: self.name.clone(), key: self.key.verifying_key() }
    }

    /// The signature line for a note of this text.
    #[must_use]
    pub fn line(&self, text: &str) -> String {
        let id = key_id(&self.name, &self.key.verifying_key());
        let signature = self.key.sign(text.as_bytes()).to_bytes();
        format!("\u{2014} {} {}\n", self.name, BASE64.encode([id.as_slice(), signature.as_slice()].concat()))
    }
}

/// A note of this text, which ends with a line end.
#[must_use]
pub fn sign(text: &str, signers: &[&Signer]) -> String {
    let lines: String = signers.iter().map(|s| s.line(text)).collect();
    format!("{text}\n{lines}")
}

impl Note {
    /// Takes a note apart; none when it isn't one.
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
            let (id, signature) = bytes.split_first_chunk::<4>()?;
            if !is_name(name) || signature.is_empty() || signatures.len() == MOST_SIGNATURES {
                return None;
            }
            signatures.push((name.to_owned(), *id, signature.to_vec()));
        }
        Some(Self { text: text.to_owned(), signatures })
    }

    /// Whether this key signed it. A signature of this key's name and number that doesn't verify spoils the note.
    #[must_use]
    pub fn is_signed_by(&self, verifier: &Verifier) -> bool {
        let id = key_id(&verifier.name, &verifier.key);
        let mut own = self.signatures.iter().filter(|(name, of, _)| *name == verifier.name && *of == id).peekable();
        own.peek().is_some()
            && own.all(|(_, _, bytes)| {
                let signature = Signature::from_slice(bytes);
                signature.is_ok_and(|s| verifier.key.verify_strict(self.text.as_bytes(), &s).is_ok())
            })
    }

    /// Names and numbers of the keys that signatures claim to be of.
    pub fn claimed(&self) -> impl Iterator<Item = (&str, String)> {
        self.signatures.iter().map(|(name, id, _)| (name.as_str(), sanad_document::digest::hex(id)))
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
