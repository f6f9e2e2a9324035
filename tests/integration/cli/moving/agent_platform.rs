//! The values that files of the first system hold, each in a row of its own, on the plan's loose tables and the system's own migrations.

use std::collections::BTreeSet;
use std::path::Path;

use schemactl_test_support::cli::Project;
use schemactl_test_support::postgres::{self, Database};
use schemactl_test_support::rusqlite::Connection;
use schemactl_test_support::{project, sqlite};

use super::{assert_sums, document};

/// As the plan has them: no key is NOT NULL, nothing is checked.
const LOOSE: &str = "CREATE TABLE agents (id TEXT PRIMARY KEY, name TEXT NOT NULL, agent_type TEXT NOT NULL, status TEXT DEFAULT 'idle',
    capabilities TEXT, system_prompt TEXT, model_provider TEXT DEFAULT 'openrouter', model_name TEXT DEFAULT 'auto',
    created_at TEXT, updated_at TEXT);
CREATE TABLE tasks (id TEXT PRIMARY KEY, title TEXT NOT NULL, description TEXT, status TEXT DEFAULT 'pending',
    priority TEXT DEFAULT 'medium', assigned_agent_id TEXT REFERENCES agents (id), created_at TEXT, updated_at TEXT);
";

/// The number of a line, the column, the value as SQLite reads it, and whether it is refused.
const AGENTS: &[(u32, &str, &str, bool)] = &[
    (1, "id", "'11111111-1111-4111-8111-111111111101'", false),
    (2, "id", "'A1B2C3D4-1111-4111-8111-ABCDEFABCDEF'", false),
    (3, "id", "'11111111111141118111111111111103'", false),
    (4, "id", "'{11111111-1111-4111-8111-111111111104}'", false),
    (5, "id", "'urn:uuid:11111111-1111-4111-8111-111111111105'", true),
    (6, "id", "'agent-1'", true),
    (7, "id", "7", true),
    (8, "id", "NULL", true),
    (108, "id", "NULL", true),
    (9, "id", "'11111111-1111-4111-8111-111111111109'", true),
    (109, "id", "'11111111111141118111111111111109'", true),
    (10, "id", "x'000102030405060708090a0b0c0d0e0f'", true),
    (14, "created_at", "'2025-01-27T09:15:30.123456'", false),
    (15, "created_at", "'2025-01-27 09:15:30'", false),
    (16, "created_at", "'2025-10-26T02:30:00'", true),
    (17, "created_at", "'2025-03-30T02:30:00'", true),
    (18, "created_at", "'2025-01-27T09:15:30+0530'", false),
    (19, "created_at", "'1737968130'", true),
    (20, "created_at", "'1737968130123'", true),
    (21, "created_at", "'1737968130.5'", true),
    (22, "created_at", "''", true),
    (23, "created_at", "NULL", false),
    (24, "created_at", "'0000-00-00 00:00:00'", true),
    (25, "created_at", "'2025-02-30T10:00:00'", true),
    (26, "created_at", "'10000-01-01T00:00:00Z'", false),
    (27, "created_at", "'now'", true),
    (28, "created_at", "'infinity'", true),
    (29, "created_at", "'2025-01-27T09:15:30.123456789Z'", true),
    (30, "created_at", "'2025-01-27T23:59:60Z'", false),
    (31, "created_at", "'27/01/2025'", true),
    (32, "capabilities", "'[\"chat\", \"code\"]'", false),
    (33, "capabilities", "'\"[\\\"chat\\\"]\"'", true),
    (34, "capabilities", "'[''chat'', ''code'']'", true),
    (35, "capabilities", "'[NaN, Infinity]'", true),
    (36, "capabilities", "''", true),
    (37, "capabilities", "'null'", true),
    (38, "capabilities", "'{\"a\": 1, \"a\": 2}'", true),
    (39, "capabilities", "'[\"\\u0000\"]'", true),
    (40, "capabilities", "'[\"\\ud83d\"]'", true),
    (41, "capabilities", "'[1e400000]'", true),
    (42, "capabilities", "'[12345678901234567890.10, 1.0, 1E2]'", false),
    (43, "capabilities", "char(65279) || '[\"chat\"]'", true),
    (44, "capabilities", "x'5b2263686174225d'", true),
    (45, "capabilities", "'chat,code'", true),
    (46, "name", "replace(printf('%255d', 0), ' ', '😀')", false),
    (47, "name", "printf('%256d', 0)", true),
    (48, "name", "printf('%-258d', 7)", true),
    (49, "name", "'a' || char(0) || 'b'", true),
    (50, "name", "CAST(x'636166e9' AS TEXT)", true),
    (51, "name", "''", false),
    (
        52,
        "system_prompt",
        "'a' || char(9) || 'b\\N' || char(13, 10) || '\\.' || char(10) || '\"q\" ' || char(8232)",
        false,
    ),
    (53, "status", "'Idle'", true),
    (54, "status", "'busy '", true),
    (57, "agent_type", "'worker'", true),
    (58, "status", "NULL", false),
    (59, "created_at", "'20250127'", true),
    (60, "created_at", "'2460702.885'", true),
    (61, "created_at", "'2025-01-27 09:15:30 IST'", true),
    (62, "created_at", "'0000-01-01T00:00:00Z'", true),
];
const TASKS: &[(u32, &str, &str, bool)] = &[
    (11, "assigned_agent_id", "'11111111-1111-4111-8111-111111111113'", true),
    (12, "assigned_agent_id", "''", true),
    (13, "assigned_agent_id", "'None'", true),
    (55, "status", "'in-progress'", true),
    (56, "priority", "'critical'", true),
];

