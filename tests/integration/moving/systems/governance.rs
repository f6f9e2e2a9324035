//! governance: agents with a lineage, an audit trail by month, and what agents found out.

use schemactl_test_support::rusqlite::{Connection, params};

use super::Moved;
use super::seeded::{Seeded, insert, time};

pub(super) fn fill(to: &Connection) {
    let from = &Seeded::new(4);
    let agents: Vec<String> =
        (0..60).map(|n| if n == 0 { "root".to_owned() } else { format!("Ägent '{n}'") }).collect();
    fill_core(to, from, &agents);
    fill_audit(to, from, &agents);
    fill_knowledge(to, from, &agents);
    fill_dialectic(to, from, &agents);
}

fn fill_core(to: &Connection, from: &Seeded, agents: &[String]) {
    to.execute_batch("PRAGMA defer_foreign_keys = ON").unwrap();
    for (n, id) in agents.iter().enumerate() {
        // The parent of each comes after it, but for that of the last ones.
        let parent = if n == 0 {
            None
        } else if n < 50 {
            Some(&agents[n + 10])
        } else {
            Some(&agents[0])
        };
        insert(
            to,
            "agent_metadata (agent_id, status, parent_agent_id, spawn_reason, api_key_hash, metadata, created_at, updated_at, archived_at)",
            params![
                id,
                from.pick(&["active", "waiting", "paused", "archived"]),
                parent,
                from.maybe(60, from.words()),
                from.maybe(50, from.hex(64)),
                "{\"model\": \"opus\", \"tools\": [true, null]}",
                time(from.moment()),
                time(from.moment()),
                from.maybe(20, time(from.moment()))
            ],
        );
        let created = from.moment();
        insert(
            to,
            "session_identities (session_id, agent_id, client_info, created_at, last_active_at, expires_at)",
            params![
                from.hex(20),
                id,
                from.object(),
                time(created),
                time(created + 60),
                from.maybe(50, time(created + 9_000))
            ],
        );
    }
    for _ in 0..1_000 {
        insert(
            to,
            "agent_state (state_id, agent_id, recorded_at, energy, integrity, entropy, void, coherence, regime, details)",
            params![
                from.uuid(),
                from.pick(agents),
                time(from.moment()),
                from.real(),
                from.real(),
                from.real() * 3.0,
                from.real() - 0.5,
                from.maybe(80, from.real()),
                from.maybe(50, "exploration"),
                "{}"
            ],
        );
    }
    insert(to, "calibration (version, data, updated_at)", params![17, from.object(), time(from.moment())]);
}

fn fill_audit(to: &Connection, from: &Seeded, agents: &[String]) {
    for _ in 0..1_200 {
        insert(
            to,
            "audit_events (event_id, ts, agent_id, session_id, event_type, confidence, payload)",
            params![
                from.uuid(),
                time(from.moment()),
                from.maybe(90, from.pick(agents)),
                from.maybe(60, from.hex(20)),
                from.pick(&["auto_attest", "Prüfung", "pause"]),
                from.maybe(80, from.real()),
                from.object()
            ],
        );
        let error = from.maybe(20, "timeout");
        insert(
            to,
            "tool_usage (usage_id, ts, agent_id, tool_name, latency_ms, success, error_type, payload)",
            params![
                from.uuid(),
                time(from.moment()),
                from.maybe(90, from.pick(agents)),
                from.pick(&["grep", "edit"]),
                from.maybe(90, from.below(90_000)),
                error.is_none(),
                error,
                "{}"
            ],
        );
    }
}

fn fill_knowledge(to: &Connection, from: &Seeded, agents: &[String]) {
    for n in 0..300 {
        let answers = from.maybe(40, (n + 11) % 300).map(|other| format!("d{other}"));
        insert(
            to,
            "discoveries (discovery_id, agent_id, type, summary, details, status, severity, response_to, created_at, updated_at)",
            params![
                format!("d{n}"),
                from.maybe(90, from.pick(agents)),
                from.pick(&["insight", "bug"]),
                from.words(),
                from.object(),
                from.pick(&["open", "resolved", "archived"]),
                from.maybe(60, from.pick(&["low", "medium", "high", "critical"])),
                answers,
                time(from.moment()),
                time(from.moment())
            ],
        );
        for tag in ["locking", "größe", "漢字"].iter().filter(|_| from.chance(50)) {
            insert(to, "discovery_tags (discovery_id, tag)", params![format!("d{n}"), tag]);
        }
        let (from_id, to_id) = (format!("d{n}"), format!("d{}", (n + 1 + from.below(200)) % 300));
        insert(to, "discovery_relations (from_id, to_id, created_at)", params![from_id, to_id, time(from.moment())]);
    }
    for agent in agents.iter().filter(|_| from.chance(50)) {
        insert(to, "agent_tags (agent_id, tag)", params![agent, "locking"]);
    }
}

