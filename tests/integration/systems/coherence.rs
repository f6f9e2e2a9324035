//! The network of contributions and the tasks of its agents: checks refuse, deletes act, queries are answered by indexes.

use super::system::System;

pub(super) const NAME: &str = "coherence";

pub(super) fn sqlite() -> System {
    System::sqlite(NAME)
}

pub(super) fn postgres() -> System {
    System::postgres(NAME, NAME)
}

pub(super) fn both() -> [System; 2] {
    [sqlite().up(), postgres().up()]
}

/// A series of numbers, as both backends know it: to be used as `FROM n`.
pub(super) fn numbers(last: u32) -> String {
    format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {last})")
}

/// A key that looks like a UUID.
pub(super) fn uuid(number: u32) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// Contributors 1 and 2, assets 1 and 2.
pub(super) fn people_and_assets(system: &System) {
    for number in [1, 2] {
        let id = uuid(number);
        system.query(&format!("INSERT INTO contributors (id, name) VALUES ('{id}', 'person {number}')"));
        system.query(&format!("INSERT INTO assets (id, name, asset_type) VALUES ('{id}', 'asset {number}', 'code')"));
    }
}

/// The plan's indexes, with its columns and their order.
const INDEXES: [&str; 21] = [
    "idx_agent_tasks_attention ON agent_tasks (status, created_at DESC) WHERE",
    "idx_agent_tasks_created ON agent_tasks (created_at DESC)",
    "idx_agent_tasks_status ON agent_tasks (status)",
    "idx_agent_tasks_status_type ON agent_tasks (status, task_type)",
    "idx_agent_tasks_type ON agent_tasks (task_type)",
    "idx_agent_tasks_updated ON agent_tasks (updated_at DESC)",
    "idx_assets_created ON assets (created_at DESC)",
    "idx_assets_total_cost ON assets (total_cost DESC)",
    "idx_assets_type ON assets (asset_type)",
    "idx_contributions_asset ON contributions (asset_id)",
    "idx_contributions_coherence ON contributions (coherence_score DESC)",
    "idx_contributions_contributor ON contributions (contributor_id)",
    "idx_contributions_timestamp ON contributions (timestamp DESC)",
    "idx_contributors_created ON contributors (created_at DESC)",
    "idx_contributors_email ON contributors (email)",
    "idx_contributors_github ON contributors (github_username)",
    "idx_dependencies_from ON project_dependencies (from_project_id)",
    "idx_dependencies_to ON project_dependencies (to_project_id)",
    "idx_projects_ecosystem ON projects (ecosystem)",
    "idx_projects_ecosystem_name ON projects (ecosystem, name)",
    "idx_projects_name ON projects (name)",
];

/// What only PostgreSQL has: those of the plan for search, and one of this project's own.
const OF_POSTGRES: [&str; 3] = [
    "idx_agent_tasks_attention_created ON agent_tasks (created_at DESC) WHERE",
    "idx_projects_description_trgm ON projects USING gin (description coherence_trigrams.gin_trgm_ops)",
    "idx_projects_name_trgm ON projects USING gin (name coherence_trigrams.gin_trgm_ops)",
];

#[test]
fn every_index_of_the_plan_is_there_and_valid() {
    let [sqlite, postgres] = both();
    let found = sqlite.query(
        "SELECT replace(sql, char(10), ' ') FROM sqlite_schema WHERE name LIKE 'idx@_%' ESCAPE '@' ORDER BY name",
    );
    assert_eq!(definitions(&found), INDEXES);
    let mut wanted = [&INDEXES[..], &OF_POSTGRES].concat();
    wanted.sort_unstable();
    let found = postgres.query(
        "SELECT replace(pg_get_indexdef(indexrelid), '\"timestamp\"', 'timestamp') \
         FROM pg_index JOIN pg_class ON oid = indexrelid \
         WHERE indisvalid AND relnamespace = 'coherence'::regnamespace AND relname LIKE 'idx%' ORDER BY relname COLLATE \"C\"",
    );
    assert_eq!(definitions(&found), wanted);
}

