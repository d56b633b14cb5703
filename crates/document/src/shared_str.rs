//! A text that many hold: the blocks of a container all name it.

use std::{fmt, ops::Deref, sync::Arc};

/// A text that several hold, written once.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SharedStr(Option<Arc<str>>); // an empty one is of no count that threads would share

impl Deref for SharedStr {
    type Target = str;

    fn deref(&self) -> &str {
        self.0.as_deref().unwrap_or_default()
    }
}

impl<T: Into<Arc<str>> + AsRef<str>> From<T> for SharedStr {
    fn from(text: T) -> Self {
        Self(Some(text).filter(|text| !text.as_ref().is_empty()).map(Into::into))
    }
}

impl fmt::Debug for SharedStr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}
