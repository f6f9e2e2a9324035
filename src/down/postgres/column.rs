//! Columns of tables, and attributes of composite types.

use super::context::{Altered, Context};
use super::in_the_way::must_replace;
use super::name::{full, ident, owner, word};
use super::{attribute, composite, fill, sequence};
use crate::catalog::{Catalog, Fact, Kind, Object};

/// The column as CREATE TABLE and ADD COLUMN take it. A partition has no identity of its own.
pub(super) fn clause(context: &Context<'_>, column: &Object) -> String {
    let mut sql = attribute::as_created(column);
    // Of a foreign table.
    if let Some(options) = column.fact(Fact::Definition) {
        sql += &format!(" {options}");
    }
    if let Some(default) = column.fact(Fact::Default) {
        sql += &format!(" DEFAULT {default}");
    }
    if let Some(expression) = column.fact(Fact::Generated) {
        sql += &format!(" GENERATED ALWAYS AS {expression}");
    }
    sql += &identity(context, column).map_or_else(String::new, |identity| format!(" {identity}"));
    // One that is not valid needs a statement of its own, in the next round.
    let not_null = column.fact(Fact::NotNull).filter(|not_null| !is_not_valid(not_null));
    sql + &not_null.map_or_else(String::new, |not_null| format!(" {not_null}"))
}

/// Whether rows that are there may hold NULL all the same: since PostgreSQL 18.
fn is_not_valid(not_null: &str) -> bool {
    not_null.ends_with(NOT_VALID)
}

const NOT_VALID: &str = " NOT VALID";
const NO_INHERIT: &str = " NO INHERIT";

fn identity(context: &Context<'_>, column: &Object) -> Option<String> {
    let kind = column.fact(Fact::Identity)?;
    let sequence = sequence_of(context, column)?;
    let options = sequence::options(sequence);
    // The column's type is the sequence's.
    let options = options.split_once(" START ").map_or(options, |(_, rest)| rest);
    let name = full(sequence);
    Some(format!("GENERATED {kind} AS IDENTITY (SEQUENCE NAME {name} START {options})"))
}

fn sequence_of<'a>(context: &Context<'a>, column: &Object) -> Option<&'a Object> {
    let before: &'a Catalog = context.before;
    before.iter().find(|object| object.kind() == Kind::Sequence && object.parent == Some(column.id))
}

pub(super) fn create(context: &Context<'_>, column: &Object) -> Vec<String> {
    let Some(parent) = column.parent.and_then(|parent| context.now_of(parent)) else { return Vec::new() };
    if is_inherited(column) && parent.fact(Fact::Parents).is_some() {
        return Vec::new();
    }
    match parent.kind() {
        Kind::CompositeType => {
            return vec![format!("ALTER TYPE {} ADD ATTRIBUTE {}", owner(column), attribute::as_created(column))];
        }
        Kind::View | Kind::MaterializedView => return Vec::new(),
        _ => {}
    }
    let table = owner(column);
    let filled = [Fact::Default, Fact::Generated, Fact::Identity].iter().any(|fact| column.fact(*fact).is_some());
    if column.fact(Fact::NotNull).is_some_and(|not_null| !is_not_valid(not_null)) && !filled {
        // Rows that are there need some value.
        if let Some(value) = fill::value(context.before, column) {
            let clause = clause(context, column);
            let clause = clause.replacen(
                &attribute::as_created(column),
                &format!("{} DEFAULT {value}", attribute::as_created(column)),
                1,
            );
            return vec![format!("ALTER TABLE {table} ADD COLUMN {clause}"), attribute::drop_default(column)];
        }
    }
    vec![format!("ALTER {} {table} ADD COLUMN {}", word(parent.kind()), clause(context, column))]
}

fn is_inherited(column: &Object) -> bool {
    column.fact(Fact::Parents).is_some_and(|parents| parents.starts_with("inherited"))
}

pub(super) fn alter(context: &Context<'_>, altered: &Altered<'_>) -> Vec<String> {
    let now = altered.now;
    match now.parent.map(|parent| parent.kind) {
        Some(Kind::CompositeType) => return composite::alter(context, altered),
        Some(Kind::View) => return view_column(altered),
        _ => {}
    }
    // What a parent's column changes, changes with it; what is left shows in the next round.
    if is_inherited(now) && parent_changes(context, now) {
        return Vec::new();
    }
    let kind = match now.parent.map(|parent| parent.kind) {
        Some(Kind::MaterializedView) => word(Kind::MaterializedView),
        _ => word(Kind::Table),
    };
    let table = format!("{kind} {}", owner(now));
    let change = Alteration { context, altered, table, name: ident(&now.name.name) };
    let mut statements = change.data_type();
    statements.extend(change.generated());
    statements.extend(change.default_and_identity());
    statements.extend(change.settings());
    statements
}