/// CREATE INDEX as both print it, up to the condition, which each writes in its own way.
fn definitions(found: &str) -> Vec<String> {
    let lines = found.lines().filter_map(|line| line.strip_prefix("CREATE INDEX "));
    let plain = lines.map(|line| line.replace("coherence.", "").replace("public.", "").replace("USING btree ", ""));
    plain.map(|line| line.split_inclusive(" WHERE").next().unwrap_or_default().replace("    WHERE", "WHERE")).collect()
}

/// What is refused, and the words that say why on SQLite and on PostgreSQL.
fn refusals() -> Vec<(String, &'static str, &'static str)> {
    let project = |ecosystem: &str, name: &str| {
        format!("INSERT INTO projects (ecosystem, name) VALUES ('{ecosystem}', '{name}')")
    };
    let edge = |from: u32, to: u32| {
        format!("INSERT INTO project_dependencies (from_project_id, to_project_id) VALUES ({from}, {to})")
    };
    let given = |contributor: u32, asset: u32, cost: &str, score: &str| {
        format!(
            "INSERT INTO contributions (contributor_id, asset_id, cost_amount, coherence_score) \
             VALUES ('{}', '{}', {cost}, {score})",
            uuid(contributor),
            uuid(asset)
        )
    };
    let task = |id: &str, columns: &str, values: &str| {
        let task_type = if columns.contains("task_type") { "" } else { "task_type, " };
        let of_type = if task_type.is_empty() { "" } else { "'spec', " };
        format!(
            "INSERT INTO agent_tasks (id, model, command, {task_type}{columns}) \
             VALUES ('{id}', 'model', 'run', {of_type}{values})"
        )
    };
    let long = "x".repeat(256);
    vec![
        (project("NPM", "vue"), "ecosystem_is_lower_case", "ecosystem_is_lower_case"),
        (project("npm", "Vue"), "name_is_lower_case", "name_is_lower_case"),
        (project("npm", "react"), "UNIQUE", "23505"),
        (project(&long[..101], "vue"), "projects_ecosystem", "22001"),
        (project("npm", &long), "projects_name", "22001"),
        ("UPDATE projects SET name = 'Redux' WHERE id = 1".into(), "name_is_lower_case", "name_is_lower_case"),
        (edge(1, 1), "no_project_needs_itself", "no_project_needs_itself"),
        (edge(1, 2), "UNIQUE", "23505"),
        (edge(1, 99), "FOREIGN KEY", "23503"),
        (edge(99, 1), "FOREIGN KEY", "23503"),
        (given(1, 1, "-0.01", "1"), "contributions_cost_amount", "contributions_cost_amount"),
        (given(1, 1, "1", "1.01"), "contributions_coherence_score", "contributions_coherence_score"),
        (given(1, 1, "1", "-0.01"), "contributions_coherence_score", "contributions_coherence_score"),
        (given(1, 1, "10000000000000", "1"), "contributions_cost_amount", "22003"),
        (given(1, 1, "'dear'", "1"), "contributions_cost_amount", "22P02"),
        (given(1, 1, "'NaN'", "1"), "contributions_cost_amount", "contributions_cost_amount"),
        (given(1, 1, "1", "'NaN'"), "contributions_coherence_score", "contributions_coherence_score"),
        (given(1, 1, "NULL", "1"), "NOT NULL", "23502"),
        (given(9, 1, "1", "1"), "FOREIGN KEY", "23503"),
        (given(1, 9, "1", "1"), "FOREIGN KEY", "23503"),
        ("INSERT INTO contributors (id, name) VALUES ('me', 'me')".into(), "contributors_id", "22P02"),
        (
            format!("INSERT INTO contributors (id, name) VALUES ('{}', 'me')", "-".repeat(36)),
            "contributors_id",
            "22P02",
        ),
        (
            format!("INSERT INTO contributors (id, name) VALUES ('{}', 'me')", uuid(1).replace('4', "g")),
            "contributors_id",
            "22P02",
        ),
        (
            "INSERT INTO projects (ecosystem, name, dependency_count) VALUES ('npm', 'vue', 'many')".into(),
            "INTEGER",
            "22P02",
        ),
        ("INSERT INTO contributors (name, metadata) VALUES ('me', '{')".into(), "contributors_metadata", "22P02"),
        ("UPDATE assets SET total_cost = NULL".into(), "NOT NULL", "23502"),
        ("UPDATE assets SET created_at = 'yesterday or so'".into(), "assets_created_at", "22007"),
        ("UPDATE agent_tasks SET started_at = '2026-02-30T10:00:00.000Z'".into(), "agent_tasks_started_at", "22008"),
        (task("2", "direction", "'  '"), "direction_not_empty", "direction_not_empty"),
        (task("2", "direction, task_type", "'go', 'chat'"), "agent_tasks_task_type", "22P02"),
        (task("2", "direction, status", "'go', 'done'"), "agent_tasks_status", "22P02"),
        (task("2", "direction, progress_pct", "'go', 101"), "agent_tasks_progress_pct", "agent_tasks_progress_pct"),
        (task("2", "direction, progress_pct", "'go', -1"), "agent_tasks_progress_pct", "agent_tasks_progress_pct"),
        (task(&long[..51], "direction", "'go'"), "agent_tasks_id", "22001"),
        (task("1", "direction", "'go'"), "UNIQUE", "23505"),
    ]
}

