//! Access to objects with the `object_store` library. Credentials and endpoints come from the environment, in the
//! variables of the providers' own tools (`AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT`, `GOOGLE_APPLICATION_CREDENTIALS`, …).

use crate::error::Error;
use crate::export::manifest::{self, MANIFEST};
use futures_util::TryStreamExt;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload, WriteMultipart};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use tokio::runtime::Runtime;
use url::Url;

/// Bytes of one part of a large object. Stores accept 10,000 parts at most, so an object may have 160 GB.
const PART: usize = 16 << 20;
/// Maximum number of parts that are uploaded at the same time.
const PARTS: usize = 4;

/// An object or a folder of objects in a store.
pub(crate) struct Store {
    objects: Box<dyn ObjectStore>,
    key: Key,
    runtime: Runtime,
    address: String,
}

impl Store {
    /// Opens the object or folder at an address. Sends no request yet.
    ///
    /// # Errors
    /// If the address or the credentials are invalid.
    pub(crate) fn open(address: &str) -> Result<Self, Error> {
        // Fails if a provider is installed already; that one is as good.
        drop(rustls::crypto::ring::default_provider().install_default());
        let problem = |problem: String| Error::Store { place: address.to_owned(), problem };
        let url = Url::parse(address).map_err(|e| problem(e.to_string()))?;
        let (objects, key) =
            object_store::parse_url_opts(&url, std::env::vars()).map_err(|e| problem(e.to_string()))?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|e| problem(e.to_string()))?;
        Ok(Self { objects, key, runtime, address: address.to_owned() })
    }

    fn say<T>(&self, result: object_store::Result<T>) -> Result<T, Error> {
        result.map_err(|e| Error::Store { place: self.address.clone(), problem: e.to_string() })
    }

    /// Uploads a file, or a folder of exported files. An object appears once it is complete. Of a folder, the manifest
    /// is uploaded last, and then objects of an older export are deleted.
    ///
    /// # Errors
    /// If the folder of objects holds something other than an export, the files can't be read, or the store
    /// refuses them.
    pub(crate) fn put(&self, from: &Path) -> Result<(), Error> {
        if !from.is_dir() {
            return self.put_file(from, &self.key);
        }
        let before = self.keys()?;
        let manifest = self.key.clone().join(MANIFEST);
        if !before.is_empty() && !self.is_export(&manifest, &before)? {
            let message = format!(
                "--output {}: holds objects that aren't an export (no {MANIFEST} among them); name another folder",
                self.address
            );
            return Err(Error::Refused { message });
        }
        let mut now = BTreeSet::new();
        for name in sanad_tlog::files_under(from, ".")? {
            let name = name.trim_start_matches("./");
            let key = name.split('/').fold(self.key.clone(), Key::join);
            if name != MANIFEST {
                self.put_file(&from.join(name), &key)?;
            }
            now.insert(key);
        }
        self.put_file(&from.join(MANIFEST), &manifest)?;
        for key in before.difference(&now) {
            self.say(self.runtime.block_on(self.objects.delete(key)))?;
        }
        Ok(())
    }

    /// Downloads the object into a folder, under its own name, and returns its path.
    ///
    /// # Errors
    /// If the store doesn't return it or it can't be written.
    pub(crate) fn get(&self, folder: &Path) -> Result<PathBuf, Error> {
        let path = folder.join(self.key.filename().unwrap_or("object"));
        let fault = |e: std::io::Error| Error::io(&path, "write", &e);
        let mut file = File::create(&path).map_err(fault)?;
        let mut parts = self.say(self.runtime.block_on(self.objects.get(&self.key)))?.into_stream();
        while let Some(part) = self.say(self.runtime.block_on(parts.try_next()))? {
            file.write_all(&part).map_err(fault)?;
        }
        Ok(path)
    }

    fn keys(&self) -> Result<BTreeSet<Key>, Error> {
        let keys = self.objects.list(Some(&self.key)).map_ok(|object| object.location);
        self.say(self.runtime.block_on(keys.try_collect()))
    }

    fn is_export(&self, manifest: &Key, keys: &BTreeSet<Key>) -> Result<bool, Error> {
        if !keys.contains(manifest) {
            return Ok(false);
        }
        let bytes = self.runtime.block_on(async { self.objects.get(manifest).await?.bytes().await });
        Ok(manifest::is_one(&self.say(bytes)?))
    }

    fn put_file(&self, from: &Path, key: &Key) -> Result<(), Error> {
        let fault = |e: std::io::Error| Error::io(from, "read", &e);
        let mut file = File::open(from).map_err(fault)?;
        let size = file.metadata().map_err(fault)?.len();
        let mut part = || {
            let mut bytes = Vec::new();
            Read::by_ref(&mut file).take(PART as u64).read_to_end(&mut bytes).map(|_| bytes)
        };
        if size <= PART as u64 {
            let bytes = part().map_err(fault)?;
            return self.say(self.runtime.block_on(self.objects.put(key, PutPayload::from(bytes)))).map(|_| ());
        }
        self.runtime.block_on(async {
            let upload = self.say(self.objects.put_multipart(key).await)?;
            let mut upload = WriteMultipart::new_with_chunk_size(upload, PART);
            loop {
                match part() {
                    Ok(bytes) if bytes.is_empty() => break,
                    Ok(bytes) => {
                        self.say(upload.wait_for_capacity(PARTS).await)?;
                        upload.write(&bytes);
                    }
                    Err(error) => {
                        self.say(upload.abort().await)?;
                        return Err(fault(error));
                    }
                }
            }
            self.say(upload.finish().await).map(|_| ())
        })
    }
}
