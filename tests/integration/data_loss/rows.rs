//! A1 to A4, A10: what a down really does to rows that were there is counted while it runs, cascades and triggers included.

use std::time::Duration;

use schemactl::{Back, Code, Migrations, Options};
use schemactl_test_support::project;
use schemactl_test_support::shop::Shop;

use super::{both, migration, refused, refused_in_step};

/// A role that a migration adds, and members who refer to it: with this action, or none.
fn roles(shop: &Shop, action: &str) {
    roles_by(shop, action, "= 'editor'");
}

/// The same, where the down finds the role by this condition.
fn roles_by(shop: &Shop, action: &str, condition: &str) {
    let up = format!(
        "CREATE TABLE role (name varchar(20) PRIMARY KEY);\n\
         CREATE TABLE member (id bigint PRIMARY KEY, role varchar(20) DEFAULT 'reader' REFERENCES role {action});\n\
         INSERT INTO role VALUES ('reader');\n"
    );
    migration(shop, "V1__create", &up, "DROP TABLE member;\nDROP TABLE role;\n");
    let down = format!("DELETE FROM role WHERE name {condition};\n");
    migration(shop, "V2__editor", "INSERT INTO role VALUES ('editor');\n", &down);
    shop.run("up").ok();
}

/// What a query sets does not matter to SQLite's command-line shell, which has foreign keys off.
fn members(shop: &Shop) {
    shop.query("INSERT INTO member VALUES (1, 'editor'), (2, 'editor'), (3, 'reader')");
}

#[test]
fn a1_a_cascade_is_counted() {
    for shop in both() {
        roles(&shop, "ON DELETE CASCADE");
        members(&shop);
        let lost = "migration 2 editor would lose table member: 2 rows deleted, table role: 1 row deleted";
        refused_in_step(&shop, "down", lost);
        let output = shop.run("down --accept-data-loss");
        output.ok().stdout_has("1 reverted");
        assert_eq!(shop.query("SELECT id FROM member"), "3");
        assert_eq!(
            shop.query("SELECT detail FROM schema_migrations_log WHERE action = 'down'"),
            "data loss accepted: table member: 2 rows deleted, table role: 1 row deleted"
        );
    }
}

#[test]
fn a1_set_null_and_set_default_are_changes() {
    for action in ["ON DELETE SET NULL", "ON DELETE SET DEFAULT"] {
        for shop in both() {
            roles(&shop, action);
            members(&shop);
            let lost = "migration 2 editor would lose table member: 2 rows changed, table role: 1 row deleted";
            refused_in_step(&shop, "down", lost);
        }
    }
}

#[test]
fn a1_what_a_trigger_deletes_is_counted() {
    for shop in both() {
        roles(&shop, "");
        let trigger = if shop.is_sqlite() {
            "CREATE TRIGGER gone AFTER DELETE ON role BEGIN DELETE FROM note WHERE role = old.name; END;"
        } else {
            "CREATE FUNCTION gone() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM note WHERE role = old.name; RETURN NULL; END $$; \
             CREATE TRIGGER gone AFTER DELETE ON role FOR EACH ROW EXECUTE FUNCTION gone();"
        };
        shop.query("CREATE TABLE note (role varchar(20))");
        shop.query("INSERT INTO note VALUES ('editor'), ('editor'), ('reader')");
        shop.query(trigger);
        refused_in_step(
            &shop,
            "down",
            "migration 2 editor would lose table note: 2 rows deleted, table role: 1 row deleted",
        );
    }
}

