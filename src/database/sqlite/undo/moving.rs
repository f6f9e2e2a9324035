//! Where a generated down makes a table again, and moves its rows into it: what is kept of them goes along where a constraint of the table asks for it, and
//! rows that fit it with nothing are named.

use std::cell::Cell;

use rusqlite::{Connection, ErrorCode};

use super::facts::{TableFacts, main};
use super::images::Images;
use super::state::{CLEAN, KEYED, PartState, lacks_key, listed};
use crate::database::Failure;
use crate::database::sqlite::failure;
use crate::database::sqlite::session::{number, run};
use crate::database::undo::{Conflict, ConflictKind};
use crate::history::{ImageKey, PartKind};
use crate::sql::{Ident, Name, RowMove, Statement, default_expression, moved_rows};

/// A statement that moves rows.
pub(in crate::database::sqlite) struct Moving<'c> {
    connection: &'c Connection,
    from: String,
    into: String,
    /// With what is kept, where something is.
    filled: Option<String>,
    /// The same, but for rows that do not fit.
    fitting: String,
    /// The condition that a row `t` is one that the up inserted: it goes.
    goes: Option<String>,
    /// How many of them were left out.
    left_out: Cell<u64>,
    /// SQL for the key of a row `t` that was not moved, and the condition that says so.
    stays: Option<(String, String)>,
}

impl<'c> Moving<'c> {
    /// Of a down without a record.
    pub(in crate::database::sqlite) fn plain(
        connection: &'c Connection,
        statement: &Statement<'_>,
    ) -> rusqlite::Result<Option<Self>> {
        Self::of(connection, statement, &[], "0")
    }

    /// None where a statement is no such one. `verdicts` says which rows are put back.
    pub(super) fn of(
        connection: &'c Connection,
        statement: &Statement<'_>,
        parts: &[PartState],
        verdicts: &str,
    ) -> rusqlite::Result<Option<Self>> {
        let Some(moved) = moved_rows(statement) else { return Ok(None) };
        let (from, into) = (main(&moved.from.name), main(&moved.into.name));
        let (Ok(now), Ok(again)) = (TableFacts::read(connection, &from)?, TableFacts::read(connection, &into)?) else {
            return Ok(None);
        };
        let known = known(parts, &from, &now, verdicts);
        let defaults = defaults(connection, &into)?;
        let mut targets: Vec<String> = moved.targets.iter().map(|name| Ident(name).to_string()).collect();
        let mut values: Vec<String> = Vec::with_capacity(targets.len());
        for (target, item) in moved.targets.iter().zip(&moved.items) {
            values.push(kept(&known, target, item).unwrap_or_else(|| (*item).to_owned()));
        }
        let is_moved = |name: &str| moved.targets.iter().any(|target| target.eq_ignore_ascii_case(name));
        for column in again.columns.iter().filter(|column| !is_moved(&column.name)) {
            let default = defaults.iter().find(|(name, _)| *name == column.name).and_then(|(_, text)| text.as_deref());
            if let Some(value) = kept(&known, &column.name, default.unwrap_or("NULL")) {
                targets.push(Ident(&column.name).to_string());
                values.push(value);
            }
        }
        let goes: Vec<String> = known.iter().filter_map(|known| known.goes.clone()).collect();
        let stays = if goes.is_empty() { "1".to_owned() } else { format!("NOT ({})", goes.join(" OR ")) };
        let text = |or: &str| {
            format!(
                "INSERT{or} INTO {into} ({}) SELECT {} FROM {from} AS t WHERE {stays}",
                targets.join(", "),
                values.join(", ")
            )
        };
        Ok(Some(Self {
            connection,
            goes: (!goes.is_empty()).then(|| goes.join(" OR ")),
            left_out: Cell::new(0),
            filled: (!known.is_empty()).then(|| text("")),
            fitting: text(" OR IGNORE"),
            stays: not_moved(&moved, &now, &into).map(|(key, condition)| (key, format!("{stays} AND {condition}"))),
            from: moved.from.name.to_string(),
            into: moved.into.name.to_string(),
        }))
    }

