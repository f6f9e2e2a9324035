//! Rows that refer to what is not there: set aside before a foreign key is put back that would refuse them.

use super::apart::{CHILD, StillApart};
use super::journal::{CopiedTable, MoveJournal, ORPHAN};
use crate::error::Result;
use crate::history::MoveTable;
use crate::sql::Literal;
use crate::transfer::session::TargetSession;

const MESSAGE: &str = "rows that refer to nothing cannot be set aside";

/// Sets aside the rows that no foreign key that is off would take, until none is left: what goes may be what others refer to. As long as all keys of
/// a table are off none of them takes rows along by itself.
pub(crate) async fn set_aside(
    session: &TargetSession,
    journal: &MoveJournal,
    tables: &[CopiedTable],
    apart: &[StillApart],
) -> Result<()> {
    loop {
        let mut gone = 0;
        for key in apart {
            let (Some(condition), Some(table)) = (key.orphans(), table_of(tables, key)) else { continue };
            gone += session.alone(MESSAGE, async || from_key(session, journal, (table, key), condition).await).await?;
        }
        if gone == 0 {
            return Ok(());
        }
    }
}

/// The table of a key. Of a partition's own key the rows are counted with those of the whole, which is not looked for here.
fn table_of<'t>(tables: &'t [CopiedTable], key: &StillApart) -> Option<&'t CopiedTable> {
    let bare = |name: &str| name.replace('"', "");
    tables.iter().find(|table| bare(&table.target) == bare(&key.table))
}

/// One transaction: the rows go, the journal has them, and its line takes them off what was written.
async fn from_key(
    session: &TargetSession,
    journal: &MoveJournal,
    (table, key): (&CopiedTable, &StillApart),
    condition: &str,
) -> Result<u64> {
    let reason = format!("it refers to what is not there: foreign key {} of {}", key.name, table.target_name);
    let sql = format!(
        "WITH gone AS (DELETE FROM {target} {CHILD} WHERE {condition} RETURNING ({CHILD}.*)::text AS whole), \
         kept AS (INSERT INTO {aside} (source_table, row_name, column_name, storage_class, value, reason) \
         SELECT {source}, left(whole, 200), NULL, {ORPHAN_SQL}, convert_to(whole, 'UTF8'), {reason} FROM gone RETURNING 1) \
         SELECT count(*) FROM kept",
        target = table.target,
        aside = journal.table(MoveTable::SetAside),
        source = Literal(Some(&table.name)),
        ORPHAN_SQL = Literal(Some(ORPHAN)),
        reason = Literal(Some(&reason)),
    );
    let gone = session.number(&sql, MESSAGE).await?;
    if gone > 0 {
        session.run(&journal.taken_off(table, gone), MESSAGE).await?;
    }
    Ok(gone)
}
