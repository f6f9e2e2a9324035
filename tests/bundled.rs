//! The databases that ship with the project: they come up, go back and come up again, on both backends.
#![cfg(all(feature = "cli", feature = "sqlite", feature = "postgres"))]

use std::path::Path;

use schemactl_test_support::cli::Project;
use schemactl_test_support::postgres::{self, Database};
use schemactl_test_support::{project, sqlite};

/// The project's own schema.toml, schema.lock and migrations, in a folder of the test's.
fn bundled() -> Project {
    let project = project!();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    copy(&project, root, "schema.toml");
    copy(&project, root, "schema.lock");
    copy(&project, root, "migrations");
    std::fs::create_dir(project.path().join("data")).unwrap();
    project
}

fn copy(project: &Project, root: &Path, name: &str) {
    let path = root.join(name);
    if path.is_dir() {
        let mut entries: Vec<_> = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        entries.sort();
        entries.iter().for_each(|entry| copy(project, root, &format!("{name}/{}", entry.to_str().unwrap())));
    } else {
        project.file(name, std::fs::read(path).unwrap());
    }
}

#[test]
fn the_gate_is_clean() {
    bundled().run(["check"]).ok().stdout_has("nothing to report");
}

#[test]
fn all_go_up_and_back_on_sqlite() {
    let project = bundled();
    let file = project.path().join("data/agent_platform.db");
    project.run(["up"]).ok().stdout_has("2 applied");
    let schema = sqlite::schema(&sqlite::open(&file));
    project.run(["status", "--check"]).ok();
    project.run(["down", "--to", "0"]).ok();
    assert_eq!(
        sqlite::query(
            &sqlite::open(&file),
            "SELECT name FROM sqlite_schema WHERE name NOT GLOB 'schema_migrations*' AND name NOT GLOB 'sqlite_*'"
        ),
        ""
    );
    project.run(["up"]).ok();
    assert_eq!(sqlite::schema(&sqlite::open(&file)), schema);
}

fn walk(project: &Project, database: &Database) {
    project.env("DATABASE_URL", database.url());
    project.run(["up", "--backend", "postgres"]).ok().stdout_has("9 applied");
    project.run(["status", "--check", "--backend", "postgres"]).ok();
    project.run(["check", "--backend", "postgres"]).ok();
    let catalog = catalog(database);
    assert_eq!(database.psql("SELECT count(*) FROM pg_indexes WHERE indexname LIKE 'idx_%'"), "14");
    project.run(["down", "--to", "0", "--backend", "postgres"]).ok();
    let left = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i') \
                AND relname NOT LIKE 'schema_migrations%'";
    assert_eq!(database.psql(left), "");
    project.run(["up", "--backend", "postgres"]).ok();
    assert_eq!(self::catalog(database), catalog);
}

/// Columns, constraints and indexes, in an order of their own.
fn catalog(database: &Database) -> String {
    database.psql(
        "SELECT table_name, column_name, data_type, column_default, is_nullable FROM information_schema.columns \
           WHERE table_schema = 'public' ORDER BY 1, ordinal_position; \
         SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint \
           WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2; \
         SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
    )
}

#[test]
fn all_go_up_and_back_on_postgres() {
    for version in postgres::versions() {
        walk(&bundled(), &postgres::database(version));
    }
}
