//! What is around the rows: nothing that a copy took off is missing, and no sequence gives a number again.

use tokio_postgres::SimpleQueryRow;

use crate::error::Result;
use crate::sql::Literal;
use crate::transfer::copy::{CopyState, column_sequences};
use crate::transfer::{MoveJournal, MovePlan, TargetSession};

const MESSAGE: &str = "the target cannot be looked at";

/// What is not as it is to be: one sentence each. Where the target is compared with what its migrations make, that tells what is not valid and should be.
pub(crate) async fn structure(
    session: &TargetSession,
    journal: &MoveJournal,
    plan: &MovePlan,
    looks_for_unsound: bool,
) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    if let Some(state) = journal.state(session).await? {
        // Until the switch keys and triggers are off, and nobody takes numbers of sequences. On the way back they are the application's.
        if matches!(state.progress, CopyState::Following | CopyState::Returned | CopyState::Open) {
            return Ok(findings);
        }
        if state.progress != CopyState::Complete {
            let goes_on = if state.progress == CopyState::Switched { "cutover" } else { "copy" };
            findings.push(format!("the move is not complete: `schemactl move {goes_on}` goes on"));
        }
        for apart in journal.apart(session).await? {
            findings.push(format!("{} {} of {} is off for the copy", apart.what, apart.name, apart.table));
        }
    }
    for table in &plan.tables {
        let name = table.target.to_string();
        if looks_for_unsound {
            let rows = session.rows(&unsound(&name), MESSAGE).await?;
            findings.extend(rows.iter().filter_map(|row| row.get(0).map(str::to_owned)));
        }
        for sequence in column_sequences(session, table).await? {
            let rows = session.rows(&sequence.behind(table), MESSAGE).await?;
            let said = |row: &SimpleQueryRow| {
                let (column, next, last) = (&sequence.column, row.get(0)?, row.get(1)?);
                Some(format!(
                    "the sequence of {}.{column} gives {next} next, and {last} is there",
                    table.target.plain()
                ))
            };
            findings.extend(rows.iter().filter_map(said));
        }
    }
    Ok(findings)
}

/// Indexes that are not valid, and constraints that were not validated.
fn unsound(table: &str) -> String {
    let table = Literal(Some(table));
    format!(
        "SELECT format('index %s is not valid', i.indexrelid::regclass) FROM pg_catalog.pg_index i \
         WHERE i.indrelid = {table}::regclass AND NOT (i.indisvalid AND i.indisready) UNION ALL \
         SELECT format('constraint %I of %s is not validated', k.conname, k.conrelid::regclass) FROM pg_catalog.pg_constraint k \
         WHERE k.conrelid = {table}::regclass AND NOT k.convalidated ORDER BY 1"
    )
}
