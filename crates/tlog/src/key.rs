//! Finds the signing key of a log, or creates one for a new log. Keys are kept outside the results.
//!
//! The places, in this order: the option `--key`, the variable `SANAD_KEY`, the file
//! `$XDG_DATA_HOME/sanad/<origin>.key`. A key file holds one line in the form of Go's `sumdb/note`; the name in it is
//! the log's origin.

use crate::Error;
use crate::note::{Signer, Verifier};
use crate::reader::Reader;
use crate::sha256::{hex, sha256};
use std::io::Write;
use std::path::{Path, PathBuf};

/// The environment variable that holds the path of a key file, or the key itself.
pub const VARIABLE: &str = "SANAD_KEY";

/// Where to look for keys.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    /// From `--key` or `SANAD_KEY`: the path of a key file, or the key itself.
    pub given: Option<String>,
    /// The folder of the user's keys; none if the environment names no home.
    pub home: Option<PathBuf>,
}

impl Keys {
    /// Takes the places from the option `--key` and the environment.
    #[must_use]
    pub fn of_environment(option: Option<&str>) -> Self {
        let set = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty());
        let given = option.map(str::to_owned).or_else(|| set(VARIABLE).map(|v| v.to_string_lossy().into_owned()));
        let data = set("XDG_DATA_HOME").map(PathBuf::from).filter(|p| p.is_absolute());
        let home = data.or_else(|| set("HOME").map(|home| Path::new(&home).join(".local/share")));
        Self { given, home: home.map(|h| h.join("sanad")) }
    }

    /// The file of the signing key of the log that `known` verifies; none if the key itself was given, or the environment
    /// names no home.
    #[must_use]
    pub fn file(&self, known: &Verifier) -> Option<PathBuf> {
        match &self.given {
            Some(given) if is_key(given) => None,
            Some(path) => Some(PathBuf::from(path)),
            None => self.home.as_deref().map(|home| file_in(home, known)),
        }
    }

    /// The signing key of the log in the folder `log`. Creates and stores one for a new log.
    ///
    /// # Errors
    /// [`Error::Key`], with the remedy, if the key is missing, doesn't belong to the log, or can't be stored.
    pub fn signer(&self, log: &Path) -> Result<Signer, Error> {
        let reader = Reader::new(log);
        // A writer that was killed before its first checkpoint left the public key: its key is used again.
        let is_begun = reader.file("key.pub")?.is_some();
        let known = if is_begun || reader.size()? > 0 { reader.keys()?.into_iter().next() } else { None };
        match (&self.given, known) {
            (Some(given), known) => Self::given(given, known.as_ref()),
            (None, Some(known)) => {
                let path = file_in(self.home()?, &known);
                let signer = read(&path)?.ok_or_else(|| no_key(&known, &path))?;
                matching(signer, &known, &path.display().to_string())
            }
            (None, None) => {
                let signer = new_key()?;
                store(&self.home()?.join(file_name(signer.name())), &signer)?;
                Ok(signer)
            }
        }
    }

    /// The key that was given, or the one in the file that was named. Creates that file for a new log.
    fn given(given: &str, known: Option<&Verifier>) -> Result<Signer, Error> {
        if is_key(given) {
            let signer = Signer::parse(given)
                .ok_or_else(|| key_error(format!("{VARIABLE}: not a signing key (PRIVATE+KEY+…)")))?;
            return known.map_or(Ok(signer.clone()), |known| matching(signer, known, VARIABLE));
        }
        let path = Path::new(given);
        match (read(path)?, known) {
            (Some(signer), None) => Ok(signer),
            (Some(signer), Some(known)) => matching(signer, known, given),
            (None, Some(known)) => Err(no_key(known, path)),
            (None, None) => {
                let signer = new_key()?;
                store(path, &signer)?;
                Ok(signer)
            }
        }
    }

    fn home(&self) -> Result<&Path, Error> {
        let message =
            "no folder for the log's signing key: set XDG_DATA_HOME or HOME, or name a file with --key or SANAD_KEY";
        self.home.as_deref().ok_or_else(|| key_error(message.to_owned()))
    }

    /// Creates a new key for the log named `origin` and stores it in the file `to`, or in the user's folder.
    ///
    /// # Errors
    /// [`Error::Key`] if it can't be stored.
    pub fn renewed(&self, origin: &str, to: Option<&Path>) -> Result<Signer, Error> {
        let signer = Signer::of(origin, &seed()?);
        let path = match to {
            Some(path) => path.to_owned(),
            None => self.home()?.join(renewed_name(&signer.verifier())),
        };
        store(&path, &signer)?;
        Ok(signer)
    }
}

