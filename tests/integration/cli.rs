//! The command on SQLite: what it prints where, and how it ends.

#![cfg(all(feature = "cli", feature = "sqlite"))]

#[cfg(feature = "postgres")]
mod beside;
#[cfg(feature = "postgres")]
mod between_ups;
mod broken;
mod by_others;
mod checking;
mod drifting;
#[cfg(feature = "postgres")]
mod drifting_postgres;
#[cfg(feature = "postgres")]
mod dumped;
#[cfg(feature = "postgres")]
mod elsewhere;
mod forgetting;
mod generating;
mod help;
mod hints;
#[cfg(feature = "postgres")]
mod homes;
mod leading_out;
mod logging;
#[cfg(feature = "postgres")]
mod mapping;
#[cfg(feature = "postgres")]
mod moving;
mod numbers;
#[cfg(feature = "postgres")]
mod on_postgres;
#[cfg(feature = "postgres")]
mod orphaned;
mod place;
mod proving;
mod recording;
mod repairing;
mod rows;
mod running;
mod said;
mod sandboxed;
mod setting_up;
mod several;
mod showing;
#[cfg(feature = "postgres")]
mod stepping_postgres;
#[cfg(feature = "postgres")]
mod translating;
mod wording;

use schemactl_test_support::cli::Project;
use schemactl_test_support::project;
use schemactl_test_support::sqlite;

/// A project with one database, `app.db`.
fn shop() -> Project {
    let project = project!();
    project.config("[sqlite]\nurl = \"sqlite:app.db\"\n");
    migration(&project, "V1__create_orders", "CREATE TABLE orders (id INTEGER PRIMARY KEY);\n", "DROP TABLE orders;\n");
    migration(&project, "V2__add_total", "ALTER TABLE orders ADD total;\n", "ALTER TABLE orders DROP total;\n");
    project
}

/// Writes a migration and its down.
fn migration(project: &Project, name: &str, up: &str, down: &str) {
    let folder = "migrations/sqlite";
    project.file(&format!("{folder}/{name}.sql"), up).file(&format!("{folder}/{name}.down.sql"), down);
}

/// The rows of a query to the project's database.
fn query(project: &Project, sql: &str) -> String {
    sqlite::query(&sqlite::open(&project.path().join("app.db")), sql)
}

/// The text with `(N ms)` in place of durations, and without what differs from folder to folder.
fn steady(project: &Project, text: &str) -> String {
    let text = text.replace(&project.path().display().to_string(), "FOLDER");
    let mut steady = String::new();
    for (at, part) in text.split('(').enumerate() {
        let rest = part.split_once(" ms)").filter(|(number, _)| number.bytes().all(|byte| byte.is_ascii_digit()));
        steady.push_str(if at == 0 { "" } else { "(" });
        match rest.filter(|_| at > 0) {
            Some((_, rest)) => {
                steady.push_str("N ms)");
                steady.push_str(rest);
            }
            None => steady.push_str(part),
        }
    }
    steady
}

/// What `status` says of durations, beside what a run printed as text: both are about all that is applied.
#[track_caller]
fn durations_agree(project: &Project, up: &str) {
    let recorded = durations(&project.run(["status", "--json"]).stdout, "migrations");
    let printed: Vec<_> = up.lines().filter(|line| line.starts_with("applied ")).collect();
    assert_eq!(recorded.len(), printed.len(), "{up}");
    let status = project.run(["status"]).stdout;
    for (line, (version, milliseconds)) in printed.iter().zip(recorded) {
        assert!(line.starts_with(&format!("applied {version} ")), "{line}");
        // A busy machine may take long for it.
        let shown = match milliseconds {
            ..1_000 => format!("{milliseconds} ms"),
            _ => format!("{}.{} s", milliseconds / 1_000, milliseconds % 1_000 / 100),
        };
        assert!(line.ends_with(&format!("({shown})")), "{line}: {milliseconds}");
        assert!(status.contains(&format!("  {shown}  ")), "{status}");
    }
}

/// Version and duration of each migration in the JSON of a command; of one that is pending there is none.
fn durations(json: &str, list: &str) -> Vec<(i64, u64)> {
    let json: serde_json::Value = serde_json::from_str(json).unwrap();
    let list = json["databases"][0][list].as_array().unwrap();
    list.iter().filter_map(|one| Some((one["version"].as_i64()?, one["duration_ms"].as_u64()?))).collect()
}

/// Asserts what a command printed to each stream.
#[track_caller]
fn printed(project: &Project, output: &schemactl_test_support::cli::Output, stdout: &str, stderr: &str) {
    assert_eq!(steady(project, &output.stdout), stdout, "{}", output.text());
    assert_eq!(steady(project, &output.stderr), stderr, "{}", output.text());
}
