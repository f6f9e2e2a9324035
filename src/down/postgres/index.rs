//! Indexes that belong to no constraint.

use super::context::{Altered, UndoContext};
use super::name::full;
use super::{IndexWork, OwnKind, OwnStatement, altering};
use crate::catalog::{Fact, Index, IndexTargets, IndexText, Kind, Object, SqlName, Usable};

pub(super) fn create(context: &UndoContext<'_>, object: &Object) -> Vec<OwnStatement> {
    let Some(index) = object.body.index() else { return Vec::new() };
    // An index that a partition would have from its parent is made with its own name, and attached.
    if index.usable == Usable::No && context.before.parts_of(object.id).next().is_none() && !is_partitioned(index) {
        return Vec::new();
    }
    index.definition.iter().map(|definition| build(object, &definition.text)).collect()
}

/// The statement in the server's own words.
fn build(object: &Object, text: &str) -> OwnStatement {
    let concurrently = text.replacen("INDEX ", "INDEX CONCURRENTLY ", 1);
    OwnStatement::new(OwnKind::Index(IndexWork::Whole { name: object.name.name.clone(), concurrently }), text)
}

pub(super) fn drop(now: &Object) -> OwnStatement {
    let full = full(now);
    let concurrently = format!("DROP INDEX CONCURRENTLY {full}");
    let work = IndexWork::Whole { name: now.name.name.clone(), concurrently };
    OwnStatement::new(OwnKind::Index(work), format!("DROP INDEX {full}"))
}

fn is_partitioned(index: &Index) -> bool {
    index.definition.as_ref().is_some_and(IndexText::is_only)
}

/// Whether it is that of a partitioned table, and valid again when those of all partitions are attached.
pub(super) fn is_to_be_completed(altered: &Altered<'_>) -> bool {
    let is_whole = |index: &Index| is_partitioned(index) && index.usable == Usable::Yes;
    altered.before.body.index().is_some_and(is_whole) && !altered.has(&[Fact::Definition])
}

pub(super) fn alter(context: &UndoContext<'_>, altered: &Altered<'_>) -> Vec<OwnStatement> {
    let Some((before, now)) = altered.before.body.index().zip(altered.now.body.index()) else { return Vec::new() };
    let mut statements = Vec::new();
    if let (Some(parent), None) = (&before.parent, &now.parent) {
        statements.extend(attach(context, altered.now, parent));
    }
    if altered.has(&[Fact::Value]) {
        let targets = statistics(&before.targets, &now.targets);
        let text = format!("ALTER INDEX {} {}", full(altered.now), targets.actions());
        statements.push(OwnStatement::new(altering(altered.now), text));
    }
    if altered.has(&[Fact::Tablespace]) {
        statements.push(tablespace(altered.now, before.tablespace.as_deref()));
    }
    statements
}

/// The targets of its expressions: those that it has beyond what is wanted become the usual.
fn statistics(wanted: &IndexTargets, now: &IndexTargets) -> IndexTargets {
    let usual = now.0.keys().map(|place| (*place, -1));
    IndexTargets(usual.chain(wanted.0.iter().map(|(place, target)| (*place, *target))).collect())
}

/// Also of an index behind a constraint.
pub(super) fn tablespace(now: &Object, wanted: Option<&str>) -> OwnStatement {
    let text = format!("ALTER INDEX {} SET TABLESPACE {}", full(now), wanted.unwrap_or("pg_default"));
    OwnStatement::new(OwnKind::Index(IndexWork::Altered), text)
}

/// Whether an index is missing yet that a clause of its table names.
pub(super) fn is_awaited(context: &UndoContext<'_>, table: &Object, index: &SqlName) -> bool {
    context.missing.values().any(|object| {
        matches!(object.kind(), Kind::Index | Kind::Constraint)
            && object.parent == Some(table.id)
            && index.is(&object.name.name)
    })
}

/// Attaches the index of a partition to that of its parent, where the table is attached.
pub(super) fn attach(context: &UndoContext<'_>, now: &Object, parent: &str) -> Option<OwnStatement> {
    let table = now.parent.and_then(|table| context.now.get(table))?;
    table.partition_bound()?;
    let text = format!("ALTER INDEX {parent} ATTACH PARTITION {}", full(now));
    Some(OwnStatement::new(OwnKind::Index(IndexWork::Altered), text))
}
