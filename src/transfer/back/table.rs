//! A table of SQLite that takes rows of the target back.

use rusqlite::{Connection, params_from_iter};

use super::changes::key_types;
use super::keys::{KeyName, KeyNames, name_rows};
use super::{unread, unwritten};
use crate::convert::{ColumnForms, OwnedStored, StoredValue, TargetType, TargetValue};
use crate::database::sqlite::PreparedStatements;
use crate::error::Result;
use crate::sql::{Ident, Plain};
use crate::transfer::session::TargetSession;
use crate::transfer::source::{listed, stored};
use crate::transfer::verify::decode::{decode, shown};
use crate::transfer::verify::row_fields;
use crate::transfer::{ColumnMove, KeyParent, MovePlan, TableMove};

/// Rows of which the form of new values is learnt.
const SAMPLES: usize = 200;

/// A table, and what is known of it on both sides.
pub(super) struct ReturnedTable<'p> {
    pub(super) table: &'p TableMove,
    /// The types of its key on the target, as SQL names them.
    pub(super) types: Vec<String>,
    /// The columns of SQLite that are stored, by their names.
    pub(super) stored: Vec<String>,
    /// For each column that is moved, its place among those; none for a rowid, and for what SQLite has no column for.
    pub(super) places: Vec<Option<usize>>,
    pub(super) forms: Vec<ColumnForms>,
    /// The usual forms, in which rows are known.
    pub(super) usual: Vec<ColumnForms>,
    /// Whether rows are known by each column.
    pub(super) names_rows: Vec<bool>,
    /// The columns whose keys it refers to, by their names on SQLite.
    pub(super) parents: Vec<Option<(String, String)>>,
    pub(super) names: TemporaryNames,
}

/// The temporary tables of a table: the keys of a round, and the rows that had them.
pub(super) struct TemporaryNames {
    keys: String,
    pub(super) old: String,
}

impl<'p> ReturnedTable<'p> {
    /// Learns what there is to know of a table, and makes its temporary tables.
    pub(super) async fn open(
        session: &TargetSession,
        connection: &Connection,
        plan: &'p MovePlan,
        at: usize,
    ) -> Result<Self> {
        let table = &plan.tables[at];
        let stored = stored_columns(connection, table)?;
        let place = |column: &ColumnMove| stored.iter().position(|name| *name == column.name);
        let places = table.columns.iter().map(place).collect();
        let parent = |column: &ColumnMove| {
            plan.keys.iter().filter(|key| key.child == at).find_map(|key| {
                let KeyParent::Moved(parent) = key.parent else { return None };
                let (_, name) = key.pairs.iter().find(|(child, _)| *child == column.target)?;
                let parent = &plan.tables[parent];
                let column = parent.columns.iter().find(|column| column.target == *name)?;
                Some((parent.name.clone(), column.name.clone()))
            })
        };
        let parents = table.columns.iter().map(parent).collect();
        let types = key_types(session, table).await?;
        let forms = forms(connection, table)?;
        let usual = table.columns.iter().map(|column| ColumnForms::usual(&column.rule)).collect();
        let names =
            TemporaryNames { keys: format!("temp.schemactl_keys_{at}"), old: format!("temp.schemactl_old_{at}") };
        let names_rows = name_rows(plan, at);
        let returned = Self { table, types, stored, places, forms, usual, names_rows, parents, names };
        connection.execute_batch(&returned.temporary()).map_err(unwritten)?;
        Ok(returned)
    }

    pub(super) fn key_names(&self) -> Vec<String> {
        // The name is one that no expression of a rule has.
        (1..=self.table.key_columns().count()).map(|number| format!("\"schemactl k{number}\"")).collect()
    }

    /// Without types, so that each value is kept as it is.
    fn temporary(&self) -> String {
        let TemporaryNames { keys, old } = &self.names;
        let names = self.key_names().join(", ");
        let values = |letter: &'static str, count: usize| (0..count).map(move |at| format!("{letter}{at}"));
        let all = self.key_names().into_iter().chain(values("s", self.stored.len()));
        let all: Vec<String> = all.chain(values("m", self.table.columns.len())).collect();
        format!(
            "CREATE TABLE {keys} ({names}); CREATE TABLE {old} ({}); CREATE INDEX {old}_key ON {} ({names})",
            all.join(", "),
            old.trim_start_matches("temp.")
        )
    }

    /// Empties the temporary tables.
    pub(super) fn clear(&self, connection: &Connection) -> Result<()> {
        let TemporaryNames { keys, old } = &self.names;
        connection.execute_batch(&format!("DELETE FROM {keys}; DELETE FROM {old}")).map_err(unwritten)
    }

