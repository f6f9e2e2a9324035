//! `prove DIR`: folders that other tools made.

use schemactl_test_support::cli::Project;
use schemactl_test_support::project;

use super::printed;

const ORDERS: &str = "CREATE TABLE orders (id INTEGER PRIMARY KEY AUTOINCREMENT);\n";

/// A folder of golang-migrate's: the first down is right, the second wrong, the third missing.
fn foreign() -> Project {
    let project = project!();
    project
        .file("db/000001_orders.up.sql", ORDERS)
        .file("db/000001_orders.down.sql", "DROP TABLE orders;\n")
        .file("db/000002_total.up.sql", "ALTER TABLE orders ADD COLUMN total;\n")
        .file("db/000002_total.down.sql", "")
        .file("db/000003_index.up.sql", "CREATE INDEX orders_total ON orders (total);\n");
    project
}

#[test]
fn a_folder_of_another_tool_is_judged() {
    let project = foreign();
    project.file("db/seed.sql", "SELECT 1;\n");
    let before = project.files();
    printed(
        &project,
        &project.run(["prove", "db", "--layout", "golang-migrate"]).code(3).clone(),
        "1 orders (db/000001_orders.down.sql): lossy
  * table orders is dropped with its rows
2 total (db/000002_total.down.sql): WRONG: the down does not restore what was
  * column orders.total is left over
  what it leaves to be done:
    ALTER TABLE orders DROP COLUMN total;
3 index (db/000003_index.up.sql): lossless; there is no down
3 migrations: 1 lossless, 1 lossy, 1 finding
1 of 3 downs restore the schema, 1 is wrong, 1 missing
",
        "left alone, as golang-migrate does: db/seed.sql
error[E0410]: 1 migration cannot be taken back as the files say

hint: the SQL that a wrong down leaves to be done is shown below it: that is what it lacks
",
    );
    assert_eq!(project.files(), before);
    let json = project.run(["prove", "db", "--layout", "golang-migrate", "--json"]);
    json.code(3).stdout_has("\"file\": \"db/000002_total.down.sql\"").stdout_has("\"restore\": 1");
    json.stdout_has("\"missing\": 1").stdout_has("\"findings\": 1");
}

#[test]
fn every_layout_is_read() {
    let project = project!();
    let goose = format!("-- +goose Up\n{ORDERS}\n-- +goose Down\nDROP TABLE orders;\n");
    project
        .file("diesel/2019-01-02-030405_orders/up.sql", ORDERS)
        .file("diesel/2019-01-02-030405_orders/down.sql", "DROP TABLE orders;\n")
        .file("diesel/2019-01-02-030405_orders/metadata.toml", "run_in_transaction = false\n")
        .file("golang-migrate/1_orders.up.sql", ORDERS)
        .file("golang-migrate/1_orders.down.sql", "BEGIN;\nDROP TABLE orders;\nCOMMIT;\nSELECT 1;\n")
        .file("goose/00001_orders.sql", goose)
        .file("sqlx/1_orders.up.sql", format!("-- no-transaction\n{ORDERS}VACUUM;\n"))
        .file("sqlx/1_orders.down.sql", "DROP TABLE orders;\n")
        .file("schemactl/V1__orders.sql", ORDERS)
        .file("schemactl/V1__orders.down.sql", "DROP TABLE orders;\n")
        .file("refinery/V1__orders.sql", ORDERS);
    for layout in ["diesel", "golang-migrate", "goose", "sqlx", "schemactl"] {
        let output = project.run(["prove", layout, "--layout", layout]);
        output.ok().stdout_has("\n1 of 1 down restores the schema\n");
    }
    let output = project.run(["prove", "diesel", "--layout", "diesel"]);
    output.ok().stdout_has("20190102030405 orders (diesel/2019-01-02-030405_orders/down.sql): lossy\n");
    project.run(["prove", "schemactl"]).ok().stdout_has("1 of 1 down restores the schema");
    let output = project.run(["prove", "refinery", "--layout", "refinery"]);
    output.ok().stdout_has("0 of 1 down restores the schema, 1 missing\n");
}

