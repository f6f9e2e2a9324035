//! What moving rows costs beside the least that the same rows can cost, measured in the same run, turn by turn.
//!
//! `cargo bench --bench transfer` prints the table of docs/benchmarks.md; `SCHEMACTL_BENCH_ROWS=5000000` takes so many rows instead of 500,000. Times
//! are those of whole processes and the medians of the rounds, since machines are noisy and a mean keeps the noise.

mod shared;

use std::time::{Duration, Instant};

use schemactl_test_support::postgres::Database;
use schemactl_test_support::sqlite;

use crate::shared::{BARE, KEYS, OWNERS, Sides, median, psql, rows_or};

const ROUNDS: usize = 3;

fn main() {
    let rows = rows_or(500_000);
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
    sides: Sides,
    /// In which the same is done by hand.
    hand: Database,
}

impl Bench {
    fn new(rows: u64) -> Self {
        let sides = Sides::new(rows);
        let bench = Self { rows, hand: sides.cluster.create_database(), sides };
        bench.run(&["move", "copy", "--skip-plan"]);
        psql(&bench.hand, &[OWNERS.to_owned()]);
        psql(&bench.sides.database, &[format!("\\copy r TO '{}' (FORMAT binary)", bench.sides.file("rows.bin"))]);
        psql(&bench.sides.database, &[format!("\\copy r TO '{}' (FORMAT csv)", bench.sides.file("rows.csv"))]);
        bench
    }

    fn megabytes(&self) -> u64 {
        std::fs::metadata(self.sides.file("rows.bin")).unwrap().len() / 1_000_000
    }

    /// Runs the command, and returns how long it took and its peak of memory in kilobytes.
    fn run(&self, arguments: &[&str]) -> (Duration, u64) {
        let start = Instant::now();
        let (output, peak) = self.sides.project.spawn(arguments).wait_measured();
        let took = start.elapsed();
        output.ok();
        (took, peak)
    }

    /// The rows of a file into a table of the same shape, then statements.
    fn by_hand(&self, format: &str, file: &str, then: &[&str]) -> Duration {
        psql(&self.hand, &["DROP TABLE IF EXISTS r".to_owned()]);
        let first = [format!("CREATE TABLE r {BARE}")];
        let copy = format!("\\copy r FROM '{}' ({format})", self.sides.file(file));
        let analyze = if then.is_empty() { None } else { Some("ANALYZE r".to_owned()) };
        let statements: Vec<String> =
            first.into_iter().chain([copy]).chain(then.iter().map(ToString::to_string)).chain(analyze).collect();
        psql(&self.hand, &statements)
    }

    /// Reads all values of SQLite.
    fn read(&self) -> Duration {
        let connection = sqlite::open(&self.sides.project.path().join("app.db"));
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
        let planned = self.sides.project.run(["move", "plan", "--json"]);
        let planned: serde_json::Value = serde_json::from_str(&planned.ok().stdout).unwrap();
        let number = |what: &str, end: &str| planned["estimate"][what][end].as_u64().unwrap();
        let (took, _) = self.run(&["move", "copy", "--skip-plan"]);
        let size = "SELECT pg_total_relation_size('r') + pg_total_relation_size('owners')";
        let size: u64 = self.sides.database.psql(size).trim().parse().unwrap();
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
        psql(&self.sides.database, &[format!("\\copy r TO '{}' (FORMAT binary)", self.sides.file("out.bin"))])
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
