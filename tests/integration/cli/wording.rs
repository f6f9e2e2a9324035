//! What a newcomer stumbled over: where a URL came from, what schema.lock has to do with a mistake, whether a version is applied.

use schemactl_test_support::project;

use super::place::Place;

const ORDERS: &str = "CREATE TABLE orders (id INTEGER PRIMARY KEY);\n";

fn is_sqlite(place: &Place) -> bool {
    place.folder == "migrations/sqlite"
}

#[test]
fn a_refusal_names_what_the_url_came_from() {
    for url in ["sqlite:app.db", "${DATABASE_URL}", "sqlite:${NAME}.db", "sqlite:third.db", "sqlite:other.db"] {
        let project = project!();
        project.file("migrations/sqlite/V1__orders.sql", ORDERS);
        let connection = schemactl_test_support::sqlite::open(&project.path().join("app.db"));
        connection.execute_batch("CREATE TABLE orders (id INTEGER)").unwrap();
        project.config(&format!("[sqlite]\nurl = \"{url}\"\n"));
        let (arguments, named): (&[&str], &str) = match url {
            "${DATABASE_URL}" => {
                project.file(".env", "DATABASE_URL=sqlite:app.db\n");
                (&["up"], "DATABASE_URL (.env), which `url` of [sqlite] in schema.toml names")
            }
            "sqlite:${NAME}.db" => {
                project.env("NAME", "app");
                (&["up"], "`url` of [sqlite] in schema.toml, or what it names: NAME (environment)")
            }
            "sqlite:third.db" => {
                project.env("SCHEMACTL_URL", "sqlite:app.db");
                (&["up"], "`SCHEMACTL_URL`")
            }
            "sqlite:other.db" => (&["up", "--url", "sqlite:app.db"], "`--url`"),
            _ => (&["up"], "`url` of [sqlite] in schema.toml"),
        };
        let output = project.run(arguments);
        output.code(1).error("E0203");
        output.stderr_has(&format!("Where it is another application's, correct {named}\n"));
        if url != "${DATABASE_URL}" {
            output.lacks("DATABASE_URL");
        }
    }
    for place in Place::all().into_iter().filter(|place| !is_sqlite(place)) {
        place.write("V1__orders", ORDERS, "DROP TABLE orders;\n");
        place.by_hand("CREATE TABLE orders (id INTEGER)");
        place.project.run(["up"]).code(1).stderr_has(
            "Where it is another application's, correct DATABASE_URL (environment), which `url` of [postgres] in schema.toml names\n",
        );
    }
}

#[test]
fn a_mistake_in_a_locked_file_says_how_the_lock_takes_the_correction() {
    for place in Place::all() {
        let file = format!("{}/V2__total.sql", place.folder);
        place.write("V1__orders", ORDERS, "DROP TABLE orders;\n");
        place.project.file(&file, "ALTER TABLE orders ADD COLUMN total INTEGER NOT NULL;\n");
        place.project.run(["generate"]).ok();
        place.project.run(["up", "--to", "1"]).ok();
        place.by_hand("INSERT INTO orders VALUES (7)");
        let hint = "hint: schema.lock has this file as it is. Once it is corrected, `schemactl generate --accept-modified=2` takes the edit over";
        for command in ["up", "plan"] {
            let output = place.project.run([command]);
            // SQLite refuses such a column without rows, too, where a table has any.
            output.code(1).error("E0204").stderr_has(hint);
        }
        place.project.file(&file, "ALTER TABLE orders ADD COLUMN total INTEGER NOT NULL DEFAULT 0;\n");
        place.project.run(["check"]).code(3);
        place.project.run(["generate", "--accept-modified"]).ok();
        place.project.run(["up"]).ok().stdout_has("1 applied");
        place.project.run(["check"]).ok();
        place.project.run(["status", "--check"]).ok();
        place.project.run(["diff"]).ok();
    }
}

