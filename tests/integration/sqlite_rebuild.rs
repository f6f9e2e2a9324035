//! Rebuilding and dropping tables on SQLite: R15, R16.
#![cfg(feature = "sqlite")]

use crate::sqlite_shared::*;
use schemactl::{Code, Migrations, Options, TransactionMode};
use schemactl_test_support::rusqlite::Connection;

const SHOP: &str = "
CREATE TABLE orders (id INTEGER PRIMARY KEY AUTOINCREMENT, total REAL, note TEXT);
CREATE TABLE items (id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE);
CREATE TABLE notes (id INTEGER PRIMARY KEY, order_id INTEGER REFERENCES orders (id) ON DELETE SET NULL);
CREATE TABLE marks (id INTEGER PRIMARY KEY, order_id INTEGER DEFAULT 0 REFERENCES orders (id) ON DELETE SET DEFAULT);
";

const ROWS: &str = "
INSERT INTO orders (id, total) VALUES (1, 1.5), (2, 2.5), (7, 7.5);
INSERT INTO items VALUES (1, 1), (2, 1), (3, 7);
INSERT INTO notes VALUES (1, 1), (2, 7);
INSERT INTO marks VALUES (1, 2);
";

const NEW: &str = "CREATE TABLE new_orders (id INTEGER PRIMARY KEY AUTOINCREMENT, total REAL NOT NULL);\n";
const COPY: &str = "INSERT INTO new_orders (id, total) SELECT id, total FROM orders;\n";
const SWAP: &str = "DROP TABLE orders;\nALTER TABLE new_orders RENAME TO orders;\n";

fn rebuild() -> String {
    [NEW, COPY, SWAP].concat()
}

/// The shop with rows, and one more step.
fn shop_and(step: &str) -> Migrations {
    numbered(&[SHOP, ROWS, step])
}

fn children(connection: &Connection) -> String {
    query(
        connection,
        "SELECT (SELECT group_concat(id || ':' || order_id) FROM items), \
         (SELECT group_concat(id || ':' || ifnull(order_id, '-')) FROM notes), (SELECT group_concat(order_id) FROM marks)",
    )
}

const CHILDREN: &str = "1:1,2:1,3:7|1:1,2:7|2";

#[track_caller]
fn assert_kept(step: &str) {
    let mut connection = memory();
    up(&mut connection, &shop_and(step));
    assert_eq!(children(&connection), CHILDREN, "{step}");
    assert_eq!(query(&connection, "SELECT group_concat(id) FROM orders"), "1,2,7");
    assert!(foreign_keys(&connection));
    assert_clean(&connection);
    // The references lead to the new table, and work.
    connection.execute_batch("DELETE FROM orders WHERE id = 7").unwrap();
    assert_eq!(children(&connection), "1:1,2:1|1:1,2:-|2");
    connection.execute_batch("INSERT INTO items VALUES (9, 99)").unwrap_err();
}

#[track_caller]
fn assert_refused(step: &str, code: Code) -> schemactl::Error {
    let mut connection = memory();
    let error = fails_with(&mut connection, &shop_and(step), code);
    assert_eq!(children(&connection), CHILDREN, "{step}");
    assert_eq!(history(&connection), "1|applied|4|4\n2|applied|4|4");
    assert_eq!(
        query(&connection, "SELECT count(*) FROM sqlite_schema WHERE name LIKE '%new%' OR name LIKE '%old%'"),
        "0"
    );
    assert!(foreign_keys(&connection));
    error
}

#[test]
fn r15_rebuild_of_a_parent_keeps_child_rows() {
    assert_kept(&rebuild());
}

#[test]
fn r15_the_twelve_steps_as_they_are_documented() {
    assert_kept(&format!(
        "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n{}PRAGMA foreign_key_check;\nCOMMIT;\nPRAGMA foreign_keys=ON;\n",
        rebuild()
    ));
}

#[test]
fn r15_the_twelve_steps_out_of_the_runners_transaction_and_back() {
    assert_kept(&format!(
        "COMMIT;\nPRAGMA foreign_keys = OFF;\nBEGIN TRANSACTION;\n{}PRAGMA foreign_key_check;\nCOMMIT;\n\
         PRAGMA foreign_keys = ON;\nBEGIN TRANSACTION;\n",
        rebuild()
    ));
}

