//! By which key SQLite knows a row of the target: a UUID may be stored in capitals there, and an id that was made anew is another text.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{unread, unwritten};
use crate::convert::{ColumnForms, ColumnRule, OwnedStored, TargetValue, convert};
use crate::database::sqlite::PreparedStatements;
use crate::error::Result;
use crate::history::CaptureTable;
use crate::sql::Ident;
use crate::transfer::binary_copy::append;
use crate::transfer::capture::Capture;
use crate::transfer::source::stored;
use crate::transfer::verify::canonical_field;
use crate::transfer::{ColumnMove, KeyParent, MovePlan, TableMove};

/// A column of a table, by their names on SQLite.
type ColumnName = (String, String);

/// The values of keys that are not stored in the usual form.
pub(super) struct KeyNames {
    table: String,
    /// The columns that have such values: others need not be asked for.
    odd: BTreeSet<ColumnName>,
}

/// How a value of a key is stored.
#[derive(Debug, PartialEq)]
pub(super) enum KeyName {
    /// In the usual form, or not at all.
    Usual,
    Stored(OwnedStored),
    /// Two rows have it, of which one was left out when they were copied.
    Ambiguous,
}

impl KeyNames {
    /// Notes the values that are there, where that was not done: the source is closed, so that they do not change.
    pub(super) fn open(connection: &mut Connection, capture: &Capture, plan: &MovePlan) -> Result<Self> {
        let table = format!("main.{}", capture.table(CaptureTable::Keys));
        let mut names = Self { table, odd: BTreeSet::new() };
        if !capture.returned(connection)?.has_keys {
            let transaction = connection.transaction().map_err(unwritten)?;
            transaction.execute_batch(&format!("DELETE FROM {}", names.table)).map_err(unwritten)?;
            let statements = PreparedStatements::of(&transaction);
            for (table, column) in named(plan) {
                names.scan(&statements, table, column)?;
            }
            drop(statements);
            capture.set_has_keys(&transaction).map_err(unwritten)?;
            transaction.commit().map_err(unwritten)?;
        }
        let sql = format!("SELECT DISTINCT source_table, column_name FROM {}", names.table);
        let mut statement = connection.prepare(&sql).map_err(unread)?;
        let odd = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).map_err(unread)?;
        names.odd = odd.collect::<rusqlite::Result<_>>().map_err(unread)?;
        drop(statement);
        Ok(names)
    }

    fn scan(&mut self, statements: &PreparedStatements<'_>, table: &TableMove, column: &ColumnMove) -> Result<()> {
        let usual = ColumnForms::usual(&column.rule);
        let (name, of) = (Ident(&column.name), Ident(&table.name));
        let connection = statements.connection;
        let mut statement = connection.prepare(&format!("SELECT {name} FROM main.{of}")).map_err(unread)?;
        let mut is_there = connection
            .prepare(&format!(
                "SELECT EXISTS (SELECT 1 FROM main.{of} WHERE {name} = ?1 AND {name} COLLATE BINARY = ?1)"
            ))
            .map_err(unread)?;
        let mut rows = statement.query([]).map_err(unread)?;
        while let Some(row) = rows.next().map_err(unread)? {
            let value = stored(row.get_ref(0).map_err(unread)?);
            // What has no place on the target is no key of a row there.
            let Ok(converted) = convert(value, &column.rule) else { continue };
            let form = usual.store(&converted.value, &column.rule);
            if form.as_ref().map(OwnedStored::as_ref) == Some(value) {
                continue;
            }
            let known = canonical(&converted.value, &column.rule);
            let has_usual = match form {
                Some(form) => is_there.query_row([form], |row| row.get(0)).map_err(unread)?,
                None => false,
            };
            let place = (table.name.as_str(), column.name.as_str());
            let is_other = match self.find(statements, place, &known)? {
                KeyName::Usual => false,
                KeyName::Stored(other) => other.as_ref() != value,
                KeyName::Ambiguous => true,
            };
            let kept = if has_usual || is_other { OwnedStored::Null } else { value.into() };
            self.keep(statements, place, &known, &kept)?;
        }
        Ok(())
    }

    /// How a value of a column is stored.
    pub(super) fn get(
        &self,
        statements: &PreparedStatements<'_>,
        (table, column): (&str, &str),
        value: &TargetValue<'_>,
        rule: &ColumnRule,
    ) -> Result<KeyName> {
        if !self.odd.contains(&(table.to_owned(), column.to_owned())) {
            return Ok(KeyName::Usual);
        }
        self.find(statements, (table, column), &canonical(value, rule))
    }

    fn find(
        &self,
        statements: &PreparedStatements<'_>,
        (table, column): (&str, &str),
        value: &[u8],
    ) -> Result<KeyName> {
        let sql =
            format!("SELECT stored FROM {} WHERE source_table = ?1 AND column_name = ?2 AND value = ?3", self.table);
        let found = statements.with(&sql, |statement| {
            let read = |row: &rusqlite::Row<'_>| Ok(OwnedStored::from(stored(row.get_ref(0)?)));
            statement.query_row(params![table, column, value], read).optional()
        });
        Ok(match found.map_err(unread)? {
            None => KeyName::Usual,
            Some(OwnedStored::Null) => KeyName::Ambiguous,
            Some(stored) => KeyName::Stored(stored),
        })
    }

    /// Notes a value that is stored in another form than the usual one from now on.
    pub(super) fn note(
        &mut self,
        statements: &PreparedStatements<'_>,
        (table, column): (&str, &str),
        (value, rule): (&TargetValue<'_>, &ColumnRule),
        kept: &OwnedStored,
    ) -> Result<()> {
        self.odd.insert((table.to_owned(), column.to_owned()));
        self.keep(statements, (table, column), &canonical(value, rule), kept)
    }

    fn keep(
        &self,
        statements: &PreparedStatements<'_>,
        (table, column): (&str, &str),
        value: &[u8],
        kept: &OwnedStored,
    ) -> Result<()> {
        let sql = format!(
            "INSERT OR REPLACE INTO {} (source_table, column_name, value, stored) VALUES (?1, ?2, ?3, ?4)",
            self.table
        );
        let kept = statements.with(&sql, |statement| statement.execute(params![table, column, value, kept]));
        kept.map(drop).map_err(unwritten)
    }
}

