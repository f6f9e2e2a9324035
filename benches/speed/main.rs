//! What schemactl costs beside the least that the same work can cost, measured in the same run, turn by turn.
//!
//! `cargo bench --bench speed` prints the table of docs/benchmarks.md; `cargo bench --bench speed -- apply` only the rows
//! whose name has the word. Times are the medians of the rounds, since machines are noisy and a mean keeps the noise. `-- --check` fails
//! where a ratio is above the goal of its row by more than noise.

mod goals;
mod grown;
mod kept;
mod many;
mod nothing;
mod proofs;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use schemactl::{Migrations, Options, Target, TransactionMode, postgres, sqlite};
use schemactl_test_support::postgres::{self as servers, Cluster, Config, client};
use schemactl_test_support::rusqlite::Connection;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    println!("| what | schemactl | floor | ratio | floor is |");
    println!("|---|---|---|---|---|");
    let all = BENCHES.iter().chain(proofs::BENCHES).chain(many::BENCHES).chain(grown::BENCHES).chain(kept::BENCHES);
    for (name, bench) in all {
        if wanted.is_empty() || wanted.iter().any(|word| name.contains(word.as_str())) {
            bench(name);
        }
    }
    if std::env::args().any(|argument| argument == "--check") && !goals::are_reached() {
        std::process::exit(1);
    }
}

type Bench = fn(&str);

const BENCHES: &[(&str, Bench)] = &[
    ("SQLite, nothing pending, 10 applied", |name| nothing::sqlite(name, 10)),
    ("SQLite, nothing pending, 10,000 applied", |name| nothing::sqlite(name, 10_000)),
    ("SQLite, status, whole process, 1,000 applied", sqlite_status),
    ("SQLite, apply 1,000, a transaction each", sqlite_apply),
    ("SQLite, apply 1,000, one transaction", sqlite_apply_all),
    ("SQLite, apply a file of 50 MB", |name| sqlite_large(name, &Files::large())),
    ("SQLite, apply a file of 50 MB, rows of 20 to 2,000 bytes", |name| {
        sqlite_large(name, &Files::large_of_many_lengths());
    }),
    ("PostgreSQL, nothing pending, 10 applied", |name| nothing::postgres(name, 10)),
    ("PostgreSQL, nothing pending, 10,000 applied", |name| nothing::postgres(name, 10_000)),
    ("PostgreSQL, apply 1,000, a transaction each", postgres_apply),
    ("PostgreSQL, apply 1,000, one transaction", postgres_apply_all),
    ("PostgreSQL, apply a file of 50 MB", postgres_large),
    ("read, hash and check 10,000 files", read_many),
    ("SQLite, derive and prove 300 downs", proofs::sqlite),
    ("PostgreSQL, derive and prove 300 downs", proofs::postgres),
];

const SMALL: usize = 1_000;

