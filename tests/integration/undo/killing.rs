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

/// What is in a database: its rows, and [`versions`].
type State = (String, (String, String));

fn state(shop: &Shop) -> State {
    (rows(shop), versions(shop))
}

/// Kills a run at a point, and goes on where it died before its COMMIT; returns whether there was such a point.
fn dies(shop: &Shop, direction: &str, fault: &str, before: &State, after: &State) -> bool {
    let output = shop.project.spawn_with(&[("SCHEMACTL_FAULT", fault)], [direction]).wait();
    let dies = !output.status.success();
    if dies {
        output.killed_by(Signal::SIGABRT);
        let (rows, (applied, recorded)) = state(shop);
        // The record of version 2 is there exactly where version 2 is, and so is what version 2 did.
        assert_eq!(applied.contains('2'), recorded == "2", "{direction} {fault}: {applied}, {recorded}");
        let whole = if applied.contains('2') == (direction == "up") { after } else { before };
        assert_eq!(rows, whole.0, "{direction} {fault}");
        if whole == before {
            shop.project.run([direction]).ok();
        }
    }
    assert_eq!(&state(shop), after, "{direction} {fault}");
    dies
}

#[test]
fn what_dies_while_rows_are_recorded_or_put_back_leaves_a_whole_record_or_none() {
    for shop in Shop::both([project!(), project!()]) {
        shop.project.file(&format!("{}/V1__first.sql", shop.folder()), FIRST);
        shop.project.file(&format!("{}/V2__second.sql", shop.folder()), SECOND);
        shop.project.run(["generate"]).ok();
        shop.project.run(["up", "--to", "1"]).ok();
        shop.execute(ROWS);
        let first = state(&shop);
        shop.project.run(["up"]).ok();
        let second = state(&shop);
        shop.project.run(["down"]).ok();
        assert_eq!(state(&shop), first);
        let kinds: &[&str] = if shop.is_sqlite() { &[""] } else { &["", ":record queried"] };
        for of in kinds {
            let (mut up, mut down) = (0, 0);
            for point in 0.. {
                let fault = format!("{point}{of}");
                let ended = (up, down);
                up += usize::from(dies(&shop, "up", &fault, &first, &second));
                down += usize::from(dies(&shop, "down", &fault, &second, &first));
                if ended == (up, down) {
                    break;
                }
            }
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
