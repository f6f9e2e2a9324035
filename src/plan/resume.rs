use super::Refusal;
use crate::error::Result;
use crate::history::{FirstChange, Record, StatementHashes};
use crate::source::Script;
use crate::sql::Dialect;

/// A script that stopped between two statements goes on only where those that were done are still the ones in it.
pub(super) fn edited_before_resume(dialect: Dialect, script: &Script, record: &Record) -> Result<Option<Refusal>> {
    let texts = script.statements(dialect)?;
    let now = StatementHashes::of(texts.iter().map(|statement| statement.text));
    if record.hashes.is_start_of(&now) {
        return Ok(None);
    }
    let same = match record.hashes.first_change(&now) {
        Some(FirstChange::Statement(at) | FirstChange::Removed(at)) => at,
        _ => 0,
    };
    Ok(Some(Refusal::PartialEdited {
        version: record.version,
        description: record.description.clone(),
        done: record.statements_done,
        place: texts.get(same).map(|statement| script.place(statement.offset..statement.end)),
        statement: same + 1,
    }))
}
