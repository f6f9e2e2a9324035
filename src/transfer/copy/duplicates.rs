//! Rows that are there more than once, decided before the first row is written: which ones stay must not depend on which chunk comes first.

use std::ops::ControlFlow;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::CopyTask;
use super::duplicate_rows::DuplicateRows;
use super::journal::{DUPLICATE, DUPLICATE_LEFT_OUT, MoveJournal};
use super::row_writer::send;
use crate::convert::{TargetType, TargetValue, convert};
use crate::error::{Code, Error, Result};
use crate::history::MoveTable;
use crate::sql::{Ident, Literal, Plain};
use crate::transfer::binary_copy::{append, begin_row};
use crate::transfer::session::TargetSession;
use crate::transfer::source::{RowPosition, RowSource as _, RowSpan, SourceRow};
use crate::transfer::{PlannedUnique, SqliteRows, TableMove};

const MESSAGE: &str = "which rows stay of those that are there more than once cannot be decided";

/// The temporary table with what is unique of each row.
const STAGE: &str = "pg_temp.schemactl_duplicates";

/// Bytes of rows that are sent at once.
const PIECE: usize = 4 * 1024 * 1024;

impl CopyTask<'_> {
    /// Decides it for all tables, unless an earlier run has: in one transaction, with the journal's lines.
    pub(super) async fn decide_duplicates(&self, session: &TargetSession, rows: &mut SqliteRows) -> Result<()> {
        // Of a source that is followed a row that does not stay may be another one soon.
        if self.captured.is_some() || self.state(session).await?.decided {
            return Ok(());
        }
        session
            .alone(MESSAGE, async || {
                for table in &self.plan.tables {
                    let uniques: Vec<&PlannedUnique> = table
                        .uniques
                        .iter()
                        .filter(|unique| unique.rule.is_some() || self.choices.sets_aside)
                        .collect();
                    if !uniques.is_empty() && is_ordered(table) {
                        self.decide(session, rows, table, &uniques).await?;
                    }
                }
                session.run(&self.journal.set_decided(), MESSAGE).await
            })
            .await
    }

    /// Whether the rows that stay can be decided once for all.
    pub(super) fn assert_decidable(&self) -> Result<()> {
        let rule = self.plan.tables.iter().flat_map(|table| &table.uniques).find_map(|unique| unique.rule.as_ref());
        let Some(rule) = rule.filter(|_| self.captured.is_some()) else { return Ok(()) };
        let message = format!("which row stays by {} cannot be decided of a source that is followed", rule.constraint);
        Err(Error::new(Code::InvalidValue, message)
            .with_place(rule.place.clone())
            .with_cause("a row that does not stay may get another key, and one that stays may go")
            .with_state("nothing was written")
            .with_hint("mend the rows in SQLite, or copy without following"))
    }

    async fn decide(
        &self,
        session: &TargetSession,
        rows: &mut SqliteRows,
        table: &TableMove,
        uniques: &[&PlannedUnique],
    ) -> Result<()> {
        let needed: Vec<usize> = (0..table.columns.len())
            .filter(|at| uniques.iter().any(|unique| unique.depends_on(&table.columns[*at].target)))
            .collect();
        let columns: Vec<String> = needed.iter().map(|at| Ident(&table.columns[*at].target).to_string()).collect();
        let listed = columns.iter().fold(String::new(), |list, column| list + column + ", ");
        session
            .run(
                &format!(
                    "CREATE TEMPORARY TABLE {STAGE} ON COMMIT DROP AS SELECT {listed}NULL::bigint AS \"schemactl: number\", \
                     NULL::text AS \"schemactl: position\", NULL::bytea AS \"schemactl: digest\", NULL::text AS \"schemactl: row\" FROM {} WITH NO DATA",
                    table.target
                ),
                MESSAGE,
            )
            .await?;
        let into = format!(
            "{STAGE} ({listed}\"schemactl: number\", \"schemactl: position\", \"schemactl: digest\", \"schemactl: row\")"
        );
        let mut reading = UniqueReader { table, needed: &needed, moment: self.plan.moment, number: 0, position: None };
        while let Some(bytes) = rows.chunk(|rows| reading.piece(rows))? {
            if self.interrupt.is_triggered() {
                return Err(Error::new(
                    Code::Interrupted,
                    "interrupted while rows were read that are there more than once",
                ));
            }
            let sent = send(session, &into, &bytes).await;
            sent.map_err(|error| session.error(error, MESSAGE))?;
        }
        session.run(&format!("ANALYZE {STAGE}"), MESSAGE).await?;
        for unique in uniques {
            self.note_losers(session, table, unique).await?;
        }
        session.run(&format!("DROP TABLE {STAGE}"), MESSAGE).await
    }

    /// Notes the rows that do not stay by a key, which count for no other one.
    async fn note_losers(&self, session: &TargetSession, table: &TableMove, unique: &PlannedUnique) -> Result<()> {
        let losers = unique.losers(STAGE, "\"schemactl: number\"");
        let (class, by_rule) = match &unique.rule {
            Some(_) => (DUPLICATE_LEFT_OUT, ", by the rule `duplicates`"),
            None => (DUPLICATE, ""),
        };
        let reason = format!("its key is there more than once: {} of {}{by_rule}", unique.name, table.target.plain());
        let sql = format!(
            "WITH gone AS (DELETE FROM {STAGE} WHERE \"schemactl: number\" IN ({losers}) RETURNING \"schemactl: position\" AS position, \
             \"schemactl: digest\" AS digest, \"schemactl: row\" AS name) \
             INSERT INTO {} (source_table, row_name, column_name, storage_class, value, became, reason) \
             SELECT {}, name, NULL, {}, convert_to(position, 'UTF8'), digest, {} FROM gone",
            self.journal.table(MoveTable::SetAside),
            Literal(Some(&table.name)),
            Literal(Some(class)),
            Literal(Some(&reason)),
        );
        if unique.rule.is_some() {
            return session.run(&sql, MESSAGE).await;
        }
        // What the server cannot tell without a rule, it tells where the second one comes.
        session.run("SAVEPOINT schemactl_unique", MESSAGE).await?;
        let end = match session.run(&sql, MESSAGE).await {
            Ok(()) => "RELEASE SAVEPOINT schemactl_unique",
            Err(error) if error.sqlstate().is_some() => {
                "ROLLBACK TO SAVEPOINT schemactl_unique; RELEASE SAVEPOINT schemactl_unique"
            }
            Err(error) => return Err(error),
        };
        session.run(end, MESSAGE).await
    }
}

