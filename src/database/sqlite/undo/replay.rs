//! Putting rows back as they were before an up, once its down has made the tables as they were.
//!
//! A row is put back whatever the down's own statements have made of it. What cannot be done yet (another row has its unique value, a foreign key
//! forbids it) is tried again after the others.

use rusqlite::{Connection, ErrorCode, Statement, params};

use super::facts::TableFacts;
use super::images::{Images, are_same};
use super::references::is_referred_to;
use super::state::{CLEAN, PartState, equal, key_places, lacks_key};
use crate::database::undo::UndoneValues;
use crate::history::{ImageKey, PartKind};
use crate::sql::{Ident, Name};

/// What is to be done with one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum RowDeed {
    Delete,
    /// The up has changed it.
    PutBack,
    /// The up has deleted it; the down may have inserted one with its key.
    Return,
    /// The row was taken out of the way of others.
    Insert,
}

/// The statements that put rows of one table back: each takes the number of an image, and that of the row where it has one.
struct ReplayStatements<'c> {
    delete: Statement<'c>,
    /// Changes the row that the up left.
    update: Statement<'c>,
    /// Changes one with the key that it had before; none where it had none.
    update_same_key: Option<Statement<'c>>,
    insert: Statement<'c>,
}

struct RowWork {
    part: usize,
    image: i64,
    live: Option<i64>,
    deed: RowDeed,
}

/// A table as the down has made it.
pub(super) fn table_before(part: &PartState) -> Option<Name<'static>> {
    let name = part.part.before.clone()?;
    Some(Name { schema: Some("main".into()), name: name.into() })
}

/// Whether the down has made the table of the rows as it was.
pub(super) fn has_place(connection: &Connection, state: &PartState) -> rusqlite::Result<bool> {
    let Some(table) = table_before(state) else { return Ok(false) };
    let facts = TableFacts::read(connection, &table)?;
    Ok(facts.is_ok_and(|facts| !facts.columns.is_empty() && facts.row_key == state.part.row_key))
}

/// Gives the values of columns back that the up dropped or converted; none where the down has not made the column again.
pub(super) fn values(
    connection: &Connection,
    state: &PartState,
    verdicts: &str,
) -> rusqlite::Result<Option<UndoneValues>> {
    let Some(table) = table_before(state) else { return Ok(None) };
    let Ok(facts) = TableFacts::read(connection, &table)? else { return Ok(None) };
    let found = state.part.columns.iter().enumerate().find(|(_, column)| !column.in_key);
    let Some((place, Some(column))) = found.map(|(at, column)| (at, column.before.as_deref())) else { return Ok(None) };
    if !facts.columns.iter().any(|known| known.name == column) {
        return Ok(None);
    }
    let images = &state.images.table;
    let located = located(state, &facts, 'b');
    let Some(located) = located.first() else { return Ok(None) };
    let sql = format!(
        "UPDATE {table} SET {} = (SELECT b{place} FROM {images} WHERE rowid = ?1) WHERE {located}",
        Ident(column)
    );
    let mut update = connection.prepare(&sql)?;
    let numbers: Vec<i64> = connection
        .prepare(&format!("SELECT s.image FROM {} AS s WHERE {verdicts} ORDER BY 1", state.table))?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut restored = 0;
    for image in numbers {
        restored += update.execute(params![image])? as u64;
    }
    let rows: i64 = connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))?;
    let newer_rows = if state.part.after.is_some() { rows.unsigned_abs().saturating_sub(restored) } else { 0 };
    Ok(Some(UndoneValues { column: column.to_owned(), restored, newer_rows }))
}

/// Puts rows back. `verdicts` says which of them, as a condition about the state `s`. Returns why some could not be, which are noted so.
pub(super) fn rows(connection: &Connection, parts: &[PartState], verdicts: &str) -> rusqlite::Result<Option<String>> {
    let mut statements = Vec::with_capacity(parts.len());
    let mut work = Vec::new();
    for (at, state) in parts.iter().enumerate() {
        let made = if state.part.kind == PartKind::Rows { of_part(connection, state)? } else { None };
        if made.is_some() {
            work.extend(work_of(connection, at, state, verdicts)?);
        }
        statements.push(made);
    }
    // What came goes first, and what was changed gets its own key back: both may have the keys and unique values of what went.
    work.sort_by_key(|one| one.deed);
    while !work.is_empty() {
        let before = work.len();
        let mut left = Vec::new();
        let mut why = None;
        for one in work {
            let Some(statements) = &mut statements[one.part] else { continue };
            match done(statements, &one) {
                Ok(()) => {}
                Err(rusqlite::Error::SqliteFailure(error, message)) if error.code == ErrorCode::ConstraintViolation => {
                    why.get_or_insert_with(|| message.unwrap_or_else(|| error.to_string()));
                    left.push(one);
                }
                Err(error) => return Err(error),
            }
        }
        if left.len() == before && !make_way(connection, parts, &mut statements, &mut left)? {
            for one in &left {
                parts[one.part].note_unfit(connection, one.image)?;
            }
            return Ok(why);
        }
        work = left;
    }
    Ok(None)
}

