//! The proof with a record: what `prove`, `generate`, `check --prove` and the library say of a down where the database keeps what its up does to rows.

use schemactl_test_support::shop::Shop;
use serde_json::Value;

use super::verdicts::{FIRST, shops};

/// Rows of the first migration: users have more.
const ROWS: &str = "INSERT INTO role VALUES ('guest', 1), ('admin', 2), ('boss', 7);\n\
    INSERT INTO member VALUES (1, 'guest', 'first');\nINSERT INTO old VALUES (7, 'seven');\n";

fn files(shop: &Shop, second: &str, down: Option<&str>) {
    shop.file("V1__first.sql", format!("{FIRST}{ROWS}"));
    shop.file("V1__first.down.sql", "DROP TABLE old;\nDROP TABLE member;\nDROP TABLE role;\n");
    shop.file("V2__second.sql", second);
    if let Some(down) = down {
        shop.file("V2__second.down.sql", down);
    }
}

/// What `prove` says of the second migration.
fn proven(shop: &Shop) -> Value {
    let output = shop.run("prove --json --all");
    let document: Value = serde_json::from_str(&output.stdout).unwrap_or_else(|_| panic!("{}", output.text()));
    document["proofs"].as_array().unwrap().iter().find(|proof| proof["version"] == 2).unwrap().clone()
}

#[track_caller]
fn is_lossless_while_kept(shop: &Shop) {
    let proof = proven(shop);
    let kept = &proof["while_kept"];
    assert_eq!((&proof["verdict"], &kept["verdict"]), (&"lossy".into(), &"lossless".into()), "{proof:#}");
    assert_eq!((&kept["seconds"], &kept["reasons"]), (&2_592_000.into(), &serde_json::json!([])), "{proof:#}");
    assert!(!proof["reasons"].as_array().unwrap().is_empty(), "{proof:#}");
    let shown = shop.run("prove --all");
    shown.stdout_has("2 second: lossless while kept (30 d), else lossy").stdout_has("1 lossless while kept");
}

#[test]
fn what_the_up_did_to_rows_comes_back() {
    for second in [
        "DELETE FROM role WHERE name = 'boss';\n",
        "UPDATE role SET rank = rank + 10;\n",
        "INSERT INTO role VALUES ('editor', 3);\n",
        "ALTER TABLE member DROP COLUMN note;\n",
        "DROP TABLE old;\n",
        "DELETE FROM member;\nUPDATE role SET rank = 0 WHERE name <> 'guest';\nINSERT INTO old VALUES (8, 'eight');\n",
    ] {
        for shop in shops() {
            files(&shop, second, None);
            // It says so while it is written, too.
            shop.run("generate")
                .ok()
                .stdout_has("2 second: lossless while kept (30 d), else lossy; the down is written");
            is_lossless_while_kept(&shop);
        }
    }
}

#[test]
fn a_down_by_hand_is_tried_with_the_record() {
    for (second, down) in [
        ("UPDATE role SET rank = rank + 10;\n", "SELECT 1;\n"),
        (
            "DELETE FROM old;\n",
            "INSERT INTO old SELECT 7, 'seven' WHERE NOT EXISTS (SELECT 1 FROM old WHERE id = 7);\n",
        ),
        ("ALTER TABLE member DROP COLUMN note;\n", "ALTER TABLE member ADD COLUMN note text;\n"),
    ] {
        for shop in shops() {
            files(&shop, second, Some(down));
            shop.run("generate").ok();
            is_lossless_while_kept(&shop);
        }
    }
}

/// What users write in what the up made is no part of a record.
#[test]
fn what_is_not_covered_stays_lossy() {
    for (second, lost) in [
        (
            "ALTER TABLE role ADD COLUMN colour text;\nUPDATE role SET rank = 0;\n",
            "role.colour is dropped with its values",
        ),
        ("CREATE TABLE made (id integer PRIMARY KEY);\nDELETE FROM old;\n", "made is dropped with its rows"),
        ("ALTER TABLE role ADD COLUMN colour text;\nDROP TABLE old;\n", "role.colour is dropped with its values"),
    ] {
        for shop in shops() {
            files(&shop, second, None);
            shop.run("generate").ok().stdout_has("while kept (30 d), only this is lost: ");
            let proof = proven(&shop);
            let kept = &proof["while_kept"];
            assert_eq!((&proof["verdict"], &kept["verdict"]), (&"lossy".into(), &"lossy".into()), "{proof:#}");
            let reasons = kept["reasons"].as_array().unwrap();
            assert!(reasons.iter().any(|reason| reason.as_str().unwrap().contains(lost)), "{lost}: {proof:#}");
            assert!(reasons.iter().all(|reason| !reason.as_str().unwrap().contains("come back")), "{proof:#}");
        }
    }
}