    /// Runs the statement as it is written, and where a constraint forbids that, with what is kept. Fails with the rows that fit with nothing.
    pub(in crate::database::sqlite) fn run(
        &self,
        written: impl FnOnce() -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let Err(failed) = written() else { return Ok(()) };
        if !is_of_constraint(&failed) {
            return Err(failed);
        }
        let mut why = failed.cause.clone();
        if let Some(filled) = &self.filled {
            match run(self.connection, filled) {
                Ok(()) => return self.note_left_out().map_err(|error| failure::of(error, self.connection)),
                Err(error) => why = failure::cause(&error),
            }
        }
        match self.misfits(&why) {
            Ok(Some(conflict)) => Err(Failure::of_conflicts(&[conflict])),
            Ok(None) => Err(failed),
            Err(error) => Err(failure::of(error, self.connection)),
        }
    }

    fn note_left_out(&self) -> rusqlite::Result<()> {
        if let Some(goes) = &self.goes {
            let sql = format!("SELECT count(*) FROM main.{} AS t WHERE {goes}", Ident(&self.from));
            self.left_out.set(number(self.connection, &sql)?);
        }
        Ok(())
    }

    /// Rows of this table that were not moved, since the up inserted them: they would be deleted in the end.
    pub(in crate::database::sqlite) fn left_out(&self) -> (&str, u64) {
        (&self.from, self.left_out.get())
    }

    fn misfits(&self, why: &str) -> rusqlite::Result<Option<Conflict>> {
        let Some((key, condition)) = &self.stays else { return Ok(None) };
        self.connection.execute_batch("SAVEPOINT schemactl_undo_move")?;
        let found = run(self.connection, &self.fitting).and_then(|()| {
            let from = format!("FROM main.{} AS t WHERE {condition}", Ident(&self.from));
            listed(self.connection, &from, key, "1")
        });
        self.connection.execute_batch("ROLLBACK TO schemactl_undo_move; RELEASE schemactl_undo_move")?;
        // What fails in another way is told as it was.
        let rows = found.unwrap_or_default();
        let why = why.replace(&format!("{}.", self.into), &format!("{}.", self.from));
        let table = Name { schema: None, name: self.from.clone().into() };
        Ok((rows.count > 0).then_some(Conflict { table, rows, what: ConflictKind::Misfit(why) }))
    }
}

fn is_of_constraint(failure: &Failure) -> bool {
    let error = failure.source.as_ref().and_then(|source| source.downcast_ref::<rusqlite::Error>());
    error.and_then(rusqlite::Error::sqlite_error_code) == Some(ErrorCode::ConstraintViolation)
}

/// What is kept of the rows `t` that are moved.
struct MovedPart {
    /// The columns as they were called before, and their places.
    columns: Vec<(String, usize)>,
    /// What follows FROM to find the image `i` of a row that was there before.
    image: String,
    /// The condition that the up has inserted a row, which goes.
    goes: Option<String>,
}

impl MovedPart {
    fn of(state: &PartState, now: &TableFacts, verdicts: &str) -> Self {
        let is_it = match now.row_key {
            ImageKey::Rowid => format!("s.live = t.{}", now.key[0].sql),
            ImageKey::Columns | ImageKey::Content => Images::matched(&now.key),
        };
        let is_row = state.part.kind == PartKind::Rows;
        // A row without a key is looked for by its values when it is put back: these stay as they are.
        let is_named = if is_row && now.row_key == ImageKey::Rowid && !now.is_numbered_by_key() {
            format!(" AND NOT {}", lacks_key(&state.part, 'a'))
        } else {
            String::new()
        };
        let from = format!("FROM {} AS i JOIN {} AS s ON s.image = i.rowid", state.images.table, state.table);
        let is_changed = if is_row { " AND i.b = 1 AND i.a = 1" } else { "" };
        let named = state.part.columns.iter().enumerate().filter(|(_, column)| is_row || !column.in_key);
        Self {
            columns: named.filter_map(|(at, column)| Some((column.before.clone()?, at))).collect(),
            image: format!("{from} WHERE {verdicts} AND {is_it}{is_named}{is_changed}"),
            goes: is_row.then(|| {
                format!(
                    "EXISTS (SELECT 1 {from} WHERE s.verdict = {CLEAN} AND {is_it}{is_named} AND i.b = 0 AND i.a = 1)"
                )
            }),
        }
    }

