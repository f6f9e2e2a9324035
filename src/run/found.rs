//! What an up only found, in the eyes of its down.

use crate::catalog::{Catalog, Kind, Object};
use crate::config::Options;
use crate::database::{self, Amount, Counted, Database, Failure, Job, JournaledStep, Reader, Write};
use crate::event::{Action, Event};
use crate::history::Prior;
use crate::plan::Step;
use crate::sql::{Analysis, DataHolder, Losing, Loss, Measure, Risk, Running};

/// The risks of a down without what it leaves alone, and with what it would drop though nobody knows whose that is.
pub(super) fn risks(step: &Step<'_>, analysis: &Analysis, mut risks: Vec<Risk>) -> Vec<Risk> {
    // Only what is dropped can be left away; what is done to rows is done.
    let is_left = |risk: &Risk| {
        let is_drop = matches!(risk.loss, Loss::Rows { .. } | Loss::Values { .. });
        is_drop && risk.loss.holder().is_some_and(|holder| step.left.objects.iter().any(|left| is_of(left, holder)))
    };
    risks.retain(|risk| !is_left(risk));
    if let Some(drop) = &step.unknown {
        let what =
            format!("what may have been there before it: what it found was not recorded, and its down has `{drop}`");
        risks.push(Risk::all(Loss::Other { what }));
    }
    // What runs statement by statement cannot be taken back when something turns out to be gone.
    if matches!(analysis.running, Running::Statements { .. }) {
        risks.extend(step.left.unclear.iter().map(|statement| {
            let what = format!("what was there before it, perhaps: it cannot be told what `{statement} ...` drops");
            Risk::all(Loss::Other { what })
        }));
    }
    risks
}

/// Whether what holds the data is the table or the column that is left alone.
fn is_of(left: &Object, holder: DataHolder<'_>) -> bool {
    let schemas = holder.table.schema.as_deref().zip(left.name.schema.as_deref());
    let (table, column) = match left.kind() {
        Kind::Column => (left.name.owner.as_deref(), Some(left.name.name.as_str())),
        Kind::Table => (Some(left.name.name.as_str()), None),
        _ => return false,
    };
    table == Some(&*holder.table.name) && column == holder.column && schemas.is_none_or(|(a, b)| a == b)
}

/// What a down leaves alone, each as a sentence for people.
pub(super) fn notes(step: &Step<'_>) -> Vec<String> {
    let note = |object: &Object| format!("{} {} stays, since it was there before", object.kind(), object.name.plain());
    let unkept = step.undo.unkept().filter(|_| step.action == Action::Revert);
    step.left.objects.iter().map(note).chain(unkept).collect()
}

fn taken(counted: &Counted, measure: &Measure) -> String {
    match (&counted.loss, counted.count) {
        (Loss::Deleted { .. }, None) => {
            format!("deletes rows of {}: how many is not known before it runs", counted.loss)
        }
        (Loss::Deleted { .. }, Some(1)) => format!("deletes 1 row of {}", counted.loss),
        (Loss::Deleted { .. }, Some(count)) => format!("deletes {count} rows of {}", counted.loss),
        (Loss::Values { .. }, _) if matches!(measure, Measure::Except(_)) => {
            format!("writes the table anew, and does not copy as it is what is in {counted}")
        }
        _ => format!("drops what is in {counted}"),
    }
}

/// What ups drop, empty or delete, with the rows and values that are in it now: a sentence each, for each job. A table that is there and that
/// no migration made is one of them; one that cannot be counted is named all the same.
pub(super) async fn destroyed<R: Reader>(database: &mut R, jobs: &[Job<'_>]) -> Vec<Vec<String>> {
    // In the order in which they run: one may drop what another renames before it.
    let mut losing = Losing::new(database.dialect());
    let mut of_job = |job: &Job<'_>| {
        let statements = job.analysis.statements_of(job.step.script().text()).flatten();
        let is_up = matches!(job.step.action, Action::Apply | Action::Resume | Action::Reapply);
        let risks = if is_up { losing.risks(statements, &[]).risks } else { Vec::new() };
        let is_told = |risk: &Risk| matches!(risk.loss, Loss::Rows { .. } | Loss::Values { .. } | Loss::Deleted { .. });
        risks.into_iter().filter(is_told).collect::<Vec<_>>()
    };
    let risks: Vec<Vec<Risk>> = jobs.iter().map(&mut of_job).collect();
    let all: Vec<&Risk> = risks.iter().flatten().collect();
    if all.is_empty() {
        return vec![Vec::new(); jobs.len()];
    }
    let mut counts = match database.count(&all).await {
        Ok(counts) => counts.into_iter(),
        Err(error) => {
            tracing::debug!("what an up drops could not be counted: {error}");
            Vec::new().into_iter()
        }
    };
    let mut note = |risk: &Risk| {
        let counted = counts.next().unwrap_or_else(|| Amount::Unknown.of(&risk.loss));
        let something = counted.into_iter().filter(Counted::is_something);
        something.map(|counted| taken(&counted, &risk.measure)).collect::<Vec<_>>()
    };
    risks.iter().map(|risks| risks.iter().flat_map(&mut note).collect()).collect()
}

/// Of an up that runs statement by statement: what is there of what it names. Where an earlier run has begun it, that stands in its row.
pub(super) async fn before<D: Database>(
    step: &mut JournaledStep<'_, D>,
    job: &Job<'_>,
    is_resumed: bool,
) -> Result<Option<Catalog>, Failure> {
    match &job.look {
        None => Ok(None),
        Some(names) if !is_resumed => step.look(names).await.map(Some),
        Some(_) => {
            let stored = step.reader().stored(&[job.step.version]).await.map_err(Failure::of_error)?;
            Ok(stored.into_iter().find_map(|stored| stored.found).map(|found| found.before()))
        }
    }
}

/// The write that records such an up, with what it found.
pub(super) async fn note<'a, D: Database>(
    step: &mut JournaledStep<'_, D>,
    job: &Job<'a>,
    before: Option<&Catalog>,
    options: &Options,
) -> Result<Write<'a>, Failure> {
    let (Some(names), Some(before)) = (&job.look, before) else { return Ok(job.write.clone()) };
    let prior = if before.is_empty() { Prior::default() } else { Prior::of(before, &step.look(names).await?) };
    let (write, notes) = database::found::note(step.reader().dialect(), job, &prior);
    notes.into_iter().for_each(|text| options.observer.emit(Event::Note { version: job.step.version, text }));
    Ok(write)
}
