use super::super::Dialect::{Postgres, Sqlite};
use super::cut;

#[test]
fn whatever_is_not_closed_is_an_error_where_it_opens() {
    for (dialect, script, offset, message) in [
        (Postgres, "SELECT 'a;", 7, "this string is never closed"),
        (Postgres, "SELECT 1; SELECT E'a\\'", 17, "this string is never closed"),
        (Postgres, "SELECT E'a\\", 7, "this string is never closed"),
        (Postgres, "SELECT E'a'\n'b\\'", 7, "this string is never closed"),
        (Postgres, "SELECT \"a", 7, "this quoted name is never closed"),
        (Postgres, "SELECT $a$ $A$ $$", 7, "this string is never closed by $a$"),
        (Postgres, "SELECT 1; /* /* */", 10, "this comment is never closed"),
        (Postgres, "SELECT 1 /*/", 9, "this comment is never closed"),
        (Postgres, "CREATE TABLE t (a int;\nSELECT 1;", 15, "this parenthesis is never closed"),
        (Postgres, "CREATE FUNCTION f() BEGIN ATOMIC SELECT 1;", 20, "this BEGIN ATOMIC is never closed"),
        (Postgres, "COPY t FROM stdin;\n1\n", 0, "the rows of this COPY ... FROM STDIN have no end"),
        (Postgres, "COPY t FROM stdin", 0, "the rows of this COPY ... FROM STDIN have no end"),
        (
            Postgres,
            "COPY t FROM stdin; 1\n\\.",
            18,
            "the rows of COPY ... FROM STDIN must start on the line after its `;`",
        ),
        (Sqlite, "SELECT 1 /*", 9, "this comment is never closed"),
        (Sqlite, "SELECT 1 /*/", 9, "this comment is never closed"),
        (Sqlite, "SELECT 1; /* not yet; SELECT 2;", 10, "this comment is never closed"),
        (
            Sqlite,
            "SELECT 1; -- a\r\r\n-- b\rSELECT 2;\n",
            21,
            "a carriage return alone does not end a comment in SQLite",
        ),
        (Sqlite, "SELECT 'a;", 7, "this string is never closed"),
        (Sqlite, "SELECT \"a", 7, "this quoted name is never closed"),
        (Sqlite, "SELECT `a", 7, "this quoted name is never closed"),
        (Sqlite, "SELECT [a", 7, "this quoted name is never closed"),
        (Sqlite, "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1;", 0, "the body of this trigger is never closed"),
        (Sqlite, "; CREATE TRIGGER t;", 2, "the body of this trigger is never closed"),
    ] {
        let error = cut(dialect, script).unwrap_err();
        assert_eq!((error.offset, error.message.as_str()), (offset, message), "{script:?}");
    }
}

#[test]
fn commands_of_a_shell_are_named() {
    for (dialect, script, message, hint) in [
        (Postgres, "SELECT 1;\n\\connect shop\n", "`\\connect` is a command of psql, not SQL", "said where it is run"),
        (Postgres, "\\i other.sql", "`\\i` is a command of psql, not SQL", "the SQL of that file"),
        (Postgres, "\\copy t from 'x.csv'", "`\\copy` is a command of psql, not SQL", "FROM STDIN"),
        (Postgres, "SELECT 1 \\gset", "`\\gset` is a command of psql, not SQL", "write the values out"),
        (Postgres, "SELECT 1;\n\\.\n", "`\\.` is a command of psql, not SQL", "COPY"),
        (Postgres, "SELECT 1\n\\restrict x\n;", "`\\restrict` is a command of psql, not SQL", "remove it"),
        (Sqlite, ".mode csv\nSELECT 1;", "`.mode` is a command of the sqlite3 shell, not SQL", "remove the line"),
        (Sqlite, "SELECT 1;\n.read a.sql", "`.read` is a command of the sqlite3 shell, not SQL", "SQL of that file"),
    ] {
        let error = cut(dialect, script).unwrap_err();
        assert_eq!(error.message, message);
        assert!(error.hint.as_ref().unwrap().contains(hint), "{error:?}");
    }
}

#[test]
fn after_an_error_there_is_no_statement() {
    let mut statements = super::statements(Postgres, "SELECT 1; \\x\nSELECT 2;");
    assert!(statements.next().unwrap().is_ok());
    assert!(statements.next().unwrap().is_err());
    assert!(statements.next().is_none());
}
