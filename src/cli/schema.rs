//! `sanad schema`: prints the JSON Schemas of the program's outputs, generated from their types.

use super::exit::{CommandOutcome, Stop};
use super::output::print_line;
use crate::error::Error;
use crate::schema;
use clap::Args;
use std::io;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The schema to print.
    #[arg(value_name = "NAME", default_value = "record", value_parser = clap::builder::PossibleValuesParser::new(schema::NAMES))]
    name: String,
}

pub(super) fn run(arguments: &Arguments) -> Result<CommandOutcome, Stop> {
    // The parser of the arguments lets only these names pass.
    let text = schema::text(&arguments.name)
        .ok_or_else(|| Error::Internal { what: format!("there is no schema {:?}", arguments.name) })?;
    print_line(&mut io::stdout().lock(), &text)?;
    Ok(CommandOutcome::Success)
}
