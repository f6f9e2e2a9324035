//! Governance: what SQLite holds goes into PostgreSQL as it is, as docs/systems/governance.md has it for the plan's second phase.

use std::fmt::Write as _;

use schemactl_test_support::rusqlite::types::ValueRef;

use super::governance::{lineage, postgres};
use super::system::System;

/// Parents first.
const TABLES: [(&str, &str); 12] = [
    ("agent_metadata", "core.identities"),
    ("session_identities", "core.sessions"),
    ("agent_state", "core.agent_state"),
    ("calibration", "core.calibration"),
    ("audit_events", "audit.events"),
    ("tool_usage", "audit.tool_usage"),
    ("discoveries", "core.discoveries"),
    ("discovery_tags", "core.discovery_tags"),
    ("agent_tags", "core.agent_tags"),
    ("discovery_relations", "core.discovery_relations"),
    ("dialectic_sessions", "core.dialectic_sessions"),
    ("dialectic_messages", "core.dialectic_messages"),
];

const ROWS: &str = "
    INSERT INTO session_identities (session_id, agent_id, expires_at) VALUES ('s', 'child', '2099-01-01T00:00:00.000Z');
    INSERT INTO agent_state (state_id, agent_id, recorded_at, energy, integrity, entropy, void, regime) VALUES
        ('ID1', 'child', '2026-01-01T10:20:30.456Z', 0.1, 1, 2.5, -0.25, NULL),
        ('ID2', 'root', '2026-01-02T10:20:30.456Z', 0.1, 1, 2.5, -0.25, '');
    INSERT INTO calibration (version, data) VALUES (7, '{\"threshold\": 0.5}');
    INSERT INTO audit_events (event_id, ts, agent_id, event_type, payload) VALUES
        ('ID1', '2026-01-31T23:59:59.999Z', 'gone', 'seen', '{\"said\": \"so, \\\"it\\\" is\"}'),
        ('ID2', '2026-02-01T00:00:00.000Z', NULL, 'seen', '{}');
    INSERT INTO tool_usage (usage_id, ts, tool_name, success, error_type) VALUES
        ('ID1', '2026-02-01T00:00:00.000Z', 'grep', 0, 'timeout'), ('ID2', '2026-02-01T00:00:00.000Z', 'grep', 1, NULL);
    INSERT INTO discoveries (discovery_id, agent_id, type, summary, response_to) VALUES
        ('a', 'root', 'answer', 'two\nlines', 'q'), ('q', NULL, 'question', '', NULL);
    INSERT INTO discovery_tags VALUES ('q', 'locking');
    INSERT INTO agent_tags VALUES ('root', 'locking');
    INSERT INTO discovery_relations (from_id, to_id) VALUES ('q', 'a');
    INSERT INTO dialectic_sessions (session_id, paused_agent_id, status, resolution, resolved_at) VALUES
        ('over', 'root', 'resolved', '{}', '2026-01-01T00:00:00.000Z'), ('on', 'root', 'active', NULL, NULL);
    INSERT INTO dialectic_messages (session_id, seq, agent_id, type, content) VALUES ('over', 1, NULL, 'thesis', '{}');
    SELECT 1";

/// A table as `sqlite3 -csv` writes it.
fn csv(system: &System, table: &str) -> String {
    let connection = system.connect();
    let mut statement = connection.prepare(&format!("SELECT * FROM {table}")).unwrap();
    let columns = statement.column_count();
    let mut rows = statement.query([]).unwrap();
    let mut text = String::new();
    while let Some(row) = rows.next().unwrap() {
        for column in 0..columns {
            let comma = if column == 0 { "" } else { "," };
            let value = match row.get_ref(column).unwrap() {
                ValueRef::Null => String::new(),
                ValueRef::Integer(number) => number.to_string(),
                ValueRef::Real(number) => number.to_string(),
                ValueRef::Text(value) => format!("\"{}\"", str::from_utf8(value).unwrap().replace('"', "\"\"")),
                ValueRef::Blob(_) => panic!("{table} has bytes"),
            };
            write!(text, "{comma}{value}").unwrap();
        }
        text.push('\n');
    }
    text
}

#[test]
fn rows_are_copied_as_they_are() {
    let from = System::sqlite("governance").up();
    let id = |last: u8| format!("00000000-0000-4000-8000-00000000000{last}");
    from.query(&format!("{} {}", lineage("agent_metadata"), ROWS.replace("ID1", &id(1)).replace("ID2", &id(2))));
    let to = postgres();
    to.query(
        "SET timezone = 'UTC'; SELECT audit.create_partition('events', m) \
           FROM generate_series(timestamptz '2026-01-01', timestamptz '2026-02-15', '1 month') AS m",
    );
    for (table, copy) in TABLES {
        let rows = csv(&from, table);
        assert_ne!(rows, "", "{table} has no row here");
        to.query(&format!("COPY {copy} FROM STDIN (FORMAT csv);\n{rows}\\.\n"));
        let count = "SELECT count(*) FROM";
        assert_eq!(from.query(&format!("{count} {table}")), to.query(&format!("{count} {copy}")), "{copy}");
    }
    for (columns, table) in [
        ("agent_id, parent_agent_id, @created_at@", 0),
        ("agent_id, @recorded_at@, energy, entropy, void, regime IS NULL", 2),
        ("only_row, version, data ->> 'threshold'", 3),
        ("event_id, @ts@, agent_id, payload ->> 'said'", 4),
        ("usage_id, @ts@, success, error_type", 5),
        ("discovery_id, summary, response_to, agent_id IS NULL", 6),
        ("session_id, resolution IS NULL, @resolved_at@", 10),
    ] {
        let (here, there) = TABLES[table];
        let expected = from.query(&format!("SELECT {} FROM {here} ORDER BY 1", columns.replace('@', "")));
        let found = to.query(&format!("SELECT {} FROM {there} ORDER BY 1", as_sqlite_has_it(columns)));
        assert_eq!(found, expected, "{there}");
    }
    // In their months.
    let months = "SELECT DISTINCT tableoid::regclass::text FROM audit.events ORDER BY 1";
    assert_eq!(to.query(months), "events_y2026m01\nevents_y2026m02");
}

/// Columns as PostgreSQL prints them where times, between `@`, are to be in SQLite's form, and truth a number.
fn as_sqlite_has_it(columns: &str) -> String {
    let mut text = String::new();
    for (place, part) in columns.split('@').enumerate() {
        if place % 2 == 1 {
            write!(text, "to_char({part} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')").unwrap();
        } else {
            text += part;
        }
    }
    for truth in ["regime IS NULL", "agent_id IS NULL", "resolution IS NULL", "only_row", "success"] {
        text = text.replace(truth, &format!("({truth})::int"));
    }
    text
}
