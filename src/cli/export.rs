//! `sanad export`: writes records as files, to a database, or as packages with their evidence.

use super::exit::{CommandOutcome, Stop};
use super::options::Folders;
use super::output::{counted, notify};
use crate::error::Error;
use crate::export::object_store::is_address;
use crate::export::{self, FORMATS, Format, Output, Selection, export};
use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    folders: Folders,
    /// Output format.
    #[arg(long, value_name = "FORMAT", value_parser = formats())]
    format: &'static Format,
    /// Destination; by default a file or folder named after the format.
    ///
    /// A file, a folder, `-` for standard output, an object's address (`s3://…`, `gs://…`, `az://…`), or a database's
    /// (`postgresql://…`; by default the one in `DATABASE_URL`).
    #[arg(long, short, value_name = "FILE|DIR|-|URL")]
    output: Option<String>,
    /// Only what was added, changed or removed after this run.
    #[arg(long, value_name = "RUN", conflicts_with = "ids")]
    since: Option<String>,
    /// Only this source; may be repeated.
    #[arg(long, value_name = "ID", conflicts_with = "ids")]
    source: Vec<String>,
    /// Ids of the records to export; all records by default. Packages (wacz, prov, ro-crate) need ids.
    #[arg(value_name = "ID")]
    ids: Vec<String>,
}

fn formats() -> impl TypedValueParser<Value = &'static Format> {
    let names = FORMATS.iter().map(|f| PossibleValue::new(f.name).help(f.about));
    PossibleValuesParser::new(names).try_map(|name| Format::of(&name).ok_or("unknown format"))
}

pub(super) fn run(arguments: &Arguments) -> Result<CommandOutcome, Stop> {
    let (folders, format) = (&arguments.folders, arguments.format);
    format.check_is_there()?;
    if format.is_package() && (arguments.ids.is_empty() || arguments.since.is_some()) {
        let message = format!(
            "--format {}: name the ids of the records to put into the package, as in `sanad export --format {0} ID…`",
            format.name
        );
        return Err(Error::Usage { message }.into());
    }
    let selection =
        Selection { sources: arguments.source.clone(), ids: arguments.ids.clone(), since: arguments.since.clone() };
    let output = output(arguments)?;
    match export(&folders.raw, &folders.out, format, &selection, &output)? {
        export::Ended::Closed => Err(Stop::PipeClosed),
        export::Ended::Done(exported) => {
            let place = match &output {
                Output::Stdout => return Ok(CommandOutcome::Success),
                Output::Path(path) => path.display().to_string(),
                Output::Server(address) => export::without_password(address),
                Output::Store(address) => address.clone(),
            };
            let rows = match arguments.since {
                Some(_) => counted(exported.rows, "change", "changes"),
                None => counted(exported.rows, "record", "records"),
            };
            notify(&format!("{place}: {rows}, as of run {}", exported.run));
            Ok(CommandOutcome::Success)
        }
    }
}

fn output(arguments: &Arguments) -> Result<Output, Error> {
    let format = arguments.format;
    let given = arguments.output.clone();
    if format.is_server() {
        return given.or_else(|| std::env::var("DATABASE_URL").ok()).map(Output::Server).ok_or_else(|| {
            let message = format!(
                "--format {}: name the database with `--output postgresql://USER@HOST/NAME` or in `DATABASE_URL`",
                format.name
            );
            Error::Usage { message }
        });
    }
    let place = given.unwrap_or_else(|| format.output.to_owned());
    Ok(match place.as_str() {
        "-" => Output::Stdout,
        address if is_address(address) => Output::Store(place),
        _ => Output::Path(place.into()),
    })
}
