//! Columns of tables, and attributes of composite types.

use std::borrow::Cow;

use super::context::{Altered, UndoContext};
use super::in_the_way::must_replace;
use super::name::{full, ident, owner, word};
use super::{OwnKind, OwnStatement, attribute, composite, fill, sequence};
use crate::catalog::{Catalog, Column, Fact, Kind, NotNull, Object};
use crate::sql::{Loss, Name};

/// The column as CREATE TABLE and ADD COLUMN take it. A partition has no identity of its own.
pub(super) fn clause(context: &UndoContext<'_>, object: &Object) -> String {
    clause_with(context, object, None)
}

/// The same, with a value for the rows that are there.
fn clause_with(context: &UndoContext<'_>, object: &Object, value: Option<&str>) -> String {
    let mut sql = attribute::as_created(object);
    if let Some(value) = value {
        sql += &format!(" DEFAULT {value}");
    }
    let Some(column) = object.body.column() else { return sql };
    if let Some(options) = &column.foreign_options {
        sql += &format!(" {options}");
    }
    if let Some(default) = &column.default {
        sql += &format!(" DEFAULT {default}");
    }
    if let Some(generated) = &column.generated {
        sql += &format!(" GENERATED ALWAYS AS {generated}");
    }
    sql += &identity(context, object).map_or_else(String::new, |identity| format!(" {identity}"));
    // One that is not valid needs a statement of its own, in the next round.
    let not_null = column.not_null.as_ref().filter(|not_null| !not_null.not_valid);
    sql + &not_null.map_or_else(String::new, |not_null| format!(" {not_null}"))
}

/// Whether rows cannot hold NULL.
fn refuses_null(column: &Column) -> bool {
    column.not_null.as_ref().is_some_and(|not_null| !not_null.not_valid)
}

fn identity(context: &UndoContext<'_>, object: &Object) -> Option<String> {
    let identity = object.body.column()?.identity?;
    let sequence = sequence_of(context, object)?;
    let numbers = sequence.body.sequence()?.options.as_ref()?.numbers();
    Some(format!("GENERATED {} AS IDENTITY (SEQUENCE NAME {} {numbers})", identity.word(), full(sequence)))
}

fn sequence_of<'a>(context: &UndoContext<'a>, column: &Object) -> Option<&'a Object> {
    let before: &'a Catalog = context.before;
    before.iter().find(|object| object.kind() == Kind::Sequence && object.parent == Some(column.id))
}

pub(super) fn create(context: &UndoContext<'_>, object: &Object) -> Vec<OwnStatement> {
    let Some(parent) = object.parent.and_then(|parent| context.now_of(parent)) else { return Vec::new() };
    if object.is_inherited() && parent.body.table().is_some_and(|table| !table.parents.is_empty()) {
        return Vec::new();
    }
    match parent.kind() {
        Kind::CompositeType => {
            let text = format!("ALTER TYPE {} ADD ATTRIBUTE {}", owner(object), attribute::as_created(object));
            return vec![OwnStatement::object(text)];
        }
        Kind::View | Kind::MaterializedView => return Vec::new(),
        _ => {}
    }
    let table = owner(object);
    let needs_value = object.body.column().is_some_and(|column| {
        refuses_null(column) && column.default.is_none() && column.generated.is_none() && column.identity.is_none()
    });
    // Rows that are there need some value.
    if needs_value && let Some(value) = fill::value(context.before, object) {
        let clause = clause_with(context, object, Some(&value));
        let add = OwnStatement::object(format!("ALTER TABLE {table} ADD COLUMN {clause}"));
        return vec![add, attribute::drop_default(object)];
    }
    let text = format!("ALTER {} {table} ADD COLUMN {}", word(parent.kind()), clause(context, object));
    vec![OwnStatement::object(text)]
}

pub(super) fn alter(context: &UndoContext<'_>, altered: &Altered<'_>) -> Vec<OwnStatement> {
    let now = altered.now;
    match now.parent.map(|parent| parent.kind) {
        Some(Kind::CompositeType) => return composite::alter(context, altered),
        Some(Kind::View) => return view_column(altered),
        _ => {}
    }
    // What a parent's column changes, changes with it; what is left shows in the next round.
    if now.is_inherited() && parent_changes(context, now) {
        return Vec::new();
    }
    let kind = match now.parent.map(|parent| parent.kind) {
        Some(Kind::MaterializedView) => word(Kind::MaterializedView),
        _ => word(Kind::Table),
    };
    let table = format!("{kind} {}", owner(now));
    let Some((before, body)) = altered.before.body.column().zip(now.body.column()) else { return Vec::new() };
    let change = ColumnAlteration { context, altered, before, now: body, table, name: ident(&now.name.name) };
    let mut statements = change.data_type();
    statements.extend(change.generated());
    statements.extend(change.default_and_identity());
    statements.extend(change.settings());
    statements
}

