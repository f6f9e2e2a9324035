//! Databases that another tool has migrated so far: real processes of the command, on both databases.
#![cfg(all(feature = "cli", feature = "sqlite", feature = "postgres"))]

use schemactl_test_support::cli::{Output, Running};
use schemactl_test_support::shop::Shop;
use schemactl_test_support::{project, sqlite};

/// refinery's table after the first two migrations of [`both`], as refinery 0.10 makes and fills it.
const REFINERY: &str = "CREATE TABLE refinery_schema_history (version int4 PRIMARY KEY, name varchar(255), \
     applied_on varchar(255), checksum varchar(255));\n\
     INSERT INTO refinery_schema_history VALUES (1, 'create_a', '2026-11-28T11:00:00Z', '5741179143220884373'), \
     (20, 'create_b', '2026-11-28T11:00:00Z', '1259805653524125067');";

/// How many adopt at the same moment.
const ADOPTERS: usize = 8;

/// A shop on each database with three migrations; another tool has run the first two.
fn both() -> [Shop; 2] {
    let shops = Shop::both([project!(), project!()]);
    for shop in &shops {
        shop.file("V1__create_a.sql", "CREATE TABLE a (x integer);\n");
        shop.file("V1__create_a.down.sql", "DROP TABLE a;\n");
        shop.file("V20__create_b.sql", "CREATE TABLE b (x integer);\n");
        shop.file("V20__create_b.down.sql", "DROP TABLE b;\n");
        shop.file("V300__create_c.sql", "CREATE TABLE c (x integer);\n");
        shop.file("V300__create_c.down.sql", "DROP TABLE c;\n");
        shop.execute("CREATE TABLE a (x integer)");
        shop.execute("CREATE TABLE b (x integer)");
    }
    shops
}

/// What these tests ask of a shop.
trait Adopted {
    /// The history.
    fn records(&self) -> String;
    fn has(&self, table: &str) -> bool;
    /// Keeps the table from being changed until it is released.
    fn hold(&self, held: &std::sync::Barrier, release: &std::sync::Barrier);
}

impl Adopted for Shop {
    fn records(&self) -> String {
        self.query("SELECT version, state FROM schema_migrations ORDER BY version").replace('\n', ", ")
    }

    fn has(&self, table: &str) -> bool {
        let sql = if self.is_sqlite() {
            format!("SELECT count(*) FROM sqlite_schema WHERE name = '{table}'")
        } else {
            format!("SELECT count(*) FROM pg_class WHERE relname = '{table}' AND relkind = 'r'")
        };
        self.query(&sql) == "1"
    }

    fn hold(&self, held: &std::sync::Barrier, release: &std::sync::Barrier) {
        let Some(database) = self.server() else {
            let connection = sqlite::open(&self.database_file());
            connection.execute_batch("BEGIN IMMEDIATE").unwrap();
            held.wait();
            release.wait();
            return connection.execute_batch("ROLLBACK").unwrap();
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(&database.url(), tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(connection);
            client.batch_execute("BEGIN; LOCK TABLE schema_migrations IN SHARE MODE").await.unwrap();
            held.wait();
            release.wait();
            client.batch_execute("ROLLBACK").await.unwrap();
        });
    }
}

#[test]
fn each_tool_is_taken_over() {
    let golang = "CREATE TABLE schema_migrations (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL);\n\
                  INSERT INTO schema_migrations VALUES (20, false);";
    let rails = "CREATE TABLE schema_migrations (version varchar(255) NOT NULL PRIMARY KEY);\n\
                 INSERT INTO schema_migrations VALUES ('0001'), ('20');";
    let bare = "CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY);\n\
                INSERT INTO schema_migrations VALUES (1), (20);";
    let diesel = "CREATE TABLE __diesel_schema_migrations (version varchar(50) PRIMARY KEY NOT NULL, \
                  run_on timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP);\n\
                  INSERT INTO __diesel_schema_migrations (version) VALUES ('00000000000000'), ('00000000000020');";
    let sqlx = "CREATE TABLE _sqlx_migrations (version bigint PRIMARY KEY, description text NOT NULL, \
                installed_on timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP, success boolean NOT NULL);\n\
                INSERT INTO _sqlx_migrations (version, description, success) VALUES (1, 'a', true), (20, 'b', true);";
    let goose = "CREATE TABLE goose_db_version (id integer PRIMARY KEY, version_id bigint NOT NULL, \
                 is_applied boolean NOT NULL, tstamp timestamp);\n\
                 INSERT INTO goose_db_version (id, version_id, is_applied) VALUES (1, 0, true), (2, 1, true), \
                 (3, 300, true), (4, 300, false), (5, 20, true);";
    for (tool, sql) in [
        ("golang-migrate", golang),
        ("bare", rails),
        ("bare", bare),
        ("rails", rails),
        ("dbmate", rails),
        ("diesel", diesel),
        ("sqlx", sqlx),
        ("refinery", REFINERY),
        ("goose", goose),
    ] {
        for shop in both() {
            shop.execute(sql);
            let is_named = tool == "rails" || tool == "dbmate";
            let command = if is_named { format!("adopt --from {tool}") } else { "adopt".to_owned() };
            let output = shop.run(&command);
            output.ok().stdout_has("baseline 1 create_a\nbaseline 20 create_b\n");
            output.stdout_has(&format!("({tool})")).stdout_has("2 migrations adopted, 1 pending\n");
            assert_eq!(shop.records(), "1|baseline, 20|baseline", "{tool}");
            let is_in_place = sql.contains("TABLE schema_migrations");
            assert_eq!(shop.has("schema_migrations_before_adopt"), is_in_place, "{tool}");
            let log = "SELECT action, version, outcome FROM schema_migrations_log ORDER BY version";
            assert_eq!(shop.query(log), "baseline|1|done\nbaseline|20|done");

            shop.run("status").ok().stdout_has("2 baseline, 1 pending");
            // The other tool's table is no drift, put aside or where it was.
            shop.run("diff").ok();
            let output = shop.run(&command);
            assert_eq!(output.ok().stdout, "nothing to adopt: this database was taken over before\n");
            shop.run("up").ok().stdout_has("applied 300 create_c");
            shop.run("down --to 0").ok().stdout_has("3 reverted");
            assert!(!shop.has("a") && !shop.has("c"), "the downs of the files were stored");
        }
    }
}