#[test]
fn what_leaves_the_runners_transaction_is_undone_as_a_whole() {
    let step = format!("CREATE TABLE new_a (x);\nCOMMIT;\n{}BEGIN;\nINSERT INTO nothing VALUES (1);\n", rebuild());
    assert_refused(&step, Code::StatementFailed);
}

#[test]
fn r15_the_twelve_steps_without_a_transaction() {
    assert_kept(&format!(
        "PRAGMA foreign_keys = OFF;\n{}PRAGMA foreign_key_check;\nPRAGMA foreign_keys = ON;\n",
        rebuild()
    ));
}

#[test]
fn r15_begin_and_commit_alone() {
    assert_kept(&format!("BEGIN;\n{}COMMIT;\n", rebuild()));
}

#[test]
fn r15_defer_foreign_keys_does_not_matter() {
    assert_kept(&format!("PRAGMA defer_foreign_keys = ON;\n{}", rebuild()));
}

#[test]
fn r15_quoted_names_and_other_case() {
    assert_kept(&format!(
        "{NEW}{COPY}DROP TABLE IF EXISTS \"main\".[Orders];\nALTER TABLE `NEW_ORDERS` RENAME TO 'orders';\n"
    ));
}

#[test]
fn r15_rename_old_then_drop_it_leaves_no_dangling_reference() {
    let step = format!(
        "ALTER TABLE orders RENAME TO old_orders;\n{}INSERT INTO orders SELECT id, total FROM old_orders;\nDROP TABLE old_orders;\n",
        NEW.replace("new_orders", "orders")
    );
    let error = assert_refused(&step, Code::ForeignKeys);
    assert!(error.cause().unwrap().contains("old_orders"), "{error:#}");
}

#[test]
fn r15_rename_old_then_drop_it_is_found_with_empty_child_tables() {
    let step = format!(
        "ALTER TABLE orders RENAME TO old_orders;\n{}INSERT INTO orders SELECT id, total FROM old_orders;\nDROP TABLE old_orders;\n",
        NEW.replace("new_orders", "orders")
    );
    let mut connection = memory();
    fails_with(&mut connection, &numbered(&[SHOP, &step]), Code::ForeignKeys);
    assert_eq!(history(&connection), "1|applied|4|4");
}

#[test]
fn r15_rename_old_with_legacy_alter_table_works() {
    assert_kept(&format!(
        "PRAGMA legacy_alter_table = ON;\nALTER TABLE orders RENAME TO old_orders;\n{}INSERT INTO orders SELECT id, total FROM old_orders;\nDROP TABLE old_orders;\n",
        NEW.replace("new_orders", "orders")
    ));
}

#[test]
fn r15_drop_of_a_parent_with_children_is_refused() {
    assert_refused("DROP TABLE orders;\n", Code::ForeignKeys);
}

#[test]
fn r15_drop_of_parent_and_children_together_in_any_order() {
    for step in [
        "DROP TABLE orders; DROP TABLE items; DROP TABLE notes; DROP TABLE marks;",
        "DROP TABLE marks; DROP TABLE notes; DROP TABLE items; DROP TABLE orders;",
    ] {
        let mut connection = memory();
        up(&mut connection, &shop_and(step));
        assert_eq!(query(&connection, "SELECT count(*) FROM sqlite_schema WHERE name IN ('orders', 'items')"), "0");
    }
}

#[test]
fn r15_a_row_lost_while_copying_is_found() {
    let step = [NEW, "INSERT INTO new_orders SELECT id, total FROM orders WHERE id <> 7;\n", SWAP].concat();
    let error = assert_refused(&step, Code::ForeignKeys);
    assert!(error.cause().unwrap().contains("1 row"), "{error:#}");
}

#[test]
fn r15_a_row_without_children_may_be_left_behind() {
    let mut connection = memory();
    let step = [NEW, "INSERT INTO new_orders SELECT id, total FROM orders WHERE id <> 9;\n", SWAP].concat();
    connection.execute_batch("CREATE TABLE unrelated (x)").unwrap();
    up(&mut connection, &shop_and(&step));
    assert_eq!(children(&connection), CHILDREN);
}

