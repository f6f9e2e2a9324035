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

/// The names in schema.toml, in their order.
fn databases(project: &Project) -> Vec<String> {
    let text = project.read("schema.toml");
    let name = |line: &str| Some(line.strip_prefix("[database.")?.split_once('.')?.0.to_owned());
    let mut names: Vec<String> = text.lines().filter_map(name).collect();
    names.dedup();
    assert!(names.len() > 1, "{names:?}");
    names
}

/// The last line of an `up` that applies everything: what the folders have is what counts. The servers of these tests have
/// no extension that a migration requires.
fn all_applied(project: &Project, backend: &str, name: &str) -> String {
    let folder = format!("migrations/{backend}/{name}/");
    let is_up = |path: &String| path.starts_with(&folder) && path.contains("/V") && !path.ends_with(".down.sql");
    let ups: Vec<_> = project.files().into_iter().filter(is_up).collect();
    let requires =
        |path: &&String| project.read(path).lines().any(|line| line == "-- schemactl: requires = \"extension age\"");
    let skipped = ups.iter().filter(requires).count();
    match skipped {
        0 => format!("{} applied", ups.len()),
        _ => format!("{} applied, {skipped} skipped", ups.len() - skipped),
    }
}

#[test]
fn the_gate_is_clean() {
    bundled().run(["check"]).ok().stdout_has("nothing to report");
}

/// Every down, and the tables and columns of the two backends of each.
#[test]
fn all_are_proven_and_their_backends_agree() {
    let (project, database) = (bundled(), postgres::database(postgres::version()));
    project.env("DATABASE_URL", database.url());
    let maps = format!(", {} maps: nothing to report", databases(&project).len());
    // 19 makes the graph of governance, for which no server of the tests has AGE.
    project.run(["check", "--prove", "--allow", "19"]).ok().stdout_has(&maps);
}

#[test]
fn all_go_up_and_back_on_sqlite() {
    let project = bundled();
    for name in databases(&project) {
        let file = project.path().join(format!("data/{name}.db"));
        let up = project.run(["up", "--database", &name]);
        assert_eq!(up.ok().stdout.lines().last(), Some(all_applied(&project, "sqlite", &name).as_str()));
        let schema = sqlite::schema(&sqlite::open(&file));
        project.run(["status", "--check", "--database", &name]).ok();
        project.run(["down", "--to", "0", "--database", &name]).ok();
        let left =
            "SELECT name FROM sqlite_schema WHERE name NOT GLOB 'schema_migrations*' AND name NOT GLOB 'sqlite_*'";
        assert_eq!(sqlite::query(&sqlite::open(&file), left), "", "{name}");
        project.run(["up", "--database", &name]).ok();
        assert_eq!(sqlite::schema(&sqlite::open(&file)), schema, "{name}");
    }
}

/// What these commands leave is what they left before.
fn walk(project: &Project, database: &Database, chosen: &[&str]) {
    project.env("DATABASE_URL", database.url());
    let run = |command: &[&str]| project.run([command, &["--backend", "postgres"], chosen].concat());
    run(&["up"]).ok();
    let before = catalog(database);
    // Of several, each is named.
    let names = ["agent_platform", "background_agents", "agent_memory", "coherence", "governance"];
    let all: Vec<&str> = names.iter().flat_map(|name| ["-d", *name]).collect();
    let selected = if chosen.is_empty() { all } else { Vec::new() };
    run(&[&["down", "--to", "0"], selected.as_slice()].concat()).ok();
    assert_eq!(catalog(database), "", "{chosen:?}");
    run(&["up"]).ok();
    assert_eq!(catalog(database), before, "{chosen:?}");
}

/// Columns, constraints, indexes, functions and triggers of all schemas, in an order of their own; not those of the histories.
fn catalog(database: &Database) -> String {
    database.psql(
        "CREATE TEMP VIEW ours AS SELECT c.oid, c.relnamespace, c.relkind FROM pg_class c \
           JOIN pg_namespace n ON n.oid = c.relnamespace \
           WHERE n.nspname !~ '^(pg_|information_schema$)' AND c.relname !~ '^schema_migrations'; \
         SELECT attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull, attidentity, \
             pg_get_expr(adbin, adrelid) \
           FROM pg_attribute JOIN ours ON oid = attrelid AND relkind IN ('r', 'p', 'v') \
           LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum \
           WHERE attnum > 0 AND NOT attisdropped ORDER BY attrelid::regclass::text, attnum; \
         SELECT conrelid::regclass, conname, pg_get_constraintdef(pg_constraint.oid) \
           FROM pg_constraint JOIN ours ON ours.oid = conrelid ORDER BY conrelid::regclass::text, 2; \
         SELECT pg_get_indexdef(indexrelid) FROM pg_index JOIN ours ON oid = indrelid ORDER BY 1; \
         SELECT pg_get_triggerdef(pg_trigger.oid) FROM pg_trigger JOIN ours ON ours.oid = tgrelid \
           WHERE NOT tgisinternal ORDER BY 1; \
         SELECT pg_get_functiondef(p.oid) FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace \
           WHERE n.nspname !~ '^(pg_|information_schema$)' AND p.prokind IN ('f', 'p') \
             AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e') ORDER BY 1",
    )
}

#[test]
fn each_goes_up_and_back_on_postgres_in_a_database_of_its_own() {
    for version in postgres::one_of_versions() {
        let project = bundled();
        for name in databases(&project) {
            let database = postgres::database(version);
            walk(&project, &database, &["--database", &name]);
            project.run(["status", "--check", "--backend", "postgres", "--database", &name]).ok();
            project.run(["check", "--backend", "postgres", "--database", &name]).ok();
            let applied = format!("\n{}\n", all_applied(&project, "postgres", &name));
            project.run(["down", "--to", "0", "--backend", "postgres", "--database", &name]).ok();
            project.run(["up", "--backend", "postgres", "--database", &name]).ok().stdout_has(&applied);
        }
    }
}

#[test]
fn all_go_up_and_back_in_one_database_on_postgres() {
    let (project, database) = (bundled(), postgres::database(postgres::version()));
    walk(&project, &database, &[]);
    project.run(["status", "--check", "--backend", "postgres"]).ok();
    project.run(["check", "--backend", "postgres"]).ok();
}

#[test]
fn agent_platform_has_the_indexes_of_its_plan() {
    let (project, database) = (bundled(), postgres::database(postgres::version()));
    project.env("DATABASE_URL", database.url());
    project.run(["up", "--backend", "postgres", "--database", "agent_platform"]).ok();
    assert_eq!(database.psql("SELECT count(*) FROM pg_indexes WHERE indexname LIKE 'idx_%'"), "14");
}