fn fill_dialectic(to: &Connection, from: &Seeded, agents: &[String]) {
    for n in 0..40 {
        let is_resolved = n % 2 == 0;
        let session = format!("dialectic {n}");
        insert(
            to,
            "dialectic_sessions (session_id, paused_agent_id, reviewer_agent_id, status, phase, reason, resolution, created_at, resolved_at)",
            params![
                session,
                agents[n],
                from.maybe(80, &agents[n + 1]),
                if is_resolved { "resolved" } else { "active" },
                from.pick(&["thesis", "antithesis", "synthesis"]),
                from.maybe(50, from.words()),
                is_resolved.then(|| from.object()),
                time(from.moment()),
                is_resolved.then(|| time(from.moment()))
            ],
        );
        for seq in 1..=1 + from.below(5) {
            insert(
                to,
                "dialectic_messages (session_id, seq, agent_id, type, content, created_at)",
                params![session, seq, from.maybe(90, from.pick(agents)), "thesis", from.object(), time(from.moment())],
            );
        }
    }
}

/// What Python wrote: times without a zone and seconds from 1970, `None` and `True`, dicts, ids without hyphens, tags as people type them.
pub(super) const DIRT: &str = "
UPDATE agent_metadata SET created_at = rtrim(created_at, 'Z'), updated_at = replace(updated_at, 'Z', '+00:00') WHERE rowid % 2 = 0;
UPDATE agent_metadata SET metadata = '{''model'': ''opus'', ''tools'': [True, None]}' WHERE rowid % 3 = 0;
UPDATE agent_metadata SET parent_agent_id = '' WHERE parent_agent_id IS NULL;
UPDATE agent_metadata SET status = upper(status) WHERE rowid % 4 = 0;
UPDATE agent_state SET state_id = replace(state_id, '-', '') WHERE rowid % 2 = 0;
UPDATE agent_state SET details = '' WHERE rowid % 5 = 0;
UPDATE audit_events SET ts = unixepoch(ts) WHERE ts LIKE '%.000Z';
UPDATE audit_events SET ts = rtrim(ts, 'Z') WHERE rowid % 3 = 0;
UPDATE audit_events SET confidence = 'None' WHERE confidence IS NULL;
UPDATE audit_events SET event_id = upper(event_id) WHERE rowid % 3 = 0;
UPDATE tool_usage SET success = CASE success WHEN 1 THEN 'True' ELSE 'False' END WHERE rowid % 2 = 0;
UPDATE tool_usage SET latency_ms = CAST(latency_ms AS REAL) WHERE rowid % 2 = 0;
UPDATE discovery_tags SET tag = ' Locking ' WHERE tag = 'locking' AND rowid % 2 = 0;
UPDATE agent_tags SET tag = 'LOCKING' WHERE rowid % 2 = 0;
UPDATE discoveries SET severity = coalesce(upper(severity), '') WHERE rowid % 2 = 0;
UPDATE discovery_relations SET created_at = rtrim(created_at, 'Z')";

