use super::super::Dialect;
use super::{Case, check};

const CASES: &[Case] = &[
    ("", &[]),
    (";; ; -- a", &[]),
    ("/* only */;/**/", &[]),
    ("SELECT 1 --", &["SELECT 1"]),
    ("\u{feff}SELECT 1;\u{feff} SELECT 2;", &["SELECT 1", "SELECT 2"]),
    ("SELECT 1 -- a\r\n; SELECT 2 -- \r \r\n; SELECT 3 --\r", &["SELECT 1", "SELECT 2", "SELECT 3"]),
    ("SELECT 1;\r\nSELECT 2;\r\n", &["SELECT 1", "SELECT 2"]),
    ("SELECT 1 /* /* ; */; SELECT 2", &["SELECT 1", "SELECT 2"]),
    ("SELECT 1 /*/ ; */ ; SELECT 2", &["SELECT 1", "SELECT 2"]),
    ("SELECT 4/2-1; SELECT 4 - -2 --;\n;", &["SELECT 4/2-1", "SELECT 4 - -2"]),
    ("SELECT '{\"a;\":1}'->>'$.a;'; SELECT 2", &["SELECT '{\"a;\":1}'->>'$.a;'", "SELECT 2"]),
    ("SELECT ';', 'it''s;'; SELECT 2", &["SELECT ';', 'it''s;'", "SELECT 2"]),
    ("SELECT 'a\\'; SELECT 2", &["SELECT 'a\\'", "SELECT 2"]),
    ("SELECT 1 AS \"a;\"\"b\"; SELECT 2", &["SELECT 1 AS \"a;\"\"b\"", "SELECT 2"]),
    ("SELECT 1 AS `a;``b`; SELECT 2", &["SELECT 1 AS `a;``b`", "SELECT 2"]),
    ("SELECT 1 AS [a;\"'`]; SELECT 2", &["SELECT 1 AS [a;\"'`]", "SELECT 2"]),
    ("SELECT x'3b', X'';SELECT 2", &["SELECT x'3b', X''", "SELECT 2"]),
    ("SELECT $a, :b, @c, ?1;SELECT 2", &["SELECT $a, :b, @c, ?1", "SELECT 2"]),
    ("SELECT 1 AS a$b$;SELECT 2", &["SELECT 1 AS a$b$", "SELECT 2"]),
    ("SELECT 1 AS é; SELECT '🦀'", &["SELECT 1 AS é", "SELECT '🦀'"]),
    ("SELECT CASE WHEN 1 THEN 2 END; SELECT 2", &["SELECT CASE WHEN 1 THEN 2 END", "SELECT 2"]),
    ("BEGIN; SELECT 1; END; SELECT 2", &["BEGIN", "SELECT 1", "END", "SELECT 2"]),
    ("BEGIN IMMEDIATE; COMMIT TRANSACTION;", &["BEGIN IMMEDIATE", "COMMIT TRANSACTION"]),
    ("CREATE TABLE a(x); -- b\nCREATE TABLE b(y);", &["CREATE TABLE a(x)", "CREATE TABLE b(y)"]),
    ("CREATE TABLE a(x, -- ;\n y /* ; */);SELECT 1", &["CREATE TABLE a(x, -- ;\n y /* ; */)", "SELECT 1"]),
    ("EXPLAIN SELECT 1; EXPLAIN QUERY PLAN SELECT 2", &["EXPLAIN SELECT 1", "EXPLAIN QUERY PLAN SELECT 2"]),
    ("CREATE TABLE \"trigger\"(x); SELECT 1", &["CREATE TABLE \"trigger\"(x)", "SELECT 1"]),
    (
        "CREATE TABLE trigger(begin, end); SELECT begin, end FROM trigger",
        &["CREATE TABLE trigger(begin, end)", "SELECT begin, end FROM trigger"],
    ),
    (
        "CREATE TABLE temp(x); CREATE VIEW v AS SELECT 1 AS begin; CREATE TEMP VIEW w AS SELECT 1 end",
        &["CREATE TABLE temp(x)", "CREATE VIEW v AS SELECT 1 AS begin", "CREATE TEMP VIEW w AS SELECT 1 end"],
    ),
];