/// The system's own migrations, as far as the plan has them before the copy, and a loose file of these rows.
fn system(database: &Database, rules: &str) -> Project {
    let project = project!();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let config = std::fs::read_to_string(folder.with_file_name("schema.toml")).unwrap();
    let map = config.split("[database.agent_platform.map]").nth(1).unwrap().split("\n[database.").next().unwrap();
    let folders = ["sqlite", "postgres"].map(|backend| folder.join(backend).join("agent_platform"));
    project.config(&format!(
        "[sqlite]\nurl = \"sqlite:agents.db\"\nmigrations = '{}'\n[postgres]\nurl = \"${{DATABASE_URL}}\"\nmigrations = '{}'\n\
         [map]{map}\n[map.convert]\n{rules}",
        folders[0].display(),
        folders[1].display()
    ));
    project.env("DATABASE_URL", database.url());
    project.run(["up", "--backend", "postgres", "--phase", "collaboration"]).ok();
    sqlite::open(&project.path().join("agents.db")).execute_batch(LOOSE).unwrap();
    project
}

fn fill(connection: &Connection) {
    // Nobody had them on.
    connection.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
    for (table, lines) in [("agents", AGENTS), ("tasks", TASKS)] {
        for (line, column, value, _) in lines {
            let usual: &[(&str, &str)] = match table {
                "agents" => &[
                    ("name", "'n'"),
                    ("agent_type", "'master_operator'"),
                    ("status", "'idle'"),
                    ("capabilities", "'[]'"),
                ],
                _ => &[("title", "'t'")],
            };
            let id = format!("printf('00000000-0000-4000-8000-%012d', {line})");
            let mut row = vec![("rowid", line.to_string()), ("id", id)];
            row.extend(usual.iter().map(|(column, value)| (*column, (*value).to_owned())));
            row.retain(|(known, _)| known != column);
            row.push((column, (*value).to_owned()));
            let (columns, values): (Vec<&str>, Vec<String>) = row.into_iter().unzip();
            let sql = format!("INSERT INTO {table} ({}) VALUES ({})", columns.join(", "), values.join(", "));
            connection.execute_batch(&sql).unwrap_or_else(|error| panic!("{line}: {error}"));
        }
    }
}

