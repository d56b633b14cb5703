//! `sanad explain`: shows where the text of a record comes from and what was left out around it.

use super::exit::{CommandOutcome, Stop};
use super::options::Folders;
use super::output::{print_json, print_line};
use crate::audit::{Dropped, Explanation, Passage, Replay, Wanted, explain};
use crate::config::Config;
use crate::worker::Limits;
use clap::Args;
use sanad_document::Origin;
use serde_json::Value;
use std::io;
use std::ops::Range;

/// Characters of a text that are shown: two or three lines of a terminal. `--json` shows the whole text.
const SHOWN_CHARS: usize = 200;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    folders: Folders,
    /// Record id.
    #[arg(value_name = "ID")]
    id: String,
    /// Explain only this part of the text, in code points from 0, the end excluded: `120..180`.
    #[arg(long, value_name = "A..B", value_parser = span)]
    span: Option<Range<usize>>,
    /// List everything that was left out, with rule and support.
    #[arg(long)]
    removed: bool,
    /// Print the explanation as one JSON object.
    #[arg(long)]
    json: bool,
}

fn span(text: &str) -> Result<Range<usize>, String> {
    let wrong = || "write it as A..B, in code points from 0, with A less than B".to_owned();
    let (from, to) = text.split_once("..").ok_or_else(wrong)?;
    let (from, to) = (from.parse().map_err(|_| wrong())?, to.parse().map_err(|_| wrong())?);
    if from < to { Ok(from..to) } else { Err(wrong()) }
}

pub(super) fn run(arguments: &Arguments) -> Result<CommandOutcome, Stop> {
    let config = Config::load(&arguments.folders.config)?;
    let program = Limits::of_this_program()?.program;
    let question = Replay {
        raw: &arguments.folders.raw,
        out: &arguments.folders.out,
        config: &config,
        program: &program,
        jobs: 1,
    };
    let wanted = Wanted { span: arguments.span.clone(), removed: arguments.removed };
    let explanation = explain(&question, &arguments.id, &wanted)?;
    let mut output = io::stdout().lock();
    if arguments.json {
        print_json(&mut output, &explanation)?;
    } else {
        print(&mut output, &explanation)?;
    }
    Ok(if explanation.derivable { CommandOutcome::Success } else { CommandOutcome::SomeFailed })
}

fn print(output: &mut impl io::Write, explanation: &Explanation) -> Result<(), Stop> {
    print_provenance(output, explanation)?;
    if !explanation.derivable {
        let note = format!(
            "note: the capture now produces another text, so what was left out isn't shown; \
             `sanad replay {}` shows where it differs",
            explanation.id
        );
        print_line(output, &note)?;
    }
    for passage in &explanation.passages {
        print_line(output, "")?;
        print_passage(output, passage)?;
    }
    for dropped in &explanation.removed {
        print_dropped(output, "", dropped)?;
    }
    Ok(())
}

fn print_provenance(output: &mut impl io::Write, explanation: &Explanation) -> Result<(), Stop> {
    let prov = &explanation.prov;
    let capture = &prov.capture;
    let title = explanation.title.as_deref().unwrap_or("(no title)");
    print_line(output, &format!("{}  {title}", explanation.id))?;
    if let Some(url) = &explanation.url {
        print_line(output, &format!("address  {}", url.final_url))?;
    }
    print_line(output, &format!("capture  {} at byte {}, {}", capture.file, capture.offset, capture.fetched_at))?;
    print_line(output, &format!("body     {}", capture.digest))?;
    print_line(output, &format!("run      {} ({}), log entry {}", prov.run, prov.engine, prov.log_index))?;
    if let Some(encoding) = &prov.encoding {
        let repaired = encoding.repaired.as_ref().map(|what| format!(", repaired: {what}")).unwrap_or_default();
        print_line(output, &format!("encoding {}, by rule {}{repaired}", encoding.name, encoding.rule))?;
    }
    if let Some(repairs) = &explanation.repairs {
        let all: Vec<String> = repairs.as_array().into_iter().flatten().map(repair).collect();
        print_line(output, &format!("repairs  {}", all.join(", ")))?;
    }
    if let Some((language, confidence)) = &explanation.language {
        print_line(output, &format!("language {language} (probability {confidence:.3})"))?;
    }
    Ok(())
}

fn repair(repair: &Value) -> String {
    let rule = repair.get("rule").and_then(Value::as_str).unwrap_or("unnamed");
    format!("{rule} × {}", repair.get("count").unwrap_or(&Value::Null))
}

fn print_passage(output: &mut impl io::Write, passage: &Passage) -> Result<(), Stop> {
    for dropped in &passage.dropped_before {
        print_dropped(output, "  before: ", dropped)?;
    }
    let kind = serde_json::to_value(passage.kind).ok().and_then(|k| k.as_str().map(str::to_owned)).unwrap_or_default();
    print_line(output, &format!("{}..{}  {kind}  {}", passage.start, passage.end, places(&passage.origin)))?;
    print_line(output, &format!("  {}", shortened(passage.span.as_ref().unwrap_or(&passage.text))))?;
    if let Some((language, confidence)) = &passage.language {
        let alone: Vec<String> = passage.candidates.iter().map(|(label, p)| format!("{label} {p:.3}")).collect();
        let alone =
            if alone.is_empty() { String::new() } else { format!("; from its words alone: {}", alone.join(", ")) };
        print_line(output, &format!("  language {language} (probability {confidence:.3}){alone}"))?;
    }
    if let Some(original) = &passage.original {
        print_line(output, &format!("  before repair: {}", shortened(original)))?;
    }
    for dropped in &passage.dropped_after {
        print_dropped(output, "  after:  ", dropped)?;
    }
    Ok(())
}

fn print_dropped(output: &mut impl io::Write, prefix: &str, dropped: &Dropped) -> Result<(), Stop> {
    let Dropped { block, rule, support, looks_like, text, origin } = dropped;
    let support = if support.is_empty() { String::new() } else { format!(" ({support})") };
    let looks_like = looks_like.as_ref().map(|kind| format!(", looks like {kind}")).unwrap_or_default();
    let at = places(origin);
    print_line(output, &format!("{prefix}left out, block {block}: {rule}{support}{looks_like}  {at}"))?;
    print_line(output, &format!("    {}", shortened(text)))
}

fn places(origins: &[Origin]) -> String {
    let place = |origin: &Origin| match origin {
        Origin::Html { html, line: Some(line) } => format!("line {line}, {html}"),
        Origin::Html { html, line: None } => html.clone(),
        Origin::Pdf { page, label, bbox: [left, top, right, bottom] } => {
            let label = label.as_ref().map(|l| format!(" (\"{l}\")")).unwrap_or_default();
            format!("page {page}{label}, box {left:.1} {top:.1} {right:.1} {bottom:.1} pt")
        }
    };
    origins.iter().map(place).collect::<Vec<_>>().join("; ")
}

fn shortened(text: &str) -> String {
    let line = text.replace('\n', " ⏎ ");
    if line.chars().count() <= SHOWN_CHARS { line } else { line.chars().take(SHOWN_CHARS).chain(['…']).collect() }
}