#[test]
fn r15_a_self_reference_is_kept() {
    let tree = "CREATE TABLE tree (id INTEGER PRIMARY KEY, up INTEGER REFERENCES tree (id) ON DELETE CASCADE);\n\
                INSERT INTO tree VALUES (1, NULL), (2, 1), (3, 2), (4, 3);\n";
    let step = "CREATE TABLE new_tree (id INTEGER PRIMARY KEY, up INTEGER REFERENCES tree (id) ON DELETE CASCADE, name TEXT);\n\
                INSERT INTO new_tree (id, up) SELECT id, up FROM tree;\nDROP TABLE tree;\nALTER TABLE new_tree RENAME TO tree;\n";
    let mut connection = memory();
    up(&mut connection, &numbered(&[tree, step]));
    assert_eq!(query(&connection, "SELECT group_concat(id || ':' || ifnull(up, '-')) FROM tree"), "1:-,2:1,3:2,4:3");
    assert_clean(&connection);
    connection.execute_batch("DELETE FROM tree WHERE id = 1").unwrap();
    assert_eq!(count(&connection, "tree"), "0");
}

#[test]
fn r16_autoincrement_marks_survive() {
    let mut connection = memory();
    let first = [SHOP, ROWS, "DELETE FROM orders WHERE id = 7;"].concat();
    up(&mut connection, &numbered(&[&first, &rebuild()]));
    connection.execute_batch("INSERT INTO orders (total) VALUES (1)").unwrap();
    assert_eq!(query(&connection, "SELECT max(id) FROM orders"), "8");
}

#[test]
fn r16_indexes_triggers_and_views_made_again_are_there() {
    let extra = "CREATE VIEW totals AS SELECT sum(total) AS total FROM orders;\n\
                 CREATE INDEX by_total ON orders (total);\n\
                 CREATE TABLE audit (x);\n\
                 CREATE TRIGGER added AFTER INSERT ON orders BEGIN INSERT INTO audit VALUES (CASE WHEN new.id > 0 THEN new.id END); END;\n";
    let step = format!(
        "DROP VIEW totals;\n{}CREATE INDEX by_total ON orders (total);\n\
         CREATE TRIGGER added AFTER INSERT ON orders BEGIN INSERT INTO audit VALUES (new.id); END;\n\
         CREATE VIEW totals AS SELECT sum(total) AS total FROM orders;\n",
        rebuild()
    );
    let mut connection = memory();
    up(&mut connection, &numbered(&[&[SHOP, ROWS, extra].concat(), &step]));
    assert_eq!(query(&connection, "SELECT total FROM totals"), "11.5");
    connection.execute_batch("INSERT INTO orders (total) VALUES (1)").unwrap();
    assert_eq!(count(&connection, "audit"), "1");
    assert_clean(&connection);
}

#[test]
fn r16_a_view_in_the_way_fails_and_leaves_nothing_behind() {
    let extra = "CREATE VIEW totals AS SELECT sum(total) AS total FROM orders;\n";
    let mut connection = memory();
    let before = numbered(&[&[SHOP, ROWS, extra].concat()]);
    up(&mut connection, &before);
    let schema = schemactl_test_support::sqlite::schema(&connection);
    let error = fails(&mut connection, &numbered(&[&[SHOP, ROWS, extra].concat(), &rebuild()]));
    assert_eq!(error.code(), Code::StatementFailed);
    assert_eq!(error.place().unwrap().line(), Some(4));
    assert_eq!(schemactl_test_support::sqlite::schema(&connection), schema);
    assert_eq!(children(&connection), CHILDREN);
    assert!(foreign_keys(&connection));
}

#[test]
fn r16_a_trigger_that_mentions_the_table_elsewhere_survives() {
    let extra = "CREATE TRIGGER counted AFTER INSERT ON notes BEGIN UPDATE orders SET total = total + 1 WHERE id = new.order_id; END;\n";
    let mut connection = memory();
    up(&mut connection, &numbered(&[&[SHOP, ROWS].concat(), extra]));
    // SQLite itself refuses the rename while a trigger names a table that is gone, unless the old rules are asked for.
    let plain = numbered(&[&[SHOP, ROWS].concat(), extra, &rebuild()]);
    let legacy = numbered(&[&[SHOP, ROWS].concat(), extra, &format!("PRAGMA legacy_alter_table = ON;\n{}", rebuild())]);
    assert_eq!(fails(&mut connection, &plain).code(), Code::StatementFailed, "SQLite has changed");
    up(&mut connection, &legacy);
    connection.execute_batch("INSERT INTO notes VALUES (50, 2)").unwrap();
    assert_eq!(query(&connection, "SELECT total FROM orders WHERE id = 2"), "3.5");
    assert_eq!(query(&connection, "PRAGMA legacy_alter_table"), "0");
}

