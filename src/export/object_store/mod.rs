//! Stores of objects in the cloud: S3 and what speaks like it, Google Cloud Storage, Azure. Single files go in and out;
//! captures and results themselves stay on a disk, where they can be locked, appended to and moved in one step.

#[cfg(feature = "cloud")]
mod client;

#[cfg(feature = "cloud")]
pub(crate) use client::Store;

/// How addresses of objects begin.
const SCHEMES: &[&str] = &["s3://", "s3a://", "gs://", "az://", "abfs://", "abfss://"];

/// Whether this names an object or a folder of them.
#[must_use]
pub(crate) fn is_address(text: &str) -> bool {
    SCHEMES.iter().any(|scheme| text.starts_with(scheme))
}

#[cfg(not(feature = "cloud"))]
mod missing {
    use crate::error::Error;
    use std::path::Path;

    /// What a build without the feature has in its place: the word on how to get it.
    pub(crate) enum Store {}

    impl Store {
        pub(crate) fn open(address: &str) -> Result<Self, Error> {
            Err(Error::Unsupported { what: address.to_owned(), feature: "cloud".to_owned() })
        }

        pub(crate) fn put(&self, _: &Path) -> Result<(), Error> {
            match *self {}
        }

        pub(crate) fn get(&self, _: &Path) -> Result<std::path::PathBuf, Error> {
            match *self {}
        }
    }
}

#[cfg(not(feature = "cloud"))]
pub(crate) use missing::Store;
