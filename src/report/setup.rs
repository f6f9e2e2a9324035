//! What `init`, `new` and `man` wrote.

use serde::Serialize;

/// What `init` wrote.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct InitDocument {
    /// The files, in the order in which they were written.
    pub(crate) created: Vec<String>,
    /// The backends that its databases have.
    pub(crate) backends: Vec<&'static str>,
    /// What said which: `--backend`, `SCHEMACTL_BACKEND` or `DATABASE_URL`; none where nothing did.
    pub(crate) because: Option<&'static str>,
}

/// What `new` wrote.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct NewDocument {
    pub(crate) version: i64,
    pub(crate) description: String,
    pub(crate) created: Vec<CreatedView>,
}

/// The file of one backend.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct CreatedView {
    pub(crate) database: Option<String>,
    pub(crate) backend: &'static str,
    /// What was created.
    pub(crate) file: String,
    /// Where the down goes, which was not created.
    pub(crate) down: String,
}

/// The manual pages that were written.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct PagesDocument {
    pub(crate) created: Vec<String>,
}
