//! What the columns of agents' memory take by themselves, and what PostgreSQL's types refuse on SQLite too.

use schemactl_test_support::rusqlite::Connection;
use schemactl_test_support::rusqlite::functions::FunctionFlags;
use schemactl_test_support::sqlite;

use super::agent_memory::{NAME, both};
use super::system::System;

/// A row in each table, with what has no default.
const ROWS: &str = "
INSERT INTO agents (agent_id, agent_type, status) VALUES ('a', 'pm', 'active');
INSERT INTO projects (project_id, name) VALUES ('p', 'name');
INSERT INTO tasks (task_id, agent_id, title) VALUES ('t', 'a', 'title');
INSERT INTO agent_messages (message_id, from_agent, to_agent, message_type) VALUES ('m', 'a', 'a', 'ask');
INSERT INTO context_sessions (session_id, agent_id) VALUES ('s', 'a');
INSERT INTO memory_snapshots (snapshot_id, session_id, file_path) VALUES ('m', 's', 'memory_snapshots/m.json');
INSERT INTO performance_metrics (agent_id, task_id, metric_name, metric_value) VALUES ('a', 't', 'latency', 1.5);
INSERT INTO git_state (agent_id, branch_name, commit_hash)
    VALUES ('a', 'main', '0123456789abcdef0123456789abcdef01234567');
INSERT INTO pull_requests (pull_request_id, author_agent, repository, number, title, source_branch)
    VALUES ('r', 'a', 'shop', 1, 'title', 'work');
INSERT INTO configurations (agent_id, config_key, value) VALUES ('a', 'model', '1');
INSERT INTO events (agent_id, event_type) VALUES ('a', 'started');
INSERT INTO project_tasks (project_id, task_id) VALUES ('p', 't');
INSERT INTO checkpoints (checkpoint_id, project_id, state) VALUES ('c', 'p', '{}');";

/// The moments that are set by themselves.
const NOW: &[(&str, &str)] = &[
    ("agents", "created_at"),
    ("agents", "last_activity"),
    ("projects", "created_at"),
    ("projects", "updated_at"),
    ("tasks", "created_at"),
    ("agent_messages", "created_at"),
    ("context_sessions", "started_at"),
    ("memory_snapshots", "created_at"),
    ("performance_metrics", "recorded_at"),
    ("git_state", "recorded_at"),
    ("pull_requests", "created_at"),
    ("configurations", "updated_at"),
    ("events", "created_at"),
    ("project_tasks", "added_at"),
    ("checkpoints", "created_at"),
];

/// Those that are not.
const LATER: &[(&str, &str)] = &[
    ("tasks", "started_at"),
    ("tasks", "completed_at"),
    ("agent_messages", "read_at"),
    ("context_sessions", "ended_at"),
    ("pull_requests", "merged_at"),
];

#[test]
fn defaults_are_the_same_on_both() {
    for system in both() {
        system.query(ROWS.trim_end_matches(';'));
        for (query, expected) in [
            ("SELECT worktree_path, branch_name, configuration FROM agents", "||"),
            ("SELECT status FROM projects", "active"),
            ("SELECT status, priority, result FROM tasks", "pending|3|"),
            ("SELECT payload FROM agent_messages", "{}"),
            ("SELECT context, token_count FROM context_sessions", "{}|0"),
            ("SELECT status, target_branch FROM pull_requests", "open|main"),
            ("SELECT severity, data FROM events", "info|{}"),
            ("SELECT metric_id FROM performance_metrics", "1"),
        ] {
            assert_eq!(system.query(query), expected, "{query}");
        }
        let is_dirty = system.query("SELECT is_dirty FROM git_state");
        assert_eq!(is_dirty, if system.is_sqlite() { "0" } else { "f" });
        for (table, column) in NOW {
            let lately = if system.is_sqlite() {
                format!("SELECT abs(julianday('now') - julianday({column})) < 0.001 FROM {table}")
            } else {
                format!("SELECT CASE WHEN now() - {column} < interval '1 min' THEN 1 END FROM {table}")
            };
            assert_eq!(system.query(&lately), "1", "{table}.{column}");
        }
        for (table, column) in LATER {
            assert_eq!(system.query(&format!("SELECT {column} FROM {table}")), "", "{table}.{column}");
        }
    }
}

/// Otherwise a row that SQLite took could not be moved.
#[test]
fn what_types_refuse_on_postgres_is_refused_on_sqlite() {
    for system in both() {
        system.query(ROWS.trim_end_matches(';'));
        for (table, column) in NOW.iter().chain(LATER) {
            for moment in ["soon", "2026-02-30T10:00:00.000Z"] {
                system.refused(&format!("UPDATE {table} SET {column} = '{moment}'"));
            }
            if system.is_sqlite() {
                // PostgreSQL has a type; here the order of texts has to be that of time.
                for moment in ["2026-01-31 10:00:00", "2026-01-31T10:00:00Z", "2026-01-31T10:00:00.000+01:00"] {
                    let error = system.refused(&format!("UPDATE {table} SET {column} = '{moment}'"));
                    assert!(error.contains(&format!("CHECK constraint failed: {table}_{column}")), "{error}");
                }
            }
        }
        for (table, column) in [
            ("tasks", "priority"),
            ("context_sessions", "token_count"),
            ("performance_metrics", "metric_value"),
            ("git_state", "is_dirty"),
            ("pull_requests", "number"),
        ] {
            system.refused(&format!("UPDATE {table} SET {column} = 'much'"));
        }
    }
}

/// What the application has may be older than what schemactl has.
#[test]
fn a_document_may_be_missing_where_json_valid_of_null_is_0() {
    let system = System::sqlite(NAME).up();
    let connection = older(&system);
    assert_eq!(sqlite::query(&connection, "SELECT json_valid(NULL)"), "0");
    connection.execute_batch(ROWS).unwrap();
    let documents =
        "SELECT configuration IS NULL, result IS NULL, content IS NULL FROM agents, tasks, memory_snapshots";
    assert_eq!(sqlite::query(&connection, documents), "1|1|1");
}

/// A connection to which NULL is no JSON, as to that of `SQLite` 3.40.
fn older(system: &System) -> Connection {
    let connection = system.connect();
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    connection
        .create_scalar_function("json_valid", 1, flags, |context| Ok(context.get::<Option<String>>(0)?.is_some()))
        .unwrap();
    connection
}
