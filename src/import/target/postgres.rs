//! Rows into a database of PostgreSQL: in the binary form of COPY into a temporary table, and from there by statements over many rows.

mod journal;

use self::journal::ImportJournal;
use super::sqlite::there_already;
use super::{ImportTarget, RowOutcome, TransactionEnd, WriteWay};
use crate::convert::{TargetType, TargetValue};
use crate::error::{Code, Error, Result};
use crate::import::journal::{JournalEntry, KeyDigest, KeyOwner};
use crate::import::rows::ImportRow;
use crate::import::table::{ColumnPlan, LookupPlan, TablePlan};
use crate::sql::{Ident, Literal};
use crate::transfer::{TargetSession, append_field, begin_row, send_rows};

const STAGE: &str = "pg_temp.schemactl_import_rows";
const MESSAGE: &str = "the database cannot be imported into";

/// A session on a database that is imported into.
pub(crate) struct PostgresTarget<'s> {
    session: &'s TargetSession,
    journal: ImportJournal,
    /// Whether all files are in one transaction, which its owner ends.
    is_whole: bool,
    /// What puts triggers back on, where they are off.
    back_on: Option<String>,
}

impl<'s> PostgresTarget<'s> {
    /// One beside a history, which its schema and name say.
    pub(crate) fn new(session: &'s TargetSession, history: (&str, &str), is_whole: bool) -> Self {
        Self { session, journal: ImportJournal::beside(history), is_whole, back_on: None }
    }

    /// Sends rows to the temporary table.
    async fn stage(&self, plan: &TablePlan, rows: &[(&ImportRow, WriteWay)]) -> Result<()> {
        let mut bytes = Vec::new();
        for (number, (row, way)) in (0i64..).zip(rows) {
            begin_row(&mut bytes, plan.columns.len() + 2);
            for own in [number, way_number(*way)] {
                append_field(&mut bytes, &TargetValue::Integer(own), &TargetType::Integer);
            }
            for (value, column) in row.values.iter().zip(&plan.columns) {
                append_field(&mut bytes, value, &column.rule.target);
            }
        }
        self.session.run(&format!("TRUNCATE {STAGE}"), MESSAGE).await?;
        let sent = send_rows(self.session, STAGE, &bytes).await;
        sent.map(drop).map_err(|error| self.session.error(error, MESSAGE))
    }

    /// Those of the staged rows whose key is there.
    async fn matched(&self, plan: &TablePlan) -> Result<Vec<usize>> {
        if plan.key.is_empty() {
            return Ok(Vec::new());
        }
        let sql =
            format!("SELECT n FROM {STAGE} s WHERE EXISTS (SELECT FROM {} t WHERE {})", plan.name, same_key(plan));
        let rows = self.session.rows(&sql, MESSAGE).await?;
        Ok(rows.iter().filter_map(|row| row.get(0)?.parse().ok()).collect())
    }

    /// Writes the staged rows from one to before another, within a savepoint; the server's error where it refuses one of them.
    async fn part(&self, plan: &TablePlan, from: usize, to: usize) -> Result<Result<(), tokio_postgres::Error>> {
        let sql = statements(plan, from, to);
        self.session.run("SAVEPOINT schemactl_part", MESSAGE).await?;
        let done = self.session.unless_interrupted(self.session.client().batch_execute(&sql)).await;
        match done {
            Ok(()) => self.session.run("RELEASE SAVEPOINT schemactl_part", MESSAGE).await.map(Ok),
            Err(error) if is_refusal(&error) => {
                let back = "ROLLBACK TO SAVEPOINT schemactl_part; RELEASE SAVEPOINT schemactl_part";
                self.session.run(back, MESSAGE).await?;
                Ok(Err(error))
            }
            Err(error) => Err(self.session.error(error, MESSAGE)),
        }
    }

    /// Takes triggers off where the table's owner does that, until the end of the transaction.
    async fn triggers_off(&mut self, plan: &TablePlan) -> Result<()> {
        let off = format!("ALTER TABLE {} DISABLE TRIGGER USER", plan.name);
        let of_table = format!(
            "SELECT quote_ident(tgname), tgenabled FROM pg_catalog.pg_trigger WHERE tgrelid = {}::regclass AND NOT tgisinternal AND tgenabled <> 'D'",
            Literal(Some(&plan.name))
        );
        let rows = self.session.rows(&of_table, MESSAGE).await?;
        if rows.is_empty() {
            return Ok(());
        }
        let back = rows.iter().filter_map(|row| {
            let how = match row.get(1)? {
                "A" => "ENABLE ALWAYS TRIGGER",
                "R" => "ENABLE REPLICA TRIGGER",
                _ => "ENABLE TRIGGER",
            };
            Some(format!("ALTER TABLE {} {how} {}", plan.name, row.get(0)?))
        });
        self.back_on = Some(back.collect::<Vec<_>>().join("; "));
        self.session.run(&off, "the triggers of the table cannot be taken off").await
    }
}