fn assert_answers(moved: &Moved) {
    for [on_sqlite, on_postgres] in [
        [
            "WITH RECURSIVE spawned (agent_id) AS (
                SELECT agent_id FROM agent_metadata WHERE parent_agent_id = 'root'
                UNION
                SELECT child.agent_id FROM spawned JOIN agent_metadata AS child ON child.parent_agent_id = spawned.agent_id)
            SELECT agent_id FROM spawned JOIN agent_tags USING (agent_id) WHERE tag = 'locking' ORDER BY 1",
            "WITH RECURSIVE spawned (agent_id) AS (
                SELECT agent_id FROM core.identities WHERE parent_agent_id = 'root'
                UNION
                SELECT child.agent_id FROM spawned JOIN core.identities AS child ON child.parent_agent_id = spawned.agent_id)
            SELECT agent_id FROM spawned JOIN core.agent_tags USING (agent_id) WHERE tag = 'locking' ORDER BY agent_id",
        ],
        [
            "SELECT status, count(*), count(parent_agent_id), count(api_key_hash) FROM agent_metadata GROUP BY 1 ORDER BY 1",
            "SELECT status, count(*), count(parent_agent_id), count(api_key_hash) FROM identities GROUP BY 1 ORDER BY 1",
        ],
        // By month, as the plan's shadow reads compare the audit tables.
        [
            "SELECT substr(ts, 1, 7), count(*), min(event_id), max(event_id), count(confidence) FROM audit_events GROUP BY 1 ORDER BY 1",
            "SELECT to_char(ts, 'YYYY-MM'), count(*), min(event_id::text), max(event_id::text), count(confidence) FROM audit.events GROUP BY 1 ORDER BY 1",
        ],
        [
            "SELECT substr(ts, 1, 7), tool_name, count(*), sum(latency_ms), sum(success) FROM tool_usage GROUP BY 1, 2 ORDER BY 1, 2",
            "SELECT to_char(ts, 'YYYY-MM'), tool_name, count(*), sum(latency_ms), count(*) FILTER (WHERE success) FROM audit.tool_usage GROUP BY 1, 2 ORDER BY 1, 2",
        ],
        [
            "SELECT event_id, ts FROM audit_events ORDER BY ts DESC, event_id LIMIT 100",
            "SELECT event_id, to_char(ts, 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') FROM audit.events ORDER BY ts DESC, event_id LIMIT 100",
        ],
        ["SELECT count(*) FROM session_identities JOIN agent_metadata USING (agent_id)", "SELECT count(*) FROM sessions JOIN identities USING (agent_id)"],
        ["SELECT version, data ->> '$.note' FROM calibration", "SELECT version, data ->> 'note' FROM calibration"],
    ] {
        moved.answer_the_same(on_sqlite, on_postgres);
    }
    for query in [
        "SELECT status, coalesce(severity, '-'), count(*), count(response_to) FROM discoveries GROUP BY 1, 2 ORDER BY 1, 2",
        "SELECT count(*) FROM discoveries d JOIN discoveries r ON r.discovery_id = d.response_to",
        "SELECT discovery_id FROM discovery_tags WHERE tag = 'locking' ORDER BY 1",
        "SELECT count(*) FROM discovery_relations JOIN discoveries ON discovery_id = to_id",
        "SELECT session_id, count(*), max(seq) FROM dialectic_messages JOIN dialectic_sessions USING (session_id) GROUP BY 1 ORDER BY 1",
        "SELECT count(*), count(coherence), count(regime) FROM agent_state",
    ] {
        moved.answers_the_same(query);
    }
    moved.doubles_are_the_same("SELECT void FROM agent_state ORDER BY state_id");
}

/// The months that the rows need, as the system's page has them made.
fn make_months(moved: &Moved) {
    for parent in ["events", "tool_usage"] {
        moved.target(&format!(
            "SELECT audit.create_partition('{parent}', m) FROM generate_series(timestamptz '2025-01-01', '2025-04-01', '1 month') AS m"
        ));
    }
}

#[test]
fn the_shipped_twin_moves_into_its_months() {
    let moved = Moved::new("governance", "core", "graph", fill);
    make_months(&moved);
    moved.needs_no_rule();
    moved.moves();
    moved.completes();
    assert_answers(&moved);
    // Each row is in its month, and none in the table for the others.
    let placed = "SELECT count(*) FILTER (WHERE to_char(ts, '\"events_y\"YYYY\"m\"MM') <> tableoid::regclass::text) FROM audit.events";
    assert_eq!(moved.target(&format!("SET search_path TO audit; {placed}")), "0");
    // The single row of the configuration stays the only one.
    moved.database.try_psql("INSERT INTO core.calibration (data) VALUES ('{}')").unwrap_err();
}

#[test]
fn what_python_left_becomes_the_same() {
    let moved = Moved::new("governance", "core", "graph", fill);
    moved.loosen(DIRT);
    let config = moved.without_rules();
    assert_eq!(
        moved.findings(),
        [
            "agent_metadata.created_at naive-time",
            "agent_metadata.metadata json-python",
            "agent_state.details empty",
            "agent_state_agent_id_fkey",
            "agent_tags_agent_id_fkey",
            "agent_tags_tag",
            "audit_events.confidence null-word",
            "audit_events.ts naive-time",
            "audit_events.ts number-of-seconds",
            "dialectic_messages_agent_id_fkey",
            "dialectic_sessions_paused_agent_id_fkey",
            "dialectic_sessions_reviewer_agent_id_fkey",
            "discoveries_agent_id_fkey",
            "discoveries_severity",
            "discovery_relations.created_at naive-time",
            "discovery_tags_tag",
            "identities_parent_agent_id_fkey",
            "sessions_agent_id_fkey",
        ]
    );
    moved.project.config(&config);
    moved.moves();
    moved.completes();
    assert_answers(&moved);
    // Without months all of it is in the default partition, until these are made.
    assert_eq!(moved.target("SELECT count(*) FROM audit.events_default"), "1200");
    make_months(&moved);
    assert_eq!(moved.target("SELECT count(*) FROM audit.events_default"), "0");
    moved.run("move verify").ok();
}
