//! agent_memory: thirteen tables, moved before the indexes of documents are built.

mod lines;

use schemactl_test_support::rusqlite::{Connection, params};

use super::Moved;
use super::seeded::{Seeded, insert, time};

const AGENTS: &[&str] = &["mesh-1", "Zoë", "pm 2", "front'end", "a\"b", "漢字"];

pub(super) fn fill(to: &Connection) {
    let from = &Seeded::new(2);
    fill_agents(to, from);
    fill_tasks(to, from);
    fill_sessions(to, from);
    fill_logs(to, from);
}

fn fill_agents(to: &Connection, from: &Seeded) {
    for id in AGENTS {
        insert(
            to,
            "agents (agent_id, agent_type, status, worktree_path, branch_name, created_at, last_activity, configuration)",
            params![
                id,
                from.pick(&["service-mesh", "integration", "pm", "frontend"]),
                from.pick(&["active", "idle", "crashed", "sleeping"]),
                from.maybe(70, "/srv/trees/ä b"),
                from.maybe(70, "feature/größe"),
                from.maybe(80, time(from.moment())),
                time(from.moment()),
                from.maybe(80, from.object())
            ],
        );
    }
    for n in 0..20 {
        insert(
            to,
            "projects (project_id, name, description, created_at, updated_at)",
            params![
                format!("p{n}"),
                format!("Projekt {n} 😀"),
                from.maybe(60, from.words()),
                time(from.moment()),
                time(from.moment())
            ],
        );
        insert(
            to,
            "checkpoints (checkpoint_id, project_id, label, state, created_at)",
            params![format!("c{n}"), format!("p{n}"), from.maybe(50, from.words()), from.object(), time(from.moment())],
        );
    }
}

fn fill_tasks(to: &Connection, from: &Seeded) {
    to.execute_batch("PRAGMA defer_foreign_keys = ON").unwrap();
    for n in 0..600 {
        let started = from.maybe(60, from.moment());
        let completed = started.and_then(|at| from.maybe(60, time(at + from.below(9_000))));
        // Each ninth has a parent that comes later in the file.
        let parent =
            if n % 9 == 0 && n < 590 { Some(n + 7) } else { from.maybe(30, n / 2).filter(|parent| *parent != n) };
        insert(
            to,
            "tasks (task_id, agent_id, parent_task_id, title, description, status, priority, result, created_at, started_at, completed_at)",
            params![
                format!("T{n}"),
                from.maybe(80, from.pick(AGENTS)),
                parent.map(|parent| format!("T{parent}")),
                from.words(),
                from.maybe(50, from.words()),
                from.pick(&["pending", "in_progress", "blocked", "completed", "failed", "cancelled"]),
                1 + from.below(5),
                from.maybe(40, from.object()),
                time(from.moment()),
                started.map(time),
                completed
            ],
        );
        if from.chance(40) {
            let project = format!("p{}", from.below(20));
            insert(
                to,
                "project_tasks (project_id, task_id, added_at)",
                params![project, format!("T{n}"), time(from.moment())],
            );
        }
    }
}

fn fill_sessions(to: &Connection, from: &Seeded) {
    for n in 0..120 {
        let started = from.moment();
        insert(
            to,
            "context_sessions (session_id, agent_id, context, token_count, started_at, ended_at)",
            params![
                format!("s{n}"),
                from.pick(AGENTS),
                from.object(),
                from.below(200_000),
                time(started),
                from.maybe(70, time(started + 600))
            ],
        );
        let is_file = from.chance(40);
        let path = is_file.then(|| format!("memory_snapshots/größe {n}.json"));
        insert(
            to,
            "memory_snapshots (snapshot_id, session_id, content, file_path, created_at)",
            params![format!("m{n}"), format!("s{n}"), (!is_file).then(|| from.object()), path, time(from.moment())],
        );
        let written = from.moment();
        insert(
            to,
            "agent_messages (message_id, from_agent, to_agent, message_type, payload, created_at, read_at)",
            params![
                format!("n{n}"),
                from.maybe(80, from.pick(AGENTS)),
                from.pick(AGENTS),
                "hand-over",
                from.object(),
                time(written),
                from.maybe(50, time(written + 5))
            ],
        );
    }
}

