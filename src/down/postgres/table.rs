//! Tables: their columns, keys and checks in one statement, as a person writes them.

use super::attribute::by_position;
use super::column;
use super::constraint;
use super::context::{Altered, UndoContext};
use super::index;
use super::name::{full, ident, word};
use super::rule;
use super::{OwnKind, OwnStatement, options};
use crate::catalog::{Body, ClusterOn, Fact, Firing, Id, Inheritance, Kind, Object, Persistence, SqlName, Table};

pub(super) fn is_table(kind: Kind) -> bool {
    matches!(kind, Kind::Table | Kind::ForeignTable)
}

/// Whether a part stands in CREATE TABLE: what it needs must be there before.
pub(super) fn is_inline(part: &Object) -> bool {
    part.kind() == Kind::Column || part.kind() == Kind::Constraint && constraint::is_inline(part)
}

/// A partition is made as a table of its own, and attached when its keys and indexes are there: so they keep their names.
pub(super) fn create(context: &UndoContext<'_>, object: &Object) -> Vec<OwnStatement> {
    let Some(table) = object.body.table() else { return Vec::new() };
    let inherits = table.partition_bound.is_none() && !table.parents.is_empty();
    let columns = by_position(context.before, object).into_iter().filter(|column| {
        !inherits || column.body.column().is_none_or(|column| column.inheritance != Inheritance::Inherited)
    });
    let mut lines: Vec<String> = columns.map(|column| column::clause(context, column)).collect();
    let constraints =
        context.before.parts_of(object.id).filter(|part| part.kind() == Kind::Constraint && is_inline(part));
    let mut constraints: Vec<&Object> = constraints.collect();
    constraints.sort_by_key(|part| (!rule::is_primary_key(part), part.id));
    lines.extend(constraints.into_iter().map(rule::clause));
    vec![OwnStatement::object(assemble(object, table, &lines, inherits))]
}

fn assemble(object: &Object, table: &Table, lines: &[String], inherits: bool) -> String {
    let unlogged = if table.persistence == Persistence::Unlogged { "UNLOGGED " } else { "" };
    let list = if lines.is_empty() { String::new() } else { format!("\n    {}\n", lines.join(",\n    ")) };
    let mut sql = format!("CREATE {unlogged}{} {} ({list})", word(object.kind()), full(object));
    if inherits {
        sql += &format!("\nINHERITS ({})", table.parents.list());
    }
    let mut clause = |before: &str, text: Option<&str>| {
        if let Some(text) = text {
            sql += &format!("\n{before} {text}");
        }
    };
    clause("PARTITION BY", table.partition_key.as_deref());
    clause("USING", table.access_method.as_deref());
    if !table.settings.is_empty() {
        clause("WITH", Some(&format!("({})", table.settings.list())));
    }
    clause("TABLESPACE", table.tablespace.as_deref());
    if let Some(server) = &table.server {
        sql += &format!("\n{server}");
    }
    sql
}

/// Tables that refer to one another can only change their persistence together, which no statement does: the keys between them go, and
/// are missing in the next round.
fn keys_between(context: &UndoContext<'_>, altered: &Altered<'_>) -> Vec<OwnStatement> {
    let table = altered.now.id;
    let table_of = |id: Id| context.now.get(id).map(|object| object.parent.unwrap_or(object.id));
    let changes = |id: Id| context.altered.values().any(|other| other.now.id == id && other.has(&[Fact::Persistence]));
    let between = |key: &&Object| {
        let ends: Vec<Id> = key.depends_on.iter().filter_map(|id| table_of(*id)).chain(key.parent).collect();
        ends.contains(&table) && ends.iter().any(|end| *end != table) && ends.iter().all(|end| changes(*end))
    };
    let keys = context.now.iter().filter(|object| object.is_foreign_key());
    // Both ends come by here.
    let drop = |key: &Object| {
        let parent = context.now.get(key.parent?)?;
        let name = ident(&key.name.name);
        Some(OwnStatement::object(format!("ALTER TABLE {} DROP CONSTRAINT IF EXISTS {name}", full(parent))))
    };
    keys.filter(between).filter_map(drop).collect()
}

