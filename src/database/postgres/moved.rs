//! A move of data that is not complete: what it has made and taken off is not what migrations make.

use tokio_postgres::SimpleQueryRow;

use super::tables::Tables;
use super::{PostgresDatabase, failure};
use crate::catalog::{Kind, MoveTraces, ObjectName};
use crate::database::Reader;
use crate::error::{Code, Error, Result};
use crate::history::{ApartKind, FENCE_FUNCTION, MoveTable, NOTE_FUNCTION, ROW_NUMBER, ROW_NUMBERS};
use crate::sql::Literal;

/// Refuses to change a database while indexes, foreign keys and triggers of it are off for a copy: a migration would not find them, and what the run
/// records of the catalog would be without them.
pub(super) async fn assert_none_under_way(database: &mut PostgresDatabase<'_>) -> Result<()> {
    if !database.prepared().has_move {
        return Ok(());
    }
    let sql = format!(
        "SELECT source, begun_at::text, state = 'open' FROM {} WHERE state <> 'complete'",
        database.tables.of_move(MoveTable::State)
    );
    let rows = match database.session.query(&sql).await {
        Ok(rows) => rows,
        Err(broken) => {
            let message = format!("whether data is being moved into {} cannot be read", database.label());
            return Err(failure::query(broken, database.session.is_interrupted(), message));
        }
    };
    let Some(row) = rows.first() else { return Ok(()) };
    let text = |at: usize| row.get(at).unwrap_or_default().to_owned();
    if row.get(2) == Some("t") {
        let message = format!("what changes in {} goes back to {}", database.label(), text(0));
        return Err(Error::new(Code::MoveUnderWay, message)
            .with_cause("both sides were switched with a way back, and SQLite has the tables as they were then")
            .with_state("nothing was changed")
            .with_hint("end the way back first: `schemactl move finish`"));
    }
    Err(Error::new(
        Code::MoveUnderWay,
        format!("data is being moved into {}, and the copy is not complete", database.label()),
    )
    .with_cause(format!(
        "it is of {}, and was begun at {}; indexes, foreign keys and triggers are off until it is complete",
        text(0),
        text(1)
    ))
    .with_state("nothing was changed")
    .with_hint("complete it: `schemactl move copy`")
    .with_hint("or take away what it has written: `schemactl move discard`"))
}

/// Reads what the move has made and taken off. A role that may not read its journal is told of every difference.
pub(super) async fn traces(database: &mut PostgresDatabase<'_>) -> Result<MoveTraces> {
    super::state::prepare(database).await?;
    let mut traces = MoveTraces::default();
    if !database.prepared().has_move || !may_read(database).await? {
        return Ok(traces);
    }
    for row in ask(database, &query(&database.tables)).await? {
        let text = |at: usize| row.get(at).map(str::to_owned);
        let (Some(what), Some(name)) = (row.get(1), text(4)) else { continue };
        let name = ObjectName { schema: text(2), owner: text(3), name };
        let is_off = row.get(0) == Some("off");
        match Kind::parse(what) {
            Some(kind) if is_off => drop(traces.off.insert((kind, name))),
            Some(kind) => drop(traces.made.insert((kind, name))),
            None if what == ApartKind::RowSecurity.as_str() => drop(traces.unforced.insert(name)),
            // What a later release takes off is a difference to this one.
            None => {}
        }
    }
    Ok(traces)
}

const READ: [MoveTable; 3] = [MoveTable::State, MoveTable::Ranges, MoveTable::Apart];

async fn may_read(database: &mut PostgresDatabase<'_>) -> Result<bool> {
    let may = READ.map(|table| {
        format!(
            "coalesce(has_table_privilege(to_regclass({}), 'SELECT'), false)",
            Literal(Some(&database.tables.of_move(table)))
        )
    });
    let rows = ask(database, &format!("SELECT {}", may.join(" AND "))).await?;
    Ok(rows.first().and_then(|row| row.get(0)) == Some("t"))
}

