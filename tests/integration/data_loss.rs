//! R27a: a down that loses data is refused until that is accepted, and names what would go, as it is counted in the database.
#![cfg(all(feature = "cli", feature = "sqlite", feature = "postgres"))]

mod copies;
mod indexes;
mod rows;

use schemactl_test_support::cli::Output;
use schemactl_test_support::project;
use schemactl_test_support::shop::Shop;

fn both() -> [Shop; 2] {
    [Shop::unrecorded(project!()), Shop::unrecorded_postgres(project!())]
}

/// Writes a migration and its down, and nothing where the down is empty.
fn migration(shop: &Shop, name: &str, up: &str, down: &str) {
    shop.file(&format!("{name}.sql"), up);
    if !down.is_empty() {
        shop.file(&format!("{name}.down.sql"), down);
    }
}

/// Orders, and a total of each: both down by hand.
fn orders(shop: &Shop) {
    migration(shop, "V1__create_orders", "CREATE TABLE orders (id bigint PRIMARY KEY);\n", "DROP TABLE orders;\n");
    migration(
        shop,
        "V2__add_total",
        "ALTER TABLE orders ADD total bigint;\n",
        "ALTER TABLE orders DROP COLUMN total;\n",
    );
    shop.run("up").ok();
}

/// Asserts that a down was refused while its step ran, and that this step changed nothing.
#[track_caller]
fn refused_in_step(shop: &Shop, command: &str, message: &str) -> Output {
    let before = shop.content();
    let output = shop.run(command);
    output.code(5).error("E0408").stderr_has(&format!("error[E0408]: taking back {message}\n"));
    output.stderr_has("   = state: rolled back; database ");
    output.stderr_has("hint: to lose it: `schemactl down --accept-data-loss`\n");
    assert_eq!(shop.content(), before);
    output
}

/// Asserts that a down was refused with this message, and that nothing at all was changed.
#[track_caller]
fn refused(shop: &Shop, command: &str, message: &str) -> Output {
    let before = shop.content();
    let output = shop.run(command);
    output.code(5).error("E0408").stderr_has(&format!("error[E0408]: taking back {message}\n"));
    output.stderr_has("   = state: nothing was changed\n");
    output.stderr_has("hint: to lose it: `schemactl down --accept-data-loss`\n");
    assert_eq!(shop.content(), before);
    output
}

#[test]
fn r27a_rows_that_are_there_are_named_and_kept() {
    for shop in both() {
        orders(&shop);
        shop.query("INSERT INTO orders VALUES (1, 10), (2, NULL), (3, 30)");
        let output = refused(&shop, "down", "migration 2 add_total would lose column orders.total: 2 values");
        output.stderr_has("hint: keep a copy first: a backup, or `CREATE TABLE kept AS SELECT * FROM orders;`\n");
        output.stderr_has(
            "hint: before that, so that such a copy is no drift: `ignore = [\"table kept\"]` in schema.toml\n",
        );
        // The second step is the lossy one here: the first is not taken back for it either.
        shop.query("UPDATE orders SET total = NULL");
        refused(&shop, "down --to 0", "migration 1 create_orders would lose table orders: 3 rows");
        shop.query("UPDATE orders SET total = 1 WHERE id = 1");
        refused(
            &shop,
            "down --steps 2",
            "migration 2 add_total would lose column orders.total: 1 value; \
             taking back migration 1 create_orders would lose table orders: 3 rows",
        );
        assert_eq!(shop.applied(), "1 2");
    }
}

/// A copy of one table is none of the other.
#[test]
fn r27a_each_table_that_loses_something_is_copied() {
    for shop in both() {
        orders(&shop);
        migration(&shop, "V3__notes", "CREATE TABLE notes (id bigint);\n", "DROP TABLE notes;\n");
        shop.run("up").ok();
        shop.query("INSERT INTO orders VALUES (1, 10)");
        shop.query("INSERT INTO notes VALUES (7)");
        let copies = "CREATE TABLE kept AS SELECT * FROM notes; CREATE TABLE kept_2 AS SELECT * FROM orders;";
        let output = shop.run("down --to 0");
        output.code(5).stderr_has(&format!("hint: keep a copy first: a backup, or `{copies}`\n"));
        output.stderr_has(
            "hint: before that, so that such a copy is no drift: `ignore = [\"table kept*\"]` in schema.toml\n",
        );
        shop.execute(copies);
        shop.run("down --to 0 --accept-data-loss").ok();
        assert_eq!(
            (shop.query("SELECT id FROM kept"), shop.query("SELECT total FROM kept_2")),
            ("7".into(), "10".into())
        );
    }
}

