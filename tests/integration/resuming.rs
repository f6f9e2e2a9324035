//! A step that stopped between two statements goes on behind those that are done, whatever the rest of its file has become.
#![cfg(all(feature = "cli", feature = "sqlite", feature = "postgres"))]

use schemactl_test_support::project;
use schemactl_test_support::shop::Shop;

fn both() -> [Shop; 2] {
    [Shop::sqlite(project!()), Shop::postgres(project!())]
}

/// Version 2 has multiplied what is in `a`, and stopped at what follows.
fn stopped(shop: &Shop) {
    shop.file("V1__base.sql", "CREATE TABLE a (n integer);\nINSERT INTO a VALUES (10), (10);\n");
    let fails = if shop.is_sqlite() {
        "VACUUM INTO '/no/such/folder/copy.db'"
    } else {
        "CREATE UNIQUE INDEX CONCURRENTLY a_n ON a (n)"
    };
    shop.file("V2__more.sql", format!("UPDATE a SET n = n * 10;\n{fails};\n"));
    shop.run("up").code(1).stderr_has("1 of 2 statements");
    assert_eq!(shop.query("SELECT DISTINCT n FROM a"), "100");
}

/// Nothing of what is left asks for a step statement by statement any more.
#[test]
fn what_is_done_is_not_done_again_where_the_rest_could_be_a_transaction() {
    for rest in ["CREATE INDEX a_n ON a (n);", "", "CREATE TABLE b (n integer);\nINSERT INTO b SELECT n FROM a;"] {
        for shop in both() {
            stopped(&shop);
            shop.file("V2__more.sql", format!("UPDATE a SET n = n * 10;\n{rest}\n"));
            shop.run("plan").ok().stdout_has("resume");
            assert_eq!(shop.query("SELECT DISTINCT n FROM a"), "100", "{rest}");
            shop.run("up").ok();
            assert_eq!(shop.query("SELECT DISTINCT n FROM a"), "100", "{rest}");
            if rest.contains("TABLE b") {
                assert_eq!(shop.query("SELECT n FROM b"), "100\n100");
            }
            assert_eq!(shop.applied(), "1 2", "{rest}");
            shop.run("up").ok().stdout_has("nothing to do");
        }
    }
}

/// In one transaction with others it cannot go on: that is said, and nothing is done.
#[test]
fn it_does_not_go_on_in_one_transaction_with_others() {
    for shop in both() {
        stopped(&shop);
        shop.file("V2__more.sql", "UPDATE a SET n = n * 10;\nCREATE INDEX a_n ON a (n);\n");
        shop.file("V3__last.sql", "CREATE TABLE c (n integer);\n");
        shop.run("up --transaction all").code(2);
        assert_eq!(shop.query("SELECT DISTINCT n FROM a"), "100");
        shop.run("up").ok();
        assert_eq!(shop.query("SELECT DISTINCT n FROM a"), "100");
    }
}

/// What fails while it goes on leaves it where it was.
#[test]
fn what_fails_in_the_rest_leaves_what_is_done() {
    for shop in both() {
        stopped(&shop);
        shop.file(
            "V2__more.sql",
            "UPDATE a SET n = n * 10;\nCREATE TABLE b (n integer);\nINSERT INTO nothing VALUES (1);\n",
        );
        shop.run("up").code(1).stderr_has("2 of 3 statements");
        shop.file("V2__more.sql", "UPDATE a SET n = n * 10;\nCREATE TABLE b (n integer);\nINSERT INTO b VALUES (1);\n");
        shop.run("up").ok();
        assert_eq!(shop.query("SELECT DISTINCT n FROM a"), "100");
        assert_eq!(shop.query("SELECT n FROM b"), "1");
        // Edited where it is done, it does not go on.
        let again = if shop.is_sqlite() { Shop::sqlite(project!()) } else { Shop::postgres(project!()) };
        stopped(&again);
        again.file("V2__more.sql", "UPDATE a SET n = n * 100;\nCREATE INDEX a_n ON a (n);\n");
        again.run("up").error("E0405");
        assert_eq!(again.query("SELECT DISTINCT n FROM a"), "100");
    }
}
