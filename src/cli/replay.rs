//! `sanad replay`: processes captures again and compares the results with the log.

use super::exit::{CommandOutcome, Stop};
use super::options::{Folders, JobsOption};
use super::output::{print_json, print_line};
use crate::audit::{Compared, Part, Replay, Same, replay};
use crate::config::Config;
use crate::worker::Limits;
use clap::Args;
use serde_json::{Value, json};
use std::io;

/// The limit on captures that are listed, so that the result stays on the screen; `--json` lists all.
const LISTED: usize = 200;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    folders: Folders,
    /// Only the captures of this record, in the run that last changed it.
    #[arg(value_name = "ID", conflicts_with = "run")]
    id: Option<String>,
    /// The run to replay, or `all`; the most recent by default.
    #[arg(long, value_name = "RUN")]
    run: Option<String>,
    #[command(flatten)]
    jobs: JobsOption,
    /// Print the result as one JSON object.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<CommandOutcome, Stop> {
    let config = Config::load(&arguments.folders.config)?;
    let program = Limits::of_this_program()?.program;
    let question = Replay {
        raw: &arguments.folders.raw,
        out: &arguments.folders.out,
        config: &config,
        program: &program,
        jobs: arguments.jobs.count(None),
    };
    let part = match (&arguments.id, arguments.run.as_deref()) {
        (Some(id), _) => Part::Document(id),
        (None, Some("all")) => Part::All,
        (None, Some(run)) => Part::Run(run),
        (None, None) => Part::Newest,
    };
    let result = replay(&question, part)?;
    let counts = Counts::of(&result);
    let mut output = io::stdout().lock();
    if arguments.json {
        let mut value = json!({"verdict": counts.verdict().replace(' ', "_")});
        if let (Some(all), Ok(Value::Object(more))) = (value.as_object_mut(), serde_json::to_value(&result)) {
            all.extend(more);
        }
        print_json(&mut output, &value)?;
    } else {
        print(&mut output, &result, &counts)?;
    }
    Ok(match counts {
        Counts { differ: 0, missing: 0, .. } => CommandOutcome::Success,
        Counts { differ: 0, .. } => CommandOutcome::Incomplete,
        _ => CommandOutcome::SomeFailed,
    })
}

/// Captures that don't compare as the same.
struct Counts {
    differ: usize,
    /// Those of `differ` that the same version of the program processed.
    differ_with_same_engine: usize,
    missing: usize,
}

impl Counts {
    fn of(result: &Same) -> Self {
        let count = |test: fn(&Compared) -> bool| result.others.iter().filter(|line| test(&line.compared)).count();
        Self {
            differ: count(|c| matches!(c, Compared::Differs { .. } | Compared::EngineChanged { .. })),
            differ_with_same_engine: count(|c| matches!(c, Compared::Differs { .. })),
            missing: count(|c| matches!(c, Compared::Missing)),
        }
    }

    fn verdict(&self) -> &'static str {
        match self {
            Self { differ: 0, missing: 0, .. } => "same",
            Self { differ: 0, .. } => "incomplete",
            Self { differ_with_same_engine: 0, .. } => "engine changed",
            _ => "differs",
        }
    }
}

fn print(output: &mut impl io::Write, result: &Same, counts: &Counts) -> Result<(), Stop> {
    for line in result.others.iter().take(LISTED) {
        let name = if line.id.is_empty() { format!("capture {}", line.capture) } else { line.id.clone() };
        print_line(output, &format!("{name}: {} ({})", in_words(&line.compared), line.url))?;
    }
    if result.others.len() > LISTED {
        print_line(output, &format!("… and {} more; `--json` lists all", result.others.len() - LISTED))?;
    }
    if result.rules_changed {
        print_line(output, "note: the configuration has changed since the run")?;
    }
    print_line(output, &format!("{} same, {} differ, {} missing", result.same, counts.differ, counts.missing))?;
    print_line(output, counts.verdict())
}

fn in_words(compared: &Compared) -> String {
    match compared {
        Compared::Same => "same".to_owned(),
        Compared::Differs { stage, detail } => format!("differs at stage {stage}: {detail}"),
        Compared::EngineChanged { stage, engine } => format!("differs at stage {stage}; the run used {engine}"),
        Compared::Missing => "its capture is missing".to_owned(),
        Compared::Erased => "erased".to_owned(),
        Compared::Pruned => "pruned".to_owned(),
    }
}
