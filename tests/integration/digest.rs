//! The running digest of the history: right after whatever changed a row, so that nothing pending is told by the last row alone.
#![cfg(all(feature = "cli", feature = "sqlite", feature = "postgres"))]

use std::fmt::Write;

use schemactl_test_support::project;
use schemactl_test_support::shop::Shop;
use sha2::{Digest, Sha256};

fn both() -> [Shop; 2] {
    [Shop::sqlite(project!()), Shop::postgres(project!())]
}

/// Files 1 to `last`, each with a table and its down.
fn files(shop: &Shop, last: u32) {
    for version in 1..=last {
        shop.file(&format!("V{version}__t.sql"), format!("CREATE TABLE t{version} (a integer);\n"));
        shop.file(&format!("V{version}__t.down.sql"), format!("DROP TABLE t{version};\n"));
    }
}

/// Each row has the digest over itself and what lies below it, as computed here; and `up` has nothing to do.
#[track_caller]
fn is_digested(shop: &Shop) {
    let mut digest = String::new();
    let rows = shop.query("SELECT version, state, checksum, digest FROM schema_migrations ORDER BY version");
    for row in rows.lines() {
        let [version, state, checksum, found] = row.split('|').collect::<Vec<_>>().try_into().expect(row);
        let word = if matches!(state, "applied" | "baseline") { "done" } else { state };
        let hash = Sha256::digest(format!("{digest} {version} {word} {checksum}"));
        digest.clear();
        hash.iter().for_each(|byte| write!(digest, "{byte:02x}").unwrap());
        assert_eq!(found, digest, "the digest of version {version} in\n{rows}");
    }
}

/// Also that the next `up` has nothing to do, and says so.
#[track_caller]
fn is_done(shop: &Shop) {
    is_digested(shop);
    shop.run("up").ok().stdout_has("nothing to do");
}

#[test]
fn every_way_to_change_the_history_leaves_the_digests_right() {
    for shop in both() {
        files(&shop, 4);
        shop.run("up --to 2").ok();
        is_digested(&shop);
        shop.run("up").ok();
        is_done(&shop);
        // From the top, and all of it again.
        shop.run("down --to 1").ok();
        is_digested(&shop);
        shop.run("up").ok();
        is_done(&shop);
        // In the midst: one that comes late, and one that goes.
        shop.file("V10__late.sql", "CREATE TABLE t10 (a integer);\n");
        shop.file("V10__late.down.sql", "DROP TABLE t10;\n");
        shop.run("up").ok();
        shop.file("V7__later.sql", "CREATE TABLE t7 (a integer);\n").file("V7__later.down.sql", "DROP TABLE t7;\n");
        shop.run("up --order any").ok();
        is_done(&shop);
        shop.run("down --steps 1").ok();
        is_digested(&shop);
        shop.run("up --order any").ok();
        is_done(&shop);
        // What is repeated is lower than others.
        for text in ["SELECT 1 AS n", "SELECT 2 AS n"] {
            shop.file(
                "V5__view.sql",
                format!("-- schemactl: repeat = changed\nDROP VIEW IF EXISTS v;\nCREATE VIEW v AS {text};\n"),
            );
            shop.run("up").ok();
            is_done(&shop);
        }
        // Statement by statement, and an error in between.
        shop.file(
            "V11__two.sql",
            "-- schemactl: transaction = none\nCREATE TABLE t11 (a integer);\nCREATE TABLE t1 (a integer);\n",
        );
        shop.run("up").code(1);
        shop.query("DROP TABLE t1");
        shop.run("up").ok();
        is_done(&shop);
    }
}

#[test]
fn repairs_and_baselines_leave_the_digests_right() {
    for shop in both() {
        files(&shop, 5);
        shop.run("up --to 3").ok();
        shop.file("V2__t.sql", "CREATE TABLE t2 (a integer); -- edited\n");
        shop.run("repair --checksums --yes").ok();
        is_digested(&shop);
        shop.query("DROP TABLE t2");
        shop.run("repair --forget 2 --yes").code(0);
        is_digested(&shop);
        shop.run("up --order any").ok();
        is_done(&shop);
        shop.run("down --to 0").ok();
        assert_eq!(shop.query("SELECT count(*) FROM schema_migrations"), "0");
        for version in 1..=3 {
            shop.query(&format!("CREATE TABLE t{version} (a integer)"));
        }
        shop.run("repair --baseline 3 --yes").ok();
        is_digested(&shop);
        shop.run("up").ok();
        is_done(&shop);
    }
}

/// What was done to the table by hand is seen where it is in the last row, and by `status --check` where it is below.
#[test]
fn what_was_done_to_the_history_by_hand() {
    for shop in both() {
        files(&shop, 4);
        shop.run("up").ok();
        // One read of one row says that nothing is to be done: a row that is missing below it is not looked for.
        shop.query("DELETE FROM schema_migrations WHERE version = 2");
        shop.run("up").ok().stdout_has("nothing to do");
        shop.run("status --check").code(3);
    }
}

#[test]
fn the_last_row_is_what_it_is_now() {
    for change in [
        "UPDATE schema_migrations SET checksum = 'sha256:00' WHERE version = 4",
        "UPDATE schema_migrations SET state = 'partial', statements_done = 0 WHERE version = 4",
        "DELETE FROM schema_migrations WHERE version = 4",
        "UPDATE schema_migrations SET version = 5 WHERE version = 4",
    ] {
        for shop in both() {
            files(&shop, 4);
            shop.run("up").ok();
            shop.query(change);
            let output = shop.run("up");
            assert_ne!(output.status.code(), Some(0), "{change}: {}", output.text());
        }
    }
    for shop in both() {
        files(&shop, 4);
        shop.run("up").ok();
        shop.query("UPDATE schema_migrations SET digest = NULL");
        shop.run("up").ok().stdout_has("nothing to do");
        files(&shop, 5);
        shop.run("up").ok();
        shop.run("up").ok().stdout_has("nothing to do");
    }
}

/// A history of before has no digests: it is read as a whole, and gets them with the next step.
#[test]
fn a_history_of_an_earlier_release() {
    for shop in both() {
        files(&shop, 3);
        shop.run("up --to 2").ok();
        for column in ["digest", "found"] {
            shop.query(&format!("ALTER TABLE schema_migrations DROP COLUMN {column}"));
            shop.run("up --to 2").ok().stdout_has("nothing to do");
            shop.run("status").ok();
        }
        shop.run("up").ok();
        is_done(&shop);
    }
}
