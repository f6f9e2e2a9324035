//! What a run records of the catalog: only what migrations make, never what a wrong down left.

use super::place::Place;

fn orders(place: &Place) {
    place.write("V1__orders", "CREATE TABLE orders (id INTEGER PRIMARY KEY);\n", "DROP TABLE orders;\n");
}

#[test]
fn what_a_wrong_down_left_is_drift() {
    const BOTH: &str = "CREATE TABLE a (n INTEGER);\nCREATE INDEX orders_id ON orders (id);\n";
    for (down, what) in [
        ("DROP TABLE a;\n", "orders_id was added"),
        ("DROP INDEX orders_id;\n", "a was added"),
        ("DROP INDEX orders_id; DROP TABLE a; DROP TABLE orders;\n", "orders is missing"),
        ("DROP INDEX orders_id; DROP TABLE a; ALTER TABLE orders ADD COLUMN n INTEGER;\n", "column n was added"),
    ] {
        for place in Place::all() {
            orders(&place);
            place.write("V2__both", BOTH, down);
            place.quietly(&["up"]);
            let output = place.project.run(["down"]);
            output.ok().stderr_has("it is not what it was before the versions that were taken back");
            place.project.run(["diff"]).code(3).stdout_has(what);
            place.project.run(["status", "--check"]).code(3);
        }
    }
}

/// No run recorded what version 1 makes: the down does not come to say so either.
#[test]
fn what_a_down_left_is_recorded_by_nobody() {
    for is_right in [true, false] {
        for ups in [&["up", "--transaction", "all"], &["up"] as &[&str]] {
            for place in Place::all() {
                orders(&place);
                let down = if is_right { "DROP INDEX i; DROP TABLE a;\n" } else { "DROP TABLE a;\n" };
                place.write("V2__a", "CREATE TABLE a (n INTEGER);\nCREATE INDEX i ON orders (id);\n", down);
                place.quietly(ups);
                if ups.len() == 1 {
                    place.by_hand("UPDATE schema_migrations SET fingerprint = NULL WHERE version = 1");
                }
                place.quietly(&["down"]);
                assert_eq!(place.recorded(), "");
                let diff = place.project.run(["diff"]);
                if is_right {
                    diff.ok().stdout_has("no drift");
                } else {
                    diff.code(3).stdout_has("i was added");
                }
            }
        }
    }
}

#[test]
fn back_and_forth_says_nothing_and_records_all() {
    for place in Place::all() {
        orders(&place);
        place.write("V2__a", "CREATE TABLE a (n INTEGER);\n", "DROP TABLE a;\n");
        place.write("V3__b", "CREATE TABLE b (n INTEGER);\n", "DROP TABLE b;\n");
        let at = |recorded: &str| {
            assert_eq!(place.recorded(), recorded);
            place.project.run(["diff"]).ok().stdout_has("no drift");
            place.project.run(["status", "--check"])
        };
        place.quietly(&["up"]);
        at("1\n2\n3").ok();
        place.quietly(&["down"]);
        at("1\n2");
        place.quietly(&["up"]);
        at("1\n2\n3").ok();
        place.quietly(&["down", "--to", "1"]);
        at("1");
        place.quietly(&["up", "--to", "2"]);
        at("1\n2");
        place.quietly(&["up"]);
        place.quietly(&["down", "--to", "0"]);
        at("");
        place.quietly(&["up"]);
        at("1\n2\n3").ok();
    }
}

