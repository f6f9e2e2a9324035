use super::Dialect;
use super::cursor::Cursor;
use super::lexer::{Strings, TokenKind};
use super::text::unquoted;

/// SQLite: the columns that an UPDATE sets, also as `SET (a, b) = ...`.
pub(crate) fn assigned_columns(update: &str) -> Vec<String> {
    assigned(Cursor::new(Dialect::Sqlite, Strings::Standard, update))
}

/// The columns that an UPDATE sets, as the database keeps their names.
pub(super) fn assigned(update: Cursor<'_>) -> Vec<String> {
    let mut columns = Vec::new();
    let mut place = AssignmentPlace::BeforeSet;
    let mut depth = 0_usize;
    for (kind, text) in update.tokens() {
        let is = |words: &[&str]| depth == 0 && words.iter().any(|word| text.eq_ignore_ascii_case(word));
        match (kind, place) {
            (TokenKind::Open, _) => {
                depth += 1;
                place = if place == AssignmentPlace::Column { AssignmentPlace::List } else { place };
            }
            (TokenKind::Close, _) => {
                depth = depth.saturating_sub(1);
                place = if place == AssignmentPlace::List { AssignmentPlace::Value } else { place };
            }
            (TokenKind::Word, AssignmentPlace::BeforeSet) if is(&["set"]) => place = AssignmentPlace::Column,
            (TokenKind::Word, AssignmentPlace::Value) if is(&["where", "from", "returning", "order", "limit"]) => break,
            (TokenKind::Comma, AssignmentPlace::Value) if depth == 0 => place = AssignmentPlace::Column,
            (
                TokenKind::Word | TokenKind::QuotedName | TokenKind::Literal,
                AssignmentPlace::Column | AssignmentPlace::List,
            ) => {
                let folds = update.dialect() == Dialect::Postgres && kind == TokenKind::Word;
                columns.push(if folds { text.to_ascii_lowercase() } else { unquoted(text).into_owned() });
                place = if place == AssignmentPlace::Column { AssignmentPlace::Value } else { place };
            }
            _ => {}
        }
    }
    columns
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AssignmentPlace {
    BeforeSet,
    Column,
    List,
    Value,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_is_set_and_nothing_else() {
        for (update, columns) in [
            ("UPDATE t SET a = 1, \"b\"\"c\" = (SELECT x, y FROM z WHERE d = 1), [e] = f(g, h)", "a b\"c e"),
            ("UPDATE OR IGNORE t AS u SET (a, b) = (1, 2), c = 3 WHERE d = 4, e", "a b c"),
            ("WITH w AS (SELECT 1) UPDATE t SET a = b = c FROM w WHERE x = y", "a"),
            ("UPDATE t SET a = 1 RETURNING b", "a"),
            ("DELETE FROM t", ""),
        ] {
            assert_eq!(assigned_columns(update).join(" "), columns, "{update}");
        }
    }
}
