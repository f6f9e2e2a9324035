//! What a copy would cost, by what the trial has measured.

use std::time::Duration;

use super::{Preflight, TableTally, TrialVerdict};

/// What a copy would send, how much room that takes, and how long.
#[derive(Debug)]
pub(crate) struct CopyEstimate {
    /// Rows that have a place.
    pub(crate) rows: u64,
    /// Their bytes in the binary form of COPY.
    pub(crate) bytes: u64,
    /// At least and at most so many bytes on the target, indexes included; else why that is not known.
    pub(crate) size: Result<EstimatedRange<u64>, String>,
    /// At least and at most so long with one job; else why that is not known.
    pub(crate) time: Result<EstimatedRange<Duration>, String>,
}

/// About how much.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EstimatedRange<T> {
    pub(crate) least: T,
    pub(crate) most: T,
}

impl CopyEstimate {
    /// By what was read, and by what the server has measured, where it was asked.
    pub(crate) fn of(preflight: &Preflight, verdict: Option<&TrialVerdict>) -> Self {
        let rows = preflight.tables.iter().map(TableTally::sent_rows).sum();
        let bytes = preflight.tables.iter().map(|table| table.bytes).sum();
        let Some(verdict) = verdict else {
            let why = || "nothing was tried on the server".to_owned();
            return Self { rows, bytes, size: Err(why()), time: Err(why()) };
        };
        let (size, time) = match measured(preflight, verdict) {
            Ok((size, time)) => (Ok(size), Ok(time)),
            Err(why) => (Err(why.clone()), Err(why)),
        };
        Self { rows, bytes, size, time }
    }
}

/// The range of bytes, and that of the time.
fn measured(
    preflight: &Preflight,
    verdict: &TrialVerdict,
) -> Result<(EstimatedRange<u64>, EstimatedRange<Duration>), String> {
    /// A table that is written has maps of its free room and of what is visible to all, which a temporary one has not.
    const MAPS: u64 = 40 * 1024;

    let (mut least, mut most) = (0, 0);
    let (mut arrival, mut written) = (Duration::ZERO, Duration::ZERO);
    for (table, measure) in preflight.tables.iter().zip(&verdict.measures) {
        arrival += measure.arrival;
        let rows = table.sent_rows();
        if rows == 0 {
            continue;
        }
        let part = measure.part.as_ref().map_err(|cause| format!("table {}: {cause}", table.name))?;
        let all = |of_part: u64| of_part.saturating_mul(rows) / part.rows.max(1);
        least += all(part.dense);
        most += all(part.loose) + MAPS;
        let micros = u64::try_from(part.written.as_micros()).unwrap_or(u64::MAX);
        written += Duration::from_micros(all(micros));
    }
    // Indexes that come back are dense, and those that stay on may split their pages more often than the part has shown.
    let size = EstimatedRange { least: least / 10 * 9, most: most / 10 * 12 };
    // Rows are written to the log as well, which those of temporary tables are not, while the next ones are read.
    let time = EstimatedRange { least: arrival.max(written), most: (arrival + written * 2 + verdict.judged) * 3 / 2 };
    Ok((size, time))
}
