//! Columns that a script adds with a default, and what that leaves in the rows that are there.

use std::borrow::Cow;

use super::effect::{Deed, Effect};
use super::name::{is_exactly, is_name};
use super::{Dialect, FilledColumn, Loss, Name, Statement, TokenKind, tokens, unquoted};

/// What a script adds with defaults.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Filling {
    pub(crate) columns: Vec<FilledColumn>,
    /// Whether a statement may write rows, which may give these columns other values.
    pub(crate) writes_rows: bool,
    /// Whether a table may be put in the place of another.
    pub(crate) moves_tables: bool,
}

impl Filling {
    /// Reads a script. Where a statement hides what it does nothing is known.
    pub(crate) fn of<'a>(dialect: Dialect, statements: impl Iterator<Item = Statement<'a>>) -> Self {
        let mut filling = Self::default();
        let mut touched: Vec<Name<'static>> = Vec::new();
        let mut altered: Vec<(Name<'static>, String)> = Vec::new();
        for statement in statements {
            let effect = Effect::of(dialect, &statement);
            filling.writes_rows |= effect.verb.may_write_rows();
            for deed in &effect.deeds {
                if reaches_columns(deed) {
                    touched.extend(deed.touches().into_iter().map(Name::to_owned));
                }
                match deed {
                    Deed::DropsColumn { table, column } => altered.push((table.to_owned(), column.to_string())),
                    Deed::RenamesColumn { table, from, to } => {
                        altered.extend([from, to].map(|column| (table.to_owned(), column.to_string())));
                    }
                    Deed::AddsColumn { table, column, default: Some(default) } => {
                        let (table, column, default) = (table.to_owned(), column.to_string(), (*default).to_owned());
                        filling.columns.push(FilledColumn { table, column, default });
                    }
                    // Which table a name means is not known any more, or what was done to it.
                    Deed::RenamesSchema { .. } | Deed::LooksIn { .. } | Deed::Loses { .. } | Deed::Hides { .. } => {
                        return Self::default();
                    }
                    Deed::DropsTable { .. } | Deed::RenamesTable { .. } => filling.moves_tables = true,
                    _ => {}
                }
            }
        }
        let all = std::mem::take(&mut filling.columns);
        let is_once = |column: &FilledColumn| {
            let same = |other: &&FilledColumn| {
                other.table.may_be(&column.table) && is_name(dialect, &other.column, &column.column)
            };
            all.iter().filter(same).count() == 1
        };
        let is_altered = |column: &FilledColumn| {
            altered.iter().any(|(table, name)| table.may_be(&column.table) && is_name(dialect, name, &column.column))
        };
        let is_untouched =
            |column: &FilledColumn| !is_altered(column) && !touched.iter().any(|table| table.may_be(&column.table));
        filling.columns = all.iter().filter(|column| is_once(column) && is_untouched(column)).cloned().collect();
        filling
    }
}

/// Whether a deed may do something to all columns of a table. Which rows are written a record tells; other columns are no matter.
fn reaches_columns(deed: &Deed<'_>) -> bool {
    !matches!(
        deed,
        Deed::Deletes { .. }
            | Deed::Changes { .. }
            | Deed::Copies(_)
            | Deed::DropsColumn { .. }
            | Deed::RenamesColumn { .. }
    )
}

/// SQLite: the default of a column as an expression that means the same in a query. A name alone is a text after DEFAULT, and a column elsewhere
/// (<https://www.sqlite.org/syntax/column-constraint.html>).
pub(crate) fn default_expression(default: &str) -> Cow<'_, str> {
    const VALUES: [&str; 6] = ["null", "true", "false", "current_time", "current_date", "current_timestamp"];
    let all = tokens(Dialect::Sqlite, default);
    let [token] = all[..] else { return Cow::Borrowed(default) };
    let text = &default[token.start..token.end];
    let is_text = match token.kind {
        TokenKind::QuotedName => true,
        TokenKind::Word => {
            let is_number = text.starts_with(|first: char| first.is_ascii_digit());
            !is_number && !VALUES.iter().any(|value| text.eq_ignore_ascii_case(value))
        }
        _ => false,
    };
    if is_text { Cow::Owned(format!("'{}'", unquoted(text).replace('\'', "''"))) } else { Cow::Borrowed(default) }
}

impl FilledColumn {
    /// SQLite: the default as `PRAGMA table_xinfo` tells it, which has no parentheses around an expression.
    pub(crate) fn told_default(&self) -> &str {
        let default = self.default.trim();
        let inside = default.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
        inside.map_or(default, str::trim)
    }

