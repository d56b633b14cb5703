//! The columns of a table of records in a database. What has no column of its own is in the whole record, as JSON.

use crate::emit::Record;

/// A column with its PostgreSQL type. In SQLite all columns are text.
pub(super) struct Column {
    pub(super) name: &'static str,
    #[cfg_attr(not(feature = "postgres"), allow(dead_code, reason = "SQLite has one type for all of them"))]
    pub(super) kind: &'static str,
    pub(super) value: fn(&Record) -> Option<&str>,
}

/// The name of the column with the whole record.
pub(super) const WHOLE: &str = "record";

const fn column(name: &'static str, kind: &'static str, value: fn(&Record) -> Option<&str>) -> Column {
    Column { name, kind, value }
}

/// The columns before the whole record. `created` is text because it may be just a year or a month.
pub(super) const COLUMNS: &[Column] = &[
    column("id", "text PRIMARY KEY", |r| Some(&r.id)),
    column("source", "text NOT NULL", |r| Some(&r.source)),
    column("version", "text NOT NULL", |r| Some(&r.version)),
    column("added", "timestamptz", |r| Some(r.added.as_str()).filter(|a| !a.is_empty())),
    column("created", "text", |r| r.created.as_deref()),
    column("title", "text", |r| r.title.as_deref()),
    column("text", "text NOT NULL", |r| Some(&r.text)),
    column("language", "text", |r| r.language.as_deref()),
    column("script", "text", |r| r.script.as_deref()),
    column("issuer", "text", |r| r.issuer.as_ref().map(|i| i.name.as_str())),
    column("country", "text", |r| r.issuer.as_ref().and_then(|i| i.country.as_deref())),
    column("url", "text", |r| r.url.as_ref().map(|u| u.canonical.as_deref().unwrap_or(&u.final_url))),
    column("duplicate_of", "text", |r| r.duplicate_of.as_deref()),
    column("status", "text NOT NULL", |r| Some(&r.status)),
    column("run", "text", |r| r.prov.as_ref().map(|p| p.run.as_str())),
];
