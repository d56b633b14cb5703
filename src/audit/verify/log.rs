//! Checks the log itself. One pass over the entries yields every root and every tile that must be there.

use super::events::{Stated, Story};
use super::verdict::{Question, Verdict, head};
use crate::error::Error;
use crate::log::LOG;
use crate::log::event::Event;
use crate::ordered_map::par_map_ordered;
use sanad_tlog::checkpoint::Checkpoint;
use sanad_tlog::merkle::{self, Edge, Hash, TILE};
use sanad_tlog::note::{Note, Verifier};
use sanad_tlog::tile::{self, Kind};
use sanad_tlog::{CHECKPOINT_EVERY, Reader};
use std::collections::{BTreeMap, BTreeSet};

/// A bundle of entries, read, hashed and parsed.
struct Piece {
    index: u64,
    /// Bytes of its file.
    bytes: Vec<u8>,
    hashes: Vec<Hash>,
    events: Vec<Result<Event, String>>,
}

/// The checkpoints, and which keys may sign them.
struct Signed {
    /// The stored note and its name, by tree size.
    stored: BTreeMap<u64, (Checkpoint, Note, String)>,
    /// Keys with the index of the event that introduced them; none for the first.
    keys: Vec<(Option<u64>, Verifier)>,
    /// Sizes at which the writer signs.
    due: BTreeSet<u64>,
    last: u64,
}

/// The pass over the entries.
struct Pass<'a> {
    reader: Reader,
    edge: Edge,
    size: u64,
    signed: Signed,
    kept: Option<&'a Checkpoint>,
    kept_root: Option<Hash>,
    /// Tiles that differ from what the entries give: file, and the bundle's index if it is of level 0.
    wrong: Vec<(String, Option<u64>)>,
    /// A bundle is missing or unreadable; the pass has ended.
    broken: bool,
    roots: Vec<(String, bool)>,
    files: BTreeSet<String>,
    /// A run was killed while it wrote: what no checkpoint covers yet is no error.
    pending: bool,
    story: Story<'a>,
}

/// Checks the log. Returns what it says, or none if it doesn't hold.
pub(super) fn check(
    question: &Question<'_>,
    kept: Option<&(Checkpoint, Note)>,
    verdict: &mut Verdict,
) -> Result<Option<Stated>, Error> {
    let reader = Reader::new(&question.out.join(LOG));
    let Some((newest, keys)) = opening(&reader, verdict) else { return Ok(None) };
    let Some(first) = keys.last().cloned() else { return Ok(None) };
    let stored = stored(&reader, verdict)?;
    let mut pass = Pass {
        edge: Edge::default(),
        size: newest.size,
        signed: Signed { stored, keys: vec![(None, first)], due: BTreeSet::new(), last: 0 },
        kept: kept.map(|(checkpoint, _)| checkpoint),
        kept_root: None,
        wrong: Vec::new(),
        broken: false,
        roots: Vec::new(),
        files: ["checkpoint", "origin", "key.pub"].map(str::to_owned).into(),
        pending: super::is_pending(question.out),
        story: Story::new(question.out),
        reader,
    };
    pass.at_size(0);
    let mut told = Verdict::default();
    let bundles = newest.size.div_ceil(TILE as u64);
    let (reader, size) = (pass.reader.clone(), newest.size);
    let work = |(): &mut (), index: u64| read(&reader, index, size);
    par_map_ordered(question.jobs, 0..bundles, (|| (), work), |piece| {
        if !pass.broken {
            match piece? {
                Ok(piece) => pass.take(piece, verdict, &mut told)?,
                Err(file) => {
                    pass.broken = true;
                    verdict.missing(&file);
                }
            }
        }
        Ok(())
    })?;
    let before = verdict.findings.len();
    if !pass.broken {
        pass.conclude(&newest, &keys, verdict);
        pass.compare(question, kept, verdict);
        pass.strangers(verdict)?;
    }
    if pass.broken || verdict.findings.len() > before || !verdict.findings.iter().all(|f| f.file() == "runs") {
        verdict.notes.push("the log itself doesn't hold, so what it says was not compared with the files".to_owned());
        return Ok(None);
    }
    verdict.head = pass.signed.keys.last().map(|(_, key)| head(&newest, key));
    verdict.add("log entries", newest.size);
    verdict.add("checkpoints", pass.signed.stored.len() as u64);
    for (what, count) in told.checked {
        verdict.add(what, count);
    }
    verdict.findings.extend(told.findings);
    verdict.notes.extend(told.notes);
    Ok(Some(pass.story.finish()))
}

