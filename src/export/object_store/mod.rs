//! Object stores in the cloud: S3 and compatible ones, Google Cloud Storage, Azure. They are used to export results and
//! to import single files. Captures and results themselves stay on a disk, where files can be locked, appended to and
//! renamed atomically.

#[cfg(feature = "cloud")]
mod client;

#[cfg(feature = "cloud")]
pub(crate) use client::Store;

/// The schemes of object addresses.
const SCHEMES: &[&str] = &["s3://", "s3a://", "gs://", "az://", "abfs://", "abfss://"];

/// Returns true if this is the address of an object or of a folder of objects.
#[must_use]
pub(crate) fn is_address(text: &str) -> bool {
    SCHEMES.iter().any(|scheme| text.starts_with(scheme))
}

#[cfg(not(feature = "cloud"))]
mod missing {
    use crate::error::Error;
    use std::path::Path;

    /// Takes the place of the client in a build without it. Opening it fails and says how to get a build that has it.
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
