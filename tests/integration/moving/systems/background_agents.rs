//! background_agents: 35 agents whose heartbeats, metrics and conversations are moved between phase 3 and phase 4.

mod lines;

use schemactl_test_support::rusqlite::{Connection, params};
use schemactl_test_support::sqlite;

use super::Moved;
use super::seeded::{Seeded, insert, time};

pub(super) fn fill(to: &Connection) {
    let from = &Seeded::new(1);
    let agents: Vec<String> = (0..35).map(|_| from.uuid()).collect();
    fill_core(to, from, &agents);
    fill_monitoring(to, from, &agents);
    fill_assistance(to, from, &agents);
}

fn fill_core(to: &Connection, from: &Seeded, agents: &[String]) {
    for (n, id) in agents.iter().enumerate() {
        let registered = from.moment();
        let started = from.maybe(90, registered + from.below(5_000));
        let stopped = started.and_then(|at| from.maybe(20, time(at + from.below(9_000_000))));
        let kind = *from.pick(&["heartbeat_health", "performance_monitor", "langsmith_bridge", "ai_help"]);
        let state = *from.pick(&["registered", "running", "running", "running", "paused", "stopped", "failed"]);
        insert(
            to,
            "agents (id, name, agent_type, state, state_changed_at, version, capabilities, registered_at, started_at, stopped_at)",
            params![
                id,
                format!("{kind}-{n}"),
                kind,
                state,
                time(from.moment()),
                from.maybe(50, "1.10"),
                "[\"watch\", \"größe\", 1.50]",
                time(registered),
                started.map(time),
                stopped
            ],
        );
    }
    for n in 0..60 {
        let value = match n % 4 {
            0 => from.object(),
            1 => "1.0".to_owned(),
            2 => "\"running\"".to_owned(),
            _ => "null".to_owned(),
        };
        insert(
            to,
            "shared_state (namespace, key, value, version, updated_by, updated_at, expires_at)",
            params![
                from.pick(&["system", "Zoë", "a'b"]),
                format!("key-{n}"),
                value,
                from.below(1 << 40) + 1,
                from.maybe(70, from.pick(agents).clone()),
                time(from.moment()),
                from.maybe(30, time(from.moment()))
            ],
        );
        let agent = from.maybe(60, &agents[n % 35]);
        insert(
            to,
            "configuration (agent_id, key, value, description, updated_at)",
            params![agent, format!("setting-{n}"), from.object(), from.maybe(40, from.words()), time(from.moment())],
        );
    }
    for _ in 0..300 {
        insert(
            to,
            "system_events (agent_id, event_type, severity, message, details, timestamp)",
            params![
                from.maybe(80, from.pick(agents).clone()),
                from.pick(&["started", "stopped", "Fehler"]),
                from.pick(&["debug", "info", "warning", "error", "critical"]),
                from.words(),
                from.object(),
                time(from.moment())
            ],
        );
    }
}

fn fill_monitoring(to: &Connection, from: &Seeded, agents: &[String]) {
    for n in 0..3_000 {
        insert(
            to,
            "agent_heartbeats (agent_id, timestamp, status, cpu_percent, memory_mb, details)",
            params![
                agents[n % 35],
                time(1_738_000_000 + i64::try_from(n).unwrap() * 17),
                from.pick(&["healthy", "healthy", "degraded", "unhealthy"]),
                from.maybe(95, if n % 2 == 0 { from.tenths() } else { from.real() * 100.0 }),
                from.maybe(90, 0.1 + from.real() * 0.2),
                "{}"
            ],
        );
    }
    // What a purge has deleted were the last numbers once: they are not given again.
    to.execute_batch("DELETE FROM agent_heartbeats WHERE id > 2990").unwrap();
    for n in 0..120 {
        let raised = from.moment();
        let (acknowledged, resolved) = (raised + 60, raised + 3_600);
        let status = if n < 35 { *from.pick(&["open", "acknowledged"]) } else { "resolved" };
        insert(
            to,
            "health_alerts (agent_id, alert_type, severity, status, message, raised_at, acknowledged_at, acknowledged_by, resolved_at)",
            params![
                agents[n % 35],
                "missed_heartbeat",
                from.pick(&["info", "warning", "critical"]),
                status,
                from.words(),
                time(raised),
                (status != "open").then(|| time(acknowledged)),
                from.maybe(30, "Jürgen"),
                (status == "resolved").then(|| time(resolved))
            ],
        );
    }
    for _ in 0..800 {
        insert(
            to,
            "performance_metrics (agent_id, metric_name, value, unit, labels, timestamp)",
            params![
                from.maybe(90, from.pick(agents).clone()),
                from.pick(&["latency", "queue", "Größe"]),
                from.real() * 1e6 - 5e5,
                from.maybe(60, "ms"),
                from.object(),
                time(from.moment())
            ],
        );
    }
}

