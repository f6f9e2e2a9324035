//! Tables: their columns, keys and checks in one statement, as a person writes them.

use super::attribute::by_position;
use super::column;
use super::constraint;
use super::context::{Altered, Context};
use super::index;
use super::name::{full, ident, word};
use crate::catalog::{Fact, Id, Kind, Object};
use crate::database::postgres::print::options;

pub(super) fn is_table(kind: Kind) -> bool {
    matches!(kind, Kind::Table | Kind::ForeignTable)
}

/// Whether a part stands in CREATE TABLE: what it needs must be there before.
pub(super) fn is_inline(part: &Object) -> bool {
    part.kind() == Kind::Column || part.kind() == Kind::Constraint && constraint::is_inline(part)
}

/// A partition is made as a table of its own, and attached when its keys and indexes are there: so they keep their names.
pub(super) fn create(context: &Context<'_>, table: &Object) -> Vec<String> {
    let is_partition = table.fact(Fact::PartitionBound).is_some();
    let parents = table.fact(Fact::Parents).filter(|_| !is_partition);
    let columns = by_position(context.before, table)
        .into_iter()
        .filter(|column| parents.is_none() || column.fact(Fact::Parents) != Some("inherited"));
    let mut lines: Vec<String> = columns.map(|column| column::clause(context, column)).collect();
    let constraints =
        context.before.parts_of(table.id).filter(|part| part.kind() == Kind::Constraint && is_inline(part));
    let mut constraints: Vec<&Object> = constraints.collect();
    constraints.sort_by_key(|part| (part.fact(Fact::Type) != Some("PRIMARY KEY"), part.id));
    lines.extend(constraints.into_iter().map(constraint::clause));
    vec![assemble(table, &lines, parents)]
}

fn assemble(table: &Object, lines: &[String], parents: Option<&str>) -> String {
    let unlogged = table.fact(Fact::Persistence).map_or("", |_| "UNLOGGED ");
    let list = if lines.is_empty() { String::new() } else { format!("\n    {}\n", lines.join(",\n    ")) };
    let mut sql = format!("CREATE {unlogged}{} {} ({list})", word(table.kind()), full(table));
    let mut clause = |before: &str, text: Option<&str>, after: &str| {
        if let Some(text) = text {
            sql += &format!("{before}{text}{after}");
        }
    };
    clause("\nINHERITS (", parents, ")");
    clause("\nPARTITION BY ", table.fact(Fact::PartitionKey), "");
    clause("\nUSING ", table.fact(Fact::AccessMethod), "");
    clause("\nWITH (", table.fact(Fact::Options), ")");
    clause("\nTABLESPACE ", table.fact(Fact::Tablespace), "");
    clause("\n", table.fact(Fact::Definition), "");
    sql
}

/// Tables that refer to one another can only change their persistence together, which no statement does: the keys between them go, and
/// are missing in the next round.
fn keys_between(context: &Context<'_>, altered: &Altered<'_>) -> Vec<String> {
    let table = altered.now.id;
    let table_of = |id: Id| context.now.get(id).map(|object| object.parent.unwrap_or(object.id));
    let changes = |id: Id| context.altered.values().any(|other| other.now.id == id && other.has(&[Fact::Persistence]));
    let between = |key: &&Object| {
        let ends: Vec<Id> = key.depends_on.iter().filter_map(|id| table_of(*id)).chain(key.parent).collect();
        ends.contains(&table) && ends.iter().any(|end| *end != table) && ends.iter().all(|end| changes(*end))
    };
    let keys = context.now.iter().filter(|object| object.fact(Fact::Type) == Some("FOREIGN KEY"));
    // Both ends come by here.
    let drop = |key: &Object| {
        let parent = context.now.get(key.parent?)?;
        Some(format!("ALTER TABLE {} DROP CONSTRAINT IF EXISTS {}", full(parent), ident(&key.name.name)))
    };
    keys.filter(between).filter_map(drop).collect()
}

pub(super) fn alter(context: &Context<'_>, altered: &Altered<'_>) -> Vec<String> {
    let (before, now) = (altered.before, altered.now);
    let table = format!("ALTER {} {}", word(now.kind()), full(now));
    let mut statements = family(context, altered, &table);
    if altered.has(&[Fact::Persistence]) {
        statements.extend(keys_between(context, altered));
        let to = before.fact(Fact::Persistence).unwrap_or("LOGGED");
        statements.push(format!("{table} SET {to}"));
    }
    if altered.has(&[Fact::AccessMethod]) {
        statements.push(format!("{table} SET ACCESS METHOD {}", before.fact(Fact::AccessMethod).unwrap_or("heap")));
    }
    if altered.has(&[Fact::Tablespace]) {
        statements.push(format!("{table} SET TABLESPACE {}", before.fact(Fact::Tablespace).unwrap_or("pg_default")));
    }
    if altered.has(&[Fact::Options]) {
        statements.extend(options(word(now.kind()), before, now));
    }
    statements.extend(row_security(altered, &table));
    if altered.has(&[Fact::Enabled]) {
        statements.extend(triggers_of_parent(altered).into_iter().map(|state| format!("{table} {state}")));
    }
    let later = |fact| index::is_awaited(context, before, before.fact(fact));
    if altered.has(&[Fact::ReplicaIdentity]) && !later(Fact::ReplicaIdentity) {
        statements
            .push(format!("{table} REPLICA IDENTITY {}", before.fact(Fact::ReplicaIdentity).unwrap_or("DEFAULT")));
    }
    if altered.has(&[Fact::Clustered]) && !later(Fact::Clustered) {
        statements.push(format!("{table} {}", before.fact(Fact::Clustered).unwrap_or("SET WITHOUT CLUSTER")));
    }
    if altered.has(&[Fact::Type]) {
        statements.push(
            before.fact(Fact::Type).map_or_else(|| format!("{table} NOT OF"), |kind| format!("{table} OF {kind}")),
        );
    }
    statements
}

