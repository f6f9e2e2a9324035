//! `[route]`: which databases an application uses while its data moves, and who serves its reads.

use std::time::Duration;

use crate::error::Place;

/// The section as it stands in schema.toml. What it does not say is for the code of the application.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct RouteSection {
    /// `sqlite`, `postgres` or `dual`.
    pub(crate) backend: Option<String>,
    /// With `dual`: `sqlite` or `postgres`.
    pub(crate) read_primary: Option<String>,
    pub(crate) read_from_postgres_percent: Option<u8>,
    /// The percentage of reads that have a name.
    pub(crate) reads: Vec<(String, u8, Place)>,
    pub(crate) max_lag: Option<Duration>,
    pub(crate) deadline: Option<Duration>,
    pub(crate) interval: Option<Duration>,
}
