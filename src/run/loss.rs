//! What a down would lose, counted in the database, and asked for before anything is taken back.

use crate::config::Options;
use crate::database::{Amount, Database, Job};
use crate::error::{Code, Error, Result};
use crate::sql::{Holder, Loss};

use super::report::Report;

/// A loss, and how much of it there is now: rows, or values that are not NULL; none where it cannot be counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) loss: Loss,
    pub(crate) count: Option<u64>,
}

impl Counted {
    /// Whether something goes. What cannot be counted is taken for something.
    pub(crate) fn is_something(&self) -> bool {
        self.count != Some(0)
    }
}

/// `table orders: 3 rows`, `column orders.total: 1 value`.
impl std::fmt::Display for Counted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { loss, count } = self;
        let Some(count) = count else { return loss.fmt(f) };
        let plural = if *count == 1 { "" } else { "s" };
        match loss {
            Loss::Rows { .. } => write!(f, "{loss}: {count} row{plural}"),
            Loss::Values { .. } | Loss::Other { .. } => write!(f, "{loss}: {count} value{plural}"),
            Loss::Converted { how, .. } => write!(f, "{loss}: {count} value{plural} converted {how}"),
            Loss::Deleted { .. } => write!(f, "{loss}: {count} row{plural} deleted"),
            Loss::Changed { .. } => write!(f, "{loss}: {count} row{plural} changed"),
        }
    }
}

/// Counts what each job would lose. What is gone already is left out.
pub(super) async fn count<D: Database>(database: &mut D, jobs: &[Job<'_>]) -> Result<Vec<Vec<Counted>>> {
    let holders: Vec<Holder<'_>> = jobs.iter().flat_map(|job| &job.losses).filter_map(Loss::holder).collect();
    let counts = if holders.is_empty() { Vec::new() } else { database.count(&holders).await? };
    let mut counts = counts.into_iter();
    let mut of_job = |job: &Job<'_>| {
        let counted = job.losses.iter().filter_map(|loss| {
            let count = match loss.holder() {
                Some(_) => match counts.next()? {
                    Amount::Of(count) => Some(count),
                    Amount::Gone => return None,
                    Amount::Unknown => None,
                },
                None => None,
            };
            Some(Counted { loss: loss.clone(), count })
        });
        counted.collect()
    };
    Ok(jobs.iter().map(&mut of_job).collect())
}

/// Refuses jobs that would lose data, unless that is accepted: all of them, so that none is taken back for nothing.
pub(super) async fn ask<D: Database>(
    database: &mut D,
    jobs: &[Job<'_>],
    options: &Options,
    report: &Report,
) -> Result<()> {
    if options.accept_data_loss || jobs.iter().all(|job| job.losses.is_empty()) {
        return Ok(());
    }
    let state = match report.steps() {
        [] => "nothing was changed".to_owned(),
        [.., last] => format!("{report} before this; the last one is {} {}", last.version, last.description),
    };
    match count(database, jobs).await {
        Ok(counted) => match refusal(jobs, &counted) {
            Some(refusal) => Err(refusal.with_state(state)),
            None => Ok(()),
        },
        Err(error) => Err(error.with_state(state).with_hint(ACCEPT)),
    }
}

pub(super) const ACCEPT: &str = "to lose it: `schemactl down --accept-data-loss`, or `Options::accept_data_loss`";

fn refusal(jobs: &[Job<'_>], counted: &[Vec<Counted>]) -> Option<Error> {
    let mut parts = Vec::new();
    let mut first = None;
    for (job, counted) in jobs.iter().zip(counted) {
        let something: Vec<&Counted> = counted.iter().filter(|counted| counted.is_something()).collect();
        if something.is_empty() {
            continue;
        }
        first = first.or_else(|| something.iter().find_map(|counted| counted.loss.holder()));
        let listed: Vec<String> = something.iter().map(ToString::to_string).collect();
        parts.push(format!("{} would lose {}", job.step.name(), listed.join(", ")));
    }
    if parts.is_empty() {
        return None;
    }
    let error = Error::new(Code::DataLoss, format!("taking back {}", parts.join("; taking back ")));
    let error = match first {
        Some(Holder { table, .. }) => error.with_hint(format!(
            "keep a copy first: a backup, or `CREATE TABLE kept AS SELECT * FROM {};`",
            table.plain()
        )),
        None => error.with_hint("keep a copy first: a backup"),
    };
    Some(error.with_hint(ACCEPT))
}

/// Says in the log what was accepted.
pub(super) fn note_accepted(jobs: &mut [Job<'_>], options: &Options) {
    if !options.accept_data_loss {
        return;
    }
    for job in jobs.iter_mut().filter(|job| !job.losses.is_empty()) {
        let lost: Vec<String> = job.losses.iter().map(ToString::to_string).collect();
        if let Some(log) = &mut job.write.log {
            log.detail = Some(format!("data loss accepted: {}", lost.join(", ")));
        }
    }
}
