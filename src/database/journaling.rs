//! What is done in a step that runs statement by statement.

mod step;

use std::collections::BTreeSet;
use std::time::Duration;

pub(crate) use step::{Entered, JournaledStep};

use super::{Failure, Held, Job, Look, Settled, Write, Writer};
use crate::catalog::Catalog;
use crate::error::Result;
use crate::sql::Statement;

/// The hooks for steps that run statement by statement. [`JournaledStep`] calls them: nothing else has an [`Entered`].
pub(crate) trait Journaling: Writer {
    /// Tries to keep others from a step. The lock of the run does not where the application's client is all there is, and no transaction
    /// spans the step. Fails where the step is not what the plan was made for.
    async fn enter(&mut self, held: &Held, job: &Job<'_>) -> Result<(), Failure>;

    /// Lets others have the step, takes away what it has left in the session, and waits until both are done.
    async fn leave(&mut self) -> Result<(), Failure>;

    /// Does what [`leave`](Self::leave) does without waiting for it. Does nothing where that was done, or the step was not entered.
    fn abandon_step(&mut self);

    /// Runs one statement and its journal entry in one transaction. It waits for a lock no longer than `patience`, where that is less
    /// than `lock_timeout`.
    async fn journal(
        &mut self,
        entered: &Entered,
        job: &Job<'_>,
        statement: &Statement<'_>,
        entry: &Write<'_>,
        patience: Duration,
    ) -> Result<(), Failure>;

    /// Runs one statement that cannot be in a transaction.
    async fn outside(&mut self, entered: &Entered, job: &Job<'_>, statement: &Statement<'_>) -> Result<(), Failure>;

    /// Takes note of a statement that is done: what it set holds for those that follow, also when these run later, on another connection.
    fn carry(&mut self, entered: &Entered, statement: &Statement<'_>);

    /// Looks whether the effect of a statement outside a transaction is there, and clears away what a failure of it
    /// left half done, such as an invalid index.
    async fn settle(&mut self, entered: &Entered, statement: &Statement<'_>, look: Look) -> Result<Settled>;

    /// Reads what is there of these names: the look of such a step is in no transaction with it.
    async fn look(&mut self, entered: &Entered, names: &BTreeSet<String>) -> Result<Catalog, Failure>;
}
