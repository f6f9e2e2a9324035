//! Agents' memory, made by the plan's own way: statements run by the application, and a bare table that says which.

use std::fs;

use schemactl_test_support::sqlite;

use super::system::System;

const NAME: &str = "agent_memory";

/// The files of SQLite, in their order.
fn files(system: &System) -> Vec<String> {
    let folder = "migrations/sqlite/agent_memory/";
    let mut names = system.project.files();
    names.retain(|name| name.starts_with(folder) && !name.ends_with(".down.sql"));
    names.iter().map(|name| fs::read_to_string(system.project.path().join(name)).unwrap()).collect()
}

/// Applies versions as the plan's framework does: whatever is above the highest one is run, and its number written.
fn by_the_plan(system: &System, migrations: &[(i64, String)]) {
    let mut connection = system.connect();
    connection.execute_batch("CREATE TABLE IF NOT EXISTS schema_migrations (version INTEGER PRIMARY KEY)").unwrap();
    for (version, sql) in migrations {
        let current: Option<i64> =
            connection.query_row("SELECT MAX(version) FROM schema_migrations", [], |row| row.get(0)).unwrap();
        if *version > current.unwrap_or(0) {
            let transaction = connection.transaction().unwrap();
            transaction.execute_batch(sql).unwrap();
            transaction.execute("INSERT INTO schema_migrations (version) VALUES (?)", [version]).unwrap();
            transaction.commit().unwrap();
        }
    }
    connection.execute_batch("INSERT INTO agents (agent_id, agent_type, status) VALUES ('a', 'pm', 'active')").unwrap();
}

fn numbered(texts: &[String]) -> Vec<(i64, String)> {
    (1..).zip(texts.iter().cloned()).collect()
}

#[test]
fn it_is_taken_over_and_goes_on() {
    let system = System::sqlite(NAME);
    by_the_plan(&system, &numbered(&files(&system)[..13]));
    let plans = sqlite::dump(&sqlite::open(&system.file()));
    let refusal = system.run("up");
    refusal.code(1).error("E0202").stderr_has("hint: `schemactl adopt`");
    assert_eq!(sqlite::dump(&sqlite::open(&system.file())), plans, "nothing is changed before it is asked for");

    let output = system.run("adopt");
    output.ok().stdout_has("the table schema_migrations (bare) is kept as schema_migrations_before_adopt\n");
    output.stdout_has("13 migrations adopted, 1 pending\n");
    system.run("up").ok().stdout_has("applied 14 index_foreign_keys").stdout_has("1 applied");
    system.run("status --check").ok();
    system.run("diff").ok();
    assert_eq!(system.query("SELECT agent_id FROM agents"), "a");
    assert_eq!(system.query("SELECT count(*) FROM schema_migrations_before_adopt"), "13");

    // What the plan's way cannot: back, with what is lost accepted, and on.
    system.run("down --to 13").ok().stdout_has("1 reverted");
    system.run("down --to 0").code(5).stderr_has("table agents: 1 row");
    system.run("down --to 0 --accept-data-loss").ok().stdout_has("13 reverted");
    system.run("up").ok().stdout_has("14 applied");
}

#[test]
fn its_own_indexes_are_those_of_the_migration() {
    let system = System::sqlite(NAME);
    let mut texts = files(&system);
    let indexes = texts[13].replace("CREATE INDEX idx_", "CREATE INDEX IF NOT EXISTS idx_");
    assert_eq!(indexes.matches("CREATE INDEX IF NOT EXISTS").count(), 15);
    texts[13] = indexes;
    by_the_plan(&system, &numbered(&texts));
    system.run("adopt").ok().stdout_has("14 migrations adopted, 0 pending\n");
    assert_eq!(system.run("up").ok().stdout.lines().last(), Some("nothing to do"));
    system.run("diff").ok();
    system.run("status --check").ok();
}

/// Tables that were there before the framework, and an index step that it counts as its first.
#[test]
fn numbers_of_its_own_are_written_as_ours_before() {
    let system = System::sqlite(NAME);
    let texts = files(&system);
    let connection = system.connect();
    texts[..13].iter().for_each(|sql| connection.execute_batch(sql).unwrap());
    by_the_plan(&system, &[(1, texts[13].clone())]);
    // As docs/systems/agent_memory.md shows it.
    connection
        .execute_batch(
            "INSERT OR IGNORE INTO schema_migrations
             WITH RECURSIVE n(v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM n WHERE v < 14) SELECT v FROM n",
        )
        .unwrap();
    system.run("adopt").ok().stdout_has("14 migrations adopted, 0 pending\n");
    system.run("diff").ok();
    assert_eq!(system.query("SELECT agent_id FROM agents"), "a");
}
