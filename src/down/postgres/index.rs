//! Indexes that belong to no constraint.

use super::context::{Altered, Context};
use super::name::full;
use crate::catalog::{Fact, Object};

/// How an index is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Build {
    /// Writers wait.
    Plain,
    /// Writers do not; not within a transaction.
    #[allow(dead_code, reason = "for a down whose up built its indexes so")]
    Concurrent,
}

pub(super) fn create(context: &Context<'_>, object: &Object, build: Build) -> Vec<String> {
    let definition = object.fact(Fact::Definition).unwrap_or_default();
    // An index that a partition would have from its parent is made with its own name, and attached.
    if object.fact(Fact::Valid).is_some()
        && context.before.parts_of(object.id).next().is_none()
        && !is_partitioned(object)
    {
        return Vec::new();
    }
    vec![match build {
        Build::Plain => definition.to_owned(),
        Build::Concurrent => definition.replacen(" INDEX ", " INDEX CONCURRENTLY ", 1),
    }]
}

fn is_partitioned(object: &Object) -> bool {
    object.fact(Fact::Definition).is_some_and(|definition| definition.contains(" ON ONLY "))
}

pub(super) fn alter(context: &Context<'_>, altered: &Altered<'_>) -> Vec<String> {
    let mut statements = attach(context, altered);
    if altered.has(&[Fact::Value]) {
        let change = altered.before.fact(Fact::Value).unwrap_or_default();
        if !change.is_empty() {
            statements.push(format!("ALTER INDEX {} {change}", full(altered.now)));
        }
    }
    if altered.has(&[Fact::Tablespace]) {
        let space = altered.before.fact(Fact::Tablespace).unwrap_or("pg_default");
        statements.push(format!("ALTER INDEX {} SET TABLESPACE {space}", full(altered.now)));
    }
    statements
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
