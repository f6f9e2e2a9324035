//! `move plan`: every value of SQLite through its rule, and the rows together before the constraints of PostgreSQL.

mod agent_platform;

use std::collections::BTreeMap;

use schemactl_test_support::cli::{Output, Project};
use schemactl_test_support::postgres::{self, Database};
use schemactl_test_support::{project, sqlite};

const ON_SQLITE: &str =
    "CREATE TABLE people (id TEXT PRIMARY KEY, name TEXT, mood TEXT, born TEXT, tags TEXT, mail TEXT, n);
CREATE TABLE letters (id INTEGER PRIMARY KEY, person TEXT, no INTEGER);
";
const ON_POSTGRES: &str = "CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%');
CREATE TYPE mood AS ENUM ('fine', 'sad');
CREATE TABLE people (
    id uuid PRIMARY KEY, name varchar(9) UNIQUE, mood mood, born timestamptz, tags text[], mail email,
    n numeric(5,2) CHECK (n > 0), extra bigserial);
CREATE UNIQUE INDEX people_lower ON people (lower(name));
CREATE TABLE letters (
    id bigint PRIMARY KEY, person uuid REFERENCES people, no integer, EXCLUDE USING btree (no WITH =));
";

/// A project with both backends migrated; its map has these lines.
fn people(database: &Database, map: &str) -> Project {
    let project = project!();
    let sections = "[sqlite]\nurl = \"sqlite:app.db\"\n[postgres]\nurl = \"${DATABASE_URL}\"\n";
    project.config(&format!("{sections}[map]\npostgres_only = [\"people.extra\"]\n{map}"));
    project.env("DATABASE_URL", database.url());
    project.file("migrations/sqlite/V1__create.sql", ON_SQLITE);
    project.file("migrations/postgres/V1__create.sql", ON_POSTGRES);
    project.run(["up", "--backend", "sqlite"]).ok();
    project.run(["up", "--backend", "postgres"]).ok();
    project
}

fn insert(project: &Project, rows: &str) {
    sqlite::open(&project.path().join("app.db")).execute_batch(rows).unwrap();
}

/// What a move would do, as JSON.
fn document(output: &Output) -> serde_json::Value {
    serde_json::from_str(&output.stdout).expect("it is JSON")
}

/// The findings of all columns: kind, and how many.
fn findings(document: &serde_json::Value) -> BTreeMap<String, u64> {
    let mut found = BTreeMap::new();
    for table in document["tables"].as_array().unwrap() {
        for column in table["columns"].as_array().unwrap() {
            for finding in column["findings"].as_array().unwrap() {
                let name = format!(
                    "{}.{} {}",
                    table["name"].as_str().unwrap(),
                    column["name"].as_str().unwrap(),
                    finding["kind"].as_str().unwrap()
                );
                found.insert(name, finding["count"].as_u64().unwrap());
            }
        }
    }
    for broken in document["constraints"].as_array().unwrap() {
        let name = format!("{} {}", broken["kind"].as_str().unwrap(), broken["name"].as_str().unwrap());
        found.insert(name, broken["rows"].as_u64().unwrap_or(0));
    }
    found
}

/// Every value of every column is counted once.
fn assert_sums(document: &serde_json::Value) {
    for table in document["tables"].as_array().unwrap() {
        for column in table["columns"].as_array().unwrap() {
            let sum: u64 =
                ["same", "exact", "by_rule", "refused"].iter().map(|key| column[*key].as_u64().unwrap()).sum();
            assert_eq!(sum, table["rows"].as_u64().unwrap(), "{column}");
        }
    }
}

const DIRTY: &str = "INSERT INTO people VALUES
    ('p-1', 'Ann', 'fine', '2025-01-27 09:15:30', '[\"a\"]', 'a@b', 1.5),
    ('11111111-1111-4111-8111-111111111111', 'ann', 'OK', '2025-01-27T09:15:30Z', 'x', 'none', 1),
    ('11111111111141118111111111111111', 'Bob', 'sad', NULL, NULL, NULL, 0),
    ('22222222-2222-4222-8222-222222222222', 'Bob', 'sad', NULL, NULL, NULL, 1.005);
