//! What an asset's contributions cost together, whatever is done to them and by however many at once.

use std::thread;
use std::time::{Duration, Instant};

use schemactl_test_support::sqlite::query;

use super::coherence::{numbers, people_and_assets, postgres, sqlite, uuid};
use super::system::System;

fn both() -> [System; 2] {
    [sqlite().up(), postgres().up()].map(|system| {
        people_and_assets(&system);
        system
    })
}

/// A contribution to an asset.
pub(super) fn give(id: u32, contributor: u32, asset: u32, cost: &str) -> String {
    format!(
        "INSERT INTO contributions (id, contributor_id, asset_id, cost_amount, coherence_score) \
         VALUES ('{}', '{}', '{}', {cost}, 0.5)",
        uuid(id),
        uuid(contributor),
        uuid(asset)
    )
}

/// Asserts what both assets cost, to the last digit.
#[track_caller]
pub(super) fn costs(system: &System, first: &str, second: &str) {
    let found = system.query("SELECT id, total_cost FROM assets ORDER BY id");
    for (asset, cost) in [(1, first), (2, second)] {
        let is_so = format!("SELECT count(*) FROM assets WHERE id = '{}' AND total_cost = {cost}", uuid(asset));
        assert_eq!(system.query(&is_so), "1", "asset {asset} does not cost {cost}\n{found}");
    }
}

/// The assets that cost something else than their contributions; docs/systems/coherence.md has it for operators.
const WRONG: &str = "SELECT count(*) FROM assets WHERE total_cost <> \
    (SELECT coalesce(round(sum(cost_amount), 2), 0) FROM contributions WHERE asset_id = assets.id)";

#[test]
fn the_total_follows_what_is_done_to_contributions() {
    for system in both() {
        system.query(&give(1, 1, 1, "0.10"));
        system.query(&give(2, 2, 1, "0.20"));
        system.query(&give(3, 1, 2, "5"));
        costs(&system, "0.30", "5");
        system.query(&format!("UPDATE contributions SET cost_amount = 0.70 WHERE id = '{}'", uuid(1)));
        costs(&system, "0.90", "5");
        let to_second = format!("UPDATE contributions SET asset_id = '{}'", uuid(2));
        system.query(&format!("{to_second} WHERE id = '{}'", uuid(2)));
        costs(&system, "0.70", "5.20");
        // Moved and corrected at once.
        system.query(&format!("{to_second}, cost_amount = 1.01 WHERE id = '{}'", uuid(1)));
        costs(&system, "0", "6.21");
        // Those that were there already stay, those that were not come.
        system.query(&format!("UPDATE contributions SET asset_id = '{}' WHERE cost_amount < 5", uuid(1)));
        costs(&system, "1.21", "5");
        let again = "ON CONFLICT (id) DO UPDATE SET cost_amount = excluded.cost_amount";
        system.query(&format!("{} {again}", give(3, 1, 2, "4.99")));
        costs(&system, "1.21", "4.99");
        system.query(&format!("{} ON CONFLICT DO NOTHING", give(3, 1, 2, "7")));
        costs(&system, "1.21", "4.99");
        system.query(&format!("DELETE FROM contributions WHERE id = '{}'", uuid(2)));
        costs(&system, "1.01", "4.99");
        // With their contributor.
        system.query(&format!("DELETE FROM contributors WHERE id = '{}'", uuid(1)));
        costs(&system, "0", "0");
        assert_eq!(system.query("SELECT count(*) FROM contributions"), "0");
    }
}

#[test]
fn an_asset_goes_with_its_contributions() {
    for system in both() {
        system.query(&give(1, 1, 1, "3"));
        system.query(&give(2, 1, 2, "4"));
        system.query(&format!("DELETE FROM assets WHERE id = '{}'", uuid(1)));
        assert_eq!(system.query("SELECT count(*) FROM contributions"), "1");
        assert_eq!(system.query(WRONG), "0");
        system.query("DELETE FROM contributions");
        assert_eq!(system.query("SELECT count(*) FROM assets WHERE total_cost = 0"), "1");
    }
}