/// Gives rows the default that a column had, where it is to refuse NULL again.
pub(super) fn without_nulls(altered: &Altered<'_>) -> Option<String> {
    let (before, now) = (altered.before, altered.now);
    let refuses = |column: &Object| column.fact(Fact::NotNull).is_some_and(|not_null| !is_not_valid(not_null));
    let is_to_refuse = refuses(before) && !refuses(now);
    let is_of_table = now.parent.is_some_and(|parent| parent.kind == Kind::Table) && !is_inherited(now);
    let default = before.fact(Fact::Default).filter(|_| is_to_refuse && is_of_table && !altered.has(&[Fact::Type]))?;
    let name = ident(&now.name.name);
    Some(format!("UPDATE {} SET {name} = {default} WHERE {name} IS NULL", owner(now)))
}

fn parent_changes(context: &Context<'_>, now: &Object) -> bool {
    let Some(parents) = now.parent.and_then(|table| context.now.get(table)).and_then(|table| table.fact(Fact::Parents))
    else {
        return false;
    };
    context.altered.values().any(|other| {
        other.now.kind() == Kind::Column
            && other.now.name.name == now.name.name
            && other.now.id != now.id
            && parents
                .contains(&other.now.parent.and_then(|table| context.now.get(table)).map(full).unwrap_or_default())
            && other.facts.iter().any(|fact| !matches!(fact, Fact::Position | Fact::Comment | Fact::Grants))
    })
}

fn view_column(altered: &Altered<'_>) -> Vec<String> {
    if !altered.has(&[Fact::Default]) {
        return Vec::new();
    }
    let change = altered
        .before
        .fact(Fact::Default)
        .map_or_else(|| "DROP DEFAULT".to_owned(), |text| format!("SET DEFAULT {text}"));
    vec![format!("ALTER VIEW {} ALTER COLUMN {} {change}", owner(altered.now), ident(&altered.now.name.name))]
}

struct Alteration<'c, 'a> {
    context: &'c Context<'a>,
    altered: &'c Altered<'a>,
    /// With what it is.
    table: String,
    name: String,
}

impl Alteration<'_, '_> {
    fn statement(&self, action: &str) -> String {
        format!("ALTER {} ALTER COLUMN {} {action}", self.table, self.name)
    }

    fn before(&self, fact: Fact) -> Option<&str> {
        self.altered.before.fact(fact)
    }

    fn now(&self, fact: Fact) -> Option<&str> {
        self.altered.now.fact(fact)
    }