#[test]
fn r27a_what_is_empty_is_no_loss() {
    for shop in both() {
        orders(&shop);
        // Only NULLs are in the column, and they come back with it.
        shop.query("INSERT INTO orders VALUES (1, NULL)");
        shop.run("down").ok().stdout_has("1 reverted");
        assert_eq!(shop.query("SELECT * FROM orders"), "1");
        shop.query("DELETE FROM orders");
        shop.run("down").ok().stdout_has("1 reverted");
        assert_eq!(shop.applied(), "");
    }
}

#[test]
fn r27a_what_is_accepted_goes_and_is_logged() {
    for shop in both() {
        orders(&shop);
        shop.query("INSERT INTO orders VALUES (1, 10)");
        shop.run("down --to 0 --accept-data-loss").ok().stdout_has("2 reverted");
        assert_eq!(shop.applied(), "");
        assert_eq!(
            shop.query("SELECT version, detail FROM schema_migrations_log WHERE action = 'down' ORDER BY id"),
            "2|data loss accepted: column orders.total: 1 value\n1|data loss accepted: table orders: 1 row"
        );
    }
}

#[test]
fn r27a_a_dry_run_counts_and_does_not_refuse() {
    for shop in both() {
        orders(&shop);
        let output = shop.run("down --dry-run --to 0");
        output.ok().stdout_has("  loses nothing: there is no data yet in what it drops\n");
        shop.query("INSERT INTO orders VALUES (1, 10)");
        let before = shop.content();
        let output = shop.run("down --dry-run --to 0");
        output.ok().stdout_has("  loses column orders.total: 1 value\n").stdout_has("  loses table orders: 1 row\n");
        output.stdout_has(
            "rehearsed: 2 of 2 steps would succeed; nothing was changed\ndata would be lost: `down` asks for",
        );
        let output = shop.run("down --dry-run --to 0 --json");
        let json: serde_json::Value = serde_json::from_str(&output.ok().stdout).unwrap();
        let steps = &json["databases"][0]["steps"];
        assert_eq!(
            steps[0]["losses"],
            serde_json::json!([{"kind": "values", "table": "orders", "column": "total", "count": 1,
                "text": "column orders.total: 1 value"}])
        );
        assert_eq!(
            steps[1]["losses"],
            serde_json::json!([{"kind": "rows", "table": "orders", "column": null, "count": 1,
                "text": "table orders: 1 row"}])
        );
        assert_eq!(shop.content(), before);
        let output = shop.run("down --json");
        let json: serde_json::Value = serde_json::from_str(&output.code(5).stdout).unwrap();
        assert_eq!(json["error"]["code"], "E0408");
        assert_eq!(json["databases"][0]["steps"], serde_json::json!([]));
        assert_eq!(json["error"]["exit_code"], 5);
    }
}