#[test]
fn what_is_rolled_back_costs_nothing() {
    for system in both() {
        system.query(&give(1, 1, 1, "3"));
        let and_back =
            format!("BEGIN; {}; DELETE FROM contributions WHERE cost_amount = 3; ROLLBACK", give(2, 1, 1, "4"));
        system.query(&and_back);
        costs(&system, "3", "0");
        // The second row is refused, and the first goes with it.
        let id = uuid(1);
        system.refused(&format!("{}, ('{id}', '{id}', '{id}', 9, 0.5)", give(2, 1, 1, "4")));
        costs(&system, "3", "0");
    }
}

#[test]
fn tenths_and_the_largest_amounts_add_up_to_the_cent() {
    for system in both() {
        let bulk = |asset: u32, cost: &str, count: u32| {
            format!(
                "INSERT INTO contributions (contributor_id, asset_id, cost_amount, coherence_score) {} \
                 SELECT contributors.id, assets.id, {cost}, 1 FROM n, contributors, assets \
                 WHERE contributors.id = '{}' AND assets.id = '{}'",
                numbers(count),
                uuid(1),
                uuid(asset)
            )
        };
        // In binary numbers that are only added, a thousand tenths are 99.9999999999986.
        system.query(&bulk(1, "0.10", 1000));
        costs(&system, "100", "0");
        system.query(&bulk(2, "9999999999999.79", 1));
        system.query(&bulk(2, "0.01", 20));
        costs(&system, "100", "9999999999999.99");
        let said = system.refused(&bulk(2, "0.01", 1));
        assert!(said.contains(if system.is_sqlite() { "total_cost" } else { "22003" }), "{said}");
        costs(&system, "100", "9999999999999.99");
        system.query(&format!("DELETE FROM contributions WHERE asset_id = '{}' AND cost_amount = 0.01", uuid(2)));
        costs(&system, "100", "9999999999999.79");
    }
}

#[test]
fn an_asset_is_written_when_its_total_changes() {
    for system in both() {
        system.query(&give(1, 1, 1, "3"));
        let long_ago = "UPDATE assets SET updated_at = '2020-01-01T00:00:00.000Z'";
        let untouched = "SELECT count(*) FROM assets WHERE updated_at = '2020-01-01T00:00:00.000Z'";
        for (change, left) in [
            ("UPDATE contributions SET coherence_score = 0.9", "2"),
            ("UPDATE contributions SET cost_amount = 3", "2"),
            ("UPDATE contributions SET cost_amount = 4", "1"),
            (&give(2, 1, 1, "1"), "1"),
            (&format!("UPDATE contributions SET asset_id = '{}' WHERE cost_amount = 1", uuid(2)), "0"),
            ("DELETE FROM contributions WHERE cost_amount = 4", "1"),
        ] {
            system.query(long_ago);
            system.query(change);
            assert_eq!(system.query(untouched), left, "{change}");
        }
    }
}

#[test]
fn a_statement_writes_each_asset_once() {
    let [_, system] = both();
    let written = "SELECT n_tup_upd FROM pg_stat_xact_user_tables WHERE relname = 'assets'";
    let many = format!(
        "INSERT INTO contributions (contributor_id, asset_id, cost_amount, coherence_score) \
         SELECT '{}', id, 0.01, 1 FROM assets, generate_series(1, 500)",
        uuid(1)
    );
    let move_all = format!("UPDATE contributions SET asset_id = '{}'", uuid(2));
    let all = format!("BEGIN; {many}; {written}; {move_all}; {written}; DELETE FROM contributions; {written}; COMMIT");
    assert_eq!(system.query(&all), "2\n4\n5");
    costs(&system, "0", "0");
}

#[test]
fn truncate_clears_the_totals() {
    let [_, system] = both();
    system.query(&give(1, 1, 1, "3"));
    system.query("TRUNCATE contributions");
    costs(&system, "0", "0");
    system.query(&give(1, 1, 1, "3"));
    system.query("TRUNCATE assets CASCADE");
    assert_eq!(system.query("SELECT (SELECT count(*) FROM assets), (SELECT count(*) FROM contributions)"), "0|0");
}

