//! Putting rows back as they were before an up, once its down has made the tables as they were.
//!
//! A row is put back whatever the down's own statements have made of it. What cannot be done yet (another row has its unique value, a foreign key
//! forbids it) is tried again after the others. What cannot be done at all is left out, with all that was done for it.

mod at_once;
mod clearing;
mod given;
mod prepared;

use rusqlite::{Connection, ErrorCode, Statement};

use self::clearing::{Strays, let_go};
pub(super) use self::given::GivenRules;
use self::prepared::{OnTaken, ReplayStatements, columns};
use super::facts::{TableFacts, main};
use super::images::{Images, are_same};
use super::references::{self, is_referred_to};
use super::state::{CLEAN, ORPHANED, PartState, REFERRED, UNFIT, equal, key_places, lacks_key};
use crate::database::sqlite::session::number;
use crate::database::undo::{ChangedRows, UndoneValues};
use crate::history::{ImageKey, PartKind, value_column};
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
    /// A column of it was dropped or converted.
    GiveValue,
}

#[derive(Debug, Clone, Copy)]
struct RowWork {
    part: usize,
    image: i64,
    live: Option<i64>,
    deed: RowDeed,
}

/// What came of putting rows back.
pub(super) struct Replayed {
    /// The values of each part that has some; none where the down has not made the column again.
    pub(super) values: Vec<Option<UndoneValues>>,
    /// How many rows of each part have got what the up took of them, and are left as they are otherwise.
    pub(super) given: Vec<u64>,
    /// Why some rows of each part could not be put back; which they are is noted.
    pub(super) whys: Vec<Option<String>>,
}

/// One try to put all of them back.
struct ReplayTry {
    left: Vec<RowWork>,
    whys: Vec<Option<String>>,
    /// How many values of each part went to rows.
    restored: Vec<Option<u64>>,
}

/// A table as the down has made it.
pub(super) fn table_before(part: &PartState) -> Option<Name<'static>> {
    part.part.before.as_deref().map(main)
}

/// Whether the down has made the table of the rows as it was.
pub(super) fn has_place(connection: &Connection, state: &PartState) -> rusqlite::Result<bool> {
    let Some(table) = table_before(state) else { return Ok(false) };
    let facts = TableFacts::read(connection, &table)?;
    Ok(facts.is_ok_and(|facts| !facts.columns.is_empty() && facts.row_key == state.part.row_key))
}

/// How many values the rows had in columns that the down has not made again.
pub(super) fn without_column(connection: &Connection, state: &PartState) -> rusqlite::Result<Vec<(String, u64)>> {
    let Some(table) = table_before(state) else { return Ok(Vec::new()) };
    let Ok(facts) = TableFacts::read(connection, &table)? else { return Ok(Vec::new()) };
    let there = columns(state, &facts);
    let mut lacking = Vec::new();
    for (at, column) in state.part.columns.iter().enumerate() {
        let Some(name) = column.before.as_ref().filter(|_| !there.iter().any(|(place, _)| *place == at)) else {
            continue;
        };
        let count = number(connection, &format!("SELECT count(b{at}) FROM {} WHERE b = 1", state.images.table))?;
        if count > 0 {
            lacking.push((name.clone(), count));
        }
    }
    Ok(lacking)
}

/// The condition about a state `s` that its row is put back.
pub(super) fn verdicts(changed: ChangedRows) -> String {
    match changed {
        ChangedRows::PutBack => format!("s.verdict NOT IN ({UNFIT}, {ORPHANED})"),
        ChangedRows::Refuse | ChangedRows::Keep => format!("s.verdict = {CLEAN}"),
    }
}