#[test]
fn an_up_that_fails_says_how_many_were_not_tried() {
    let project = foreign();
    project.file("db/000002_total.up.sql", "ALTER TABLE nothing ADD COLUMN total;\n");
    let output = project.run(["prove", "db", "--layout", "golang-migrate"]);
    output.code(3).stdout_has("2 total (db/000002_total.down.sql): FAILED: the up does not run");
    output.stdout_has("statement 1 of db/000002_total.up.sql fails");
    output.stdout_has("not tried: 1 migration, since the up of 2 total does not run\n");
    output.stdout_has("1 of 3 downs restore the schema, 1 up does not run, 1 not tried\n");
}

#[test]
fn the_backend_is_told_by_the_sql_or_asked_for() {
    let project = project!();
    project.file("db/1_a.sql", "CREATE TABLE a (id INTEGER);\n");
    let output = project.run(["prove", "db", "--layout", "sqlx"]);
    output.code(2).stderr_has("error[E0107]: the SQL in db does not tell whether it is for SQLite or PostgreSQL");
    output.stderr_has("hint: name it: `--backend sqlite` or `--backend postgres`");
    project.run(["prove", "db", "--layout", "sqlx", "--backend", "sqlite"]).ok();
    project.run(["prove", "--layout", "sqlx"]).code(2).stderr_has("<DIR>");
    project.run(["prove", "db", "--layout", "flyway"]).code(2).stderr_has("golang-migrate");
    project.run(["prove", "none", "--layout", "sqlx"]).code(1).stderr_has("error[E0301]: there is no folder none");
}

#[cfg(feature = "postgres")]
#[test]
fn a_folder_for_postgres_needs_a_server_for_scratch_databases() {
    use schemactl_test_support::postgres;

    let database = postgres::database(postgres::version());
    let project = project!();
    project
        .file("db/2019-01-02-030405_moods/up.sql", "CREATE TYPE mood AS ENUM ('sad');\nCREATE TABLE t (m mood);\n")
        .file("db/2019-01-02-030405_moods/down.sql", "DROP TABLE t;\nDROP TYPE mood;\n")
        .file("db/2019-01-03-030405_happy/up.sql", "ALTER TYPE mood ADD VALUE 'happy';\n")
        .file("db/2019-01-03-030405_happy/down.sql", "")
        .file("db/2019-01-04-030405_index/up.sql", "CREATE INDEX CONCURRENTLY t_m ON t (m);\n")
        .file("db/2019-01-04-030405_index/metadata.toml", "run_in_transaction = false\n")
        .file("db/2019-01-04-030405_index/down.sql", "BEGIN;\nDROP INDEX t_m;\nCOMMIT;\nBEGIN;\nSELECT 1;\nCOMMIT;\n");
    let prove = ["prove", "db", "--layout", "diesel"];
    let without = project.run(prove);
    without.code(2).stderr_has("error[E0107]: no URL of a postgres database is given").stderr_has("DATABASE_URL");

    let judged = |arguments: &[&str]| {
        let output = project.run(prove.iter().chain(arguments));
        output.code(3).stdout_has("20190103030405 happy (db/2019-01-03-030405_happy/down.sql): WRONG");
        output.stdout_has("\n2 of 3 downs restore the schema, 1 is wrong\n");
    };
    judged(&["--url", &database.url()]);
    project.env("DATABASE_URL", database.url());
    judged(&[]);
    // Another database's URL is not for these.
    project
        .config("[database.first.sqlite]\nurl = \"sqlite:a.db\"\n\n[database.second.postgres]\nurl = \"${SECOND}\"\n");
    project.run(prove).code(2).stderr_has("needs the variable SECOND");
    project.env("SECOND", database.url());
    judged(&[]);
    assert_eq!(database.psql("SELECT count(*) FROM pg_class WHERE relname IN ('t', 'schema_migrations')"), "0");
}

