//! Each index answers its question on 100,000 rows, and no index is there without one.

use std::collections::BTreeSet;

use super::NAME;
use crate::systems::system::System;

/// The index and its question.
const QUERIES: [(&str, &str); 29] = [
    ("idx_agents_state", "SELECT name FROM agents WHERE state = 'failed' ORDER BY state_changed_at DESC"),
    ("idx_agents_type_state", "SELECT name FROM agents WHERE agent_type = 'worker_7' AND state = 'stopped'"),
    (
        "idx_shared_state_updated",
        "SELECT key, value FROM shared_state WHERE namespace = 'ns5' AND updated_at > {days 1}",
    ),
    ("idx_shared_state_expires", "SELECT namespace, key FROM shared_state WHERE expires_at < {days 0}"),
    ("idx_shared_state_updated_by", "SELECT key FROM shared_state WHERE updated_by = {id 5}"),
    ("idx_configuration_key", "SELECT agent_id, value FROM configuration WHERE key = 'key77'"),
    ("configuration_of_agent", "SELECT value FROM configuration WHERE agent_id = {id 3} AND key = 'key77'"),
    ("idx_events_timestamp", "SELECT * FROM system_events ORDER BY timestamp DESC LIMIT 50"),
    ("idx_events_agent", "SELECT * FROM system_events WHERE agent_id = {id 3} ORDER BY timestamp DESC LIMIT 50"),
    ("idx_events_type", "SELECT * FROM system_events WHERE event_type = 'type77' ORDER BY timestamp DESC LIMIT 50"),
    (
        "idx_events_errors",
        "SELECT * FROM system_events WHERE severity IN ('error', 'critical') ORDER BY timestamp DESC LIMIT 50",
    ),
    (
        LATEST,
        "SELECT name, (SELECT h.status FROM agent_heartbeats h WHERE h.agent_id = a.id ORDER BY h.timestamp DESC LIMIT 1) \
              FROM agents a WHERE state = 'running'",
    ),
    (
        "idx_heartbeats_timestamp",
        "SELECT id FROM agent_heartbeats WHERE timestamp < {days 30} ORDER BY timestamp LIMIT 1000",
    ),
    (
        "idx_heartbeats_unwell",
        "SELECT * FROM agent_heartbeats WHERE status <> 'healthy' ORDER BY timestamp DESC LIMIT 50",
    ),
    ("idx_alerts_open", "SELECT * FROM health_alerts WHERE status <> 'resolved' ORDER BY raised_at DESC"),
    ("idx_alerts_agent", "SELECT * FROM health_alerts WHERE agent_id = {id 3} ORDER BY raised_at DESC LIMIT 50"),
    (
        "health_alerts_once",
        "SELECT id FROM health_alerts WHERE agent_id = {id 3} AND alert_type = 'kind352' AND status <> 'resolved'",
    ),
    ("idx_metrics_timestamp", "SELECT * FROM performance_metrics WHERE timestamp > {days 7}"),
    (
        "idx_metrics_agent",
        "SELECT timestamp, value FROM performance_metrics WHERE agent_id = {id 4} AND metric_name = 'metric3' \
         ORDER BY timestamp DESC LIMIT 100",
    ),
    (
        "idx_metrics_name",
        "SELECT avg(value) FROM performance_metrics WHERE metric_name = 'metric3' AND timestamp > {days 7}",
    ),
    (BY_SESSION, "SELECT turn, prompt, response FROM llm_conversations WHERE session_id = {id 1500} ORDER BY turn"),
    ("idx_conversations_timestamp", "SELECT * FROM llm_conversations ORDER BY timestamp DESC LIMIT 50"),
    (
        "idx_conversations_agent",
        "SELECT * FROM llm_conversations WHERE agent_id = {id 3} ORDER BY timestamp DESC LIMIT 50",
    ),
    (
        "idx_conversations_model",
        "SELECT sum(cost_microusd) FROM llm_conversations WHERE model = 'model3' AND timestamp > {days 7}",
    ),
    (
        "idx_conversations_failed",
        "SELECT * FROM llm_conversations WHERE status = 'failed' ORDER BY timestamp DESC LIMIT 50",
    ),
    ("idx_help_queue", "SELECT id FROM help_requests WHERE status = 'open' ORDER BY priority, created_at LIMIT 1"),
    ("idx_help_agent", "SELECT * FROM help_requests WHERE agent_id = {id 3} ORDER BY created_at DESC LIMIT 20"),
    (
        "idx_help_requester",
        "SELECT * FROM help_requests WHERE requested_by = 'user7' ORDER BY created_at DESC LIMIT 20",
    ),
    ("idx_help_session", "SELECT * FROM help_requests WHERE session_id = {id 1500}"),
];

/// Those that have all that their question asks for, so that the table is not read.
const COVERING: [&str; 3] = [LATEST, "idx_metrics_name", "idx_conversations_model"];
const LATEST: &str = "idx_heartbeats_latest";
/// The unique constraint's, which SQLite numbers.
const BY_SESSION: &str = "llm_conversations_session_id_turn_key";

