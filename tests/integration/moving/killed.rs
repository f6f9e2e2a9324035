//! Copies that die: the process, its sessions, the server.

use std::time::Duration;

use schemactl_test_support::postgres::{self, Cluster};
use schemactl_test_support::{Signal, cases, long};

use super::Move;

#[test]
fn at_every_point_of_a_copy_it_can_be_gone_on_with() {
    let moved = Move::with_rows(700);
    let before = moved.schema();
    let mut died = 0;
    // Each run dies some steps later than the one before.
    let steps = if long() { 1 } else { 4 };
    for name in ["chunk written", "put back"] {
        for number in (0..60).step_by(steps) {
            let fault = format!("{number}:{name}");
            let arguments = ["move", "copy", "--skip-plan", "--batch", "300"];
            let output = moved.project.spawn_with(&[("SCHEMACTL_FAULT", fault.as_str())], arguments).wait();
            if output.status.success() {
                break;
            }
            died += 1;
            moved.run("discard").ok();
            // From the beginning, and from where it died.
            let output = moved.project.spawn_with(&[("SCHEMACTL_FAULT", fault.as_str())], arguments).wait();
            assert!(!output.status.success());
            moved.run("copy --skip-plan --batch 300").ok();
            moved.assert_equal();
            assert_eq!(moved.schema(), before, "{fault}");
            moved.run("discard").ok();
        }
    }
    assert!(died * steps > 20, "{died}");
}

#[test]
fn who_does_not_want_to_wait_may_stop_it() {
    let moved = Move::with_rows(4_000);
    let mut running = moved.project.spawn(["move", "copy", "--skip-plan", "--batch", "10", "--log-format", "json"]);
    running.wait_for("rows_copied");
    running.signal(Signal::SIGINT);
    let output = running.wait();
    output.code(130);
    output.stderr_has("what was copied before stays");
    moved.run("status").ok().stdout_has("begun");
    moved.run("copy --skip-plan").ok();
    moved.assert_equal();
}

#[test]
fn random_kills_end_in_a_whole_copy() {
    let rounds = cases(2, 60);
    let moved = Move::with_rows(4_000);
    let before = moved.schema();
    let (mut random, mut kills) = (7u64, 0u64);
    let mut next = |below: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % below
    };
    for round in 0..rounds {
        let jobs = (1 + next(3)).to_string();
        loop {
            let arguments = ["move", "copy", "--skip-plan", "--batch", "250", "--jobs", &jobs];
            let mut running = moved.project.spawn(arguments);
            // On a busy machine a run needs longer to come to its first row.
            std::thread::sleep(Duration::from_millis((20 + next(400)) * (1 + kills / 20)));
            if running.has_ended() {
                let output = running.wait();
                output.ok();
                break;
            }
            if next(3) == 0 {
                moved.database.psql(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
                );
                // What it makes of that is its affair; the next run goes on.
                running.wait();
            } else {
                running.kill_9();
            }
            kills += 1;
            assert!(kills < 200 * (u64::from(round) + 1), "it comes no further");
        }
        moved.assert_equal();
        assert_eq!(moved.schema(), before);
        assert_eq!(moved.database.psql("SELECT n FROM counted"), "0");
        moved.run("discard").ok();
    }
    eprintln!("{kills} kills in {rounds} rounds");
    assert!(kills > 0);
}

#[test]
fn a_server_that_dies_takes_nothing_along() {
    let cluster = Cluster::start(postgres::version());
    let moved = Move::on(cluster.create_database());
    moved.fill(4_000);
    for pause in [150, 300, 600] {
        let running = moved.project.spawn(["move", "copy", "--skip-plan", "--batch", "200"]);
        std::thread::sleep(Duration::from_millis(pause));
        cluster.kill_9();
        running.wait();
        cluster.start_again();
    }
    moved.run("copy --skip-plan").ok();
    moved.assert_equal();
}