#[test]
fn a2_a_row_that_was_there_is_not_deleted_unasked() {
    for shop in both() {
        roles(&shop, "");
        // Of several steps a plain condition is asked before the first one; what the rows take along shows when it runs.
        let down = "DELETE FROM role WHERE name = 'editor';\n";
        migration(&shop, "V3__again", "INSERT INTO role VALUES ('editor') ON CONFLICT DO NOTHING;\n", down);
        shop.run("up").ok();
        refused_in_step(&shop, "down", "migration 3 again would lose table role: 1 row deleted");
        let lost = "migration 3 again would lose table role: 1 row deleted, and what foreign keys and triggers take along; \
                    taking back migration 2 editor would lose table role: 1 row deleted, and what foreign keys and triggers take along";
        refused(&shop, "down --to 1", lost);
        // Where the condition takes nothing, nothing is asked.
        shop.query("DELETE FROM role WHERE name = 'editor'");
        shop.run("down --to 1").ok().stdout_has("2 reverted");
        assert_eq!(shop.query("SELECT name FROM role"), "reader");
    }
}

#[test]
fn a3_an_update_is_a_loss_where_it_takes_a_row() {
    for shop in both() {
        let up = "CREATE TABLE plan (id bigint PRIMARY KEY, price bigint);\n";
        migration(&shop, "V1__create", up, "DROP TABLE plan;\n");
        let down = "UPDATE plan SET price = price - 5;\n";
        migration(&shop, "V2__raise", "UPDATE plan SET price = price + 5;\n", down);
        shop.run("up").ok();
        shop.run("down").ok();
        shop.run("up").ok();
        shop.query("INSERT INTO plan VALUES (1, 10), (2, 20)");
        refused_in_step(&shop, "down", "migration 2 raise would lose table plan: 2 rows changed");
        // By a query that shows only when it runs.
        shop.file("V2__raise.down.sql", "UPDATE plan SET price = (SELECT 7) WHERE id IN (SELECT 1);\n");
        shop.run("repair --downs --yes").ok();
        refused_in_step(&shop, "down", "migration 2 raise would lose table plan: 1 row changed");
        shop.run("down --accept-data-loss").ok();
        assert_eq!(shop.query("SELECT price FROM plan ORDER BY id"), "7\n20");
    }
}

#[test]
fn a3_a_column_of_the_downs_own_may_be_filled() {
    for shop in both() {
        migration(&shop, "V1__create", "CREATE TABLE t (id bigint PRIMARY KEY, a bigint);\n", "DROP TABLE t;\n");
        let up = "ALTER TABLE t ADD b bigint;\nUPDATE t SET b = a;\nALTER TABLE t DROP COLUMN a;\n";
        let down = "ALTER TABLE t ADD a bigint;\nUPDATE t SET a = coalesce(b, 0);\nALTER TABLE t RENAME COLUMN b TO c;\n\
                    ALTER TABLE t ADD d bigint;\nUPDATE t SET d = c WHERE id > 0;\nALTER TABLE t RENAME COLUMN c TO b;\n";
        migration(&shop, "V2__rename", up, down);
        shop.run("up").ok();
        shop.query("INSERT INTO t VALUES (1, 10), (2, 20)");
        shop.run("down").ok();
        assert_eq!(shop.query("SELECT id, a, b, d FROM t ORDER BY id"), "1|10|10|10\n2|20|20|20");
        // With one that was there beside it, it is a change.
        shop.run("up").code(1);
        shop.query("ALTER TABLE t DROP COLUMN b");
        shop.run("up").ok();
        shop.file("V2__rename.down.sql", "ALTER TABLE t ADD a bigint;\nUPDATE t SET a = b, b = NULL WHERE id = 1;\n");
        shop.run("repair --downs --yes").ok();
        refused_in_step(&shop, "down", "migration 2 rename would lose table t: 1 row changed");
    }
}

#[test]
fn a6_a_false_verdict_excuses_nothing() {
    for shop in both() {
        let up = "CREATE TABLE acct (id bigint PRIMARY KEY, a bigint);\n";
        migration(&shop, "V1__create", up, "DROP TABLE acct;\n");
        let down = "-- schemactl: verdict = lossless\nDROP INDEX i;\nDELETE FROM acct WHERE id > 0;\n";
        migration(&shop, "V2__index", "CREATE INDEX i ON acct (a);\n", down);
        shop.run("up").ok();
        shop.query("INSERT INTO acct VALUES (1, 10), (2, 20)");
        refused_in_step(&shop, "down", "migration 2 index would lose table acct: 2 rows deleted");
    }
}

