//! What a record of rows has to know of statements.

use super::cursor::Cursor;
use super::effect::{CopyColumns, Deed, Effect};
use super::lexer::TokenKind;
use super::{Dialect, Name, Statement, Verb, statements};

/// A table whose rows are written into another, all of them and as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TableCopy {
    pub(crate) from: Name<'static>,
    pub(crate) into: Name<'static>,
    pub(crate) columns: CopiedColumns,
}

/// Which columns are copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CopiedColumns {
    /// These, under their own names.
    Named(Vec<String>),
    /// All, each into the column at its place.
    AllInOrder,
    /// These, each into the column at its place; none where it is no plain column.
    InOrder(Vec<Option<String>>),
}

/// SQLite: the copy that a statement is, where it is one.
pub(crate) fn copied_table(statement: &Statement<'_>) -> Option<TableCopy> {
    let Effect { deeds, .. } = Effect::of(Dialect::Sqlite, statement);
    let [Deed::Copies(copy)] = &deeds[..] else { return None };
    let columns = match &copy.columns {
        // Made of a query, under the names that its columns have.
        CopyColumns::All | CopyColumns::AllInOrder => CopiedColumns::AllInOrder,
        CopyColumns::Named(names) => CopiedColumns::Named(names.iter().map(ToString::to_string).collect()),
        CopyColumns::InOrder(names) => {
            CopiedColumns::InOrder(names.iter().map(|name| name.as_ref().map(ToString::to_string)).collect())
        }
    };
    Some(TableCopy { from: copy.from.to_owned(), into: copy.into.to_owned(), columns })
}

/// The tables that a script drops, as it names them.
pub(crate) fn dropped_tables(dialect: Dialect, script: &str) -> Vec<Name<'static>> {
    let deeds = statements(dialect, script).flatten().flat_map(|statement| Effect::of(dialect, &statement).deeds);
    deeds.filter_map(|deed| if let Deed::DropsTable { table } = deed { Some(table.to_owned()) } else { None }).collect()
}

/// `INSERT INTO t (columns) SELECT items FROM u`, as a generated down moves rows into a table that it makes again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RowMove<'a> {
    pub(crate) into: Name<'a>,
    pub(crate) targets: Vec<String>,
    /// As they are written, one for each of the targets.
    pub(crate) items: Vec<&'a str>,
    pub(crate) from: Name<'a>,
}

/// SQLite: the move that a statement is, where it is one.
pub(crate) fn moved_rows<'a>(statement: &Statement<'a>) -> Option<RowMove<'a>> {
    let mut cursor = Cursor::new(Dialect::Sqlite, statement.strings, statement.text);
    cursor.words(&["insert", "into"]).then_some(())?;
    let into = cursor.name()?;
    cursor.take(TokenKind::Open)?;
    let mut targets = Vec::new();
    loop {
        targets.push(cursor.part()?.into_owned());
        if cursor.take(TokenKind::Comma).is_none() {
            break;
        }
    }
    cursor.take(TokenKind::Close)?;
    cursor.word("select").then_some(())?;
    let mut items = Vec::new();
    let mut start = cursor;
    loop {
        let here = cursor;
        if cursor.word("from") {
            items.push(start.until(&here));
            break;
        }
        if cursor.skip_parentheses() {
            continue;
        }
        if cursor.token()?.kind == TokenKind::Comma {
            items.push(start.until(&here));
            start = cursor;
        }
    }
    let from = cursor.name()?;
    (cursor.is_at_end() && items.len() == targets.len()).then_some(RowMove { into, targets, items, from })
}

/// SQLite: the table on which a statement makes an index, where it makes one in the database itself.
pub(crate) fn indexed_table<'a>(statement: &Statement<'a>) -> Option<Name<'a>> {
    let mut cursor = Cursor::new(Dialect::Sqlite, statement.strings, statement.text);
    cursor.word("create").then_some(())?;
    cursor.word("unique");
    cursor.word("index").then_some(())?;
    cursor.words(&["if", "not", "exists"]);
    let index = cursor.name()?;
    let is_of_main = index.schema.is_none_or(|schema| schema.eq_ignore_ascii_case("main"));
    (is_of_main && cursor.word("on")).then(|| cursor.name()).flatten()
}

