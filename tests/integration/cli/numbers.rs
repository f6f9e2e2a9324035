//! Numbers that a migration has had are not given to another, and a baseline says no more than a database holds.

use super::place::Place;

const FILES: [(&str, &str, &str); 3] = [
    ("V1__orders", "CREATE TABLE orders (id integer PRIMARY KEY);\n", "DROP TABLE orders;\n"),
    ("V2__total", "ALTER TABLE orders ADD total integer;\n", "ALTER TABLE orders DROP COLUMN total;\n"),
    ("V3__bills", "CREATE TABLE bills (id integer PRIMARY KEY);\n", "DROP TABLE bills;\n"),
];

fn places() -> Vec<Place> {
    let places = Place::all();
    for place in &places {
        FILES.iter().for_each(|(name, up, down)| place.write(name, up, down));
    }
    places
}

fn remove(place: &Place, name: &str) {
    for end in ["sql", "down.sql"] {
        std::fs::remove_file(place.project.path().join(format!("{}/{name}.{end}", place.folder))).unwrap();
    }
}

#[test]
fn a_number_that_was_locked_is_not_given_again() {
    for place in places() {
        place.project.run(["generate"]).ok();
        remove(&place, "V3__bills");
        place.project.run(["new", "next"]).ok().stdout_has("V4__next.sql");
        // Of no file at all there is the lock alone.
        for name in ["V1__orders", "V2__total"] {
            remove(&place, name);
        }
        std::fs::remove_file(place.project.path().join(format!("{}/V4__next.sql", place.folder))).unwrap();
        place.project.run(["new", "again"]).ok().stdout_has("V4__again.sql");
    }
}

#[test]
fn a_lock_that_cannot_be_read_gives_no_number() {
    let place = places().remove(0);
    place.project.file("schema.lock", "<<<<<<< ours\n");
    place.project.run(["new", "next"]).code(1).error("E0311");
}

/// The history of the database that is compared knows numbers of which neither files nor the lock do.
#[test]
fn a_number_that_was_applied_is_not_given_again() {
    for place in places() {
        place.project.run(["up"]).ok();
        remove(&place, "V3__bills");
        place.by_hand("DROP TABLE bills; CREATE TABLE mine (id integer PRIMARY KEY)");
        // What the history has is not forgotten by a lost file: the way out is named, and then the number is free.
        place.project.run(["diff", "--new", "mine"]).code(3);
        place.write("V3__bills", FILES[2].1, FILES[2].2);
        place.by_hand("CREATE TABLE bills (id integer PRIMARY KEY)");
        place.project.run(["diff", "--new", "mine"]).stdout_has("V4__mine.sql");
    }
}

#[test]
fn a_baseline_that_is_above_all_files_names_the_highest() {
    for place in places() {
        let output = place.project.run(["repair", "--baseline", "9", "--yes"]);
        output.code(2).error("E0409").stderr_has("the files end at 3").stderr_has("`schemactl repair --baseline 3`");
        assert!(!place.project.run(["status"]).ok().text().contains("baseline"));
    }
}

/// The hint of the refusal leads to a database that is right.
#[test]
fn a_baseline_that_is_too_high_names_the_one_that_fits() {
    for (there, first, fits) in [(1, "2 total", 1), (2, "3 bills", 2)] {
        for place in places() {
            FILES[..there].iter().for_each(|(_, up, _)| place.by_hand(up));
            place.by_hand("INSERT INTO orders (id) VALUES (7)");
            let output = place.project.run(["repair", "--baseline", "3", "--yes"]);
            output.code(3).error("E0412").stderr_has("the baseline 3 is too high").stderr_has(first);
            output.stderr_has("nothing was changed");
            output.stderr_has(&format!("`schemactl repair --baseline {fits}`, then `schemactl up`"));
            assert!(!place.project.run(["status"]).ok().text().contains("baseline"));
            place.project.run(["repair", "--baseline", &fits.to_string(), "--yes"]).ok();
            place.project.run(["up"]).ok();
            place.project.run(["status", "--check"]).ok();
            assert_eq!(place.query("SELECT id FROM orders"), "7");
        }
    }
}

/// A record over a database that has nothing of it would be wrong whatever is meant.
#[test]
fn over_an_empty_database_no_record_is_offered() {
    for place in places() {
        place.by_hand("CREATE TABLE others (id integer)");
        let output = place.project.run(["repair", "--baseline", "3", "--yes"]);
        output.code(3).error("E0412").stderr_has("`schemactl up` applies them all").lacks("--mark-applied");
        place.project.run(["up"]).ok().stdout_has("3 applied");
        place.project.run(["status", "--check"]).code(3).stderr_has("E0412");
    }
}

