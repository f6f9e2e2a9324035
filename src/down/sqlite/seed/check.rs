//! The checks of a table.

use crate::database::sqlite::inspect::CreateTable;
use crate::sql::{Dialect, TokenKind, normal, tokens, unquoted_name};

/// A CHECK.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CheckConstraint {
    /// Of `CONSTRAINT name`.
    name: Option<String>,
    /// What stands in the parentheses, in normal form.
    pub(super) text: String,
    /// The columns that it names.
    pub(super) columns: Vec<String>,
}

/// The checks of a table and of its columns.
pub(super) fn of(table: &CreateTable) -> Vec<CheckConstraint> {
    let columns: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    let definitions = table.columns.iter().map(|column| &column.definition).chain(&table.constraints);
    definitions.flat_map(|definition| in_definition(definition, &columns)).collect()
}

fn in_definition(text: &str, columns: &[&str]) -> Vec<CheckConstraint> {
    let all = tokens(Dialect::Sqlite, text);
    let word = |at: usize| all.get(at).map(|token| unquoted_name(text, *token).to_ascii_lowercase());
    let mut checks = Vec::new();
    let (mut depth, mut from) = (0_usize, None);
    for (at, token) in all.iter().enumerate() {
        match token.kind {
            TokenKind::Open => {
                let is_check = depth == 0 && at > 0 && word(at - 1).as_deref() == Some("check");
                from = if is_check { Some(at) } else { from };
                depth += 1;
            }
            TokenKind::Close => depth = depth.saturating_sub(1),
            _ => {}
        }
        let Some(open) = from.filter(|_| depth == 0) else { continue };
        from = None;
        let is_named = open > 2 && word(open - 3).as_deref() == Some("constraint");
        let inside = &all[open + 1..at];
        let is_column =
            |name: &&&str| inside.iter().any(|token| is_name(token.kind, &unquoted_name(text, *token), name));
        checks.push(CheckConstraint {
            name: if is_named { word(open - 2) } else { None },
            text: normal(text, inside),
            columns: columns.iter().filter(is_column).map(|name| (*name).to_owned()).collect(),
        });
    }
    checks
}

fn is_name(kind: TokenKind, text: &str, name: &str) -> bool {
    matches!(kind, TokenKind::Word | TokenKind::QuotedName) && text.eq_ignore_ascii_case(name)
}

/// The columns of the check that SQLite names: by its name, or by its text.
pub(super) fn columns(checks: &[CheckConstraint], named: &str) -> Vec<String> {
    let is_called = |check: &&CheckConstraint| check.name.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(named));
    let text = normal(named, &tokens(Dialect::Sqlite, named));
    let found = checks.iter().find(is_called).or_else(|| checks.iter().find(|check| check.text == text));
    found.map(|check| check.columns.clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_is_found_by_what_sqlite_says_of_it() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        let sql = "CREATE TABLE t (a TEXT CHECK (length( a ) = 3 -- three\n AND a<>'x''y'), \"b c\" INT CONSTRAINT small CHECK (\"b c\" < 5), \
                   d, CONSTRAINT \"One of\" CHECK ((a IS NULL) <> (d IS NULL)))";
        connection.execute_batch(sql).unwrap();
        let checks = of(&CreateTable::parse(sql));
        for (row, names) in [("'long', 1, 1", &["a"][..]), ("'abc', 7, NULL", &["b c"]), ("'abc', 1, 1", &["a", "d"])] {
            let error = connection.execute(&format!("INSERT INTO t VALUES ({row})"), []).unwrap_err();
            assert_eq!(super::super::refusal("t", &checks, &error).columns, names, "{error}");
        }
    }
}
