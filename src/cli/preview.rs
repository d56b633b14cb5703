//! `sanad run --preview`: prints what a run would change.

use super::exit::{CommandOutcome, Stop};
use super::output::{output_failed, print_json, print_line};
use crate::preview::Preview;
use crate::report;
use crate::run::Difference;
use std::io::{self, Write};

/// Characters of a paragraph that are shown: two lines of a terminal.
const SHOWN_CHARS: usize = 160;
/// Paragraphs of a record that are shown, of the removed and of the added ones each.
const SHOWN_PARAGRAPHS: usize = 3;

/// Prints a preview as one JSON object.
pub(super) fn print_as_json(preview: &Preview) -> Result<CommandOutcome, Stop> {
    let mut output = io::stdout().lock();
    print_json(&mut output, preview)?;
    output.flush().map_err(|e| output_failed(&e))?;
    Ok(outcome(preview))
}

/// Prints a preview for people: the table of the run, and samples of the records that would change.
pub(super) fn print(preview: &Preview) -> Result<CommandOutcome, Stop> {
    let mut output = io::stdout().lock();
    print_line(&mut output, &report::table(&preview.report))?;
    for sample in &preview.samples {
        print_sample(&mut output, sample)?;
    }
    print_line(&mut output, "This is a preview: nothing was fetched and no results were written.")?;
    output.flush().map_err(|e| output_failed(&e))?;
    Ok(outcome(preview))
}

fn outcome(preview: &Preview) -> CommandOutcome {
    if preview.report.is_clean() { CommandOutcome::Success } else { CommandOutcome::SomeFailed }
}

fn print_sample(output: &mut impl Write, sample: &Difference) -> Result<(), Stop> {
    print_line(output, &format!("{} ({}) {} {}", sample.change, sample.cause, sample.id, sample.url))?;
    if !sample.fields.is_empty() {
        print_line(output, &format!("  differs in {}", sample.fields.join(", ")))?;
    }
    for (sign, paragraphs) in [("-", &sample.without), ("+", &sample.with)] {
        for paragraph in paragraphs.iter().take(SHOWN_PARAGRAPHS) {
            let shown: String = paragraph.replace('\n', " / ").chars().take(SHOWN_CHARS).collect();
            print_line(output, &format!("  {sign} {shown}"))?;
        }
        if paragraphs.len() > SHOWN_PARAGRAPHS {
            print_line(output, &format!("  {sign} … and {} more", paragraphs.len() - SHOWN_PARAGRAPHS))?;
        }
    }
    Ok(())
}