/// SQLite: the column that a statement drops, with its table.
pub(crate) fn dropped_column(statement: &Statement<'_>) -> Option<(Name<'static>, String)> {
    let Effect { deeds, .. } = Effect::of(Dialect::Sqlite, statement);
    deeds.iter().find_map(|deed| match deed {
        Deed::DropsColumn { table, column } => Some((table.to_owned(), column.to_string())),
        _ => None,
    })
}

/// SQLite: the name that a statement gives a column in place of another one.
pub(crate) fn renamed_column(statement: &Statement<'_>) -> Option<String> {
    let Effect { deeds, .. } = Effect::of(Dialect::Sqlite, statement);
    deeds.iter().find_map(|deed| match deed {
        Deed::RenamesColumn { to, .. } => Some(to.to_string()),
        _ => None,
    })
}

/// Whether a statement of a generated down is about rows that it names, and not about the shape of tables: an INSERT of given values, a DELETE, an UPDATE.
/// What SQLite keeps of sequences is of their shape.
pub(crate) fn names_rows(dialect: Dialect, statement: &Statement<'_>) -> bool {
    let mut cursor = Cursor::new(dialect, statement.strings, statement.text);
    let is_values = match statement.verb {
        Verb::Insert => !cursor.has_word("select"),
        Verb::Delete | Verb::Update => true,
        _ => return false,
    };
    let _ = cursor.any_word();
    let _ = cursor.word("into") || cursor.word("from");
    let is_of_people =
        |table: Name<'_>| !table.name.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("sqlite_"));
    is_values && cursor.name().is_some_and(is_of_people)
}

#[cfg(test)]
mod tests {
    use super::super::statements;
    use super::*;

    fn first(text: &str) -> Statement<'_> {
        statements(Dialect::Sqlite, text).flatten().next().unwrap()
    }

    #[test]
    fn what_is_about_rows() {
        for (text, is_about_rows) in [
            ("INSERT INTO t VALUES (1, 'a')", true),
            ("INSERT INTO t (a, b) VALUES (1, 'a') ON CONFLICT DO NOTHING", true),
            ("INSERT INTO t SELECT * FROM u", false),
            ("DELETE FROM t WHERE a IS NULL", true),
            ("UPDATE t SET b = 'x' WHERE a = 1", true),
            ("DELETE FROM sqlite_sequence WHERE name = 't'", false),
            ("UPDATE sqlite_sequence SET seq = 1 WHERE name = 't'", false),
            ("DROP TABLE t", false),
        ] {
            assert_eq!(names_rows(Dialect::Sqlite, &first(text)), is_about_rows, "{text}");
        }
    }

    #[test]
    fn moves() {
        let moved =
            moved_rows(&first("INSERT INTO n (a, \"b c\", d)\n    SELECT a, CAST(rowid AS TEXT), 'x, y' FROM o"))
                .unwrap();
        assert_eq!((moved.into.name.as_ref(), moved.from.name.as_ref()), ("n", "o"));
        assert_eq!(moved.targets, ["a", "b c", "d"]);
        assert_eq!(moved.items, ["a", "CAST(rowid AS TEXT)", "'x, y'"]);
        for text in [
            "INSERT INTO n (a) SELECT a FROM o WHERE a > 1",
            "INSERT INTO n (a, b) SELECT a FROM o",
            "INSERT INTO n (a) VALUES (1)",
        ] {
            assert_eq!(moved_rows(&first(text)), None, "{text}");
        }
    }

    #[test]
    fn copies_and_dropped_columns() {
        let copy = copied_table(&first("INSERT INTO n (a, b) SELECT a, b FROM o")).unwrap();
        assert_eq!(copy.columns, CopiedColumns::Named(vec!["a".to_owned(), "b".to_owned()]));
        assert!(copied_table(&first("INSERT INTO n SELECT * FROM o WHERE a > 1")).is_none());
        let (table, column) = dropped_column(&first("ALTER TABLE t DROP COLUMN \"a b\"")).unwrap();
        assert_eq!((&*table.name, &*column), ("t", "a b"));
        assert!(dropped_column(&first("ALTER TABLE t RENAME COLUMN a TO b")).is_none());
    }
}