#[test]
fn a10_whatever_deletes_is_counted() {
    let downs = [
        ("DELETE FROM t WHERE true;", "2 rows deleted"),
        ("DELETE FROM t;", "2 rows deleted"),
        ("INSERT INTO t VALUES (1, 5) ON CONFLICT (id) DO UPDATE SET a = 5;", "1 row changed"),
    ];
    let sqlite = [
        ("REPLACE INTO t VALUES (1, 5);", "1 row deleted"),
        ("INSERT OR REPLACE INTO t SELECT id, a + 1 FROM t;", "2 rows deleted"),
        ("UPDATE OR REPLACE t SET id = 2 WHERE id = 1;", "1 row deleted, table t: 1 row changed"),
        ("WITH g AS (SELECT 1 AS one) DELETE FROM t WHERE id IN (SELECT one FROM g);", "1 row deleted"),
        ("UPDATE t SET rowid = 7 WHERE id = 1;", "1 row changed"),
        ("DELETE FROM v;", "1 row deleted"),
    ];
    let postgres = [
        ("WITH g AS (DELETE FROM t RETURNING *) SELECT 1;", "2 rows deleted"),
        ("DO $$ BEGIN DELETE FROM t WHERE id = 1; END $$;", "1 row deleted"),
        ("DO $$ BEGIN EXECUTE 'TRUNCATE t'; END $$;", "2 rows"),
        ("DO $$ BEGIN EXECUTE 'DROP TABLE t CASCADE'; END $$;", "2 rows"),
        ("SELECT purge();", "2 rows deleted"),
        ("MERGE INTO t USING (SELECT 1 AS one) u ON id = one WHEN MATCHED THEN DELETE;", "1 row deleted"),
        ("TRUNCATE t;", "2 rows"),
        ("DELETE FROM v;", "1 row deleted"),
    ];
    for shop in both() {
        let mut up = "CREATE TABLE t (id bigint PRIMARY KEY, a bigint);\n".to_owned();
        if shop.is_sqlite() {
            up = "CREATE TABLE t (id INTEGER PRIMARY KEY, a bigint);\nCREATE VIEW v AS SELECT * FROM t WHERE id = 1;\n\
                  CREATE TRIGGER v_gone INSTEAD OF DELETE ON v BEGIN DELETE FROM t WHERE id = old.id; END;\n"
                .to_owned();
        } else {
            up += "CREATE VIEW v AS SELECT * FROM t WHERE id = 1;\n\
                   CREATE FUNCTION purge() RETURNS void LANGUAGE sql AS $$ DELETE FROM t $$;\n";
        }
        migration(&shop, "V1__create", &up, "DROP VIEW v;\nDROP TABLE t;\n");
        migration(&shop, "V2__more", "SELECT 1;\n", "SELECT 1;\n");
        shop.run("up").ok();
        shop.query("INSERT INTO t VALUES (1, 10), (2, 20)");
        let version: i64 = if shop.is_sqlite() { 0 } else { shop.query("SHOW server_version_num").parse().unwrap() };
        for (down, lost) in downs.iter().chain(if shop.is_sqlite() { &sqlite[..] } else { &postgres[..] }) {
            if down.starts_with("MERGE") && version < 150_000 {
                continue;
            }
            shop.file("V2__more.down.sql", down);
            shop.run("repair --downs --yes").ok();
            let before = shop.content();
            let output = shop.run("down");
            output.code(5).error("E0408").stderr_has(&format!("table t: {lost}"));
            assert_eq!(shop.content(), before, "{down}");
        }
    }
}