INSERT INTO letters VALUES (1, 'p-1', 1), (2, '33333333-3333-4333-8333-333333333333', 1);";

#[test]
fn what_has_no_place_is_named_before_anything_is_written() {
    let database = postgres::database(postgres::version());
    let project = people(&database, "");
    insert(&project, DIRTY);
    let (content, dump) = (std::fs::read(project.path().join("app.db")).unwrap(), database.dump());
    let output = project.run(["move", "plan", "--json"]);
    output.code(3);
    let document = document(&output);
    assert_sums(&document);
    let found = findings(&document);
    let expected = [
        ("letters.person not-uuid", 1),
        ("people.born naive-time", 1),
        ("people.id not-uuid", 1),
        ("people.mood not-in-enum", 1),
        ("people.n scale-exceeded", 1),
        ("people.tags not-json", 1),
        // Of the rows that have no such value; the one with a check is there once.
        ("check people_n_check", 1),
        ("foreign-key letters_person_fkey", 1),
    ];
    assert_eq!(found, expected.map(|(name, count)| (name.to_owned(), count)).into());
    assert_eq!(document["error"]["code"], "E0801");
    // Nothing is written on either side, and no sequence has moved on.
    assert_eq!(std::fs::read(project.path().join("app.db")).unwrap(), content);
    assert_eq!(database.dump(), dump);
    assert_eq!(database.psql("SELECT is_called FROM people_extra_seq; SELECT count(*) FROM people"), "f\n0");
}

