//! A row of the target, written into its table of SQLite.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension as _, params_from_iter};

use super::keys::{KeyName, KeyNames};
use super::table::{ReturnedTable, named};
use super::{unread, unwritten};
use crate::convert::{OwnedStored, Shown, StoredValue, Supply, TargetType, TargetValue, convert, is_same};
use crate::database::sqlite::PreparedStatements;
use crate::error::Result;
use crate::history::ROW_NUMBER;
use crate::sql::{Ident, Plain};
use crate::transfer::source::{SourceRow as _, SqliteRow, listed, stored};
use crate::transfer::verify::decode::shown;
use crate::transfer::verify::row_fields;
use crate::transfer::{ColumnMove, quoted};

/// A row as it was before the round.
struct OldRow {
    /// The values of the stored columns.
    stored: Vec<OwnedStored>,
    /// The values of the columns that are moved, as SQLite gives them.
    moved: Vec<OwnedStored>,
}

impl ReturnedTable<'_> {
    /// Writes a row of the target, and reads it again: what is read has to become the same row. Returns the name of one that has no place, and the reason.
    pub(super) fn write(
        &self,
        statements: &PreparedStatements<'_>,
        names: &mut KeyNames,
        row: &[u8],
    ) -> Result<Option<(String, String)>> {
        let fields = row_fields(row).unwrap_or_default();
        let Some(reason) = self.write_fields(statements, names, &fields)? else { return Ok(None) };
        let key: Vec<Option<&[u8]>> =
            self.table.key.iter().flatten().map(|at| fields.get(*at).copied().flatten()).collect();
        Ok(Some((named(self.table.key_columns(), &key), reason)))
    }

    /// The same of its fields. Returns why they have no place.
    fn write_fields(
        &self,
        statements: &PreparedStatements<'_>,
        names: &mut KeyNames,
        fields: &[Option<&[u8]>],
    ) -> Result<Option<String>> {
        let table = self.table;
        let targets: Vec<&TargetType> = table.columns.iter().map(|column| &column.rule.target).collect();
        let read = Self::values(fields, &targets);
        if let Some(at) = read.iter().position(Option::is_none) {
            let (column, shown) = (&table.columns[at], shown(fields[at], targets[at]));
            return Ok(Some(format!("{}: SQLite has no form for {shown}", Plain(&column.name))));
        }
        let values: Vec<TargetValue<'_>> = read.into_iter().flatten().collect();
        if values.len() != table.columns.len() {
            return Ok(Some("it has other columns than the move knows".to_owned()));
        }
        let old = self.old(statements, names, &values)?;
        let cells = match self.cells(statements, names, &values, old.as_ref())? {
            Ok(cells) => cells,
            Err(reason) => return Ok(Some(reason)),
        };
        if let Err(reason) = self.insert(statements, old, &cells)? {
            return Ok(Some(reason));
        }
        if let Some(reason) = self.read_again(statements, &cells, &values)? {
            return Ok(Some(reason));
        }
        for (at, column) in table.columns.iter().enumerate() {
            let Some(cell) = cells[at].as_ref().filter(|_| self.names_rows[at]) else { continue };
            if self.usual[at].store(&values[at], &column.rule).as_ref() != Some(cell) {
                let place = (table.name.as_str(), column.name.as_str());
                names.note(statements, place, (&values[at], &column.rule), cell)?;
            }
        }
        Ok(None)
    }

    /// The row that had the key of this one.
    fn old(
        &self,
        statements: &PreparedStatements<'_>,
        names: &KeyNames,
        values: &[TargetValue<'_>],
    ) -> Result<Option<OldRow>> {
        let mut key = Vec::new();
        for at in self.table.key.iter().flatten() {
            match self.key_of(statements, names, *at, &values[*at])? {
                Some(stored) => key.push(stored),
                None => return Ok(None),
            }
        }
        let same: Vec<String> = self.key_names().iter().map(|name| format!("{name} = ?")).collect();
        let sql = format!("SELECT * FROM {} WHERE {}", self.names.old, same.join(" AND "));
        let (keys, kept, moved) = (key.len(), self.stored.len(), self.table.columns.len());
        let read = |row: &rusqlite::Row<'_>| {
            let values = |from: usize, count: usize| {
                (from..from + count).map(|at| Ok(OwnedStored::from(stored(row.get_ref(at)?)))).collect()
            };
            let stored: rusqlite::Result<_> = values(keys, kept);
            Ok(OldRow { stored: stored?, moved: values(keys + kept, moved)? })
        };
        let found = statements.with(&sql, |statement| statement.query_row(params_from_iter(key), read).optional());
        found.map_err(unread)
    }

    /// What is stored for each column that is moved; none for one that SQLite computes. A value that is the same as before stays in the form that it had.
    fn cells(
        &self,
        statements: &PreparedStatements<'_>,
        names: &KeyNames,
        values: &[TargetValue<'_>],
        old: Option<&OldRow>,
    ) -> Result<std::result::Result<Vec<Option<OwnedStored>>, String>> {
        let mut cells = Vec::with_capacity(values.len());
        for (at, (column, value)) in self.table.columns.iter().zip(values).enumerate() {
            let is_written = match &column.rule.options.supply {
                // What SQLite generates is looked at when the row is read again.
                Supply::Column => self.places[at].is_some() || column.target == ROW_NUMBER,
                Supply::Sqlite(_) => self.places[at].is_some(),
                Supply::Fill(_) | Supply::Postgres(_) => false,
            };
            let before = old.map(|old| &old.moved[at]);
            let is_as_before = before.is_some_and(|before| {
                convert(before.as_ref(), &column.rule)
                    .is_ok_and(|before| is_same(&before.value, value, &column.rule.compared()))
            });
            if !is_written || is_as_before && column.rule.options.supply != Supply::Column {
                cells.push(None);
                continue;
            }
            if let Some(before) = before.filter(|_| is_as_before) {
                cells.push(Some(before.clone()));
                continue;
            }
            let stored = match self.known(statements, names, (at, column), value)? {
                KeyName::Stored(stored) => Some(stored),
                KeyName::Usual => self.forms[at].store(value, &column.rule),
                KeyName::Ambiguous => {
                    return Ok(Err(format!("two rows of SQLite have what {} is here", Plain(&column.name))));
                }
            };
            let Some(stored) = stored else {
                let shown = quoted(&Shown(value, &column.rule.target).to_string());
                return Ok(Err(format!(
                    "{}: SQLite has no form for {shown} that would be moved as the same",
                    Plain(&column.name)
                )));
            };
            cells.push(Some(stored));
        }
        Ok(Ok(cells))
    }

    /// The value as the key that it is or refers to.
    fn known(
        &self,
        statements: &PreparedStatements<'_>,
        names: &KeyNames,
        (at, column): (usize, &ColumnMove),
        value: &TargetValue<'_>,
    ) -> Result<KeyName> {
        if *value == TargetValue::Null {
            return Ok(KeyName::Usual);
        }
        let own = names.get(statements, (&self.table.name, &column.name), value, &column.rule)?;
        match (&own, &self.parents[at]) {
            (KeyName::Usual, Some((table, parent))) => names.get(statements, (table, parent), value, &column.rule),
            _ => Ok(own),
        }
    }

    fn insert(
        &self,
        statements: &PreparedStatements<'_>,
        old: Option<OldRow>,
        cells: &[Option<OwnedStored>],
    ) -> Result<std::result::Result<(), String>> {
        let mut columns: BTreeMap<String, OwnedStored> = BTreeMap::new();
        if let Some(old) = old {
            columns.extend(self.stored.iter().map(|name| Ident(name).to_string()).zip(old.stored));
        }
        for (at, cell) in cells.iter().enumerate() {
            let Some(cell) = cell else { continue };
            let name = match self.places[at] {
                Some(place) => Ident(&self.stored[place]).to_string(),
                // The rowid, under a name that no column has.
                None => self.table.columns[at].name.clone(),
            };
            columns.insert(name, cell.clone());
        }
        let (names, values): (Vec<String>, Vec<OwnedStored>) = columns.into_iter().unzip();
        let sql = if names.is_empty() {
            format!("INSERT INTO main.{} DEFAULT VALUES", Ident(&self.table.name))
        } else {
            let (table, marks) = (Ident(&self.table.name), vec!["?"; names.len()].join(", "));
            format!("INSERT INTO main.{table} ({}) VALUES ({marks})", names.join(", "))
        };
        match statements.with(&sql, |statement| statement.execute(params_from_iter(values))) {
            Ok(_) => Ok(Ok(())),
            Err(error) if is_of_row(&error) => Ok(Err(format!("SQLite refuses it: {error}"))),
            Err(error) => Err(unwritten(error)),
        }
    }

    /// Reads the row that was written last. One that would be moved as another one is taken away again, and the reason is returned.
    fn read_again(
        &self,
        statements: &PreparedStatements<'_>,
        cells: &[Option<OwnedStored>],
        values: &[TargetValue<'_>],
    ) -> Result<Option<String>> {
        let table = self.table;
        let (condition, bound): (String, Vec<OwnedStored>) = if let Some(rowid) = table.row_name.rowid {
            (format!("{rowid} = ?1"), vec![OwnedStored::Integer(statements.connection.last_insert_rowid())])
        } else {
            let same = |column: &ColumnMove| format!("{0} = ? AND {0} COLLATE BINARY = ?", Ident(&column.name));
            let same: Vec<String> = table.key_columns().map(same).collect();
            let key = table.key.iter().flatten();
            let bound = key.flat_map(|at| [cells[*at].clone(), cells[*at].clone()]).flatten().collect();
            (same.join(" AND "), bound)
        };
        let name = Ident(&table.name);
        let sql = format!("SELECT {} FROM main.{name} WHERE {condition}", listed(table, "").join(", "));
        let read = |row: &rusqlite::Row<'_>| {
            let row = SqliteRow::new(row, table);
            let differs = |(at, column): (usize, &ColumnMove)| {
                let is_fill = matches!(column.rule.options.supply, Supply::Fill(_) | Supply::Postgres(_));
                let read = row.value(at);
                let same = convert(read, &column.rule)
                    .is_ok_and(|read| is_same(&read.value, &values[at], &column.rule.compared()));
                (!is_fill && !same).then(|| otherwise(column, read, &values[at]))
            };
            Ok(table.columns.iter().enumerate().find_map(differs))
        };
        let found = statements
            .with(&sql, |statement| statement.query_row(params_from_iter(bound.iter()), read).optional())
            .map_err(unread)?;
        let reason = found.unwrap_or_else(|| Some("SQLite does not show it under its key".to_owned()));
        if reason.is_some() {
            let sql = format!("DELETE FROM main.{name} WHERE {condition}");
            let gone = statements.with(&sql, |statement| statement.execute(params_from_iter(bound.iter())));
            gone.map_err(unwritten)?;
        }
        Ok(reason)
    }
}

fn otherwise(column: &ColumnMove, read: StoredValue<'_>, value: &TargetValue<'_>) -> String {
    format!(
        "{}: SQLite keeps {}, which would not be moved as {}",
        Plain(&column.name),
        crate::transfer::shown_value(read),
        quoted(&Shown(value, &column.rule.target).to_string())
    )
}

/// Whether an error is about the row, and not about the database: a constraint, a type, a size.
fn is_of_row(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{ConstraintViolation, TooBig, TypeMismatch};

    matches!(error.sqlite_error_code(), Some(ConstraintViolation | TypeMismatch | TooBig))
}
