//! Many who write at random while an up runs. Each write is noted in its own transaction: so what is to be there after the down is known without the product.

use std::sync::atomic::{AtomicBool, Ordering};

use schemactl_test_support::cases;

use super::hand::Twins;
use crate::undo::dice::Dice;

const SCHEMA: &str = "CREATE TABLE item (id int PRIMARY KEY, w int, n int);
CREATE TABLE noted (no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id int, w int);
";
const ROWS: &str = "INSERT INTO item SELECT g, 0, 0 FROM generate_series(1, 200) AS g; INSERT INTO noted (id, w) SELECT id, w FROM item;";

/// Rows that are not as they were written last.
const OTHER: &str = "WITH last AS (SELECT DISTINCT ON (id) id, w FROM noted ORDER BY id, no DESC), meant AS (SELECT id, w, 0 AS n FROM last WHERE w IS NOT NULL)
    (SELECT 'is', * FROM (SELECT id, w, n FROM item EXCEPT ALL SELECT * FROM meant) AS a) UNION ALL
    (SELECT 'should be', * FROM (SELECT * FROM meant EXCEPT ALL SELECT id, w, n FROM item) AS b) ORDER BY 2, 1";

/// Statements of an up, each with some time for others.
const STEPS: &[&str] = &[
    "UPDATE item SET w = -1, n = n + 1 WHERE id % 2 = 0;",
    "UPDATE item SET n = n + 1 WHERE id % 3 = 0 AND w >= 0;",
    "DELETE FROM item WHERE id % 10 = 4;",
    "INSERT INTO item SELECT 1000 + g, 1, 1 FROM generate_series(1, 20) AS g ON CONFLICT DO NOTHING;",
    "INSERT INTO item SELECT id, -5, 5 FROM noted WHERE id % 7 = 0 GROUP BY id ON CONFLICT (id) DO UPDATE SET w = -6;",
    "UPDATE item SET id = id + 5000 WHERE id % 9 = 1 AND id < 1000;",
    "DO $$ BEGIN BEGIN UPDATE item SET w = -9 WHERE id BETWEEN 20 AND 40; RAISE 'no'; EXCEPTION WHEN OTHERS THEN UPDATE item SET n = 9 WHERE id = 30; END; END $$;",
    "CREATE TABLE IF NOT EXISTS made (a int);",
    "SELECT count(*) FROM (SELECT id FROM item WHERE id % 11 = 0 FOR UPDATE) AS locked;",
];

/// One write of somebody: of a row that nobody holds.
fn write(dice: &mut Dice) -> String {
    let (id, w) = (1 + dice.below(230), 1 + dice.below(1000));
    let free = format!("free AS (SELECT id FROM item WHERE id = {id} FOR UPDATE SKIP LOCKED)");
    let done = match dice.below(6) {
        0 => format!(
            "WITH {free}, done AS (DELETE FROM item USING free WHERE item.id = free.id RETURNING item.id, NULL::int)"
        ),
        1 => format!("WITH done AS (INSERT INTO item VALUES ({id}, {w}, 0) ON CONFLICT DO NOTHING RETURNING id, w)"),
        _ => format!(
            "WITH {free}, done AS (UPDATE item SET w = {w} FROM free WHERE item.id = free.id RETURNING item.id, {w})"
        ),
    };
    let end = if dice.percent(10) { "ROLLBACK" } else { "COMMIT" };
    format!("BEGIN;\n{done} INSERT INTO noted (id, w) SELECT * FROM done;\n{end}")
}

/// Whether all that the up did was kept, and came back; nothing is known where it did not run beside the others.
fn round(seed: u64) -> bool {
    let mut dice = Dice::new(seed);
    let twins = Twins::new(SCHEMA, ROWS);
    let mut up = String::new();
    for _ in 0..2 + dice.below(5) {
        up += &format!("{}\nSELECT pg_sleep(0.0{});\n", dice.pick(STEPS), 1 + dice.below(9));
    }
    up += "SELECT pg_advisory_xact_lock_shared(4711);\n";
    twins.second(&up, Some("DROP TABLE IF EXISTS made;\n"));
    let mut gate = twins.own.session();
    gate.run("SELECT pg_advisory_lock(4711)");
    let is_over = AtomicBool::new(false);
    let output = std::thread::scope(|scope| {
        for writer in 0..3 {
            let (is_over, twins) = (&is_over, &twins);
            scope.spawn(move || {
                let mut dice = Dice::new(seed * 10 + writer);
                let mut session = twins.own.session();
                session.run("SET lock_timeout = '30ms'");
                while !is_over.load(Ordering::SeqCst) {
                    session.run(&write(&mut dice));
                }
            });
        }
        let mut running = twins.project.spawn(["up"]);
        let waits =
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'advisory' AND datname = current_database()";
        while twins.own.psql(waits) == "0" && !running.has_ended() {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        is_over.store(true, Ordering::SeqCst);
        running
    });
    gate.run("SELECT pg_advisory_unlock(4711)");
    let output = output.wait();
    if !output.status.success() {
        // Two of its steps do not go together, or it and the others have waited for one another.
        assert!(["23505", "40P01"].iter().any(|state| output.stderr.contains(state)), "seed {seed}\n{}", output.text());
        return false;
    }
    if !twins.is_kept(2) {
        // Others may have held it too long: that is said, and nothing else is.
        assert!(!twins.reason(2).is_empty(), "seed {seed}\n{up}");
        return false;
    }
    let output = twins.run("down");
    assert!(output.status.success(), "seed {seed}\n{up}\n{}", output.text());
    assert_eq!(twins.own.psql(OTHER), "", "seed {seed}\n{up}\n{}", output.text());
    true
}

#[test]
fn whoever_writes_meanwhile_keeps_what_he_wrote() {
    let rounds = u64::from(cases(6, 200));
    let kept = (1..=rounds).filter(|seed| round(*seed)).count();
    assert!(kept as u64 * 2 > rounds, "all was kept in {kept} rounds of {rounds}");
}
