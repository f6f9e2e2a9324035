//! How a move stands at a moment, as a line and as JSON.

use serde::Serialize;

use crate::plural::count_of;
use crate::sql::Dialect;
use crate::transfer::MoveLook;

/// A look of `move status --watch`.
#[derive(Debug, Serialize)]
pub(crate) struct MoveLookDocument {
    /// UTC, as RFC 3339.
    at: String,
    /// As of `move status`; none where no move has begun.
    state: Option<&'static str>,
    /// `sqlite` or `postgres`: the side that takes writes; none where neither does, or the move does not say it.
    written: Option<&'static str>,
    is_followed: bool,
    /// Changes that were not applied yet, and the age of the first in seconds; none where nothing is followed.
    behind: Option<u64>,
    behind_seconds: Option<f64>,
    /// Keys that were applied since the copy, and how many in a second since the look before.
    applied: u64,
    applied_per_second: Option<f64>,
    rows_set_aside: Option<u64>,
}

impl MoveLookDocument {
    pub(crate) fn new(at: String, look: Option<&MoveLook>, applied_per_second: Option<f64>) -> Self {
        let lag = look.and_then(|look| look.lag.as_ref());
        Self {
            at,
            state: look.map(|look| look.state.as_str()),
            written: look.and_then(|look| look.written).map(Dialect::as_str),
            is_followed: look.is_some_and(|look| look.is_followed),
            behind: lag.map(|lag| u64::try_from(lag.changes).unwrap_or_default()),
            behind_seconds: lag.map(|lag| lag.seconds),
            applied: look.map_or(0, |look| look.applied),
            applied_per_second,
            rows_set_aside: lag.map(|lag| lag.set_aside),
        }
    }

    /// `2026-11-30T12:00:00.000Z following, sqlite is written: level; 12.0 rows/s, 0 rows without a place`.
    pub(crate) fn text(&self) -> String {
        let Some(state) = self.state else { return format!("{} no move has begun", self.at) };
        let written = self
            .written
            .map_or("neither side is written, or it is not known".to_owned(), |side| format!("{side} is written"));
        let mut text = format!("{} {state}, {written}", self.at);
        let (Some(behind), Some(seconds)) = (self.behind, self.behind_seconds) else { return text };
        text += if self.is_followed { ", followed: " } else { ", nobody follows: " };
        text += &match behind {
            0 => "level".to_owned(),
            1 => format!("1 change behind, {seconds:.1} s old"),
            _ => format!("{behind} changes behind, the first {seconds:.1} s old"),
        };
        if let Some(rate) = self.applied_per_second {
            text += &format!("; {rate:.1} rows/s");
        }
        if let Some(aside @ 1..) = self.rows_set_aside {
            text += &format!("; {} without a place", count_of(aside, "row"));
        }
        text
    }
}
