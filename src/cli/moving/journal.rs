//! Where the journal of a move is: beside the history of the target.

use super::ends::MoveEnds;
use crate::cli::context::Context;
use crate::cli::database::settings;
use crate::cli::runtime;
use crate::config::DatabaseTarget;
use crate::database::postgres::PostgresDatabase;
use crate::database::{Detail, HistoryTables, lock};
use crate::error::{Code, Error, Result};
use crate::transfer::{BegunMove, FollowState, MoveJournal, MoveState, TargetSession};

/// Does something while no migration of the target can run, and no other copy.
pub(super) async fn locked<T>(target: &DatabaseTarget, work: impl AsyncFnOnce(&MoveJournal) -> Result<T>) -> Result<T> {
    let mut database = PostgresDatabase::connect(settings(target)?, &target.options).await?;
    let done = async {
        let journal = journal(&mut database, target).await?;
        let (locked, _) = lock(&mut database, &HistoryTables::Leave, Detail::Plan).await?;
        let done = work(&journal).await;
        locked.end(done).await
    };
    let done = done.await;
    database.close().await;
    done
}

/// Reads the journal, while anything may run.
pub(super) async fn unlocked<T>(
    target: &DatabaseTarget,
    work: impl AsyncFnOnce(&MoveJournal) -> Result<T>,
) -> Result<T> {
    let mut database = PostgresDatabase::connect(settings(target)?, &target.options).await?;
    let done = async { work(&journal(&mut database, target).await?).await };
    let done = done.await;
    database.close().await;
    done
}

/// Whether a copy is there to go on with: its rows were planned for when it began.
pub(super) fn has_begun(context: &Context, ends: &MoveEnds) -> Result<bool> {
    runtime::block_on(unlocked(&ends.target, async |journal| {
        in_session(context, &ends.target, async |session| Ok(journal.state(session).await?.is_some())).await
    }))
}

/// What a copy that is there has decided and taken off.
pub(super) fn begun(context: &Context, ends: &MoveEnds) -> Result<Option<BegunMove>> {
    runtime::block_on(unlocked(&ends.target, async |journal| {
        in_session(context, &ends.target, async |session| {
            let Some(state) = journal.state(session).await? else { return Ok(None) };
            Ok(Some(BegunMove { moment: state.moment, keys: journal.keys_off(session).await? }))
        })
        .await
    }))
}

/// What the target knows of a move.
pub(super) fn state(context: &Context, ends: &MoveEnds) -> Result<Option<(MoveState, Option<FollowState>)>> {
    runtime::block_on(unlocked(&ends.target, async |journal| {
        in_session(context, &ends.target, async |session| {
            let Some(state) = journal.state(session).await? else { return Ok(None) };
            Ok(Some((state, journal.following(session).await?)))
        })
        .await
    }))
}

/// Does something in a session on the target.
pub(super) async fn in_session<T>(
    context: &Context,
    target: &DatabaseTarget,
    work: impl AsyncFnOnce(&TargetSession) -> Result<T>,
) -> Result<T> {
    let session = TargetSession::open(&settings(target)?, target.options.lock_timeout, context.interrupt()).await?;
    let done = work(&session).await;
    session.close().await;
    done
}

/// Without a history nothing was migrated there, and nothing copied.
async fn journal(database: &mut PostgresDatabase<'_>, target: &DatabaseTarget) -> Result<MoveJournal> {
    let Some((schema, table)) = database.history_table().await? else {
        let message = format!("{} has no history: nothing was migrated there", target.connection);
        return Err(Error::new(Code::MoveNotReady, message)
            .with_state("nothing was written")
            .with_hint("make its tables first: `schemactl up --backend postgres`"));
    };
    Ok(MoveJournal::beside((&schema, &table)))
}
