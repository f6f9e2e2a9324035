use super::Refusal;
use crate::error::{Place, Result};
use crate::history::{Edited, Record};
use crate::source::Script;
use crate::sql::Dialect;

/// A script that stopped between two statements goes on only where those that were done are still the ones in it.
pub(super) fn edited_before_resume(dialect: Dialect, script: &Script, record: &Record) -> Result<Option<Refusal>> {
    let statements = script.statements(dialect)?;
    let texts: Vec<&str> = statements.iter().map(|statement| statement.text).collect();
    let statement = match record.hashes.edited(&texts) {
        None => return Ok(None),
        Some(Edited::Statement(at)) => Some(at),
        Some(Edited::Some) => None,
    };
    let found = statement.and_then(|at| statements.get(at));
    let place = found.map_or_else(|| Place::whole(script.path()), |found| script.place(found.span()));
    Ok(Some(Refusal::PartialEdited {
        version: record.version,
        description: record.description.clone(),
        done: record.statements_done,
        statement: statement.map(|at| at + 1),
        place,
    }))
}
