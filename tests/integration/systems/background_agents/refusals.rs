//! What the tables do not take: each check with the row that shows it, and each unique key.

use std::collections::BTreeSet;

use super::{both, on_postgres, on_sqlite};
use crate::systems::system::System;

/// What differs from a row that the table takes.
type Columns = &'static [(&'static str, &'static str)];

/// Table, the check's name without the table's, and a row that it alone refuses.
const CHECKS: &[(&str, &str, Columns)] = &[
    ("agents", "agent_type", &[("agent_type", "'AI help'")]),
    ("agents", "state", &[("state", "'asleep'")]),
    ("agents", "heartbeat_interval_s", &[("heartbeat_interval_s", "0")]),
    ("agents", "heartbeat_interval_s", &[("heartbeat_interval_s", "86401")]),
    ("agents", "capabilities", &[("capabilities", "'{}'")]),
    ("agents", "times", &[("started_at", "{days 1}"), ("stopped_at", "{days 2}")]),
    ("shared_state", "namespace", &[("namespace", "''")]),
    ("shared_state", "key", &[("key", "''")]),
    ("shared_state", "version", &[("version", "0")]),
    ("configuration", "key", &[("key", "''")]),
    ("system_events", "event_type", &[("event_type", "''")]),
    ("system_events", "severity", &[("severity", "'fatal'")]),
    ("system_events", "details", &[("details", "'[]'")]),
    ("agent_heartbeats", "status", &[("status", "'fine'")]),
    ("agent_heartbeats", "cpu_percent", &[("cpu_percent", "-0.1")]),
    ("agent_heartbeats", "memory_mb", &[("memory_mb", "-1")]),
    ("agent_heartbeats", "details", &[("details", "'1'")]),
    ("health_alerts", "alert_type", &[("alert_type", "''")]),
    ("health_alerts", "severity", &[("severity", "'fatal'")]),
    ("health_alerts", "status", &[("status", "'closed'")]),
    ("health_alerts", "acknowledged", &[("status", "'acknowledged'")]),
    ("health_alerts", "resolved", &[("status", "'resolved'")]),
    ("health_alerts", "resolved", &[("resolved_at", "{days 0}"), ("raised_at", "{days 1}")]),
    ("health_alerts", "times", &[("raised_at", "{days 1}"), ("resolved_at", "{days 2}"), ("status", "'resolved'")]),
    ("health_alerts", "times", &[("raised_at", "{days 1}"), ("acknowledged_at", "{days 2}")]),
    ("performance_metrics", "metric_name", &[("metric_name", "''")]),
    ("performance_metrics", "value", &[("value", "{infinity}")]),
    ("performance_metrics", "value", &[("value", "-{infinity}")]),
    ("performance_metrics", "labels", &[("labels", "'[]'")]),
    ("llm_conversations", "turn", &[("turn", "0")]),
    ("llm_conversations", "status", &[("status", "'done'")]),
    ("llm_conversations", "prompt_tokens", &[("prompt_tokens", "-1")]),
    ("llm_conversations", "completion_tokens", &[("completion_tokens", "-1")]),
    ("llm_conversations", "cost_microusd", &[("cost_microusd", "-1")]),
    ("llm_conversations", "latency_ms", &[("latency_ms", "-1")]),
    ("llm_conversations", "metadata", &[("metadata", "'[]'")]),
    ("llm_conversations", "response", &[("status", "'succeeded'")]),
    ("llm_conversations", "error", &[("status", "'failed'")]),
    ("llm_conversations", "error", &[("error", "'timeout'")]),
    ("help_requests", "priority", &[("priority", "0")]),
    ("help_requests", "priority", &[("priority", "5")]),
    ("help_requests", "status", &[("status", "'done'")]),
    ("help_requests", "question", &[("question", "''")]),
    ("help_requests", "context", &[("context", "'[]'")]),
    ("help_requests", "sources", &[("sources", "'{}'")]),
    ("help_requests", "answered", &[("status", "'answered'")]),
    ("help_requests", "answered", &[("answer", "'so'"), ("answered_at", "{days 0}"), ("created_at", "{days 1}")]),
    ("help_requests", "answered", &[("answered_at", "{days 0}"), ("created_at", "{days 1}")]),
    ("help_requests", "rated", &[("rating", "5")]),
    (
        "help_requests",
        "rating",
        &[
            ("rating", "6"),
            ("status", "'answered'"),
            ("answer", "'so'"),
            ("answered_at", "{days 0}"),
            ("created_at", "{days 1}"),
        ],
    ),
    (
        "help_requests",
        "times",
        &[("status", "'answered'"), ("answer", "'so'"), ("answered_at", "{days 1}"), ("created_at", "{days 0}")],
    ),
];