/// A down by hand that takes rows of users takes them with a record, too.
#[test]
fn what_a_down_by_hand_loses_is_told() {
    for (second, down) in [
        ("UPDATE role SET rank = rank + 10 WHERE name = 'guest';\n", "DELETE FROM old;\n"),
        ("DELETE FROM old;\n", "UPDATE member SET note = 'lost';\n"),
        ("UPDATE old SET x = 'new';\n", "DELETE FROM member WHERE id > 1;\n"),
    ] {
        for shop in shops() {
            files(&shop, second, Some(down));
            shop.run("generate").ok();
            let proof = proven(&shop);
            assert_ne!(proof["while_kept"]["verdict"], "lossless", "{second}{down}{proof:#}");
            assert_eq!(proof["verdict"], "lossy", "{proof:#}");
            shop.run("check --prove").code(3);
        }
    }
}

#[test]
fn what_is_never_kept_has_the_verdict_of_the_text() {
    for shop in shops() {
        files(&shop, "-- schemactl: undo = none\nUPDATE role SET rank = 0;\n", None);
        shop.run("generate").ok().stdout_has("2 second: lossy").lacks("while kept");
        assert!(proven(&shop)["while_kept"].is_null());
    }
    for shop in shops() {
        let config = shop.project.read("schema.toml");
        shop.project.config(&config.replace("\"auto\"", "\"none\""));
        files(&shop, "UPDATE role SET rank = 0;\n", None);
        shop.run("generate").ok().lacks("while kept");
    }
    for shop in shops() {
        files(&shop, "SAVEPOINT a;\nUPDATE role SET rank = 0;\nRELEASE a;\n", None);
        shop.run("generate")
            .ok()
            .stdout_has("nothing would be kept of the rows that it changes: the step has savepoints");
        assert_eq!(proven(&shop)["while_kept"]["verdict"], "not_kept");
    }
}

/// For how long rows are kept is a setting of the database.
#[test]
fn the_time_is_that_of_the_settings() {
    for (time, told) in
        [("12h", "while kept (12 h)"), ("forever", "lossless while kept, else lossy"), ("7d", "while kept (7 d)")]
    {
        for shop in shops() {
            let config = shop.project.read("schema.toml");
            shop.project.config(&format!("{config}undo_keep = \"{time}\"\n"));
            files(&shop, "DELETE FROM old;\n", None);
            shop.run("generate").ok().stdout_has(told);
        }
    }
}

/// schema.lock and the head of a down have the verdict of the texts: it is the same for each database, and an older release reads it.
#[test]
fn what_is_written_is_the_verdict_of_the_texts() {
    for shop in shops() {
        files(&shop, "DELETE FROM old;\n", None);
        shop.run("generate").ok();
        let lock = shop.project.read("schema.lock");
        assert!(lock.contains("verdict = \"lossy: ") && !lock.contains("while kept"), "{lock}");
        let down = shop.project.read(&format!("{}/V2__second.down.sql", shop.folder()));
        assert!(down.contains("-- schemactl: verdict = lossy\n"), "{down}");
        shop.run("prove --all").ok();
        assert_eq!(shop.project.read("schema.lock"), lock);
        shop.run("check").ok();
        // What has not changed is not tried again.
        shop.run("prove").ok().stdout_has("2 unchanged").lacks("while kept");
    }
}

/// The file itself says whose rows are put back by what is kept.
#[test]
fn a_generated_down_says_whose_rows_it_concerns() {
    for (second, concerned, leaves_away) in [
        ("UPDATE role SET rank = 0;\nINSERT INTO old VALUES (8, 'eight');\n", "table old, table role", true),
        ("ALTER TABLE member DROP COLUMN note;\n", "column member.note, table member", true),
        ("DELETE FROM member;\nDROP TABLE old;\n", "table member, table old", true),
    ] {
        for shop in shops() {
            files(&shop, second, None);
            shop.run("generate").ok();
            let down = shop.project.read(&format!("{}/V2__second.down.sql", shop.folder()));
            let line = format!(
                "-- Rows: where the database has kept what the up did to {concerned}, `down` puts that back.\n"
            );
            assert!(down.contains(&line), "{line}{down}");
            assert_eq!(down.contains("that are about rows are left away then"), leaves_away, "{down}");
        }
    }
    for shop in shops() {
        files(&shop, "CREATE TABLE made (id integer PRIMARY KEY);\n", None);
        shop.run("generate").ok();
        let down = shop.project.read(&format!("{}/V2__second.down.sql", shop.folder()));
        assert!(!down.contains("-- Rows: "), "{down}");
    }
}

/// One line in a test of an application.
#[test]
fn the_library_proves_with_a_record() {
    let [sqlite, ..] = &shops()[..] else { panic!("there is one") };
    let proven = |shop: &Shop| {
        let migrations = schemactl::Migrations::read(shop.project.path().join(shop.folder())).unwrap();
        std::panic::catch_unwind(|| schemactl::sqlite::assert_proven(&migrations)).is_ok()
    };
    files(sqlite, "UPDATE role SET rank = rank + 10;\n", Some("SELECT 1;\n"));
    assert!(proven(sqlite));
    sqlite.file("V2__second.down.sql", "DELETE FROM old;\n");
    assert!(!proven(sqlite), "rows of users that it deletes are not declared");
    sqlite.file("V2__second.down.sql", "-- schemactl: loses = rows old deleted\nDELETE FROM old;\n");
    assert!(proven(sqlite));
}
