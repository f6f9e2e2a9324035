//! Many starters, kills and signals: real processes of the command, on both databases.
#![cfg(all(feature = "cli", feature = "sqlite", feature = "postgres"))]

use std::time::Duration;

use schemactl_test_support::cli::{Project, Running};
use schemactl_test_support::postgres::{self, Database};
use schemactl_test_support::{Signal, cases, project, sqlite};

/// How many start at the same moment.
const STARTERS: usize = 32;

/// A project whose migrations insert rows, so that one which ran twice shows.
struct Shop {
    project: Project,
    backend: Backend,
}

enum Backend {
    Sqlite,
    Postgres(Database),
}

impl Shop {
    fn sqlite() -> Self {
        let project = project!();
        project.config("[sqlite]\nurl = \"sqlite:shop.db\"\n");
        let shop = Self { project, backend: Backend::Sqlite };
        shop.steps(&["VACUUM;\nINSERT INTO log VALUES (5);\nVACUUM;\n"])
    }

    fn postgres() -> Self {
        let database = postgres::database(postgres::version());
        let project = project!();
        project.config(&format!("[postgres]\nurl = \"{}\"\n", database.url()));
        let shop = Self { project, backend: Backend::Postgres(database) };
        shop.steps(&[
            "INSERT INTO log VALUES (5);\nCREATE INDEX CONCURRENTLY log_step ON log (step);\nREINDEX TABLE CONCURRENTLY log;\n",
        ])
    }

    /// Steps 1 to 4 are alike on both databases, the last is outside a transaction, and its own.
    fn steps(self, outside: &[&str]) -> Self {
        self.file("V0001__create_log.sql", "CREATE TABLE log (step integer NOT NULL);\nINSERT INTO log VALUES (1);\n");
        self.file(
            "V0002__fill.sql",
            "INSERT INTO log VALUES (2);\nCREATE TABLE a (x integer);\nINSERT INTO a VALUES (1);\n",
        );
        self.file("V0003__create_b.sql", "CREATE TABLE b (x integer);\nINSERT INTO log VALUES (3);\n");
        self.file("V0004__drop_a.sql", "DROP TABLE a;\nINSERT INTO log VALUES (4);\n");
        for (number, text) in outside.iter().enumerate() {
            self.file(&format!("V{:04}__outside.sql", number + 5), text);
        }
        self
    }

