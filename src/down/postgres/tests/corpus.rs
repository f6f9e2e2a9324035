//! A folder of migrations that people wrote: each is run, taken back in a copy, judged, and run again there.

use std::collections::BTreeMap;
use std::path::Path;

use schemactl_test_support::postgres::{self as servers, Database};

use super::{Outcome, back, connect, judge};
use crate::catalog::Catalog;
use crate::database::postgres::inspect::inspect;

/// What became of one migration.
async fn one(database: &Database, before: &Catalog, dump: &str, up: &str) -> Outcome {
    let copy = format!("{}_copy", database.name());
    let admin = servers::shared(database.version()).url();
    let sql = |text: String| servers::psql(&admin, &text);
    // The server takes a moment to end the session that looked at it.
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    sql(format!("CREATE DATABASE \"{copy}\" TEMPLATE \"{}\"", database.name()));
    let url = database.url().replace(database.name(), &copy);
    let mut statements = Vec::new();
    let outcome = {
        let client = connect(&url).await;
        if let Err(reason) = back(&client, before, &mut statements).await {
            Outcome::Refused(reason)
        } else {
            let after = dump_of(&url);
            let again = servers::try_psql(&url, up);
            match (judge(dump, &after), again) {
                (Outcome::Wrong(text), _) => Outcome::Wrong(format!("{}\n{text}", statements.join(";\n"))),
                (_, Err(error)) => Outcome::Wrong(format!("{}\nup again: {error}", statements.join(";\n"))),
                (good, Ok(_)) => good,
            }
        }
    };
    sql(format!("DROP DATABASE \"{copy}\" WITH (FORCE)"));
    outcome
}

fn dump_of(url: &str) -> String {
    let output = std::process::Command::new("pg_dump").args(["--schema-only", "--dbname", url]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let varies = |line: &&str| !line.starts_with("\\restrict ") && !line.starts_with("\\unrestrict ");
    text.lines().filter(varies).fold(String::new(), |text, line| text + line + "\n")
}

/// `SCHEMACTL_CORPUS=folder cargo test corpus -- --ignored --nocapture`
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a folder of migrations"]
async fn corpus_is_restored_or_refused() {
    let folder = std::env::var("SCHEMACTL_CORPUS").expect("SCHEMACTL_CORPUS names a folder");
    let mut files: Vec<_> = Path::new(&folder).read_dir().unwrap().flatten().map(|entry| entry.path()).collect();
    files.sort();
    let database = servers::database(servers::version());
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for file in files {
        let up = std::fs::read_to_string(&file).unwrap();
        let before = {
            let client = connect(&database.url()).await;
            inspect(&client, &[]).await.unwrap()
        };
        let dump = dump_of(&database.url());
        let script = if up.starts_with("-- alone") || up.contains("CONCURRENTLY") || up.contains("ADD VALUE") {
            up.clone()
        } else {
            format!("BEGIN;\n{up}\n;COMMIT;")
        };
        if let Err(error) = database.try_psql(&script) {
            println!("--- {}: does not run: {}", file.display(), error.lines().next().unwrap_or_default());
            *counts.entry("does not run").or_default() += 1;
            continue;
        }
        let outcome = one(&database, &before, &dump, &script).await;
        *counts.entry(outcome.word()).or_default() += 1;
        match &outcome {
            Outcome::Refused(text) | Outcome::Wrong(text) => {
                println!("=== {}: {}\n{text}", file.display(), outcome.word());
            }
            _ => {}
        }
    }
    println!("{folder}: {counts:?}");
}
