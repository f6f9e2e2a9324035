//! The tables of SQLite with the names and types that they get, before their constraints are translated.

use std::collections::BTreeMap;

use super::declared::DeclaredType;
use super::default::is_constant;
use super::expression::{Expr, ScopeColumn, ValueKind, parse};
use super::names::{TakenNames, folded, sql_name};
use super::profile::{ColumnProfile, Profiles};
use super::read::{ColumnText, ConstraintKind, ConstraintText, TableText};
use super::types::{CheckHints, ColumnFacts, TypeChoice, choose};
use crate::catalog::{GeneratedColumn, is_like};
use crate::config::Map;
use crate::convert::{ConvertOptions, OwnedStored, TargetType};
use crate::database::sqlite::inspect::{SqliteSnapshot, TableEntry};
use crate::transfer::MergedRules;

/// What is read of a database of SQLite.
pub(crate) struct TranslateSource<'a> {
    pub(crate) snapshot: &'a SqliteSnapshot,
    /// None where the values are not to be looked at.
    pub(crate) profiles: Option<&'a Profiles>,
    /// What SQLite stores for the defaults that are the same each time, by table and column.
    pub(crate) defaults: &'a BTreeMap<(String, String), OwnedStored>,
}

/// A table on its way.
pub(super) struct DraftTable<'a> {
    pub(super) entry: &'a TableEntry,
    pub(super) text: TableText,
    /// Its name on PostgreSQL.
    pub(super) name: String,
    pub(super) columns: Vec<DraftColumn<'a>>,
}

/// A column on its way.
pub(super) struct DraftColumn<'a> {
    pub(super) text: ColumnText,
    /// Its name on PostgreSQL.
    pub(super) name: String,
    pub(super) declared: DeclaredType,
    pub(super) choice: TypeChoice,
    pub(super) options: ConvertOptions,
    pub(super) profile: Option<&'a ColumnProfile>,
    /// The value of its DEFAULT, as it was written.
    pub(super) default: Option<String>,
    pub(super) generated: Option<GeneratedColumn>,
    pub(super) is_rowid: bool,
    pub(super) is_not_null: bool,
}

impl DraftTable<'_> {
    pub(super) fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.text.name.eq_ignore_ascii_case(name))
    }

    /// The columns as expressions see them.
    pub(super) fn scope(&self) -> Vec<ScopeColumn> {
        self.columns.iter().map(|column| column.seen_as(&column.choice.target)).collect()
    }

    /// All constraints: those of columns, and those of the table.
    pub(super) fn constraints(&self) -> impl Iterator<Item = &ConstraintText> {
        self.columns.iter().flat_map(|column| &column.text.constraints).chain(&self.text.constraints)
    }

    /// The columns of the primary key, by their places.
    pub(super) fn primary_key(&self) -> Vec<usize> {
        self.entry.table.primary_key().iter().filter_map(|name| self.column(name)).collect()
    }
}

impl DraftColumn<'_> {
    pub(super) fn seen_as(&self, target: &TargetType) -> ScopeColumn {
        ScopeColumn {
            table: None,
            name: self.text.name.clone(),
            sql: sql_name(&self.name),
            kind: ValueKind::of(target),
            affinity: self.declared.affinity,
            collation: self.text.collation().map(str::to_owned),
            is_json: matches!(target, TargetType::Jsonb | TargetType::Json),
        }
    }
}

/// What the map says of names: a table that stays, and a name that a person chose.
pub(super) fn stays(map: &Map, path: &[&str]) -> bool {
    map.sqlite_only.iter().any(|line| {
        line.path.len() == path.len()
            && line.path.iter().zip(path).all(|(part, name)| is_like(&part.to_lowercase(), &name.to_lowercase()))
    })
}

/// Reads the tables, and gives each a name and each column a name and a type.
pub(super) fn draft<'a>(source: &TranslateSource<'a>, map: &Map, taken: &mut TakenNames) -> Vec<DraftTable<'a>> {
    let mut rules = MergedRules::new(&map.convert, &map.section);
    let tables: &'a [TableEntry] = &source.snapshot.tables;
    let moved = tables.iter().filter(|entry| !stays(map, &[&entry.name]));
    let read = moved.filter_map(|entry| Some((entry, TableText::parse(&entry.table.sql)?)));
    read.map(|(entry, text)| {
        let given = map.tables.iter().find(|pair| pair.sqlite.eq_ignore_ascii_case(&entry.name));
        let wanted = given.map_or_else(|| folded(&entry.name, text.is_quoted), |pair| pair.postgres.clone());
        let name = taken.take(&wanted);
        let columns = columns(source, map, (entry, &text), &mut rules);
        DraftTable { entry, text, name, columns }
    })
    .collect()
}

