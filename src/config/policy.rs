//! What the user may choose from: one type for each choice.

/// What to do with a pending version that is lower than one that was applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Order {
    /// Refuse (`strict`).
    #[default]
    Strict,
    /// Apply it, in order among the pending ones (`any`).
    Any,
}

/// What to do when the database has versions above all that the files have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum NewerDatabase {
    /// Refuse (`refuse`).
    #[default]
    Refuse,
    /// Go on where each of these versions can be taken back: it is applied whole, its down is stored in the database, and nobody has
    /// declared it irreversible (`allow-if-reversible`). For the pods of a release that is being replaced, while its successor has
    /// migrated already.
    AllowIfReversible,
    /// Go on, whatever these versions are (`allow`).
    Allow,
}

/// What to do when the file of an applied migration was edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Edits {
    /// Refuse (`strict`).
    #[default]
    Strict,
    /// Go on where every statement is as it was applied, and only comments or white space between statements differ (`comments`).
    Comments,
}

/// What to do with a database that has no history yet and is not new: another tool has migrated it, or tables are there that the
/// migrations make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ExistingDatabase {
    /// Refuse: the first migration would run over what is there (`refuse`).
    #[default]
    Refuse,
    /// Apply the migrations all the same (`allow`).
    Allow,
}

/// How many connections a run by URL takes on PostgreSQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Connections {
    /// One that works, and one that holds the lock for as long as the run goes on (`two`).
    #[default]
    Two,
    /// One, for a server that has no second (`one`): each step takes the lock within its own transaction, as with the
    /// application's own client.
    One,
}

/// How many steps share a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum TransactionMode {
    /// Each step has its own (`step`).
    #[default]
    Step,
    /// All pending steps have one, so that all are applied or none (`all`).
    All,
}

/// Whether a run that changed something records a fingerprint of the catalog that it leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Fingerprinting {
    /// It does not: one read of the catalog less.
    #[default]
    Off,
    /// It does, so that `schemactl diff` can tell at a glance that nothing has changed since. The command does, unless `fingerprint` in
    /// schema.toml is `off`.
    On,
}

/// Whose the server is that scratch databases are made on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum ScratchOwner {
    /// Others use it: what a transaction cannot take back is not run.
    #[default]
    Shared,
    /// It is there for proofs (`scratch_url`).
    Own,
}
