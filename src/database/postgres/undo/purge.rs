//! Rows that are kept for no longer than until now.

use super::kept;
use crate::database::Reader;
use crate::database::kept::{purge, told_expired};
use crate::database::postgres::{PostgresDatabase, failure, history, record};
use crate::database::{PurgeCause, Write};
use crate::error::{Code, Result};
use crate::event::Event;
use crate::history::{IndexRow, KeptRows, KeptState, UndoTable};

/// Takes away the rows of ups whose time is over, with a line of the log for each, and says so.
pub(in crate::database::postgres) async fn purge_expired(database: &mut PostgresDatabase<'_>) -> Result<()> {
    if !database.prepared().owns_kept || !has_expired(database).await? {
        return Ok(());
    }
    let kept = kept::list(database).await?;
    let expired: Vec<KeptRows> = kept.into_iter().filter(|kept| kept.state == KeptState::Expired).collect();
    if expired.is_empty() {
        return Ok(());
    }
    let writes: Vec<Write<'static>> = expired.iter().map(|kept| purge(kept, PurgeCause::Expired)).collect();
    if let Err(failed) = record::write(database, &writes).await {
        let message = format!("rows that were kept for a time cannot be purged from {}", database.label());
        let code = if failed.code == Code::StatementFailed { Code::Query } else { failed.code };
        return Err(failure::of_failure(failed, code, message));
    }
    for kept in expired {
        database.options.observer.emit(Event::Note { version: kept.version, text: told_expired(&kept) });
    }
    Ok(())
}

async fn has_expired(database: &mut PostgresDatabase<'_>) -> Result<bool> {
    let sql = format!(
        "SELECT EXISTS (SELECT FROM {} WHERE number = 0 AND kind = '{}' AND kept_until < now())",
        database.tables.of_undo(UndoTable::Index),
        IndexRow::WHOLE
    );
    Ok(history::rows(database, &sql).await?.first().and_then(|row| row.get(0)) == Some("t"))
}