#[test]
fn r16_without_rowid_and_composite_keys() {
    let first = "CREATE TABLE parent (a TEXT, b INTEGER, PRIMARY KEY (a, b)) WITHOUT ROWID;\n\
                 CREATE TABLE child (a TEXT, b INTEGER, FOREIGN KEY (a, b) REFERENCES parent ON DELETE CASCADE) ;\n\
                 INSERT INTO parent VALUES ('x', 1), ('y', 2);\nINSERT INTO child VALUES ('x', 1), ('y', 2);\n";
    let step = "CREATE TABLE new_parent (a TEXT, b INTEGER, c, PRIMARY KEY (a, b)) WITHOUT ROWID;\n\
                INSERT INTO new_parent (a, b) SELECT a, b FROM parent;\nDROP TABLE parent;\nALTER TABLE new_parent RENAME TO parent;\n";
    let mut connection = memory();
    up(&mut connection, &numbered(&[first, step]));
    assert_eq!(count(&connection, "child"), "2");
    assert_clean(&connection);
}

#[test]
fn r15_a_violation_from_before_is_not_held_against_the_step() {
    let mut connection = memory();
    up(&mut connection, &numbered(&[SHOP, ROWS]));
    connection
        .execute_batch("PRAGMA foreign_keys = OFF; INSERT INTO items VALUES (66, 66); PRAGMA foreign_keys = ON")
        .unwrap();
    up(&mut connection, &shop_and(&rebuild()));
    assert_eq!(query(&connection, "SELECT count(*) FROM items WHERE id = 66"), "1");
}

#[test]
fn r15_a_violation_from_before_is_not_held_against_a_rename_of_either_table() {
    for step in [
        "ALTER TABLE items RENAME TO lines;",
        "ALTER TABLE orders RENAME TO purchases;",
        "ALTER TABLE items RENAME TO lines; ALTER TABLE orders RENAME TO purchases; ALTER TABLE lines RENAME TO rows;",
        "CREATE TABLE new_items (id INTEGER PRIMARY KEY, order_id INTEGER REFERENCES Orders (id));\n\
         INSERT INTO new_items SELECT * FROM items; DROP TABLE items; ALTER TABLE new_items RENAME TO Items;",
    ] {
        let mut connection = memory();
        up(&mut connection, &numbered(&[SHOP, ROWS]));
        connection
            .execute_batch("PRAGMA foreign_keys = OFF; INSERT INTO items VALUES (66, 66); PRAGMA foreign_keys = ON")
            .unwrap();
        up(&mut connection, &shop_and(step));
    }
}

#[test]
fn r15_a_new_violation_beside_an_old_one_is_found() {
    let mut connection = memory();
    up(&mut connection, &numbered(&[SHOP, ROWS]));
    connection
        .execute_batch("PRAGMA foreign_keys = OFF; INSERT INTO items VALUES (66, 66); PRAGMA foreign_keys = ON")
        .unwrap();
    let step = [NEW, "INSERT INTO new_orders SELECT id, total FROM orders WHERE id <> 1;\n", SWAP].concat();
    let error = fails_with(&mut connection, &shop_and(&step), Code::ForeignKeys);
    assert!(error.cause().unwrap().contains("2 rows"), "{error:#}");
}

#[test]
fn r15_a_mismatched_reference_from_before_does_not_stop_other_rebuilds() {
    let odd = "CREATE TABLE odd (x); CREATE TABLE odder (x REFERENCES odd (x));";
    let mut connection = memory();
    up(&mut connection, &numbered(&[&[SHOP, ROWS, odd].concat(), &rebuild()]));
    assert_eq!(children(&connection), CHILDREN);
}

#[test]
fn r15_a_rebuild_that_takes_the_key_away_is_found() {
    let step =
        "CREATE TABLE new_orders (id INTEGER, total REAL);\nINSERT INTO new_orders SELECT id, total FROM orders;\n"
            .to_owned()
            + SWAP;
    let error = assert_refused(&step, Code::ForeignKeys);
    assert!(error.cause().unwrap().contains("orders"), "{error:#}");
}

