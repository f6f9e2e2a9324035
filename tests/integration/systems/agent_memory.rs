//! Agents' memory: every foreign key is looked up by its index, checks refuse, deletes act, documents are searched.

use std::collections::BTreeSet;

use super::system::System;

pub(super) const NAME: &str = "agent_memory";

pub(super) fn both() -> [System; 2] {
    [System::sqlite(NAME).up(), System::postgres(NAME, NAME).up()]
}

/// How many rows a table gets, two of children for each parent.
const ROWS: u32 = 4000;

/// Rows in every table, so that each key is named by few of them.
fn fill(system: &System) {
    let rows = |count: u32, insert: &str| {
        format!(
            "INSERT INTO {} FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) \
               SELECT i, i % {} + 1 AS p FROM n) AS n;\n",
            insert,
            ROWS / 2
        )
    };
    let mut sql = rows(
        ROWS / 2,
        "agents (agent_id, agent_type, status) SELECT 'agent ' || i, 'pm', CASE i % 4 WHEN 0 THEN 'crashed' ELSE 'idle' END",
    );
    sql += &rows(ROWS / 2, "projects (project_id, name) SELECT 'project ' || i, 'name ' || i");
    sql += &rows(
        ROWS,
        "tasks (task_id, agent_id, parent_task_id, title, status, priority) SELECT 'task ' || i, 'agent ' || p, \
           CASE WHEN i > 1 THEN 'task ' || (i / 2) END, 'title', CASE i % 9 WHEN 0 THEN 'pending' ELSE 'completed' END, i % 5 + 1",
    );
    for insert in [
        "agent_messages (message_id, from_agent, to_agent, message_type) SELECT i, 'agent ' || p, 'agent ' || p, 'ask'",
        "context_sessions (session_id, agent_id) SELECT 'session ' || i, 'agent ' || p",
        "memory_snapshots (snapshot_id, session_id, content) SELECT i, 'session ' || p, '{}'",
        "performance_metrics (agent_id, task_id, metric_name, metric_value) \
           SELECT 'agent ' || p, 'task ' || p, 'metric ' || (i % 50), i",
        "git_state (agent_id, branch_name, commit_hash) \
           SELECT 'agent ' || p, 'main', '0123456789abcdef0123456789abcdef01234567'",
        "pull_requests (pull_request_id, author_agent, repository, number, title, source_branch) \
           SELECT i, 'agent ' || p, 'shop', i, 'title', 'work'",
        "configurations (agent_id, config_key, value) SELECT 'agent ' || p, 'key ' || i, '1'",
        "events (agent_id, event_type) SELECT 'agent ' || p, 'type ' || (i % 50)",
        "project_tasks (project_id, task_id) SELECT 'project ' || p, 'task ' || i",
        "checkpoints (checkpoint_id, project_id, state) SELECT i, 'project ' || p, '{}'",
    ] {
        sql += &rows(ROWS, insert);
    }
    sql += "ANALYZE;";
    system.query(&sql);
}

/// A key that some rows of every child name, and whose own children have none.
fn key(parent: &str) -> String {
    format!("'{} {}'", parent.trim_start_matches("context_").trim_end_matches('s'), ROWS / 2)
}

#[test]
fn each_foreign_key_is_looked_up_by_its_index() {
    for system in both() {
        fill(&system);
        let keys = system.foreign_keys();
        assert_eq!(keys.len(), 15, "{keys:?}");
        for [table, column, parent, _] in &keys {
            let index = format!("idx_{table}_{column}");
            system.uses(&index, &format!("SELECT * FROM {table} WHERE {column} = {}", key(parent)));
        }
    }
}

#[test]
fn without_the_second_phase_tables_are_read_whole() {
    for system in [System::sqlite(NAME), System::postgres(NAME, NAME)] {
        system.run("up --phase tables").ok().stdout_has("13 applied");
        fill(&system);
        let plan = system.explain("SELECT * FROM tasks WHERE agent_id = 'agent 7'");
        assert!(plan.starts_with("Seq Scan") || plan.contains("SCAN tasks"), "{plan}");
        system.run("up --phase foreign_keys").ok().stdout_has("1 applied");
        system.uses("idx_tasks_agent_id", "SELECT * FROM tasks WHERE agent_id = 'agent 7'");
    }
}

