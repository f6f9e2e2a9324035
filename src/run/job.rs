use std::collections::BTreeSet;

use crate::database::{ChangedRows, Consent, Expected, HistoryChange, Job, NewRecord, Reader, Write};
use crate::error::Result;
use crate::event::Action;
use crate::history::{Elapsed, LogEntry, LogOutcome, PartKind, Prior, State, StatementHashes, Stored, UndoPart};
use crate::plan::{Plan, Step};
use crate::plural::count;
use crate::source::Script;
use crate::sql::{
    Analysis, Besides, Copied, Dialect, Losing, Loss, Lost, Measure, Name, Risk, Running, UpLeft, is_exactly, is_name,
    named, statements,
};

use super::found;
use super::read::{is_available, stays_skipped};

/// Reads every step of a plan to its end before the first one runs: a mistake in the last file shows now.
pub(super) async fn prepare<'a, R: Reader>(database: &mut R, plan: &'a mut Plan<'_>) -> Result<Vec<Job<'a>>> {
    let mut kept = Vec::with_capacity(plan.steps.len());
    for mut step in std::mem::take(&mut plan.steps) {
        if stays_skipped(database, &step).await? {
            continue;
        }
        if step.action == Action::Apply && !is_available(database, &step).await? {
            step.action = Action::Skip;
        }
        kept.push(step);
    }
    plan.steps = kept;
    let again = plan.steps.iter().filter(|step| step.action == Action::Reapply).map(|step| step.version);
    let again: Vec<_> = again.collect();
    let mut earlier = if again.is_empty() { Vec::new() } else { database.stored(&again).await? };
    // In the order in which they run: a down may drop what one before it renames.
    let mut losing = Losing::new(database.dialect());
    let mut of = |step: &Step<'_>| {
        let at = earlier.iter().position(|stored| step.action == Action::Reapply && stored.version == step.version);
        at.map(|at| earlier.swap_remove(at))
    };
    plan.steps.iter().map(|step| job(database.dialect(), step, of(step), &mut losing)).collect()
}

fn job<'a>(dialect: Dialect, step: &'a Step<'_>, earlier: Option<Stored>, losing: &mut Losing) -> Result<Job<'a>> {
    let (directives, mut analysis) = step.script().read_whole(dialect)?;
    if step.is_under_way() {
        // What is done is done: it goes on from there, also where nothing of the file as it is now asks for that.
        analysis.running = Running::Statements { because: step.next_statement() };
    }
    let write = write(step, &analysis);
    let (mut lost, consent) = match step.action {
        Action::Revert => {
            let statements = analysis.statements_of(step.script().text()).flatten();
            (losing.risks(statements, directives.said()), Consent::Missing)
        }
        Action::Apply | Action::Resume | Action::Reapply | Action::Skip | Action::Forget => {
            (Lost::default(), Consent::NotAsked)
        }
    };
    let look = look(dialect, step, &analysis);
    lost.risks = found::risks(step, &analysis, lost.risks);
    let risks = without_copied(dialect, lost.risks);
    lost.risks = risks.into_iter().map(|risk| filled(dialect, step, beyond(dialect, step, risk))).collect();
    if matches!(analysis.running, Running::Statements { .. }) {
        // Nothing of it can be taken back: what it may lose is asked for before it begins.
        lost.risks = lost.risks.into_iter().map(Risk::unmeasured).collect();
    }
    let write = if look.is_some() { write } else { found_nothing(step, write) };
    let changed_rows = ChangedRows::Refuse;
    Ok(Job { step, analysis, directives, look, earlier, lost, consent, changed_rows, write, basis: None })
}

