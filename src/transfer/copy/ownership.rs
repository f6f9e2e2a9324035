//! Whose the rows of the target are: the move's, where the journal has a line of the same transaction, or somebody's.

use super::journal::{CopiedTable, MoveJournal};
use crate::error::{Code, Error, Result};
use crate::history::MoveTable;
use crate::transfer::MovePlan;
use crate::transfer::session::TargetSession;

/// Refuses a target that has rows before anything was copied.
pub(crate) async fn assert_empty(session: &TargetSession, plan: &MovePlan) -> Result<()> {
    let mut full = Vec::new();
    for table in &plan.tables {
        let sql = format!("SELECT count(*) FROM {}", table.target);
        let rows = session.number(&sql, &format!("the rows of {} cannot be counted", table.target.plain())).await?;
        if rows > 0 {
            full.push(format!("{} has {rows}", table.target.plain()));
        }
    }
    if full.is_empty() {
        return Ok(());
    }
    Err(Error::new(Code::TargetNotOurs, "the target has rows that no move has written")
        .with_cause(full.join(", "))
        .with_state("nothing was written")
        .with_hint("look whose they are; a copy is made into empty tables")
        .with_hint("rows that migrations insert belong into the source as well, or into a migration after the copy"))
}

/// Whether no table has rows: then nothing of anybody's is lost, whatever the journal says.
pub(crate) async fn are_empty(session: &TargetSession, tables: &[CopiedTable]) -> Result<bool> {
    for table in tables {
        let sql = format!("SELECT count(*) FROM (SELECT FROM {} LIMIT 1) one", table.target);
        if session.number(&sql, &format!("the rows of {} cannot be counted", table.target_name)).await? > 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// How many rows each table has.
pub(crate) async fn counts(session: &TargetSession, tables: &[CopiedTable]) -> Result<Vec<u64>> {
    let mut counts = Vec::new();
    for table in tables {
        let message = format!("the rows of {} cannot be counted", table.target_name);
        counts.push(session.number(&format!("SELECT count(*) FROM {}", table.target), &message).await?);
    }
    Ok(counts)
}

/// Refuses a target in which a table does not hold exactly what the journal counts.
pub(crate) async fn assert_own(session: &TargetSession, journal: &MoveJournal, tables: &[CopiedTable]) -> Result<()> {
    let mut others = Vec::new();
    for table in tables {
        let sql = format!(
            "SELECT count(*), count(*) FILTER (WHERE c.written_by IS NULL) FROM {} t \
             LEFT JOIN (SELECT DISTINCT xmin AS written_by FROM {}) c ON c.written_by = t.xmin",
            table.target,
            journal.table(MoveTable::Chunks)
        );
        let rows = session.rows(&sql, &format!("the rows of {} cannot be counted", table.target_name)).await?;
        let number = |at: usize| rows.first().and_then(|row| row.get(at)?.parse::<u64>().ok());
        match (number(0), number(1)) {
            (Some(all), Some(0)) if all == table.written => {}
            (Some(all), Some(foreign)) => others.push(if foreign > 0 {
                format!(
                    "{}: {foreign} of {all} rows were written by somebody else since, or changed",
                    table.target_name
                )
            } else {
                format!("{}: {} rows were copied, and {all} are there", table.target_name, table.written)
            }),
            _ => others.push(format!("{}: its rows cannot be counted", table.target_name)),
        }
    }
    if others.is_empty() {
        return Ok(());
    }
    Err(Error::new(Code::TargetNotOurs, "the target has other rows than the move has written")
        .with_cause(others.join("; "))
        .with_hint("nobody but the move may write to these tables until it is complete; take such rows away, or copy anew")
        .with_hint("where the database was restored from a dump, its rows count as somebody's: empty the tables, then `schemactl move discard` puts back what is off"))
}