/// Whether what was given is a key, not the path of one.
fn is_key(given: &str) -> bool {
    given.starts_with("PRIVATE+KEY+")
}

/// A log's key file in the folder of keys: that of a key that replaced another comes first.
fn file_in(home: &Path, known: &Verifier) -> PathBuf {
    let renewed = home.join(renewed_name(known));
    if renewed.exists() { renewed } else { home.join(file_name(known.name())) }
}

/// File name of a key that replaced another: it carries the key's id, since a log has one file for each of its keys.
fn renewed_name(key: &Verifier) -> String {
    let text = key.to_string();
    let id = text.split('+').nth(1).unwrap_or_default();
    file_name(&format!("{}-{id}", key.name()))
}

fn file_name(origin: &str) -> String {
    let name: String = origin.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect();
    format!("{name}.key")
}

fn key_error(message: String) -> Error {
    Error::Key { message }
}

fn seed() -> Result<[u8; 32], Error> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)
        .map_err(|e| key_error(format!("can't get random bytes for a signing key from the system: {e}")))?;
    Ok(seed)
}

/// A new key. Its name, which becomes the log's origin, is derived from the public key, so that no two logs share one.
fn new_key() -> Result<Signer, Error> {
    let seed = seed()?;
    let public = Signer::of("sanad", &seed).verifier().to_string();
    let digest = hex(&sha256(&[public.as_bytes()]));
    Ok(Signer::of(&format!("sanad-log-{digest:.16}"), &seed))
}

/// The key in a file. Returns none if the file doesn't exist.
fn read(path: &Path) -> Result<Option<Signer>, Error> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => {
            return Err(key_error(format!(
                "{}: can't read the log's signing key: {e}; name another file with --key or SANAD_KEY",
                path.display()
            )));
        }
    };
    let signer = Signer::parse(&text);
    signer.map(Some).ok_or_else(|| key_error(format!("{}: not a signing key (PRIVATE+KEY+…)", path.display())))
}

/// Returns the key if it is the log's.
fn matching(signer: Signer, known: &Verifier, place: &str) -> Result<Signer, Error> {
    if signer.verifier() == *known {
        return Ok(signer);
    }
    Err(key_error(format!("{place}: this is the key {}, but the log is signed by {known}", signer.verifier())))
}

fn no_key(known: &Verifier, path: &Path) -> Error {
    let (name, path) = (known.name(), path.display());
    key_error(format!(
        "{path}: the signing key of the log {name} is not here; name its file with --key or SANAD_KEY, or start a new log in \
         another --out (without its key, a log can be verified but not continued)"
    ))
}

/// Writes a key to a new file that only its owner can read. Never overwrites a file.
fn store(path: &Path, signer: &Signer) -> Result<(), Error> {
    let put = || -> std::io::Result<()> {
        if let Some(parent) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
            std::fs::create_dir_all(parent)?;
        }
        let mut options = std::fs::File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        file.write_all(format!("{}\n", signer.secret()).as_bytes())?;
        file.sync_all()
    };
    put().map_err(|e| {
        key_error(format!(
            "{}: can't write the log's signing key: {e}; name another place with --key FILE, SANAD_KEY or XDG_DATA_HOME",
            path.display()
        ))
    })
}
