//! The databases that ship with schemactl, filled with rows that SQLite takes.

use std::path::Path;

use schemactl_test_support::cli::Project;
use schemactl_test_support::rusqlite::Connection;
use schemactl_test_support::{postgres, project, sqlite};

use super::{SECTIONS, application};

#[test]
fn the_five_systems_are_translated_and_their_rows_have_a_place() {
    for system in ["agent_memory", "agent_platform", "background_agents", "coherence", "governance"] {
        let database = postgres::database(postgres::version());
        let project = project!();
        project.config(SECTIONS).env("DATABASE_URL", database.url());
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite").join(system);
        copy(&project, &from, "migrations/sqlite");
        project.run(["translate"]).ok().stdout_has("what the migrations make is translated, without values");
        project.run(["translate"]).ok().stdout_has("unchanged migrations/postgres/1_tables/V0001__tables.sql");
        project.run(["up", "--backend", "postgres"]).ok();
        project.run(["up", "--backend", "sqlite"]).ok();
        let connection = sqlite::open(&project.path().join("app.db"));
        let filled = fill(&connection);
        assert!(filled > 20, "{system}: {filled} rows");
        project.run(["move", "plan"]).ok();

        // The same file as an application has it that never heard of schemactl: now the values decide too.
        let database = postgres::database(postgres::version());
        let other = application(&database, "");
        let path = other.path().join("app.db");
        connection.execute("VACUUM INTO ?1", [other.path().join("copy.db").to_str().unwrap()]).unwrap();
        std::fs::rename(other.path().join("copy.db"), &path).unwrap();
        let copied = sqlite::open(&path);
        for table in names(&copied).into_iter().filter(|name| name.starts_with("schema_migrations")) {
            copied.execute_batch(&format!("DROP TABLE \"{table}\"")).unwrap();
        }
        other.run(["translate"]).ok();
        other.run(["up", "--backend", "postgres"]).ok();
        other.run(["move", "plan"]).ok();
    }
}

fn copy(project: &Project, from: &Path, to: &str) {
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{to}/{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            copy(project, &path, &name);
        } else {
            project.file(&name, std::fs::read(&path).unwrap());
        }
    }
}

fn names(connection: &Connection) -> Vec<String> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY rowid";
    let mut statement = connection.prepare(sql).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

const TIMES: &[&str] = &["2024-01-01T10:00:00.000Z", "2024-02-29T23:59:59.999Z", "2024-01-01 10:00:00", "2024-01-01"];
const TEXTS: &[&str] = &["a", "b", "c", "{}", "[1]", "{\"a\": [1, null]}", "é'\"😀", "5", "0.5"];

/// Tries many rows in each table, with values of the declared types and those that its CHECKs name. Returns how many it took.
fn fill(connection: &Connection) -> usize {
    connection.execute_batch("PRAGMA foreign_keys = ON; PRAGMA synchronous = OFF; BEGIN").unwrap();
    let mut state: u64 = 7;
    let mut next = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    let mut taken = 0;
    for table in names(connection).into_iter().filter(|name| !name.starts_with("schema_migrations")) {
        let sql = "SELECT sql FROM sqlite_schema WHERE name = ?1";
        let text: String = connection.query_row(sql, [&table], |row| row.get(0)).unwrap();
        let literals: Vec<&str> = text.split('\'').skip(1).step_by(2).chain(TEXTS.iter().copied()).collect();
        let sql = format!("SELECT name, type, \"notnull\" FROM pragma_table_info('{table}')");
        let mut statement = connection.prepare(&sql).unwrap();
        let columns = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
        let columns: Vec<(String, String, bool)> = columns.map(Result::unwrap).collect();
        for _ in 0..3000 {
            let (mut listed, mut values) = (Vec::new(), Vec::new());
            for (name, datatype, is_needed) in &columns {
                if !is_needed && next(3) > 0 {
                    continue;
                }
                listed.push(format!("\"{name}\""));
                let is_time = ["_at", "time", "date", "activity", "seen"].iter().any(|end| name.ends_with(end));
                values.push(match datatype.to_uppercase() {
                    datatype if datatype.contains("INT") || datatype.contains("BOOL") => next(4).to_string(),
                    datatype if datatype.contains("REAL") || datatype.contains("NUM") => format!("{}.25", next(3)),
                    datatype if datatype.contains("BLOB") => "x'00ff'".to_owned(),
                    _ if is_time => format!("'{}'", TIMES[next(TIMES.len())]),
                    _ if name.ends_with("id") && next(2) == 0 => {
                        format!("'{:08x}-1111-4111-8111-111111111111'", next(30))
                    }
                    _ => format!("'{}'", literals[next(literals.len())].replace('\'', "''")),
                });
            }
            let insert = format!("INSERT INTO \"{table}\" ({}) VALUES ({})", listed.join(", "), values.join(", "));
            taken += usize::from(connection.execute_batch(&insert).is_ok());
        }
    }
    connection.execute_batch("COMMIT").unwrap();
    taken
}
