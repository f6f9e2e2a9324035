//! Roles in statements about rights and owners.

use crate::source::Script;
use crate::sql::{Dialect, OwnKind, OwnStatement, Token, TokenKind, mentions, tokens, unquoted_name};

/// The statements of a down without the role that works in the scratch database: whoever runs the migrations may be another one, and has
/// made what they make. A role that the up names is meant.
pub(super) fn of_whoever_runs(up: &Script, role: &str, statements: Vec<OwnStatement>) -> Vec<OwnStatement> {
    if mentions(up.text(), role) {
        return statements;
    }
    statements.iter().map(|statement| replaced(statement, role, "CURRENT_USER")).collect()
}

/// The statement with `to`, as SQL has it, where it is about rights and owners, and names this role: after TO, FROM, ROLE or a comma of
/// theirs.
pub(super) fn replaced(statement: &OwnStatement, from: &str, to: &str) -> OwnStatement {
    if statement.kind != OwnKind::Rights {
        return statement.clone();
    }
    statement.clone().worded(with_role(&statement.text, from, to))
}

fn with_role(statement: &str, from: &str, to: &str) -> String {
    let all = tokens(Dialect::Postgres, statement);
    let text = |token: &Token| &statement[token.start..token.end];
    let word = |at: usize, words: &[&str]| {
        all.get(at).is_some_and(|token| words.iter().any(|word| text(token).eq_ignore_ascii_case(word)))
    };
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
        ] {
            let statement = OwnStatement::new(OwnKind::Rights, statement);
            assert_eq!(replaced(&statement, "ci", "\"App\"").text, told);
        }
        for text in ["ALTER TABLE t RENAME TO ci", "GRANT x TO ci"] {
            let statement = OwnStatement::object(text);
            assert_eq!(replaced(&statement, "ci", "\"App\""), statement);
        }
    }
}