/// Of what a down deletes, changes or drops, only that counts as lost which the up itself has not left there, where that is recorded.
fn beyond(dialect: Dialect, step: &Step<'_>, risk: Risk) -> Risk {
    if step.undo.is_whole()
        && matches!(risk.loss, Loss::Deleted { .. } | Loss::Changed { .. } | Loss::Converted { .. })
        && risk.measure != Measure::Never
    {
        // What the up did itself is no loss: the step tells what else goes.
        return Risk { measure: Measure::Step, ..risk };
    }
    if let (Loss::Rows { table }, Measure::Except(copied)) = (&risk.loss, &risk.measure) {
        let copied = Copied { left: left(step, table), ..copied.clone() };
        return Risk { measure: Measure::Except(copied), ..risk };
    }
    let (Loss::Rows { .. } | Loss::Values { .. }, Measure::All | Measure::Dropped) = (&risk.loss, &risk.measure) else {
        return risk;
    };
    let Some(table) = risk.loss.holder().map(|holder| holder.table) else { return risk };
    let is_it =
        |part: &&UndoPart| part.kind == PartKind::Rows && part.table_after().is_some_and(|known| known.may_be(table));
    // Where only values of other columns are kept, each row stands beside them as the up left it. Of PostgreSQL they are kept without it.
    let has_column = |part: &&UndoPart| {
        let column = risk.loss.holder().and_then(|holder| holder.column);
        let is_left =
            column.is_some_and(|name| part.columns.iter().any(|column| column.after.as_deref() == Some(name)));
        let is_table = part.table_after().is_some_and(|known| known.may_be(table));
        part.kind == PartKind::Values && part.schema_after.is_none() && is_table && is_left
    };
    let parts = step.undo.parts();
    // Of two tables of one name it is not known which one is meant: all of it counts then.
    if parts.iter().filter(is_it).count() > 1 {
        return risk;
    }
    let recorded = parts.iter().filter(is_it).chain(parts.iter().filter(has_column));
    let recorded: Vec<Besides> = recorded.filter_map(|part| Some(besides(part, part.table_after()?))).collect();
    if recorded.is_empty() {
        return risk;
    }
    let filled = step.filled.iter().filter(|filled| filled.may_be_lost(dialect, &risk.loss)).cloned().collect();
    Risk { measure: Measure::Beyond(UpLeft { recorded, filled }), ..risk }
}

/// Takes out what is said of a column besides: where its table is copied without it, the copy tells of its values.
fn without_copied(dialect: Dialect, risks: Vec<Risk>) -> Vec<Risk> {
    let lacks = |copy: &Risk, lost: &Name<'_>, column: &str| match (&copy.loss, &copy.measure) {
        (Loss::Rows { table }, Measure::Except(Copied { columns: Some(kept), .. })) => {
            is_exactly(dialect, table, lost) && !kept.iter().any(|kept| is_name(dialect, kept, column))
        }
        _ => false,
    };
    let is_told = |risk: &Risk| match (&risk.loss, &risk.measure) {
        (_, Measure::Never) => false,
        (Loss::Values { table, column }, _) => risks.iter().any(|copy| lacks(copy, table, column)),
        _ => false,
    };
    let told: Vec<bool> = risks.iter().map(is_told).collect();
    risks.into_iter().zip(told).filter(|(_, is_told)| !is_told).map(|(risk, _)| risk).collect()
}

fn besides(part: &UndoPart, table: Name<'static>) -> Besides {
    let named = part.columns.iter().enumerate();
    let columns = named.filter_map(|(at, column)| Some((at, column.after.clone()?))).collect();
    let key = part.columns.iter().filter(|column| column.in_key).filter_map(|column| column.after.clone()).collect();
    Besides { table, images: part.images.clone(), keys: part.keys(), key, columns, older: part.beside.clone() }
}

/// What the up left in a table that the down copies and drops. Of PostgreSQL values of columns are kept without the row that has them.
fn left(step: &Step<'_>, table: &Name<'_>) -> UpLeft {
    let parts = step.undo.parts().iter().filter(|part| part.schema_after.is_none());
    let of_table = |part: &UndoPart| Some(besides(part, part.table_after().filter(|known| known.may_be(table))?));
    let filled = step.filled.iter().filter(|filled| filled.table.may_be(table));
    UpLeft { recorded: parts.filter_map(of_table).collect(), filled: filled.cloned().collect() }
}

/// Of a column that a down drops, only those values count as lost that are not the default with which its up added it, where it has left nothing else there.
fn filled(dialect: Dialect, step: &Step<'_>, risk: Risk) -> Risk {
    let is_kept = |part: &UndoPart| {
        let table = risk.loss.holder().map(|holder| holder.table);
        part.table_after().zip(table).is_some_and(|(known, table)| known.may_be(table))
    };
    if risk.measure != Measure::All || step.undo.parts().iter().any(is_kept) {
        return risk;
    }
    let mut columns = step.filled.iter().filter(|filled| filled.may_be_lost(dialect, &risk.loss));
    match (columns.next(), columns.next()) {
        (Some(column), None) => Risk { measure: Measure::Filled(column.clone()), ..risk },
        _ => risk,
    }
}