/// Gives rows the default that a column had, where it is to refuse NULL again.
pub(super) fn without_nulls(altered: &Altered<'_>) -> Option<OwnStatement> {
    let now = altered.now;
    let before = altered.before.body.column()?;
    let is_to_refuse = refuses_null(before) && !refuses_null(now.body.column()?);
    let is_of_table = now.parent.is_some_and(|parent| parent.kind == Kind::Table) && !now.is_inherited();
    let default = before.default.as_ref().filter(|_| is_to_refuse && is_of_table && !altered.has(&[Fact::Type]))?;
    let name = ident(&now.name.name);
    let table = Name { schema: now.name.schema.clone().map(Cow::Owned), name: now.name.owner.clone()?.into() };
    let text = format!("UPDATE {} SET {name} = {default} WHERE {name} IS NULL", owner(now));
    Some(OwnStatement::new(OwnKind::Fill, text).costing(Loss::Changed { table }))
}

fn parent_changes(context: &UndoContext<'_>, now: &Object) -> bool {
    let Some(table) = now.parent.and_then(|table| context.now.get(table)).and_then(|table| table.body.table()) else {
        return false;
    };
    let is_of_parent = |other: &Object| {
        let parent = other.parent.and_then(|parent| context.now.get(parent));
        parent.is_some_and(|parent| table.parents.has(&full(parent)))
    };
    context.altered.values().any(|other| {
        other.now.kind() == Kind::Column
            && other.now.name.name == now.name.name
            && other.now.id != now.id
            && is_of_parent(other.now)
            && other.facts.iter().any(|fact| !matches!(fact, Fact::Position | Fact::Comment | Fact::Grants))
    })
}

fn view_column(altered: &Altered<'_>) -> Vec<OwnStatement> {
    if !altered.has(&[Fact::Default]) {
        return Vec::new();
    }
    let default = altered.before.body.column().and_then(|column| column.default.as_ref());
    let change = default.map_or_else(|| "DROP DEFAULT".to_owned(), |text| format!("SET DEFAULT {text}"));
    let name = ident(&altered.now.name.name);
    vec![OwnStatement::object(format!("ALTER VIEW {} ALTER COLUMN {name} {change}", owner(altered.now)))]
}

struct ColumnAlteration<'c, 'a> {
    context: &'c UndoContext<'a>,
    altered: &'c Altered<'a>,
    before: &'c Column,
    now: &'c Column,
    /// With what it is.
    table: String,
    name: String,
}

impl ColumnAlteration<'_, '_> {
    fn statement(&self, action: &str) -> OwnStatement {
        OwnStatement::object(format!("ALTER {} ALTER COLUMN {} {action}", self.table, self.name))
    }

    fn on_table(&self, action: &str) -> OwnStatement {
        OwnStatement::object(format!("ALTER {} {action}", self.table))
    }

    fn data_type(&self) -> Vec<OwnStatement> {
        let altered = self.altered;
        if !altered.has(&[Fact::Type, Fact::Collation]) || must_replace(altered) || !self.type_exists() {
            return Vec::new();
        }
        let kind = altered.before.data_type();
        let declared = attribute::declared(altered.before);
        let mut statements = Vec::new();
        // The default of the old type may have no cast to the new one.
        if self.now.default.is_some() {
            statements.push(attribute::drop_default(altered.now));
        }
        let using = if altered.has(&[Fact::Type]) && self.before.generated.is_none() {
            let conversion = fill::conversion(&self.name, altered.now.data_type(), kind);
            conversion.map_or_else(String::new, |conversion| format!(" USING {conversion}"))
        } else {
            String::new()
        };
        statements.push(self.statement(&format!("TYPE {declared}{using}")));
        if let Some(default) = &self.before.default {
            statements.push(self.statement(&format!("SET DEFAULT {default}")));
        }
        statements
    }

    /// The type may be one that is made in this very phase, after which it is there.
    fn type_exists(&self) -> bool {
        let needed = self.altered.before.depends_on.iter();
        needed
            .filter(|id| super::context::is_type(id.kind))
            .all(|id| self.context.now_of(*id).is_some() || self.context.missing.contains_key(id))
    }

    fn generated(&self) -> Option<OwnStatement> {
        (self.altered.has(&[Fact::Generated]) && self.before.generated.is_none())
            .then(|| self.statement("DROP EXPRESSION"))
    }

