//! Columns whose values do not come out of a column of SQLite: a constant, or what one of the databases computes.

use super::{ColumnMove, ComputedColumn, MergedRules, TableMove, types};
use crate::catalog::Catalog;
use crate::config::{ConvertRule, Map};
use crate::convert::{ColumnRule, Supply, convert};
use crate::error::{Code, Error};
use crate::sql::Plain;
use crate::transfer::{MappedColumn, MappedTable};

/// Adds the columns that PostgreSQL alone has and a rule supplies. Returns what is wrong with such rules.
pub(super) fn supply(
    map: &Map,
    (table, other): (&MappedTable, &MappedTable),
    target: &Catalog,
    merged: &mut MergedRules<'_>,
    moved: &mut TableMove,
) -> Vec<Error> {
    let mut wrong: Vec<Error> = moved.columns.iter().filter_map(|column| of_moved(table, column)).collect();
    for column in other.columns.iter().filter(|column| !column.is_generated) {
        // The name is that of a column on SQLite first.
        let is_named = moved.columns.iter().any(|known| known.name.eq_ignore_ascii_case(&column.name));
        if is_named || moved.fills(&column.name) || !map.supplies(&table.name, &column.name) {
            continue;
        }
        let (options, given) = merged.of(&table.name, &column.name);
        let Some(rule) = given.iter().find(|rule| rule.is_supply()).cloned() else { continue };
        match options.supply.clone() {
            Supply::Column => {}
            Supply::Postgres(expression) => moved.computed.push(ComputedColumn {
                target: column.name.clone(),
                datatype: column.datatype.clone(),
                expression,
                rule,
            }),
            Supply::Sqlite(_) | Supply::Fill(_) => {
                let type_of = types::of(target, &column.datatype);
                let column_rule = ColumnRule { target: type_of, may_be_null: column.may_be_null, options };
                wrong.extend(without_place(table, column, &column_rule, &rule));
                let (name, target) = (column.name.clone(), column.name.clone());
                moved.columns.push(ColumnMove { name, target, rule: column_rule, given });
            }
        }
    }
    wrong
}

/// A constant, or what PostgreSQL computes, in place of values that SQLite has.
fn of_moved(table: &MappedTable, column: &ColumnMove) -> Option<Error> {
    let rule = column.given.iter().find(|rule| matches!(rule.name.as_str(), "fill" | "postgres"))?;
    let name = format!("{}.{}", Plain(&table.name), Plain(&column.name));
    let message = format!("`{}` is for a column that PostgreSQL alone has, and {name} is moved", rule.name);
    Some(
        Error::new(Code::InvalidValue, message)
            .with_place(rule.place.clone())
            .with_hint(format!("where its values are to stay, list \"{name}\" in `sqlite_only`"))
            .with_hint("or let SQLite compute others instead of them: `sqlite = \"<an expression>\"`"),
    )
}

/// A constant is put through its rule once, so that it is refused before any row is read.
fn without_place(table: &MappedTable, column: &MappedColumn, rule: &ColumnRule, given: &ConvertRule) -> Option<Error> {
    let Supply::Fill(value) = &rule.options.supply else { return None };
    let reason = convert(value.stored(), rule).err()?;
    let name = format!("{}.{}", Plain(&table.name), Plain(&column.name));
    Some(
        Error::new(
            Code::InvalidValue,
            format!("what `fill` says for {name} has no place in a column of {}", rule.target),
        )
        .with_place(given.place.clone())
        .with_cause(reason.to_string())
        .with_hint("docs/moving.md, \"What becomes of a value\", says what the type takes"),
    )
}
