//! A dry run that runs: in a transaction that is rolled back.

use super::{PostgresDatabase, state, step};
use crate::database::{Failure, Job, Rehearsal, Why};

/// Runs steps in one transaction and rolls it back. Sequences that were advanced stay so: they stand outside transactions.
pub(super) async fn run(database: &mut PostgresDatabase<'_>, jobs: &[Job<'_>]) -> Result<Rehearsal, Failure> {
    state::prepare(database).await.map_err(Failure::of_error)?;
    if let Some(obstacle) = database.prepared().obstacle {
        return Ok(Rehearsal::NotPossible(obstacle.reason().to_owned()));
    }
    let mut message = step::begin(database);
    database.prepared().create.iter().for_each(|statement| message.ours(statement));
    let done = match step::gather(database, &mut message, jobs).await {
        Ok(()) => message.send(database).await,
        failed => failed,
    };
    // The answer is waited for: the command may exit right after.
    database.session.roll_back().await;
    match done {
        Ok(()) => Ok(Rehearsal::Ran(jobs.len())),
        Err(failure) if failure.why == Why::Busy || failure.why == Why::DoneByOther => {
            Ok(Rehearsal::NotPossible("another runner is at work".to_owned()))
        }
        Err(failure) => Err(failure),
    }
}
