//! The platform of agents: defaults, checks, deletes, lookups and both full-text searches.

use std::collections::BTreeSet;

use super::system::System;

pub(super) const NAME: &str = "agent_platform";

/// Keys of rows, by their number: `key(7)`.
pub(super) fn key(number: u32) -> String {
    format!("'00000000-0000-0000-0000-{number:012}'")
}

pub(super) fn on_postgres() -> System {
    System::postgres(NAME, "public").up()
}

/// How many rows a table gets that others reference; those that do so get twice as many.
const PARENTS: u32 = 2000;

/// Agents 1 to 1000 have made workflows, the others are in everything else.
fn fill(system: &System) {
    let id = "('00000000-0000-0000-0000-' || lpad(i::text, 12, '0'))::uuid";
    let worker = format!("('00000000-0000-0000-0000-' || lpad((i % {0} + {0} + 1)::text, 12, '0'))::uuid", PARENTS / 2);
    let maker = format!("('00000000-0000-0000-0000-' || lpad((i % {} + 1)::text, 12, '0'))::uuid", PARENTS / 2);
    let workflow = format!("('00000000-0000-0000-0000-' || lpad((i % {PARENTS} + 1)::text, 12, '0'))::uuid");
    let rows = |count: u32| format!("FROM generate_series(1, {count}) AS i;\n");
    let (few, many) = (rows(PARENTS), rows(2 * PARENTS));
    system.query(&format!(
        "INSERT INTO agents (id, name, agent_type, status, last_heartbeat)
           SELECT {id}, 'agent ' || i, CASE i % 100 WHEN 0 THEN 'chief_of_staff' ELSE 'master_operator' END, 'idle',
             now() - i * interval '1 s' {few}
         INSERT INTO workflows (id, name, definition, created_by, status)
           SELECT {id}, 'workflow ' || i, '{{}}', {maker}, CASE i % 100 WHEN 0 THEN 'paused' ELSE 'active' END {few}
         INSERT INTO tasks (id, title, description, status, priority, assigned_agent_id, workflow_id)
           SELECT {id}, 'Repair of engine ' || i, CASE WHEN i % 2 = 0 THEN 'with valve ' || i || 'x' END,
             CASE i % 50 WHEN 0 THEN 'pending' ELSE 'completed' END, 'high', {worker}, {workflow} {many}
         INSERT INTO agent_messages (sender_id, recipient_id, sender_type, recipient_type, message_type, correlation_id)
           SELECT {worker}, {worker}, 'agent', 'agent', 'ask', {id} {many}
         INSERT INTO workflow_executions (workflow_id, started_by) SELECT {workflow}, {maker} {many}
         INSERT INTO agent_capabilities (agent_id, capability_name) SELECT {worker}, 'skill ' || i {many}
         INSERT INTO agent_performance (agent_id, metric_name, metric_value)
           SELECT {worker}, 'metric ' || i % 9, i {many}
         VACUUM ANALYZE;"
    ));
}

/// A row in each table, with what has no default; the agent is the first.
pub(super) fn one_of_each(system: &System) {
    let agent = key(1);
    system.query(&format!(
        "INSERT INTO agents (id, name, agent_type) VALUES ({agent}, 'a', 'chief_of_staff');
         INSERT INTO workflows (name, definition) VALUES ('w', '{{}}');
         INSERT INTO tasks (title) VALUES ('t');
         INSERT INTO agent_messages (sender_id, recipient_id, sender_type, recipient_type, message_type)
           VALUES ({agent}, {agent}, 'agent', 'agent', 'ask');
         INSERT INTO workflow_executions (workflow_id) SELECT id FROM workflows;
         INSERT INTO agent_capabilities (agent_id, capability_name) VALUES ({agent}, 'c');
         INSERT INTO agent_performance (agent_id, metric_name, metric_value) VALUES ({agent}, 'm', 1.5);"
    ));
}