/// Triggers; all on `CREATE TABLE a(x, begin, end)`, and with `SELECT 9` after them.
const TRIGGERS: &[&str] = &[
    "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END",
    "create trigger t after insert on a begin select 1;end",
    "CREATE TEMP TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; SELECT 2; END",
    "CREATE TEMPORARY TRIGGER IF NOT EXISTS t AFTER INSERT ON a BEGIN SELECT 1; END",
    "CREATE /* c */ TRIGGER -- ;\n t AFTER INSERT ON a BEGIN SELECT 1; /* ; END; */ -- ; END;\n END",
    "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT CASE WHEN 1 THEN 2 END; END",
    "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT CASE CASE 1 WHEN 1 THEN 2 END WHEN 2 THEN 3 END; SELECT 1; END",
    "CREATE TRIGGER t AFTER INSERT ON a WHEN CASE new.x WHEN 1 THEN 1 END BEGIN SELECT 1; END",
    "CREATE TRIGGER t AFTER UPDATE OF x ON a FOR EACH ROW WHEN new.begin BEGIN SELECT 1; END",
    "CREATE TRIGGER t AFTER UPDATE OF begin, end ON a BEGIN UPDATE a SET end = begin; END",
    "CREATE TRIGGER begin AFTER INSERT ON a BEGIN SELECT end, 1 AS begin FROM a; END",
    "CREATE TRIGGER end AFTER INSERT ON a BEGIN SELECT 1 AS end; END",
    "CREATE TRIGGER \"t;\" AFTER INSERT ON a BEGIN SELECT ';END;', [x], `end`, \"end\" FROM a; END",
    "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT \"end\" FROM a; SELECT [end] FROM a; END",
    "CREATE TRIGGER t BEFORE DELETE ON a BEGIN SELECT RAISE(ABORT, 'no; END;'); END",
    "CREATE TRIGGER t AFTER INSERT ON a BEGIN INSERT INTO a VALUES (1, 2, 3); DELETE FROM a WHERE x = 1; END",
    "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT CASE WHEN end THEN begin ELSE end END FROM a; END",
    "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT CASE WHEN new.x THEN 1 ELSE new.begin END; SELECT 2; END",
    "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT CASE begin WHEN 1 THEN begin END, begin end; SELECT 2; END",
    "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END ",
    "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END /* ; */",
    "CREATE TRIGGER main.t AFTER INSERT ON a BEGIN INSERT INTO a(x) SELECT 1; END",
    "EXPLAIN CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END",
    "EXPLAIN QUERY PLAN CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END",
    "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END;;",
    "CREATE TRIGGER t INSERT ON a BEGIN REPLACE INTO a(x) VALUES ('BEGIN'); END",
];

#[test]
fn statements_are_those_of_sqlite() {
    check(Dialect::Sqlite, CASES);
}

#[test]
fn a_trigger_is_one_statement() {
    for trigger in TRIGGERS {
        let script = format!("{trigger};\nSELECT 9");
        let cut = super::cut(Dialect::Sqlite, &script).unwrap();
        let texts: Vec<_> = cut.iter().map(|statement| statement.text).collect();
        let trigger = trigger.trim_end_matches([' ', ';']).trim_end_matches(" /* ; */");
        assert_eq!(texts, [trigger, "SELECT 9"]);
        assert_eq!(super::cut(Dialect::Sqlite, trigger).unwrap()[0].text, trigger, "the last `;` may be missing");
    }
}

// With the command's features, which are built with the newest rusqlite only: the oldest has another way to step a batch.
#[cfg(all(feature = "sqlite", feature = "project"))]
mod oracle {
    use rusqlite::fallible_iterator::FallibleIterator as _;
    use rusqlite::{Batch, Connection};

    use super::super::cut;
    use super::*;

    /// Where SQLite itself ends each statement of a script: it keeps the text of each that it prepares.
    fn ends(script: &str) -> rusqlite::Result<Vec<usize>> {
        let connection = Connection::open_in_memory()?;
        let mut batch = Batch::new(&connection, script);
        let (mut ends, mut from) = (Vec::new(), 0);
        while let Some(mut statement) = batch.next()? {
            let last = statement.parameter_count() == 0;
            let text = statement.expanded_sql().unwrap();
            let mut rows = statement.raw_query();
            while rows.next()?.is_some() {}
            // A parameter is expanded to its value, so that such a text is not found again.
            from = if last { from + script[from..].find(&text).unwrap() + text.len() } else { 0 };
            ends.push(from);
        }
        Ok(ends)
    }

    fn compare(script: &str) {
        let theirs = ends(script).unwrap_or_else(|error| panic!("{script:?}: {error}"));
        let ours: Vec<_> = cut(Dialect::Sqlite, script).unwrap().iter().map(|statement| statement.end).collect();
        assert_eq!(ours.len(), theirs.len(), "{script:?}");
        for (ours, theirs) in ours.iter().zip(theirs).filter(|(_, theirs)| *theirs > 0) {
            // At the end of a script without `;` either may count what follows the last token.
            assert_eq!(script[..*ours].trim_end(), script[..theirs].trim_end(), "{script:?}");
        }
    }

    #[test]
    fn sqlite_cuts_the_same() {
        for (script, _) in CASES.iter().filter(|(script, _)| !script.contains("$a, :b")) {
            compare(script);
        }
    }

    #[test]
    fn sqlite_cuts_triggers_the_same() {
        for trigger in TRIGGERS {
            compare(&format!("CREATE TABLE a(x, begin, end);{trigger};\nSELECT 9;"));
            compare(&format!("CREATE TABLE a(x, begin, end);\n{trigger}"));
        }
    }
}