/// Puts rows and values back.
pub(super) fn run(
    connection: &Connection,
    parts: &[PartState],
    changed: ChangedRows,
    rules: GivenRules,
) -> rusqlite::Result<Replayed> {
    let is_enforced = rules.is_enforced;
    let verdicts = verdicts(changed);
    let gives_way = changed == ChangedRows::PutBack;
    let strays = if gives_way && is_enforced { Some(Strays::now(connection)?) } else { None };
    let mut whys = vec![None; parts.len()];
    loop {
        connection.execute_batch("SAVEPOINT schemactl_undo_rows")?;
        let tried = match at_once::run(connection, parts, &verdicts)? {
            Some(tried) => tried,
            None => try_all(connection, parts, &verdicts, changed)?,
        };
        let mut unfit: Vec<(usize, i64, i64)> = tried.left.iter().map(|one| (one.part, one.image, UNFIT)).collect();
        if unfit.is_empty() && is_enforced {
            for (at, state) in parts.iter().enumerate() {
                let Some(table) = table_before(state) else { continue };
                let orphans = references::orphans_now(connection, state, &table, &verdicts)?;
                unfit.extend(orphans.into_iter().map(|image| (at, image, ORPHANED)));
                if !gives_way {
                    let referred = references::referred_now(connection, state, &table, &verdicts)?;
                    unfit.extend(referred.into_iter().map(|image| (at, image, REFERRED)));
                }
            }
        }
        if unfit.is_empty() {
            if let Some(strays) = &strays {
                strays.remove_new(connection)?;
            }
            connection.execute_batch("RELEASE schemactl_undo_rows")?;
            let values = values(connection, parts, &tried.restored)?;
            let is_kept = changed == ChangedRows::Keep;
            let given = if is_kept { given::run(connection, parts, rules)? } else { vec![0; parts.len()] };
            return Ok(Replayed { values, given, whys });
        }
        // Without these the others may fit no more, and what was taken out for them is there again.
        connection.execute_batch("ROLLBACK TO schemactl_undo_rows; RELEASE schemactl_undo_rows")?;
        for (part, image, verdict) in unfit {
            parts[part].note(connection, image, verdict)?;
        }
        for (why, of_try) in whys.iter_mut().zip(tried.whys) {
            *why = why.take().or(of_try);
        }
    }
}

fn try_all(
    connection: &Connection,
    parts: &[PartState],
    verdicts: &str,
    changed: ChangedRows,
) -> rusqlite::Result<ReplayTry> {
    let mut statements = Vec::with_capacity(parts.len());
    let mut work = Vec::new();
    for (at, state) in parts.iter().enumerate() {
        let made = ReplayStatements::of(connection, state, OnTaken::Fail)?;
        if made.is_some() {
            work.extend(work_of(connection, at, state, verdicts)?);
        }
        statements.push(made);
    }
    // What came goes first, and what was changed gets its own key back: both may have the keys and unique values of what went.
    work.sort_by_key(|one| one.deed);
    let mut restored: Vec<Option<u64>> = statements.iter().map(|made| made.as_ref().map(|_| 0)).collect();
    while !work.is_empty() {
        let before = work.len();
        let mut left = Vec::new();
        let mut whys = vec![None; parts.len()];
        for one in work {
            let Some(statements) = &mut statements[one.part] else { continue };
            match fitting(done(statements, &one))? {
                Ok(rows) => note_restored(&mut restored, &one, rows),
                Err(reason) => {
                    whys[one.part].get_or_insert(reason);
                    left.push(one);
                }
            }
        }
        let is_stuck = left.len() == before && !make_way(connection, parts, &mut statements, &mut left)?;
        if is_stuck && changed == ChangedRows::PutBack {
            left = put_in_place(connection, parts, left, &mut restored)?;
        }
        if is_stuck && left.len() == before {
            return Ok(ReplayTry { left, whys, restored });
        }
        work = left;
    }
    Ok(ReplayTry { left: Vec::new(), whys: vec![None; parts.len()], restored })
}

/// What a constraint forbids is no error: it may do later.
fn fitting<T>(done: rusqlite::Result<T>) -> rusqlite::Result<Result<T, String>> {
    match done {
        Ok(done) => Ok(Ok(done)),
        Err(rusqlite::Error::SqliteFailure(error, message)) if error.code == ErrorCode::ConstraintViolation => {
            Ok(Err(message.unwrap_or_else(|| error.to_string())))
        }
        Err(error) => Err(error),
    }
}

fn note_restored(restored: &mut [Option<u64>], one: &RowWork, rows: usize) {
    if let (RowDeed::GiveValue, Some(count)) = (one.deed, &mut restored[one.part]) {
        *count += rows as u64;
    }
}

