//! What moving rows costs beside the least that the same rows can cost, measured in the same run, turn by turn.
//!
//! `cargo bench --bench transfer` prints the table of docs/benchmarks.md; `SCHEMACTL_BENCH_ROWS=5000000` takes so many rows instead of 500,000. Times
//! are those of whole processes and the medians of the rounds, since machines are noisy and a mean keeps the noise.

use std::process::Command;
use std::time::{Duration, Instant};

use schemactl_test_support::cli::Project;
use schemactl_test_support::postgres::{self as servers, Cluster, Config, Database, client};
use schemactl_test_support::sqlite;

const ROUNDS: usize = 3;

const ON_SQLITE: &str = "CREATE TABLE r (id INTEGER PRIMARY KEY, owner INTEGER NOT NULL, name TEXT NOT NULL, at TEXT NOT NULL, price REAL, n INTEGER, \
     data TEXT, ok INTEGER NOT NULL);\nCREATE TABLE owners (id INTEGER PRIMARY KEY);\n";

/// The table without keys and indexes, and what is added to it by hand once the rows are there.
const BARE: &str = "(id bigint, owner bigint NOT NULL, name text NOT NULL, at timestamptz NOT NULL, price double precision, n integer, data jsonb, \
     ok boolean NOT NULL)";
const KEYS: [&str; 4] = [
    "ALTER TABLE r ADD PRIMARY KEY (id)",
    "CREATE INDEX r_owner ON r (owner)",
    "CREATE INDEX r_at ON r (at)",
    "ALTER TABLE r ADD CONSTRAINT r_owned FOREIGN KEY (owner) REFERENCES owners",
];

fn main() {
    let rows: u64 = std::env::var("SCHEMACTL_BENCH_ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(500_000);
    let bench = Bench::new(rows);
    println!("{rows} rows of 8 columns, {} MB in the binary form of COPY\n", bench.megabytes());
    println!("| what | schemactl | rows/s | peak memory | floor | ratio | floor is |");
    println!("|---|---|---|---|---|---|---|");
    let bare = || bench.by_hand("FORMAT binary", "rows.bin", &[]);
    let keyed = || bench.by_hand("FORMAT binary", "rows.bin", &KEYS);
    let csv = || bench.by_hand("FORMAT csv", "rows.csv", &[]);
    let copied = |jobs: &'static str| {
        move |bench: &Bench| {
            bench.run(&["move", "discard"]);
            bench.run(&["move", "copy", "--skip-plan", "--jobs", jobs])
        }
    };
    bench.row(
        "copy, with keys and indexes",
        copied("1"),
        "psql: COPY of a binary file, keys, indexes, foreign key, ANALYZE",
        keyed,
    );
    bench.row("the same", copied("1"), "psql: COPY of a binary file into a bare table", bare);
    bench.row("the same", copied("1"), "psql: COPY of CSV into a bare table", csv);
    bench.row(
        "copy over two connections",
        copied("2"),
        "psql: COPY of a binary file, keys, indexes, foreign key, ANALYZE",
        keyed,
    );
    bench.row(
        "plan, values alone",
        |bench| bench.run(&["move", "plan", "--no-trial"]),
        "SQLite's library: all values of all rows",
        || bench.read(),
    );
    bench.row(
        "verify, without a diff",
        |bench| bench.run(&["move", "verify", "--no-diff"]),
        "the same, and psql: COPY to a binary file",
        || bench.read() + bench.written_out(),
    );
    bench.estimate();
}

struct Bench {
    rows: u64,
    project: Project,
    database: Database,
    /// In which the same is done by hand.
    hand: Database,
    /// Ends with the bench.
    _cluster: Cluster,
}

