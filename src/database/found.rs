//! What an up found in the live database: noted with its record, and told where a down refuses for it.

use super::{Failure, HistoryChange, Job, Write};
use crate::catalog::{Kind, Object};
use crate::error::Code;
use crate::history::{Prior, is_named_like};
use crate::plural::count;
use crate::sql::{Dialect, Effect, Name, named, statements};

/// The write of an up with what it found. Where it dropped a table that its down does not make again, what was known of taking it back
/// was learnt where that table was not, and is no longer so.
pub(crate) fn note<'a>(dialect: Dialect, job: &Job<'a>, prior: &Prior) -> (Write<'a>, Vec<String>) {
    let mut write = job.write.clone();
    let Some(prior) = with_earlier(dialect, job, prior) else { return (write, Vec::new()) };
    let prior = &prior;
    let lost: Vec<String> = lost(dialect, job, prior).into_iter().map(|table| table.name.plain()).collect();
    let HistoryChange::Put(record) = &mut write.change else { return (write, Vec::new()) };
    record.found = Some(prior.stored());
    if lost.is_empty() {
        return (write, Vec::new());
    }
    let reason = format!("what was in {}, which only this database had, was dropped by the up", words(&lost));
    record.verdict = record.verdict.take().map(|verdict| verdict.with(reason));
    (write, vec![format!("it dropped {}, which its down does not bring back", words(&lost))])
}

/// What a repeatable migration has found now and when it was applied before. What its down of then names, it made, or found then. None where
/// it is not known what that was.
fn with_earlier(dialect: Dialect, job: &Job<'_>, prior: &Prior) -> Option<Prior> {
    let Some(earlier) = &job.earlier else { return Some(prior.clone()) };
    let mut all = earlier.found.clone()?;
    let mut names = std::collections::BTreeSet::new();
    if let Some(down) = &earlier.down {
        named(dialect, statements(dialect, &down.sql).flatten(), &mut names);
    }
    let is_new = |object: &Object| {
        let name = object.name.name.split('(').next().unwrap_or_default();
        let is_named = |name: &str| match dialect {
            Dialect::Sqlite => names.contains(&name.to_lowercase()),
            Dialect::Postgres => names.contains(name),
        };
        !is_named(name)
            && !object.name.owner.as_deref().is_some_and(is_named)
            && !all.objects.iter().any(|known| is_named_like(&known.object, object))
    };
    let new: Vec<_> = prior.objects.iter().filter(|before| is_new(&before.object)).cloned().collect();
    all.objects.extend(new);
    all.made.extend(prior.made.iter().cloned());
    Some(all)
}

/// The tables that the up dropped, and that the down does not make again.
fn lost<'p>(dialect: Dialect, job: &Job<'_>, prior: &'p Prior) -> Vec<&'p Object> {
    let down = job.step.down.as_deref().map_or("", crate::source::Script::text);
    let made: Vec<Name<'_>> = statements(dialect, down)
        .flatten()
        .filter_map(|statement| Effect::of(dialect, &statement).makes)
        .map(|made| made.name)
        .collect();
    let is_made = |table: &&Object| {
        let name = Name { schema: table.name.schema.as_deref().map(Into::into), name: table.name.name.as_str().into() };
        made.iter().any(|made| made.may_be(&name))
    };
    prior.gone().filter(|object| object.kind() == Kind::Table).filter(|table| !is_made(table)).collect()
}

fn words(tables: &[String]) -> String {
    let plural = if tables.len() == 1 { "table" } else { "tables" };
    format!("{plural} {}", tables.join(", "))
}

/// A down would drop what was there before its up, and nothing could tell the statement that does.
pub(crate) fn refused(lost: &[String]) -> Failure {
    Failure::new(Code::DataLoss, format!("the down would drop {}, which was there before the migration", lost.join(", ")))
        .with_hint("let the down drop by name, one by one and without CASCADE, what the migration itself made: what was there before is left alone then")
}

/// A down that left an object alone would drop a column that the up added to it, with these values.
pub(crate) fn refused_values(column: &str, values: &str) -> Failure {
    let values = values.parse().map_or_else(|_| format!("{values} values"), |values| count(values, "value"));
    Failure::new(
        Code::DataLoss,
        format!("column {column}, which the migration added to a table that was there before, has {values}"),
    )
}