pub(super) fn alter(context: &UndoContext<'_>, altered: &Altered<'_>) -> Vec<OwnStatement> {
    let (kind, name) = (word(altered.now.kind()), full(altered.now));
    let table = format!("ALTER {kind} {name}");
    let Some((before, now)) = altered.before.body.table().zip(altered.now.body.table()) else { return Vec::new() };
    let change = TableAlteration { context, altered, before, now, table };
    let mut statements = change.family();
    statements.extend(change.storage());
    if altered.has(&[Fact::Options]) {
        statements.extend(options((OwnKind::Object, kind), altered.now, &before.settings, &now.settings));
    }
    statements.extend(change.row_security());
    statements.extend(change.triggers_of_parent());
    statements.extend(change.indexes());
    if altered.has(&[Fact::Type]) {
        let of = before.of_type.as_ref().map_or_else(|| "NOT OF".to_owned(), |of| format!("OF {of}"));
        statements.push(change.statement(&of));
    }
    statements
}

struct TableAlteration<'c, 'a> {
    context: &'c UndoContext<'a>,
    altered: &'c Altered<'a>,
    before: &'c Table,
    now: &'c Table,
    /// `ALTER TABLE t`.
    table: String,
}

impl TableAlteration<'_, '_> {
    fn statement(&self, action: &str) -> OwnStatement {
        OwnStatement::object(format!("{} {action}", self.table))
    }

    /// How and where the rows are kept.
    fn storage(&self) -> Vec<OwnStatement> {
        let (altered, before) = (self.altered, self.before);
        let mut statements = Vec::new();
        if altered.has(&[Fact::Persistence]) {
            statements.extend(keys_between(self.context, altered));
            let to = if before.persistence == Persistence::Unlogged { "UNLOGGED" } else { "LOGGED" };
            statements.push(self.statement(&format!("SET {to}")));
        }
        if altered.has(&[Fact::AccessMethod]) {
            let method = before.access_method.as_deref().unwrap_or("heap");
            statements.push(self.statement(&format!("SET ACCESS METHOD {method}")));
        }
        if altered.has(&[Fact::Tablespace]) {
            let space = before.tablespace.as_deref().unwrap_or("pg_default");
            statements.push(self.statement(&format!("SET TABLESPACE {space}")));
        }
        statements
    }

    fn row_security(&self) -> Vec<OwnStatement> {
        let (before, now) = (self.before.row_security, self.now.row_security);
        let mut words = Vec::new();
        if before.enabled != now.enabled {
            words.push(if before.enabled { "ENABLE" } else { "DISABLE" });
        }
        if before.forced != now.forced {
            words.push(if before.forced { "FORCE" } else { "NO FORCE" });
        }
        words.into_iter().map(|word| self.statement(&format!("{word} ROW LEVEL SECURITY"))).collect()
    }

    /// The triggers that a partition still has from its parent, as they were. Others come and go with those of the parent.
    fn triggers_of_parent(&self) -> Vec<OwnStatement> {
        let differs = |(wanted, name): &&(Firing, String)| {
            self.now.triggers.0.iter().any(|(firing, now)| now == name && firing != wanted)
        };
        let differing = self.before.triggers.0.iter().filter(differs);
        differing.map(|(firing, name)| self.statement(&format!("{} TRIGGER {name}", firing.word()))).collect()
    }

