//! Where the journal of a move is: beside the history of the target.

use super::ends::MoveEnds;
use crate::cli::context::Context;
use crate::cli::database::settings;
use crate::cli::runtime;
use crate::config::DatabaseTarget;
use crate::database::postgres::PostgresDatabase;
use crate::database::{Detail, HistoryTables, lock};
use crate::error::{Code, Error, Result};
use crate::transfer::{CopyState, FollowState, KeyShape, MoveJournal, MoveState, TargetSession};

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

/// A move that has begun, as the target knows it.
pub(super) struct KnownMove {
    pub(super) state: MoveState,
    pub(super) following: Option<FollowState>,
    /// The foreign keys that are off.
    pub(super) keys: Vec<KeyShape>,
}

impl KnownMove {
    /// Whether the source is followed, and both sides are not switched yet.
    pub(super) fn is_followed(&self) -> bool {
        matches!(self.state.progress, CopyState::Following | CopyState::Returned)
    }

    /// Whether the target is followed back to the source.
    pub(super) fn is_returning(&self) -> bool {
        let has_way_back = self.following.as_ref().is_some_and(|following| following.back.is_some());
        has_way_back && matches!(self.state.progress, CopyState::Switched | CopyState::Open)
    }
}

/// What the target knows of a move; none where none has begun.
pub(super) fn begun(context: &Context, ends: &MoveEnds) -> Result<Option<KnownMove>> {
    runtime::block_on(unlocked(&ends.target, async |journal| {
        in_session(context, &ends.target, async |session| {
            let Some(state) = journal.state(session).await? else { return Ok(None) };
            let (following, keys) = (journal.following(session).await?, journal.keys_off(session).await?);
            Ok(Some(KnownMove { state, following, keys }))
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
