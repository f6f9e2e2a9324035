//! Values for columns of which nothing is known but their constraints.

use crate::database::sqlite::inspect::{Affinity, ColumnDefinition, CreateTable};
use crate::sql::{Dialect, TokenKind, tokens};

/// An expression for a column that must not be NULL, for every row of a rebuilt table. `is_indexed` says that a unique index is on it.
pub(super) fn expression(
    table: &CreateTable,
    column: &ColumnDefinition,
    is_indexed: bool,
    rowid: Option<&str>,
) -> String {
    let listed = listed(table, column);
    if let Some(value) = listed.first() {
        return value.clone();
    }
    let is_unique = is_indexed
        || column.has("unique")
        || column.has("primary")
        || table.uniques().iter().any(|key| key.iter().any(|name| name.eq_ignore_ascii_case(&column.name)));
    match (kind(column), rowid.filter(|_| is_unique)) {
        (ValueClass::Integer | ValueClass::Real, Some(rowid)) => rowid.to_owned(),
        (_, Some(rowid)) => format!("CAST({rowid} AS TEXT)"),
        (ValueClass::Integer, None) => "0".to_owned(),
        (ValueClass::Real, None) => "0.0".to_owned(),
        (ValueClass::Blob, None) => "X''".to_owned(),
        (ValueClass::Text, None) => "''".to_owned(),
    }
}

/// What a column's type makes of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValueClass {
    Integer,
    Real,
    Text,
    Blob,
}

/// By its affinity; what a name says of text that has another one counts more.
pub(super) fn kind(column: &ColumnDefinition) -> ValueClass {
    let has = |words: &[&str]| words.iter().any(|word| column.datatype.contains(word));
    match column.affinity() {
        Affinity::Text | Affinity::Any => ValueClass::Text,
        Affinity::Numeric if has(&["date", "time", "json", "uuid"]) => ValueClass::Text,
        Affinity::Integer | Affinity::Numeric => ValueClass::Integer,
        Affinity::Blob => ValueClass::Blob,
        Affinity::Real => ValueClass::Real,
    }
}

/// The literals in the checks that name a column: one of them is likely to pass.
fn listed(table: &CreateTable, column: &ColumnDefinition) -> Vec<String> {
    let name = column.name.to_ascii_lowercase();
    let of_column = Some(column.definition.as_str()).filter(|definition| definition.contains("check ("));
    let of_table = table.constraints.iter().map(String::as_str).filter(|constraint| constraint.contains("check ("));
    let mut found = Vec::new();
    for check in of_column.into_iter().chain(of_table) {
        let text = &check[check.find("check (").unwrap_or_default()..];
        let tokens = tokens(Dialect::Sqlite, text);
        let words = tokens.iter().map(|token| text[token.start..token.end].trim_matches('"'));
        if !words.clone().any(|word| word == name) {
            continue;
        }
        for token in &tokens {
            let slice = &text[token.start..token.end];
            let is_number = token.kind == TokenKind::Symbol && slice.bytes().all(|byte| byte.is_ascii_digit());
            if token.kind == TokenKind::Literal || is_number {
                found.push(slice.to_owned());
            }
        }
    }
    found
}