#[test]
fn rules_settle_it_and_what_then_remains_are_the_rows_together() {
    let database = postgres::database(postgres::version());
    let rules = "[map.convert]
\"*.id\" = { uuid5 = \"people\" }
people.mood = { values = { OK = \"fine\" } }
people.born = { zone = \"Europe/Berlin\" }
people.tags = { json = \"split ,\" }
people.n = { round = true, trim = true }
";
    let project = people(&database, rules);
    insert(&project, DIRTY);
    let output = project.run(["move", "plan", "--json"]);
    output.code(3);
    let document = document(&output);
    assert_sums(&document);
    let expected = [
        ("check people_n_check", 1),
        ("domain mail", 0),
        ("exclude letters_no_excl", 0),
        ("foreign-key letters_person_fkey", 1),
        ("unique people_lower", 0),
        ("unique people_name_key", 2),
        ("unique people_pkey", 2),
    ];
    assert_eq!(findings(&document), expected.map(|(name, count)| (name.to_owned(), count)).into());
    // The rule of `people.id` is that of what refers to it; a rule that nothing needs is told.
    let person = &document["tables"].as_array().unwrap().iter().find(|table| table["name"] == "letters").unwrap();
    assert_eq!(person["columns"][1]["ways"][0]["name"], "uuid5");
    assert_eq!(document["unneeded"].as_array().unwrap().len(), 1);
    assert_eq!(document["unneeded"][0]["rule"], "trim");

    insert(
        &project,
        "DELETE FROM letters WHERE id = 2; DELETE FROM people WHERE id LIKE '1%'; UPDATE people SET n = 2;",
    );
    let output = project.run(["move", "plan"]);
    output.ok();
    output.stdout_has("people -> public.people: 2 rows").stdout_has("nothing was written");
}

#[test]
fn values_are_hidden_where_they_should_not_be_seen() {
    let database = postgres::database(postgres::version());
    let project =
        people(&database, "[map.convert]\npeople.id = { uuid5 = \"people\" }\npeople.born = { zone = \"UTC\" }\n");
    insert(
        &project,
        "INSERT INTO people VALUES ('p-1', 'secret', 'secret mood', 'secret day', '\"secret tag\"', 'secret mail', -7777);",
    );
    for arguments in [vec!["move", "plan"], vec!["move", "plan", "--json"]] {
        let shown = project.run(arguments.iter().chain(&["--values", "shown"]));
        shown.code(3);
        assert!(shown.stdout.contains("secret"), "{}", shown.stdout);
        let hidden = project.run(arguments.iter().chain(&["--values", "none"]));
        hidden.code(3);
        assert!(!hidden.stdout.contains("secret") && !hidden.stdout.contains("7777"), "{}", hidden.stdout);
        assert!(hidden.stdout.contains("rowid 1"), "{}", hidden.stdout);
    }
}

#[test]
fn each_refused_value_is_a_line_of_a_file_that_only_its_owner_reads() {
    use std::os::unix::fs::PermissionsExt as _;

    let database = postgres::database(postgres::version());
    let project = people(&database, "");
    insert(&project, DIRTY);
    insert(&project, "INSERT INTO people (id, name) VALUES ('x', CAST(x'636166e9' AS TEXT)), (NULL, x'00ff')");
    project.run(["move", "plan", "--rejects", "refused.jsonl", "--no-trial"]).code(3);
    let lines: Vec<serde_json::Value> =
        project.read("refused.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |line: &serde_json::Value| {
        let text = |key: &str| line[key].as_str().unwrap_or("-").to_owned();
        format!("{} {} {} {} {}", text("table"), text("column"), text("class"), text("kind"), text("value"))
    };
    let shown: Vec<String> = lines.iter().map(of).collect();
    let expected = [
        "people id text not-uuid p-1",
        "people born text naive-time 2025-01-27 09:15:30",
        "people mood text not-in-enum OK",
        "people tags text not-json x",
        "people n real scale-exceeded 1.005",
        "people id text not-uuid x",
        "people name text invalid-utf8 x'636166e9'",
        "people id null null-in-not-null -",
        "people name blob blob x'00ff'",
        "letters person text not-uuid p-1",
    ];
    assert_eq!(shown, expected);
    assert_eq!((lines[1]["rule"].as_str(), lines[1]["verdict"].as_str()), (Some("zone = \"UTC\""), Some("ask")));
    assert_eq!(lines[1]["target"], "public.people.born");
    let mode = std::fs::metadata(project.path().join("refused.jsonl")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    project.run(["move", "plan", "--rejects", "refused.jsonl", "--values", "none"]).code(3);
    let hidden = project.read("refused.jsonl");
    assert!(hidden.lines().count() == 10 && !hidden.contains("p-1") && !hidden.contains("OK"), "{hidden}");
    project.run(["move", "plan", "--rejects", "nowhere/refused.jsonl"]).error("E0701");
}

#[test]
fn what_the_map_or_a_rule_does_not_say_is_an_error() {
    let database = postgres::database(postgres::version());
    let project = people(&database, "[map.convert]\npeople.gone = { trim = true }\n");
    insert(&project, "CREATE TABLE others (a);");
    let output = project.run(["move", "plan"]);
    output.code(2);
    output
        .stderr_has("table others is on SQLite alone")
        .stderr_has("[map.convert] has rules for people.gone, which is not moved");

    let both = "[map.convert]\n\"p*.name\" = { trim = true }\n\"*e.name\" = { trim = false }\n";
    let database = postgres::database(postgres::version());
    let project = people(&database, both);
    let output = project.run(["move", "plan"]);
    output.code(2);
    output.stderr_has("two lines set `trim` for people.name, and none names it more exactly");

    for (rule, said) in [
        ("zone = \"Mars\"", "takes the name of a time zone, such as Europe/Berlin or UTC"),
        ("trimm = true", "did you mean `trim`?"),
        ("time_format = \"%Q\"", "takes a strftime pattern"),
    ] {
        let database = postgres::database(postgres::version());
        let project = people(&database, "");
        let config = project.read("schema.toml");
        project.config(&format!("{config}[map.convert]\npeople.born = {{ {rule} }}\n"));
        project.run(["move", "plan"]).code(2).stderr_has(said);
    }
}

#[test]
fn both_histories_have_to_stand_where_the_move_is_planned_for() {
    let database = postgres::database(postgres::version());
    let project = people(&database, "");
    project.file("migrations/postgres/V2__more.sql", "CREATE TABLE more (a integer);\n");
    project.run(["move", "plan"]).code(1).stderr_has("does not stand at its last migration").stderr_has("pending: 2");
    let config = project.read("schema.toml");
    project.config(&config.replace("[map]\n", "[map]\nat = { postgres = 1 }\n"));
    project.run(["move", "plan"]).ok();
    project.run(["up", "--backend", "postgres"]).ok();
    project.run(["move", "plan"]).code(1).stderr_has("does not stand at version 1, which the map names");

    let empty = postgres::database(postgres::version());
    project.env("DATABASE_URL", empty.url());
    project.run(["move", "plan"]).code(1).stderr_has("make its tables first: `schemactl up --backend postgres`");
}

#[test]
fn a_file_without_history_is_taken_as_it_is_and_one_that_is_missing_stays_so() {
    let database = postgres::database(postgres::version());
    let project = people(&database, "");
    project.run(["move", "plan", "--from", "old.db"]).code(1).stderr_has("old.db does not exist");
    assert!(!project.path().join("old.db").exists());

    let old = sqlite::open(&project.path().join("old.db"));
    old.execute_batch(&format!("PRAGMA journal_mode = WAL; {ON_SQLITE}")).unwrap();
    // A row that is in the log alone, and whose writer has the file open.
    old.execute_batch("INSERT INTO letters VALUES (1, NULL, 1)").unwrap();
    let output = project.run(["move", "plan", "--from", "old.db"]);
    output.ok();
    output.stdout_has("has no history of migrations").stdout_has("letters -> public.letters: 1 row");
    assert!(
        std::fs::metadata(project.path().join("old.db-wal")).unwrap().len() > 0,
        "the log was not moved into the file"
    );
}

#[test]
fn a_damaged_file_is_not_moved() {
    let database = postgres::database(postgres::version());
    let project = people(&database, "");
    insert(
        &project,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)
        INSERT INTO letters SELECT i, NULL, i FROM n;",
    );
    let path = project.path().join("app.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() - 3 * 4096;
    bytes[middle..middle + 4096].fill(0x5a);
    std::fs::write(&path, bytes).unwrap();
    project.run(["move", "plan"]).code(1).stderr_has("the file of SQLite is damaged");
}

#[test]
fn the_role_needs_temporary_tables_alone() {
    let database = postgres::database(postgres::version());
    let project = people(&database, "");
    insert(&project, "INSERT INTO letters VALUES (1, NULL, 1);");
    let role = format!("mover_of_{}", database.name());
    let name = database.name();
    database.psql(&format!(
        "CREATE ROLE {role} LOGIN; REVOKE TEMPORARY ON DATABASE \"{name}\" FROM PUBLIC; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role};"
    ));
    project.env("DATABASE_URL", database.url_as(&role));
    project.run(["move", "plan"]).code(1).stderr_has("GRANT TEMPORARY ON DATABASE").stderr_has("--no-trial");
    project.run(["move", "plan", "--no-trial"]).ok().stdout_has("was not tried");
    database.psql(&format!("GRANT TEMPORARY ON DATABASE \"{name}\" TO {role}"));
    project.run(["move", "plan"]).ok();
}

#[test]
fn a_move_is_of_one_database_between_both_of_its_backends() {
    let database = postgres::database(postgres::version());
    let project = people(&database, "");
    project.run(["move", "plan", "--backend", "sqlite"]).code(2).stderr_has("a move is between both backends");
    let config = project.read("schema.toml");
    project.config(&config.replace("[map]\npostgres_only = [\"people.extra\"]\n", ""));
    project.run(["move", "plan"]).code(2).stderr_has("schema.toml has no [map]");
}