#[test]
fn a_column_that_must_be_json_is_given_some() {
    let project = project!();
    let create = "CREATE TABLE events (id INTEGER PRIMARY KEY, data TEXT NOT NULL CHECK (json_valid(data)));\n";
    project.file("db/V1__events.sql", create).file("db/V1__events.down.sql", "DROP TABLE events;\n");
    let output = project.run(["prove", "db", "--backend", "sqlite"]);
    assert!(!output.ok().stdout.contains("no row could be made"), "{}", output.text());
}

/// Folders as other tools make them, whose files were not said to be theirs.
#[test]
fn a_folder_of_another_tool_is_told_by_its_looks() {
    let project = project!();
    project.config("[sqlite]\nurl = \"sqlite:app.db\"\n");
    let goose = format!("-- +goose Up\n{ORDERS}\n-- +goose Down\nDROP TABLE orders;\n");
    let dbmate = format!("-- migrate:up\n{ORDERS}\n-- migrate:down\nDROP TABLE orders;\n");
    project
        .file("diesel/2019-01-02-030405_orders/up.sql", ORDERS)
        .file("diesel/2019-01-02-030405_orders/down.sql", "DROP TABLE orders;\n")
        .file("golang/000001_orders.up.sql", ORDERS)
        .file("golang/000001_orders.down.sql", "DROP TABLE orders;\n")
        .file("goose/00001_orders.sql", goose)
        .file("dbmate/20250110093000_orders.sql", dbmate)
        .file("sqlx/20250110093000_orders.sql", ORDERS)
        .file("refinery/V1__orders.sql", ORDERS)
        .file("refinery/U2__index.sql", "CREATE INDEX orders_customer ON orders (id);\n")
        .file("flyway/V1__orders.sql", ORDERS)
        .file("flyway/U1__orders.sql", "DROP TABLE orders;\n")
        .file("dotted/V1.1__orders.sql", ORDERS)
        .file("repeated/V1__orders.sql", ORDERS)
        .file("repeated/R__totals.sql", "CREATE VIEW totals AS SELECT 1;\n");
    for (folder, tool, layouts) in [
        ("diesel", "diesel", &["diesel"][..]),
        ("golang", "golang-migrate or sqlx", &["golang-migrate", "sqlx"]),
        ("goose", "goose", &["goose"]),
        ("sqlx", "sqlx", &["sqlx"]),
        ("refinery", "refinery", &["refinery"]),
    ] {
        let output = project.run(["prove", folder]);
        output.code(1).stderr_has(&format!("{folder} looks like a folder of {tool}, and is read as one of schemactl"));
        for layout in layouts {
            output.stderr_has(&format!("--layout {layout}`"));
            // What the hint says works.
            let proven = project.run(["prove", folder, "--layout", layout, "--backend", "sqlite"]);
            proven.ok().stdout_has("restore").lacks("error");
        }
        for command in ["up", "plan", "generate"] {
            let output = project.run([command, "--migrations", folder]);
            output.code(1).stderr_has(&format!("this looks like a folder of {tool}: docs/coming-from.md"));
        }
    }
    for (folder, tool) in [("dbmate", "dbmate"), ("flyway", "Flyway"), ("dotted", "Flyway"), ("repeated", "Flyway")] {
        for arguments in
            [["prove", folder].as_slice(), &["up", "--migrations", folder], &["prove", folder, "--layout", "diesel"]]
        {
            let output = project.run(arguments);
            output.code(1).stderr_has(&format!("this looks like a folder of {tool}, which no `--layout` reads: "));
        }
    }
    // A slip among files of ours is a slip.
    project.file("ours/V1__orders.sql", ORDERS).file("ours/2_index.sql", "CREATE INDEX i ON orders (id);\n");
    project.run(["prove", "ours"]).code(1).stderr_has("did you mean `V2__index.sql`?").lacks("looks like");
    assert!(!project.path().join("app.db").exists());
}