/// The script sees nothing of what counts, and nothing of it stays.
#[test]
fn a10_the_count_leaves_no_trace() {
    let shop = Shop::unrecorded(project!());
    let up = "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b);\nCREATE TABLE seen (changes, total, last);\n";
    migration(&shop, "V1__create", up, "DROP TABLE seen;\nDROP TABLE t;\n");
    let down = "INSERT INTO t VALUES (9, 1, 1), (10, 1, 1);\nINSERT INTO seen SELECT changes(), total_changes() > 2, last_insert_rowid();\n\
                ALTER TABLE t DROP COLUMN b;\nALTER TABLE t RENAME COLUMN a TO c;\nALTER TABLE t RENAME TO u;\n\
                UPDATE u SET c = 5 WHERE id = 10;\nALTER TABLE u RENAME TO t;\nALTER TABLE t RENAME COLUMN c TO a;\n";
    migration(&shop, "V2__more", "SELECT 1;\n", down);
    shop.run("up").ok();
    // The rows that the down itself makes count as well: what it does with them cannot be told apart.
    refused_in_step(&shop, "down", "migration 2 more would lose table t: 1 row changed");
    shop.run("down --accept-data-loss").ok();
    assert_eq!(shop.query("SELECT changes, last FROM seen"), "2|10");
    assert_eq!(shop.query("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'schemactl%'"), "0");
}

#[test]
fn a10_tables_without_rowid_and_searches_are_counted() {
    let shop = Shop::unrecorded(project!());
    let up = "CREATE TABLE w (id TEXT PRIMARY KEY, a) WITHOUT ROWID;\nCREATE VIRTUAL TABLE texts USING fts5(body);\n\
              CREATE TABLE strict_one (id INTEGER PRIMARY KEY ON CONFLICT REPLACE, a TEXT) STRICT;\n";
    migration(&shop, "V1__create", up, "DROP TABLE w;\nDROP TABLE texts;\nDROP TABLE strict_one;\n");
    migration(&shop, "V2__more", "SELECT 1;\n", "SELECT 1;\n");
    shop.run("up").ok();
    shop.query("INSERT INTO w VALUES ('a', 1), ('b', 2)");
    shop.query("INSERT INTO texts VALUES ('one'), ('two')");
    shop.query("INSERT INTO strict_one VALUES (1, 'x')");
    for (down, lost) in [
        ("UPDATE w SET id = 'c' WHERE id = 'a';", "table w: 1 row changed"),
        ("DELETE FROM w WHERE id IN (SELECT 'a');", "table w: 1 row deleted"),
        ("DELETE FROM texts WHERE rowid IN (SELECT 1);", "table texts: 1 row deleted"),
        ("UPDATE texts SET body = 'x' WHERE body = 'one';", "table texts: 1 row changed"),
        // The table's own rule replaces the row.
        ("INSERT INTO strict_one VALUES (1, 'y');", "table strict_one: 1 row deleted"),
    ] {
        shop.file("V2__more.down.sql", down);
        shop.run("repair --downs --yes").ok();
        let before = shop.content();
        shop.run("down").code(5).error("E0408").stderr_has(lost);
        assert_eq!(shop.content(), before, "{down}");
    }
}

