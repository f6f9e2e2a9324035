//! What a run knows beside its jobs, and how it came to its end.

use crate::catalog::{CatalogMoment, Stamp};
use crate::config::Options;
use crate::history::Record;
use crate::source::Migrations;

/// How a plan came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Round {
    /// Every job is done.
    Finished,
    /// Another runner changed the history meanwhile: plan again.
    Overtaken,
}

/// What a run knows beside its jobs.
pub(super) struct Course<'a> {
    pub(super) migrations: &'a Migrations,
    /// What the jobs were planned from.
    pub(super) records: &'a [Record],
    pub(super) ground: Option<&'a CatalogBefore>,
    pub(super) options: &'a Options,
}

/// How the catalog stood before the first step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CatalogBefore {
    /// No fingerprint is wanted.
    Unasked,
    /// schema.lock says what it is to be after each step, in the words of this database.
    Vouched(Stamp),
    /// It was what migrations make: this, and where the steps' rows can be told from those of others, when that was.
    Firm { stamp: Stamp, moment: Option<CatalogMoment> },
    /// It was not, or that is not known.
    Soft(&'static str),
}
