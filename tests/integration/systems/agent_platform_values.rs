//! What the columns of the platform take, and what of SQLite's rows PostgreSQL would not.

use std::collections::BTreeSet;

use super::agent_platform::{key, on_postgres, one_of_each};

/// The values that the plan's checks name.
const VALUES: &[(&str, &str, &[&str])] = &[
    ("agents", "agent_type", &["chief_of_staff", "master_operator"]),
    ("agents", "status", &["idle", "active", "busy", "error", "offline"]),
    ("tasks", "status", &["pending", "in_progress", "completed", "failed", "cancelled"]),
    ("tasks", "priority", &["low", "medium", "high", "urgent"]),
    ("agent_messages", "priority", &["low", "normal", "high", "urgent"]),
    ("agent_messages", "status", &["pending", "sent", "delivered", "acknowledged", "failed", "expired"]),
    ("workflows", "status", &["draft", "active", "paused", "completed", "failed"]),
    ("workflow_executions", "status", &["running", "completed", "failed", "cancelled"]),
    ("agent_capabilities", "confidence_score", &["0", "0.5", "1"]),
];

/// How long a text may be.
const LENGTHS: &[(&str, &str, usize)] = &[
    ("agents", "name", 255),
    ("agents", "agent_type", 50),
    ("agents", "status", 50),
    ("agents", "model_provider", 100),
    ("agents", "model_name", 100),
    ("tasks", "title", 500),
    ("tasks", "status", 50),
    ("tasks", "priority", 20),
    ("agent_messages", "sender_type", 50),
    ("agent_messages", "recipient_type", 50),
    ("agent_messages", "message_type", 50),
    ("agent_messages", "priority", 20),
    ("agent_messages", "status", 20),
    ("agent_messages", "subject", 500),
    ("workflows", "name", 255),
    ("workflows", "status", 50),
    ("workflow_executions", "status", 50),
    ("agent_capabilities", "capability_name", 100),
    ("agent_performance", "metric_name", 100),
    ("agent_performance", "metric_unit", 50),
];

/// Every column that the plan calls NOT NULL; besides these the keys.
const REQUIRED: &[&str] = &[
    "agents.name",
    "agents.agent_type",
    "tasks.title",
    "agent_messages.message_id",
    "agent_messages.sender_id",
    "agent_messages.recipient_id",
    "agent_messages.sender_type",
    "agent_messages.recipient_type",
    "agent_messages.message_type",
    "workflows.name",
    "workflows.definition",
    "workflow_executions.workflow_id",
    "agent_capabilities.agent_id",
    "agent_capabilities.capability_name",
    "agent_performance.agent_id",
    "agent_performance.metric_name",
    "agent_performance.metric_value",
];

#[test]
fn each_value_of_the_plan_is_taken() {
    let system = on_postgres();
    one_of_each(&system);
    for (table, column, values) in VALUES {
        for value in *values {
            let kept = system.query(&format!("UPDATE {table} SET {column} = '{value}' RETURNING {column} = '{value}'"));
            assert_eq!(kept, "t", "{table}.{column} = {value}");
        }
    }
}

#[test]
fn texts_are_as_long_as_the_plan_has_them() {
    let system = on_postgres();
    one_of_each(&system);
    for (table, column, length) in LENGTHS {
        let set = |length: usize| format!("UPDATE {table} SET {column} = '{}'", "x".repeat(length));
        let error = system.refused(&set(length + 1));
        assert!(error.contains(&format!("too long for type character varying({length})")), "{table}.{column}: {error}");
        if let Err(error) = system.attempt(&set(*length)) {
            assert!(error.contains("check constraint"), "{table}.{column}: {error}");
        }
    }
    let varchars = system.query(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' \
           AND data_type = 'character varying'",
    );
    let tried: BTreeSet<_> = LENGTHS.iter().map(|(table, column, _)| format!("{table}|{column}")).collect();
    assert_eq!(varchars.lines().map(str::to_owned).collect::<BTreeSet<_>>(), tried);
}

