//! The index of what is kept: which parts belong to a version, what their columns are, and the table that has the rows of all.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio_postgres::SimpleQueryRow;

use super::apart::{self, NoRecord};
use super::numbering::GivenNumbers;
use super::part::{CountedPart, PartRows, RecordOutcome};
use crate::database::Failure;
use crate::database::postgres::message::{Message, Origin};
use crate::database::postgres::{PostgresDatabase, history, record};
use crate::error::Result as QueryResult;
use crate::history::{ImageKey, IndexRow, PartKind, UndoColumn, UndoPart, UndoRecord, UndoTable};
use crate::sql::{Ident, Literal};
use crate::version::Version;

/// What the row of a step says, whose parts follow it.
const WHOLE: &str = IndexRow::WHOLE;
const NOT: &str = IndexRow::NOT;
const PURGED: &str = IndexRow::PURGED;

fn created(database: &PostgresDatabase<'_>) -> [String; 3] {
    let [index, columns, rows] = UndoTable::ALL.map(|table| database.tables.of_undo(table));
    [
        format!(
            "CREATE TABLE {index} (version bigint NOT NULL, number integer NOT NULL, kind text NOT NULL, row_key text, schema_before text, \
             table_before text, schema_after text, table_after text, row_count bigint NOT NULL, byte_count bigint NOT NULL, reason text, \
             kept_at timestamp with time zone NOT NULL DEFAULT now(), kept_until timestamp with time zone, PRIMARY KEY (version, number))"
        ),
        format!(
            "CREATE TABLE {columns} (version bigint NOT NULL, number integer NOT NULL, place integer NOT NULL, name_before text, \
             name_after text, in_key boolean NOT NULL, numbered bigint[], PRIMARY KEY (version, number, place))"
        ),
        format!(
            "CREATE TABLE {rows} (version bigint NOT NULL, number integer NOT NULL, image bigint NOT NULL, \
             was_there boolean NOT NULL, is_there boolean NOT NULL, row_key text[], before text[], after text[], \
             is_same boolean NOT NULL DEFAULT false, verdict smallint, PRIMARY KEY (version, number, image))"
        ),
    ]
}

/// How the tables stand before a step.
#[derive(Debug, Clone, Copy)]
pub(super) struct StoreStanding {
    /// How many of them are there.
    there: u64,
    /// How many of those belong to the role.
    ours: u64,
    /// Whether the server counts the rows that a transaction writes.
    pub(super) are_rows_counted: bool,
}

impl StoreStanding {
    /// Of the row that [`standing`] asks for.
    pub(super) fn of(row: &SimpleQueryRow) -> Self {
        let number = |at: usize| row.get(at).and_then(|count| count.parse().ok()).unwrap_or(0);
        Self { there: number(0), ours: number(1), are_rows_counted: row.get(2) == Some("on") }
    }
}

/// A query for [`StoreStanding`].
pub(super) fn standing(database: &PostgresDatabase<'_>) -> String {
    let named =
        UndoTable::ALL.map(|table| format!("(to_regclass({}))", Literal(Some(&database.tables.of_undo(table)))));
    format!(
        "SELECT count(c.oid), count(c.oid) FILTER (WHERE pg_has_role(c.relowner, 'USAGE')), current_setting('track_counts') \
         FROM (VALUES {}) AS w (oid) JOIN pg_class c ON c.oid = w.oid",
        named.join(", ")
    )
}

/// Makes the tables where they are missing, and clears what is left there of a version that is not applied, with the first statements of the step. Why they
/// cannot be written, where that is so.
pub(super) async fn prepare(
    database: &mut PostgresDatabase<'_>,
    message: &mut Message,
    standing: StoreStanding,
    version: Version,
) -> Result<(), NoRecord> {
    let all = UndoTable::ALL.len() as u64;
    if standing.there == all && standing.ours == all {
        record::whole(database, message, &Origin::Ours, cleared(database, version));
        return Ok(());
    }
    if standing.ours < standing.there {
        let index = database.tables.shown_of_undo(UndoTable::Index);
        return Err(format!("{index} belongs to another role, which alone reads and writes it").into());
    }
    // What people have set for new tables gives rights to others: what is kept of rows is its owner's alone.
    let granted = format!(
        "SELECT DISTINCT format('REVOKE ALL ON TABLE %s FROM %s', c.oid::regclass, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END) \
         FROM pg_class c, LATERAL aclexplode(c.relacl) AS a WHERE c.oid IN ({}) AND a.grantee <> c.relowner",
        UndoTable::ALL
            .map(|table| format!("to_regclass({})", Literal(Some(&database.tables.of_undo(table)))))
            .join(", ")
    );
    let made = format!("{};\n{granted}", created(database).join(";\n"));
    let revokes: Vec<String> =
        apart::noted(database, &made).await?.iter().filter_map(|row| row.get(0)).map(str::to_owned).collect();
    if revokes.is_empty() {
        return Ok(());
    }
    apart::noted(database, &revokes.join(";\n")).await.map(drop)
}

