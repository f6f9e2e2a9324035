//! The cases under tests/cases/postgres, judged by `pg_dump`.

mod corpus;
mod reading;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use schemactl_test_support::postgres as servers;
use tokio_postgres::Client;

use super::offers;
use crate::catalog::{Catalog, Change, Fact, Fingerprint, diff};
use crate::database::postgres::inspect::inspect;

/// More rounds than any case needs.
const ROUNDS: usize = 24;

/// How a case ended.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    /// The dump is the same, text for text.
    Exact,
    /// The dump is the same but for the order of columns and of statements.
    ColumnOrder,
    /// Nothing was claimed.
    Refused(String),
    /// The loop said that it was done, and the dump says otherwise.
    Wrong(String),
}

impl Outcome {
    fn word(&self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::ColumnOrder => "column order",
            Self::Refused(_) => "refused",
            Self::Wrong(_) => "WRONG",
        }
    }
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

fn only_order(changes: &[Change<'_>]) -> bool {
    changes.iter().all(|change| matches!(change, Change::Altered { facts, .. } if *facts == [Fact::Position]))
}

fn left(changes: &[Change<'_>]) -> String {
    let mut text = String::new();
    for change in changes {
        let _ = match change {
            Change::Altered { from, to, facts } => {
                let values: Vec<_> = facts.iter().map(|fact| (fact, from.fact(*fact), to.fact(*fact))).collect();
                writeln!(text, "  altered {:?} {}: {values:?}", to.kind(), to.name)
            }
            Change::Renamed { from, to } => writeln!(text, "  renamed {:?} {} -> {}", to.kind(), from.name, to.name),
            Change::Created(object) => writeln!(text, "  created {:?} {}", object.kind(), object.name),
            Change::Dropped(object) => writeln!(text, "  dropped {:?} {}", object.kind(), object.name),
        };
    }
    text
}

/// Undoes until nothing is left: the generic loop, in small.
async fn back(client: &Client, before: &Catalog, sql: &mut Vec<String>) -> Result<Outcome, String> {
    let mut seen =
        BTreeSet::from([Fingerprint::of(&inspect(client, &[]).await.expect("it was read before")).to_string()]);
    for _ in 0..ROUNDS {
        let now = inspect(client, &[]).await.map_err(|error| format!("inspect: {error:?}"))?;
        let changes = diff(before, &now);
        if only_order(&changes) {
            return Ok(if changes.is_empty() { Outcome::Exact } else { Outcome::ColumnOrder });
        }
        let mut failed = String::new();
        let mut helped = false;
        for statements in offers(before, &now) {
            client.batch_execute("BEGIN").await.expect("there is no transaction");
            let message = statements.join(";\n");
            match client.batch_execute(&message).await {
                Ok(()) => {
                    let then = inspect(client, &[]).await.expect("it was read before");
                    helped = seen.insert(Fingerprint::of(&then).to_string());
                }
                Err(error) => {
                    let error = error.as_db_error().map(|error| format!("{} {:?}", error.message(), error.detail()));
                    let _ = writeln!(failed, "{}\nin\n{message}", error.unwrap_or_default());
                }
            }
            client
                .batch_execute(if helped { "COMMIT" } else { "ROLLBACK" })
                .await
                .map_err(|error| format!("commit: {error}"))?;
            if helped {
                sql.extend(statements);
                break;
            }
        }
        if !helped {
            return Err(format!("nothing helps for\n{}{failed}", left(&changes)));
        }
    }
    Err("it does not come to an end".to_owned())
}

/// As the witness compares: objects without order, and of a table the lines without order.
fn loosely(dump: &str) -> BTreeMap<String, usize> {
    let mut objects = BTreeMap::new();
    for object in dump.split("\n--\n-- Name: ") {
        let mut lines: Vec<&str> = object.lines().map(|line| line.trim().trim_end_matches(',')).collect();
        lines.retain(|line| !line.is_empty() && !line.starts_with("SET default_t") && !line.starts_with("--"));
        if object.contains("\nCREATE TABLE")
            || object.contains("\nCREATE UNLOGGED TABLE")
            || object.contains("\nCREATE TYPE") && !object.contains("AS ENUM")
        {
            lines.sort_unstable();
        }
        *objects.entry(lines.join("\n")).or_default() += 1;
    }
    objects
}

fn judge(before: &str, after: &str) -> Outcome {
    if before == after {
        return Outcome::Exact;
    }
    let (old, new) = (loosely(before), loosely(after));
    if old == new {
        return Outcome::ColumnOrder;
    }
    let gone: Vec<_> =
        old.iter().filter(|(object, count)| new.get(*object) != Some(count)).map(|(object, _)| object).collect();
    let more: Vec<_> =
        new.iter().filter(|(object, count)| old.get(*object) != Some(count)).map(|(object, _)| object).collect();
    Outcome::Wrong(format!("--- before\n{gone:#?}\n--- after\n{more:#?}"))
}

async fn run(version: u32, before_sql: &str, up: &str) -> (Outcome, Vec<String>) {
    let database = servers::database(version);
    if let Err(error) = database.try_psql(before_sql) {
        return (Outcome::Wrong(format!("before.sql: {error}")), Vec::new());
    }
    let client = connect(&database.url()).await;
    let before = inspect(&client, &[]).await.unwrap_or_else(|error| panic!("inspect: {error:?}"));
    let dump = database.can_dump().then(|| database.dump());
    if let Err(error) = database.try_psql(up) {
        return (Outcome::Wrong(format!("up.sql: {error}")), Vec::new());
    }
    let mut sql = Vec::new();
    let done = back(&client, &before, &mut sql).await;
    let outcome = match (done, dump) {
        (Err(reason), _) => Outcome::Refused(reason),
        (Ok(_), Some(dump)) => judge(&dump, &database.dump()),
        // No pg_dump reads this server: our own word has to do.
        (Ok(outcome), None) => outcome,
    };
    (outcome, sql)
}

struct Case {
    name: String,
    before: String,
    up: String,
    verdict: String,
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/postgres");
    let read =
        |path: PathBuf| std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    let wanted = std::env::var("SCHEMACTL_CASE").unwrap_or_default();
    names.retain(|name| name.contains(&wanted));
    names
        .into_iter()
        .map(|name| {
            let case = folder.join(&name);
            // Most cases start from one realistic schema.
            let own = case.join("before.sql");
            let shared = read(folder.join("shop.sql"));
            let before = if own.exists() { read(own) } else { shared };
            Case {
                before: before.replace("-- include shop.sql", &read(folder.join("shop.sql"))),
                up: read(case.join("up.sql")),
                verdict: read(case.join("verdict")).trim().to_owned(),
                name,
            }
        })
        .collect()
}

/// How many cases run at a time: much of each is waiting for `pg_dump` and for files to be copied.
const AT_A_TIME: usize = 4;

/// Runs all cases, in order of their names.
fn run_all(version: u32, cases: &[Case]) -> Vec<(Outcome, Vec<String>)> {
    servers::shared(version);
    let share = |first: usize| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mine = cases.iter().enumerate().skip(first).step_by(AT_A_TIME);
        mine.map(|(at, case)| (at, runtime.block_on(run(version, &case.before, &case.up)))).collect::<Vec<_>>()
    };
    let mut done: Vec<(usize, _)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..AT_A_TIME).map(|first| scope.spawn(move || share(first))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

#[test]
fn every_case_is_restored_or_refused() {
    let mut wrong = String::new();
    let cases = cases();
    for version in servers::versions() {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (case, (outcome, sql)) in cases.iter().zip(run_all(version, &cases)) {
            *counts.entry(outcome.word()).or_default() += 1;
            let (name, sql, word) = (&case.name, sql.join(";\n"), outcome.word());
            let reason = match &outcome {
                Outcome::Refused(text) | Outcome::Wrong(text) => text,
                Outcome::Exact | Outcome::ColumnOrder => "",
            };
            if case.verdict != word {
                let _ = writeln!(wrong, "=== {name} on {version}: {word}, expected {}\n{sql}\n{reason}", case.verdict);
            } else if std::env::var("SCHEMACTL_CASE").is_ok() {
                println!("=== {name}: {word}\n{sql};");
            }
        }
        println!("PostgreSQL {version}: {counts:?}");
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}
