//! What the target holds, beside what the source holds: every value of every row.

mod canonical;
mod computed;
pub(super) mod decode;
mod differences;
mod parts;
mod received;
mod sample;
mod sides;
mod structure;

pub(crate) use self::canonical::{canonical as canonical_field, fields as row_fields};
pub(crate) use self::differences::{ChangedColumn, DifferentRow, RowDifferences};
pub(crate) use self::received::{ReceivedRows, receive, receive_query};
pub(crate) use self::sample::{RowSample, SampleSize};

use std::collections::BTreeSet;
use std::sync::Arc;

use rusqlite::Connection;

use self::parts::RowHasher;
use self::sides::{AbsentRows, Sides};
use self::structure::structure;
use super::back::{NOT_THE_SERVER, NotedChanges, key_types, lost as back_is_lost};
use super::capture::Capture;
use super::copy::{CopyState, MoveState, ReturnState};
use super::follow::lost;
use super::session::PATH_ASIDE;
use super::{ComputedColumn, MoveJournal, MovePlan, SqliteRows, TableMove, TargetSession};
use crate::error::Result;
use crate::history::MoveTable;
use crate::interrupt::Interrupt;
use crate::sql::Dialect;
use crate::transfer::copy::OrphanCounts;

/// A comparison of both sides.
pub(crate) struct VerifyTask<'a> {
    pub(crate) plan: &'a Arc<MovePlan>,
    pub(crate) journal: &'a MoveJournal,
    pub(crate) session: &'a TargetSession,
    /// How many rows of each table that differ are named.
    pub(crate) most: usize,
    /// Which rows are compared; none where all are.
    pub(crate) sample: Option<RowSample>,
    /// Where the source may be followed, what captures its changes.
    pub(crate) capture: &'a Capture,
    pub(crate) interrupt: &'a Interrupt,
    /// Whether nobody compares the target with what its migrations make.
    pub(crate) is_alone: bool,
}

/// Rows that were changed since one side was level with the other.
struct UnderWay {
    /// Their names, of each table.
    keys: Vec<Arc<BTreeSet<Vec<u8>>>>,
    followed: Option<Dialect>,
}

/// How both sides compare.
#[derive(Debug)]
pub(crate) struct VerifiedMove {
    pub(crate) tables: Vec<VerifiedTable>,
    /// What is not as it is to be around the rows: one sentence each.
    pub(crate) findings: Vec<String>,
    /// The side that is followed: while it is the source, keys and triggers are off, and sequences stand where they stood.
    pub(crate) followed: Option<Dialect>,
    /// Which rows were compared; none where all were.
    pub(crate) sample: Option<RowSample>,
}

/// How a table is on both sides.
#[derive(Debug)]
pub(crate) struct VerifiedTable {
    pub(crate) name: String,
    pub(crate) target: String,
    pub(crate) source_rows: u64,
    pub(crate) target_rows: u64,
    /// Rows of the source that have no place, or were refused by the server when they were copied.
    pub(crate) set_aside: u64,
    /// Rows of the source that a rule leaves out.
    pub(crate) left_out: u64,
    /// Rows that have NULL instead of a reference to what is not there; they are compared as they were.
    pub(crate) nulled: u64,
    /// Keys whose rows were changed since the target was level with the source: these are not compared.
    pub(crate) under_way: u64,
    /// Rows of the source that were compared; none where all were.
    pub(crate) sampled: Option<u64>,
    /// None where both sides are equal.
    pub(crate) differences: Option<RowDifferences>,
    /// Columns that the server has computed, and may compute otherwise each time.
    pub(crate) not_compared: Vec<String>,
}