#[test]
fn numbers_have_the_plans_places() {
    let system = on_postgres();
    one_of_each(&system);
    let measure = |value: &str| format!("UPDATE agent_performance SET metric_value = {value} RETURNING metric_value");
    assert_eq!(system.query(&measure("-999999.99994")), "-999999.9999");
    assert!(system.refused(&measure("1000000")).contains("numeric field overflow"));
    let score = "UPDATE agent_capabilities SET confidence_score = 0.994 RETURNING confidence_score";
    assert_eq!(system.query(score), "0.99");
}

#[test]
fn what_the_plan_requires_is_required_and_nothing_else() {
    let system = on_postgres();
    one_of_each(&system);
    let columns = system.query(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' \
           AND table_name NOT LIKE 'schema_migrations%' AND column_name <> 'id'",
    );
    let is_required = |(table, column): &(&str, &str)| {
        let outcome = system.attempt(&format!("BEGIN; UPDATE {table} SET {column} = NULL; ROLLBACK;"));
        outcome.is_err_and(|error| {
            assert!(error.contains("violates not-null constraint"), "{table}.{column}: {error}");
            true
        })
    };
    let required = columns.lines().filter_map(|line| line.split_once('|')).filter(is_required);
    let required: BTreeSet<_> = required.map(|(table, column)| format!("{table}.{column}")).collect();
    assert_eq!(required, REQUIRED.iter().map(|&name| name.to_owned()).collect());
}

/// The column of a row that is wrong, and what it has.
type Fault = (&'static str, &'static str);

const AGENTS: &[Fault] = &[
    ("id", "'agent-7'"),
    ("id", "'00000000-0000-0000-0000-00000000000g'"),
    ("name", "printf('%256s', 'x')"),
    ("agent_type", "'cook'"),
    ("status", "'lost'"),
    ("capabilities", "'[\"search\"'"),
    ("model_provider", "printf('%101s', 'x')"),
    ("model_name", "printf('%101s', 'x')"),
    ("created_at", "'soon'"),
    ("updated_at", "'2026-13-01T10:00:00'"),
    ("updated_at", "'2026-02-30T10:00:00'"),
    ("capabilities", r#"'["\u0000"]'"#),
    ("id", "'000000000000-000-0000-0000-00000000'"),
];

const TASKS: &[Fault] = &[
    ("id", "'task-7'"),
    ("title", "printf('%501s', 'x')"),
    ("status", "'done'"),
    ("priority", "'normal'"),
    ("assigned_agent_id", "'00000000-0000-0000-0000-000000000404'"),
    ("assigned_agent_id", "'nobody'"),
    ("created_at", "'soon'"),
    ("updated_at", "'2026-01-01T25:00:00'"),
];

/// The INSERT of a row that both take, but for a fault.
fn insert(table: &str, number: u32, fault: Option<&Fault>) -> String {
    let key = key(number);
    let mut row = match table {
        "agents" => vec![
            ("id", key),
            ("name", "'a'".to_owned()),
            ("agent_type", "'chief_of_staff'".to_owned()),
            ("capabilities", "'[\"search\"]'".to_owned()),
            ("created_at", "'2026-01-31T10:00:00.123456'".to_owned()),
        ],
        _ => vec![("id", key), ("title", "'t'".to_owned()), ("assigned_agent_id", self::key(1))],
    };
    if let Some((column, value)) = fault {
        row.retain(|(name, _)| name != column);
        row.push((column, (*value).to_owned()));
    }
    let (columns, values): (Vec<&str>, Vec<String>) = row.into_iter().unzip();
    format!("INSERT INTO {table} ({}) VALUES ({})", columns.join(", "), values.join(", "))
}

/// Each fault alone is what PostgreSQL refuses, and a file that no check keeps from it may have: `move plan` names them.
#[test]
fn each_fault_is_what_postgres_refuses() {
    let postgres = on_postgres();
    postgres.query(&insert("agents", 1, None));
    postgres.query(&insert("tasks", 2, None));
    for (table, faults) in [("agents", AGENTS), ("tasks", TASKS)] {
        for fault in faults {
            let wrong = insert(table, 3, Some(fault));
            postgres.refused(&wrong.replace("printf('%", "lpad('x', ").replace("s', 'x')", ")"));
        }
    }
}
