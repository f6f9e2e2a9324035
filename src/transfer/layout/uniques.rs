//! What is unique on the target, and which one stays of rows that are there more than once.

use super::target::table_of;
use super::{MovePlan, TableMove};
use crate::catalog::{Body, Catalog, IndexKey, Object, RuleKind};
use crate::config::{KeptRow, Map, UniqueLine};
use crate::error::{Code, Error};
use crate::sql::{Ident, Plain, mentions};

/// A key, unique constraint or unique index of a table that is moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlannedUnique {
    pub(crate) name: String,
    /// What is unique, as SQL has it.
    pub(crate) keys: Vec<String>,
    /// Of which rows.
    pub(crate) predicate: Option<String>,
    /// Whether rows with a NULL among the keys are never the same.
    pub(crate) nulls_distinct: bool,
    /// Which one stays; none where no rule says so.
    pub(crate) rule: Option<UniqueLine>,
}

impl PlannedUnique {
    /// The query of the rows of a table that are there more than once and do not stay, by the numbers in one of its columns. Without a rule none stays.
    pub(crate) fn losers(&self, table: &str, number: &str) -> String {
        let mut conditions: Vec<String> = self.predicate.iter().map(|text| format!("({text})")).collect();
        if self.nulls_distinct {
            conditions.extend(self.keys.iter().map(|key| format!("({key}) IS NOT NULL")));
        }
        let condition = if conditions.is_empty() { "true".to_owned() } else { conditions.join(" AND ") };
        let keys: Vec<String> = self.keys.iter().map(|key| format!("({key})")).collect();
        let (order, loses) = match self.rule.as_ref().map(|rule| rule.keep) {
            Some(KeptRow::First) => ("", "place > 1"),
            Some(KeptRow::Last) => (" DESC", "place > 1"),
            None => ("", "alike > 1"),
        };
        format!(
            "SELECT {number} FROM (SELECT {number}, row_number() OVER (PARTITION BY {keys} ORDER BY {number}{order}) AS place, \
             count(*) OVER (PARTITION BY {keys}) AS alike FROM {table} WHERE {condition}) r WHERE {loses}",
            keys = keys.join(", ")
        )
    }

    /// Whether it depends on a column.
    pub(crate) fn depends_on(&self, column: &str) -> bool {
        self.keys.iter().chain(&self.predicate).any(|text| mentions(text, column))
    }
}

impl TableMove {
    /// Whether a rule says which one stays of rows that are there more than once.
    pub(crate) fn keeps_one(&self) -> bool {
        self.uniques.iter().any(|unique| unique.rule.is_some())
    }
}

/// Finds what is unique, by the names of the constraints and indexes, and the rules for it. Returns what is wrong with these.
pub(super) fn add(map: &Map, target: &Catalog, plan: &mut MovePlan) -> Vec<Error> {
    let mut used = vec![false; map.unique.len()];
    let mut wrong = Vec::new();
    for table in &mut plan.tables {
        let Some(object) = table_of(target, &table.target) else { continue };
        let mut uniques: Vec<PlannedUnique> = target.parts_of(object.id).filter_map(of_part).collect();
        uniques.sort_by(|one, other| one.name.cmp(&other.name));
        for unique in &mut uniques {
            let is_of =
                |line: &UniqueLine| line.table.eq_ignore_ascii_case(&table.name) && line.constraint == unique.name;
            let Some(at) = map.unique.iter().position(is_of) else { continue };
            used[at] = true;
            wrong.extend(unplaced(table, unique, &map.unique[at]));
            unique.rule = Some(map.unique[at].clone());
        }
        // What is not moved, or comes of the server, is not known before the rows are there.
        uniques.retain(|unique| {
            unique.rule.is_some() || !table.computed.iter().any(|column| unique.depends_on(&column.target))
        });
        table.uniques = uniques;
    }
    let unused = map.unique.iter().zip(used).filter(|(_, used)| !used).map(|(line, _)| nothing_unique(map, plan, line));
    wrong.extend(unused);
    wrong
}

fn of_part(part: &Object) -> Option<PlannedUnique> {
    let columns = |columns: &[String]| columns.iter().map(|name| Ident(name).to_string()).collect();
    let (keys, predicate, nulls_distinct) = match &part.body {
        Body::Constraint(constraint) => match &constraint.rule.as_ref()?.kind {
            RuleKind::PrimaryKey { columns: names } => (columns(names), None, true),
            RuleKind::Unique { columns: names, nulls_distinct } => (columns(names), None, *nulls_distinct),
            _ => return None,
        },
        Body::Index(index) => {
            let text = index.definition.as_ref()?;
            let parts = text.parts.as_ref().filter(|parts| parts.is_unique)?;
            let key =
                |key: &IndexKey| key.column.as_ref().map_or_else(|| key.text.clone(), |name| Ident(name).to_string());
            let nulls_distinct = !text.text.to_lowercase().contains("nulls not distinct");
            (parts.keys.iter().map(key).collect(), parts.predicate.clone(), nulls_distinct)
        }
        _ => return None,
    };
    Some(PlannedUnique { name: part.name.name.clone(), keys, predicate, nulls_distinct, rule: None })
}

/// Rows have to have an order that is the same in each run, and values that are known before they are written.
fn unplaced(table: &TableMove, unique: &PlannedUnique, line: &UniqueLine) -> Option<Error> {
    let error = |message: String| Some(Error::new(Code::InvalidValue, message).with_place(line.place.clone()));
    if let Some(column) = table.computed.iter().find(|column| unique.depends_on(&column.target)) {
        return error(format!(
            "no rule can be for {}: PostgreSQL computes {}",
            Plain(&unique.name),
            Plain(&column.target)
        ));
    }
    if table.row_name.rowid.is_none() && table.row_name.key.is_empty() {
        return error(format!(
            "no rule can be for {}: {} has neither rowids nor a key",
            Plain(&unique.name),
            Plain(&table.name)
        ));
    }
    None
}

fn nothing_unique(map: &Map, plan: &MovePlan, line: &UniqueLine) -> Error {
    let table = plan.tables.iter().find(|table| table.name.eq_ignore_ascii_case(&line.table));
    let message = match table {
        Some(table) => {
            format!("{} has no key, unique constraint or unique index {}", Plain(&table.name), Plain(&line.constraint))
        }
        None => format!("[{}.unique] is for tables that are moved, and {} is none", map.section, Plain(&line.table)),
    };
    let known: Vec<&str> = table.iter().flat_map(|table| &table.uniques).map(|unique| unique.name.as_str()).collect();
    let error = Error::new(Code::InvalidValue, message).with_place(line.place.clone());
    if known.is_empty() { error } else { error.with_hint(format!("those that it has: {}", known.join(", "))) }
}
