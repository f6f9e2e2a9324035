//! What 35 agents at work leave: a hundred thousand rows where these are logged, some thousand elsewhere.

use crate::systems::system::System;

/// How many rows a log has.
const ROWS: u32 = 100_000;
/// How many rows a table has that is written over.
const FEWER: u32 = 20_000;
/// How many agents were ever registered; the first 35 are running.
const AGENTS: u32 = 20_000;

/// INSERT of these columns, computed from `i`, which counts up to so many.
fn rows(count: u32, table: &str, columns: &[(&str, String)]) -> String {
    let (names, values): (Vec<&str>, Vec<&str>) = columns.iter().map(|(name, value)| (*name, value.as_str())).unzip();
    format!(
        "INSERT INTO {table} ({}) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) \
         SELECT {} FROM n;\n",
        names.join(", "),
        values.join(", ")
    )
}

impl System {
    /// Loads before the indexes are there, as one would, then applies the rest and tells the planner.
    pub(super) fn loaded(self) -> Self {
        self.run("up --phase 3_assistance").ok();
        let statements = [self.core(), self.monitoring(), self.assistance()].concat();
        // No look at the parent for each of the rows, all of which have one.
        let unchecked =
            if self.is_sqlite() { "PRAGMA foreign_keys = off;" } else { "SET session_replication_role = replica;" };
        // One transaction: on SQLite each statement alone would wait for the disk.
        self.query(&format!("{unchecked}BEGIN;{}COMMIT;", statements.concat()));
        self.run("up").ok();
        self.query(if self.is_sqlite() { "ANALYZE;" } else { "VACUUM ANALYZE;" });
        self
    }

    fn core(&self) -> Vec<String> {
        let text = str::to_owned;
        let null_time = if self.is_sqlite() { "NULL" } else { "NULL::timestamptz" };
        vec![
            rows(
                AGENTS,
                "agents",
                &[
                    ("id", self.id("i")),
                    ("name", text("'agent ' || i")),
                    ("agent_type", text("'worker_' || (i % 50)")),
                    ("state", text("CASE WHEN i <= 35 THEN 'running' WHEN i <= 40 THEN 'failed' ELSE 'stopped' END")),
                    ("state_changed_at", self.ago("i * 60")),
                ],
            ),
            rows(
                FEWER,
                "shared_state",
                &[
                    ("namespace", text("'ns' || (i % 100)")),
                    ("key", text("'key' || i")),
                    ("value", text("'1'")),
                    ("updated_by", self.id("i % 1000 + 1")),
                    ("updated_at", self.ago("i")),
                    (
                        "expires_at",
                        format!("CASE WHEN i % 100 = 0 THEN {} ELSE {null_time} END", self.ago("i - 10000")),
                    ),
                ],
            ),
            rows(
                FEWER,
                "configuration",
                &[("agent_id", self.id("i % 7 + 1")), ("key", text("'key' || (i / 7)")), ("value", text("'1'"))],
            ),
            rows(1_000, "configuration", &[("key", text("'key' || i")), ("value", text("'0'"))]),
            rows(
                ROWS,
                "system_events",
                &[
                    ("agent_id", self.id("i % 350 + 1")),
                    ("event_type", text("'type' || (i % 200)")),
                    ("severity", text("CASE WHEN i % 100 = 0 THEN 'error' ELSE 'info' END")),
                    ("message", text("'event ' || i")),
                    ("timestamp", self.ago("i * 30")),
                ],
            ),
        ]
    }

    fn monitoring(&self) -> Vec<String> {
        let text = str::to_owned;
        let null_time = if self.is_sqlite() { "NULL" } else { "NULL::timestamptz" };
        vec![
            rows(
                ROWS,
                "agent_heartbeats",
                &[
                    ("agent_id", self.id("i % 35 + 1")),
                    ("timestamp", self.ago("i * 40")),
                    ("status", text("CASE WHEN i % 200 = 0 THEN 'degraded' ELSE 'healthy' END")),
                ],
            ),
            rows(
                ROWS,
                "health_alerts",
                &[
                    ("agent_id", self.id("i % 350 + 1")),
                    ("alert_type", text("CASE WHEN i <= 1000 THEN 'kind' || i ELSE 'silent' END")),
                    ("severity", text("CASE WHEN i % 20 = 0 THEN 'critical' ELSE 'warning' END")),
                    ("status", text("CASE WHEN i <= 1000 THEN 'open' ELSE 'resolved' END")),
                    ("message", text("'alert ' || i")),
                    ("raised_at", self.ago("i * 60")),
                    (
                        "resolved_at",
                        format!("CASE WHEN i <= 1000 THEN {null_time} ELSE {} END", self.ago("i * 60 - 30")),
                    ),
                ],
            ),
            rows(
                ROWS,
                "performance_metrics",
                &[
                    ("agent_id", self.id("i % 35 + 1")),
                    ("metric_name", text("'metric' || (i % 20)")),
                    ("value", text("i % 977")),
                    ("timestamp", self.ago("i * 60")),
                ],
            ),
        ]
    }

    fn assistance(&self) -> Vec<String> {
        let text = str::to_owned;
        let null_time = if self.is_sqlite() { "NULL" } else { "NULL::timestamptz" };
        vec![
            rows(
                ROWS,
                "llm_conversations",
                &[
                    ("session_id", self.id("1000 + i / 20")),
                    ("turn", text("i % 20 + 1")),
                    ("agent_id", self.id("i % 350 + 1")),
                    ("model", text("'model' || (i % 10)")),
                    ("status", text("CASE WHEN i % 500 = 0 THEN 'failed' ELSE 'succeeded' END")),
                    ("prompt", text("'prompt ' || i")),
                    ("response", text("CASE WHEN i % 500 <> 0 THEN 'response' END")),
                    ("error", text("CASE WHEN i % 500 = 0 THEN 'timeout' END")),
                    ("cost_microusd", text("i % 5000")),
                    ("timestamp", self.ago("i * 30")),
                ],
            ),
            rows(
                FEWER,
                "help_requests",
                &[
                    ("id", self.id("i")),
                    ("requested_by", text("'user' || (i % 100)")),
                    ("session_id", self.id("1000 + i")),
                    ("agent_id", self.id("i % 100 + 1")),
                    ("priority", text("i % 4 + 1")),
                    ("status", text("CASE WHEN i <= 1000 THEN 'open' ELSE 'answered' END")),
                    ("question", text("'how about topic' || i || '?'")),
                    ("answer", text("CASE WHEN i > 1000 THEN 'so' END")),
                    ("created_at", self.ago("i * 30 + 10")),
                    ("answered_at", format!("CASE WHEN i > 1000 THEN {} ELSE {null_time} END", self.ago("i * 30"))),
                ],
            ),
        ]
    }
}