fn fill_logs(to: &Connection, from: &Seeded) {
    for n in 0..1_500_i64 {
        insert(
            to,
            "events (agent_id, event_type, severity, data, created_at)",
            params![
                from.maybe(80, from.pick(AGENTS)),
                from.pick(&["started", "Fehler", "wrote file"]),
                from.pick(&["debug", "info", "warning", "error"]),
                from.object(),
                time(1_738_000_000 + n * 61)
            ],
        );
    }
    for n in 0..700 {
        let task = from.maybe(60, format!("T{}", n % 600));
        insert(
            to,
            "performance_metrics (agent_id, task_id, metric_name, metric_value, unit, recorded_at)",
            params![
                from.pick(AGENTS),
                task,
                from.pick(&["tokens", "seconds"]),
                from.real() * 1e9,
                from.maybe(50, "s"),
                time(from.moment())
            ],
        );
    }
    for n in 0..150 {
        insert(
            to,
            "git_state (agent_id, branch_name, commit_hash, is_dirty, recorded_at)",
            params![
                from.pick(AGENTS),
                "main",
                from.hex(if n % 9 == 0 { 64 } else { 40 }),
                from.below(2),
                time(from.moment())
            ],
        );
        let is_merged = from.chance(50);
        let created = from.moment();
        insert(
            to,
            "pull_requests (pull_request_id, author_agent, repository, number, title, source_branch, status, created_at, merged_at)",
            params![
                format!("r{n}"),
                from.maybe(80, from.pick(AGENTS)),
                "org/repo",
                n + 1,
                from.words(),
                "feature",
                if is_merged { "merged" } else { *from.pick(&["draft", "open", "closed"]) },
                time(created),
                is_merged.then(|| time(created + 9))
            ],
        );
        insert(
            to,
            "configurations (agent_id, config_key, value, updated_at)",
            params![from.maybe(60, from.pick(AGENTS)), format!("key.{n}"), from.object(), time(from.moment())],
        );
    }
}

/// What files of the plan's own framework have: CURRENT_TIMESTAMP, lines of logs, Python's truth, upper case, JSON with commas at its end.
pub(super) const DIRT: &str = "
UPDATE agents SET status = 'running' WHERE status = 'active';
UPDATE agents SET configuration = replace(configuration, '}}', ',},}') WHERE rowid % 2 = 0;
UPDATE agents SET created_at = substr(replace(created_at, 'T', ' '), 1, 19) WHERE created_at LIKE '%.000Z';
UPDATE tasks SET created_at = replace(rtrim(created_at, 'Z'), 'T', ' ') WHERE rowid % 2 = 0;
UPDATE tasks SET priority = 'high' WHERE priority = 2;
UPDATE tasks SET task_id = task_id || ' ' WHERE rowid % 5 = 0;
UPDATE events SET created_at = CASE strftime('%w', created_at) WHEN '0' THEN 'Sun' WHEN '1' THEN 'Mon' WHEN '2' THEN 'Tue' WHEN '3' THEN 'Wed'
    WHEN '4' THEN 'Thu' WHEN '5' THEN 'Fri' ELSE 'Sat' END || CASE strftime('%m', created_at) WHEN '01' THEN ' Jan ' WHEN '02' THEN ' Feb ' END
    || strftime('%d %H:%M:%S %Y', created_at) WHERE created_at LIKE '%.000Z' AND strftime('%m', created_at) < '03';
UPDATE git_state SET commit_hash = upper(commit_hash) WHERE rowid % 3 = 0;
UPDATE git_state SET is_dirty = CASE is_dirty WHEN 1 THEN 'True' ELSE 'False' END WHERE rowid % 2 = 0;
UPDATE memory_snapshots SET file_path = replace(file_path, '/', '\\') WHERE rowid % 2 = 0;
UPDATE context_sessions SET token_count = CAST(token_count AS TEXT) WHERE rowid % 2 = 0";

