//! Foreign keys, and the unique indexes that they need.

use super::Untranslated;
use super::draft::DraftTable;
use super::model::{TranslatedForeignKey, Translation};
use super::names::{TakenNames, folded, sql_name};
use super::read::{ConstraintKind, ConstraintText, ForeignKeyText, IndexStatement};
use super::settle::{Tie, is_alike, tie};

pub(super) fn translate(
    tables: &[DraftTable<'_>],
    indexes: &[IndexStatement],
    taken: &mut TakenNames,
    translation: &mut Translation,
) {
    for (child, table) in tables.iter().enumerate() {
        let mut names = TakenNames::default();
        for constraint in table.constraints() {
            let ConstraintKind::ForeignKey(key) = &constraint.kind else { continue };
            let schema = translation.schema.clone();
            match foreign_key(tables, (child, key), (constraint, &schema), indexes) {
                Ok((name, definition)) => {
                    // Its name must not be that of another constraint of the table, which are all among those that are taken.
                    let name = if taken.has(&name) { taken.take(&name) } else { name };
                    let name = names.take(&name);
                    translation.foreign_keys.push(TranslatedForeignKey { table: table.name.clone(), name, definition });
                }
                Err(why) => translation.leave(table.entry.name.clone(), "FOREIGN KEY", why, &constraint.sql),
            }
        }
    }
}

/// Its name, and what it says.
fn foreign_key(
    tables: &[DraftTable<'_>],
    (child, key): (usize, &ForeignKeyText),
    (constraint, schema): (&ConstraintText, &str),
    indexes: &[IndexStatement],
) -> Result<(String, String), Untranslated> {
    let tie = tie(tables, child, key)
        .ok_or_else(|| Untranslated::new(format!("{} or a column of it is not there", key.parent)))?;
    let (table, parent) = (&tables[child], &tables[tie.parent]);
    for (own, other) in &tie.columns {
        let (own, other) = (&table.columns[*own], &parent.columns[*other]);
        if !is_alike(&own.choice.target, &other.choice.target) {
            let (own, other) = (&own.choice.target, &other.choice.target);
            return Err(Untranslated::new(format!("its column is of {own}, and the one that it refers to of {other}")));
        }
        if let Some(collation) = other.text.collation() {
            return Err(Untranslated::new(format!("it finds rows by COLLATE {collation}")));
        }
    }
    if !is_unique(parent, &tie, indexes) {
        return Err(Untranslated::new(format!("{} has no key or unique index of these columns", key.parent)));
    }
    let listed = |table: &DraftTable<'_>, columns: &mut dyn Iterator<Item = usize>| {
        columns.map(|at| sql_name(&table.columns[at].name)).collect::<Vec<_>>().join(", ")
    };
    let own = listed(table, &mut tie.columns.iter().map(|(own, _)| *own));
    let referenced = listed(parent, &mut tie.columns.iter().map(|(_, other)| *other));
    let names: Vec<&str> = tie.columns.iter().map(|(own, _)| table.columns[*own].name.as_str()).collect();
    let name = match &constraint.name {
        Some(name) => folded(name, false),
        None => folded(&format!("{}_{}_fkey", table.name, names.join("_")), true),
    };
    let to = Translation::qualified(schema, &parent.name);
    let mut definition = format!("FOREIGN KEY ({own}) REFERENCES {to} ({referenced})");
    for action in key.actions.iter().chain(&key.deferrable) {
        definition.push_str(&format!(" {action}"));
    }
    Ok((name, definition))
}

/// Whether the columns that are referred to are those of a key or of a unique index, in any order.
fn is_unique(parent: &DraftTable<'_>, tie: &Tie, indexes: &[IndexStatement]) -> bool {
    let mut wanted: Vec<usize> = tie.columns.iter().map(|(_, other)| *other).collect();
    wanted.sort_unstable();
    let is_wanted = |columns: Vec<usize>| {
        let mut columns = columns;
        columns.sort_unstable();
        columns == wanted
    };
    let uniques = parent.entry.table.uniques();
    let uniques = uniques.iter().map(|key| key.iter().filter_map(|name| parent.column(name)).collect::<Vec<_>>());
    is_wanted(parent.primary_key())
        || uniques.into_iter().any(is_wanted)
        || indexes.iter().any(|index| is_key_index(parent, index) && is_wanted(columns_of(parent, index)))
}

/// Whether a foreign key may refer to the columns of an index.
fn is_key_index(parent: &DraftTable<'_>, index: &IndexStatement) -> bool {
    index.is_unique
        && index.condition.is_none()
        && index.table.eq_ignore_ascii_case(&parent.entry.name)
        && index.parts.iter().all(|part| part.column.is_some() && part.collation.is_none())
}

fn columns_of(parent: &DraftTable<'_>, index: &IndexStatement) -> Vec<usize> {
    index.parts.iter().filter_map(|part| parent.column(part.column.as_deref()?)).collect()
}

/// Whether a foreign key refers to the columns of an index, so that it has to be there first.
pub(super) fn is_referred_to(tables: &[DraftTable<'_>], parent: &DraftTable<'_>, index: &IndexStatement) -> bool {
    if !is_key_index(parent, index) {
        return false;
    }
    let mut own = columns_of(parent, index);
    own.sort_unstable();
    let refers = |(child, table): (usize, &DraftTable<'_>)| {
        table.constraints().any(|constraint| {
            let ConstraintKind::ForeignKey(key) = &constraint.kind else { return false };
            let Some(tie) = tie(tables, child, key) else { return false };
            let mut wanted: Vec<usize> = tie.columns.iter().map(|(_, other)| *other).collect();
            wanted.sort_unstable();
            tables[tie.parent].entry.name == parent.entry.name && wanted == own
        })
    };
    tables.iter().enumerate().any(refers)
}
