//! A6, A7, A10: a dropped table is excused only by an exact copy of all that it holds now.

use schemactl_test_support::project;
use schemactl_test_support::shop::Shop;

use super::{both, migration, refused_in_step};

/// Tries downs of a second migration, each over the same rows.
#[track_caller]
fn refused_for(shop: &Shop, down: &str, lost: &str) {
    shop.file("V2__more.down.sql", down);
    shop.run("repair --downs --yes").ok();
    let before = shop.content();
    let output = shop.run("down");
    output.code(5).error("E0408").stderr_has(lost);
    assert_eq!(shop.content(), before, "{down}");
}

#[test]
fn a10_a_copy_elsewhere_is_no_excuse() {
    for shop in both() {
        migration(&shop, "V1__create", "CREATE TABLE orders (id bigint, a bigint);\n", "DROP TABLE orders;\n");
        migration(&shop, "V2__more", "SELECT 1;\n", "SELECT 1;\n");
        shop.run("up").ok();
        shop.query("INSERT INTO orders VALUES (1, 1), (5, 5)");
        let lost = "table orders: 2 rows";
        if !shop.is_sqlite() {
            shop.query("CREATE SCHEMA archive");
            refused_for(
                &shop,
                "CREATE TABLE archive.orders AS SELECT * FROM orders WHERE id > 4;\nDROP TABLE orders;\n",
                lost,
            );
            refused_for(&shop, "CREATE TABLE archive.orders AS SELECT * FROM orders;\nDROP TABLE orders;\n", lost);
        }
        let rename = "DROP TABLE orders;\nALTER TABLE new RENAME TO orders;\n";
        let make = "CREATE TABLE new (id bigint, a bigint);\n";
        refused_for(&shop, &format!("CREATE TABLE new AS SELECT * FROM orders WHERE id > 4;\n{rename}"), lost);
        refused_for(&shop, &format!("{make}{rename}"), lost);
        // The columns stand in another order than they do in the table.
        refused_for(
            &shop,
            &format!("CREATE TABLE new (a bigint, id bigint);\nINSERT INTO new SELECT * FROM orders;\n{rename}"),
            lost,
        );
        refused_for(
            &shop,
            &format!("CREATE TABLE new (id bigint);\nINSERT INTO new SELECT id FROM orders;\n{rename}"),
            "column orders.a: 2 values",
        );
        refused_for(
            &shop,
            &format!("{make}INSERT INTO new (id, a) SELECT a, id FROM orders;\n{rename}"),
            "column orders.id: 2 values",
        );
        refused_for(
            &shop,
            &format!("{make}INSERT INTO new SELECT id, a + 1 FROM orders;\n{rename}"),
            "column orders.a: 2 values",
        );
        // One that has a column more by now.
        shop.query("ALTER TABLE orders ADD b bigint");
        shop.query("UPDATE orders SET b = 7 WHERE id = 1");
        refused_for(
            &shop,
            &format!("{make}INSERT INTO new (id, a) SELECT id, a FROM orders;\n{rename}"),
            "column orders.b: 1 value",
        );
        refused_for(&shop, &format!("{make}INSERT INTO new SELECT * FROM orders;\n{rename}"), lost);
        shop.query("ALTER TABLE orders DROP COLUMN b");
        // And these are exact.
        for down in [
            format!("{make}INSERT INTO new SELECT * FROM orders;\n{rename}"),
            format!("{make}INSERT INTO new (a, id) SELECT a, id FROM orders;\n{rename}"),
            format!("CREATE TABLE new AS SELECT * FROM orders;\n{rename}"),
        ] {
            shop.file("V2__more.down.sql", down);
            shop.run("repair --downs --yes").ok();
            shop.run("down").ok();
            assert_eq!(shop.query("SELECT id, a FROM orders ORDER BY id"), "1|1\n5|5");
            shop.run("up").ok();
        }
    }
}

/// A table that takes the place of another in other types: the values that do not come back are counted.
#[test]
fn a7_a_rebuild_in_another_type_is_counted() {
    let shop = Shop::sqlite(project!());
    migration(&shop, "V1__create", "CREATE TABLE t (id INTEGER PRIMARY KEY, code TEXT);\n", "DROP TABLE t;\n");
    let down = "CREATE TABLE new (id INTEGER PRIMARY KEY, code INTEGER);\nINSERT INTO new (id, code) SELECT id, code FROM t;\n\
                DROP TABLE t;\nALTER TABLE new RENAME TO t;\n";
    migration(&shop, "V2__more", "SELECT 1;\n", down);
    shop.run("up").ok();
    shop.query(
        "INSERT INTO t VALUES (1, '00123'), (2, '1e3'), (3, '+49'), (4, '12.50'), (5, '77'), (6, 'x'), (7, NULL)",
    );
    refused_in_step(
        &shop,
        "down",
        "migration 2 more would lose column t.code: 4 values converted from text to integer",
    );
    shop.query("DELETE FROM t WHERE id < 5");
    shop.run("down").ok();
    assert_eq!(shop.query("SELECT code FROM t ORDER BY id"), "77\nx\n");
}

