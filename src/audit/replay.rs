//! Replays runs: whether the captures still give what the log says they gave, and which stage differs if not.

use super::rerun::Rerun;
use crate::config::Config;
use crate::emit::record::record_digest;
use crate::emit::store::find_record;
use crate::error::Error;
use crate::log::event::{CaptureRead, Ended, Event, Stages};
use crate::log::frozen_tables::FrozenTables;
use crate::log::past_runs::{self, RunSummary};
use crate::log::places::Places;
use crate::log::reader::Log;
use crate::run::judge::pass::{JudgedCapture, Judgement};
use crate::run::options::engine;
use sanad_document::Place;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What to replay, and with what.
#[derive(Debug, Clone, Copy)]
pub struct Replay<'a> {
    /// Folder of the captures.
    pub raw: &'a Path,
    /// Folder of the results.
    pub out: &'a Path,
    /// Today's configuration.
    pub config: &'a Config,
    /// The program to start as a worker.
    pub program: &'a Path,
    /// Worker processes.
    pub jobs: usize,
}

/// The part of the log to replay.
#[derive(Debug, Clone, Copy)]
pub enum Part<'a> {
    /// The captures that the newest run read, each in the run that concluded what became of it.
    Newest,
    /// What every run concluded.
    All,
    /// What one run concluded.
    Run(&'a str),
    /// The captures of one document, in the run that last changed its record.
    Document(&'a str),
}

/// The result of comparing a capture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Compared {
    /// Every stage gives the same.
    Same,
    /// A stage differs.
    Differs {
        /// The first stage that differs.
        stage: String,
        /// Its result then and now, for people.
        detail: String,
    },
    /// A stage differs, and the program is another one.
    EngineChanged {
        /// The first stage that differs.
        stage: String,
        /// The program of the run.
        engine: String,
    },
    /// The capture is missing.
    Missing,
    /// The capture was taken down.
    Erased,
    /// Retention deleted the capture.
    Pruned,
}

/// A capture that isn't the same.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Line {
    /// The run.
    pub run: String,
    /// Record id.
    pub id: String,
    /// Address.
    pub url: String,
    /// Index of its `capture.read` event.
    pub capture: u64,
    /// How it differs.
    #[serde(flatten)]
    pub compared: Compared,
}

/// What a replay found.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Same {
    /// Number of captures that gave the same.
    pub same: u64,
    /// The others.
    pub others: Vec<Line>,
    /// Whether the configuration that reaches a document differs from that of the run, or the whole of it where a capture
    /// isn't the same.
    pub rules_changed: bool,
}

/// Runs the stages again and compares.
///
/// # Errors
/// When the log or what it needs can't be read.
pub fn replay(question: &Replay<'_>, part: Part<'_>) -> Result<Same, Error> {
    let log = Log::open(question.out)?;
    let frozen = FrozenTables::read(&log, question.out)?;
    let folder = tempfile::tempdir().map_err(|e| Error::io(&std::env::temp_dir(), "write", &e))?;
    let again = Rerun {
        raw: question.raw,
        out: question.out,
        frozen: &frozen,
        config: question.config,
        program: question.program,
        jobs: question.jobs,
        lines: false,
        folder: folder.path(),
    };
    let wanted = Wanted::of(question, part, &log)?;
    let gone = Gone::read(&log, question.out)?;
    let mut same = Same::default();
    past_runs::each(
        &log,
        question.out,
        |run| wanted.runs.as_ref().is_none_or(|runs| runs.contains(run)),
        |mut told| {
            told.ended.retain(|_, (index, _, ended)| wanted.includes(*index, ended));
            if told.ended.is_empty() {
                return Ok(());
            }
            let others = same.others.len();
            one_run(&again, &told, &gone, &mut same)?;
            let is_other_config = told.started.as_ref().is_some_and(|s| s.config != question.config.digest);
            same.rules_changed |= is_other_config && same.others.len() > others;
            Ok(())
        },
    )?;
    Ok(same)
}

/// Which conclusions to compare.
#[derive(Default)]
struct Wanted {
    /// Those of these runs; all if none.
    runs: Option<BTreeSet<String>>,
    /// Those of these events; all if none.
    events: Option<BTreeSet<u64>>,
    /// Those about this record id; all if none.
    id: Option<String>,
}

