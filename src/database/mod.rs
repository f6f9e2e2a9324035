//! What the runner asks of a database. Both implementations have the same files for the same concerns.

#[cfg(feature = "postgres")]
pub(crate) mod postgres;
#[cfg(feature = "sqlite")]
pub(crate) mod sqlite;

mod consent;
mod counted;
mod failure;
pub(crate) mod found;
mod holder;
pub(crate) mod syntax;
mod takeover;
pub(crate) mod who;
mod write;

use std::collections::BTreeSet;
use std::time::Duration;

pub(crate) use consent::Consent;
pub(crate) use counted::{Amount, Counted};
pub(crate) use failure::{Failure, Met, Why};
pub(crate) use holder::Holder;
pub(crate) use takeover::{Adopting, Takeover};
pub(crate) use write::{Basis, Change, Expected, NewRecord, Value, Write, log_values};

use crate::catalog::{Catalog, Home, Ignore, Ledgers, Seen, Snapshot, Stamp};
use crate::config::Options;
use crate::error::{Hint, Result};
use crate::history::{self, Found, Stored, Whereabouts};
use crate::plan::{Obstacle, Sought, Step};
use crate::source::{Directives, Head, Requirement};
use crate::sql::{Analysis, Dialect, Lost, Risk, Statement};
use crate::version::Version;

/// How much of the history is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// What a plan needs.
    Plan,
    /// Also when, by whom and how.
    All,
}

/// A step of which everything is known that can be known before it runs.
#[derive(Debug)]
pub(crate) struct Job<'a> {
    pub(crate) step: &'a Step<'a>,
    pub(crate) analysis: Analysis,
    pub(crate) directives: &'a Directives,
    /// Of an up whose statements may find what they make: what it looks for before they run.
    pub(crate) look: Option<BTreeSet<String>>,
    /// Of a repeatable migration that is applied again: what its record has.
    pub(crate) earlier: Option<Stored>,
    /// What a down may lose of what is there before the first step.
    pub(crate) lost: Lost,
    /// Whether it may.
    pub(crate) consent: Consent,
    /// What is recorded together with the step.
    pub(crate) write: Write<'a>,
    /// What the history as a whole must be before the step; none where a job is only tried.
    pub(crate) basis: Option<Basis>,
}

/// When the effect of a statement outside a transaction is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// Before it is run: what is in its way is cleared away, however long that takes.
    Before,
    /// After it has failed: nobody waits longer than `lock_timeout` for an error to be shown.
    Failed,
}

/// Whether the effect of a statement outside a transaction is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Settled {
    /// It is.
    Done,
    /// It is, since what an interrupted run had begun was finished just now.
    Finished,
    /// It is not, or the statement may be run any number of times.
    Open,
}

/// How far a dry run could go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Rehearsal {
    /// So many steps were run and rolled back.
    Ran(usize),
    /// So many steps were run and rolled back; the next one was not, nor those after it, for this reason.
    Stopped { succeeded: usize, why: String },
    /// None could be run, for this reason, about which something may be done.
    NotPossible { why: String, hints: Vec<Hint> },
}

/// What a dry run came to know of the steps that it ran, beside whether they succeed.
#[derive(Debug, Default)]
pub(crate) struct Tried {
    /// What did not compile before the first of them.
    pub(crate) unsound_before: Vec<String>,
    pub(crate) steps: Vec<TriedStep>,
}

/// What a dry run came to know of a step.
#[derive(Debug)]
pub(crate) struct TriedStep {
    /// What it took from rows that were there: measured.
    pub(crate) lost: Vec<Counted>,
    /// What does not compile since.
    pub(crate) unsound: Vec<String>,
}

impl Tried {
    /// Takes note of a step: of all that does not compile after it, what is told of none before it is its own.
    pub(crate) fn note(&mut self, lost: Vec<Counted>, unsound: Vec<String>) {
        let is_known = |found: &String| {
            self.unsound_before.contains(found) || self.steps.iter().any(|step| step.unsound.contains(found))
        };
        let unsound = unsound.into_iter().filter(|found| !is_known(found)).collect();
        self.steps.push(TriedStep { lost, unsound });
    }
}

/// The hooks of the dialects: the algorithms that use them are written once, in `run`.
///
/// None has a body here: a database that forgot one would run without the lock, or with the settings of the step before.
///
/// The methods are async for PostgreSQL's sake. SQLite's never wait, so that a blocking caller needs no runtime.
pub(crate) trait Database {
    fn dialect(&self) -> Dialect;

    /// `database "shop"`, for messages.
    fn label(&self) -> String;

    /// The history's table as SQL names it, for messages.
    fn table(&self) -> String;

    /// Reads the history: one round trip, or one read, and never a write.
    async fn history(&mut self, detail: Detail) -> Result<Found>;

