//! Governance: what goes with what, alike on both backends, and the lineage that the graph has too.

use super::system::System;

pub(super) const NAME: &str = "governance";
const ID: &str = "00000000-0000-4000-8000-000000000001";

pub(super) fn postgres() -> System {
    System::postgres(NAME, "core, audit").up()
}

/// Both, with the names that a table has in each: SQLite's are those that PostgreSQL's replace.
pub(super) fn both() -> [(System, [&'static str; 3]); 2] {
    [
        (System::sqlite(NAME).up(), ["agent_metadata", "session_identities", "audit_events"]),
        (postgres(), ["identities", "sessions", "events"]),
    ]
}

/// Agents in a lineage, `root` > `child` > `grandchild`, and `stranger`.
pub(super) fn lineage(agents: &str) -> String {
    format!(
        "INSERT INTO {agents} (agent_id, parent_agent_id) VALUES \
           ('root', NULL), ('child', 'root'), ('grandchild', 'child'), ('stranger', NULL);"
    )
}

#[test]
fn the_graph_is_skipped_where_the_server_has_no_age() {
    let system = System::postgres(NAME, "core");
    let available = "SELECT count(*) FROM pg_available_extensions WHERE name = 'age'";
    assert_eq!(system.query(available), "0", "this server has AGE: the graph is applied there");
    system.run("up").ok().stdout_has("18 applied, 1 skipped");
    let status = system.run("status --check");
    let graph = status.ok().stdout.lines().find(|line| line.contains("create_graph")).map(str::to_owned);
    assert!(graph.as_ref().is_some_and(|line| line.contains("skipped")), "{graph:?}");
}

#[test]
fn numbers_that_are_none_are_refused() {
    let insert = |value: &str| {
        format!(
            "INSERT INTO agent_state (agent_id, energy, integrity, entropy, void) VALUES ('root', 0, 0, 0, {value})"
        )
    };
    let system = postgres();
    system.query(&lineage("identities"));
    for value in ["'NaN'", "'Infinity'", "'-Infinity'"] {
        let reason = system.refused(&insert(value));
        assert!(reason.contains("agent_state_void"), "{reason}");
    }
    let system = System::sqlite(NAME).up();
    system.query(&format!("{} SELECT 1", lineage("agent_metadata")));
    let insert = |value: &str| {
        insert(value).replace("(agent_id", "(state_id, agent_id").replace("('root'", &format!("('{ID}', 'root'"))
    };
    assert!(system.refused(&insert("9e999")).contains("CHECK constraint failed: agent_state_void"));
    assert!(system.refused(&insert("9e999 - 9e999")).contains("NOT NULL constraint failed"));
    assert!(system.refused(&insert("'low'")).contains("cannot store TEXT value in REAL column"));
}

#[test]
fn calibration_has_one_row() {
    for (system, _) in both() {
        let write = "INSERT INTO calibration (data) VALUES ('{\"threshold\": 0.5}')";
        system.query(write);
        let reason = system.refused(write);
        assert!(reason.to_lowercase().contains("unique"), "{reason}");
        let other = if system.is_sqlite() { "2" } else { "false" };
        let reason = system.refused(&format!("INSERT INTO calibration (only_row, data) VALUES ({other}, '{{}}')"));
        assert!(reason.to_lowercase().contains("check constraint"), "{reason}");
        let reason = system.refused(&format!("UPDATE calibration SET only_row = {other}"));
        assert!(reason.to_lowercase().contains("check constraint"), "{reason}");
        system.query(
            "INSERT INTO calibration (data) VALUES ('{}') \
               ON CONFLICT (only_row) DO UPDATE SET data = excluded.data, version = calibration.version + 1",
        );
        assert_eq!(system.query("SELECT count(*), max(version) FROM calibration"), "1|2");
    }
}

#[test]
fn what_goes_with_an_agent_and_what_stays() {
    for (system, [agents, sessions, events]) in both() {
        system.query(&format!(
            "{} \
             INSERT INTO {sessions} (session_id, agent_id) VALUES ('s', 'child'); \
             INSERT INTO agent_state (state_id, agent_id, energy, integrity, entropy, void) VALUES ('{ID}', 'child', 1, 1, 0, 0); \
             INSERT INTO {events} (event_id, agent_id, event_type) VALUES ('{ID}', 'child', 'seen'); \
             INSERT INTO agent_tags VALUES ('child', 'locking'); \
             INSERT INTO discoveries (discovery_id, agent_id, type, summary) VALUES ('q', 'child', 'question', 'why'); \
             INSERT INTO discoveries (discovery_id, agent_id, type, summary, response_to) VALUES ('a', 'root', 'answer', 'so', 'q'); \
             INSERT INTO discovery_tags VALUES ('q', 'locking'); \
             INSERT INTO discovery_relations (from_id, to_id) VALUES ('q', 'a'); \
             INSERT INTO dialectic_sessions (session_id, paused_agent_id, reviewer_agent_id) VALUES \
               ('paused', 'child', 'root'), ('reviewed', 'root', 'child'); \
             INSERT INTO dialectic_messages (session_id, seq, agent_id, type, content) VALUES \
               ('paused', 1, 'root', 'thesis', '{{}}'), ('reviewed', 1, 'child', 'thesis', '{{}}'); \
             DELETE FROM {agents} WHERE agent_id = 'child'; SELECT 1",
            lineage(agents)
        ));
        for (rows, what) in [
            ("", format!("SELECT session_id FROM {sessions}")),
            ("", "SELECT state_id FROM agent_state".to_owned()),
            ("", "SELECT tag FROM agent_tags".to_owned()),
            ("child", format!("SELECT agent_id FROM {events}")),
            ("1", format!("SELECT count(*) FROM {agents} WHERE agent_id = 'grandchild' AND parent_agent_id IS NULL")),
            ("1", "SELECT count(*) FROM discoveries WHERE discovery_id = 'q' AND agent_id IS NULL".to_owned()),
            ("reviewed|1", "SELECT session_id, reviewer_agent_id IS NULL OR NULL FROM dialectic_sessions".to_owned()),
            ("reviewed|1", "SELECT session_id, agent_id IS NULL OR NULL FROM dialectic_messages".to_owned()),
        ] {
            assert_eq!(system.query(&what).replace("|t", "|1"), rows, "{what}");
        }
        system.query("DELETE FROM discoveries WHERE discovery_id = 'q'");
        assert_eq!(system.query("SELECT discovery_id FROM discoveries WHERE response_to IS NULL"), "a");
        assert_eq!(system.query("SELECT tag FROM discovery_tags"), "");
        assert_eq!(system.query("SELECT to_id FROM discovery_relations"), "");
        system.query("DELETE FROM dialectic_sessions");
        assert_eq!(system.query("SELECT seq FROM dialectic_messages"), "");
    }
}

/// Which agents that an agent has spawned, at any depth, have a tag: `(:Agent {id: 'root'})-[:SPAWNED*]->(:Agent)-[:HAS_TAG]->(:Tag)`.
fn tagged_descendants(agents: &str) -> String {
    // UNION, not UNION ALL: a lineage that was bent into a ring ends too.
    format!(
        "WITH RECURSIVE spawned (agent_id) AS ( \
           SELECT agent_id FROM {agents} WHERE parent_agent_id = 'root' \
           UNION \
           SELECT child.agent_id FROM spawned JOIN {agents} AS child ON child.parent_agent_id = spawned.agent_id) \
         SELECT agent_id FROM spawned JOIN agent_tags USING (agent_id) WHERE tag = 'locking' ORDER BY agent_id"
    )
}

#[test]
fn a_recursive_query_follows_the_lineage() {
    for (system, [agents, ..]) in both() {
        system.query(&format!(
            "{} INSERT INTO agent_tags VALUES \
               ('root', 'locking'), ('child', 'audit'), ('grandchild', 'locking'), ('stranger', 'locking'); SELECT 1",
            lineage(agents)
        ));
        assert_eq!(system.query(&tagged_descendants(agents)), "grandchild");
        // A ring: the root is a descendant of its own.
        system.query(&format!("UPDATE {agents} SET parent_agent_id = 'grandchild' WHERE agent_id = 'root'"));
        assert_eq!(system.query(&tagged_descendants(agents)), "grandchild\nroot");
    }
}

#[test]
fn lookups_use_their_indexes() {
    for (system, [agents, sessions, _]) in both() {
        // A tree in which each agent spawns ten, a tag for each hundredth.
        system.query(&format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) \
               INSERT INTO {agents} (agent_id, parent_agent_id) \
               SELECT 'agent ' || i, CASE WHEN i > 1 THEN 'agent ' || ((i + 8) / 10) END FROM n; \
             INSERT INTO agent_tags SELECT agent_id, 'tag ' || length(agent_id) FROM {agents} WHERE agent_id LIKE '%00'; \
             INSERT INTO {sessions} (session_id, agent_id) SELECT agent_id, agent_id FROM {agents}; \
             INSERT INTO discoveries (discovery_id, agent_id, type, summary) SELECT agent_id, agent_id, agent_id, '' FROM {agents}; \
             INSERT INTO discovery_tags SELECT agent_id, agent_id FROM {agents}; \
             ANALYZE; SELECT 1"
        ));
        system.uses(
            &format!("idx_{agents}_parent"),
            &format!("SELECT * FROM {agents} WHERE parent_agent_id = 'agent 7'"),
        );
        system.uses(&format!("idx_{agents}_parent"), &tagged_descendants(agents).replace("'root'", "'agent 400'"));
        system.uses(
            &format!("idx_{sessions}_agent"),
            &format!("SELECT * FROM {sessions} WHERE agent_id = 'agent 7' ORDER BY last_active_at DESC LIMIT 1"),
        );
        system.uses("idx_discoveries_agent", "SELECT * FROM discoveries WHERE agent_id = 'agent 7'");
        system.uses(
            "idx_discoveries_type_status",
            "SELECT * FROM discoveries WHERE type = 'agent 7' AND status = 'open'",
        );
        system.uses("idx_discovery_tags_tag", "SELECT discovery_id FROM discovery_tags WHERE tag = 'agent 7'");
        let time = if system.is_sqlite() {
            "strftime('%Y-%m-%dT%H:%M:%fZ', 1700000000 + 60 * i, 'unixepoch')"
        } else {
            "to_timestamp(1700000000 + 60 * i)"
        };
        let key = if system.is_sqlite() {
            "'00000000-0000-4000-8000-' || printf('%012d', i)"
        } else {
            "('00000000-0000-4000-8000-' || lpad(i::text, 12, '0'))::uuid"
        };
        system.query(&format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) \
               INSERT INTO agent_state (state_id, agent_id, recorded_at, energy, integrity, entropy, void) \
               SELECT {key}, 'agent ' || (i % 100 + 1), {time}, 1, 1, 0, 0 FROM n; \
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) \
               INSERT INTO dialectic_sessions (session_id, paused_agent_id, reviewer_agent_id, created_at, status, resolved_at) \
               SELECT 's ' || i, 'agent ' || (i % 100 + 1), 'agent ' || (i % 100 + 101), {time}, 'resolved', {time} FROM n; \
             INSERT INTO dialectic_messages (session_id, seq, agent_id, type, content) \
               SELECT session_id, 1, paused_agent_id, 'thesis', '{{}}' FROM dialectic_sessions; \
             INSERT INTO discovery_relations (from_id, to_id) SELECT agent_id, parent_agent_id FROM {agents} WHERE parent_agent_id IS NOT NULL; \
             UPDATE {sessions} SET created_at = '2020-01-01T00:00:00.000Z', expires_at = '2020-01-02T00:00:00.000Z' WHERE session_id LIKE '%00'; \
             ANALYZE; SELECT 1"
        ));
        for (index, query) in [
            (
                "idx_agent_state_agent_recorded",
                "SELECT energy FROM agent_state WHERE agent_id = 'agent 7' ORDER BY recorded_at DESC LIMIT 1",
            ),
            (
                "idx_dialectic_sessions_paused",
                "SELECT status FROM dialectic_sessions WHERE paused_agent_id = 'agent 7'",
            ),
            (
                "idx_dialectic_sessions_reviewer",
                "SELECT status FROM dialectic_sessions WHERE reviewer_agent_id = 'agent 107'",
            ),
            ("idx_dialectic_messages_agent", "SELECT content FROM dialectic_messages WHERE agent_id = 'agent 7'"),
            ("idx_discovery_relations_to", "SELECT relation FROM discovery_relations WHERE to_id = 'agent 7'"),
            (
                &format!("idx_{sessions}_expires"),
                &format!("SELECT session_id FROM {sessions} WHERE expires_at < '2021-01-01T00:00:00.000Z'"),
            ),
        ] {
            system.uses(index, query);
        }
    }
}

