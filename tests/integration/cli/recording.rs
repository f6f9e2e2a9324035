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