    /// Reads the history, unless its last row says that these migrations are applied and nothing else is: none then. One round trip, or one
    /// read where that is so; what it takes then does not grow with the history.
    async fn history_unless(&mut self, head: Head<'_>) -> Result<Option<Found>>;

    /// Reads what the history keeps of these versions: statement hashes and downs.
    async fn stored(&mut self, versions: &[Version]) -> Result<Vec<Stored>>;

    /// Asks the database which history this is about, and which others it has. A read of the catalog alone.
    async fn whereabouts(&mut self) -> Result<Whereabouts>;

    /// Looks for what is in the way of a first run: another tool's record of what it has applied, or tables that the migrations make.
    /// None too where the log says that migrations were applied here before: one round trip, and one more where something was found.
    async fn obstacle(&mut self, sought: &Sought) -> Result<Option<Obstacle>>;

    /// Whether what a migration requires can be had here.
    async fn available(&mut self, requirement: &Requirement) -> Result<bool>;

    /// Takes note of what the first step sets that must be so before the history's tables are made.
    fn foresee(&mut self, jobs: &[Job<'_>]);

    /// Waits until no other runner is at work, where the database can tell, and creates the history's tables.
    async fn lock(&mut self) -> Result<()>;

    /// Lets other runners go on. Dropping the database does the same, without telling of an error.
    async fn unlock(&mut self) -> Result<()>;

    /// Fails where something temporary in the application's session hides what steps are about: what is done under its name would
    /// be done to what ends with the session.
    async fn assert_unhidden(&mut self, jobs: &[Job<'_>]) -> Result<()>;

    /// The versions in the order in which they were applied, as the log has it; those that it does not know are missing.
    async fn order(&mut self) -> Result<Vec<Version>>;

    /// How long a statement may wait for a lock at the tries that follow, if that is less than `lock_timeout`.
    fn limit_tries(&mut self, limit: Duration);

    /// Runs steps and their records in one transaction: all of it or nothing.
    async fn transact(&mut self, jobs: &[Job<'_>]) -> Result<(), Failure>;

    /// Keeps others from a step that runs statement by statement, until [`leave`](Self::leave). The lock of `lock` does not
    /// where the application's client is all there is, and no transaction spans the step.
    async fn enter(&mut self, job: &Job<'_>) -> Result<(), Failure>;

    /// Lets others have the step that [`enter`](Self::enter) kept.
    async fn leave(&mut self);

    /// Runs one statement and its journal entry in one transaction.
    async fn journal(&mut self, job: &Job<'_>, statement: &Statement<'_>, entry: &Write<'_>) -> Result<(), Failure>;

    /// Runs one statement that cannot be in a transaction.
    async fn outside(&mut self, job: &Job<'_>, statement: &Statement<'_>) -> Result<(), Failure>;

    /// Takes note of a statement that is done, of a step that runs statement by statement: what it set holds for those that
    /// follow, also when these run later, on another connection.
    fn carry(&mut self, statement: &Statement<'_>);

    /// Looks whether the effect of a statement outside a transaction is there, and clears away what a failure of it
    /// left half done, such as an invalid index.
    async fn settle(&mut self, statement: &Statement<'_>, look: Look) -> Result<Settled>;

    /// Reads what is there of these names: for a step that runs statement by statement, whose look is in no transaction with it.
    async fn look(&mut self, names: &BTreeSet<String>) -> Result<Catalog, Failure>;

    /// Writes to the history alone, all of it or nothing.
    async fn write(&mut self, writes: &[Write<'_>]) -> Result<(), Failure>;

    /// Reads what the database holds, in one round trip, and makes a fingerprint of it.
    async fn seen(&mut self) -> Result<Seen>;

    /// Counts, for each risk, what would go of what is there now: a table's rows, a column's values that are not NULL. Nothing where
    /// the table or the column is gone. What is generated is no value of its own, and counts none.
    async fn count(&mut self, risks: &[&Risk]) -> Result<Vec<Vec<Counted>>>;

    /// Runs steps and takes everything back. What was tried is told also where one fails.
    async fn rehearse(&mut self, jobs: &[Job<'_>], tried: &mut Tried) -> Result<Rehearsal, Failure>;

    /// What does not work as it is, and no failure tells of, a sentence each: what does not compile as the schema is now, and strings
    /// in double quotes of the statements that ran since this was last asked. Looks for it where these jobs may make such.
    async fn unsound(&mut self, jobs: &[Job<'_>]) -> Result<Vec<String>>;

    /// Who has the step that this run found taken, as the live database tells at this moment; none where it does not tell.
    async fn holder(&mut self) -> Option<Holder>;

    /// Sleeps.
    async fn pause(&mut self, duration: Duration);
}

/// What counts in no comparison: what the options leave out, and the tables in which others record migrations.
pub(crate) fn ignored(options: &Options) -> Ignore {
    Ignore { ledgers: Ledgers(history::besides), ..options.ignored() }
}

/// What a database holds, without the history's own tables.
#[derive(Debug)]
pub(crate) struct Inspection<S> {
    pub(crate) snapshot: S,
    /// What words the objects: `pg15`, or nothing. See [`Stamp`].
    pub(crate) release: String,
    /// Whose history it is, where the dialect has roles: who ran the migrations.
    pub(crate) role: String,
    /// Where names without a schema lead for this session, where the dialect has schemas.
    pub(crate) path: Option<SearchPath>,
}

/// Where names without a schema lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SearchPath {
    /// As it is set; a schema that is named like the role stands in it by its own name.
    pub(crate) setting: String,
    /// The schema that what is made without one comes to lie in.
    pub(crate) home: String,
}

impl<S: Snapshot> Inspection<S> {
    pub(crate) fn stamp(&self, ignore: &Ignore) -> Stamp {
        Stamp::of(self.snapshot.catalog(), &self.release, ignore)
    }

    /// `schema` is that of the history, where there are schemas.
    pub(crate) fn seen(&self, ignore: &Ignore, schema: Option<&str>) -> Seen {
        let home = schema.map(|schema| Home { schema, role: &self.role });
        Stamp::seen(self.snapshot.catalog(), &self.release, ignore, home)
    }
}

/// A database whose catalog can be read as a value of its dialect.
pub(crate) trait Inspect: Database {
    type Snapshot: Snapshot;

    /// Reads what the database holds: one round trip, or one read, and never a write.
    async fn inspection(&mut self) -> Result<Inspection<Self::Snapshot>>;
}
