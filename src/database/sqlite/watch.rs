//! All that is counted of a step: what it drops, what it copies before, and what it does to rows.

use super::copies::Copies;
use super::meter::Meter;
use super::{SqliteDatabase, count, failure};
use crate::database::{Counted, Failure, Job};
use crate::sql::Measure;

/// A step, from its first statement to its last.
pub(super) struct Watch<'c> {
    pub(super) meter: Meter<'c>,
    copies: Copies,
    lost: Vec<Counted>,
}

impl<'c> Watch<'c> {
    /// Counts what the step's text says that it takes; fails where that is something, and nobody has agreed to it.
    pub(super) fn begin(database: &'c SqliteDatabase<'_>, job: &Job<'_>) -> Result<Self, Failure> {
        let connection = database.connection();
        let meter = Meter::begin(connection, job, &database.options.table)?;
        let explain = |error| failure::of(error, connection);
        let mut lost = Vec::new();
        for risk in &job.lost.risks {
            let is_measured = matches!(risk.measure, Measure::Where(_) | Measure::Step);
            if !is_measured || !meter.sees(&risk.loss) {
                lost.extend(count::certain(connection, risk).map_err(explain)?);
            }
        }
        job.agree_to(&lost)?;
        let copies = Copies::before(connection, &job.lost.risks).map_err(explain)?;
        Ok(Self { meter, copies, lost })
    }

    /// What the step has cost; fails where that is something, and nobody has agreed to it.
    pub(super) fn finish(mut self, job: &Job<'_>) -> Result<Vec<Counted>, Failure> {
        let connection = self.meter.connection;
        let mut measured = self.meter.finish()?;
        measured.extend(self.copies.after(connection).map_err(|error| failure::of(error, connection))?);
        job.agree_to(&measured)?;
        self.lost.extend(measured);
        Ok(self.lost)
    }
}