const SEARCH: &str = "SELECT question, answer FROM help_requests WHERE status = 'answered' \
     AND to_tsvector('english', question || ' ' || coalesce(answer, '')) @@ plainto_tsquery('english', 'topic7777');";

/// The page that shows operators the statements.
const PAGE: &str = include_str!("../../../../docs/systems/background_agents.md");

/// Whether a plan has this index: the whole name, since one begins like another.
fn names(plan: &str, index: &str) -> bool {
    plan.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').any(|word| word == index)
}

fn named() -> BTreeSet<String> {
    QUERIES.iter().map(|(index, _)| (*index).to_owned()).filter(|index| index.starts_with("idx_")).collect()
}

#[test]
fn each_question_uses_its_index_on_postgres() {
    let system = System::postgres(NAME, NAME).loaded();
    let mut wrong = String::new();
    for (index, sql) in QUERIES {
        let plan = system.query(&system.filled(&format!("EXPLAIN (COSTS OFF) {sql};")));
        let alone = plan.contains(&format!("Index Only Scan using {index} "));
        let reads_too_much = plan.contains("Seq Scan") || plan.contains("Sort Key");
        if !names(&plan, index) || reads_too_much || (COVERING.contains(&index) && !alone) {
            wrong += &format!("{index}: {sql}\n{plan}\n\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    each_documented_question_uses_its_index(&system);
    let plan = system.query(&format!("EXPLAIN (COSTS OFF) {SEARCH}"));
    assert!(plan.contains("idx_help_search") && !plan.contains("Seq Scan"), "{plan}");
    assert_eq!(system.query(SEARCH), "how about topic7777?|so");

    let indexes = "SELECT indexname FROM pg_indexes WHERE schemaname = 'background_agents' AND indexname LIKE 'idx_%';";
    let there: BTreeSet<String> = system.query(indexes).lines().map(str::to_owned).collect();
    let mut asked = named();
    asked.insert("idx_help_search".to_owned());
    assert_eq!(asked, there);
    assert!(there.len() > 25, "the plan has 25 and more");

    deleting_an_agent_reads_no_table(&system);
}

/// The questions that the plan names, as the page has them; that of the metrics is the plan's own statement.
fn each_documented_question_uses_its_index(system: &System) {
    let session = system.query(&format!("SELECT {}", system.id("1500")));
    for (start, index, rows) in [
        ("SELECT a.name, h.timestamp", LATEST, 35),
        ("SELECT * FROM performance_metrics", "idx_metrics_timestamp", 7 * 24 * 60 - 1),
        ("SELECT * FROM health_alerts", "idx_alerts_open", 1000),
        ("SELECT turn, prompt, response", BY_SESSION, 20),
    ] {
        let at = PAGE.find(start).unwrap_or_else(|| panic!("the page has no {start}"));
        let (documented, _) = PAGE[at..].split_once(';').expect("the statement ends");
        let sql = documented.replace("'...'", &format!("'{session}'"));
        system.uses(index, &sql);
        // A minute may pass between the load and the question.
        let found = system.query(&sql).lines().count();
        assert!(found <= rows && found + 5 > rows, "{found} rows: {sql}");
    }
}

/// The lookups that each foreign key makes.
fn deleting_an_agent_reads_no_table(system: &System) {
    let keys = "SELECT conrelid::regclass, attname FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid \
                AND attnum = conkey[1] WHERE contype = 'f' AND confrelid = 'agents'::regclass;";
    let keys = system.query(keys);
    assert_eq!(keys.lines().count(), 8, "{keys}");
    for (table, column) in keys.lines().filter_map(|line| line.split_once('|')) {
        let sql = format!("EXPLAIN SELECT FROM {table} WHERE {column} = {{id 19999}} FOR UPDATE;");
        let plan = system.query(&system.filled(&sql));
        assert!(!plan.contains("Seq Scan"), "{table}.{column}\n{plan}");
    }
}

#[test]
fn each_question_uses_its_index_on_sqlite() {
    let system = System::sqlite(NAME).loaded();
    let mut wrong = String::new();
    for (index, sql) in QUERIES {
        let plan = system.query(&system.filled(&format!("EXPLAIN QUERY PLAN {sql};")));
        let name = if index == BY_SESSION { "sqlite_autoindex_llm_conversations_2" } else { index };
        let covers = names(&plan, name) && plan.contains(&format!("USING COVERING INDEX {name}"));
        if !names(&plan, name) || plan.contains("TEMP B-TREE") || (COVERING.contains(&index) && !covers) {
            wrong += &format!("{index}: {sql}\n{plan}\n\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    let at = PAGE.rfind("SELECT a.name, h.timestamp").expect("the page has it once more, without LATERAL");
    let (documented, _) = PAGE[at..].split_once(';').expect("the statement ends");
    let plan = system.explain(documented);
    assert!(plan.contains(&format!("USING COVERING INDEX {LATEST}")) && !plan.contains("SCAN"), "{plan}");
    assert_eq!(system.query(documented).lines().count(), 35);
    let indexes = "SELECT name FROM sqlite_schema WHERE type = 'index' AND name GLOB 'idx_*'";
    assert_eq!(named(), system.query(indexes).lines().map(str::to_owned).collect());
}