#[test]
fn each_delete_acts() {
    let kept = [
        "agent_messages.from_agent",
        "events.agent_id",
        "performance_metrics.task_id",
        "pull_requests.author_agent",
        "tasks.agent_id",
    ];
    for system in both() {
        fill(&system);
        for foreign_key in system.foreign_keys() {
            let [table, column, parent, _] = &foreign_key;
            let name = format!("{table}.{column}");
            let (gone, emptied) = system.on_delete(&foreign_key, &key(parent));
            if name == "agent_messages.from_agent" {
                // Its rows are to the same agent, too: see below.
                assert_eq!((gone, emptied), (2, 0));
            } else if kept.contains(&name.as_str()) {
                assert!(gone == 0 && emptied > 0, "{name}: {gone} gone, {emptied} emptied");
            } else {
                assert!(gone > 0 && emptied == 0, "{name}: {gone} gone, {emptied} emptied");
            }
        }
        system.query("UPDATE agent_messages SET to_agent = 'agent 1'");
        let from = ["agent_messages", "from_agent", "agents", "agent_id"].map(str::to_owned);
        assert_eq!(system.on_delete(&from, &key("agents")), (0, 2));
    }
}

/// Every check by its name, and what breaks it.
const CHECKS: &[(&str, &str, &str)] = &[
    ("agents_status", "agents", "status = 'lost'"),
    ("valid_agent_type", "agents", "agent_type = 'cook'"),
    ("projects_status", "projects", "status = 'lost'"),
    ("tasks_status", "tasks", "status = 'lost'"),
    ("tasks_priority", "tasks", "priority = 6"),
    ("tasks_not_own_parent", "tasks", "parent_task_id = task_id"),
    (
        "tasks_times_in_order",
        "tasks",
        "started_at = '2026-01-01T10:00:00.000Z', completed_at = '2026-01-01T09:59:59.999Z'",
    ),
    ("agent_messages_times_in_order", "agent_messages", "read_at = '2020-01-01T00:00:00.000Z'"),
    ("context_sessions_token_count", "context_sessions", "token_count = -1"),
    ("context_sessions_times_in_order", "context_sessions", "ended_at = '2020-01-01T00:00:00.000Z'"),
    ("memory_snapshots_one_place", "memory_snapshots", "file_path = 'a.json'"),
    ("memory_snapshots_one_place", "memory_snapshots", "content = NULL"),
    ("memory_snapshots_relative_path", "memory_snapshots", "content = NULL, file_path = '/etc/passwd'"),
    ("memory_snapshots_relative_path", "memory_snapshots", "content = NULL, file_path = 'memory_snapshots/../a'"),
    ("git_state_commit_hash", "git_state", "commit_hash = 'abc123'"),
    ("git_state_commit_hash", "git_state", "commit_hash = '0123456789ABCDEF0123456789abcdef01234567'"),
    ("pull_requests_number_positive", "pull_requests", "number = 0"),
    ("pull_requests_status", "pull_requests", "status = 'lost'"),
    ("pull_requests_merged", "pull_requests", "status = 'merged'"),
    ("pull_requests_merged", "pull_requests", "merged_at = '2030-01-01T00:00:00.000Z'"),
    ("pull_requests_two_branches", "pull_requests", "source_branch = target_branch"),
    ("events_severity", "events", "severity = 'lost'"),
];

#[test]
fn each_check_refuses() {
    for system in both() {
        fill(&system);
        for (name, table, assignment) in CHECKS {
            let expected = if system.is_sqlite() {
                format!("CHECK constraint failed: {name}")
            } else {
                format!("violates check constraint \"{name}\"")
            };
            let message = system.refused(&format!("UPDATE {table} SET {assignment}"));
            assert!(message.contains(&expected), "{name}: {message}");
        }
        if !system.is_sqlite() {
            let there = system.query(
                "SELECT conname FROM pg_constraint WHERE contype = 'c' AND connamespace = 'agent_memory'::regnamespace \
                   AND conrelid::regclass::text NOT LIKE '%schema_migrations%'",
            );
            let tried: BTreeSet<_> = CHECKS.iter().map(|check| check.0).collect();
            assert_eq!(there.lines().collect::<BTreeSet<_>>(), tried);
        }
        for (table, column) in [
            ("agents", "configuration"),
            ("tasks", "result"),
            ("agent_messages", "payload"),
            ("context_sessions", "context"),
            ("memory_snapshots", "content"),
            ("configurations", "value"),
            ("events", "data"),
            ("checkpoints", "state"),
        ] {
            let message = system.refused(&format!("UPDATE {table} SET {column} = '{{\"a\":'"));
            assert!(message.contains("json") || message.contains(&format!("{table}_{column}")), "{message}");
        }
    }
}

