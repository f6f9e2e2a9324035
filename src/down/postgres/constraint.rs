//! Constraints of tables and domains.

use super::context::{Altered, UndoContext};
use super::name::{full, owner};
use super::{IndexWork, OwnKind, OwnStatement, index, options, rule, shared, type_rebuild};
use crate::catalog::{Fact, Kind, Object, PartitionOrigin};

pub(super) fn create(context: &UndoContext<'_>, object: &Object) -> Vec<OwnStatement> {
    let Some(parent) = object.parent.and_then(|parent| context.now_of(parent)) else {
        return late(context, object).into_iter().collect();
    };
    if parent.kind() == Kind::Domain && is_rebuilt(context, parent) && is_inline(object) {
        return Vec::new();
    }
    // An attached partition gets it from its parent.
    if object.is_inherited() && parent.body.table().is_some_and(|table| !table.parents.is_empty()) {
        return Vec::new();
    }
    vec![add(object)]
}

/// CREATE DOMAIN has its checks.
fn is_rebuilt(context: &UndoContext<'_>, domain: &Object) -> bool {
    context.altered.values().any(|altered| altered.now.id == domain.id && type_rebuild::is_needed(altered))
}

/// The table is created in this round, and without what must wait for other tables, or cannot stand in CREATE TABLE.
fn late(context: &UndoContext<'_>, object: &Object) -> Option<OwnStatement> {
    let table = context.before.get(object.parent?)?;
    (!is_inline(object) && table.kind() != Kind::Domain || rule::is_not_valid(object)).then(|| add(object))
}

/// Whether it stands in CREATE TABLE.
pub(super) fn is_inline(object: &Object) -> bool {
    !object.is_foreign_key() && !rule::is_not_valid(object)
}

fn add(object: &Object) -> OwnStatement {
    let kind = match object.parent.map(|parent| parent.kind) {
        Some(Kind::Domain) => "DOMAIN",
        Some(Kind::ForeignTable) => "FOREIGN TABLE",
        // Partitions get theirs by their own names, and are attached.
        _ if rule::has_index(object) => "TABLE ONLY",
        _ => "TABLE",
    };
    OwnStatement::object(format!("ALTER {kind} {}\n    ADD {}", owner(object), rule::clause(object)))
}

pub(super) fn alter(context: &UndoContext<'_>, altered: &Altered<'_>) -> Vec<OwnStatement> {
    let Some((before, now)) = altered.before.body.constraint().zip(altered.now.body.constraint()) else {
        return Vec::new();
    };
    let mut statements = Vec::new();
    if let (Some(PartitionOrigin::Attached(index)), None) = (&before.origin, &now.origin) {
        statements.extend(index::attach(context, altered.now, index));
    }
    // What its index has besides, which is called like it.
    let of_index = || OwnKind::Index(IndexWork::Altered);
    if altered.has(&[Fact::Options]) {
        statements.extend(options((of_index(), "INDEX"), altered.now, &before.settings, &now.settings));
    }
    if altered.has(&[Fact::Tablespace]) {
        statements.push(index::tablespace(altered.now, before.tablespace.as_deref()));
    }
    if altered.has(&[Fact::IndexComment]) {
        let text = shared::comment(&format!("INDEX {}", full(altered.now)), before.index_comment.as_deref());
        statements.push(OwnStatement::new(of_index(), text));
    }
    statements
}
