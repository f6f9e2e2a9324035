use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::sql::Ident;

/// What identifies an object within one database, and survives a rename.
///
/// PostgreSQL: the kind, the oid, and the number of a column. SQLite: the kind, the root page of a table or index (0 for what
/// has none, which is matched by name), and the position of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Id {
    pub(crate) kind: Kind,
    pub(crate) object: u32,
    pub(crate) part: u32,
}

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
    Partition,
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
    const ALL: [Self; 28] = [
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
        Self::Partition,
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

/// A name with the schema that it is in, where the dialect has schemas; parts belong to the object that has them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ObjectName {
    pub(crate) schema: Option<String>,
    /// The table of a column, constraint, trigger, rule or policy: what SQL says after ON, or before the dot.
    pub(crate) owner: Option<String>,
    /// With the argument types of a function: `add(integer, integer)` is another object than `add(text, text)`.
    pub(crate) name: String,
}

/// As SQL names it, but for what belongs to a table, which is shown as `table.part`.
impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in [&self.schema, &self.owner].into_iter().flatten() {
            write!(f, "{}.", Ident(part))?;
        }
        write!(f, "{}", Ident(&self.name))
    }
}

/// One thing that makes an object what it is.
#[allow(dead_code, reason = "each dialect has facts of its own")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Fact {
    /// The statement that creates the object, in the server's own words where it has them.
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
    Deferrable,
    Version,
    Owner,
    Grants,
    Comment,
    /// The comment on the index behind a constraint.
    IndexComment,
    Value,
}

impl Fact {
    const ALL: [Self; 34] = [
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
        Self::Deferrable,
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

/// An object of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Object {
    pub(crate) id: Id,
    pub(crate) name: ObjectName,
    /// What it goes with: a column with its table.
    pub(crate) parent: Option<Id>,
    pub(crate) facts: BTreeMap<Fact, String>,
    /// What must exist before it.
    pub(crate) depends_on: BTreeSet<Id>,
}

impl Object {
    pub(crate) fn kind(&self) -> Kind {
        self.id.kind
    }

    pub(crate) fn fact(&self, fact: Fact) -> Option<&str> {
        self.facts.get(&fact).map(String::as_str)
    }
}

/// What a database holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Catalog {
    pub(crate) objects: BTreeMap<Id, Object>,
}

impl Catalog {
    pub(crate) fn get(&self, id: Id) -> Option<&Object> {
        self.objects.get(&id)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Object> {
        self.objects.values()
    }
}

#[cfg(feature = "postgres")]
impl Catalog {
    pub(crate) fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Object> {
        self.iter().filter(move |object| object.kind() == kind)
    }

    /// What belongs to an object: the columns of a table.
    pub(crate) fn parts_of(&self, id: Id) -> impl Iterator<Item = &Object> {
        self.iter().filter(move |object| object.parent == Some(id))
    }
}
