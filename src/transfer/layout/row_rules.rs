//! The rules that are about rows: whether the column is one that they can be about.

use super::{ColumnMove, TableMove};
use crate::convert::TargetType;
use crate::error::{Code, Error};
use crate::sql::Plain;

/// What is wrong with such rules of a table.
pub(super) fn wrong_row_rules(table: &TableMove) -> Vec<Error> {
    table.columns.iter().filter_map(|column| not_a_time(table, column)).collect()
}

fn not_a_time(table: &TableMove, column: &ColumnMove) -> Option<Error> {
    let age = column.rule.options.age?;
    let target = &column.rule.target;
    if matches!(target, TargetType::Timestamptz(_) | TargetType::Timestamp(_) | TargetType::Date) {
        return None;
    }
    let name = format!("{}.{}", Plain(&table.name), Plain(&column.name));
    let message = format!("`{}` is for a column of times or dates, and {name} is {target} on PostgreSQL", age.name());
    let rule = column.given.iter().find(|rule| rule.name == age.name())?;
    Some(Error::new(Code::InvalidValue, message).with_place(rule.place.clone()))
}
