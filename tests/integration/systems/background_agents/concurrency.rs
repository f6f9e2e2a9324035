//! 35 agents at work at the same time, as the plan has it.

use schemactl_test_support::postgres::Database;

use super::{both, on_postgres};

const AGENTS: u32 = 35;
const ROUNDS: u32 = 20;

async fn client(database: &Database) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(&database.url(), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute("SET search_path = background_agents").await.unwrap();
    client
}

/// What an agent does in a round; the last statement takes the next request, which nobody else then has.
fn round(agent: u32, round: u32, id: &str) -> [String; 7] {
    [
        format!("INSERT INTO agent_heartbeats (agent_id) VALUES ({id})"),
        format!("INSERT INTO performance_metrics (agent_id, metric_name, value) VALUES ({id}, 'latency', {round})"),
        format!("INSERT INTO system_events (agent_id, event_type, message) VALUES ({id}, 'round', '{round}')"),
        format!(
            "INSERT INTO shared_state (key, value, updated_by) VALUES ('rounds', '1', {id}) \
             ON CONFLICT (namespace, key) DO UPDATE SET value = to_jsonb((shared_state.value #>> '{{}}')::int + 1), \
             version = shared_state.version + 1, updated_by = excluded.updated_by, updated_at = now()"
        ),
        "INSERT INTO health_alerts (alert_type, severity, message) VALUES ('disk', 'critical', 'full') ON CONFLICT DO NOTHING"
            .to_owned(),
        format!(
            "INSERT INTO llm_conversations (session_id, turn, agent_id, model, prompt) \
             VALUES ('00000000-0000-4000-9000-{agent:012}', {round}, {id}, 'm', 'why?')"
        ),
        format!(
            "UPDATE help_requests SET status = 'answered', agent_id = {id}, answer = 'by {agent}', answered_at = clock_timestamp() \
             WHERE id = (SELECT id FROM help_requests WHERE status = 'open' ORDER BY priority, created_at \
                         LIMIT 1 FOR UPDATE SKIP LOCKED)"
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_five_write_at_once_without_an_error() {
    let system = on_postgres();
    let database = system.server();
    let id = system.id("i");
    system.query(&format!(
        "INSERT INTO agents (id, name, agent_type) SELECT {id}, 'agent ' || i, 'worker' FROM generate_series(1, {AGENTS}) i;
         INSERT INTO help_requests (requested_by, question) SELECT 'ann', 'how?' FROM generate_series(1, {AGENTS} * {ROUNDS});
         INSERT INTO agent_heartbeats (agent_id, timestamp)
             SELECT (SELECT id FROM agents LIMIT 1), now() - interval '31 days' FROM generate_series(1, 5000);"
    ));
    let mut running = Vec::new();
    for agent in 1..=AGENTS {
        let client = client(database).await;
        let id = system.id(&agent.to_string());
        running.push(tokio::spawn(async move {
            for number in 1..=ROUNDS {
                for sql in round(agent, number, &id) {
                    // Nobody may be refused, wait for ever or be the victim of a deadlock.
                    let rows = client.execute(&sql, &[]).await.unwrap_or_else(|error| panic!("{error:?}\n{sql}"));
                    assert!(rows == 1 || sql.contains("DO NOTHING"), "{rows} rows: {sql}");
                }
            }
        }));
    }
    // Two schedulers call retention meanwhile.
    for _ in 0..2 {
        let client = client(database).await;
        running.push(tokio::spawn(async move {
            while client.query_one("SELECT purge_heartbeats(max_rows => 100)", &[]).await.unwrap().get::<_, i64>(0) > 0
            {
            }
        }));
    }
    for task in running {
        task.await.unwrap();
    }

    let all = (AGENTS * ROUNDS).to_string();
    for table in ["agent_heartbeats", "performance_metrics", "system_events", "llm_conversations"] {
        assert_eq!(system.query(&format!("SELECT count(*) FROM {table};")), all, "{table}");
    }
    assert_eq!(system.query("SELECT value, version FROM shared_state;"), format!("{all}|{all}"));
    assert_eq!(system.query("SELECT count(*) FROM health_alerts;"), "1");
    let answers = "SELECT count(*) FILTER (WHERE status = 'answered'), min(n), max(n) FROM help_requests \
                   JOIN (SELECT agent_id, count(*) n FROM help_requests GROUP BY 1) each USING (agent_id);";
    assert_eq!(system.query(answers), format!("{all}|{ROUNDS}|{ROUNDS}"));
}

/// As docs/systems/background_agents.md has it: whoever writes what was read meanwhile by others learns of it.
#[test]
fn an_update_of_an_old_version_changes_nothing() {
    for system in both() {
        system.query(&system.insert("shared_state", &[("updated_by", "NULL")]));
        let write = |value: &str| {
            system.query(&format!(
                "UPDATE shared_state SET value = '\"{value}\"', version = version + 1 \
                 WHERE namespace = 'system' AND key = 'mode' AND version = 1 RETURNING version;"
            ))
        };
        assert_eq!(write("first"), "2");
        assert_eq!(write("second"), "");
        assert_eq!(system.query("SELECT value, version FROM shared_state;"), "\"first\"|2");
    }
}
