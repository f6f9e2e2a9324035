use serde::Serialize;

use super::{DatabaseView, ErrorView};
use crate::plan::Repair;
use crate::version::Version;

/// What `repair` changed in the histories, or would change.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct RepairDocument {
    pub(crate) databases: Vec<RepairView>,
}

/// What was changed, or would be, in the history of one database.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct RepairView {
    #[serde(flatten)]
    pub(crate) database: DatabaseView,
    /// What is to be known of the history as a whole.
    pub(crate) notes: Vec<String>,
    /// What is wrong, where no flag said what to repair.
    pub(crate) wrong: Vec<WrongView>,
    pub(crate) repairs: Vec<ChangeView>,
    /// Whether the repairs were made.
    pub(crate) applied: bool,
    pub(crate) error: Option<ErrorView>,
}

/// A version whose record does not fit its files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct WrongView {
    pub(crate) version: i64,
    pub(crate) state: &'static str,
    /// What is wrong, and what mends it.
    pub(crate) message: String,
    /// The flags of `repair` that mend it.
    pub(crate) flags: Option<String>,
    /// Whether nothing is wrong as it is, so that it is told and no finding.
    #[serde(skip)]
    pub(crate) is_harmless: bool,
}

/// One change to a history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ChangeView {
    version: i64,
    repair: &'static str,
    message: String,
}

impl RepairView {
    pub(crate) fn new(database: DatabaseView) -> Self {
        Self { database, notes: Vec::new(), wrong: Vec::new(), repairs: Vec::new(), applied: false, error: None }
    }
}

impl WrongView {
    pub(crate) fn new(version: Version, state: &'static str, message: String, flags: Option<String>) -> Self {
        Self { version: version.get(), state, message, flags, is_harmless: false }
    }

    /// Of what is told, and no finding.
    pub(crate) fn harmless(self) -> Self {
        Self { is_harmless: true, ..self }
    }

    /// `7 add_total is modified: ... --checksums`.
    pub(crate) fn line(&self) -> String {
        match &self.flags {
            Some(flags) => format!("{}: `schemactl repair {flags}`", self.message),
            None => self.message.clone(),
        }
    }
}

impl ChangeView {
    pub(crate) fn of(repair: &Repair<'_>) -> Self {
        let kind = match repair {
            Repair::Checksum { .. } => "checksum",
            Repair::Down { .. } => "down",
            Repair::Forget { .. } => "forget",
            Repair::MarkApplied { .. } => "mark-applied",
            Repair::Baseline { .. } => "baseline",
        };
        Self { version: repair.version().get(), repair: kind, message: repair.to_string() }
    }

    /// Of a database that holds what its migrations make, as is recorded with the version.
    pub(crate) fn fingerprint(version: Version, database: impl std::fmt::Display) -> Self {
        let message = format!("{version}: recorded that {database} holds what its migrations make");
        Self { version: version.get(), repair: "fingerprint", message }
    }

    pub(crate) fn line(&self) -> &str {
        &self.message
    }
}