#[test]
fn of_a_file_that_no_lock_has_nothing_is_said_of_it() {
    for place in Place::all() {
        place.write("V1__orders", ORDERS, "DROP TABLE orders;\n");
        place.project.run(["generate"]).ok();
        place.write("V2__wrong", "CREATE TABLE orders (id INTEGER);\n", "DROP TABLE orders;\n");
        place.project.run(["up"]).code(1).error("E0204").lacks("schema.lock");
    }
}

#[test]
fn a_database_that_has_the_file_as_it_was_follows_the_hint() {
    for place in Place::all() {
        place.write("V1__orders", ORDERS, "DROP TABLE orders;\n");
        place.project.run(["generate"]).ok();
        place.project.run(["up"]).ok();
        let file = format!("{}/V1__orders.sql", place.folder);
        place.project.file(&file, "CREATE TABLE orders (\n  id INTEGER PRIMARY KEY\n);\n");
        place.project.run(["generate", "--accept-modified"]).ok();
        place.project.run(["up"]).code(1).error("E0401");
        place.project.run(["repair", "--checksum", "1", "--yes"]).ok();
        place.project.run(["status", "--check"]).ok();
        place.project.run(["check"]).ok();
    }
}

#[test]
fn a_down_that_is_left_alone_says_whether_its_version_is_applied() {
    for place in Place::all() {
        place.write("V1__orders", ORDERS, "DROP TABLE orders;\n");
        place.write("V2__items", "CREATE TABLE items (id INTEGER PRIMARY KEY);\n", "DROP TABLE items;\n");
        let up = format!("{}/V2__items.sql", place.folder);
        let path = place.project.path().join(&up);
        place.project.run(["up", "--to", "1"]).ok();
        std::fs::remove_file(&path).unwrap();
        // No database was read.
        let check = place.project.run(["check"]);
        check.code(3).stdout_has("where it was applied, which `schemactl status` tells").lacks("is applied in");
        let status = place.project.run(["status"]);
        status
            .ok()
            .stdout_has("version 2 is not applied in ")
            .stdout_has(": remove this file, or add that of its migration\n");
        // Applied: back with the file, or take it back.
        place.project.file(&up, "CREATE TABLE items (id INTEGER PRIMARY KEY);\n");
        place.project.run(["up"]).ok();
        std::fs::remove_file(&path).unwrap();
        let status = place.project.run(["status"]);
        status
            .ok()
            .stdout_has("version 2 items is applied in ")
            .stdout_has("by `schemactl down --to 1`, and remove this file then\n");
        place.project.run(["down", "--to", "1"]).ok();
        place.project.run(["status"]).ok().stdout_has("version 2 is not applied in ");
        std::fs::remove_file(place.project.path().join(format!("{}/V2__items.down.sql", place.folder))).unwrap();
        place.project.run(["status", "--check"]).ok();
        place.project.run(["diff"]).ok();
    }
}

#[test]
fn of_another_version_or_name_nothing_is_said_of_the_database() {
    for place in Place::all() {
        place.write("V1__orders", ORDERS, "DROP TABLE orders;\n");
        place.write("V2__items", "CREATE TABLE items (id INTEGER PRIMARY KEY);\n", "DROP TABLE items;\n");
        place.project.run(["up"]).ok();
        // The history knows the number under another name.
        std::fs::remove_file(place.project.path().join(format!("{}/V2__items.sql", place.folder))).unwrap();
        let [from, to] =
            ["items", "other"].map(|name| place.project.path().join(format!("{}/V2__{name}.down.sql", place.folder)));
        std::fs::rename(from, to).unwrap();
        place.project.run(["status"]).ok().stdout_has("hint: add the file of the migration").lacks("applied in");
        // The migration is there, and has another name than its down.
        place
            .project
            .file(&format!("{}/V2__items.sql", place.folder), "CREATE TABLE items (id INTEGER PRIMARY KEY);\n");
        place.project.run(["status"]).ok().stdout_has("did you mean `").lacks("applied in");
    }
}

