use super::super::Dialect::{Postgres, Sqlite};
use super::super::EnforcementRequest;
use super::*;

fn texts<'a>(analysis: &Analysis, script: &'a str) -> Vec<&'a str> {
    analysis.statements_of(script).map(|statement| statement.unwrap().text).collect()
}

fn because(script: &str) -> Option<usize> {
    match analyse(Postgres, script).unwrap().running {
        Running::Transaction => None,
        Running::Statements { because } => Some(because),
    }
}

#[test]
fn an_ordinary_script_runs_in_a_transaction() {
    let analysis = analyse(Postgres, "CREATE TABLE t (a int); -- b\nINSERT INTO t VALUES (1)").unwrap();
    assert_eq!((analysis.statements, analysis.running, analysis.cuts), (2, Running::Transaction, 0));
    assert_eq!(analysis.wrapped, None);
    assert_eq!(analyse(Postgres, "-- nothing").unwrap().statements, 0);
}

#[test]
fn a_wrapped_script_is_its_inside() {
    for (dialect, script) in [
        (Postgres, "BEGIN; SELECT 'é'; SELECT 2; COMMIT;"),
        (Postgres, "-- a\nSTART TRANSACTION;\nSELECT 'é';\nSELECT 2;\nEND WORK"),
        (Sqlite, "BEGIN IMMEDIATE; SELECT 'é'; SELECT 2; COMMIT;"),
        (Sqlite, "PRAGMA foreign_keys=OFF; BEGIN; SELECT 'é'; SELECT 2; END; PRAGMA foreign_keys=ON;"),
        (Postgres, "BEGIN; SELECT 'é'; COMMIT; -- a\nBEGIN; SELECT 2; COMMIT"),
        (Sqlite, "BEGIN; SELECT 'é'; SELECT 2; COMMIT; PRAGMA foreign_key_check; PRAGMA foreign_keys=ON"),
    ] {
        let analysis = analyse(dialect, script).unwrap();
        assert_eq!((analysis.statements, analysis.running), (2, Running::Transaction), "{script}");
        assert_eq!(texts(&analysis, script), ["SELECT 'é'", "SELECT 2"]);
        let first = analysis.statements_of(script).next().unwrap().unwrap();
        assert_eq!(&script[first.span()], "SELECT 'é'", "offsets stay those of the script");
        assert!(analysis.wrapped.is_some());
    }
    assert_eq!(analyse(Postgres, "BEGIN; COMMIT").unwrap().statements, 0);
}

#[test]
fn transactions_among_other_statements_are_the_runners() {
    for script in [
        "SELECT 1; BEGIN; SELECT 2; COMMIT",
        "BEGIN; SELECT 1; COMMIT; SELECT 2",
        "SELECT 1; BEGIN; COMMIT; BEGIN; SELECT 2; END",
    ] {
        let analysis = analyse(Postgres, script).unwrap();
        assert_eq!((analysis.statements, analysis.running), (2, Running::Transaction), "{script}");
        assert_eq!(texts(&analysis, script), ["SELECT 1", "SELECT 2"]);
        assert!(analysis.wrapped.is_some(), "{script}");
    }
}

#[test]
fn a_script_that_leaves_its_runners_transaction_and_comes_back_is_one() {
    for script in [
        "COMMIT; PRAGMA foreign_keys=OFF; BEGIN; SELECT 1; SELECT 2; COMMIT; PRAGMA foreign_keys=ON; BEGIN;",
        "SELECT 1; COMMIT TRANSACTION; PRAGMA foreign_keys=OFF; BEGIN TRANSACTION; SELECT 2; END; BEGIN",
        "PRAGMA foreign_keys=OFF; END; BEGIN; SELECT 1; COMMIT; SELECT 2; BEGIN IMMEDIATE;",
    ] {
        let analysis = analyse(Sqlite, script).unwrap();
        let mut run = texts(&analysis, script);
        assert_eq!((analysis.statements, analysis.running), (run.len(), Running::Transaction), "{script}");
        run.retain(|text| !text.starts_with("PRAGMA"));
        assert_eq!(run, ["SELECT 1", "SELECT 2"], "{script}");
        assert!(analysis.wrapped.is_some(), "{script}");
    }
}

#[test]
fn a_check_inside_is_run() {
    let script = "BEGIN; DROP TABLE t; PRAGMA foreign_key_check; COMMIT;";
    assert_eq!(texts(&analyse(Sqlite, script).unwrap(), script), ["DROP TABLE t", "PRAGMA foreign_key_check"]);
}