    fn default_and_identity(&self) -> Vec<OwnStatement> {
        let altered = self.altered;
        let mut statements = Vec::new();
        if altered.has(&[Fact::Identity]) && self.before.identity.is_none() {
            statements.push(self.statement("DROP IDENTITY"));
            if self.before.default.is_some() {
                // Its sequence may have to be made anew.
                return statements;
            }
        }
        // A change of the type has set it.
        if altered.has(&[Fact::Default]) && !altered.has(&[Fact::Type, Fact::Collation]) && !must_replace(altered) {
            statements.push(match &self.before.default {
                Some(default) => self.statement(&format!("SET DEFAULT {default}")),
                None if altered.has(&[Fact::Generated]) => return statements,
                None => self.statement("DROP DEFAULT"),
            });
        }
        if altered.has(&[Fact::NotNull]) {
            statements.extend(self.not_null());
        }
        if altered.has(&[Fact::Identity])
            && let Some(kind) = self.before.identity
        {
            if self.now.identity.is_some() {
                statements.push(self.statement(&format!("SET GENERATED {}", kind.word())));
            } else if let Some(identity) = identity(self.context, altered.before) {
                statements.push(self.statement(&format!("ADD {identity}")));
                statements
                    .extend(sequence_of(self.context, altered.before).and_then(|of| sequence::go_on(of, altered.now)));
            }
        }
        statements
    }

    fn not_null(&self) -> Vec<OwnStatement> {
        match (&self.now.not_null, &self.before.not_null) {
            (Some(_), None) => vec![self.statement("DROP NOT NULL")],
            // Partitions have the names of their parent.
            (Some(_), Some(_)) if self.altered.has(&[Fact::Parents]) => Vec::new(),
            (Some(now), Some(before)) => self.not_null_again(now, before),
            (None, Some(before)) if *before == NotNull::default() => vec![self.statement("SET NOT NULL")],
            (None, Some(before)) => vec![self.add_not_null(before)],
            (None, None) => Vec::new(),
        }
    }

    /// From one constraint to the other: its name, whether children have it, whether it is known to hold.
    fn not_null_again(&self, now: &NotNull, before: &NotNull) -> Vec<OwnStatement> {
        let (old, new) = (self.not_null_name(now), self.not_null_name(before));
        if before.not_valid && !now.not_valid {
            return vec![self.statement("DROP NOT NULL"), self.add_not_null(before)];
        }
        let mut statements = Vec::new();
        if old != new {
            statements.push(self.on_table(&format!("RENAME CONSTRAINT {old} TO {new}")));
        }
        match (now.no_inherit, before.no_inherit) {
            (false, true) => statements.push(self.on_table(&format!("ALTER CONSTRAINT {new} NO INHERIT"))),
            (true, false) => statements.push(self.on_table(&format!("ALTER CONSTRAINT {new} INHERIT"))),
            _ => {}
        }
        if now.not_valid && !before.not_valid {
            statements.push(self.on_table(&format!("VALIDATE CONSTRAINT {new}")));
        }
        statements
    }

    fn add_not_null(&self, not_null: &NotNull) -> OwnStatement {
        let name = self.not_null_name(not_null);
        let (table, column) = (&self.table, &self.name);
        OwnStatement::object(format!("ALTER {table} ADD CONSTRAINT {name} NOT NULL {column}{}", not_null.suffix()))
    }

    /// The name that it has since PostgreSQL 18; where none is said, the one that the server gives.
    fn not_null_name(&self, not_null: &NotNull) -> String {
        let now = &self.altered.now.name;
        let usual = || ident(&format!("{}_{}_not_null", now.owner.as_deref().unwrap_or_default(), now.name));
        not_null.name.clone().unwrap_or_else(usual)
    }

    fn settings(&self) -> Vec<OwnStatement> {
        let altered = self.altered;
        let mut statements = Vec::new();
        if altered.has(&[Fact::Storage]) {
            // Not before PostgreSQL 16 is there a word for the usual one.
            let usual = || usual_storage(altered.before.data_type());
            let storage = self.before.storage.as_deref().unwrap_or_else(usual);
            statements.push(self.statement(&format!("SET STORAGE {storage}")));
        }
        if altered.has(&[Fact::Compression]) {
            let compression = self.before.compression.as_deref().unwrap_or("DEFAULT");
            statements.push(self.statement(&format!("SET COMPRESSION {compression}")));
        }
        if altered.has(&[Fact::Value]) {
            statements.push(self.statement(&format!("SET STATISTICS {}", self.before.statistics.unwrap_or(-1))));
        }
        if altered.has(&[Fact::Options]) {
            if !self.now.settings.is_empty() {
                statements.push(self.statement(&format!("RESET ({})", self.now.settings.names())));
            }
            if !self.before.settings.is_empty() {
                statements.push(self.statement(&format!("SET ({})", self.before.settings.list())));
            }
        }
        statements
    }
}

fn usual_storage(kind: &str) -> &'static str {
    if kind.starts_with("numeric") || kind == "inet" || kind == "cidr" { "MAIN" } else { "EXTENDED" }
}