#[test]
fn the_second_insert_waits_and_adds_to_what_the_first_left() {
    let [_, system] = both();
    let [mut first, mut second] = [(); 2].map(|()| system.server().session());
    for session in [&mut first, &mut second] {
        assert_eq!(session.run("SET search_path TO coherence; BEGIN;"), "");
    }
    assert_eq!(first.run(&give(1, 1, 1, "1.10")), "");
    second.begin(&give(2, 2, 1, "2.20"));
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%2.20%' \
                   AND pid <> pg_backend_pid() AND datname = current_database()";
    until(|| system.query(waits) == "1");
    first.run("COMMIT");
    assert_eq!(second.finish(), "");
    second.run("COMMIT");
    costs(&system, "3.30", "0");
}

/// Waits for what is about to be so.
pub(super) fn until(is_so: impl Fn() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < Duration::from_secs(60), "it does not come to be");
        thread::sleep(Duration::from_millis(10));
    }
}

const WRITERS: u32 = 24;
const ROUNDS: u32 = 10;

/// What a writer does, and nobody else to its rows: 3.33 to each asset and 0.01 more to one of them are left of a round.
fn rounds(writer: u32) -> String {
    let mut sql = String::new();
    for round in 0..ROUNDS {
        let id = (writer * ROUNDS + round) * 10;
        // Half of the writers name the assets in the other order: as rows, they would be locked in that order.
        let (near, far) = if writer.is_multiple_of(2) { (1, 2) } else { (2, 1) };
        let row = |id: u32, asset: u32, cost: &str| {
            format!("('{}', '{}', '{}', {cost}, 0.5)", uuid(id), uuid(asset), uuid(asset))
        };
        let into = "INSERT INTO contributions (id, contributor_id, asset_id, cost_amount, coherence_score) VALUES";
        sql += &format!("{into} {}, {};\n", row(id, near, "3.30"), row(id + 1, far, "3.32"));
        sql += &format!("{into} {}, {};\n", row(id + 2, near, "0.01"), row(id + 3, far, "100.07"));
        let mine = format!("id IN ('{}', '{}')", uuid(id), uuid(id + 1));
        // They change places, and come to cost the same.
        let other = format!("CASE asset_id WHEN '{0}' THEN '{1}' ELSE '{0}' END", uuid(1), uuid(2));
        sql +=
            &format!("UPDATE contributions SET asset_id = CAST({other} AS uuid), cost_amount = 3.33 WHERE {mine};\n");
        sql += &format!("DELETE FROM contributions WHERE id = '{}';\n", uuid(id + 3));
    }
    sql
}

#[test]
fn many_writers_at_once_add_up_exactly_on_postgres() {
    let [_, system] = both();
    let mut gate = system.server().session();
    gate.run("SELECT pg_advisory_lock(4)");
    let started = "SELECT pg_advisory_lock_shared(4) IS NULL; SELECT pg_advisory_unlock_shared(4);";
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let sql = format!("{started}\n{}", rounds(writer));
            let system = &system;
            // A deadlock would be an error, and end the test.
            scope.spawn(move || system.query(&sql));
        }
        let waiting = "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database \
                       WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()";
        until(|| system.query(waiting) == WRITERS.to_string());
        gate.run("SELECT pg_advisory_unlock(4)");
    });
    let total = |extra_of: u32| {
        let cents = 333 * WRITERS * ROUNDS + extra_of * ROUNDS;
        format!("{}.{:02}", cents / 100, cents % 100)
    };
    assert_eq!(system.query("SELECT count(*) FROM contributions"), (3 * WRITERS * ROUNDS).to_string());
    costs(&system, &total(WRITERS / 2), &total(WRITERS / 2));
    assert_eq!(system.query(WRONG), "0");
}

#[test]
fn many_writers_at_once_add_up_exactly_on_sqlite() {
    let [system, _] = both();
    thread::scope(|scope| {
        for writer in 0..4 {
            let system = &system;
            scope.spawn(move || {
                let connection = system.connect();
                connection.busy_timeout(Duration::from_secs(60)).unwrap();
                for round in 0..25 {
                    connection.execute_batch(&give(writer * 25 + round, 1, round % 2 + 1, "0.10")).unwrap();
                }
            });
        }
    });
    costs(&system, "5.20", "4.80");
    assert_eq!(query(&system.connect(), WRONG), "0");
}