/// What was recorded by itself and never run is found by what it would have made, and taken out of the history.
#[test]
fn a_version_that_was_marked_and_never_run_is_named_with_the_way_out() {
    for place in places() {
        place.project.run(["up", "--to", "1"]).ok();
        place.by_hand("INSERT INTO orders (id) VALUES (7)");
        place.project.run(["repair", "--mark-applied", "2", "--yes"]).ok();
        let hint = "orders.total is missing): where it was recorded and never run, as by `repair --mark-applied`, `schemactl repair \
                    --forget 2`, then `schemactl up` applies it";
        place.project.run(["diff"]).code(3).stderr_has(hint);
        place.project.run(["status", "--check"]).code(3).stderr_has(hint);
        let refused = place.project.run(["repair", "--baseline", "3", "--yes"]);
        refused.code(3).error("E0412").stderr_has("nothing of what 2 makes is there either (column ");
        refused.stderr_has("`schemactl repair --forget 2`").lacks("everything up to 2 is there");
        place.project.run(["repair", "--forget", "2", "--yes"]).ok();
        place.project.run(["up"]).ok().stdout_has("2 applied");
        place.project.run(["status", "--check"]).ok();
        assert_eq!(place.query("SELECT id FROM orders"), "7");
        // What was dropped by hand is no such case where something of the version is there.
        place.by_hand("ALTER TABLE orders RENAME COLUMN total TO sum");
        place.project.run(["diff"]).code(3).lacks("never run");
    }
}

/// A column that was not dropped, a default that was not set, a table that was not renamed.
#[test]
fn what_changes_or_takes_away_is_looked_for_as_well() {
    for (name, up) in [
        ("drops", "ALTER TABLE orders DROP COLUMN total"),
        ("renames", "ALTER TABLE orders RENAME TO sales"),
        ("renames a column", "ALTER TABLE orders RENAME total TO sum"),
        ("drops a table", "DROP TABLE bills"),
        ("indexes", "CREATE INDEX by_total ON orders (total)"),
    ] {
        for place in places() {
            FILES.iter().for_each(|(_, up, _)| place.by_hand(up));
            place.write("V4__late", &format!("{up};\n"), "SELECT 1;\n");
            let output = place.project.run(["repair", "--baseline", "4", "--yes"]);
            output.code(3).error("E0412").stderr_has("4 late").stderr_has("`schemactl repair --baseline 3`");
            // Done by hand, it is there.
            place.by_hand(up);
            let output = place.project.run(["repair", "--baseline", "4", "--yes"]);
            assert!(output.ok().stdout.contains("4 repairs made"), "{name}: {}", output.text());
            place.project.run(["status", "--check"]).ok();
        }
    }
}

/// Rows are not compared, and that is said.
#[test]
fn what_no_catalog_shows_is_named() {
    for place in Place::all() {
        place.write(FILES[0].0, FILES[0].1, FILES[0].2);
        place.write("V2__seed", "INSERT INTO orders (id) VALUES (1);\n", "DELETE FROM orders WHERE id = 1;\n");
        place.write(FILES[2].0, FILES[2].1, FILES[2].2);
        place.by_hand(FILES[0].1);
        let output = place.project.run(["repair", "--baseline", "3", "--yes"]);
        output.code(3).stderr_has("`schemactl repair --baseline 2`").stderr_has("2 changes rows alone");
        output.stderr_has("name the version below 2");
        place.project.run(["repair", "--baseline", "1", "--yes"]).ok();
        place.project.run(["up"]).ok();
        assert_eq!(place.query("SELECT id FROM orders"), "1");
        place.project.run(["status", "--check"]).ok();
    }
}

/// Of nothing that is there, everything is run; and who knows better says so of each version.
#[test]
fn an_empty_database_has_no_baseline() {
    for place in places() {
        place.by_hand("CREATE TABLE other (id integer)");
        let output = place.project.run(["repair", "--baseline", "2", "--yes"]);
        output.code(3).error("E0412").stderr_has("1 orders").stderr_has("`schemactl up` applies them all");
        let marked = ["repair", "--mark-applied", "1", "--mark-applied", "2", "--yes"];
        place.project.run(marked).ok();
        place.project.run(["diff"]).code(3);
    }
}

/// One that was recorded without being looked at, as by an application, is told of by every check, with the way back.
#[test]
fn a_baseline_that_was_too_high_leads_back() {
    for place in places() {
        place.by_hand(FILES[0].1);
        let migrations = schemactl::Migrations::read(place.project.path().join(place.folder)).unwrap();
        place.baseline(&migrations, 3);
        for command in [&["diff"][..], &["status", "--check"]] {
            let output = place.project.run(command);
            output.code(3).error("E0412").stderr_has("the baseline was too high: what 2 makes is not there");
            output.stderr_has("`schemactl repair --forget 2 --forget 3`, then `schemactl up`");
        }
        place.project.run(["repair", "--forget", "2", "--forget", "3", "--yes"]).ok();
        place.project.run(["up"]).ok();
        place.project.run(["status", "--check"]).ok();
        place.project.run(["diff"]).ok();
    }
}
