//! The index of what is kept: which parts belong to a version, what their columns are, and the table that has the rows of all.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio_postgres::SimpleQueryRow;

use super::apart::{self, NoRecord};
use super::part::{PartRows, RecordOutcome};
use crate::database::Failure;
use crate::database::postgres::{PostgresDatabase, history};
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
             name_after text, in_key boolean NOT NULL, PRIMARY KEY (version, number, place))"
        ),
        format!(
            "CREATE TABLE {rows} (version bigint NOT NULL, number integer NOT NULL, image bigint NOT NULL, \
             was_there boolean NOT NULL, is_there boolean NOT NULL, row_key text[], before text[], after text[], \
             is_same boolean NOT NULL DEFAULT false, verdict smallint, PRIMARY KEY (version, number, image))"
        ),
    ]
}

/// Makes the tables where they are missing, and clears what is left there of a version that is not applied. Why they cannot be made, where that is so.
pub(super) async fn prepare(database: &mut PostgresDatabase<'_>, version: Version) -> Result<(), NoRecord> {
    let [index, columns, rows] = UndoTable::ALL.map(|table| database.tables.of_undo(table));
    let looked = format!(
        "SELECT count(*) FROM (VALUES (to_regclass({})), (to_regclass({})), (to_regclass({}))) AS w (found) WHERE found IS NOT NULL",
        Literal(Some(&index)),
        Literal(Some(&columns)),
        Literal(Some(&rows))
    );
    if apart::number(&apart::noted(database, &looked).await?) == 3 {
        let cleared = cleared(database, version);
        return apart::noted(database, &cleared).await.map(drop);
    }
    for statement in created(database) {
        apart::noted(database, &statement).await?;
    }
    // What people have set for new tables gives rights to others: what is kept of rows is its owner's alone.
    let granted = format!(
        "SELECT DISTINCT format('REVOKE ALL ON TABLE %s FROM %s', c.oid::regclass, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END) \
         FROM pg_class c, LATERAL aclexplode(c.relacl) AS a WHERE c.oid IN ({}) AND a.grantee <> c.relowner",
        [&index, &columns, &rows].map(|name| format!("to_regclass({})", Literal(Some(name)))).join(", ")
    );
    let revokes: Vec<String> =
        apart::noted(database, &granted).await?.iter().filter_map(|row| row.get(0)).map(str::to_owned).collect();
    if revokes.is_empty() {
        return Ok(());
    }
    apart::noted(database, &revokes.join(";\n")).await.map(drop)
}

/// The statements that take away what is kept of a version.
fn cleared(database: &PostgresDatabase<'_>, version: Version) -> String {
    UndoTable::ALL
        .map(|table| format!("DELETE FROM {} WHERE version = {version}", database.tables.of_undo(table)))
        .join(";\n")
}

/// Takes away what is kept of a version: when it was taken back.
pub(in crate::database::postgres) async fn forget(
    database: &mut PostgresDatabase<'_>,
    version: Version,
) -> Result<(), Failure> {
    let cleared = cleared(database, version);
    apart::query(database, &cleared).await.map(drop)
}

/// Writes what a step has come to, for as long as it is to be kept. A step that did nothing to rows has no record.
pub(super) async fn keep(
    database: &mut PostgresDatabase<'_>,
    version: Version,
    recorded: &RecordOutcome,
) -> Result<(), Failure> {
    let (word, why, parts): (&str, Option<&str>, &[UndoPart]) = match recorded {
        RecordOutcome::Nothing => return Ok(()),
        RecordOutcome::Not(why) => {
            let cleared = cleared(database, version);
            if let Err(why) = apart::attempt(database, &cleared).await? {
                tracing::debug!("that nothing is kept of a step is not written down: {why}");
                return Ok(());
            }
            (NOT, Some(why), &[])
        }
        RecordOutcome::Parts(parts) => (WHOLE, None, parts),
    };
    let [index, columns, _] = UndoTable::ALL.map(|table| database.tables.of_undo(table));
    let until = until(database.options.undo.kept_for());
    let (rows, bytes) = parts.iter().fold((0, 0), |(rows, bytes), part| (rows + part.rows, bytes + part.bytes));
    let mut lines = vec![format!(
        "({version}, 0, '{word}', NULL, NULL, NULL, NULL, NULL, {rows}, {bytes}, {}, {until})",
        Literal(why)
    )];
    let mut named = Vec::new();
    for part in parts {
        let text = |text: &Option<String>| Literal(text.as_deref()).to_string();
        lines.push(format!(
            "({version}, {}, '{}', '{}', {}, {}, {}, {}, {}, {}, NULL, {until})",
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
            format!("({version}, {}, {place}, {before}, {after}, {})", part.number, column.in_key)
        }));
    }
    let mut sql = format!(
        "INSERT INTO {index} (version, number, kind, row_key, schema_before, table_before, schema_after, table_after, row_count, byte_count, reason, kept_until) VALUES {}",
        lines.join(", ")
    );
    if !named.is_empty() {
        sql += &format!(
            ";\nINSERT INTO {columns} (version, number, place, name_before, name_after, in_key) VALUES {}",
            named.join(", ")
        );
    }
    apart::query(database, &sql).await.map(drop)
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
    let Some(schema) = schema(database).await? else { return Ok(found) };
    let named = |table: UndoTable| format!("{schema}.{}", Ident(&table.name(&database.tables.name)));
    let [index, columns, rows] = UndoTable::ALL.map(named);
    let list: Vec<String> = versions.iter().map(ToString::to_string).collect();
    let list = list.join(", ");
    let lines = format!(
        "SELECT version, number, kind, row_key, schema_before, table_before, schema_after, table_after, row_count, byte_count, \
         CASE WHEN kind = '{WHOLE}' AND kept_until < now() THEN 'they were kept until ' || to_char(kept_until AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') ELSE reason END, \
         coalesce(kept_until < now(), false) FROM {index} WHERE version IN ({list}) ORDER BY version, number"
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

/// The schema that has the tables, in quotes; none where they are not there. That of the history may not be known yet.
async fn schema(database: &mut PostgresDatabase<'_>) -> QueryResult<Option<String>> {
    let index = Literal(Some(&database.tables.of_undo(UndoTable::Index))).to_string();
    let sql = format!(
        "SELECT format('%I', n.nspname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass({index})"
    );
    Ok(history::rows(database, &sql).await?.first().and_then(|row| row.get(0)).map(str::to_owned))
}

fn record(table: &str, version: Version, lines: &[&SimpleQueryRow], columns: &[&SimpleQueryRow]) -> Option<UndoRecord> {
    let (first, rest) = lines.split_first()?;
    let reason = || first.get(10).unwrap_or_default().to_owned();
    match (first.get(1)?, first.get(2)?) {
        ("0", WHOLE) if first.get(11)? == "t" => return Some(UndoRecord::Gone(reason())),
        ("0", WHOLE) => {}
        ("0", PURGED) => return Some(UndoRecord::Gone(reason())),
        ("0", NOT) => return Some(UndoRecord::Not(reason())),
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
            rows: row.get(8)?.parse().ok()?,
            bytes: row.get(9)?.parse().ok()?,
        })
    };
    Some(rest.iter().map(part).collect::<Option<Vec<_>>>().map_or_else(UndoRecord::unknown, UndoRecord::Whole))
}
