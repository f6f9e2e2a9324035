//! What a verification finds, and what it does not take for a difference.

use schemactl_test_support::sqlite;

use super::{Move, document};

/// A copy of which one thing was changed.
fn changed(sql: &str) -> (Move, serde_json::Value) {
    let moved = Move::with_rows(2_000);
    moved.run("copy").ok();
    moved.database.psql(sql);
    let output = moved.run("verify --json");
    output.code(3);
    let found = document(&output);
    (moved, found)
}

fn differences(found: &serde_json::Value) -> Vec<String> {
    let tables = found["tables"].as_array().unwrap().iter().filter(|table| !table["differences"].is_null());
    let told = tables.map(|table| {
        let differences = &table["differences"];
        let of = |key: &str| differences[key].as_u64().unwrap();
        let mut text =
            format!("{} {} {} {}", table["name"].as_str().unwrap(), of("missing"), of("extra"), of("changed"));
        for example in differences["examples"].as_array().unwrap() {
            text += &format!("; {} {}", example["kind"].as_str().unwrap(), example["row"].as_str().unwrap());
            for column in example["columns"].as_array().unwrap() {
                let text_of = |key: &str| column[key].as_str().unwrap().to_owned();
                text += &format!(" {}: {} / {}", text_of("name"), text_of("source"), text_of("target"));
            }
        }
        text
    });
    told.collect()
}

#[test]
fn each_change_is_found_alone_and_named() {
    let quiet = "SET session_replication_role = replica; ";
    for (sql, expected) in [
        (
            "UPDATE people SET born = born + interval '1 microsecond' WHERE id = 7",
            "people 0 0 1; changed id 7 born: '2025-01-27 09:15:30.123456+00' / '2025-01-27 09:15:30.123457+00'",
        ),
        ("UPDATE letters SET price = price + 0.01 WHERE id = 9", "letters 0 0 1; changed id 9 price: 0.75 / 0.76"),
        ("DELETE FROM settings WHERE key = 'k5'", "settings 1 0 0; missing space 's''5', key 'k5'"),
        ("INSERT INTO settings VALUES ('s', 'k', NULL)", "settings 0 1 0; extra space 's', key 'k'"),
        (
            "UPDATE settings SET value = NULL WHERE key = 'k4'",
            "settings 0 0 1; changed space 's''4', key 'k4' value: '' / NULL",
        ),
        (
            "UPDATE people SET score = score + 1e-13 WHERE id = 8",
            "people 0 0 1; changed id 8 score: 1.1428571428571428 / 1.1428571428572427",
        ),
        (
            "UPDATE people SET photo = set_bit(photo, 3, 1 - get_bit(photo, 3)) WHERE id = 9",
            "people 0 0 1; changed id 9 photo",
        ),
        ("UPDATE letters SET body = jsonb_set(body, '{a,1}', '0') WHERE id = 12", "letters 0 0 1; changed id 12 body"),
        ("UPDATE people SET tags[2] = '' WHERE id = 3", "people 0 0 1; changed id 3 tags"),
        ("DELETE FROM visits WHERE ctid = '(0,1)'", "visits 1 0 0; missing page 'same', at '2025-01-27 09:15:30+00'"),
        (
            "INSERT INTO visits SELECT * FROM visits LIMIT 1",
            "visits 0 1 0; extra page 'same', at '2025-01-27 09:15:30+00'",
        ),
        (
            "UPDATE letters l SET person = o.person FROM letters o WHERE l.id IN (30, 33) AND o.id = 63 - l.id",
            "letters 0 0 2; changed id 30 person: 11 / 12; changed id 33 person: 12 / 11",
        ),
    ] {
        let (_moved, found) = changed(&format!("{quiet}{sql}"));
        let told = differences(&found);
        assert_eq!(told.len(), 1, "{sql}: {told:?}");
        assert!(told[0].starts_with(expected), "{sql}: {}", told[0]);
        assert_eq!(found["error"]["code"], "E0806");
    }
}

