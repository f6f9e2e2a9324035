//! What the catalog is after a run, so that a change made outside of migrations can be told at a glance.

use std::collections::BTreeSet;

use super::report::Report;
use crate::config::{Fingerprinting, Options};
use crate::database::{Database, Job, Write};
use crate::event::Event;
use crate::history::Record;
use crate::version::Version;

/// The last version in the history, once these jobs are done.
pub(super) fn last(records: &[Record], jobs: &[Job<'_>]) -> Option<Version> {
    let mut versions: BTreeSet<Version> = records.iter().map(Record::version).collect();
    for job in jobs {
        if job.step.action().takes_back() {
            versions.remove(&job.step.version());
        } else {
            versions.insert(job.step.version());
        }
    }
    versions.pop_last()
}

/// Records what the catalog is, where the run did something. What keeps that from being recorded is told, and fails nothing: the run
/// is done.
pub(super) async fn record<D: Database>(database: &mut D, last: Option<Version>, report: &Report, options: &Options) {
    let Some(version) = last.filter(|_| options.fingerprinting == Fingerprinting::On && !report.is_empty()) else {
        return;
    };
    let recorded = match database.stamp().await {
        Ok(stamp) => database.write(&[Write::fingerprint(version, stamp)]).await.map_err(|failure| failure.cause),
        Err(error) => Err(error.cause().map_or_else(|| error.to_string(), str::to_owned)),
    };
    if let Err(cause) = recorded {
        options.observer.emit(Event::FingerprintNotRecorded { cause });
    }
}
