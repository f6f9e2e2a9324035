//! What waits for a person is found by the partial indexes, however much else there is.

use super::coherence::{both, numbers, time};
use super::system::System;

/// The plan's: the newest of each status.
const BY_STATUS: &str = "idx_agent_tasks_attention";
/// Beside it on PostgreSQL: the newest of both.
const BY_TIME: &str = "idx_agent_tasks_attention_created";

const WAITING: &str = "SELECT id FROM agent_tasks WHERE status IN ('needs_decision', 'failed')";

/// So many tasks were run, and two of each `share` wait: number 0 has failed, number 1 needs a decision.
fn fill_tasks(system: &System, count: u32, share: u32) {
    let cast = if system.is_sqlite() { "" } else { "::coherence.task_status" };
    system.query(&format!(
        "INSERT INTO agent_tasks (id, direction, task_type, model, command, created_at, status) {} \
         SELECT i, 'go', 'impl', 'm', 'c', {}, (CASE i % {share} WHEN 0 THEN 'failed' WHEN 1 THEN 'needs_decision' \
           WHEN 2 THEN 'running' ELSE 'completed' END){cast} FROM n",
        numbers(count),
        time(system)
    ));
    system.query("ANALYZE");
}

fn ids(system: &System, sql: &str) -> Vec<u32> {
    system.query(sql).lines().map(|id| id.parse().unwrap()).collect()
}

#[test]
fn what_waits_is_found_by_a_partial_index() {
    let newest = format!("{WAITING} ORDER BY created_at DESC");
    // Few among many, and many among few: planners decide by that.
    for (count, share) in [(30_000, 100), (60_000, 2_000), (2_000, 10)] {
        for system in both() {
            fill_tasks(&system, count, share);
            for query in [WAITING, &newest, &format!("{newest} LIMIT 6")] {
                if system.is_sqlite() {
                    system.uses(BY_STATUS, query);
                } else {
                    system.uses(BY_TIME, query);
                    // Read in its order.
                    let plan = system.explain(query);
                    assert!(!plan.contains("Sort"), "{plan}");
                }
            }
            let wanted = (1..=count).rev().filter(|id| id % share < 2);
            assert_eq!(ids(&system, &newest), wanted.collect::<Vec<_>>());
        }
    }
}

#[test]
fn what_waits_by_status_is_in_the_order_of_the_plans_index() {
    let newest_of =
        |status: &str| format!("SELECT id FROM agent_tasks WHERE status = '{status}' ORDER BY created_at DESC LIMIT 6");
    for system in both() {
        fill_tasks(&system, 30_000, 100);
        let by_status = format!("{WAITING} ORDER BY status, created_at DESC LIMIT 6");
        system.uses(BY_STATUS, &by_status);
        let failed = [0, 1, 2, 3, 4, 5].map(|at| 30_000 - 100 * at);
        assert_eq!(ids(&system, &by_status), failed);
        assert_eq!(ids(&system, &newest_of("failed")), failed);
        if !system.is_sqlite() {
            // By one of the two. SQLite does not conclude from one status that a partial index has it.
            let plan = system.explain(&newest_of("failed"));
            assert!(plan.contains(BY_STATUS) && !plan.contains("Sort"), "{plan}");
            for index in [BY_STATUS, BY_TIME] {
                let is_small =
                    format!("SELECT pg_relation_size('idx_agent_tasks_created') > 10 * pg_relation_size('{index}')");
                assert_eq!(system.query(&is_small), "t");
            }
        }
        let running = system.explain(&newest_of("running"));
        assert!(!running.contains(BY_STATUS), "{running}");
    }
}