fn columns<'a>(
    source: &TranslateSource<'a>,
    map: &Map,
    (entry, text): (&'a TableEntry, &TableText),
    rules: &mut MergedRules<'_>,
) -> Vec<DraftColumn<'a>> {
    let mut taken = TakenNames::of_columns();
    let moved = text.columns.iter().filter(|column| !stays(map, &[&entry.name, &column.name]));
    let column = |column: &ColumnText| {
        let definition = entry.table.column(&column.name)?;
        let is_of = |table: &str, name: &str| {
            table.eq_ignore_ascii_case(&entry.name) && name.eq_ignore_ascii_case(&column.name)
        };
        let given = map.columns.iter().find(|pair| is_of(&pair.table, &pair.sqlite));
        let wanted = given.map_or_else(|| folded(&column.name, column.is_quoted), |pair| pair.postgres.clone());
        let name = taken.take(&wanted);
        let declared = DeclaredType::of(&column.datatype);
        let key = (entry.name.clone(), column.name.clone());
        let profile = source.profiles.and_then(|profiles| profiles.get(&key));
        let is_rowid =
            entry.table.rowid_alias().is_some_and(|alias| alias.name == column.name) && !is_descending_key(column);
        let default = definition.default_value().map(str::to_owned);
        let choice = choose(&ColumnFacts {
            name: &column.name,
            declared: &declared,
            given: map.type_of(&entry.name, &column.name).map(|line| line.datatype.as_str()),
            is_rowid,
            hints: hints(text, &column.name),
            profile,
            defaults_to_now: default.as_ref().is_some_and(|default| !is_constant(default)),
        });
        Some(DraftColumn {
            text: column.clone(),
            name,
            declared,
            choice,
            options: rules.of(&entry.name, &column.name).0,
            profile,
            default,
            generated: definition.generated(),
            is_rowid,
            is_not_null: definition.is_not_null(),
        })
    };
    moved.filter_map(column).collect()
}

/// `INTEGER PRIMARY KEY DESC` is no rowid, for the sake of old databases (<https://www.sqlite.org/lang_createtable.html#rowid>).
fn is_descending_key(column: &ColumnText) -> bool {
    column.constraints.iter().any(|constraint| {
        matches!(&constraint.kind, ConstraintKind::PrimaryKey { columns, .. } if columns.iter().any(|part| part.is_descending))
    })
}

/// What CHECKs say of a column's type.
fn hints(table: &TableText, column: &str) -> CheckHints {
    let constraints = table.columns.iter().flat_map(|column| &column.constraints).chain(&table.constraints);
    let checks = constraints.filter_map(|constraint| match &constraint.kind {
        ConstraintKind::Check { expression } => parse(expression).ok(),
        _ => None,
    });
    let mut hints = CheckHints::default();
    for check in checks {
        note(&check, column, &mut hints);
    }
    hints
}

fn note(check: &Expr, column: &str, hints: &mut CheckHints) {
    let is_column = |expr: &Expr| matches!(expr, Expr::Name { name, .. } if name.eq_ignore_ascii_case(column));
    match check {
        Expr::Binary { operator: "AND" | "OR", left, right } => {
            note(left, column, hints);
            note(right, column, hints);
        }
        Expr::In { of, list, .. } if is_column(of) => {
            hints.is_flag |= list.len() == 2 && list.contains(&Expr::Integer(0)) && list.contains(&Expr::Integer(1));
        }
        Expr::Between { of, low, high, .. } if is_column(of) => {
            hints.is_flag |= **low == Expr::Integer(0) && **high == Expr::Integer(1);
        }
        Expr::Call { name, arguments } if name == "json_valid" => {
            hints.is_json |= arguments.first().is_some_and(is_column);
        }
        _ => {}
    }
}