#[test]
fn r27a_a_generated_down_says_it_itself() {
    for shop in both() {
        migration(&shop, "V1__create_orders", "CREATE TABLE orders (id bigint PRIMARY KEY);\n", "");
        migration(&shop, "V2__add_total", "ALTER TABLE orders ADD \"Total\" bigint;\n", "");
        migration(&shop, "V3__index", "CREATE INDEX orders_total ON orders (\"Total\");\n", "");
        shop.run("generate").ok();
        shop.run("up").ok();
        let verdicts = "SELECT version, substr(verdict, 1, 8) FROM schema_migrations ORDER BY version";
        assert_eq!(shop.query(verdicts), "1|lossy: t\n2|lossy: c\n3|lossless");
        let status = shop.run("status --json");
        status.ok().stdout_has("\"verdict\": \"lossless\"").stdout_has(".\\\"Total\\\" is dropped with its values\"");
        shop.query("INSERT INTO orders VALUES (1, 10)");
        shop.run("down").ok().stdout_has("reverted 3 index");
        refused(&shop, "down", "migration 2 add_total would lose column orders.\"Total\": 1 value");
        // Without schema.lock the head of the file says it.
        shop.run("down --accept-data-loss").ok();
        std::fs::remove_file(shop.project.path().join("schema.lock")).unwrap();
        shop.run("up").ok();
        assert_eq!(shop.query(verdicts), "1|lossy: t\n2|lossy: c\n3|lossless");
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
        assert_eq!(shop.query(verdict), "lossy: table orders is dropped with its rows");
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
        // What the head says adds to what the statements show, and excuses nothing.
        shop.query("INSERT INTO orders VALUES (1)");
        refused(&shop, "down", "migration 1 create_orders would lose table orders: 1 row");
        shop.run("down --accept-data-loss").ok();
    }
}

#[test]
fn r27a_what_cannot_be_counted_is_asked_for() {
    for shop in both() {
        let down = "-- schemactl: loses = other: what the triggers wrote elsewhere\nDROP TABLE orders;\n";
        migration(&shop, "V1__create_orders", "CREATE TABLE orders (id bigint);\n", down);
        shop.run("up").ok();
        let output = refused(&shop, "down", "migration 1 create_orders would lose what the triggers wrote elsewhere");
        output.stderr_has("hint: keep a copy first: a backup\n");
        shop.run("down --accept-data-loss").ok();
    }
}

#[test]
fn r27a_a_down_drops_what_one_before_it_renames() {
    for shop in both() {
        migration(&shop, "V1__create_orders", "CREATE TABLE orders (id bigint);\n", "DROP TABLE orders;\n");
        let (up, down) = ("ALTER TABLE orders RENAME TO sales;\n", "ALTER TABLE sales RENAME TO orders;\n");
        migration(&shop, "V2__rename", up, down);
        shop.run("up").ok();
        shop.query("INSERT INTO sales VALUES (1)");
        refused(&shop, "down --to 0", "migration 1 create_orders would lose table sales: 1 row");
        shop.run("down").ok();
        refused(&shop, "down", "migration 1 create_orders would lose table orders: 1 row");
    }
}

/// What no text shows in advance is still seen when the step is at hand.
#[test]
fn r27a_each_step_is_looked_at_again() {
    for shop in both() {
        migration(&shop, "V1__create_orders", "CREATE TABLE orders (id bigint);\n", "DROP TABLE orders;\n");
        migration(&shop, "V2__fill", "SELECT 1;\n", "INSERT INTO orders VALUES (1);\n");
        shop.run("up").ok();
        let output = shop.run("down --to 0");
        output.code(5).stderr_has("error[E0408]: taking back migration 1 create_orders would lose table orders: 1 row");
        output
            .stderr_has("   = state: rolled back; step 1 of 2 was taken back before it, and database ")
            .stderr_has(" is at version 1\n");
        output.stdout_has("reverted 2 fill");
        assert_eq!((shop.applied().as_str(), shop.query("SELECT count(*) FROM orders").as_str()), ("1", "1"));
    }
}

