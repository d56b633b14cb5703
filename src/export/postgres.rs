//! PostgreSQL: the table `sanad_records` with one row for each record, updated in one transaction. Records come through
//! COPY into a temporary table. Rows that are the same aren't touched, and rows of removed records are deleted.
//!
//! The table `sanad_export` holds the log of the rows and how far they follow it. So records of another log are
//! refused, and changes that don't begin where the rows end.

use super::columns::{COLUMNS, WHOLE};
use super::database_address::without_password;
use super::stream::{Row, Snapshot};
use crate::error::Error;
use postgres::config::{Config, SslMode};
use postgres::{Client, NoTls, Transaction};
use std::io::{BufWriter, Write};
use std::str::FromStr;
use std::time::Duration;
use tokio_postgres_rustls::MakeRustlsConnect;

/// The time limit for connecting, for servers that don't answer at all.
const CONNECT: Duration = Duration::from_secs(30);
/// The advisory lock that an export holds until its transaction ends: the program's name in ASCII.
const LOCK: i64 = 0x73_616e_6164;

/// Updates the tables.
///
/// # Errors
/// If the server can't be reached or refuses, or the rows follow another log. Then nothing is changed.
pub(super) fn write(snapshot: &Snapshot, address: &str) -> Result<(), Error> {
    let server = Server { place: without_password(address) };
    let mut client = server.connect(address)?;
    let mut transaction = server.say(client.transaction())?;
    server.say(transaction.batch_execute(&create_tables()))?;
    server.check(&mut transaction, snapshot)?;
    let removed = server.copy(&mut transaction, snapshot)?;
    server.say(transaction.batch_execute(&upsert()))?;
    if snapshot.since().is_some() {
        server.say(transaction.execute("DELETE FROM sanad_records WHERE id = ANY($1)", &[&removed]))?;
    } else if snapshot.ids().is_empty() {
        let absent = "DELETE FROM sanad_records r WHERE (cardinality($1::text[]) = 0 OR r.source = ANY($1))
            AND NOT EXISTS (SELECT FROM sanad_incoming n WHERE n.id = r.id)";
        server.say(transaction.execute(absent, &[&snapshot.sources()]))?;
    }
    let is_whole = snapshot.ids().is_empty() && snapshot.sources().is_empty();
    let size = if is_whole { i64::try_from(snapshot.size).unwrap_or(i64::MAX) } else { 0 };
    let progress = "INSERT INTO sanad_export (log, log_size, run) VALUES ($1, $2, $3)
        ON CONFLICT (log) DO UPDATE SET log_size = excluded.log_size, run = excluded.run, exported = now()
        WHERE excluded.log_size > 0";
    server.say(transaction.execute(progress, &[&snapshot.origin, &size, &snapshot.run]))?;
    snapshot.check()?;
    server.say(transaction.commit())
}

/// The statements that create the tables that don't exist, and the temporary one for incoming records.
fn create_tables() -> String {
    let columns: Vec<String> = COLUMNS.iter().map(|c| format!("{} {}", c.name, c.kind)).collect();
    format!(
        "SELECT pg_advisory_xact_lock({LOCK});
         CREATE TABLE IF NOT EXISTS sanad_records ({}, {WHOLE} jsonb NOT NULL);
         CREATE INDEX IF NOT EXISTS sanad_records_source ON sanad_records (source);
         CREATE TABLE IF NOT EXISTS sanad_export (log text PRIMARY KEY, log_size bigint NOT NULL, run text NOT NULL,
             exported timestamptz NOT NULL DEFAULT now());
         CREATE TEMPORARY TABLE sanad_incoming (LIKE sanad_records) ON COMMIT DROP",
        columns.join(", ")
    )
}

/// The names of all columns.
fn names() -> String {
    COLUMNS.iter().map(|c| c.name).chain([WHOLE]).collect::<Vec<_>>().join(", ")
}

/// The statements that insert or update the incoming records.
fn upsert() -> String {
    let names = names();
    let new: Vec<String> = names.split(", ").map(|n| format!("{n} = excluded.{n}")).collect();
    format!(
        "ANALYZE sanad_incoming;
         INSERT INTO sanad_records ({names}) SELECT {names} FROM sanad_incoming
         ON CONFLICT (id) DO UPDATE SET {} WHERE sanad_records.{WHOLE} IS DISTINCT FROM excluded.{WHOLE}",
        new.join(", ")
    )
}

/// The server, by the address that messages show.
struct Server {
    place: String,
}

impl Server {
    fn error(&self, problem: impl Into<String>) -> Error {
        Error::Store { place: self.place.clone(), problem: problem.into() }
    }

