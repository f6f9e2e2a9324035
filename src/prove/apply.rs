//! Running ups on a scratch database.

use crate::down::{Savepoints, ScratchReader, ScratchRunner};
use crate::error::Result;
use crate::source::{Migrations, Script};

/// Whether foreign keys hold at the end of each statement of a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Checks {
    AsTheRunner,
    /// It fails so, and runs where nothing enforces them.
    Off,
}

impl Checks {
    /// The scripts that a savepoint is set for.
    pub(super) fn of<'a>(self, scripts: &[&'a Script]) -> Vec<&'a Script> {
        match self {
            Self::AsTheRunner => scripts.to_vec(),
            Self::Off => Vec::new(),
        }
    }
}

/// Returns what migrations make of an empty scratch database, without those whose requirements it does not provide; `None` where one
/// does not run.
///
/// # Errors
/// The scratch database cannot be read, or was lost.
pub(crate) async fn made_by<S: ScratchReader + ScratchRunner + Savepoints>(
    scratch: &mut S,
    migrations: &Migrations,
) -> Result<Option<S::Snapshot>> {
    for migration in migrations.in_order()? {
        let is_provided = scratch.provides(&migration.up().directives()?.requires).await?;
        if is_provided && apply(scratch, migration.up()).await?.is_err() {
            return Ok(None);
        }
    }
    scratch.inspect().await.map(Some)
}

/// Runs an up as the runner would, else where nobody enforces foreign keys: some run only there, and what they make is the same. The
/// inner error says why it does not run.
pub(crate) async fn apply<S: ScratchRunner + Savepoints>(scratch: &mut S, up: &Script) -> Result<Result<Checks>> {
    let Err(error) = step(scratch, up, &Checks::AsTheRunner.of(&[up])).await else {
        return Ok(Ok(Checks::AsTheRunner));
    };
    let error = error.of_script()?;
    match step(scratch, up, &Checks::Off.of(&[up])).await {
        Ok(()) => Ok(Ok(Checks::Off)),
        Err(unchecked) => unchecked.of_script().map(|_| Err(error)),
    }
}

/// Runs a script for good, or not at all.
async fn step<S: ScratchRunner + Savepoints>(scratch: &mut S, script: &Script, checked: &[&Script]) -> Result<()> {
    scratch.set_savepoint(checked).await?;
    match scratch.run(script).await {
        Ok(()) => scratch.release_savepoint().await,
        Err(error) => {
            scratch.roll_back().await?;
            Err(error)
        }
    }
}
