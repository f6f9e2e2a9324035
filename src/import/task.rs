//! An import, as it is asked for.

use std::path::Path;

use super::record::BadRecord;
use super::table::TargetCatalog;
use crate::config::ImportRule;
use crate::error::{Code, Error, Result};
use crate::interrupt::Interrupt;

/// An import that is to be made.
pub(crate) struct ImportTask<'a> {
    pub(crate) rules: &'a [ImportRule],
    /// The folder that the roots of the rules are relative to.
    pub(crate) folder: &'a Path,
    /// In place of the roots of the rules.
    pub(crate) root: Option<&'a Path>,
    pub(crate) catalog: &'a TargetCatalog,
    /// The schema of tables that are named without one.
    pub(crate) schema: &'a str,
    /// Whether records that are bad are set aside: whatever the rules say, where that is given.
    pub(crate) sets_aside: Option<bool>,
    /// Whether nothing is to be written.
    pub(crate) is_dry: bool,
    /// Whether records are tried again that were set aside.
    pub(crate) retries: bool,
    /// All rules of the database: what none of them takes is told.
    pub(crate) all: &'a [ImportRule],
    pub(crate) interrupt: &'a Interrupt,
    pub(crate) tell: &'a dyn Fn(&ImportEvent<'_>),
}

/// What happens in an import.
#[derive(Debug)]
pub(crate) enum ImportEvent<'a> {
    /// A file is begun.
    Begun { path: &'a str },
    /// So many more records of it were read.
    Records { records: u64 },
    /// A record has no place.
    Bad { rule: &'a str, path: &'a str, bad: &'a BadRecord },
}

impl ImportTask<'_> {
    pub(super) fn sets_aside(&self, rule: &ImportRule) -> bool {
        self.sets_aside.unwrap_or(rule.sets_aside)
    }

    pub(super) fn assert_wanted(&self) -> Result<()> {
        if !self.interrupt.is_triggered() {
            return Ok(());
        }
        let error = Error::new(Code::Interrupted, "interrupted while files were imported");
        Err(error.with_state("the files that were complete are imported; of the others nothing is"))
    }
}