#[test]
fn a7_what_does_not_come_back_from_another_type_is_counted() {
    let shop = Shop::unrecorded_postgres(project!());
    migration(
        &shop,
        "V1__create",
        "CREATE TABLE t (id bigint PRIMARY KEY, a text, b varchar(9), n numeric);\n",
        "DROP TABLE t;\n",
    );
    migration(&shop, "V2__more", "SELECT 1;\n", "SELECT 1;\n");
    shop.run("up").ok();
    shop.query("INSERT INTO t VALUES (1, '00123', 'abcdef', 1.5), (2, '77', 'abc', 2), (3, NULL, NULL, NULL)");
    let lost = "column t.a: 1 value converted to integer";
    refused_for(&shop, "ALTER TABLE t ALTER a TYPE integer USING a::integer;\n", lost);
    let lost = "column t.b: 1 value converted to varchar(3)";
    refused_for(&shop, "ALTER TABLE t ALTER COLUMN b SET DATA TYPE varchar(3) USING left(b, 3);\n", lost);
    refused_for(&shop, "ALTER TABLE t ALTER n TYPE bigint;\n", "column t.n: 1 value converted to bigint");
    // The type is made by the script itself: it is asked when it is there.
    let down = "CREATE TYPE letters AS ENUM ('abc', 'abcdef');\nALTER TABLE t ALTER b TYPE letters USING b::letters;\n\
                ALTER TABLE t ALTER id TYPE integer;\n";
    shop.file("V2__more.down.sql", down);
    shop.run("repair --downs --yes").ok();
    shop.run("down").ok();
    assert_eq!(shop.query("SELECT id, b FROM t ORDER BY id"), "1|abcdef\n2|abc\n3|");
    shop.run("up").ok();
    // Two enums know no way from one to the other: what is written of the values is compared.
    let down = "CREATE TYPE others AS ENUM ('abc', 'abcdef', 'x');\nALTER TABLE t ALTER b TYPE others USING b::text::others;\n";
    shop.file("V2__more.down.sql", down);
    shop.run("repair --downs --yes").ok();
    shop.run("down").ok();
    refused_hidden_rewrite(&shop);
}

/// What a DO block writes anew may be anything.
fn refused_hidden_rewrite(shop: &Shop) {
    shop.run("up").ok();
    let down = "DO $$ BEGIN EXECUTE 'ALTER TABLE t ALTER n TYPE bigint'; END $$;\n";
    refused_for(shop, down, "t: 3 rows");
}

/// A copy under a policy that hides rows is not whole.
#[test]
fn a10_a_copy_of_what_a_policy_shows_is_refused() {
    let shop = Shop::unrecorded_postgres(project!());
    let up = "CREATE TABLE t (id bigint);\nALTER TABLE t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;\n\
              CREATE POLICY p ON t USING (id > 1) WITH CHECK (true);\n";
    migration(&shop, "V1__create", up, "DROP TABLE t;\n");
    let down = "CREATE TABLE new (id bigint);\nINSERT INTO new SELECT id FROM t;\nDROP TABLE t;\nALTER TABLE new RENAME TO t;\n";
    migration(&shop, "V2__more", "SELECT 1;\n", down);
    let database = shop.database();
    let role = format!("copier_{}", std::process::id());
    database.psql(&format!("CREATE ROLE {role} LOGIN; GRANT CREATE ON SCHEMA public TO {role}"));
    shop.project.env("SCHEMACTL_URL", database.url_as(&role));
    shop.run("up").ok();
    shop.query("INSERT INTO t VALUES (1), (2)");
    let output = shop.run("down");
    assert!(!output.status.success(), "{}", output.stdout);
    assert_eq!(shop.query("SELECT count(*) FROM t"), "2");
    database.psql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

#[test]
fn a10_a_table_of_another_database_file_is_counted() {
    let shop = Shop::sqlite(project!());
    migration(&shop, "V1__create", "CREATE TABLE t (id bigint);\n", "DROP TABLE t;\n");
    let file = shop.project.path().join("archive.db");
    let archive = rusqlite::Connection::open(&file).unwrap();
    archive.execute_batch("CREATE TABLE t (id bigint); INSERT INTO t VALUES (1), (2)").unwrap();
    let down = format!("ATTACH '{}' AS archive;\nDELETE FROM archive.t WHERE id IN (SELECT 1);\n", file.display());
    migration(&shop, "V2__more", "SELECT 1;\n", &down);
    shop.run("up").ok();
    refused_in_step(&shop, "down", "migration 2 more would lose table archive.t: 1 row deleted");
    assert_eq!(archive.query_row("SELECT count(*) FROM t", [], |row| row.get::<_, i64>(0)).unwrap(), 2);
}