    fn data_type(&self) -> Vec<String> {
        let altered = self.altered;
        if !altered.has(&[Fact::Type, Fact::Collation]) || must_replace(altered) || !self.type_exists() {
            return Vec::new();
        }
        let kind = self.before(Fact::Type).unwrap_or_default();
        let declared = attribute::declared(altered.before);
        let mut statements = Vec::new();
        // The default of the old type may have no cast to the new one.
        if self.now(Fact::Default).is_some() {
            statements.push(attribute::drop_default(altered.now));
        }
        let using = if altered.has(&[Fact::Type]) && self.before(Fact::Generated).is_none() {
            let conversion = fill::conversion(&self.name, self.now(Fact::Type).unwrap_or_default(), kind);
            conversion.map_or_else(String::new, |conversion| format!(" USING {conversion}"))
        } else {
            String::new()
        };
        statements.push(self.statement(&format!("TYPE {declared}{using}")));
        if let Some(default) = self.before(Fact::Default) {
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

    fn generated(&self) -> Option<String> {
        (self.altered.has(&[Fact::Generated]) && self.before(Fact::Generated).is_none())
            .then(|| self.statement("DROP EXPRESSION"))
    }

    fn default_and_identity(&self) -> Vec<String> {
        let altered = self.altered;
        let mut statements = Vec::new();
        if altered.has(&[Fact::Identity]) && self.before(Fact::Identity).is_none() {
            statements.push(self.statement("DROP IDENTITY"));
            if self.before(Fact::Default).is_some() {
                // Its sequence may have to be made anew.
                return statements;
            }
        }
        // A change of the type has set it.
        if altered.has(&[Fact::Default]) && !altered.has(&[Fact::Type, Fact::Collation]) && !must_replace(altered) {
            statements.push(match self.before(Fact::Default) {
                Some(default) => self.statement(&format!("SET DEFAULT {default}")),
                None if altered.has(&[Fact::Generated]) => return statements,
                None => self.statement("DROP DEFAULT"),
            });
        }
        if altered.has(&[Fact::NotNull]) {
            statements.extend(self.not_null());
        }
        if altered.has(&[Fact::Identity])
            && let Some(kind) = self.before(Fact::Identity)
        {
            if self.now(Fact::Identity).is_some() {
                statements.push(self.statement(&format!("SET GENERATED {kind}")));
            } else if let Some(identity) = identity(self.context, altered.before) {
                statements.push(self.statement(&format!("ADD {identity}")));
                statements
                    .extend(sequence_of(self.context, altered.before).and_then(|of| sequence::go_on(of, altered.now)));
            }
        }
        statements
    }

    fn not_null(&self) -> Vec<String> {
        match (self.now(Fact::NotNull), self.before(Fact::NotNull)) {
            (Some(_), None) => vec![self.statement("DROP NOT NULL")],
            // Partitions have the names of their parent.
            (Some(_), Some(_)) if self.altered.has(&[Fact::Parents]) => Vec::new(),
            (Some(now), Some(before)) => self.not_null_again(now, before),
            (None, Some("NOT NULL")) => vec![self.statement("SET NOT NULL")],
            (None, Some(before)) => vec![self.add_not_null(before)],
            (None, None) => Vec::new(),
        }
    }

    /// From one constraint to the other: its name, whether children have it, whether it is known to hold.
    fn not_null_again(&self, now: &str, before: &str) -> Vec<String> {
        let (old, new) = (self.not_null_name(now), self.not_null_name(before));
        if is_not_valid(before) && !is_not_valid(now) {
            return vec![self.statement("DROP NOT NULL"), self.add_not_null(before)];
        }
        let mut statements = Vec::new();
        if old != new {
            statements.push(format!("ALTER {} RENAME CONSTRAINT {old} TO {new}", self.table));
        }
        match (now.contains(NO_INHERIT), before.contains(NO_INHERIT)) {
            (false, true) => statements.push(format!("ALTER {} ALTER CONSTRAINT {new} NO INHERIT", self.table)),
            (true, false) => statements.push(format!("ALTER {} ALTER CONSTRAINT {new} INHERIT", self.table)),
            _ => {}
        }
        if is_not_valid(now) && !is_not_valid(before) {
            statements.push(format!("ALTER {} VALIDATE CONSTRAINT {new}", self.table));
        }
        statements
    }

    fn add_not_null(&self, fact: &str) -> String {
        let suffix = fact.split_once("NOT NULL").map_or("", |(_, suffix)| suffix);
        let name = self.not_null_name(fact);
        format!("ALTER {} ADD CONSTRAINT {name} NOT NULL {}{suffix}", self.table, self.name)
    }

    /// The name that it has since PostgreSQL 18; where none is said, the one that the server gives.
    fn not_null_name(&self, fact: &str) -> String {
        let named = fact.strip_prefix("CONSTRAINT ").and_then(|rest| rest.split_once(" NOT NULL"));
        named.map_or_else(
            || {
                let now = &self.altered.now.name;
                ident(&format!("{}_{}_not_null", now.owner.as_deref().unwrap_or_default(), now.name))
            },
            |(name, _)| name.to_owned(),
        )
    }

    fn settings(&self) -> Vec<String> {
        let altered = self.altered;
        let mut statements = Vec::new();
        if altered.has(&[Fact::Storage]) {
            // Not before PostgreSQL 16 is there a word for the usual one.
            let usual = || usual_storage(self.before(Fact::Type).unwrap_or_default()).to_owned();
            let storage = self.before(Fact::Storage).map_or_else(usual, str::to_owned);
            statements.push(self.statement(&format!("SET STORAGE {storage}")));
        }
        if altered.has(&[Fact::Compression]) {
            let compression = self.before(Fact::Compression).unwrap_or("DEFAULT");
            statements.push(self.statement(&format!("SET COMPRESSION {compression}")));
        }
        if altered.has(&[Fact::Value]) {
            statements.push(self.statement(&format!("SET STATISTICS {}", self.before(Fact::Value).unwrap_or("-1"))));
        }
        if altered.has(&[Fact::Options]) {
            if let Some(now) = self.now(Fact::Options) {
                let names: Vec<&str> = now.split(", ").filter_map(|option| option.split('=').next()).collect();
                statements.push(self.statement(&format!("RESET ({})", names.join(", "))));
            }
            if let Some(before) = self.before(Fact::Options) {
                statements.push(self.statement(&format!("SET ({before})")));
            }
        }
        statements
    }
}

fn usual_storage(kind: &str) -> &'static str {
    if kind.starts_with("numeric") || kind == "inet" || kind == "cidr" { "MAIN" } else { "EXTENDED" }
}
