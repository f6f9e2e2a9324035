//! Where the journal of a move is: beside the history of the target.

use crate::cli::database::settings;
use crate::config::DatabaseTarget;
use crate::database::postgres::PostgresDatabase;
use crate::database::{Detail, HistoryTables, lock};
use crate::error::{Code, Error, Result};
use crate::transfer::MoveJournal;

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
