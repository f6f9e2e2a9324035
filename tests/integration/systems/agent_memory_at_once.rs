//! Twelve agents at work at the same time, as the plan wants of ten and more: none is refused, none is held up.

use schemactl_test_support::rusqlite::Connection;

use super::agent_memory::{NAME, both};
use super::system::System;

const AGENTS: u32 = 12;
const ROUNDS: u32 = 25;

/// What agent `i` does in a round: it takes up a task, says so to the next one, and writes down what it knows.
fn round(i: u32, round: u32) -> String {
    let next = i % AGENTS + 1;
    format!(
        "INSERT INTO tasks (task_id, agent_id, parent_task_id, title)
             VALUES ('task {i} {round}', 'agent {i}', 'task of all', 'title');
         INSERT INTO agent_messages (message_id, from_agent, to_agent, message_type)
             VALUES ('message {i} {round}', 'agent {i}', 'agent {next}', 'taken');
         INSERT INTO memory_snapshots (snapshot_id, session_id, content)
             VALUES ('snapshot {i} {round}', 'session {i}', '{{\"round\": {round}}}');
         INSERT INTO performance_metrics (agent_id, task_id, metric_name, metric_value)
             VALUES ('agent {i}', 'task {i} {round}', 'latency', {round});
         INSERT INTO events (agent_id, event_type) VALUES ('agent {i}', 'round');
         UPDATE context_sessions SET token_count = token_count + 10 WHERE session_id = 'session {i}';
         UPDATE agents SET status = CASE status WHEN 'idle' THEN 'active' ELSE 'idle' END WHERE agent_id = 'agent {i}';"
    )
}

/// Runs the rounds of an agent, each in a transaction of its own.
fn work(system: &System, i: u32) {
    if system.is_sqlite() {
        let connection = writer(system);
        for number in 1..=ROUNDS {
            connection.execute_batch(&format!("BEGIN IMMEDIATE; {} COMMIT;", round(i, number))).unwrap();
        }
    } else {
        let mut session = system.session();
        session.run(&format!("SET search_path TO {NAME}; SET lock_timeout = '10s'"));
        for number in 1..=ROUNDS {
            assert_eq!(session.run(&format!("BEGIN; {} COMMIT;", round(i, number))), "");
        }
    }
}

/// As an application has it that has many writers: each waits for its turn, readers for nobody.
fn writer(system: &System) -> Connection {
    let connection = system.connect();
    connection
        .execute_batch("PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
        .unwrap();
    connection
}

#[test]
fn twelve_agents_write_at_once() {
    for system in both() {
        for i in 1..=AGENTS {
            system.query(&format!(
                "INSERT INTO agents (agent_id, agent_type, status) VALUES ('agent {i}', 'integration', 'idle');
                 INSERT INTO context_sessions (session_id, agent_id) VALUES ('session {i}', 'agent {i}')"
            ));
        }
        system.query("INSERT INTO tasks (task_id, title) VALUES ('task of all', 'title')");
        if system.is_sqlite() {
            drop(writer(&system));
        }
        std::thread::scope(|scope| {
            for i in 1..=AGENTS {
                let system = &system;
                scope.spawn(move || work(system, i));
            }
        });

        let all = (AGENTS * ROUNDS).to_string();
        for table in ["agent_messages", "memory_snapshots", "performance_metrics", "events"] {
            assert_eq!(system.query(&format!("SELECT count(*) FROM {table}")), all, "{table}");
        }
        let sessions = "SELECT min(token_count), max(token_count), count(*) FROM context_sessions";
        assert_eq!(system.query(sessions), format!("{0}|{0}|{AGENTS}", ROUNDS * 10));
        let parts = "SELECT count(*) FROM tasks WHERE parent_task_id = 'task of all'";
        assert_eq!(system.query(parts), all);
    }
}
