//! A scratch database, by what is asked of it: each part is a trait, and a dialect has them all.
//!
//! A scratch database holds nothing but what migrations made, and is never anyone's. As with `Database`, the methods are async for PostgreSQL's
//! sake; none has a body, so that no dialect can forget one.

use std::ops::Range;

use super::seed::{SeedGround, Wanted, WantedTable};
use super::{Ended, Rows, UndoCandidate, Work};
use crate::catalog::{Catalog, Change, Snapshot};
use crate::config::Options;
use crate::database::Inspection;
use crate::error::Result;
use crate::history::KeptRows;
use crate::source::{Losses, Migration, Migrations, Requirement, Script};
use crate::sql::{Dialect, OwnStatement};

/// What the ground of a scratch database knows of a table.
pub(crate) type FactsOf<S> = <<S as Seeding>::Ground as SeedGround>::Facts;

/// What a scratch database holds.
pub(crate) trait ScratchReader {
    type Snapshot: Snapshot;

    const DIALECT: Dialect;

    /// Reads what it holds. Identities hold across statements: see [`Id`](crate::catalog::Id).
    async fn inspect(&mut self) -> Result<Self::Snapshot>;

    /// What words its catalog: `pg15.3`, or nothing where that is the same everywhere. See [`Stamp`](crate::catalog::Stamp).
    async fn release(&mut self) -> Result<String>;

    /// Reads the rows.
    async fn rows(&mut self) -> Result<Rows>;

    /// What does not work as it is, and no failure tells of: views and triggers that do not compile, and strings in double quotes where the
    /// scripts that were run since the last call have them. One sentence each.
    async fn unsound(&mut self) -> Result<Vec<String>>;

    /// Whether the scratch database can have what a migration requires.
    async fn provides(&mut self, requirements: &[Requirement]) -> Result<bool>;

    /// The statements of a script that change what no catalog of this database shows: one sentence each.
    fn beyond(&self, script: &Script) -> Vec<String>;
}

/// Points to come back to, up to the beginning. They nest; the outermost one decides what the connection is set up for.
pub(crate) trait Savepoints {
    /// Marks a point to come back to, with the connection set up for these scripts; with none, for [`execute`](ScratchRunner::execute).
    async fn set_savepoint(&mut self, scripts: &[&Script]) -> Result<()>;

    /// Goes back to the last savepoint, and removes it.
    async fn roll_back(&mut self) -> Result<()>;

    /// Removes the last savepoint, and keeps what was done since.
    async fn release_savepoint(&mut self) -> Result<()>;

    /// Becomes a copy of another scratch database, without seeded rows: an up did not run where these are.
    async fn start_over(&mut self, other: &mut Self) -> Result<()>;

    /// Ends it; where it lies on a server, nothing is left there.
    async fn close(self) -> Result<()>
    where
        Self: Sized;
}

/// Running statements and scripts.
pub(crate) trait ScratchRunner {
    /// More than a script has to do where tables hold a few rows, beside what it does where they hold none: the first ones, and those
    /// that come after one that was stopped.
    const AMPLE: [Work; 2];

    /// Runs statements in order. The reason where one fails; the caller goes back to a savepoint.
    async fn execute(&mut self, statements: &[OwnStatement]) -> Result<(), String>;

    /// Runs a script as the runner would, after a savepoint for it. What cannot run in a transaction is left out where it changes no
    /// catalog.
    async fn run(&mut self, script: &Script) -> Result<()>;

    /// Runs a script as [`run`](Self::run) does, and stops it where it is more work than this.
    async fn run_within(&mut self, script: &Script, most: Work) -> Result<Ended>;

    /// How much work the scripts were that it has run so far.
    fn work(&self) -> Work;

    /// Takes away the rows that migrations made, where they could be in the way of what is done to the catalog alone.
    async fn without_rows(&mut self) -> Result<()>;
}

