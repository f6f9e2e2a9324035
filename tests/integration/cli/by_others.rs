//! What others did by hand, or with another tool, meets a migration: what is said then leads out.

use super::place::Place;

const DIFF: &str = "hint: `schemactl diff` shows what was changed here by other means than migrations\n";

fn orders(place: &Place) {
    place.write("V1__orders", "CREATE TABLE orders (id INTEGER PRIMARY KEY);\n", "DROP TABLE orders;\n");
    place.project.run(["up"]).ok();
}

#[test]
fn what_is_there_already_is_recorded() {
    for (done, down) in [
        ("CREATE TABLE more (n INTEGER);\n", "DROP TABLE more;\n"),
        ("ALTER TABLE orders ADD COLUMN note TEXT;\n", "ALTER TABLE orders DROP COLUMN note;\n"),
        ("CREATE INDEX orders_id ON orders (id);\n", "DROP INDEX orders_id;\n"),
        ("CREATE VIEW ids AS SELECT id FROM orders;\n", "DROP VIEW ids;\n"),
    ] {
        for place in Place::all() {
            orders(&place);
            place.by_hand(done);
            place.write("V2__more", done, down);
            let hint = "hint: or, where all that this migration does was done by hand or by another tool: `schemactl repair \
                        --mark-applied 2` records it without running it\n";
            place.project.run(["up"]).code(1).error("E0204").stderr_has(DIFF).stderr_has(hint);
            place.project.run(["plan"]).code(1).stderr_has(DIFF).stderr_has("`schemactl repair --mark-applied 2`");
            place.project.run(["diff"]).code(3);
            place.project.run(["repair", "--mark-applied", "2", "--yes"]).ok();
            place.project.run(["diff"]).ok().stdout_has("no drift");
            place.project.run(["status", "--check"]).ok();
            place.quietly(&["down"]);
            place.quietly(&["up"]);
        }
    }
}

#[test]
fn a_statement_of_its_own_too() {
    for place in Place::all().into_iter().filter(|place| place.folder.ends_with("postgres")) {
        orders(&place);
        place.by_hand("CREATE INDEX orders_id ON orders (id)");
        place.write("V2__index", "CREATE INDEX CONCURRENTLY orders_id ON orders (id);\n", "DROP INDEX orders_id;\n");
        place.project.run(["up"]).code(1).stderr_has("`schemactl repair --mark-applied 2`").stderr_has(DIFF);
        place.project.run(["repair", "--mark-applied", "2", "--yes"]).ok();
        place.project.run(["status", "--check"]).ok();
        place.by_hand("CREATE SCHEMA own; CREATE TYPE mood AS ENUM ('good'); CREATE FUNCTION one() RETURNS int LANGUAGE sql RETURN 1");
        for (version, sql) in [
            (3, "CREATE SCHEMA own;\n"),
            (4, "CREATE TYPE mood AS ENUM ('good');\n"),
            (5, "CREATE FUNCTION one() RETURNS int LANGUAGE sql RETURN 1;\n"),
        ] {
            place.write(&format!("V{version}__more"), sql, "SELECT 1;\n");
            let mark = version.to_string();
            place.project.run(["up"]).code(1).stderr_has(&format!("`schemactl repair --mark-applied {mark}`"));
            place.project.run(["repair", "--mark-applied", &mark, "--yes"]).ok();
        }
        place.project.run(["status", "--check"]).ok();
    }
}

#[test]
fn what_is_missing_is_shown() {
    for (gone, sql) in [
        ("DROP TABLE more", "ALTER TABLE more ADD COLUMN note TEXT;\n"),
        ("DROP TABLE more", "INSERT INTO more (n) VALUES (1);\n"),
        ("DROP INDEX more_n", "DROP INDEX more_n;\n"),
        ("ALTER TABLE more DROP COLUMN plain", "ALTER TABLE more DROP COLUMN plain;\n"),
        ("ALTER TABLE more DROP COLUMN plain", "INSERT INTO more (plain) VALUES (1);\n"),
        ("DROP VIEW ns", "DROP VIEW ns;\n"),
    ] {
        for place in Place::all() {
            let made = "CREATE TABLE more (n INTEGER, plain INTEGER);\nCREATE INDEX more_n ON more (n);\n\
                        CREATE VIEW ns AS SELECT 1 AS n;\n";
            place.write("V1__more", made, "DROP VIEW ns;\nDROP TABLE more;\n");
            place.project.run(["up"]).ok();
            place.by_hand(gone);
            place.write("V2__next", sql, "SELECT 1;\n");
            let output = place.project.run(["up"]);
            output.code(1).error("E0204").stderr_has("correct the statement").stderr_has(DIFF);
            assert!(!output.stderr.contains("repair"), "{}", output.text());
            place.project.run(["diff"]).code(3);
        }
    }
}