impl Wanted {
    fn of(question: &Replay<'_>, part: Part<'_>, log: &Log) -> Result<Self, Error> {
        Ok(match part {
            Part::Newest => {
                let events = past_runs::newest_conclusions(log, question.out)?;
                Self { events: Some(events), ..Self::default() }
            }
            Part::All => Self::default(),
            Part::Run(run) => {
                let all: Vec<String> = log.runs(question.out)?.into_iter().map(|(run, _)| run).collect();
                if !all.iter().any(|known| known == run) {
                    let message = format!("--run {run}: no such run; the log has: {}", all.join(", "));
                    return Err(Error::Usage { message });
                }
                Self { runs: Some([run.to_owned()].into()), ..Self::default() }
            }
            Part::Document(id) => {
                let (_, record) = find_record(question.out, id)?;
                let runs = record.prov.map(|prov| prov.run).into_iter().collect();
                Self { runs: Some(runs), id: Some(id.to_owned()), ..Self::default() }
            }
        })
    }

    fn includes(&self, event: u64, ended: &Ended) -> bool {
        let is_event = self.events.as_ref().is_none_or(|events| events.contains(&event));
        is_event && self.id.as_ref().is_none_or(|id| ended.id == *id)
    }
}

/// What is missing for a good reason.
#[derive(Default)]
struct Gone {
    /// Places of captures that were taken down.
    erased: BTreeSet<(String, u64, String)>,
    /// Capture files that retention deleted.
    files: BTreeSet<String>,
    /// Where captures of compacted files are, if they are still there.
    places: Places,
    /// Paths of objects that retention deleted: tables that only old runs had.
    objects: BTreeSet<String>,
}

impl Gone {
    fn read(log: &Log, out: &Path) -> Result<Self, Error> {
        let mut gone = Self { places: Places::read(out)?, ..Self::default() };
        log.each(out, 0, |_, event| {
            match event {
                Event::Erased(erased) => {
                    gone.erased.extend(erased.captures.into_iter().map(|c| (c.file, c.offset, c.record_id)));
                }
                Event::Pruned(pruned) => {
                    gone.files.extend(pruned.inputs.into_keys());
                    gone.objects.extend(pruned.files.into_keys());
                }
                _ => {}
            }
            true
        })?;
        Ok(gone)
    }

    /// Sources of a run whose table retention deleted.
    fn sources(&self, again: &Rerun<'_>, told: &RunSummary) -> BTreeSet<String> {
        let sources: BTreeSet<&String> = told.ended.values().map(|(_, _, ended)| &ended.source).collect();
        let is_gone = |object: String| self.objects.contains(&object) && !again.out.join(object).is_file();
        let lacks_table = |source: &&String| again.frozen.chain(source, told.end).objects().any(is_gone);
        sources.into_iter().filter(lacks_table).cloned().collect()
    }

    /// Why a capture is missing.
    fn reason(&self, read: &CaptureRead) -> Option<Compared> {
        if self.files.contains(&read.file) {
            return Some(Compared::Pruned);
        }
        let (file, offset, record_id) = (read.file.clone(), read.offset, read.record_id.clone());
        let is_compacted = self.places.current(&Place { file, offset, record_id }).is_none();
        let place = (read.file.clone(), read.offset, read.record_id.clone());
        let erased = self.erased.contains(&place).then_some(Compared::Erased);
        erased.or_else(|| is_compacted.then_some(Compared::Pruned))
    }
}

fn one_run(again: &Rerun<'_>, told: &RunSummary, gone: &Gone, same: &mut Same) -> Result<(), Error> {
    let run = told.started.as_ref().map_or("", |started| started.run.as_str());
    let mut found: BTreeMap<u64, Compared> = BTreeMap::new();
    // Without its source's table nothing can be derived again.
    let pruned = gone.sources(again, told);
    let rest = (!pruned.is_empty()).then(|| told.without(&pruned));
    let there = again.judge(rest.as_ref().unwrap_or(told), |judged, _| {
        if let Some((_, name, then)) = told.ended.get(&judged.ended.capture) {
            same.rules_changed |= have_other_rules(then, &judged.ended);
            found.insert(judged.ended.capture, compared(name, then, judged)?);
        }
        Ok(())
    })?;
    // A document that lacks one of its captures may have another current one, and other addresses.
    let lacks = |(capture, read): (&u64, &CaptureRead)| {
        let missing = || (!there.contains(capture)).then_some(Compared::Missing);
        Some((told.ids.get(capture)?.clone(), gone.reason(read).or_else(missing)?))
    };
    let lacking: BTreeMap<String, Compared> = told.captures.iter().filter_map(lacks).collect();
    for (capture, (_, _, ended)) in &told.ended {
        let read = told.captures.get(capture);
        let reason = if pruned.contains(&ended.source) {
            Some(Compared::Pruned)
        } else {
            read.and_then(|read| gone.reason(read)).or_else(|| lacking.get(&ended.id).cloned())
        };
        let compared = match found.remove(capture) {
            Some(Compared::Same) => {
                same.same += 1;
                continue;
            }
            found => reason.or(found).unwrap_or(Compared::Missing),
        };
        same.others.push(Line {
            run: run.to_owned(),
            id: ended.id.clone(),
            url: read.map(|r| r.url.clone()).unwrap_or_default(),
            capture: *capture,
            compared,
        });
    }
    Ok(())
}