fn way_number(way: WriteWay) -> i64 {
    match way {
        WriteWay::Insert => 0,
        WriteWay::Replace => 1,
        WriteWay::InsertMissing => 2,
    }
}

/// The condition that a row `t` of the table has the key of a staged row `s`. Where NULL is possible it equals itself.
fn same_key(plan: &TablePlan) -> String {
    let same = |at: &usize| {
        let ColumnPlan { name, may_be_null, .. } = &plan.columns[*at];
        let operator = if *may_be_null { "IS NOT DISTINCT FROM" } else { "=" };
        format!("t.{} {operator} s.c{at}", Ident(name))
    };
    plan.key.iter().map(same).collect::<Vec<_>>().join(" AND ")
}

/// Replaces the rows that are there, and inserts the others.
fn statements(plan: &TablePlan, from: usize, to: usize) -> String {
    let columns: Vec<String> = plan.columns.iter().map(|column| Ident(&column.name).to_string()).collect();
    let staged = plan.columns.iter().enumerate().map(|(at, column)| match &column.cast {
        Some(datatype) => format!("s.c{at}::{datatype}"),
        None => format!("s.c{at}"),
    });
    let staged: Vec<String> = staged.collect();
    let range = format!("s.n >= {from} AND s.n < {to}");
    let missing = if plan.key.is_empty() {
        String::new()
    } else {
        format!(" AND (s.way = 0 OR NOT EXISTS (SELECT FROM {} t WHERE {}))", plan.name, same_key(plan))
    };
    let insert = format!(
        "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM {STAGE} s WHERE {range}{missing} ORDER BY s.n",
        plan.name,
        columns.join(", "),
        staged.join(", ")
    );
    if plan.key.is_empty() {
        return insert;
    }
    let is_key = |at: &usize| plan.key.contains(at);
    let set = (0..columns.len()).filter(|at| !is_key(at)).map(|at| format!("{} = s.c{at}", columns[at]));
    let set: Vec<String> = set.collect();
    if set.is_empty() {
        return insert;
    }
    format!(
        "UPDATE {} t SET {} FROM {STAGE} s WHERE {range} AND s.way = 1 AND {}; {insert}",
        plan.name,
        set.join(", "),
        same_key(plan)
    )
}

/// A violated constraint (class 23), a value that is none (22), a check of a view (44), or what a trigger says (P0001).
fn is_refusal(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|code| matches!(&code.code()[..2], "22" | "23" | "44") || code.code() == "P0001")
}

/// The server's words without its DETAIL, which has values.
fn refused(error: &tokio_postgres::Error) -> RowOutcome {
    let refers_to_nothing = error.code() == Some(&tokio_postgres::error::SqlState::FOREIGN_KEY_VIOLATION);
    let reason = error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned());
    RowOutcome::Refused { reason, refers_to_nothing }
}

