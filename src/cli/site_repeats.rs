//! Repetition over the files of one `sanad extract --site`, counted as in a run.

use crate::error::Error;
use crate::ordered_map::par_map_ordered;
use sanad_document::Document;
use sanad_extract::Support;
use sanad_extract::boilerplate::document_frequency::Repeats;
use sanad_extract::boilerplate::fingerprint::Sketch;
use sanad_extract::boilerplate::template;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The tables of the templates among the files.
pub(super) struct SiteRepeats {
    templates: BTreeMap<String, Repeats>,
}

impl SiteRepeats {
    /// Reads all files once and counts their blocks by template. Files that can't be read count nothing: they are
    /// reported when they are extracted. `start` makes what a thread reads with.
    ///
    /// # Errors
    /// None but those of the threads themselves.
    pub(super) fn count<W>(
        paths: &[PathBuf],
        jobs: usize,
        start: impl Fn() -> W + Sync,
        read: impl Fn(&mut W, &Path) -> Result<Document, Error> + Sync,
    ) -> Result<Self, Error> {
        let sketch = |reader: &mut W, path: PathBuf| {
            let document = read(reader, &path).ok()?;
            let sketch = Sketch::of(&document);
            key(&document, &sketch, &path).map(|key| (key, sketch))
        };
        let mut pages: BTreeMap<String, Vec<Sketch>> = BTreeMap::new();
        par_map_ordered(jobs, paths.iter().cloned(), (start, sketch), |counted| {
            if let Some((key, sketch)) = counted {
                pages.entry(key).or_default().push(sketch);
            }
            Ok::<_, Error>(())
        })?;
        Ok(Self { templates: pages.into_iter().map(|(key, pages)| (key, Repeats::count(&pages))).collect() })
    }

    /// The support of each block of a file's document.
    pub(super) fn support(&self, document: &Document, path: &Path) -> Vec<Support> {
        let sketch = Sketch::of(document);
        let table = key(document, &sketch, path).and_then(|key| self.templates.get(&key));
        table.map(|table| table.support(&sketch)).unwrap_or_default()
    }
}

/// The key of a file's template. Folders stand for the sections of an address.
fn key(document: &Document, sketch: &Sketch, path: &Path) -> Option<String> {
    sketch.markup.map(|markup| template::key(document.language_code(), &format!("file:///{}", path.display()), markup))
}