#[test]
fn r15_rebuild_and_delete_of_another_parent_must_be_split() {
    let other = "CREATE TABLE users (id INTEGER PRIMARY KEY); CREATE TABLE visits (user_id REFERENCES users (id) ON DELETE CASCADE);\n\
                 INSERT INTO users VALUES (1), (2); INSERT INTO visits VALUES (1), (2);";
    let first = [SHOP, ROWS, other].concat();
    for delete in [
        "DELETE FROM users WHERE id = 1;\n",
        "WITH gone AS (SELECT 1 AS id) DELETE FROM users WHERE id IN (SELECT id FROM gone);\n",
        "INSERT OR REPLACE INTO Users VALUES (1);\n",
        "REPLACE INTO users VALUES (1);\n",
    ] {
        let mut connection = memory();
        let error =
            fails_with(&mut connection, &numbered(&[&first, &(delete.to_owned() + &rebuild())]), Code::SplitStep);
        assert!(error.cause().unwrap().contains("visits"), "{error:#}");
        assert_eq!(count(&connection, "visits"), "2");
        assert!(foreign_keys(&connection));
        // Split, it works, and cascades.
        up(&mut connection, &numbered(&[&first, delete, &rebuild()]));
        assert_eq!(children(&connection), CHILDREN);
    }
}

/// A step that drops nothing but what it has made for itself runs with foreign keys enforced: rows are deleted with their children.
#[test]
fn r15_tables_for_a_step_alone_may_be_dropped_beside_deletes() {
    for own in [
        "CREATE TABLE double AS SELECT 7 AS id;",
        "CREATE TEMP TABLE double (id INTEGER PRIMARY KEY);\nINSERT INTO double VALUES (7);",
    ] {
        let mut connection = memory();
        let step =
            format!("{own}\nDELETE FROM orders WHERE id IN (SELECT id FROM double);\nDROP TABLE IF EXISTS double;\n");
        up(&mut connection, &shop_and(&step));
        assert_eq!(children(&connection), "1:1,2:1|1:1,2:-|2");
        assert_clean(&connection);
    }
}

#[test]
fn r15_rebuild_and_change_of_another_parents_keys_must_be_split() {
    let other = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);\n\
                 CREATE TABLE visits (user_id REFERENCES users (id) ON UPDATE CASCADE);\n\
                 INSERT INTO users VALUES (1, 'a'), (2, 'b'), (3, 'c'); INSERT INTO visits VALUES (1), (2);";
    let first = [SHOP, ROWS, other].concat();
    // Without the cascade, the visits of 2 would be those of the former 1.
    let moved = "UPDATE users SET name = 'x', id = id + 10 WHERE id = 3; UPDATE users SET id = 3 WHERE id = 2;\n UPDATE users SET id = 2 WHERE id = 1; UPDATE users SET id = 1 WHERE id = 3;\n";
    let mut connection = memory();
    fails_with(&mut connection, &numbered(&[&first, &(moved.to_owned() + &rebuild())]), Code::SplitStep);
    assert_eq!(query(&connection, "SELECT group_concat(user_id) FROM visits"), "1,2");
    // Other columns are of no interest, in whatever way the key is mentioned.
    let harmless = "UPDATE users SET name = (SELECT id FROM users LIMIT 1) WHERE id = 3;\nUPDATE users AS u SET name = u.id = 7 FROM orders WHERE u.id = orders.id;\n";
    up(&mut connection, &numbered(&[&first, &(harmless.to_owned() + &rebuild())]));
    assert_eq!(query(&connection, "SELECT group_concat(user_id) FROM visits"), "1,2");
}

#[test]
fn r15_deletes_that_the_author_makes_without_enforcement_are_the_authors() {
    let other = "CREATE TABLE users (id INTEGER PRIMARY KEY); CREATE TABLE visits (user_id REFERENCES users (id) ON DELETE CASCADE);\n\
                 INSERT INTO users VALUES (1), (2); INSERT INTO visits VALUES (1), (2);";
    let step = format!(
        "PRAGMA foreign_keys = OFF;\nDELETE FROM visits WHERE user_id = 1;\nDELETE FROM users WHERE id = 1;\n{}PRAGMA foreign_keys = ON;\n",
        rebuild()
    );
    let mut connection = memory();
    up(&mut connection, &numbered(&[&[SHOP, ROWS, other].concat(), &step]));
    assert_eq!(count(&connection, "visits"), "1");
    // With the child rows forgotten, it is an error.
    let forgotten = step.replace("DELETE FROM visits WHERE user_id = 1;\n", "");
    let mut connection = memory();
    fails_with(&mut connection, &numbered(&[&[SHOP, ROWS, other].concat(), &forgotten]), Code::ForeignKeys);
    assert_eq!(count(&connection, "visits"), "2");
}