async fn ask(database: &mut PostgresDatabase<'_>, sql: &str) -> Result<Vec<SimpleQueryRow>> {
    database.session.query(sql).await.map_err(|broken| {
        let message = format!("what a move of data has made in {} cannot be read", database.label());
        failure::query(broken, database.session.is_interrupted(), message)
    })
}

/// The query for it: whether it was made or is off, what it is, its schema, its table and its name. What was made is known by the functions that are the move's, by
/// the column that it adds, and by the name of its sequence; what is off, by the journal.
fn query(tables: &Tables) -> String {
    let [state, ranges, apart] = READ.map(|table| tables.of_move(table));
    let beside = |suffix: &str| Literal(Some(&format!("{}_{suffix}", tables.name()))).to_string();
    let schema = Literal(Some(tables.schema()));
    let kinds = [
        (ApartKind::Index, Kind::Index),
        (ApartKind::ForeignKey, Kind::Constraint),
        (ApartKind::Trigger, Kind::Trigger),
    ];
    let kinds: String =
        kinds.map(|(what, kind)| format!(" WHEN {} THEN '{kind:?}'", Literal(Some(what.as_str())))).concat();
    format!(
        "WITH RECURSIVE s AS (SELECT state FROM {state} WHERE state <> 'complete'), \
         f AS (SELECT p.oid, p.proname FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace, s \
           WHERE n.nspname = {schema} AND p.pronargs = 0 AND (p.proname = {fence} OR starts_with(p.proname, {note}) AND substr(p.proname, length({note}) + 1) ~ '^[0-9]+$')), \
         m AS (SELECT to_regclass(target)::oid AS id FROM {ranges} UNION SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN m ON i.inhparent = m.id), \
         c AS (SELECT a.attrelid, a.attnum, n.nspname, t.relname FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class t ON t.oid = a.attrelid \
           JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace, s \
           WHERE a.attname = {column} AND NOT a.attisdropped AND t.oid IN (SELECT id FROM m)) \
         SELECT 'made', 'Function', {schema}, NULL, proname || '()' FROM f \
         UNION ALL SELECT 'made', 'Trigger', n.nspname, t.relname, g.tgname FROM pg_catalog.pg_trigger g JOIN f ON f.oid = g.tgfoid \
           JOIN pg_catalog.pg_class t ON t.oid = g.tgrelid JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace \
         UNION ALL SELECT 'made', 'Column', nspname, relname, {column} FROM c \
         UNION ALL SELECT 'made', 'Index', c.nspname, NULL, x.relname FROM c JOIN pg_catalog.pg_index i ON i.indrelid = c.attrelid \
           AND i.indnatts = 1 AND i.indkey[0] = c.attnum JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid \
         UNION ALL SELECT 'made', 'Sequence', {schema}, NULL, q.relname FROM pg_catalog.pg_class q JOIN pg_catalog.pg_namespace n ON n.oid = q.relnamespace, s \
           WHERE n.nspname = {schema} AND q.relkind = 'S' AND q.relname = {numbers} \
         UNION ALL SELECT 'off', CASE o.what{kinds} ELSE o.what END, n.nspname, CASE o.what WHEN {index} THEN NULL WHEN {security} THEN NULL ELSE t.relname END, \
           CASE o.what WHEN {security} THEN t.relname ELSE o.name END FROM {apart} o JOIN s ON NOT o.is_back OR s.state = 'switched' AND o.validate IS NOT NULL \
           JOIN pg_catalog.pg_class t ON t.oid = to_regclass(o.of_table) JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace",
        fence = beside(FENCE_FUNCTION),
        note = beside(NOTE_FUNCTION),
        numbers = beside(ROW_NUMBERS),
        column = Literal(Some(ROW_NUMBER)),
        index = Literal(Some(ApartKind::Index.as_str())),
        security = Literal(Some(ApartKind::RowSecurity.as_str())),
    )
}
