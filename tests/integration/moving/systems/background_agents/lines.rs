//! The values that files of background_agents hold, each in a row of its own: BA01 to BA21.

use super::super::Moved;
use super::super::values::{Line, Lines, Outcome, Table};

const TABLES: &[Table] = &[
    Table {
        name: "agents",
        mark: "name",
        usual: &[
            ("id", "printf('00000000-0000-4000-8000-%012d', {n})"),
            ("name", "'{n}'"),
            ("agent_type", "'worker'"),
            ("state", "'running'"),
            ("state_changed_at", NOW),
            ("heartbeat_interval_s", "30"),
            ("capabilities", "'[]'"),
            ("registered_at", NOW),
            ("started_at", NOW),
        ],
    },
    Table {
        name: "shared_state",
        mark: "key",
        usual: &[("namespace", "'line'"), ("key", "'{n}'"), ("version", "1"), ("updated_at", NOW)],
    },
    Table {
        name: "agent_heartbeats",
        mark: "details ->> 'line'",
        usual: &[
            ("id", "{n}"),
            ("agent_id", AGENT),
            ("timestamp", NOW),
            ("status", "'healthy'"),
            ("details", "'{\"line\": \"{n}\"}'"),
        ],
    },
    Table {
        name: "performance_metrics",
        mark: "unit",
        usual: &[("id", "{n}"), ("metric_name", "'m'"), ("unit", "'{n}'"), ("labels", "'{}'"), ("timestamp", NOW)],
    },
    Table {
        name: "llm_conversations",
        mark: "model",
        usual: &[
            ("id", "{n}"),
            ("session_id", "printf('00000000-0000-4000-9000-%012d', {n})"),
            ("turn", "1"),
            ("model", "'{n}'"),
            ("status", "'pending'"),
            ("prompt", "''"),
            ("metadata", "'{}'"),
            ("timestamp", NOW),
        ],
    },
    Table {
        name: "health_alerts",
        mark: "message",
        usual: &[
            ("id", "{n}"),
            ("agent_id", AGENT),
            ("alert_type", "'line {n}'"),
            ("severity", "'info'"),
            ("status", "'open'"),
            ("message", "'{n}'"),
            ("raised_at", NOW),
        ],
    },
];
const NOW: &str = "'2025-01-27T09:15:30.000Z'";
/// The agent of line 13, which is an agent without a fault.
const AGENT: &str = "'00000000-0000-4000-8000-000000000900'";

const LINES: &[Line] = &[
    Line::of(900, "agents.state", "'running'", Outcome::Kept("running")),
    Line::of(1, "agents.agent_type", "'HeartbeatHealthAgent'", Outcome::Asked("heartbeat_health_agent")),
    Line::of(2, "shared_state.value", "'running'", Outcome::Asked("\"running\"")),
    Line::of(3, "shared_state.value", "x'80049505000000000000008c016194752e'", Outcome::Refused),
    Line::of(4, "shared_state.value", "'1.0'", Outcome::Kept("1.0")),
    Line::of(5, "agent_heartbeats.cpu_percent", "'93.5%'", Outcome::Asked("93.5")),
    Line::of(6, "agent_heartbeats.cpu_percent", "'93,5'", Outcome::Asked("93.5")),
    Line::of(7, "agent_heartbeats.cpu_percent", "9e999 - 9e999", Outcome::Kept("NULL")),
    Line::of(8, "performance_metrics.value", "9e999", Outcome::Refused),
    Line::of(9, "performance_metrics.value", "'1e3'", Outcome::Kept("1000")),
    Line::of(10, "performance_metrics.value", "0.30000000000000004", Outcome::Kept("0.30000000000000004")),
    Line::of(11, "llm_conversations.cost_microusd", "0.000123", Outcome::Refused),
    Line::of(12, "llm_conversations.latency_ms", "3000000000", Outcome::Refused),
    Line::of(13, "llm_conversations.prompt_tokens", "12.0", Outcome::Kept("12")),
    Line::of(14, "llm_conversations.prompt_tokens", "12.5", Outcome::Refused),
    Line::of(15, "llm_conversations.turn", "1", Outcome::Refused).with(&[SESSION]),
    Line::of(115, "llm_conversations.turn", "1", Outcome::Refused).with(&[SESSION]),
    Line::of(16, "health_alerts.status", "'open'", Outcome::Refused).with(&[("alert_type", "'twice'")]),
    Line::of(116, "health_alerts.status", "'open'", Outcome::Refused).with(&[("alert_type", "'twice'")]),
    Line::of(17, "health_alerts.status", "'resolved'", Outcome::Refused),
    Line::of(18, "agent_heartbeats.agent_id", "'11111111-1111-4111-8111-111111111114'", Outcome::Orphan),
    Line::of(
        19,
        "agent_heartbeats.timestamp",
        "'2025-01-27 09:15:30,123'",
        Outcome::Asked("2025-01-27 09:15:30.123+00"),
    ),
    Line::of(20, "agents.id", "'zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz'", Outcome::Refused),
    Line::of(21, "agents.stopped_at", "'2025-01-27T09:00:00Z'", Outcome::Refused),
];
const SESSION: (&str, &str) = ("session_id", "'aaaaaaaa-0000-4000-9000-000000000000'");

#[test]
fn each_value_of_its_files_is_kept_asked_about_or_refused() {
    let moved = Moved::new("background_agents", "background_agents", "assistance", |_| ());
    moved.loosen("SELECT 1");
    Lines { tables: TABLES, lines: LINES }.assert(&moved, "");
}