#[test]
fn other_transaction_control_is_an_error() {
    for (dialect, script, found) in [
        (Postgres, "SELECT 1; COMMIT;", "COMMIT"),
        (Postgres, "SELECT 1; BEGIN; SELECT 2", "BEGIN"),
        (Sqlite, "SELECT 1; BEGIN; SELECT 2; COMMIT", "BEGIN"),
        (Postgres, "BEGIN; SELECT 1", "BEGIN"),
        (Postgres, "BEGIN; SELECT 1; ROLLBACK", "ROLLBACK"),
        (Postgres, "BEGIN; SELECT 1; COMMIT; SELECT 2; COMMIT", "COMMIT"),
        (Postgres, "BEGIN; SELECT 1; COMMIT; BEGIN; SELECT 2", "BEGIN"),
        (Sqlite, "BEGIN; SELECT 1; COMMIT; PRAGMA foreign_keys=ON; BEGIN; SELECT 2; COMMIT", "COMMIT"),
        (Postgres, "BEGIN; BEGIN; COMMIT", "BEGIN"),
        (Postgres, "BEGIN; SELECT 1; COMMIT AND CHAIN", "COMMIT AND CHAIN"),
        (Postgres, "BEGIN ISOLATION LEVEL SERIALIZABLE; COMMIT", "BEGIN ISOLATION LEVEL SERIALIZABLE"),
        (Postgres, "BEGIN; PREPARE TRANSACTION 'x'", "PREPARE TRANSACTION 'x'"),
        (Postgres, "COMMIT PREPARED 'x'", "COMMIT PREPARED 'x'"),
        (Sqlite, "PRAGMA foreign_keys=OFF; SELECT 1; BEGIN; COMMIT", "BEGIN"),
        (Sqlite, "BEGIN; SELECT 1; COMMIT; PRAGMA user_version=1", "COMMIT"),
        (Sqlite, "SELECT 1; COMMIT; SELECT 2", "COMMIT"),
        (Sqlite, "COMMIT; BEGIN; SELECT 1; COMMIT;", "COMMIT"),
        (Sqlite, "COMMIT; BEGIN; BEGIN", "BEGIN"),
        (Sqlite, "COMMIT; COMMIT; BEGIN", "COMMIT"),
        (Sqlite, "COMMIT; SELECT 1; ROLLBACK", "ROLLBACK"),
        (Postgres, "COMMIT; BEGIN; SELECT 1", "COMMIT"),
    ] {
        let Err(AnalysisError::TransactionControl { span, text, outside }) = analyse(dialect, script) else {
            panic!("{script}");
        };
        assert_eq!((text.as_str(), &script[span], outside), (found, found, None), "{script}");
    }
}

#[test]
fn a_statement_that_must_run_outside_forbids_the_wrapper() {
    let script = "BEGIN; CREATE INDEX CONCURRENTLY i ON t (a); COMMIT";
    let Err(AnalysisError::TransactionControl { text, outside, .. }) = analyse(Postgres, script) else { panic!() };
    assert_eq!((text.as_str(), &script[outside.unwrap()]), ("BEGIN", "CREATE INDEX CONCURRENTLY i ON t (a)"));
}

#[test]
fn the_first_statement_outside_is_named() {
    assert_eq!(because("SELECT 1; SELECT 2"), None);
    assert_eq!(because("SELECT 1; VACUUM; REINDEX SCHEMA s"), Some(1));
    assert_eq!(
        analyse(Sqlite, "PRAGMA journal_mode=WAL; SELECT 1").unwrap().running,
        Running::Statements { because: 0 }
    );
}

