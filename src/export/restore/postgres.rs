//! A snapshot into a database of PostgreSQL.

use super::RestoreTarget;
use super::plan::RestorePlan;
use crate::catalog::ObjectName;
use crate::error::{Code, Error, Result};
use crate::export::header::{RowsDigest, SnapshotTable};
use crate::export::rows::visit_postgres;
use crate::export::verify::{ReadBack, RowsSum};
use crate::import::{ImportRow, ImportTarget as _, PostgresTarget, RowOutcome, TransactionEnd, WriteWay};
use crate::sql::Literal;
use crate::transfer::{
    ColumnMove, KEY_OFF_AND_BACK, ReceivedRows, RowName, TableMove, TargetSession, advance_table, receive, row_fields,
};

const MESSAGE: &str = "the snapshot cannot be restored";

/// A session that a snapshot is restored in, in a transaction that is open.
pub(crate) struct PostgresRestore<'s> {
    session: &'s TargetSession,
    target: PostgresTarget<'s>,
    /// The tables whose rows are there.
    there: Vec<String>,
    /// The statements that put foreign keys back.
    back: Vec<String>,
}

/// A table that is restored to has to be empty.
pub(super) fn has_rows(plan: &RestorePlan) -> Error {
    Error::new(Code::TargetNotOurs, format!("{} has rows", plan.plan.plain))
        .with_cause("a snapshot is restored to empty tables")
        .with_state("nothing was restored")
        .with_hint("restore it to a new database: `schemactl up` with another `--url`, then import there")
        .with_hint("or take the rows away, where they are not needed")
}

impl<'s> PostgresRestore<'s> {
    /// Begins the transaction.
    pub(crate) async fn begin(session: &'s TargetSession, history: (&str, &str)) -> Result<Self> {
        session.run(&session.begin(), MESSAGE).await?;
        let target = PostgresTarget::new(session, history, true);
        Ok(Self { session, target, there: Vec::new(), back: Vec::new() })
    }

    pub(crate) async fn commit(self) -> Result<()> {
        self.session.run("COMMIT", MESSAGE).await
    }

    /// Takes off the foreign keys to tables whose rows are not there yet, the table itself among them.
    async fn keys_off(&mut self, plan: &RestorePlan) -> Result<()> {
        let table = Literal(Some(&plan.plan.name));
        let sql = format!(
            "SELECT {KEY_OFF_AND_BACK}, k.confrelid FROM pg_catalog.pg_constraint k \
             WHERE k.conrelid = {table}::regclass AND k.contype = 'f' AND k.conparentid = 0 ORDER BY k.conname"
        );
        let own = self.session.number(&format!("SELECT {table}::regclass::oid::bigint"), MESSAGE).await?.to_string();
        for row in self.session.rows_written_out(&sql, MESSAGE).await? {
            let text = |at: usize| row.get(at).unwrap_or_default().to_owned();
            if !self.there.contains(&text(2)) {
                self.session.run(&text(0), MESSAGE).await?;
                self.back.push(text(1));
            }
        }
        self.there.push(own);
        Ok(())
    }

    fn moved(plan: &RestorePlan) -> TableMove {
        let table = &plan.export.table;
        let column = |column: &crate::import::ColumnPlan| ColumnMove {
            name: column.name.clone(),
            target: column.name.clone(),
            rule: column.rule.clone(),
            given: Vec::new(),
        };
        TableMove {
            name: table.table.clone(),
            target: ObjectName { schema: table.schema.clone(), owner: None, name: table.table.clone() },
            columns: plan.plan.columns.iter().map(column).collect(),
            computed: Vec::new(),
            uniques: Vec::new(),
            key: None,
            row_name: RowName { rowid: None, key: Vec::new() },
        }
    }
}

impl RestoreTarget for PostgresRestore<'_> {
    async fn begin_table(&mut self, plan: &RestorePlan) -> Result<()> {
        let name = &plan.plan.name;
        self.session.run(&format!("LOCK TABLE {name} IN SHARE ROW EXCLUSIVE MODE"), MESSAGE).await?;
        let rows = self.session.rows(&format!("SELECT EXISTS (SELECT FROM {name})"), MESSAGE).await?;
        if rows.first().and_then(|row| row.get(0)) == Some("t") {
            return Err(has_rows(plan));
        }
        self.keys_off(plan).await?;
        self.target.begin(&plan.plan).await
    }

    async fn write(&mut self, plan: &RestorePlan, rows: &[ImportRow], _: &[Vec<String>]) -> Result<()> {
        let all: Vec<(&ImportRow, WriteWay)> = rows.iter().map(|row| (row, WriteWay::Insert)).collect();
        let outcomes = self.target.write(&plan.plan, &all).await?;
        for (row, outcome) in rows.iter().zip(outcomes) {
            if let RowOutcome::Refused { reason, .. } = outcome {
                let message = format!("row {} of {} is refused by the server", row.number, plan.plan.plain);
                return Err(Error::new(Code::RecordsRefused, message)
                    .with_cause(reason)
                    .with_state("nothing was restored")
                    .with_hint("a rule in [map.convert] says what a value means, where the snapshot is of SQLite"));
            }
        }
        Ok(())
    }

    async fn end_table(&mut self, plan: &RestorePlan, table: &SnapshotTable) -> Result<Vec<(String, i64)>> {
        self.target.end(TransactionEnd::Keep).await?;
        let least = |column: &str| {
            let at = plan.plan.columns.iter().position(|known| known.name == column)?;
            let (_, next) = table.next.iter().find(|(name, _)| table.columns.get(at) == Some(name))?;
            next.checked_sub(1)
        };
        let set = advance_table(self.session, &Self::moved(plan), |column| Ok(least(column))).await?;
        Ok(set.into_iter().map(|set| (set.column, set.next)).collect())
    }

    async fn end(&mut self) -> Result<()> {
        for statement in std::mem::take(&mut self.back) {
            self.session.run(&statement, "a foreign key cannot come back").await.map_err(|error| {
                let error = error.with_state("nothing was restored");
                error.with_hint("restore the tables that rows refer to as well: export without `--tables`")
            })?;
        }
        Ok(())
    }

    async fn found(&mut self, plan: &RestorePlan) -> Result<ReadBack> {
        if plan.is_same {
            let mut digest = RowsDigest::default();
            visit_postgres(self.session, &plan.export, &mut |values| {
                digest.add(&values);
                Ok(())
            })
            .await?;
            return Ok(ReadBack::Same(digest.end()));
        }
        let mut sum = RowsSum::default();
        receive(self.session, &Self::moved(plan), ReceivedRows::Present, |row| {
            let fields = row_fields(row).ok_or_else(|| Error::new(Code::Query, MESSAGE).with_cause("no row came"))?;
            sum.add_fields(&fields, &plan.types);
            Ok(())
        })
        .await?;
        Ok(ReadBack::Sum(sum))
    }
}