    fn folder(&self) -> &'static str {
        match self.backend {
            Backend::Sqlite => "migrations/sqlite",
            Backend::Postgres(_) => "migrations/postgres",
        }
    }

    fn file(&self, name: &str, text: &str) {
        self.project.file(&format!("{}/{name}", self.folder()), text);
    }

    fn query(&self, sql: &str) -> String {
        match &self.backend {
            Backend::Sqlite => sqlite::query(&sqlite::open(&self.project.path().join("shop.db")), sql),
            Backend::Postgres(database) => database.psql(sql),
        }
    }

    /// An empty database again.
    fn empty(&mut self) {
        match &self.backend {
            Backend::Sqlite => {
                for file in ["shop.db", "shop.db-journal", "shop.db-wal", "shop.db-shm"] {
                    let _ = std::fs::remove_file(self.project.path().join(file));
                }
            }
            Backend::Postgres(_) => {
                let database = postgres::database(postgres::version());
                self.project.config(&format!("[postgres]\nurl = \"{}\"\n", database.url()));
                self.backend = Backend::Postgres(database);
            }
        }
    }

    fn up(&self) {
        self.project.run(["up"]).ok();
    }

    /// Every step was applied exactly once.
    fn assert_whole(&self, steps: usize) {
        let expected: Vec<String> = (1..=steps).map(|step| step.to_string()).collect();
        assert_eq!(self.query("SELECT step FROM log ORDER BY step"), expected.join("\n"));
        let applied = self.query("SELECT version FROM schema_migrations WHERE state = 'applied' ORDER BY version");
        assert_eq!(applied, expected.join("\n"));
        if let Backend::Postgres(database) = &self.backend {
            assert_eq!(database.psql("SELECT count(*) FROM pg_index WHERE NOT indisvalid"), "0");
            // The server may take a moment to see that a killed process has hung up.
            let patience = std::time::Instant::now() + Duration::from_secs(5);
            while database.psql(LOCKS) != "0" {
                assert!(std::time::Instant::now() < patience, "an advisory lock was left");
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }
}

const LOCKS: &str = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' \
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

fn start_together(mut shop: Shop, rounds: u32) {
    for round in 0..rounds {
        shop.empty();
        if round % 2 == 1 {
            shop.project.run(["up", "--to", "2"]).ok();
        }
        let running: Vec<Running> = (0..STARTERS).map(|_| shop.project.spawn(["up"])).collect();
        for starter in running {
            starter.wait().ok();
        }
        shop.assert_whole(5);
    }
}

#[test]
fn r02_starters_on_sqlite_apply_each_step_once() {
    start_together(Shop::sqlite(), cases(2, 50));
}

#[test]
fn r02_starters_on_postgres_apply_each_step_once() {
    start_together(Shop::postgres(), cases(2, 50));
}

/// Kills the command at its first, second, third... fault point, until one run passes none that kills it.
#[cfg(feature = "fault-points")]
fn kill_at_every_point(mut shop: Shop, direction: &[&str]) {
    let mut killed = 0;
    loop {
        shop.empty();
        if direction[0] == "down" {
            shop.up();
        }
        let number = killed.to_string();
        let output = shop.project.spawn_with(&[("SCHEMACTL_FAULT", number.as_str())], direction).wait();
        if output.status.success() {
            break;
        }
        output.killed_by(Signal::SIGABRT);
        // No manual step, whatever was running when it died.
        shop.project.run(direction).ok();
        match direction[0] {
            "down" => assert_eq!(shop.query("SELECT count(*) FROM schema_migrations"), "0"),
            _ => shop.assert_whole(5),
        }
        killed += 1;
    }
    assert!(killed > 10, "only {killed} fault points were met");
}

#[cfg(feature = "fault-points")]
#[test]
fn r01_a_kill_at_every_point_on_sqlite_heals_by_itself() {
    kill_at_every_point(Shop::sqlite(), &["up"]);
}

#[cfg(feature = "fault-points")]
#[test]
fn r01_a_kill_at_every_point_on_postgres_heals_by_itself() {
    kill_at_every_point(Shop::postgres(), &["up"]);
}

#[cfg(feature = "fault-points")]
#[test]
fn r01_a_kill_at_every_point_of_a_down_heals_by_itself() {
    let shop = Shop::postgres();
    shop.file("V0001__create_log.down.sql", "DROP TABLE log;\n");
    shop.file("V0002__fill.down.sql", "DROP TABLE a;\nDELETE FROM log WHERE step = 2;\n");
    shop.file("V0003__create_b.down.sql", "DELETE FROM log WHERE step = 3;\nDROP TABLE b;\n");
    shop.file("V0004__drop_a.down.sql", "CREATE TABLE a (x integer);\nDELETE FROM log WHERE step = 4;\n");
    shop.file("V0005__outside.down.sql", "DROP INDEX CONCURRENTLY log_step;\nDELETE FROM log WHERE step = 5;\n");
    kill_at_every_point(shop, &["down", "--to", "0", "--accept-data-loss"]);
}

/// Kills the command at moments that nobody chose, until a run comes through.
fn kill_at_random(mut shop: Shop, rounds: u32) {
    for round in 0..rounds {
        shop.empty();
        let mut killed = 0;
        // Another stretch of time for each kill, so that the moments spread over the whole run.
        while killed < 12 {
            let mut starter = shop.project.spawn(["up"]);
            std::thread::sleep(Duration::from_millis(u64::from(5 + (round * 37 + killed * 53) % 400)));
            if starter.has_ended() {
                starter.wait().ok();
                break;
            }
            starter.kill_9();
            killed += 1;
        }
        shop.up();
        shop.assert_whole(8);
    }
}

#[test]
fn r01_random_kills_on_sqlite_heal_by_themselves() {
    let shop = Shop::sqlite();
    let count = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 300000) INSERT INTO b SELECT x FROM n;\n";
    shop.file("V0006__slow.sql", &format!("{count}INSERT INTO log VALUES (6);\n"));
    shop.file("V0007__slow_outside.sql", &format!("VACUUM;\n{count}VACUUM;\nINSERT INTO log VALUES (7);\nVACUUM;\n"));
    shop.file("V0008__slow_again.sql", &format!("INSERT INTO log VALUES (8);\n{count}DROP TABLE b;\n"));
    kill_at_random(shop, cases(3, 60));
}