    /// The fields of a key or a row in the binary form of COPY, as values. A field that is not understood is none.
    pub(super) fn values<'f>(fields: &[Option<&'f [u8]>], targets: &[&TargetType]) -> Vec<Option<TargetValue<'f>>> {
        let value = |(field, target): (Option<&'f [u8]>, &&TargetType)| match field {
            None => Some(TargetValue::Null),
            Some(field) => decode(field, target),
        };
        fields.iter().copied().zip(targets).map(value).collect()
    }

    /// How the row of a key in the binary form of COPY is named.
    pub(super) fn name_of(&self, key: &[u8]) -> String {
        named(self.table.key_columns(), &row_fields(key).unwrap_or_default())
    }

    /// Takes up a key that was noted: the row that has it now is another one, or gone.
    pub(super) fn take_key(&self, statements: &PreparedStatements<'_>, names: &KeyNames, key: &[u8]) -> Result<()> {
        let targets: Vec<&TargetType> = self.table.key_columns().map(|column| &column.rule.target).collect();
        let fields = row_fields(key).unwrap_or_default();
        let mut stored = Vec::new();
        for (at, value) in self.table.key.iter().flatten().zip(Self::values(&fields, &targets)) {
            let Some(value) = value else { return Ok(()) };
            stored.extend(self.key_of(statements, names, *at, &value)?);
        }
        // A key that has no form, or is that of two rows, is no row's here.
        if stored.len() == targets.len() {
            let marks = vec!["?"; stored.len()].join(", ");
            let sql = format!("INSERT INTO {} VALUES ({marks})", self.names.keys);
            statements.with(&sql, |statement| statement.execute(params_from_iter(stored))).map_err(unwritten)?;
        }
        Ok(())
    }

    pub(super) fn key_of(
        &self,
        statements: &PreparedStatements<'_>,
        names: &KeyNames,
        at: usize,
        value: &TargetValue<'_>,
    ) -> Result<Option<OwnedStored>> {
        let column = &self.table.columns[at];
        let place = (self.table.name.as_str(), column.name.as_str());
        Ok(match names.get(statements, place, value, &column.rule)? {
            KeyName::Stored(stored) => Some(stored),
            KeyName::Usual => self.usual[at].store(value, &column.rule),
            KeyName::Ambiguous => None,
        })
    }

    /// Takes away the rows that have the keys of the round, and keeps them as they were.
    pub(super) fn erase(&self, connection: &Connection) -> Result<()> {
        let TemporaryNames { keys, old } = &self.names;
        let (name, before) = (Ident(&self.table.name), format!("{}.", Ident(&self.table.name)));
        let names = self.key_names();
        let keys_alias = "schemactl_keys";
        // SQLite may use an index by the column's own collation; then the bytes have to be the same.
        let same: Vec<String> = self
            .table
            .key_columns()
            .zip(&names)
            .map(|(column, key)| {
                let column = Ident(&column.name);
                format!(
                    "{before}{column} = {keys_alias}.{key} AND {before}{column} COLLATE BINARY = {keys_alias}.{key}"
                )
            })
            .collect();
        let key: Vec<String> = names.iter().map(|key| format!("{keys_alias}.{key}")).collect();
        let stored = self.stored.iter().map(|column| format!("{before}{}", Ident(column)));
        let mut moved = listed(self.table, &before);
        moved.truncate(self.table.columns.len());
        let all: Vec<String> = key.into_iter().chain(stored).chain(moved).collect();
        let insert = format!(
            "INSERT INTO {old} SELECT {} FROM {keys} AS {keys_alias} CROSS JOIN main.{name} ON {}",
            all.join(", "),
            same.join(" AND ")
        );
        let gone: Vec<String> = self.table.key_columns().map(|column| Ident(&column.name).to_string()).collect();
        let delete = format!(
            "DELETE FROM main.{name} WHERE ({}) IN (SELECT {} FROM {old}) AND EXISTS (SELECT 1 FROM {old} AS schemactl_old WHERE {})",
            gone.join(", "),
            names.join(", "),
            self.table
                .key_columns()
                .zip(&names)
                .map(|(column, key)| format!("{before}{} COLLATE BINARY = schemactl_old.{key}", Ident(&column.name)))
                .collect::<Vec<_>>()
                .join(" AND ")
        );
        connection.execute_batch(&format!("{insert}; {delete}")).map_err(unwritten)
    }
}

/// How a row of the target is named: by its key.
pub(super) fn named<'c>(columns: impl Iterator<Item = &'c ColumnMove>, key: &[Option<&[u8]>]) -> String {
    let part = |(column, field): (&ColumnMove, Option<&[u8]>)| {
        format!("{} {}", Plain(&column.target), shown(field, &column.rule.target))
    };
    columns.zip(key.iter().copied()).map(part).collect::<Vec<_>>().join(", ")
}

/// The columns of a table whose values are stored, and not computed.
fn stored_columns(connection: &Connection, table: &TableMove) -> Result<Vec<String>> {
    let sql = "SELECT name FROM pragma_table_xinfo(?1, 'main') WHERE hidden = 0 ORDER BY cid";
    let read = || connection.prepare(sql)?.query_map([&table.name], |row| row.get(0))?.collect();
    let names: rusqlite::Result<Vec<String>> = read();
    names.map_err(unread)
}

/// The forms of new values, as the last rows have them.
fn forms(connection: &Connection, table: &TableMove) -> Result<Vec<ColumnForms>> {
    let order = table.row_name.rowid.map_or_else(String::new, |rowid| format!(" ORDER BY {rowid} DESC"));
    let columns: Vec<String> = listed(table, "").into_iter().take(table.columns.len()).collect();
    let sql = format!("SELECT {} FROM main.{}{order} LIMIT {SAMPLES}", columns.join(", "), Ident(&table.name));
    let mut statement = connection.prepare(&sql).map_err(unread)?;
    let mut samples: Vec<Vec<OwnedStored>> = vec![Vec::new(); table.columns.len()];
    let mut rows = statement.query([]).map_err(unread)?;
    while let Some(row) = rows.next().map_err(unread)? {
        for (at, samples) in samples.iter_mut().enumerate() {
            samples.push(stored(row.get_ref(at).map_err(unread)?).into());
        }
    }
    let learnt = |(column, samples): (&ColumnMove, Vec<OwnedStored>)| {
        let samples = samples.iter().map(OwnedStored::as_ref).filter(|sample| *sample != StoredValue::Null);
        ColumnForms::learnt(&column.rule, samples)
    };
    Ok(table.columns.iter().zip(samples).map(learnt).collect())
}
