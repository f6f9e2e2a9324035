//! Values of columns that go to rows which people have changed since, and which are surely the same ones: see `by_key.rs`.

use super::apart;
use super::facts::{self, Facts, KnownColumn, KnownTable, OwnRows, array};
use super::replay;
use super::state::{CHANGED, GIVEN, KEYED, PartState};
use crate::database::Failure;
use crate::database::postgres::PostgresDatabase;
use crate::history::PartKind;
use crate::sql::Ident;

/// Looks for rows that have got the key of another one: what only one row of the up had, and the row of that key has no more. They may be that row.
pub(super) async fn note_moved(
    database: &mut PostgresDatabase<'_>,
    facts: &Facts,
    parts: &mut [PartState],
) -> Result<(), Failure> {
    for at in 0..parts.len() {
        if parts[at].is_by_content() || parts[at].part.returning().is_empty() {
            continue;
        }
        let name = parts[at].part.table_after();
        let Some(table) = facts.named(name.as_ref()) else { continue };
        for other in 0..parts.len() {
            let is_it = !parts[other].is_by_content() && parts[other].part.table_after() == name;
            if let Some(images) = is_it.then(|| moved(&parts[at], &parts[other], table)).flatten() {
                parts[at].note(database, &images, CHANGED).await?;
            }
        }
    }
    Ok(())
}

/// A query for the images of rows that may be others.
fn moved(state: &PartState, other: &PartState, table: &KnownTable) -> Option<String> {
    let key = state.key(table, |column| column.after.as_deref())?;
    let in_both = |name: &String| {
        let has = |state: &PartState| {
            state.part.columns.iter().any(|column| column.after.as_ref() == Some(name) && !column.in_key)
        };
        has(state) && has(other)
    };
    let places: Vec<(usize, &KnownColumn)> = other.columns(table, |column| column.after.as_deref());
    let places: Vec<_> = places.into_iter().filter(|(_, column)| in_both(&column.name)).collect();
    if places.is_empty() {
        return None;
    }
    let left = array(&places.iter().map(|(at, _)| format!("j.after[{at}]")).collect::<Vec<_>>());
    let now = |row: &str| array(&places.iter().map(|(_, column)| column.written(row)).collect::<Vec<_>>());
    Some(format!(
        "SELECT i.image FROM {rows} AS i, ONLY {table} AS t, (SELECT min(j.row_key) AS row_key, {left} AS content FROM {others} AS j \
         WHERE {of_j} AND j.is_there GROUP BY 2 HAVING count(*) = 1) AS o WHERE {of_i} AND i.verdict = {KEYED} AND i.row_key = {key} \
         AND o.content = {content} AND o.row_key <> i.row_key AND NOT EXISTS (SELECT FROM (SELECT {key} AS row_key, {content} AS content FROM ONLY {table} AS t) AS u \
         WHERE u.row_key = o.row_key AND u.content = o.content)",
        rows = state.rows.table,
        others = other.rows.table,
        table = table.name,
        of_i = state.rows.condition_of("i"),
        of_j = other.rows.condition_of("j"),
        content = now("t")
    ))
}

/// Gives the rows of a part what comes back to them, where that is no value of people. Those that get nothing are noted so. Returns how many rows got
/// theirs; `before` are the tables before the script. `vain` gets what was counted of rows and rolled back.
pub(super) async fn values(
    database: &mut PostgresDatabase<'_>,
    (before, facts): (&Facts, &Facts),
    state: &PartState,
    is_generated: bool,
    vain: &mut OwnRows,
) -> Result<u64, Failure> {
    let rows = &state.rows;
    let of_part = |verdict: u8| format!("FROM {} WHERE {} AND verdict = {verdict}", rows.table, rows.condition());
    let count = format!("SELECT count(*) {}", of_part(KEYED));
    if apart::number(&apart::query(database, &count).await?) == 0 {
        return Ok(0);
    }
    if let Some(sql) = replay::table(facts, state).and_then(|table| statement(state, table, before, is_generated)) {
        let mut last = facts::touched(database).await?;
        if replay::tried(database, &sql(""), &mut last, vain).await?.is_err() {
            // What one of them does not take keeps no other from its own.
            let images = apart::query(database, &format!("SELECT image {} ORDER BY 1", of_part(KEYED))).await?;
            for image in images.iter().filter_map(|row| row.get(0)) {
                replay::tried(database, &sql(&format!(" AND i.image = {image}")), &mut last, vain).await?.ok();
            }
        }
    }
    let noted = format!(
        "UPDATE {} SET verdict = {CHANGED} WHERE {} AND verdict = {KEYED};\nSELECT count(*) {}",
        rows.table,
        rows.condition(),
        of_part(GIVEN)
    );
    Ok(apart::number(&apart::query(database, &noted).await?))
}

