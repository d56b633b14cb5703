//! An SQLite database with three tables: `records` with one row for each record, `changes` with how each changed since
//! a run, and `export` with what the file was made from. The file is rewritten and replaced as a whole, so readers see
//! the old or the new one.

use super::columns::{COLUMNS, WHOLE};
use super::stream::{Row, Snapshot};
use crate::emit::record::Delta;
use crate::error::Error;
use rusqlite::{Connection, params_from_iter};
use std::path::Path;

/// Version of the tables, in the file's `user_version`.
const VERSION: i32 = 1;

/// Writes the database to a new file.
///
/// # Errors
/// If records can't be read or SQLite can't write.
pub(super) fn write(snapshot: &Snapshot, path: &Path) -> Result<(), Error> {
    let fault = |e: rusqlite::Error| Error::Store { place: path.display().to_string(), problem: e.to_string() };
    let connection = Connection::open(path).map_err(fault)?;
    connection.execute_batch(&create_tables()).map_err(fault)?;
    fill(snapshot, &connection, &fault)?;
    connection.execute_batch("CREATE INDEX records_source ON records (source); COMMIT").map_err(fault)?;
    connection.close().map_err(|(_, e)| fault(e))
}

/// The statements that create the tables. Nobody sees the file before it is complete, so nothing has to survive a
/// crash.
fn create_tables() -> String {
    let kinds = |name: &str| match name {
        "id" => "TEXT PRIMARY KEY NOT NULL",
        _ => "TEXT",
    };
    let columns: Vec<String> = COLUMNS.iter().map(|c| format!("{} {}", c.name, kinds(c.name))).collect();
    format!(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA user_version = {VERSION}; BEGIN;
         CREATE TABLE export (name TEXT PRIMARY KEY, value TEXT);
         CREATE TABLE records ({}, {WHOLE} TEXT NOT NULL);
         CREATE TABLE changes (id TEXT PRIMARY KEY NOT NULL, source TEXT, change TEXT NOT NULL, cause TEXT NOT NULL);",
        columns.join(", ")
    )
}

fn fill(snapshot: &Snapshot, connection: &Connection, fault: &impl Fn(rusqlite::Error) -> Error) -> Result<(), Error> {
    let mut about = connection.prepare("INSERT INTO export VALUES (?, ?)").map_err(fault)?;
    let size = snapshot.size.to_string();
    for (name, value) in [
        ("log", Some(snapshot.origin.as_str())),
        ("log_size", Some(size.as_str())),
        ("run", Some(snapshot.run.as_str())),
        ("since", snapshot.since()),
    ] {
        if let Some(value) = value {
            about.execute((name, value)).map_err(fault)?;
        }
    }
    let places = vec!["?"; COLUMNS.len() + 1].join(", ");
    let mut insert = connection.prepare(&format!("INSERT INTO records VALUES ({places})")).map_err(fault)?;
    let mut changes = connection.prepare("INSERT INTO changes VALUES (?, ?, ?, ?)").map_err(fault)?;
    let mut change = |id: &str, source: &str, delta: &Delta| {
        changes.execute((id, source, delta.change.as_str(), delta.cause.as_str())).map(|_| ()).map_err(fault)
    };
    for row in snapshot.rows()? {
        match row? {
            Row::Current(current) => {
                let record = current.record()?;
                let values = COLUMNS.iter().map(|c| (c.value)(&record)).chain([Some(current.line.as_str())]);
                insert.execute(params_from_iter(values)).map_err(fault)?;
                if let Some(delta) = &current.delta {
                    change(&record.id, &record.source, delta)?;
                }
            }
            Row::Removed(stone) => change(&stone.id, &stone.source, &stone.delta)?,
        }
    }
    Ok(())
}