    /// The indexes that a table is clustered by, and rows are told by. One that is missing yet is waited for.
    fn indexes(&self) -> Vec<OwnStatement> {
        let (altered, before) = (self.altered, self.before);
        let is_there = |index: &SqlName| !index::is_awaited(self.context, altered.before, index);
        let mut statements = Vec::new();
        if altered.has(&[Fact::ReplicaIdentity]) && before.replica_identity.index().is_none_or(is_there) {
            statements.push(self.statement(&format!("REPLICA IDENTITY {}", before.replica_identity)));
        }
        let clustered = before.clustered.as_ref();
        if altered.has(&[Fact::Clustered]) && clustered.is_none_or(|ClusterOn(index)| is_there(index)) {
            let clause = clustered.map_or_else(|| "SET WITHOUT CLUSTER".to_owned(), ToString::to_string);
            statements.push(self.statement(&clause));
        }
        statements
    }

    /// Partitions attached and detached, parents given and taken.
    fn family(&self) -> Vec<OwnStatement> {
        let (context, before, now) = (self.context, self.before, self.now);
        if !self.altered.has(&[Fact::Parents, Fact::PartitionBound]) {
            return Vec::new();
        }
        let mut statements = Vec::new();
        if now.partition_bound.is_some() {
            let name = full(self.altered.now);
            let detach = |parent| OwnStatement::object(format!("ALTER TABLE {parent} DETACH PARTITION {name}"));
            statements.extend(now.parents.iter().map(detach));
        } else {
            let gone = now.parents.iter().filter(|parent| !before.parents.has(parent));
            statements.extend(gone.map(|parent| self.statement(&format!("NO INHERIT {parent}"))));
        }
        let table = self.altered.before;
        if let Some(bound) = &before.partition_bound {
            if is_complete(context, table) && is_settled(context, table.id) && parents_are_settled(context, table) {
                let name = full(self.altered.now);
                let attach =
                    |parent| OwnStatement::object(format!("ALTER TABLE {parent} ATTACH PARTITION {name} {bound}"));
                statements.extend(before.parents.iter().map(attach));
            }
        } else {
            let new = before.parents.iter().filter(|parent| !now.parents.has(parent));
            statements.extend(new.map(|parent| self.statement(&format!("INHERIT {parent}"))));
        }
        statements
    }
}

/// A partition is attached when its columns, keys and indexes are there and are as they were.
fn is_complete(context: &UndoContext<'_>, table: &Object) -> bool {
    context
        .before
        .parts_of(table.id)
        .filter(|part| matches!(part.kind(), Kind::Column | Kind::Index | Kind::Constraint))
        .all(|part| part.is_foreign_key() || context.now_of(part.id).is_some_and(|now| is_defined_alike(now, part)))
}

fn is_defined_alike(one: &Object, other: &Object) -> bool {
    match (&one.body, &other.body) {
        (Body::Column(one), Body::Column(other)) => one.foreign_options == other.foreign_options,
        (Body::Index(one), Body::Index(other)) => one.definition == other.definition,
        (Body::Constraint(one), Body::Constraint(other)) => one.rule == other.rule,
        _ => false,
    }
}

/// Whether no column is to be changed yet that a partition and its parent must have alike.
fn is_settled(context: &UndoContext<'_>, table: Id) -> bool {
    let is_own = |object: &Object| object.kind() == Kind::Column && object.parent == Some(table);
    let alike = [Fact::Type, Fact::Collation, Fact::Generated];
    let is_not_null = |object: &Object| object.body.column().is_some_and(|column| column.not_null.is_some());
    // Since PostgreSQL 18 NOT NULL has a name, which a partition need not have in common with its parent.
    let differs =
        |altered: &Altered<'_>| altered.has(&alike) || is_not_null(altered.before) != is_not_null(altered.now);
    !context.altered.values().any(|altered| is_own(altered.before) && differs(altered))
        && !context.missing.values().any(|object| is_own(object))
}

fn parents_are_settled(context: &UndoContext<'_>, partition: &Object) -> bool {
    let mut parents = partition.depends_on.iter().filter(|id| is_table(id.kind));
    parents.all(|parent| is_settled(context, *parent))
}
