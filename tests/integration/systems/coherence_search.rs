//! Projects are found by any part of their name or description; phases are gone through with rows there.

use schemactl_test_support::postgres::{self as server, Cluster};

use super::coherence::{NAME, numbers, postgres, sqlite};
use super::system::System;

fn both() -> [System; 2] {
    [sqlite(), postgres()]
}

/// Packages with names that have little in common, and one that is looked for.
fn fill(system: &System) {
    let word = |salt: u32| {
        let part = if system.is_sqlite() { "printf('%x', X)" } else { "to_hex(X)" };
        part.replace('X', &format!("(CAST(i AS bigint) * 2654435 + {salt}) % 16777213"))
    };
    system.query(&format!(
        "INSERT INTO projects (ecosystem, name, description) {} SELECT 'npm', {} || '-' || i, {} || ' ' || {} FROM n",
        numbers(8000),
        word(7),
        word(11),
        word(13)
    ));
    system.query(
        "INSERT INTO projects (ecosystem, name, description) \
         VALUES ('npm', 'left-quokka-pad', 'Pads a text'), ('pypi', 'pads', 'As Quokkas do'), ('npm', 'plain', NULL)",
    );
}

/// A question by a part of a column, as the backend's index answers it.
fn search(system: &System, column: &str, part: &str) -> String {
    if system.is_sqlite() {
        format!(
            "SELECT p.name FROM projects_search s JOIN projects p ON p.id = s.rowid \
             WHERE s.{column} LIKE '%{part}%' ORDER BY p.name"
        )
    } else {
        format!("SELECT name FROM projects WHERE {column} ILIKE '%{part}%' ORDER BY name")
    }
}

#[test]
fn a_part_of_a_name_or_description_is_found_by_its_index() {
    for system in both().map(System::up) {
        fill(&system);
        // On PostgreSQL what was just inserted waits in a list beside the index, which makes that dear until VACUUM.
        system.query(if system.is_sqlite() { "ANALYZE" } else { "VACUUM ANALYZE projects" });
        for (column, index) in [("name", "idx_projects_name_trgm"), ("description", "idx_projects_description_trgm")] {
            let asked = search(&system, column, "quokka");
            if system.is_sqlite() {
                // L stands for LIKE, then the column: its trigrams are looked up, not all texts read.
                let plan = system.explain(&asked);
                let place = if column == "name" { "VIRTUAL TABLE INDEX 0:L0" } else { "VIRTUAL TABLE INDEX 0:L1" };
                assert!(plan.contains(place), "{plan}");
            } else {
                system.uses(index, &asked);
                system.uses(
                    index,
                    &format!("SELECT id FROM projects WHERE {column} OPERATOR(coherence_trigrams.%) 'quokkas-pad'"),
                );
            }
        }
        assert_eq!(system.query(&search(&system, "name", "quokka")), "left-quokka-pad");
        assert_eq!(system.query(&search(&system, "description", "quokka")), "pads");
        assert_eq!(system.query(&search(&system, "description", "no such text")), "");
    }
}

#[test]
fn the_search_follows_what_is_done_to_projects() {
    for system in both().map(System::up) {
        fill(&system);
        system.query("UPDATE projects SET name = 'right-quokka-pad' WHERE name = 'left-quokka-pad'");
        system.query("UPDATE projects SET description = 'a quokka too' WHERE name = 'plain'");
        assert_eq!(system.query(&search(&system, "name", "left-quok")), "");
        assert_eq!(system.query(&search(&system, "name", "quokka")), "right-quokka-pad");
        assert_eq!(system.query(&search(&system, "description", "quokka")), "pads\nplain");
        system.query("DELETE FROM projects WHERE name = 'pads'");
        system.query("UPDATE projects SET description = NULL WHERE name = 'plain'");
        assert_eq!(system.query(&search(&system, "description", "quokka")), "");
        if system.is_sqlite() {
            // The index is compared with the table, entry by entry.
            system
                .connect()
                .execute_batch("INSERT INTO projects_search (projects_search, rank) VALUES ('integrity-check', 1)")
                .unwrap();
        }
    }
}

