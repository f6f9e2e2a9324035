//! What the head of a down by hand does not say, or says wrongly.

use crate::error::Result;
use crate::source::{Cost, Script, Verdict};
use crate::sql::{Dialect, Losing, Loss};

/// One finding for each loss that was proven, and that the head does not declare. What a statement drops needs not be declared: `down`
/// sees it there. What it does to rows of a table that stays is: which rows these are shows nowhere else.
pub(super) fn findings(dialect: Dialect, down: &Script, verdict: &Verdict) -> Result<Vec<String>> {
    let Verdict::Lossy(losses) = verdict else { return Ok(Vec::new()) };
    let directives = down.directives()?;
    let statements = down.statements(dialect)?;
    let dropped = Losing::new(dialect).next(statements.into_iter(), &[]);
    let is_declared = |loss: &&Loss| {
        let is_of_rows = matches!(loss, Loss::Deleted { .. } | Loss::Changed { .. });
        directives.loses.iter().any(|said| covers(said, loss))
            || !is_of_rows && dropped.iter().any(|seen| covers(seen, loss))
    };
    let say = |loss: &Loss| {
        let (sentence, directive) = (loss.sentence(), loss.directive());
        format!("its head does not say that {sentence}: `-- schemactl: loses = {directive}` there says so")
    };
    let mut found: Vec<String> = losses.lost.iter().filter(|loss| !is_declared(loss)).map(say).collect();
    if directives.verdict == Some(Cost::Lossless) {
        found.push(format!("its head says that it is lossless: {}", losses.sentences().join("; ")));
    }
    Ok(found)
}

/// One finding for each loss of users' rows that comes with a record of what the up did, and that the head does not declare.
pub(super) fn beside_a_record(down: &Script, lost: &[Loss]) -> Result<Vec<String>> {
    let said = &down.directives()?.loses;
    let is_declared = |loss: &&Loss| said.iter().any(|said| covers(said, loss));
    let say = |loss: &Loss| {
        format!(
            "where the rows of its up are kept, rows that users wrote in {loss} are lost, and its head does not say so"
        )
    };
    Ok(lost.iter().filter(|loss| !is_declared(loss)).map(say).collect())
}

/// A table that goes takes its columns along; whoever wrote a name may have left its schema away. Rows that are said to be deleted are not
/// said to be changed.
fn covers(said: &Loss, loss: &Loss) -> bool {
    let (Some(of), Some(what)) = (said.holder(), loss.holder()) else {
        // A sentence may be about anything: it is always asked for.
        return said.holder().is_none();
    };
    let is_column = |seen: &str| what.column.is_some_and(|column| column.eq_ignore_ascii_case(seen));
    let is_as_much = match (said, loss) {
        (Loss::Rows { .. }, _)
        | (Loss::Deleted { .. }, Loss::Deleted { .. })
        | (Loss::Changed { .. }, Loss::Changed { .. }) => true,
        (Loss::Deleted { .. } | Loss::Changed { .. }, _) => false,
        _ => of.column.is_none_or(is_column),
    };
    of.table.may_be(what.table) && is_as_much
}
