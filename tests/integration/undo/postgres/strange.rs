//! What a record must not take for what it is not: columns that it does not know, tables that were emptied out of sight, keys of another type.

use super::hand::{Hand, Twins};

const SCHEMA: &str = "CREATE TABLE t (id int PRIMARY KEY, n int, s text);
CREATE TABLE other (id int PRIMARY KEY);
CREATE FUNCTION wipe() RETURNS void LANGUAGE plpgsql AS $$ BEGIN TRUNCATE t; END $$;
";
const ROWS: &str = "INSERT INTO t VALUES (1, 1, NULL), (2, 2, 'two');";
const DOWN: Option<&str> = Some("SELECT 1;\n");

/// A row that the up has inserted, or given another key, is no more as it left it.
#[test]
fn what_people_wrote_into_columns_of_their_own_is_not_lost() {
    for up in [
        "UPDATE t SET id = id + 100;\n",
        "INSERT INTO t VALUES (7, 7);\n",
        "DELETE FROM t;\nINSERT INTO t VALUES (9, 9);\n",
    ] {
        let twins = Twins::new(SCHEMA, ROWS);
        twins.second(up, DOWN);
        twins.run("up").ok();
        twins.own.psql("ALTER TABLE t ADD COLUMN note text; UPDATE t SET note = 'mine'");
        let before = twins.own.psql("SELECT note FROM t");
        let (ends, output) = twins.goes_down("down");
        let is_right = ends == Hand::Refused || twins.own.psql("SELECT note FROM t WHERE note IS NOT NULL") == before;
        assert!(is_right, "{up}\n{}", output.text());
    }
    // Where nobody has written into it nothing is in the way.
    let twins = Twins::new(SCHEMA, ROWS);
    twins.second("INSERT INTO t VALUES (7, 7);\n", DOWN);
    twins.run("up").ok();
    twins.write("ALTER TABLE t ADD COLUMN note text");
    twins.down(Hand::Exact);
}

/// Rows that a function has taken: before and after its table is altered in the same step.
#[test]
fn a_table_that_is_emptied_out_of_sight_is_kept_or_said_not_to_be() {
    let alter = "ALTER TABLE t ADD COLUMN x int;\n";
    let back = "ALTER TABLE t DROP COLUMN x;\n";
    for (up, down) in [
        (format!("SELECT wipe();\n{alter}"), back),
        (format!("{alter}SELECT wipe();\n"), back),
        (format!("UPDATE t SET n = 5;\nSELECT wipe();\n{alter}INSERT INTO t VALUES (9);\n"), back),
        ("SELECT wipe();\n".to_owned(), "SELECT 1;\n"),
        ("DO $$ BEGIN TRUNCATE t; ALTER TABLE t ADD COLUMN x int; END $$;\n".to_owned(), back),
        (
            "DO $$ BEGIN DROP TABLE t; CREATE TABLE t (id int PRIMARY KEY, n int, s text); END $$;\n".to_owned(),
            "SELECT 1;\n",
        ),
    ] {
        let twins = Twins::new(SCHEMA, ROWS);
        twins.second(&up, Some(down));
        twins.run("up").ok();
        let is_kept = twins.is_kept(2);
        let (ends, output) = twins.goes_down("down");
        assert!(!is_kept || ends == Hand::Exact, "{up}\n{}", output.text());
        if ends == Hand::Left {
            output.stdout_has("were not kept, and are not put back");
        }
    }
}

#[test]
fn a_key_of_another_type_is_told_right_or_not_kept() {
    let twins = Twins::new(
        "CREATE TABLE item (k char(5), l int, PRIMARY KEY (k, l));\n",
        "INSERT INTO item VALUES ('K1', 6), ('', 1);",
    );
    twins.second(
        "INSERT INTO item VALUES ('', 4);\nALTER TABLE item ALTER COLUMN k TYPE text;\n",
        Some("ALTER TABLE item ALTER COLUMN k TYPE char(5);\n"),
    );
    twins.run("up").ok();
    let is_kept = twins.is_kept(2);
    let (ends, output) = twins.goes_down("down");
    assert!(!is_kept || ends == Hand::Exact, "{}", output.text());
}

#[test]
fn null_is_no_text_whatever_is_set() {
    let twins = Twins::new(SCHEMA, ROWS);
    twins.second(
        "SET array_nulls = off;\nUPDATE t SET s = 'changed';\nALTER TABLE other ADD COLUMN x int;\n",
        Some("ALTER TABLE other DROP COLUMN x;\n"),
    );
    twins.run("up").ok();
    twins.down(Hand::Exact);
}

/// It takes the time that rows take, and not that of rows times rows.
#[test]
fn a_down_of_thousands_of_rows_is_done_soon() {
    let twins = Twins::new(SCHEMA, "INSERT INTO t SELECT g, g FROM generate_series(1, 30000) AS g; ANALYZE t;");
    twins.second("UPDATE t SET n = n + 1 WHERE id <= 6000;\nDELETE FROM t WHERE id BETWEEN 7000 AND 9000;\n", DOWN);
    let up = twins.run("up");
    up.ok();
    assert!(up.took.as_secs() < 30, "{:?}", up.took);
    let output = twins.down(Hand::Exact);
    assert!(output.took.as_secs() < 30, "{:?}", output.took);
}

/// A server that does not count rows does not say which tables a step has changed: nothing is kept then, and that is said.
#[test]
fn where_the_server_does_not_count_nothing_is_kept() {
    let twins = Twins::new(SCHEMA, ROWS);
    let alter = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET track_counts = off', current_database()); END $$";
    twins.own.psql(alter);
    twins.second("UPDATE t SET n = 5 WHERE id = 1;\nINSERT INTO t VALUES (9, 9);\n", DOWN);
    twins.run("up").ok();
    assert!(!twins.is_kept(2));
    assert!(twins.reason(2).contains("track_counts"), "{}", twins.reason(2));
    twins.down(Hand::Left);
}
