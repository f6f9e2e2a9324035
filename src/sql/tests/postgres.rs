use super::super::{Dialect, StatementKind, Strings};
use super::{Case, check, cut};

/// Every text below was sent to PostgreSQL 15 in a Parse message of its own, which takes exactly one statement.
const CASES: &[Case] = &[
    ("", &[]),
    (" \n\t", &[]),
    (";;; ;", &[]),
    ("-- only a comment", &[]),
    ("/* a /* nested ; */ comment */;", &[]),
    ("SELECT 1", &["SELECT 1"]),
    ("SELECT 1;", &["SELECT 1"]),
    ("SELECT 1;SELECT 2", &["SELECT 1", "SELECT 2"]),
    (" ;; -- a;\n SELECT 1 ; /* ; */ ;SELECT 2 -- ;", &["SELECT 1", "SELECT 2"]),
    ("SELECT 1 -- ;\n, 2; SELECT 3", &["SELECT 1 -- ;\n, 2", "SELECT 3"]),
    ("SELECT 1 -- ;\r, 2; SELECT 3", &["SELECT 1 -- ;\r, 2", "SELECT 3"]),
    ("SELECT 1 /* ; /* ; */ ; */, 2;", &["SELECT 1 /* ; /* ; */ ; */, 2"]),
    ("SELECT 1 /*/ ; */, 2;", &["SELECT 1 /*/ ; */, 2"]),
    ("SELECT 1 /**/, 2; SELECT 3 /***/;", &["SELECT 1 /**/, 2", "SELECT 3"]),
    ("SELECT 3*/* ; */2;", &["SELECT 3*/* ; */2"]),
    ("SELECT 3-1;SELECT 3 - -1;", &["SELECT 3-1", "SELECT 3 - -1"]),
    ("SELECT 3+--;\n1;SELECT 2", &["SELECT 3+--;\n1", "SELECT 2"]),
    ("SELECT 6/2, 6 / -2;", &["SELECT 6/2, 6 / -2"]),
    ("SELECT '1'::int;", &["SELECT '1'::int"]),
    // Quotes.
    ("SELECT 'a;b', 'it''s;'; SELECT ''", &["SELECT 'a;b', 'it''s;'", "SELECT ''"]),
    ("SELECT 'a\\'; SELECT 'b'", &["SELECT 'a\\'", "SELECT 'b'"]),
    ("SELECT E'a\\';', e'\\\\'; SELECT 2", &["SELECT E'a\\';', e'\\\\'", "SELECT 2"]),
    ("SELECT E'a'';'; SELECT 2", &["SELECT E'a'';'", "SELECT 2"]),
    ("SELECT E'a'\n'b\\';'; SELECT 2", &["SELECT E'a'\n'b\\';'", "SELECT 2"]),
    ("SELECT E'a' -- c;\n 'b\\';'; SELECT 2", &["SELECT E'a' -- c;\n 'b\\';'", "SELECT 2"]),
    ("SELECT 'a'\n'b\\'; SELECT 2", &["SELECT 'a'\n'b\\'", "SELECT 2"]),
    ("SELECT U&'d!0061;' UESCAPE '!', B'01', X'1F', N'a;';", &["SELECT U&'d!0061;' UESCAPE '!', B'01', X'1F', N'a;'"]),
    ("SELECT U&'\\0061'; SELECT 2", &["SELECT U&'\\0061'", "SELECT 2"]),
    ("SELECT 1 AS \"a;\"\"b\", 2 AS \"it's\"; SELECT 2", &["SELECT 1 AS \"a;\"\"b\", 2 AS \"it's\"", "SELECT 2"]),
    ("SELECT 1 AS U&\"d\\0061;\"; SELECT 2", &["SELECT 1 AS U&\"d\\0061;\"", "SELECT 2"]),
    ("SELECT 1 AS e,'a;';", &["SELECT 1 AS e,'a;'"]),
    ("SELECT 'é;', 1 AS ü; SELECT '🦀'", &["SELECT 'é;', 1 AS ü", "SELECT '🦀'"]),
    // Dollar quotes.
    ("SELECT $$a;b$$; SELECT 2", &["SELECT $$a;b$$", "SELECT 2"]),
    ("SELECT $a$ $$;$$ $b$; $a$; SELECT 2", &["SELECT $a$ $$;$$ $b$; $a$", "SELECT 2"]),
    ("SELECT $a$x$b$a$; SELECT 2", &["SELECT $a$x$b$a$", "SELECT 2"]),
    ("SELECT $A$ $a$ ; $A$; SELECT 2", &["SELECT $A$ $a$ ; $A$", "SELECT 2"]),
    ("SELECT $é_1$;$é_1$; SELECT 2", &["SELECT $é_1$;$é_1$", "SELECT 2"]),
    ("SELECT 1 AS a$b$c; SELECT 2 AS a$b$c", &["SELECT 1 AS a$b$c", "SELECT 2 AS a$b$c"]),
    ("SELECT 1 AS a$$; SELECT 2 AS b$$", &["SELECT 1 AS a$$", "SELECT 2 AS b$$"]),
    ("SELECT 1 + $1; SELECT $1, $$;$$", &["SELECT 1 + $1", "SELECT $1, $$;$$"]),
    ("DO $$ BEGIN PERFORM 1; END $$; SELECT 2", &["DO $$ BEGIN PERFORM 1; END $$", "SELECT 2"]),
    // Parentheses.
    (
        "CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2); SELECT 3",
        &["CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2)", "SELECT 3"],
    ),
    // SQL-standard bodies.
    (
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END; SELECT 3",
        &["CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END", "SELECT 3"],
    ),
    (
        "create or replace procedure p(begin int) begin /* */ atomic select case when true then 1 end; end; SELECT 3",
        &[
            "create or replace procedure p(begin int) begin /* */ atomic select case when true then 1 end; end",
            "SELECT 3",
        ],
    ),
    (
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN a THEN CASE b WHEN 1 THEN 2 END END FROM t; END;\n;",
        &[
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN a THEN CASE b WHEN 1 THEN 2 END END FROM t; END",
        ],
    ),
    (
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1 case; SELECT 2 end; SELECT 3 AS end; ;END; SELECT 1 end;",
        &[
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1 case; SELECT 2 end; SELECT 3 AS end; ;END",
            "SELECT 1 end",
        ],
    ),
    ("CREATE PROCEDURE begin() BEGIN ATOMIC END; SELECT 1", &["CREATE PROCEDURE begin() BEGIN ATOMIC END", "SELECT 1"]),
    (
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC CREATE FUNCTION g() RETURNS int BEGIN ATOMIC SELECT 1; END; END; SELECT 2",
        &[
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC CREATE FUNCTION g() RETURNS int BEGIN ATOMIC SELECT 1; END; END",
            "SELECT 2",
        ],
    ),
    (
        "CREATE FUNCTION f() RETURNS int RETURN CASE WHEN true THEN 1 END; SELECT 2",
        &["CREATE FUNCTION f() RETURNS int RETURN CASE WHEN true THEN 1 END", "SELECT 2"],
    ),
    (
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1;'; BEGIN; SELECT 1; END;",
        &["CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1;'", "BEGIN", "SELECT 1", "END"],
    ),
    (
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT '; END;'; -- ; END;\n END; SELECT 2",
        &["CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT '; END;'; -- ; END;\n END", "SELECT 2"],
    ),
    (
        "CREATE TRIGGER t AFTER INSERT ON a FOR EACH ROW EXECUTE FUNCTION f(); SELECT 1",
        &["CREATE TRIGGER t AFTER INSERT ON a FOR EACH ROW EXECUTE FUNCTION f()", "SELECT 1"],
    ),
    (
        "CREATE TABLE function (begin int, atomic int, \"end\" int); SELECT 1",
        &["CREATE TABLE function (begin int, atomic int, \"end\" int)", "SELECT 1"],
    ),
    // What the setting of a script does to strings.
    (
        "SET standard_conforming_strings = off; SELECT 'a\\';'; SET standard_conforming_strings TO on; SELECT 'a\\';",
        &[
            "SET standard_conforming_strings = off",
            "SELECT 'a\\';'",
            "SET standard_conforming_strings TO on",
            "SELECT 'a\\'",
        ],
    ),
    // psql's lines around a dump.
    ("\\restrict kK1\n\nSELECT 1;\n\\unrestrict kK1\n", &["SELECT 1"]),
    ("\\unrestrict a", &[]),
];

