//! The statements that put the rows of one table back.

use rusqlite::{Connection, Statement};

use super::table_before;
use crate::database::sqlite::undo::facts::TableFacts;
use crate::database::sqlite::undo::images::are_same;
use crate::database::sqlite::undo::state::{PartState, key_places, lacks_key};
use crate::history::{ImageKey, PartKind, value_column};
use crate::sql::{Ident, Name};

/// What becomes of rows that have the unique values of one that is put back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OnTaken {
    /// They stay, and the statement fails.
    Fail,
    /// They go.
    Replace,
}

impl OnTaken {
    fn words(self) -> &'static str {
        match self {
            Self::Fail => "",
            Self::Replace => " OR REPLACE",
        }
    }
}

/// Each takes the number of an image, and that of the row where it has one.
pub(super) struct ReplayStatements<'c> {
    pub(super) delete: Statement<'c>,
    /// Changes the row that the up left; of values of a column, gives one to its row.
    pub(super) update: Statement<'c>,
    /// Changes one with the key that it had before; none where it had none.
    pub(super) update_same_key: Option<Statement<'c>>,
    pub(super) insert: Statement<'c>,
}

impl<'c> ReplayStatements<'c> {
    /// None where the down has not made the table, or the column, as it was.
    pub(super) fn of(
        connection: &'c Connection,
        state: &PartState,
        on_taken: OnTaken,
    ) -> rusqlite::Result<Option<Self>> {
        let Some(table) = table_before(state) else { return Ok(None) };
        let Ok(facts) = TableFacts::read(connection, &table)? else { return Ok(None) };
        if facts.columns.is_empty() {
            return Ok(None);
        }
        match state.part.kind {
            PartKind::Rows if facts.row_key == state.part.row_key => {
                of_rows(connection, state, &table, &facts, on_taken)
            }
            PartKind::Rows => Ok(None),
            PartKind::Values => of_values(connection, state, &table, &facts, on_taken),
        }
    }
}

fn of_rows<'c>(
    connection: &'c Connection,
    state: &PartState,
    table: &Name<'_>,
    facts: &TableFacts,
    on_taken: OnTaken,
) -> rusqlite::Result<Option<ReplayStatements<'c>>> {
    let columns = columns(state, facts);
    let (images, or) = (&state.images.table, on_taken.words());
    let names: Vec<String> = columns.iter().map(|(_, name)| Ident(name).to_string()).collect();
    let values: Vec<String> = columns.iter().map(|(at, _)| format!("b{at}")).collect();
    let (names, values) = (names.join(", "), values.join(", "));
    let change = |located: &String| {
        format!("UPDATE{or} {table} SET ({names}) = (SELECT {values} FROM {images} WHERE rowid = ?1) WHERE {located}")
    };
    let (left, was) = (located(state, facts, 'a'), located(state, facts, 'b'));
    let insert = if facts.row_key == ImageKey::Rowid && !facts.is_numbered_by_key() {
        // Its old number, where that is free.
        let rowid = &facts.key[0].sql;
        format!(
            "INSERT{or} INTO {table} ({rowid}, {names}) SELECT CASE WHEN EXISTS (SELECT 1 FROM {table} WHERE {rowid} = ?1) \
             THEN NULL ELSE k0 END, {values} FROM {images} WHERE rowid = ?1"
        )
    } else {
        format!("INSERT{or} INTO {table} ({names}) SELECT {values} FROM {images} WHERE rowid = ?1")
    };
    let Some(first) = left.first() else { return Ok(None) };
    Ok(Some(ReplayStatements {
        delete: connection.prepare(&format!("DELETE FROM {table} WHERE {first}"))?,
        update: connection.prepare(&change(first))?,
        update_same_key: was.first().map(|was| connection.prepare(&change(was))).transpose()?,
        insert: connection.prepare(&insert)?,
    }))
}

/// Values go to rows that are there: none is inserted, and none goes.
fn of_values<'c>(
    connection: &'c Connection,
    state: &PartState,
    table: &Name<'_>,
    facts: &TableFacts,
    on_taken: OnTaken,
) -> rusqlite::Result<Option<ReplayStatements<'c>>> {
    let Some((place, column)) = value_again(state, facts) else { return Ok(None) };
    let located = located(state, facts, 'b');
    let Some(located) = located.first() else { return Ok(None) };
    let update = format!(
        "UPDATE{} {table} SET {} = (SELECT b{place} FROM {} WHERE rowid = ?1) WHERE {located}",
        on_taken.words(),
        Ident(column),
        state.images.table
    );
    let nothing = "SELECT ?1 WHERE 0";
    Ok(Some(ReplayStatements {
        delete: connection.prepare(nothing)?,
        update: connection.prepare(&update)?,
        update_same_key: None,
        insert: connection.prepare(nothing)?,
    }))
}

/// The column of a part of values, with its place, where the table has it again.
pub(super) fn value_again<'s>(state: &'s PartState, facts: &TableFacts) -> Option<(usize, &'s str)> {
    let (at, column) = value_column(&state.part.columns)?;
    let name = column.before.as_deref()?;
    facts.columns.iter().any(|known| known.name.eq_ignore_ascii_case(name)).then_some((at, name))
}

/// The columns that the images have as they were before, and the table has again.
pub(super) fn columns<'s>(state: &'s PartState, facts: &TableFacts) -> Vec<(usize, &'s str)> {
    let named = state.part.columns.iter().enumerate();
    let named = named.filter_map(|(at, column)| Some((at, column.before.as_deref()?)));
    named.filter(|(_, name)| facts.columns.iter().any(|column| column.name.eq_ignore_ascii_case(name))).collect()
}

/// Conditions that name the row of an image (`?1`) by what the up left of it (`a`), or as it was before (`b`). `?2` is its number.
pub(super) fn located(state: &PartState, facts: &TableFacts, side: char) -> Vec<String> {
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