/// Each is the neighbour of one that is refused.
const ACCEPTED: [&str; 7] = [
    "INSERT INTO projects (ecosystem, name) VALUES ('npm', 'react'), ('npm', '@vue/core-2'), ('pypi', 'react')",
    "INSERT INTO project_dependencies (from_project_id, to_project_id) VALUES (1, 2), (2, 1)",
    "INSERT INTO contributions (contributor_id, asset_id, cost_amount, coherence_score) \
       SELECT c.id, a.id, 0, 0 FROM contributors c, assets a",
    "INSERT INTO contributions (contributor_id, asset_id, cost_amount, coherence_score) \
       SELECT c.id, a.id, 12.34, 1 FROM contributors c, assets a",
    "INSERT INTO contributors (name, metadata) VALUES ('me', '{\"a\": [1]}'), ('you', NULL)",
    "INSERT INTO agent_tasks (id, direction, task_type, model, command, progress_pct) \
       VALUES ('1', 'go', 'heal', 'm', 'c', 0), ('11', 'go', 'impl', 'm', 'c', 100), ('111', 'go', 'test', 'm', 'c', NULL)",
    "UPDATE agent_tasks SET status = 'needs_decision'",
];

#[test]
fn each_check_refuses_and_its_neighbour_passes() {
    for system in both() {
        people_and_assets(&system);
        ACCEPTED.iter().for_each(|sql| {
            system.query(sql);
        });
        for (sql, on_sqlite, on_postgres) in refusals() {
            let said = system.refused(&sql);
            let wanted = if system.is_sqlite() { on_sqlite } else { on_postgres };
            assert!(said.contains(wanted), "expected {wanted:?}\nin: {sql}\n{said}");
        }
    }
}

#[test]
fn what_is_not_given_has_a_default() {
    for system in both() {
        system.query("INSERT INTO projects (ecosystem, name) VALUES ('npm', 'react')");
        system.query("INSERT INTO contributors (name) VALUES ('a'), ('b')");
        system.query("INSERT INTO assets (name, asset_type) VALUES ('a', 'code')");
        let task =
            "INSERT INTO agent_tasks (id, direction, task_type, model, command) VALUES ('1', 'go', 'spec', 'm', 'c')";
        system.query(task);
        assert_eq!(system.query("SELECT id, dependency_count, description FROM projects"), "1|0|");
        assert_eq!(system.query("SELECT status, context, progress_pct, updated_at FROM agent_tasks"), "pending|{}||");
        let costs_nothing = "SELECT count(*) FROM assets WHERE total_cost = 0 AND created_at = updated_at";
        assert_eq!(system.query(costs_nothing), "1");
        for id in system.query("SELECT id FROM contributors").lines() {
            let parts: Vec<_> = id.split('-').collect();
            assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12], "{id}");
            assert!(parts[2].starts_with('4') && parts[3].starts_with(['8', '9', 'a', 'b']), "{id}");
        }
    }
}

#[test]
fn what_names_a_deleted_row_goes_with_it() {
    for system in both() {
        people_and_assets(&system);
        ACCEPTED.iter().for_each(|sql| {
            system.query(sql);
        });
        let keys = system.foreign_keys();
        assert_eq!(keys.len(), 4, "{keys:?}");
        for key in &keys {
            let value = if key[2] == "projects" { "1".to_owned() } else { format!("'{}'", uuid(1)) };
            let gone = if key[2] == "projects" { 2 } else { 4 };
            assert_eq!(system.on_delete(key, &value), (gone, 0), "{key:?}");
        }
    }
}

