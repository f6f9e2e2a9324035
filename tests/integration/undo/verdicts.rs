//! What taking back costs in a live database, by what is kept there: `status`, and `down --dry-run`, on both databases, over rows of users.

use schemactl_test_support::project;
use schemactl_test_support::shop::Shop;
use serde_json::Value;

use super::kept::{Shows as _, document};

pub(super) const FIRST: &str = "CREATE TABLE role (name text PRIMARY KEY, rank integer);\n\
    CREATE TABLE member (id integer PRIMARY KEY, role text REFERENCES role, note text);\n\
    CREATE TABLE old (id integer PRIMARY KEY, x text);\n";
const USERS: &str = "INSERT INTO role VALUES ('guest', 1), ('admin', 2), ('boss', 7);\
    INSERT INTO member VALUES (1, 'guest', 'first'), (2, NULL, NULL);\
    INSERT INTO old VALUES (7, 'seven');";

/// Databases of both kinds, or of the one that is built in, where rows are kept.
pub(super) fn shops() -> Vec<Shop> {
    let sqlite = Shop::sqlite(project!());
    sqlite.project.config("[sqlite]\nurl = \"sqlite:shop.db\"\nundo = \"auto\"\n");
    vec![
        sqlite,
        #[cfg(feature = "postgres")]
        {
            let postgres = Shop::postgres(project!());
            postgres.project.config(&format!("[postgres]\nurl = \"{}\"\nundo = \"auto\"\n", postgres.database().url()));
            postgres
        },
    ]
}

/// The first migration with rows of users, and the second one applied over them.
fn apply(shop: &Shop, second: &str, down: Option<&str>) {
    shop.file("V1__first.sql", FIRST);
    shop.file("V1__first.down.sql", "DROP TABLE old;\nDROP TABLE member;\nDROP TABLE role;\n");
    shop.run("up").ok();
    shop.execute(USERS);
    shop.file("V2__second.sql", second);
    if let Some(down) = down {
        shop.file("V2__second.down.sql", down);
    }
    shop.run("generate").ok();
    shop.run("up").ok();
}

fn status(shop: &Shop) -> Value {
    document(shop.run("status --json").ok())["migrations"][1].clone()
}

fn dry_run(shop: &Shop) -> Value {
    document(shop.run("down --dry-run --json").ok())["steps"][0].clone()
}

/// Both of them say that nothing is lost, as long as the rows are kept; without them it would be this.
#[track_caller]
fn is_lossless(shop: &Shop, otherwise: &str) {
    for said in [status(shop), dry_run(shop)] {
        let until = said["kept"]["kept_until"].as_str().unwrap_or_else(|| panic!("{said:#}"));
        assert_eq!(said["verdict"], format!("lossless while kept until {}", &until[..10]), "{said:#}");
        let unkept = said["verdict_unkept"].as_str().unwrap_or_else(|| panic!("{said:#}"));
        assert!(unkept.starts_with("lossy: ") && unkept.contains(otherwise), "{otherwise}: {said:#}");
    }
    shop.run("status").ok().stdout_has("\ntaking back 2 second is lossless while kept until 20");
    shop.run("down --dry-run").ok().stdout_has("  lossless while kept until 20").lacks("loses ");
    let before = |sql: &str| shop.query(sql);
    shop.run("down").ok();
    assert_eq!(before("SELECT name, rank FROM role ORDER BY name"), "admin|2\nboss|7\nguest|1");
    assert_eq!(before("SELECT id, role, note FROM member ORDER BY id"), "1|guest|first\n2||");
    assert_eq!(before("SELECT id, x FROM old"), "7|seven");
}

#[test]
fn rows_that_the_up_deletes() {
    for (second, otherwise) in [
        ("DELETE FROM role WHERE name = 'boss';\n", "does not come back"),
        ("DELETE FROM old;\n", "do"),
        ("DELETE FROM member WHERE id > 1;\nDELETE FROM role WHERE rank BETWEEN 2 AND 8;\n", "do"),
    ] {
        for shop in shops() {
            apply(&shop, second, None);
            is_lossless(&shop, otherwise.strip_prefix("does").map_or(otherwise, |_| "do not come back"));
        }
    }
}