impl VerifyTask<'_> {
    /// Compares all tables, and tells what is not as it is to be around the rows. Both sides are read as they are at one moment each.
    ///
    /// # Errors
    ///
    /// A side cannot be read, or it is not known what was changed since the target was level with the source.
    pub(crate) async fn run(&self, mut rows: SqliteRows) -> Result<VerifiedMove> {
        let repeatable = computed::repeatable(self.session, self.plan).await?;
        // How far the target was when changes behind that were missed, and which state the source showed when the target showed less.
        let mut missed = None;
        let mut shown_before = None;
        loop {
            let begin = format!("{}; {PATH_ASIDE}", self.session.begin_to_read());
            self.session.run(&begin, "the target cannot be read").await?;
            let state = self.journal.state(self.session).await?;
            let followed = match &state {
                Some(state) if matches!(state.progress, CopyState::Following | CopyState::Returned) => {
                    self.journal.following(self.session).await?
                }
                _ => None,
            };
            if let Some(back) = self.returning(state.as_ref()).await? {
                // The target's snapshot is the later one, where no round was applied since it was taken.
                rows.renew()?;
                let shown = self.capture.returned(rows.connection())?.snapshot.unwrap_or(back.from);
                let noted = NotedChanges { journal: self.journal, since: &shown };
                if noted.is_before(self.session).await? {
                    let under_way = UnderWay { keys: self.returned(&noted).await?, followed: Some(Dialect::Postgres) };
                    return self.compare(rows, state.is_some(), under_way, &repeatable).await;
                }
                self.session.roll_back().await;
                // Of the server that the source was told of, a snapshot that is taken after it shows all that it does.
                if shown_before.replace(shown.clone()) == Some(shown) {
                    return Err(back_is_lost(NOT_THE_SERVER));
                }
                continue;
            }
            let Some(followed) = followed else {
                let none = self.plan.tables.iter().map(|_| Arc::default()).collect();
                let under_way = UnderWay { keys: none, followed: None };
                return self.compare(rows, state.is_some(), under_way, &repeatable).await;
            };
            // The source is read after the target, so that it is the one that has more changes.
            rows.renew()?;
            if self.capture.has_all(rows.connection(), followed.position)? {
                let mut keys = Vec::new();
                for table in &self.plan.tables {
                    keys.push(self.under_way(rows.connection(), table, followed.position)?);
                }
                let under_way = UnderWay { keys, followed: Some(Dialect::Sqlite) };
                return self.compare(rows, true, under_way, &repeatable).await;
            }
            self.session.roll_back().await;
            // What was applied in between was taken away, as happens once in a second: then the target is farther by now.
            if missed.replace(followed.position) == Some(followed.position) {
                return Err(lost(
                    "changes that the target has not got were taken away from it, as by a move to another PostgreSQL",
                ));
            }
        }
    }

    async fn compare(
        &self,
        rows: SqliteRows,
        has_journal: bool,
        under_way: UnderWay,
        repeatable: &[Vec<bool>],
    ) -> Result<VerifiedMove> {
        let UnderWay { keys: under_way, followed } = under_way;
        let mut sides = Sides::new(self, rows);
        let mut tables = Vec::new();
        for (at, (under_way, repeatable)) in under_way.into_iter().zip(repeatable).enumerate() {
            tables.push(self.table(at, &mut sides, has_journal, (under_way, repeatable)).await?);
        }
        let findings = structure(self.session, self.journal, self.plan, self.is_alone).await?;
        self.session.roll_back().await;
        Ok(VerifiedMove { tables, findings, followed, sample: self.sample })
    }

    /// The way back, where the target is followed.
    async fn returning(&self, state: Option<&MoveState>) -> Result<Option<ReturnState>> {
        match state {
            Some(state) if matches!(state.progress, CopyState::Open | CopyState::Switched) => {
                Ok(self.journal.following(self.session).await?.and_then(|following| following.back))
            }
            _ => Ok(None),
        }
    }

    /// The rows that were changed on the target since the state that the source shows, and those that have no place there, by their names.
    async fn returned(&self, noted: &NotedChanges<'_>) -> Result<Vec<Arc<BTreeSet<Vec<u8>>>>> {
        let mut under_way = Vec::new();
        for table in &self.plan.tables {
            let hasher = hasher(table);
            let types = key_types(self.session, table).await?;
            let mut names = BTreeSet::new();
            let read = noted.keys(self.session, (table, &types), |key| {
                names.extend(hasher.name_of_key(key));
                Ok(())
            });
            read.await?;
            under_way.push(Arc::new(names));
        }
        Ok(under_way)
    }

    /// The rows that were changed behind a position, by their names.
    fn under_way(&self, source: &Connection, table: &TableMove, position: i64) -> Result<Arc<BTreeSet<Vec<u8>>>> {
        let hasher = hasher(table);
        let mut names = BTreeSet::new();
        self.capture.target_keys(source, table, position, |key| names.extend(hasher.name_of_key(key)))?;
        Ok(Arc::new(names))
    }

    async fn table(
        &self,
        at: usize,
        sides: &mut Sides<'_>,
        has_journal: bool,
        (under_way, repeatable): (Arc<BTreeSet<Vec<u8>>>, &[bool]),
    ) -> Result<VerifiedTable> {
        let table = &self.plan.tables[at];
        let keys = u64::try_from(under_way.len()).unwrap_or(u64::MAX);
        let limit = match self.sample {
            Some(sample) => Some(sample.limit(|| sides.count(table))?),
            None => None,
        };
        let hasher = Arc::new(hasher(table).without(under_way).sampled(limit));
        let (known, orphans) = if has_journal {
            let refused = self.journal.refused_rows(self.session, table, false).await?;
            let left_out = self.journal.refused_rows(self.session, table, true).await?;
            (AbsentRows { refused, left_out }, self.journal.orphans(self.session, table).await?)
        } else {
            Default::default()
        };
        let known = Arc::new(known);
        let kept = (orphans != OrphanCounts::default()).then(|| self.journal.table(MoveTable::SetAside));
        let (source, target, places) = sides.sums(at, &hasher, &known, kept.as_deref()).await?;
        let differing = source.parts.differing(&target);
        let mut differences = if differing.is_empty() {
            None
        } else {
            let counts = |part: usize| source.parts.count(part) + target.count(part);
            let aside = (kept.as_deref(), places.as_ref());
            Some(sides.differences(at, (&hasher, &known), aside, &differing, &counts).await?)
        };
        if source.parts.counted != target.counted {
            // Rows that nobody has looked at are too many or too few.
            differences.get_or_insert_default();
        }
        let by_server = table.computed.iter().zip(repeatable);
        let (again, once): (Vec<_>, Vec<_>) = by_server.partition(|(_, is_repeatable)| **is_repeatable);
        let again: Vec<&ComputedColumn> = again.into_iter().map(|(column, _)| column).collect();
        computed::compare(self.session, (table, hasher.key()), &again, self.most, &mut differences).await?;
        Ok(VerifiedTable {
            name: table.name.clone(),
            target: table.target.plain(),
            source_rows: source.parts.all() + source.set_aside + source.left_out,
            target_rows: target.all().saturating_sub(orphans.set_aside + orphans.left_out),
            set_aside: source.set_aside + orphans.set_aside,
            left_out: source.left_out + orphans.left_out,
            nulled: orphans.nulled,
            under_way: keys,
            sampled: hasher.is_sampled().then_some(source.parts.rows),
            differences,
            not_compared: once.into_iter().map(|(column, _)| column.target.clone()).collect(),
        })
    }
}

/// Rows are named by the primary key of the target, where all of it is moved.
fn hasher(table: &TableMove) -> RowHasher {
    let types = table.columns.iter().map(|column| column.rule.compared().into_owned()).collect();
    RowHasher::new(types, table.key.clone())
}
