//! Heartbeats are kept for 30 days.

use super::{on_postgres, on_sqlite};
use crate::systems::system::System;

/// Heartbeats of 60 days, one for each, an hour into the day.
fn heartbeats(system: &System) {
    system.query(&system.insert("agents", &[]));
    let at = system.ago("i * 86400 - 3600");
    system.query(&format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60) \
         INSERT INTO agent_heartbeats (agent_id, timestamp) SELECT {}, {at} FROM n;",
        system.id("1")
    ));
}

fn left(system: &System) -> String {
    system.query("SELECT count(*) FROM agent_heartbeats;")
}

#[test]
fn thirty_days_of_heartbeats_are_kept() {
    let system = on_postgres();
    heartbeats(&system);
    assert_eq!(system.query("SELECT purge_heartbeats();"), "30");
    assert_eq!(left(&system), "30");
    assert_eq!(system.query("SELECT purge_heartbeats();"), "0");
    assert_eq!(system.query("SELECT purge_heartbeats('7 days');"), "23");
    assert_eq!(left(&system), "7");
}

#[test]
fn a_batch_takes_the_oldest() {
    let system = on_postgres();
    heartbeats(&system);
    assert_eq!(system.query("SELECT purge_heartbeats(max_rows => 20);"), "20");
    assert_eq!(
        system.query("SELECT count(*) FROM agent_heartbeats WHERE timestamp < now() - interval '40 days';"),
        "0"
    );
    assert_eq!(system.query("SELECT purge_heartbeats(max_rows => 20);"), "10");
}

#[test]
fn arguments_that_would_empty_the_table_are_refused() {
    let system = on_postgres();
    heartbeats(&system);
    for call in ["purge_heartbeats('1 hour')", "purge_heartbeats('-30 days')", "purge_heartbeats(NULL)"] {
        let error = system.attempt(&format!("SELECT {call};")).unwrap_err();
        assert!(error.contains("22023") && error.contains("kept for one day at least"), "{call}: {error}");
    }
    for call in ["purge_heartbeats(max_rows => 0)", "purge_heartbeats(max_rows => NULL)"] {
        let error = system.attempt(&format!("SELECT {call};")).unwrap_err();
        assert!(error.contains("22023") && error.contains("max_rows is 1 at least"), "{call}: {error}");
    }
    assert_eq!(left(&system), "60");
}

#[test]
fn two_that_purge_at_once_share_the_work() {
    let system = on_postgres();
    heartbeats(&system);
    let mut first = system.session();
    first.run("BEGIN");
    assert_eq!(first.run("SELECT background_agents.purge_heartbeats(max_rows => 10)"), "10");
    // It does not wait for the first one, whose rows it cannot have.
    assert_eq!(system.query("SET statement_timeout = '5s'; SELECT purge_heartbeats();"), "20");
    first.run("COMMIT");
    assert_eq!(left(&system), "30");
}

/// The statements of the plan and of docs/systems/background_agents.md.
#[test]
fn the_documented_statements_do_the_same() {
    const PAGE: &str = include_str!("../../../../docs/systems/background_agents.md");
    let sqlite = "DELETE FROM agent_heartbeats WHERE timestamp < strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-30 days');";
    assert!(PAGE.contains(sqlite));
    let system = on_sqlite();
    heartbeats(&system);
    system.query(sqlite);
    assert_eq!(left(&system), "30");

    let plan = "DELETE FROM agent_heartbeats WHERE timestamp < NOW() - INTERVAL '30 days';";
    let system = &on_postgres();
    heartbeats(system);
    system.query(plan);
    assert_eq!(left(system), "30");
}