    /// Whether it is the column whose values a script would lose, as far as names tell: which table a name without a schema means on PostgreSQL its server knows.
    pub(crate) fn may_be_lost(&self, dialect: Dialect, loss: &Loss) -> bool {
        let Loss::Values { table, column } = loss else { return false };
        let is_it = match dialect {
            Dialect::Sqlite => is_exactly(dialect, &self.table, table),
            Dialect::Postgres => self.table.may_be(table),
        };
        is_it && is_name(dialect, &self.column, column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::statements;

    fn filled(dialect: Dialect, script: &str) -> Vec<String> {
        let columns = Filling::of(dialect, statements(dialect, script).flatten()).columns;
        columns.iter().map(|filled| format!("{} {} {}", filled.table.plain(), filled.column, filled.default)).collect()
    }

    #[test]
    fn what_stands_after_default_is_read_whole() {
        for (definition, default) in [
            ("int DEFAULT 5", "5"),
            ("int NOT NULL DEFAULT -5 CHECK (v < 9)", "-5"),
            ("real DEFAULT 1.5e3 NOT NULL", "1.5e3"),
            ("text DEFAULT 'a, (b' CHECK (v <> 'DEFAULT')", "'a, (b'"),
            ("int CHECK (v <> 7) DEFAULT (1 + (2))", "(1 + (2))"),
            ("timestamptz DEFAULT now() NOT NULL", "now()"),
            ("jsonb DEFAULT '{}'::jsonb", "'{}'::jsonb"),
        ] {
            let script = format!("ALTER TABLE t ADD COLUMN v {definition};\nCREATE INDEX i ON t (v);");
            assert_eq!(filled(Dialect::Postgres, &script), [format!("t v {default}")], "{definition}");
        }
        let two = "ALTER TABLE t ADD v int DEFAULT 5, ADD COLUMN w int, ADD x int DEFAULT 6";
        assert_eq!(filled(Dialect::Postgres, two), ["t v 5", "t x 6"]);
    }

    #[test]
    fn a_default_means_the_same_in_a_query() {
        for (default, expression) in [
            ("x", "'x'"),
            ("key", "'key'"),
            ("\"it's \"\"x\"\"\"", "'it''s \"x\"'"),
            ("[a b]", "'a b'"),
            ("`x`", "'x'"),
            ("\"true\"", "'true'"),
            ("TRUE", "TRUE"),
            ("null", "null"),
            ("Current_Timestamp", "Current_Timestamp"),
            ("'x'", "'x'"),
            ("x'00'", "x'00'"),
            ("X''", "X''"),
            ("0x1f", "0x1f"),
            ("1e5", "1e5"),
            ("- 1", "- 1"),
            ("+1", "+1"),
            ("1 + 1", "1 + 1"),
        ] {
            assert_eq!(default_expression(default), expression);
        }
    }

    #[test]
    fn where_more_is_done_nothing_is_known() {
        for more in [
            "ALTER TABLE t DROP COLUMN v; ALTER TABLE t ADD COLUMN v int DEFAULT 7",
            "ALTER TABLE t ALTER COLUMN v TYPE text",
            "ALTER TABLE t RENAME TO u",
            "ALTER TABLE t RENAME COLUMN v TO w",
            "TRUNCATE t",
            "DROP TABLE t",
            "ALTER TABLE t RENAME COLUMN w TO v",
            "SET search_path = a",
            "ALTER SCHEMA a RENAME TO b",
        ] {
            let script = format!("ALTER TABLE t ADD COLUMN v int DEFAULT 5;\n{more};");
            assert_eq!(filled(Dialect::Postgres, &script), [""; 0], "{more}");
        }
        let filling = |script: &str| Filling::of(Dialect::Postgres, statements(Dialect::Postgres, script).flatten());
        for hidden in ["DO $$ BEGIN UPDATE t SET v = 1; END $$", "SELECT fill()", "CALL fill()"] {
            let filling = filling(&format!("ALTER TABLE t ADD v int DEFAULT 5; {hidden}"));
            assert!(filling.columns.is_empty() || filling.writes_rows, "{hidden}");
        }
        // Which rows these write a record tells.
        for written in
            ["UPDATE s.t SET v = 1", "DELETE FROM t WHERE v = 5", "ALTER TABLE t DROP COLUMN w; UPDATE t SET v = 9"]
        {
            let filling = filling(&format!("ALTER TABLE t ADD v int DEFAULT 5; {written}"));
            assert!(filling.columns.len() == 1 && filling.writes_rows, "{written}");
        }
        assert!(!filling("CREATE INDEX i ON t (v)").writes_rows);
        assert!(filling("ALTER TABLE a RENAME TO b").moves_tables);
    }
}