/// The statements that take away what is kept of a version.
fn cleared(database: &PostgresDatabase<'_>, version: Version) -> [String; 3] {
    UndoTable::ALL.map(|table| format!("DELETE FROM {} WHERE version = {version}", database.tables.of_undo(table)))
}

/// Takes away what is kept of a version, which was taken back. Where the tables are another role's it stays there, and counts for no later run of the version.
pub(in crate::database::postgres) async fn forget(
    database: &mut PostgresDatabase<'_>,
    version: Version,
) -> Result<(), Failure> {
    let cleared = cleared(database, version).join(";\n");
    if let Err(why) = apart::attempt(database, &cleared).await? {
        tracing::debug!("what was kept of version {version} stays, and is put back no more: {why}");
    }
    Ok(())
}

/// The statements that write down why nothing is kept of a step, where the tables are there: for that alone none are made.
pub(in crate::database::postgres) fn unkept(
    database: &PostgresDatabase<'_>,
    version: Version,
    why: &str,
) -> Vec<String> {
    let is_written = database.prepared().owns_kept;
    if is_written { kept(database, version, &RecordOutcome::Not(why.to_owned())) } else { Vec::new() }
}

/// The statements that write down what a step has come to, for as long as it is to be kept. They stand behind the one that writes the row of the history: what is
/// kept has its moment, by which it is told from what an earlier run of the version has left. A step that did nothing to rows has no record.
pub(super) fn kept(database: &PostgresDatabase<'_>, version: Version, recorded: &RecordOutcome) -> Vec<String> {
    let mut statements = Vec::new();
    let (word, why, parts): (&str, Option<&str>, &[CountedPart]) = match recorded {
        RecordOutcome::Nothing => return statements,
        RecordOutcome::Not(why) => {
            // What was noted of the step is not all of it.
            statements.extend(cleared(database, version));
            (NOT, Some(why), &[])
        }
        RecordOutcome::Parts(parts) => (WHOLE, None, parts),
    };
    let [index, columns, _] = UndoTable::ALL.map(|table| database.tables.of_undo(table));
    let until = until(database.options.undo.kept_for());
    let at =
        format!("coalesce((SELECT applied_at FROM {} WHERE version = {version}), now())", database.tables.history());
    let (rows, bytes) =
        parts.iter().fold((0, 0), |(rows, bytes), CountedPart { part, .. }| (rows + part.rows, bytes + part.bytes));
    let mut lines = vec![format!(
        "({version}, 0, '{word}', NULL, NULL, NULL, NULL, NULL, {rows}, {bytes}, {}, {until}, {at})",
        Literal(why)
    )];
    let mut named = Vec::new();
    for CountedPart { part, numbered } in parts {
        let text = |text: &Option<String>| Literal(text.as_deref()).to_string();
        lines.push(format!(
            "({version}, {}, '{}', '{}', {}, {}, {}, {}, {}, {}, NULL, {until}, {at})",
            part.number,
            part.kind.as_str(),
            part.row_key.as_str(),
            text(&part.schema_before),
            text(&part.before),
            text(&part.schema_after),
            text(&part.after),
            part.rows,
            part.bytes
        ));
        named.extend(part.columns.iter().enumerate().map(|(place, column)| {
            let (before, after) = (text(&column.before), text(&column.after));
            let numbered = numbered.get(&place).map_or_else(|| "NULL".to_owned(), GivenNumbers::kept);
            format!("({version}, {}, {place}, {before}, {after}, {}, {numbered})", part.number, column.in_key)
        }));
    }
    statements.push(format!(
        "INSERT INTO {index} (version, number, kind, row_key, schema_before, table_before, schema_after, table_after, row_count, byte_count, reason, kept_until, kept_at) VALUES {}",
        lines.join(", ")
    ));
    if !named.is_empty() {
        statements.push(format!(
            "INSERT INTO {columns} (version, number, place, name_before, name_after, in_key, numbered) VALUES {}",
            named.join(", ")
        ));
    }
    statements
}

fn until(time: Option<Duration>) -> String {
    time.map_or("NULL".to_owned(), |time| format!("now() + interval '{} seconds'", time.as_secs()))
}