fn row_security(altered: &Altered<'_>, table: &str) -> Vec<String> {
    let has = |object: &Object, word: &str| object.fact(Fact::RowSecurity).is_some_and(|state| state.contains(word));
    let (before, now) = (altered.before, altered.now);
    let mut statements = Vec::new();
    if has(before, "ENABLE") != has(now, "ENABLE") {
        let word = if has(before, "ENABLE") { "ENABLE" } else { "DISABLE" };
        statements.push(format!("{table} {word} ROW LEVEL SECURITY"));
    }
    if has(before, "FORCE") != has(now, "FORCE") {
        let word = if has(before, "FORCE") { "FORCE" } else { "NO FORCE" };
        statements.push(format!("{table} {word} ROW LEVEL SECURITY"));
    }
    statements
}

/// The triggers that a partition still has from its parent, as they were. Others come and go with those of the parent.
fn triggers_of_parent<'a>(altered: &Altered<'a>) -> Vec<&'a str> {
    fn states(object: &Object) -> impl Iterator<Item = (&str, &str)> {
        let lines = object.fact(Fact::Enabled).unwrap_or_default().lines();
        lines.filter_map(|line| Some((line.split_once(" TRIGGER ")?.1, line)))
    }
    let differs = |(name, line): &(&str, &str)| states(altered.now).any(|(now, state)| now == *name && state != *line);
    states(altered.before).filter(differs).map(|(_, line)| line).collect()
}

/// Partitions attached and detached, parents given and taken.
fn family(context: &Context<'_>, altered: &Altered<'_>, table: &str) -> Vec<String> {
    if !altered.has(&[Fact::Parents, Fact::PartitionBound]) {
        return Vec::new();
    }
    let (before, now) = (altered.before, altered.now);
    let (wanted, found) = (before.fact(Fact::Parents), now.fact(Fact::Parents));
    let mut statements = Vec::new();
    if let (Some(parent), Some(_)) = (found, now.fact(Fact::PartitionBound)) {
        statements.push(format!("ALTER TABLE {parent} DETACH PARTITION {}", full(now)));
    } else {
        let gone = names(found).into_iter().filter(|parent| !names(wanted).contains(parent));
        statements.extend(gone.map(|parent| format!("{table} NO INHERIT {parent}")));
    }
    if let (Some(parent), Some(bound)) = (wanted, before.fact(Fact::PartitionBound)) {
        if is_complete(context, before) && is_settled(context, before.id) && parents_are_settled(context, before) {
            statements.push(format!("ALTER TABLE {parent} ATTACH PARTITION {} {bound}", full(now)));
        }
    } else {
        let new = names(wanted).into_iter().filter(|parent| !names(found).contains(parent));
        statements.extend(new.map(|parent| format!("{table} INHERIT {parent}")));
    }
    statements
}

fn names(list: Option<&str>) -> Vec<&str> {
    list.map_or_else(Vec::new, |list| list.split(", ").collect())
}

/// A partition is attached when its columns, keys and indexes are there and are as they were.
fn is_complete(context: &Context<'_>, table: &Object) -> bool {
    context
        .before
        .parts_of(table.id)
        .filter(|part| matches!(part.kind(), Kind::Column | Kind::Index | Kind::Constraint))
        .all(|part| {
            context.now_of(part.id).is_some_and(|now| now.fact(Fact::Definition) == part.fact(Fact::Definition))
                || part.fact(Fact::Type) == Some("FOREIGN KEY")
        })
}

/// Whether no column is to be changed yet that a partition and its parent must have alike.
fn is_settled(context: &Context<'_>, table: Id) -> bool {
    let is_own = |object: &Object| object.kind() == Kind::Column && object.parent == Some(table);
    let alike = [Fact::Type, Fact::Collation, Fact::Generated];
    let is_not_null = |object: &Object| object.fact(Fact::NotNull).is_some();
    // Since PostgreSQL 18 NOT NULL has a name, which a partition need not have in common with its parent.
    let differs =
        |altered: &Altered<'_>| altered.has(&alike) || is_not_null(altered.before) != is_not_null(altered.now);
    !context.altered.values().any(|altered| is_own(altered.before) && differs(altered))
        && !context.missing.values().any(|object| is_own(object))
}

fn parents_are_settled(context: &Context<'_>, partition: &Object) -> bool {
    let mut parents = partition.depends_on.iter().filter(|id| is_table(id.kind));
    parents.all(|parent| is_settled(context, *parent))
}