impl Bench {
    fn new(rows: u64) -> Self {
        let cluster = Cluster::start(Config::new(servers::version()));
        let (database, hand) = (cluster.create_database(), cluster.create_database());
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
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) \
             INSERT INTO r SELECT i, i % 1000, 'some name of a row ' || i || ' with text', '2025-01-27T09:15:30.' || printf('%06d', i % 1000000) || 'Z', \
             i / 7.0, i % 100, json_object('a', i, 'b', json_array(1, 2, 3), 'c', 'text text text text'), i % 2 FROM n; PRAGMA wal_checkpoint(TRUNCATE);"
        );
        sqlite::open(&project.path().join("app.db")).execute_batch(&fill).unwrap();
        let bench = Self { rows, project, database, hand, _cluster: cluster };
        bench.run(&["move", "copy", "--skip-plan"]);
        let owners = "CREATE TABLE owners (id bigint PRIMARY KEY); INSERT INTO owners SELECT generate_series(0, 999)";
        psql(&bench.hand, &[owners.to_owned()]);
        psql(&bench.database, &[format!("\\copy r TO '{}' (FORMAT binary)", bench.file("rows.bin"))]);
        psql(&bench.database, &[format!("\\copy r TO '{}' (FORMAT csv)", bench.file("rows.csv"))]);
        bench
    }

    fn file(&self, name: &str) -> String {
        self.project.path().join(name).display().to_string()
    }

    fn megabytes(&self) -> u64 {
        std::fs::metadata(self.file("rows.bin")).unwrap().len() / 1_000_000
    }

    /// Runs the command, and returns how long it took and its peak of memory in kilobytes.
    fn run(&self, arguments: &[&str]) -> (Duration, u64) {
        let start = Instant::now();
        let (output, peak) = self.project.spawn(arguments).wait_measured();
        let took = start.elapsed();
        output.ok();
        (took, peak)
    }

    /// The rows of a file into a table of the same shape, then statements.
    fn by_hand(&self, format: &str, file: &str, then: &[&str]) -> Duration {
        psql(&self.hand, &["DROP TABLE IF EXISTS r".to_owned()]);
        let first = [format!("CREATE TABLE r {BARE}")];
        let copy = format!("\\copy r FROM '{}' ({format})", self.file(file));
        let analyze = if then.is_empty() { None } else { Some("ANALYZE r".to_owned()) };
        let statements: Vec<String> =
            first.into_iter().chain([copy]).chain(then.iter().map(ToString::to_string)).chain(analyze).collect();
        psql(&self.hand, &statements)
    }

    /// Reads all values of SQLite.
    fn read(&self) -> Duration {
        let connection = sqlite::open(&self.project.path().join("app.db"));
        let start = Instant::now();
        let mut statement = connection.prepare("SELECT * FROM r").unwrap();
        let mut rows = statement.query([]).unwrap();
        let mut bytes = 0;
        while let Some(row) = rows.next().unwrap() {
            for column in 0..8 {
                bytes += row.get_ref(column).unwrap().as_bytes_or_null().ok().flatten().map_or(8, <[u8]>::len);
            }
        }
        assert!(bytes > 0);
        start.elapsed()
    }

    /// What the plan expects of a copy, beside what it costs.
    fn estimate(&self) {
        self.run(&["move", "discard"]);
        let planned = self.project.run(["move", "plan", "--json"]);
        let planned: serde_json::Value = serde_json::from_str(&planned.ok().stdout).unwrap();
        let number = |what: &str, end: &str| planned["estimate"][what][end].as_u64().unwrap();
        let (took, _) = self.run(&["move", "copy", "--skip-plan"]);
        let size = "SELECT pg_total_relation_size('r') + pg_total_relation_size('owners')";
        let size: u64 = self.database.psql(size).trim().parse().unwrap();
        println!(
            "\nthe plan expects {} to {} MB and {} to {} ms; the copy took {} MB and {} ms",
            number("size", "least") / 1_000_000,
            number("size", "most") / 1_000_000,
            number("duration_ms", "least"),
            number("duration_ms", "most"),
            size / 1_000_000,
            took.as_millis()
        );
    }

    fn written_out(&self) -> Duration {
        psql(&self.database, &[format!("\\copy r TO '{}' (FORMAT binary)", self.file("out.bin"))])
    }

    /// Times both in turn, and prints the medians.
    fn row(&self, name: &str, ours: impl Fn(&Self) -> (Duration, u64), floor_is: &str, floor: impl Fn() -> Duration) {
        let (mut own, mut least, mut peak) = (Vec::new(), Vec::new(), 0);
        for _ in 0..ROUNDS {
            least.push(floor());
            let (took, memory) = ours(self);
            own.push(took);
            peak = peak.max(memory);
        }
        let (own, least) = (median(own), median(least));
        let ratio = own.as_secs_f64() / least.as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let rate = self.rows as f64 / own.as_secs_f64() / 1e6;
        println!(
            "| {name} | {:.2} s | {rate:.2} M | {} MB | {:.2} s | {ratio:.2} | {floor_is} |",
            own.as_secs_f64(),
            peak / 1024,
            least.as_secs_f64()
        );
    }
}

/// Runs statements, and returns how long they took.
fn psql(database: &Database, statements: &[String]) -> Duration {
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

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