/// The columns by which rows are known: those of keys, and those that foreign keys refer to.
fn named(plan: &MovePlan) -> Vec<(&TableMove, &ColumnMove)> {
    let mut found: Vec<(&TableMove, &ColumnMove)> = Vec::new();
    for (at, table) in plan.tables.iter().enumerate() {
        let names = table.columns.iter().zip(name_rows(plan, at));
        found.extend(names.filter(|(_, is_name)| *is_name).map(|(column, _)| (table, column)));
    }
    found
}

/// Which columns of a table, by its place in the plan, are those by which its rows are known.
pub(super) fn name_rows(plan: &MovePlan, at: usize) -> Vec<bool> {
    let table = &plan.tables[at];
    let refers = |column: &ColumnMove| {
        let of_table = plan.keys.iter().filter(|key| key.parent == KeyParent::Moved(at));
        of_table.flat_map(|key| &key.pairs).any(|(_, parent)| *parent == column.target)
    };
    let is_key = |at: usize| table.key.as_ref().is_some_and(|key| key.contains(&at));
    table.columns.iter().enumerate().map(|(at, column)| is_key(at) || refers(column)).collect()
}

/// A value in the form that all equal values have: where SQLite keeps fewer digits of a second, those that are the same there.
fn canonical(value: &TargetValue<'_>, rule: &ColumnRule) -> Vec<u8> {
    let mut field = Vec::new();
    append(&mut field, value, &rule.target);
    // Behind its length.
    canonical_field(field.get(4..).unwrap_or_default(), &rule.compared()).into_owned()
}