#[test]
fn a10_partitions_and_heirs_are_counted() {
    let shop = Shop::unrecorded_postgres(project!());
    let up = "CREATE TABLE event (at bigint, a bigint) PARTITION BY RANGE (at);\n\
              CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM (0) TO (10);\n\
              CREATE TABLE event_2 PARTITION OF event FOR VALUES FROM (10) TO (20);\n\
              CREATE TABLE parent (a bigint);\nCREATE TABLE heir () INHERITS (parent);\n";
    migration(&shop, "V1__create", up, "SELECT 1;\n");
    migration(&shop, "V2__more", "SELECT 1;\n", "SELECT 1;\n");
    shop.run("up").ok();
    shop.query("INSERT INTO event VALUES (1, 1), (11, 2), (12, 3); INSERT INTO heir VALUES (1); ALTER TABLE event DETACH PARTITION event_2");
    for (down, lost) in [
        ("DELETE FROM event WHERE at IN (SELECT 1);", "table event: 1 row deleted"),
        // Detached ones are tables of their own by now.
        ("DO $$ BEGIN EXECUTE 'DROP TABLE event_' || 2; END $$;", "event_2: 2 rows"),
        ("DROP TABLE event;\nDROP TABLE event_2;", "table event: 1 row, table event_2: 2 rows"),
        ("DROP TABLE parent CASCADE;", "table parent: 1 row"),
        ("ALTER TABLE parent DROP COLUMN a;", "column parent.a: 1 value"),
        ("DO $$ BEGIN EXECUTE 'ALTER TABLE event DROP COLUMN a'; END $$;", "event.a: 1 value"),
    ] {
        shop.file("V2__more.down.sql", down);
        shop.run("repair --downs --yes").ok();
        let before = shop.content();
        shop.run("down").code(5).error("E0408").stderr_has(lost);
        assert_eq!(shop.content(), before, "{down}");
    }
    // What is dropped without having been named, and holds nothing, is dropped.
    shop.query("TRUNCATE event_2; DELETE FROM event");
    shop.file("V2__more.down.sql", "DO $$ BEGIN EXECUTE 'DROP TABLE event_' || 2; EXECUTE 'DROP TABLE event'; END $$;");
    shop.run("repair --downs --yes").ok();
    shop.run("down").ok();
    assert_eq!(shop.query("SELECT to_regclass('event') IS NULL, to_regclass('event_2') IS NULL"), "t|t");
}

#[test]
fn a10_what_the_server_does_not_count_is_asked_for() {
    let shop = Shop::unrecorded_postgres(project!());
    migration(&shop, "V1__create", "CREATE TABLE t (id bigint);\n", "DROP TABLE t;\n");
    migration(
        &shop,
        "V2__more",
        "SELECT 1;\n",
        "SET LOCAL track_counts = off;\nDELETE FROM t WHERE id IN (SELECT 1);\n",
    );
    shop.run("up").ok();
    shop.query("INSERT INTO t VALUES (1)");
    refused_in_step(
        &shop,
        "down",
        "migration 2 more would lose rows that the server has not counted: track_counts is off",
    );
}

/// The record is written after everything was counted: what a trigger on the history does then is asked for.
#[test]
fn a10_a_trigger_on_the_history_is_asked_for() {
    let sqlite =
        |event: &str, table: &str| format!("CREATE TRIGGER z AFTER {event} ON {table} BEGIN DELETE FROM t; END;\n");
    let function =
        "CREATE FUNCTION z() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM t; RETURN NULL; END $$;\n";
    let postgres = |event: &str, table: &str| {
        format!("{function}CREATE TRIGGER z AFTER {event} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION z();\n")
    };
    let downs: [[(String, &str); 3]; 2] = [
        [
            (sqlite("INSERT", "schema_migrations_log"), "trigger z of schema_migrations_log"),
            (sqlite("DELETE", "Schema_Migrations"), "trigger z of Schema_Migrations"),
            (
                "CREATE TEMP TRIGGER z AFTER DELETE ON main.schema_migrations BEGIN DELETE FROM t; END;\n".to_owned(),
                "trigger z of schema_migrations",
            ),
        ],
        [
            (postgres("INSERT", "schema_migrations_log"), "trigger z of schema_migrations_log"),
            (postgres("DELETE", "schema_migrations"), "trigger z of schema_migrations"),
            (
                "CREATE RULE z AS ON DELETE TO schema_migrations DO ALSO DELETE FROM t;\n".to_owned(),
                "rule z of schema_migrations",
            ),
        ],
    ];
    for case in 0..3 {
        for transaction in ["", "-- schemactl: transaction = none\n"] {
            for (shop, downs) in both().into_iter().zip(&downs) {
                let (down, what) = &downs[case];
                migration(&shop, "V1__create", "CREATE TABLE t (id bigint);\n", "DROP TABLE t;\n");
                migration(&shop, "V2__more", "SELECT 1;\n", &format!("{transaction}{down}"));
                shop.run("up").ok();
                shop.query("INSERT INTO t VALUES (1)");
                let lost = format!("rows that {what} may reach when the step is recorded");
                shop.run("down").code(5).error("E0408").stderr_has(&lost);
                assert_eq!(shop.query("SELECT count(*) FROM t"), "1", "{transaction}{down}");
                // The server itself refuses to record anything in a table with a rule.
                if !what.starts_with("rule") {
                    shop.run("down --accept-data-loss").ok();
                }
            }
        }
    }
}

