use proptest::prelude::*;

use super::super::Dialect::{self, Postgres, Sqlite};
use super::super::analyse;
use super::{cut, statements};

/// Statements that each dialect takes for one, whatever stands around them.
const POSTGRES: &[&str] = &[
    "SELECT 1",
    "SELECT ';', 'it''s', E'\\';', $$;'$$, $x$ $$; $x$ /* ; /* ; */ */, 2",
    "SELECT \"a;\" -- ;\n FROM t",
    "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN a THEN 1 END; END",
    "CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2)",
    "SELECT a$b$c",
    "INSERT INTO t VALUES ('a\\')",
];
const SQLITE: &[&str] = &[
    "SELECT 1",
    "SELECT ';', 'it''s', \"a;\"\"\", [b;], `c;` /* ; /* */, 2",
    "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT CASE WHEN 1 THEN 2 END; SELECT 3; END",
    "CREATE TEMP TRIGGER begin INSERT ON a BEGIN SELECT ';END;'; END",
    "SELECT 1 -- ;\n , 2",
    "END TRANSACTION",
    "INSERT INTO t VALUES ('a\\')",
];
/// What may stand between a `;` and the next statement.
const BETWEEN: &[&str] = &["", " ", "\n", "\r\n", ";", "-- ; ' $$\n", "/* ; ' */", " ; ;\t"];
/// Of these, arbitrary scripts are built that reach deeper than arbitrary characters do.
const PIECES: &[&str] = &[
    "'",
    "\"",
    "`",
    "[",
    "]",
    "$",
    "$$",
    "$a$",
    "--",
    "/*",
    "*/",
    "\n",
    "\r",
    ";",
    "(",
    ")",
    "\\",
    ".",
    "e'",
    "a",
    "é",
    " ",
    "BEGIN ",
    "ATOMIC ",
    "END",
    "CREATE ",
    "OR REPLACE ",
    "FUNCTION ",
    "TEMP ",
    "TRIGGER ",
    "EXPLAIN ",
    "COPY t FROM STDIN",
    "\\.\n",
    "\\restrict x\n",
    "SET standard_conforming_strings=off",
    "COMMIT",
    "PRAGMA foreign_keys=off",
    "WITH ",
    "1",
    "DELETE FROM t",
    "ALTER TYPE t ADD VALUE 'v'",
    "REINDEX (",
    "\u{feff}",
    "DROP ",
    "INDEX ",
    "CONCURRENTLY ",
    "=",
];

fn dialects() -> impl Strategy<Value = Dialect> {
    prop_oneof![Just(Sqlite), Just(Postgres)]
}

fn choices() -> impl Strategy<Value = Vec<(prop::sample::Index, prop::sample::Index)>> {
    prop::collection::vec(any::<(prop::sample::Index, prop::sample::Index)>(), 0..12)
}

/// Whatever the script, statements lie in order in it, and none is empty.
fn assert_in_order(dialect: Dialect, script: &str) {
    let mut at = 0;
    for statement in statements(dialect, script) {
        let statement = match statement {
            Ok(statement) => statement,
            Err(error) => return assert!(script.is_char_boundary(error.offset), "{error:?}"),
        };
        assert_eq!(script.get(statement.span()), Some(statement.text));
        assert!(at <= statement.offset && statement.span().end <= statement.end && !statement.text.is_empty());
        assert!(script.is_char_boundary(statement.end));
        at = statement.end;
    }
}

/// Each statement is one by itself too, and nothing put behind it can become part of it.
fn assert_independent(dialect: Dialect, script: &str) {
    let Ok(pieces) = cut(dialect, script) else { return };
    for piece in pieces.iter().filter(|piece| piece.copy_data.is_none()) {
        let appended = format!("{};SELECT 'appended'", piece.text);
        // A statement that stands after a SET is read by other rules than at the start.
        if script.contains("standard_conforming_strings") {
            continue;
        }
        let texts: Vec<_> = cut(dialect, &appended).unwrap().iter().map(|statement| statement.text).collect();
        assert_eq!(texts, [piece.text, "SELECT 'appended'"], "{script:?}");
    }
}

proptest! {
    #[test]
    fn what_was_joined_is_cut_again(dialect in dialects(), choices in choices()) {
        let known = if dialect == Sqlite { SQLITE } else { POSTGRES };
        let expected: Vec<_> = choices.iter().map(|(statement, _)| *statement.get(known)).collect();
        let script: String =
            choices.iter().zip(&expected).flat_map(|((_, gap), text)| [*gap.get(BETWEEN), *text, ";"]).collect();
        let texts: Vec<_> = cut(dialect, &script).unwrap().iter().map(|statement| statement.text).collect();
        prop_assert_eq!(texts, expected);
    }

    #[test]
    fn arbitrary_text_does_not_panic(dialect in dialects(), script in any::<String>()) {
        assert_in_order(dialect, &script);
        let _ = analyse(dialect, &script);
    }

    #[test]
    fn arbitrary_pieces_are_cut_in_order(
        dialect in dialects(),
        pieces in prop::collection::vec(prop::sample::select(PIECES), 0..30),
    ) {
        let script = pieces.concat();
        assert_in_order(dialect, &script);
        assert_independent(dialect, &script);
        if let Ok(analysis) = analyse(dialect, &script) {
            prop_assert_eq!(analysis.statements_of(&script).count(), analysis.statements);
        }
    }
}