/// What is recorded when the step is done.
fn write<'a>(step: &'a Step<'_>, analysis: &Analysis) -> Write<'a> {
    let log = log_entry(step, LogOutcome::Done, detail(step), Elapsed::Transaction);
    let change = match step.action {
        Action::Revert | Action::Forget => HistoryChange::Delete(step.version),
        Action::Skip => HistoryChange::Put(record(step, analysis, State::Skipped)),
        Action::Apply | Action::Resume | Action::Reapply => HistoryChange::Put(record(step, analysis, State::Applied)),
    };
    Write { expected: expected(step), change, log: Some(log) }
}

/// What an up looks for before its statements run: all that it and its down name, where it may find something there.
fn look(dialect: Dialect, step: &Step<'_>, analysis: &Analysis) -> Option<BTreeSet<String>> {
    let up = || analysis.statements_of(step.script().text()).flatten();
    let is_up = matches!(step.action, Action::Apply | Action::Resume | Action::Reapply);
    if !is_up || !analysis.finds {
        return None;
    }
    let mut names = BTreeSet::new();
    named(dialect, up(), &mut names);
    if let Some(down) = step.down.as_deref() {
        named(dialect, statements(dialect, down.text()).flatten(), &mut names);
    }
    Some(names)
}

/// A step that can find nothing has found nothing.
fn found_nothing<'a>(step: &Step<'_>, mut write: Write<'a>) -> Write<'a> {
    if let HistoryChange::Put(record) = &mut write.change
        && matches!(step.action, Action::Apply | Action::Resume)
    {
        record.found = Some(Prior::default().stored());
    }
    write
}

/// The row as the plan found it: where it is another by now, another runner was faster.
pub(super) fn expected(step: &Step<'_>) -> Expected {
    step.record.map_or(Expected::Absent(step.version), Expected::of)
}

pub(super) fn record<'a>(step: &'a Step<'_>, analysis: &Analysis, state: State) -> NewRecord<'a> {
    let statements = analysis.statements;
    let applied = state == State::Applied;
    NewRecord {
        version: step.version,
        description: step.description().to_owned(),
        phase: step.phase().map(ToString::to_string),
        checksum: step.script().checksum(),
        state,
        statements_done: if applied { statements } else { 0 },
        statements,
        hashes: if applied { hashes(step.script(), analysis) } else { String::new() },
        down: step.down.as_deref(),
        verdict: step.verdict.clone(),
        found: None,
        elapsed: Elapsed::Transaction,
    }
}

fn hashes(script: &Script, analysis: &Analysis) -> String {
    let texts = analysis.statements_of(script.text()).flatten().map(|statement| statement.text);
    StatementHashes::stored_when_applied(analysis.statements, texts)
}

fn detail(step: &Step<'_>) -> Option<String> {
    match step.action {
        Action::Apply if step.out_of_order => Some("applied out of order, as the policy allows".to_owned()),
        Action::Reapply => Some("applied again: its text changed".to_owned()),
        Action::Resume => Some(format!("resumed after {}", count(step.next_statement(), "statement"))),
        _ => only_recorded(step),
    }
}

/// Why nothing is taken back with the record of a migration.
const WAS_SKIPPED: &str = "it was skipped";

/// Why a step is only recorded, of one that does nothing else.
pub(super) fn only_recorded(step: &Step<'_>) -> Option<String> {
    match step.action {
        Action::Skip => Some(not_available(step.script())),
        Action::Forget => Some(WAS_SKIPPED.to_owned()),
        Action::Apply | Action::Resume | Action::Reapply | Action::Revert => None,
    }
}

/// Why a migration is skipped: `extension age is not available`.
fn not_available(script: &Script) -> String {
    // The directives were read before the step was planned.
    let requires = script.directives().map(|directives| &directives.requires[..]).unwrap_or_default();
    match requires {
        [only] => format!("{only} is not available"),
        all => {
            let all: Vec<String> = all.iter().map(ToString::to_string).collect();
            format!("not all of these are available: {}", all.join(", "))
        }
    }
}

pub(super) fn log_entry(step: &Step<'_>, outcome: LogOutcome, detail: Option<String>, elapsed: Elapsed) -> LogEntry {
    LogEntry {
        action: match step.action {
            Action::Apply | Action::Resume | Action::Reapply => "up",
            Action::Skip => "skip",
            Action::Revert | Action::Forget => "down",
        },
        version: step.version,
        description: step.description().to_owned(),
        checksum: step.script().checksum().to_string(),
        outcome,
        detail,
        elapsed,
    }
}
