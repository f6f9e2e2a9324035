//! The names of fields.

/// One thing that makes an object what it is: a field of a [`Body`](super::Body), by the name that people, fingerprints and records know it by.
///
/// Which fields a kind has, and of what type each is, is declared in `body.rs` alone. The order is that in which they are hashed.
#[allow(dead_code, reason = "each dialect has facts of its own")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Fact {
    /// The statement that creates the object, in the server's own words where it has them; or what of it no other field has.
    Definition,
    /// Place among the columns of the table, counted from 1 without those that were dropped.
    Position,
    Type,
    Collation,
    NotNull,
    Default,
    Identity,
    Generated,
    Storage,
    Compression,
    Options,
    Labels,
    Parents,
    /// The columns of a view, or the arguments and the result of a function: what a replacement must keep.
    Signature,
    /// The argument types that tell overloaded functions apart.
    Arguments,
    Tablespace,
    Populated,
    PartitionKey,
    PartitionBound,
    Persistence,
    RowSecurity,
    ReplicaIdentity,
    AccessMethod,
    OwnedBy,
    Enabled,
    Valid,
    Clustered,
    Version,
    Owner,
    Grants,
    Comment,
    /// The comment on the index behind a constraint.
    IndexComment,
    Value,
}

impl Fact {
    pub(crate) const ALL: [Self; 33] = [
        Self::Definition,
        Self::Position,
        Self::Type,
        Self::Collation,
        Self::NotNull,
        Self::Default,
        Self::Identity,
        Self::Generated,
        Self::Storage,
        Self::Compression,
        Self::Options,
        Self::Labels,
        Self::Parents,
        Self::Signature,
        Self::Arguments,
        Self::Tablespace,
        Self::Populated,
        Self::PartitionKey,
        Self::PartitionBound,
        Self::Persistence,
        Self::RowSecurity,
        Self::ReplicaIdentity,
        Self::AccessMethod,
        Self::OwnedBy,
        Self::Enabled,
        Self::Valid,
        Self::Clustered,
        Self::Version,
        Self::Owner,
        Self::Grants,
        Self::Comment,
        Self::IndexComment,
        Self::Value,
    ];

    /// Reads what `Debug` writes.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fact| format!("{fact:?}") == word)
    }
}
