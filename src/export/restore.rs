//! A snapshot into empty tables, all of it in one transaction: whole, or nothing.

mod plan;
mod postgres;
mod sqlite;

pub(crate) use self::postgres::PostgresRestore;
pub(crate) use self::sqlite::SqliteRestore;

use self::plan::{RestorePlan, plan};
use super::header::{SnapshotCount, SnapshotTable};
use super::read::{SnapshotPart, SnapshotReader};
use super::value::{field, to_postgres, to_sqlite};
use super::verify::{ReadBack, RowsSum};
use crate::config::Map;
use crate::convert::{StoredValue, TargetType, TargetValue};
use crate::error::{Code, Error, Result};
use crate::import::{ColumnPlan, ImportRow, TargetCatalog, converted};
use crate::interrupt::Interrupt;
use crate::sql::Dialect;

/// Rows and bytes that are written at once.
const BATCH: usize = 1_000;
const BYTES: usize = 4 * 1024 * 1024;
/// So many rows without a place are named.
const NAMED: usize = 20;

/// A snapshot that is to be restored.
pub(crate) struct RestoreTask<'a> {
    pub(crate) catalog: &'a TargetCatalog,
    /// The schema of tables that are named without one.
    pub(crate) schema: &'a str,
    pub(crate) dialect: Dialect,
    /// The last version that is applied.
    pub(crate) version: Option<i64>,
    /// How tables of the other backend correspond.
    pub(crate) map: Option<&'a Map>,
    pub(crate) interrupt: &'a Interrupt,
}

/// A table that was restored, read back, and found to hold what the snapshot has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RestoredTable {
    pub(crate) name: String,
    pub(crate) rows: u64,
    pub(crate) sha256: String,
    /// The next number of columns that are numbered.
    pub(crate) next: Vec<(String, i64)>,
}

/// What a restore asks of a database, within one transaction that is its caller's to end.
pub(crate) trait RestoreTarget {
    /// Begins a table: it has to be empty, and what its rows would set off is off.
    async fn begin_table(&mut self, plan: &RestorePlan) -> Result<()>;

    /// Writes rows, whose values are those of the snapshot where its backend is the same.
    async fn write(&mut self, plan: &RestorePlan, rows: &[ImportRow], raw: &[Vec<String>]) -> Result<()>;

    /// Ends a table: its numbers go on behind the last one. Returns the next ones.
    async fn end_table(&mut self, plan: &RestorePlan, table: &SnapshotTable) -> Result<Vec<(String, i64)>>;

    /// Puts back what is off, and makes what is made of rows.
    async fn end(&mut self) -> Result<()>;

    /// Reads a table back.
    async fn found(&mut self, plan: &RestorePlan) -> Result<ReadBack>;
}

/// A table whose rows are there, and that is read back in the end.
struct WrittenTable {
    plan: RestorePlan,
    count: SnapshotCount,
    sum: RowsSum,
    next: Vec<(String, i64)>,
}

impl RestoreTask<'_> {
    /// Restores the snapshot, and reads it back. Nothing is committed here.
    ///
    /// # Errors
    ///
    /// It is damaged, its tables are not there or not empty, a value has no place, or what was read back is not what it has.
    pub(crate) async fn run<T: RestoreTarget>(
        &self,
        mut reader: SnapshotReader,
        target: &mut T,
    ) -> Result<Vec<RestoredTable>> {
        self.assert_version(&reader)?;
        let is_same = reader.header().backend == self.dialect.as_str();
        let mut written: Vec<WrittenTable> = Vec::new();
        loop {
            match reader.next()? {
                SnapshotPart::End => break,
                SnapshotPart::Table(table) => {
                    let table = self.table(&mut reader, &table, is_same, target).await?;
                    written.push(table);
                }
                SnapshotPart::Row(_) | SnapshotPart::TableEnd(_) => {
                    return Err(reader.damaged("a row stands outside of a table"));
                }
            }
        }
        target.end().await?;
        let mut restored = Vec::with_capacity(written.len());
        for WrittenTable { plan, count, sum, next } in written {
            let found = target.found(&plan).await?;
            let is_equal = match &found {
                ReadBack::Same(found) => *found == count,
                ReadBack::Sum(found) => *found == sum,
            };
            if !is_equal {
                return Err(differs(&plan));
            }
            restored.push(RestoredTable { name: plan.plan.plain, rows: count.count, sha256: count.sha256, next });
        }
        Ok(restored)
    }

    /// A snapshot of the same kind of database is of the same version.
    fn assert_version(&self, reader: &SnapshotReader) -> Result<()> {
        let header = reader.header();
        if header.backend != self.dialect.as_str() || header.version == self.version {
            return Ok(());
        }
        let shown =
            |version: Option<i64>| version.map_or_else(|| "no version".to_owned(), |version| version.to_string());
        let (theirs, ours) = (shown(header.version), shown(self.version));
        Err(Error::new(
            Code::ImportNotReady,
            format!("the snapshot is of version {theirs}, and the database is at {ours}"),
        )
        .with_state("nothing was restored")
        .with_hint(format!("bring the database to that version: `schemactl up --to {theirs}` where it is empty"))
        .with_hint("after the restore, `schemactl up` applies what came later"))
    }

    async fn table<T: RestoreTarget>(
        &self,
        reader: &mut SnapshotReader,
        table: &SnapshotTable,
        is_same: bool,
        target: &mut T,
    ) -> Result<WrittenTable> {
        let plan = plan(self, table, is_same)?;
        target.begin_table(&plan).await?;
        let (mut rows, mut raw, mut bytes) = (Vec::new(), Vec::new(), 0);
        let mut sum = RowsSum::default();
        let mut refused: Vec<String> = Vec::new();
        let mut number = 0;
        let count = loop {
            if self.interrupt.is_triggered() {
                let error = Error::new(Code::Interrupted, "interrupted while a snapshot was restored");
                return Err(error.with_state("nothing was restored"));
            }
            match reader.next()? {
                SnapshotPart::Row(values) => {
                    number += 1;
                    bytes += values.iter().map(String::len).sum::<usize>();
                    match row(&plan, number, &values) {
                        Ok(row) => {
                            if !is_same {
                                sum.add(&row.values, &plan.types);
                            }
                            rows.push(row);
                            raw.push(values);
                        }
                        Err(reason) => refused.push(format!("row {number} of {}: {reason}", table.plain())),
                    }
                }
                SnapshotPart::TableEnd(count) => break count,
                SnapshotPart::Table(_) | SnapshotPart::End => return Err(reader.damaged("a table has no end")),
            }
            if refused.len() >= NAMED {
                break SnapshotCount { count: 0, sha256: String::new() };
            }
            if rows.len() >= BATCH || bytes >= BYTES {
                self.write(&plan, (&mut rows, &mut raw), &refused, target).await?;
                bytes = 0;
            }
        };
        self.write(&plan, (&mut rows, &mut raw), &refused, target).await?;
        if !refused.is_empty() {
            return Err(without_place(&refused));
        }
        let next = target.end_table(&plan, table).await?;
        Ok(WrittenTable { plan, count, sum, next })
    }

    async fn write<T: RestoreTarget>(
        &self,
        plan: &RestorePlan,
        (rows, raw): (&mut Vec<ImportRow>, &mut Vec<Vec<String>>),
        refused: &[String],
        target: &mut T,
    ) -> Result<()> {
        if refused.is_empty() && !rows.is_empty() {
            target.write(plan, rows, raw).await?;
        }
        rows.clear();
        raw.clear();
        Ok(())
    }
}

