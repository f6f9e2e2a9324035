//! What the target holds, beside what the source holds: every value of every row.

mod canonical;
mod computed;
mod decode;
mod differences;
mod parts;
mod received;
mod sides;
mod structure;

pub(crate) use self::differences::{ChangedColumn, DifferentRow, RowDifferences};

use std::sync::Arc;

use self::parts::RowHasher;
use self::sides::Sides;
use self::structure::structure;
use super::layout::table_of;
use super::session::PATH_ASIDE;
use super::{ComputedColumn, MoveJournal, MovePlan, SqliteRows, TableMove, TargetSession};
use crate::catalog::Catalog;
use crate::error::Result;
use crate::history::MoveTable;
use crate::interrupt::Interrupt;
use crate::transfer::copy::OrphanCounts;

/// A comparison of both sides.
pub(crate) struct VerifyTask<'a> {
    pub(crate) plan: &'a Arc<MovePlan>,
    pub(crate) catalog: &'a Catalog,
    pub(crate) journal: &'a MoveJournal,
    pub(crate) session: &'a TargetSession,
    /// How many rows of each table that differ are named.
    pub(crate) most: usize,
    pub(crate) interrupt: &'a Interrupt,
    /// Whether nobody compares the target with what its migrations make.
    pub(crate) is_alone: bool,
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
    /// A side cannot be read.
    pub(crate) async fn run(&self, rows: SqliteRows) -> Result<(Vec<VerifiedTable>, Vec<String>)> {
        let repeatable = computed::repeatable(self.session, self.plan).await?;
        let begin = format!("{}; {PATH_ASIDE}", self.session.begin_to_read());
        self.session.run(&begin, "the target cannot be read").await?;
        let has_journal = self.journal.state(self.session).await?.is_some();
        let mut sides = Sides::new(self, rows);
        let mut verified = Vec::new();
        for (at, repeatable) in repeatable.iter().enumerate() {
            verified.push(self.table(at, &mut sides, has_journal, repeatable).await?);
        }
        let findings = structure(self.session, self.journal, self.plan, self.is_alone).await?;
        self.session.roll_back().await;
        Ok((verified, findings))
    }

    async fn table(
        &self,
        at: usize,
        sides: &mut Sides<'_>,
        has_journal: bool,
        repeatable: &[bool],
    ) -> Result<VerifiedTable> {
        let table = &self.plan.tables[at];
        let hasher = Arc::new(hasher(table, self.catalog));
        let (refused, orphans) = if has_journal {
            (self.journal.refused_rows(self.session, table).await?, self.journal.orphans(self.session, table).await?)
        } else {
            Default::default()
        };
        let refused = Arc::new(refused);
        let orphans: OrphanCounts = orphans;
        let kept = (orphans != OrphanCounts::default()).then(|| self.journal.table(MoveTable::SetAside));
        let (source, target) = sides.sums(at, &hasher, &refused, kept.as_deref()).await?;
        let differing = source.parts.differing(&target);
        let mut differences = if differing.is_empty() {
            None
        } else {
            let counts = |part: usize| source.parts.count(part) + target.count(part);
            Some(sides.differences(at, (&hasher, &refused), kept.as_deref(), &differing, &counts).await?)
        };
        let by_server = table.computed.iter().zip(repeatable);
        let (again, once): (Vec<_>, Vec<_>) = by_server.partition(|(_, is_repeatable)| **is_repeatable);
        let again: Vec<&ComputedColumn> = again.into_iter().map(|(column, _)| column).collect();
        computed::compare(self.session, (table, hasher.key()), &again, self.most, &mut differences).await?;
        Ok(VerifiedTable {
            name: table.name.clone(),
            target: table.target.plain(),
            source_rows: source.parts.rows + source.set_aside + source.left_out,
            target_rows: target.rows.saturating_sub(orphans.set_aside + orphans.left_out),
            set_aside: source.set_aside + orphans.set_aside,
            left_out: source.left_out + orphans.left_out,
            nulled: orphans.nulled,
            differences,
            not_compared: once.into_iter().map(|(column, _)| column.target.clone()).collect(),
        })
    }
}

/// Rows are named by the primary key of the target, where all of it is moved.
fn hasher(table: &TableMove, catalog: &Catalog) -> RowHasher {
    let types = table.columns.iter().map(|column| column.rule.target.clone()).collect();
    let parts = table_of(catalog, &table.target).into_iter().flat_map(|object| catalog.parts_of(object.id));
    let key = parts.into_iter().find_map(|part| part.primary_key());
    let place = |name: &String| table.columns.iter().position(|column| column.target == *name);
    let key = key.and_then(|key| key.iter().map(place).collect::<Option<Vec<usize>>>());
    RowHasher::new(types, key)
}
