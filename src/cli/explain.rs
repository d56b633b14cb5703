//! `sanad explain`: where a passage came from, and what was left out around it.

use super::{Ended, Folders, Stop, print_line};
use crate::audit::{Dropped, Explanation, Passage, Replay, Wanted, explain};
use crate::config::Config;
use crate::worker::Limits;
use clap::Args;
use sanad_document::Origin;
use std::io;
use std::ops::Range;

/// Characters of a text that are shown; `--json` shows all.
const SHOWN: usize = 200;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    folders: Folders,
    /// Record id.
    #[arg(value_name = "ID")]
    id: String,
    /// Only this part of the text, in code points from 0: `120..180`.
    #[arg(long, value_name = "A..B", value_parser = span)]
    span: Option<Range<usize>>,
    /// List all that was left out, with rule and support.
    #[arg(long)]
    removed: bool,
    /// The explanation as one JSON object.
    #[arg(long)]
    json: bool,
}

fn span(text: &str) -> Result<Range<usize>, String> {
    let wrong = || "write it as A..B, in code points from 0, A before B".to_owned();
    let (from, to) = text.split_once("..").ok_or_else(wrong)?;
    let (from, to) = (from.parse().map_err(|_| wrong())?, to.parse().map_err(|_| wrong())?);
    if from < to { Ok(from..to) } else { Err(wrong()) }
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ended, Stop> {
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
        let text = serde_json::to_string(&explanation).unwrap_or_default();
        print_line(&mut output, &text)?;
    } else {
        print(&mut output, &explanation)?;
    }
    Ok(if explanation.derivable { Ended::Well } else { Ended::WithFailures })
}

fn print(output: &mut impl io::Write, explanation: &Explanation) -> Result<(), Stop> {
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
        print_line(output, &format!("letters  {}, told by {}{repaired}", encoding.name, encoding.rule))?;
    }
    if let Some(repairs) = &explanation.repairs {
        let of = |r: &serde_json::Value| {
            let rule = r.get("rule").and_then(serde_json::Value::as_str).unwrap_or("unnamed");
            format!("{rule} in {} places", r.get("count").unwrap_or(&serde_json::Value::Null))
        };
        let all: Vec<String> = repairs.as_array().into_iter().flatten().map(of).collect();
        print_line(output, &format!("repairs  {}", all.join(", ")))?;
    }
    if let Some((language, sure)) = &explanation.language {
        print_line(output, &format!("language {language} ({sure:.3}), by the letters of its blocks"))?;
    }
    if !explanation.derivable {
        print_line(
            output,
            "note: the capture gives another text now (see `sanad replay`), so what was left out isn't shown",
        )?;
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

fn print_passage(output: &mut impl io::Write, passage: &Passage) -> Result<(), Stop> {
    for dropped in &passage.dropped_before {
        print_dropped(output, "  before: ", dropped)?;
    }
    let kind = serde_json::to_value(passage.kind).ok().and_then(|k| k.as_str().map(str::to_owned)).unwrap_or_default();
    print_line(output, &format!("{}..{}  {kind}  {}", passage.start, passage.end, places(&passage.origin)))?;
    print_line(output, &format!("  {}", shown(passage.span.as_ref().unwrap_or(&passage.text))))?;
    if let Some((language, sure)) = &passage.language {
        let alone: Vec<String> = passage.candidates.iter().map(|(label, p)| format!("{label} {p:.3}")).collect();
        let alone = if alone.is_empty() { String::new() } else { format!("; its words alone: {}", alone.join(", ")) };
        print_line(output, &format!("  language {language} ({sure:.3}){alone}"))?;
    }
    if let Some(original) = &passage.original {
        print_line(output, &format!("  letters as received: {}", shown(original)))?;
    }
    for dropped in &passage.dropped_after {
        print_dropped(output, "  after:  ", dropped)?;
    }
    Ok(())
}

fn print_dropped(output: &mut impl io::Write, head: &str, dropped: &Dropped) -> Result<(), Stop> {
    let Dropped { block, rule, support, text, origin } = dropped;
    print_line(output, &format!("{head}left out, block {block}: {rule} ({support})  {}", places(origin)))?;
    print_line(output, &format!("    {}", shown(text)))
}

fn places(origins: &[Origin]) -> String {
    let place = |origin: &Origin| match origin {
        Origin::Html { html, line: Some(line) } => format!("line {line}, {html}"),
        Origin::Html { html, line: None } => html.clone(),
        Origin::Pdf { page, label, bbox: [left, top, right, bottom] } => {
            let label = label.as_ref().map(|l| format!(" (\"{l}\")")).unwrap_or_default();
            format!("page {page}{label}, {left:.1} {top:.1} {right:.1} {bottom:.1}")
        }
    };
    origins.iter().map(place).collect::<Vec<_>>().join("; ")
}

fn shown(text: &str) -> String {
    let line = text.replace('\n', " ⏎ ");
    if line.chars().count() <= SHOWN { line } else { line.chars().take(SHOWN).chain(['…']).collect() }
}