impl ImportTarget for PostgresTarget<'_> {
    async fn prepare(&mut self) -> Result<()> {
        let sql = self.journal.create();
        if self.is_whole {
            self.session.run(&format!("{}; {sql}", self.session.begin()), MESSAGE).await
        } else {
            self.session.alone(MESSAGE, async || self.session.run(&sql, MESSAGE).await).await
        }
    }

    async fn journal(&mut self, rule: &str) -> Result<Vec<JournalEntry>> {
        self.journal.entries(self.session, rule, None).await
    }

    async fn begin(&mut self, plan: &TablePlan) -> Result<()> {
        let begin = if self.is_whole { "SAVEPOINT schemactl_file".to_owned() } else { self.session.begin() };
        let columns = plan.columns.iter().enumerate().map(|(at, column)| format!(", c{at} {}", column.rule.target));
        let columns: String = columns.collect();
        let stage = format!(
            "{begin}; SET CONSTRAINTS ALL IMMEDIATE; DROP TABLE IF EXISTS {STAGE}; \
             CREATE TEMPORARY TABLE schemactl_import_rows (n integer, way integer{columns}) ON COMMIT DROP"
        );
        self.session.run(&stage, MESSAGE).await?;
        if !plan.fires_triggers {
            self.triggers_off(plan).await?;
        }
        Ok(())
    }

    async fn entry(&mut self, rule: &str, path: &str) -> Result<Option<JournalEntry>> {
        Ok(self.journal.entries(self.session, rule, Some(path)).await?.pop())
    }

    async fn owners(&mut self, table: &str, keys: &[KeyDigest]) -> Result<Vec<Option<(String, KeyOwner)>>> {
        self.journal.owners(self.session, table, keys).await
    }

    async fn look_up(&mut self, plan: &LookupPlan, by: &[&[String]]) -> Result<Vec<Option<String>>> {
        let row = |(number, by): (usize, &&[String])| {
            let values = by.iter().map(|value| Literal(Some(value)).to_string());
            let values: Vec<String> = std::iter::once(number.to_string()).chain(values).collect();
            format!("({})", values.join(", "))
        };
        let rows: Vec<String> = by.iter().enumerate().map(row).collect();
        let names: Vec<String> = (0..plan.by.len()).map(|at| format!("b{at}")).collect();
        let is_same = plan.by.iter().enumerate().map(|(at, name)| format!("t.{}::text = v.b{at}", Ident(name)));
        let sql = format!(
            "SELECT v.n, t.{}::text FROM (VALUES {}) v (n, {}) JOIN {} t ON {}",
            Ident(&plan.column),
            rows.join(", "),
            names.join(", "),
            plan.table,
            is_same.collect::<Vec<_>>().join(" AND ")
        );
        let mut found = vec![None; by.len()];
        for row in self.session.rows(&sql, MESSAGE).await? {
            let at = row.get(0).and_then(|text| text.parse::<usize>().ok());
            if let Some(place) = at.and_then(|at| found.get_mut(at)) {
                *place = row.get(1).map(str::to_owned);
            }
        }
        Ok(found)
    }

    async fn write(&mut self, plan: &TablePlan, rows: &[(&ImportRow, WriteWay)]) -> Result<Vec<RowOutcome>> {
        self.stage(plan, rows).await?;
        let mut outcomes = vec![RowOutcome::Inserted; rows.len()];
        for at in self.matched(plan).await? {
            outcomes[at] = match rows[at].1 {
                WriteWay::Insert => there_already(plan),
                WriteWay::Replace => RowOutcome::Replaced,
                WriteWay::InsertMissing => RowOutcome::Kept,
            };
        }
        let refused_already: Vec<String> = (0..rows.len())
            .filter(|at| matches!(outcomes[*at], RowOutcome::Refused { .. }))
            .map(|at| at.to_string())
            .collect();
        if !refused_already.is_empty() {
            let sql = format!("DELETE FROM {STAGE} WHERE n IN ({})", refused_already.join(", "));
            self.session.run(&sql, MESSAGE).await?;
        }
        // Halves show which row is refused.
        let mut parts = vec![(0, rows.len())];
        while let Some((from, to)) = parts.pop().filter(|(from, to)| from < to) {
            match self.part(plan, from, to).await? {
                Ok(()) => {}
                Err(error) if to - from == 1 => outcomes[from] = refused(&error),
                Err(_) => {
                    let middle = from + (to - from) / 2;
                    parts.extend([(middle, to), (from, middle)]);
                }
            }
        }
        Ok(outcomes)
    }

    async fn own(&mut self, table: &str, of: &JournalEntry, keys: &[KeyDigest]) -> Result<()> {
        self.journal.own(self.session, table, of, keys).await
    }

    async fn record(&mut self, entry: &JournalEntry, before: Option<&str>) -> Result<()> {
        self.journal.record(self.session, entry, before).await
    }

    async fn forget(&mut self, rule: &str, path: &str) -> Result<()> {
        self.journal.forget(self.session, rule, path).await
    }

    async fn left_behind(&mut self, entry: &JournalEntry) -> Result<u64> {
        self.journal.left_behind(self.session, entry).await
    }

    async fn end(&mut self, kept: TransactionEnd) -> Result<()> {
        let back_on = self.back_on.take();
        match (self.is_whole, kept) {
            (true, TransactionEnd::Keep) => {
                let release = "RELEASE SAVEPOINT schemactl_file";
                let sql = back_on.map_or_else(|| release.to_owned(), |back| format!("{back}; {release}"));
                self.session.run(&sql, MESSAGE).await
            }
            (true, TransactionEnd::Discard) => {
                let sql = "ROLLBACK TO SAVEPOINT schemactl_file; RELEASE SAVEPOINT schemactl_file";
                self.session.run(sql, MESSAGE).await
            }
            (false, TransactionEnd::Discard) => {
                self.session.roll_back().await;
                Ok(())
            }
            (false, TransactionEnd::Keep) => {
                let sql = back_on.map_or_else(|| "COMMIT".to_owned(), |back| format!("{back}; COMMIT"));
                let ended = self.session.run(&sql, MESSAGE).await;
                if ended.is_err() {
                    self.session.roll_back().await;
                }
                ended.map_err(|error| if error.code() == Code::ConnectionLost { lost(error) } else { error })
            }
        }
    }
}

/// Whether the file was recorded is asked of the journal by the next import.
fn lost(error: Error) -> Error {
    error.with_state("whether the file was imported, the next `schemactl import` sees in the journal, and goes on")
}