#[test]
fn values_that_the_up_overwrites() {
    for second in [
        "UPDATE role SET rank = 0;\n",
        "UPDATE member SET note = upper(note) WHERE note IS NOT NULL;\n",
        "UPDATE role SET rank = rank + 10 WHERE name <> 'boss';\nUPDATE old SET x = 'gone';\n",
    ] {
        for shop in shops() {
            apply(&shop, second, None);
            is_lossless(&shop, "do not come back");
        }
    }
}

#[test]
fn rows_that_the_up_inserts() {
    for second in [
        "INSERT INTO role VALUES ('editor', 3);\n",
        "INSERT INTO role VALUES ('editor', 3), ('author', 4);\nINSERT INTO member VALUES (40, 'editor', 'new');\n",
        "INSERT INTO old VALUES (8, 'eight');\nUPDATE old SET x = 'nine' WHERE id = 7;\n",
    ] {
        for shop in shops() {
            apply(&shop, second, None);
            is_lossless(&shop, "rows of table ");
        }
    }
}

#[test]
fn columns_and_tables_that_the_up_drops() {
    for (second, otherwise) in [
        ("DROP TABLE old;\n", "comes back without the rows that the up dropped"),
        ("ALTER TABLE member DROP COLUMN note;\n", "member.note comes back without the values that the up dropped"),
        (
            "ALTER TABLE role DROP COLUMN rank;\nDROP TABLE old;\nDELETE FROM member WHERE id = 2;\n",
            "role.rank comes back",
        ),
    ] {
        for shop in shops() {
            apply(&shop, second, None);
            is_lossless(&shop, otherwise);
        }
    }
}

/// What people write in what the up made goes with the down, and is no part of the record: what was counted tells it.
#[test]
fn what_people_write_in_new_columns_and_tables_is_not_covered() {
    for (second, write, lost) in [
        (
            "ALTER TABLE role ADD COLUMN colour text;\nUPDATE role SET rank = 3;\n",
            "UPDATE role SET colour = 'red' WHERE name = 'boss';",
            "role.colour is dropped with its values",
        ),
        (
            "CREATE TABLE made (id integer PRIMARY KEY);\nDELETE FROM old;\n",
            "INSERT INTO made VALUES (1);",
            "made is dropped with its rows",
        ),
        (
            "CREATE TABLE made (id integer PRIMARY KEY);\nINSERT INTO made VALUES (1), (2);\n",
            "INSERT INTO made VALUES (3);",
            "made is dropped with its rows",
        ),
    ] {
        for shop in shops() {
            apply(&shop, second, None);
            let verdict = |said: Value| said["verdict"].as_str().unwrap().to_owned();
            // Nobody has counted.
            let now = verdict(status(&shop));
            assert!(now.starts_with("lossy: ") && now.contains(lost) && !now.contains("come back"), "{now}");
            assert!(verdict(dry_run(&shop)).starts_with("lossless while kept until "), "{second}");
            shop.execute(write);
            let now = verdict(dry_run(&shop));
            assert!(now.starts_with("lossy: ") && now.contains(lost), "{now}");
            let planned = shop.run("down --dry-run --no-rehearsal --json");
            let planned = document(planned.ok())["steps"][0].clone();
            assert!(verdict(planned).contains(lost), "{second}");
            shop.run("down").code(5).error("E0408");
        }
    }
}

#[test]
fn rows_that_were_changed_since_are_told() {
    for shop in shops() {
        apply(&shop, "UPDATE role SET rank = 0;\n", None);
        shop.execute("UPDATE role SET rank = 5 WHERE name = 'boss';");
        let said = dry_run(&shop);
        assert_eq!(said["verdict"], "lossy: rows that were changed since the up are not put back", "{said:#}");
        shop.run("down").code(5).error("E0415");
    }
}