#[test]
fn r01_random_kills_on_postgres_heal_by_themselves() {
    let shop = Shop::postgres();
    shop.file("V0006__slow.sql", "SELECT pg_sleep(0.2);\nINSERT INTO log VALUES (6);\nSELECT pg_sleep(0.1);\n");
    shop.file(
        "V0007__slow_outside.sql",
        "INSERT INTO b SELECT generate_series(1, 100000);\nCREATE INDEX CONCURRENTLY b_x ON b (x);\n\
         CREATE UNIQUE INDEX CONCURRENTLY b_y ON b ((x + 1));\nINSERT INTO log VALUES (7);\nDROP INDEX CONCURRENTLY b_y;\n",
    );
    shop.file("V0008__slow_again.sql", "INSERT INTO log VALUES (8);\nSELECT pg_sleep(0.2);\nDROP TABLE b;\n");
    kill_at_random(shop, cases(3, 60));
}

/// A signal in the middle of a step, and what is left.
fn interrupt(shop: &Shop, signal: Signal, working: impl Fn() -> bool) {
    shop.project.run(["up", "--to", "5"]).ok();
    let mut running = shop.project.spawn(["up"]);
    while !working() {
        assert!(!running.has_ended(), "{}", running.wait().text());
        std::thread::sleep(Duration::from_millis(10));
    }
    // Progress can be read meanwhile.
    shop.project.run(["status"]).ok().stdout_has("slow");
    running.signal(signal);
    let output = running.wait_within(Duration::from_secs(20));
    output.code(130).stderr_has("interrupted").stderr_has("migration 6 slow");
    shop.file("V0006__slow.sql", "INSERT INTO log VALUES (6);\n");
    shop.up();
    shop.assert_whole(6);
}

#[test]
fn r22_a_signal_on_sqlite_rolls_the_step_back() {
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let shop = Shop::sqlite();
        shop.file("V0006__slow.sql", "INSERT INTO log VALUES (6);\nWITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) INSERT INTO b SELECT max(x) FROM n;\n");
        let journal = shop.project.path().join("shop.db-journal");
        interrupt(&shop, signal, || journal.exists());
    }
}

#[test]
fn r22_a_signal_on_postgres_rolls_the_step_back() {
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let shop = Shop::postgres();
        shop.file("V0006__slow.sql", "INSERT INTO log VALUES (6);\nSELECT pg_sleep(600);\n");
        let asleep = || {
            shop.query(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()",
            ) == "1"
        };
        interrupt(&shop, signal, asleep);
    }
}

#[test]
fn r22_a_signal_outside_a_transaction_leaves_a_journal() {
    let shop = Shop::postgres();
    shop.file(
        "V0006__slow.sql",
        "-- schemactl: transaction = none\nINSERT INTO log VALUES (6);\nSELECT pg_sleep(600);\n",
    );
    shop.project.run(["up", "--to", "5"]).ok();
    let mut running = shop.project.spawn(["up"]);
    while shop
        .query("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()")
        != "1"
    {
        assert!(!running.has_ended(), "{}", running.wait().text());
        std::thread::sleep(Duration::from_millis(10));
    }
    shop.project.run(["status"]).ok().stdout_has("partial").stdout_has("1 of 2");
    running.signal(Signal::SIGTERM);
    running.wait_within(Duration::from_secs(20)).code(130).stderr_has("1 of 2 statements is done and recorded");
    shop.file(
        "V0006__slow.sql",
        "-- schemactl: transaction = none\nINSERT INTO log VALUES (6);\nSELECT pg_sleep(0);\n",
    );
    shop.up();
    shop.assert_whole(6);
}