#[test]
fn r15_deleting_from_what_the_step_drops_is_fine() {
    let mut connection = memory();
    up(&mut connection, &shop_and("DELETE FROM items; DROP TABLE items;"));
    assert_eq!(count(&connection, "orders"), "3");
}

#[test]
fn r15_ordinary_steps_cascade_as_ever() {
    let mut connection = memory();
    up(&mut connection, &shop_and("DELETE FROM orders WHERE id = 1;"));
    assert_eq!(children(&connection), "3:7|1:-,2:7|2");
}

#[test]
fn r15_enforcement_that_the_application_has_off_stays_off() {
    let mut connection = memory();
    connection.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
    up(&mut connection, &shop_and(&format!("{}PRAGMA foreign_keys = ON;\n", rebuild())));
    assert!(!foreign_keys(&connection));
    assert_eq!(children(&connection), CHILDREN);
}

#[test]
fn r15_the_setting_is_restored_after_a_failure() {
    let mut connection = memory();
    fails(&mut connection, &shop_and(&format!("{}SELECT nothing;", rebuild())));
    assert!(foreign_keys(&connection));
    assert_eq!(children(&connection), CHILDREN);
}

#[test]
fn r15_the_setting_is_restored_after_a_panic_in_the_observer() {
    let mut connection = memory();
    up(&mut connection, &numbered(&[SHOP, ROWS]));
    let step = shop_and(&format!("PRAGMA recursive_triggers = ON;\n{}{}", rebuild(), slow()));
    let options = Options::new().on_event(|event| {
        // Before the last statement, when the step has switched what it asks for.
        let schemactl::Event::Progress { done, statements, .. } = event else { return };
        assert!(*done + 1 < *statements, "the observer's");
    });
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| up_with(&mut connection, &step, &options)));
    assert!(panicked.is_err());
    assert!(connection.is_autocommit());
    assert!(foreign_keys(&connection));
    assert_eq!(query(&connection, "PRAGMA recursive_triggers"), "0");
    assert_eq!(children(&connection), CHILDREN);
    assert_eq!(history(&connection).lines().count(), 2);
    up(&mut connection, &step);
}

/// Takes long enough for a sign of progress.
fn slow() -> &'static str {
    "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 10000000) SELECT sum(n) FROM n;\nSELECT 1;\n"
}

#[test]
fn r15_a_down_that_rebuilds_keeps_child_rows() {
    let files = [
        ("V1__shop.sql", SHOP),
        ("V2__rows.sql", ROWS),
        ("V3__note.sql", "ALTER TABLE orders ADD COLUMN extra TEXT;\n"),
        (
            "V3__note.down.sql",
            "CREATE TABLE new_orders (id INTEGER PRIMARY KEY AUTOINCREMENT, total REAL, note TEXT);\n\
             INSERT INTO new_orders SELECT id, total, note FROM orders;\nDROP TABLE orders;\nALTER TABLE new_orders RENAME TO orders;\n",
        ),
    ];
    let mut connection = memory();
    let migrations = migrations(&files);
    up(&mut connection, &migrations);
    schemactl::sqlite::down(&mut connection, &migrations, schemactl::Back::Steps(1), &Options::new()).unwrap();
    assert_eq!(children(&connection), CHILDREN);
    assert_clean(&connection);
}

#[test]
fn r15_all_in_one_transaction_keeps_child_rows() {
    let mut connection = memory();
    let options = Options::new().transaction(TransactionMode::All);
    up_with(&mut connection, &shop_and(&rebuild()), &options).unwrap();
    assert_eq!(children(&connection), CHILDREN);
    assert!(foreign_keys(&connection));
}

#[test]
fn r15_a_file_that_runs_statement_by_statement_loses_nothing() {
    let mut connection = memory();
    let error = shown(schemactl::sqlite::up(&mut connection, &shop_and(&format!("{}VACUUM;", rebuild()))).unwrap_err());
    assert_eq!(error.code(), Code::ForeignKeys);
    assert!(error.hints()[0].to_string().contains("migration of its own"), "{error:#}");
    assert_eq!(children(&connection), CHILDREN);
    assert!(foreign_keys(&connection));
}

#[test]
fn r15_a_deferred_violation_names_the_tables() {
    let mut connection = memory();
    let error =
        fails(&mut connection, &shop_and("PRAGMA defer_foreign_keys = ON;\nINSERT INTO items VALUES (50, 50);\n"));
    assert!(error.cause().unwrap().contains("items"), "{error:#}");
    assert_eq!(children(&connection), CHILDREN);
}