/// Where a down leads far back, nothing is known of the version that it comes to, and nothing is claimed.
#[test]
fn far_back_it_is_unknown_and_compared() {
    for place in Place::all() {
        orders(&place);
        for number in 2..=9 {
            let down = if number == 3 { "SELECT 1;\n".to_owned() } else { format!("DROP TABLE t{number};\n") };
            place.write(&format!("V{number}__t"), &format!("CREATE TABLE t{number} (n INTEGER);\n"), &down);
        }
        place.quietly(&["up"]);
        assert_eq!(place.recorded(), "7\n8\n9");
        place.quietly(&["down", "--to", "7"]);
        assert_eq!(place.recorded(), "7");
        place.quietly(&["down", "--to", "4"]);
        place.quietly(&["down"]);
        place.project.run(["diff"]).ok().stdout_has("no drift");
        place.quietly(&["down"]);
        assert_eq!(place.recorded(), "");
        place.project.run(["diff"]).code(3).stdout_has("t3 was added");
        place.by_hand("DROP TABLE t3");
        place.project.run(["diff"]).ok().stdout_has("no drift");
        place.project.run(["up"]).ok().stderr_has("`schemactl repair --fingerprint` compares, and records it");
        place.project.run(["repair", "--fingerprint"]).ok();
        assert_eq!(place.recorded(), "9");
    }
}

/// A lower version makes another database of those above it: what was recorded of them goes, and nothing was taken back.
#[test]
fn a_version_beneath_others_is_recorded_anew() {
    for place in Place::all() {
        orders(&place);
        place.write("V3__c", "CREATE TABLE c (n INTEGER);\n", "DROP TABLE c;\n");
        place.write("V4__d", "CREATE TABLE d (n INTEGER);\n", "DROP TABLE d;\n");
        place.quietly(&["up"]);
        place.write("V2__b", "CREATE TABLE b (n INTEGER);\n", "DROP TABLE b;\n");
        place.quietly(&["up", "--order", "any"]);
        assert_eq!(place.recorded(), "1\n4");
        place.project.run(["diff"]).ok().stdout_has("no drift");
        place.project.run(["status", "--check"]).ok();
        // What 2 made is taken away by hand, so that all is as it was when 4 was recorded first.
        place.by_hand("DROP TABLE b");
        place.project.run(["diff"]).code(3).stdout_has("b is missing");
        place.by_hand("CREATE TABLE b (n INTEGER)");
        place.quietly(&["down", "--to", "1"]);
        assert_eq!(place.recorded(), "1");
        place.project.run(["diff"]).ok().stdout_has("no drift");
    }
}

#[test]
fn a_hole_that_was_filled_and_drift_that_was_there() {
    for place in Place::all() {
        orders(&place);
        place.write("V3__c", "CREATE TABLE c (n INTEGER);\n", "DROP TABLE c;\n");
        place.quietly(&["up"]);
        place.by_hand("CREATE TABLE mine (n INTEGER)");
        place.write("V2__b", "CREATE TABLE b (n INTEGER);\n", "DROP TABLE b;\n");
        place
            .project
            .run(["up", "--order", "any"])
            .ok()
            .stderr_has("before this run it was not what was recorded last");
        place.project.run(["diff"]).code(3).stdout_has("mine was added");
    }
}

/// Four migrations with their downs, proven, of which the first two are applied.
fn half_of_proven(place: &Place) {
    for (version, table) in [(1, "orders"), (2, "a"), (3, "b"), (4, "c")] {
        let (up, down) =
            (format!("CREATE TABLE {table} (id INTEGER PRIMARY KEY);\n"), format!("DROP TABLE {table};\n"));
        place.write(&format!("V{version}__{table}"), &up, &down);
    }
    place.project.run(["generate"]).ok();
    place.quietly(&["up", "--to", "2"]);
}

/// What schema.lock says of the versions to come is recorded without a look: what was done by hand is drift before and after, and no run comes to
/// say otherwise.
#[test]
fn what_is_proven_is_recorded_without_a_look() {
    for drifts in [false, true] {
        for steps in [&["3", "4"][..], &["4"]] {
            for place in Place::all() {
                half_of_proven(&place);
                if drifts {
                    place.by_hand("CREATE TABLE mine (n INTEGER)");
                }
                for to in steps {
                    place.quietly(&["up", "--to", to]);
                }
                let recorded = place.recorded();
                assert!(recorded.ends_with('4'), "{recorded}");
                let (diff, check) = (place.project.run(["diff"]), place.project.run(["status", "--check"]));
                if drifts {
                    diff.code(3).stdout_has("mine was added");
                    check.code(3).stderr_has("E0412");
                    place.by_hand("DROP TABLE mine");
                    place.project.run(["status", "--check"]).ok();
                } else {
                    diff.ok().stdout_has("no drift");
                    check.ok();
                }
                // A down is looked at.
                place.by_hand("CREATE TABLE late (n INTEGER)");
                let down = place.project.run(["down"]);
                down.ok().stderr_has("before this run it was not what was recorded last");
            }
        }
    }
}