/// Of several steps it is the second one that loses something, which shows only when it runs.
#[test]
fn a10_the_second_step_is_refused_and_the_first_one_is_done() {
    for shop in both() {
        roles_by(&shop, "ON DELETE CASCADE", "IN (SELECT name FROM role WHERE name LIKE 'edit%')");
        migration(&shop, "V3__more", "CREATE TABLE more (a bigint);\n", "DROP TABLE more;\n");
        shop.run("up").ok();
        members(&shop);
        let output = shop.run("down --to 1");
        output.code(5).error("E0408").stdout_has("reverted 3 more").stderr_has("table member: 2 rows deleted");
        output.stderr_has(" is at version 2\n");
        assert_eq!(shop.applied(), "1 2");
        assert_eq!(shop.query("SELECT count(*) FROM member"), "3");
    }
}

/// Statement by statement nothing can be taken back: what may be lost is asked for before.
#[test]
fn a10_outside_a_transaction_it_is_asked_before() {
    for shop in both() {
        roles(&shop, "ON DELETE CASCADE");
        members(&shop);
        let down = "-- schemactl: transaction = none\nSELECT 1;\nDELETE FROM role WHERE name = 'nobody';\n";
        shop.file("V2__editor.down.sql", down);
        shop.run("repair --downs --yes").ok();
        refused(&shop, "down", "migration 2 editor would lose table role: 2 rows deleted");
        if shop.is_sqlite() {
            continue;
        }
        shop.file("V2__editor.down.sql", "-- schemactl: transaction = none\nDO $$ BEGIN DELETE FROM role; END $$;\n");
        shop.run("repair --downs --yes").ok();
        refused(&shop, "down", "migration 2 editor would lose what a DO block does is not in its text");
    }
}

/// A writer commits while the drop waits for it: what it wrote is counted.
#[test]
fn a10_rows_of_a_writer_who_commits_meanwhile_are_counted() {
    for shop in both() {
        migration(&shop, "V1__create", "CREATE TABLE t (id bigint);\n", "DROP TABLE t;\n");
        shop.run("up").ok();
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            let shop = &shop;
            scope.spawn(move || {
                let seconds = Duration::from_secs(2);
                if shop.is_sqlite() {
                    let connection = rusqlite::Connection::open(shop.database_file()).unwrap();
                    connection.execute_batch("BEGIN IMMEDIATE; INSERT INTO t VALUES (1), (2)").unwrap();
                    sender.send(()).unwrap();
                    std::thread::sleep(seconds);
                    connection.execute_batch("COMMIT").unwrap();
                } else {
                    sender.send(()).unwrap();
                    shop.query("BEGIN; INSERT INTO t VALUES (1), (2); SELECT pg_sleep(2); COMMIT");
                }
            });
            receiver.recv().unwrap();
            if !shop.is_sqlite() {
                while shop
                    .query("SELECT count(*) FROM pg_locks WHERE relation = 't'::regclass AND mode = 'RowExclusiveLock'")
                    == "0"
                {
                    std::thread::sleep(Duration::from_millis(20));
                }
            }
            let output = shop.run("down");
            output.code(5).error("E0408").stderr_has("would lose table t: 2 rows\n");
        });
        assert_eq!(shop.query("SELECT count(*) FROM t"), "2");
        assert_eq!(shop.applied(), "1");
    }
}