#[test]
fn what_is_around_the_rows_is_looked_at_too() {
    for (sql, expected) in [
        ("SELECT setval('people_id_seq', 5)", "the sequence of public.people.id gives 6 next, and 2000 is there"),
        ("ALTER TABLE people DISABLE TRIGGER people_counted", "people_counted"),
        ("DROP INDEX people_tags", "people_tags"),
        (
            "ALTER TABLE letters DROP CONSTRAINT letters_to; ALTER TABLE letters ADD CONSTRAINT letters_to FOREIGN KEY (person) REFERENCES people ON DELETE CASCADE NOT VALID",
            "letters_to",
        ),
    ] {
        let (_moved, found) = changed(sql);
        assert!(differences(&found).is_empty(), "{sql}");
        let findings = found["structure"].to_string();
        assert!(findings.contains(expected), "{sql}: {findings}");
    }
}

#[test]
fn forms_of_one_value_are_no_difference() {
    let moved = Move::new();
    moved.sqlite(
        "INSERT INTO people (id, name, tags, score) VALUES (1, 'a', '[]', -0.0), (2, 'b', NULL, 1e300), (3, 'c', '[\"x\"]', 5);
        INSERT INTO letters VALUES (1, 1, '1.50', '{\"b\":1.0,\"a\":[1e2,\"\\u00e9\"]}'), (2, 1, 0, '[]'), (3, 1, 12345678.9, 'true');",
    );
    moved.run("copy").ok();
    assert_eq!(moved.database.psql("SELECT body FROM letters WHERE id = 1"), "{\"a\": [100, \"é\"], \"b\": 1.0}");
    moved.database.psql("UPDATE letters SET price = 1.5 WHERE id = 1; SET session_replication_role = replica; UPDATE letters SET body = '{\"a\": [1e2, \"é\"], \"b\": 1}' WHERE id = 1");
    moved.run("verify").ok().stdout_has("letters -> public.letters: 3 rows, equal");
}

#[test]
fn of_many_differences_the_first_are_named_and_all_are_counted() {
    let (moved, found) = changed("SET session_replication_role = replica; UPDATE visits SET page = page || ctid::text");
    let visits = found["tables"].as_array().unwrap().iter().find(|table| table["name"] == "visits").unwrap();
    let of = |key: &str| visits["differences"][key].as_u64().unwrap();
    assert_eq!((of("missing"), of("extra")), (2_000, 2_000));
    assert_eq!(visits["differences"]["examples"].as_array().unwrap().len(), 10);
    let hidden = moved.run("verify --values none --report report.md");
    hidden.code(3).lacks("same");
    let report = moved.project.read("report.md");
    assert!(
        report.contains("| visits | 2000 | 2000 | 0 | 0 | 0 | 2000 | 2000 | 0 |") && !report.contains("same"),
        "{report}"
    );
}

/// Another move, or a hand, has taken away what this one has not applied yet: that is said, and not waited for without end.
#[test]
fn changes_that_were_taken_away_are_missed_once() {
    for taken in [
        "seq = (SELECT min(seq) FROM schema_migrations_move_changes)",
        "seq < (SELECT max(seq) FROM schema_migrations_move_changes)",
    ] {
        let moved = Move::with_rows(60);
        moved.run("follow --until-level").ok();
        let file = sqlite::open(&moved.project.path().join("app.db"));
        file.execute_batch("UPDATE people SET score = score + 1 WHERE id < 9").unwrap();
        moved.run("verify").ok();
        file.execute_batch(&format!("DELETE FROM schema_migrations_move_changes WHERE {taken}")).unwrap();
        moved.run("verify").code(1).error("E0808").stderr_has("changes that the target has not got were taken away");
        // As the hint says.
        moved.run("discard").ok();
        moved.run("follow --until-level").ok();
        moved.run("verify").ok();
        moved.assert_equal();
    }
}