#[test]
fn r27a_a_table_that_is_rebuilt_is_not_lost() {
    let shop = Shop::sqlite(project!());
    migration(&shop, "V1__create_orders", "CREATE TABLE orders (id INTEGER PRIMARY KEY);\n", "DROP TABLE orders;\n");
    let down = "CREATE TABLE new (id INTEGER PRIMARY KEY);\nINSERT INTO new SELECT id FROM orders;\n\
                DROP TABLE orders;\nALTER TABLE new RENAME TO orders;\n";
    migration(&shop, "V2__add_check", "ALTER TABLE orders ADD note CHECK (note <> '');\n", down);
    // One that was generated: ALTER TABLE does not put a column back where it was.
    migration(&shop, "V3__create_items", "CREATE TABLE items (a, b, c);\n", "DROP TABLE items;\n");
    migration(&shop, "V4__drop_a", "ALTER TABLE items DROP COLUMN a;\n", "");
    shop.run("generate").ok();
    assert!(shop.project.read("migrations/sqlite/V4__drop_a.down.sql").contains("DROP TABLE items"));
    shop.run("up").ok();
    shop.query("INSERT INTO orders VALUES (1, NULL), (2, NULL)");
    shop.query("INSERT INTO items VALUES (2, 3)");
    shop.run("down").ok().stdout_has("reverted 4 drop_a");
    assert_eq!(shop.query("SELECT * FROM items"), "|2|3");
    shop.query("DELETE FROM items");
    shop.run("down --to 1").ok().stdout_has("reverted 2 add_check");
    assert_eq!(shop.query("SELECT * FROM orders"), "1\n2");
}

#[test]
fn r27a_names_are_those_of_the_database() {
    let shop = Shop::sqlite(project!());
    migration(&shop, "V1__odd", "CREATE TABLE [Odd \"one\"] (a, [my col], g AS (a + 1));\n", "");
    migration(&shop, "V2__search", "CREATE VIRTUAL TABLE texts USING fts5(body);\n", "");
    shop.run("generate").ok();
    shop.run("up").ok();
    shop.query("INSERT INTO \"odd \"\"one\"\"\" VALUES (1, 2)");
    shop.query("INSERT INTO texts VALUES ('a'), ('b')");
    refused(&shop, "down", "migration 2 search would lose table texts: 2 rows");
    shop.run("down --accept-data-loss").ok();
    refused(&shop, "down", "migration 1 odd would lose table \"Odd \"\"one\"\"\": 1 row");
    // What is generated is no value of its own.
    shop.file("V1__odd.down.sql", "ALTER TABLE \"Odd \"\"one\"\"\" DROP COLUMN g;\n");
    shop.run("repair --downs --yes").ok();
    shop.run("down").ok();

    let shop = Shop::postgres(project!());
    let up = "CREATE SCHEMA \"Core\";\nSET LOCAL search_path = \"Core\";\n\
              CREATE TABLE \"Odd\" (a bigint, \"my col\" text, g bigint GENERATED ALWAYS AS (a + 1) STORED);\n";
    let down = "SET LOCAL search_path = \"Core\";\nALTER TABLE \"Odd\" DROP COLUMN g, DROP \"my col\";\nDROP TABLE \"Odd\";\n\
                DROP SCHEMA \"Core\";\n";
    migration(&shop, "V1__odd", up, down);
    shop.run("up").ok();
    shop.query("INSERT INTO \"Core\".\"Odd\" VALUES (1, 'x'), (2, NULL)");
    refused(
        &shop,
        "down",
        "migration 1 odd would lose table \"Core\".\"Odd\": 2 rows, column \"Core\".\"Odd\".\"my col\": 1 value",
    );
}

/// What a rebuild leaves out shows beside the columns that the table has now.
#[test]
fn r27a_what_a_rebuild_leaves_out_is_lost() {
    let shop = Shop::sqlite(project!());
    migration(&shop, "V1__create_orders", "CREATE TABLE orders (id INTEGER PRIMARY KEY);\n", "DROP TABLE orders;\n");
    let down = "CREATE TABLE new (id INTEGER PRIMARY KEY);\nINSERT INTO new SELECT id FROM orders;\n\
                DROP TABLE orders;\nALTER TABLE new RENAME TO orders;\n";
    migration(&shop, "V2__add_total", "ALTER TABLE orders ADD total;\n", down);
    shop.run("prove").ok().stdout_has("2 add_total: lossy").lacks("`down` cannot see");
    shop.run("up").ok();
    shop.query("INSERT INTO orders VALUES (1, 2), (2, NULL)");
    refused(&shop, "down", "migration 2 add_total would lose column orders.total: 1 value");
    shop.query("UPDATE orders SET total = NULL");
    shop.run("down").ok();
    assert_eq!(shop.query("SELECT * FROM orders"), "1\n2");
}