/// Reads the newest checkpoint and the keys.
fn opening(reader: &Reader, verdict: &mut Verdict) -> Option<(Checkpoint, Vec<Verifier>)> {
    let named = |name: &str| format!("{LOG}/{name}");
    for name in ["checkpoint", "key.pub", "origin"] {
        if reader.file(name).is_ok_and(|f| f.is_none()) {
            verdict.missing(&named(name));
        }
    }
    let checkpoint = match reader.checkpoint() {
        Ok(Some((checkpoint, ..))) => Some(checkpoint),
        Ok(None) => None,
        Err(_) => {
            verdict.mismatch(&named("checkpoint"), "is not a signed checkpoint");
            None
        }
    };
    let keys = reader.keys();
    if keys.is_err() {
        verdict.mismatch(&named("key.pub"), "holds what isn't a public key");
    }
    Some((checkpoint?, keys.ok()?))
}

/// Reads the stored checkpoints.
fn stored(reader: &Reader, verdict: &mut Verdict) -> Result<BTreeMap<u64, (Checkpoint, Note, String)>, Error> {
    let mut stored = BTreeMap::new();
    for name in sanad_tlog::files_under(reader.folder(), "checkpoints")? {
        let file = format!("{LOG}/{name}");
        let number = name.trim_start_matches("checkpoints/");
        if number.starts_with(".new-") {
            continue;
        }
        if let Some(stamped) = number.strip_suffix(".tsr") {
            let of = reader.file(&format!("checkpoints/{stamped}"))?.unwrap_or_default();
            if !crate::log::timestamp::is_of(&reader.file(&name)?.unwrap_or_default(), &of) {
                verdict.mismatch(&file, "is not a timestamp of its checkpoint");
            }
            continue;
        }
        let text = reader.text(&name).unwrap_or_default();
        match Checkpoint::of_note(&text) {
            Some((checkpoint, note)) if checkpoint.size.to_string() == number => {
                stored.insert(checkpoint.size, (checkpoint, note, text));
            }
            Some(_) => verdict.mismatch(&file, "is the checkpoint of another size"),
            None => verdict.mismatch(&file, "is not a signed checkpoint"),
        }
    }
    Ok(stored)
}

/// Reads a bundle of a log of `size` entries. Returns its file's name if it is missing or too short.
fn read(reader: &Reader, index: u64, size: u64) -> Result<Result<Piece, String>, Error> {
    let (edge, width) = Kind::Entries.edge(size);
    let (name, width) = if index < edge {
        (tile::full(Kind::Entries, index), TILE)
    } else {
        (tile::partial(Kind::Entries, index, width), width)
    };
    let Some(bytes) = reader.file(&name)? else { return Ok(Err(format!("{LOG}/{name}"))) };
    let mut entries = tile::entries(&bytes).unwrap_or_default();
    if entries.len() != width {
        // The lengths are broken; the hashes will show it.
        entries.resize(width, b"");
    }
    let hashes = entries.iter().map(|e| merkle::leaf(e)).collect();
    let events = entries.iter().map(|e| Event::parse(e).map_err(|error| error.to_string())).collect();
    Ok(Ok(Piece { index, bytes, hashes, events }))
}