/// Where schema.lock does not speak for this database, it is looked at: another server worded it, what was recorded is not what it says, a version is
/// not in it, something is left out.
#[test]
fn what_schema_lock_does_not_know_is_looked_at() {
    let says = "before this run it was not what was recorded last";
    for place in Place::all() {
        type Spoil = fn(&Place);
        let cases: [(&str, Spoil); 6] = [
            ("worded", |place| {
                let lock = place.project.read("schema.lock");
                let other =
                    if lock.contains("after = \"pg") { "after = \"pg99.1:" } else { "after = \"pg15.3:sha256:" };
                let at = lock.rfind("after = \"").unwrap();
                let rest = &lock[at..];
                let end = rest.find(':').unwrap() + 1;
                place.project.file("schema.lock", format!("{}{other}{}", &lock[..at], &rest[end..]));
            }),
            ("recorded", |place| {
                place.by_hand("UPDATE schema_migrations SET fingerprint = replace(fingerprint, 'sha256:', 'sha256:0') WHERE version = 2");
            }),
            ("conditional", |place| {
                place.write("V3__b", "CREATE TABLE IF NOT EXISTS b (id INTEGER PRIMARY KEY);\n", "DROP TABLE b;\n");
                place.project.run(["generate", "--accept-modified"]).ok();
            }),
            ("of a role", |place| {
                let view = "CREATE VIEW c AS SELECT 'current_user' AS \"current_user\";\n";
                place.write("V4__c", view, "DROP VIEW c;\n");
                place.project.run(["generate", "--accept-modified"]).ok();
            }),
            ("unknown", |place| place.write("V5__d", "CREATE TABLE d (n INTEGER);\n", "DROP TABLE d;\n")),
            ("ignored", |place| {
                let config = place.project.read("schema.toml");
                place.project.config(&format!("{config}ignore = [\"table theirs\"]\n"));
            }),
        ];
        let of = usize::from(!place.folder.ends_with("sqlite"));
        for (case, spoil) in cases {
            let place = Place::all().swap_remove(of);
            half_of_proven(&place);
            spoil(&place);
            place.by_hand("CREATE TABLE mine (n INTEGER)");
            let output = place.project.run(["up"]);
            assert!(output.ok().stderr.contains(says), "{case}: {}", output.text());
            place.project.run(["diff"]).code(3).stdout_has("mine was added");
        }
    }
}

/// What an earlier release wrote into schema.lock has no server: `generate` enters it where the proof is still that.
#[test]
fn generate_says_which_server_worded_what_is_proven() {
    for place in Place::all() {
        half_of_proven(&place);
        let lock = place.project.read("schema.lock");
        let Some(at) = lock.find("after = \"pg") else { continue };
        let word = lock[at..].split('"').nth(1).unwrap().split(':').next().unwrap().to_owned();
        place.project.file("schema.lock", lock.replace(&format!("{word}:"), ""));
        place.quietly(&["up", "--to", "3"]);
        place.write("V5__d", "CREATE TABLE d (n INTEGER);\n", "DROP TABLE d;\n");
        place.project.run(["generate"]).ok().stdout_has("schema.lock is written: 5 migrations");
        let lock = place.project.read("schema.lock");
        for key in ["before", "after"] {
            assert_eq!(lock.matches(&format!("{key} = \"{word}:sha256:")).count(), 5, "{lock}");
        }
        place.project.run(["check", "--prove"]).ok();
    }
}
