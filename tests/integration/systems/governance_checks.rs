//! Governance: each check refuses, on both backends, what differs by one value from what is taken.

use super::governance::{both, lineage};

/// Where a row goes, a row that is taken, and rows that are refused. ONE and TWO are UUIDs.
type Case = (&'static str, &'static str, &'static [&'static str]);

const CASES: &[Case] = &[
    (
        "AGENTS (agent_id, status, parent_agent_id, metadata)",
        "'agent', 'active', 'root', '{}'",
        &[
            "'', 'active', 'root', '{}'",
            "'other', 'Active', 'root', '{}'",
            "'other', 'active', 'other', '{}'",
            "'other', 'active', 'root', '[]'",
        ],
    ),
    (
        "SESSIONS (session_id, agent_id, client_info, created_at, expires_at)",
        "'s', 'root', '{}', '2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z'",
        &[
            "'', 'root', '{}', '2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z'",
            "'t', 'root', '1', '2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z'",
            "'t', 'root', '{}', '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z'",
        ],
    ),
    (
        "agent_state (state_id, agent_id, energy, integrity, entropy, void, coherence)",
        "'ONE', 'root', 0, 1, 1.5, -0.5, NULL",
        &[
            "'TWO', 'root', -0.1, 1, 1.5, -0.5, 1",
            "'TWO', 'root', 0, 1.1, 1.5, -0.5, 1",
            "'TWO', 'root', 0, 1, -0.1, -0.5, 1",
            "'TWO', 'root', 0, 1, 1.5, -0.5, 1.1",
        ],
    ),
    (
        "EVENTS (event_id, event_type, confidence, ts, payload)",
        "'ONE', 'seen', 0.5, '2026-01-01T00:00:00.000Z', '{}'",
        &[
            "'TWO', '', 0.5, '2026-01-01T00:00:00.000Z', '{}'",
            "'TWO', 'seen', 1.5, '2026-01-01T00:00:00.000Z', '{}'",
            "'TWO', 'seen', 0.5, '1969-12-31T00:00:00.000Z', '{}'",
            "'TWO', 'seen', 0.5, 'infinity', '{}'",
            "'TWO', 'seen', 0.5, '2026-01-01T00:00:00.000Z', '[]'",
        ],
    ),
    (
        "tool_usage (usage_id, tool_name, latency_ms, success, error_type)",
        "'ONE', 'grep', 0, FALSE, 'timeout'",
        &["'TWO', '', 0, FALSE, 'timeout'", "'TWO', 'grep', -1, FALSE, 'timeout'", "'TWO', 'grep', 0, TRUE, 'timeout'"],
    ),
    (
        "discoveries (discovery_id, type, summary, status, severity, details, response_to)",
        "'d', 'question', 'why', 'open', NULL, '{}', NULL",
        &[
            "'', 'answer', 'so', 'open', 'low', '{}', 'd'",
            "'e', '', 'so', 'open', 'low', '{}', 'd'",
            "'e', 'answer', 'so', 'shut', 'low', '{}', 'd'",
            "'e', 'answer', 'so', 'open', 'mild', '{}', 'd'",
            "'e', 'answer', 'so', 'open', 'low', '[]', 'd'",
            "'e', 'answer', 'so', 'open', 'low', '{}', 'e'",
        ],
    ),
    ("discovery_tags (discovery_id, tag)", "'d', 'locking'", &["'d', 'Locking'", "'d', ''"]),
    ("agent_tags (agent_id, tag)", "'root', 'locking'", &["'root', 'Locking'", "'root', ''"]),
    (
        "discovery_relations (from_id, to_id, relation)",
        "'d', 'because', 'answers'",
        &["'d', 'd', 'answers'", "'d', 'because', ''"],
    ),
    (
        "dialectic_sessions (session_id, paused_agent_id, reviewer_agent_id, status, phase, resolution, resolved_at)",
        "'s', 'root', 'child', 'active', 'thesis', NULL, NULL",
        &[
            "'', 'child', 'root', 'active', 'thesis', NULL, NULL",
            "'t', 'child', 'child', 'active', 'thesis', NULL, NULL",
            "'t', 'child', 'root', 'paused', 'thesis', NULL, NULL",
            "'t', 'child', 'root', 'active', 'thesys', NULL, NULL",
            "'t', 'child', 'root', 'active', 'thesis', '[]', NULL",
            "'t', 'child', 'root', 'resolved', 'synthesis', NULL, NULL",
        ],
    ),
    (
        "dialectic_messages (session_id, seq, agent_id, type, content)",
        "'s', 1, 'root', 'thesis', '{}'",
        &["'s', 0, 'root', 'thesis', '{}'", "'s', 2, 'root', 'thought', '{}'", "'s', 2, 'root', 'thesis', '\"words\"'"],
    ),
];

#[test]
fn each_check_refuses() {
    for (system, [agents, sessions, events]) in both() {
        let insert = |place: &str, values: &str| {
            let id = |last: u8| format!("00000000-0000-4000-8000-00000000000{last}");
            let place = place.replace("AGENTS", agents).replace("SESSIONS", sessions).replace("EVENTS", events);
            format!("INSERT INTO {place} VALUES ({values})").replace("ONE", &id(1)).replace("TWO", &id(2))
        };
        system.query(&format!("{} SELECT 1", lineage(agents)));
        system.query("INSERT INTO discoveries (discovery_id, type, summary) VALUES ('because', 'answer', 'because')");
        for (place, taken, refused) in CASES {
            system.query(&insert(place, taken));
            for values in *refused {
                let statement = insert(place, values);
                let reason = system.refused(&statement);
                assert!(reason.to_lowercase().contains("check constraint"), "{statement}\n{reason}");
            }
        }
        // An agent is paused by one session at a time: no check, but a unique index.
        let second = "INSERT INTO dialectic_sessions (session_id, paused_agent_id) VALUES ('t', 'root')";
        assert!(system.refused(second).to_lowercase().contains("unique"));
    }
}