fn fill_assistance(to: &Connection, from: &Seeded, agents: &[String]) {
    for _ in 0..100 {
        let session = from.uuid();
        for turn in 1..=1 + from.below(8) {
            let status = *from.pick(&["succeeded", "succeeded", "failed", "pending"]);
            let response = (status == "succeeded").then(|| from.words());
            insert(
                to,
                "llm_conversations (session_id, turn, agent_id, trace_id, model, status, prompt, response, error, prompt_tokens, \
                 completion_tokens, cost_microusd, latency_ms, metadata, timestamp)",
                params![
                    session,
                    turn,
                    from.maybe(80, from.pick(agents).clone()),
                    from.maybe(50, from.uuid()),
                    from.pick(&["opus", "haiku"]),
                    status,
                    from.words(),
                    response,
                    (status == "failed").then_some("timeout"),
                    from.below(9_000),
                    from.maybe(70, from.below(9_000)),
                    from.maybe(80, from.below(5_000_000_000)),
                    from.below(60_000),
                    from.object(),
                    time(from.moment())
                ],
            );
        }
    }
    for _ in 0..80 {
        let created = from.moment();
        let answer = from.maybe(60, from.words());
        insert(
            to,
            "help_requests (id, requested_by, session_id, agent_id, priority, status, question, context, answer, sources, rating, created_at, answered_at)",
            params![
                from.uuid(),
                from.pick(&["ada", "Zoë", "a'b"]),
                from.maybe(50, from.uuid()),
                from.maybe(50, from.pick(agents).clone()),
                1 + from.below(4),
                if answer.is_some() { "answered" } else { "open" },
                from.words(),
                from.object(),
                answer,
                "[{\"file\": \"a.md\"}]",
                answer.as_ref().and_then(|_| from.maybe(50, 5)),
                time(created),
                answer.as_ref().map(|_| time(created + 90))
            ],
        );
    }
}

/// What the application left behind before its tables had checks: the names of classes, percent signs, a log's times, texts in a column that is
/// JSON now.
pub(super) const DIRT: &str = "
UPDATE agents SET agent_type = CASE agent_type WHEN 'heartbeat_health' THEN 'HeartbeatHealth' WHEN 'ai_help' THEN 'AIHelp' ELSE agent_type END;
UPDATE agents SET id = upper(id) WHERE rowid % 3 = 0;
UPDATE shared_state SET value = 'running' WHERE value = '\"running\"';
UPDATE agent_heartbeats SET cpu_percent = CAST(cpu_percent AS TEXT) || '%' WHERE cpu_percent * 10 = CAST(cpu_percent * 10 AS INTEGER) AND rowid % 3 = 0;
UPDATE agent_heartbeats SET cpu_percent = replace(CAST(cpu_percent AS TEXT), '.', ',') WHERE cpu_percent * 10 = CAST(cpu_percent * 10 AS INTEGER) AND rowid % 3 = 1;
UPDATE agent_heartbeats SET timestamp = replace(replace(rtrim(timestamp, 'Z'), 'T', ' '), '.', ',') WHERE rowid % 4 = 0;
UPDATE system_events SET timestamp = replace(timestamp, 'Z', '+0000') WHERE rowid % 4 = 0;
UPDATE performance_metrics SET timestamp = replace(rtrim(timestamp, 'Z'), 'T', ' ') WHERE rowid % 2 = 0;
UPDATE llm_conversations SET session_id = replace(session_id, '-', '') WHERE rowid % 2 = 0;
UPDATE help_requests SET agent_id = '' WHERE agent_id IS NULL";

/// The queries of the plan and of the system's page, and sums: of the clean file, and of what came to be on PostgreSQL.
fn assert_answers(moved: &Moved) {
    for query in [
        "SELECT count(*) FROM agent_heartbeats",
        "SELECT a.name, count(*), count(cpu_percent), min(h.id), max(h.id) FROM agents a JOIN agent_heartbeats h ON h.agent_id = a.id GROUP BY a.name ORDER BY a.name",
        "SELECT agent_type, state, count(*) FROM agents GROUP BY 1, 2 ORDER BY 1, 2",
        "SELECT model, status, count(*), sum(cost_microusd), sum(prompt_tokens), max(latency_ms) FROM llm_conversations GROUP BY 1, 2 ORDER BY 1, 2",
        "SELECT status, count(*), sum(rating), count(agent_id) FROM help_requests GROUP BY 1 ORDER BY 1",
        "SELECT count(*), sum(version), count(updated_by) FROM shared_state",
        "SELECT id, prompt, response FROM llm_conversations WHERE turn = 3 ORDER BY id",
        "SELECT id, status, acknowledged_by FROM health_alerts WHERE status <> 'resolved' ORDER BY raised_at DESC, id",
    ] {
        moved.answers_the_same(query);
    }
    moved.answer_the_same(
        "SELECT a.name, h.timestamp, h.status FROM agents a
            LEFT JOIN agent_heartbeats h ON h.id = (SELECT id FROM agent_heartbeats WHERE agent_id = a.id ORDER BY timestamp DESC LIMIT 1)
            WHERE a.state = 'running' ORDER BY 1",
        "SELECT a.name, to_char(h.timestamp, 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'), h.status FROM agents a
            LEFT JOIN LATERAL (SELECT timestamp, status FROM agent_heartbeats WHERE agent_id = a.id ORDER BY timestamp DESC LIMIT 1) h ON true
            WHERE a.state = 'running' ORDER BY 1",
    );
    moved.answer_the_same(
        "SELECT count(*), min(timestamp) FROM performance_metrics WHERE timestamp > '2025-03-01T00:00:00.000Z'",
        "SELECT count(*), to_char(min(timestamp), 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') FROM performance_metrics WHERE timestamp > '2025-03-01T00:00:00Z'",
    );
    moved.answer_the_same(
        "SELECT count(*) FROM shared_state WHERE value = '\"running\"'",
        "SELECT count(*) FROM shared_state WHERE value = '\"running\"'",
    );
    moved.doubles_are_the_same("SELECT value FROM performance_metrics ORDER BY id");
    moved.doubles_are_the_same("SELECT cpu_percent FROM agent_heartbeats WHERE cpu_percent IS NOT NULL ORDER BY id");
}