/// Times both in turn, `rounds` times, and prints the medians.
fn compare(
    name: &str,
    rounds: usize,
    floor_is: &str,
    mut ours: impl FnMut() -> Duration,
    mut floor: impl FnMut() -> Duration,
) {
    let (mut own, mut least) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        least.push(floor());
        own.push(ours());
    }
    let (own, least) = (median(own), median(least));
    let ratio = own.as_secs_f64() / least.as_secs_f64();
    println!("| {name} | {} | {} | {ratio:.2} | {floor_is} |", shown(own), shown(least));
    goals::compare(name, ratio);
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn shown(time: Duration) -> String {
    match time.as_secs_f64() {
        seconds if seconds >= 1.0 => format!("{seconds:.2} s"),
        seconds if seconds >= 1e-3 => format!("{:.2} ms", seconds * 1e3),
        seconds => format!("{:.0} µs", seconds * 1e6),
    }
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// A folder of small migrations, as `schemactl` and the floor both read it.
struct Files {
    folder: tempfile::TempDir,
    paths: Vec<PathBuf>,
}

impl Files {
    fn new(count: usize, text: impl Fn(usize) -> String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let paths: Vec<PathBuf> =
            (1..=count).map(|number| folder.path().join(format!("V{number:05}__step.sql"))).collect();
        for (index, path) in paths.iter().enumerate() {
            fs::write(path, text(index + 1)).unwrap();
        }
        Self { folder, paths }
    }

    fn small() -> Self {
        Self::new(SMALL, |number| {
            format!(
                "CREATE TABLE t{number} (id integer PRIMARY KEY, name text NOT NULL, total integer);\nCREATE INDEX i{number} ON t{number} (name);\n"
            )
        })
    }

    /// A schema that grows as one does: tables that refer to each other, columns, indexes, views, renames.
    fn growing(count: usize) -> Self {
        Self::new(count, |number| {
            let table = (number - 1) / 5;
            let parent = if table == 0 { String::new() } else { format!(" REFERENCES t{} (id)", table - 1) };
            match (number - 1) % 5 {
                0 => format!(
                    "CREATE TABLE t{table} (id integer PRIMARY KEY, parent integer{parent}, name text NOT NULL);\n"
                ),
                1 => format!("ALTER TABLE t{table} ADD COLUMN total numeric NOT NULL DEFAULT 0;\n"),
                2 => format!("CREATE INDEX i{table} ON t{table} (name, total);\n"),
                3 => format!("CREATE VIEW v{table} AS SELECT id, total FROM t{table} WHERE total > 0;\n"),
                _ => format!("ALTER TABLE t{table} RENAME COLUMN name TO title;\n"),
            }
        })
    }

    /// A table each, most of which refer to the one before.
    fn tables(count: usize) -> Self {
        Self::new(count, Self::table)
    }

    fn table(number: usize) -> String {
        let parent = if number % 5 == 1 { String::new() } else { format!(" REFERENCES t{:05} (id)", number - 1) };
        format!(
            "CREATE TABLE t{number:05} (id integer PRIMARY KEY, parent integer{parent}, name text NOT NULL, total numeric NOT NULL DEFAULT 0);\n\
             CREATE INDEX t{number:05}_name ON t{number:05} (name);\n"
        )
    }

    fn large() -> Self {
        Self::new(1, |_| {
            let mut text =
                String::from("CREATE TABLE large (id integer PRIMARY KEY, name text NOT NULL, note text);\n");
            let mut id = 0;
            while text.len() < 50 * 1024 * 1024 {
                id += 1;
                text += &format!(
                    "INSERT INTO large (id, name, note) VALUES ({id}, 'name of {id}', 'it''s a note; with a semicolon -- and no comment');\n"
                );
            }
            text
        })
    }

    fn large_of_many_lengths() -> Self {
        Self::new(1, |_| {
            let mut text = String::from("CREATE TABLE large (id integer PRIMARY KEY, note text);\n");
            let mut id = 0_usize;
            while text.len() < 50 * 1024 * 1024 {
                id += 1;
                text += &format!("INSERT INTO large VALUES ({id}, '{}');\n", "a word; ".repeat(2 + id * 7919 % 248));
            }
            text
        })
    }

    fn read(&self) -> Migrations {
        Migrations::read(self.folder.path()).unwrap()
    }

    fn texts(&self) -> Vec<String> {
        self.paths.iter().map(|path| fs::read_to_string(path).unwrap()).collect()
    }
}

fn sqlite_file(folder: &Path) -> Connection {
    let path = folder.join("bench.db");
    for leftover in [path.clone(), folder.join("bench.db-journal")] {
        let _ = fs::remove_file(leftover);
    }
    Connection::open(path).unwrap()
}

fn sqlite_status(name: &str) {
    let files = Files::small();
    let folder = tempfile::tempdir().unwrap();
    let mut connection = sqlite_file(folder.path());
    sqlite::up(&mut connection, &files.read()).unwrap();
    let url = format!("sqlite:{}", folder.path().join("bench.db").display());
    let program = env!("CARGO_BIN_EXE_schemactl");
    compare(
        name,
        40,
        "the same process with --version",
        || {
            timed(|| {
                let output = Command::new(program)
                    .args(["status", "--url", &url, "--migrations"])
                    .arg(files.folder.path())
                    .output();
                assert!(output.unwrap().status.success());
            })
        },
        || timed(|| assert!(Command::new(program).arg("--version").output().unwrap().status.success())),
    );
}

fn sqlite_floor(folder: &Path, files: &Files, each: bool) -> Duration {
    let connection = sqlite_file(folder);
    timed(|| {
        if !each {
            connection.execute_batch("BEGIN").unwrap();
        }
        for text in files.texts() {
            if each {
                connection.execute_batch("BEGIN").unwrap();
            }
            connection.execute_batch(&text).unwrap();
            if each {
                connection.execute_batch("COMMIT").unwrap();
            }
        }
        if !each {
            connection.execute_batch("COMMIT").unwrap();
        }
    })
}

fn sqlite_apply(name: &str) {
    let files = Files::small();
    let folder = tempfile::tempdir().unwrap();
    compare(
        name,
        5,
        "SQLite's library, the same SQL, BEGIN and COMMIT around each file",
        || {
            let mut connection = sqlite_file(folder.path());
            timed(|| assert_eq!(sqlite::up(&mut connection, &files.read()).unwrap().steps().len(), SMALL))
        },
        || sqlite_floor(folder.path(), &files, true),
    );
}

fn sqlite_apply_all(name: &str) {
    let files = Files::small();
    let folder = tempfile::tempdir().unwrap();
    let options = Options::new().transaction(TransactionMode::All);
    compare(
        name,
        5,
        "SQLite's library, the same SQL, one BEGIN and COMMIT",
        || {
            let mut connection = sqlite_file(folder.path());
            timed(|| drop(sqlite::up_with(&mut connection, &files.read(), &Target::Latest, &options).unwrap()))
        },
        || sqlite_floor(folder.path(), &files, false),
    );
}

fn sqlite_large(name: &str, files: &Files) {
    let folder = tempfile::tempdir().unwrap();
    compare(
        name,
        3,
        "the sqlite3 shell: .read in BEGIN and COMMIT",
        || {
            let mut connection = sqlite_file(folder.path());
            timed(|| assert_eq!(sqlite::up(&mut connection, &files.read()).unwrap().steps().len(), 1))
        },
        || {
            drop(sqlite_file(folder.path()));
            let read = format!(".read {}", files.paths[0].display());
            let path = folder.path().join("bench.db");
            timed(|| {
                let shell = Command::new("sqlite3").arg(path).args(["BEGIN", &read, "COMMIT"]).output();
                assert!(shell.expect("apt-get install sqlite3").status.success());
            })
        },
    );
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn server() -> Cluster {
    Cluster::start(Config::new(servers::version()).setting("max_locks_per_transaction", "4096"))
}

fn postgres_up(url: &str, files: &Files, options: &Options, steps: usize) -> Duration {
    let runtime = runtime();
    timed(|| {
        let report = runtime.block_on(postgres::up_url(url, &files.read(), options)).unwrap();
        assert_eq!(report.steps().len(), steps);
    })
}

fn psql(url: &str, arguments: &[String]) -> Duration {
    timed(|| {
        let output = Command::new(client("psql"))
            .args(["-X", "-q", "-v", "ON_ERROR_STOP=1"])
            .args(arguments)
            .arg(url)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    })
}

fn postgres_apply(name: &str) {
    let files = Files::small();
    let cluster = server();
    let mut arguments = Vec::new();
    for path in &files.paths {
        for part in ["-c", "BEGIN", "-f", path.to_str().unwrap(), "-c", "COMMIT"] {
            arguments.push(part.to_owned());
        }
    }
    compare(
        name,
        5,
        "psql, BEGIN and COMMIT around each file",
        || postgres_up(&cluster.create_database().url(), &files, &Options::new(), SMALL),
        || psql(&cluster.create_database().url(), &arguments),
    );
}

fn postgres_apply_all(name: &str) {
    let files = Files::small();
    let cluster = server();
    let mut arguments = vec!["-1".to_owned()];
    for path in &files.paths {
        arguments.extend(["-f".to_owned(), path.to_str().unwrap().to_owned()]);
    }
    let options = Options::new().transaction(TransactionMode::All);
    compare(
        name,
        5,
        "psql -1",
        || postgres_up(&cluster.create_database().url(), &files, &options, SMALL),
        || psql(&cluster.create_database().url(), &arguments),
    );
}

fn postgres_large(name: &str) {
    let files = Files::large();
    let cluster = server();
    let arguments = ["-1".to_owned(), "-f".to_owned(), files.paths[0].to_str().unwrap().to_owned()];
    compare(
        name,
        3,
        "psql -1",
        || postgres_up(&cluster.create_database().url(), &files, &Options::new(), 1),
        || psql(&cluster.create_database().url(), &arguments),
    );
}

fn read_many(name: &str) {
    let files = Files::new(10_000, |number| {
        format!("-- step {number}\nCREATE TABLE t{number} (\n    id bigint PRIMARY KEY,\n    name text NOT NULL\n);\n\nCREATE INDEX i{number} ON t{number} (name);\n").repeat(10)
    });
    compare(
        name,
        10,
        "reading the files' bytes",
        || timed(|| assert_eq!(files.read().len(), 10_000)),
        || timed(|| assert_eq!(files.texts().len(), 10_000)),
    );
}
