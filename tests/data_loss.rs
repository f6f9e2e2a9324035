//! R27a: a down that loses data is refused until that is accepted, and names what would go, as it is counted in the database.
#![cfg(all(feature = "cli", feature = "sqlite", feature = "postgres"))]

use schemactl_test_support::project;
use schemactl_test_support::shop::Shop;

fn both() -> [Shop; 2] {
    [Shop::sqlite(project!()), Shop::postgres(project!())]
}

/// Writes a migration and its down, and nothing where the down is empty.
fn migration(shop: &Shop, name: &str, up: &str, down: &str) {
    shop.file(&format!("{name}.sql"), up);
    if !down.is_empty() {
        shop.file(&format!("{name}.down.sql"), down);
    }
}

#[test]
fn r27a_the_verdict_on_a_down_by_hand_is_that_of_the_lock() {
    for shop in both() {
        migration(&shop, "V1__create_orders", "CREATE TABLE orders (id bigint PRIMARY KEY);\n", "DROP TABLE orders;\n");
        shop.run("generate").ok();
        shop.run("prove").ok();
        shop.run("up").ok();
        let verdict = "SELECT verdict FROM schema_migrations";
        let schema = if shop.is_sqlite() { "" } else { "public." };
        assert_eq!(shop.query(verdict), format!("lossy: table {schema}orders is dropped with its rows"));
        // Another text is another down: nothing is known of it, until it is stored and says so.
        migration(
            &shop,
            "V1__create_orders",
            "CREATE TABLE orders (id bigint PRIMARY KEY);\n",
            "-- new\nDROP TABLE orders;\n",
        );
        shop.run("repair --downs --yes").ok();
        assert_eq!(shop.query(verdict), "");
        let text = "-- schemactl: verdict = lossless\nDROP TABLE orders;\n";
        shop.file("V1__create_orders.down.sql", text);
        shop.run("repair --downs --yes").ok();
        assert_eq!(shop.query(verdict), "lossless");
        // Who says so is believed.
        shop.query("INSERT INTO orders VALUES (1)");
        shop.run("down").ok();
    }
}
