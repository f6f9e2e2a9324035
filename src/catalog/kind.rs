//! What kinds of objects there are.

/// What an object is. The order is that in which objects can usually be created.
#[allow(dead_code, reason = "each dialect has kinds of its own")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    Schema,
    Extension,
    /// A type without an input function of its own, an operator, a cast, a text search configuration, a publication, ...: seen, told
    /// apart and dropped by its identity, and made again where the server's catalog has all that it takes.
    Other,
    EnumType,
    /// A value of an enum type.
    EnumLabel,
    CompositeType,
    RangeType,
    Domain,
    Sequence,
    Function,
    Procedure,
    Aggregate,
    Table,
    ForeignTable,
    VirtualTable,
    Column,
    Index,
    Constraint,
    Statistics,
    View,
    MaterializedView,
    Rule,
    Trigger,
    EventTrigger,
    Policy,
    DefaultPrivilege,
    /// A setting that is stored with the database, such as SQLite's `user_version`.
    Setting,
}

impl Kind {
    pub(crate) const ALL: [Self; 27] = [
        Self::Schema,
        Self::Extension,
        Self::Other,
        Self::EnumType,
        Self::EnumLabel,
        Self::CompositeType,
        Self::RangeType,
        Self::Domain,
        Self::Sequence,
        Self::Function,
        Self::Procedure,
        Self::Aggregate,
        Self::Table,
        Self::ForeignTable,
        Self::VirtualTable,
        Self::Column,
        Self::Index,
        Self::Constraint,
        Self::Statistics,
        Self::View,
        Self::MaterializedView,
        Self::Rule,
        Self::Trigger,
        Self::EventTrigger,
        Self::Policy,
        Self::DefaultPrivilege,
        Self::Setting,
    ];

    /// Reads what `Debug` writes.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| format!("{kind:?}") == word)
    }
}
