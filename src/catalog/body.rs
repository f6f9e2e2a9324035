//! What makes an object of each kind what it is: the one declaration from which reading, comparing, hashing and recording are made.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::fact::Fact;
use super::field::Field;
use super::grants::Grants;
use super::index_text::IndexText;
use super::kind::Kind;
use super::lists::{IndexTargets, ListedParts, StorageParameters, Triggers};
use super::rule::Rule;
use super::sequence_options::SequenceOptions;
use super::states::{Firing, Inheritance, Keys, Persistence, Populated, Usable, Validated};
use super::values::{
    ClusterOn, ColumnIdentity, ForeignOptions, GeneratedColumn, Making, NotNull, PartitionOrigin, ReplicaIdentity,
    RowSecurity, Server, SqlName,
};
use super::written::Written;

/// Declares what the kinds have: the accessor, the type, the kinds that it is of, and each field with its type and the name that it is known by.
///
/// Where two fields have one name, it is the first that can read a text. A name behind `;` is that of what follows from a field.
macro_rules! bodies {
    ($($(#[$about:meta])* $accessor:ident: $Type:ident ($($Kind:ident)|+) {
        $($(#[$what:meta])* $field:ident: $Field:ty = $Fact:ident),* $(,)? $(; $Derived:ident = $derive:ident)?
    })+) => {
        /// What makes an object what it is, by its kind.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub(crate) enum Body {
            $($Type($Type),)+
        }

        $(
            $(#[$about])*
            #[allow(dead_code, reason = "each dialect has fields of its own")]
            #[derive(Debug, Clone, Default, PartialEq, Eq)]
            pub(crate) struct $Type {
                $($(#[$what])* pub(crate) $field: $Field,)*
            }
        )+

        impl Body {
            /// That of an object of which nothing is known yet.
            pub(super) fn of(kind: Kind) -> Self {
                match kind {
                    $($(Kind::$Kind)|+ => Self::$Type($Type::default()),)+
                }
            }

            /// Reads a field from its canonical text; false where this kind has none of that name, or the text is none of it.
            pub(super) fn read(&mut self, fact: Fact, text: &str) -> bool {
                match self {
                    $(Self::$Type(_body) => { $((fact == Fact::$Fact && _body.$field.read(text)) ||)* false })+
                }
            }

            /// The canonical texts of the fields that are there.
            pub(super) fn write<'a>(&'a self, texts: &mut BTreeMap<Fact, Cow<'a, str>>) {
                match self {
                    $(Self::$Type(_body) => {
                        $(texts.extend(_body.$field.text().map(|text| (Fact::$Fact, text)));)*
                        $(texts.extend(_body.$derive().map(|text| (Fact::$Derived, text)));)?
                    })+
                }
            }
        }

        #[allow(dead_code, reason = "each dialect has kinds of its own")]
        impl Body {
            $(pub(crate) fn $accessor(&self) -> Option<&$Type> {
                match self {
                    Self::$Type(body) => Some(body),
                    _ => None,
                }
            })+
        }
    };
}

bodies! {
    schema: Schema (Schema) {}

    extension: Extension (Extension) {
        schema: Option<SqlName> = Options,
        version: Option<String> = Version,
    }

    /// What has no kind of its own.
    other: Other (Other) {
        making: Option<Making> = Definition,
        /// As ALTER, DROP and COMMENT ON name it, with its kind.
        signature: Option<String> = Signature,
    }

    enum_type: EnumType (EnumType) {
        /// Literals, in their order.
        labels: ListedParts = Labels,
    }

    enum_label: EnumLabel (EnumLabel) {}

    composite_type: CompositeType (CompositeType) {}

    range_type: RangeType (RangeType) {
        /// What stands in the parentheses.
        definition: Option<String> = Definition,
    }

    domain: Domain (Domain) {
        data_type: Option<String> = Type,
        collation: Option<String> = Collation,
        not_null: Option<NotNull> = NotNull,
        default: Option<String> = Default,
    }

    sequence: Sequence (Sequence) {
        options: Option<SequenceOptions> = Definition,
        /// The column whose identity it is, as SQL names it.
        identity_of: Option<String> = Identity,
        persistence: Persistence = Persistence,
        /// The column that it goes with, as SQL names it.
        owned_by: Option<String> = OwnedBy,
    }

    function: Function (Function | Procedure | Aggregate) {
        definition: Option<String> = Definition,
        language: Option<String> = Type,
        /// Arguments and result: what a replacement must keep.
        signature: Option<String> = Signature,
        /// The types of the arguments, which tell overloaded functions apart.
        arguments: Option<String> = Arguments,
    }

    table: Table (Table | ForeignTable) {
        /// Of a foreign table: its server, with its options.
        server: Option<Server> = Definition,
        /// On SQLite: the constraints that stand beside the columns, in normal form.
        constraints: Option<Written> = Definition,
        /// The type that it is of.
        of_type: Option<String> = Type,
        settings: StorageParameters = Options,
        /// On SQLite: what follows the parentheses, in normal form.
        trailing: Option<String> = Options,
        /// As SQL names them.
        parents: ListedParts = Parents,
        tablespace: Option<String> = Tablespace,
        partition_key: Option<String> = PartitionKey,
        partition_bound: Option<String> = PartitionBound,
        persistence: Persistence = Persistence,
        row_security: RowSecurity = RowSecurity,
        replica_identity: ReplicaIdentity = ReplicaIdentity,
        access_method: Option<String> = AccessMethod,
        /// Of a partition: its triggers that are its parent's.
        triggers: Triggers = Enabled,
        clustered: Option<ClusterOn> = Clustered,
    }

    /// A virtual table is its text.
    virtual_table: VirtualTable (VirtualTable) {
        definition: Option<String> = Definition,
    }

    /// A column of a table or a view, or an attribute of a composite type.
    ///
    /// On SQLite it is its text: see [`Column::written`].
    column: Column (Column) {
        /// Of a foreign table: OPTIONS.
        foreign_options: Option<ForeignOptions> = Definition,
        /// On SQLite: what follows its name, in normal form. Where it is there, the other fields but the place are read from it, and do not
        /// count beside it.
        written: Option<Written> = Definition,
        position: Option<u32> = Position,
        data_type: Option<String> = Type,
        collation: Option<String> = Collation,
        not_null: Option<NotNull> = NotNull,
        default: Option<String> = Default,
        identity: Option<ColumnIdentity> = Identity,
        generated: Option<GeneratedColumn> = Generated,
        storage: Option<String> = Storage,
        compression: Option<String> = Compression,
        settings: StorageParameters = Options,
        inheritance: Inheritance = Parents,
        statistics: Option<i32> = Value,
    }

    /// An index that belongs to no constraint.
    index: Index (Index) {
        definition: Option<IndexText> = Definition,
        keys: Keys = Generated,
        /// The index of the parent that it is attached to, as SQL names it.
        parent: Option<String> = Parents,
        tablespace: Option<String> = Tablespace,
        usable: Usable = Valid,
        targets: IndexTargets = Value,
    }

    constraint: Constraint (Constraint) {
        rule: Option<Rule> = Definition,
        /// Storage parameters of the index behind it.
        settings: StorageParameters = Options,
        origin: Option<PartitionOrigin> = Parents,
        /// That of the index behind it.
        tablespace: Option<String> = Tablespace,
        /// Whether the index behind it is.
        usable: Usable = Populated,
        validated: Validated = Valid,
        index_comment: Option<String> = IndexComment;
        Type = type_text
    }

    statistics: Statistics (Statistics) {
        definition: Option<String> = Definition,
        target: Option<i32> = Value,
    }

    view: View (View | MaterializedView) {
        /// The query; on SQLite the whole statement.
        definition: Option<String> = Definition,
        settings: StorageParameters = Options,
        /// Its columns, each with its type and collation.
        columns: ListedParts = Signature,
        tablespace: Option<String> = Tablespace,
        populated: Populated = Populated,
        access_method: Option<String> = AccessMethod,
        clustered: Option<ClusterOn> = Clustered,
    }

    /// What the server does by itself: a trigger, a rule, an event trigger.
    trigger: Trigger (Rule | Trigger | EventTrigger) {
        definition: Option<String> = Definition,
        firing: Firing = Enabled,
    }

    policy: Policy (Policy) {
        /// What follows the name and the table.
        definition: Option<String> = Definition,
    }

    /// What is granted on objects that are to be made: `grants` of the object.
    default_privilege: DefaultPrivilege (DefaultPrivilege) {
        /// Whose objects, and in which schema, as SQL says it.
        clause: Option<String> = Definition,
        /// What would be granted without it.
        otherwise: Grants = Value,
    }

    stored_setting: StoredSetting (Setting) {
        value: Option<i64> = Value,
    }
}

impl Constraint {
    fn type_text(&self) -> Option<Cow<'_, str>> {
        self.rule.as_ref().map(|rule| Cow::Borrowed(rule.kind.word()))
    }
}
