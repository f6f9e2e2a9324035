//! The foreign keys between tables that are moved, and what becomes of rows that refer to what is not there.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::target::{parent_of, referenced_columns};
use super::{MovePlan, TableMove};
use crate::catalog::{Catalog, Kind, Object, ObjectName};
use crate::config::ConvertRule;
use crate::convert::OrphanRule;
use crate::error::{Code, Error};
use crate::sql::{Plain, mentions};

/// A foreign key, as the catalog has it, or the journal of a copy while it is off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeyShape {
    pub(crate) name: String,
    /// The table that refers: its schema and its name.
    pub(crate) child: (String, String),
    pub(crate) parent: (String, String),
    /// The columns that refer.
    pub(crate) own: Vec<String>,
    /// Those that they refer to.
    pub(crate) other: Vec<String>,
    /// Whether it is `MATCH FULL`.
    pub(crate) is_full: bool,
}

/// A foreign key of a table that is moved.
#[derive(Debug, Clone)]
pub(crate) struct PlannedKey {
    pub(crate) name: String,
    /// The table that refers, by its place in the plan.
    pub(crate) child: usize,
    pub(crate) parent: KeyParent,
    /// The columns, each with the one that it refers to.
    pub(crate) pairs: Vec<(String, String)>,
    /// Whether it is `MATCH FULL`.
    pub(crate) is_full: bool,
    /// What a rule says of rows that refer to nothing.
    pub(crate) outcome: Option<OrphanOutcome>,
    /// The rules that say so.
    pub(crate) rules: Vec<ConvertRule>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeyParent {
    /// By its place in the plan.
    Moved(usize),
    /// A table whose rows are there.
    Other(ObjectName),
}

/// What becomes of a row that refers to what is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum OrphanOutcome {
    /// These columns become NULL.
    Null(Vec<String>),
    /// It is left out.
    Skip,
}

/// The foreign keys of the target, with those that a copy has taken off.
pub(super) fn shapes(target: &Catalog, off: &[KeyShape]) -> Vec<KeyShape> {
    let shape = |object: &Object| {
        let foreign = object.foreign_key()?;
        let (child, parent) = (target.get(object.parent?)?, parent_of(target, foreign)?);
        let name = |table: &Object| (table.name.schema.clone().unwrap_or_default(), table.name.name.clone());
        Some(KeyShape {
            name: object.name.name.clone(),
            child: name(child),
            parent: name(parent),
            own: foreign.columns.clone(),
            other: referenced_columns(target, foreign),
            is_full: foreign.is_full_match,
        })
    };
    let mut shapes: Vec<KeyShape> = target.of_kind(Kind::Constraint).filter_map(shape).collect();
    let is_new = |key: &&KeyShape| !shapes.iter().any(|known| known.name == key.name && known.child == key.child);
    let off: Vec<KeyShape> = off.iter().filter(is_new).cloned().collect();
    shapes.extend(off);
    shapes.sort_by(|one, other| (&one.child, &one.name).cmp(&(&other.child, &other.name)));
    shapes
}

/// The keys of tables that are moved, in the order of the tables and of their names.
pub(super) fn planned(shapes: &[KeyShape], plan: &MovePlan) -> Vec<PlannedKey> {
    let name = |of: &(String, String)| ObjectName { schema: Some(of.0.clone()), owner: None, name: of.1.clone() };
    let at: BTreeMap<&ObjectName, usize> =
        plan.tables.iter().enumerate().map(|(at, table)| (&table.target, at)).collect();
    let key = |shape: &KeyShape| {
        let child = *at.get(&name(&shape.child))?;
        let parent = name(&shape.parent);
        let parent = at.get(&parent).map_or(KeyParent::Other(parent.clone()), |parent| KeyParent::Moved(*parent));
        let mut key = PlannedKey {
            name: shape.name.clone(),
            child,
            parent,
            pairs: shape.own.iter().cloned().zip(shape.other.iter().cloned()).collect(),
            is_full: shape.is_full,
            outcome: None,
            rules: Vec::new(),
        };
        key.set_outcome(&plan.tables[child]);
        Some(key)
    };
    let mut keys: Vec<PlannedKey> = shapes.iter().filter_map(key).collect();
    keys.sort_by(|one, other| (one.child, &one.name).cmp(&(other.child, &other.name)));
    keys
}

impl PlannedKey {
    fn set_outcome(&mut self, table: &TableMove) {
        let mut nulls = Vec::new();
        for column in &table.columns {
            if !self.has(&column.target) {
                continue;
            }
            match column.rule.options.orphan {
                None => continue,
                Some(OrphanRule::Null) => nulls.push(column.target.clone()),
                Some(OrphanRule::Skip) => self.outcome = Some(OrphanOutcome::Skip),
            }
            self.rules.extend(column.given.iter().filter(|rule| rule.name == "orphan").cloned());
        }
        if self.outcome.is_none() && !nulls.is_empty() {
            self.outcome = Some(OrphanOutcome::Null(nulls));
        }
    }

    fn has(&self, column: &str) -> bool {
        self.pairs.iter().any(|(own, _)| own == column)
    }
}

/// What is wrong with the rules for orphans.
pub(super) fn wrong(plan: &MovePlan) -> Vec<Error> {
    let mut wrong = Vec::new();
    for (at, table) in plan.tables.iter().enumerate() {
        let keys = || plan.keys.iter().filter(move |key| key.child == at);
        for column in &table.columns {
            let Some(orphan) = column.rule.options.orphan else { continue };
            let Some(rule) = column.given.iter().find(|rule| rule.name == "orphan") else { continue };
            let error = |message: String| Error::new(Code::InvalidValue, message).with_place(rule.place.clone());
            let name = format!("{}.{}", Plain(&table.name), Plain(&column.name));
            let is_used = plan.keys.iter().any(|key| key.rules.contains(rule));
            if !is_used {
                wrong.push(error(format!("`orphan` is for a column of a FOREIGN KEY, and {name} is none")));
            }
            if orphan == OrphanRule::Null && is_used && !column.rule.may_be_null {
                wrong.push(
                    error(format!("`orphan` cannot make {name} NULL: the column is NOT NULL"))
                        .with_hint("`orphan = \"skip\"` leaves the row out"),
                );
            }
            let computes = table.computed.iter().find(|computed| mentions(&computed.expression, &column.target));
            if let (OrphanRule::Null, Some(computed)) = (orphan, computes) {
                let message =
                    format!("`orphan` cannot make {name} NULL: {} is computed of it", Plain(&computed.target));
                wrong.push(error(message));
            }
        }
        for key in keys() {
            wrong.extend(contradiction(table, key));
        }
    }
    wrong
}

fn contradiction(table: &TableMove, key: &PlannedKey) -> Option<Error> {
    let rule = key.rules.first()?;
    let is_null = |column: &&super::ColumnMove| column.rule.options.orphan == Some(OrphanRule::Null);
    let nulls = table.columns.iter().filter(|column| key.has(&column.target)).filter(is_null).count();
    let name = format!("{} of {}", Plain(&key.name), Plain(&table.name));
    let message = if key.outcome == Some(OrphanOutcome::Skip) && nulls > 0 {
        format!("the columns of foreign key {name} have two rules for orphans")
    } else if key.is_full && nulls > 0 && nulls < key.pairs.len() {
        format!("foreign key {name} is MATCH FULL: `orphan = \"null\"` is to be set for all of its columns, or none")
    } else {
        return None;
    };
    Some(Error::new(Code::InvalidValue, message).with_place(rule.place.clone()))
}