/// The statement that gives rows their values, with a condition about the image `i`; none where the down has made no place for them.
fn statement<'s>(
    state: &'s PartState,
    table: &'s KnownTable,
    before: &Facts,
    is_generated: bool,
) -> Option<impl Fn(&str) -> String + 's> {
    let names = state.part.returning();
    let known = state.columns(table, |column| column.before.as_deref());
    let returning: Vec<(usize, &KnownColumn)> =
        known.into_iter().filter(|(_, column)| names.contains(&column.name) && !column.is_always_identity).collect();
    let key = state.key(table, |column| column.before.as_deref())?;
    if returning.is_empty() {
        return None;
    }
    let set = |(at, column): &(usize, &KnownColumn)| {
        format!("{} = {}", Ident(&column.name), column.read_from(&format!("i.before[{at}]")))
    };
    let set: Vec<String> = returning.iter().map(set).collect();
    let was = before.tables.get(&table.oid);
    let free = |(at, column): &(usize, &KnownColumn)| is_free(state, *at, table, column, was, is_generated);
    let free: Vec<String> = returning.iter().map(free).collect();
    let rows = &state.rows;
    Some(move |one: &str| {
        // Keys that can wait say at once whether they are fulfilled.
        format!(
            "SET CONSTRAINTS ALL IMMEDIATE;\nWITH given AS (UPDATE ONLY {} AS t SET {} FROM {rows} AS i WHERE {} AND i.verdict = {KEYED}{one} \
             AND i.row_key = {key} AND {} RETURNING i.image) UPDATE {rows} AS r SET verdict = {GIVEN} FROM given WHERE {} AND r.image = given.image;\n\
             SET CONSTRAINTS ALL DEFERRED",
            table.name,
            set.join(", "),
            rows.condition_of("i"),
            free.join(" AND "),
            rows.condition_of("r"),
            rows = rows.table
        )
    })
}

/// That a row `t` has nothing of people in a column: NULL, or what the script of the down has filled it with by a default.
fn is_free(
    state: &PartState,
    place: usize,
    table: &KnownTable,
    column: &KnownColumn,
    was: Option<&KnownTable>,
    is_generated: bool,
) -> String {
    let known = was.and_then(|was| was.column(column.number));
    let is_null = format!("t.{} IS NOT DISTINCT FROM NULL", Ident(&column.name));
    if let Some(known) = known {
        // It was there before the script: converted, and looked at then.
        let after = &state.part.columns[place - 1].after;
        let is_converted = state.part.kind == PartKind::Values && after.as_ref() == Some(&known.name);
        return if is_converted { "true".to_owned() } else { is_null };
    }
    if is_generated && was.is_some() {
        // Such a script makes columns, and writes nothing into them.
        return "true".to_owned();
    }
    if column.datatype.ends_with("[]") {
        return is_null;
    }
    let filled = format!(
        "(SELECT concat((CAST(CAST(a.attmissingval AS text) AS {}[]))[1]) FROM pg_catalog.pg_attribute AS a \
         WHERE a.attrelid = {} AND a.attnum = {} AND a.atthasmissing)",
        column.datatype, table.oid, column.number
    );
    format!("({is_null} OR {} = {filled})", column.written("t"))
}