#[test]
fn the_other_tools_rows_are_kept() {
    for shop in both() {
        shop.execute("CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL)");
        shop.execute("CREATE TABLE schema_migrations_before_adopt (x text)");
        shop.execute("INSERT INTO schema_migrations VALUES (20, false)");
        shop.run("adopt")
            .ok()
            .stdout_has("schema_migrations (golang-migrate) is kept as schema_migrations_before_adopt_2\n");
        assert_eq!(shop.query("SELECT version FROM schema_migrations_before_adopt_2"), "20");
        assert!(shop.has("schema_migrations_before_adopt"));
    }
}

#[test]
fn a_dry_run_changes_nothing() {
    for shop in both() {
        shop.execute("CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL)");
        shop.execute("INSERT INTO schema_migrations VALUES (20, false)");
        let file = shop.database_file();
        let before = (std::fs::read(&file).ok(), shop.project.files());
        let output = shop.run("adopt --dry-run");
        output
            .ok()
            .stdout_has("baseline 20 create_b\n")
            .stdout_has("would be kept as schema_migrations_before_adopt\n");
        output.stdout_has("2 migrations would be adopted, 1 pending; nothing was changed\n");
        shop.run("adopt --dry-run --json")
            .ok()
            .stdout_has("\"applied\": false")
            .stdout_has("\"from\": \"golang-migrate\"");
        assert_eq!((std::fs::read(&file).ok(), shop.project.files()), before);
        assert_eq!(shop.query("SELECT version FROM schema_migrations"), "20");
        assert!(!shop.has("schema_migrations_log"));
        let output = shop.run("adopt --json");
        output.ok().stdout_has("\"applied\": true").stdout_has("\"renamed_to\": \"schema_migrations_before_adopt\"");
        output.stdout_has("\"pending\": 1").stdout_has("\"description\": \"create_b\"");
    }
}

#[test]
fn versions_without_files_are_refused() {
    for shop in both() {
        shop.execute("CREATE TABLE schema_migrations (version varchar(255) PRIMARY KEY)");
        shop.execute("INSERT INTO schema_migrations VALUES ('1'), ('7'), ('20'), ('20240101_x')");
        for command in ["adopt", "adopt --dry-run"] {
            let output = shop.run(command);
            output
                .code(1)
                .stderr_has("error[E0404]: the table schema_migrations (bare) has versions that have no file here");
            output.stderr_has("20240101_x").stderr_has("7").stderr_has("= state: nothing was changed");
        }
        assert_eq!(shop.query("SELECT count(*) FROM schema_migrations"), "4");
        assert!(!shop.has("schema_migrations_log") && !shop.has("schema_migrations_before_adopt"));
        shop.execute("DELETE FROM schema_migrations WHERE version IN ('7', '20240101_x')");
        shop.run("adopt").ok();
        assert_eq!(shop.records(), "1|baseline, 20|baseline");
    }
}

#[test]
fn a_run_that_failed_in_the_middle_is_refused() {
    for shop in both() {
        shop.execute("CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL)");
        shop.execute("INSERT INTO schema_migrations VALUES (20, true)");
        let output = shop.run("adopt");
        output.code(1).stderr_has("error[E0411]: version 20 was begun and not finished");
        output.stderr_has("the table schema_migrations (golang-migrate)");
        assert_eq!(shop.query("SELECT version FROM schema_migrations"), "20");
    }
}