#[test]
fn the_shipped_twin_moves_without_a_rule_being_needed() {
    let moved = Moved::new("background_agents", "background_agents", "assistance", fill);
    moved.needs_no_rule();
    moved.moves();
    moved.completes();
    assert_answers(&moved);
    // Ids go on above the greatest that was ever given.
    let next = "INSERT INTO agent_heartbeats (agent_id) SELECT min(id::text)::uuid FROM agents RETURNING id;
        INSERT INTO performance_metrics (metric_name, value) VALUES ('m', 1) RETURNING id;
        INSERT INTO system_events (event_type, message) VALUES ('e', 'm') RETURNING id;
        INSERT INTO configuration (key, value) VALUES ('next', '1') RETURNING id";
    assert_eq!(moved.target(next), "3001\n801\n301\n61");
    // The purge finds what is older than its thirty days: all of them.
    assert_eq!(moved.target("SELECT purge_heartbeats()"), "2990");
}

#[test]
fn what_the_application_left_before_it_had_checks_becomes_the_same() {
    let moved = Moved::new("background_agents", "background_agents", "assistance", fill);
    moved.loosen(DIRT);
    let config = moved.without_rules();
    assert_eq!(
        moved.findings(),
        [
            "agent_heartbeats.cpu_percent decimal-comma",
            "agent_heartbeats.cpu_percent unit",
            "agent_heartbeats.timestamp decimal-comma",
            "agents_agent_type",
            "help_requests.agent_id empty",
            "performance_metrics.timestamp naive-time",
            "shared_state.value not-json",
        ]
    );
    moved.project.config(&config);
    moved.moves();
    assert_answers(&moved);
}

/// The logs of a file without keys: equal rows are as many rows on the other side, also where the copy stops and goes on between them.
#[test]
fn two_identical_heartbeats_arrive_as_two() {
    let moved = Moved::new("background_agents", "background_agents", "assistance", fill);
    moved.loosen(
        "ALTER TABLE agent_heartbeats DROP COLUMN id;
        INSERT INTO agent_heartbeats SELECT * FROM agent_heartbeats WHERE rowid = 7",
    );
    let config = moved.project.read("schema.toml");
    let map = "[database.background_agents.map]\n";
    moved.project.config(&config.replace(map, &format!("{map}postgres_only = [\"agent_heartbeats.id\"]\n")));
    let mut running = moved.project.spawn(["move", "copy", "-d", "background_agents", "--batch", "50"]);
    running.wait_for("agent_heartbeats");
    running.kill_9();
    moved.run("move copy").ok().stdout_has("complete: rows read = rows written + rows set aside");
    moved.run("move verify").ok();
    let twice = "SELECT count(*) FROM agent_heartbeats GROUP BY agent_id, timestamp HAVING count(*) > 1";
    assert_eq!(sqlite::query(&moved.file(), twice), "2");
    assert_eq!(moved.target(twice), "2");
    assert_eq!(moved.target("SELECT count(*), count(DISTINCT id) FROM agent_heartbeats"), "2991|2991");
    moved.completes();
}

/// A file that has dollars where millionths are wanted.
#[test]
fn dollars_become_millionths_where_they_are_whole() {
    let moved = Moved::new("background_agents", "background_agents", "assistance", fill);
    moved.loosen("UPDATE llm_conversations SET cost_microusd = cost_microusd / 1e6");
    moved.add_rules("llm_conversations.cost_microusd = { multiply = 1000000 }\n");
    moved.moves();
    moved.answers_the_same("SELECT id, cost_microusd FROM llm_conversations ORDER BY id");
    moved.run("move discard").ok();
    assert_eq!(moved.target("SELECT count(*) FROM llm_conversations"), "0");
    moved.file().execute_batch("UPDATE llm_conversations SET cost_microusd = 0.0000005 WHERE rowid = 3").unwrap();
    assert_eq!(moved.findings(), ["llm_conversations.cost_microusd not-whole"]);
}