/// A down by hand is run as it was written: what it does to rows of users shows where it is tried.
#[test]
fn a_down_by_hand_is_judged_by_what_it_does_here() {
    let second = "UPDATE role SET rank = 0 WHERE name = 'guest';\n";
    for (down, is_lossless) in [
        ("SELECT 1;\n", true),
        ("UPDATE role SET rank = 1 WHERE name = 'guest';\n", true),
        ("DELETE FROM old WHERE id = 7;\n", false),
    ] {
        for shop in shops() {
            apply(&shop, second, Some(down));
            let said = dry_run(&shop);
            let verdict = said["verdict"].as_str().unwrap();
            assert_eq!(verdict.starts_with("lossless"), is_lossless, "{down}\n{said:#}");
            if !is_lossless {
                assert!(verdict.contains("rows of table old are deleted"), "{said:#}");
                assert!(status(&shop)["verdict"].as_str().unwrap().starts_with("lossy: "), "{down}");
            }
        }
    }
}

#[test]
fn what_is_not_kept_is_lossy_and_says_why() {
    for shop in shops() {
        apply(&shop, "SAVEPOINT a;\nUPDATE role SET rank = 5;\nRELEASE a;\n", None);
        for said in [status(&shop), dry_run(&shop)] {
            let verdict = said["verdict"].as_str().unwrap();
            assert!(verdict.starts_with("lossy: ") && verdict.contains("do not come back"), "{said:#}");
            assert!(verdict.ends_with("were not kept, and are not put back: the step has savepoints"), "{said:#}");
        }
        let shown = shop.run("down --dry-run");
        assert_eq!(shown.ok().stdout.matches("the step has savepoints").count(), 1, "{}", shown.text());
        shop.run("status").ok().shows(&["not kept\n"]).lacks("while kept");
    }
}

#[test]
fn what_is_gone_is_lossy() {
    let expire = "UPDATE schema_migrations_undo SET kept_until = '2026-01-02T03:04:05.678Z' WHERE number = 0;";
    for shop in shops() {
        apply(&shop, "DELETE FROM role WHERE name = 'boss';\n", None);
        assert!(status(&shop)["verdict"].as_str().unwrap().starts_with("lossless while kept until "));
        shop.execute(expire);
        for said in [status(&shop), dry_run(&shop)] {
            let verdict = said["verdict"].as_str().unwrap();
            assert!(verdict.starts_with("lossy: ") && verdict.contains("kept until 2026-01-02"), "{said:#}");
        }
        shop.run("undo purge 2 --yes").ok();
        let said = status(&shop);
        assert!(said["verdict"].as_str().unwrap().starts_with("lossy: "), "{said:#}");
        assert!(said["verdict_unkept"].as_str().unwrap().starts_with("lossy: "), "{said:#}");
        shop.run("status").ok().shows(&["purged\n"]).lacks("while kept");
    }
}

#[test]
fn without_an_end_no_day_is_told() {
    for shop in shops() {
        let config = shop.project.read("schema.toml");
        shop.project.config(&format!("{config}undo_keep = \"forever\"\n"));
        apply(&shop, "DELETE FROM old;\n", None);
        assert_eq!(status(&shop)["verdict"], "lossless while kept");
        shop.run("status").ok().shows(&["no end", "taking back 2 second is lossless while kept\n"]);
    }
}

/// Where nothing is to be kept, the verdict is that of the text; and why nothing is kept, where that is written down: on PostgreSQL no tables are made for it.
#[test]
fn where_nothing_is_to_be_kept_the_verdict_is_that_of_the_text() {
    for shop in shops() {
        let config = shop.project.read("schema.toml");
        shop.project.config(&config.replace("\"auto\"", "\"none\""));
        apply(&shop, "DELETE FROM old;\n", None);
        let said = status(&shop);
        let verdict = said["verdict"].as_str().unwrap();
        assert!(verdict.starts_with("lossy: "), "{said:#}");
        if shop.is_sqlite() {
            let why = "; rows that the up changed were not kept, and are not put back: the setting `undo` is `none`";
            assert_eq!(said["kept"]["state"], "not_kept");
            assert_eq!(verdict.strip_suffix(why), said["verdict_unkept"].as_str(), "{said:#}");
        } else {
            assert!(said["kept"].is_null() && said["verdict_unkept"].is_null(), "{said:#}");
        }
        shop.run("status").ok().lacks("while kept");
    }
}