/// Returns true if another configuration reaches a document than in the run.
fn have_other_rules(then: &Ended, now: &Ended) -> bool {
    let stages = then.stages.as_ref().zip(now.stages.as_ref());
    stages.is_some_and(|(then, now)| !then.rules.is_empty() && then.rules != now.rules)
}

fn compared(name: &str, then: &Ended, now: JudgedCapture) -> Result<Compared, Error> {
    let Some((stage, detail)) = difference(name, then, now)? else { return Ok(Compared::Same) };
    let engine_then = then.stages.as_ref().map_or_else(engine, |s| s.engine.clone());
    if engine_then != engine() {
        return Ok(Compared::EngineChanged { stage, engine: engine_then });
    }
    Ok(Compared::Differs { stage, detail })
}

/// The first stage that differs, and how.
fn difference(name: &str, then: &Ended, now: JudgedCapture) -> Result<Option<(String, String)>, Error> {
    if then.digest != now.ended.digest {
        return Ok(Some(("fetch".to_owned(), "the capture's bytes are others".to_owned())));
    }
    if let (Some(before), Some(after)) = (&then.stages, &now.ended.stages)
        && let Some(found) = stage_difference(before, after)
    {
        return Ok(Some(found));
    }
    let was_record = matches!(name, "document.emitted" | "document.unchanged" | "document.duplicate" | "document.held");
    match now.outcome {
        Judgement::Record { mut record, .. } if was_record => {
            // A record names the rules that reach its document; what matters here is the result.
            if let Some((prov, stages)) = record.prov.as_mut().zip(then.stages.as_ref()) {
                stages.rules.clone_into(&mut prov.rules);
            }
            let digest = record_digest(&record)?;
            // A record that the run didn't make names the table and capture of the run that did.
            let is_older = name == "document.unchanged" || then.stages.as_ref().is_some_and(|s| s.since.is_some());
            let same = record.version == then.version && (is_older || digest == then.record_digest);
            Ok((!same).then(|| ("emit".to_owned(), "the record is another".to_owned())))
        }
        Judgement::Record { .. } => Ok(Some(("emit".to_owned(), format!("gave no record then ({})", then.code)))),
        _ if was_record => {
            let stage = if now.ended.stage.is_empty() { "emit" } else { &now.ended.stage };
            Ok(Some((stage.to_owned(), format!("gives no record now: {} ({})", now.ended.message, now.ended.code))))
        }
        _ if then.code != now.ended.code => {
            let stage = if now.ended.stage.is_empty() { "fetch" } else { &now.ended.stage };
            Ok(Some((stage.to_owned(), format!("ended as {} then, as {} now", then.code, now.ended.code))))
        }
        _ => Ok(None),
    }
}

fn stage_difference(before: &Stages, after: &Stages) -> Option<(String, String)> {
    if before.encoding != after.encoding {
        let name = |s: &Stages| s.encoding.as_ref().map_or("none", |e| e.name.as_str()).to_owned();
        return Some(("decode".to_owned(), format!("encoding {} then, {} now", name(before), name(after))));
    }
    for stage in ["extract", "language", "mark"] {
        if before.digests.get(stage) != after.digests.get(stage) {
            let detail = match stage {
                "extract" => format!("{} blocks then, {} now", before.blocks, after.blocks),
                "language" => format!("languages {:?} then, {:?} now", before.languages, after.languages),
                _ => format!("kept {} blocks then, {} now", before.kept, after.kept),
            };
            return Some((stage.to_owned(), detail));
        }
    }
    None
}
