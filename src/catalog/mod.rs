//! What a database holds, as a value: read once, compared, printed, hashed.

mod body;
mod clause;
mod diff;
mod fact;
mod field;
mod fingerprint;
mod fit;
mod fresh;
mod grants;
mod ignore;
mod index_text;
mod kind;
mod lists;
mod object;
mod rule;
mod sequence_options;
mod shared;
mod stamp;
mod states;
mod traces;
mod values;
mod whole;
mod words;
mod written;

pub(crate) use body::{
    Body, Column, Constraint, Index, Policy, Sequence, StoredSetting, Table, Trigger, View, VirtualTable,
};
pub(crate) use diff::{Change, diff};
pub(crate) use fact::Fact;
pub(crate) use fingerprint::{CatalogSum, Fingerprint};
pub(crate) use fit::{Alignment, Snapshot};
pub(crate) use fresh::Home;
pub(crate) use grants::{Grant, Grants};
pub(crate) use ignore::{Ignore, Ledgers, NoPattern, Pattern, is_like, pattern};
pub(crate) use index_text::{IndexKey, IndexText};
pub(crate) use kind::Kind;
pub(crate) use lists::{IndexTargets, StorageParameter, StorageParameters};
pub(crate) use object::{Id, Object, ObjectName};
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
pub(crate) use rule::ForeignKey;
pub(crate) use rule::{Rule, RuleKind};
pub(crate) use shared::SharedObject;
pub(crate) use stamp::{CatalogMoment, SeenCatalog, Skimmed, Stamp};
pub(crate) use states::{Firing, Inheritance, Keys, Persistence, Populated, Usable, Validated};
pub(crate) use traces::MoveTraces;
#[cfg(feature = "postgres")]
pub(crate) use values::Making;
pub(crate) use values::{ClusterOn, GeneratedColumn, GeneratedStorage, NotNull, PartitionOrigin, RowSecurity, SqlName};
pub(crate) use whole::Catalog;
#[cfg(feature = "sqlite")]
pub(crate) use written::Written;