fn of_part<'c>(connection: &'c Connection, state: &PartState) -> rusqlite::Result<Option<ReplayStatements<'c>>> {
    let Some(table) = table_before(state) else { return Ok(None) };
    let Ok(facts) = TableFacts::read(connection, &table)? else { return Ok(None) };
    if facts.columns.is_empty() || facts.row_key != state.part.row_key {
        return Ok(None);
    }
    let columns = columns(state, &facts);
    let images = &state.images.table;
    let names: Vec<String> = columns.iter().map(|(_, name)| Ident(name).to_string()).collect();
    let values: Vec<String> = columns.iter().map(|(at, _)| format!("b{at}")).collect();
    let (names, values) = (names.join(", "), values.join(", "));
    let change = |located: &String| {
        format!("UPDATE {table} SET ({names}) = (SELECT {values} FROM {images} WHERE rowid = ?1) WHERE {located}")
    };
    let (left, was) = (located(state, &facts, 'a'), located(state, &facts, 'b'));
    let insert = if facts.row_key == ImageKey::Rowid && !facts.is_numbered_by_key() {
        // Its old number, where that is free.
        let rowid = &facts.key[0].sql;
        format!(
            "INSERT INTO {table} ({rowid}, {names}) SELECT CASE WHEN EXISTS (SELECT 1 FROM {table} WHERE {rowid} = ?1) \
             THEN NULL ELSE k0 END, {values} FROM {images} WHERE rowid = ?1"
        )
    } else {
        format!("INSERT INTO {table} ({names}) SELECT {values} FROM {images} WHERE rowid = ?1")
    };
    let Some(first) = left.first() else { return Ok(None) };
    let delete = format!("DELETE FROM {table} WHERE {first}");
    Ok(Some(ReplayStatements {
        delete: connection.prepare(&delete)?,
        update: connection.prepare(&change(first))?,
        update_same_key: was.first().map(|was| connection.prepare(&change(was))).transpose()?,
        insert: connection.prepare(&insert)?,
    }))
}

/// The columns that the images have as they were before, and the table has again.
fn columns<'s>(state: &'s PartState, facts: &TableFacts) -> Vec<(usize, &'s str)> {
    let named = state.part.columns.iter().enumerate();
    let named = named.filter_map(|(at, column)| Some((at, column.before.as_deref()?)));
    named.filter(|(_, name)| facts.columns.iter().any(|column| column.name == *name)).collect()
}

/// Conditions that name the row of an image (`?1`) by what the up left of it (`a`), or as it was before (`b`). `?2` is its number.
fn located(state: &PartState, facts: &TableFacts, side: char) -> Vec<String> {
    let images = &state.images.table;
    let of_image = |column: String| format!("(SELECT {column} FROM {images} WHERE rowid = ?1)");
    let keys = || {
        let all = facts.key.iter().enumerate();
        all.map(|(at, key)| format!("{} = {}", key.sql, of_image(format!("k{at}")))).collect::<Vec<_>>().join(" AND ")
    };
    if facts.row_key == ImageKey::Columns || facts.is_numbered_by_key() {
        return vec![keys()];
    }
    let rowid = &facts.key[0].sql;
    let table = table_before(state).map(|table| table.to_string()).unwrap_or_default();
    let by_key = key_places(&state.part, |column| column.before.as_deref()).map(|places| {
        let all = places.iter().map(|(at, name)| format!("t.{} = {}", Ident(name), of_image(format!("{side}{at}"))));
        format!("(SELECT t.{rowid} FROM {table} AS t WHERE {})", all.collect::<Vec<_>>().join(" AND "))
    });
    if state.part.kind == PartKind::Values {
        return vec![format!("{rowid} = {}", by_key.unwrap_or_else(|| of_image("k0".to_owned())))];
    }
    if side == 'b' {
        return by_key.map(|found| format!("{rowid} = {found}")).into_iter().collect();
    }
    // Without a key: the row of that number, where it still has the values, else another one with the same.
    let columns = columns(state, facts);
    let left = columns.iter().filter(|(at, _)| state.part.columns[*at].after.is_some());
    let same = are_same(left.map(|(at, name)| (format!("t.{}", Ident(name)), format!("i.a{at}"))));
    let lacks_key = lacks_key(&state.part, 'a');
    let found = |and: &str| {
        format!(
            "(SELECT t.{rowid} FROM {images} AS i, {table} AS t WHERE i.rowid = ?1 AND {lacks_key} AND {same}{and} LIMIT 1)"
        )
    };
    let by_values = [found(&format!(" AND t.{rowid} = ?2")), found("")];
    let all: Vec<String> = by_key.into_iter().chain(by_values).collect();
    vec![format!("{rowid} = coalesce({})", all.join(", "))]
}