/// Rows that a policy hides from the one who counts are lost as well.
#[test]
fn r27a_hidden_rows_are_not_taken_for_none() {
    let shop = Shop::postgres(project!());
    let up =
        "CREATE TABLE secrets (x bigint);\nALTER TABLE secrets ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;\n";
    migration(&shop, "V1__secrets", up, "DROP TABLE secrets;\n");
    let database = shop.database();
    let role = format!("keeper_{}", std::process::id());
    database.psql(&format!("CREATE ROLE {role} LOGIN; GRANT CREATE ON SCHEMA public TO {role}"));
    shop.project.env("SCHEMACTL_URL", database.url_as(&role));
    shop.run("up").ok();
    shop.query("INSERT INTO secrets VALUES (1)");
    let output = shop.run("down");
    output.code(1).stderr_has("cannot be counted").stderr_has("= state: nothing was changed");
    output.stderr_has("hint: or, to lose it without knowing what it is: `schemactl down --accept-data-loss`");
    assert_eq!(shop.query("SELECT count(*) FROM secrets"), "1");
    shop.run("down --accept-data-loss").ok();
    database.psql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

#[test]
fn a_plan_counts_what_an_up_drops() {
    for shop in both() {
        shop.file(
            "V1__orders.sql",
            "CREATE TABLE orders (id int, note text);\nCREATE TABLE old (id int);\nCREATE TABLE log (id int);\n",
        );
        shop.run("up").ok();
        shop.execute("INSERT INTO orders VALUES (1, 'a'), (2, NULL), (3, 'b'); INSERT INTO old VALUES (1); INSERT INTO log VALUES (1), (2);");
        shop.file("V2__renamed.sql", "ALTER TABLE old RENAME TO older;\n");
        let drops = "ALTER TABLE orders DROP COLUMN note;\nDROP TABLE older;\nDELETE FROM log WHERE id > 1;\n";
        shop.file("V3__drops.sql", drops);
        shop.file("V4__empty.sql", "CREATE TABLE fresh (id int);\nDROP TABLE fresh;\n");
        for arguments in ["plan", "plan --no-rehearsal"] {
            let plan = shop.run(arguments);
            plan.ok()
                .stdout_has("drops what is in column orders.note: 2 values\n")
                .stdout_has("deletes 1 row of table log\n");
            plan.stdout_has("drops what is in table old: 1 row\n").lacks("fresh: ");
        }
        shop.execute("UPDATE orders SET note = NULL");
        shop.run("plan").ok().lacks("orders.note");
        // Forward nothing is asked for.
        shop.run("up").ok();
    }
}

/// What a rebuild copies is no loss, also where it has something in place of NULL; what it computes is told as that.
#[test]
fn a_plan_tells_a_copy_from_what_is_computed() {
    for shop in both() {
        shop.file("V1__items.sql", "CREATE TABLE items (id int PRIMARY KEY, qty int, note text);\n");
        shop.run("up").ok();
        shop.execute("INSERT INTO items VALUES (1, 3, 'a'), (2, NULL, 'b'), (3, 4, NULL)");
        let rebuild = |items: &str| {
            format!(
                "CREATE TABLE new (id int PRIMARY KEY, qty int NOT NULL, note text);\nINSERT INTO new SELECT {items} FROM items;\n\
                 DROP TABLE items;\nALTER TABLE new RENAME TO items;\n"
            )
        };
        shop.file("V2__rebuild.sql", rebuild("id, coalesce(qty, 1), note"));
        shop.run("plan").ok().lacks("items.qty").lacks("drops").lacks("anew");
        shop.file("V2__rebuild.sql", rebuild("id, coalesce(qty, 1) + 1, note"));
        let anew = "writes the table anew, and does not copy as it is what is in column items.qty: 2 values\n";
        shop.run("plan").ok().stdout_has(anew).lacks("items.note");
        shop.file("V2__rebuild.sql", rebuild("id, coalesce(qty, 1), note"));
        shop.run("up").ok();
        assert_eq!(shop.query("SELECT qty FROM items WHERE id = 2"), "1");
    }
}

/// What foreign keys take along is copied as well by whoever does what is said, in its order.
#[test]
fn the_hints_of_a_refusal_lead_to_a_copy_of_all_that_goes() {
    for shop in both() {
        migration(
            &shop,
            "V1__orders",
            "CREATE TABLE orders (id int PRIMARY KEY);\nCREATE TABLE lines (id int PRIMARY KEY, o int REFERENCES orders ON DELETE CASCADE);\n",
            "DROP TABLE lines;\nDROP TABLE orders;\n",
        );
        let down = "DELETE FROM orders WHERE total > 1;\nALTER TABLE orders DROP COLUMN total;\n";
        migration(&shop, "V2__total", "ALTER TABLE orders ADD COLUMN total int;\n", down);
        shop.run("up").ok();
        shop.execute("INSERT INTO orders VALUES (1, 5), (2, 0); INSERT INTO lines VALUES (1, 1), (2, 2)");
        let refused = shop.run("down");
        refused.code(5).says(&["look at all that goes first: the same command with `--dry-run`", "keep a copy first"]);
        let plan = shop.run("down --dry-run").ok().stdout.clone();
        let (_, copies) = plan.split_once("a backup, or `").expect("it names copies");
        let copies = copies.split('`').next().unwrap();
        assert!(copies.contains("FROM lines;") && copies.contains("FROM orders;"), "{plan}");
        shop.execute(copies);
        shop.run("down --accept-data-loss").ok();
        let kept: i64 = ["kept", "kept_2"]
            .iter()
            .map(|table| shop.query(&format!("SELECT count(*) FROM {table}")).parse::<i64>().unwrap())
            .sum();
        assert_eq!(kept, 4);
    }
}

/// What is locked cannot be counted now: that is no reason to lose it unseen.
#[cfg(feature = "postgres")]
#[test]
fn a_down_that_meets_a_lock_waits_and_counts_then() {
    use schemactl_test_support::postgres;
    let database = postgres::database(postgres::version());
    let project = project!();
    let config = |wait: &str| {
        format!("[postgres]\nurl = \"${{DATABASE_URL}}\"\nlock_timeout = \"300ms\"\nlock_wait = \"{wait}\"\n")
    };
    project.env("DATABASE_URL", database.url());
    for (version, up, down) in [
        (1, "CREATE TABLE orders (id int);", "DROP TABLE orders;"),
        (2, "ALTER TABLE orders ADD COLUMN note text;", "ALTER TABLE orders DROP COLUMN note;"),
        (
            3,
            "ALTER TABLE orders ADD COLUMN more text;",
            "-- schemactl: transaction = none\nALTER TABLE orders DROP COLUMN more;",
        ),
    ] {
        project.file(&format!("migrations/postgres/V{version}__v.sql"), up);
        project.file(&format!("migrations/postgres/V{version}__v.down.sql"), down);
    }
    project.config(&config("1s")).run(["up"]).ok();
    database.psql("INSERT INTO orders VALUES (1, 'a', 'b')");
    let mut holder = database.session();
    holder.run("BEGIN;\nLOCK TABLE orders");
    // Statement by statement nothing can be counted later.
    let down = project.run(["down"]);
    down.code(4).error("E0602").stderr_has("pg_stat_activity").lacks("--accept-data-loss");
    holder.run("COMMIT");
    project.run(["down", "--accept-data-loss"]).ok();
    for steps in ["1", "2"] {
        holder.run("BEGIN;\nLOCK TABLE orders");
        let down = project.config(&config("1s")).run(["down", "--steps", steps]);
        down.code(4).error("E0602").stderr_has("the lock is held by process ").lacks("--accept-data-loss");
        // Once it is free, it is counted, and asked for.
        project.config(&config("60s"));
        let waiting = project.spawn(["down", "--steps", steps]);
        std::thread::sleep(std::time::Duration::from_secs(1));
        holder.run("COMMIT");
        waiting.wait().code(5).error("E0408").stderr_has("would lose column orders.note: 1 value");
    }
    assert_eq!(database.psql("SELECT note FROM orders"), "a");
}