#[test]
fn defaults_are_those_of_the_plan() {
    let system = on_postgres();
    one_of_each(&system);
    for (query, expected) in [
        (
            "SELECT status, capabilities, model_provider, model_name, performance_metrics, last_heartbeat FROM agents",
            "idle|[]|openrouter|auto|{}|",
        ),
        ("SELECT status, version, tags FROM workflows", "draft|1|{}"),
        ("SELECT status, priority, step_order, context_data, result_data FROM tasks", "pending|medium|0|{}|{}"),
        ("SELECT priority, status, payload, retry_count, max_retries FROM agent_messages", "normal|pending|{}|0|3"),
        ("SELECT status, current_step, context_data, result_data FROM workflow_executions", "running|0|{}|{}"),
        ("SELECT confidence_score, usage_count FROM agent_capabilities", "0.50|0"),
        ("SELECT metric_value, context FROM agent_performance", "1.5000|{}"),
        ("SELECT id <> message_id FROM agent_messages", "t"),
    ] {
        assert_eq!(system.query(query), expected);
    }
    let columns = system.query(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' \
           AND column_name IN ('created_at', 'updated_at', 'recorded_at', 'started_at') AND column_default = 'now()'",
    );
    let moments: Vec<_> = columns.lines().filter_map(|line| line.split_once('|')).collect();
    assert_eq!(moments.len(), 10, "{moments:?}");
    for (table, column) in moments {
        assert_eq!(system.query(&format!("SELECT now() - {column} < interval '1 min' FROM {table}")), "t");
    }

    // The one key that was given above.
    system.query("INSERT INTO agents (name, agent_type) VALUES ('b', 'master_operator')");

    let system = System::sqlite(NAME).up();
    system.query("INSERT INTO agents (id, name, agent_type) VALUES ('a', 'a', 'chief_of_staff')");
    system.query("INSERT INTO tasks (id, title) VALUES ('t', 't')");
    assert_eq!(system.query("SELECT status, model_provider, model_name FROM agents"), "idle|openrouter|auto");
    assert_eq!(system.query("SELECT status, priority FROM tasks"), "pending|medium");
}

/// Every check by its name, and what breaks it.
const CHECKS: &[(&str, &str, &str)] = &[
    ("agents_agent_type", "agents", "agent_type = 'cook'"),
    ("agents_status", "agents", "status = 'lost'"),
    ("workflows_status", "workflows", "status = 'running'"),
    ("tasks_status", "tasks", "status = 'done'"),
    ("tasks_priority", "tasks", "priority = 'normal'"),
    ("agent_messages_priority", "agent_messages", "priority = 'medium'"),
    ("agent_messages_status", "agent_messages", "status = 'read'"),
    ("workflow_executions_status", "workflow_executions", "status = 'paused'"),
    ("agent_capabilities_confidence_score", "agent_capabilities", "confidence_score = 1.01"),
    ("agent_capabilities_confidence_score", "agent_capabilities", "confidence_score = -0.01"),
];

#[test]
fn each_check_refuses() {
    let system = on_postgres();
    fill(&system);
    for (name, table, assignment) in CHECKS {
        let message = system.refused(&format!("UPDATE {table} SET {assignment}"));
        assert!(message.contains(&format!("violates check constraint \"{name}\"")), "{name}: {message}");
    }
    let there = system.query(
        "SELECT conname FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace \
           AND conrelid::regclass::text NOT LIKE 'schema_migrations%'",
    );
    assert_eq!(there.lines().collect::<BTreeSet<_>>(), CHECKS.iter().map(|check| check.0).collect());
    for (column, assignment) in [
        ("message_id", "message_id = recipient_id"),
        ("capability_name", "agent_id = (SELECT id FROM agents LIMIT 1), capability_name = 'c'"),
    ] {
        let table = if column == "message_id" { "agent_messages" } else { "agent_capabilities" };
        let message = system.refused(&format!("UPDATE {table} SET {assignment}"));
        assert!(message.contains("duplicate key") && message.contains(column), "{message}");
    }
}

#[test]
fn each_delete_acts() {
    let system = on_postgres();
    fill(&system);
    let keys = system.foreign_keys();
    assert_eq!(keys.len(), 9, "{keys:?}");
    let (maker, worker) = (key(7), key(PARENTS - 7));
    for foreign_key in &keys {
        let [table, column, parent, _] = foreign_key;
        match (table.as_str(), column.as_str()) {
            ("workflows", "created_by") | ("workflow_executions", "started_by") => {
                let message = system.refused(&format!("DELETE FROM agents WHERE id = {maker}"));
                assert!(message.contains("violates foreign key constraint"), "{message}");
                // Either of the two alone.
                let other = if table == "workflows" {
                    "workflow_executions SET started_by"
                } else {
                    "workflows SET created_by"
                };
                let alone = format!("BEGIN; UPDATE {other} = NULL; DELETE FROM agents WHERE id = {maker}; COMMIT;");
                assert!(system.refused(&alone).contains(&format!("{table}_{column}_fkey")));
            }
            ("tasks", "assigned_agent_id") => assert_eq!(system.on_delete(foreign_key, &worker), (0, 4)),
            _ => {
                let value = if parent == "workflows" { &maker } else { &worker };
                let (gone, emptied) = system.on_delete(foreign_key, value);
                assert!(gone > 0 && emptied == 0, "{table}.{column}: {gone} gone, {emptied} emptied");
            }
        }
    }

    let system = System::sqlite(NAME).up();
    system.query("INSERT INTO agents (id, name, agent_type) VALUES ('a', 'a', 'chief_of_staff')");
    system.query("INSERT INTO tasks (id, title, assigned_agent_id) VALUES ('t', 't', 'a')");
    assert!(system.refused("DELETE FROM agents").contains("FOREIGN KEY constraint failed"));
    system.uses("idx_tasks_assigned_agent", "SELECT * FROM tasks WHERE assigned_agent_id = 'a'");
}