#[test]
fn times_have_one_form_on_sqlite_and_so_one_order() {
    let system = System::sqlite(NAME).up();
    let insert =
        |time: &str| format!("INSERT INTO audit_events (event_id, ts, event_type) VALUES ('{ID}', '{time}', 'seen')");
    for time in [
        // As text this one comes after all others of its second.
        "2026-01-01T00:00:00Z",
        "2026-01-01T00:00:00.123456Z",
        "2026-01-01 00:00:00.000",
        "2026-01-01T00:00:00.000+01:00",
        "2026-02-30T00:00:00.000Z",
        "2026-01-01T00:61:00.000Z",
    ] {
        let reason = system.refused(&insert(time));
        assert!(reason.contains("CHECK constraint failed: audit_events_ts"), "{time}: {reason}");
    }
    system.query(&insert("2026-01-01T00:00:00.000Z"));
    system.query("INSERT INTO agent_metadata (agent_id) VALUES ('of the default')");
}

/// As docs/systems/governance.md has it for operators.
#[test]
fn old_audit_rows_are_deleted_by_their_index_on_sqlite() {
    let system = System::sqlite(NAME).up();
    for (table, key, what, days) in
        [("audit_events", "event_id", "event_type", 180), ("tool_usage", "usage_id", "success, tool_name", 90)]
    {
        let success = if table == "tool_usage" { "1, " } else { "" };
        system.query(&format!(
            "INSERT INTO {table} ({key}, ts, {what}) \
             SELECT printf('00000000-0000-4000-8000-%012d', value), \
                    strftime('%Y-%m-%dT%H:%M:%fZ', 'now', (-value) || ' days', '1 hour'), {success}'seen' \
             FROM (WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 200) SELECT value FROM n)"
        ));
        let old = format!("FROM {table} WHERE ts < strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-{days} days')");
        system.uses(&format!("idx_{table}_ts"), &format!("DELETE {old}"));
        system.query(&format!("DELETE {old}"));
        assert_eq!(system.query(&format!("SELECT count(*) FROM {table}")), days.to_string());
    }
}