/// Reads what is kept of these versions. What cannot be understood is gone: the down asks then, as without a record.
pub(in crate::database::postgres) async fn read(
    database: &mut PostgresDatabase<'_>,
    versions: &[Version],
) -> QueryResult<BTreeMap<Version, UndoRecord>> {
    let mut found = BTreeMap::new();
    if versions.is_empty() {
        return Ok(found);
    }
    let schema = match store_place(database).await? {
        Some(StorePlace { schema, is_ours: true }) => schema,
        Some(_) => {
            let index = database.tables.shown_of_undo(UndoTable::Index);
            let why = format!("{index} belongs to another role, which alone reads it");
            return Ok(versions.iter().map(|version| (*version, UndoRecord::Not(why.clone()))).collect());
        }
        None => return Ok(found),
    };
    let named = |table: UndoTable| format!("{schema}.{}", Ident(&table.name(&database.tables.name)));
    let [index, columns, rows] = UndoTable::ALL.map(named);
    let list: Vec<String> = versions.iter().map(ToString::to_string).collect();
    let list = list.join(", ");
    let lines = format!(
        "SELECT version, number, kind, row_key, schema_before, table_before, schema_after, table_after, row_count, byte_count, \
         CASE WHEN kind <> '{WHOLE}' THEN reason WHEN kept_at IS DISTINCT FROM (SELECT h.applied_at FROM {} h WHERE h.version = u.version) THEN '{}' \
         WHEN kept_until < now() THEN 'they were kept until ' || to_char(kept_until AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') END \
         FROM {index} u WHERE version IN ({list}) ORDER BY version, number",
        database.tables.history(),
        UndoRecord::SUPERSEDED
    );
    let named = format!(
        "SELECT version, number, name_before, name_after, in_key FROM {columns} WHERE version IN ({list}) ORDER BY version, number, place"
    );
    let (lines, columns) = (history::rows(database, &lines).await?, history::rows(database, &named).await?);
    for version in versions {
        let own = |row: &&SimpleQueryRow| row.get(0).and_then(|text| text.parse().ok()) == Some(version.get());
        let lines: Vec<&SimpleQueryRow> = lines.iter().filter(own).collect();
        let columns: Vec<&SimpleQueryRow> = columns.iter().filter(own).collect();
        if let Some(record) = record(&rows, *version, &lines, &columns) {
            found.insert(*version, record);
        }
    }
    Ok(found)
}

/// Where the tables are.
struct StorePlace {
    /// In quotes. That of the history may not be known yet.
    schema: String,
    is_ours: bool,
}

/// None where they are not there.
async fn store_place(database: &mut PostgresDatabase<'_>) -> QueryResult<Option<StorePlace>> {
    let index = Literal(Some(&database.tables.of_undo(UndoTable::Index))).to_string();
    let sql = format!(
        "SELECT format('%I', n.nspname), pg_has_role(c.relowner, 'USAGE') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.oid = to_regclass({index})"
    );
    let rows = history::rows(database, &sql).await?;
    let found = |row: &SimpleQueryRow| Some(StorePlace { schema: row.get(0)?.to_owned(), is_ours: row.get(1)? == "t" });
    Ok(rows.first().and_then(found))
}

fn record(table: &str, version: Version, lines: &[&SimpleQueryRow], columns: &[&SimpleQueryRow]) -> Option<UndoRecord> {
    let (first, rest) = lines.split_first()?;
    let reason = first.get(10).map(str::to_owned);
    match (first.get(1)?, first.get(2)?, reason) {
        ("0", WHOLE, None) => {}
        ("0", WHOLE, Some(why)) => return Some(UndoRecord::Gone(why)),
        ("0", PURGED, why) => return Some(UndoRecord::Gone(why.unwrap_or_default())),
        ("0", NOT, why) => return Some(UndoRecord::Not(why.unwrap_or_default())),
        _ => return Some(UndoRecord::unknown()),
    }
    let part = |row: &&SimpleQueryRow| {
        let text = |at: usize| row.get(at).map(str::to_owned);
        let number: u32 = row.get(1)?.parse().ok()?;
        let of_part = columns.iter().filter(|column| column.get(1) == row.get(1)).map(|column| UndoColumn {
            before: column.get(2).map(str::to_owned),
            after: column.get(3).map(str::to_owned),
            in_key: column.get(4) == Some("t"),
        });
        let rows = PartRows { table: table.to_owned(), version, number };
        Some(UndoPart {
            number,
            images: rows.selected(),
            kind: PartKind::parse(row.get(2)?)?,
            schema_before: text(4),
            schema_after: text(6),
            before: text(5),
            after: text(7),
            row_key: ImageKey::parse(row.get(3)?)?,
            columns: of_part.collect(),
            beside: Vec::new(),
            rows: row.get(8)?.parse().ok()?,
            bytes: row.get(9)?.parse().ok()?,
        })
    };
    Some(rest.iter().map(part).collect::<Option<Vec<_>>>().map_or_else(UndoRecord::unknown, UndoRecord::Whole))
}