/// A time that differs from row to row, in the form that the backend takes.
pub(super) fn time(system: &System) -> &'static str {
    if system.is_sqlite() {
        "strftime('%Y-%m-%dT%H:%M:%fZ', 1700000000 + 60 * i, 'unixepoch')"
    } else {
        "to_timestamp(1700000000 + 60 * i)"
    }
}

/// Many rows, of which each question below is about few.
fn fill(system: &System) {
    let time = time(system);
    let key = if system.is_sqlite() {
        "'00000000-0000-4000-8000-' || printf('%012d', i)"
    } else {
        "('00000000-0000-4000-8000-' || lpad(i::text, 12, '0'))::uuid"
    };
    for (into, select) in [
        ("projects (ecosystem, name)", "'ecosystem ' || (i % 40), 'name ' || i".to_owned()),
        ("project_dependencies (from_project_id, to_project_id)", "i, i % 2000 + 2001".to_owned()),
        (
            "contributors (id, name, email, github_username, created_at)",
            format!("{key}, 'name', 'mail ' || i, 'user ' || i, {time}"),
        ),
        ("assets (id, name, asset_type, created_at)", format!("{key}, 'name', 'type ' || (i % 400), {time}")),
        (
            "contributions (contributor_id, asset_id, cost_amount, coherence_score, timestamp)",
            format!("{key}, {key}, i, (i % 100) / 100.0, {time}"),
        ),
        (
            "agent_tasks (id, direction, task_type, model, command, created_at, updated_at)",
            format!("i, 'go', 'impl', 'm', 'c', {time}, {time}"),
        ),
    ] {
        let range = if into.starts_with("project_dependencies") { " WHERE i <= 2000" } else { "" };
        system.query(&format!("INSERT INTO {into} {} SELECT {select} FROM n{range}", numbers(4000)));
    }
    system.query("UPDATE agent_tasks SET task_type = 'review', status = 'running' WHERE id IN ('7', '9')");
    system.query("ANALYZE");
}

#[test]
fn each_question_is_answered_by_its_index() {
    for system in both() {
        fill(&system);
        let (one, newest) = (uuid(77), "LIMIT 10");
        let asked = [
            ("idx_projects_name", "SELECT id FROM projects WHERE name = 'name 77'".to_owned()),
            ("idx_dependencies_to", "SELECT id FROM project_dependencies WHERE to_project_id = 2077".to_owned()),
            ("idx_contributors_github", "SELECT id FROM contributors WHERE github_username = 'user 77'".to_owned()),
            ("idx_contributors_email", "SELECT id FROM contributors WHERE email = 'mail 77'".to_owned()),
            ("idx_contributors_created", format!("SELECT id FROM contributors ORDER BY created_at DESC {newest}")),
            ("idx_assets_type", "SELECT id FROM assets WHERE asset_type = 'type 77'".to_owned()),
            ("idx_assets_created", format!("SELECT id FROM assets ORDER BY created_at DESC {newest}")),
            ("idx_assets_total_cost", format!("SELECT id FROM assets ORDER BY total_cost DESC {newest}")),
            ("idx_contributions_contributor", format!("SELECT id FROM contributions WHERE contributor_id = '{one}'")),
            ("idx_contributions_asset", format!("SELECT id FROM contributions WHERE asset_id = '{one}'")),
            ("idx_contributions_timestamp", format!("SELECT id FROM contributions ORDER BY timestamp DESC {newest}")),
            (
                "idx_contributions_coherence",
                format!("SELECT id FROM contributions ORDER BY coherence_score DESC {newest}"),
            ),
            ("idx_agent_tasks_created", format!("SELECT id FROM agent_tasks ORDER BY created_at DESC {newest}")),
            ("idx_agent_tasks_updated", format!("SELECT id FROM agent_tasks ORDER BY updated_at DESC {newest}")),
            ("idx_agent_tasks_status", "SELECT id FROM agent_tasks WHERE status = 'running'".to_owned()),
            ("idx_agent_tasks_type", "SELECT id FROM agent_tasks WHERE task_type = 'review'".to_owned()),
        ];
        for (index, query) in asked {
            system.uses(index, &query);
        }
    }
}
