//! What `down` would not ask for, since neither the head of a down nor its statements say it.

use crate::down::Verdict;
use crate::error::Result;
use crate::source::Script;
use crate::sql::{Dialect, Losing, Loss};

/// One note for each loss that was proven of a down by hand, and that `down` would not see.
pub(super) fn notes(dialect: Dialect, down: &Script, verdict: &Verdict) -> Result<Vec<String>> {
    let Verdict::Lossy(losses) = verdict else { return Ok(Vec::new()) };
    let directives = down.directives()?;
    let statements = down.statements(dialect)?;
    let seen = Losing::new(dialect).next(statements.into_iter(), directives.said());
    let unsaid = losses.lost.iter().filter(|loss| !seen.iter().any(|seen| covers(seen, loss)));
    let note = |loss: &Loss| {
        let directive = loss.directive();
        format!("`down` cannot see that {loss} is lost: `-- schemactl: loses = {directive}` in the down would say so")
    };
    Ok(unsaid.map(note).collect())
}

/// A table that goes takes its columns along; whoever wrote a name may have left its schema away.
fn covers(seen: &Loss, loss: &Loss) -> bool {
    match (seen.holder(), loss.holder()) {
        (Some(seen), Some(loss)) => {
            let is_column = |seen: &str| loss.column.is_some_and(|column| column.eq_ignore_ascii_case(seen));
            seen.table.may_be(loss.table) && seen.column.is_none_or(is_column)
        }
        // A sentence may be about anything: it is always asked for.
        (None, _) => true,
        (Some(_), None) => false,
    }
}