fn assert_answers(moved: &Moved) {
    for query in [
        "SELECT status, count(*), sum(priority), count(parent_task_id), count(result) FROM tasks GROUP BY 1 ORDER BY 1",
        "SELECT count(*) FROM tasks t JOIN tasks p ON p.task_id = t.parent_task_id",
        "SELECT task_id, priority FROM tasks WHERE status = 'pending' ORDER BY priority, created_at, task_id",
        "SELECT count(*), sum(token_count) FROM context_sessions JOIN memory_snapshots USING (session_id) WHERE file_path IS NULL",
        "SELECT file_path FROM memory_snapshots WHERE file_path IS NOT NULL ORDER BY snapshot_id",
        "SELECT severity, count(*), count(agent_id) FROM events GROUP BY 1 ORDER BY 1",
        "SELECT event_id FROM events WHERE event_type = 'Fehler' ORDER BY created_at DESC, event_id LIMIT 50",
        "SELECT count(*) FROM performance_metrics JOIN tasks USING (task_id)",
        "SELECT project_id, count(*) FROM project_tasks JOIN projects USING (project_id) GROUP BY 1 HAVING count(*) > 3 ORDER BY 1",
        "SELECT commit_hash, branch_name FROM git_state ORDER BY git_state_id",
        "SELECT count(*), sum(number) FROM pull_requests WHERE status = 'merged'",
        "SELECT count(*), count(agent_id) FROM configurations",
    ] {
        moved.answers_the_same(query);
    }
    moved.answer_the_same("SELECT sum(is_dirty) FROM git_state", "SELECT count(*) FROM git_state WHERE is_dirty");
    moved.answer_the_same(
        "SELECT message_id, payload ->> '$.note', CAST(payload -> '$.n' AS TEXT) FROM agent_messages ORDER BY created_at, message_id",
        "SELECT message_id, payload ->> 'note', payload ->> 'n' FROM agent_messages ORDER BY created_at, message_id",
    );
}

#[test]
fn the_shipped_twin_moves_without_a_rule_being_needed() {
    let moved = Moved::new("agent_memory", "agent_memory", "foreign_keys", fill);
    moved.needs_no_rule();
    // What matters least goes first, as the plan has it.
    moved.run("move copy --tables events,performance_metrics").ok();
    moved.run("move copy").ok().stdout_has("complete: rows read = rows written + rows set aside");
    moved.run("move verify").ok();
    moved.completes();
    assert_answers(&moved);
    let next = "INSERT INTO events (event_type) VALUES ('e') RETURNING event_id;
        INSERT INTO configurations (config_key, value) VALUES ('next', '1') RETURNING configuration_id;
        INSERT INTO performance_metrics (agent_id, metric_name, metric_value) VALUES ('Zoë', 'm', 1) RETURNING metric_id;
        INSERT INTO git_state (agent_id, branch_name, commit_hash) VALUES ('Zoë', 'b', repeat('a', 40)) RETURNING git_state_id";
    assert_eq!(moved.target(next), "1501\n151\n701\n151");
}

#[test]
fn what_the_plans_own_framework_left_becomes_the_same() {
    let moved = Moved::new("agent_memory", "agent_memory", "foreign_keys", fill);
    moved.loosen(DIRT);
    let config = moved.without_rules();
    assert_eq!(
        moved.findings(),
        [
            "agent_messages_from_agent_fkey",
            "agent_messages_to_agent_fkey",
            "agents.configuration json-json5",
            "agents.created_at naive-time",
            "agents_status",
            "configurations_agent_id_fkey",
            "context_sessions_agent_id_fkey",
            "events.created_at local-form",
            "events_agent_id_fkey",
            "git_state_agent_id_fkey",
            "git_state_commit_hash",
            "performance_metrics_agent_id_fkey",
            "performance_metrics_task_id_fkey",
            "project_tasks_task_id_fkey",
            "pull_requests_author_agent_fkey",
            "tasks.created_at naive-time",
            "tasks.priority not-a-number",
            "tasks_agent_id_fkey",
            "tasks_parent_task_id_fkey",
        ]
    );
    moved.project.config(&config);
    moved.moves();
    assert_answers(&moved);
}

/// Where two keys differ by blanks alone, the rule that takes these away makes them one, and both are named.
#[test]
fn keys_that_a_rule_makes_one_are_refused() {
    let moved = Moved::new("agent_memory", "agent_memory", "foreign_keys", fill);
    moved.loosen("INSERT INTO tasks SELECT * FROM tasks WHERE task_id = 'T3'; UPDATE tasks SET task_id = 'T3 ' WHERE rowid = 601");
    assert_eq!(moved.findings(), ["tasks_pkey"]);
    moved.run("move plan").code(3).stdout_has("rowid 4").stdout_has("rowid 601");
}
