//! Roles in statements about rights and owners.

use crate::source::Script;
use crate::sql::{Dialect, Token, TokenKind, mentions, tokens, unquoted_name};

/// The statements of a down without the role that works in the scratch database: whoever runs the migrations may be another one, and has
/// made what they make. A role that the up names is meant.
pub(super) fn of_whoever_runs(up: &Script, role: &str, statements: Vec<String>) -> Vec<String> {
    if mentions(up.text(), role) {
        return statements;
    }
    statements.iter().map(|statement| replaced(statement, role, "CURRENT_USER")).collect()
}

/// A statement about rights and owners with `to`, as SQL has it, where it names this role: after TO, FROM, ROLE or a comma of theirs.
pub(super) fn replaced(statement: &str, from: &str, to: &str) -> String {
    let all = tokens(Dialect::Postgres, statement);
    let text = |token: &Token| &statement[token.start..token.end];
    let word = |at: usize, words: &[&str]| {
        all.get(at).is_some_and(|token| words.iter().any(|word| text(token).eq_ignore_ascii_case(word)))
    };
    let says = |first: &[&str]| word(0, first);
    let has_owner = all
        .windows(2)
        .any(|two| text(&two[0]).eq_ignore_ascii_case("owner") && text(&two[1]).eq_ignore_ascii_case("to"));
    if !(says(&["GRANT", "REVOKE"]) || has_owner || (says(&["ALTER"]) && word(1, &["DEFAULT"]))) {
        return statement.to_owned();
    }
    let mut told = String::with_capacity(statement.len());
    let mut copied = 0;
    for (at, token) in all.iter().enumerate().skip(1) {
        let is_name = matches!(token.kind, TokenKind::Word | TokenKind::QuotedName);
        if is_name && word(at - 1, &["TO", "FROM", "ROLE", ","]) && unquoted_name(statement, *token) == from {
            told.push_str(&statement[copied..token.start]);
            told.push_str(to);
            copied = token.end;
        }
    }
    told.push_str(&statement[copied..]);
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_replaced_where_statements_name_them() {
        for (statement, told) in [
            (
                "GRANT SELECT ON TABLE ci TO ci, reader, ci WITH GRANT OPTION",
                "GRANT SELECT ON TABLE ci TO \"App\", reader, \"App\" WITH GRANT OPTION",
            ),
            ("REVOKE ALL ON SCHEMA s FROM \"ci\"", "REVOKE ALL ON SCHEMA s FROM \"App\""),
            ("ALTER TABLE ci OWNER TO ci", "ALTER TABLE ci OWNER TO \"App\""),
            (
                "ALTER DEFAULT PRIVILEGES FOR ROLE ci IN SCHEMA ci GRANT SELECT ON TABLES TO ci",
                "ALTER DEFAULT PRIVILEGES FOR ROLE \"App\" IN SCHEMA ci GRANT SELECT ON TABLES TO \"App\"",
            ),
            ("ALTER TABLE t RENAME TO ci", "ALTER TABLE t RENAME TO ci"),
            ("CREATE TABLE t (a int DEFAULT 1, ci int)", "CREATE TABLE t (a int DEFAULT 1, ci int)"),
        ] {
            assert_eq!(replaced(statement, "ci", "\"App\""), told);
        }
    }
}
