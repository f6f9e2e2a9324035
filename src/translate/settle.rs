//! Types that depend on each other: columns tied by a foreign key have one, and what an expression needs comes before what values suggest.

use super::draft::DraftTable;
use super::expression::{Expr, Scope, Use, parse};
use super::read::{ConstraintKind, ForeignKeyText, IndexStatement};
use super::types::{TypeChoice, TypeOrigin, base};
use crate::convert::TargetType;
use crate::database::sqlite::inspect::Affinity;

/// A foreign key between tables by their places: of each column the place in the child and in the parent.
pub(super) struct Tie {
    pub(super) child: usize,
    pub(super) parent: usize,
    pub(super) columns: Vec<(usize, usize)>,
}

/// The foreign key as a tie; none where it refers to what is not there.
pub(super) fn tie(tables: &[DraftTable<'_>], child: usize, key: &ForeignKeyText) -> Option<Tie> {
    let parent = tables.iter().position(|table| table.entry.name.eq_ignore_ascii_case(&key.parent))?;
    let referenced: Vec<usize> = if key.referenced.is_empty() {
        tables[parent].primary_key()
    } else {
        key.referenced.iter().map(|name| tables[parent].column(name)).collect::<Option<_>>()?
    };
    let own: Vec<usize> = key.columns.iter().map(|name| tables[child].column(name)).collect::<Option<_>>()?;
    (own.len() == referenced.len()).then(|| Tie { child, parent, columns: own.into_iter().zip(referenced).collect() })
}

fn ties(tables: &[DraftTable<'_>]) -> Vec<Tie> {
    let of = |child: usize| {
        let keys = tables[child].constraints().filter_map(|constraint| match &constraint.kind {
            ConstraintKind::ForeignKey(key) => Some(key),
            _ => None,
        });
        keys.filter_map(|key| tie(tables, child, key)).collect::<Vec<_>>()
    };
    (0..tables.len()).flat_map(of).collect()
}

/// Changes types until none has to be changed for the sake of another one.
pub(super) fn settle(tables: &mut [DraftTable<'_>], indexes: &[IndexStatement]) {
    let ties = ties(tables);
    let columns: usize = tables.iter().map(|table| table.columns.len()).sum();
    for _ in 0..=columns {
        let mut is_changed = false;
        for tie in &ties {
            for (child, parent) in &tie.columns {
                is_changed |= align(tables, (tie.child, *child), (tie.parent, *parent));
            }
        }
        for at in 0..tables.len() {
            is_changed |= pin(tables, at, indexes);
        }
        if !is_changed {
            return;
        }
    }
}

/// Whether PostgreSQL takes a foreign key between columns of these types, and finds rows by it as SQLite does.
pub(super) fn is_alike(child: &TargetType, parent: &TargetType) -> bool {
    let is_text = |target: &TargetType| matches!(target, TargetType::Text | TargetType::Varchar(_));
    let is_whole =
        |target: &TargetType| matches!(target, TargetType::SmallInt | TargetType::Integer | TargetType::BigInt);
    child == parent || is_text(child) && is_text(parent) || is_whole(child) && is_whole(parent)
}

/// Makes two tied columns of one type, where the values let it.
fn align(tables: &mut [DraftTable<'_>], child: (usize, usize), parent: (usize, usize)) -> bool {
    let choice = |at: (usize, usize)| &tables[at.0].columns[at.1].choice;
    let (of_child, of_parent) = (choice(child).clone(), choice(parent).clone());
    if is_alike(&of_child.target, &of_parent.target) {
        return false;
    }
    if takes(tables, child, &of_parent) {
        tie_to(tables, child, parent);
        return true;
    }
    if takes(tables, parent, &of_child) {
        tie_to(tables, parent, child);
        return true;
    }
    false
}

/// Whether a column may get the type of another one: no person decided otherwise, and every value fits.
fn takes(tables: &[DraftTable<'_>], at: (usize, usize), other: &TypeChoice) -> bool {
    let column = &tables[at.0].columns[at.1];
    if column.choice.origin == TypeOrigin::Given || column.is_rowid {
        return false;
    }
    let is_free = match column.profile {
        Some(profile) if profile.values > 0 => profile.is_all(&other.target),
        _ => true,
    };
    is_free && may_keep(column.declared.affinity, &other.target)
}

/// Whether a column of an affinity may keep values of a type, as `check --prove` compares them.
fn may_keep(affinity: Affinity, target: &TargetType) -> bool {
    match affinity {
        Affinity::Text => matches!(
            target,
            TargetType::Text
                | TargetType::Varchar(_)
                | TargetType::Uuid
                | TargetType::Date
                | TargetType::Timestamp(_)
                | TargetType::Timestamptz(_)
                | TargetType::Time(_)
                | TargetType::Jsonb
                | TargetType::Numeric(_)
        ),
        Affinity::Integer => matches!(
            target,
            TargetType::BigInt | TargetType::Integer | TargetType::SmallInt | TargetType::Boolean | TargetType::Double
        ),
        Affinity::Blob => matches!(target, TargetType::Bytea | TargetType::Uuid),
        Affinity::Real => matches!(target, TargetType::Double),
        Affinity::Numeric | Affinity::Any => true,
    }
}

fn tie_to(tables: &mut [DraftTable<'_>], at: (usize, usize), to: (usize, usize)) {
    let other = &tables[to.0];
    let shown = format!("{}.{}", other.entry.name, other.columns[to.1].text.name);
    let (target, sql) = (other.columns[to.1].choice.target.clone(), other.columns[to.1].choice.sql.clone());
    let column = &mut tables[at.0].columns[at.1];
    let question = column.choice.question.take();
    column.choice = TypeChoice { question, ..TypeChoice::tied(&target, &sql, &column.declared, &shown) };
}

/// Gives columns back the type that they were declared with, where an expression is translated only then.
fn pin(tables: &mut [DraftTable<'_>], at: usize, indexes: &[IndexStatement]) -> bool {
    let table = &tables[at];
    for (expr, use_) in expressions(table, indexes) {
        let scope = table.scope();
        if is_translated(&expr, Scope { columns: &scope, use_ }) {
            continue;
        }
        let names = expr.names();
        let suggested: Vec<usize> = names
            .iter()
            .filter_map(|name| table.column(name))
            .filter(|column| table.columns[*column].choice.origin == TypeOrigin::Values)
            .collect();
        let mut pinned = scope.clone();
        for column in &suggested {
            pinned[*column] = table.columns[*column].seen_as(&base(&table.columns[*column].declared));
        }
        if suggested.is_empty() || !is_translated(&expr, Scope { columns: &pinned, use_ }) {
            continue;
        }
        for column in suggested {
            let column = &mut tables[at].columns[column];
            let question = column.choice.question.take();
            let was = column.choice.target.to_string();
            let why =
                format!("{}, and an expression on it needs this type and not {was}", evidence(&column.choice.evidence));
            column.choice = TypeChoice { question, ..TypeChoice::pinned(&column.declared, &why) };
        }
        return true;
    }
    false
}

/// The evidence behind the declared type.
fn evidence(text: &str) -> &str {
    text.split_once("; ").map_or(text, |(_, counted)| counted)
}

fn is_translated(expr: &Expr, scope: Scope<'_>) -> bool {
    match scope.use_ {
        Use::Condition => scope.condition(expr).is_ok(),
        Use::Value | Use::Query => scope.value(expr).is_ok(),
    }
}

/// The expressions of a table that can be read: CHECKs, generated columns, conditions and parts of indexes.
fn expressions(table: &DraftTable<'_>, indexes: &[IndexStatement]) -> Vec<(Expr, Use)> {
    let checks = table.constraints().filter_map(|constraint| match &constraint.kind {
        ConstraintKind::Check { expression } => Some((expression.as_str(), Use::Condition)),
        _ => None,
    });
    let generated =
        table.columns.iter().filter_map(|column| Some((column.generated.as_ref()?.expression.as_str(), Use::Value)));
    let own = indexes.iter().filter(|index| index.table.eq_ignore_ascii_case(&table.entry.name));
    let of_indexes = own.flat_map(|index| {
        let parts =
            index.parts.iter().filter(|part| part.column.is_none()).map(|part| (part.text.as_str(), Use::Value));
        index.condition.iter().map(|condition| (condition.as_str(), Use::Condition)).chain(parts)
    });
    let all = checks.chain(generated).chain(of_indexes);
    all.filter_map(|(text, use_)| Some((parse(text).ok()?, use_))).collect()
}