/// How a dialect undoes changes.
pub(crate) trait Undoing: ScratchReader {
    /// What could make `now` more like `before`, the best first. Each is one phase: names, then drops, then tables, then what
    /// is missing. The loop takes the first that runs and leads to something that it has not seen yet.
    fn offers(&self, now: &Self::Snapshot, before: &Self::Snapshot, changes: &[Change<'_>]) -> Vec<UndoCandidate>;

    /// The statements as a script needs them that the runner takes, where that is more than [`execute`](ScratchRunner::execute) needs.
    fn as_script(&self, statements: Vec<OwnStatement>) -> Vec<OwnStatement>;

    /// The statements in the way in which an up was run, where there is a choice.
    fn like(&self, up: &Script, statements: Vec<OwnStatement>) -> Vec<OwnStatement>;

    /// The schema in which the session creates what is named without one, where an up leaves that to the session: its down does so too,
    /// for another session may have another search path.
    async fn home(&mut self, up: &Script) -> Result<Option<String>>;

    /// What a down loses where the up made `after` of `before`, as far as the catalogs show it.
    fn losses(&self, before: &Self::Snapshot, after: &Self::Snapshot) -> Losses;

    /// Rows that a derived down fails on, without a change to any of them: one sentence each.
    fn hindrances(&self, before: &Self::Snapshot, after: &Self::Snapshot) -> Vec<String>;

    /// Whether what differs is all that cannot be restored, and needs not be: the order of columns, where the dialect cannot choose it.
    fn is_restored(&self, changes: &[Change<'_>]) -> bool;
}

/// Rows that are made for a proof.
pub(crate) trait Seeding {
    type Ground: SeedGround;

    /// Puts rows into tables that have none of them yet, so that foreign keys and checks hold. Returns, one sentence each, the tables
    /// for which that was not possible.
    async fn seed(&mut self) -> Result<Vec<String>>;

    /// The wanted tables, and those that refer to them, with candidates for these rows.
    async fn tables(&mut self, wanted: &Wanted, rows: Range<usize>) -> Result<Vec<WantedTable<FactsOf<Self>>>>;

    /// Where rows are laid for one trial, inside a savepoint. What the rows have to keep is kept at once.
    async fn ground(&mut self) -> Result<&mut Self::Ground>;

    /// After rows were laid: whether they hold together. Rules are deferred again as they were.
    async fn settle(&mut self) -> Result<bool>;

    /// How many rows have no parent, where a script may leave such; none where the server itself forbids it.
    async fn orphans(&mut self) -> Result<usize>;
}

/// Trying a migration as the runner does on a live database, with what that keeps of rows: in a copy, since nothing of it is taken back.
pub(crate) trait LiveRunning: Savepoints {
    /// Goes on in a copy, in which what is done stays. There is no savepoint then.
    async fn enter_copy(&mut self) -> Result<()>;

    /// Goes back to what it was when the copy was entered, whatever became of that.
    async fn leave_copy(&mut self) -> Result<()>;

    /// Applies what is pending, as the runner does. Returns what is kept.
    async fn live_up(&mut self, migrations: &Migrations, options: &Options) -> Result<Vec<KeptRows>>;

    /// Takes the last one back, as the runner does.
    async fn live_down(&mut self, migrations: &Migrations, options: &Options) -> Result<()>;
}

/// A scratch database beside a live one.
pub(crate) trait LikeLive: ScratchReader {
    /// A live database as it would be here: without what only tells servers and roles apart. The inner error says why the two cannot be
    /// compared.
    async fn comparable(&mut self, live: &Inspection<Self::Snapshot>) -> Result<Result<Self::Snapshot, String>>;

    /// Before these migrations are replayed: names without a schema lead where they do in the live database.
    async fn look_up_as(&mut self, live: &Inspection<Self::Snapshot>, migrations: &[&Migration]) -> Result<()>;

    /// A catalog of the scratch database, or one that was made comparable with it, in the words of the live database: who ran the migrations
    /// there has another name.
    fn as_live(&self, live: &Inspection<Self::Snapshot>, catalog: &Catalog) -> Catalog;

    /// Statements that were run here, in the words of the live database; and why some are left out, where these cannot be told so.
    fn statements_as_live(
        &self,
        live: &Inspection<Self::Snapshot>,
        statements: Vec<OwnStatement>,
    ) -> (Vec<OwnStatement>, Option<String>);
}

/// All of it: what a proof needs.
pub(crate) trait Scratch:
    ScratchReader + Savepoints + ScratchRunner + Undoing + Seeding + LiveRunning + LikeLive
{
}

impl<S: ScratchReader + Savepoints + ScratchRunner + Undoing + Seeding + LiveRunning + LikeLive> Scratch for S {}