/// The rowids that a text names.
fn rowids(text: &str) -> impl Iterator<Item = u32> {
    text.split("rowid ").skip(1).map(|rest| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().unwrap()
    })
}

/// The lines that are refused, by their values or by a constraint.
fn refused(document: &serde_json::Value) -> BTreeSet<u32> {
    let mut found = BTreeSet::new();
    for table in document["tables"].as_array().unwrap() {
        for finding in
            table["columns"].as_array().unwrap().iter().flat_map(|column| column["findings"].as_array().unwrap())
        {
            found.extend(
                finding["examples"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .flat_map(|example| rowids(example["row"].as_str().unwrap())),
            );
        }
    }
    for broken in document["constraints"].as_array().unwrap() {
        found.extend(
            broken["examples"].as_array().unwrap().iter().flat_map(|example| rowids(example["rows"].as_str().unwrap())),
        );
    }
    found
}

#[test]
fn each_line_is_refused_or_kept_as_it_should_be() {
    let database = postgres::database(postgres::version());
    let project = system(
        &database,
        "\"*.created_at\" = { zone = \"Europe/Berlin\" }\n\"*.updated_at\" = { zone = \"Europe/Berlin\" }\n",
    );
    fill(&sqlite::open(&project.path().join("agents.db")));
    let output = project.run(["move", "plan", "--json", "--examples", "1000"]);
    output.code(3);
    let document = document(&output);
    assert_sums(&document);
    let expected: BTreeSet<u32> = AGENTS.iter().chain(TASKS).filter(|line| line.3).map(|line| line.0).collect();
    let found = refused(&document);
    assert_eq!(found.difference(&expected).collect::<Vec<_>>(), Vec::<&u32>::new(), "refused, and should be kept");
    assert_eq!(expected.difference(&found).collect::<Vec<_>>(), Vec::<&u32>::new(), "kept, and should be refused");
}

/// A clean file asks for one thing alone: the zone of its four columns of times.
#[test]
fn a_clean_file_asks_for_the_zone_of_its_times() {
    let rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
        INSERT INTO agents SELECT printf('00000000-0000-4000-8000-%012d', i), 'Ägent ' || i, 'master_operator', 'idle', '[\"chat\"]', NULL,
          'openrouter', 'auto', '2025-01-27T09:15:30.123456', CASE i % 2 WHEN 0 THEN '2025-01-27T09:15:30' END FROM n;
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
        INSERT INTO tasks SELECT printf('00000000-0000-4000-9000-%012d', i), '😀' || char(10) || i, NULL, 'pending', 'high',
          CASE WHEN i % 4 > 0 THEN printf('00000000-0000-4000-8000-%012d', i % 1000 + 1) END,
          '2025-01-27T09:15:30.1', '2025-01-27T09:15:30.1' FROM n;";
    let database = postgres::database(postgres::version());
    let project = system(&database, "");
    sqlite::open(&project.path().join("agents.db")).execute_batch(rows).unwrap();
    let output = project.run(["move", "plan"]);
    output.code(3);
    for line in [
        "agents.created_at = { zone = \"UTC\" }",
        "agents.updated_at = { zone = \"UTC\" }",
        "tasks.created_at = { zone = \"UTC\" }",
        "tasks.updated_at = { zone = \"UTC\" }",
    ] {
        output.stdout_has(line);
    }
    let config = project.read("schema.toml");
    project.config(&format!(
        "{config}\"*.created_at\" = {{ zone = \"Europe/Berlin\" }}\n\"*.updated_at\" = {{ zone = \"Europe/Berlin\" }}\n"
    ));
    let output = project.run(["move", "plan"]);
    output.ok();
    output.stdout_has("agents -> public.agents: 1000 rows").stdout_has("tasks -> public.tasks: 2000 rows");
}
