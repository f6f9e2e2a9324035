//! A row of each table that it takes, and what becomes of rows when their agent goes.

use super::{TABLES, both};
use crate::systems::system::System;

/// The columns without a default, and a value for each. `{id N}` stands for an identity.
const VALID: [(&str, &[(&str, &str)]); 9] = [
    ("agents", &[("id", "{id 1}"), ("name", "'AIHelp'"), ("agent_type", "'ai_help'")]),
    ("shared_state", &[("key", "'mode'"), ("value", "'\"auto\"'"), ("updated_by", "{id 1}")]),
    ("configuration", &[("agent_id", "{id 1}"), ("key", "'interval'"), ("value", "'30'")]),
    ("system_events", &[("agent_id", "{id 1}"), ("event_type", "'started'"), ("message", "'up'")]),
    ("agent_heartbeats", &[("agent_id", "{id 1}")]),
    (
        "health_alerts",
        &[
            ("agent_id", "{id 1}"),
            ("alert_type", "'silent'"),
            ("severity", "'critical'"),
            ("message", "'no heartbeat'"),
        ],
    ),
    ("performance_metrics", &[("agent_id", "{id 1}"), ("metric_name", "'latency'"), ("value", "1.5")]),
    (
        "llm_conversations",
        &[("session_id", "{id 7}"), ("turn", "1"), ("agent_id", "{id 1}"), ("model", "'m'"), ("prompt", "'why?'")],
    ),
    ("help_requests", &[("id", "{id 1}"), ("requested_by", "'ann'"), ("agent_id", "{id 1}"), ("question", "'how?'")]),
];

impl System {
    /// The INSERT of a row that the table takes, but for these columns.
    pub(super) fn insert(&self, table: &str, but: &[(&str, &str)]) -> String {
        let (_, valid) = VALID.iter().find(|(name, _)| *name == table).expect("the table is one of the nine");
        let others = valid.iter().filter(|(column, _)| but.iter().all(|(other, _)| other != column));
        let (columns, values): (Vec<&str>, Vec<String>) =
            others.chain(but).map(|(column, value)| (*column, self.filled(value))).unzip();
        format!("INSERT INTO {table} ({}) VALUES ({});", columns.join(", "), values.join(", "))
    }

    /// SQL with `{id N}` and `{days N}` (ago) in it, as this backend has it.
    pub(super) fn filled(&self, sql: &str) -> String {
        let mut parts = sql.split('{');
        let mut text = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let Some((word, rest)) = part.split_once('}') else { panic!("{{ is not closed in {sql}") };
            text += &match word.split_once(' ') {
                Some(("id", number)) => self.id(number),
                Some(("days", number)) => self.days_ago(number.parse().expect("days are a number")),
                // JSON's.
                _ => format!("{{{word}}}"),
            };
            text += rest;
        }
        text
    }

    /// A row in every table, all of agent 1.
    fn fill(&self) {
        TABLES.iter().for_each(|table| drop(self.query(&self.insert(table, &[]))));
    }
}

#[test]
fn what_an_agent_did_stays_and_what_it_was_goes() {
    for system in both() {
        system.fill();
        system.query("DELETE FROM agents;");
        for table in ["configuration", "agent_heartbeats", "health_alerts", "performance_metrics"] {
            assert_eq!(system.query(&format!("SELECT count(*) FROM {table};")), "0", "{table}");
        }
        let kept = [
            ("shared_state", "updated_by"),
            ("system_events", "agent_id"),
            ("llm_conversations", "agent_id"),
            ("help_requests", "agent_id"),
        ];
        for (table, column) in kept {
            let rows = system.query(&format!("SELECT count(*), count({column}) FROM {table};"));
            assert_eq!(rows, "1|0", "{table}");
        }
    }
}

#[test]
fn no_row_is_of_an_agent_that_is_not_there() {
    for system in both() {
        for table in TABLES.iter().filter(|table| **table != "agents") {
            let error = system.attempt(&system.insert(table, &[])).unwrap_err();
            assert!(error.to_lowercase().contains("foreign key constraint"), "{table}: {error}");
        }
    }
}

#[test]
fn defaults_are_those_of_a_new_agent_and_a_new_request() {
    for system in both() {
        system.fill();
        let agent = "SELECT state, heartbeat_interval_s, capabilities, started_at IS NULL FROM agents;";
        let yes = if system.is_sqlite() { "1" } else { "t" };
        let now = system.ago("0");
        assert_eq!(system.query(agent), format!("registered|30|[]|{yes}"));
        assert_eq!(system.query("SELECT priority, status, sources FROM help_requests;"), "3|open|[]");
        assert_eq!(system.query("SELECT namespace, version FROM shared_state;"), "system|1");
        let lately = format!(
            "SELECT count(*) FROM agent_heartbeats WHERE timestamp > {} AND timestamp <= {now};",
            system.ago("60")
        );
        assert_eq!(system.query(&lately), "1");
    }
}
