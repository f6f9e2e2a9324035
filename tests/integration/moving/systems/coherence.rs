//! coherence: two stores in memory, written to a file, moved before the indexes for reading are built. Its totals are those of its contributions.

use schemactl_test_support::rusqlite::{Connection, params};

use super::Moved;
use super::seeded::{Seeded, insert, time};

pub(super) fn fill(to: &Connection) {
    let from = &Seeded::new(3);
    fill_projects(to, from);
    fill_costs(to, from);
    fill_tasks(to, from);
}

fn fill_projects(to: &Connection, from: &Seeded) {
    for n in 1..=400 {
        insert(
            to,
            "projects (ecosystem, name, description, homepage_url, dependency_count, created_at, updated_at)",
            params![
                from.pick(&["npm", "pypi", "crates.io"]),
                format!("straße-{n}"),
                from.maybe(80, from.words()),
                from.maybe(40, "https://example.org/ä?b=c"),
                from.maybe(80, from.below(4_000)),
                time(from.moment()),
                time(from.moment())
            ],
        );
    }
    for n in 0..900 {
        let (dependent, step) = (n % 400 + 1, n / 400 * 7 + 1);
        let needed = (dependent + step - 1) % 400 + 1;
        insert(
            to,
            "project_dependencies (from_project_id, to_project_id, created_at)",
            params![dependent, needed, time(from.moment())],
        );
    }
    to.execute_batch("DELETE FROM projects WHERE id = 400").unwrap();
}

fn fill_costs(to: &Connection, from: &Seeded) {
    let contributors: Vec<String> = (0..40).map(|_| from.uuid()).collect();
    let assets: Vec<String> = (0..60).map(|_| from.uuid()).collect();
    for id in &contributors {
        insert(
            to,
            "contributors (id, name, email, github_username, metadata, created_at, updated_at)",
            params![
                id,
                from.words(),
                from.maybe(60, "zoë@example.org"),
                from.maybe(60, "zoe"),
                from.maybe(90, from.object()),
                time(from.moment()),
                time(from.moment())
            ],
        );
    }
    for id in &assets {
        insert(
            to,
            "assets (id, name, description, asset_type, metadata, created_at, updated_at)",
            params![
                id,
                from.words(),
                from.maybe(50, from.words()),
                from.pick(&["code", "model", "Daten"]),
                "{\"tags\": [\"a\", true, null]}",
                time(from.moment()),
                time(from.moment())
            ],
        );
    }
    // Each adds to its asset's total: a trigger sees to it, here as on PostgreSQL.
    for n in 0..1_500 {
        let cents = if n % 500 == 0 { 999_999_999_999 } else { from.below(100_000) };
        let cost = format!("{}.{:02}", cents / 100, cents % 100);
        insert(
            to,
            "contributions (id, contributor_id, asset_id, cost_amount, coherence_score, metadata, timestamp)",
            params![
                from.uuid(),
                from.pick(&contributors),
                from.pick(&assets),
                cost,
                format!("0.{:02}", from.below(100)),
                from.maybe(50, from.object()),
                time(from.moment())
            ],
        );
    }
}

fn fill_tasks(to: &Connection, from: &Seeded) {
    for n in 0..300 {
        insert(
            to,
            "agent_tasks (id, direction, task_type, status, model, command, output, context, progress_pct, decision_prompt, tier, started_at, \
             created_at, updated_at)",
            params![
                format!("task_{n}"),
                from.words(),
                from.pick(&["spec", "test", "impl", "review", "heal"]),
                from.pick(&["pending", "running", "completed", "failed", "needs_decision"]),
                "opus",
                "run 'it'",
                from.maybe(60, from.words()),
                "{\"files\": [\"a.rs\", null], \"strict\": true}",
                from.maybe(80, from.below(101)),
                from.maybe(20, from.words()),
                from.maybe(50, "local"),
                from.maybe(50, time(from.moment())),
                time(from.moment()),
                from.maybe(60, time(from.moment()))
            ],
        );
    }
}

/// What the stores in memory had, and a script wrote into a file: seconds from 1970, times without a zone, Python's dicts, the names of enums, sums of
/// binary numbers, names in upper case.
pub(super) const DIRT: &str = "
UPDATE projects SET ecosystem = upper(ecosystem) WHERE rowid % 3 = 0;
UPDATE projects SET created_at = rtrim(created_at, 'Z') WHERE rowid % 2 = 0;
UPDATE contributors SET created_at = unixepoch(created_at), updated_at = substr(replace(updated_at, 'T', ' '), 1, 23) WHERE created_at LIKE '%.000Z';
UPDATE contributors SET metadata = '' WHERE metadata IS NULL;
UPDATE assets SET metadata = '{''tags'': [''a'', True, None]}' WHERE rowid % 2 = 0;
UPDATE assets SET total_cost = total_cost + 1e-9 WHERE rowid % 3 = 0 AND total_cost < 1e6;
UPDATE contributions SET asset_id = upper(asset_id) WHERE rowid % 7 = 0;
UPDATE contributions SET contributor_id = replace(contributor_id, '-', '') WHERE rowid % 5 = 0;
UPDATE contributions SET cost_amount = 0.1 + 0.2 + (cost_amount - 0.3) WHERE rowid % 2 = 0;
UPDATE agent_tasks SET context = '{''files'': [''a.rs'', None], ''strict'': True}' WHERE rowid % 3 = 0;
UPDATE agent_tasks SET status = 'NeedsDecision' WHERE status = 'needs_decision';
UPDATE agent_tasks SET task_type = upper(task_type) WHERE rowid % 2 = 0";

