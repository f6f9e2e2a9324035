//! Constraints of tables and domains.

use super::context::{Altered, Context};
use super::name::{full, ident, owner};
use super::{index, shared, type_rebuild};
use crate::catalog::{Fact, Kind, Object};

pub(super) fn create(context: &Context<'_>, object: &Object) -> Vec<String> {
    let Some(parent) = object.parent.and_then(|parent| context.now_of(parent)) else {
        return late(context, object).into_iter().collect();
    };
    if parent.kind() == Kind::Domain && is_rebuilt(context, parent) && is_inline(object) {
        return Vec::new();
    }
    // An attached partition gets it from its parent.
    if object.fact(Fact::Parents) == Some("inherited") && parent.fact(Fact::Parents).is_some() {
        return Vec::new();
    }
    vec![add(object)]
}

/// CREATE DOMAIN has its checks.
fn is_rebuilt(context: &Context<'_>, domain: &Object) -> bool {
    context.altered.values().any(|altered| altered.now.id == domain.id && type_rebuild::is_needed(altered))
}

/// The table is created in this round, and without what must wait for other tables, or cannot stand in CREATE TABLE.
fn late(context: &Context<'_>, object: &Object) -> Option<String> {
    let table = context.before.get(object.parent?)?;
    (!is_inline(object) && table.kind() != Kind::Domain || object.fact(Fact::Valid).is_some()).then(|| add(object))
}

/// Whether it stands in CREATE TABLE.
pub(super) fn is_inline(object: &Object) -> bool {
    object.fact(Fact::Type) != Some("FOREIGN KEY") && object.fact(Fact::Valid).is_none()
}

fn add(object: &Object) -> String {
    let kind = match object.parent.map(|parent| parent.kind) {
        Some(Kind::Domain) => "DOMAIN",
        Some(Kind::ForeignTable) => "FOREIGN TABLE",
        // Partitions get theirs by their own names, and are attached.
        _ if matches!(object.fact(Fact::Type), Some("PRIMARY KEY" | "UNIQUE" | "EXCLUDE")) => "TABLE ONLY",
        _ => "TABLE",
    };
    format!("ALTER {kind} {}\n    ADD {}", owner(object), clause(object))
}

pub(super) fn clause(object: &Object) -> String {
    format!("CONSTRAINT {} {}", ident(&object.name.name), object.fact(Fact::Definition).unwrap_or_default())
}

pub(super) fn alter(context: &Context<'_>, altered: &Altered<'_>) -> Vec<String> {
    let mut statements = index::attach(context, altered);
    // What its index has besides, which is called like it.
    statements.extend(index::settings(altered));
    if altered.has(&[Fact::IndexComment]) {
        statements
            .push(shared::comment(&format!("INDEX {}", full(altered.now)), altered.before.fact(Fact::IndexComment)));
    }
    statements
}
