//! A snapshot into a database of SQLite.

use rusqlite::config::DbConfig;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::RestoreTarget;
use super::plan::{RestorePlan, rebuilds};
use crate::convert::{ColumnRule, ConvertOptions, JsonNull, TargetValue, convert};
use crate::database::sqlite::{PreparedStatements, of_file};
use crate::error::{Code, Error, Result};
use crate::export::header::{RowsDigest, SnapshotTable};
use crate::export::rows::visit_sqlite;
use crate::export::value::to_sqlite;
use crate::export::verify::{ReadBack, RowsSum};
use crate::import::{ColumnPlan, ImportRow, TargetCatalog, bound};
use crate::sql::Ident;
use crate::transfer::{goes_on_with, stored};

/// A database that a snapshot is restored to, in a transaction that is open.
pub(crate) struct SqliteRestore<'c> {
    connection: &'c Connection,
    rebuilds: Vec<String>,
}

fn failed(error: rusqlite::Error) -> Error {
    of_file(error, "the snapshot cannot be restored").with_state("nothing was restored")
}

impl<'c> SqliteRestore<'c> {
    /// Begins the transaction. Foreign keys are looked at with its end, and no trigger runs in it.
    pub(crate) fn begin(connection: &'c Connection, catalog: &TargetCatalog) -> Result<Self> {
        connection.execute_batch("BEGIN IMMEDIATE; PRAGMA defer_foreign_keys = ON").map_err(failed)?;
        let off = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false);
        off.map_err(failed)?;
        Ok(Self { connection, rebuilds: rebuilds(catalog) })
    }

    pub(crate) fn commit(self) -> Result<()> {
        self.connection.execute_batch("COMMIT").map_err(|error| {
            let _ = self.connection.execute_batch("ROLLBACK");
            failed(error)
        })
    }

    /// Inserts a row. A text that is not UTF-8 is bound as bytes, and made a text by SQLite.
    fn insert(
        statements: &PreparedStatements<'_>,
        plan: &RestorePlan,
        values: Vec<(Value, bool)>,
    ) -> rusqlite::Result<()> {
        let names: Vec<String> = plan.plan.columns.iter().map(|column| Ident(&column.name).to_string()).collect();
        let marks: Vec<&str> =
            values.iter().map(|(_, is_text)| if *is_text { "CAST(? AS TEXT)" } else { "?" }).collect();
        let sql = format!("INSERT INTO main.{} ({}) VALUES ({})", plan.plan.name, names.join(", "), marks.join(", "));
        let values = values.into_iter().map(|(value, _)| value);
        statements.with(&sql, |statement| statement.execute(params_from_iter(values))).map(drop)
    }
}

impl RestoreTarget for SqliteRestore<'_> {
    async fn begin_table(&mut self, plan: &RestorePlan) -> Result<()> {
        let sql = format!("SELECT EXISTS (SELECT 1 FROM main.{})", plan.plan.name);
        let has_rows: bool = self.connection.query_row(&sql, [], |row| row.get(0)).map_err(failed)?;
        if has_rows { Err(super::postgres::has_rows(plan)) } else { Ok(()) }
    }

    async fn write(&mut self, plan: &RestorePlan, rows: &[ImportRow], raw: &[Vec<String>]) -> Result<()> {
        let statements = PreparedStatements::of(self.connection);
        for (row, raw) in rows.iter().zip(raw) {
            let values = if plan.is_same {
                let as_it_is = |text: &String| match to_sqlite(text) {
                    Some(Ok(value)) => (value, false),
                    Some(Err(bytes)) => (Value::Blob(bytes), true),
                    // Each was looked at when the row was read.
                    None => (Value::Null, false),
                };
                raw.iter().map(as_it_is).collect()
            } else {
                row.values.iter().zip(&plan.types).map(|(value, target)| (bound(value, target), false)).collect()
            };
            Self::insert(&statements, plan, values).map_err(|error| {
                let message = format!("row {} of {} cannot be restored", row.number, plan.plan.plain);
                of_file(error, message).with_state("nothing was restored")
            })?;
        }
        Ok(())
    }

    async fn end_table(&mut self, plan: &RestorePlan, table: &SnapshotTable) -> Result<Vec<(String, i64)>> {
        for (_, next) in &table.next {
            goes_on_with(self.connection, &plan.export.table.table, *next).map_err(failed)?;
        }
        Ok(table.next.clone())
    }

    async fn end(&mut self) -> Result<()> {
        for rebuild in &self.rebuilds {
            self.connection.execute_batch(rebuild).map_err(failed)?;
        }
        let sql = "SELECT \"table\", count(*) FROM pragma_foreign_key_check GROUP BY 1 ORDER BY 1 LIMIT 1";
        let mut statement = self.connection.prepare(sql).map_err(failed)?;
        let mut rows = statement.query([]).map_err(failed)?;
        let Some(row) = rows.next().map_err(failed)? else { return Ok(()) };
        let (table, count): (String, i64) = (row.get(0).map_err(failed)?, row.get(1).map_err(failed)?);
        Err(Error::new(Code::RecordsRefused, format!("{count} rows of {table} refer to what is not there"))
            .with_state("nothing was restored")
            .with_hint("restore the tables that they refer to as well: export without `--tables`"))
    }

    async fn found(&mut self, plan: &RestorePlan) -> Result<ReadBack> {
        if plan.is_same {
            let mut digest = RowsDigest::default();
            visit_sqlite(self.connection, &plan.export, &mut |values| {
                digest.add(&values);
                Ok(())
            })?;
            return Ok(ReadBack::Same(digest.end()));
        }
        let columns: Vec<String> = plan.plan.columns.iter().map(|column| Ident(&column.name).to_string()).collect();
        let sql = format!("SELECT {} FROM main.{}", columns.join(", "), plan.plan.name);
        let mut statement = self.connection.prepare(&sql).map_err(failed)?;
        let mut rows = statement.query([]).map_err(failed)?;
        let mut sum = RowsSum::default();
        let rules: Vec<ColumnRule> = plan.plan.columns.iter().map(read_back).collect();
        while let Some(row) = rows.next().map_err(failed)? {
            let mut values = Vec::with_capacity(rules.len());
            for (at, rule) in rules.iter().enumerate() {
                let value = row.get_ref(at).map_err(failed)?;
                // What cannot be read as what was written is something else.
                values.push(convert(stored(value), rule).map_or(TargetValue::Null, |found| found.value.into_owned()));
            }
            sum.add(&values, &plan.types);
        }
        Ok(ReadBack::Sum(sum))
    }
}

/// The rule by which a value is read that was written by another: it is in its form already.
fn read_back(column: &ColumnPlan) -> ColumnRule {
    let options = ConvertOptions {
        json_null: Some(JsonNull::Keep),
        keeps_json_strings: true,
        real_as_text: true,
        ..ConvertOptions::default()
    };
    ColumnRule { target: column.rule.target.clone(), may_be_null: true, options }
}