const LIBRARY: &[(&str, &str)] = &[
    (
        "V0001__create.sql",
        "CREATE TABLE role (name varchar(20) PRIMARY KEY);\n\
         CREATE TABLE member (id bigint PRIMARY KEY, role varchar(20) REFERENCES role ON DELETE CASCADE);\n",
    ),
    ("V0001__create.down.sql", "DROP TABLE member;\nDROP TABLE role;\n"),
    ("V0002__editor.sql", "INSERT INTO role VALUES ('editor');\n"),
    ("V0002__editor.down.sql", "DELETE FROM role WHERE name IN (SELECT 'editor');\n"),
];

fn library() -> Migrations {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in LIBRARY {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    Migrations::read(folder.path()).unwrap()
}

const LOST: &str = "taking back migration 2 editor would lose table member: 1 row deleted, table role: 1 row deleted";

#[test]
fn a1_the_library_counts_on_the_applications_connection() {
    let migrations = library();
    let mut connection = rusqlite::Connection::open_in_memory().unwrap();
    connection
        .execute_batch("PRAGMA foreign_keys = ON; CREATE TEMP TABLE mine (a); INSERT INTO mine VALUES (1)")
        .unwrap();
    let unrecorded = Options::new().undo(schemactl::UndoPolicy::None);
    schemactl::sqlite::up_with(&mut connection, &migrations, &schemactl::Target::Latest, &unrecorded).unwrap();
    connection.execute_batch("INSERT INTO member VALUES (1, 'editor')").unwrap();
    let error = schemactl::sqlite::down(&mut connection, &migrations, Back::Steps(1), &Options::new()).unwrap_err();
    assert_eq!((error.code(), error.to_string().as_str()), (Code::DataLoss, LOST));
    assert!(error.database_state().unwrap().starts_with("rolled back; "), "{error:#}");
    let temporary = "SELECT group_concat(name) FROM temp.sqlite_schema";
    assert_eq!(connection.query_row(temporary, [], |row| row.get::<_, String>(0)).unwrap(), "mine");
    assert!(connection.execute_batch("SELECT schemactl_meter(0, 0)").is_err());
    let accept = Options::new().accept_data_loss(true);
    schemactl::sqlite::down(&mut connection, &migrations, Back::Steps(1), &accept).unwrap();
    assert_eq!(connection.query_row("SELECT count(*) FROM member", [], |row| row.get::<_, i64>(0)).unwrap(), 0);
    assert!(connection.execute_batch("SELECT schemactl_meter(0, 0)").is_err());
}

#[tokio::test]
async fn a1_the_library_counts_on_the_applications_client() {
    let shop = Shop::unrecorded_postgres(project!());
    let migrations = library();
    let url = shop.database().url();
    let (mut client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let unrecorded = Options::new().undo(schemactl::UndoPolicy::None);
    schemactl::postgres::up_with(&mut client, &migrations, &schemactl::Target::Latest, &unrecorded).await.unwrap();
    shop.query("INSERT INTO member VALUES (1, 'editor')");
    let options = Options::new();
    let error = schemactl::postgres::down(&mut client, &migrations, Back::Steps(1), &options).await.unwrap_err();
    assert_eq!((error.code(), error.to_string().as_str()), (Code::DataLoss, LOST));
    assert_eq!(shop.query("SELECT count(*) FROM member"), "1");
    // What the application's own transaction deletes is not the step's.
    client.batch_execute("DELETE FROM member").await.unwrap();
    shop.query("DELETE FROM role");
    schemactl::postgres::down(&mut client, &migrations, Back::Steps(1), &options).await.unwrap();
    assert_eq!(shop.applied(), "1");
}