impl Pass<'_> {
    fn take(&mut self, piece: Piece, verdict: &mut Verdict, told: &mut Verdict) -> Result<(), Error> {
        let start = piece.index * TILE as u64;
        let entries = tile::entries(&piece.bytes).unwrap_or_default();
        self.same_hashes(&piece, verdict);
        let mut so_far = 0;
        for (at, (hash, event)) in piece.hashes.iter().zip(piece.events).enumerate() {
            let index = start + at as u64;
            for (level, number, hashes) in self.edge.push(*hash) {
                self.same(Kind::Hashes(level), number, None, &tile::bytes(&hashes));
            }
            let entry = entries.get(at).copied().unwrap_or_default();
            match event {
                Ok(event) => {
                    let ends = match &event {
                        Event::RunCompleted(_) | Event::Erased(_) | Event::PruneCompleted(_) | Event::KeyChanged(_) => {
                            true
                        }
                        Event::Detached(d) => matches!(d.name.as_str(), "run.completed" | "document.erased"),
                        _ => false,
                    };
                    if let Event::KeyChanged(change) = &event {
                        self.new_key(index, &change.old, &change.new, told);
                    }
                    self.story.take(index, event, entry, told)?;
                    if ends || index + 1 - self.signed.last >= CHECKPOINT_EVERY {
                        self.signed.due.insert(index + 1);
                        self.signed.last = index + 1;
                    }
                }
                Err(problem) => {
                    told.mismatch(&self.bundle_name(piece.index), format!("entry {index} is not an event: {problem}"));
                }
            }
            // Partial tiles of older checkpoints hold the beginning of this bundle.
            so_far += entry.len() + 2;
            if self.signed.stored.contains_key(&(index + 1)) || self.kept.is_some_and(|k| k.size == index + 1) {
                self.at_size_with(index + 1, piece.bytes.get(..so_far).unwrap_or_default());
            }
        }
        if piece.hashes.len() == TILE {
            self.files.insert(tile::full(Kind::Entries, piece.index));
        }
        Ok(())
    }

    fn bundle_name(&self, index: u64) -> String {
        let (edge, width) = Kind::Entries.edge(self.size);
        let name =
            if index < edge { tile::full(Kind::Entries, index) } else { tile::partial(Kind::Entries, index, width) };
        format!("{LOG}/{name}")
    }

    /// Compares the level 0 tile over a bundle, so that a difference can be located.
    fn same_hashes(&mut self, piece: &Piece, verdict: &mut Verdict) {
        let width = piece.hashes.len();
        let name = if width == TILE {
            tile::full(Kind::Hashes(0), piece.index)
        } else {
            tile::partial(Kind::Hashes(0), piece.index, width)
        };
        match self.reader.file(&name) {
            Ok(Some(bytes)) if bytes == tile::bytes(&piece.hashes) => {}
            Ok(Some(_)) => self.wrong.push((name, Some(piece.index))),
            _ => verdict.missing(&format!("{LOG}/{name}")),
        }
    }

    /// Compares a tile's file with these bytes.
    fn same(&mut self, kind: Kind, index: u64, width: Option<usize>, bytes: &[u8]) {
        let name = width.map_or_else(|| tile::full(kind, index), |w| tile::partial(kind, index, w));
        // What an older checkpoint needed is in a larger tile by now.
        let is_optional = width.is_some_and(|width| kind.edge(self.size) != (index, width));
        let found = self.reader.file(&name).ok().flatten();
        let right = found.as_ref().map_or(is_optional, |found| found == bytes);
        if !right && !self.wrong.iter().any(|(wrong, _)| *wrong == name) {
            self.wrong.push((name.clone(), None));
        }
        self.files.insert(name);
    }

    fn at_size(&mut self, size: u64) {
        self.at_size_with(size, &[]);
    }

    /// Checks what a checkpoint of this size states: its root, and the partial tiles that it needs.
    fn at_size_with(&mut self, size: u64, bundle: &[u8]) {
        let root = self.edge.root();
        if let Some(kept) = self.kept.filter(|k| k.size == size) {
            self.kept_root = Some(root);
            if !self.signed.stored.contains_key(&kept.size) {
                return;
            }
        }
        let Some((checkpoint, ..)) = self.signed.stored.get(&size) else { return };
        self.roots.push((format!("checkpoints/{size}"), checkpoint.root == root));
        self.files.insert(format!("checkpoints/{size}"));
        self.files.insert(format!("checkpoints/{size}.tsr"));
        let (index, width) = Kind::Entries.edge(size);
        if width > 0 {
            self.same(Kind::Entries, index, Some(width), bundle);
        }
        for level in 0..self.edge.levels() {
            let (index, width) = Kind::Hashes(level).edge(size);
            if width > 0 {
                let bytes = tile::bytes(self.edge.unfinished(level));
                self.same(Kind::Hashes(level), index, Some(width), &bytes);
            }
        }
    }

    fn new_key(&mut self, index: u64, old: &str, new: &str, told: &mut Verdict) {
        let known = self.signed.keys.last().is_some_and(|(_, key)| key.to_string() == old);
        match Verifier::parse(new).filter(|_| known) {
            Some(key) => self.signed.keys.push((Some(index), key)),
            None => {
                told.mismatch(&self.bundle_name(index / TILE as u64), "a change from or to another key than the log's");
            }
        }
    }

    /// The key that signs a checkpoint of this size, and the previous one if it must sign too.
    fn signers(&self, size: u64) -> Vec<&Verifier> {
        let mut keys = self.signed.keys.iter().rev().skip_while(|(since, _)| since.is_some_and(|index| index >= size));
        let Some((since, key)) = keys.next() else { return Vec::new() };
        let is_first = since.is_some_and(|index| !self.signed.stored.range(index + 1..size).any(|_| true));
        std::iter::once(key).chain(keys.next().map(|(_, key)| key).filter(|_| is_first)).collect()
    }

    /// Checks roots, signatures and tiles.
    fn conclude(&self, newest: &Checkpoint, keys: &[Verifier], verdict: &mut Verdict) {
        let named = |name: &str| format!("{LOG}/{name}");
        if self.edge.root() == newest.root {
            for (name, _) in &self.wrong {
                let there = self.reader.file(name).ok().flatten().is_some();
                if there {
                    verdict.mismatch(&named(name), "is not what the entries make it");
                } else {
                    verdict.missing(&named(name));
                }
            }
        } else {
            self.blame(newest, verdict);
        }
        for (name, right) in &self.roots {
            if !right && self.edge.root() == newest.root {
                verdict.mismatch(
                    &named(name),
                    "its root is not that of the entries: the log was changed after it was signed",
                );
            }
        }
        let chain: Vec<String> = self.signed.keys.iter().rev().map(|(_, key)| key.to_string()).collect();
        if keys.iter().map(ToString::to_string).collect::<Vec<_>>() != chain {
            verdict.mismatch(&named("key.pub"), "doesn't name the keys that the log's events do");
        }
        for (size, (checkpoint, note, _)) in &self.signed.stored {
            let signers = self.signers(*size);
            let right = signers.iter().all(|k| note.is_signed_by(k) && k.name() == checkpoint.origin);
            if !right || note.signatures() != signers.len() {
                verdict.mismatch(&named(&format!("checkpoints/{size}")), "is not signed by the log's key");
            }
        }
        for size in &self.signed.due {
            if !self.signed.stored.contains_key(size) {
                verdict.missing(&named(&format!("checkpoints/{size}")));
            }
        }
        let text = self.reader.text("checkpoint").unwrap_or_default();
        if self.signed.stored.get(&newest.size).is_none_or(|(.., stored)| *stored != text) {
            verdict.mismatch(&named("checkpoint"), "is not the newest of the stored checkpoints");
        }
        if !self.pending && self.signed.stored.keys().next_back().is_some_and(|size| *size > newest.size) {
            verdict.mismatch(&named("checkpoint"), "is older than the newest of the stored checkpoints");
        }
        if self.reader.text("origin").ok() != Some(format!("{}\n", newest.origin)) {
            verdict.mismatch(&named("origin"), "is not the log's name");
        }
    }

    /// The entries don't have the signed root: finds the file to blame.
    fn blame(&self, newest: &Checkpoint, verdict: &mut Verdict) {
        let bundles: Vec<u64> = self.wrong.iter().filter_map(|(_, bundle)| *bundle).collect();
        for bundle in &bundles {
            verdict.mismatch(&self.bundle_name(*bundle), "its entries are not those that were signed");
        }
        if bundles.is_empty() {
            let file = format!("{LOG}/checkpoint");
            verdict.mismatch(&file, format!("its root is not that of the {} entries", newest.size));
        }
    }

    /// Compares the log with the key and the checkpoint that the auditor kept.
    fn compare(&self, question: &Question<'_>, kept: Option<&(Checkpoint, Note)>, verdict: &mut Verdict) {
        let file = format!("{LOG}/checkpoint");
        if let Some(key) = question.key
            && !self.signed.keys.iter().any(|(_, known)| known == key)
        {
            verdict.mismatch(&file, format!("the log is not signed by the key given, {key}"));
        }
        let Some((old, note)) = kept else { return };
        if !self.signers(old.size).iter().any(|key| note.is_signed_by(key)) {
            verdict.mismatch(&file, "the checkpoint given by --against is not signed by this log's key");
        } else if old.size > self.size {
            let message = format!("the log has {} entries, the checkpoint given by --against {}", self.size, old.size);
            verdict.mismatch(&file, message);
        } else if self.kept_root != Some(old.root) {
            let message = format!(
                "the first {} entries are not those of the checkpoint given by --against: the log was rebuilt",
                old.size
            );
            verdict.mismatch(&file, message);
        }
    }

    /// Whether a file belongs to what a killed run wrote after the newest checkpoint.
    fn is_tail(&self, name: &str) -> bool {
        let last = name.rsplit('/').next().unwrap_or_default();
        let later = name.starts_with("checkpoints/") && last.parse().is_ok_and(|size: u64| size > self.size);
        later
            || last.starts_with(".new-")
            || tile::parse(name).is_some_and(|(kind, index, width)| {
                let (edge, taken) = kind.edge(self.size);
                index > edge || (index == edge && width.is_none_or(|w| w > taken))
            })
    }

    /// Reports files in the log's folder that no checkpoint needs.
    fn strangers(&self, verdict: &mut Verdict) -> Result<(), Error> {
        let out = self.reader.folder().parent().unwrap_or(self.reader.folder());
        for name in sanad_tlog::files_under(out, LOG)? {
            let inner = name.strip_prefix("log/").unwrap_or(&name);
            if self.pending && self.is_tail(inner) {
                continue;
            }
            if !self.files.contains(inner) && !verdict.findings.iter().any(|f| f.file() == name) {
                verdict.mismatch(&name, "the log doesn't know this file");
            }
        }
        Ok(())
    }
}