/// A row in the types of its columns.
fn row(plan: &RestorePlan, number: u64, values: &[String]) -> Result<ImportRow, String> {
    let value = |(text, column): (&String, &ColumnPlan)| value(plan, column, text);
    let values: Vec<TargetValue<'static>> =
        values.iter().zip(&plan.plan.columns).map(value).collect::<Result<_, _>>()?;
    Ok(ImportRow { number, line: number, values, key: None, lookups: Vec::new(), size: 0 })
}

fn value(plan: &RestorePlan, column: &ColumnPlan, text: &str) -> Result<TargetValue<'static>, String> {
    let wrong = || format!("{}: it is no value of a snapshot", column.name);
    match (plan.from, plan.is_same) {
        // It goes in as it is.
        (Dialect::Sqlite, true) => to_sqlite(text).map(|_| TargetValue::Null).ok_or_else(wrong),
        (Dialect::Postgres, true) => {
            let text = to_postgres(text).ok_or_else(wrong)?;
            Ok(text.map_or(TargetValue::Null, |text| TargetValue::Text(text.into())))
        }
        (Dialect::Sqlite, false) => {
            let value = to_sqlite(text).ok_or_else(wrong)?;
            let bytes = value.as_ref().err().cloned();
            match (&value, &bytes) {
                (Ok(value), _) => converted(column, stored(value)),
                (Err(_), Some(bytes)) => converted(column, StoredValue::Text(bytes)),
                (Err(_), None) => Err(wrong()),
            }
        }
        (Dialect::Postgres, false) => {
            let found = field(text).ok_or_else(wrong)?;
            let mut made = String::new();
            converted(column, found.stored(&column.rule.target, &mut made))
        }
    }
}

fn stored(value: &rusqlite::types::Value) -> StoredValue<'_> {
    use rusqlite::types::Value;

    match value {
        Value::Null => StoredValue::Null,
        Value::Integer(value) => StoredValue::Integer(*value),
        Value::Real(value) => StoredValue::Real(*value),
        Value::Text(text) => StoredValue::Text(text.as_bytes()),
        Value::Blob(bytes) => StoredValue::Blob(bytes),
    }
}

fn without_place(refused: &[String]) -> Error {
    let error = Error::new(Code::RecordsRefused, "the snapshot has values without a place in this database");
    error
        .with_cause(refused.join("; "))
        .with_state("nothing was restored")
        .with_hint("a rule in [map.convert] says what a value means: docs/moving.md has them all")
}

fn differs(plan: &RestorePlan) -> Error {
    let message = format!("what was restored to {} is not what the snapshot has", plan.plan.plain);
    Error::new(Code::SnapshotDiffers, message)
        .with_cause("its rows were read back, and their number or checksum is another one")
        .with_state("nothing was restored")
        .with_hint("something on the database changes rows as they come: a rule, a default, a type that keeps less")
}

/// The types by which rows are compared as values.
pub(super) fn types_of(columns: &[ColumnPlan]) -> Vec<TargetType> {
    columns.iter().map(|column| column.rule.target.clone()).collect()
}
