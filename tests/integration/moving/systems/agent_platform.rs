//! agent_platform: agents and tasks, which keep their ids and each other, moved before the indexes are built.

use schemactl_test_support::rusqlite::{Connection, params};

use super::Moved;
use super::seeded::{Seeded, insert, time};

pub(super) fn fill(to: &Connection) {
    let from = &Seeded::new(5);
    let agents: Vec<String> = (0..500).map(|_| from.uuid()).collect();
    for id in &agents {
        insert(
            to,
            "agents (id, name, agent_type, status, capabilities, system_prompt, created_at, updated_at)",
            params![
                id,
                from.words(),
                from.pick(&["chief_of_staff", "master_operator"]),
                from.pick(&["idle", "active", "busy", "error", "offline"]),
                "[\"chat\", \"größe\"]",
                from.maybe(50, from.words()),
                time(from.moment()),
                from.maybe(50, time(from.moment()))
            ],
        );
    }
    for n in 0..3_000 {
        let agent = (n % 4 > 0).then(|| from.pick(&agents));
        insert(
            to,
            "tasks (id, title, description, status, priority, assigned_agent_id, created_at, updated_at)",
            params![
                from.uuid(),
                format!("{} {n}", from.words()),
                from.maybe(50, from.words()),
                from.pick(&["pending", "in_progress", "completed", "failed", "cancelled"]),
                from.pick(&["low", "medium", "high", "urgent"]),
                agent,
                time(from.moment()),
                from.maybe(50, time(from.moment()))
            ],
        );
    }
}

/// `datetime.now().isoformat()`, `json.dumps(json.dumps(...))`, `str(None)`, ids of another runtime, words of an earlier release.
pub(super) const DIRT: &str = "
UPDATE agents SET created_at = rtrim(created_at, 'Z') || '456', updated_at = replace(rtrim(updated_at, 'Z'), 'T', ' ');
UPDATE agents SET id = upper(id) WHERE rowid % 3 = 0;
UPDATE agents SET id = replace(id, '-', '') WHERE rowid % 3 = 1;
UPDATE agents SET capabilities = '[''chat'', ''größe'']' WHERE rowid % 4 = 0;
UPDATE agents SET capabilities = json_quote(CAST(capabilities AS TEXT)) WHERE rowid % 4 = 1;
UPDATE agents SET capabilities = CAST(capabilities AS BLOB) WHERE rowid % 4 = 2;
UPDATE agents SET status = 'Busy ' WHERE status = 'busy';
UPDATE tasks SET assigned_agent_id = CASE rowid % 3 WHEN 0 THEN '' WHEN 1 THEN 'None' END WHERE assigned_agent_id IS NULL;
UPDATE tasks SET assigned_agent_id = 'urn:uuid:' || assigned_agent_id WHERE rowid % 5 = 0 AND length(assigned_agent_id) = 36;
UPDATE tasks SET status = 'in-progress' WHERE status = 'in_progress';
UPDATE tasks SET priority = 'critical' WHERE priority = 'urgent'";

fn assert_answers(moved: &Moved) {
    for query in [
        "SELECT count(*) FROM tasks JOIN agents ON agents.id = assigned_agent_id",
        "SELECT count(*), count(updated_at), count(system_prompt) FROM agents",
        "SELECT id, name FROM agents WHERE status = 'active' ORDER BY id",
        "SELECT a.id, count(*), min(t.id), max(t.title) FROM agents a JOIN tasks t ON t.assigned_agent_id = a.id GROUP BY a.id ORDER BY a.id",
        "SELECT status, priority, count(*), count(description) FROM tasks GROUP BY 1, 2 ORDER BY 1, 2",
    ] {
        let there = query.replace("min(t.id), max(t.title)", "min(t.id::text), max(t.title)");
        moved.answer_the_same(query, &there);
    }
    moved.answer_the_same(
        "SELECT count(*) FROM agents WHERE capabilities ->> '$[0]' = 'chat'",
        "SELECT count(*) FROM agents WHERE capabilities ->> 0 = 'chat'",
    );
    moved.answer_the_same(
        "SELECT id, created_at, updated_at FROM tasks ORDER BY id",
        "SELECT id, to_char(created_at, 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'), to_char(updated_at, 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') FROM tasks ORDER BY id",
    );
    // What only PostgreSQL has, has its default, and what was NULL is NULL.
    let added = "SELECT DISTINCT performance_metrics, last_heartbeat IS NULL FROM agents; SELECT DISTINCT step_order, context_data, workflow_id IS NULL FROM tasks";
    assert_eq!(moved.target(added), "{}|t\n0|{}|t");
}

#[test]
fn the_shipped_twin_moves_and_each_task_keeps_its_agent() {
    let moved = Moved::new("agent_platform", "public", "collaboration", fill);
    moved.needs_no_rule();
    moved.moves();
    moved.completes();
    assert_answers(&moved);
    moved.run("status --check --backend postgres").ok();
}

#[test]
fn what_the_first_phase_wrote_becomes_the_same() {
    let moved = Moved::new("agent_platform", "public", "collaboration", fill);
    moved.loosen(DIRT);
    let config = moved.without_rules();
    assert_eq!(
        moved.findings(),
        [
            "agents.capabilities blob",
            "agents.capabilities json-in-json",
            "agents.capabilities json-python",
            "agents.created_at naive-time",
            "agents.updated_at naive-time",
            "tasks.assigned_agent_id empty",
            "tasks.assigned_agent_id null-word",
            "tasks.assigned_agent_id uuid-urn",
            "tasks_assigned_agent_id_fkey",
            "tasks_priority",
            "tasks_status",
        ]
    );
    moved.project.config(&config);
    moved.moves();
    moved.completes();
    assert_answers(&moved);
    // All six digits of the second.
    assert_eq!(
        moved.target("SELECT count(*) FROM agents WHERE extract(microseconds FROM created_at)::bigint % 1000 <> 456"),
        "0"
    );
}

/// An id that is no UUID becomes one, the same for the tasks that refer to it, and can be looked up.
#[test]
fn ids_that_are_none_stay_with_their_tasks() {
    let moved = Moved::new("agent_platform", "public", "collaboration", fill);
    moved.loosen(
        "UPDATE tasks SET assigned_agent_id = 'agent-' || (SELECT rowid FROM agents WHERE id = assigned_agent_id) WHERE assigned_agent_id IS NOT NULL;
        UPDATE agents SET id = 'agent-' || rowid;
        UPDATE tasks SET id = 'task-' || rowid",
    );
    moved.moves();
    moved.completes();
    moved.answer_the_same(
        "SELECT a.name, count(*), min(t.title) FROM agents a JOIN tasks t ON t.assigned_agent_id = a.id GROUP BY a.id ORDER BY a.name, a.rowid",
        "SELECT a.name, count(*), min(t.title) FROM agents a JOIN tasks t ON t.assigned_agent_id = a.id
            JOIN schema_migrations_move_ids i ON i.new_id = a.id GROUP BY a.id, i.old_id ORDER BY a.name, substr(i.old_id, 7)::int",
    );
    assert_eq!(moved.target("SELECT count(*) FROM schema_migrations_move_ids WHERE old_id LIKE 'agent-%'"), "500");
}
