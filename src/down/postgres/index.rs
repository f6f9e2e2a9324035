//! Indexes that belong to no constraint.

use std::collections::BTreeMap;

use super::context::{Altered, Context};
use super::name::full;
use crate::catalog::{Fact, Kind, Object};
use crate::database::postgres::print::options;

pub(super) fn create(context: &Context<'_>, object: &Object) -> Vec<String> {
    let definition = object.fact(Fact::Definition).unwrap_or_default();
    // An index that a partition would have from its parent is made with its own name, and attached.
    if object.fact(Fact::Valid).is_some()
        && context.before.parts_of(object.id).next().is_none()
        && !is_partitioned(object)
    {
        return Vec::new();
    }
    vec![definition.to_owned()]
}

fn is_partitioned(object: &Object) -> bool {
    object.fact(Fact::Definition).is_some_and(|definition| definition.contains(" ON ONLY "))
}

/// Whether it is that of a partitioned table, and valid again when those of all partitions are attached.
pub(super) fn is_to_be_completed(altered: &Altered<'_>) -> bool {
    is_partitioned(altered.before) && altered.before.fact(Fact::Valid).is_none() && !altered.has(&[Fact::Definition])
}

pub(super) fn alter(context: &Context<'_>, altered: &Altered<'_>) -> Vec<String> {
    let mut statements = attach(context, altered);
    if altered.has(&[Fact::Value]) {
        statements.push(format!("ALTER INDEX {} {}", full(altered.now), statistics(altered)));
    }
    statements.extend(settings(altered));
    statements
}

/// The targets of its expressions, each as `ALTER COLUMN 1 SET STATISTICS 200`.
fn statistics(altered: &Altered<'_>) -> String {
    const SET: &str = " SET STATISTICS ";
    let targets = |object: &Object| {
        let list = object.fact(Fact::Value).unwrap_or_default().to_owned();
        let targets = list.split(", ").filter_map(|target| target.split_once(SET));
        targets.map(|(column, target)| (column.to_owned(), target.to_owned())).collect::<BTreeMap<_, _>>()
    };
    let mut wanted = targets(altered.before);
    for column in targets(altered.now).into_keys() {
        wanted.entry(column).or_insert_with(|| "-1".to_owned());
    }
    wanted.iter().map(|(column, target)| format!("{column}{SET}{target}")).collect::<Vec<_>>().join(", ")
}

/// What can be set of an index, also of one behind a constraint.
pub(super) fn settings(altered: &Altered<'_>) -> Vec<String> {
    let mut statements = Vec::new();
    if altered.has(&[Fact::Options]) {
        statements.extend(options("INDEX", altered.before, altered.now));
    }
    if altered.has(&[Fact::Tablespace]) {
        let space = altered.before.fact(Fact::Tablespace).unwrap_or("pg_default");
        statements.push(format!("ALTER INDEX {} SET TABLESPACE {space}", full(altered.now)));
    }
    statements
}

/// Whether an index is missing yet that a clause of its table names at its end: `CLUSTER ON i`.
pub(super) fn is_awaited(context: &Context<'_>, table: &Object, clause: Option<&str>) -> bool {
    let plain = |text: &str| text.replace('"', "");
    let clause = clause.map(plain).unwrap_or_default();
    context.missing.values().any(|object| {
        matches!(object.kind(), Kind::Index | Kind::Constraint)
            && object.parent == Some(table.id)
            && clause.ends_with(&format!(" {}", plain(&object.name.name)))
    })
}

/// Attaches the index of a partition to that of its parent, where the table is attached.
pub(super) fn attach(context: &Context<'_>, altered: &Altered<'_>) -> Vec<String> {
    let wanted = altered.before.fact(Fact::Parents).filter(|parent| *parent != "inherited");
    let table = altered.now.parent.and_then(|table| context.now.get(table));
    let is_attached = table.is_some_and(|table| table.fact(Fact::PartitionBound).is_some());
    match (wanted, altered.now.fact(Fact::Parents)) {
        (Some(parent), None) if is_attached => {
            vec![format!("ALTER INDEX {parent} ATTACH PARTITION {}", full(altered.now))]
        }
        _ => Vec::new(),
    }
}
