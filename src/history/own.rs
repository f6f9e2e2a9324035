//! Histories of ours under other names: those of other applications that share a database.
//!
//! One is told by its columns, types and constraints as a release made them, as the catalog of the live database says them. What has one
//! column, constraint, index, trigger or option more or less is somebody's own table.

mod shape;

use std::collections::BTreeSet;

use shape::{HistoryShape, histories, logs};

use super::of_import::journals_beside;
use super::of_undo::is_images_name;
use crate::catalog::{Catalog, Grant, Id, Kind, Object};
use crate::sql::Plain;

/// A history of ours that a catalog has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OwnHistory {
    /// As SQL names it.
    pub(crate) name: String,
    history: Id,
    /// Its log, where that is of our shape as well.
    log: Option<Id>,
}

/// The histories in a catalog. That of the database which was read is none of them: it is left out of its catalog.
pub(crate) fn own_histories(catalog: &Catalog) -> Vec<OwnHistory> {
    let tables: Vec<&Object> = catalog.iter().filter(|object| object.kind() == Kind::Table).collect();
    let histories = tables.iter().filter(|table| is_of(catalog, table, histories()));
    let found = histories.map(|history| {
        let log = tables.iter().find(|table| is_log_of(table, history) && is_of(catalog, table, logs()));
        OwnHistory { name: history.name.plain(), history: history.id, log: log.map(|log| log.id) }
    });
    found.collect()
}

/// What of a catalog is the histories': their tables, and schemas that hold nothing else.
pub(super) fn ids(catalog: &Catalog) -> BTreeSet<Id> {
    let found = own_histories(catalog);
    if found.is_empty() {
        return BTreeSet::new();
    }
    let tables: BTreeSet<Id> = found.iter().flat_map(|one| std::iter::once(one.history).chain(one.log)).collect();
    let tables: BTreeSet<Id> = tables.iter().copied().chain(journals(catalog, &tables)).collect();
    let homes = catalog.iter().filter(|object| object.kind() == Kind::Schema && is_home(catalog, object, &tables));
    let homes: Vec<Id> = homes.map(|schema| schema.id).collect();
    tables.into_iter().chain(homes).collect()
}

/// The tables of moves and imports beside these histories.
fn journals(catalog: &Catalog, histories: &BTreeSet<Id>) -> Vec<Id> {
    let names = histories
        .iter()
        .filter_map(|id| catalog.get(*id))
        .flat_map(|history| journals_beside(&history.name.name).map(|name| (history.name.schema.clone(), name)));
    let names: BTreeSet<(Option<String>, String)> = names.collect();
    let beside: Vec<&Object> = histories.iter().filter_map(|id| catalog.get(*id)).collect();
    let has_rows = |object: &Object| {
        let is_beside = |history: &&Object| history.name.schema == object.name.schema;
        beside.iter().filter(|one| is_beside(one)).any(|one| is_images_name(&one.name.name, &object.name.name))
    };
    let is_journal = |object: &&Object| {
        object.kind() == Kind::Table
            && (names.contains(&(object.name.schema.clone(), object.name.name.clone())) || has_rows(object))
    };
    catalog.iter().filter(is_journal).map(|table| table.id).collect()
}

/// `orders_migrations_log` of `orders_migrations`, beside it. SQLite takes names for the same whatever their case.
fn is_log_of(table: &Object, history: &Object) -> bool {
    let wanted = format!("{}_log", history.name.name);
    let is_named = match &history.name.schema {
        Some(_) => table.name.name == wanted,
        None => table.name.name.eq_ignore_ascii_case(&wanted),
    };
    is_named && table.name.schema == history.name.schema
}

fn is_of(catalog: &Catalog, table: &Object, mut shapes: impl Iterator<Item = HistoryShape>) -> bool {
    let is_part_of = |object: &Object, whole: Id| object.parent == Some(whole);
    // Few tables are plain and have as many parts, and parts are looked for in all of the catalog.
    if !shape::is_plain(table) {
        return false;
    }
    let parts: Vec<&Object> = catalog.iter().filter(|object| is_part_of(object, table.id)).collect();
    let Some(shape) = shapes.find(|shape| shape.has(&parts)) else { return false };
    let below = catalog.iter().filter(|object| parts.iter().any(|part| is_part_of(object, part.id)));
    shape.has_below(&below.collect::<Vec<_>>())
}

/// Whether a schema is as a run makes it for its history: its owner's, who gave nobody rights, with nothing in it but these tables and what is
/// theirs.
fn is_home(catalog: &Catalog, schema: &Object, tables: &BTreeSet<Id>) -> bool {
    let is_theirs = |object: &Object| {
        let parents = std::iter::successors(Some(object), |one| one.parent.and_then(|parent| catalog.get(parent)));
        parents.into_iter().any(|one| tables.contains(&one.id))
    };
    let mut within = catalog.iter().filter(|object| object.name.schema.as_ref() == Some(&schema.name.name)).peekable();
    let owner = Plain(schema.owner.as_deref().unwrap_or_default()).to_string();
    let of_owner = ["CREATE", "USAGE"].map(|privilege| Grant::plain(&owner, privilege));
    let is_as_made = schema.grants.0.iter().all(|grant| of_owner.contains(grant)) && schema.comment.is_none();
    is_as_made && within.peek().is_some() && within.all(is_theirs)
}