#[test]
fn keys_are_kept_apart() {
    for system in both() {
        system
            .query("INSERT INTO agents (agent_id, agent_type, status) VALUES ('a', 'pm', 'idle'), ('b', 'pm', 'idle')");
        let configure = |agent: &str| {
            format!("INSERT INTO configurations (agent_id, config_key, value) VALUES ({agent}, 'model', '1')")
        };
        for agent in ["'a'", "'b'", "NULL"] {
            system.query(&configure(agent));
            let message = system.refused(&configure(agent)).to_lowercase();
            assert!(message.contains("unique"), "{message}");
        }
        // A merged request with its time, and a snapshot in a file, are as good as the others.
        system.query(
            "INSERT INTO pull_requests (pull_request_id, repository, number, title, source_branch, status, merged_at) \
             VALUES ('p', 'shop', 1, 'title', 'work', 'merged', '2030-01-01T00:00:00.000Z')",
        );
        system.query("INSERT INTO context_sessions (session_id, agent_id) VALUES ('s', 'a')");
        system.query(
            "INSERT INTO memory_snapshots (snapshot_id, session_id, file_path) VALUES ('m', 's', 'memory_snapshots/m.json')",
        );
        assert_eq!(system.query("SELECT token_count, context FROM context_sessions"), "0|{}");
    }
}

#[test]
fn documents_are_searched_by_their_indexes() {
    let system = System::postgres(NAME, NAME).up();
    fill(&system);
    system.query(
        "UPDATE agents SET configuration = jsonb_build_object('model', agent_id, 'only ' || agent_id, true);
         UPDATE context_sessions SET context = jsonb_build_object('file', session_id);
         UPDATE memory_snapshots SET content = jsonb_build_object('topic', snapshot_id);
         UPDATE events SET data = jsonb_build_object('code', event_id);
         VACUUM ANALYZE;",
    );
    for (index, found, query) in [
        (
            "idx_agents_configuration_gin",
            "agent 7",
            "SELECT agent_id FROM agents WHERE configuration @> '{\"model\": \"agent 7\"}'",
        ),
        ("idx_agents_configuration_gin", "agent 8", "SELECT agent_id FROM agents WHERE configuration ? 'only agent 8'"),
        (
            "idx_agents_configuration_gin",
            "agent 9",
            "SELECT agent_id FROM agents WHERE configuration @@ '$.model == \"agent 9\"'",
        ),
        (
            "idx_context_sessions_context_gin",
            "session 7",
            "SELECT session_id FROM context_sessions WHERE context @> '{\"file\": \"session 7\"}'",
        ),
        (
            "idx_memory_snapshots_content_gin",
            "7",
            "SELECT snapshot_id FROM memory_snapshots WHERE content @> '{\"topic\": \"7\"}'",
        ),
        ("idx_events_data_gin", "7", "SELECT event_id FROM events WHERE data @> '{\"code\": 7}'"),
        ("idx_events_data_gin", "8", "SELECT event_id FROM events WHERE data @? '$.code ? (@ == 8)'"),
    ] {
        system.uses(index, query);
        assert_eq!(system.query(query), found);
    }
}

#[test]
fn queries_are_found_and_sorted_by_one_index() {
    let system = System::postgres(NAME, NAME).up();
    fill(&system);
    for (index, query) in [
        (
            "idx_agents_status_activity",
            "SELECT * FROM agents WHERE status = 'crashed' AND last_activity < now() - interval '5 min'",
        ),
        (
            "idx_tasks_status_queue",
            "SELECT * FROM tasks WHERE status = 'pending' ORDER BY priority, created_at LIMIT 10",
        ),
        (
            "idx_events_type_created",
            "SELECT * FROM events WHERE event_type = 'type 7' ORDER BY created_at DESC LIMIT 20",
        ),
        (
            "idx_performance_metrics_name_recorded",
            "SELECT * FROM performance_metrics WHERE metric_name = 'metric 7' AND recorded_at > now() - interval '1 h' \
             ORDER BY recorded_at LIMIT 20",
        ),
    ] {
        system.uses(index, query);
        let plan = system.explain(query);
        assert!(!plan.contains("Sort"), "{plan}");
    }
}

#[test]
fn both_backends_have_the_same_tables_and_columns() {
    let [on_sqlite, on_postgres] = both();
    let columns = on_sqlite.query(
        "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table' \
           AND t.name NOT LIKE 'schema_migrations%' AND t.name NOT LIKE 'sqlite_%' ORDER BY t.name, c.cid",
    );
    let expected = on_postgres.query(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'agent_memory' \
           AND table_name NOT LIKE 'schema_migrations%' ORDER BY table_name COLLATE \"C\", ordinal_position",
    );
    assert_eq!(columns, expected);
    assert_eq!(columns.lines().filter_map(|line| line.split('|').next()).collect::<BTreeSet<_>>().len(), 13);
}
