//! What PostgreSQL refuses by its types, SQLite refuses by checks: with the library's SQLite and with the machine's own, which is
//! older on a Debian (3.40), and reads dates and JSON otherwise.

use std::process::Command;

use super::system::System;

/// Values that are taken and values that are refused, in place of `?`; those in the last list cannot be sent to PostgreSQL, or are
/// no error there.
struct Case {
    system: &'static str,
    schema: &'static str,
    insert: &'static str,
    taken: &'static [&'static str],
    refused: &'static [&'static str],
    refused_here: &'static [&'static str],
}

const TIMES: &[&str] = &[
    "'2026-02-30T00:00:00.000Z'",
    "'2025-02-29T00:00:00.000Z'",
    "'2026-13-01T00:00:00.000Z'",
    "'0000-01-01T00:00:00.000Z'",
];
/// PostgreSQL takes these for other times.
const OTHER_TIMES: &[&str] = &["'2026-01-01T24:00:00.000Z'", "'2026-01-01'", "'-001-01-01T00:00:00.000Z'", "'now'"];
const TEXTS: &[&str] = &["'a' || char(0) || 'b'", "char(0)"];
/// Latin-1, a character that is cut off, one that is written longer than it is, half of a pair, a byte that never occurs.
const NO_UTF8: &[&str] = &[
    "CAST(x'4de46472' AS TEXT)",
    "CAST(x'61c3' AS TEXT)",
    "CAST(x'c0af' AS TEXT)",
    "CAST(x'eda080' AS TEXT)",
    "CAST(x'61ff' AS TEXT)",
];
const GOOD_TEXTS: &[&str] = &["'é 漢 😀 \u{FFFD} \\u0000 \"quoted\" \\\\u0000'"];
const JSON: &[&str] = &[r#"'{"a": "\u0000"}'"#, r#"'{"a": "\\\u0000"}'"#, r#"'{"\u0000": 1}'"#, "'{]'"];
const GOOD_JSON: &[&str] = &[r#"'{"a": "\\u0000", "b": "\u0001é\ud83d\ude00"}'"#];
const UUIDS: &[&str] = &[
    "'0000000g-0000-4000-8000-000000000000'",
    "'00000000000040008000000000000000----'",
    "'000000000-000-4000-8000-00000000000-'",
    "'00000000-0000-4000-8000-00000000000'",
];
const NO_UUIDS: &[&str] = &[
    "'ABCDEFAB-0000-4000-8000-000000000000'",
    "'abcdefab-0000-4000-8000-000000000000' || char(0)",
    "CAST('abcdefab-0000-4000-8000-000000000000' AS BLOB)",
];
const GOOD_UUIDS: &[&str] = &["'abcdefab-0000-4000-8000-000000000000'"];
/// PostgreSQL refuses them where the database's locale knows them; that of these tests is C.
const CAPITALS: &[&str] = &["'Ärger'", "'größe Ä'", "'ΩΜΕΓΑ'", "'Жук'", "'Ŝ'", "'Ǆ'"];
const GOOD_LOWER: &[&str] = &["'ärger größe ωμέγα жук ŝ ǆ 漢字 ß'"];
const LARGE: &[&str] = &["2147483648", "9223372036854775807"];

const CASES: &[Case] = &[
    Case {
        system: "governance",
        schema: "core, audit",
        insert: "INSERT INTO agent_tags (agent_id, tag) VALUES ('root', ?)",
        taken: GOOD_LOWER,
        refused: &["'Locking'"],
        refused_here: &[TEXTS[0], CAPITALS[0], CAPITALS[1], CAPITALS[2], CAPITALS[3], CAPITALS[4], CAPITALS[5]],
    },
    Case {
        system: "governance",
        schema: "core, audit",
        insert: "INSERT INTO discoveries (discovery_id, type, summary) VALUES ('d', 'found', ?)",
        taken: GOOD_TEXTS,
        refused: &[],
        refused_here: &[TEXTS[0], TEXTS[1], NO_UTF8[0], NO_UTF8[1], NO_UTF8[2], NO_UTF8[3], NO_UTF8[4]],
    },
    Case {
        system: "governance",
        schema: "core, audit",
        insert: "INSERT INTO discoveries (discovery_id, type, summary, details) VALUES ('d', 'found', '', ?)",
        taken: GOOD_JSON,
        refused: JSON,
        refused_here: &["'{}' || char(0)", "CAST(x'7b2261223a22e4227d' AS TEXT)"],
    },
    Case {
        system: "governance",
        schema: "core, audit",
        insert: "INSERT INTO calibration (data, updated_at) VALUES ('{}', ?)",
        taken: &["'2024-02-29T23:59:59.999Z'"],
        refused: TIMES,
        refused_here: OTHER_TIMES,
    },
    Case {
        system: "governance",
        schema: "core, audit",
        insert: "INSERT INTO calibration (data, version) VALUES ('{}', ?)",
        taken: &["2147483647"],
        refused: LARGE,
        refused_here: &[],
    },
    Case {
        system: "governance",
        schema: "core, audit",
        insert: "INSERT INTO tool_usage (usage_id, tool_name, success) VALUES (?, 'grep', true)",
        taken: GOOD_UUIDS,
        refused: UUIDS,
        refused_here: NO_UUIDS,
    },
    Case {
        system: "background_agents",
        schema: "background_agents",
        insert: "INSERT INTO agents (id, name, agent_type) VALUES (?, 'a', 'worker')",
        taken: GOOD_UUIDS,
        refused: UUIDS,
        refused_here: NO_UUIDS,
    },
    Case {
        system: "background_agents",
        schema: "background_agents",
        insert: "INSERT INTO llm_conversations (session_id, turn, model, prompt) \
                 VALUES ('abcdefab-0000-4000-8000-000000000000', ?, 'm', '')",
        taken: &["2147483647"],
        refused: LARGE,
        refused_here: &[],
    },
    Case {
        system: "background_agents",
        schema: "background_agents",
        insert: "INSERT INTO system_events (event_type, message, details) VALUES ('e', '', ?)",
        taken: GOOD_JSON,
        refused: JSON,
        refused_here: &[],
    },
    Case {
        system: "background_agents",
        schema: "background_agents",
        insert: "INSERT INTO health_alerts (alert_type, severity, message, acknowledged_at) VALUES ('a', 'info', '', ?)",
        taken: &["'2999-02-28T00:00:00.000Z'"],
        refused: TIMES,
        refused_here: &["'2999-01-01T24:00:00.000Z'"],
    },
    Case {
        system: "agent_memory",
        schema: "agent_memory",
        insert: "INSERT INTO pull_requests (pull_request_id, repository, number, title, source_branch) \
                 VALUES ('p', 'r', ?, 't', 's')",
        taken: &["2147483647"],
        refused: LARGE,
        refused_here: &[],
    },
    Case {
        system: "agent_memory",
        schema: "agent_memory",
        insert: "INSERT INTO events (event_type, data) VALUES ('e', ?)",
        taken: GOOD_JSON,
        refused: JSON,
        refused_here: &[],
    },
    Case {
        system: "agent_memory",
        schema: "agent_memory",
        insert: "INSERT INTO projects (project_id, name, created_at) VALUES ('p', 'n', ?)",
        taken: &["'2024-02-29T00:00:00.000Z'"],
        refused: TIMES,
        refused_here: OTHER_TIMES,
    },
    Case {
        system: "agent_memory",
        schema: "agent_memory",
        insert: "INSERT INTO projects (project_id, name) VALUES ('q', ?)",
        taken: GOOD_TEXTS,
        refused: &[],
        refused_here: &[TEXTS[0], NO_UTF8[0], NO_UTF8[4]],
    },
    Case {
        system: "coherence",
        schema: "coherence",
        insert: "INSERT INTO projects (ecosystem, name) VALUES ('npm', ?)",
        taken: GOOD_LOWER,
        refused: &["'React'"],
        refused_here: &[
            TEXTS[0],
            NO_UTF8[1],
            CAPITALS[0],
            CAPITALS[1],
            CAPITALS[2],
            CAPITALS[3],
            CAPITALS[4],
            CAPITALS[5],
        ],
    },
    Case {
        system: "coherence",
        schema: "coherence",
        insert: "INSERT INTO projects (ecosystem, name, dependency_count) VALUES ('npm', 'n', ?)",
        taken: &["-2147483648"],
        refused: &[LARGE[0], LARGE[1], "-2147483649"],
        refused_here: &[],
    },
    Case {
        system: "coherence",
        schema: "coherence",
        insert: "INSERT INTO projects (id, ecosystem, name) VALUES (?, 'npm', 'm')",
        taken: &["2147483647"],
        refused: LARGE,
        refused_here: &[],
    },
    Case {
        system: "coherence",
        schema: "coherence",
        insert: "INSERT INTO assets (id, name, asset_type) VALUES (?, 'a', 'code')",
        taken: GOOD_UUIDS,
        refused: UUIDS,
        refused_here: NO_UUIDS,
    },
    Case {
        system: "coherence",
        schema: "coherence",
        insert: "INSERT INTO agent_tasks (id, direction, task_type, model, command, started_at) \
                 VALUES ('t', 'd', 'spec', 'm', 'c', ?)",
        taken: &["'2024-02-29T00:00:00.000Z'"],
        refused: TIMES,
        refused_here: &["'2026-01-01T24:00:00.000Z'"],
    },
];

/// Runs a statement with the machine's own SQLite.
fn own_sqlite(system: &System, sql: &str) -> Result<(), String> {
    let output = Command::new("sqlite3")
        .arg("-bail")
        .arg(system.file())
        .arg(format!("PRAGMA foreign_keys = ON; {sql}"))
        .output()
        .unwrap_or_else(|error| panic!("sqlite3 does not start: {error}; `./test` installs it"));
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

#[test]
fn sqlite_refuses_what_postgres_refuses() {
    for name in ["governance", "background_agents", "agent_memory", "coherence"] {
        let cases: Vec<_> = CASES.iter().filter(|case| case.system == name).collect();
        let here = System::sqlite(name).up();
        let there = System::postgres(name, cases[0].schema).up();
        if name == "governance" {
            here.query("INSERT INTO agent_metadata (agent_id) VALUES ('root'); SELECT 1");
            there.query("INSERT INTO identities (agent_id) VALUES ('root')");
        }
        for case in cases {
            let insert = |value: &str| case.insert.replace('?', value);
            for value in case.refused.iter().chain(case.refused_here) {
                let statement = insert(value);
                here.refused(&statement);
                assert!(own_sqlite(&here, &statement).is_err(), "not refused by the machine's SQLite: {statement}");
            }
            for value in case.refused {
                there.refused(&insert(value));
            }
            for value in case.taken {
                let statement = insert(value);
                here.query(&format!("BEGIN; {statement}; ROLLBACK"));
                there.query(&format!("BEGIN; {statement}; ROLLBACK"));
                own_sqlite(&here, &format!("BEGIN; {statement}; ROLLBACK"))
                    .unwrap_or_else(|error| panic!("{error}\nin: {statement}"));
            }
        }
    }
}