/// Whether its rows have places that are the same in each run.
fn is_ordered(table: &TableMove) -> bool {
    table.row_name.rowid.is_some() || !table.row_name.key.is_empty()
}

/// Reads what is unique of the rows that have a place, piece by piece.
struct UniqueReader<'a> {
    table: &'a TableMove,
    needed: &'a [usize],
    moment: i64,
    number: i64,
    position: Option<RowPosition>,
}

impl UniqueReader<'_> {
    /// The next rows in the binary form of COPY; none where no more are left.
    fn piece(&mut self, rows: &mut SqliteRows) -> Result<Option<Vec<u8>>> {
        let mut bytes = Vec::new();
        let before = self.position.clone();
        let span = RowSpan { after: before.clone(), last: None };
        let table = self.table;
        rows.rows(table, &span, &mut |row| {
            let Some(position) = row.position() else {
                let message = format!("{} of {} has no place of its own", row.name(true), Plain(&table.name));
                return Err(Error::new(Code::ValuesRefused, message)
                    .with_cause("its key is NULL, so that no order of the rows is the same in each run"));
            };
            self.number += 1;
            self.append(&mut bytes, row, &position);
            self.position = Some(position);
            Ok(if bytes.len() >= PIECE { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })?;
        Ok((self.position != before).then_some(bytes))
    }

    /// A row that is left out, or has a value without a place, counts for no key.
    fn append(&self, bytes: &mut Vec<u8>, row: &dyn SourceRow, position: &RowPosition) {
        if self.table.left_out_by(row, self.moment).is_some() {
            return;
        }
        let begins = bytes.len();
        let mut whole = Vec::new();
        begin_row(&mut whole, self.table.columns.len());
        begin_row(bytes, self.needed.len() + 4);
        for (at, column) in self.table.columns.iter().enumerate() {
            let Ok(converted) = convert(row.value(at), &column.rule) else {
                bytes.truncate(begins);
                return;
            };
            append(&mut whole, &converted.value, &column.rule.target);
            if self.needed.contains(&at) {
                append(bytes, &converted.value, &column.rule.target);
            }
        }
        append(bytes, &TargetValue::Integer(self.number), &TargetType::BigInt);
        append(bytes, &TargetValue::Text(position.to_string().into()), &TargetType::Text);
        append(bytes, &TargetValue::Bytes(Sha256::digest(&whole).to_vec().into()), &TargetType::Bytea);
        append(bytes, &TargetValue::Text(row.name(true).replace('\0', "\u{fffd}").into()), &TargetType::Text);
    }
}

impl MoveJournal {
    /// The rows of a table that do not stay, since their key is there more than once.
    pub(super) async fn duplicates(&self, session: &TargetSession, table: &TableMove) -> Result<Arc<DuplicateRows>> {
        let sql = format!(
            "SELECT convert_from(value, 'UTF8'), storage_class = {} FROM {} WHERE source_table = {} AND storage_class IN ({}, {})",
            Literal(Some(DUPLICATE_LEFT_OUT)),
            self.table(MoveTable::SetAside),
            Literal(Some(&table.name)),
            Literal(Some(DUPLICATE)),
            Literal(Some(DUPLICATE_LEFT_OUT)),
        );
        let rows = session.rows(&sql, "the journal of the move cannot be read").await?;
        let row =
            |row: &tokio_postgres::SimpleQueryRow| (row.get(0).unwrap_or_default().into(), row.get(1) == Some("t"));
        Ok(Arc::new(rows.iter().map(row).collect()))
    }
}
