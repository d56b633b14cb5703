//! A reference-counted string: the blocks of a container all hold its path.

use std::{fmt, ops::Deref, sync::Arc};

/// A reference-counted string, cheap to clone.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SharedStr(Option<Arc<str>>); // `None` if empty, so that threads don't contend for one common count

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