    /// The columns that come back to rows which are left as they are otherwise.
    fn of_changed(state: &PartState, now: &TableFacts) -> Self {
        let returning = state.returning();
        let mut moved = Self::of(state, now, &format!("s.verdict = {KEYED}"));
        moved.columns.retain(|(name, _)| returning.contains(name));
        Self { goes: None, ..moved }
    }
}

/// The condition that a row `t` of a table gets its value of a column back, or goes.
pub(super) fn restored(
    connection: &Connection,
    table: &Name<'_>,
    column: &str,
    parts: &[PartState],
    verdicts: &str,
) -> rusqlite::Result<Option<String>> {
    let Ok(now) = TableFacts::read(connection, table)? else { return Ok(None) };
    let known = known(parts, table, &now, verdicts);
    let has = |known: &&MovedPart| known.columns.iter().any(|(name, _)| name.eq_ignore_ascii_case(column));
    let kept = known.iter().filter(has).map(|known| format!("EXISTS (SELECT 1 {})", known.image));
    let all: Vec<String> = kept.chain(known.iter().filter_map(|known| known.goes.clone())).collect();
    Ok((!all.is_empty()).then(|| all.join(" OR ")))
}

/// What is kept of the rows of a table as it is now.
fn known(parts: &[PartState], table: &Name<'_>, now: &TableFacts, verdicts: &str) -> Vec<MovedPart> {
    let is_it = |state: &&PartState| {
        let is_named = state.part.after.as_deref().is_some_and(|after| after.eq_ignore_ascii_case(&table.name));
        is_named && state.part.row_key == now.row_key
    };
    let of = |state: &PartState| [MovedPart::of(state, now, verdicts), MovedPart::of_changed(state, now)];
    parts.iter().filter(is_it).flat_map(of).collect()
}

/// The value of a column for each row `t`: what is kept, else this.
fn kept(known: &[MovedPart], column: &str, otherwise: &str) -> Option<String> {
    let cases: Vec<String> = known
        .iter()
        .filter_map(|known| {
            let (_, at) = known.columns.iter().find(|(name, _)| name.eq_ignore_ascii_case(column))?;
            Some(format!("WHEN EXISTS (SELECT 1 {0}) THEN (SELECT i.b{at} {0})", known.image))
        })
        .collect();
    (!cases.is_empty()).then(|| format!("CASE {} ELSE {otherwise} END", cases.join(" ")))
}

/// The columns of a table, with the default of each as an expression.
pub(super) fn defaults(connection: &Connection, table: &Name<'_>) -> rusqlite::Result<Vec<(String, Option<String>)>> {
    let mut statement = connection.prepare("SELECT name, dflt_value FROM pragma_table_xinfo(?1, ?2)")?;
    let column = |row: &rusqlite::Row<'_>| {
        let default: Option<String> = row.get(1)?;
        Ok((row.get(0)?, default.map(|default| default_expression(&default).into_owned())))
    };
    statement.query_map(rusqlite::params![table.name, table.schema], column)?.collect()
}

/// SQL for the key of a row `t`, and the condition that it was not moved; none where the key is not moved as it is.
fn not_moved(moved: &RowMove<'_>, now: &TableFacts, into: &Name<'_>) -> Option<(String, String)> {
    let is_moved = |name: &str| {
        let mut pairs = moved.targets.iter().zip(&moved.items);
        pairs.any(|(target, item)| {
            target.eq_ignore_ascii_case(name) && item.trim_matches('"').eq_ignore_ascii_case(name)
        })
    };
    let keys: Vec<&str> =
        now.columns.iter().filter(|column| column.in_key).map(|column| column.name.as_str()).collect();
    let names: Vec<String> = if keys.is_empty() {
        let rowid = now.key.first().filter(|_| now.row_key == ImageKey::Rowid)?.sql.clone();
        is_moved(&rowid).then_some(vec![rowid])?
    } else {
        keys.iter().all(|name| is_moved(name)).then_some(())?;
        keys.iter().map(|name| Ident(name).to_string()).collect()
    };
    let same: Vec<String> = names.iter().map(|name| format!("n.{name} IS t.{name}")).collect();
    let condition = format!("NOT EXISTS (SELECT 1 FROM {into} AS n WHERE {})", same.join(" AND "));
    Some((now.shown(), condition))
}
