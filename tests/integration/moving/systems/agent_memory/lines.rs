//! The values that files of agent_memory hold, each in a row of its own: AM01 to AM23.

use super::super::Moved;
use super::super::values::{Line, Lines, Outcome, Table};

const NOW: &str = "'2025-01-27T09:15:30.000Z'";
const TABLES: &[Table] = &[
    Table {
        name: "agents",
        mark: "branch_name",
        usual: &[
            ("agent_id", "'agent {n}'"),
            ("agent_type", "'pm'"),
            ("status", "'idle'"),
            ("branch_name", "'{n}'"),
            ("created_at", NOW),
        ],
    },
    Table {
        name: "tasks",
        mark: "title",
        usual: &[
            ("task_id", "'task {n}'"),
            ("title", "'{n}'"),
            ("status", "'pending'"),
            ("priority", "1"),
            ("created_at", NOW),
        ],
    },
    Table {
        name: "context_sessions",
        mark: "context ->> 'line'",
        usual: &[
            ("session_id", "'session {n}'"),
            ("agent_id", AGENT),
            ("context", "'{\"line\": \"{n}\"}'"),
            ("token_count", "1"),
            ("started_at", NOW),
        ],
    },
    Table {
        name: "memory_snapshots",
        mark: "snapshot_id",
        usual: &[("snapshot_id", "'{n}'"), ("session_id", "'session 902'"), ("created_at", NOW)],
    },
    Table {
        name: "performance_metrics",
        mark: "metric_name",
        usual: &[
            ("metric_id", "{n}"),
            ("agent_id", AGENT),
            ("metric_name", "'{n}'"),
            ("metric_value", "1.5"),
            ("recorded_at", NOW),
        ],
    },
    Table {
        name: "git_state",
        mark: "branch_name",
        usual: &[
            ("git_state_id", "{n}"),
            ("agent_id", AGENT),
            ("branch_name", "'{n}'"),
            ("commit_hash", "printf('%040d', 0)"),
            ("is_dirty", "0"),
            ("recorded_at", NOW),
        ],
    },
    Table {
        name: "pull_requests",
        mark: "title",
        usual: &[
            ("pull_request_id", "'{n}'"),
            ("repository", "'r'"),
            ("number", "{n}"),
            ("title", "'{n}'"),
            ("source_branch", "'s'"),
            ("target_branch", "'main'"),
            ("status", "'open'"),
            ("created_at", NOW),
        ],
    },
    Table {
        name: "configurations",
        mark: "value ->> 'line'",
        usual: &[
            ("configuration_id", "{n}"),
            ("config_key", "'key {n}'"),
            ("value", "'{\"line\": \"{n}\"}'"),
            ("updated_at", NOW),
        ],
    },
    Table {
        name: "events",
        mark: "event_type",
        usual: &[
            ("event_id", "{n}"),
            ("event_type", "'{n}'"),
            ("severity", "'info'"),
            ("data", "'{}'"),
            ("created_at", NOW),
        ],
    },
];
/// The agent of line 901, which is one without a fault.
const AGENT: &str = "'agent 901'";

const LINES: &[Line] = &[
    Line::of(901, "agents.status", "'idle'", Outcome::Kept("idle")),
    Line::of(902, "context_sessions.token_count", "7", Outcome::Kept("7")),
    Line::of(1, "agents.created_at", "'2025-01-27 09:15:30'", Outcome::Asked("2025-01-27 09:15:30+00")),
    Line::of(2, "agents.agent_type", "'backend'", Outcome::Refused),
    Line::of(3, "agents.status", "'running'", Outcome::Asked("active")),
    Line::of(
        4,
        "agents.configuration",
        "'{\"tools\": {\"bash\": true,},}'",
        Outcome::Asked("{\"tools\": {\"bash\": true}}"),
    ),
    Line::of(5, "agents.configuration", "'model: opus' || char(10) || 'tools: [bash]'", Outcome::Refused),
    Line::of(6, "tasks.parent_task_id", "'later'", Outcome::Kept("later")),
    Line::of(106, "tasks.task_id", "'later'", Outcome::Kept("later")),
    Line::of(7, "tasks.parent_task_id", "'task 7'", Outcome::Refused),
    Line::of(8, "tasks.priority", "'high'", Outcome::Asked("2")),
    Line::of(9, "tasks.priority", "'2'", Outcome::Kept("2")),
    Line::of(10, "git_state.is_dirty", "'True'", Outcome::Kept("true")),
    Line::of(11, "git_state.is_dirty", "2", Outcome::Refused),
    Line::of(
        12,
        "git_state.commit_hash",
        "'DEADBEEFdeadbeefDEADBEEFdeadbeefDEADBEEF'",
        Outcome::Asked("deadbeefdeadbeefdeadbeefdeadbeefdeadbeef"),
    ),
    Line::of(13, "git_state.commit_hash", "'deadbee'", Outcome::Refused),
    Line::of(14, "memory_snapshots.content", "NULL", Outcome::Refused),
    Line::of(
        15,
        "memory_snapshots.file_path",
        "'/srv/app/memory_snapshots/x.json'",
        Outcome::Asked("memory_snapshots/x.json"),
    ),
    Line::of(16, "memory_snapshots.file_path", "'memory_snapshots\\x.json'", Outcome::Ruled("memory_snapshots/x.json")),
    Line::of(
        17,
        "memory_snapshots.file_path",
        "'memory_snapshots/gone.json'",
        Outcome::Kept("memory_snapshots/gone.json"),
    ),
    Line::of(18, "pull_requests.merged_at", "NULL", Outcome::Refused).with(&[("status", "'merged'")]),
    Line::of(19, "configurations.agent_id", "NULL", Outcome::Refused).with(&[("config_key", "'twice'")]),
    Line::of(119, "configurations.agent_id", "NULL", Outcome::Refused).with(&[("config_key", "'twice'")]),
    Line::of(20, "events.created_at", "'Mon Jan 27 09:15:30 2025'", Outcome::Asked("2025-01-27 09:15:30+00")),
    Line::of(21, "context_sessions.token_count", "9300000000000000000", Outcome::Refused),
    Line::of(22, "performance_metrics.metric_value", "9e999", Outcome::Kept("Infinity")),
    Line::of(23, "tasks.task_id", "'T1 '", Outcome::Ruled("T1")),
    Line::of(123, "performance_metrics.task_id", "'T1'", Outcome::Asked("T1")),
];

#[test]
fn each_value_of_its_files_is_kept_asked_about_or_refused() {
    let moved = Moved::new("agent_memory", "agent_memory", "foreign_keys", |_| ());
    moved.loosen("SELECT 1");
    Lines { tables: TABLES, lines: LINES }
        .assert(&moved, "\"memory_snapshots.*\" = { strip_prefix = \"/srv/app/\" }\n");
}