/// What PostgreSQL's types refuse, SQLite's checks do.
const FORMS: &[(&str, Columns)] = &[
    ("agents", &[("id", "'00000000-0000-4000-8000-00000000000A'")]),
    ("agents", &[("id", "'1'")]),
    ("agents", &[("started_at", "'2025-01-27 10:00:00'")]),
    ("agents", &[("registered_at", "'2025-01-27T10:00:00Z'")]),
    ("agents", &[("state_changed_at", "'2025-02-30T10:00:00.000Z'")]),
    ("agents", &[("stopped_at", "'yesterday'")]),
    ("shared_state", &[("value", "'auto'")]),
    ("shared_state", &[("updated_at", "''")]),
    ("shared_state", &[("expires_at", "'1738000000'")]),
    ("configuration", &[("value", "'['")]),
    ("configuration", &[("updated_at", "'today'")]),
    ("system_events", &[("timestamp", "'2025-01-27'")]),
    ("agent_heartbeats", &[("timestamp", "'2025-01-27T10:00:00.000+01:00'")]),
    ("health_alerts", &[("raised_at", "'x'")]),
    ("health_alerts", &[("acknowledged_at", "'x'")]),
    ("health_alerts", &[("resolved_at", "'x'"), ("status", "'resolved'")]),
    ("performance_metrics", &[("timestamp", "'x'")]),
    ("llm_conversations", &[("session_id", "'A'")]),
    ("llm_conversations", &[("trace_id", "'A'")]),
    ("llm_conversations", &[("timestamp", "'x'")]),
    ("help_requests", &[("id", "'x'")]),
    ("help_requests", &[("session_id", "'x'")]),
    ("help_requests", &[("created_at", "'x'")]),
    ("help_requests", &[("answered_at", "'x'"), ("answer", "'so'"), ("status", "'answered'")]),
];

fn is_refused(system: &System, table: &str, check: &str, columns: Columns) {
    let infinity = if system.is_sqlite() { "9e999" } else { "'Infinity'::float8" };
    let sql = system.insert(table, columns).replace("{infinity}", infinity);
    let error = system.attempt(&sql).expect_err(&sql);
    let fits = if system.is_sqlite() {
        error.contains("CHECK constraint failed: ") && error.contains(check)
    } else {
        let named = |name: &str| error.contains(&format!("check constraint \"{name}\""));
        named(&format!("{table}_{check}"))
    };
    assert!(fits, "{sql}\n{error}");
}

#[test]
fn each_check_refuses() {
    for system in both() {
        system.query(&system.insert("agents", &[]));
        for (table, check, columns) in CHECKS {
            let other: &[_] = if *table == "agents" { &[("id", "{id 2}"), ("name", "'other'")] } else { &[] };
            let columns = [*columns, other].concat();
            is_refused(&system, table, check, columns.leak());
        }
    }
}

#[test]
fn no_check_is_untried() {
    let tried: BTreeSet<String> = CHECKS.iter().map(|(table, check, _)| format!("{table}_{check}")).collect();
    let sql = "SELECT conname FROM pg_constraint WHERE contype = 'c' AND connamespace = 'background_agents'::regnamespace \
               AND conrelid::regclass::text NOT LIKE 'schema_migrations%';";
    let there: BTreeSet<String> = on_postgres().query(sql).lines().map(str::to_owned).collect();
    assert_eq!(tried, there);
}

#[test]
fn what_types_refuse_on_postgres_checks_refuse_on_sqlite() {
    let system = on_sqlite();
    system.query(&system.insert("agents", &[]));
    for (table, columns) in FORMS {
        is_refused(&system, table, columns[0].0, columns);
    }
    let error = system.attempt(&system.insert("llm_conversations", &[("metadata", "'['")])).unwrap_err();
    assert!(error.contains("malformed JSON"), "{error}");
    let error = system.attempt(&system.insert("agent_heartbeats", &[("cpu_percent", "'much'")])).unwrap_err();
    assert!(error.contains("cannot store TEXT value in REAL column"), "{error}");
}

#[test]
fn not_a_number_is_no_metric() {
    let system = on_postgres();
    let error = system.attempt(&system.insert("performance_metrics", &[("agent_id", "NULL"), ("value", "'NaN'")]));
    assert!(error.unwrap_err().contains("performance_metrics_value"));
    let system = on_sqlite();
    let error =
        system.attempt(&system.insert("performance_metrics", &[("agent_id", "NULL"), ("value", "9e999 - 9e999")]));
    assert!(error.unwrap_err().contains("NOT NULL constraint failed"));
}

/// Whether a second row is refused as one that is there already.
fn twice(system: &System, table: &str, columns: Columns) -> bool {
    match system.attempt(&system.insert(table, columns)) {
        Ok(_) => false,
        Err(error) if error.to_lowercase().contains("unique constraint") => true,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn what_there_is_once_is_not_there_twice() {
    for system in both() {
        system.query(&system.insert("agents", &[]));
        assert!(twice(&system, "agents", &[("id", "{id 2}")]));
        for agent in ["{id 1}", "NULL"] {
            let columns: Columns = if agent == "NULL" { &[("agent_id", "NULL")] } else { &[] };
            assert!(!twice(&system, "configuration", columns));
            assert!(twice(&system, "configuration", columns));
            // Raised once while it is not resolved, and again after that.
            assert!(!twice(&system, "health_alerts", columns));
            assert!(twice(&system, "health_alerts", columns));
            system.query("UPDATE health_alerts SET status = 'resolved', resolved_at = raised_at;");
            assert!(!twice(&system, "health_alerts", columns));
            system.query("UPDATE health_alerts SET status = 'resolved', resolved_at = raised_at;");
        }
        assert!(!twice(&system, "shared_state", &[]));
        assert!(twice(&system, "shared_state", &[]));
        assert!(!twice(&system, "llm_conversations", &[("trace_id", "{id 5}")]));
        assert!(twice(&system, "llm_conversations", &[]));
        assert!(!twice(&system, "llm_conversations", &[("turn", "2")]));
        assert!(twice(&system, "llm_conversations", &[("turn", "3"), ("trace_id", "{id 5}")]));
    }
}