#[test]
fn a_down_of_what_is_gone_leads_out() {
    for place in Place::all() {
        orders(&place);
        place.write("V2__more", "CREATE TABLE more (n INTEGER);\n", "DROP TABLE more;\n");
        place.project.run(["up"]).ok();
        place.by_hand("DROP TABLE more");
        let output = place.project.run(["down"]);
        output.code(1).stderr_has(DIFF).stderr_has(
            "hint: or, where all that it made was taken away by hand or by another tool: `schemactl repair --forget 2` takes it \
             out of the history without running its down\n",
        );
        place.project.run(["diff"]).code(3);
        place.project.run(["repair", "--forget", "2", "--yes"]).ok();
        place.project.run(["diff"]).ok().stdout_has("no drift");
        place.quietly(&["up"]);
        place.project.run(["status", "--check"]).ok();
    }
}

#[test]
fn what_is_only_wrong_has_no_such_hint() {
    for sql in ["nonsense;\n", "SELECT nofunction('a');\n", "INSERT INTO orders VALUES (1), (1);\n"] {
        for place in Place::all() {
            orders(&place);
            place.write("V2__wrong", sql, "SELECT 1;\n");
            let output = place.project.run(["up"]);
            let is_function = sql.contains("nofunction") && place.folder.ends_with("postgres");
            assert_eq!(output.code(1).stderr.contains("schemactl diff"), is_function, "{}", output.text());
        }
    }
    for place in Place::all().into_iter().filter(|place| place.folder.ends_with("postgres")) {
        orders(&place);
        place.write("V2__wrong", "SELECT 'a'::text = 1;\n", "SELECT 1;\n");
        let output = place.project.run(["up"]);
        assert!(!output.code(1).stderr.contains("schemactl diff"), "{}", output.text());
    }
}

#[test]
fn a_down_that_was_edited_is_told_of() {
    for place in Place::all() {
        orders(&place);
        place.write("V2__idx", "CREATE INDEX idx ON orders (id);\n", "DROP INDEX idx;\n");
        place.write("V3__more", "CREATE TABLE more (n INTEGER);\n", "DROP TABLE more;\n");
        place.project.run(["up"]).ok();
        let down = format!("{}/V2__idx.down.sql", place.folder);
        place.project.file(&down, "DROP INDEX IF EXISTS idx;\n");
        let told = format!(
            "migration 2: {down} is not the down that is stored, which is the one that is run; `schemactl repair --downs` \
             before it stores that of the file\n"
        );
        let output = place.project.run(["down"]);
        assert!(!output.ok().stderr.contains("repair --downs"), "{}", output.text());
        let output = place.project.run(["down"]);
        output.ok().stdout_has("reverted 2 idx").stderr_has(&told);
        assert_eq!(output.stderr.matches("repair --downs").count(), 1, "{}", output.text());
        place.quietly(&["up"]);
        let output = place.project.run(["down", "--to", "1"]);
        assert!(!output.ok().stderr.contains("repair --downs"), "{}", output.text());
        place.quietly(&["up"]);

        place.project.file(&down, "-- of another hand\nDROP INDEX idx;\n");
        let output = place.project.run(["down", "--to", "1", "--json", "--log-format", "json"]);
        output.ok().stderr_has("\"event\":\"note\"").stderr_has("V2__idx.down.sql is not the down that is stored");
        place.quietly(&["up"]);
        place.project.file(&down, "DROP INDEX idx; -- yet another\n");
        place.project.run(["repair", "--downs", "--yes"]).ok();
        let output = place.project.run(["down", "--to", "1"]);
        assert!(!output.ok().stderr.contains("repair --downs"), "{}", output.text());
    }
}

#[test]
fn it_is_told_before_what_the_stored_down_loses_is_refused() {
    for place in Place::all() {
        orders(&place);
        place.by_hand("INSERT INTO orders VALUES (1)");
        let down = format!("{}/V1__orders.down.sql", place.folder);
        place.project.file(&down, "ALTER TABLE orders RENAME TO kept;\n");
        place.project.run(["down"]).code(5).error("E0408").stderr_has(&format!("migration 1: {down} is not the down"));
        place.project.run(["repair", "--downs", "--yes"]).ok();
        place.project.run(["down"]).ok().stdout_has("reverted 1 orders");
        assert_eq!(place.query("SELECT id FROM kept"), "1");
    }
}

#[test]
fn an_application_hears_of_it() {
    use std::sync::{Arc, Mutex};

    use schemactl::{Back, Event, Migrations, Options};

    let place = Place::all().remove(0);
    orders(&place);
    place.project.file("migrations/sqlite/V1__orders.down.sql", "DROP TABLE IF EXISTS orders;\n");
    let migrations = Migrations::read(place.project.path().join("migrations/sqlite")).unwrap();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&heard);
    let options = Options::default().on_event(move |event| {
        if let Event::Note { version, text, .. } = event {
            told.lock().unwrap().push(format!("{version}: {text}"));
        }
    });
    let mut connection = schemactl_test_support::sqlite::open(&place.project.path().join("app.db"));
    schemactl::sqlite::down(&mut connection, &migrations, Back::Steps(1), &options).unwrap();
    let heard = heard.lock().unwrap();
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert!(heard[0].starts_with("1: ") && heard[0].contains("V1__orders.down.sql is not the down"), "{heard:?}");
}