/// Puts rows in the place of those that have their unique values, and takes away what refers to one that goes. Returns what cannot be done so either.
fn put_in_place(
    connection: &Connection,
    parts: &[PartState],
    left: Vec<RowWork>,
    restored: &mut [Option<u64>],
) -> rusqlite::Result<Vec<RowWork>> {
    let mut statements: Vec<Option<ReplayStatements<'_>>> = parts.iter().map(|_| None).collect();
    let mut still = Vec::new();
    for one in left {
        if statements[one.part].is_none() {
            statements[one.part] = ReplayStatements::of(connection, &parts[one.part], OnTaken::Replace)?;
        }
        let Some(statements) = &mut statements[one.part] else { continue };
        if one.deed == RowDeed::Delete {
            let_go(connection, &parts[one.part], one.image, one.live)?;
        }
        match fitting(done(statements, &one))? {
            Ok(rows) => note_restored(restored, &one, rows),
            Err(_) => still.push(one),
        }
    }
    Ok(still)
}

fn values(
    connection: &Connection,
    parts: &[PartState],
    restored: &[Option<u64>],
) -> rusqlite::Result<Vec<Option<UndoneValues>>> {
    let of = |(state, restored): (&PartState, &Option<u64>)| {
        let column = value_column(&state.part.columns).and_then(|(_, column)| column.before.clone());
        let (PartKind::Values, Some(restored), Some(column), Some(table)) =
            (state.part.kind, *restored, column, table_before(state))
        else {
            return Ok(None);
        };
        let rows: i64 = connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))?;
        // Of a conversion only those are kept that it changed; and what the script fills from another column is there.
        let is_dropped =
            state.part.after.is_some() && state.part.dropped().contains(&column) && !state.is_moved(&column);
        let newer_rows = if is_dropped { rows.unsigned_abs().saturating_sub(restored) } else { 0 };
        Ok(Some(UndoneValues { column, restored, newer_rows }))
    };
    parts.iter().zip(restored).map(of).collect()
}

fn work_of(connection: &Connection, part: usize, state: &PartState, verdicts: &str) -> rusqlite::Result<Vec<RowWork>> {
    let sql = format!(
        "SELECT s.image, s.live, i.b, i.a IS NULL FROM {} AS s JOIN {} AS i ON i.rowid = s.image WHERE {verdicts} ORDER BY s.image",
        state.table, state.images.table
    );
    let mut statement = connection.prepare(&sql)?;
    let of_row = |row: &rusqlite::Row<'_>| {
        let deed = match (state.part.kind, row.get::<_, bool>(2)?, row.get::<_, bool>(3)?) {
            (PartKind::Values, ..) => RowDeed::GiveValue,
            (PartKind::Rows, false, _) => RowDeed::Delete,
            (PartKind::Rows, true, false) => RowDeed::PutBack,
            (PartKind::Rows, true, true) => RowDeed::Return,
        };
        Ok(RowWork { part, image: row.get(0)?, live: row.get(1)?, deed })
    };
    statement.query_map([], of_row)?.collect()
}

fn done(statements: &mut ReplayStatements<'_>, work: &RowWork) -> rusqlite::Result<usize> {
    let execute = |statement: &mut Statement<'_>| {
        // Not every condition asks for the number of the row.
        statement.raw_bind_parameter(1, work.image)?;
        if statement.parameter_count() > 1 {
            statement.raw_bind_parameter(2, work.live)?;
        }
        statement.raw_execute()
    };
    match work.deed {
        RowDeed::Delete => return execute(&mut statements.delete),
        RowDeed::GiveValue => return execute(&mut statements.update),
        RowDeed::PutBack | RowDeed::Return | RowDeed::Insert => {}
    }
    if work.deed == RowDeed::PutBack {
        let rows = execute(&mut statements.update)?;
        if rows > 0 {
            return Ok(rows);
        }
    }
    if let (RowDeed::PutBack | RowDeed::Return, Some(update)) = (work.deed, &mut statements.update_same_key) {
        let rows = execute(update)?;
        if rows > 0 {
            return Ok(rows);
        }
    }
    execute(&mut statements.insert)
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
        done(statements, &RowWork { deed: RowDeed::Delete, ..*one })?;
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