#[test]
fn each_lookup_uses_its_index() {
    let system = on_postgres();
    fill(&system);
    let (maker, worker) = (key(7), key(PARENTS - 7));
    for (index, query) in [
        (
            "idx_agents_type_status",
            "SELECT * FROM agents WHERE agent_type = 'chief_of_staff' AND status = 'idle'".to_owned(),
        ),
        ("idx_agents_last_heartbeat", "SELECT * FROM agents ORDER BY last_heartbeat LIMIT 5".to_owned()),
        ("idx_tasks_status_priority", "SELECT * FROM tasks WHERE status = 'pending' AND priority = 'high'".to_owned()),
        ("idx_tasks_assigned_agent", format!("SELECT * FROM tasks WHERE assigned_agent_id = {worker}")),
        ("idx_tasks_workflow", format!("SELECT * FROM tasks WHERE workflow_id = {maker}")),
        (
            "idx_messages_recipient_status",
            format!("SELECT * FROM agent_messages WHERE recipient_id = {worker} AND status = 'pending'"),
        ),
        (
            "idx_messages_sender_type",
            format!("SELECT * FROM agent_messages WHERE sender_id = {worker} AND message_type = 'ask'"),
        ),
        ("idx_messages_correlation", format!("SELECT * FROM agent_messages WHERE correlation_id = {maker}")),
        ("idx_workflows_status", "SELECT * FROM workflows WHERE status = 'paused'".to_owned()),
        ("idx_workflow_executions_workflow", format!("SELECT * FROM workflow_executions WHERE workflow_id = {maker}")),
        ("idx_agent_capabilities_agent", format!("SELECT * FROM agent_capabilities WHERE agent_id = {worker}")),
        (
            "idx_agent_performance_agent_metric",
            format!("SELECT * FROM agent_performance WHERE agent_id = {worker} AND metric_name = 'metric 3'"),
        ),
    ] {
        system.uses(index, &query);
        assert_ne!(system.query(&format!("SELECT count(*) FROM ({query}) AS found")), "0", "{query}");
    }
}

#[test]
fn both_searches_use_their_index() {
    let system = on_postgres();
    fill(&system);
    let tasks = "to_tsvector('english', title || ' ' || coalesce(description, ''))";
    let workflows = "to_tsvector('english', name || ' ' || coalesce(description, ''))";
    system.query("UPDATE workflows SET name = 'Cleaning of the hall' WHERE name = 'workflow 7'");
    for (index, query, found) in [
        (
            "idx_tasks_search",
            format!("SELECT title FROM tasks WHERE {tasks} @@ to_tsquery('english', 'valves & 400x')"),
            "Repair of engine 400",
        ),
        // A task without a description is found by its title, and a word by its stem.
        (
            "idx_tasks_search",
            format!("SELECT title FROM tasks WHERE {tasks} @@ plainto_tsquery('english', 'repairing engines 401')"),
            "Repair of engine 401",
        ),
        (
            "idx_workflows_search",
            format!("SELECT name FROM workflows WHERE {workflows} @@ websearch_to_tsquery('english', 'clean hall')"),
            "Cleaning of the hall",
        ),
    ] {
        // 'valves' finds the stem of valve: only with the configuration that the index has.
        system.uses(index, &query);
        assert_eq!(system.query(&query), found);
    }
    let other = tasks.replace("english", "simple");
    let plan = system.explain(&format!("SELECT title FROM tasks WHERE {other} @@ to_tsquery('simple', 'engine')"));
    assert!(!plan.contains("idx_tasks_search"), "{plan}");
}

#[test]
fn what_sqlite_has_is_on_postgres_too() {
    let columns = |system: &System, sql: &str| system.query(sql).lines().map(str::to_owned).collect::<BTreeSet<_>>();
    let on_sqlite = columns(
        &System::sqlite(NAME).up(),
        "SELECT t.name || '.' || c.name FROM sqlite_schema t, pragma_table_info(t.name) c \
           WHERE t.name IN ('agents', 'tasks')",
    );
    let there = columns(
        &on_postgres(),
        "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public' \
           AND table_name IN ('agents', 'tasks')",
    );
    assert_eq!(on_sqlite.len(), 18);
    assert_eq!(on_sqlite.difference(&there).collect::<Vec<_>>(), Vec::<&String>::new());
}
