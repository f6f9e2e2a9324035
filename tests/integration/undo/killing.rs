//! A process that dies while rows are recorded or put back: the record is there with its step or not at all, and the next run goes on.

use schemactl_test_support::shop::Shop;
use schemactl_test_support::{Signal, project};

const FIRST: &str = "CREATE TABLE item (id integer PRIMARY KEY, n integer, note varchar(20));\n\
                     CREATE TABLE tag (item integer REFERENCES item ON DELETE CASCADE, tag varchar(20), PRIMARY KEY (item, tag));\n";

const SECOND: &str = "UPDATE item SET n = n + 1;\nDELETE FROM item WHERE id = 2;\nINSERT INTO item VALUES (9, 9, 'nine');\n\
                      ALTER TABLE item DROP COLUMN note;\nCREATE TABLE made (id integer);\nINSERT INTO made VALUES (1);\n";

const ROWS: &str =
    "INSERT INTO item VALUES (1, 1, 'one'), (2, 2, 'two'), (3, 3, NULL); INSERT INTO tag VALUES (1, 'a'), (2, 'b');";

/// All rows as text: the same columns whatever the version is.
fn rows(shop: &Shop) -> String {
    shop.query("SELECT * FROM item ORDER BY id") + "\n" + &shop.query("SELECT * FROM tag ORDER BY 1, 2")
}

/// Which versions are applied, and of which a record is there: with rows or with the reason why not.
fn versions(shop: &Shop) -> (String, String) {
    let there = match shop.server() {
        None => "SELECT count(*) FROM sqlite_schema WHERE name = 'schema_migrations_undo'",
        Some(_) => "SELECT count(*) FROM pg_class WHERE relname = 'schema_migrations_undo'",
    };
    let recorded = if shop.query(there) == "0" {
        String::new()
    } else {
        shop.query("SELECT version FROM schema_migrations_undo WHERE number = 0 AND kind = 'whole'")
    };
    (shop.applied(), recorded)
}

/// Kills a run at each point of a kind, until one passes no more of them; returns how many that were.
fn kill_at_each(shop: &Shop, direction: &str, of: &str, other: &str) -> usize {
    let mut killed = 0;
    let (before, expected) = (rows(shop), versions(shop));
    loop {
        let fault = format!("{killed}{of}");
        let output = shop.project.spawn_with(&[("SCHEMACTL_FAULT", fault.as_str())], [direction]).wait();
        if output.status.success() {
            return killed;
        }
        output.killed_by(Signal::SIGABRT);
        killed += 1;
        let (applied, recorded) = versions(shop);
        // The record of version 2 is there exactly where version 2 is.
        assert_eq!(applied.contains('2'), recorded == "2", "{direction} {fault}: {applied}, {recorded}");
        if (applied.clone(), recorded) == expected {
            assert_eq!(rows(shop), before, "{direction} {fault}");
        } else {
            // It died after its COMMIT: back to where it began.
            shop.project.run([other]).ok();
        }
        shop.project.run([direction]).ok();
        shop.project.run([other]).ok();
        assert_eq!((rows(shop), versions(shop)), (before.clone(), expected.clone()), "{direction} {fault}");
    }
}

#[test]
fn what_dies_while_rows_are_recorded_or_put_back_leaves_a_whole_record_or_none() {
    for shop in Shop::both([project!(), project!()]) {
        shop.project.file(&format!("{}/V1__first.sql", shop.folder()), FIRST);
        shop.project.file(&format!("{}/V2__second.sql", shop.folder()), SECOND);
        shop.project.run(["generate"]).ok();
        shop.project.run(["up", "--to", "1"]).ok();
        shop.execute(ROWS);
        let kinds: &[&str] = if shop.is_sqlite() { &[""] } else { &["", ":record queried"] };
        for of in kinds {
            let up = kill_at_each(&shop, "up", of, "down");
            // Now version 2 is applied, and the next runs take it back.
            let down = kill_at_each(&shop, "down", of, "up");
            assert!(up > 3 && down > 3, "{of}: {up} and {down} points");
        }
        // What is left of all that: nothing that a person did not write.
        assert_eq!(versions(&shop), ("1".to_owned(), String::new()));
        let tables = shop.query(match shop.server() {
            None => "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'schema_migrations_undo_2%'",
            Some(_) => "SELECT count(*) FROM schema_migrations_undo_rows",
        });
        assert_eq!(tables, "0");
    }
}