    fn say<T>(&self, result: Result<T, postgres::Error>) -> Result<T, Error> {
        result.map_err(|error| {
            if let Some(said) = error.as_db_error() {
                return self.error(format!("{} ({})", said.message(), said.code().code()));
            }
            let cause = std::error::Error::source(&error).map(|c| format!(": {c}")).unwrap_or_default();
            self.error(format!("{error}{cause}"))
        })
    }

    fn connect(&self, address: &str) -> Result<Client, Error> {
        let mut config = self.say(Config::from_str(address))?;
        if config.get_password().is_none()
            && let Ok(password) = std::env::var("PGPASSWORD")
        {
            config.password(password);
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT);
        }
        if config.get_application_name().is_none() {
            config.application_name("sanad");
        }
        if config.get_ssl_mode() != SslMode::Require {
            return self.say(config.connect(NoTls));
        }
        // The certificates that the system trusts, or those that SSL_CERT_FILE names.
        let (tls, _) = MakeRustlsConnect::with_native_certs().map_err(|_| {
            self.error("sslmode=require, but there are no trusted certificates; name a file with SSL_CERT_FILE")
        })?;
        self.say(config.connect(tls))
    }

    /// Checks that the rows follow this log, and that changes continue where the rows end.
    fn check(&self, transaction: &mut Transaction<'_>, snapshot: &Snapshot) -> Result<(), Error> {
        let rows = self.say(transaction.query("SELECT log, log_size, run FROM sanad_export", &[]))?;
        let mut reached = None;
        for row in rows {
            let log: String = self.say(row.try_get(0))?;
            let (size, run): (i64, String) = (self.say(row.try_get(1))?, self.say(row.try_get(2))?);
            if log != snapshot.origin {
                return Err(self.error(format!(
                    "the tables hold records of another log ({log}); use another schema: ?options=-csearch_path%3DNAME"
                )));
            }
            reached = Some((u64::try_from(size).unwrap_or(0), run));
        }
        let is_newer = |size: u64| size > snapshot.size;
        match (reached, snapshot.base()) {
            (Some((size, run)), _) if is_newer(size) => {
                Err(self.error(format!("the tables are newer than these results: as of run {run}")))
            }
            (Some((size, _)), Some(base)) if base <= size => Ok(()),
            (reached, Some(_)) => {
                let until =
                    reached.map_or_else(|| "nothing".to_owned(), |(_, run)| format!("everything up to run {run}"));
                let since = snapshot.since().unwrap_or_default();
                Err(self.error(format!("--since {since}: the tables hold {until}; export without --since")))
            }
            (_, None) => Ok(()),
        }
    }

    /// Copies the records into the temporary table, and returns the ids of removed records.
    fn copy(&self, transaction: &mut Transaction<'_>, snapshot: &Snapshot) -> Result<Vec<String>, Error> {
        let copy = format!("COPY sanad_incoming ({}) FROM STDIN", names());
        let mut out = BufWriter::with_capacity(1 << 16, self.say(transaction.copy_in(&copy))?);
        let fault = |e: std::io::Error| self.error(e.to_string());
        let mut removed = Vec::new();
        let mut line = String::new();
        for row in snapshot.rows()? {
            match row? {
                Row::Current(current) => {
                    let record = current.record()?;
                    line.clear();
                    for column in COLUMNS {
                        push(&mut line, (column.value)(&record));
                        line.push('\t');
                    }
                    // jsonb can't hold NUL, not even escaped.
                    push(&mut line, Some(&current.line.replace("\\u0000", "\\ufffd")));
                    line.push('\n');
                    out.write_all(line.as_bytes()).map_err(fault)?;
                }
                Row::Removed(stone) => removed.push(stone.id),
            }
        }
        let copy = out.into_inner().map_err(|e| fault(e.into_error()))?;
        self.say(copy.finish())?;
        Ok(removed)
    }
}

/// Appends a value in COPY's text format.
fn push(line: &mut String, value: Option<&str>) {
    let Some(value) = value else { return line.push_str("\\N") };
    for c in value.chars() {
        match c {
            '\\' => line.push_str("\\\\"),
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            '\t' => line.push_str("\\t"),
            '\0' => line.push('\u{FFFD}'),
            c => line.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::push;

    #[test]
    fn a_copied_value_keeps_its_lines_tabs_and_backslashes() {
        let mut line = String::new();
        push(&mut line, Some("a\\b\tc\nd\re\0ӣ"));
        push(&mut line, None);
        assert_eq!(line, "a\\\\b\\tc\\nd\\re\u{FFFD}ӣ\\N");
    }
}
