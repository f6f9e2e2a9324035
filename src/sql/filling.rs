//! Columns that a script adds with a default, and what that leaves in the rows that are there.

use std::borrow::Cow;

use super::effect::{Copy, CopyColumns, Deed, Effect};
use super::name::{is_exactly, is_name};
use super::{Dialect, FilledBy, FilledColumn, Loss, Name, Statement, TokenKind, tokens, unquoted};

/// What a script adds with defaults.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Filling {
    pub(crate) columns: Vec<FilledColumn>,
    /// SQLite: columns of tables that it makes, in which no copy of a table has put anything. Rows that were written otherwise may have any value.
    pub(crate) made: Vec<FilledColumn>,
    /// Whether a statement may write rows, which may give these columns other values.
    pub(crate) writes_rows: bool,
    /// PostgreSQL: whether a table may be put in the place of another.
    pub(crate) moves_tables: bool,
}

impl Filling {
    /// Reads a script. Where a statement hides what it does nothing is known.
    pub(crate) fn of<'a>(dialect: Dialect, statements: impl Iterator<Item = Statement<'a>>) -> Self {
        let mut filling = Self::default();
        let mut touched: Vec<Name<'static>> = Vec::new();
        let mut altered: Vec<(Name<'static>, String)> = Vec::new();
        let mut made = MadeTables::default();
        for statement in statements {
            let effect = Effect::of(dialect, &statement);
            filling.writes_rows |= effect.verb.may_write_rows();
            for deed in &effect.deeds {
                if reaches_columns(deed) {
                    touched.extend(deed.touches().into_iter().map(Name::to_owned));
                }
                if dialect == Dialect::Sqlite && made.see(deed) {
                    continue;
                }
                match deed {
                    Deed::DropsColumn { table, column } => altered.push((table.to_owned(), column.to_string())),
                    Deed::RenamesColumn { table, from, to } => {
                        altered.extend([from, to].map(|column| (table.to_owned(), column.to_string())));
                    }
                    Deed::AddsColumn { table, column, default: Some(default) } => {
                        let (table, column, default) = (table.to_owned(), column.to_string(), (*default).to_owned());
                        filling.columns.push(FilledColumn { table, column, default, by: FilledBy::Default });
                    }
                    // Which table a name means is not known any more, or what was done to it.
                    Deed::RenamesSchema { .. } | Deed::LooksIn { .. } | Deed::Loses { .. } | Deed::Hides { .. } => {
                        return Self::default();
                    }
                    Deed::DropsTable { .. } | Deed::RenamesTable { .. } => {
                        filling.moves_tables |= dialect == Dialect::Postgres;
                    }
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
        filling.made = made.tables.into_iter().flat_map(|table| table.columns).collect();
        filling
    }
}

/// SQLite: the tables that a script has made, by the names that they have by now.
#[derive(Default)]
struct MadeTables {
    tables: Vec<MadeTable>,
}

struct MadeTable {
    name: Name<'static>,
    /// All that it declares, in order.
    declared: Vec<String>,
    /// Those that have their defaults in every row that was copied.
    columns: Vec<FilledColumn>,
}

impl MadeTables {
    /// Whether the deed is about nothing but a table that the script has made.
    fn see(&mut self, deed: &Deed<'_>) -> bool {
        match deed {
            Deed::MakesTable { table, if_not_exists: false, columns } => {
                let filled = columns.iter().filter_map(|column| {
                    let default = column.default?.to_owned();
                    let (table, column) = (table.to_owned(), column.name.to_string());
                    Some(FilledColumn { table, column, default, by: FilledBy::Default })
                });
                let declared = columns.iter().map(|column| column.name.to_string()).collect();
                self.tables.push(MadeTable { name: table.to_owned(), declared, columns: filled.collect() });
            }
            Deed::DropsTable { table } => self.tables.retain(|made| !made.name.may_be(table)),
            Deed::RenamesTable { from, to } => {
                for made in self.tables.iter_mut().filter(|made| is_exactly(Dialect::Sqlite, &made.name, from)) {
                    made.name = to.to_owned();
                    made.columns.iter_mut().for_each(|column| column.table = to.to_owned());
                }
            }
            Deed::Copies(copy) => {
                for made in self.tables.iter_mut().filter(|made| made.name.may_be(&copy.into)) {
                    made.copy(copy);
                }
            }
            Deed::DropsColumn { table, column } => self.forget(table, &[column]),
            Deed::RenamesColumn { table, from, to } => self.forget(table, &[from, to]),
            Deed::AddsColumn { table, column, default } => {
                let is_it = |made: &&mut MadeTable| is_exactly(Dialect::Sqlite, &made.name, table);
                let Some(made) = self.tables.iter_mut().find(is_it) else { return false };
                made.declared.push(column.to_string());
                made.columns.extend(default.map(|default| FilledColumn {
                    table: made.name.clone(),
                    column: column.to_string(),
                    default: default.to_owned(),
                    by: FilledBy::Default,
                }));
                return true;
            }
            _ => {}
        }
        false
    }

    fn forget(&mut self, table: &Name<'_>, columns: &[&str]) {
        for made in self.tables.iter_mut().filter(|made| made.name.may_be(table)) {
            made.forget(columns);
        }
    }
}

impl MadeTable {
    /// Every row of another table is written into it.
    fn copy(&mut self, copy: &Copy<'_>) {
        match &copy.columns {
            CopyColumns::All | CopyColumns::AllInOrder => self.columns.clear(),
            CopyColumns::Named(names) => self.forget(&names.iter().map(AsRef::as_ref).collect::<Vec<_>>()),
            CopyColumns::InOrder(items) => {
                let first: Vec<String> = self.declared.iter().take(items.len()).cloned().collect();
                self.forget(&first.iter().map(String::as_str).collect::<Vec<_>>());
            }
        }
        for constant in &copy.constants {
            let target = constant.target.as_deref().or_else(|| self.declared.get(constant.at).map(String::as_str));
            let Some(column) = target.map(str::to_owned) else { continue };
            self.forget(&[&column]);
            let (table, default) = (self.name.clone(), constant.text.to_owned());
            self.columns.push(FilledColumn { table, column, default, by: FilledBy::Copy });
        }
    }

    fn forget(&mut self, columns: &[&str]) {
        let is_one = |filled: &FilledColumn| columns.iter().any(|name| is_name(Dialect::Sqlite, name, &filled.column));
        self.columns.retain(|filled| !is_one(filled));
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
    fn of_a_table_that_is_made_again_the_columns_are_known_that_no_copy_fills() {
        let made = |copy: &str| {
            let script = format!(
                "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT DEFAULT 'x', \"b c\" INT NOT NULL DEFAULT (1 + 1), d TEXT, CHECK (a <> '')) STRICT;\n\
                 {copy};\nDROP TABLE t;\nALTER TABLE n RENAME TO t;\nCREATE INDEX i ON t (a);"
            );
            let made = Filling::of(Dialect::Sqlite, statements(Dialect::Sqlite, &script).flatten()).made;
            made.iter()
                .map(|filled| format!("{} {} {}", filled.table.plain(), filled.column, filled.default))
                .collect::<Vec<_>>()
        };
        for (copy, known) in [
            ("INSERT INTO n (id) SELECT id FROM t", &["t a 'x'", "t b c (1 + 1)"] as &[&str]),
            ("INSERT INTO n (a, id) SELECT a, id FROM t", &["t b c (1 + 1)"]),
            ("INSERT INTO main.n (id, \"B C\") SELECT id, \"B C\" FROM t", &["t a 'x'"]),
            ("INSERT INTO n SELECT id, a FROM t", &["t b c (1 + 1)"]),
            ("INSERT INTO n SELECT id, 'it''s', -1.5 AS x, NULL FROM t", &["t a 'it''s'", "t b c -1.5", "t d NULL"]),
            ("INSERT INTO n (\"b c\", id) SELECT 7, id FROM t ORDER BY 1", &["t a 'x'", "t b c 7"]),
            ("INSERT INTO n (id, \"b c\") SELECT id, 7 + 1 FROM t", &["t a 'x'", "t b c (1 + 1)"]),
            ("INSERT INTO n SELECT id, a, 7 FROM t; INSERT INTO n SELECT id, a, 8 FROM u", &["t b c 8"]),
            ("INSERT INTO n SELECT * FROM t", &[]),
            ("INSERT INTO n (id) SELECT id FROM t; ALTER TABLE n RENAME COLUMN a TO z", &["t b c (1 + 1)"]),
            ("INSERT INTO n (id) SELECT id FROM t; ALTER TABLE n DROP COLUMN a", &["t b c (1 + 1)"]),
            ("INSERT INTO n (id) SELECT id FROM t; DROP TABLE n; CREATE TABLE n (id INTEGER)", &[]),
            (
                "INSERT INTO n (id, a) SELECT id, a FROM t; ALTER TABLE n ADD e INT DEFAULT 7",
                &["t b c (1 + 1)", "t e 7"],
            ),
            ("ALTER TABLE n ADD e INT DEFAULT 7; INSERT INTO n SELECT id, a, 5, d, 9 FROM t", &["t b c 5", "t e 9"]),
        ] {
            assert_eq!(made(copy), known, "{copy}");
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
