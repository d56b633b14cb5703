//! `sanad replay`: whether the captures still give what the log says they gave.

use super::{Ended, Folders, Stop, default_jobs, print_line};
use crate::audit::{Compared, Part, Replay, replay};
use crate::config::Config;
use crate::worker::Limits;
use clap::Args;
use serde_json::{Value, json};
use std::io;

/// More lines than this are counted, not listed; `--json` lists all.
const LISTED: usize = 200;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    folders: Folders,
    /// Only the captures of this record, in the run that last changed it.
    #[arg(value_name = "ID", conflicts_with = "run")]
    id: Option<String>,
    /// This run, or `all`; the newest when left out.
    #[arg(long, value_name = "RUN")]
    run: Option<String>,
    /// Worker processes; one a core when left out.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// The result as one JSON object.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ended, Stop> {
    let config = Config::load(&arguments.folders.config)?;
    let program = Limits::of_this_program()?.program;
    let question = Replay {
        raw: &arguments.folders.raw,
        out: &arguments.folders.out,
        config: &config,
        program: &program,
        jobs: arguments.jobs.map_or_else(default_jobs, usize::from),
    };
    let part = match (&arguments.id, arguments.run.as_deref()) {
        (Some(id), _) => Part::Document(id),
        (None, Some("all")) => Part::All,
        (None, Some(run)) => Part::Run(run),
        (None, None) => Part::Newest,
    };
    let found = replay(&question, part)?;
    let count = |test: fn(&Compared) -> bool| found.others.iter().filter(|l| test(&l.compared)).count();
    let differ = count(|c| matches!(c, Compared::Differs { .. } | Compared::EngineChanged { .. }));
    let missing = count(|c| matches!(c, Compared::Missing));
    let word = match (differ, missing) {
        (0, 0) => "same",
        (0, _) => "incomplete",
        _ if count(|c| matches!(c, Compared::Differs { .. })) == 0 => "engine changed",
        _ => "differs",
    };
    let mut output = io::stdout().lock();
    if arguments.json {
        let mut value = json!({"verdict": word.replace(' ', "_")});
        if let (Some(all), Ok(Value::Object(more))) = (value.as_object_mut(), serde_json::to_value(&found)) {
            all.extend(more);
        }
        print_line(&mut output, &value.to_string())?;
    } else {
        for line in found.others.iter().take(LISTED) {
            let what = worded(&line.compared);
            let name = if line.id.is_empty() { format!("capture {}", line.capture) } else { line.id.clone() };
            print_line(&mut output, &format!("{name}: {what} ({})", line.url))?;
        }
        if found.others.len() > LISTED {
            print_line(&mut output, &format!("… and {} more", found.others.len() - LISTED))?;
        }
        if found.rules_changed {
            print_line(&mut output, "note: the configuration is not the one of the run")?;
        }
        print_line(&mut output, &format!("{} same, {differ} differ, {missing} missing", found.same))?;
        print_line(&mut output, word)?;
    }
    Ok(match (differ, missing) {
        (0, 0) => Ended::Well,
        (0, _) => Ended::Incomplete,
        _ => Ended::WithFailures,
    })
}

fn worded(compared: &Compared) -> String {
    match compared {
        Compared::Same => "same".to_owned(),
        Compared::Differs { stage, detail } => format!("differs at {stage}: {detail}"),
        Compared::EngineChanged { stage, engine } => format!("engine changed (was {engine}), differs at {stage}"),
        Compared::Missing => "its capture is missing".to_owned(),
        Compared::Erased => "erased".to_owned(),
        Compared::Pruned => "pruned".to_owned(),
    }
}
