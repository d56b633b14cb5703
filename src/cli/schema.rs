//! `sanad schema`: the JSON Schemas of what is written, generated from the types.

use super::{Ended, Stop, print_line};
use crate::error::Error;
use crate::schema;
use clap::Args;
use std::io;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Which one; `record` when left out.
    #[arg(value_name = "NAME", default_value = "record", value_parser = clap::builder::PossibleValuesParser::new(schema::NAMES))]
    name: String,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ended, Stop> {
    let Some(text) = schema::text(&arguments.name) else {
        let message = format!("no schema {:?}; there are: {}", arguments.name, schema::NAMES.join(", "));
        return Err(Error::Usage { message }.into());
    };
    print_line(&mut io::stdout().lock(), &text)?;
    Ok(Ended::Well)
}