#[test]
fn an_enum_value_that_is_used_must_be_committed_first() {
    const ADD: &str = "SELECT 1; ALTER TYPE core.mood ADD VALUE 'it''s'; ";
    for (used, expected) in [
        ("SELECT 2", None),
        ("SELECT 'other', \"it's\"", None),
        ("ALTER TYPE core.mood ADD VALUE 'b' AFTER 'it''s'", None),
        ("INSERT INTO t VALUES ('it''s')", Some(1)),
        ("INSERT INTO t VALUES (E'it\\'s'::mood)", Some(1)),
        ("ALTER TABLE t ALTER m SET DEFAULT $$it's$$", Some(1)),
        ("DO $$ BEGIN INSERT INTO t VALUES ('it''s'); END $$", Some(1)),
        ("COPY t FROM stdin;\nit's\n\\.\n", Some(1)),
    ] {
        assert_eq!(because(&format!("{ADD}{used}")), expected, "{used}");
    }
    assert_eq!(because("CREATE TYPE mood AS ENUM (); ALTER TYPE mood ADD VALUE 'a'; SELECT 'a'::mood"), Some(1));
    assert_eq!(because("VACUUM; ALTER TYPE mood ADD VALUE 'a'; SELECT 'a'"), Some(0));
    assert_eq!(because("ALTER TYPE mood ADD VALUE 'a'; VACUUM; SELECT 'a'"), Some(0));
}

#[test]
fn cuts_are_counted() {
    let script = "SET standard_conforming_strings = on;\nCOPY t FROM stdin;\n\\.\nSELECT 1";
    assert_eq!(analyse(Postgres, script).unwrap().cuts, 2);
}

#[test]
fn syntax_errors_come_through() {
    let Err(AnalysisError::Syntax(error)) = analyse(Postgres, "COMMIT; SELECT 'a") else { panic!() };
    assert_eq!(error.offset, 15);
}

#[test]
fn shapes_are_collected() {
    let script = "PRAGMA foreign_keys=off;\nBEGIN;\n\
        CREATE TABLE n (a);\nINSERT INTO n SELECT * FROM o;\nDROP TABLE o;\nALTER TABLE n RENAME TO o;\n\
        DELETE FROM gone;\nUPDATE gone SET a = 1;\nPRAGMA foreign_keys=on;\n\
        DELETE FROM main.x;\nREPLACE INTO y VALUES (1);\nREPLACE INTO y VALUES (2);\nUPDATE z SET a = 1;\nCOMMIT;";
    let shapes = analyse(Sqlite, script).unwrap().shapes;
    let shown = |names: Vec<_>| names.iter().map(|name: &crate::sql::Name<'_>| name.to_string()).collect::<Vec<_>>();
    assert!(shapes.need_guard());
    assert_eq!(shapes.enforcement, EnforcementRequest::SwitchedOff);
    assert_eq!(shown(shapes.dropped), ["\"o\""]);
    assert_eq!(shown(shapes.renamed.into_iter().flat_map(|(from, to)| [from, to]).collect()), ["\"n\"", "\"o\""]);
    assert_eq!(shown(shapes.deleted.into_iter().collect()), ["\"y\"", "\"main\".\"x\""]);
    assert_eq!(shown(shapes.updated.into_iter().collect()), ["\"z\""]);
    assert!(!analyse(Sqlite, "PRAGMA foreign_keys=on; DELETE FROM t").unwrap().shapes.need_guard());
}

/// No row refers to a table that a script makes for itself, so that it may be dropped with foreign keys enforced.
#[test]
fn a_table_that_a_script_makes_for_itself_needs_no_guard() {
    let needs_guard = |script: &str| analyse(Sqlite, script).unwrap().shapes.need_guard();
    for own in [
        "CREATE TABLE n AS SELECT 1; DELETE FROM t; DROP TABLE IF EXISTS N",
        "CREATE TEMP TABLE n (a PRIMARY KEY); DROP TABLE n",
        "CREATE TEMPORARY TABLE n (a); DROP TABLE temp.n",
        "CREATE TABLE temp.n (a); DROP TABLE n",
        "CREATE TABLE main.n AS SELECT 1; DROP TABLE n",
    ] {
        assert!(!needs_guard(own), "{own}");
    }
    for other in [
        "CREATE TABLE n AS SELECT 1; DROP TABLE o",
        "CREATE TABLE n (a PRIMARY KEY); DROP TABLE n",
        "CREATE TABLE IF NOT EXISTS n AS SELECT 1; DROP TABLE n",
        "DROP TABLE n; CREATE TABLE n AS SELECT 1",
        "CREATE TABLE n AS SELECT 1; DROP TABLE n; DROP TABLE n",
        "CREATE TABLE a.n AS SELECT 1; DROP TABLE n",
        "CREATE TEMP TABLE n (a); DROP TABLE main.n",
        "CREATE TABLE n AS SELECT 1; ALTER TABLE n RENAME TO o; DROP TABLE n",
    ] {
        assert!(needs_guard(other), "{other}");
    }
}