fn assert_answers(moved: &Moved) {
    for query in [
        "SELECT ecosystem, count(*), sum(dependency_count), count(description) FROM projects GROUP BY 1 ORDER BY 1",
        "SELECT p.name, count(*) FROM project_dependencies d JOIN projects p ON p.id = d.to_project_id GROUP BY 1 HAVING count(*) > 1 ORDER BY p.name",
        "SELECT id, name, description FROM projects WHERE name LIKE '%aße-39%' ORDER BY id",
        "SELECT c.id, count(*) FROM contributors c JOIN contributions k ON k.contributor_id = c.id GROUP BY 1 ORDER BY 1",
        "SELECT status, task_type, count(*), sum(progress_pct) FROM agent_tasks GROUP BY status, task_type ORDER BY CAST(status AS text), CAST(task_type AS text)",
        "SELECT id FROM agent_tasks WHERE status IN ('needs_decision', 'failed') ORDER BY created_at DESC, id",
        "SELECT count(metadata) FROM contributors",
    ] {
        moved.answers_the_same(query);
    }
    // Money in cents: SQLite's numbers are binary.
    moved.answer_the_same(
        "SELECT id, CAST(round(total_cost * 100) AS INTEGER) FROM assets ORDER BY id",
        "SELECT id, (total_cost * 100)::bigint FROM assets ORDER BY id",
    );
    moved.answer_the_same(
        "SELECT id, CAST(round(cost_amount * 100) AS INTEGER), CAST(round(coherence_score * 100) AS INTEGER) FROM contributions ORDER BY id",
        "SELECT id, (cost_amount * 100)::bigint, (coherence_score * 100)::bigint FROM contributions ORDER BY id",
    );
    moved.answer_the_same(
        "SELECT count(*) FROM assets WHERE metadata -> '$.tags' = '[\"a\",true,null]'",
        "SELECT count(*) FROM assets WHERE metadata -> 'tags' = '[\"a\", true, null]'",
    );
    moved.answer_the_same(
        "SELECT id, updated_at FROM contributors ORDER BY id",
        "SELECT id, to_char(updated_at, 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') FROM contributors ORDER BY id",
    );
    assert_totals(moved);
}

/// Each total is what its contributions cost, once.
fn assert_totals(moved: &Moved) {
    let wrong = "SELECT count(*) FROM assets a
        WHERE total_cost <> (SELECT coalesce(round(sum(cost_amount), 2), 0) FROM contributions c WHERE c.asset_id = a.id)";
    assert_eq!(moved.target(wrong), "0");
    assert_eq!(moved.target("SELECT count(*) FROM contributions"), "1500");
}

#[test]
fn the_shipped_twin_moves_and_no_total_counts_twice() {
    let moved = Moved::new("coherence", "coherence", "dual_write", fill);
    moved.needs_no_rule();
    moved.moves();
    moved.completes();
    assert_answers(&moved);
    // The triggers are back, and count what comes now.
    let add = "INSERT INTO contributions (contributor_id, asset_id, cost_amount, coherence_score)
        SELECT (SELECT min(id::text)::uuid FROM contributors), (SELECT min(id::text)::uuid FROM assets), 0.10, 1 FROM generate_series(1, 3);
        DELETE FROM contributions WHERE ctid = (SELECT max(ctid) FROM contributions)";
    moved.target(add);
    let more = "SELECT count(*) FROM assets a WHERE total_cost <> (SELECT sum(cost_amount) FROM contributions c WHERE c.asset_id = a.id)";
    assert_eq!(moved.target(more), "0");
    // 400 was deleted, and is not given again.
    let next = "INSERT INTO projects (ecosystem, name) VALUES ('npm', 'next') RETURNING id;
        INSERT INTO project_dependencies (from_project_id, to_project_id) VALUES (401, 1) RETURNING id";
    assert_eq!(moved.target(next), "401\n901");
}

#[test]
fn what_the_stores_in_memory_left_becomes_the_same() {
    let moved = Moved::new("coherence", "coherence", "dual_write", fill);
    moved.loosen(DIRT);
    let config = moved.without_rules();
    assert_eq!(
        moved.findings(),
        [
            "agent_tasks.context json-python",
            "agent_tasks.status not-in-enum",
            "agent_tasks.task_type not-in-enum",
            "assets.metadata json-python",
            "assets.total_cost scale-exceeded",
            "contributions.cost_amount scale-exceeded",
            "contributions_asset_id_fkey",
            "contributions_contributor_id_fkey",
            "contributors.created_at number-of-seconds",
            "contributors.metadata empty",
            "contributors.updated_at naive-time",
            "ecosystem_is_lower_case",
            "project_dependencies_from_project_id_fkey",
            "project_dependencies_to_project_id_fkey",
            "projects.created_at naive-time",
        ]
    );
    moved.project.config(&config);
    moved.moves();
    assert_answers(&moved);
}