#[test]
fn a_verdict_says_each_thing_once_and_names_tables_alike() {
    for place in Place::all() {
        place.write("V1__orders", ORDERS, "DROP TABLE orders;\n");
        let customers = "CREATE TABLE customers (id INTEGER PRIMARY KEY, name varchar(20) NOT NULL);\n\
             INSERT INTO customers VALUES (1, 'ada');\n";
        place.project.file(&format!("{}/V2__customers.sql", place.folder), customers);
        let total = "ALTER TABLE orders ADD COLUMN total INTEGER NOT NULL;\n";
        place.project.file(&format!("{}/V3__total.sql", place.folder), total);
        let named = "UPDATE customers SET name = upper(name);\n";
        place.project.file(&format!("{}/V4__named.sql", place.folder), named);
        let output = place.project.run(["generate"]);
        let text = &output.ok().stdout;
        assert_eq!(text.matches("it does not run where tables have rows").count(), 1, "{text}");
        assert!(text.contains("values of table customers that the up changes") && !text.contains("public."), "{text}");
        for line in text.lines().filter(|line| line.starts_with("  * ") || line.contains("note: ")) {
            let words = line.trim_start().trim_start_matches("* ").trim_start_matches("note: ");
            assert_eq!(text.matches(words).count(), 1, "{line}\n{text}");
        }
        let down = std::fs::read_to_string(place.project.path().join(format!("{}/V4__named.down.sql", place.folder)));
        assert!(!down.unwrap().contains("public."));
    }
}

#[test]
fn on_sqlite_too_what_a_down_would_lose_is_named_in_one_way() {
    for place in Place::all().into_iter().filter(is_sqlite) {
        place.write("V1__customers", "CREATE TABLE customers (id INTEGER PRIMARY KEY);\n", "DROP TABLE customers;\n");
        place.write("V2__orders", ORDERS, "DELETE FROM customers;\nDROP TABLE main.orders;\n");
        place.project.run(["up"]).ok();
        place.by_hand("INSERT INTO customers VALUES (1); INSERT INTO orders VALUES (1), (2)");
        let output = place.project.run(["down"]);
        output.code(5).stderr_has("table orders: 2 rows").stderr_has("table customers: 1 row").lacks("main.");
    }
}

#[test]
fn what_a_down_would_lose_is_named_in_one_way() {
    for place in Place::all().into_iter().filter(|place| !is_sqlite(place)) {
        let up =
            "CREATE TABLE orders (id INTEGER PRIMARY KEY);\nCREATE SCHEMA app;\nCREATE TABLE app.notes (id INTEGER);\n";
        place.write("V1__customers", "CREATE TABLE customers (id INTEGER PRIMARY KEY);\n", "DROP TABLE customers;\n");
        place.write("V2__orders", up, "DELETE FROM customers;\nDROP TABLE public.orders;\nDROP SCHEMA app CASCADE;\n");
        place.project.run(["up"]).ok();
        place.by_hand(
            "INSERT INTO customers VALUES (1); INSERT INTO orders VALUES (1), (2); INSERT INTO app.notes VALUES (1)",
        );
        let output = place.project.run(["down"]);
        output.code(5).stderr_has("table orders: 2 rows").lacks("public.");
        let all = place.project.run(["down", "--to", "0"]);
        all.code(5).stderr_has("table orders: 2 rows").stderr_has("table customers: 1 row").lacks("public.");
        // What no unqualified name finds has its schema.
        place.write("V3__note", "CREATE TABLE app.more (id INTEGER);\n", "DROP TABLE app.more;\n");
        place.project.run(["up"]).ok();
        place.by_hand("INSERT INTO app.more VALUES (1)");
        place.project.run(["down"]).code(5).stderr_has("table app.more: 1 row");
    }
}

#[test]
fn what_baseline_and_mark_applied_are_for_is_said() {
    let project = project!();
    let help = project.run(["repair", "--help"]);
    for words in [
        "Record this one version as applied",
        "the tables are older than the history",
        "Refused where what they make is missing",
    ] {
        let text = help.ok().stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(words), "{words}\n{text}");
    }
    let output = project.run(["up", "--baseline", "1"]);
    output
        .code(2)
        .stderr_has("`schemactl repair --baseline VERSION` records all versions up to one that are there already, and");
    output.stderr_has("`schemactl repair --mark-applied VERSION` one alone");
}
