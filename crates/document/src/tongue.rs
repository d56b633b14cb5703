//! A detected language.

use borsh::{BorshDeserialize, BorshSerialize};
use std::io::{self, Read, Write};

/// The code of a language or a script: at most four ASCII characters.
pub type Code = tinystr::TinyAsciiStr<4>;

/// A detected language with its script.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Tongue {
    /// ISO 639-3, the macro-language if there is one; `und` if undetermined, `mul` for several.
    pub code: Code,
    /// ISO 15924, if the text has letters.
    pub script: Option<Code>,
    /// Calibrated probability, 0 to 1.
    pub confidence: f32,
}

impl BorshSerialize for Tongue {
    fn serialize<W: Write>(&self, out: &mut W) -> io::Result<()> {
        let script = self.script.unwrap_or_default();
        (self.code.all_bytes(), script.all_bytes(), self.confidence).serialize(out)
    }
}

impl BorshDeserialize for Tongue {
    fn deserialize_reader<R: Read>(input: &mut R) -> io::Result<Self> {
        let (code, script, confidence) = BorshDeserialize::deserialize_reader(input)?;
        let read = |bytes| Code::try_from_raw(bytes).map_err(io::Error::other);
        Ok(Self { code: read(code)?, script: Some(read(script)?).filter(|script| !script.is_empty()), confidence })
    }
}
