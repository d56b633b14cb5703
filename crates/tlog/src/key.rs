//! Where the signing key is: outside the results, made when a log begins.
//!
//! `--key`, then `SANAD_KEY`, then `$XDG_DATA_HOME/sanad/<origin>.key`. The file holds one line in the form of Go's
//! `sumdb/note`; the name in it is the log's origin.

use crate::Error;
use crate::note::{Signer, Verifier};
use crate::reader::Reader;
use sanad_document::digest;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The environment variable: a file's path, or the key itself.
pub const VARIABLE: &str = "SANAD_KEY";

/// Where to look for keys.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    /// `--key` or `SANAD_KEY`: a file's path, or the key itself.
    pub given: Option<String>,
    /// The folder of the user's keys; none when the system names no home.
    pub home: Option<PathBuf>,
}

impl Keys {
    /// What the command line and the environment say.
    #[must_use]
    pub fn of_environment(option: Option<&str>) -> Self {
        let set = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty());
        let given = option.map(str::to_owned).or_else(|| set(VARIABLE).map(|v| v.to_string_lossy().into_owned()));
        let data = set("XDG_DATA_HOME").map(PathBuf::from).filter(|p| p.is_absolute());
        let home = data.or_else(|| set("HOME").map(|home| Path::new(&home).join(".local/share")));
        Self { given, home: home.map(|h| h.join("sanad")) }
    }

    /// The key of the log in `log`; a new log gets a new one.
    ///
    /// # Errors
    /// [`Error::Usage`] with the remedy, when there is none or none can be made.
    pub fn signer(&self, log: &Path) -> Result<Signer, Error> {
        let reader = Reader::new(log);
        // A run that was killed before its first checkpoint left the public half; its key is taken up again.
        let begun = reader.file("key.pub")?.is_some();
        let known = if begun || reader.size()? > 0 { reader.keys()?.into_iter().next() } else { None };
        match (&self.given, known) {
            (Some(given), known) => Self::given(given, known.as_ref()),
            (None, Some(known)) => {
                let renewed = self.home()?.join(numbered(&known));
                let path = if renewed.exists() { renewed } else { self.home()?.join(file_name(known.name())) };
                let signer = read(&path)?.ok_or_else(|| no_key(&known, &path))?;
                fits(signer, &known, &path.display().to_string())
            }
            (None, None) => {
                let signer = made()?;
                store(&self.home()?.join(file_name(signer.name())), &signer)?;
                Ok(signer)
            }
        }
    }

    /// The key at a place that was named; made there when a new log begins.
    fn given(given: &str, known: Option<&Verifier>) -> Result<Signer, Error> {
        if given.starts_with("PRIVATE+KEY+") {
            let signer = Signer::parse(given).ok_or_else(|| usage(format!("{VARIABLE}: not a signing key")))?;
            return known.map_or(Ok(signer.clone()), |known| fits(signer, known, VARIABLE));
        }
        let path = Path::new(given);
        match (read(path)?, known) {
            (Some(signer), None) => Ok(signer),
            (Some(signer), Some(known)) => fits(signer, known, given),
            (None, Some(known)) => Err(no_key(known, path)),
            (None, None) => {
                let signer = made()?;
                store(path, &signer)?;
                Ok(signer)
            }
        }
    }

    fn home(&self) -> Result<&Path, Error> {
        let message =
            "no place for the log's signing key: set XDG_DATA_HOME or HOME, or name a file with --key or SANAD_KEY";
        self.home.as_deref().ok_or_else(|| usage(message.to_owned()))
    }

    /// A fresh key under the name of `origin`'s log, stored at `to` or in the user's folder.
    ///
    /// # Errors
    /// When it can't be stored.
    pub fn renewed(&self, origin: &str, to: Option<&Path>) -> Result<Signer, Error> {
        let signer = Signer::of(origin, &seed()?);
        let path = match to {
            Some(path) => path.to_owned(),
            None => self.home()?.join(numbered(&signer.verifier())),
        };
        store(&path, &signer)?;
        Ok(signer)
    }
}

/// A log that changed its key has several; the later ones carry their number.
fn numbered(key: &Verifier) -> String {
    let text = key.to_string();
    let number = text.split('+').nth(1).unwrap_or_default();
    file_name(&format!("{}-{number}", key.name()))
}

fn file_name(origin: &str) -> String {
    let name: String = origin.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect();
    format!("{name}.key")
}

fn usage(message: String) -> Error {
    Error::Key { message }
}

fn seed() -> Result<[u8; 32], Error> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)
        .map_err(|e| usage(format!("the system gives no random bytes for a signing key: {e}")))?;
    Ok(seed)
}

/// A new key; its name, the log's origin, follows from it, so that no two logs share one.
fn made() -> Result<Signer, Error> {
    let seed = seed()?;
    let public = Signer::of("sanad", &seed).verifier().to_string();
    let number = digest::sha256(public.as_bytes());
    Ok(Signer::of(&format!("sanad-log-{:.16}", number.trim_start_matches("sha256:")), &seed))
}

fn read(path: &Path) -> Result<Option<Signer>, Error> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => {
            return Err(usage(format!(
                "{}: can't read the log's signing key: {e}; name another with --key or SANAD_KEY",
                path.display()
            )));
        }
    };
    let signer = Signer::parse(&text);
    signer.map(Some).ok_or_else(|| usage(format!("{}: not a signing key (PRIVATE+KEY+…)", path.display())))
}

fn fits(signer: Signer, known: &Verifier, place: &str) -> Result<Signer, Error> {
    if signer.verifier() == *known {
        return Ok(signer);
    }
    Err(usage(format!("{place}: holds the key {}, but the log is signed by {known}", signer.verifier())))
}

fn no_key(known: &Verifier, path: &Path) -> Error {
    let (name, path) = (known.name(), path.display());
    usage(format!(
        "{path}: the signing key of the log {name} is not there; name it with --key or SANAD_KEY, or begin a new log in \
         another --out (a log without its key can be checked, but not continued)"
    ))
}

/// Stores a key so that only its owner reads it.
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
        usage(format!(
            "{}: the log's signing key can't be written here: {e}; name a place with --key FILE, SANAD_KEY or XDG_DATA_HOME",
            path.display()
        ))
    })
}