fn work_of(connection: &Connection, part: usize, state: &PartState, verdicts: &str) -> rusqlite::Result<Vec<RowWork>> {
    let sql = format!(
        "SELECT s.image, s.live, i.b, i.a IS NULL FROM {} AS s JOIN {} AS i ON i.rowid = s.image WHERE {verdicts} ORDER BY s.image",
        state.table, state.images.table
    );
    let mut statement = connection.prepare(&sql)?;
    let of_row = |row: &rusqlite::Row<'_>| {
        let deed = match (row.get::<_, bool>(2)?, row.get::<_, bool>(3)?) {
            (false, _) => RowDeed::Delete,
            (true, false) => RowDeed::PutBack,
            (true, true) => RowDeed::Return,
        };
        Ok(RowWork { part, image: row.get(0)?, live: row.get(1)?, deed })
    };
    statement.query_map([], of_row)?.collect()
}

fn done(statements: &mut ReplayStatements<'_>, work: &RowWork) -> rusqlite::Result<()> {
    let execute = |statement: &mut Statement<'_>| {
        // Not every condition asks for the number of the row.
        statement.raw_bind_parameter(1, work.image)?;
        if statement.parameter_count() > 1 {
            statement.raw_bind_parameter(2, work.live)?;
        }
        statement.raw_execute()
    };
    if work.deed == RowDeed::Delete {
        return execute(&mut statements.delete).map(drop);
    }
    if work.deed == RowDeed::PutBack && execute(&mut statements.update)? > 0 {
        return Ok(());
    }
    if let (RowDeed::PutBack | RowDeed::Return, Some(update)) = (work.deed, &mut statements.update_same_key)
        && execute(update)? > 0
    {
        return Ok(());
    }
    execute(&mut statements.insert).map(drop)
}

/// Rows whose unique values go round in a circle: those of a table to which nothing refers are taken out, to be inserted as they were.
fn make_way(
    connection: &Connection,
    parts: &[PartState],
    statements: &mut [Option<ReplayStatements<'_>>],
    left: &mut [RowWork],
) -> rusqlite::Result<bool> {
    let mut is_way_made = false;
    for one in left.iter_mut().filter(|one| one.deed == RowDeed::PutBack) {
        let Some(statements) = &mut statements[one.part] else { continue };
        let Some(table) = table_before(&parts[one.part]) else { continue };
        if is_referred_to(connection, &table)? {
            continue;
        }
        let taken = RowWork { part: one.part, image: one.image, live: one.live, deed: RowDeed::Delete };
        done(statements, &taken)?;
        one.deed = RowDeed::Insert;
        is_way_made = true;
    }
    Ok(is_way_made)
}

/// Looks whether every row is as it was: what a cascade or a constraint made of one after it was put back shows here.
pub(super) fn verify(connection: &Connection, parts: &[PartState], verdicts: &str) -> rusqlite::Result<Option<String>> {
    for state in parts.iter().filter(|state| state.part.kind == PartKind::Rows) {
        let Some(table) = table_before(state) else { continue };
        let Ok(facts) = TableFacts::read(connection, &table)? else { continue };
        if facts.columns.is_empty() || facts.row_key != state.part.row_key {
            continue;
        }
        let columns = columns(state, &facts);
        let same = are_same(columns.iter().map(|(at, name)| (format!("t.{}", Ident(name)), format!("i.b{at}"))));
        let is_there = |key: &str| format!("EXISTS (SELECT 1 FROM {table} AS t WHERE {key} AND {same})");
        let places = key_places(&state.part, |column| column.before.as_deref());
        let found = match places.filter(|_| facts.row_key == ImageKey::Rowid && !facts.is_numbered_by_key()) {
            Some(places) => {
                format!("{} OR ({} AND {})", is_there(&equal(&places, 'b')), lacks_key(&state.part, 'b'), is_there("1"))
            }
            None if facts.has_key() => is_there(&Images::matched(&facts.key)),
            None => is_there("1"),
        };
        let sql = format!(
            "SELECT count(*) FROM {} AS s JOIN {} AS i ON i.rowid = s.image WHERE {verdicts} AND i.b = 1 AND NOT ({found})",
            state.table, state.images.table
        );
        let other: i64 = connection.query_row(&sql, [], |row| row.get(0))?;
        if other > 0 {
            return Ok(Some(format!(
                "{other} of the rows of table {} did not stay as they were put back",
                table.plain()
            )));
        }
    }
    Ok(None)
}

/// The condition about a state `s` that its row is as the up left it.
pub(super) fn clean() -> String {
    format!("s.verdict = {CLEAN}")
}