#[test]
fn phases_come_one_after_the_other_and_go_with_rows_there() {
    for system in both() {
        system.run("up --phase 1_dual_write").ok();
        fill(&system);
        system.run("up --phase 2_read_migration").ok();
        system.run("up --phase 3_primary").ok();
        // Rows that were there before the index are found by it.
        assert_eq!(system.query(&search(&system, "name", "quokka")), "left-quokka-pad");
        system.run("status --check").ok();
        // Phases 2 and 3 hold no data of their own.
        system.run("down --to 8").ok();
        system.query("UPDATE projects SET name = 'right-quokka' WHERE name = 'left-quokka-pad'");
        system.run("up").ok();
        assert_eq!(system.query(&search(&system, "name", "quokka")), "right-quokka");
        system.run("down --to 0").code(5).stderr_has("projects: 8003 rows");
        system.run("down --to 0 --accept-data-loss").ok();
    }
}

#[test]
fn an_extension_that_others_use_stays() {
    let system = postgres().up();
    let there = "SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm'";
    system.query("CREATE TABLE public.words (word text)");
    system.query("CREATE INDEX words_word ON public.words USING gin (word coherence_trigrams.gin_trgm_ops)");
    system.run("down --to 11").ok();
    assert_eq!(system.query(there), "1");
    system.run("up").ok();
    system.query("DROP TABLE public.words");
    // This up found the extension: its down drops it only where that is asked for.
    system.run("down --to 11").code(5).stderr_has("which was there before the migration");
    system.run("down --to 11 --accept-data-loss").ok();
    assert_eq!(system.query(there), "0");
    assert_eq!(system.query("SELECT count(*) FROM pg_namespace WHERE nspname = 'coherence_trigrams'"), "0");
}

/// It is made in a schema of its own; one that was there before is used where it is, and stays there.
#[test]
fn an_extension_of_others_is_used_where_it_is() {
    let place = "SELECT extnamespace::regnamespace FROM pg_extension WHERE extname = 'pg_trgm'";
    let system = postgres().up();
    assert_eq!(system.query(place), "coherence_trigrams");
    let system = postgres();
    system.server().psql("CREATE SCHEMA theirs; CREATE EXTENSION pg_trgm SCHEMA theirs");
    let system = system.up();
    fill(&system);
    system.query("VACUUM ANALYZE projects");
    system.uses("idx_projects_name_trgm", &search(&system, "name", "quokka"));
    // The index has the operators of the other schema, and is told.
    system.run("status --check").code(3).stderr_has("idx_projects_name_trgm differs in definition");
    system.run("down --to 11").ok();
    assert_eq!(system.query(place), "theirs");
}

#[test]
fn a_server_without_the_extension_goes_without_the_search_until_it_is_there() {
    let mut cluster = Cluster::start(server::version());
    cluster.uninstall("pg_trgm");
    let system = System::on(cluster.create_database(), NAME, NAME);
    system.run("plan").ok().stdout_has("skip 12 add_trigrams").stdout_has("skip 13 index_search");
    system.run("up").ok().stdout_has("11 applied, 2 skipped");
    let status = system.run("status --check");
    for name in ["add_trigrams", "index_search"] {
        let line = status.ok().stdout.lines().find(|line| line.contains(name)).unwrap_or_default();
        assert!(line.contains("skipped"), "{line:?}");
    }
    // All else works, and the search too, if slowly.
    fill(&system);
    assert_eq!(system.query(&search(&system, "name", "quokka")), "left-quokka-pad");
    assert!(!system.explain(&search(&system, "name", "quokka")).contains("trgm"));
    // It stays so until the server has it.
    system.run("up").ok().stdout_has("nothing to do");
    cluster.install("pg_trgm");
    system.run("plan").ok().stdout_has("apply 12 add_trigrams").stdout_has("apply 13 index_search");
    system.run("up").ok().stdout_has("2 applied");
    system.run("status --check").ok().stdout_has("13 applied");
    system.query("VACUUM ANALYZE projects");
    system.uses("idx_projects_name_trgm", &search(&system, "name", "quokka"));
    assert_eq!(system.query(&search(&system, "name", "quokka")), "left-quokka-pad");
    system.run("down --to 11").ok().stdout_has("2 reverted");
}