#[test]
fn statements_are_those_of_the_server() {
    check(Dialect::Postgres, CASES);
}

#[test]
fn crlf_is_white_space() {
    check(Dialect::Postgres, &[("SELECT 1; -- a\r\nSELECT 2;\r\n", &["SELECT 1", "SELECT 2"])]);
}

#[test]
fn offsets_are_those_in_the_script() {
    let script = "-- é\nSELECT 'é' ; SELECT 2;  ";
    let cut = cut(Dialect::Postgres, script).unwrap();
    let places: Vec<_> = cut.iter().map(|s| (s.offset, s.end, &script[s.span()])).collect();
    assert_eq!(places, [(6, 19, "SELECT 'é'"), (20, 29, "SELECT 2")]);
}

#[test]
fn rows_of_copy_are_data() {
    for (script, rows) in [
        ("COPY t (a, b) FROM stdin;\n1\t;\n'\t$$\n\\.\nSELECT 2;", "1\t;\n'\t$$\n"),
        ("COPY t FROM STDIN WITH (FORMAT csv); -- rows\n1\n\\.\nSELECT 2", "1\n"),
        ("copy t from stdin;\r\n1\r\n\\.\r\n\r\nSELECT 2", "1\r\n"),
        ("COPY t FROM STDIN;\n\\.\nSELECT 2", ""),
        ("COPY t FROM STDIN;\n\\.x\n \\.\n\\.\nSELECT 2", "\\.x\n \\.\n"),
    ] {
        let cut = cut(Dialect::Postgres, script).unwrap();
        assert_eq!((cut.len(), &cut[0].kind, cut[0].copy_data), (2, &StatementKind::CopyIn, Some(rows)), "{script:?}");
        assert_eq!(cut[1].text, "SELECT 2");
    }
    let last = cut(Dialect::Postgres, "COPY t FROM STDIN;\n1\n\\.").unwrap();
    assert_eq!((last[0].copy_data, last[0].end), (Some("1\n"), 23));
}

#[test]
fn settings_of_strings_are_read() {
    for (script, strings) in [
        ("SET standard_conforming_strings = off", Some(Strings::Escapes)),
        ("set local \"standard_conforming_strings\" to 'OF'", Some(Strings::Escapes)),
        ("SET SESSION standard_conforming_strings TO false", Some(Strings::Escapes)),
        ("SET standard_conforming_strings = 0", Some(Strings::Escapes)),
        ("SET Standard_Conforming_Strings = 'on'", Some(Strings::Standard)),
        ("SET standard_conforming_strings TO DEFAULT", Some(Strings::Standard)),
        ("RESET standard_conforming_strings", Some(Strings::Standard)),
        ("RESET ALL", Some(Strings::Standard)),
        ("SET escape_string_warning = off", None),
        ("SET backslash_quote TO on", None),
    ] {
        let cut = cut(Dialect::Postgres, script).unwrap();
        assert_eq!(cut[0].kind, StatementKind::SetStrings { strings }, "{script}");
    }
}
