//! Undoing changes on SQLite, in a scratch database in memory.

mod deferred;
mod drops;
mod failure;
mod known;
mod losses;
mod missing;
mod name;
mod names;
mod pairs;
mod placeholder;
mod rebuild;
mod recorded;
mod rows;
mod scratch;
mod seed;
mod stand_in;
mod steps;
mod tables;
mod touched;
mod virtuals;

use pairs::Pairs;
use rusqlite::Connection;
pub(crate) use scratch::SqliteScratch;
use seed::CheckConstraint;

use std::ops::Range;

use super::seed::{Wanted, WantedTable};
use super::{Ended, LikeLive, Rows, Savepoints, ScratchReader, ScratchRunner, Seeding, UndoCandidate, Undoing, Work};
use crate::catalog::{Catalog, Change};
use crate::database::Inspection;
use crate::database::sqlite::inspect::SqliteSnapshot;
use crate::error::Result;
use crate::source::Losses;
use crate::source::{Migration, Requirement, Script};
use crate::sql::{Dialect, OwnKind, OwnStatement};

impl ScratchReader for SqliteScratch {
    type Snapshot = SqliteSnapshot;

    const DIALECT: Dialect = Dialect::Sqlite;

    async fn inspect(&mut self) -> Result<SqliteSnapshot> {
        self.read()
    }

    async fn release(&mut self) -> Result<String> {
        Ok(String::new())
    }

    async fn rows(&mut self) -> Result<Rows> {
        self.read_rows()
    }

    async fn unsound(&mut self) -> Result<Vec<String>> {
        self.take_unsound()
    }

    /// There are no extensions that a server could have.
    async fn provides(&mut self, requirements: &[Requirement]) -> Result<bool> {
        requirements.iter().try_fold(true, |all, requirement| Ok(all && self.has_module(requirement)?))
    }

    /// All that a script may change is in the file: what reaches out of it is refused.
    fn beyond(&self, _script: &Script) -> Vec<String> {
        Vec::new()
    }
}

impl Savepoints for SqliteScratch {
    async fn set_savepoint(&mut self, scripts: &[&Script]) -> Result<()> {
        self.begin_savepoint(scripts)
    }

    async fn roll_back(&mut self) -> Result<()> {
        self.roll_back_to_last()
    }

    async fn release_savepoint(&mut self) -> Result<()> {
        self.release()
    }

    async fn start_over(&mut self, other: &mut Self) -> Result<()> {
        self.copy(other)
    }

    async fn close(self) -> Result<()> {
        Ok(())
    }
}

impl ScratchRunner for SqliteScratch {
    const AMPLE: [Work; 2] = [Work(300_000); 2];

    async fn execute(&mut self, statements: &[OwnStatement]) -> Result<(), String> {
        statements.iter().try_for_each(|statement| self.own_statement(statement).map_err(|error| error.to_string()))
    }

    async fn run(&mut self, script: &Script) -> Result<()> {
        self.run_script(script)
    }

    async fn run_within(&mut self, script: &Script, most: Work) -> Result<Ended> {
        self.steps.allow(most.0);
        let ran = self.run_script(script);
        if self.steps.lift() && ran.is_err() {
            self.lose_savepoints()?;
            return Ok(Ended::StoppedWithMarks);
        }
        Ok(ran.map_or_else(Ended::Failed, |()| Ended::Ran))
    }

    fn work(&self) -> Work {
        Work(self.steps.made())
    }

    /// What is done to the catalog alone goes on whatever tables hold: a rebuild takes its rows along.
    async fn without_rows(&mut self) -> Result<()> {
        Ok(())
    }
}

impl Undoing for SqliteScratch {
    fn offers(&self, now: &SqliteSnapshot, before: &SqliteSnapshot, _changes: &[Change<'_>]) -> Vec<UndoCandidate> {
        let pairs = Pairs::of(now, before);
        let mut offers = Vec::new();
        names::offers(&pairs, now, &mut offers);
        offers.extend(drops::offer(&pairs, now, before));
        offers.extend(missing::tables(&pairs, now, before));
        tables::offers(&pairs, now, before, &mut offers);
        offers.extend(missing::rest(now, before));
        offers.extend(missing::settings(now, before));
        offers
    }

    /// The runner refuses a script that drops tables and deletes rows, unless it says that it counts on no cascade: here only rows
    /// go that the migration made.
    fn as_script(&self, mut statements: Vec<OwnStatement>) -> Vec<OwnStatement> {
        let has = |wanted: &[OwnKind]| statements.iter().any(|statement| wanted.contains(&statement.kind));
        if has(&[OwnKind::DropTable, OwnKind::RenameTable]) && has(&[OwnKind::Delete]) {
            statements.insert(0, OwnStatement::new(OwnKind::Setting, "PRAGMA foreign_keys = OFF"));
        }
        statements
    }

    /// There is one way to run each statement.
    fn like(&self, _up: &Script, statements: Vec<OwnStatement>) -> Vec<OwnStatement> {
        statements
    }

    /// There is one schema.
    async fn home(&mut self, _up: &Script) -> Result<Option<String>> {
        Ok(None)
    }

    fn losses(&self, before: &SqliteSnapshot, after: &SqliteSnapshot) -> Losses {
        losses::of(before, after)
    }

    /// What a rebuilt table does not take shows where rows are laid.
    fn hindrances(&self, _before: &SqliteSnapshot, _after: &SqliteSnapshot) -> Vec<String> {
        Vec::new()
    }

    /// Even the order of columns can be restored.
    fn is_restored(&self, changes: &[Change<'_>]) -> bool {
        changes.is_empty()
    }
}

impl Seeding for SqliteScratch {
    type Ground = Connection;

    async fn seed(&mut self) -> Result<Vec<String>> {
        let snapshot = self.read()?;
        seed::tables(&mut self.connection, &snapshot, &mut self.seeded).await
    }

    async fn tables(&mut self, wanted: &Wanted, rows: Range<usize>) -> Result<Vec<WantedTable<Vec<CheckConstraint>>>> {
        let snapshot = self.read()?;
        seed::some(&self.connection, &snapshot, wanted, &rows)
    }

    async fn ground(&mut self) -> Result<&mut Connection> {
        self.broken = self.references_broken()?;
        Ok(&mut self.connection)
    }

    async fn settle(&mut self) -> Result<bool> {
        Ok(self.references_broken()? <= self.broken)
    }

    async fn orphans(&mut self) -> Result<usize> {
        self.references_broken()
    }
}

impl LikeLive for SqliteScratch {
    async fn comparable(&mut self, live: &Inspection<SqliteSnapshot>) -> Result<Result<SqliteSnapshot, String>> {
        Ok(Ok(live.snapshot.clone()))
    }

    /// There is one schema.
    async fn look_up_as(&mut self, _live: &Inspection<SqliteSnapshot>, _migrations: &[&Migration]) -> Result<()> {
        Ok(())
    }

    /// There are no roles.
    fn as_live(&self, _live: &Inspection<SqliteSnapshot>, catalog: &Catalog) -> Catalog {
        catalog.clone()
    }

    fn statements_as_live(
        &self,
        _live: &Inspection<SqliteSnapshot>,
        statements: Vec<OwnStatement>,
    ) -> (Vec<OwnStatement>, Option<String>) {
        (statements, None)
    }
}
