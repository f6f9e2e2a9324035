//! Records that go while the work stays, and downs that are stored though nobody could run them.

use super::place::Place;

type Files = [(&'static str, &'static str, &'static str); 3];

const ALONE: Files = [
    ("V1__orders", "CREATE TABLE orders (id integer PRIMARY KEY);\n", "DROP TABLE orders;\n"),
    ("V2__total", "ALTER TABLE orders ADD total integer;\n", "ALTER TABLE orders DROP COLUMN total;\n"),
    ("V3__bills", "CREATE TABLE bills (id integer PRIMARY KEY);\n", "DROP TABLE bills;\n"),
];

/// The last one needs the second.
const NEEDED: Files = [
    ALONE[0],
    ("V2__bills", "CREATE TABLE bills (id integer PRIMARY KEY);\n", "DROP TABLE bills;\n"),
    ("V3__due", "ALTER TABLE bills ADD due integer;\n", "ALTER TABLE bills DROP COLUMN due;\n"),
];

const WAY: &str = "`schemactl repair --mark-applied 2`";

fn places(files: &Files) -> Vec<Place> {
    let places = Place::all();
    for place in &places {
        files.iter().for_each(|(name, up, down)| place.write(name, up, down));
        place.project.run(["up"]).ok();
    }
    places
}

/// Follows the hint, and sees that everything goes on from there.
fn is_right(place: &Place) {
    place.project.run(["repair", "--mark-applied", "2", "--yes"]).ok();
    place.project.run(["up"]).ok();
    place.project.run(["status", "--check"]).ok();
    place.project.run(["down", "--to", "0", "--accept-data-loss"]).ok();
    place.project.run(["diff"]).ok();
    place.project.run(["up"]).ok();
    place.project.run(["status", "--check"]).ok();
}

#[test]
fn a_record_that_was_forgotten_is_recorded_again_where_its_work_is_there() {
    for files in [&ALONE, &NEEDED] {
        for place in places(files) {
            let told = place.project.run(["repair", "--forget", "2", "--yes"]);
            told.ok().stderr_has(WAY);
            for command in [&["diff"][..], &["status", "--check"]] {
                place.project.run(command).code(3).stderr_has(WAY);
            }
            place.project.run(["up"]).code(1).error("E0403").stderr_has(WAY);
            place.project.run(["up", "--order", "any"]).code(1).error("E0204").stderr_has(WAY);
            is_right(&place);
        }
    }
}

/// The last one that is forgotten is pending, and `up` meets its work.
#[test]
fn the_last_record_too() {
    for place in places(&NEEDED) {
        place.project.run(["repair", "--forget", "3", "--yes"]).ok().stderr_has("`schemactl repair --mark-applied 3`");
        place.project.run(["up"]).code(1).error("E0204").stderr_has("`schemactl repair --mark-applied 3`");
        place.project.run(["diff"]).code(3).stderr_has("`schemactl repair --mark-applied 3`");
        place.project.run(["repair", "--mark-applied", "3", "--yes"]).ok();
        place.project.run(["status", "--check"]).ok();
    }
}

/// What is taken back from above goes on with what is recorded; the rest is recorded again.
#[test]
fn what_is_taken_back_meanwhile_leads_out_as_well() {
    for files in [&ALONE, &NEEDED] {
        for place in places(files) {
            place.project.run(["repair", "--forget", "2", "--yes"]).ok();
            place.project.run(["down", "--accept-data-loss"]).ok().stdout_has("reverted 3 ");
            place.project.run(["diff"]).code(3).stderr_has(WAY);
            is_right(&place);
        }
    }
}

/// Where its work was undone by hand as well, there is nothing to record: it is applied late.
#[test]
fn what_was_undone_by_hand_is_applied() {
    for place in places(&ALONE) {
        place.by_hand("ALTER TABLE orders DROP COLUMN total");
        let told = place.project.run(["repair", "--forget", "2", "--yes"]);
        assert!(!told.ok().stderr.contains("--mark-applied"), "{}", told.text());
        place.project.run(["diff"]).ok();
        place.project.run(["up", "--order", "any"]).ok();
        place.project.run(["status", "--check"]).ok();
    }
}

/// A mistake in a down is told where it stands, and the one that was stored stays.
#[test]
fn a_down_that_cannot_be_read_is_not_stored() {
    for down in ["DROP TABL bills;\n", "DROP TABLE bills; /* not closed\n", "DROP TABLE 'bills;\n"] {
        for place in places(&ALONE) {
            let stored = "SELECT down_sql FROM schema_migrations WHERE version = 3";
            let before = place.query(stored);
            place.write("V3__bills", ALONE[2].1, down);
            let refused = place.project.run(["repair", "--downs", "--yes"]);
            refused.code(1).error("E0308").stderr_has("V3__bills.down.sql:1").stderr_has("nothing was changed");
            assert_eq!(place.query(stored), before, "{down}");
            let migrations = schemactl::Migrations::read(place.project.path().join(place.folder)).unwrap();
            assert_eq!(
                place.repair(&migrations, schemactl::RepairRequest::Downs).unwrap_err().code(),
                schemactl::Code::Syntax
            );
            // Nor is it with the record of what is marked.
            place.project.run(["repair", "--forget", "3", "--yes"]).ok();
            place.project.run(["repair", "--mark-applied", "3", "--yes"]).code(1).error("E0308");
            place.write("V3__bills", ALONE[2].1, ALONE[2].2);
            place.project.run(["repair", "--mark-applied", "3", "--yes"]).ok();
            place.project.run(["down", "--accept-data-loss"]).ok();
        }
    }
}
