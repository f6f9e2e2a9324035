//! The text of a file: a statement a line, and a column a line where a table is created, so that people can review it.

use crate::sql::{Dialect, SyntaxError, TokenKind, normal, statements, tokens};

/// Puts what barrel renders in one line into lines. Nothing but white space is changed.
pub(super) fn layout(dialect: Dialect, sql: &str) -> Result<String, SyntaxError> {
    let mut text = String::new();
    let mut at = 0;
    for statement in statements(dialect, sql) {
        let statement = statement?;
        // Comments before it.
        let before = sql[at..statement.offset].trim_matches(|c: char| c.is_whitespace() || c == ';');
        if !before.is_empty() {
            text.push_str(before);
            text.push('\n');
        }
        text.push_str(&lines(dialect, statement.text));
        text.push_str(";\n");
        at = statement.end;
    }
    Ok(text)
}

/// What of a text counts: its statements without comments, white space and needless quotes, one a line.
pub(super) fn substance(dialect: Dialect, sql: &str) -> Result<Vec<String>, SyntaxError> {
    let form = |text: &str| normal(text, &tokens(dialect, text));
    statements(dialect, sql).map(|statement| Ok(form(statement?.text))).collect()
}

/// A line for each column of a table that is created.
fn lines(dialect: Dialect, statement: &str) -> String {
    let tokens = tokens(dialect, statement);
    let word = |at: usize| tokens.get(at).map(|token| &statement[token.start..token.end]);
    let is = |at: usize, wanted: &str| word(at).is_some_and(|word| word.eq_ignore_ascii_case(wanted));
    if is(0, "CREATE") && is(1, "INDEX") {
        // barrel leaves the place of UNIQUE between two blanks.
        return format!("CREATE {}", &statement[tokens[1].start..]);
    }
    if !(is(0, "CREATE") && is(1, "TABLE")) {
        return statement.to_owned();
    }
    let mut text = String::with_capacity(statement.len() * 2);
    let (mut depth, mut written) = (0_usize, 0);
    for token in &tokens {
        let ends_at = match token.kind {
            TokenKind::Open => {
                depth += 1;
                (depth == 1).then_some(token.end)
            }
            TokenKind::Comma => (depth == 1).then_some(token.end),
            TokenKind::Close => {
                depth = depth.saturating_sub(1);
                (depth == 0).then_some(token.start)
            }
            _ => None,
        };
        let Some(end) = ends_at else { continue };
        text.push_str(statement[written..end].trim());
        text.push_str(if token.kind == TokenKind::Close { "\n" } else { "\n    " });
        written = end;
    }
    text.push_str(statement[written..].trim());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_a_line_for_each_column() {
        let sql = "CREATE TABLE \"a,(\" (\"x\" TEXT DEFAULT 'a,(b', \"y\" NUMERIC(9,2));CREATE  INDEX \"i\" ON \"a,(\" (\"x\", \"y\");;";
        let wanted = "CREATE TABLE \"a,(\" (\n    \"x\" TEXT DEFAULT 'a,(b',\n    \"y\" NUMERIC(9,2)\n);\n\
                      CREATE INDEX \"i\" ON \"a,(\" (\"x\", \"y\");\n";
        for dialect in [Dialect::Sqlite, Dialect::Postgres] {
            let text = layout(dialect, sql).unwrap();
            assert_eq!(text, wanted);
            assert_eq!(substance(dialect, &text).unwrap(), substance(dialect, sql).unwrap());
        }
    }

    #[test]
    fn comments_stay_and_do_not_count() {
        let sql = "-- one\nSELECT 1; /* two */ SELECT /* three */ 2;";
        let text = layout(Dialect::Sqlite, sql).unwrap();
        assert_eq!(text, "-- one\nSELECT 1;\n/* two */\nSELECT /* three */ 2;\n");
        assert_eq!(substance(Dialect::Sqlite, sql).unwrap(), ["select 1", "select 2"]);
    }

    #[test]
    fn what_is_empty_stays_empty() {
        assert_eq!(layout(Dialect::Postgres, ";; ;").unwrap(), "");
    }
}
