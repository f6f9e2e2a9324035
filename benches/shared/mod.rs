//! What the benches of moves share: a table of 8 columns on both sides, filled on SQLite, and the medians of times.

use std::process::Command;
use std::time::{Duration, Instant};

use schemactl_test_support::cli::Project;
use schemactl_test_support::postgres::{self as servers, Cluster, Config, Database, client};
use schemactl_test_support::sqlite;

const ON_SQLITE: &str = "CREATE TABLE r (id INTEGER PRIMARY KEY, owner INTEGER NOT NULL, name TEXT NOT NULL, at TEXT NOT NULL, price REAL, n INTEGER, \
     data TEXT, ok INTEGER NOT NULL);\nCREATE TABLE owners (id INTEGER PRIMARY KEY);\n";

/// The table without keys and indexes, and what is added to it once the rows are there.
pub(crate) const BARE: &str = "(id bigint, owner bigint NOT NULL, name text NOT NULL, at timestamptz NOT NULL, price double precision, n integer, data jsonb, \
     ok boolean NOT NULL)";
pub(crate) const KEYS: [&str; 4] = [
    "ALTER TABLE r ADD PRIMARY KEY (id)",
    "CREATE INDEX r_owner ON r (owner)",
    "CREATE INDEX r_at ON r (at)",
    "ALTER TABLE r ADD CONSTRAINT r_owned FOREIGN KEY (owner) REFERENCES owners",
];
pub(crate) const OWNERS: &str =
    "CREATE TABLE owners (id bigint PRIMARY KEY); INSERT INTO owners SELECT generate_series(0, 999)";

/// The values of the row whose number is `i`, on SQLite.
pub(crate) const VALUES: &str = "i, i % 1000, 'some name of a row ' || i || ' with text', '2025-01-27T09:15:30.' || printf('%06d', i % 1000000) || 'Z', \
     i / 7.0, i % 100, json_object('a', i, 'b', json_array(1, 2, 3), 'c', 'text text text text'), i % 2";

/// How many rows are moved: `SCHEMACTL_BENCH_ROWS`, or so many.
pub(crate) fn rows_or(usual: u64) -> u64 {
    std::env::var("SCHEMACTL_BENCH_ROWS")
        .ok()
        .map_or(usual, |rows| rows.parse().expect("SCHEMACTL_BENCH_ROWS is a number"))
}

/// Both sides of a move, and the project that has them.
pub(crate) struct Sides {
    pub(crate) project: Project,
    pub(crate) database: Database,
    /// Ends with the bench.
    pub(crate) cluster: Cluster,
}

impl Sides {
    /// SQLite has so many rows, and PostgreSQL none.
    pub(crate) fn new(rows: u64) -> Self {
        let cluster = Cluster::start(Config::new(servers::version()));
        let database = cluster.create_database();
        let project = Project::new(env!("CARGO_BIN_EXE_schemactl"));
        project.config("[sqlite]\nurl = \"sqlite:app.db\"\n[postgres]\nurl = \"${DATABASE_URL}\"\n[map]\n");
        project.env("DATABASE_URL", database.url());
        project.file("migrations/sqlite/V1__a.sql", ON_SQLITE);
        let keys =
            format!("CREATE TABLE owners (id bigint PRIMARY KEY);\nCREATE TABLE r {BARE};\n{};\n", KEYS.join(";\n"));
        project.file("migrations/postgres/V1__a.sql", keys);
        project.run(["up", "--backend", "sqlite"]).ok();
        project.run(["up", "--backend", "postgres"]).ok();
        let fill = format!(
            "PRAGMA journal_mode = WAL; WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999) INSERT INTO owners SELECT i FROM n; \
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) INSERT INTO r SELECT {VALUES} FROM n; \
             PRAGMA wal_checkpoint(TRUNCATE);"
        );
        sqlite::open(&project.path().join("app.db")).execute_batch(&fill).unwrap();
        Self { project, database, cluster }
    }

    /// The path of a file of the project.
    pub(crate) fn file(&self, name: &str) -> String {
        self.project.path().join(name).display().to_string()
    }
}

/// Runs statements, and returns how long they took.
pub(crate) fn psql(database: &Database, statements: &[String]) -> Duration {
    let start = Instant::now();
    let mut command = Command::new(client("psql"));
    command.args(["-X", "-q", "-v", "ON_ERROR_STOP=1"]);
    statements.iter().for_each(|statement| {
        command.args(["-c", statement]);
    });
    let output = command.arg(database.url()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    start.elapsed()
}

pub(crate) fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