#[test]
fn which_table_counts_is_told_or_asked_for() {
    for shop in both() {
        let nothing = "has no table of another tool";
        shop.run("adopt").code(1).stderr_has("error[E0202]").stderr_has(nothing);
        shop.run("adopt --from sqlx").code(1).stderr_has("has no table of sqlx").stderr_has("_sqlx_migrations");
        shop.execute("CREATE TABLE goose_db_version (id integer, version_id bigint, is_applied boolean)");
        shop.execute("INSERT INTO goose_db_version VALUES (1, 1, true)");
        shop.execute(REFINERY);
        let output = shop.run("adopt");
        output
            .code(1)
            .stderr_has("tables of several tools: refinery_schema_history (refinery), goose_db_version (goose)");
        output.stderr_has("`--from refinery`");
        shop.execute("CREATE TABLE schema_migrations (version integer)");
        shop.run("adopt --from golang-migrate").code(1).stderr_has("schema_migrations has the columns version");
        shop.execute("DROP TABLE schema_migrations");
        shop.run("adopt --from goose").ok();
        assert_eq!(shop.records(), "1|baseline");
    }
}

#[test]
fn a_history_that_has_begun_is_not_taken_over() {
    for shop in both() {
        shop.execute("DROP TABLE a");
        shop.run("up --to 1").ok();
        shop.execute(REFINERY);
        shop.run("adopt").code(1).stderr_has("error[E0202]").stderr_has("has a history of its own already");
        assert_eq!(shop.records(), "1|applied");
    }
}

#[test]
fn a_table_of_another_name_is_found() {
    for shop in both() {
        shop.execute("CREATE TABLE versions (version bigint, dirty boolean)");
        shop.execute("INSERT INTO versions VALUES (20, false)");
        shop.run("up --table versions").code(1).stderr_has("error[E0202]").stderr_has("`schemactl adopt`");
        shop.run("adopt --table versions")
            .ok()
            .stdout_has("versions (golang-migrate) is kept as versions_before_adopt\n");
        shop.run("status --table versions").ok().stdout_has("2 baseline, 1 pending");
        // A history of this tool's own is nobody else's.
        shop.execute("ALTER TABLE versions RENAME TO schema_migrations");
        shop.run("adopt --table other").code(1).stderr_has("has no table of another tool");
    }
}

#[test]
fn of_many_who_adopt_one_does() {
    for shop in both() {
        shop.execute("CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL)");
        shop.execute("INSERT INTO schema_migrations VALUES (20, false)");
        let running: Vec<Running> = (0..ADOPTERS)
            .map(|number| {
                let named = ["adopt", "--from", "golang-migrate"];
                shop.project.spawn(if number % 2 == 0 { &named[..1] } else { &named })
            })
            .collect();
        let outputs: Vec<Output> = running.into_iter().map(Running::wait).collect();
        let adopted = |output: &&Output| output.ok().stdout.contains("2 migrations adopted");
        assert_eq!(outputs.iter().filter(adopted).count(), 1);
        assert_eq!(shop.records(), "1|baseline, 20|baseline");
        assert_eq!(shop.query("SELECT count(*) FROM schema_migrations_log"), "2");
        assert!(!shop.has("schema_migrations_before_adopt_2"));
    }
}

#[test]
fn a_starter_that_comes_in_between_is_not_mixed_in() {
    // An application may start while its database is taken over: its `up` waits, is refused, or goes on from the baseline.
    for shop in both() {
        shop.execute(REFINERY);
        let adopting = shop.project.spawn(["adopt"]);
        let starting = shop.project.spawn(["up"]);
        let (adopted, started) = (adopting.wait(), starting.wait());
        let records = shop.records();
        let went_first = started.text().contains("error[E0203]");
        if went_first {
            started.code(1);
            assert_eq!(records, "1|baseline, 20|baseline", "{}", adopted.text());
        } else {
            started.ok();
            assert_eq!(records, "1|baseline, 20|baseline, 300|applied");
        }
        adopted.ok();
    }
}

#[test]
fn a_missing_file_stays_missing() {
    let project = project!();
    project.config("[sqlite]\nurl = \"sqlite:shop.db\"\n");
    project.file("migrations/sqlite/V1__a.sql", "SELECT 1;\n");
    project.run(["adopt"]).code(1).stderr_has("error[E0202]");
    assert!(!project.path().join("shop.db").exists());
}

#[test]
fn a_table_that_others_hold_is_waited_for() {
    for shop in both() {
        shop.execute("CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL)");
        shop.execute("INSERT INTO schema_migrations VALUES (20, false)");
        let (held, release) = (std::sync::Barrier::new(2), std::sync::Barrier::new(2));
        std::thread::scope(|scope| {
            scope.spawn(|| shop.hold(&held, &release));
            held.wait();
            let output = shop.run("adopt --lock-timeout 50ms --lock-wait 300ms");
            output.code(4).stderr_has("could not be taken over").stderr_has("= state: nothing was changed");
            let waiting = shop.project.spawn(["adopt", "--lock-timeout", "50ms"]);
            std::thread::sleep(std::time::Duration::from_millis(300));
            release.wait();
            waiting.wait().ok().stdout_has("2 migrations adopted");
        });
        assert_eq!(shop.records(), "1|baseline, 20|baseline");
    }
}
